//! What an administrator sets while the cluster runs, initiates, and adds.

use crate::tale::{SHARE, Tale, run};

/// Two nodes; `G` holds R and S on NODE2.
const PAIR: &str = "windows: 2003, nodes: [NODE1, NODE2], groups: { G: { owner: NODE2, resources: { \
    R: { type: File Share }, S: { type: File Share } } } }";

fn set(cluster: &str, what: &str, more: &str) -> Tale {
    run(cluster, &format!("{{ at: 1m, set: {{ {what} }} }}{more}"))
}

/// Three failures would be restarted; with a threshold of none set, the first one moves the group.
#[test]
fn a_property_of_a_resource_holds_from_the_next_failure_on() {
    let tale = set(
        PAIR,
        "resource: R, property: RestartThreshold, to: 0",
        ", { at: 10m, fail_resource: R }",
    );
    tale.tells_only("R failed 1 times", &["10:05.000 R failed 1 times: G moves"]);
    let tale = set(
        PAIR,
        "resource: R, property: LooksAlivePollInterval, to: 45000",
        ", { at: 10m, fail_resource: R }",
    );
    assert_eq!(tale.when("R failed on NODE2"), "10:30.000", "at 14 times 45 s");
}

/// The answer to a value that does not fit is 87, and nothing is changed.
#[test]
fn a_value_that_does_not_fit_is_refused() {
    for (what, told) in [
        (
            "resource: R, property: LooksAlivePollInterval, to: 9",
            "LooksAlivePollInterval of R to 9",
        ),
        ("resource: R, property: IsAlivePollInterval, to: 0", "IsAlivePollInterval of R to 0"),
        ("resource: R, property: PendingTimeout, to: 9", "PendingTimeout of R to 9"),
        (
            "resource: R, property: RetryPeriodOnFailure, to: 899999",
            "RetryPeriodOnFailure of R to 899999",
        ),
        ("group: G, property: FailoverPeriod, to: 1194", "FailoverPeriod of G to 1194"),
        ("group: G, property: FailbackWindowStart, to: 24", "FailbackWindowStart of G to 24"),
    ] {
        let tale = set(PAIR, what, "");
        assert_eq!(tale.lines, [format!("01:00.000 set {told}: 87 ERROR_INVALID_PARAMETER")]);
    }
    for what in [
        "resource: R, property: LooksAlivePollInterval, to: 10",
        "resource: R, property: PendingTimeout, to: 10",
        "resource: R, property: RetryPeriodOnFailure, to: 900000",
        "resource: R, property: RetryPeriodOnFailure, to: 4294967295",
        "group: G, property: FailoverPeriod, to: 1193",
        "group: G, property: FailbackWindowEnd, to: 23",
        "group: G, property: FailbackWindowEnd, to: 4294967295",
    ] {
        assert_eq!(set(PAIR, what, "").lines, [""; 0], "{what}");
    }
}

/// Windows 2000 knows neither.
#[test]
fn what_came_with_2003_is_refused_by_2000() {
    let cluster = PAIR.replace("windows: 2003", "windows: 2000");
    let tale = set(&cluster, "group: G, property: AntiAffinityClassNames, to: [Mail]", "");
    tale.tells(&["01:00.000 set AntiAffinityClassNames of G to Mail: 87 ERROR_INVALID_PARAMETER"]);
    let property = "DisableGroupPreferredOwnerRandomization";
    let tale = set(&cluster, &format!("cluster: CLUSTER, property: {property}, to: 1"), "");
    tale.tells(&[&format!(
        "01:00.000 set {property} of the cluster to 1: 87 ERROR_INVALID_PARAMETER"
    )]);
}

/// Its monitor is chosen when it goes online, so that the property is only stored until then.
#[test]
fn a_monitor_of_its_own_waits_for_the_next_time_online() {
    let what = "resource: R, property: SeparateMonitor, to: 1";
    let stored = "set SeparateMonitor of R to 1: 5024 ERROR_RESOURCE_PROPERTIES_STORED";
    set(PAIR, what, "").tells_only(" set ", &[&format!("01:00.000 {stored}")]);
    let steps =
        format!("{{ at: 1m, offline: {{ resource: R }} }}, {{ at: 2m, set: {{ {what} }} }}");
    run(PAIR, &steps).tells_only(" set ", &[]);
}

/// NODE2, where R is online, cannot be taken from the possible owners; NODE1 can, and then nothing
/// moves there. What is offline may be left without its owner.
#[test]
fn the_owner_of_what_is_online_stays_a_possible_owner() {
    let to = |nodes: &str| format!("resource: R, property: PossibleOwners, to: [{nodes}]");
    set(PAIR, &to("NODE1"), "")
        .tells(&["01:00.000 set PossibleOwners of R to NODE1: 5023 ERROR_INVALID_STATE"]);
    let tale = set(PAIR, &to("NODE2"), ", { at: 2m, move: { group: G, to: NODE1 } }");
    tale.tells(&["02:00.000 move G to NODE1: 5071 ERROR_NODE_CANT_HOST_RESOURCE"]);
    let steps = format!(
        "{{ at: 1m, offline: {{ resource: R }} }}, {{ at: 2m, set: {{ {} }} }}",
        to("NODE1")
    );
    run(PAIR, &steps).tells_only(" set ", &[]);
}

/// After NODE2 comes NODE3, unless the preferred owners that are set now say otherwise.
#[test]
fn preferred_owners_that_are_set_order_the_next_failover() {
    let crash = ", { at: 10m, fail_resource: R }";
    let cluster = SHARE.replace(
        "R: { type: File Share }",
        "R: { type: File Share, properties: { RestartThreshold: 0 } }",
    );
    let tale = set(&cluster, "group: G, property: PreferredOwners, to: [NODE2, NODE1]", crash);
    tale.tells(&["10:05.000 G NODE2 -> NODE1: next in its node list"]);
    let steps = format!(
        "{{ at: 1m, crash: NODE3 }}, {{ at: 2m, evict: NODE3 }}, \
         {{ at: 3m, set: {{ group: G, property: PreferredOwners, to: [NODE3] }} }}{crash}"
    );
    run(&cluster, &steps)
        .tells(&["03:00.000 set PreferredOwners of G to NODE3: 5042 ERROR_CLUSTER_NODE_NOT_FOUND"]);
}

/// Nothing goes offline for it; after the move the group stays offline, but for R, whose own intent
/// is set again. 4294967295 takes R's own word back.
#[test]
fn a_persistent_state_that_is_set_is_an_intent() {
    let group = "{ at: 1m, set: { group: G, property: PersistentState, to: 0 } }";
    let own = |to: &str| {
        format!("{{ at: 2m, set: {{ resource: R, property: PersistentState, to: {to} }} }}")
    };
    let tale = run(PAIR, group);
    assert_eq!(tale.lines, [""; 0]);
    let moves = "{ at: 10m, move: { group: G } }";
    assert_eq!(run(PAIR, &format!("{group}, {moves}")).group("G"), "NODE1 offline");
    let tale = run(PAIR, &format!("{group}, {}, {moves}", own("1")));
    assert_eq!((tale.resource("R"), tale.resource("S")), ("online".into(), "offline".into()));
    let steps = format!("{group}, {}, {}, {moves}", own("1"), own("4294967295"));
    assert_eq!(run(PAIR, &steps).group("G"), "NODE1 offline");
}

/// With the property, 2003 goes by the numbers of the nodes: NODE3 after NODE2, under every seed.
#[test]
fn a_cluster_can_be_told_not_to_draw() {
    let property = "DisableGroupPreferredOwnerRandomization";
    let steps = format!(
        "{{ at: 1m, set: {{ cluster: cluster, property: {property}, to: 1 }} }}, \
         {{ at: 10m, crash: NODE2 }}"
    );
    let line = "10:08.200 G NODE2 -> NODE3: next in its node list";
    run(SHARE, &steps).tells(&[line]);
    let from_start = format!("{SHARE}, properties: {{ {property}: 1 }}");
    run(&from_start, "{ at: 10m, crash: NODE2 }").tells(&[line]);
}

/// No poll is waited for, and what follows is as after any failure.
#[test]
fn a_failure_can_be_initiated_of_what_is_online() {
    let tale = run(PAIR, "{ at: 10m1s, initiate_failure: R }");
    tale.tells(&["10:01.000 R failed on NODE2", "10:06.000 R online on NODE2"]);
    let steps = "{ at: 10m, offline: { resource: R } }, { at: 11m, initiate_failure: R }";
    let tale = run(PAIR, steps);
    tale.tells(&["11:00.000 initiate the failure of R: 5084 ERROR_RESMON_INVALID_STATE"]);
}

/// NODE2 was evicted and is added again as node 4: after NODE1 comes NODE3 now. R, whose possible
/// owners were listed, does not have it among them; the quorum disk has no list.
#[test]
fn an_evicted_node_that_is_added_has_a_new_number_and_stands_on_no_list() {
    let cluster = |owners: &str| {
        format!(
            "windows: 2003, nodes: [NODE1, NODE2, NODE3], groups: {{ G: {{ owner: NODE1, \
             preferred: [NODE1], resources: {{ R: {{ type: File Share, {owners} \
             properties: {{ RestartThreshold: 0 }} }} }} }} }}"
        )
    };
    let added = "{ at: 1m, crash: NODE2 }, { at: 2m, evict: NODE2 }, { at: 3m, add_node: NODE2 }, \
                 { at: 4m, boot: NODE2 }, { at: 6m, add_node: NODE2 }, { at: 7m, add_node: NODE2 }, \
                 { at: 10m, fail_resource: R }";
    let tale = run(&cluster(""), added);
    tale.tells(&[
        "03:00.000 add NODE2: 1722 RPC_S_SERVER_UNAVAILABLE",
        "06:00.000 NODE2 down: added as node 4",
        "06:00.000 NODE2 joining: its cluster service found the cluster",
        "06:03.000 NODE2 up: joined the cluster",
        "07:00.000 add NODE2: 5040 ERROR_CLUSTER_NODE_EXISTS",
        "10:05.000 G NODE1 -> NODE3: next in its node list",
    ]);
    let tale = run(
        &cluster("possible_owners: [NODE1, NODE2, NODE3],"),
        &format!("{added}, {{ at: 20m, move: {{ group: G, to: NODE2 }} }}"),
    );
    tale.tells(&["20:00.000 move G to NODE2: 5071 ERROR_NODE_CANT_HOST_RESOURCE"]);
}
