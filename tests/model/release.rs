//! Versions of Windows side by side.

use crate::tale::run;

/// `G` on NODE2; NODE3 is off and runs what is given.
fn cluster(first_two: &str, third: &str) -> String {
    format!(
        "windows: 2000, nodes: {{ NODE1: {{ windows: {first_two} }}, \
         NODE2: {{ windows: {first_two} }}, NODE3: {{ windows: {third}, state: down }} }}, \
         groups: {{ G: {{ owner: NODE2, resources: {{ R: {{ type: File Share }} }} }} }}"
    )
}

/// NT 4.0 meets 2000, 2000 meets 2003, and NT 4.0 does not meet 2003. Upgraded at 15:30, NODE3's
/// service joins with its next try, 16:00, and 3 s.
#[test]
fn versions_more_than_one_apart_do_not_meet() {
    let boot =
        "{ at: 10m, boot: NODE3 }, { at: 15m30s, upgrade_windows: { node: NODE3, to: 2000 } }";
    for (others, own) in [("2000", "nt4"), ("2000", "2003"), ("2003", "2000")] {
        let tale = run(&cluster(others, own), boot);
        tale.tells(&["11:03.000 NODE3 up: joined the cluster"]);
    }
    let tale = run(&cluster("2003", "nt4"), boot);
    tale.tells_only(
        "service ends",
        &[
            "11:00.000 NODE3 service ends: 5075 ERROR_CLUSTER_INCOMPATIBLE_VERSIONS",
            // That its Windows has started is a change, so that the next try is told too.
            "12:00.000 NODE3 service ends: 5075 ERROR_CLUSTER_INCOMPATIBLE_VERSIONS",
        ],
    );
    tale.tells(&["16:03.000 NODE3 up: joined the cluster"]);
}

/// A member is not upgraded, nor is a machine that is off; and only to something later.
#[test]
fn windows_is_upgraded_outside_the_cluster() {
    let to = |at: &str, to: &str| {
        format!("{{ at: {at}, upgrade_windows: {{ node: NODE3, to: {to} }} }}")
    };
    let steps = format!(
        "{}, {{ at: 2m, boot: NODE3 }}, {}, {}, {{ at: 12m, stop_service: NODE3 }}, {}, {}",
        to("1m", "2003"),
        to("10m", "2000"),
        to("11m", "2003"),
        to("13m", "2003"),
        to("14m", "2003")
    );
    run(&cluster("2000", "2000"), &steps).tells_only(
        "upgrade NODE3",
        &[
            "01:00.000 upgrade NODE3 to Windows Server 2003: 1722 RPC_S_SERVER_UNAVAILABLE",
            "10:00.000 upgrade NODE3 to Windows 2000: 87 ERROR_INVALID_PARAMETER",
            "11:00.000 upgrade NODE3 to Windows Server 2003: 5056 ERROR_CLUSTER_NODE_UP",
            "14:00.000 upgrade NODE3 to Windows Server 2003: 87 ERROR_INVALID_PARAMETER",
        ],
    );
}

/// NODE3 of Windows 2000 is the last to be upgraded, or leaves the cluster: then a lost node's group
/// is drawn, and before it is not.
#[test]
fn the_last_upgrade_brings_the_rules_of_the_newer() {
    let mixed = cluster("2003", "2000");
    let crash = "{ at: 30m, crash: NODE2 }";
    let listed = "30:08.200 G NODE2 -> NODE3: next in its node list";
    run(&mixed, &format!("{{ at: 1m, boot: NODE3 }}, {crash}")).tells(&[listed]);
    let upgraded = format!(
        "{{ at: 1m, boot: NODE3 }}, {{ at: 10m, stop_service: NODE3 }}, \
         {{ at: 11m, upgrade_windows: {{ node: NODE3, to: 2003 }} }}, \
         {{ at: 12m, start_service: NODE3 }}, {crash}"
    );
    let drawn: Vec<String> = run(&mixed, &upgraded).with("drawn").map(str::to_owned).collect();
    assert_eq!(drawn.len(), 1, "{drawn:?}");
    assert!(drawn[0].ends_with("drawn from NODE3, NODE1"), "{drawn:?}");
    let property = "set: { cluster: CLUSTER, property: DisableGroupPreferredOwnerRandomization, \
                    to: 1 }";
    let steps =
        format!("{{ at: 1m, {property} }}, {{ at: 2m, evict: NODE3 }}, {{ at: 3m, {property} }}");
    run(&mixed, &steps).tells_only(
        " set ",
        &["01:00.000 set DisableGroupPreferredOwnerRandomization of the cluster to 1: \
           87 ERROR_INVALID_PARAMETER"],
    );
}

/// Exchange 2000 does not run on 2003: its System Attendant, due at 10:31.5, fails four times, 12 s
/// apart, and the group goes back.
#[test]
fn an_exchange_comes_online_on_its_own_windows_only() {
    let cluster = "windows: 2000, exchange: 2000, nodes: { NODE1: {}, NODE2: { windows: 2003 } }, \
        evs: { EVS1: { owner: NODE1, stores: { SG1/Mailbox: 2GB } } }";
    let attendant = "Exchange System Attendant Instance - (EVS1)";
    let tale = run(cluster, "{ at: 10m, move: { evs: EVS1, to: NODE2 } }");
    let failed = tale.with(attendant).filter(|line| line.contains("failed on NODE2: 5018"));
    assert_eq!(failed.count(), 4, "{tale:#?}");
    assert_eq!(tale.group("EVS1"), "NODE1 online");
    assert!(tale.with("does not run on Windows Server 2003").count() >= 4);
}
