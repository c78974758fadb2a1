//! How far the logs of one copy of a store are in the other, and what a store does that is to be
//! mounted from files that lack some.
//!
//! Logs are shipped without events: how many there are follows from the time that has passed since
//! the last change. A log is shipped when it is full, and the last one when its store is
//! dismounted. What has been shipped has been replayed.
//!
//! Absent on purpose: how fast the network is beyond one figure, and messages that the transport
//! servers deliver once more after a loss.

use super::cluster::{Cluster, GroupId, ResourceId};
use super::replica::{CopyNews, Replica};
use super::resource::Kind;
use super::switches::Divergence;
use crate::model::{Consistency, MountState, ResourceState, Size, Span, StoreName, Time, in_force};

/// The parts of a log: what is written in a millisecond at one log an hour is one.
const LOG: u64 = 3_600_000;
/// How many of its latest logs a database can lose before what they say is in its files (lost log
/// resilience). Source: general knowledge of Exchange 2007.
const LOST_LOGS_MAX: u64 = 10;

/// How long a history each copy of a store has, in parts of a log, and how much of it is the same.
#[derive(Clone, Copy, Debug)]
pub(super) struct Logs {
    active: u64,
    passive: u64,
    common: u64,
    since: Time,
    flow: Flow,
}

/// What has been going on since the last change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Flow {
    /// Logs an hour that the users of the active store write.
    written: u64,
    /// Which copy is being brought up to the other, if any is.
    ships: Ships,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Ships {
    #[default]
    Nothing,
    /// The passive copy follows; the last log too, as nothing more is written into it.
    ToPassive { last: bool },
    /// The active copy, which is not mounted, gets what it lacks.
    ToActive,
}

impl Logs {
    /// Two copies that are alike.
    pub(super) const fn new() -> Self {
        let flow = Flow { written: 0, ships: Ships::Nothing };
        Self { active: 0, passive: 0, common: 0, since: Time::START, flow }
    }

    pub(super) const fn active(&self) -> u64 {
        self.active
    }

    /// Either copy has logs that the other lacks.
    pub(super) const fn diverged(&self) -> bool {
        self.passive > self.common
    }

    pub(super) fn swap(&mut self) {
        std::mem::swap(&mut self.active, &mut self.passive);
        self.flow = Flow::default();
    }

    /// The passive copy was made from the active one as it stood here.
    pub(super) fn seeded(&mut self, log: u64) {
        (self.passive, self.common) = (log, log);
    }

    /// Brings the figures up to now.
    fn pass(&mut self, now: Time, log: Span) {
        let ms = now.since(self.since).ms();
        self.since = now;
        self.active += self.flow.written * ms;
        let shipped = u128::from(ms) * u128::from(LOG) / u128::from(log.ms().max(1));
        let shipped = u64::try_from(shipped).unwrap_or(u64::MAX);
        match self.flow.ships {
            Ships::Nothing => {}
            Ships::ToPassive { last } => {
                let all = last || !in_force("a-log-is-shipped-when-it-is-full");
                let target = if all { self.active } else { self.active / LOG * LOG };
                self.passive = target.min(self.passive.saturating_add(shipped)).max(self.passive);
                self.common = self.passive;
            }
            Ships::ToActive => {
                self.active = self.passive.min(self.active.saturating_add(shipped));
                self.common = self.active;
            }
        }
    }
}

impl Cluster {
    /// What a seeding takes.
    pub(super) fn seeding_span(&self, size: Size) -> Span {
        size.time_at(self.switches.seed_gigabyte)
    }

    /// Brings the logs of every copy up to now; a store that waited for some may go on.
    pub(super) fn ship_logs(&mut self) {
        for at in 0..self.replicated.len() {
            let group = self.replicated[at];
            self.ship_logs_of(group);
            self.watch_copies(group);
            if self.watch_waiting(group) {
                self.drive(group);
            }
        }
    }

    pub(super) fn ship_logs_of(&mut self, group: GroupId) {
        let (now, log) = (self.now, self.switches.ship_log);
        let names: Vec<StoreName> = self.groups[group.index()].stores.keys().cloned().collect();
        for name in names {
            let Some(replica) = self.replica_mut(group, &name) else { continue };
            replica.logs.pass(now, log);
            self.reconcile(group, &name);
            let flow = self.flow(group, &name);
            let active = &self.groups[group.index()].stores[&name];
            let (size, used) = (active.size, active.used);
            let Some(replica) = self.replica_mut(group, &name) else { continue };
            replica.logs.flow = flow;
            // What the logs tell of, they also tell of how large the files are.
            if matches!(flow.ships, Ships::ToPassive { .. }) {
                (replica.files.size, replica.files.used) = (size, used);
            }
        }
    }

    fn flow(&self, group: GroupId, name: &StoreName) -> Flow {
        let store = &self.groups[group.index()].stores[name];
        let mounted = store.mount == MountState::Mounted;
        let written = if mounted { store.logs } else { 0 };
        let clean = !mounted && store.consistency == Consistency::Consistent;
        let able = |it: &&Replica| {
            !it.suspended
                && !it.is_seeding()
                && self.alike(group, name)
                && self.copies_in_touch(group)
        };
        let ships = match self.replica(group, name).filter(able).map(|replica| replica.logs) {
            Some(logs) if logs.passive == logs.common => Ships::ToPassive { last: clean },
            Some(logs) if logs.active == logs.common && !mounted => Ships::ToActive,
            _ => Ships::Nothing,
        };
        Flow { written, ships }
    }

    /// Whether both copies are whole and of the same making.
    fn alike(&self, group: GroupId, name: &StoreName) -> bool {
        let active = &self.groups[group.index()].stores[name];
        self.replica(group, name).is_some_and(|replica| {
            !active.damaged
                && !replica.files.damaged
                && active.generation == replica.files.generation
        })
    }

    /// A copy that was active, and lost no more than its latest logs, throws them away and follows:
    /// an incremental reseed.
    fn reconcile(&mut self, group: GroupId, name: &StoreName) {
        let fits = self.switches.diverged_copy == Divergence::Incremental
            && self.copies_in_touch(group)
            && self.alike(group, name);
        let Some(replica) = self.replica_mut(group, name).filter(|_| fits) else { return };
        let own = replica.logs.passive - replica.logs.common;
        let diverged = own > 0 && replica.mounted_here;
        let little = own.div_ceil(LOG) <= LOST_LOGS_MAX || !in_force("few-lost-logs-are-forgotten");
        if diverged && little && !replica.suspended && !replica.is_seeding() {
            replica.logs.passive = replica.logs.common;
        }
    }

    /// The figures as they are now.
    fn logs_now(&self, group: GroupId, name: &StoreName) -> Option<Logs> {
        let mut logs = self.replica(group, name)?.logs;
        logs.pass(self.now, self.switches.ship_log);
        Some(logs)
    }

    /// How many logs of the other copy the active files of a store lack that is not in use.
    pub(super) fn missing_logs(&self, group: GroupId, name: &StoreName) -> u32 {
        let in_use = self.replica(group, name).is_some_and(|replica| replica.mounted_here);
        let logs = self.logs_now(group, name).filter(|_| !in_use);
        let parts = logs.map_or(0, |it| it.passive.saturating_sub(it.common));
        u32::try_from(parts.div_ceil(LOG)).unwrap_or(u32::MAX)
    }

    /// Whether the store is not mounted before more of its logs are there, or an administrator
    /// takes it as it is.
    pub(super) fn waits_for_logs(&self, group: GroupId, name: &StoreName) -> bool {
        let here = &self.groups[group.index()];
        let Some(replication) = &here.replication else { return false };
        let missing = self.missing_logs(group, name);
        let accepted = self.replica(group, name).is_some_and(|replica| replica.accepted);
        u64::from(missing) > replication.dial.logs_max()
            && !(accepted && in_force("a-loss-can-be-accepted"))
            && !(self.flow(group, name).ships == Ships::ToActive
                && in_force("logs-that-come-back-end-the-wait"))
            && in_force("the-mount-dial-says-what-may-be-missing")
    }

    /// Whether this resource is a store that waits for its logs.
    pub(super) fn database_waits(&self, id: ResourceId) -> bool {
        let resource = &self.resources[id.index()];
        resource.kind == Kind::Database
            && self.is_replicated(resource.group)
            && self.store_of(id).is_some_and(|name| self.waits_for_logs(resource.group, &name))
    }

    /// Tells of stores that begin to wait; whether one has ended to.
    fn watch_waiting(&mut self, group: GroupId) -> bool {
        let mut ended = false;
        for id in self.resources_of(group, Kind::Database) {
            let Some(name) = self.store_of(id) else { continue };
            let resource = &self.resources[id.index()];
            let up = resource.state == ResourceState::Offline && resource.wanted;
            let waits = up
                && self.information_store_online(group).is_ok()
                && self.waits_for_logs(group, &name);
            let before = self.replica(group, &name).is_some_and(|replica| replica.waits);
            if waits && !before {
                let logs = self.missing_logs(group, &name);
                let owner = self.groups[group.index()].owner;
                let (store, node) = (name.clone(), self.node_name(owner));
                self.tell_copies(group, CopyNews::Waits { store, node, logs });
            }
            ended |= before && !waits && up;
            if let Some(replica) = self.replica_mut(group, &name) {
                replica.waits = waits;
            }
        }
        ended
    }

    /// How long the logs take that the store still lacks and can get.
    pub(super) fn shipping_span(&self, group: GroupId, name: &StoreName) -> Span {
        match self.flow(group, name).ships {
            Ships::ToActive => {
                let parts = self.logs_now(group, name).map_or(0, |it| it.passive - it.common);
                let ms = u128::from(parts) * u128::from(self.switches.ship_log.ms());
                Span::from_ms(ms.div_ceil(u128::from(LOG)) as u64)
            }
            _ => Span::ZERO,
        }
    }

    /// The store is in use on this node from now on: what its files lack is lost.
    pub(super) fn mounted_copy(&mut self, group: GroupId, name: &StoreName) {
        let log = self.switches.ship_log;
        let now = self.now;
        let owner = self.groups[group.index()].owner;
        let Some(replica) = self.replica_mut(group, name) else { return };
        replica.logs.pass(now, log);
        let lost = replica.logs.passive.saturating_sub(replica.logs.common).div_ceil(LOG);
        let first = !replica.mounted_here;
        replica.mounted_here = true;
        replica.accepted = false;
        if first && lost > 0 {
            let logs = u32::try_from(lost).unwrap_or(u32::MAX);
            let (store, node) = (name.clone(), self.node_name(owner));
            self.tell_copies(group, CopyNews::Lost { store, node, logs });
        }
    }
}
