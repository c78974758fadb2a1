//! What becomes of the lease of a job that no agent runs any more: which of its stores are put
//! back, by whom, and what is said to have ended the job.
//!
//! Absent on purpose: the leases of servers that are not designated here. They are never read: what
//! a lost node leaves on them is told before it goes ([`super::reason::WayBack`]).

use super::gate::Situation;
use super::job::{self, Sight};
use super::licensing;
use super::management::{Next, restore, sight, turn_back};
use super::memory::{Lease, Outcome, Phase};
use super::reason::Reason;
use super::vocabulary::Stop;
use crate::model::{
    DiskView, Exchange, MountState, NodeState, ResourceState, StoreName, ToolState, in_force,
};

/// Tidies up after a job that no agent runs any more. A node may always restore its own job; an
/// unlicensed one takes nothing over from another.
pub(super) fn recover(situation: &Situation, lease: &Lease) -> Next {
    let own = lease.node == situation.view.node;
    let Some(evs) = situation.server_here() else { return Next::Idle };
    if in_force("recovery-needs-a-licence") && !own && !licensing::is_entitled(situation.node) {
        let (node, job) = (lease.node.clone(), lease.job);
        let dismounted = dismounted(situation, lease);
        return Next::Wait(Reason::LeaseStays { evs: evs.name.clone(), node, job, dismounted });
    }
    match lease.phase {
        Phase::Restoring { .. } => restore(situation, lease),
        Phase::Forward { .. } => {
            let lease = take_up(situation, lease);
            turn_back(situation, evs, &lease, cause(situation, &lease))
        }
    }
}

/// Why the job of a lease that was left behind ended, as far as can be told from here.
fn cause(situation: &Situation, lease: &Lease) -> Stop {
    if lease.node == situation.view.node {
        return match situation.node.latest {
            Some(job) if job.number == lease.job => match job.outcome {
                Outcome::Stopped(stop) => stop,
                _ => Stop::NodeLost,
            },
            _ => Stop::NodeLost,
        };
    }
    let cluster = situation.view.cluster.known();
    let node = cluster.and_then(|cluster| cluster.nodes.get(&lease.node));
    match node.map(|node| node.state) {
        Some(NodeState::Up | NodeState::Paused) => Stop::EvsMoved,
        Some(NodeState::Down | NodeState::Joining) | None => Stop::NodeLost,
    }
}

/// The lease as it is taken up: without the stores that somebody has dismounted since the server
/// came here. Its Information Store mounted then whatever could be mounted; what is dismounted
/// under one that serves, whole and free of tools, is so by another hand.
///
/// Absent on purpose: Exchange 2007. There a dismount is an intent of the cluster and outlasts the
/// way here; the job's own cannot be told from another hand's.
fn take_up(situation: &Situation, lease: &Lease) -> Lease {
    let mut lease = lease.clone();
    let Some(sight) = sight(situation).filter(|_| started_anew(situation, &lease)) else {
        return lease;
    };
    // One that is on its way back already says so itself.
    if !matches!(lease.phase, Phase::Forward { .. })
        || sight.disk.version == Exchange::E2007
        || sight.information_store != Some(ResourceState::Online)
        || !in_force("recovery-leaves-what-was-dismounted-since")
    {
        return lease;
    }
    let taken = job::dismounted_so_far(&lease);
    for task in lease.stores.iter_mut().filter(|task| taken.contains(&task.store)) {
        let run = sight.disk.tools.get(&task.store);
        let busy = run.is_some_and(|run| run.state == ToolState::Running);
        task.left = !busy && is_dismounted(sight.disk, &task.store);
    }
    lease
}

/// Whether the server's Information Store was started anew since the job of this lease ran. Another
/// node's came here since; one of this node's own was lost with its server or its cluster service,
/// unless this node has no record of it, or the cluster merely did not answer.
fn started_anew(situation: &Situation, lease: &Lease) -> bool {
    let recorded = lease.job < situation.node.next_job;
    let unanswered = cause(situation, lease) == Stop::ClusterUnknown;
    lease.node != situation.view.node || recorded && !unanswered
}

/// The stores that the job took, and that would be mounted now if it were put right.
fn dismounted(situation: &Situation, lease: &Lease) -> Vec<StoreName> {
    let serves = |sight: &Sight| {
        let online = sight.information_store == Some(ResourceState::Online);
        online && in_force("an-owner-without-licence-names-what-is-left")
    };
    let Some(sight) = sight(situation).filter(serves) else { return Vec::new() };
    let left = take_up(situation, lease).left();
    let mut taken = job::dismounted_so_far(lease);
    taken.retain(|store| is_dismounted(sight.disk, store) && !left.contains(store));
    taken
}

fn is_dismounted(disk: &DiskView, store: &StoreName) -> bool {
    let found = disk.stores.get(store);
    found.is_some_and(|store| store.mount == MountState::Dismounted && !store.damaged)
}
