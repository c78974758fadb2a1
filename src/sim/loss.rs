//! What dies under the groups of a node: the disk of a group, for good, and the store process,
//! which serves every Exchange Virtual Server of its node.
//!
//! Absent on purpose: restoring a store beside others that serve. A disk that is replaced comes
//! empty, or with everything that the last backup held.

use serde::Serialize;

use super::Event;
use super::cluster::{Cluster, GroupId, NodeId, ResourceId};
use super::resource::{Kind, Sight};
use crate::model::{Consistency, ErrorCode, ResourceState, StoreName, Tool, in_force};

/// What a group's disks are good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Medium {
    /// They hold what was written.
    Works,
    /// They are broken for good, and what was on them is lost.
    Dead,
    /// They work, and nothing has been on them yet.
    Empty,
}

/// What became of a group's disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DiskChange {
    /// It is broken for good, and what was on it is lost.
    Died,
    /// A new one is in its place with nothing on it.
    Emptied,
    /// A new one is in its place, and its stores are as the last backup held them.
    Restored,
}

impl Cluster {
    /// The disk of the group dies, and with it what lies on it: stores, temporary files, records.
    /// The cluster notices when it polls the disk next.
    pub(super) fn fail_disk(&mut self, group: GroupId) -> Result<(), ErrorCode> {
        if self.groups[group.index()].medium == Medium::Dead {
            return Err(ErrorCode::ERROR_INVALID_STATE);
        }
        // Copies on a node's own disk have no resource but those of their stores.
        let lost = match self.is_replicated(group) {
            true => Kind::Database,
            false => Kind::PhysicalDisk,
        };
        let disks = self.resources_of(group, lost);
        if disks.is_empty() {
            return Err(ErrorCode::ERROR_RESOURCE_NOT_FOUND);
        }
        let now = self.now;
        self.groups[group.index()].outage.disturb(now, false);
        self.disk_gone(group);
        self.dismount_all(group, false);
        let here = &mut self.groups[group.index()];
        here.medium = Medium::Dead;
        if in_force("a-record-is-lost-with-its-disk") {
            here.disk.record = None;
        }
        here.occupied = Default::default();
        // One on a node's own disk is all that is left.
        for store in here.stores.values_mut() {
            store.temporary = store.temporary.filter(|file| file.on.is_some());
        }
        let owner = here.owner;
        self.tell_disk(group, DiskChange::Died);
        // A node that hangs polls again when it goes on.
        if self.owner_lives(group).is_ok() || self.nodes[owner.index()].hung {
            disks.into_iter().for_each(|disk| self.breaks(disk, Sight::LooksAlive));
        }
        self.touch(owner);
        Ok(())
    }

    /// A new disk is put in the place of the dead one: empty, or with the stores as the last backup
    /// held them. Nobody backs the product's record up.
    pub(super) fn replace_disk(&mut self, group: GroupId, empty: bool) -> Result<(), ErrorCode> {
        let here = &mut self.groups[group.index()];
        let owner = here.owner;
        let passive = here.replication.as_mut().filter(|it| it.medium == Medium::Dead);
        let works = here.medium == Medium::Works && passive.is_none();
        if works && in_force("only-a-dead-disk-is-replaced") {
            return Err(ErrorCode::ERROR_INVALID_STATE);
        }
        // What was passive is seeded: no backup is of any use to it.
        if let Some(replication) = passive {
            replication.medium = Medium::Works;
            let damaged = in_force("a-copy-on-a-new-disk-has-to-be-seeded");
            replication.copies.values_mut().for_each(|copy| copy.files.damaged = damaged);
            if here.medium == Medium::Works {
                self.touch(owner);
                return Ok(());
            }
        }
        here.turns += 1;
        here.medium = if empty { Medium::Empty } else { Medium::Works };
        for store in here.stores.values_mut() {
            store.consistency = Consistency::Consistent;
            store.damaged = empty && in_force("an-empty-disk-holds-no-store");
            store.generation = here.turns;
        }
        self.tell_disk(group, if empty { DiskChange::Emptied } else { DiskChange::Restored });
        self.touch(owner);
        Ok(())
    }

    fn tell_disk(&mut self, group: GroupId, change: DiskChange) {
        let group = self.group_name(group);
        self.tell(Event::Disk { group, change });
    }

    /// Why this disk cannot come online: there is nothing that would answer.
    pub(super) fn disk_refuses(&self, id: ResourceId) -> Option<ErrorCode> {
        let resource = &self.resources[id.index()];
        let dead = self.groups[resource.group.index()].medium == Medium::Dead
            && in_force("a-dead-disk-does-not-come-online");
        (resource.kind == Kind::PhysicalDisk && dead).then_some(ErrorCode::ERROR_IO_DEVICE)
    }

    /// The store process of the node ends, and with it the stores of every server there. Exchange's
    /// health thread notices for each Information Store when it looks at it next.
    pub(super) fn fail_store_process(&mut self, node: NodeId) -> Result<(), ErrorCode> {
        if !self.nodes[node.index()].alive() {
            return Err(ErrorCode::ERROR_CLUSTER_NODE_DOWN);
        }
        let mut served: Vec<ResourceId> = self.information_stores_on(node);
        if served.is_empty() {
            return Err(ErrorCode::ERROR_SERVICE_NOT_ACTIVE);
        }
        if !in_force("one-store-process-for-every-server-of-a-node") {
            served.truncate(1);
        }
        for id in served {
            let (group, now) = (self.resources[id.index()].group, self.now);
            self.groups[group.index()].outage.disturb(now, false);
            self.end_tools(group, Tool::needs_information_store);
            self.dismount_all(group, false);
            match self.resources[id.index()].state {
                ResourceState::Online => self.breaks(id, Sight::LooksAlive),
                ResourceState::OnlinePending
                    if in_force("a-store-process-fails-what-is-on-its-way") =>
                {
                    self.fail(id, None);
                    self.drive(group);
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// The Information Stores that the node's store process serves, or is about to.
    fn information_stores_on(&self, node: NodeId) -> Vec<ResourceId> {
        let groups = (0..self.groups.len()).map(|at| GroupId(at as u32));
        let here = groups.filter(|group| {
            let group = &self.groups[group.index()];
            group.owner == node && !group.deleted
        });
        let served = here.flat_map(|group| self.resources_of(group, Kind::InformationStore));
        let runs = |id: &ResourceId| {
            let state = self.resources[id.index()].state;
            !matches!(state, ResourceState::Offline | ResourceState::Failed)
        };
        served.filter(runs).collect()
    }

    pub(super) fn resources_of(&self, group: GroupId, kind: Kind) -> Vec<ResourceId> {
        let all = self.groups[group.index()].resources.iter().copied();
        all.filter(|id| self.resources[id.index()].kind == kind).collect()
    }
}

/// What a store holds, as its users change it.
impl Cluster {
    /// Mailboxes are made or go, and what is in use with them. Files grow with what is in use, and
    /// never become smaller by themselves.
    pub(super) fn change_store(
        &mut self,
        group: GroupId,
        name: &StoreName,
        to: &super::StoreChange,
    ) -> Result<(), ErrorCode> {
        self.information_store_online(group)?;
        self.checked_store(group, name, crate::model::MountState::Mounted)?;
        let free = self.free(group);
        let store = self.store_mut(group, name);
        let used = to.used.unwrap_or(store.used);
        let size = to.size.unwrap_or(store.size).max(used);
        let shrinks = to.size.is_some_and(|size| size < store.size || size < used);
        if shrinks && in_force("files-never-become-smaller") {
            return Err(ErrorCode::ERROR_INVALID_PARAMETER);
        }
        if size.less(store.size) > free && in_force("a-store-grows-as-far-as-its-disk-has-room") {
            return Err(ErrorCode::ERROR_DISK_FULL);
        }
        (store.size, store.used) = (size, used);
        store.mailboxes = to.mailboxes.unwrap_or(store.mailboxes);
        let owner = self.groups[group.index()].owner;
        self.watch_room(group);
        self.touch(owner);
        Ok(())
    }
}
