//! Switches that are a choice of words: each of their values decides what it is said to decide.

use std::collections::BTreeSet;

use evsim::sim::Switches;

use crate::replica::TWO;
use crate::tale::run_with;

/// A cluster, what happens in it, and what is told under each value of a switch and no other.
struct Choice {
    switch: &'static str,
    cluster: &'static str,
    steps: &'static str,
    told: &'static [(&'static str, &'static str)],
}

/// `G` with R and S side by side on NODE2; the second failure of R within 15 minutes moves it.
const SECOND: &str = "windows: 2003, nodes: [NODE1, NODE2], groups: { G: { owner: NODE2, \
    resources: { R: { type: File Share, properties: { RestartThreshold: 1 } }, \
    S: { type: File Share } } } }";
/// The same, and each failure moves it.
const FIRST: &str = "windows: 2003, nodes: [NODE1, NODE2], groups: { G: { owner: NODE2, \
    resources: { R: { type: File Share, properties: { RestartThreshold: 0 } }, \
    S: { type: File Share } } } }";
/// Three nodes of Windows 2000; `G` on NODE3 prefers none.
const OLD: &str = "windows: 2000, nodes: [NODE1, NODE2, NODE3], groups: { G: { owner: NODE3, \
    resources: { R: { type: File Share } } } }";
const PREFERS: &str = "windows: 2003, nodes: [NODE1, NODE2], groups: { G: { owner: NODE2, \
    preferred: [NODE2], resources: { R: { type: File Share } } } }";

/// `G` can run on NODE2 only.
const PINNED: &str = "windows: 2003, nodes: [NODE1, NODE2], groups: { G: { owner: NODE2, \
    resources: { R: { type: File Share, possible_owners: [NODE2] } } } }";

/// `G` prefers NODE3, fails back there, and may fail over once.
const BACK: &str = "windows: 2003, nodes: [NODE1, NODE2, NODE3], groups: { G: { owner: NODE3, \
    preferred: [NODE3], properties: { AutoFailbackType: 1, FailoverThreshold: 1 }, resources: { \
    R: { type: File Share, properties: { RestartThreshold: 0 } } } } }";
const AWAY_AND_FAILS: &str = "{ at: 10m, crash: NODE3 }, { at: 20m, boot: NODE3 }, \
    { at: 30m, fail_resource: R }";

/// Eleven failures, ten minutes apart; the last one may not move the group any more. Ten minutes
/// later S is taken offline, if it is not so already.
const ELEVEN_AND_OFFLINE: &str = "{ at: 10m, fail_resource: R }, { at: 20m, fail_resource: R }, \
    { at: 30m, fail_resource: R }, { at: 40m, fail_resource: R }, { at: 50m, fail_resource: R }, \
    { at: 60m, fail_resource: R }, { at: 70m, fail_resource: R }, { at: 80m, fail_resource: R }, \
    { at: 90m, fail_resource: R }, { at: 100m, fail_resource: R }, { at: 110m, fail_resource: R }, \
    { at: 120m, offline: { resource: S } }";
/// NODE2 dies and comes back, then ten failures.
const LOST: &str = "{ at: 1m, crash: NODE2 }, { at: 2m, boot: NODE2 }, \
    { at: 20m, fail_resource: R }, { at: 30m, fail_resource: R }, { at: 40m, fail_resource: R }, \
    { at: 50m, fail_resource: R }, { at: 60m, fail_resource: R }, { at: 70m, fail_resource: R }, \
    { at: 80m, fail_resource: R }, { at: 90m, fail_resource: R }, { at: 100m, fail_resource: R }, \
    { at: 110m, fail_resource: R }";

const CHOICES: &[Choice] = &[
    // Noticed at 10:05, 20:05, 26:05, 30:05 and 40:05, threshold 2. Sliding, the fourth is the third
    // within 15 minutes. Fixed, the first period ends at 25:05, so that 30:05 is the second of the
    // next one and 40:05 the third.
    Choice {
        switch: "failure_window",
        cluster: "windows: 2003, nodes: [NODE1, NODE2], groups: { G: { owner: NODE2, resources: { \
            R: { type: File Share, properties: { RestartThreshold: 2 } } } } }",
        steps: "{ at: 10m, fail_resource: R }, { at: 20m, fail_resource: R }, \
                { at: 26m, fail_resource: R }, { at: 30m, fail_resource: R }, \
                { at: 40m, fail_resource: R }",
        told: &[
            ("sliding", "30:05.000 R failed 3 times: G moves"),
            ("fixed", "40:05.000 R failed 3 times: G moves"),
        ],
    },
    Choice {
        switch: "move_forgets_failures",
        cluster: SECOND,
        steps: "{ at: 10m, fail_resource: R }, { at: 11m, move: { group: G } }, \
                { at: 12m, fail_resource: R }",
        // On NODE1 since 11:07.5 and polled every 5 s: noticed at 12:02.5.
        told: &[("yes", "12:07.500 R online on NODE1"), ("no", "12:05.000 S offline on NODE1")],
    },
    Choice {
        switch: "tolerated_failures",
        cluster: SECOND,
        steps: "{ at: 10m, fail_resource: R }",
        told: &[
            ("threshold", "10:10.000 R online on NODE2"),
            ("one_less", "10:05.000 R failed 1 times: G moves"),
        ],
    },
    // The tenth failure is the eleventh move, if that of the lost node counts. On NODE1 since
    // 1:13.2, R is found at 20:03.2, then, 7.5 s later on NODE2, at 30:00.7, and so on in turn.
    Choice {
        switch: "lost_nodes_count",
        cluster: FIRST,
        steps: LOST,
        told: &[
            ("no", "01:50:00.700 R failed 1 times: G moves"),
            ("yes", "01:50:00.700 R failed 1 times: G has moved too often and is left"),
        ],
    },
    Choice {
        switch: "after_last_failover",
        cluster: FIRST,
        steps: ELEVEN_AND_OFFLINE,
        told: &[
            ("all_offline", "01:50:07.500 S offline on NODE2"),
            ("resource_only", "02:00:02.500 S offline on NODE2"),
        ],
    },
    Choice {
        switch: "paused_owner_answers",
        cluster: FIRST,
        steps: "{ at: 1m, pause: NODE2 }, { at: 2m, online: { group: G } }",
        told: &[
            ("5070", "02:00.000 bring G online: 5070 ERROR_CLUSTER_NODE_PAUSED"),
            ("70", "02:00.000 bring G online: 70 ERROR_SHARING_PAUSED"),
        ],
    },
    Choice {
        switch: "partition_looks_at_clients",
        cluster: FIRST,
        steps: "{ at: 10m, cut: Private }, { at: 10m, cut: { node: NODE1, network: Public } }",
        told: &[
            ("yes", "10:08.200 NODE1 service ends: clients reach the other side, and not its own"),
            ("no", "10:15.200 NODE2 service ends: it has no quorum"),
        ],
    },
    Choice {
        switch: "hang_recovery",
        cluster: FIRST,
        steps: "{ at: 10m, hang_service: NODE2 }",
        told: &[
            ("2", "11:00.000 NODE2 service ends: it hung"),
            ("3", "11:00.000 NODE2 on"),
            ("1", "11:00.000 NODE2: the watchdog writes that its cluster service hangs"),
        ],
    },
    Choice {
        switch: "move_from_best_node",
        cluster: PREFERS,
        steps: "{ at: 1m, move: { group: G } }, { at: 2m, move: { group: G, to: NODE1 } }",
        told: &[
            ("next", "01:02.500 G NODE2 -> NODE1: moved by an administrator"),
            ("stays", "02:02.500 G NODE2 -> NODE1: moved by an administrator"),
        ],
    },
    // NODE1 is next by its number; under seed 0 it is NODE1 that is drawn, too.
    Choice {
        switch: "windows_2000_draws",
        cluster: OLD,
        steps: "{ at: 10m, crash: NODE3 }",
        told: &[
            ("no", "10:08.200 G NODE3 -> NODE1: next in its node list"),
            ("yes", "10:08.200 G NODE3 -> NODE1: no preferred owners, drawn from NODE1, NODE2"),
        ],
    },
    Choice {
        switch: "paused_destination",
        cluster: FIRST,
        steps: "{ at: 1m, pause: NODE1 }, { at: 10m, crash: NODE2 }",
        told: &[
            (
                "last_resort",
                "10:08.200 G NODE2 -> NODE1: only paused nodes are left, where it stays offline",
            ),
            ("never", "10:08.200 G has no node"),
        ],
    },
    // Moved for R at 10:05 once, as often as it may. NODE1 forms the cluster anew at 31:07, and R is
    // online there at 31:12: it is found at 40:02.
    Choice {
        switch: "forming_forgets_failovers",
        cluster: "windows: 2003, nodes: [NODE1, NODE2], groups: { G: { owner: NODE2, \
            properties: { FailoverThreshold: 1 }, resources: { \
            R: { type: File Share, properties: { RestartThreshold: 0 } } } } }",
        steps: "{ at: 10m, fail_resource: R }, { at: 20m, crash: NODE1 }, \
                { at: 20m, crash: NODE2 }, { at: 30m, boot: NODE1 }, { at: 30m, boot: NODE2 }, \
                { at: 40m, fail_resource: R }",
        told: &[
            ("yes", "40:02.000 R failed 1 times: G moves"),
            ("no", "40:02.000 R failed 1 times: G has moved too often and is left"),
        ],
    },
    // Back on NODE3 at 21:10.5, R is found at 30:00.5.
    Choice {
        switch: "failbacks_count",
        cluster: BACK,
        steps: AWAY_AND_FAILS,
        told: &[
            ("no", "30:00.500 R failed 1 times: G moves"),
            ("yes", "30:00.500 R failed 1 times: G has moved too often and is left"),
        ],
    },
    Choice {
        switch: "retry_period_by_default",
        cluster: "windows: 2003, nodes: [NODE1, NODE2], groups: { G: { owner: NODE2, resources: { \
            R: { type: File Share, properties: { RestartAction: 1, RestartThreshold: 0 } } } } }",
        steps: "{ at: 10m, fail_resource: R }, { at: 2h, online: { resource: R } }",
        told: &[
            ("never", "02:00:05.000 R online on NODE2"),
            ("1h", "01:10:05.000 R is tried once more"),
        ],
    },
    // What went offline with the move, as nobody said more, has to be brought online.
    Choice {
        switch: "persistent_state_by_default",
        cluster: FIRST,
        steps: "{ at: 10m, move: { group: G } }, { at: 20m, online: { group: G } }",
        told: &[
            ("online", "10:07.500 R online on NODE1"),
            ("offline", "20:05.000 R online on NODE1"),
        ],
    },
    // The group is meant to be offline; R was asked for.
    Choice {
        switch: "online_request_writes",
        cluster: "windows: 2003, nodes: [NODE1, NODE2], groups: { G: { owner: NODE2, \
            properties: { PersistentState: 0 }, resources: { \
            R: { type: File Share, state: offline } } } }",
        steps: "{ at: 1m, online: { resource: R } }, { at: 10m, move: { group: G } }, \
                { at: 20m, online: { resource: R } }",
        told: &[
            ("online", "10:07.500 R online on NODE1"),
            ("group", "20:05.000 R online on NODE1"),
        ],
    },
    Choice {
        switch: "online_group_on",
        cluster: "windows: 2003, nodes: [NODE1, NODE2], groups: { G: { owner: NODE2, \
            preferred: [NODE1], resources: { R: { type: File Share } } } }",
        steps: "{ at: 1m, offline: { group: G } }, { at: 2m, online: { group: G } }",
        told: &[
            ("owner", "02:05.000 R online on NODE2"),
            ("best_node", "02:05.000 R online on NODE1"),
        ],
    },
    Choice {
        switch: "group_without_node",
        cluster: "windows: 2003, nodes: [NODE1, NODE2], groups: { G: { owner: NODE2, \
            resources: { R: { type: File Share, possible_owners: [NODE2] } } } }",
        steps: "{ at: 10m, crash: NODE2 }, { at: 15m, move: { group: G, to: NODE2 } }",
        told: &[
            ("last_owner", "15:00.000 move G to NODE2: 5005 ERROR_HOST_NODE_NOT_AVAILABLE"),
            ("any_member", "10:08.200 G NODE2 -> NODE1: kept there, as no node can own it"),
        ],
    },
    // On NODE1, as NODE3 and then NODE2 failed. NODE2 is back at 21:03, NODE3 at 31:03.
    Choice {
        switch: "failback_target",
        cluster: "windows: 2003, nodes: [NODE1, NODE2, NODE3], groups: { G: { owner: NODE3, \
            preferred: [NODE3, NODE2], properties: { AutoFailbackType: 1 }, \
            resources: { R: { type: File Share } } } }",
        steps: "{ at: 10m, crash: NODE3 }, { at: 15m, crash: NODE2 }, { at: 20m, boot: NODE2 }, \
                { at: 30m, boot: NODE3 }",
        told: &[
            ("any_better", "21:05.500 G NODE1 -> NODE2: back to a more preferred owner"),
            ("most_preferred", "31:05.500 G NODE1 -> NODE3: back to a more preferred owner"),
        ],
    },
    Choice {
        switch: "empty_failback_window",
        cluster: "windows: 2003, nodes: [NODE1, NODE2, NODE3], groups: { G: { owner: NODE3, \
            preferred: [NODE3], properties: { AutoFailbackType: 1, FailbackWindowStart: 3, \
            FailbackWindowEnd: 3 }, resources: { R: { type: File Share } } } }",
        steps: "{ at: 10m, crash: NODE3 }, { at: 20m, boot: NODE3 }, \
                { at: 30m, move: { group: G, to: NODE2 } }",
        told: &[
            ("never", "30:02.500 G NODE1 -> NODE2: moved by an administrator"),
            ("always", "30:02.500 G NODE3 -> NODE2: moved by an administrator"),
        ],
    },
    Choice {
        switch: "failback_after_move",
        cluster: BACK,
        steps: "{ at: 5m, move: { group: G, to: NODE1 } }, { at: 10m, move: { group: G, to: NODE2 } }",
        told: &[
            ("on_return", "10:02.500 G NODE1 -> NODE2: moved by an administrator"),
            ("at_once", "10:02.500 G NODE3 -> NODE2: moved by an administrator"),
        ],
    },
    // The machine runs when its node is evicted: its service is gone, or only not known any more.
    Choice {
        switch: "windows_2000_cleans_up",
        cluster: OLD,
        steps: "{ at: 10m, stop_service: NODE3 }, { at: 11m, evict: NODE3 }, \
                { at: 12m, start_service: NODE3 }",
        told: &[
            ("no", "12:00.000 NODE3 service ends: evicted"),
            (
                "yes",
                "12:00.000 start the cluster service of NODE3: 1060 ERROR_SERVICE_DOES_NOT_EXIST",
            ),
        ],
    },
    // NODE1 runs the older version, which draws no destination.
    Choice {
        switch: "mixed_windows_go_by",
        cluster: "windows: 2003, nodes: { NODE1: { windows: 2000 }, NODE2: {}, NODE3: {} }, groups: { \
            G: { owner: NODE3, resources: { R: { type: File Share } } } }",
        steps: "{ at: 10m, crash: NODE3 }",
        told: &[
            ("oldest", "10:08.200 G NODE3 -> NODE1: next in its node list"),
            ("newest", "10:08.200 G NODE3 -> NODE1: no preferred owners, drawn from NODE1, NODE2"),
        ],
    },
    // Two votes of four are left with the regroup.
    Choice {
        switch: "majority_of_even_number",
        cluster: "windows: 2003, quorum: majority, nodes: [NODE1, NODE2, NODE3, NODE4], groups: { \
            G: { owner: NODE4, preferred: [NODE4], resources: { R: { type: File Share } } } }",
        steps: "{ at: 10m, crash: NODE3 }, { at: 10m, crash: NODE4 }",
        told: &[
            ("more_than_half", "10:08.200 NODE1 service ends: it has no quorum"),
            ("half", "10:08.200 G NODE4 -> NODE1: next in its node list"),
        ],
    },
    Choice {
        switch: "cannot_host_answers",
        cluster: PINNED,
        steps: "{ at: 1m, move: { group: G, to: NODE1 } }",
        told: &[
            ("5071", "01:00.000 move G to NODE1: 5071 ERROR_NODE_CANT_HOST_RESOURCE"),
            ("5005", "01:00.000 move G to NODE1: 5005 ERROR_HOST_NODE_NOT_AVAILABLE"),
        ],
    },
    Choice {
        switch: "quorum_offline_answers",
        cluster: PINNED,
        steps: "{ at: 1m, offline: { resource: 'Disk Q:' } }",
        told: &[
            ("5068", "01:00.000 take Disk Q: offline: 5068 ERROR_INVALID_OPERATION_ON_QUORUM"),
            ("5020", "01:00.000 take Disk Q: offline: 5020 ERROR_QUORUM_RESOURCE"),
        ],
    },
    // NODE1 forms the cluster at 21:07.
    Choice {
        switch: "group_without_former",
        cluster: PINNED,
        steps: "{ at: 10m, crash: NODE1 }, { at: 10m, crash: NODE2 }, { at: 20m, boot: NODE1 }, \
                { at: 25m, offline: { group: G } }",
        told: &[
            ("any_member", "21:07.000 G NODE2 -> NODE1: it formed the cluster"),
            ("last_owner", "25:00.000 take G offline: 5005 ERROR_HOST_NODE_NOT_AVAILABLE"),
        ],
    },
    // NODE3 is away when G is meant to be online from now on. NODE2's share is there when NODE3 forms
    // the cluster.
    Choice {
        switch: "majority_copy",
        cluster: "windows: 2003, quorum: majority, nodes: [NODE1, NODE2, NODE3], groups: { \
            G: { owner: NODE1, properties: { PersistentState: 0 }, resources: { \
            R: { type: File Share } } } }",
        steps: "{ at: 10m, crash: NODE3 }, \
            { at: 20m, set: { group: G, property: PersistentState, to: 1 } }, \
            { at: 30m, crash: NODE1 }, { at: 30m, crash: NODE2 }, { at: 40m, boot: NODE3 }, \
            { at: 40m5s, boot: NODE2 }",
        told: &[
            ("newest", "41:12.000 R online on NODE3"),
            ("own", "41:07.000 NODE3 has an old copy, of 00:20:00.000"),
        ],
    },
    // Looked at every 10 s, and online again 5 s later: noticed at 1:10, 3:05, 5:10 and 7:05.
    Choice {
        switch: "failed_database",
        cluster: "windows: 2003, exchange: 2007, nodes: [NODE1, NODE2], evs: { EVS1: { \
            owner: NODE1, stores: { SG1/A: 1GB } } }",
        steps: "{ at: 1m, fail_resource: SG1/A (EVS1) }, { at: 3m, fail_resource: SG1/A (EVS1) }, \
            { at: 5m, fail_resource: SG1/A (EVS1) }, { at: 7m, fail_resource: SG1/A (EVS1) }, \
            { at: 8m, online: { resource: SG1/A (EVS1) } }",
        told: &[
            ("stays", "08:05.000 SG1/A (EVS1) online on NODE1"),
            ("moves", "07:05.000 SG1/A (EVS1) failed 4 times: EVS1 moves"),
        ],
    },
    // NODE1 is back with the third of a log that NODE2 never got.
    Choice {
        switch: "diverged_copy",
        cluster: TWO,
        steps: "{ at: 10m10s, crash: NODE1 }, { at: 20m, boot: NODE1 }, \
            { at: 30m, suspend_copy: { evs: EVS1, store: SG1/A } }, \
            { at: 31m, resume_copy: { evs: EVS1, store: SG1/A } }",
        told: &[
            ("incremental_reseed", "31:00.001 copy of SG1 on NODE1 healthy"),
            ("full_reseed", "31:00.001 copy of SG1 on NODE1 failed"),
        ],
    },
];

/// What only one value leads to is told under it, and under no other.
#[test]
fn every_value_of_a_choice_decides() {
    for Choice { switch, cluster, steps, told } in CHOICES {
        for (value, own) in *told {
            let tale = run_with(cluster, &format!("{switch}: {value}"), steps, 0);
            for (other, line) in *told {
                let there = tale.lines.iter().any(|it| it == line);
                assert_eq!(there, line == own, "{switch}: {value}, `{line}` of {other}: {tale:#?}");
            }
        }
        let tale = run_with(cluster, "", steps, 0);
        assert!(tale.lines.iter().any(|it| it == told[0].1), "the default of {switch}: {tale:#?}");
    }
}

/// No choice and no value of one is left out, and every word is worth a run.
#[test]
fn every_choice_is_turned() {
    let choices = Switches::TABLE.iter().filter(|switch| !switch.words.is_empty());
    for switch in choices {
        let values: BTreeSet<String> = (switch.values)().into_iter().collect();
        let words: BTreeSet<String> = switch.words.iter().map(|it| (*it).to_owned()).collect();
        assert_eq!(values, words, "the values of {}", switch.name);
        let turned = CHOICES.iter().find(|choice| choice.switch == switch.name);
        let turned = turned.unwrap_or_else(|| panic!("no test turns {}", switch.name));
        let values: BTreeSet<&str> = turned.told.iter().map(|(value, _)| *value).collect();
        assert_eq!(values, switch.words.iter().copied().collect(), "{}", switch.name);
    }
}
