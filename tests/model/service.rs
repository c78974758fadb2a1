//! Pausing and resuming a node, stopping and starting its cluster service.

use evsim::model::NodeState;

use crate::tale::{PAIR, SHARE, run};

/// R needs 2.5 s to go offline. It may be taken offline on a paused node, and no request brings it
/// online again there.
#[test]
fn a_paused_node_keeps_its_groups_and_takes_none() {
    let steps = "{ at: 10m, pause: NODE2 }, { at: 11m, offline: { resource: R } }, \
                 { at: 12m, online: { resource: R } }, { at: 13m, online: { group: G } }";
    let tale = run(SHARE, steps);
    assert_eq!(
        tale.lines,
        [
            "10:00.000 NODE2 paused: by an administrator",
            "11:00.000 R offline pending on NODE2",
            "11:00.000 group G pending on NODE2",
            "11:02.500 R offline on NODE2",
            "11:02.500 group G offline on NODE2",
            "12:00.000 bring R online: 5070 ERROR_CLUSTER_NODE_PAUSED",
            "13:00.000 bring G online: 5070 ERROR_CLUSTER_NODE_PAUSED",
        ],
    );
    let tale = run(SHARE, "{ at: 10m, pause: NODE1 }, { at: 11m, move: { group: G, to: NODE1 } }");
    tale.tells(&["11:00.000 move G to NODE1: 5070 ERROR_CLUSTER_NODE_PAUSED"]);
    let tale = run(SHARE, "{ at: 10m, pause: NODE1 }, { at: 11m, move: { group: G } }");
    tale.tells_only(" -> ", &["11:02.500 G NODE2 -> NODE3: moved by an administrator"]);
}

/// After NODE2 the node list of G goes on with NODE3, then NODE1.
#[test]
fn a_failed_group_passes_a_paused_node_over() {
    let broken = "{ at: 11m, fail_resource: R }, { at: 12m, fail_resource: R }, \
                  { at: 13m, fail_resource: R }, { at: 14m, fail_resource: R }";
    let owner = |pause: &str| run(SHARE, &format!("{pause}{broken}")).group("G");
    assert_eq!(owner(""), "NODE3 online");
    assert_eq!(owner("{ at: 10m, pause: NODE3 }, "), "NODE1 online");
    // A failed resource is no reason to go where nothing comes online.
    let all = "{ at: 10m, pause: NODE1 }, { at: 10m, pause: NODE3 }, ";
    assert_eq!(owner(all), "NODE2 failed");
}

/// The poll at 11:05 finds R broken; the cluster restarts it by itself.
#[test]
fn what_fails_on_a_paused_node_is_restarted() {
    let tale = run(SHARE, "{ at: 10m, pause: NODE2 }, { at: 11m, fail_resource: R }");
    tale.tells(&["11:05.000 R failed on NODE2", "11:10.000 R online on NODE2"]);
}

#[test]
fn a_pause_outlasts_a_restart() {
    let steps = "{ at: 10m, pause: NODE3 }, { at: 11m, crash: NODE3 }, { at: 20m, boot: NODE3 }, \
                 { at: 30m, move: { group: G, to: NODE3 } }, { at: 40m, resume: NODE3 }, \
                 { at: 41m, move: { group: G, to: NODE3 } }";
    run(SHARE, steps).tells(&[
        "21:03.000 NODE3 paused: joined the cluster",
        "30:00.000 move G to NODE3: 5070 ERROR_CLUSTER_NODE_PAUSED",
        "40:00.000 NODE3 up: resumed by an administrator",
        "41:02.500 G NODE2 -> NODE3: moved by an administrator",
    ]);
    // The only node is paused: it forms the cluster, and brings nothing online but the quorum.
    let steps = "{ at: 10m, pause: NODE2 }, { at: 11m, crash: NODE1 }, { at: 11m, crash: NODE2 }, \
                 { at: 11m, crash: NODE3 }, { at: 20m, boot: NODE2 }";
    let tale = run(SHARE, steps);
    tale.tells(&["21:07.000 NODE2 paused: no member was up, it formed the cluster"]);
    assert_eq!(tale.resource("Disk Q:"), "online");
    assert_eq!(tale.group("G"), "NODE2 offline");
}

#[test]
fn pausing_and_resuming_answer_with_their_codes() {
    let answer = |steps: &str| run(SHARE, steps).lines.last().cloned().unwrap_or_default();
    let not_paused = "10:00.000 resume NODE3: 5058 ERROR_CLUSTER_NODE_NOT_PAUSED";
    assert_eq!(answer("{ at: 10m, resume: NODE3 }"), not_paused);
    let twice = run(SHARE, "{ at: 10m, pause: NODE3 }, { at: 11m, pause: NODE3 }");
    assert_eq!(twice.lines, ["10:00.000 NODE3 paused: by an administrator"]);
    for verb in ["pause", "resume"] {
        let down = answer(&format!("{{ at: 10m, crash: NODE3 }}, {{ at: 20m, {verb}: NODE3 }}"));
        assert_eq!(down, format!("20:00.000 {verb} NODE3: 5050 ERROR_CLUSTER_NODE_DOWN"));
        let evicted = "{ at: 10m, crash: NODE3 }, { at: 20m, evict: NODE3 }";
        let evicted = answer(&format!("{evicted}, {{ at: 30m, {verb}: NODE3 }}"));
        assert_eq!(evicted, format!("30:00.000 {verb} NODE3: 5042 ERROR_CLUSTER_NODE_NOT_FOUND"));
        let leaving = "{ at: 10m, stop_service: NODE2 }";
        let leaving = run(SHARE, &format!("{leaving}, {{ at: 10m1s, {verb}: NODE2 }}"));
        let shutting = "5073 ERROR_CLUSTER_NODE_SHUTTING_DOWN";
        leaving.tells(&[&format!("10:01.000 {verb} NODE2: {shutting}")]);
    }
}

/// NODE1 and NODE3 are paused and NODE2 dies. G comes to NODE3, next in its node list, and stays
/// offline until NODE3 is resumed at 20:00: 5 s.
#[test]
fn a_paused_node_is_the_last_resort_and_brings_nothing_online() {
    let steps = "{ at: 5m, pause: NODE1 }, { at: 5m, pause: NODE3 }, { at: 10m, crash: NODE2 }, \
                 { at: 20m, resume: NODE3 }";
    run(SHARE, steps).tells(&[
        "10:08.200 R offline on NODE2",
        "10:08.200 G NODE2 -> NODE3: only paused nodes are left, where it stays offline",
        "20:00.000 NODE3 up: resumed by an administrator",
        "20:05.000 R online on NODE3",
    ]);
    // Another node that is resumed or joins takes it over.
    let other = steps.replace("resume: NODE3", "resume: NODE1");
    run(SHARE, &other).tells(&[
        "20:00.000 G NODE3 -> NODE1: the first able node to come up",
        "20:05.000 R online on NODE1",
    ]);
}

/// NODE2 would be the first; it is paused, so NODE3 arbitrates and gets the quorum's group.
#[test]
fn a_paused_node_arbitrates_only_when_no_other_can() {
    let steps = "{ at: 5m, pause: NODE2 }, { at: 10m, crash: NODE1 }";
    run(SHARE, steps).tells_only("arbitrates", &["10:08.200 NODE3 arbitrates"]);
    let steps = format!("{{ at: 5m, pause: NODE3 }}, {steps}");
    let tale = run(SHARE, &steps);
    tale.tells_only("arbitrates", &["10:08.200 NODE2 arbitrates"]);
    assert_eq!(tale.resource("Disk Q:"), "online");
    assert_eq!(tale.resource("Cluster Name"), "offline");
}

/// R goes down in 2.5 s and comes up elsewhere in 5 s; no heartbeat has to be missed.
#[test]
fn a_stopping_service_gives_its_groups_away_and_leaves() {
    let tale = run(SHARE, "{ at: 10m, stop_service: NODE2 }, { at: 20m, start_service: NODE2 }");
    tale.tells(&[
        "10:00.000 R offline pending on NODE2",
        "10:02.500 R offline on NODE2",
        "10:02.500 G NODE2 -> NODE3: next in its node list",
        "10:02.500 NODE2 down: its cluster service was stopped",
        "10:07.500 R online on NODE3",
        "20:00.000 NODE2 joining: its cluster service found the cluster",
        "20:03.000 NODE2 up: joined the cluster",
    ]);
    assert_eq!(tale.group("G"), "NODE3 online");
    // The quorum's group needs 2 s, and its disk is given away, not lost: nobody arbitrates.
    let tale = run(SHARE, "{ at: 10m, stop_service: NODE1 }");
    tale.tells_only("arbitrates", &[]);
    assert_eq!(tale.when("NODE1 down: its cluster service was stopped"), "10:02.000");
    assert_eq!(tale.group("Cluster Group"), "NODE2 online");
}

/// NODE3 dies at 9:50 and is up in the members' eyes until its regroup ends at 9:57.400, its last
/// beat having been sent at 9:49.200. G, down 5 s after 9:57, goes to NODE1 instead.
#[test]
fn a_stopping_service_finds_another_node_when_the_first_is_gone() {
    let steps = "{ at: 9m50s, crash: NODE3 }, { at: 9m57s, stop_service: NODE2 }";
    let slow = SHARE.replace(
        "File Share }",
        "File Share }, S: { type: File Share, \
                              depends_on: [R] }",
    );
    run(&slow, steps).tells(&[
        "09:57.400 NODE3 down: 6 heartbeats missed, regroup",
        "10:02.000 G does not go to NODE3",
        "10:02.000 G NODE2 -> NODE1: next in its node list",
        "10:02.000 NODE2 down: its cluster service was stopped",
    ]);
}

#[test]
fn a_stopping_service_uses_a_paused_node_last_and_else_takes_its_groups_offline() {
    let paused = "{ at: 5m, pause: NODE1 }, { at: 5m, pause: NODE3 }";
    let tale = run(SHARE, &format!("{paused}, {{ at: 10m, stop_service: NODE2 }}"));
    tale.tells(&[
        "10:02.500 G NODE2 -> NODE3: only paused nodes are left, where it stays offline",
        "10:02.500 NODE2 down: its cluster service was stopped",
    ]);
    assert_eq!(tale.group("G"), "NODE3 offline");
    let pinned = SHARE.replace("File Share", "File Share, possible_owners: [NODE2]");
    let steps = "{ at: 10m, stop_service: NODE2 }, { at: 20m, start_service: NODE2 }";
    run(&pinned, steps).tells(&[
        "10:02.500 NODE2 down: its cluster service was stopped",
        "10:02.500 G has no node",
        "20:03.000 NODE2 up: joined the cluster",
        "20:08.000 R online on NODE2",
    ]);
}

/// EVS1 has nowhere to go and needs 15.5 s to go down. The next service forms the cluster in 7 s.
#[test]
fn the_last_service_takes_the_cluster_with_it() {
    let steps = "{ at: 10m, stop_service: NODE2 }, { at: 20m, stop_service: NODE1 }, \
                 { at: 20m16s, move: { evs: EVS1 } }, { at: 30m, start_service: NODE2 }";
    run(PAIR, steps).tells(&[
        "20:15.500 NODE1 down: its cluster service was stopped",
        "20:16.000 move EVS1 to the best node: 1722 RPC_S_SERVER_UNAVAILABLE",
        "30:07.000 NODE2 up: no member was up, it formed the cluster",
        "30:07.000 EVS1 NODE1 -> NODE2: it formed the cluster",
    ]);
}

/// Two nodes that stop at once give each other nothing.
#[test]
fn nodes_that_stop_together_take_no_group_from_each_other() {
    let steps = "{ at: 10m, stop_service: NODE1 }, { at: 10m, stop_service: NODE2 }";
    let tale = run(PAIR, steps);
    tale.tells_only(" -> ", &[]);
    tale.tells_only(
        "was stopped",
        &[
            "10:15.500 NODE1 down: its cluster service was stopped",
            "10:15.500 NODE2 down: its cluster service was stopped",
        ],
    );
}

#[test]
fn the_service_manager_answers_with_its_codes() {
    let last = |steps: &str| {
        let tale = run(SHARE, steps);
        tale.with("cluster service of").last().unwrap_or_default().to_owned()
    };
    let stop = "stop the cluster service of";
    let start = "start the cluster service of";
    for (steps, answer) in [
        (
            "{ at: 10m, crash: NODE3 }, { at: 20m, stop_service: NODE3 }",
            format!("20:00.000 {stop} NODE3: 1722 RPC_S_SERVER_UNAVAILABLE"),
        ),
        (
            "{ at: 10m, crash: NODE3 }, { at: 20m, start_service: NODE3 }",
            format!("20:00.000 {start} NODE3: 1722 RPC_S_SERVER_UNAVAILABLE"),
        ),
        (
            "{ at: 10m, stop_service: NODE3 }, { at: 20m, stop_service: NODE3 }",
            format!("20:00.000 {stop} NODE3: 1062 ERROR_SERVICE_NOT_ACTIVE"),
        ),
        (
            "{ at: 10m, stop_service: NODE2 }, { at: 10m1s, stop_service: NODE2 }",
            format!("10:01.000 {stop} NODE2: 1061 ERROR_SERVICE_CANNOT_ACCEPT_CTRL"),
        ),
        (
            "{ at: 10m, start_service: NODE3 }",
            format!("10:00.000 {start} NODE3: 1056 ERROR_SERVICE_ALREADY_RUNNING"),
        ),
        (
            "{ at: 10m, stop_service: NODE3 }, { at: 20m, evict: NODE3 }, \
             { at: 30m, start_service: NODE3 }",
            format!("30:00.000 {start} NODE3: 1060 ERROR_SERVICE_DOES_NOT_EXIST"),
        ),
    ] {
        assert_eq!(last(steps), answer);
    }
    let steps = "{ at: 10m, stop_service: NODE2 }, { at: 10m1s, move: { group: G, to: NODE1 } }, \
                 { at: 10m1s, online: { group: G } }";
    let shutting = "5073 ERROR_CLUSTER_NODE_SHUTTING_DOWN";
    run(SHARE, steps).tells(&[&format!("10:01.000 bring G online: {shutting}")]);
    let steps = "{ at: 10m, stop_service: NODE2 }, \
                 { at: 10m1s, move: { group: Cluster Group, to: NODE2 } }";
    run(SHARE, steps).tells(&[&format!("10:01.000 move Cluster Group to NODE2: {shutting}")]);
}

/// NODE3 has found the cluster at 21:00 and would be a member at 21:03.
#[test]
fn a_service_that_is_stopped_while_it_joins_is_no_member() {
    let steps = "{ at: 10m, crash: NODE3 }, { at: 20m, boot: NODE3 }, \
                 { at: 21m1s, stop_service: NODE3 }";
    let tale = run(SHARE, steps);
    tale.tells(&["21:01.000 NODE3 down: its cluster service was stopped"]);
    tale.tells_only("joined", &[]);
    assert_eq!(tale.node("NODE3"), NodeState::Down);
}
