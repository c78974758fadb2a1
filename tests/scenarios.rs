//! Every shipped scenario: as its snapshot says, the same bytes every time, and with all checks
//! holding under other seeds too.
#![cfg(feature = "cli")]

#[path = "scenarios/fate.rs"]
mod fate;
#[path = "scenarios/outage.rs"]
mod outage;
#[path = "scenarios/reach.rs"]
mod reach;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use evsim::cli::{self, compare, scenario_name};
use evsim::harness::{self, Check, Verdict};
use evsim::model::Span;
use evsim::product::vocabulary::{RefusalKind, Skip, StandingKind, Stop};
use evsim::scenario::{self, Scenario};
use reach::reached;

fn scenarios() -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("the scenarios are there") {
            let path = entry.expect("an entry of the folder").path();
            match path.extension().and_then(|it| it.to_str()) {
                _ if path.is_dir() => folders.push(path),
                Some("yaml") => found.push(path),
                Some("snap") => {
                    let scenario = path.with_extension("yaml");
                    assert!(scenario.exists(), "{} has lost its scenario", path.display());
                }
                _ => {}
            }
        }
    }
    found.sort();
    assert!(found.len() > 10, "the shipped scenarios are found");
    found
}

fn read(path: &Path) -> Scenario {
    let text = fs::read(path).expect("a readable file");
    scenario::read(&text, &path.to_string_lossy()).unwrap_or_else(|wrong| panic!("{wrong}"))
}

#[test]
fn every_scenario_is_as_its_snapshot_says() {
    let differing = scenarios().into_iter().filter_map(|path| {
        let outcome = compare(&path, false);
        (!matches!(outcome, cli::Outcome::Same)).then(|| scenario_name(&path))
    });
    let differing: Vec<String> = differing.collect();
    assert!(differing.is_empty(), "`evsim test` shows more:\n{}", differing.join("\n"));
}

/// Written resource by resource and read again, each cluster is what it was.
#[test]
fn a_printed_cluster_reads_back() {
    for path in scenarios() {
        let cluster = read(&path).cluster;
        let text = scenario::print("A \"cluster\".", &[], &cluster, Span::from_secs(60));
        let again = scenario::read(text.as_bytes(), "printed.yaml");
        let mut again = again.unwrap_or_else(|wrong| panic!("{wrong}\n{text}")).cluster;
        again.switches = cluster.switches.clone();
        assert!(again == cluster, "{}:\n{text}", path.display());
    }
}

#[test]
fn every_scenario_expects_something() {
    for path in scenarios() {
        assert!(!read(&path).expect.is_empty(), "{} expects nothing", path.display());
    }
}

#[test]
fn the_same_scenario_and_seed_give_the_same_bytes() {
    for path in scenarios() {
        let scenario = read(&path);
        let name = scenario_name(&path);
        for seed in [0, 7] {
            let text = || harness::run(&scenario, seed).text(&name, true);
            let elsewhere = std::thread::scope(|scope| {
                let scenario = read(&path);
                let name = &name;
                let run = scope.spawn(move || harness::run(&scenario, seed).text(name, true));
                run.join().expect("the run does not panic")
            });
            assert_eq!(text(), text(), "{name}");
            assert_eq!(text(), elsewhere, "{name} on another thread");
        }
    }
}

/// A seed moves heartbeats and draws destinations: times differ, what must be true does not.
#[test]
fn all_checks_hold_under_other_seeds() {
    for path in scenarios() {
        let scenario = read(&path);
        for seed in 1..=25 {
            let report = harness::run(&scenario, seed);
            let fails = |check: &&Check| check.verdict() == Verdict::Fails;
            let failed: Vec<&Check> = report.checks.iter().filter(fails).collect();
            assert!(failed.is_empty(), "{} under seed {seed}: {failed:#?}", path.display());
        }
    }
}

/// A check that no shipped scenario puts to the test proves nothing.
#[test]
fn every_check_is_put_to_the_test() {
    let mut tested: Vec<(&str, u32)> = Vec::new();
    for path in scenarios() {
        for check in harness::run(&read(&path), 0).checks {
            match tested.iter_mut().find(|(claim, _)| *claim == check.claim) {
                Some((_, times)) => *times += check.tested,
                None => tested.push((check.claim, check.tested)),
            }
        }
    }
    let never: Vec<_> = tested.iter().filter(|(_, times)| *times == 0).collect();
    assert!(never.is_empty(), "{never:?}");
}

/// Every standing, skip, stop and refusal is reached by a shipped scenario, and each scenario
/// reaches something that no other reaches. `-- --nocapture` prints what.
#[test]
fn every_word_is_reached_and_every_scenario_reaches_one_of_its_own() {
    // No scenario can ask where the product is not, or write a broken record: the reader refuses
    // it. tests/product reaches these.
    let unreachable = ["refusal NotInstalled", "refusal RecordUnreadable"];
    let mut reached_by: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let paths = scenarios();
    for path in &paths {
        let scenario = read(path);
        for word in reached(&scenario, &harness::run(&scenario, 0)) {
            reached_by.entry(word).or_default().push(scenario_name(path));
        }
    }
    let mut missing = words_of_the_product();
    missing.retain(|word| !reached_by.contains_key(word) && !unreachable.contains(&&**word));
    let mut same = Vec::new();
    for name in paths.iter().map(|path| scenario_name(path)) {
        let alone = |(_, names): &(&String, &Vec<String>)| **names == [name.as_str()];
        let own: Vec<&str> = reached_by.iter().filter(alone).map(|(word, _)| &**word).collect();
        println!("{name}\n    {}", own.join("\n    "));
        if own.is_empty() {
            let few =
                |(_, names): &(&String, &Vec<String>)| names.len() <= 3 && names.contains(&name);
            for (word, names) in reached_by.iter().filter(few) {
                println!("        {word}: {}", names.join(", "));
            }
            same.push(name);
        }
    }
    assert!(missing.is_empty(), "no scenario reaches {missing:?}");
    assert!(same.is_empty(), "these reach nothing that no other reaches:\n{}", same.join("\n"));
}

fn words_of_the_product() -> Vec<String> {
    let standings = StandingKind::ALL.iter().map(|it| format!("standing {it}"));
    let skips = Skip::ALL.iter().map(|it| format!("skip {it}"));
    let stops = Stop::ALL.iter().map(|it| format!("stop {it}"));
    let refusals = RefusalKind::ALL.iter().map(|it| format!("refusal {it}"));
    standings.chain(skips).chain(stops).chain(refusals).collect()
}

/// What a report says of an outage is what its story tells of names, stores and machines.
#[test]
fn every_outage_is_as_long_as_the_story_tells() {
    let (mut compared, mut wrong) = (0, Vec::new());
    for path in scenarios() {
        let scenario = read(&path);
        if !outage::is_told(&scenario) {
            continue;
        }
        compared += 1;
        let found = outage::differences(&scenario, &harness::run(&scenario, 0));
        wrong.extend(found.iter().map(|what| format!("{}: {what}", scenario_name(&path))));
    }
    assert!(compared > 100, "{compared} scenarios tell how long clients are cut off");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
