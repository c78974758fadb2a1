//! The script that corrects errors of the Message Transfer Agent.

use std::sync::Arc;

use evsim::model::*;
use evsim::product::memory::{DiskMemory, Lease, MtaTask, Outcome, Phase};
use evsim::product::request::{Request, Script};
use evsim::product::vocabulary::{Skip, Stop};

use crate::desk::{Change, Desk, run, start};
use crate::job::outcome;
use crate::said::line;

const JOB: Request = Request::RunJob { script: Script::MtaErrorCorrection, stores: Vec::new() };

/// EVS1 has the cluster's MTA, online.
fn desk() -> Desk {
    let mut desk = Desk::with_product("EVS1");
    let mut agent = desk.resource("EVS1", "IS").clone();
    agent.guid = Guid::derived(&["resource", "MTA (EVS1)"]);
    agent.type_name = Arc::from(resource_type::MESSAGE_TRANSFER_AGENT);
    desk.group("EVS1").resources.insert("MTA (EVS1)".into(), agent);
    desk.disk("EVS1").mta = Some(MtaView::default());
    desk
}

fn acts(desk: &Desk) -> Vec<&str> {
    let acts = desk.log.iter().map(String::as_str);
    acts.filter(|act| !act.contains("write") && !act.contains("notify")).collect()
}

fn state(desk: &mut Desk) -> ResourceState {
    desk.resource("EVS1", "MTA").state
}

/// The desk at the moment before the act that this line names is decided.
fn before(act: &str) -> Desk {
    let mut desk = desk();
    desk.ask(JOB).unwrap();
    loop {
        let planned = desk.clone().wake().plan.actions;
        let next = planned.first().unwrap_or_else(|| panic!("{act} never comes"));
        if line(&next.action.act) == act {
            return desk;
        }
        desk.wake();
        desk.finish();
    }
}

#[test]
fn the_mta_is_taken_offline_checked_and_brought_online() {
    let mut desk = desk();
    desk.ask(JOB).unwrap();
    let said = desk.settle();
    assert_eq!(acts(&desk), ["offline MTA (EVS1)", "3: MTA check", "online MTA (EVS1)"]);
    for told in ["takes the MTA offline", "runs MTA check", "brings the MTA online"] {
        assert!(said.contains(&format!("job 1 {told}")), "{said:#?}");
    }
    assert_eq!(outcome(&desk), Outcome::Completed);
    assert_eq!(desk.store("EVS1").mount, MountState::Mounted);
    assert!(!desk.log.iter().any(|act| act.contains("Storage")), "{:#?}", desk.log);
}

/// One that failed is meant to be online; one that is on its way is waited for.
#[test]
fn an_mta_is_left_as_it_was_meant_to_be() {
    for (before, meant) in [(ResourceState::Offline, false), (ResourceState::Failed, true)] {
        let mut desk = desk();
        desk.resource("EVS1", "MTA").state = before;
        desk.ask(JOB).unwrap();
        desk.settle();
        match meant {
            true => {
                assert_eq!(acts(&desk), ["offline MTA (EVS1)", "3: MTA check", "online MTA (EVS1)"])
            }
            false => assert_eq!(acts(&desk), ["2: MTA check"]),
        }
        let after = if meant { ResourceState::Online } else { ResourceState::Offline };
        assert_eq!((state(&mut desk), outcome(&desk)), (after, Outcome::Completed));
    }
    for pending in [ResourceState::OnlinePending, ResourceState::OfflinePending] {
        let mut desk = desk();
        desk.ask(JOB).unwrap();
        desk.resource("EVS1", "MTA").state = pending;
        desk.settle();
        assert_eq!(acts(&desk), [""; 0], "what it was will show");
        desk.resource("EVS1", "MTA").state = ResourceState::Online;
        desk.settle();
        assert_eq!(outcome(&desk), Outcome::Completed);
    }
}

#[test]
fn there_is_nothing_to_do_where_another_server_has_the_mta_or_there_is_no_such_script() {
    let mut other = Desk::with_product("EVS1");
    other.ask(JOB).unwrap();
    assert_eq!(outcome(&other), Outcome::Skipped(Skip::NoMta));
    let mut later = desk();
    later.disk("EVS1").version = Exchange::E2007;
    later.storage().exchange = Some(Exchange::E2007);
    later.ask(JOB).unwrap();
    assert_eq!(outcome(&later), Outcome::Skipped(Skip::VersionMismatch));
    let others = [
        Script::PreventativeMaintenance,
        Script::StoreErrorCorrection,
        Script::OfflineDiagnosticReport,
    ];
    for version in [Exchange::E2000, Exchange::E2003, Exchange::E2007] {
        assert_eq!(Script::MtaErrorCorrection.is_for(version), version != Exchange::E2007);
        assert!(others.iter().all(|script| script.is_for(version)), "{version}");
    }
}

/// Its stores, their backups and the room on its disk are nothing to it.
#[test]
fn what_concerns_stores_does_not_concern_the_mta() {
    let mut desk = desk();
    desk.store("EVS1").locked = true;
    desk.disk("EVS1").free = Size::default();
    desk.disk("EVS1").temporary_on_group_disk = false;
    desk.ask(JOB).unwrap();
    desk.settle();
    assert_eq!(outcome(&desk), Outcome::Completed);
}

fn at_work(desk: &mut Desk) {
    let run = run(Tool::MtaCheck, Ticket { job: 99, act: 1 }, ToolState::Running);
    desk.disk("EVS1").mta = Some(MtaView { tool: Some(run), ..MtaView::default() });
}

#[test]
fn a_change_between_decision_and_act_refuses_a_step_on_the_mta() {
    let paused: Change = |desk| desk.own_node().state = NodeState::Paused;
    let moved: Change = |desk| desk.group("EVS1").owner = "NODE2".into();
    let online: Change = |desk| desk.resource("EVS1", "MTA").state = ResourceState::Online;
    let pending: Change = |desk| desk.resource("EVS1", "MTA").state = ResourceState::OfflinePending;
    let down: Change = |desk| desk.put("EVS1", "SA", ResourceState::Offline);
    let cases: [(&str, &[Change]); 3] = [
        ("offline MTA (EVS1)", &[paused, moved, pending, down]),
        ("3: MTA check", &[paused, moved, online, down, at_work]),
        ("online MTA (EVS1)", &[moved, online, down, at_work]),
    ];
    for (act, changes) in cases {
        let desk = before(act);
        let action = desk.clone().wake().plan.actions.remove(0).action;
        assert_eq!(start(&mut desk.clone(), &action), Ok(()));
        for (number, change) in changes.iter().enumerate() {
            let mut changed = desk.clone();
            change(&mut changed);
            assert!(start(&mut changed, &action).is_err(), "{act} is not refused: {number}");
        }
    }
}

/// What is deleted is not worked on, and there is nothing to give back.
#[test]
fn a_job_whose_mta_is_deleted_comes_to_its_end() {
    let gone = Outcome::Stopped(Stop::EvsNotOperational);
    for (act, expected) in [
        ("offline MTA (EVS1)", gone),
        ("3: MTA check", gone),
        ("online MTA (EVS1)", Outcome::Completed),
    ] {
        let mut desk = before(act);
        desk.group("EVS1").resources.remove(&"MTA (EVS1)".into());
        desk.settle();
        assert_eq!(outcome(&desk), expected, "{act}");
        assert_eq!(desk.disk_memory().lease, None, "{act}");
    }
}

/// Somebody brought it online and takes it offline again, or runs its tool himself.
#[test]
fn an_mta_that_others_have_in_hand_is_waited_for() {
    let pending: Change = |desk| desk.resource("EVS1", "MTA").state = ResourceState::OfflinePending;
    for change in [pending, at_work] {
        let mut desk = before("3: MTA check");
        change(&mut desk);
        assert_eq!(desk.settle(), [""; 0]);
        desk.resource("EVS1", "MTA").state = ResourceState::Offline;
        desk.disk("EVS1").mta = Some(MtaView::default());
        desk.settle();
        assert_eq!(outcome(&desk), Outcome::Completed);
    }
}

/// What the lease says of the MTA is what the job gives back.
#[test]
fn a_lease_is_not_written_when_the_mta_changed_in_between() {
    let mut desk = before("write EVS1");
    let action = desk.clone().wake().plan.actions.remove(0).action;
    desk.resource("EVS1", "MTA").state = ResourceState::Offline;
    assert!(start(&mut desk, &action).is_err());
}

/// Nobody can end its tool: a job that is cancelled waits for it.
#[test]
fn a_job_that_is_ended_waits_for_the_tool_and_brings_the_mta_online() {
    let mut desk = before("3: MTA check");
    desk.wake();
    desk.ask_while_under_way(Request::Cancel { job: None });
    for _ in 0..5 {
        desk.wake();
        desk.finish_writes();
    }
    assert_eq!(acts(&desk).len(), 2, "the tool is at work: {:#?}", desk.log);
    assert_eq!(desk.clone().wake().plan.actions, [], "nor is it tried");
    desk.finish();
    desk.settle();
    assert_eq!(acts(&desk)[2..], ["online MTA (EVS1)"]);
    assert_eq!(outcome(&desk), Outcome::Stopped(Stop::Cancelled));
    assert_eq!(state(&mut desk), ResourceState::Online);
}

#[test]
fn each_end_of_a_job_brings_the_mta_online() {
    let fail: Change = |desk| desk.broken_tool = Some(Tool::MtaCheck);
    let somebody: Change = |desk| desk.resource("EVS1", "MTA").state = ResourceState::Online;
    for (change, stop) in [(fail, Stop::ToolFailed), (somebody, Stop::StoreRemounted)] {
        let mut desk = before("3: MTA check");
        change(&mut desk);
        let said = desk.settle();
        assert_eq!(outcome(&desk), Outcome::Stopped(stop), "{said:#?}");
        assert_eq!(state(&mut desk), ResourceState::Online);
    }
}

/// The cluster restarts it, or has given that up: the job says so in either case, on each way back.
#[test]
fn an_mta_that_failed_when_it_came_back_is_reported() {
    let report = "job 1 reports the MTA of EVS1: it failed, bring it online by hand";
    for cancelled in [false, true] {
        let mut desk = before("online MTA (EVS1)");
        if cancelled {
            desk = before("3: MTA check");
            desk.wake();
            desk.finish();
            desk.ask(Request::Cancel { job: None }).unwrap();
        }
        desk.resource("EVS1", "MTA").state = ResourceState::Failed;
        let said = desk.settle();
        assert_eq!(said.iter().filter(|line| *line == report).count(), 1, "{said:#?}");
        assert_eq!(state(&mut desk), ResourceState::Failed);
        assert_eq!(desk.disk_memory().lease, None);
    }
}

/// On a paused node nothing is brought online: it is waited for, and said.
#[test]
fn a_paused_node_keeps_the_mta_offline_until_it_is_resumed() {
    let mut desk = before("online MTA (EVS1)");
    desk.own_node().state = NodeState::Paused;
    let woken = desk.wake();
    let holds: Vec<String> = woken.plan.holds.iter().map(ToString::to_string).collect();
    assert_eq!(holds, ["job 1 waits to bring back what it took of EVS1: resume this node"]);
    assert_eq!(woken.plan.actions, []);
    desk.own_node().state = NodeState::Up;
    desk.settle();
    assert_eq!((state(&mut desk), outcome(&desk)), (ResourceState::Online, Outcome::Completed));
}

/// What another node left: the next owner waits for the System Attendant, which somebody may have
/// taken offline, and does not bring that online.
#[test]
fn the_next_owner_brings_the_mta_online_when_its_attendant_is() {
    let mut desk = desk();
    let mta = Some(MtaTask { resource: "MTA (EVS1)".into(), online: true });
    let (script, stores) = (Script::MtaErrorCorrection, Vec::new());
    let phase = Phase::Forward { step: 2 };
    let lease = Lease { node: "NODE2".into(), job: 7, script, stores, mta, phase };
    desk.journal("EVS1", &DiskMemory { lease: Some(lease), ended: None });
    desk.resource("EVS1", "MTA").state = ResourceState::Offline;
    desk.put("EVS1", "SA", ResourceState::Offline);
    desk.settle();
    assert_eq!(acts(&desk), [""; 0]);
    desk.put("EVS1", "SA", ResourceState::Online);
    desk.settle();
    assert_eq!(acts(&desk), ["online MTA (EVS1)"]);
    assert_eq!(desk.disk_memory().lease, None);
}
