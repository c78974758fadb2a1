//! A rolling upgrade from Exchange 2000 to 2003: nodes and servers of two versions in one cluster.

use evsim::backend::Backend;
use evsim::model::{Exchange, Place};

use crate::tale::run;
use crate::work::{Bench, disk};

/// NODE2 is upgraded already; EVS1 is still of Exchange 2000.
const MIXED: &str = "windows: 2000, exchange: 2000, \
    nodes: { NODE1: {}, NODE2: { exchange: 2003 } }, \
    evs: { EVS1: { owner: NODE1, preferred: [NODE1, NODE2], stores: { SG1/A: 1GB } } }";

#[test]
fn a_node_and_a_server_say_their_versions() {
    let bench = Bench::of(MIXED, "", 0);
    let node = |name: &str| bench.node(name).storage(&Place::Node).expect("its own").exchange;
    assert_eq!((node("NODE1"), node("NODE2")), (Some(Exchange::E2000), Some(Exchange::E2003)));
    let view = bench.node("NODE1").storage(&disk()).expect("NODE1 owns it");
    assert_eq!(view.disk.map(|disk| disk.version), Some(Exchange::E2000));
}

/// Down in 18 s: protocols 2.5, store 7.5, attendant 6 and disk 1 s - name and address 2 s go beside
/// the disk. Up: name 4 s and attendant 12 s, then it is refused, three more times, and goes back.
#[test]
fn a_server_does_not_come_online_on_a_node_of_another_version() {
    let tale = run(MIXED, "{ at: 10m, move: { evs: EVS1, to: NODE2 } }");
    let bar = "EVS1 on NODE2: the version of Exchange on this machine, 2003, does not match the \
               server's, 2000";
    tale.tells(&[
        "10:18.000 EVS1 NODE1 -> NODE2: moved by an administrator",
        &format!("10:34.000 {bar}"),
        "10:34.000 Exchange System Attendant Instance - (EVS1) failed on NODE2: \
         5018 ERROR_RESMON_ONLINE_FAILED",
        &format!("11:10.000 {bar}"),
        "11:10.000 Exchange System Attendant Instance - (EVS1) failed 4 times: EVS1 moves",
    ]);
    assert_eq!(tale.group("EVS1"), "NODE1 online");
}

/// Offline, moved, upgraded, and online: from then on its protocols need the System Attendant alone,
/// and NODE1 is the node of another version.
#[test]
fn a_server_is_upgraded_where_its_node_is() {
    let tale = run(
        MIXED,
        "{ at: 1m, upgrade_evs: EVS1 }, { at: 2m, offline: { evs: EVS1 } }, \
         { at: 3m, move: { evs: EVS1, to: NODE2 } }, { at: 4m, upgrade_evs: EVS1 }, \
         { at: 5m, online: { evs: EVS1 } }, { at: 6m, upgrade_evs: EVS1 }, \
         { at: 10m, offline: { resource: \"Exchange Information Store Instance - (EVS1)\" } }",
    );
    tale.tells(&[
        "01:00.000 upgrade EVS1 to the version of its node: 5023 ERROR_INVALID_STATE",
        "04:00.000 EVS1 is of Exchange 2003",
        "05:21.000 Exchange SMTP Virtual Server Instance - (EVS1) online on NODE2",
        "05:31.000 Exchange Information Store Instance - (EVS1) online on NODE2",
        "06:00.000 upgrade EVS1 to the version of its node: 5023 ERROR_INVALID_STATE",
    ]);
    assert_eq!(tale.group("EVS1"), "NODE2 partially online");
    assert_eq!(tale.resource("Exchange SMTP Virtual Server Instance - (EVS1)"), "online");
}

/// Setup wants a node without a server that runs, and a later version.
#[test]
fn a_node_is_upgraded_while_it_serves_nothing() {
    let tale = run(
        MIXED,
        "{ at: 1m, upgrade_node: { node: NODE1, to: 2003 } }, \
         { at: 2m, upgrade_node: { node: NODE2, to: 2003 } }, \
         { at: 3m, upgrade_node: { node: NODE2, to: 2007 } }, \
         { at: 4m, offline: { evs: EVS1 } }, { at: 5m, upgrade_node: { node: NODE1, to: 2003 } }, \
         { at: 6m, upgrade_evs: EVS1 }, { at: 7m, online: { evs: EVS1 } }, \
         { at: 8m, upgrade_evs: EVS1 }, { at: 9m, crash: NODE2 }, \
         { at: 9m, upgrade_node: { node: NODE2, to: 2003 } }",
    );
    tale.tells(&[
        "01:00.000 upgrade NODE1 to Exchange 2003: 5019 ERROR_RESOURCE_ONLINE",
        "02:00.000 upgrade NODE2 to Exchange 2003: 87 ERROR_INVALID_PARAMETER",
        "03:00.000 upgrade NODE2 to Exchange 2007: 87 ERROR_INVALID_PARAMETER",
        "06:00.000 EVS1 is of Exchange 2003",
        "08:00.000 upgrade EVS1 to the version of its node: 5023 ERROR_INVALID_STATE",
        "09:00.000 upgrade NODE2 to Exchange 2003: 5050 ERROR_CLUSTER_NODE_DOWN",
    ]);
    assert_eq!(tale.group("EVS1"), "NODE1 online");
}

/// On NODE2 its System Attendant is on its way from 10:22 on, as above, until it is refused at 10:34.
#[test]
fn a_server_is_upgraded_while_its_system_attendant_is_down() {
    let tale = run(
        MIXED,
        "{ at: 10m, move: { evs: EVS1, to: NODE2 } }, { at: 10m25s, upgrade_evs: EVS1 }",
    );
    tale.tells(&["10:25.000 upgrade EVS1 to the version of its node: 5019 ERROR_RESOURCE_ONLINE"]);
    assert_eq!(tale.group("EVS1"), "NODE1 online");
}
