//! Requests of an administrator: what is granted, every refusal, and every skip.

use evsim::model::*;
use evsim::product::memory::{DiskMemory, Lease, Outcome, Phase, QueuedJob};
use evsim::product::plan::Refusal;
use evsim::product::policy::{License, Replication, RunLimit};
use evsim::product::request::{Request, Script};
use evsim::product::vocabulary::{RefusalKind, Skip};

use crate::desk::{Desk, start};
use crate::said::reasons;

fn install(designate: Option<&str>, unattended: bool) -> Request {
    let designate = designate.map(EvsName::from);
    Request::Install { license: Some(License::UNLIMITED), designate, unattended }
}

fn license(designate: Option<&str>, unattended: bool) -> Request {
    let designate = designate.map(EvsName::from);
    Request::License { license: License::UNLIMITED, designate, unattended }
}

fn run_job(stores: &[&str]) -> Request {
    let stores = stores.iter().map(|store| StoreName::from(*store)).collect();
    Request::RunJob { script: Script::PreventativeMaintenance, stores }
}

/// What comes of a request: the reason of its write, or the refusal.
fn said(desk: &mut Desk, request: Request) -> String {
    match desk.ask(request) {
        Ok(woken) => {
            assert_eq!((woken.refused.as_ref(), woken.plan.actions.len()), (None, 1));
            reasons(&woken).remove(0)
        }
        Err(refusal) => refusal.to_string(),
    }
}

fn designated(desk: &Desk) -> Option<String> {
    desk.node_memory().designation.map(|designation| designation.evs.to_string())
}

/// A desk whose NODE1 owns these servers, all of them operational.
fn owning(servers: &[&str]) -> Desk {
    let mut desk = Desk::new();
    for evs in ["EVS1", "EVS2"] {
        let owner = if servers.contains(&evs) { "NODE1" } else { "NODE2" };
        desk.group(evs).owner = owner.into();
    }
    desk
}

#[test]
fn the_choices_at_installation() {
    const BOTH: &[&str] = &["EVS1", "EVS2"];
    let nothing = "installed: choices EVS1, EVS2; nothing designated";
    let chosen = "designates EVS2: named by the administrator at installation";
    for (owned, named, unattended, expected) in [
        (&[][..], None, false, "installed: choices none; nothing designated"),
        (&[], None, true, "installed: choices none; nothing designated"),
        (&[], Some("EVS1"), true, "NotAChoice: EVS1; choices none"),
        (&["EVS1"], None, false, "installed: choices EVS1; nothing designated"),
        (&["EVS1"], None, true, "DesignationRequired: choices EVS1"),
        (&["EVS1"], Some("EVS2"), false, "NotAChoice: EVS2; choices EVS1"),
        (&["EVS2"], Some("evs2"), true, chosen),
        (BOTH, None, false, nothing),
        (BOTH, None, true, "DesignationRequired: choices EVS1, EVS2"),
        (BOTH, Some("EVS2"), false, chosen),
        (BOTH, Some("EVS2"), true, chosen),
    ] {
        let mut desk = owning(owned);
        assert_eq!(said(&mut desk, install(named, unattended)), expected);
        let installed = !expected.contains("NotAChoice") && !expected.contains("Required");
        assert_eq!(desk.memory().node.is_some(), installed);
        if installed {
            let expected = expected.starts_with("designates").then(|| "EVS2".to_string());
            assert_eq!(designated(&desk), expected);
        }
    }
}

#[test]
fn licensing_offers_the_choices_again_and_keeps_a_valid_designation() {
    let mut desk = owning(&["EVS1", "EVS2"]);
    said(&mut desk, install(None, false));
    assert_eq!(said(&mut desk, license(None, true)), "DesignationRequired: choices EVS1, EVS2");
    assert_eq!(
        said(&mut desk, license(None, false)),
        "licensed: unlimited; choices EVS1, EVS2; nothing designated"
    );
    assert_eq!(
        said(&mut desk, license(Some("EVS1"), true)),
        "designates EVS1: named by the administrator at licensing"
    );
    for unattended in [false, true] {
        assert_eq!(
            said(&mut desk, license(None, unattended)),
            "licensed: unlimited; EVS1 stays designated"
        );
    }
    assert_eq!(
        said(&mut desk, license(Some("EVS2"), false)),
        "designates EVS2 in place of EVS1: named by the administrator at licensing"
    );
    // Renamed: it has to be named anew, and until then it stays as it was.
    desk.private("EVS2", "Name").insert("Name".into(), "MAIL".into());
    desk.private("EVS2", "SA").insert("NetworkName".into(), "MAIL".into());
    let expected =
        "licensed: unlimited; choices EVS1, MAIL; EVS2 stays designated until one is named";
    assert_eq!(said(&mut desk, license(None, false)), expected);
    assert_eq!(designated(&desk), Some("EVS2".into()));
}

#[test]
fn a_request_says_which_server_it_designates() {
    let evs = EvsName::from("EVS1");
    let named = [
        install(Some("EVS1"), true),
        license(Some("EVS1"), true),
        Request::Designate { evs: evs.clone() },
    ];
    for request in named {
        assert_eq!(request.designates(), Some(&evs), "{request:?}");
    }
    for request in [install(None, true), license(None, true), Request::Revoke, run_job(&[])] {
        assert_eq!(request.designates(), None, "{request:?}");
    }
}

/// With what becomes of a request, the administrator is told what is held back.
#[test]
fn what_is_granted_comes_with_what_is_ignored() {
    let mut desk = Desk::with_product("EVS1");
    desk.group("EVS2").owner = "NODE1".into();
    let holds = desk.ask(run_job(&[])).unwrap().plan.holds;
    let holds: Vec<String> = holds.iter().map(ToString::to_string).collect();
    assert_eq!(holds, ["ignores EVS2: not designated here"]);
}

#[test]
fn a_designation_is_not_written_when_the_choice_went_in_between() {
    let mut desk = owning(&["EVS1"]);
    let picture = desk.picture();
    let policy = Default::default();
    let request = install(Some("EVS1"), true);
    let plan = evsim::product::plan::admit(&policy, &picture, Time::START, &request).unwrap();
    desk.put("EVS1", "IS", ResourceState::Failed);
    let action = &plan.actions[0].action;
    assert!(start(&mut desk, action).is_err());
    assert_eq!(desk.log, [""; 0]);
}

#[test]
fn every_refusal_is_reached() {
    let mut reached = Vec::new();
    let mut refuse = |desk: &mut Desk, request: Request, expected: RefusalKind| {
        let before = desk.clone();
        let refusal = desk.ask(request).unwrap_err();
        assert_eq!(refusal.kind(), Some(expected), "{refusal}");
        assert_eq!(*desk, before, "a refused request changes nothing");
        reached.push(expected);
    };
    let mut desk = Desk::new();
    refuse(&mut desk, run_job(&[]), RefusalKind::NotInstalled);
    refuse(&mut desk, install(None, true), RefusalKind::DesignationRequired);
    refuse(&mut desk, install(Some("EVS2"), true), RefusalKind::NotAChoice);
    desk.reachable = Err(ErrorCode::RPC_S_SERVER_UNAVAILABLE);
    refuse(&mut desk, install(None, false), RefusalKind::ClusterUnknown);

    let mut desk = Desk::with_product("EVS1");
    refuse(&mut desk, install(Some("EVS1"), true), RefusalKind::AlreadyInstalled);
    refuse(&mut desk, run_job(&["SG9/None"]), RefusalKind::NoSuchStore);
    refuse(&mut desk, Request::Cancel { job: None }, RefusalKind::NoJob);
    refuse(&mut desk, Request::CancelSchedule { schedule: None }, RefusalKind::NoSchedule);
    desk.ask(Request::Revoke).unwrap();
    refuse(&mut desk, Request::Revoke, RefusalKind::NoLicense);
    let single = License { run_limit: RunLimit::SingleShot, mailboxes: None };
    let request = Request::License { license: single, designate: None, unattended: false };
    desk.ask(request).unwrap();
    refuse(&mut desk, Request::Revoke, RefusalKind::NotTransferable);
    desk.ask(run_job(&[])).unwrap();
    let designate = || Request::Designate { evs: "EVS1".into() };
    refuse(&mut desk, designate(), RefusalKind::JobRunning);
    refuse(&mut desk, license(Some("EVS1"), false), RefusalKind::JobRunning);
    desk.storage().record.as_mut().unwrap().text = "{".into();
    refuse(&mut desk, designate(), RefusalKind::RecordUnreadable);
    for kind in RefusalKind::ALL {
        assert!(reached.contains(kind), "{kind} is reached by no case");
    }
}

#[test]
fn a_request_waits_while_the_record_is_written_or_cannot_be_read() {
    let mut desk = Desk::with_product("EVS1");
    desk.storage().writing = true;
    let refusal = desk.ask(run_job(&[])).unwrap_err();
    assert_eq!((&refusal, refusal.kind()), (&Refusal::Busy, None));
    assert_eq!(desk.wake().plan.actions, []);
    desk.own = Fact::Unknown(ErrorCode::ERROR_RETRY);
    assert_eq!(desk.ask(run_job(&[])).unwrap_err(), Refusal::Busy);
    assert_eq!(desk.wake().plan.holds.len(), 1);
}

/// Each is shut by one thing more than the one before it, so that the order is tested too.
#[test]
fn every_skip_is_reached_in_its_order() {
    let mut desk = Desk::with_product("EVS1");
    let mut shuts: Vec<(Skip, Desk)> = Vec::new();
    let mut shut = |desk: &Desk, skip| shuts.push((skip, desk.clone()));
    desk.disk("EVS1").free = Size::from_bytes(1);
    shut(&desk, Skip::DiskSpace);
    desk.disk("EVS1").temporary_on_group_disk = false;
    shut(&desk, Skip::TempNotOnGroupDisk);
    desk.store("EVS1").locked = true;
    shut(&desk, Skip::BackupRunning);
    crate::replica::replicate(&mut desk);
    desk.policy.replication = Replication::SuspendAndReseed;
    desk.copy(&"EVS1".into(), &"SG1".into()).state = CopyState::Suspended;
    shut(&desk, Skip::ReplicaUnhealthy);
    desk.policy.replication = Replication::Refused;
    shut(&desk, Skip::ReplicationNotAllowed);
    // It was there when the job was asked for.
    let mut node = desk.node_memory();
    let (script, stores) = (Script::PreventativeMaintenance, vec!["SG9/None".into()]);
    node.jobs.push(QueuedJob::new(1, script, stores));
    node.next_job = 2;
    let mut gone = desk.clone();
    gone.remember(&node);
    assert_eq!(gone.settle(), ["job 1 skipped: NoSuchStore, EVS1 has no SG9/None"]);
    let lease = Lease {
        node: "NODE2".into(),
        job: 7,
        script: Script::PreventativeMaintenance,
        stores: Vec::new(),
        mta: None,
        phase: Phase::Forward { step: 0 },
    };
    desk.journal("EVS1", &DiskMemory { lease: Some(lease), ended: None });
    shut(&desk, Skip::AnotherJobRunning);
    let mut node = desk.node_memory();
    node.license.as_mut().unwrap().mailboxes = Some(299);
    desk.remember(&node);
    shut(&desk, Skip::MailboxCountExceeded);
    desk.own_node().state = NodeState::Paused;
    shut(&desk, Skip::NodePaused);
    desk.put("EVS1", "SA", ResourceState::OfflinePending);
    shut(&desk, Skip::EvsNotOperational);
    desk.storage().exchange = Some(Exchange::E2000);
    shut(&desk, Skip::VersionMismatch);
    desk.group("EVS1").owner = "NODE2".into();
    shut(&desk, Skip::EvsNotHere);
    desk.resource("EVS1", "SA").guid = Guid::derived(&["anew"]);
    shut(&desk, Skip::DesignationStale);
    desk.reachable = Err(ErrorCode::RPC_S_SERVER_UNAVAILABLE);
    shut(&desk, Skip::ClusterUnknown);
    desk.service = ServiceState::NotConfigured;
    shut(&desk, Skip::DesignationLost);
    node.designation = None;
    desk.remember(&node);
    shut(&desk, Skip::Undesignated);
    node.license = None;
    desk.remember(&node);
    shut(&desk, Skip::Unlicensed);

    for (skip, desk) in &mut shuts {
        let expected = format!("job 1 skipped: {skip}");
        let text = said(desk, run_job(&[]));
        assert!(text.starts_with(&expected), "{text}");
        assert_eq!(desk.memory().latest_job(), Some((1, Outcome::Skipped(*skip))));
        assert_eq!(desk.log, ["write node"]);
    }
    // These need a job of its own: on the MTA, and on a store that is gone.
    let others = [Skip::NoSuchStore, Skip::NoMta];
    for kind in Skip::ALL.iter().filter(|kind| !others.contains(kind)) {
        assert!(shuts.iter().any(|(skip, _)| skip == kind), "{kind} is reached by no case");
    }
}

#[test]
fn a_single_shot_runs_once() {
    let mut desk = Desk::with_product("EVS1");
    let mut node = desk.node_memory();
    let license = License { run_limit: RunLimit::SingleShot, mailboxes: None };
    node.license = Some(license);
    desk.remember(&node);
    assert_eq!(desk.run_job().last().unwrap(), "job 1 completed on EVS1");
    assert_eq!(desk.run_job(), ["job 2 skipped: Unlicensed, the single shot is used up"]);
    // Another single shot pays for another job.
    desk.ask(Request::License { license, designate: None, unattended: false }).unwrap();
    assert_eq!(desk.run_job().last().unwrap(), "job 3 completed on EVS1");
}
