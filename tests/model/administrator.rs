//! What an administrator asks, and the Win32 codes of the answers.

use crate::tale::{PAIR, SHARE, run};

const PINNED: &str = "windows: 2003, nodes: [NODE1, NODE2, NODE3], groups: { G: { owner: NODE2, \
    resources: { R: { type: File Share, possible_owners: [NODE2] } } } }";

/// Each answer is one line, and nothing else comes of a request that is refused.
#[track_caller]
fn refused(cluster: &str, steps: &str, line: &str) {
    let tale = run(cluster, steps);
    tale.tells(&[line]);
    let last = tale.lines.last().expect("something is told");
    assert_eq!(last, line, "{tale:#?}");
}

#[test]
fn moves_that_cannot_be() {
    let to = |node: &str| format!("{{ at: 20m, move: {{ group: G, to: {node} }} }}");
    refused(PINNED, &to("NODE1"), "20:00.000 move G to NODE1: 5071 ERROR_NODE_CANT_HOST_RESOURCE");
    refused(
        SHARE,
        &format!("{{ at: 10m, crash: NODE3 }}, {}", to("NODE3")),
        "20:00.000 move G to NODE3: 5050 ERROR_CLUSTER_NODE_DOWN",
    );
    refused(
        PINNED,
        "{ at: 20m, move: { group: G } }",
        "20:00.000 move G to the best node: 5005 ERROR_HOST_NODE_NOT_AVAILABLE",
    );
    let tale = run(SHARE, &to("NODE2"));
    assert_eq!(tale.lines, [""; 0], "a move to the owner is none");
}

/// NODE3 has found the cluster at 21:00 and is a member at 21:03.
#[test]
fn a_joining_node_takes_no_group() {
    let steps = "{ at: 10m, crash: NODE3 }, { at: 20m, boot: NODE3 }, \
                 { at: 21m1s, move: { group: G, to: NODE3 } }";
    run(SHARE, steps).tells(&["21:01.000 move G to NODE3: 5050 ERROR_CLUSTER_NODE_DOWN"]);
}

/// NODE2 dies at 10:00. Until the regroup at 10:08.200 it owns the group and does not answer.
#[test]
fn requests_for_a_group_of_a_crashed_owner() {
    let none = "5005 ERROR_HOST_NODE_NOT_AVAILABLE";
    for (step, told) in [
        ("move: { group: G, to: NODE1 }", "move G to NODE1"),
        ("offline: { group: G }", "take G offline"),
        ("online: { group: G }", "bring G online"),
        ("offline: { resource: R }", "take R offline"),
        ("online: { resource: R }", "bring R online"),
        ("fail_resource: R", "R stops working"),
    ] {
        let tale = run(SHARE, &format!("{{ at: 10m, crash: NODE2 }}, {{ at: 10m8s, {step} }}"));
        tale.tells(&[&format!("10:08.000 {told}: {none}")]);
        assert_eq!(tale.group("G"), "NODE3 online", "it fails over all the same");
    }
}

/// Its group moves like any other, but neither it nor its group can be taken offline.
#[test]
fn the_quorum_disk_is_not_taken_offline() {
    let code = "5068 ERROR_INVALID_OPERATION_ON_QUORUM";
    let disk = "{ at: 20m, offline: { resource: 'Disk Q:' } }";
    refused(SHARE, disk, &format!("20:00.000 take Disk Q: offline: {code}"));
    let group = "{ at: 20m, offline: { group: Cluster Group } }";
    refused(SHARE, group, &format!("20:00.000 take Cluster Group offline: {code}"));
    let tale = run(SHARE, "{ at: 20m, move: { group: Cluster Group, to: NODE3 } }");
    assert_eq!(tale.group("Cluster Group"), "NODE3 online");
    let tale = run(SHARE, "{ at: 20m, offline: { resource: Cluster Name } }");
    assert_eq!(tale.group("Cluster Group"), "NODE1 partially online");
}

#[test]
fn only_what_is_online_can_fail() {
    let steps = "{ at: 10m, offline: { group: G } }, { at: 20m, fail_resource: R }";
    refused(SHARE, steps, "20:00.000 R stops working: 5084 ERROR_RESMON_INVALID_STATE");
}

#[test]
fn what_is_online_already_or_offline_already_stays_so() {
    let steps = "{ at: 1m, online: { group: G } }, { at: 2m, online: { resource: R } }";
    assert_eq!(run(SHARE, steps).lines, [""; 0]);
    let steps = "{ at: 1m, offline: { group: G } }, { at: 2m, offline: { resource: R } }";
    assert_eq!(run(SHARE, steps).with("offline pending").count(), 1);
}

/// Deleted while offline, it is unknown from then on, with its resources.
#[test]
fn an_evs_is_deleted_while_it_is_offline_only() {
    let steps = "{ at: 10m, delete_evs: EVS1 }, { at: 20m, offline: { evs: EVS1 } }, \
                 { at: 20m1s, delete_evs: EVS1 }, { at: 30m, delete_evs: EVS1 }, \
                 { at: 31m, delete_evs: EVS1 }, { at: 32m, online: { resource: EVS1 Disk } }";
    run(PAIR, steps).tells(&[
        "10:00.000 delete EVS1: 5019 ERROR_RESOURCE_ONLINE",
        "20:01.000 delete EVS1: 5019 ERROR_RESOURCE_ONLINE",
        "30:00.000 group EVS1 deleted",
        "31:00.000 delete EVS1: 5013 ERROR_GROUP_NOT_FOUND",
        "32:00.000 bring EVS1 Disk online: 5007 ERROR_RESOURCE_NOT_FOUND",
    ]);
}

/// A renamed server is the same group with the same resources, and its clients are not cut off.
#[test]
fn a_renaming_changes_private_properties_only() {
    let tale = run(PAIR, "{ at: 10m, rename_evs: { evs: EVS1, to: MAIL1 } }");
    assert_eq!(tale.lines, [""; 0]);
    let view = tale.cluster.view().expect("members are up");
    let resources = &view.groups[&"EVS1".into()].resources;
    let attendant = &resources[&"Exchange System Attendant Instance - (EVS1)".into()];
    assert_eq!(attendant.private("NetworkName"), Some("MAIL1"));
    assert_eq!(resources[&"EVS1 Network Name".into()].private("Name"), Some("MAIL1"));
}

/// Two servers never have one name; one that is deleted has none any more.
#[test]
fn a_name_that_another_server_has_is_not_taken() {
    let steps = "{ at: 10m, delete_evs: EVS1 }, { at: 11m, rename_evs: { evs: EVS2, to: EVS1 } }";
    run(PAIR, steps).tells(&[
        "10:00.000 delete EVS1: 5019 ERROR_RESOURCE_ONLINE",
        "11:00.000 rename EVS2 to EVS1: 52 ERROR_DUP_NAME",
    ]);
}

/// Both nodes are off: there is no cluster that could be asked.
#[test]
fn a_cluster_without_members_does_not_answer() {
    let steps = "{ at: 5m, crash: NODE2 }, { at: 10m, crash: NODE1 }, { at: 20m, evict: NODE2 }, \
                 { at: 21m, online: { evs: EVS1 } }";
    run(PAIR, steps).tells(&[
        "20:00.000 evict NODE2: 1722 RPC_S_SERVER_UNAVAILABLE",
        "21:00.000 bring EVS1 online: 1722 RPC_S_SERVER_UNAVAILABLE",
    ]);
}
