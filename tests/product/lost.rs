//! What a job is told to have come to where its record, its stores or its node are gone, and what
//! somebody else did to its stores meanwhile.

use evsim::model::*;
use evsim::product::memory::{DiskMemory, Outcome, Phase};
use evsim::product::policy::License;
use evsim::product::request::{Request, Script, Timing};
use evsim::product::vocabulary::{Skip, Stop};

use crate::desk::{Change, Desk};
use crate::job::{before, outcome, planned};
use crate::recovery::left_behind;

/// A new disk holds what the last backup did: the stores, and no record of the product's.
fn replace_disk(desk: &mut Desk) {
    desk.disks.get_mut(&"EVS1".into()).unwrap().record = None;
    desk.disk("EVS1").tools.clear();
}

#[test]
fn a_job_whose_record_is_lost_with_its_disk_is_told_as_begun_and_lost() {
    for act in ["dismount SG1/Mailbox", "6: defragmentation SG1/Mailbox", "mount SG1/Mailbox"] {
        let mut desk = before(act);
        replace_disk(&mut desk);
        let told = "job 1 stopped on EVS1: EvsNotOperational; its record is gone from the disk of \
                    EVS1, and with it how the stores were: mount by hand what is to be mounted";
        assert_eq!(desk.settle(), [told]);
        assert_eq!(outcome(&desk), Outcome::Stopped(Stop::EvsNotOperational));
        assert_eq!(desk.node_memory().runs, 1, "it had begun");
    }
}

/// The lease alone was written: nobody was told anything, and nothing was touched.
#[test]
fn a_job_that_has_told_nobody_begins_anew_on_a_new_disk() {
    let mut desk = before("1: notify Maintenance Starting");
    replace_disk(&mut desk);
    assert_eq!(desk.settle().last().unwrap(), "job 1 completed on EVS1");
}

fn put_back(desk: &mut Desk) -> (Vec<String>, MountState) {
    let said = desk.settle();
    assert_eq!(desk.disk_memory().lease, None);
    (said, desk.store("EVS1").mount)
}

/// The Information Store mounted it when it came here: whoever dismounted it since wants it so.
#[test]
fn a_late_recovery_leaves_what_somebody_dismounted_after_the_failover() {
    let (said, mount) = put_back(&mut left_behind());
    assert_eq!(
        said[0],
        "restores EVS1 after job 7 of NODE2: EvsMoved; leaves SG1/Mailbox as somebody dismounted \
         it since"
    );
    assert_eq!(mount, MountState::Dismounted);
    // This node's own job, which it lost with the server: that came back like any other.
    let mut own = left_behind();
    let mut disk = own.disk_memory();
    disk.lease.as_mut().unwrap().node = "NODE1".into();
    own.journal("EVS1", &disk);
    let mut node = own.node_memory();
    node.next_job = 8;
    own.remember(&node);
    assert_eq!(put_back(&mut own).1, MountState::Dismounted);
    // It has no record of this job: whether the server was ever away is not known.
    node.next_job = 7;
    own.journal("EVS1", &disk);
    own.remember(&node);
    assert_eq!(put_back(&mut own).1, MountState::Mounted);
}

/// What the Information Store could not mount when it started is no other hand's doing.
#[test]
fn a_recovery_mounts_what_the_information_store_could_not() {
    let changes: [(&str, Change); 4] = [
        ("it is still on its way", |desk| desk.put("EVS1", "IS", ResourceState::OnlinePending)),
        ("the store is damaged", |desk| {
            let store = desk.store("EVS1");
            (store.damaged, store.temporary) = (true, Temporary::Complete);
        }),
        ("a tool holds the store", |desk| {
            let (ticket, phase) = (Ticket { job: 99, act: 1 }, ToolPhase::Working);
            let state = ToolState::Running;
            let run = ToolView { tool: Tool::ErrorFix, ticket, state, phase, fixes: 0 };
            desk.disk("EVS1").tools.insert("SG1/Mailbox".into(), run);
        }),
        // There a dismount is an intent of the cluster, and nothing mounts it by itself.
        ("it is a database of Exchange 2007", |desk| {
            desk.disk("EVS1").version = Exchange::E2007;
        }),
    ];
    for (what, change) in changes {
        let mut desk = left_behind();
        change(&mut desk);
        desk.settle();
        desk.put("EVS1", "IS", ResourceState::Online);
        desk.disk("EVS1").tools.clear();
        assert_eq!(put_back(&mut desk).1, MountState::Mounted, "{what}");
    }
}

/// What would be refused when it is asked for is skipped when it is due.
#[test]
fn a_scheduled_job_for_a_store_that_is_gone_is_skipped_and_the_supervisor_told() {
    let mut desk = Desk::with_product("EVS1");
    let timing = Timing { first: Time::from_ms(10_000), every: Some(Span::from_secs(100)) };
    let stores = vec!["SG1/Mailbox".into(), "SG1/Public".into()];
    let public = desk.store("EVS1").clone();
    desk.disk("EVS1").stores.insert("SG1/Public".into(), public);
    let (script, limit, notice) = (Script::StoreErrorCorrection, None, None);
    desk.ask(Request::ScheduleJob { timing, script, stores, limit, notice }).unwrap();
    desk.disk("EVS1").stores.remove(&"SG1/Public".into());
    desk.set_clock(10_000);
    let said = desk.settle();
    assert_eq!(said[0], "job 1 skipped: NoSuchStore, EVS1 has no SG1/Public");
    assert!(said[1].starts_with("notifies: Next Cycle: job 1 of schedule 1 skipped"), "{said:?}");
    assert_eq!(outcome(&desk), Outcome::Skipped(Skip::NoSuchStore));
}

/// The server is here, and this node may not put back what another one's job took.
#[test]
fn an_unlicensed_owner_names_the_stores_that_a_job_left_dismounted() {
    let holds = |desk: &mut Desk| -> Vec<String> {
        desk.wake().plan.holds.iter().map(ToString::to_string).collect()
    };
    let mut desk = left_behind();
    let mut node = desk.node_memory();
    node.license = None;
    desk.remember(&node);
    desk.disk("EVS1").version = Exchange::E2007;
    let head = "leaves job 7 of NODE2 on EVS1: this node has no licence";
    let tail = "; SG1/Mailbox is dismounted: license this node, bring EVS1 back to NODE2, or mount \
                it by hand";
    assert_eq!(holds(&mut desk), [format!("{head}{tail}")]);
    // Before its server serves, nothing is said of its stores.
    desk.put("EVS1", "IS", ResourceState::OnlinePending);
    assert!(holds(&mut desk).contains(&head.to_owned()));
    desk.put("EVS1", "IS", ResourceState::Online);
    // By hand; and in Exchange 2003 only another hand leaves it dismounted.
    desk.store("EVS1").mount = MountState::Mounted;
    assert_eq!(holds(&mut desk), [head]);
    desk.store("EVS1").mount = MountState::Dismounted;
    desk.disk("EVS1").version = Exchange::E2003;
    assert_eq!(holds(&mut desk), [head]);
    // On its way back the job says itself what is left: this one was repaired, and is to be mounted.
    let mut disk = desk.disk_memory();
    disk.lease.as_mut().unwrap().phase =
        Phase::Restoring { stop: Stop::NodeLost, reached: 5, step: 2 };
    desk.journal("EVS1", &disk);
    assert_eq!(holds(&mut desk), [format!("{head}{tail}")]);
    node.license = Some(License::UNLIMITED);
    desk.remember(&node);
    assert_eq!(put_back(&mut desk).1, MountState::Mounted);
}

/// Whoever has the server then may not read what the job wrote: the way back is told beforehand.
#[test]
fn the_way_back_from_a_node_that_is_lost_is_told_before_a_store_goes() {
    let desk = before("2: notify Storage Offline");
    let told = desk.clone().wake().plan.actions.remove(0).action.act;
    let Act::Notify { text, .. } = told else { panic!("{told:?}") };
    assert_eq!(
        text,
        "Storage Offline: SG1/Mailbox of EVS1, job 1; should NODE1 be lost: license and designate \
         EVS1 on the node that owns it then, or mount SG1/Mailbox there by hand, from its complete \
         temporary file where it is damaged"
    );
}

#[test]
fn of_a_store_that_is_back_no_way_back_is_told() {
    let told = planned(&before("9: notify Storage Online")).unwrap().action.act;
    let Act::Notify { text, .. } = told else { panic!("{told:?}") };
    assert_eq!(text, "Storage Online: SG1/Mailbox of EVS1, job 1");
}

/// Nobody loses a store that is not mounted, but its files are made anew all the same.
#[test]
fn the_way_back_of_a_store_that_is_dismounted_already_is_told_at_the_start() {
    let start = |mount| {
        let mut desk = Desk::with_product("EVS1");
        desk.store("EVS1").mount = mount;
        desk.ask(Request::RunJob { script: Script::PreventativeMaintenance, stores: Vec::new() })
            .unwrap();
        loop {
            let told = desk.clone().wake().plan.actions.remove(0).action.act;
            if let Act::Notify { text, .. } = told {
                return text;
            }
            desk.wake();
            desk.finish();
        }
    };
    assert_eq!(start(MountState::Mounted), "Maintenance Starting: EVS1, job 1");
    assert_eq!(
        start(MountState::Dismounted),
        "Maintenance Starting: EVS1, job 1; should NODE1 be lost: license and designate EVS1 on \
         the node that owns it then, or put right there by hand what is damaged of SG1/Mailbox, \
         from the complete temporary file"
    );
}

/// A record that is not this node's to read changes nothing, whatever it says.
#[test]
fn what_lies_on_the_disk_of_an_ignored_server_is_never_read() {
    let mut desk = Desk::with_product("EVS1");
    desk.group("EVS2").owner = "NODE1".into();
    let plan = desk.clone().wake().plan;
    let lease = left_behind().disk_memory();
    for record in [lease, DiskMemory::default()] {
        desk.journal("EVS2", &record);
        assert_eq!(desk.clone().wake().plan, plan);
    }
    desk.disks.get_mut(&"EVS2".into()).unwrap().record.as_mut().unwrap().text = "{}}".into();
    assert_eq!(desk.wake().plan, plan);
}
