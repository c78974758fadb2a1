//! Cluster services that hang while their machines go on, and what their watchdog does.

use crate::tale::{PAIR, SHARE, run, run_with};

const HANGS: &str = "{ at: 10m, hang_service: NODE2 }";

/// Nobody misses NODE2, whose driver sends heartbeats. Its watchdog ends the service at 11:00, and
/// what ran there stops: the disk is let go. Last beat 11:00, sixth missing 11:07.2, regroup 1 s;
/// disk 2 s, name 4 s, System Attendant 12 s more, Information Store 15 s more. NODE2's service is
/// started again a minute after its end, and joins in 3 s.
#[test]
fn a_cluster_service_that_hangs_is_ended_by_its_watchdog() {
    let tale = run(PAIR, HANGS);
    tale.tells(&[
        "11:00.000 NODE2: the watchdog ends its cluster service, which hangs",
        "11:00.000 NODE2 service ends: it hung",
        "11:08.200 NODE2 down: 6 heartbeats missed, regroup",
        "11:08.200 EVS2 NODE2 -> NODE1: next in its node list",
        "11:10.200 EVS2 Disk online on NODE1",
        "11:39.200 SG1/Mailbox mounted on NODE1",
        "12:03.000 NODE2 up: joined the cluster",
    ]);
    let first = tale.lines.first().map(String::as_str);
    assert_eq!(first, Some("11:00.000 NODE2: the watchdog ends its cluster service, which hangs"));
}

/// EVS2's name breaks at 10:01 and would have been found with the poll at 10:05; the service goes on
/// at 10:30.
#[test]
fn a_cluster_service_that_hangs_does_nothing_until_it_goes_on() {
    let steps = "{ at: 10m, hang_service: { node: NODE2, for: 30s } }, \
        { at: 10m1s, fail_resource: EVS2 Network Name }";
    let tale = run(PAIR, steps);
    let first = ["10:30.000 NODE2 service goes on", "10:30.000 EVS2 Network Name failed on NODE2"];
    assert_eq!(tale.lines[..2], first);
    tale.tells_only("watchdog", &[]);
    tale.tells_only("NODE2 down", &[]);
    // Mended by hand at 10:20.
    let steps = "{ at: 10m, hang_service: NODE2 }, { at: 10m20s, heal: { node: NODE2 } }, \
        { at: 10m30s, heal: { node: NODE2 } }";
    run(PAIR, steps).tells_only(
        "",
        &["10:20.000 NODE2 service goes on", "10:30.000 NODE2 goes on: 5023 ERROR_INVALID_STATE"],
    );
}

/// An address on a network that was lost meanwhile fails when the service goes on. The beat of
/// 10:06.0 is the first that is missing.
#[test]
fn an_address_of_a_service_that_hangs_fails_when_it_goes_on() {
    let steps = "{ at: 10m, hang_service: { node: NODE2, for: 30s } }, \
        { at: 10m5s, cut: { node: NODE2, network: Public } }";
    run(PAIR, steps).tells(&[
        "10:07.200 NODE2 failed on Public",
        "10:30.000 EVS2 IP Address failed on NODE2: 5035 ERROR_NETWORK_NOT_AVAILABLE",
    ]);
}

/// What is asked of it is refused, and of its groups; the others are asked as ever, also where it is
/// the quorum's owner.
#[test]
fn a_cluster_service_that_hangs_answers_nobody() {
    let steps = "{ at: 10m10s, move: { evs: EVS2, to: NODE1 } }, { at: 10m11s, pause: NODE2 }, \
        { at: 10m12s, move: { evs: EVS1, to: NODE2 } }, { at: 10m13s, stop_service: NODE2 }, \
        { at: 10m14s, hang_service: NODE2 }, { at: 10m15s, start_service: NODE2 }, \
        { at: 10m16s, evict: NODE2 }";
    run(PAIR, &format!("{HANGS}, {steps}")).tells(&[
        "10:10.000 move EVS2 to NODE1: 5005 ERROR_HOST_NODE_NOT_AVAILABLE",
        "10:11.000 pause NODE2: 5051 ERROR_CLUSTER_NODE_UNREACHABLE",
        "10:12.000 move EVS1 to NODE2: 5051 ERROR_CLUSTER_NODE_UNREACHABLE",
        "10:13.000 stop the cluster service of NODE2: 1053 ERROR_SERVICE_REQUEST_TIMEOUT",
        "10:14.000 the cluster service of NODE2 hangs: 5023 ERROR_INVALID_STATE",
        "10:15.000 start the cluster service of NODE2: 1056 ERROR_SERVICE_ALREADY_RUNNING",
        "10:16.000 evict NODE2: 5009 ERROR_CANT_EVICT_ACTIVE_NODE",
    ]);
    let owner = "{ at: 10m, hang_service: NODE1 }, { at: 10m10s, offline: { evs: EVS2 } }";
    let tale = run(PAIR, owner);
    tale.tells(&["10:25.500 EVS2 IP Address offline on NODE2"]);
    let all = format!("{HANGS}, {{ at: 10m, hang_service: NODE1 }}, {{ at: 10m1s, move: EVS1 }}");
    run(PAIR, &all).tells(&["10:01.000 move EVS1 to the best node: 1722 RPC_S_SERVER_UNAVAILABLE"]);
    let stopped = "{ at: 9m, stop_service: NODE3 }, { at: 10m, hang_service: NODE3 }";
    run(SHARE, stopped)
        .tells(&["10:00.000 the cluster service of NODE3 hangs: 1062 ERROR_SERVICE_NOT_ACTIVE"]);
    let off = "{ at: 9m, crash: NODE3 }, { at: 10m, hang_service: NODE3 }";
    run(SHARE, off)
        .tells(&["10:00.000 the cluster service of NODE3 hangs: 1722 RPC_S_SERVER_UNAVAILABLE"]);
}

/// NODE2's service starts at 10:30 and finds nobody who lets it join; the quorum is defended all the
/// same, so that it is excluded at 10:37. NODE1's watchdog ends its service at 11:00: with the try
/// at 11:37 NODE2 forms the cluster, 7 s later.
#[test]
fn a_cluster_service_that_hangs_lets_nobody_join() {
    let steps = "{ at: 5m, crash: NODE2 }, { at: 9m30s, boot: NODE2 }, \
        { at: 10m, hang_service: NODE1 }";
    run(PAIR, steps).tells(&[
        "10:37.000 NODE2 is excluded",
        "11:00.000 NODE1 service ends: it hung",
        "11:44.000 NODE2 up: no member was up, it formed the cluster",
    ]);
}

/// A member that hangs does not arbitrate, and gets none of the groups of a lost node.
#[test]
fn a_cluster_service_that_hangs_takes_nothing() {
    let steps = "{ at: 10m, hang_service: NODE2 }, { at: 10m, crash: NODE1 }";
    run(SHARE, steps).tells(&[
        "10:08.200 NODE3 arbitrates",
        "10:15.200 Cluster Group NODE1 -> NODE3: the quorum's new owner",
    ]);
    let steps = "{ at: 10m, hang_service: NODE3 }, { at: 10m, crash: NODE2 }";
    run(SHARE, steps).tells(&["10:08.200 G NODE2 -> NODE1: next in its node list"]);
}

/// The machine stops at 11:00, with its reservations, and starts again: service at 12:00.
#[test]
fn a_watchdog_may_stop_the_machine() {
    let tale = run_with(PAIR, "hang_recovery: \"3\"", HANGS, 0);
    tale.tells(&[
        "11:00.000 NODE2: the watchdog stops the machine, whose cluster service hangs",
        "11:00.000 NODE2 off, cut short: [\"EVS2\"]",
        "11:00.000 NODE2 on",
        "11:08.200 NODE2 down: 6 heartbeats missed, regroup",
        "11:18.200 EVS2 Disk online on NODE1",
        "12:03.000 NODE2 up: joined the cluster",
    ]);
    let tale = run_with(PAIR, "service_watchdog: 6s", HANGS, 0);
    tale.tells(&["10:06.000 NODE2 service ends: it hung"]);
}

/// What ends a machine or its service ends the hang with it; a machine that hangs too has no
/// watchdog either until it goes on.
#[test]
fn a_hang_of_the_service_ends_with_its_machine() {
    let steps = "{ at: 10m30s, crash: NODE2 }, { at: 20m, boot: NODE2 }, { at: 30m, pause: NODE2 }";
    let tale = run(PAIR, &format!("{HANGS}, {steps}"));
    tale.tells_only("watchdog", &[]);
    tale.tells(&[
        "10:38.200 NODE2 down: 6 heartbeats missed, regroup",
        "30:00.000 NODE2 paused: by an administrator",
    ]);
    let tale = run(PAIR, &format!("{HANGS}, {{ at: 10m30s, shut_down: NODE2 }}"));
    tale.tells(&["10:39.000 NODE2 off, cut short: [\"EVS2\"]"]);
    let tale = run(PAIR, &format!("{HANGS}, {{ at: 10m59s, hang: {{ node: NODE2, for: 4s }} }}"));
    tale.tells(&["11:03.000 NODE2 service ends: it hung"]);
}
