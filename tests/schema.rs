//! The JSON Schema against a validator that knows nothing of evsim: it takes what the reader takes,
//! and of what the reader refuses it catches all that one place shows.
#![cfg(feature = "sim")]

#[path = "schema/change.rs"]
mod change;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use change::{Change, changes};
use evsim::scenario::{self, Kind, words};
use jsonschema::Validator;
use serde_json::Value;

/// What a schema can see: the place alone shows the mistake.
const SEEN: &[Kind] = &[
    Kind::UnknownKey,
    Kind::MissingKey,
    Kind::WrongShape,
    Kind::BadWord,
    Kind::BadTime,
    Kind::BadSize,
    Kind::BadGuid,
    Kind::BadLocalTime,
    Kind::EmptyName,
    Kind::BadStoreName,
    Kind::NoVerb,
    Kind::SeveralVerbs,
    Kind::NoSubject,
    Kind::SeveralSubjects,
    Kind::NothingExpected,
    Kind::ConflictingKeys,
    Kind::UnknownSwitch,
    Kind::ReasonDoesNotFit,
];

/// Fixtures whose mistake is of such a kind, and shows in no single place all the same.
const UNSEEN: &[(&str, &str)] = &[
    ("stores-beside-the-mta", "which keys go together depends on the script that is named"),
    ("day-that-no-month-has", "a pattern does not know how long months are"),
    ("due-without-end", "no time is a time, only not as a period"),
];

fn validator() -> Validator {
    let options = jsonschema::options().with_draft(jsonschema::Draft::Draft7);
    options.build(&scenario::schema()).expect("the schema is a schema")
}

/// As an editor reads it.
fn value_of(text: &[u8]) -> Option<Value> {
    yaml_serde::from_slice(text).ok()
}

fn files_below(folder: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder of the checkout") {
            let path = entry.expect("an entry").path();
            match path.is_dir() {
                true => folders.push(path),
                false if path.extension().is_some_and(|it| it == "yaml") => found.push(path),
                false => {}
            }
        }
    }
    found.sort();
    found
}

fn told(validator: &Validator, value: &Value) -> String {
    let errors = validator.iter_errors(value);
    errors.map(|error| format!("{}: {error}\n", error.instance_path())).collect()
}

#[test]
fn every_shipped_scenario_is_valid() {
    let validator = validator();
    for path in files_below("scenarios") {
        let value = value_of(&fs::read(&path).expect("a file")).expect("YAML");
        let errors = told(&validator, &value);
        assert!(errors.is_empty(), "{}:\n{errors}", path.display());
    }
}

#[test]
fn what_one_place_of_a_broken_scenario_shows_is_caught() {
    let validator = validator();
    let mut caught = BTreeSet::new();
    let mut missed = Vec::new();
    let mut excused = BTreeSet::new();
    for path in files_below("fixtures/broken") {
        let text = fs::read(&path).expect("a file");
        let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
        let Some(value) = value_of(&text) else { continue };
        let wrong = scenario::read(&text, &name).expect_err("a broken scenario");
        let kinds: BTreeSet<Kind> = wrong.list().iter().map(|problem| problem.kind).collect();
        let seen: BTreeSet<Kind> = kinds.into_iter().filter(|kind| SEEN.contains(kind)).collect();
        match validator.is_valid(&value) {
            true if seen.is_empty() => {}
            true if UNSEEN.iter().any(|(fixture, _)| *fixture == name) => {
                excused.insert(name);
            }
            true => missed.push(name),
            false => caught.extend(seen),
        }
    }
    assert!(missed.is_empty(), "the schema takes what the reader does not: {missed:?}");
    let unseen: BTreeSet<String> = UNSEEN.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(excused, unseen, "whoever is not excused any more is taken off the list");
    let never: Vec<&Kind> = SEEN.iter().filter(|kind| !caught.contains(kind)).collect();
    assert!(never.is_empty(), "no broken scenario shows that the schema catches {never:?}");
}

const FULL: &str = include_str!("schema/full.yaml");

/// Scenarios that have every key of the format between them, each with the place below which it is
/// to be changed. A step and an expectation is a scenario of its own, so that it is read fast.
fn full() -> Vec<(Value, &'static str)> {
    let mut all = Vec::new();
    for part in FULL.split("\n---\n") {
        let mut whole = value_of(part.as_bytes()).expect("YAML");
        for (list, place) in [("steps", "/steps"), ("expect", "/expect")] {
            let items = whole[list].as_array().cloned().unwrap_or_default();
            whole.as_object_mut().expect("a map").remove(list);
            for item in items {
                let mut alone = whole.clone();
                alone[list] = Value::Array(vec![item]);
                all.push((alone, place));
            }
        }
        all.push((whole, ""));
    }
    all
}

/// Every key below a value, and every property that is set.
fn gather_keys(value: &Value, into: &mut BTreeSet<String>) {
    let set = value.get("property").and_then(Value::as_str);
    into.extend(set.map(str::to_owned));
    match value {
        Value::Object(map) => {
            into.extend(map.keys().cloned());
            map.values().for_each(|below| gather_keys(below, into));
        }
        Value::Array(items) => items.iter().for_each(|below| gather_keys(below, into)),
        _ => {}
    }
}

#[test]
fn the_scenarios_with_everything_have_every_key() {
    let mut there = BTreeSet::new();
    for (whole, _) in full() {
        gather_keys(&whole, &mut there);
    }
    for map in words::maps() {
        for key in map.keys {
            let found = there.contains(key.name);
            assert!(found, "tests/schema/full.yaml lacks `{}` of {}", key.name, map.name);
        }
    }
}

/// The schema and the reader judge alike whatever is changed in one place.
#[test]
fn the_schema_and_the_reader_say_the_same_of_every_change() {
    let validator = validator();
    let mut wrong = Vec::new();
    let (mut taken, mut refused) = (0, 0);
    for (whole, place) in full() {
        assert_eq!(told(&validator, &whole), "");
        for Change { what, value } in changes(&whole, place) {
            let text = serde_json::to_string(&value).expect("JSON");
            let mistakes = scenario::read(text.as_bytes(), "changed.yaml").err();
            let kinds: BTreeSet<Kind> = mistakes
                .iter()
                .flat_map(|mistakes| mistakes.list())
                .map(|problem| problem.kind)
                .collect();
            let seen = kinds.iter().any(|kind| SEEN.contains(kind));
            match validator.is_valid(&value) {
                true if seen => wrong.push(format!("{what}: only the reader minds: {kinds:?}")),
                false if mistakes.is_none() => {
                    let errors = told(&validator, &value);
                    wrong.push(format!("{what}: only the schema minds: {errors}"));
                }
                true => taken += 1,
                false => refused += 1,
            }
        }
    }
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
    assert!(taken > 100 && refused > 1_000, "{taken} taken, {refused} refused");
}

#[test]
fn every_key_has_a_text_to_show() {
    for map in words::maps() {
        for key in map.keys {
            let sentence = key.about.ends_with(['.']) && key.about.len() > 5;
            assert!(sentence, "{} of {}: {:?}", key.name, map.name, key.about);
            assert!(!key.needed || key.left_out.is_none(), "{} of {}", key.name, map.name);
        }
    }
    let schema = scenario::schema().to_string();
    assert!(schema.contains("Left out: three times its stores."));
    assert!(schema.contains("Written as a size such as `12GB` or `500MB`; 1 GB is 2^30 bytes."));
}
