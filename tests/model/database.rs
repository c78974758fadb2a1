//! Exchange 2007 with a single copy: what makes up its groups, stores that are resources, and tools.

use evsim::model::{
    Consistency, ErrorCode, Exchange, MountState, Size, Temporary, Tool, ToolPhase, ToolState,
};
use evsim::sim::Step;

use crate::tale::{read, run};
use crate::work::{Bench, dismount, mount, tool};

/// A clustered mailbox server of two stores, half of SG1/A in use, and a passive node.
const SINGLE: &str = "windows: 2003, exchange: 2007, nodes: [NODE1, NODE2], evs: { EVS1: { \
    owner: NODE1, preferred: [NODE1, NODE2], stores: { \
    SG1/A: { size: 2GB, used: 1GB, log_replay: 30s }, SG2/B: 1GB } } }";
const DATABASE: &str = "SG1/A (EVS1)";
const STORE: &str = "Exchange Information Store Instance - (EVS1)";

fn bench() -> Bench {
    Bench::of(SINGLE, "", 0)
}

#[test]
fn the_group_of_a_clustered_mailbox_server() {
    let cluster = read(SINGLE, "", "").cluster;
    let lines: Vec<String> = cluster.groups[1]
        .resources
        .iter()
        .map(|it| {
            let below: Vec<&str> = it.depends_on.iter().map(|name| name.as_str()).collect();
            format!("{} [{}] -> {}", it.name, it.type_name, below.join(", "))
        })
        .collect();
    let database = "Microsoft Exchange Database Instance";
    assert_eq!(
        lines,
        [
            "EVS1 IP Address [IP Address] -> ".to_owned(),
            "EVS1 Network Name [Network Name] -> EVS1 IP Address".to_owned(),
            "EVS1 Disk [Physical Disk] -> ".to_owned(),
            "Exchange System Attendant Instance - (EVS1) [Microsoft Exchange System Attendant] -> \
             EVS1 Network Name"
                .to_owned(),
            format!("{STORE} [Microsoft Exchange Information Store] -> EVS1 Network Name"),
            format!("SG1/A (EVS1) [{database}] -> {STORE}, EVS1 Disk"),
            format!("SG2/B (EVS1) [{database}] -> {STORE}, EVS1 Disk"),
        ]
    );
    assert_eq!(cluster.groups[1].resources[5].private["DatabaseName"], "SG1/A");
    assert_eq!(cluster.groups[1].exchange, Exchange::E2007);
}

/// Address 1 s, name 3 s, Information Store 15 s beside a disk that takes 2 s, then 5 s for each
/// store. Down: 5 s, then the Information Store in 7.5 s, name 1.5 s, address 0.5 s.
#[test]
fn each_store_is_a_resource_that_is_mounted_while_it_is_online() {
    let tale = run(SINGLE, "{ at: 10m, move: { evs: EVS1, to: NODE2 } }");
    tale.tells(&[
        "10:05.000 SG1/A (EVS1) offline on NODE1",
        "10:05.000 SG1/A dismounted on NODE1",
        "10:14.500 EVS1 NODE1 -> NODE2: moved by an administrator",
        "10:33.500 Exchange Information Store Instance - (EVS1) online on NODE2",
        "10:33.500 SG1/A (EVS1) online pending on NODE2",
        "10:33.500 SG1/A mounting on NODE2",
        "10:38.500 SG1/A (EVS1) online on NODE2",
        "10:38.500 SG1/A mounted on NODE2",
    ]);
    assert_eq!(tale.group("EVS1"), "NODE2 online");
}

/// After a crash each store replays its own logs, after the Information Store is online: 8.2 s, 1 s,
/// 3 s and 15 s; then 5 s, and 30 s more for SG1/A.
#[test]
fn each_store_replays_its_own_logs() {
    let tale = run(SINGLE, "{ at: 10m, crash: NODE1 }");
    tale.tells(&[
        "10:34.200 Exchange Information Store Instance - (EVS1) online on NODE2",
        "10:39.200 SG2/B mounted on NODE2",
        "11:09.200 SG1/A mounted on NODE2",
    ]);
}

/// A dismount is the intent of an administrator: neither a restart nor a failover mounts the store.
#[test]
fn a_dismounted_database_keeps_its_offline_state() {
    let bench = bench();
    bench.asks("NODE1", dismount("SG1/A")).expect("it is mounted");
    assert_eq!(bench.until_mount("SG1/A", MountState::Dismounted), 5_000);
    assert_eq!(bench.store("SG1/A").1, Consistency::Consistent);
    let tale = run(
        SINGLE,
        "{ at: 1m, dismount: { evs: EVS1, store: SG1/A } }, \
         { at: 2m, fail_resource: \"Exchange Information Store Instance - (EVS1)\" }, \
         { at: 5m, crash: NODE1 }, { at: 10m, mount: { evs: EVS1, store: SG1/A } }",
    );
    tale.tells_only("SG1/A mounted", &["10:05.000 SG1/A mounted on NODE2"]);
    tale.tells(&[
        "01:00.000 SG1/A dismounting on NODE1",
        "01:05.000 group EVS1 partially online on NODE1",
    ]);
    assert_eq!(tale.group("EVS1"), "NODE2 online");
}

/// 5070: what comes online on a paused node by request does not. A store of 2003 would be mounted.
#[test]
fn a_paused_node_mounts_no_database() {
    let bench = bench();
    bench.asks("NODE1", dismount("SG1/A")).expect("it is mounted");
    bench.passes(5_000);
    bench.befalls(Step::Pause("NODE1".into()));
    assert_eq!(bench.asks("NODE1", mount("SG1/A")), Err(ErrorCode::ERROR_CLUSTER_NODE_PAUSED));
    bench.befalls(Step::Resume("NODE1".into()));
    bench.asks("NODE1", mount("SG1/A")).expect("it is up");
}

/// The process died under the stores: they are as it left them, and restart with it.
#[test]
fn databases_go_with_their_information_store_and_come_back_with_it() {
    let bench = bench();
    bench.befalls(Step::FailResource(STORE.into()));
    bench.passes(10_000);
    assert_eq!(
        bench.store("SG1/A"),
        (MountState::Dismounted, Consistency::Inconsistent, bench.store("SG1/A").2)
    );
    // 5 s for the resources to follow, 15 s, 5 s and 30 s of logs.
    bench.passes(54_999);
    assert_eq!(bench.store("SG1/A").0, MountState::Mounting);
    bench.passes(1);
    assert_eq!(bench.store("SG1/A").0, MountState::Mounted);
    // A resource that fails alone was in use too: it replays its logs as it is restarted.
    bench.befalls(Step::FailResource(DATABASE.into()));
    bench.passes(10_000 + 34_999);
    assert_eq!(bench.store("SG1/A").0, MountState::Mounting);
    bench.passes(1);
    assert_eq!(bench.store("SG1/A").0, MountState::Mounted);
}

/// It is restarted three times, and stays failed where it is; the server goes on with the others.
#[test]
fn a_database_that_cannot_be_mounted_takes_nothing_with_it() {
    let tale = run(
        SINGLE,
        "{ at: 1m, fail_resource: \"SG1/A (EVS1)\" }, { at: 3m, fail_resource: \"SG1/A (EVS1)\" }, \
         { at: 5m, fail_resource: \"SG1/A (EVS1)\" }, { at: 7m, fail_resource: \"SG1/A (EVS1)\" }",
    );
    assert_eq!(tale.group("EVS1"), "NODE1 failed");
    assert_eq!(tale.resource(DATABASE), "failed");
    assert_eq!(tale.resource(STORE), "online");
    let outage = tale.cluster.outage(&"EVS1".into()).expect("it is a group").unplanned;
    assert!(outage.ms() > 86_400_000, "its clients are cut off: {outage}");
}

/// A tool holds the files: 170. What it damaged does not mount: 1392.
#[test]
fn a_database_is_not_mounted_under_a_tool_nor_damaged() {
    let bench = bench();
    bench.asks("NODE1", dismount("SG1/A")).expect("it is mounted");
    bench.passes(5_000);
    bench.asks("NODE1", tool("SG1/A", Tool::Defragment)).expect("it is dismounted");
    bench.befalls(Step::OnlineResource(DATABASE.into()));
    bench.passes(5_000);
    assert_eq!(bench.disk().tools[&"SG1/A".into()].state, ToolState::Running);
    assert_ne!(bench.store("SG1/A").0, MountState::Mounted);
    bench.befalls(Step::OfflineResource(DATABASE.into()));
    bench.passes(60_000);
    assert_eq!(bench.store("SG1/A").0, MountState::Dismounted);
    assert_eq!(bench.store("SG1/A").1, Consistency::Consistent, "nothing has opened it");
}

/// 2 GB at 7.5 GB/h are 960 s, of which 70 % build; the file then takes the store's name in 1 s.
#[test]
fn a_defragmentation_of_2007_renames_its_temporary_file() {
    let mut bench = bench();
    bench.asks("NODE1", dismount("SG1/A")).expect("it is mounted");
    bench.passes(5_000);
    assert_eq!(bench.run("SG1/A", Tool::Defragment), (673_000, ToolState::Succeeded));
    let store = bench.disk().stores[&"SG1/A".into()].clone();
    assert_eq!((store.size, store.temporary), (Size::from_bytes(1 << 30), Temporary::Absent));
    bench.asks("NODE1", mount("SG1/A")).expect("it is whole");
}

/// In the second of renaming the store is no good, and is restored by the same.
#[test]
fn a_store_of_2007_cut_off_while_it_is_renamed_is_restored_in_a_second() {
    let mut bench = bench();
    bench.asks("NODE1", dismount("SG1/A")).expect("it is mounted");
    bench.passes(5_000);
    bench.asks("NODE1", tool("SG1/A", Tool::Defragment)).expect("it is dismounted");
    bench.passes(672_500);
    assert_eq!(bench.disk().tools[&"SG1/A".into()].phase, ToolPhase::CopyingBack);
    bench.befalls(Step::FailTool { group: "EVS1".into(), store: "SG1/A".into() });
    assert_eq!(bench.asks("NODE1", mount("SG1/A")), Err(ErrorCode::ERROR_FILE_CORRUPT));
    // Nor does the cluster mount it, whoever asks.
    bench.befalls(Step::OnlineResource(DATABASE.into()));
    bench.passes(5_000);
    assert_ne!(bench.store("SG1/A").0, MountState::Mounted);
    bench.befalls(Step::OfflineResource(DATABASE.into()));
    bench.passes(60_000);
    assert_eq!(bench.run("SG1/A", Tool::RestoreTemporary), (1_000, ToolState::Succeeded));
    bench.asks("NODE1", mount("SG1/A")).expect("it is whole");
}

/// An administrator forgot to make the database depend on its disk. After a crash the disk takes
/// 10 s, the address 1 s and the name 3 s; with an Information Store of 1 s the database is tried at
/// 10 s, before its disk is online, and again.
#[test]
fn a_database_that_does_not_depend_on_its_disk_is_tried_too_early() {
    let cluster = "windows: 2003, exchange: 2007, nodes: [NODE1, NODE2], groups: { EVS1: { \
        owner: NODE2, stores: { SG1/A: 1GB }, resources: { \
        A: { type: IP Address }, \
        N: { type: Network Name, private: { Name: EVS1 }, depends_on: [A] }, \
        D: { type: Physical Disk }, \
        S: { type: Microsoft Exchange System Attendant, private: { NetworkName: EVS1 }, \
             depends_on: [N] }, \
        I: { type: Microsoft Exchange Information Store, depends_on: [N] }, \
        B: { type: Microsoft Exchange Database Instance, private: { DatabaseName: SG1/A }, \
             depends_on: [I] } } } }";
    let scenario = read(cluster, "information_store_online: 0.001s", "{ at: 10m, crash: NODE2 }");
    assert_eq!(scenario.cluster.groups[1].name.as_str(), "EVS1");
    let tale = crate::tale::run_with(
        cluster,
        "information_store_online: 0.001s",
        "{ at: 10m, crash: NODE2 }",
        0,
    );
    // 8.2 s, 1 s, 3 s and 1 ms; then 5 s for the mount; the disk is online at 18.2 s.
    tale.tells_only("B failed", &["10:17.201 B failed on NODE1: 21 ERROR_NOT_READY"]);
    tale.tells(&["10:22.201 B online on NODE1", "10:22.201 SG1/A mounted on NODE1"]);
}

/// Fifty storage groups, and always one server a node. Down in 9.5 s, name and attendant in 16 s.
#[test]
fn a_node_carries_one_server_of_2007_with_fifty_storage_groups() {
    let stores: Vec<String> = (1..=50).map(|at| format!("SG{at}/A: 1MB")).collect();
    let cluster = format!(
        "windows: 2003, exchange: 2007, nodes: [NODE1, NODE2, NODE3], evs: {{ \
         EVS1: {{ owner: NODE1, stores: {{ {} }} }}, EVS2: {{ owner: NODE2 }} }}",
        stores.join(", ")
    );
    let tale = run(&cluster, "{ at: 10m, move: { evs: EVS2, to: NODE1 } }");
    tale.tells(&["10:25.500 Exchange System Attendant Instance - (EVS2) failed on NODE1: \
                  5018 ERROR_RESMON_ONLINE_FAILED"]);
}
