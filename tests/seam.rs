//! The seam is real: the product's agents run through the live backend and its context-free C
//! functions, with the cluster moving on between any two of them, and the story stays the same or
//! says what it did not know.

use std::fs;
use std::path::Path;

use evsim::backend::Backend;
use evsim::backend::clusapi::LiveBackend;
use evsim::backend::clusapi::host::LibraryHost;
use evsim::harness::{self, Report};
use evsim::model::{NodeName, Time};
use evsim::scenario::{self, Scenario};
use evsim::sim::SharedCluster;
use evsim::simapi::{self, Fate};

const NAME: &str = "active-active/node-failure";

fn node_failure() -> Scenario {
    let file = format!("scenarios/{NAME}.yaml");
    let text = fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join(&file)).expect("it is shipped");
    scenario::read(&text, &file).unwrap_or_else(|wrong| panic!("{wrong}"))
}

/// Opens a node's live backend over the functions in this process.
fn connect(cluster: &SharedCluster, node: &NodeName) -> Box<dyn Backend> {
    simapi::attach(cluster);
    let table = simapi::table();
    let host = LibraryHost::new(&table, node).expect("the simulated library has a host");
    Box::new(LiveBackend::new(&table, node, Box::new(host)))
}

/// Runs the agents through the functions; before the calls that `tear` picks by their number, the
/// cluster goes on to its next event, but not beyond what the scenario does next.
fn run_torn(scenario: &Scenario, tear: impl Fn(u64) -> bool + 'static) -> (Report, u64) {
    let mut stops: Vec<Time> = scenario.steps.iter().map(|moment| moment.at).collect();
    stops.extend(scenario.expect.iter().map(|expectation| expectation.at));
    stops.push(scenario.until);
    simapi::before_each_call(move |_, call, cluster| {
        let mut cluster = cluster.borrow_mut();
        let now = cluster.now();
        let stop = stops.iter().filter(|stop| **stop > now).min().copied();
        if let (true, Some(next), Some(stop)) = (tear(call), cluster.next(), stop)
            && next < stop
        {
            cluster.step(next);
        }
        Fate::Answered
    });
    let report = harness::start(scenario, 0, &connect).report();
    let (calls, open) = simapi::detach();
    assert_eq!(open, 0, "handles were left open");
    (report, calls)
}

#[test]
fn the_report_is_the_same_bytes_through_c_functions() {
    let scenario = node_failure();
    let direct = harness::run(&scenario, 0);
    let (through, calls) = run_torn(&scenario, |_| false);
    assert_eq!(through.text(NAME, true), direct.text(NAME, true));
    assert!(calls > 1_000, "only {calls} calls went through the functions");
}

fn differing(expected: &str, found: &str) -> String {
    let only = |sign: char, these: &str, others: &str| {
        let lines = these.lines().filter(|line| !others.lines().any(|other| other == *line));
        lines.map(|line| format!("{sign} {line}\n")).collect::<String>()
    };
    only('-', expected, found) + &only('+', found, expected)
}

/// One tear at a time, all over the run: the observation starts again and sees what is so now.
#[test]
fn one_change_between_two_reads_changes_nothing_or_is_said() {
    let scenario = node_failure();
    let direct = harness::run(&scenario, 0).text(NAME, false);
    let (_, calls) = run_torn(&scenario, |_| false);
    let stride = (calls / 100).max(1) as usize;
    let mut tried = 0;
    for torn in (1..calls).step_by(stride) {
        let (report, _) = run_torn(&scenario, move |call| call == torn);
        let text = report.text(NAME, false);
        let unknown = text.contains("cluster unknown (1237 ERROR_RETRY)");
        let differing = differing(&direct, &text);
        assert!(text == direct || unknown, "torn before call {torn} of {calls}:\n{differing}");
        tried += 1;
    }
    assert!(tried >= 100);
}

/// The cluster moves on during every look at it, and the looks of one wake run out: whoever looks
/// says that it does not know, and does nothing until it does.
#[test]
fn a_cluster_that_moves_during_every_look_is_unknown_not_empty() {
    let scenario = node_failure();
    let (report, _) = run_torn(&scenario, |call| call % 20 == 0);
    let text = report.text(NAME, false);
    let direct = harness::run(&scenario, 0).text(NAME, false);
    let differing = differing(&direct, &text);
    assert!(text.contains("NODE1 waits: cluster unknown (1237 ERROR_RETRY)"), "{differing}");
    let failed: Vec<_> = report.checks.iter().filter(|check| !check.failures.is_empty()).collect();
    assert!(failed.is_empty(), "{failed:#?}");
    assert!(text.contains("NODE1 job 1 completed on EVS1"), "{differing}");
}
