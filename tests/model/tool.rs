//! What tools do to the files of a store phase by phase, what an interrupted one leaves, and what
//! a full disk and an online backup do to them.

use evsim::backend::Backend;
use evsim::model::{
    ErrorCode, MountState, Size, Span, StoreView, Temporary, Tool, ToolPhase, ToolState,
};
use evsim::sim::Step;

use crate::work::{Bench, disk, dismount, mount, tool};

/// SG1/A of 2 GB, half of it in use, with SG1/B and SG2/C on a disk of 8 GB.
const ROOMY: &str = "windows: 2003, nodes: [NODE1, NODE2], evs: { EVS1: { owner: NODE1, \
    preferred: [NODE1, NODE2], disk: 8GB, \
    stores: { SG1/A: { size: 2GB, used: 1GB }, SG1/B: 1GB, SG2/C: 1GB } } }";
const GB: u64 = 1 << 30;
/// 2 GB at 7.5 GB/h take 960 s, and 70 % of that is building.
const BUILDING_MS: u64 = 672_000;
const COPYING_MS: u64 = 288_000;

/// A defragmentation of SG1/A that has been at work for so long.
fn defragmenting(ms: u64) -> Bench {
    let bench = Bench::of(ROOMY, "", 0);
    bench.asks("NODE1", dismount("SG1/A")).expect("it is mounted");
    bench.passes(5_000);
    bench.asks("NODE1", tool("SG1/A", Tool::Defragment)).expect("it is dismounted");
    bench.passes(ms);
    bench
}

fn files(bench: &Bench) -> (bool, Temporary) {
    let StoreView { damaged, temporary, .. } = bench.disk().stores[&"SG1/A".into()].clone();
    (damaged, temporary)
}

fn phase(bench: &Bench) -> ToolPhase {
    bench.disk().tools[&"SG1/A".into()].phase
}

/// 8 GB less the stores' 4 GB; half of the file of 1 GB is there after half of the building.
#[test]
fn a_defragmentation_builds_copies_back_and_deletes() {
    let free = |bench: &Bench| bench.disk().free;
    let bench = defragmenting(BUILDING_MS / 2);
    assert_eq!(phase(&bench), ToolPhase::Working);
    assert_eq!(files(&bench), (false, Temporary::Partial));
    assert_eq!(free(&bench), Size::from_bytes(4 * GB - GB / 2));
    bench.passes(BUILDING_MS / 2 - 1);
    assert_eq!(phase(&bench), ToolPhase::Working);
    bench.passes(1);
    assert_eq!(phase(&bench), ToolPhase::CopyingBack);
    assert_eq!(files(&bench), (true, Temporary::Complete));
    assert_eq!(free(&bench), Size::from_bytes(3 * GB));
    bench.passes(COPYING_MS - 1);
    assert_eq!(phase(&bench), ToolPhase::CopyingBack);
    bench.passes(1);
    assert_eq!(phase(&bench), ToolPhase::Deleting);
    assert_eq!(files(&bench), (false, Temporary::Complete));
    bench.passes(1_000);
    assert_eq!(bench.disk().tools[&"SG1/A".into()].state, ToolState::Succeeded);
    assert_eq!(files(&bench), (false, Temporary::Absent));
    assert_eq!(free(&bench), Size::from_bytes(5 * GB), "the store has 1 GB now");
}

/// In each phase, the disk is taken away by a move, and by a crash: on the next owner a store that
/// is not damaged mounts, a damaged one does not, and the temporary file lies there.
#[test]
fn an_interrupted_defragmentation_leaves_what_its_phase_says() {
    let cases = [
        (BUILDING_MS / 2, false, Temporary::Partial),
        (BUILDING_MS + COPYING_MS / 2, true, Temporary::Complete),
        (BUILDING_MS + COPYING_MS + 500, false, Temporary::Complete),
    ];
    let crash = Step::Crash("NODE1".into());
    let away = Step::Move { group: "EVS1".into(), to: Some("NODE2".into()) };
    for (ms, damaged, temporary) in cases {
        // The Information Store takes 7.5 s, the System Attendant 6 s and the disk 1 s to go offline;
        // the crash takes the disk at once.
        for (step, wave) in [(&crash, 0), (&away, 14_500)] {
            let bench = defragmenting(ms - wave);
            bench.befalls(step.clone());
            bench.passes(180_000);
            let view = bench.node("NODE2").storage(&disk()).expect("NODE2 owns the disk now");
            let store = view.disk.expect("a group's disk").stores[&"SG1/A".into()].clone();
            assert_eq!((store.damaged, store.temporary), (damaged, temporary), "{step} at {ms}");
            let mounted = store.mount == MountState::Mounted;
            assert_eq!(mounted, !damaged, "{step} at {ms}");
        }
    }
}

/// 1392, and the header of such a store says so; the same for what the Information Store skips.
#[test]
fn a_damaged_store_is_not_mounted() {
    let mut bench = defragmenting(BUILDING_MS + 1);
    bench.befalls(Step::FailTool { group: "EVS1".into(), store: "SG1/A".into() });
    assert_eq!(files(&bench), (true, Temporary::Complete));
    assert_eq!(bench.asks("NODE1", mount("SG1/A")), Err(ErrorCode::ERROR_FILE_CORRUPT));
    let again = bench.asks("NODE1", tool("SG1/A", Tool::Defragment));
    assert_eq!(again, Err(ErrorCode::ERROR_FILE_CORRUPT));
    assert_eq!(bench.run("SG1/A", Tool::ConsistencyCheck), (2_000, ToolState::Failed));
}

/// Copying back takes as long as it did for the defragmentation, 288 s, and deleting 1 s.
#[test]
fn a_complete_temporary_file_restores_the_store() {
    let mut bench = defragmenting(BUILDING_MS + 1);
    bench.befalls(Step::FailTool { group: "EVS1".into(), store: "SG1/A".into() });
    let early = bench.asks("NODE1", tool("SG1/B", Tool::RestoreTemporary));
    assert_eq!(early, Err(ErrorCode::ERROR_INVALID_STATE), "it is mounted");
    assert_eq!(
        bench.run("SG1/A", Tool::RestoreTemporary),
        (COPYING_MS + 1_000, ToolState::Succeeded)
    );
    assert_eq!(files(&bench), (false, Temporary::Absent));
    assert_eq!(bench.disk().stores[&"SG1/A".into()].size, Size::from_bytes(GB));
    bench.asks("NODE1", mount("SG1/A")).expect("it is whole");
    let nothing = bench.asks("NODE1", tool("SG1/B", Tool::DeleteTemporary));
    assert_eq!(nothing, Err(ErrorCode::ERROR_FILE_NOT_FOUND));
}

/// What was built by then takes room until it is deleted, for which the store may be mounted.
#[test]
fn a_partial_temporary_file_is_only_good_for_deletion() {
    let mut bench = defragmenting(BUILDING_MS / 2);
    bench.befalls(Step::FailTool { group: "EVS1".into(), store: "SG1/A".into() });
    assert_eq!(bench.disk().free, Size::from_bytes(4 * GB - GB / 2));
    let restore = bench.asks("NODE1", tool("SG1/A", Tool::RestoreTemporary));
    assert_eq!(restore, Err(ErrorCode::ERROR_INVALID_STATE), "the store is whole");
    bench.asks("NODE1", mount("SG1/A")).expect("it is whole");
    bench.passes(5_000);
    assert_eq!(bench.run("SG1/A", Tool::DeleteTemporary), (1_000, ToolState::Succeeded));
    assert_eq!(bench.disk().free, Size::from_bytes(4 * GB));
}

/// A quarter of the file is there when all but 256 MB are taken: it fails at half of it.
#[test]
fn a_defragmentation_fails_when_the_disk_is_full() {
    let bench = defragmenting(BUILDING_MS / 4);
    bench.befalls(Step::FillDisk { group: "EVS1".into(), to: Size::from_bytes(GB / 4) });
    assert_eq!(bench.disk().free, Size::from_bytes(GB / 4));
    let state = |bench: &Bench| bench.disk().tools[&"SG1/A".into()].state;
    bench.passes(BUILDING_MS / 4 - 1);
    assert_eq!(state(&bench), ToolState::Running);
    bench.passes(1);
    assert_eq!(state(&bench), ToolState::Failed);
    assert_eq!(files(&bench), (false, Temporary::Partial));
    // Room that is given back in time saves it.
    let bench = defragmenting(BUILDING_MS / 4);
    for to in [GB / 4, 4 * GB] {
        bench.befalls(Step::FillDisk { group: "EVS1".into(), to: Size::from_bytes(to) });
    }
    bench.passes(BUILDING_MS + COPYING_MS);
    assert_eq!(state(&bench), ToolState::Succeeded);
}

/// 170 for every store of the storage group, until the backup ends or its Information Store does.
#[test]
fn an_online_backup_locks_its_storage_group() {
    let back_up =
        || Step::BackUp { group: "EVS1".into(), store: "SG1/A".into(), span: Span::from_secs(60) };
    let bench = Bench::of(ROOMY, "", 0);
    let ask = |act| bench.asks("NODE1", act);
    bench.befalls(back_up());
    let locked = |name: &str| bench.disk().stores[&name.into()].locked;
    assert!(locked("SG1/A") && locked("SG1/B") && !locked("SG2/C"));
    assert_eq!(ask(dismount("SG1/B")), Err(ErrorCode::ERROR_BUSY));
    ask(dismount("SG2/C")).expect("another storage group");
    bench.passes(59_999);
    assert!(locked("SG1/B"));
    bench.passes(1);
    ask(dismount("SG1/B")).expect("the backup is over");
    bench.passes(5_000);
    bench.befalls(back_up());
    assert_eq!(ask(mount("SG1/B")), Err(ErrorCode::ERROR_BUSY));
    assert_eq!(ask(tool("SG1/B", Tool::ErrorFix)), Err(ErrorCode::ERROR_BUSY));
    let store = "Exchange Information Store Instance - (EVS1)";
    bench.befalls(Step::OfflineResource(store.into()));
    bench.passes(7_500);
    assert!(!locked("SG1/B"));
}

/// By hand, with the cluster's answer in the trace.
#[test]
fn an_administrator_mounts_and_dismounts_by_hand() {
    let bench = Bench::of(ROOMY, "", 0);
    let by_hand = |mount| {
        bench.befalls(Step::MountStore { group: "EVS1".into(), store: "SG1/A".into(), mount });
        bench.passes(5_000);
        bench.store("SG1/A").0
    };
    assert_eq!(by_hand(false), MountState::Dismounted);
    assert_eq!(by_hand(true), MountState::Mounted);
}
