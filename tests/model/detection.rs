//! How a failure is found, what becomes of a resource that hangs on its way, and of one that was
//! left failed.

use crate::tale::{PAIR, run, run_with};

/// Two nodes; `G` holds R with these properties, and S beside it.
fn pair(properties: &str) -> String {
    format!(
        "windows: 2003, nodes: [NODE1, NODE2], groups: {{ G: {{ owner: NODE2, resources: {{ \
         R: {{ type: File Share, properties: {{ {properties} }} }}, \
         S: {{ type: File Share }} }} }} }}"
    )
}

const SEEN: &str = "{ at: 10m, fail_resource: R }";
const UNSEEN: &str = "{ at: 10m, fail_resource: { resource: R, seen_by: is_alive } }";
const STORE: &str = "Exchange Information Store Instance - (EVS1)";

/// R is online since the start, and fails at 600 s: each interval finds it at its next multiple,
/// and a LooksAlive that comes later than the IsAlive finds nothing before it.
#[test]
fn each_interval_finds_its_failures() {
    for (properties, steps, found) in [
        ("", SEEN, "10:05.000"),
        ("", UNSEEN, "11:00.000"),
        ("LooksAlivePollInterval: 35000", SEEN, "10:30.000"),
        ("LooksAlivePollInterval: 35000", UNSEEN, "11:00.000"),
        ("IsAlivePollInterval: 25000", UNSEEN, "10:25.000"),
        ("LooksAlivePollInterval: 130000, IsAlivePollInterval: 40000", SEEN, "10:40.000"),
        ("LooksAlivePollInterval: 4294967295", SEEN, "10:05.000"),
    ] {
        let tale = run(&pair(properties), steps);
        assert_eq!(tale.when("R failed on NODE2"), found, "{properties} {steps}");
    }
}

/// Its type polls every 35 s and 45 s, whatever the case of its name; what R says of its own wins.
#[test]
fn the_type_has_the_interval_that_a_resource_does_not_have() {
    let types = "resource_types: { file share: { LooksAlivePollInterval: 35000, \
                 IsAlivePollInterval: 45000 } }";
    for (properties, steps, found) in [
        ("", SEEN, "10:30.000"),
        ("", UNSEEN, "10:30.000"),
        ("LooksAlivePollInterval: 7000", SEEN, "10:02.000"),
        ("IsAlivePollInterval: 50000", UNSEEN, "10:50.000"),
    ] {
        let tale = run(&format!("{}, {types}", pair(properties)), steps);
        assert_eq!(tale.when("R failed on NODE2"), found, "{properties} {steps}");
    }
}

/// The health thread looks every 10 s, and sees what LooksAlive would not.
#[test]
fn exchange_finds_its_failures_by_its_health_thread() {
    let types = "resource_types: { Microsoft Exchange Information Store: { \
                 LooksAlivePollInterval: 35000, IsAlivePollInterval: 45000 } }";
    let steps = format!("{{ at: 10m, fail_resource: {{ resource: {STORE}, seen_by: is_alive }} }}");
    let tale = run(&format!("{PAIR}, {types}"), &steps);
    assert_eq!(tale.when(&format!("{STORE} failed on NODE1")), "10:10.000");
}

/// With a period of none no failure is ever there to be counted with another.
#[test]
fn a_period_of_none_counts_one_failure_at_a_time() {
    let steps = "{ at: 10m, fail_resource: R }, { at: 10m20s, fail_resource: R }, \
                 { at: 10m40s, fail_resource: R }";
    let tale = run(&pair("RestartThreshold: 1, RestartPeriod: 0"), steps);
    assert_eq!((tale.group("G").as_str(), tale.with("R failed on").count()), ("NODE2 online", 3));
    let tale = run(&pair("RestartThreshold: 0, RestartPeriod: 0"), SEEN);
    assert_eq!(tale.group("G"), "NODE1 online");
}

/// It hangs until 15:00. Offline from 10:01 on it says nothing, and is terminated after 3 minutes,
/// as if it had gone offline. On NODE1 it begins when the hang is over, within its 3 minutes.
#[test]
fn what_hangs_on_its_way_down_is_terminated() {
    let steps = "{ at: 10m, hang_resource: { resource: R, for: 5m } }, \
                 { at: 10m1s, move: { group: G } }";
    let tale = run(&pair(""), steps);
    tale.tells(&[
        "10:01.000 R offline pending on NODE2",
        "10:03.500 S offline on NODE2",
        "13:01.000 R says nothing for 3m",
        "13:01.000 R offline on NODE2",
        "13:01.000 G NODE2 -> NODE1: moved by an administrator",
        "15:05.000 R online on NODE1",
    ]);
    tale.tells_only("failed", &[]);
}

/// It hangs until 14:00. Online from 10:01 on it says nothing, and has failed at 13:01; restarted,
/// it begins at 14:00. Each such failure counts: with a threshold of none the group moves.
#[test]
fn what_hangs_on_its_way_up_has_failed() {
    let steps = "{ at: 9m, offline: { resource: R } }, \
                 { at: 10m, hang_resource: { resource: R, for: 4m } }, \
                 { at: 10m1s, online: { resource: R } }";
    run(&pair(""), steps).tells(&[
        "13:01.000 R says nothing for 3m",
        "13:01.000 R failed on NODE2",
        "13:01.000 R online pending on NODE2",
        "14:05.000 R online on NODE2",
    ]);
    run(&pair("RestartThreshold: 0"), steps).when("R failed 1 times: G moves");
    let tale = run(&pair("PendingTimeout: 239000"), steps);
    tale.tells_only("failed", &["14:00.000 R failed on NODE2"]);
    let tale = run(&pair("PendingTimeout: 244001"), steps);
    tale.tells_only("failed", &[]);
}

/// Half way up, at 10:02, it falls silent for a minute, and then takes its 5 s anew. With a timeout
/// of a minute the silence is too long, measured from its last word.
#[test]
fn the_silence_is_counted_from_the_last_word() {
    let steps = "{ at: 9m, offline: { resource: R } }, { at: 10m, online: { resource: R } }, \
                 { at: 10m2s, hang_resource: { resource: R, for: 1m } }";
    run(&pair(""), steps).tells(&["11:07.000 R online on NODE2"]);
    run(&pair("PendingTimeout: 60000"), steps).tells(&["11:02.000 R says nothing for 1m"]);
}

/// Ten minutes to come online are no silence: the timeout of three says nothing about that.
#[test]
fn what_takes_long_is_not_timed_out() {
    let steps = "{ at: 1m, offline: { resource: R } }, { at: 10m, online: { resource: R } }";
    let tale = run_with(&pair(""), "other_online: 10m", steps, 0);
    assert_eq!(tale.when("R online on NODE2"), "20:00.000");
    tale.tells_only("says nothing", &[]);
}

/// On its way up until 20:00 it says nothing and is not timed out. On its way down it is, after 3
/// minutes, and its store was not shut down cleanly: 30 s of logs come on top of its 15 s.
#[test]
fn an_information_store_need_not_come_online_in_time_but_go_offline() {
    let cluster = PAIR.replace("SG1/Mailbox: 2GB", "SG1/Mailbox: { size: 2GB, log_replay: 30s }");
    let steps = format!(
        "{{ at: 9m, offline: {{ resource: {STORE} }} }}, \
         {{ at: 10m, hang_resource: {{ resource: {STORE}, for: 10m }} }}, \
         {{ at: 10m1s, online: {{ resource: {STORE} }} }}, \
         {{ at: 30m, hang_resource: {{ resource: {STORE}, for: 10m }} }}, \
         {{ at: 31m, offline: {{ resource: {STORE} }} }}, \
         {{ at: 50m, online: {{ resource: {STORE} }} }}"
    );
    let tale = run(&cluster, &steps);
    tale.tells_only("says nothing", &[&format!("34:00.000 {STORE} says nothing for 3m")]);
    tale.tells(&[
        &format!("20:15.000 {STORE} online on NODE1"),
        &format!("34:00.000 {STORE} offline on NODE1"),
        &format!("50:45.000 {STORE} online on NODE1"),
    ]);
}

/// Left at 10:05, it is tried once more 15 minutes later, and works. When it fails again, which a
/// poll finds 10 s after it came online at 25:10, all begins anew.
#[test]
fn what_was_left_failed_is_tried_once_more_after_its_retry_period() {
    let properties = "RestartAction: 1, RestartThreshold: 0, RetryPeriodOnFailure: 900000";
    let steps = format!("{SEEN}, {{ at: 25m15s, fail_resource: R }}");
    let tale = run(&pair(properties), &steps);
    tale.tells_only(
        "R ",
        &[
            "10:05.000 R failed on NODE2",
            "25:05.000 R is tried once more",
            "25:05.000 R online pending on NODE2",
            "25:10.000 R online on NODE2",
            "25:20.000 R failed on NODE2",
            "40:20.000 R is tried once more",
            "40:20.000 R online pending on NODE2",
            "40:25.000 R online on NODE2",
        ],
    );
    let never = properties.replace("900000", "4294967295");
    run(&pair(&never), SEEN).tells_only("tried", &[]);
    let action = properties.replace("RestartAction: 1", "RestartAction: 0");
    run(&pair(&action), SEEN).tells_only("tried", &[]);
}

/// It hangs when it is tried at 25:05, and fails at 28:05: it is neither restarted nor tried again.
#[test]
fn a_retry_that_fails_is_the_last() {
    let properties = "RestartThreshold: 5, RetryPeriodOnFailure: 900000, RestartAction: 1";
    let steps =
        "{ at: 10m, fail_resource: R }, { at: 10m1s, hang_resource: { resource: R, for: 2h } }";
    let tale = run(&pair(&properties.replace("RestartThreshold: 5", "RestartThreshold: 0")), steps);
    tale.tells_only("R failed on", &["10:05.000 R failed on NODE2", "28:05.000 R failed on NODE2"]);
    tale.tells_only("tried", &["25:05.000 R is tried once more"]);
}

/// The group may not move at all, so that all of it is offline from 10:07.5 on. The retry of R
/// brings all of it back.
#[test]
fn a_retry_brings_a_group_back_that_was_left_as_a_whole() {
    let cluster = "windows: 2003, nodes: [NODE1, NODE2], groups: { G: { owner: NODE2, \
        properties: { FailoverThreshold: 0 }, resources: { \
        R: { type: File Share, properties: { RestartThreshold: 0, \
             RetryPeriodOnFailure: 900000 } }, \
        S: { type: File Share } } } }";
    let tale = run(cluster, SEEN);
    tale.tells(&[
        "10:05.000 R failed 1 times: G has moved too often and is left",
        "10:07.500 S offline on NODE2",
        "25:05.000 R is tried once more",
        "25:10.000 S online on NODE2",
        "25:10.000 group G online on NODE2",
    ]);
}

/// One failover an hour. The first is at 10:05. On NODE1 since 10:10, R is found at 1:10:00, which
/// is within the hour, or at 1:10:05, which is not.
#[test]
fn a_group_has_its_own_failover_threshold_and_period() {
    let cluster = |threshold: u32| {
        format!(
            "windows: 2003, nodes: [NODE1, NODE2], groups: {{ G: {{ owner: NODE2, \
             properties: {{ FailoverThreshold: {threshold}, FailoverPeriod: 1 }}, resources: {{ \
             R: {{ type: File Share, properties: {{ RestartThreshold: 0 }} }} }} }} }}"
        )
    };
    let fails = |threshold: u32, at: &str| {
        run(&cluster(threshold), &format!("{SEEN}, {{ at: {at}, fail_resource: R }}"))
    };
    let tale = fails(1, "1h9m56s");
    tale.tells(&["01:10:00.000 R failed 1 times: G has moved too often and is left"]);
    let tale = fails(1, "1h10m");
    tale.tells(&["01:10:05.000 R failed 1 times: G moves"]);
    let tale = fails(2, "1h9m56s");
    tale.tells(&["01:10:00.000 R failed 1 times: G moves"]);
    let tale = run(&cluster(0), SEEN);
    tale.tells(&["10:05.000 R failed 1 times: G has moved too often and is left"]);
}
