//! `evsim why`: the chain of causes, held as text for each kind of cause, on shipped scenarios.

use std::fs;
use std::path::Path;

use evsim::harness::{self, why};
use evsim::model::{EvsName, GroupState, Span, Time};
use evsim::scenario::{self, Scenario};

use super::scenario as in_cluster;

fn shipped(name: &str) -> Scenario {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios").join(name);
    let text = fs::read(path.with_extension("yaml")).expect("it is shipped");
    scenario::read(&text, name).unwrap_or_else(|wrong| panic!("{wrong}"))
}

/// The chain for a server at a minute, a line a cause.
#[track_caller]
fn check(name: &str, evs: &str, minute: u64, expected: &[&str]) {
    check_in(&shipped(name), evs, minute, expected);
}

#[track_caller]
fn check_in(scenario: &Scenario, evs: &str, minute: u64, expected: &[&str]) {
    let at = Time::START + Span::from_secs(60 * minute);
    let mut run = harness::watch(scenario, 0, None);
    run.advance(at);
    let causes = why(scenario, run.story(), &EvsName::from(evs), at).expect("it has the server");
    let lines: Vec<String> =
        causes.iter().map(|it| format!("{} {}", &it.at.to_string()[3..8], it.sentence)).collect();
    assert_eq!(lines, expected);
}

#[test]
fn a_node_that_crashed() {
    check(
        "active-active/node-failure",
        "EVS2",
        15,
        &[
            "15:00 EVS2 is online on NODE1, since 00:10:45.200.",
            "10:08 NODE1 took EVS2 over from NODE2: next in its node list.",
            "10:08 EVS2 was to leave NODE2, which is no member any more. The others: NODE1 chosen.",
            "10:08 NODE2 went down: 6 heartbeats missed, regroup.",
            "10:00 It began with a fault: NODE2 crashes.",
        ],
    );
}

#[test]
fn a_server_that_never_moved() {
    check(
        "active-active/node-failure",
        "evs1",
        15,
        &[
            "15:00 evs1 is as it was at the start, on NODE1.",
            "00:00 evs1 began on NODE1 and has never moved.",
        ],
    );
}

#[test]
fn a_resource_that_failed_past_its_threshold() {
    check(
        "cluster/resource-restarts-then-evs-moves",
        "EVS1",
        20,
        &[
            "20:00 EVS1 is online on NODE2, since 00:16:46.500.",
            "16:15 NODE2 took EVS1 over from NODE1: next in its node list.",
            "16:05 EVS1 was to leave NODE1, where it failed too often. The others: NODE2 chosen.",
            "16:05 Exchange Information Store Instance - (EVS1) failed 4 times within 15m: at \
             00:10:10.000, 00:12:05.000, 00:14:10.000, 00:16:05.000.",
            "16:00 Failure 4 began with a fault: Exchange Information Store Instance - (EVS1) \
             stops working.",
            "14:00 Failure 3 began with a fault: Exchange Information Store Instance - (EVS1) \
             stops working.",
            "12:00 Failure 2 began with a fault: Exchange Information Store Instance - (EVS1) \
             stops working.",
            "10:00 Failure 1 began with a fault: Exchange Information Store Instance - (EVS1) \
             stops working.",
        ],
    );
}

/// The network name may fail once in 15 minutes, counted anew on each node; the server may move once
/// in six hours.
#[test]
fn a_server_that_has_moved_too_often() {
    let fail = |at| format!("{{ at: {at}, initiate_failure: EVS1 Network Name }}");
    let steps = [
        "{ at: 1m, set: { resource: EVS1 Network Name, property: RestartThreshold, to: 1 } }",
        "{ at: 1m, set: { evs: EVS1, property: FailoverThreshold, to: 1 } }",
        &fail("10m"),
        &fail("12m"),
        &fail("20m"),
        &fail("22m"),
    ];
    let cluster = "nodes: [NODE1, NODE2], evs: { EVS1: { owner: NODE1 } }";
    // What does not work already does not go offline first: 14 s for the rest.
    let moved = [
        "12:14 NODE2 took EVS1 over from NODE1: next in its node list.",
        "12:00 EVS1 was to leave NODE1, where it failed too often. The others: NODE2 chosen.",
        "12:00 EVS1 Network Name failed 2 times within 15m: at 00:10:00.000, 00:12:00.000.",
        "12:00 Failure 2 began with a request: initiate the failure of EVS1 Network Name.",
        "10:00 Failure 1 began with a request: initiate the failure of EVS1 Network Name.",
    ];
    let left = [
        "30:00 EVS1 is failed on NODE2, since 00:22:00.000.",
        "22:00 EVS1 has moved too often and is left.",
        "22:00 EVS1 had moved for a failure before: at 00:12:00.000.",
        "22:00 EVS1 Network Name failed 2 times within 15m: at 00:20:00.000, 00:22:00.000.",
        "22:00 Failure 2 began with a request: initiate the failure of EVS1 Network Name.",
        "20:00 Failure 1 began with a request: initiate the failure of EVS1 Network Name.",
    ];
    let scenario = in_cluster(cluster, &steps.join(", "));
    check_in(&scenario, "EVS1", 30, &[&left[..], &moved].concat());
}

#[test]
fn a_move_by_an_administrator() {
    check(
        "maintenance/evs-moves-during-job",
        "EVS1",
        60,
        &[
            "00:00 EVS1 is online on NODE2, since 00:20:46.500.",
            "20:15 NODE2 took EVS1 over from NODE1: moved by an administrator.",
            "20:00 An administrator had asked: move EVS1 to NODE2.",
        ],
    );
}

#[test]
fn a_failback() {
    check(
        "groups/failback-is-a-second-outage",
        "EVS2",
        30,
        &[
            "30:00 EVS2 is online on NODE2, since 00:21:49.500.",
            "21:18 NODE2 took EVS2 over from NODE1: back to a more preferred owner.",
            "21:03 EVS2 was to go back to NODE2, which it prefers.",
            "21:03 NODE2 came up: joined the cluster.",
            "20:00 An administrator had asked: NODE2 is switched on.",
        ],
    );
}

#[test]
fn a_node_passed_over_for_anti_affinity() {
    check(
        "topology/four-active-three-passive",
        "EVS3",
        30,
        &[
            "30:00 EVS3 is online on NODE6, since 00:20:45.200.",
            "20:08 NODE6 took EVS3 over from NODE3: next in its node list without a group of its \
             anti-affinity class.",
            "20:08 EVS3 was to leave NODE3, which is no member any more. The others: NODE5 holds \
             EVS2 of its anti-affinity class; NODE6 chosen; NODE7 not reached; NODE1 holds EVS1 \
             of its anti-affinity class; NODE2 down; NODE4 holds EVS4 of its anti-affinity class.",
            "20:08 NODE3 went down: 6 heartbeats missed, regroup.",
            "20:00 It began with a fault: NODE3 crashes.",
        ],
    );
}

/// And before that, how it came to the node where it is left.
#[test]
fn no_node_that_could_own_it() {
    check(
        "exchange/passive-node-is-taken",
        "EVS2",
        25,
        &[
            "25:00 EVS2 is failed on NODE1, since 00:21:00.200.",
            "21:00 EVS2 stays, no other node can own it.",
            "21:00 EVS2 was to leave NODE1, where it failed too often. The others: NODE2 down; \
             NODE3 down.",
            "21:00 Exchange System Attendant Instance - (EVS2) failed 4 times within 15m: at \
             00:20:24.200, 00:20:36.200, 00:20:48.200, 00:21:00.200.",
            "20:08 NODE1 took EVS2 over from NODE3: next in its node list.",
            "20:08 EVS2 was to leave NODE3, which is no member any more. The others: NODE1 chosen \
             beside EVS1 of its class, as every able node has one (there Exchange starts no \
             server beside EVS1: 5018); NODE2 down.",
            "20:08 NODE3 went down: 6 heartbeats missed, regroup.",
            "20:00 It began with a fault: NODE3 crashes.",
        ],
    );
}

#[test]
fn a_quorum_that_was_lost_and_a_cluster_formed_anew() {
    let lost = "membership/quorum-disk-lost";
    check(
        lost,
        "EVS1",
        30,
        &[
            "30:00 EVS1 is offline on NODE1, since 00:10:05.000.",
            "10:05 The cluster service of NODE1 ended: the quorum disk has failed.",
            "10:00 It began with a fault: the quorum disk is lost for 30m.",
            "00:00 EVS1 began on NODE1 and has never moved.",
        ],
    );
    check(
        lost,
        "EVS2",
        45,
        &[
            "45:00 EVS2 is online on NODE1, since 00:40:50.000.",
            "40:19 NODE1 took EVS2 over from NODE2: it formed the cluster.",
            "40:19 NODE1 came up: no member was up, it formed the cluster.",
            "40:00 It began with a fault: the quorum disk works again.",
        ],
    );
}

/// Of every server of every shipped scenario, at every tenth of its run: a few lines, in falling
/// order from the moment itself, whose first says where and how it really was.
#[test]
fn every_server_is_explained_at_any_time() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let mut explained = 0;
    for folder in fs::read_dir(root).expect("scenarios").flatten().filter(|it| it.path().is_dir()) {
        for file in fs::read_dir(folder.path()).expect("a folder").flatten() {
            let path = file.path();
            if path.extension().is_none_or(|it| it != "yaml") {
                continue;
            }
            let text = fs::read(&path).expect("a scenario");
            let scenario = scenario::read(&text, "shipped").unwrap_or_else(|it| panic!("{it}"));
            let mut run = harness::watch(&scenario, 0, None);
            for tenth in 1..=10 {
                let at = Time::from_ms(scenario.until.ms() / 10 * tenth);
                run.advance(at);
                let situation = run.moment(None).situation;
                for group in situation.groups {
                    let Some(evs) = group.evs else { continue };
                    let causes = why(&scenario, run.story(), &evs, at);
                    let causes = causes.unwrap_or_else(|| panic!("{path:?} has {evs}"));
                    let first = &causes[0].sentence;
                    assert_eq!(causes[0].at, at, "{path:?} {causes:#?}");
                    assert!(first.contains(&format!("on {}", group.owner)), "{path:?} {first}");
                    let said = first.contains(&format!("is {} ", group.state));
                    let start = first.contains("as it was at the start");
                    let passing = group.state == GroupState::Pending;
                    assert!(said || start || passing, "{path:?} {} {first}", group.state);
                    assert!(causes.len() > 1 && causes.len() < 12, "{path:?} {causes:#?}");
                    assert!(causes.is_sorted_by(|a, b| a.at >= b.at), "{path:?} {causes:#?}");
                    explained += 1;
                }
            }
        }
    }
    assert!(explained > 1_000, "{explained}");
}
