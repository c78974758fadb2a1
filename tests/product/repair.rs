//! What is done about a store that an interrupted defragmentation left, and about one that an
//! online backup holds.

use evsim::model::*;
use evsim::product::memory::{DiskMemory, Lease, Outcome, Phase, StoreTask};
use evsim::product::request::{Request, Script};
use evsim::product::vocabulary::{Skip, Stop};

use crate::desk::{Change, Desk, run, start};
use crate::job::{before, planned, settle_on_its_way};

const JOB: Request =
    Request::RunJob { script: Script::PreventativeMaintenance, stores: Vec::new() };

/// NODE2 went down while it defragmented the store, which left this.
fn left(damaged: bool, temporary: Temporary) -> Desk {
    let mut desk = Desk::with_product("EVS1");
    let lease = Lease {
        node: "NODE2".into(),
        job: 7,
        script: Script::PreventativeMaintenance,
        stores: vec![StoreTask::new("SG1/Mailbox".into(), true)],
        mta: None,
        phase: Phase::Forward { step: 5 },
    };
    desk.journal("EVS1", &DiskMemory { lease: Some(lease), ended: None });
    let store = desk.store("EVS1");
    (store.mount, store.damaged, store.temporary) = (MountState::Dismounted, damaged, temporary);
    desk.cluster.nodes.get_mut(&"NODE2".into()).unwrap().state = NodeState::Down;
    desk
}

fn acts(desk: &Desk) -> Vec<&str> {
    desk.log.iter().map(String::as_str).filter(|act| *act != "write EVS1").collect()
}

#[test]
fn a_partial_temporary_file_is_deleted_and_the_store_mounted() {
    let mut desk = left(false, Temporary::Partial);
    let said = settle_on_its_way(&mut desk);
    assert_eq!(
        acts(&desk),
        ["13: deletion of the temporary file SG1/Mailbox", "mount SG1/Mailbox"]
    );
    assert!(said.last().unwrap().ends_with("what it took is as it was"), "{said:#?}");
}

#[test]
fn a_damaged_store_is_restored_from_its_complete_temporary_file_and_mounted() {
    let mut desk = left(true, Temporary::Complete);
    desk.settle();
    let restored = "12: restoration from the temporary file SG1/Mailbox";
    assert_eq!(acts(&desk), [restored, "mount SG1/Mailbox"]);
    assert_eq!(desk.store("EVS1").mount, MountState::Mounted);
    assert_eq!(desk.wake().plan.holds, []);
}

/// It was told to be online once its mount had been given up.
#[test]
fn a_store_that_could_not_be_put_right_is_not_told_to_be_online() {
    for (damaged, told) in [(false, 1), (true, 0)] {
        let mut desk = left(damaged, Temporary::Absent);
        let mut disk = desk.disk_memory();
        disk.lease.as_mut().unwrap().node = "NODE1".into();
        desk.journal("EVS1", &disk);
        settle_on_its_way(&mut desk);
        let online = desk.log.iter().filter(|act| act.contains("notify Storage Online"));
        assert_eq!(online.count(), told, "{:#?}", desk.log);
    }
}

fn holds(desk: &mut Desk) -> Vec<String> {
    desk.wake().plan.holds.iter().map(ToString::to_string).collect()
}

/// The one hold that names a store, and how the job that left it is told to have ended.
#[test]
fn what_cannot_be_restored_is_reported_with_what_is_left_and_the_way_back() {
    let head = "reports SG1/Mailbox of EVS1: it is damaged and cannot be mounted; ";
    let cases = [
        (Temporary::Partial, "its temporary file is incomplete: restore it from a backup"),
        (Temporary::Absent, "it has no temporary file: restore it from a backup"),
    ];
    for (temporary, way_back) in cases {
        let mut desk = left(true, temporary);
        let said = desk.settle();
        assert_eq!(acts(&desk), [""; 0]);
        assert!(said.last().unwrap().ends_with("not all of its stores could be put back"));
        assert_eq!(holds(&mut desk), [format!("{head}{way_back}")]);
    }
    let mut failing = left(true, Temporary::Complete);
    failing.broken_tool = Some(Tool::RestoreTemporary);
    failing.settle();
    assert_eq!(failing.disk_memory().lease, None, "it is not tried for ever");
    let good = "its complete temporary file is the good copy: check it with eseutil /g, \
        copy it back";
    assert_eq!(holds(&mut failing), [format!("{head}{good}")]);
}

#[test]
fn an_unlicensed_owner_restores_nothing_and_reports_what_is_left() {
    let mut desk = left(true, Temporary::Complete);
    let mut node = desk.node_memory();
    node.license = None;
    desk.remember(&node);
    let holds = holds(&mut desk);
    assert_eq!(holds.len(), 2, "{holds:#?}");
    assert!(holds[0].contains("is damaged and cannot be mounted; its complete temporary"));
    assert_eq!(holds[1], "leaves job 7 of NODE2 on EVS1: this node has no licence");
    assert_eq!(acts(&desk), [""; 0]);
}

/// The desk of [`left`] at the moment before the first repair is decided.
fn before_repair(damaged: bool, temporary: Temporary) -> Desk {
    let mut desk = left(damaged, temporary);
    while !matches!(planned(&desk).unwrap().action.act, Act::StartTool { .. }) {
        desk.wake();
        desk.finish();
    }
    desk
}

#[test]
fn a_repair_under_way_is_waited_for() {
    let mut desk = before_repair(true, Temporary::Complete);
    assert_eq!(holds(&mut desk), [""; 0], "what is in hand is not reported");
    assert_eq!(planned(&desk), None);
}

/// A backup holds the store, or it is on its way between mounted and dismounted.
#[test]
fn a_repair_waits_until_nobody_has_the_store_in_hand() {
    let mut desk = before_repair(true, Temporary::Complete);
    desk.store("EVS1").locked = true;
    assert_eq!(desk.settle(), [""; 0]);
    assert!(holds(&mut desk).contains(&"job 7 waits for the backup of EVS1 to end".to_owned()));
    desk.store("EVS1").locked = false;
    for moving in [MountState::Mounting, MountState::Dismounting] {
        desk.store("EVS1").mount = moving;
        assert_eq!(desk.settle(), [""; 0]);
    }
    desk.store("EVS1").mount = MountState::Dismounted;
    desk.settle();
    assert!(!desk.store("EVS1").damaged);
}

/// Its defragmentation ended with an error while it copied back: another run is no repair.
#[test]
fn a_job_repairs_what_its_own_tool_left() {
    let mut desk = before("6: defragmentation SG1/Mailbox");
    desk.broken_tool = Some(Tool::Defragment);
    desk.wake();
    let store = desk.store("EVS1");
    (store.damaged, store.temporary) = (true, Temporary::Complete);
    desk.finish();
    desk.settle();
    assert_eq!(desk.memory().latest_job(), Some((1, Outcome::Stopped(Stop::ToolFailed))));
    let store = desk.store("EVS1");
    assert_eq!((store.damaged, store.mount), (false, MountState::Mounted));
}

/// A repair needs the owned server, the record, the files as they were seen and nobody else there.
#[test]
fn each_condition_of_a_repair_is_needed() {
    let changes: [(&str, Change); 5] = [
        ("moved", |desk| desk.group("EVS1").owner = "NODE2".into()),
        ("record changed", |desk| desk.journal("EVS1", &DiskMemory::default())),
        ("locked", |desk| desk.store("EVS1").locked = true),
        ("tool at work", |desk| {
            let run = run(Tool::ErrorFix, Ticket { job: 99, act: 1 }, ToolState::Running);
            desk.disk("EVS1").tools.insert("SG1/Mailbox".into(), run);
        }),
        ("files changed", |desk| desk.store("EVS1").damaged ^= true),
    ];
    for (damaged, temporary) in [(true, Temporary::Complete), (false, Temporary::Partial)] {
        let desk = before_repair(damaged, temporary);
        let action = planned(&desk).unwrap().action;
        assert_eq!(start(&mut desk.clone(), &action), Ok(()));
        for (what, change) in changes {
            let mut changed = desk.clone();
            change(&mut changed);
            assert!(start(&mut changed, &action).is_err(), "not refused: {what}");
        }
    }
}

#[test]
fn a_job_is_not_begun_while_a_backup_holds_a_store() {
    let mut desk = Desk::with_product("EVS1");
    desk.store("EVS1").locked = true;
    let said = desk.run_job();
    assert_eq!(said, ["job 1 skipped: BackupRunning, a backup holds SG1/Mailbox"]);
    let skipped = Outcome::Skipped(Skip::BackupRunning);
    assert_eq!(desk.memory().latest_job(), Some((1, skipped)));
}

/// Mounting is refused as long as dismounting is, so that stopping would only wait as well.
#[test]
fn a_job_waits_for_a_backup_that_begins_under_it_and_goes_on() {
    let mut desk = Desk::with_product("EVS1");
    desk.ask(JOB).unwrap();
    let dismounted = |desk: &Desk| desk.log.iter().any(|act| act.starts_with("dismount"));
    while !dismounted(&desk) {
        desk.wake();
        desk.finish();
    }
    desk.store("EVS1").locked = true;
    desk.settle();
    assert_eq!(holds(&mut desk), ["job 1 waits for the backup of EVS1 to end"]);
    desk.ask(Request::Revoke).unwrap();
    desk.settle();
    assert_eq!(desk.store("EVS1").mount, MountState::Dismounted, "the way back waits too");
    desk.store("EVS1").locked = false;
    desk.settle();
    assert_eq!(desk.store("EVS1").mount, MountState::Mounted);
    let stopped = Outcome::Stopped(Stop::LicenceLost);
    assert_eq!(desk.memory().latest_job(), Some((1, stopped)));
}
