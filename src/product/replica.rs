//! What a job does about the passive copies of a replicated server's stores: each is suspended
//! before its store is dismounted, and resumed afterwards, or seeded where a defragmentation has
//! made the store anew.
//!
//! The record on the server's disk is then one on this node's own: after a failover it stays here,
//! and so no other node tidies up after a job. What it left is reported by whoever looks after the
//! server, as far as it shows.
//!
//! Source: a tip of msexchange.org on offline defragmentation of a replicated store, step by step.

use std::collections::BTreeMap;

use super::gate::{Shut, Situation};
use super::job::{Progress, Sight};
use super::memory::Lease;
use super::policy::{Policy, Replication};
use super::reason::{CopyReason, Reason};
use super::vocabulary::Stop;
use crate::model::{
    Condition, Copies, CopyState, CopyView, DiskView, GroupName, MountState, ResourceView,
    StorageGroupName, StoreName, StoreView, Ticket, in_force, resource_type,
};

/// The passive copies of the server's stores, where there are any.
pub fn copies(disk: &DiskView) -> Option<&BTreeMap<StorageGroupName, CopyView>> {
    match &disk.copies {
        Copies::Shared => None,
        Copies::Replicated(copies) => Some(copies),
    }
}

/// The passive copy of a store.
pub fn copy<'a>(disk: &'a DiskView, store: &StoreName) -> Option<&'a CopyView> {
    copies(disk)?.get(&store.storage_group())
}

/// Whether these stores may be worked on, as far as they have a second copy.
///
/// # Errors
/// The first rule that keeps it shut.
pub fn allows(
    policy: &Policy,
    disk: &DiskView,
    stores: &[(&StoreName, &StoreView)],
) -> Result<(), Shut> {
    let Some(copies) = copies(disk) else { return Ok(()) };
    if policy.replication == Replication::Refused
        && in_force("gate-needs-replication-to-be-allowed")
    {
        return Err(Shut::ReplicationNotAllowed);
    }
    for (name, _) in stores.iter().filter(|_| in_force("gate-needs-healthy-copies")) {
        let storage_group = name.storage_group();
        let state = copies.get(&storage_group).map_or(CopyState::Failed, |copy| copy.state);
        if state != CopyState::Healthy {
            return Err(Shut::ReplicaUnhealthy(storage_group, state));
        }
    }
    Ok(())
}

/// How far the suspension of a copy is. One that has failed meanwhile cannot take over, and
/// nothing is taken from the users of its store then.
pub fn suspending(store: &StoreName, sight: &Sight) -> Progress {
    match copy(sight.disk, store).map(|copy| copy.state) {
        Some(CopyState::Suspended) => Progress::Done,
        Some(CopyState::Healthy) => Progress::Ready,
        _ => Progress::Broken(Stop::ReplicaChanged),
    }
}

/// Whether a store that is to be worked on has a copy that is not suspended for that: somebody has
/// resumed it, or seeds it.
pub fn is_not_held(lease: &Lease, store: &StoreName, sight: &Sight) -> bool {
    let copied = lease.stores.iter().any(|task| task.store == *store && task.copied);
    let state = copy(sight.disk, store).map(|copy| copy.state);
    copied && state != Some(CopyState::Suspended) && in_force("work-needs-a-suspended-copy")
}

/// Whatever else a copy is than suspended, it is so by another hand.
pub fn resuming(store: &StoreName, sight: &Sight) -> Progress {
    match copy(sight.disk, store).map(|copy| copy.state) {
        Some(CopyState::Suspended) => Progress::Ready,
        _ => Progress::Done,
    }
}

/// A seeding that failed is not tried again, and one for which the other node is out of reach is
/// not waited for: the copy stays as it is, and is reported.
pub fn reseeding(store: &StoreName, ticket: Ticket, sight: &Sight) -> Progress {
    let Some(found) = copy(sight.disk, store) else { return Progress::Done };
    let files = sight.disk.stores.get(store);
    // A store that is damaged has nothing to seed from, and one on its way would end a seeding.
    let moving = files
        .is_some_and(|store| matches!(store.mount, MountState::Mounting | MountState::Dismounting));
    match found.state {
        CopyState::Seeding => Progress::UnderWay,
        _ if found.seeded == Some(ticket) && in_force("a-copy-is-seeded-once") => Progress::Done,
        CopyState::Suspended if files.is_none_or(|store| store.damaged) => Progress::Done,
        CopyState::Suspended if !found.in_touch => Progress::Done,
        CopyState::Suspended if moving => Progress::UnderWay,
        CopyState::Suspended => Progress::Ready,
        CopyState::Healthy | CopyState::Failed => Progress::Done,
    }
}

/// Whether so much of the store's logs is missing here that it is not mounted.
pub fn lacks_logs(disk: &DiskView, store: &StoreName) -> bool {
    copy(disk, store).is_some_and(|copy| copy.missing > 0)
}

/// That the copy of a store is in this state when an act is carried out.
pub fn copy_is(group: &GroupName, store: &StoreName, state: CopyState) -> Condition {
    Condition::CopyIs { group: group.clone(), storage_group: store.storage_group(), state }
}

/// That the copy of a store is suspended when the store is worked on, where the job has one to
/// suspend.
pub fn held(lease: &Lease, group: &GroupName, store: &StoreName) -> Option<Condition> {
    let copied = lease.stores.iter().any(|task| task.store == *store && task.copied);
    let held = copied && in_force("act-needs-a-suspended-copy");
    held.then(|| copy_is(group, store, CopyState::Suspended))
}

/// Whether the designated server's record is on this node's own disk, as none moves with it.
pub fn stays_here(situation: &Situation) -> bool {
    let cluster = situation.view.cluster.known();
    let group = situation.server().and_then(|evs| cluster?.groups.get(&evs.group));
    let moves = |it: &ResourceView| it.is_a(resource_type::PHYSICAL_DISK);
    let stays = group.is_some_and(|group| !group.resources.values().any(moves));
    stays && in_force("a-record-that-stays-is-told")
}

/// What nobody here puts right of the copies: those that are suspended or have failed, and stores
/// that are not mounted for want of logs. While a job has them in hand that is its business; a copy
/// whose node is out of reach may be whole, and shows when it is back.
pub fn left(situation: &Situation) -> Vec<Reason> {
    let lease = situation.memory.disk.as_ref().and_then(|disk| disk.lease.as_ref());
    let idle = lease.is_none() && in_force("copies-that-are-left-are-reported");
    let (Some(evs), Some(disk)) = (situation.designated().filter(|_| idle), situation.disk())
    else {
        return Vec::new();
    };
    let reported = |copy: &CopyView| match copy.state {
        CopyState::Suspended => true,
        CopyState::Failed => copy.in_touch,
        CopyState::Healthy | CopyState::Seeding => false,
    };
    let all = copies(disk).into_iter().flatten();
    let mut reasons = Vec::new();
    for (storage_group, copy) in all {
        let (evs, storage_group) = (evs.clone(), storage_group.clone());
        if copy.missing > 0 {
            let (evs, storage_group) = (evs.clone(), storage_group.clone());
            reasons.push(Reason::Copy(CopyReason::LogsMissing {
                evs,
                storage_group,
                logs: copy.missing,
            }));
        }
        if reported(copy) {
            reasons.push(Reason::Copy(CopyReason::Left { evs, storage_group, state: copy.state }));
        }
    }
    reasons
}
