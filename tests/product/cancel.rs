//! Jobs that an administrator ends, and what each script does.

use evsim::model::*;
use evsim::product::memory::Outcome;
use evsim::product::request::{Request, Script};
use evsim::product::vocabulary::{Skip, Stop};

use crate::desk::{Change, Desk, start};
use crate::said::reasons;

const CANCEL: Request = Request::Cancel { job: None };

fn job(script: Script) -> Request {
    Request::RunJob { script, stores: Vec::new() }
}

/// The acts of a job without its notifications and writes.
fn work(desk: &Desk) -> Vec<&str> {
    let acts = desk.log.iter().map(String::as_str);
    acts.filter(|act| !act.contains("notify") && !act.contains("write")).collect()
}

#[test]
fn each_script_runs_its_own_tools() {
    let of = |script| {
        let mut desk = Desk::with_product("EVS1");
        desk.ask(job(script)).unwrap();
        desk.settle();
        assert_eq!(desk.memory().latest_job(), Some((1, Outcome::Completed)));
        work(&desk).into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    let check = "4: consistency check SG1/Mailbox";
    let (down, up) = ("dismount SG1/Mailbox", "mount SG1/Mailbox");
    let fix = "5: error fix SG1/Mailbox";
    assert_eq!(of(Script::StoreErrorCorrection), [down, check, fix, up]);
    let report = "5: error report SG1/Mailbox";
    assert_eq!(of(Script::OfflineDiagnosticReport), [down, check, report, up]);
}

#[test]
fn only_a_script_that_defragments_needs_a_place_for_a_copy() {
    let changes: [(Change, Skip); 2] = [
        (|desk| desk.disk("EVS1").free = Size::from_bytes(1), Skip::DiskSpace),
        (|desk| desk.disk("EVS1").temporary_on_group_disk = false, Skip::TempNotOnGroupDisk),
    ];
    for (script, skipped) in [
        (Script::PreventativeMaintenance, true),
        (Script::StoreErrorCorrection, false),
        (Script::OfflineDiagnosticReport, false),
    ] {
        for (change, skip) in changes {
            let mut desk = Desk::with_product("EVS1");
            change(&mut desk);
            desk.ask(job(script)).unwrap();
            desk.settle();
            let space = Some((1, Outcome::Skipped(skip)));
            assert_eq!(desk.memory().latest_job() == space, skipped, "{script:?}");
            let begun = desk.log.iter().any(|act| act.starts_with("dismount"));
            assert_eq!(begun, !skipped, "{script:?}");
        }
    }
}

/// The desk of a job with this tool at work.
fn at_work(tool: Tool) -> Desk {
    let mut desk = Desk::with_product("EVS1");
    desk.ask(job(Script::PreventativeMaintenance)).unwrap();
    loop {
        desk.wake();
        let run = desk.disk("EVS1").tools.get(&"SG1/Mailbox".into());
        if run.is_some_and(|run| run.tool == tool && run.state == ToolState::Running) {
            return desk;
        }
        desk.finish();
    }
}

#[test]
fn a_cancelled_job_ends_its_tool_at_once_unless_it_copies_back() {
    for (tool, phase, ends) in [
        (Tool::ConsistencyCheck, ToolPhase::Working, Some("end 4 on SG1/Mailbox")),
        (Tool::ErrorFix, ToolPhase::Working, Some("end 5 on SG1/Mailbox")),
        (Tool::Defragment, ToolPhase::Working, Some("end 6 on SG1/Mailbox")),
        (Tool::Defragment, ToolPhase::CopyingBack, None),
        (Tool::Defragment, ToolPhase::Deleting, None),
    ] {
        let mut desk = at_work(tool);
        let runs = &mut desk.disk("EVS1").tools;
        runs.get_mut(&"SG1/Mailbox".into()).expect("it runs").phase = phase;
        desk.ask_while_under_way(CANCEL);
        // The way back is written, and then the tool is ended or waited for.
        assert!(matches!(desk.wake().plan.actions[0].action.act, Act::Write { .. }));
        desk.finish_writes();
        assert_eq!(desk.wake().refused, None, "what copies back is not asked to end");
        let found = desk.log.iter().find(|act| act.starts_with("end"));
        assert_eq!(found.map(String::as_str), ends, "{tool}");
        assert_ne!(desk.store("EVS1").mount, MountState::Mounted, "{tool} is not through yet");
        desk.finish();
        let said = desk.settle();
        assert_eq!(
            said.last().unwrap(),
            "job 1 stopped on EVS1: Cancelled; what it took is as it was"
        );
        assert_eq!(desk.store("EVS1").mount, MountState::Mounted);
        assert_eq!(desk.disk_memory().lease, None);
    }
}

#[test]
fn the_report_of_a_job_that_was_ended_says_why() {
    let mut desk = at_work(Tool::ErrorFix);
    desk.ask(CANCEL).unwrap();
    let report = loop {
        let act = desk.wake().plan.actions.remove(0).action.act;
        if let Act::Notify { notice: Notice::MaintenanceFinished, text, .. } = act {
            break text;
        }
        desk.finish();
    };
    assert_eq!(report, "Maintenance Finished: EVS1, job 1, stopped: Cancelled");
}

/// A run that came to its end while the cancellation was written is not ended again.
#[test]
fn a_tool_that_is_through_needs_no_end() {
    let mut desk = at_work(Tool::ErrorFix);
    desk.ask(CANCEL).unwrap();
    desk.settle();
    assert!(!desk.log.iter().any(|act| act.starts_with("end")), "{:#?}", desk.log);
    assert_eq!(desk.memory().latest_job(), Some((1, Outcome::Stopped(Stop::Cancelled))));
}

#[test]
fn a_job_that_only_puts_back_is_not_stopped_any_more() {
    let mut desk = Desk::with_product("EVS1");
    desk.ask(job(Script::StoreErrorCorrection)).unwrap();
    while !desk.log.iter().any(|act| act.starts_with("mount")) {
        desk.wake();
        desk.finish();
    }
    desk.ask(CANCEL).unwrap();
    desk.settle();
    assert_eq!(desk.memory().latest_job(), Some((1, Outcome::Completed)));
}

#[test]
fn a_job_cancelled_before_its_lease_is_taken_changes_nothing() {
    let mut desk = Desk::with_product("EVS1");
    desk.ask(job(Script::PreventativeMaintenance)).unwrap();
    desk.ask(CANCEL).unwrap();
    desk.settle();
    assert_eq!(desk.log, ["write node"; 3]);
    assert_eq!(desk.memory().latest_job(), Some((1, Outcome::Stopped(Stop::Cancelled))));
}

#[test]
fn one_that_waits_is_dropped_by_its_number() {
    let mut desk = Desk::with_product("EVS1");
    for _ in 0..3 {
        desk.ask(job(Script::StoreErrorCorrection)).unwrap();
    }
    let second = desk.ask(Request::Cancel { job: Some(2) }).unwrap();
    assert_eq!(reasons(&second), ["job 2 stopped: Cancelled; it had not begun"]);
    let jobs: Vec<u32> = desk.node_memory().jobs.iter().map(|job| job.number).collect();
    assert_eq!(jobs, [1, 3]);
    let refusal = desk.ask(Request::Cancel { job: Some(2) }).unwrap_err();
    assert_eq!(refusal.to_string(), "NoJob: job 2 neither runs nor waits on this node");
    let first = desk.ask(CANCEL).unwrap();
    assert_eq!(reasons(&first), ["job 1 is to end: Cancelled"]);
    desk.settle();
    assert_eq!(desk.memory().latest_job(), Some((3, Outcome::Completed)));
    assert!(desk.ask(CANCEL).is_err());
}

/// It ends nothing that runs on another node or for another job.
#[test]
fn only_the_jobs_own_run_is_ended() {
    let mut desk = at_work(Tool::ErrorFix);
    desk.ask_while_under_way(CANCEL);
    let ticket = Ticket { job: 99, act: 1 };
    let (state, phase) = (ToolState::Running, ToolPhase::Working);
    let run = ToolView { tool: Tool::ErrorFix, ticket, state, phase, fixes: 0 };
    desk.disk("EVS1").tools.insert("SG1/Mailbox".into(), run);
    desk.settle_writes();
    assert!(!desk.log.iter().any(|act| act.starts_with("end")), "{:#?}", desk.log);
}

/// Between the decision to end it and the act, a defragmentation has begun to copy back.
#[test]
fn a_tool_that_began_to_copy_back_is_not_ended_any_more() {
    let mut desk = at_work(Tool::Defragment);
    desk.ask_while_under_way(CANCEL);
    desk.wake();
    desk.finish_writes();
    let action = desk.clone().wake().plan.actions.remove(0).action;
    assert!(matches!(action.act, Act::StopTool { .. }), "{action:?}");
    assert_eq!(start(&mut desk.clone(), &action), Ok(()));
    let runs = &mut desk.disk("EVS1").tools;
    runs.get_mut(&"SG1/Mailbox".into()).expect("it runs").phase = ToolPhase::CopyingBack;
    assert!(start(&mut desk, &action).is_err());
}
