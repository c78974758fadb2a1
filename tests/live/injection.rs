//! One call of the Cluster API fails, whichever it is and with whatever error: nothing panics, no
//! handle stays open, no check is broken, and the designation stands.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use evsim::harness::{self, Check, Report, Verdict};
use evsim::model::ErrorCode;
use evsim::scenario::{self, Scenario};
use evsim::simapi::{self, Fate};

use crate::connect;

/// Jobs on a server that fails over in the middle of one, and on one of Exchange 2007, whose stores
/// are resources: so that acts go through the cluster too.
const SCENARIOS: [(&str, &str); 2] = [
    (
        "a server that moves",
        "\
about: A job is interrupted by a move of its server.
cluster:
  name: MAILCLUSTER
  windows: 2003
  exchange: 2003
  nodes: [NODE1, NODE2]
  evs: { EVS1: { owner: NODE1, stores: { SG1/Mailbox: 500MB } } }
product:
  NODE1: { license: unlimited, designate: EVS1 }
  NODE2: { license: unlimited, designate: EVS1 }
steps:
  - { at: 1m, run_job: { node: NODE1, script: store-error-correction } }
  - { at: 4m, move: EVS1 }
until: 20m
",
    ),
    (
        "stores that are resources",
        "\
about: A job on a clustered mailbox server.
cluster:
  name: MAILCLUSTER
  windows: 2003
  exchange: 2007
  nodes: [NODE1, NODE2]
  evs: { EVS1: { owner: NODE1, stores: { SG1/Mailbox: 500MB } } }
product:
  NODE1: { license: unlimited, designate: EVS1 }
steps:
  - { at: 1m, run_job: { node: NODE1, script: store-error-correction } }
until: 20m
",
    ),
];

/// What the functions are documented to fail with, and what a connection that breaks brings.
const ERRORS: [ErrorCode; 4] = [
    ErrorCode::ERROR_ACCESS_DENIED,
    ErrorCode::ERROR_NO_MORE_ITEMS,
    ErrorCode::RPC_S_CALL_FAILED,
    ErrorCode::ERROR_RESOURCE_NOT_FOUND,
];

/// At which calls of a function: the first, one in the middle, the last.
fn places(calls: u32) -> Vec<u32> {
    let mut places = vec![1, calls / 2, calls];
    places.retain(|place| (1..=calls).contains(place));
    places.sort_unstable();
    places.dedup();
    places
}

/// Runs it with each call coming to what `fate` says of it: of which function, and the how manieth
/// of that.
fn run(scenario: &Scenario, fate: impl Fn(&str, u32) -> Fate + 'static) -> (Report, Calls, usize) {
    let calls = Rc::new(RefCell::new(Calls::new()));
    let fate = Rc::new(fate);
    let report = harness::start(scenario, 0, &|cluster, node| {
        // Opening a host is no part of it.
        simapi::before_each_call(|_, _, _| Fate::Answered);
        let backend = connect(cluster, node);
        let (calls, fate) = (Rc::clone(&calls), Rc::clone(&fate));
        simapi::before_each_call(move |function, _, _| {
            let mut calls = calls.borrow_mut();
            let count = calls.entry(function).or_insert(0);
            *count += 1;
            fate(function, *count)
        });
        backend
    })
    .report();
    (report, calls.take(), simapi::detach().1)
}

/// The checks that the run breaks.
fn failed(report: &Report) -> impl Iterator<Item = &Check> {
    report.checks.iter().filter(|it| it.verdict() == Verdict::Fails)
}

/// Whether what the call is about stays open: its closing fails, or nobody hears that it was
/// opened.
pub(crate) fn keeps_open(function: &str, fate: Fate) -> bool {
    match fate {
        Fate::Fails(_) => function.contains("Close"),
        Fate::Lost(_) => function.contains("Open") || function.starts_with("Create"),
        Fate::Answered | Fate::Short => false,
    }
}

type Calls = BTreeMap<&'static str, u32>;

#[test]
fn whichever_call_fails_nothing_is_broken() {
    let mut tried = 0;
    for (name, text) in SCENARIOS {
        let scenario = scenario::read(text.as_bytes(), name);
        let scenario = scenario.unwrap_or_else(|wrong| panic!("{wrong}"));
        let (_, calls, open) = run(&scenario, |_, _| Fate::Answered);
        assert_eq!(open, 0, "{name}");
        assert!(calls.len() > 15, "{calls:?}");
        for (function, count) in calls {
            for place in places(count) {
                for (at, code) in ERRORS.into_iter().enumerate() {
                    let lost = (at + place as usize).is_multiple_of(2);
                    let fate = if lost { Fate::Lost(code) } else { Fate::Fails(code) };
                    let (report, _, open) = run(&scenario, move |called, number| {
                        let meant = called == function && number == place;
                        if meant { fate } else { Fate::Answered }
                    });
                    let what = format!("{name}: {fate:?} of call {place} of {function}");
                    assert_eq!(open, usize::from(keeps_open(function, fate)), "{what}");
                    let wrong: Vec<_> = failed(&report).collect();
                    let text = || report.text(name, false);
                    assert!(wrong.is_empty(), "{what}: {wrong:#?}\n{}", text());
                    for console in &report.after.consoles {
                        let designated = console.designated.as_ref().map(|evs| evs.as_str());
                        assert_eq!(designated, Some("EVS1"), "{what}");
                    }
                    tried += 1;
                }
            }
        }
    }
    println!("{tried} combinations");
    assert!(tried > 300, "only {tried} combinations");
}
