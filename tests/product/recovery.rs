//! What is put back of a job that no agent runs any more, by whom, and what it is told as.

use evsim::model::*;
use evsim::product::memory::{DiskMemory, EndedJob, Lease, Outcome, Phase, QueuedJob, StoreTask};
use evsim::product::reason::Reason;
use evsim::product::request::{Request, Script};
use evsim::product::vocabulary::Stop;

use crate::desk::Desk;
use crate::job::{before, planned, settle_on_its_way};

const JOB: Request =
    Request::RunJob { script: Script::PreventativeMaintenance, stores: Vec::new() };

/// NODE2 went down, or lost its server, while it defragmented the store.
pub(crate) fn left_behind() -> Desk {
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
    desk.store("EVS1").mount = MountState::Dismounted;
    desk
}

#[test]
fn what_another_node_left_is_put_back_without_its_notifications() {
    let mut desk = left_behind();
    desk.cluster.nodes.get_mut(&"NODE2".into()).unwrap().state = NodeState::Down;
    let said = settle_on_its_way(&mut desk);
    assert_eq!(said[0], "restores EVS1 after job 7 of NODE2: NodeLost");
    assert_eq!(
        said.last().unwrap(),
        "restored EVS1 after job 7 of NODE2: what it took is as it was"
    );
    // The lease is taken up at a step that defragments: two repairs that are not needed come first.
    let write = "write EVS1";
    assert_eq!(desk.log, [write, write, write, "mount SG1/Mailbox", write]);
    assert_eq!(desk.memory().latest_job(), None, "it was no job of this node");
    assert_eq!(desk.run_job().last().unwrap(), "job 1 completed on EVS1");
}

/// Whose job it was is told with that it was put right.
#[test]
fn what_was_put_right_is_told_as_this_nodes_own_or_anothers() {
    for (node, expected) in [("NODE1", true), ("NODE2", false)] {
        let mut desk = left_behind();
        let mut disk = desk.disk_memory();
        disk.lease.as_mut().unwrap().node = node.into();
        desk.journal("EVS1", &disk);
        let told = loop {
            let reason = planned(&desk).unwrap().reason;
            if let Reason::Recovered { own, .. } = reason {
                break own;
            }
            desk.wake();
            desk.finish();
        };
        assert_eq!(told, expected, "{node}");
    }
}

/// Of a job that this node ran before its record was lost: a new one waits until it is put right.
#[test]
fn a_node_puts_its_own_job_right_before_it_begins_another() {
    let mut desk = left_behind();
    let mut disk = desk.disk_memory();
    disk.lease.as_mut().unwrap().node = "NODE1".into();
    desk.journal("EVS1", &disk);
    let waits = desk.ask(JOB).unwrap();
    assert_eq!(waits.plan.actions[0].reason.to_string(), "job 1 waits behind job 7");
    desk.finish();
    let first = desk.clone().wake().plan.actions.remove(0);
    assert_eq!(first.reason.to_string(), "restores EVS1 after job 7 of NODE1: NodeLost");
    assert_eq!(desk.settle().last().unwrap(), "job 1 completed on EVS1");
}

/// It stopped that job itself, or knows of another one alone.
#[test]
fn a_job_that_this_node_left_is_told_as_it_ended() {
    let stopped = Outcome::Stopped(Stop::ClusterUnknown);
    for (number, expected) in [(7, Stop::ClusterUnknown), (6, Stop::NodeLost)] {
        let mut desk = left_behind();
        let mut disk = desk.disk_memory();
        disk.lease.as_mut().unwrap().node = "NODE1".into();
        desk.journal("EVS1", &disk);
        let mut node = desk.node_memory();
        // It may put back what it took without a licence too.
        node.license = None;
        node.latest = Some(EndedJob { number, outcome: stopped });
        desk.remember(&node);
        let said = desk.settle();
        assert_eq!(said[0], format!("restores EVS1 after job 7 of NODE1: {expected}"));
        assert_eq!(desk.disk_memory().lease, None);
    }
}

/// Another node's lease that lies on the server when a job's turn comes is no reason to wait.
#[test]
fn a_job_whose_turn_comes_at_another_nodes_lease_is_skipped() {
    let mut desk = left_behind();
    let mut node = desk.node_memory();
    node.jobs.push(QueuedJob::new(1, Script::PreventativeMaintenance, Vec::new()));
    desk.remember(&node);
    let said = desk.settle();
    assert_eq!(said[0], "job 1 skipped: AnotherJobRunning, job 7 of NODE2 holds it");
    assert!(said[1].starts_with("restores EVS1 after job 7 of NODE2"), "{said:?}");
}

/// A lease came onto the server after a job began and before it took its own.
#[test]
fn a_job_does_not_go_on_under_the_lease_of_another() {
    let lease = left_behind().disk_memory();
    let mut desk = before("write EVS1");
    desk.journal("EVS1", &lease);
    assert_eq!(desk.settle()[0], "job 1 skipped: AnotherJobRunning, job 7 of NODE2 holds it");
    // One of this node is put right first.
    let mut own = lease;
    own.lease.as_mut().unwrap().node = "NODE1".into();
    let mut desk = before("write EVS1");
    desk.journal("EVS1", &own);
    let said = desk.settle();
    assert_eq!(said[0], "restores EVS1 after job 7 of NODE1: NodeLost");
    assert_eq!(said.last().unwrap(), "job 1 completed on EVS1");
}

#[test]
fn an_unlicensed_node_and_another_designation_take_nothing_over() {
    let mut desk = left_behind();
    let mut node = desk.node_memory();
    node.license = None;
    desk.remember(&node);
    let woken = desk.wake();
    let holds: Vec<String> = woken.plan.holds.iter().map(ToString::to_string).collect();
    assert_eq!(holds.len(), 1);
    assert!(holds[0].starts_with("leaves job 7 of NODE2 on EVS1: this node has no licence"));
    let mut desk = left_behind();
    let other = Desk::with_product("EVS2").node_memory();
    desk.group("EVS2").owner = "NODE1".into();
    desk.remember(&other);
    assert_eq!(desk.settle(), [""; 0]);
}
