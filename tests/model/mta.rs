//! The Message Transfer Agent's database and its tool, passes of an error fix, and temporary files on
//! a node's own disk.

use evsim::backend::Backend;
use evsim::model::{Act, ErrorCode, MountState, Span, Temporary, Ticket, Tool, ToolState};
use evsim::sim::Step;

use crate::work::{Bench, disk, dismount, mount, tool};

const MTA: &str = "Exchange Message Transfer Agent Instance - (EVS1)";
const PAIR: &str = "windows: 2003, nodes: [NODE1, NODE2], evs: { \
    EVS1: { owner: NODE1, stores: { SG1/A: 2GB } }, EVS2: { owner: NODE2 } }";

fn check(group: &str) -> Act {
    Act::CheckMta { group: group.into(), ticket: Ticket { job: 1, act: 1 } }
}

fn offline(group: &str, online: bool) -> Act {
    let (group, resource) = (group.into(), MTA.into());
    match online {
        true => Act::Online { group, resource },
        false => Act::Offline { group, resource },
    }
}

fn state(bench: &Bench) -> Option<ToolState> {
    bench.disk().mta.expect("EVS1 has it").tool.map(|run| run.state)
}

/// 2.5 s to go offline, then five minutes. Meanwhile the agent cannot start: 170.
#[test]
fn the_mta_is_offline_while_its_database_is_checked() {
    let bench = Bench::of(PAIR, "", 0);
    assert_eq!(bench.asks("NODE1", check("EVS1")), Err(ErrorCode::ERROR_RESOURCE_ONLINE));
    bench.asks("NODE1", offline("EVS1", false)).expect("it is online");
    bench.passes(2_500);
    assert_eq!(bench.asks("NODE2", check("EVS2")), Err(ErrorCode::ERROR_RESOURCE_NOT_FOUND));
    let elsewhere = bench.asks("NODE2", check("EVS1"));
    assert_eq!(elsewhere, Err(ErrorCode::ERROR_HOST_NODE_NOT_GROUP_OWNER));
    bench.asks("NODE1", check("EVS1")).expect("it is offline");
    assert_eq!(bench.asks("NODE1", check("EVS1")), Err(ErrorCode::ERROR_INVALID_STATE));
    bench.passes(299_999);
    assert_eq!(state(&bench), Some(ToolState::Running));
    bench.passes(1);
    assert_eq!(state(&bench), Some(ToolState::Succeeded));
    bench.asks("NODE1", offline("EVS1", true)).expect("it is offline");
    assert_eq!(bench.store("SG1/A").0, MountState::Mounted, "the store serves all the while");
}

#[test]
fn an_mta_that_starts_under_its_tool_fails() {
    let bench = Bench::of(PAIR, "", 0);
    bench.asks("NODE1", offline("EVS1", false)).expect("it is online");
    bench.passes(2_500);
    bench.asks("NODE1", check("EVS1")).expect("it is offline");
    bench.asks("NODE1", offline("EVS1", true)).expect("nothing is asked of the tool");
    bench.passes(5_000);
    let resource = bench.node("NODE1").resource(&MTA.into()).expect("it is there");
    assert_eq!(resource.state.word(), "online pending", "it failed, and is tried again");
}

/// With its disk, its node, or by a fault.
#[test]
fn a_check_of_the_mta_ends_with_what_it_needs() {
    let begun = || {
        let bench = Bench::of(PAIR, "", 0);
        bench.asks("NODE1", offline("EVS1", false)).expect("it is online");
        bench.passes(2_500);
        bench.asks("NODE1", check("EVS1")).expect("it is offline");
        bench
    };
    let bench = begun();
    bench.befalls(Step::FailMtaTool("EVS1".into()));
    assert_eq!(state(&bench), Some(ToolState::Failed));
    bench.befalls(Step::FailMtaTool("EVS1".into()));
    let bench = begun();
    bench.befalls(Step::OfflineGroup("EVS1".into()));
    bench.passes(60_000);
    bench.befalls(Step::OnlineGroup("EVS1".into()));
    bench.passes(60_000);
    assert_eq!(state(&bench), Some(ToolState::Failed));
    let bench = begun();
    bench.befalls(Step::Crash("NODE1".into()));
    bench.passes(120_000);
    let storage = bench.node("NODE2").storage(&disk()).expect("NODE2 owns the disk now");
    let mta = storage.disk.and_then(|disk| disk.mta.clone()).expect("the MTA went with its group");
    assert_eq!(mta.tool, None, "nobody there knows of it");
}

/// A resource is asked for by the group that it is in.
#[test]
fn a_resource_of_another_group_is_not_found() {
    let bench = Bench::of(PAIR, "", 0);
    assert_eq!(
        bench.asks("NODE1", offline("EVS2", false)),
        Err(ErrorCode::ERROR_RESOURCE_NOT_FOUND)
    );
}

/// Five, two and then none; a report puts none right, and a pass that is cut short none either.
#[test]
fn an_error_fix_reports_what_it_put_right() {
    let mut bench = Bench::of(
        "windows: 2003, nodes: [NODE1, NODE2], evs: { EVS1: { owner: NODE1, stores: { \
         SG1/A: { size: 1GB, fixes: [5, 2] } } } }",
        "",
        0,
    );
    bench.asks("NODE1", dismount("SG1/A")).expect("it is mounted");
    bench.passes(5_000);
    let fixes = |bench: &Bench| bench.disk().tools[&"SG1/A".into()].fixes;
    bench.run("SG1/A", Tool::ErrorReport);
    assert_eq!(fixes(&bench), 0);
    bench.asks("NODE1", tool("SG1/A", Tool::ErrorFix)).expect("it is dismounted");
    bench.befalls(Step::FailTool { group: "EVS1".into(), store: "SG1/A".into() });
    assert_eq!(fixes(&bench), 0);
    for expected in [5, 2, 0] {
        bench.run("SG1/A", Tool::ErrorFix);
        assert_eq!(fixes(&bench), expected);
    }
}

/// The temporary file is on NODE1's own disk: it takes no room on the group's, NODE2 does not see
/// it, and on NODE1 it is the good copy.
#[test]
fn a_temporary_file_on_a_nodes_own_disk_stays_there() {
    let mut bench = Bench::of(
        "windows: 2003, nodes: [NODE1, NODE2], evs: { EVS1: { owner: NODE1, temp: local, \
         disk: 3GB, stores: { SG1/A: 2GB } } }",
        "",
        0,
    );
    assert!(!bench.disk().temporary_on_group_disk);
    bench.asks("NODE1", dismount("SG1/A")).expect("it is mounted");
    bench.passes(5_000);
    bench.asks("NODE1", tool("SG1/A", Tool::Defragment)).expect("it is dismounted");
    // 672 s to build, and a while of the 288 s to copy back.
    bench.passes(700_000);
    assert_eq!(bench.disk().stores[&"SG1/A".into()].temporary, Temporary::Complete);
    assert_eq!(bench.disk().free.to_string(), "1GB");
    bench.befalls(Step::Crash("NODE1".into()));
    bench.passes(120_000);
    let there = bench.node("NODE2").storage(&disk()).expect("NODE2 owns the disk now");
    let store = there.disk.expect("a group has a disk").stores[&"SG1/A".into()].clone();
    assert_eq!((store.damaged, store.temporary), (true, Temporary::Absent));
    let restore = bench.asks("NODE2", tool("SG1/A", Tool::RestoreTemporary));
    assert_eq!(restore, Err(ErrorCode::ERROR_FILE_NOT_FOUND));
    bench.befalls(Step::Boot("NODE1".into()));
    bench.passes(120_000);
    bench.befalls(Step::Move { group: "EVS1".into(), to: Some("NODE1".into()) });
    bench.passes(120_000);
    assert_eq!(bench.disk().stores[&"SG1/A".into()].temporary, Temporary::Complete);
    let (ms, state) = bench.run("SG1/A", Tool::RestoreTemporary);
    assert_eq!((Span::from_ms(ms), state), (Span::from_secs(289), ToolState::Succeeded));
    bench.asks("NODE1", mount("SG1/A")).expect("it is whole");
}
