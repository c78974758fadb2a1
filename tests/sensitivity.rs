//! What the simulator does not know for sure, and what depends on it: every shipped scenario under
//! every value of every switch. All checks hold whatever the value; which expectations are no
//! longer met, and which destinations and answers change, is a table of docs/MODEL.md.
//!
//! `EVSIM_UPDATE=1 cargo test --test sensitivity` writes that table anew.
#![cfg(feature = "sim")]

#[path = "live/shipped.rs"]
mod shipped;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use evsim::harness::{self, Report, Told, Verdict};
use evsim::model::{ErrorCode, GroupName, NodeName};
use evsim::scenario::Scenario;
use evsim::sim::{Event, Switches};

const BEGIN: &str = "<!-- made by tests/sensitivity.rs: begin -->\n";
const END: &str = "<!-- made by tests/sensitivity.rs: end -->\n";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Where each group went, one after the other; when, is what the verdicts tell.
fn destinations(report: &Report) -> BTreeMap<GroupName, Vec<NodeName>> {
    let mut went: BTreeMap<GroupName, Vec<NodeName>> = BTreeMap::new();
    for line in &report.story {
        if let Told::Cluster(Event::Owner { group, to, .. }) = &line.told {
            went.entry(group.clone()).or_default().push(to.clone());
        }
    }
    went
}

/// What the cluster refused, and with which codes.
fn answers(report: &Report) -> Vec<ErrorCode> {
    let code = |told: &Told| match told {
        Told::Cluster(Event::Stepped { result, .. }) => result.err(),
        _ => None,
    };
    report.story.iter().filter_map(|line| code(&line.told)).collect()
}

fn meets_all(report: &Report) -> bool {
    report.met.iter().all(|met| met.differs.is_empty())
}

/// What becomes of one scenario under one value.
#[derive(Clone, Copy, Default)]
struct Change {
    verdict: bool,
    destinations: bool,
    answers: bool,
}

/// Runs the scenario with this value.
fn change(
    name: &str,
    scenario: &Scenario,
    usual: &Report,
    (switch, value): (&str, &str),
) -> Result<Change, String> {
    let mut guessed = scenario.clone();
    let set = guessed.cluster.switches.set(switch, value);
    assert_eq!(set, Ok(()), "{switch}: {value}");
    let report = harness::run(&guessed, 0);
    let failed = report.checks.iter().filter(|check| check.verdict() == Verdict::Fails);
    let failed: Vec<String> = failed.map(|it| format!("{}: {:?}", it.claim, it.failures)).collect();
    match failed.is_empty() {
        true => Ok(Change {
            verdict: meets_all(&report) != meets_all(usual),
            destinations: destinations(&report) != destinations(usual),
            answers: answers(&report) != answers(usual),
        }),
        false => Err(format!("{name} with {switch}: {value}: {}", failed.join("; "))),
    }
}

/// Every value of every switch but the one that is the default anyway.
fn guesses() -> Vec<(&'static str, String)> {
    let others = |switch: &'static evsim::sim::Switch| {
        let values = (switch.values)().into_iter().skip(1);
        values.map(move |value| (switch.name, value))
    };
    Switches::TABLE.iter().flat_map(others).collect()
}

/// The changes of every guess, scenario by scenario.
fn changes(scenarios: &[(String, Scenario)], guesses: &[(&str, String)]) -> Vec<Vec<Change>> {
    let next = AtomicUsize::new(0);
    let rows = Mutex::new(vec![vec![Change::default(); scenarios.len()]; guesses.len()]);
    let wrong = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some((name, scenario)) = scenarios.get(at) else { break };
                    let usual = harness::run(scenario, 0);
                    for (row, (switch, value)) in guesses.iter().enumerate() {
                        match change(name, scenario, &usual, (switch, value)) {
                            Ok(change) => rows.lock().expect("no panic")[row][at] = change,
                            Err(what) => wrong.lock().expect("no panic").push(what),
                        }
                    }
                }
            });
        }
    });
    let mut wrong = wrong.into_inner().expect("no panic");
    wrong.sort();
    assert!(wrong.is_empty(), "checks fail under another guess:\n{}", wrong.join("\n"));
    rows.into_inner().expect("no panic")
}

/// Names of scenarios, each folder once: `cluster: a, b; groups: c`.
fn listed<'n>(names: impl Iterator<Item = &'n str>) -> String {
    let mut folders: Vec<(&str, Vec<&str>)> = Vec::new();
    for name in names {
        let (folder, name) = name.split_once('/').unwrap_or(("", name));
        match folders.last_mut().filter(|(last, _)| *last == folder) {
            Some((_, names)) => names.push(name),
            None => folders.push((folder, vec![name])),
        }
    }
    let parts: Vec<String> =
        folders.iter().map(|(folder, names)| format!("{folder}: {}", names.join(", "))).collect();
    parts.join("; ")
}

fn table(scenarios: &[(String, Scenario)]) -> String {
    let guesses = guesses();
    let changes = changes(scenarios, &guesses);
    let mut table = String::from(BEGIN);
    table.push_str(
        "\n| switch | value | expectations no longer met | destinations that change | answers |\n",
    );
    table.push_str("|---|---|---|---|---|\n");
    let moves = |it: &Change| it.verdict || it.destinations || it.answers;
    let idle = guesses.iter().zip(&changes).filter(|(_, row)| !row.iter().any(moves));
    let idle: Vec<String> = idle.map(|((switch, value), _)| format!("{switch}: {value}")).collect();
    assert!(idle.is_empty(), "no scenario depends on {idle:?}: write one in which it decides");
    for ((switch, value), row) in guesses.iter().zip(&changes) {
        let of = |picked: fn(&Change) -> bool| {
            let names = scenarios.iter().zip(row).filter(|(_, change)| picked(change));
            listed(names.map(|((name, _), _)| name.as_str()))
        };
        let (verdicts, went) = (of(|it| it.verdict), of(|it| it.destinations));
        let said = of(|it| it.answers);
        table.push_str(&format!("| `{switch}` | `{value}` | {verdicts} | {went} | {said} |\n"));
    }
    let count = guesses.len() * scenarios.len();
    table.push_str(&format!("\n{count} runs: {} scenarios under ", scenarios.len()));
    table.push_str(&format!("{} values.\n", guesses.len()));
    while table.contains("|  |") {
        table = table.replace("|  |", "| |");
    }
    table.push_str(END);
    table
}

#[test]
fn what_is_sensitive_to_a_guess_is_on_the_page() {
    let table = table(&shipped::scenarios());
    let update = std::env::var_os("EVSIM_UPDATE").is_some();
    let path = root().join("docs/MODEL.md");
    let page = fs::read_to_string(&path).expect("the page is there").replace("\r\n", "\n");
    let (before, rest) = page.split_once(BEGIN).expect("the page has the table's begin");
    let (_, after) = rest.split_once(END).expect("the page has the table's end");
    let current = format!("{before}{table}{after}");
    if update {
        fs::write(&path, &current).expect("the page can be written");
    }
    assert!(
        update || current == page,
        "the table of docs/MODEL.md is not current: `EVSIM_UPDATE=1 cargo test --test sensitivity` \
         writes it anew. It would be:\n{table}"
    );
}
