//! Cluster continuous replication of Exchange 2007: each store has an active copy on the disk of
//! the node that owns its server and a passive one on that of the other node. When the server
//! changes its owner, the two sets of files change their roles.
//!
//! How far the logs of the one are in the other stands in `shipping`.
//!
//! Absent on purpose: several stores in a storage group, which replication does not allow; tools on
//! passive files; what moves between the copies beside logs and a seeding.
//!
//! Source: Microsoft's library on cluster continuous replication, and a tip of msexchange.org on
//! offline defragmentation of a replicated store. What they leave open is general knowledge.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Event;
use super::cluster::{Cluster, Due, GroupId, NodeId};
use super::exchange::{NEXT_MOMENT, Store};
use super::loss::Medium;
use super::shipping::Logs;
use super::storage::Storage;
use crate::model::{
    Consistency, Copies, CopyState, CopyView, ErrorCode, GroupName, MountState, NodeName, Size,
    StorageGroupName, StoreName, Ticket, in_force,
};

/// How many logs may be missing where a store is mounted by itself all the same, the server's
/// `AutoDatabaseMountDial`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum MountDial {
    /// None.
    Lossless,
    /// Three.
    GoodAvailability,
    /// Six.
    #[default]
    BestAvailability,
}

impl MountDial {
    /// How many logs may be missing. Source: general knowledge of Exchange 2007.
    pub const fn logs_max(self) -> u64 {
        match self {
            MountDial::Lossless => 0,
            MountDial::GoodAvailability => 3,
            MountDial::BestAvailability => 6,
        }
    }
}

/// What an administrator does with the passive copy of a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CopyChange {
    /// It is to stop following.
    Suspend,
    /// It is to follow again.
    Resume,
    /// It is made anew.
    Reseed,
    /// The store is to be mounted whatever its files lack.
    Restore,
}

/// What has become of the two copies of a server's stores.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CopyNews {
    /// They have changed their roles, as the server has come to another node.
    Roles {
        /// The stores whose files are no good on that node.
        broken: Vec<StoreName>,
    },
    /// The passive copy of a storage group stands otherwise.
    State {
        /// The storage group.
        storage_group: StorageGroupName,
        /// The node with the copy.
        node: NodeName,
        /// How it stands from now on.
        state: CopyState,
    },
    /// A store lacks more logs than its server's mount dial allows, and is not mounted yet.
    Waits {
        /// The store.
        store: StoreName,
        /// The node where it would be mounted.
        node: NodeName,
        /// How many logs it lacks.
        logs: u32,
    },
    /// A store was mounted without these logs, and what they said is lost.
    Lost {
        /// The store.
        store: StoreName,
        /// The node where it is mounted.
        node: NodeName,
        /// How many logs.
        logs: u32,
    },
}

/// The second copy of everything that lies on the disk of a replicated server's owner.
#[derive(Clone, Debug)]
pub(super) struct Replication {
    pub(super) dial: MountDial,
    pub(super) copies: BTreeMap<StoreName, Replica>,
    /// The other node's disk.
    pub(super) disk: Storage,
    pub(super) medium: Medium,
    pub(super) occupied: Size,
}

impl Replication {
    pub(super) fn new(dial: MountDial, stores: &BTreeMap<StoreName, Store>) -> Self {
        let replica = |(name, store): (&StoreName, &Store)| (name.clone(), Replica::of(store));
        Self {
            dial,
            copies: stores.iter().map(replica).collect(),
            disk: Storage::default(),
            medium: Medium::Works,
            occupied: Size::default(),
        }
    }
}

/// The passive copy of one store.
#[derive(Clone, Debug)]
pub(super) struct Replica {
    /// Its files; how it is mounted means nothing.
    pub(super) files: Store,
    pub(super) suspended: bool,
    seeding: Option<Seeding>,
    seeded: Option<Ticket>,
    turn: u64,
    pub(super) logs: Logs,
    /// The active store was mounted since its server came to its node.
    pub(super) mounted_here: bool,
    /// An administrator takes the active files as they are.
    pub(super) accepted: bool,
    /// It was told that the active store waits for logs.
    pub(super) waits: bool,
    /// The state that the trace has last told of.
    told: CopyState,
}

/// The passive files are being made anew.
#[derive(Clone, Copy, Debug)]
struct Seeding {
    turn: u64,
    mount: MountState,
    /// Up to where the logs are in what is copied.
    log: u64,
}

impl Replica {
    fn of(store: &Store) -> Self {
        Self {
            files: store.clone(),
            suspended: false,
            seeding: None,
            seeded: None,
            turn: 0,
            logs: Logs::new(),
            mounted_here: true,
            accepted: false,
            waits: false,
            told: CopyState::Healthy,
        }
    }

    pub(super) fn is_seeding(&self) -> bool {
        self.seeding.is_some()
    }
}

impl Cluster {
    /// Whether each store of the group has a copy on either node.
    pub(super) fn is_replicated(&self, group: GroupId) -> bool {
        self.groups[group.index()].replication.is_some()
    }

    pub(super) fn replica(&self, group: GroupId, name: &StoreName) -> Option<&Replica> {
        self.groups[group.index()].replication.as_ref()?.copies.get(name)
    }

    pub(super) fn replica_mut(&mut self, group: GroupId, name: &StoreName) -> Option<&mut Replica> {
        self.groups[group.index()].replication.as_mut()?.copies.get_mut(name)
    }

    /// The node with the passive copies: a replicated cluster has two.
    fn passive_node(&self, group: GroupId) -> NodeId {
        NodeId(1 - self.groups[group.index()].owner.0)
    }

    /// Whether the two copies can be reached from each other's nodes. Neither cluster service is
    /// needed: the logs lie on a share.
    pub(super) fn copies_in_touch(&self, group: GroupId) -> bool {
        let (owner, other) = (self.groups[group.index()].owner, self.passive_node(group));
        let works = |id: NodeId| {
            let node = &self.nodes[id.index()];
            node.runs() && !node.booting && node.configured
        };
        let here = &self.groups[group.index()];
        let mediums = here.replication.as_ref().map(|it| [here.medium, it.medium]);
        works(owner)
            && works(other)
            && self.reaches(owner, other)
            && mediums.is_some_and(|both| both.iter().all(|it| *it != Medium::Dead))
    }

    /// How the passive copy of a store stands, the first that applies.
    pub(super) fn copy_state(&self, group: GroupId, name: &StoreName) -> CopyState {
        match self.replica(group, name) {
            Some(replica) if replica.is_seeding() => CopyState::Seeding,
            Some(replica) if replica.suspended => CopyState::Suspended,
            Some(replica) if self.can_follow(group, name, replica) => CopyState::Healthy,
            _ => CopyState::Failed,
        }
    }

    /// Whether the logs of one copy can be replayed into the other: one that was made anew, is
    /// incomplete or has logs of its own that the other lacks has to be seeded.
    fn can_follow(&self, group: GroupId, name: &StoreName, replica: &Replica) -> bool {
        let active = &self.groups[group.index()].stores[name];
        let other_files = active.generation != replica.files.generation;
        let made_anew = other_files && in_force("a-store-made-anew-needs-a-reseed");
        let apart = replica.mounted_here && replica.logs.diverged();
        self.copies_in_touch(group) && !replica.files.damaged && !made_anew && !apart
    }

    pub(super) fn copies_view(&self, group: GroupId) -> Copies {
        let Some(replication) = &self.groups[group.index()].replication else {
            return Copies::Shared;
        };
        let view = |(name, replica): (&StoreName, &Replica)| {
            let missing = match self.waits_for_logs(group, name) {
                true => self.missing_logs(group, name),
                false => 0,
            };
            let state = self.copy_state(group, name);
            let (seeded, in_touch) = (replica.seeded, self.copies_in_touch(group));
            (name.storage_group(), CopyView { state, seeded, missing, in_touch })
        };
        Copies::Replicated(replication.copies.iter().map(view).collect())
    }

    /// The group goes to this node: no disk goes from under its tools, but they end as what they
    /// work on becomes passive.
    pub(super) fn end_work_on_copies(&mut self, group: GroupId, to: NodeId) {
        if self.groups[group.index()].owner != to && self.is_replicated(group) {
            self.end_tools(group, |_| true);
        }
    }

    /// The two nodes change roles: what was passive is active from now on.
    pub(super) fn swap_copies(&mut self, group: GroupId) {
        self.ship_logs_of(group);
        let here = &mut self.groups[group.index()];
        let Some(replication) = &mut here.replication else { return };
        here.disk.writing = None;
        if in_force("a-record-stays-on-its-nodes-disk") {
            std::mem::swap(&mut here.disk, &mut replication.disk);
        }
        std::mem::swap(&mut here.medium, &mut replication.medium);
        std::mem::swap(&mut here.occupied, &mut replication.occupied);
        for (name, store) in &mut here.stores {
            let Some(replica) = replication.copies.get_mut(name) else { continue };
            let (mount, turn) = (store.mount, store.turn);
            std::mem::swap(store, &mut replica.files);
            (store.mount, store.turn) = (mount, turn + 1);
            // Mailboxes are in the directory, whatever file holds what is in them.
            store.mailboxes = replica.files.mailboxes;
            // What was shipped to it has been replayed.
            if !replica.logs.diverged() {
                store.consistency = Consistency::Consistent;
            }
            replica.logs.swap();
            replica.mounted_here = false;
            replica.accepted = false;
            replica.waits = false;
            replica.seeding = None;
            replica.turn += 1;
        }
        let broken = here.stores.iter().filter(|(_, store)| store.damaged);
        let broken = broken.map(|(name, _)| name.clone()).collect();
        self.tell_copies(group, CopyNews::Roles { broken });
    }

    pub(super) fn tell_copies(&mut self, group: GroupId, news: CopyNews) {
        let group = self.group_name(group);
        self.tell(Event::Copies { group, news });
    }

    /// Ends seedings whose source or target has changed, and tells of copies that stand otherwise
    /// than was told last.
    pub(super) fn watch_copies(&mut self, group: GroupId) {
        let touch = self.copies_in_touch(group);
        let Some(replication) = &self.groups[group.index()].replication else { return };
        let names: Vec<StoreName> = replication.copies.keys().cloned().collect();
        for name in names {
            let mount = self.groups[group.index()].stores[&name].mount;
            let replica = self.replica_mut(group, &name).expect("a copy of this group");
            let ends = |seeding: Seeding| !touch || seeding.mount != mount;
            if replica.seeding.is_some_and(ends) && in_force("a-seeding-ends-with-what-it-reads") {
                replica.seeding = None;
                replica.turn += 1;
            }
            let state = self.copy_state(group, &name);
            let replica = self.replica_mut(group, &name).expect("a copy of this group");
            if std::mem::replace(&mut replica.told, state) != state {
                let node = self.node_name(self.passive_node(group));
                let storage_group = name.storage_group();
                self.tell_copies(group, CopyNews::State { storage_group, node, state });
                self.touch(self.groups[group.index()].owner);
            }
        }
    }
}

/// What is asked of copies.
impl Cluster {
    fn store_in(&self, group: GroupId, of: &StorageGroupName) -> Result<StoreName, ErrorCode> {
        let replication = self.groups[group.index()].replication.as_ref();
        let copies = &replication.ok_or(ErrorCode::ERROR_NOT_SUPPORTED)?.copies;
        let found = copies.keys().find(|name| name.storage_group() == *of);
        found.cloned().ok_or(ErrorCode::ERROR_FILE_NOT_FOUND)
    }

    /// A node stops the passive copy from following, or lets it follow again.
    pub(super) fn ask_copy(
        &mut self,
        node: NodeId,
        group: &GroupName,
        of: &StorageGroupName,
        suspended: bool,
    ) -> Result<(), ErrorCode> {
        let id = self.reachable_disk(node, group)?;
        let name = self.store_in(id, of)?;
        self.set_copy(id, &name, suspended)
    }

    fn set_copy(
        &mut self,
        group: GroupId,
        name: &StoreName,
        suspended: bool,
    ) -> Result<(), ErrorCode> {
        let replica = self.replica_mut(group, name).ok_or(ErrorCode::ERROR_NOT_SUPPORTED)?;
        if replica.is_seeding() {
            return Err(ErrorCode::ERROR_BUSY);
        }
        if replica.suspended == suspended {
            return Err(ErrorCode::ERROR_INVALID_STATE);
        }
        replica.turn += 1;
        let turn = replica.turn;
        let due = Due::CopySet { group, store: name.clone(), turn, suspended };
        self.after(NEXT_MOMENT, due);
        Ok(())
    }

    pub(super) fn copy_set(
        &mut self,
        group: GroupId,
        name: &StoreName,
        turn: u64,
        suspended: bool,
    ) {
        let replica = self.replica_mut(group, name).filter(|replica| replica.turn == turn);
        if let Some(replica) = replica {
            replica.suspended = suspended;
            self.touch(self.groups[group.index()].owner);
        }
    }

    /// A node has a suspended copy made anew.
    pub(super) fn reseed(
        &mut self,
        node: NodeId,
        group: &GroupName,
        of: &StorageGroupName,
        ticket: Ticket,
    ) -> Result<(), ErrorCode> {
        let id = self.reachable_disk(node, group)?;
        let name = self.store_in(id, of)?;
        self.begin_seeding(id, &name, Some(ticket))
    }

    fn begin_seeding(
        &mut self,
        group: GroupId,
        name: &StoreName,
        ticket: Option<Ticket>,
    ) -> Result<(), ErrorCode> {
        self.ship_logs_of(group);
        let replica = self.replica(group, name).ok_or(ErrorCode::ERROR_NOT_SUPPORTED)?;
        if replica.is_seeding() || self.tool_works_on(group, name) {
            return Err(ErrorCode::ERROR_BUSY);
        }
        if !replica.suspended && in_force("only-a-suspended-copy-is-reseeded") {
            return Err(ErrorCode::ERROR_INVALID_STATE);
        }
        if !self.copies_in_touch(group) {
            return Err(ErrorCode::ERROR_HOST_NODE_NOT_AVAILABLE);
        }
        let active = &self.groups[group.index()].stores[name];
        if active.damaged {
            return Err(ErrorCode::ERROR_FILE_CORRUPT);
        }
        let (size, mount) = (active.size, active.mount);
        let span = self.seeding_span(size);
        let log = replica.logs.active();
        let replica = self.replica_mut(group, name).expect("it was found above");
        replica.turn += 1;
        let turn = replica.turn;
        replica.seeding = Some(Seeding { turn, mount, log });
        replica.seeded = ticket.or(replica.seeded);
        replica.files.damaged = in_force("a-copy-is-no-good-while-it-is-seeded");
        self.after(span, Due::Seeded { group, store: name.clone(), turn });
        self.touch(self.groups[group.index()].owner);
        Ok(())
    }

    /// A seeding is through: the copy follows again from there.
    pub(super) fn seeding_done(&mut self, group: GroupId, name: &StoreName, turn: u64) {
        let Some(active) = self.groups[group.index()].stores.get(name).cloned() else { return };
        let Some(replica) = self.replica_mut(group, name) else { return };
        let Some(seeding) = replica.seeding.filter(|seeding| seeding.turn == turn) else { return };
        replica.seeding = None;
        replica.suspended = false;
        replica.files = Store { temporary: None, damaged: false, ..active };
        replica.logs.seeded(seeding.log);
        self.touch(self.groups[group.index()].owner);
    }

    pub(super) fn change_copy(
        &mut self,
        group: GroupId,
        name: &StoreName,
        change: CopyChange,
    ) -> Result<(), ErrorCode> {
        self.reachable(group)?;
        match change {
            CopyChange::Suspend => self.set_copy(group, name, true),
            CopyChange::Resume => self.set_copy(group, name, false),
            CopyChange::Reseed => self.begin_seeding(group, name, None),
            CopyChange::Restore => {
                let waits = self.waits_for_logs(group, name);
                let replica =
                    self.replica_mut(group, name).ok_or(ErrorCode::ERROR_NOT_SUPPORTED)?;
                if !waits {
                    return Err(ErrorCode::ERROR_INVALID_STATE);
                }
                replica.accepted = true;
                Ok(())
            }
        }
    }

    /// Whether a tool has the store's files in hand.
    fn tool_works_on(&self, group: GroupId, name: &StoreName) -> bool {
        self.groups[group.index()].tools.get(name).is_some_and(super::tool::ToolRun::runs)
    }

    /// A server is not moved by request while a store that it serves has a copy that cannot take
    /// over from it.
    pub(super) fn copies_allow_move(&self, group: GroupId) -> Result<(), ErrorCode> {
        let Some(replication) = &self.groups[group.index()].replication else { return Ok(()) };
        let served = |name: &&StoreName| {
            self.groups[group.index()].stores[*name].mount != MountState::Dismounted
        };
        let mut names = replication.copies.keys().filter(served);
        let unfit = names.any(|name| self.copy_state(group, name) != CopyState::Healthy);
        match unfit && in_force("a-move-needs-healthy-copies") {
            true => Err(ErrorCode::ERROR_INVALID_STATE),
            false => Ok(()),
        }
    }
}
