//! What dies under the groups of a node, what a store holds from then on, and what a node does not
//! run beside what it runs already.

use evsim::backend::Backend;
use evsim::model::{Consistency, ErrorCode, MountState, Place, Size, Temporary, Tool, ToolState};
use evsim::sim::{Step, StoreChange};

use crate::tale::{Tale, run};
use crate::work::{Bench, disk, dismount, mount, tool, write};

const STORE: &str = "Exchange Information Store Instance - (EVS1)";

/// An EVS that only NODE1 can own.
const ALONE: &str = "windows: 2003, nodes: { NODE1: {}, NODE2: { state: down } }, evs: { \
    EVS1: { owner: NODE1, disk: 8GB, stores: { SG1/A: { size: 2GB, used: 1GB }, SG1/B: 1GB } } }";

fn dies() -> Step {
    Step::FailDisk("EVS1".into())
}

fn replaced(empty: bool) -> Step {
    Step::ReplaceDisk { group: "EVS1".into(), empty }
}

fn ends(node: &str) -> Step {
    Step::FailStoreProcess(node.into())
}

/// Polled every 5 s since the start. Everything above the disk takes 7.5 s and 6 s to go; each try
/// to bring it online takes 2 s. The fourth failure is one too many, and no other node is there.
#[test]
fn a_dead_disk_fails_at_its_next_poll_and_comes_online_nowhere() {
    let tale = run(ALONE, "{ at: 10m1s, fail_disk: EVS1 }");
    tale.tells_only(
        "EVS1 Disk failed",
        &[
            "10:05.000 EVS1 Disk failed on NODE1",
            "10:20.500 EVS1 Disk failed on NODE1: 1117 ERROR_IO_DEVICE",
            "10:22.500 EVS1 Disk failed on NODE1: 1117 ERROR_IO_DEVICE",
            "10:24.500 EVS1 Disk failed on NODE1: 1117 ERROR_IO_DEVICE",
            "10:24.500 EVS1 Disk failed 4 times: EVS1 stays, no other node can own it",
        ],
    );
    assert_eq!(tale.group("EVS1"), "NODE1 failed");
}

/// Stores, a record, a write under way and a run are gone at once, before the cluster notices.
#[test]
fn a_disk_takes_everything_on_it_with_it_when_it_dies() {
    let mut bench = Bench::of(ALONE, "", 0);
    bench.asks("NODE1", write(disk(), None, "one")).expect("there is none yet");
    bench.asks("NODE1", dismount("SG1/A")).expect("it is mounted");
    bench.passes(5_000);
    bench.asks("NODE1", tool("SG1/A", Tool::Defragment)).expect("it is dismounted");
    bench.passes(60_000);
    bench.asks("NODE1", write(disk(), Some(1), "two")).expect("it has been read");
    bench.befalls(dies());
    let looked = bench.node("NODE1").storage(&disk()).err();
    assert_eq!(looked, Some(ErrorCode::ERROR_IO_DEVICE));
    assert_eq!(bench.asks("NODE1", mount("SG1/B")), Err(ErrorCode::ERROR_IO_DEVICE));
    bench.passes(60_000);
    bench.befalls(replaced(false));
    bench.befalls(Step::OnlineGroup("EVS1".into()));
    bench.passes(2_000);
    let storage = bench.node("NODE1").storage(&disk()).expect("the new disk is online");
    assert_eq!((storage.record, storage.writing), (None, false), "nobody backs that up");
    let found = storage.disk.expect("a group has a disk");
    assert_eq!(found.stores[&"SG1/A".into()].temporary, Temporary::Absent);
    assert_eq!(found.tools[&"SG1/A".into()].state, ToolState::Failed);
    let state = |name: &str| bench.store(name);
    assert_eq!(state("SG1/A").1, Consistency::Consistent, "as the backup left it");
    bench.passes(27_000);
    assert_eq!(state("SG1/B").0, MountState::Mounted);
    let (_, state) = {
        bench.asks("NODE1", dismount("SG1/A")).expect("it is mounted");
        bench.passes(5_000);
        bench.run("SG1/A", Tool::ConsistencyCheck)
    };
    assert_eq!(state, ToolState::Succeeded);
}

/// A new disk with nothing on it: its Information Store is online, and mounts nothing.
#[test]
fn an_empty_disk_has_no_stores_to_mount() {
    let bench = Bench::of(ALONE, "", 0);
    bench.befalls(dies());
    bench.passes(60_000);
    bench.befalls(replaced(true));
    bench.befalls(Step::OnlineGroup("EVS1".into()));
    bench.passes(60_000);
    assert_eq!(bench.store("SG1/A").0, MountState::Dismounted);
    assert_eq!(bench.asks("NODE1", mount("SG1/A")), Err(ErrorCode::ERROR_FILE_CORRUPT));
    bench.befalls(replaced(false));
    bench.asks("NODE1", mount("SG1/A")).expect("it is restored");
}

/// 5023: a disk that works is not replaced, and none dies twice.
#[test]
fn only_a_dead_disk_is_replaced() {
    let tale = run(
        ALONE,
        "{ at: 1m, replace_disk: EVS1 }, { at: 2m, fail_disk: EVS1 }, { at: 3m, fail_disk: EVS1 }",
    );
    tale.tells_only(
        "5023",
        &[
            "01:00.000 replace the disk of EVS1 and restore its stores from the last backup: \
             5023 ERROR_INVALID_STATE",
            "03:00.000 the disk of EVS1 dies: 5023 ERROR_INVALID_STATE",
        ],
    );
}

/// Both servers are on NODE1. EVS1 is looked at every 10 s since the start, EVS2 since it came online
/// there: 15.5 s down and 31 s up after 5:00, so at 5:46.5 and every 10 s from then.
#[test]
fn the_store_process_takes_every_server_of_its_node_with_it() {
    let pair = "windows: 2003, nodes: [NODE1, NODE2], evs: { \
        EVS1: { owner: NODE1, stores: { SG1/A: { size: 2GB, log_replay: 30s } } }, \
        EVS2: { owner: NODE2, stores: { SG1/B: 2GB } } }";
    let tale = run(
        pair,
        "{ at: 5m, move: { evs: EVS2, to: NODE1 } }, { at: 10m, fail_store_process: NODE1 }",
    );
    tale.tells(&["10:00.000 SG1/A dismounted on NODE1", "10:00.000 SG1/B dismounted on NODE1"]);
    tale.tells(&[
        "10:06.500 Exchange Information Store Instance - (EVS2) failed on NODE1",
        "10:10.000 Exchange Information Store Instance - (EVS1) failed on NODE1",
        "10:21.500 SG1/B mounted on NODE1",
        "10:55.000 SG1/A mounted on NODE1",
    ]);
    let outage = |evs: &str| {
        let outage = tale.cluster.outage(&evs.into()).expect("it is a group");
        (outage.planned.ms(), outage.unplanned.ms())
    };
    assert_eq!((outage("EVS1"), outage("EVS2")), ((0, 55_000), (46_500, 21_500)));
}

/// isinteg asks the process for the database, eseutil reads the file.
#[test]
fn the_store_process_ends_what_works_through_it() {
    for (kind, state) in
        [(Tool::ErrorFix, ToolState::Failed), (Tool::Defragment, ToolState::Running)]
    {
        let bench = Bench::of(ALONE, "", 0);
        bench.asks("NODE1", dismount("SG1/A")).expect("it is mounted");
        bench.passes(5_000);
        bench.asks("NODE1", tool("SG1/A", kind)).expect("it is dismounted");
        bench.befalls(ends("NODE1"));
        assert_eq!(bench.disk().tools[&"SG1/A".into()].state, state, "{kind}");
        assert_eq!(bench.store("SG1/B").1, Consistency::Inconsistent);
    }
}

/// While its Information Store starts it fails at once; where none is served there is none.
#[test]
fn a_store_process_that_serves_nothing_cannot_end() {
    let bench = Bench::of(ALONE, "", 0);
    bench.befalls(Step::OfflineResource(STORE.into()));
    bench.passes(60_000);
    bench.befalls(Step::OnlineResource(STORE.into()));
    bench.passes(5_000);
    bench.befalls(ends("NODE1"));
    bench.passes(14_999);
    assert_eq!(bench.store("SG1/A").0, MountState::Dismounted, "15 s from the end of the process");
    bench.passes(1);
    assert_eq!(bench.store("SG1/A").0, MountState::Mounted);
    let steps = "{ at: 1m, offline: { evs: EVS1 } }, { at: 2m, fail_store_process: NODE1 }, \
        { at: 3m, fail_store_process: NODE2 }";
    run(ALONE, steps).tells(&[
        "02:00.000 the store process of NODE1 ends: 1062 ERROR_SERVICE_NOT_ACTIVE",
        "03:00.000 the store process of NODE2 ends: 5050 ERROR_CLUSTER_NODE_DOWN",
    ]);
}

/// 8 GB less 3 GB of stores leave 5 GB.
#[test]
fn a_store_grows_as_far_as_its_disk_and_shrinks_only_inside() {
    let bench = Bench::of(ALONE, "", 0);
    let gb = |size: u64| Some(Size::from_bytes(size << 30));
    let change = |size, used, mailboxes| {
        let to = StoreChange { size, used, mailboxes };
        bench.befalls(Step::ChangeStore { group: "EVS1".into(), store: "SG1/A".into(), to });
        let disk = bench.disk();
        let store = &disk.stores[&"SG1/A".into()];
        (store.size.to_string(), store.mailboxes, disk.free.to_string())
    };
    let is = |size: &str, mailboxes, free: &str| (size.to_owned(), mailboxes, free.to_owned());
    assert_eq!(change(None, None, Some(50)), is("2GB", 50, "5GB"));
    assert_eq!(
        change(None, gb(3), None),
        is("3GB", 50, "4GB"),
        "its files grow with what is in use"
    );
    assert_eq!(
        change(None, gb(1), Some(20)),
        is("3GB", 20, "4GB"),
        "and stay as large as they were"
    );
    assert_eq!(change(gb(8), None, None), is("3GB", 20, "4GB"), "there is no room");
    assert_eq!(change(gb(2), None, None), is("3GB", 20, "4GB"), "no file shrinks by itself");
    assert_eq!(change(gb(7), None, None), is("7GB", 20, "0B"));
    bench.asks("NODE1", dismount("SG1/A")).expect("it is mounted");
    bench.passes(5_000);
    assert_eq!(change(None, None, Some(1)), is("7GB", 20, "0B"), "nobody can reach it");
}

#[test]
fn a_change_of_a_store_is_refused_with_its_code() {
    let change =
        |to: &str| format!("{{ at: 1m, change_store: {{ evs: EVS1, store: SG1/A, {to} }} }}");
    let code = |to: &str, code: &str| {
        run(ALONE, &change(to)).tells_only("01:00.000 SG1/A", &[code]);
    };
    code("size: 1GB", "01:00.000 SG1/A of EVS1 holds 1GB of files: 87 ERROR_INVALID_PARAMETER");
    code("used: 9GB", "01:00.000 SG1/A of EVS1 holds 9GB in use: 112 ERROR_DISK_FULL");
}

/// Three storage groups on NODE1, and these on NODE2; EVS2 goes to NODE1.
fn sum(of_evs2: &str) -> Tale {
    let cluster = format!(
        "windows: 2000, exchange: 2000, nodes: [NODE1, NODE2], evs: {{ \
         EVS1: {{ owner: NODE1, stores: {{ SG1/A: 1GB, SG1/B: 1GB, SG2/A: 1GB, SG3/A: 1GB }} }}, \
         EVS2: {{ owner: NODE2, stores: {{ {of_evs2} }} }} }}"
    );
    run(&cluster, "{ at: 10m, crash: NODE2 }")
}

/// 8.2 s until the regroup, 22 s until the System Attendant is online, 15 s for each try.
#[test]
fn a_node_carries_four_storage_groups_of_all_its_servers_together() {
    let fits = sum("SG1/A: 1GB, SG1/B: 1GB");
    assert_eq!(fits.group("EVS2"), "NODE1 online");
    let over = sum("SG1/A: 1GB, SG2/A: 1GB");
    let bar = "EVS2 on NODE1: 5 storage groups together, a node carries 4 (MSExchangeCluster 2074, \
               2086, 2065)";
    over.tells(&[
        &format!("10:45.200 {bar}"),
        "10:45.200 Exchange Information Store Instance - (EVS2) failed on NODE1: \
         5018 ERROR_RESMON_ONLINE_FAILED",
        &format!("11:30.200 {bar}"),
        "11:30.200 Exchange Information Store Instance - (EVS2) failed 4 times: \
         EVS2 stays, no other node can own it",
    ]);
    assert_eq!(over.group("EVS2"), "NODE1 failed");
    assert_eq!(over.group("EVS1"), "NODE1 online", "the others there serve on");
}

#[test]
fn a_dead_disk_keeps_what_lies_on_the_nodes_own_disk() {
    let bench = Bench::of(ALONE, "", 0);
    bench.asks("NODE1", write(Place::Node, None, "one")).expect("there is none yet");
    bench.passes(10);
    bench.befalls(dies());
    let own = bench.node("NODE1").storage(&Place::Node).expect("its own disk works");
    assert_eq!(own.record.map(|record| record.text).as_deref(), Some("one"));
}
