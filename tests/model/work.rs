//! What a node can be asked to do with stores, tools and records, and what it answers.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use evsim::backend::{ActError, Backend};
use evsim::model::{
    Act, Action, Consistency, DiskView, ErrorCode, MountState, NodeName, Place, Revision, Size,
    Span, StorageView, Ticket, Time, Tool, ToolState,
};
use evsim::sim::{Cluster, SharedCluster, SimBackend, Step};

use crate::tale::read;

/// EVS1 on NODE1 with one store of 2 GB, half of it in use, on a disk of 3.5 GB, and one of 1 GB.
const CLUSTER: &str = "windows: 2003, nodes: [NODE1, NODE2], evs: { EVS1: { owner: NODE1, \
    disk: 3584MB, stores: { SG1/A: { size: 2GB, used: 1GB }, SG1/B: 1GB } } }";
const STORE: &str = "Exchange Information Store Instance - (EVS1)";

/// A cluster at one minute, and what its nodes are asked.
pub(crate) struct Bench {
    cluster: SharedCluster,
    acts: u32,
}

impl Bench {
    pub(crate) fn new(switches: &str, seed: u64) -> Self {
        Self::of(CLUSTER, switches, seed)
    }

    pub(crate) fn of(cluster: &str, switches: &str, seed: u64) -> Self {
        let mut cluster = Cluster::new(&read(cluster, switches, "").cluster, seed);
        cluster.advance(Time::START + Span::from_secs(60));
        Self { cluster: Rc::new(RefCell::new(cluster)), acts: 0 }
    }

    pub(crate) fn node(&self, name: &str) -> SimBackend {
        SimBackend::new(&self.cluster, &NodeName::from(name)).expect("the cluster has this node")
    }

    pub(crate) fn asks(&self, node: &str, act: Act) -> Result<(), ErrorCode> {
        match self.node(node).start(&Action { act, requires: Vec::new() }) {
            Ok(()) => Ok(()),
            Err(ActError::Failed(code)) => Err(code),
            Err(unmet) => panic!("an act without conditions has {unmet:?}"),
        }
    }

    fn storage(&self, place: &Place) -> StorageView {
        self.node("NODE1").storage(place).expect("NODE1 can see its disks")
    }

    pub(crate) fn disk(&self) -> DiskView {
        let disk = self.storage(&disk()).disk;
        Arc::unwrap_or_clone(disk.expect("a group's place has a disk"))
    }

    pub(crate) fn store(&self, name: &str) -> (MountState, Consistency, Size) {
        let store = &self.disk().stores[&name.into()];
        (store.mount, store.consistency, store.size)
    }

    pub(crate) fn passes(&self, ms: u64) {
        let mut cluster = self.cluster.borrow_mut();
        let to = cluster.now() + Span::from_ms(ms);
        cluster.advance(to);
    }

    pub(crate) fn befalls(&self, step: Step) {
        self.cluster.borrow_mut().apply(&step);
    }

    /// How long the store is busy with what it was asked just now.
    pub(crate) fn until_mount(&self, store: &str, mount: MountState) -> u64 {
        self.until(|bench| bench.store(store).0 == mount)
    }

    pub(crate) fn run(&mut self, store: &str, tool: Tool) -> (u64, ToolState) {
        self.acts += 1;
        let ticket = Ticket { job: 1, act: self.acts };
        let act = Act::StartTool { group: "EVS1".into(), store: store.into(), tool, ticket };
        self.asks("NODE1", act).unwrap_or_else(|code| panic!("{tool} is refused: {code}"));
        let state = |bench: &Bench| bench.disk().tools[&store.into()].state;
        let ms = self.until(|bench| state(bench) != ToolState::Running);
        (ms, state(self))
    }

    pub(crate) fn until_mta_is_checked(&self) -> u64 {
        let run = |bench: &Bench| bench.disk().mta.and_then(|mta| mta.tool);
        self.until(|bench| run(bench).is_some_and(|run| run.state != ToolState::Running))
    }

    pub(crate) fn until_written(&self) -> u64 {
        self.until(|bench| !bench.storage(&Place::Node).writing)
    }

    fn until(&self, done: impl Fn(&Bench) -> bool) -> u64 {
        let begin = self.cluster.borrow().now();
        while !done(self) {
            let next = self.cluster.borrow().next().expect("what was asked for is under way");
            self.cluster.borrow_mut().advance(next);
        }
        self.cluster.borrow().now().since(begin).ms()
    }
}

pub(crate) fn disk() -> Place {
    Place::Disk("EVS1".into())
}

pub(crate) fn dismount(store: &str) -> Act {
    Act::Dismount { group: "EVS1".into(), store: store.into() }
}

pub(crate) fn mount(store: &str) -> Act {
    Act::Mount { group: "EVS1".into(), store: store.into() }
}

pub(crate) fn tool(store: &str, tool: Tool) -> Act {
    let ticket = Ticket { job: 9, act: 9 };
    Act::StartTool { group: "EVS1".into(), store: store.into(), tool, ticket }
}

pub(crate) fn write(place: Place, replaces: Option<u64>, text: &str) -> Act {
    Act::Write { place, replaces: replaces.map(Revision), text: text.into() }
}

/// 5 s down, clean; 5 s up, and dirty from then on. The Information Store stays online.
#[test]
fn dismounting_frees_a_store_and_leaves_the_resource_online() {
    let bench = Bench::new("", 0);
    assert_eq!(bench.store("SG1/A").1, Consistency::Inconsistent, "it is in use");
    bench.asks("NODE1", dismount("SG1/A")).expect("it is mounted");
    assert_eq!(bench.store("SG1/A").0, MountState::Dismounting);
    assert_eq!(bench.until_mount("SG1/A", MountState::Dismounted), 5_000);
    assert_eq!(bench.store("SG1/A").1, Consistency::Consistent);
    assert_eq!(bench.store("SG1/B").0, MountState::Mounted, "its neighbour serves on");
    let view = bench.cluster.borrow().view().expect("members are up");
    assert_eq!(view.groups[&"EVS1".into()].state.word(), "online");
    bench.asks("NODE1", mount("SG1/A")).expect("it is dismounted");
    assert_eq!(bench.until_mount("SG1/A", MountState::Mounted), 5_000);
}

/// 2 GB at 4.5 GB/h: 26:40. 2 GB at 7.5 GB/h: 16:00, of which 70 %, 672 s, build a file of 1 GB; for
/// half of that there is room.
#[test]
fn tools_run_at_the_middle_of_the_published_speeds() {
    let mut bench = Bench::new("", 0);
    bench.asks("NODE1", dismount("SG1/A")).expect("it is mounted");
    bench.passes(5_000);
    assert_eq!(bench.run("SG1/A", Tool::ConsistencyCheck), (2_000, ToolState::Succeeded));
    assert_eq!(bench.run("SG1/A", Tool::ErrorFix), (1_600_000, ToolState::Succeeded));
    assert_eq!(bench.disk().free, Size::from_bytes(512 << 20), "3.5 GB less 3 GB");
    assert_eq!(bench.run("SG1/A", Tool::Defragment), (336_000, ToolState::Failed));
    assert_eq!(bench.disk().free, Size::default(), "what was built lies there");
}

#[test]
fn a_defragmentation_makes_a_store_as_small_as_what_is_in_use() {
    let roomy = CLUSTER.replace("3584MB", "6GB");
    let cluster = Cluster::new(&read(&roomy, "", "").cluster, 0);
    let mut bench = Bench { cluster: Rc::new(RefCell::new(cluster)), acts: 0 };
    bench.asks("NODE1", dismount("SG1/A")).expect("it is mounted");
    bench.passes(5_000);
    assert_eq!(bench.run("SG1/A", Tool::Defragment), (961_000, ToolState::Succeeded));
    assert_eq!(bench.store("SG1/A").2.to_string(), "1GB");
    assert_eq!(bench.run("SG1/A", Tool::ErrorFix), (800_000, ToolState::Succeeded));
}

/// Each act has its condition, and the code says which one was missing.
#[test]
fn acts_that_cannot_be_are_refused() {
    let bench = Bench::new("", 0);
    let check = |act: Act| bench.asks("NODE1", act);
    assert_eq!(check(mount("SG1/A")), Err(ErrorCode::ERROR_INVALID_STATE));
    assert_eq!(check(tool("SG1/A", Tool::ErrorFix)), Err(ErrorCode::ERROR_INVALID_STATE));
    assert_eq!(check(dismount("SG1/X")), Err(ErrorCode::ERROR_FILE_NOT_FOUND));
    let there = bench.asks("NODE2", dismount("SG1/A"));
    assert_eq!(there, Err(ErrorCode::ERROR_HOST_NODE_NOT_GROUP_OWNER));
    check(dismount("SG1/A")).expect("it is mounted");
    bench.passes(5_000);
    check(tool("SG1/A", Tool::ErrorFix)).expect("it is dismounted");
    assert_eq!(check(mount("SG1/A")), Err(ErrorCode::ERROR_INVALID_STATE), "its files are held");
    bench.befalls(Step::OfflineResource(STORE.into()));
    bench.passes(60_000);
    assert_eq!(check(dismount("SG1/B")), Err(ErrorCode::ERROR_RESOURCE_NOT_ONLINE));
    let fix = tool("SG1/B", Tool::ErrorFix);
    assert_eq!(check(fix), Err(ErrorCode::ERROR_RESOURCE_NOT_ONLINE), "isinteg asks the store");
    check(tool("SG1/B", Tool::ConsistencyCheck)).expect("eseutil needs the files alone");
    bench.befalls(Step::OfflineGroup("EVS1".into()));
    bench.passes(60_000);
    assert_eq!(check(dismount("SG1/B")), Err(ErrorCode::ERROR_NOT_READY), "the disk is offline");
    bench.befalls(Step::Crash("NODE2".into()));
    let off = bench.asks("NODE2", dismount("SG1/A"));
    assert_eq!(off, Err(ErrorCode::RPC_S_SERVER_UNAVAILABLE));
}

/// The Information Store restarts under a tool: the other store mounts, this one's files are held.
#[test]
fn a_store_under_a_tool_stays_dismounted_when_the_information_store_starts() {
    let bench = Bench::new("consistency_check: 10m", 0);
    bench.asks("NODE1", dismount("SG1/A")).expect("it is mounted");
    bench.passes(5_000);
    bench.asks("NODE1", tool("SG1/A", Tool::ConsistencyCheck)).expect("it is dismounted");
    bench.befalls(Step::FailResource(STORE.into()));
    bench.passes(60_000);
    assert_eq!(bench.store("SG1/A").0, MountState::Dismounted);
    assert_eq!(bench.store("SG1/B").0, MountState::Mounted);
    assert_eq!(bench.disk().tools[&"SG1/A".into()].state, ToolState::Running);
}

/// isinteg works through the Information Store: without it, it ends with an error.
#[test]
fn an_error_fix_fails_with_its_information_store() {
    let bench = Bench::new("", 0);
    bench.asks("NODE1", dismount("SG1/A")).expect("it is mounted");
    bench.passes(5_000);
    bench.asks("NODE1", tool("SG1/A", Tool::ErrorFix)).expect("it is dismounted");
    bench.befalls(Step::OfflineResource(STORE.into()));
    bench.passes(7_499);
    assert_eq!(bench.disk().tools[&"SG1/A".into()].state, ToolState::Running);
    bench.passes(1);
    assert_eq!(bench.disk().tools[&"SG1/A".into()].state, ToolState::Failed);
}

/// A tool dies with its node: nothing is known of it on the next owner, where the store is mounted.
#[test]
fn a_tool_dies_with_its_node() {
    let bench = Bench::new("", 0);
    bench.asks("NODE1", dismount("SG1/A")).expect("it is mounted");
    bench.passes(5_000);
    bench.asks("NODE1", tool("SG1/A", Tool::ErrorFix)).expect("it is dismounted");
    bench.befalls(Step::Crash("NODE1".into()));
    bench.passes(120_000);
    let storage = bench.node("NODE2").storage(&disk()).expect("NODE2 owns the disk now");
    let disk = storage.disk.expect("a group's place has a disk");
    assert!(disk.tools.is_empty());
    assert_eq!(disk.stores[&"SG1/A".into()].mount, MountState::Mounted);
}

/// The disk is taken from under a tool, which needs nothing else, by a request: the run fails.
#[test]
fn a_tool_fails_when_its_disk_goes() {
    let bench = Bench::new("", 0);
    bench.asks("NODE1", dismount("SG1/A")).expect("it is mounted");
    bench.passes(5_000);
    bench.asks("NODE1", tool("SG1/A", Tool::Defragment)).expect("it is dismounted");
    bench.befalls(Step::OfflineGroup("EVS1".into()));
    bench.passes(60_000);
    bench.befalls(Step::OnlineGroup("EVS1".into()));
    bench.passes(60_000);
    assert_eq!(bench.disk().tools[&"SG1/A".into()].state, ToolState::Failed);
}

/// The header of a store that was not shut down cleanly says so: its Information Store died, and
/// the store is looked at while that is offline.
#[test]
fn a_consistency_check_fails_on_a_dirty_store() {
    let mut bench = Bench::new("", 0);
    bench.befalls(Step::FailResource("EVS1 Disk".into()));
    bench.passes(6_000);
    bench.befalls(Step::OfflineResource("Exchange System Attendant Instance - (EVS1)".into()));
    bench.passes(60_000);
    assert_eq!(bench.run("SG1/A", Tool::ConsistencyCheck), (2_000, ToolState::Failed));
}

/// A record is replaced by who has read it, one write at a time, and is there 10 ms later.
#[test]
fn a_record_is_written_by_who_has_read_it() {
    let bench = Bench::new("", 0);
    let ask = |act: Act| bench.asks("NODE1", act);
    ask(write(Place::Node, None, "one")).expect("there is none yet");
    assert_eq!(ask(write(Place::Node, None, "two")), Err(ErrorCode::ERROR_BUSY));
    ask(write(disk(), None, "here")).expect("another disk, another record");
    assert_eq!(bench.storage(&Place::Node).record, None, "not acknowledged yet");
    assert_eq!(bench.until_written(), 10);
    let record = bench.storage(&Place::Node).record.expect("it is written");
    assert_eq!((record.revision, &*record.text), (Revision(1), "one"));
    let stale = ask(write(Place::Node, None, "two"));
    assert_eq!(stale, Err(ErrorCode::ERROR_REVISION_MISMATCH));
    ask(write(Place::Node, Some(1), "two")).expect("it has been read");
}

/// The record on the server's disk survives its node; the one under way is the old or the new one.
#[test]
fn a_crash_during_a_write_leaves_the_old_record_or_the_new_one() {
    let mut found = Vec::new();
    for seed in 0..16 {
        let bench = Bench::new("", seed);
        bench.asks("NODE1", write(disk(), None, "old")).expect("there is none yet");
        bench.passes(10);
        bench.asks("NODE1", write(disk(), Some(1), "new")).expect("it has been read");
        bench.passes(9);
        bench.befalls(Step::Crash("NODE1".into()));
        bench.passes(120_000);
        let storage = bench.node("NODE2").storage(&disk()).expect("NODE2 owns the disk now");
        assert!(!storage.writing);
        found.push(storage.record.expect("the first write was acknowledged").text);
    }
    found.sort();
    found.dedup();
    assert_eq!(found, ["new".into(), "old".into()]);
}

/// The same test of conditions stands before every act: here that the store is dismounted.
#[test]
fn a_condition_that_does_not_hold_refuses_the_act() {
    let bench = Bench::new("", 0);
    let (group, store) = ("EVS1".into(), "SG1/A".into());
    let dismounted =
        evsim::model::Condition::StoreIs { group, store, mount: MountState::Dismounted };
    let action = Action { act: dismount("SG1/A"), requires: vec![dismounted.clone()] };
    let refused = bench.node("NODE1").start(&action);
    assert_eq!(refused, Err(evsim::backend::ActError::Unmet(dismounted)));
    assert_eq!(bench.store("SG1/A").0, MountState::Mounted);
}

/// SG1/Old is mounted by hand and dirty after the crash, but nobody asks the Information Store for
/// it on NODE1: its hour of logs is replayed when it is mounted by hand again.
#[test]
fn logs_of_a_store_are_replayed_when_it_is_mounted() {
    let text = "windows: 2003, nodes: [NODE1, NODE2], evs: { EVS1: { owner: NODE2, stores: { \
        SG1/Old: { size: 1GB, mounted: false, log_replay: 1h } } } }";
    let cluster = Cluster::new(&read(text, "", "").cluster, 0);
    let bench = Bench { cluster: Rc::new(RefCell::new(cluster)), acts: 0 };
    bench.asks("NODE2", mount("SG1/Old")).expect("it is dismounted");
    bench.passes(60_000);
    bench.befalls(Step::Crash("NODE2".into()));
    // Missed and regrouped within 8.2 s, and served again 37 s later.
    bench.passes(45_200);
    bench.asks("NODE1", mount("SG1/Old")).expect("its Information Store is online");
    assert_eq!(bench.until_mount("SG1/Old", MountState::Mounted), 3_605_000);
}

/// The machine runs on when its cluster service ends: what was begun there is done all the same.
#[test]
fn a_node_writes_on_when_its_cluster_service_is_stopped() {
    let bench = Bench::new("record_write: 30s", 0);
    bench.asks("NODE1", write(Place::Node, None, "one")).expect("there is none yet");
    bench.befalls(Step::StopService("NODE1".into()));
    bench.passes(20_000);
    assert!(bench.node("NODE1").census().is_err(), "EVS1 is on NODE2 after 15.5 s");
    assert_eq!(bench.until_written(), 10_000);
}

#[test]
fn a_run_that_is_ended_fails_a_moment_later_and_leaves_the_store_as_it_was() {
    let bench = Bench::new("", 0);
    bench.asks("NODE1", dismount("SG1/A")).expect("it is mounted");
    bench.until_mount("SG1/A", MountState::Dismounted);
    bench.asks("NODE1", tool("SG1/A", Tool::ErrorFix)).expect("it is dismounted");
    bench.passes(60_000);
    let before = bench.store("SG1/A");
    let end = |act| {
        let ticket = Ticket { job: 9, act };
        Act::StopTool { group: "EVS1".into(), store: "SG1/A".into(), ticket }
    };
    let wrong = bench.asks("NODE1", end(8));
    assert_eq!(wrong, Err(ErrorCode::ERROR_INVALID_STATE), "no such run");
    assert!(bench.asks("NODE2", end(9)).is_err(), "it runs on the owner");
    bench.asks("NODE1", end(9)).expect("it runs");
    let state = || bench.disk().tools[&"SG1/A".into()].state;
    assert_eq!(state(), ToolState::Running);
    bench.passes(1);
    assert_eq!((state(), bench.store("SG1/A")), (ToolState::Failed, before));
    assert_eq!(bench.asks("NODE1", end(9)), Err(ErrorCode::ERROR_INVALID_STATE), "it is over");
    bench.asks("NODE1", mount("SG1/A")).expect("no tool holds it");
}

#[test]
fn an_error_report_takes_as_long_as_a_fix_and_needs_the_same() {
    let mut bench = Bench::new("", 0);
    bench.asks("NODE1", dismount("SG1/A")).expect("it is mounted");
    bench.until_mount("SG1/A", MountState::Dismounted);
    assert_eq!(bench.run("SG1/A", Tool::ErrorReport), (1_600_000, ToolState::Succeeded));
    bench.asks("NODE1", tool("SG1/A", Tool::ErrorReport)).expect("it is dismounted");
    bench.befalls(Step::OfflineResource(STORE.into()));
    bench.passes(60_000);
    assert_eq!(bench.disk().tools[&"SG1/A".into()].state, ToolState::Failed);
    let refused = bench.asks("NODE1", tool("SG1/A", Tool::ErrorReport));
    assert_eq!(refused, Err(ErrorCode::ERROR_RESOURCE_NOT_ONLINE));
}
