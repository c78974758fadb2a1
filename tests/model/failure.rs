//! A failed resource: how it is noticed, restarted, left, or makes its group move.

use crate::tale::{PAIR, run, run_with};

/// Two nodes; `G` holds R with these properties, and S beside it.
fn pair(properties: &str) -> String {
    format!(
        "windows: 2003, nodes: [NODE1, NODE2], groups: {{ G: {{ owner: NODE2, resources: {{ \
         R: {{ type: File Share, properties: {{ {properties} }} }}, \
         S: {{ type: File Share }} }} }} }}"
    )
}

fn failures(at: &[&str]) -> String {
    let steps = at.iter().map(|at| format!("{{ at: {at}, fail_resource: R }}"));
    steps.collect::<Vec<_>>().join(", ")
}

/// Polls come every 5 s after the resource came online, which here is the start; Exchange's health
/// thread looks every 10 s. A resource that breaks at the instant of a poll is found by the next.
#[test]
fn the_next_poll_notices_a_failure() {
    for (at, noticed) in
        [("9m55.001s", "10:00.000"), ("9m59.999s", "10:00.000"), ("10m", "10:05.000")]
    {
        let tale = run(&pair(""), &failures(&[at]));
        assert_eq!(tale.when("R failed on NODE2"), noticed, "{at}");
    }
    let store = "Exchange Information Store Instance - (EVS1)";
    for (at, noticed) in [("9m55.001s", "10:00.000"), ("10m", "10:10.000")] {
        let tale = run(PAIR, &format!("{{ at: {at}, fail_resource: {store} }}"));
        assert_eq!(tale.when(&format!("{store} failed on NODE1")), noticed, "{at}");
    }
    // Online again at 10:10 after a first failure: the polls are at 10:15, 10:20, 10:25 then.
    let tale = run(&pair(""), &failures(&["10m", "10m21s"]));
    tale.tells(&["10:10.000 R online on NODE2", "10:25.000 R failed on NODE2"]);
    // Where it takes 6 s they are at 10:16, 10:21 and 10:26.
    let tale = run_with(&pair(""), "other_online: 6s", &failures(&["10m", "10m21s"]), 0);
    tale.tells(&["10:11.000 R online on NODE2", "10:26.000 R failed on NODE2"]);
}

/// Threshold 2: two failures are answered by a restart, the third moves the group. They are noticed
/// at 10:05, 10:25 and 10:45: within 40.001 s but not within 40 s of each other.
#[test]
fn as_many_failures_as_the_threshold_are_tolerated_within_the_period() {
    let at = ["10m", "10m20s", "10m40s"];
    for (properties, owner) in [
        ("RestartThreshold: 2", "NODE1 online"),
        ("RestartThreshold: 3", "NODE2 online"),
        ("RestartThreshold: 2, RestartPeriod: 40001", "NODE1 online"),
        ("RestartThreshold: 2, RestartPeriod: 40000", "NODE2 online"),
    ] {
        let tale = run(&pair(properties), &failures(&at));
        assert_eq!(tale.group("G"), owner, "{properties}");
    }
    let tale = run(&pair("RestartThreshold: 2"), &failures(&at));
    tale.tells_only(
        "R failed",
        &[
            "10:05.000 R failed on NODE2",
            "10:25.000 R failed on NODE2",
            "10:45.000 R failed on NODE2",
            "10:45.000 R failed 3 times: G moves",
        ],
    );
    // S goes down for the move (2.5 s), then both come up on NODE1.
    tale.tells(&[
        "10:47.500 G NODE2 -> NODE1: next in its node list",
        "10:52.500 R online on NODE1",
    ]);
}

/// By default three restarts within 15 minutes, and the fourth failure moves the group.
#[test]
fn three_restarts_in_fifteen_minutes_by_default() {
    let tale = run(&pair(""), &failures(&["10m", "14m", "18m", "24m55s"]));
    assert_eq!(tale.group("G"), "NODE1 online", "the fourth is noticed 14:55 after the first");
    let tale = run(&pair(""), &failures(&["10m", "14m", "18m", "25m"]));
    assert_eq!(tale.group("G"), "NODE2 online", "the fourth is noticed 15:00 after the first");
}

#[test]
fn a_threshold_of_none_moves_at_the_first_failure() {
    let tale = run(&pair("RestartThreshold: 0"), &failures(&["10m"]));
    tale.when("R failed 1 times: G moves");
}

/// One failure is tolerated, the second moves the group; on the other node one is tolerated again.
#[test]
fn a_move_forgets_the_failures_of_before() {
    let tale = run(&pair("RestartThreshold: 1"), &failures(&["10m", "11m", "12m"]));
    assert_eq!(tale.group("G"), "NODE1 online");
    assert_eq!(tale.with("R failed on").count(), 3);
    let tale = run(&pair("RestartThreshold: 1"), &failures(&["10m", "11m", "12m", "13m"]));
    assert_eq!(tale.group("G"), "NODE2 online");
}

/// 0: no restart. 1: restarts, then it stays failed and the group stays. 2: then the group moves.
#[test]
fn the_restart_action_decides() {
    for (action, tries, group, share) in [
        (0, 0, "NODE2 failed", "failed"),
        (1, 1, "NODE2 failed", "failed"),
        (2, 2, "NODE1 online", "online"),
    ] {
        let properties = format!("RestartAction: {action}, RestartThreshold: 1");
        let tale = run(&pair(&properties), &failures(&["10m", "11m"]));
        assert_eq!(tale.with("R online pending").count(), tries, "RestartAction {action}");
        assert_eq!(tale.group("G"), group, "RestartAction {action}");
        assert_eq!(tale.resource("R"), share, "RestartAction {action}");
        assert_eq!(tale.resource("S"), "online", "what does not depend on it goes on");
    }
}

/// The Network Name fails at 10:05. What depends on it goes offline from the far end, 7.5 s for the
/// Information Store and 6 s for the System Attendant, and only then it is restarted: 3 s, then
/// 12 s and 15 s. None of them counts as failed, and the disk stays.
#[test]
fn dependents_of_a_failed_resource_go_offline_and_come_back() {
    let tale = run(PAIR, "{ at: 10m, fail_resource: EVS1 Network Name }");
    tale.tells(&[
        "10:05.000 EVS1 Network Name failed on NODE1",
        "10:12.500 Exchange Information Store Instance - (EVS1) offline on NODE1",
        "10:18.500 Exchange System Attendant Instance - (EVS1) offline on NODE1",
        "10:18.500 EVS1 Network Name online pending on NODE1",
        "10:21.500 EVS1 Network Name online on NODE1",
        "10:33.500 Exchange System Attendant Instance - (EVS1) online on NODE1",
        "10:48.500 Exchange Information Store Instance - (EVS1) online on NODE1",
    ]);
    tale.tells_only("EVS1 Disk", &[]);
    tale.tells_only("EVS1) failed", &[]);
}

/// Each failure moves the group at once, from 10:05 on every ten minutes. Ten moves within 6 h; the
/// eleventh is refused and all of the group goes offline, S too.
#[test]
fn a_group_moves_ten_times_in_six_hours() {
    let minutes = |count: u32| (1..=count).map(|at| format!("{}m", at * 10)).collect::<Vec<_>>();
    let fails = |count: u32, last: &str| {
        let mut at = minutes(count);
        at.extend((!last.is_empty()).then(|| last.to_owned()));
        let at: Vec<&str> = at.iter().map(String::as_str).collect();
        run(&pair("RestartThreshold: 0"), &failures(&at))
    };
    let tale = fails(10, "");
    assert_eq!(tale.with("R failed 1 times: G moves").count(), 10);
    assert_eq!(tale.group("G"), "NODE2 online", "ten moves end where they began");
    let tale = fails(11, "");
    tale.tells(&[
        "01:50:05.000 R failed 1 times: G has moved too often and is left",
        "01:50:07.500 S offline on NODE2",
    ]);
    assert_eq!((tale.group("G"), tale.resource("R")), ("NODE2 failed".into(), "failed".into()));
    // The first move began at 10:05, so at 6:10:05 it is six hours old and counts no more. R came
    // online on NODE2 at 1:40:10, so that polls are at 6:10:00 and 6:10:05.
    fails(10, "6h9m59s").when("R failed 1 times: G has moved too often and is left");
    let tale = fails(10, "6h10m1s");
    assert_eq!(tale.group("G"), "NODE1 online");
    assert_eq!(tale.with("R failed 1 times: G moves").count(), 11);
}

/// Neither an administrator's moves nor a lost node count: a failure still moves the group.
#[test]
fn only_failures_count_as_failovers() {
    let mut steps: Vec<String> = (1..=12)
        .map(|at| format!("{{ at: {at}m, move: {{ group: G, to: NODE{} }} }}", 1 + (at + 1) % 2))
        .collect();
    steps.push("{ at: 20m, crash: NODE2 }, { at: 25m, boot: NODE2 }".to_owned());
    steps.push(failures(&["30m"]));
    let tale = run(&pair("RestartThreshold: 0"), &steps.join(", "));
    assert_eq!(tale.with("moved by an administrator").count(), 12);
    tale.when("R failed 1 times: G moves");
}

/// Nothing tries again after the threshold: two days later it is still failed.
#[test]
fn what_is_left_failed_is_not_tried_again() {
    let tale = run(&pair("RestartAction: 1, RestartThreshold: 0"), &failures(&["10m"]));
    tale.tells_only("R ", &["10:05.000 R failed on NODE2"]);
}

/// It is broken at 10:00 and taken offline at 10:01, before the poll at 10:05. That is no failure,
/// and when it is brought online again it works: no poll finds anything.
#[test]
fn a_broken_resource_that_is_taken_offline_first_never_failed() {
    let steps = "{ at: 10m, fail_resource: Exchange Information Store Instance - (EVS1) }, \
                 { at: 10m1s, offline: { evs: EVS1 } }, { at: 20m, online: { evs: EVS1 } }";
    let tale = run(PAIR, steps);
    tale.tells_only("failed", &[]);
    let outage = tale.cluster.outage(&"EVS1".into()).expect("EVS1 is a group");
    // From 10:00 as a fault; the request changes nothing of that. Served again at 20:31.
    assert_eq!((outage.planned.ms(), outage.unplanned.ms()), (0, 631_000));
}
