//! Every shipped scenario: as its snapshot says, the same bytes every time, and with all checks
//! holding under other seeds too.
#![cfg(feature = "cli")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use evsim::cli::{self, compare, scenario_name};
use evsim::harness::{self, Check, Said, Told, Verdict};
use evsim::product::memory::Outcome;
use evsim::product::vocabulary::{RefusalKind, Skip, StandingKind, Stop};
use evsim::scenario::{self, Scenario};

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

/// The words of the product that a run reaches: how a designation stood, why jobs were skipped or
/// stopped, why requests were refused. Taken from what happened, never from what a file says.
fn reached(scenario: &Scenario) -> BTreeSet<String> {
    let mut words = BTreeSet::new();
    for line in harness::run(scenario, 0).story {
        let Told::Product(_, said) = line.told else { continue };
        match said {
            Said::Console(console) => words.insert(format!("standing {}", console.standing.kind())),
            Said::Job { outcome: Outcome::Skipped(skip), .. } => {
                words.insert(format!("skip {skip}"))
            }
            Said::Job { outcome: Outcome::Stopped(stop), .. } => {
                words.insert(format!("stop {stop}"))
            }
            Said::Refused(_, refusal) => match refusal.kind() {
                Some(kind) => words.insert(format!("refusal {kind}")),
                None => continue,
            },
            _ => continue,
        };
    }
    words
}

/// Every standing, skip, stop and refusal is reached by a shipped scenario. `-- --nocapture` prints
/// which.
#[test]
fn every_word_of_the_product_is_reached() {
    // No scenario can ask where the product is not, write a broken record, or name a store that
    // the cluster lacks: the reader refuses it. tests/product reaches these.
    let unreachable = ["refusal NotInstalled", "refusal RecordUnreadable", "refusal NoSuchStore"];
    let mut reached_by: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for path in scenarios() {
        for word in reached(&read(&path)) {
            reached_by.entry(word).or_default().push(scenario_name(&path));
        }
    }
    for (word, names) in &reached_by {
        println!("{word:<28} {}", names.join(", "));
    }
    let standings = StandingKind::ALL.iter().map(|it| format!("standing {it}"));
    let skips = Skip::ALL.iter().map(|it| format!("skip {it}"));
    let stops = Stop::ALL.iter().map(|it| format!("stop {it}"));
    let refusals = RefusalKind::ALL.iter().map(|it| format!("refusal {it}"));
    let mut missing: Vec<String> = standings.chain(skips).chain(stops).chain(refusals).collect();
    missing.retain(|word| !reached_by.contains_key(word) && !unreachable.contains(&&**word));
    assert!(missing.is_empty(), "no scenario reaches {missing:?}");
}
