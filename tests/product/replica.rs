//! A job on a server that has two copies of its stores: what it does about the passive ones, and
//! what is said of those that it could not give back.

use evsim::backend::ActError;
use evsim::model::*;
use evsim::product::memory::Outcome;
use evsim::product::plan::Planned;
use evsim::product::policy::Replication;
use evsim::product::request::{Request, Script};
use evsim::product::vocabulary::Stop;

use crate::desk::{Desk, start};
use crate::job::{outcome, planned};
use crate::said::line;

const HEALTHY: CopyView =
    CopyView { state: CopyState::Healthy, seeded: None, missing: 0, in_touch: true };

/// EVS1 with its one store on the disks of both nodes, and a policy that allows for that.
fn desk() -> Desk {
    let mut desk = Desk::with_product("EVS1");
    replicate(&mut desk);
    desk.policy.replication = Replication::SuspendAndReseed;
    desk
}

pub(crate) fn replicate(desk: &mut Desk) {
    desk.group("EVS1").resources.remove(&"Disk (EVS1)".into());
    desk.disk("EVS1").copies = Copies::Replicated([("SG1".into(), HEALTHY)].into());
}

fn copy(desk: &mut Desk) -> &mut CopyView {
    desk.copy(&"EVS1".into(), &"SG1".into())
}

fn put(desk: &mut Desk, state: CopyState) {
    copy(desk).state = state;
}

fn run(script: Script) -> Request {
    Request::RunJob { script, stores: Vec::new() }
}

/// The desk at the moment before the job of this script does what the line names.
fn before_of(script: Script, act: &str) -> Desk {
    let mut desk = desk();
    desk.ask(run(script)).unwrap();
    for _ in 0..100 {
        let next = planned(&desk).expect("the job goes on");
        if line(&next.action.act) == act {
            return desk;
        }
        desk.wake();
        desk.finish();
    }
    panic!("{act} is never done");
}

pub(crate) fn before(act: &str) -> Desk {
    before_of(Script::PreventativeMaintenance, act)
}

/// What it does to copies, stores and their files.
fn work(desk: &Desk) -> Vec<&str> {
    let beside = |act: &&str| !act.starts_with("write") && !act.contains("notify");
    desk.log.iter().map(String::as_str).filter(beside).collect()
}

#[test]
fn a_copy_is_suspended_before_its_store_goes_and_seeded_when_it_is_back() {
    let mut desk = desk();
    assert_eq!(desk.run_job().last().unwrap(), "job 1 completed on EVS1");
    assert_eq!(
        work(&desk),
        [
            "suspend SG1",
            "dismount SG1/Mailbox",
            "5: consistency check SG1/Mailbox",
            "6: error fix SG1/Mailbox",
            "7: defragmentation SG1/Mailbox",
            "8: error fix SG1/Mailbox",
            "mount SG1/Mailbox",
            "11: reseed SG1",
        ]
    );
    assert_eq!(copy(&mut desk).state, CopyState::Healthy);
}

/// What makes no store anew leaves its copy fit to follow.
#[test]
fn a_script_that_does_not_rebuild_resumes_the_copy() {
    for script in [Script::StoreErrorCorrection, Script::OfflineDiagnosticReport] {
        let mut desk = desk();
        desk.ask(run(script)).unwrap();
        desk.settle();
        let work = work(&desk);
        assert_eq!((work[0], work[work.len() - 1]), ("suspend SG1", "resume SG1"));
        assert!(!work.iter().any(|act| act.contains("reseed")), "{work:?}");
        assert_eq!(outcome(&desk), Outcome::Completed);
    }
}

#[test]
fn a_store_that_was_dismounted_has_its_copy_seeded_all_the_same() {
    let mut desk = desk();
    desk.store("EVS1").mount = MountState::Dismounted;
    assert_eq!(desk.run_job().last().unwrap(), "job 1 completed on EVS1");
    let work = work(&desk);
    assert_eq!((work[0], work[work.len() - 1]), ("suspend SG1", "7: reseed SG1"));
}

/// Somebody resumes the copy, or has it seeded, before a step that takes something away.
#[test]
fn no_step_forward_is_taken_while_the_copy_follows() {
    let steps = ["dismount SG1/Mailbox", "6: error fix SG1/Mailbox"];
    let last = "7: defragmentation SG1/Mailbox";
    for act in steps.into_iter().chain([last]) {
        let mut desk = before(act);
        let action = planned(&desk).unwrap().action;
        put(&mut desk, CopyState::Healthy);
        let (group, storage_group) = ("EVS1".into(), "SG1".into());
        let state = CopyState::Suspended;
        let unmet = Condition::CopyIs { group, storage_group, state };
        assert_eq!(start(&mut desk.clone(), &action), Err(ActError::Unmet(unmet)), "{act}");
        let begun = desk.log.len();
        desk.settle();
        assert_eq!(outcome(&desk), Outcome::Stopped(Stop::ReplicaChanged));
        assert!(!desk.log[begun..].iter().any(|done| done == act), "{act} is done");
        assert_eq!(desk.store("EVS1").mount, MountState::Mounted);
    }
}

/// It fails before anything was taken from its users: nothing is.
#[test]
fn a_copy_that_cannot_take_over_is_not_given_up() {
    let mut desk = before("suspend SG1");
    let action = planned(&desk).unwrap().action;
    put(&mut desk, CopyState::Failed);
    let (group, storage_group, state) = ("EVS1".into(), "SG1".into(), CopyState::Healthy);
    let unmet = Condition::CopyIs { group, storage_group, state };
    assert_eq!(start(&mut desk.clone(), &action), Err(ActError::Unmet(unmet)));
    desk.settle();
    assert_eq!(outcome(&desk), Outcome::Stopped(Stop::ReplicaChanged));
    assert_eq!(work(&desk), [""; 0]);
    let mut gives_back = before("11: reseed SG1");
    let action = planned(&gives_back).unwrap().action;
    put(&mut gives_back, CopyState::Healthy);
    assert!(matches!(start(&mut gives_back, &action), Err(ActError::Unmet(_))));
}

/// One that was to be defragmented may be made anew already: only a seeding is sure.
#[test]
fn the_way_back_resumes_a_copy_or_seeds_it() {
    let ended = |act: &str| {
        let mut desk = before(act);
        desk.ask(Request::Cancel { job: None }).unwrap();
        desk.settle();
        assert_eq!(outcome(&desk), Outcome::Stopped(Stop::Cancelled));
        assert_eq!(copy(&mut desk).state, CopyState::Healthy, "{act}");
        work(&desk).last().map(|act| (*act).to_owned()).unwrap()
    };
    assert_eq!(ended("dismount SG1/Mailbox"), "resume SG1");
    assert_eq!(ended("6: error fix SG1/Mailbox"), "resume SG1");
    assert!(ended("7: defragmentation SG1/Mailbox").ends_with("reseed SG1"));
    assert!(ended("8: error fix SG1/Mailbox").ends_with("reseed SG1"));
}

/// Lost at the step that gives it back, which was or was not done: when the server is back, it is.
#[test]
fn a_copy_that_was_about_to_be_given_back_is() {
    for (script, act) in [
        (Script::StoreErrorCorrection, "resume SG1"),
        (Script::PreventativeMaintenance, "11: reseed SG1"),
    ] {
        let mut desk = before_of(script, act);
        desk.group("EVS1").owner = "NODE2".into();
        desk.settle();
        assert_eq!(copy(&mut desk).state, CopyState::Suspended);
        desk.group("EVS1").owner = "NODE1".into();
        desk.settle();
        assert_eq!(copy(&mut desk).state, CopyState::Healthy, "{act}");
    }
}

/// A job on two stores, each with a copy of its own, that has just suspended this copy.
fn suspended(storage_group: &str) -> Desk {
    let mut desk = desk();
    desk.add_store("SG2/Archive", 1 << 30);
    let copies = [("SG1".into(), HEALTHY), ("SG2".into(), HEALTHY)];
    desk.disk("EVS1").copies = Copies::Replicated(copies.into());
    desk.ask(run(Script::StoreErrorCorrection)).unwrap();
    let suspend = format!("suspend {storage_group}");
    while !desk.log.contains(&suspend) {
        desk.wake();
        desk.finish();
    }
    desk
}

/// An administrator suspends the second one while the job is at the first.
#[test]
fn a_copy_that_the_job_has_not_come_to_is_left_alone() {
    let mut desk = suspended("SG1");
    desk.copy(&"EVS1".into(), &"SG2".into()).state = CopyState::Suspended;
    desk.ask(Request::Cancel { job: None }).unwrap();
    desk.settle();
    assert_eq!(outcome(&desk), Outcome::Stopped(Stop::Cancelled));
    assert_eq!(copy(&mut desk).state, CopyState::Healthy);
    assert_eq!(desk.copy(&"EVS1".into(), &"SG2".into()).state, CopyState::Suspended);
}

/// The first store is done with when the job ends at the second.
#[test]
fn a_copy_that_follows_again_is_left_alone() {
    let mut desk = suspended("SG2");
    // An administrator suspends it again, for reasons of his own.
    put(&mut desk, CopyState::Suspended);
    desk.broken_tool = Some(Tool::ErrorFix);
    desk.settle();
    assert_eq!(outcome(&desk), Outcome::Stopped(Stop::ToolFailed));
    assert_eq!(desk.log.iter().filter(|act| *act == "resume SG1").count(), 1);
    assert!(desk.log.contains(&"resume SG2".to_owned()));
    assert_eq!(copy(&mut desk).state, CopyState::Suspended);
}

fn reports(desk: &Desk) -> Vec<String> {
    let holds = desk.clone().wake().plan.holds;
    holds.iter().map(ToString::to_string).filter(|text| text.starts_with("reports")).collect()
}

const SUSPENDED: &str = "reports the copy of SG1 of EVS1: it is suspended: reseed it where its store \
                         was defragmented, else resume it";

#[test]
fn a_seeding_that_fails_is_reported_and_not_tried_again() {
    let mut desk = before("11: reseed SG1");
    desk.wake();
    let seeded = copy(&mut desk).seeded;
    desk.under_way.clear();
    *copy(&mut desk) = CopyView { state: CopyState::Suspended, seeded, ..HEALTHY };
    assert!(reports(&desk).is_empty(), "the job has it in hand");
    assert_eq!(desk.settle().last().unwrap(), "job 1 completed on EVS1");
    assert_eq!(desk.log.iter().filter(|act| act.contains("reseed")).count(), 1);
    assert_eq!(reports(&desk), [SUSPENDED]);
}

#[test]
fn a_seeding_waits_for_no_node_that_is_out_of_reach() {
    let mut desk = before("11: reseed SG1");
    copy(&mut desk).in_touch = false;
    assert_eq!(desk.settle().last().unwrap(), "job 1 completed on EVS1");
    assert!(!desk.log.iter().any(|act| act.contains("reseed")));
    assert_eq!(reports(&desk), [SUSPENDED]);
}

/// A store on its way would end a seeding, and one that is damaged has nothing to seed from.
#[test]
fn a_seeding_begins_when_its_store_stands_still_and_is_whole() {
    let mut desk = before("11: reseed SG1");
    desk.store("EVS1").mount = MountState::Mounting;
    assert_eq!(planned(&desk), None);
    desk.store("EVS1").mount = MountState::Dismounted;
    desk.store("EVS1").damaged = true;
    desk.settle();
    assert!(!desk.log.iter().any(|act| act.contains("reseed")));
    let other_copy = "reports SG1/Mailbox of EVS1: it is damaged and cannot be mounted; should its \
                      other copy be whole, move EVS1 there, else restore it";
    assert_eq!(reports(&desk), [other_copy, SUSPENDED]);
}

#[test]
fn copies_that_nobody_puts_right_are_reported() {
    let mut desk = desk();
    assert_eq!(reports(&desk), [""; 0]);
    put(&mut desk, CopyState::Failed);
    assert_eq!(reports(&desk), ["reports the copy of SG1 of EVS1: it is failed: reseed needed"]);
    copy(&mut desk).in_touch = false;
    assert_eq!(reports(&desk), [""; 0], "it may be whole");
    put(&mut desk, CopyState::Suspended);
    assert_eq!(reports(&desk), [SUSPENDED]);
    *copy(&mut desk) = CopyView { missing: 7, ..HEALTHY };
    let missing = "reports SG1 of EVS1: 7 of its logs are on the other node alone: bring that back, \
                   or accept that they are lost";
    assert_eq!(reports(&desk), [missing]);
}

/// The way back mounts what can be mounted: this cannot before the other node is back.
#[test]
fn a_store_that_lacks_logs_is_not_waited_for() {
    let mut desk = before("8: error fix SG1/Mailbox");
    desk.ask(Request::Cancel { job: None }).unwrap();
    copy(&mut desk).missing = 7;
    desk.settle();
    assert_eq!(outcome(&desk), Outcome::Stopped(Stop::Cancelled));
    assert!(!desk.log.iter().any(|act| act.starts_with("mount")));
}

/// The server's disk is this node's own: nobody else finds the record.
#[test]
fn a_job_that_loses_its_server_says_that_its_record_stays_here() {
    let mut desk = before("7: defragmentation SG1/Mailbox");
    desk.group("EVS1").owner = "NODE2".into();
    let told = "job 1 stopped on EVS1: EvsMoved; what is left to put back is written on this node: \
                bring EVS1 back here, or mount its stores by hand and resume or reseed their copies";
    assert_eq!(desk.settle(), [told]);
}

#[test]
fn the_way_back_of_a_copied_store_is_told_before_it_goes() {
    let desk = before("2: notify Storage Offline");
    let Some(Planned { action: Action { act: Act::Notify { text, .. }, .. }, .. }) = planned(&desk)
    else {
        panic!("it notifies");
    };
    let told = "should NODE1 be lost: mount SG1/Mailbox by hand on the node that owns EVS1 then, \
                and resume or reseed its copy";
    assert!(text.ends_with(told), "{text}");
}
