//! Heartbeats, regroup, arbitration for the quorum, boot, join, form and eviction.

use evsim::model::NodeState;

use crate::tale::{PAIR, SHARE, run, run_with};

/// Beats are due at whole multiples of 1.2 s under seed 0, so one at 600.000 s (10:00.000). The
/// node is lost with its sixth missing beat, 7.2 s after its last; the regroup takes 1 s more.
#[test]
fn six_missing_heartbeats_then_regroup() {
    for (crash, down) in [
        ("9m59.999s", "10:07.000"), // last beat 09:58.800
        ("10m", "10:08.200"),       // the beat of that very instant is still sent
        ("10m0.001s", "10:08.200"),
        ("10m1.199s", "10:08.200"),
        ("10m1.200s", "10:09.400"), // last beat 10:01.200
    ] {
        let tale = run(SHARE, &format!("{{ at: {crash}, crash: NODE2 }}"));
        assert_eq!(tale.when("NODE2 down: 6 heartbeats missed, regroup"), down, "{crash}");
    }
}

/// Whatever the phase, a node is missed between 7.0 s and 8.2 s after its crash.
#[test]
fn a_seed_gives_each_node_its_heartbeat_phase() {
    let mut found: Vec<String> = Vec::new();
    for seed in 1..=40 {
        let tale = run_with(SHARE, "", "{ at: 10m, crash: NODE2 }", seed);
        let down = tale.when("NODE2 down: 6 heartbeats missed, regroup").to_owned();
        assert!(("10:07.001".."10:08.201").contains(&down.as_str()), "{down} under seed {seed}");
        found.push(down);
    }
    found.sort();
    found.dedup();
    assert!(found.len() > 30, "{found:?}");
}

/// NODE1 owns the quorum. Regroup at 10:08.200, arbitration 7 s: only then is anything moved, the
/// quorum's group first; its disk is online with the quorum itself.
#[test]
fn arbitration_only_when_the_quorum_owner_died() {
    let tale = run(SHARE, "{ at: 10m, crash: NODE1 }");
    tale.tells(&[
        "10:08.200 NODE2 arbitrates",
        "10:15.200 NODE1 down: 6 heartbeats missed, regroup",
        "10:15.200 Cluster Group NODE1 -> NODE2: the quorum's new owner",
        "10:15.200 Disk Q: online on NODE2",
        "10:16.200 Cluster IP Address online on NODE2",
        "10:19.200 Cluster Name online on NODE2",
    ]);
    run(SHARE, "{ at: 10m, crash: NODE3 }").tells_only("arbitrates", &[]);
}

/// NODE2 arbitrates from 10:08.200 and dies at 10:10: last beat 10:09.600, regroup at 10:17.800,
/// 7 s more for NODE3.
#[test]
fn when_the_arbitrator_dies_the_next_node_arbitrates() {
    let tale = run(SHARE, "{ at: 10m, crash: NODE1 }, { at: 10m10s, crash: NODE2 }");
    tale.tells(&[
        "10:08.200 NODE2 arbitrates",
        "10:17.800 NODE3 arbitrates",
        "10:24.800 NODE1 down: 6 heartbeats missed, regroup",
        "10:24.800 NODE2 down: 6 heartbeats missed, regroup",
        "10:24.800 Cluster Group NODE1 -> NODE3: the quorum's new owner",
        "10:24.800 G NODE2 -> NODE3: next in its node list",
        "10:29.800 R online on NODE3",
    ]);
    assert_eq!(tale.with("arbitrates").count(), 2);
}

/// NODE3's own regroup would end at 10:17.800; the one of NODE1 finds it silent at 10:15.200.
#[test]
fn a_regroup_drops_every_node_that_does_not_answer() {
    let tale = run(SHARE, "{ at: 10m, crash: NODE1 }, { at: 10m10s, crash: NODE3 }");
    tale.tells_only("arbitrates", &["10:08.200 NODE2 arbitrates"]);
    assert_eq!(tale.when("NODE3 down: 6 heartbeats missed, regroup"), "10:15.200");
    assert_eq!(tale.group("Cluster Group"), "NODE2 online");
}

/// NODE3 is the first to be back: service at 21:00, nobody there, arbitration 7 s. It owns all that
/// there is, and keeps it when NODE2, switched on at 30:00, joins 60 s + 3 s later.
#[test]
fn the_first_node_up_forms_the_cluster_and_owns_every_group() {
    let steps = "{ at: 10m, crash: NODE1 }, { at: 10m, crash: NODE2 }, { at: 10m, crash: NODE3 }, \
                 { at: 20m, boot: NODE3 }, { at: 30m, boot: NODE2 }";
    let tale = run(SHARE, steps);
    tale.tells(&[
        "21:07.000 NODE1 down: absent when the cluster was formed",
        "21:07.000 NODE2 down: absent when the cluster was formed",
        "21:07.000 NODE3 up: no member was up, it formed the cluster",
        "21:07.000 Cluster Group NODE1 -> NODE3: it formed the cluster",
        "21:07.000 Disk Q: online on NODE3",
        "21:07.000 G NODE2 -> NODE3: it formed the cluster",
        "21:12.000 R online on NODE3",
        "31:00.000 NODE2 joining: its cluster service found the cluster",
        "31:03.000 NODE2 up: joined the cluster",
    ]);
    assert_eq!(tale.group("G"), "NODE3 online", "a joining node is given nothing");
}

/// Both services start at 21:00 and try to form; at 21:07 the first has, and the other joins it.
#[test]
fn one_of_two_nodes_that_start_together_forms_and_the_other_joins() {
    let steps = "{ at: 10m, crash: NODE1 }, { at: 10m, crash: NODE2 }, \
                 { at: 20m, boot: NODE2 }, { at: 20m, boot: NODE1 }";
    let tale = run(PAIR, steps);
    tale.tells(&[
        "21:07.000 NODE2 up: no member was up, it formed the cluster",
        "21:07.000 NODE1 joining: its cluster service found the cluster",
        "21:10.000 NODE1 up: joined the cluster",
    ]);
    assert_eq!(tale.group("Cluster Group"), "NODE2 online");
}

/// Service at 21:00; it dies in the middle of the 3 s that a join takes and boots again at 25:00.
#[test]
fn a_crash_during_the_join_is_no_regroup() {
    let steps = "{ at: 10m, crash: NODE2 }, { at: 20m, boot: NODE2 }, \
                 { at: 21m1.500s, crash: NODE2 }, { at: 25m, boot: NODE2 }";
    let tale = run(SHARE, steps);
    tale.tells_only(
        "NODE2 ",
        &[
            "10:08.200 NODE2 down: 6 heartbeats missed, regroup",
            "10:08.200 G NODE2 -> NODE3: no preferred owners, drawn from NODE3, NODE1",
            "21:00.000 NODE2 joining: its cluster service found the cluster",
            "21:01.500 NODE2 down: crashed while it joined",
            "26:00.000 NODE2 joining: its cluster service found the cluster",
            "26:03.000 NODE2 up: joined the cluster",
        ],
    );
}

/// NODE1 dies while NODE2 joins it: at 21:03 there is nobody to join, so NODE2 forms 7 s later.
#[test]
fn a_node_whose_cluster_dies_during_the_join_forms_it() {
    let steps = "{ at: 10m, crash: NODE2 }, { at: 20m, boot: NODE2 }, { at: 21m1s, crash: NODE1 }";
    let tale = run(PAIR, steps);
    tale.tells(&[
        "21:10.000 NODE1 down: absent when the cluster was formed",
        "21:10.000 NODE2 up: no member was up, it formed the cluster",
    ]);
    tale.tells_only("arbitrates", &[]);
}

/// With a boot of 3 s the service is back at 10:04, before the regroup at 10:08.200. It asks every
/// second: 10:09, and 3 s more for the join. Its groups have moved all the same.
#[test]
fn a_node_that_is_back_before_the_regroup_waits_for_it() {
    let steps = "{ at: 10m, crash: NODE2 }, { at: 10m1s, boot: NODE2 }";
    let tale = run_with(SHARE, "boot: 3s", steps, 0);
    tale.tells(&[
        "10:08.200 NODE2 down: 6 heartbeats missed, regroup",
        "10:09.000 NODE2 joining: its cluster service found the cluster",
        "10:12.000 NODE2 up: joined the cluster",
    ]);
    assert_ne!(tale.group("G"), "NODE2 online");
}

/// NODE3 is a member at 10:03. NODE2 has been dead since 10:00, and is missed from 10:08.200 on.
#[test]
fn a_joining_node_takes_nothing_from_a_node_that_is_not_missed_yet() {
    let steps = "{ at: 1m, crash: NODE3 }, { at: 9m, boot: NODE3 }, { at: 10m, crash: NODE2 }";
    let tale = run(SHARE, steps);
    tale.tells(&["10:03.000 NODE3 up: joined the cluster"]);
    let moved = tale.with("G NODE2 -> ").next().expect("the group moves in the end");
    assert!(moved.starts_with("10:08.200"), "{moved}");
}

#[test]
fn switching_on_and_off_twice_is_refused() {
    let tale =
        run(SHARE, "{ at: 1m, boot: NODE2 }, { at: 2m, crash: NODE2 }, { at: 3m, crash: NODE2 }");
    tale.tells(&[
        "01:00.000 NODE2 is switched on: 5056 ERROR_CLUSTER_NODE_UP",
        "03:00.000 NODE2 crashes: 5050 ERROR_CLUSTER_NODE_DOWN",
    ]);
}

/// A crashed node is active in the members' eyes until the regroup at 10:08.200.
#[test]
fn only_a_node_that_is_down_can_be_evicted_and_then_it_is_no_node() {
    let steps = "{ at: 9m, evict: NODE3 }, { at: 10m, crash: NODE3 }, { at: 10m8s, evict: NODE3 }, \
                 { at: 10m9s, evict: NODE3 }, { at: 10m10s, evict: NODE3 }, \
                 { at: 10m11s, move: { group: G, to: NODE3 } }, { at: 20m, boot: NODE3 }";
    let tale = run(SHARE, steps);
    tale.tells(&[
        "09:00.000 evict NODE3: 5009 ERROR_CANT_EVICT_ACTIVE_NODE",
        "10:08.000 evict NODE3: 5009 ERROR_CANT_EVICT_ACTIVE_NODE",
        "10:09.000 NODE3 down: evicted",
        "10:10.000 evict NODE3: 5042 ERROR_CLUSTER_NODE_NOT_FOUND",
        "10:11.000 move G to NODE3: 5042 ERROR_CLUSTER_NODE_NOT_FOUND",
    ]);
    tale.tells_only("joining", &[]);
    let view = tale.cluster.view().expect("two members are left");
    assert_eq!(view.nodes.len(), 2, "an evicted node is no part of the cluster");
    assert_eq!(tale.node("NODE2"), NodeState::Up);
}

/// G can run on NODE2 and NODE3 only. When NODE3 is evicted and NODE2 dies, nobody is left.
#[test]
fn an_evicted_node_owns_nothing() {
    let cluster = "windows: 2003, nodes: [NODE1, NODE2, NODE3], groups: { G: { owner: NODE2, \
        preferred: [NODE3], resources: { \
        R: { type: File Share, possible_owners: [NODE2, NODE3] } } } }";
    // Nor is it when it is a node again: no list that named it before names it.
    for back in ["", "{ at: 3m, boot: NODE3 }, { at: 5m, add_node: NODE3 }, "] {
        let gone = "{ at: 1m, crash: NODE3 }, { at: 2m, evict: NODE3 }, ";
        let steps = format!("{gone}{back}{{ at: 10m, crash: NODE2 }}");
        run(cluster, &steps).tells(&["10:08.200 G has no node"]);
    }
}

/// Only NODE1 can own the quorum. NODE2 misses it at 10:08.2, and ends after the 7 s for which one
/// that lost would have challenged.
#[test]
fn members_that_cannot_own_the_quorum_end_when_its_owner_crashes() {
    let able = "{ at: 1m, set: { resource: 'Disk Q:', property: PossibleOwners, to: [NODE1] } }";
    let tale = run(SHARE, &format!("{able}, {{ at: 10m, crash: NODE1 }}"));
    tale.tells_only(
        "service ends",
        &[
            "10:15.200 NODE2 service ends: it has no quorum",
            "10:15.200 NODE3 service ends: it has no quorum",
        ],
    );
    tale.tells_only("arbitrates", &[]);
    assert_eq!(tale.cluster.view(), None);
    // NODE2 could when it began to arbitrate: NODE3 begins anew, for 7 s more.
    let steps = "{ at: 10m, crash: NODE1 }, \
        { at: 10m10s, set: { resource: 'Disk Q:', property: PossibleOwners, to: [NODE1, NODE3] } }";
    let tale = run(SHARE, steps);
    tale.tells_only("arbitrates", &["10:08.200 NODE2 arbitrates", "10:15.200 NODE3 arbitrates"]);
    tale.tells(&["10:22.200 Cluster Group NODE1 -> NODE3: the quorum's new owner"]);
}
