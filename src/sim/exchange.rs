//! Exchange on the cluster: stores, the rules of its resource types, and how long its clients are
//! cut off.
//!
//! What works on stores stands in `tool`, what a node does not run beside others in `limit`.

use super::cluster::{Cluster, Due, GroupId, NodeId, ResourceId};
use super::resource::Kind;
use super::tool::TemporaryFile;
use super::{Event, StoreConfiguration};
use crate::model::{
    Consistency, ErrorCode, GroupName, MountState, ResourceState, Size, Span, StoreName, Ticket,
    Time, ToolState, in_force,
};

/// What an act needs at the least before it shows.
pub(super) const NEXT_MOMENT: Span = Span::from_ms(1);

#[derive(Clone, Debug)]
pub(super) struct Store {
    pub(super) size: Size,
    pub(super) used: Size,
    pub(super) mailboxes: u32,
    pub(super) mounts_at_start: bool,
    pub(super) log_replay: Span,
    /// How many errors the next passes of the error fix put right, one after the other.
    pub(super) fixes: Vec<u32>,
    pub(super) mount: MountState,
    pub(super) consistency: Consistency,
    /// Its files are no good: copying a defragmentation back is not done, or was cut short.
    pub(super) damaged: bool,
    pub(super) temporary: Option<TemporaryFile>,
    pub(super) turn: u64,
    /// Another one than before since its files were made anew: no log of before fits them.
    pub(super) generation: u64,
    /// How many logs its users write in an hour.
    pub(super) logs: u64,
}

impl Store {
    pub(super) fn new(store: &StoreConfiguration) -> Self {
        Self {
            size: store.size,
            used: store.used,
            mailboxes: store.mailboxes,
            mounts_at_start: store.mounted,
            log_replay: store.log_replay,
            fixes: store.fixes.clone(),
            mount: MountState::Dismounted,
            consistency: Consistency::Consistent,
            damaged: false,
            temporary: None,
            turn: 0,
            generation: 0,
            logs: u64::from(store.logs),
        }
    }
}

/// How long an Exchange Virtual Server's clients have been cut off.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outage {
    /// By maintenance, or at an administrator's request.
    pub planned: Span,
    /// By faults.
    pub unplanned: Span,
}

/// Clients are cut off at the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CutOff {
    /// Since when, or since when for this reason.
    pub since: Time,
    /// By maintenance or at an administrator's request; else by a fault.
    pub planned: bool,
}

/// Measures outage as it comes and goes.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct OutageMeter {
    so_far: Outage,
    since: Option<Time>,
    planned: bool,
}

impl OutageMeter {
    /// Somebody or something is about to cut clients off. A fault during planned work makes the
    /// rest of the outage unplanned; a request during an unplanned outage changes nothing.
    pub(super) fn disturb(&mut self, now: Time, planned: bool) {
        if self.since.is_none() {
            self.planned = planned;
        } else if self.planned && !planned && in_force("a-fault-ends-a-planned-outage") {
            self.close(now);
            self.since = Some(now);
            self.planned = false;
        }
    }

    pub(super) fn is_over(&self) -> bool {
        self.since.is_none()
    }

    pub(super) fn observe(&mut self, now: Time, served: bool) {
        if served {
            self.close(now);
        } else if self.since.is_none() {
            self.since = Some(now);
        }
    }

    fn close(&mut self, now: Time) {
        self.so_far = self.until(now);
        self.since = None;
    }

    fn until(&self, now: Time) -> Outage {
        let mut outage = self.so_far;
        let running = self.since.map_or(Span::ZERO, |since| now.since(since));
        match self.planned {
            true => outage.planned += running,
            false => outage.unplanned += running,
        }
        outage
    }
}

impl Cluster {
    /// Outage of the group's clients so far.
    pub fn outage(&self, group: &GroupName) -> Option<Outage> {
        let id = self.group_id(group).ok()?;
        Some(self.groups[id.index()].outage.until(self.now))
    }

    /// Whether the group's clients are cut off now.
    pub fn cut_off(&self, group: &GroupName) -> Option<CutOff> {
        let meter = &self.groups[self.group_id(group).ok()?.index()].outage;
        Some(CutOff { since: meter.since?, planned: meter.planned })
    }

    /// Whether clients can work: every store that should be mounted is, and the Information Store
    /// and the Network Name are online on a node that lives.
    pub(super) fn served(&self, group: GroupId) -> bool {
        let here = &self.groups[group.index()];
        let resources = here.resources.iter().map(|id| &self.resources[id.index()]);
        let mut needed = resources.filter(|it| match it.kind {
            Kind::InformationStore | Kind::NetworkName => {
                in_force("clients-need-name-and-store-process")
            }
            // Its store says whether it is online.
            Kind::Database => it.broken,
            _ => false,
        });
        self.nodes[here.owner.index()].runs()
            && self.clients_get_to(group)
            && needed.all(|it| it.state == ResourceState::Online && !it.broken)
            && here.stores.values().filter(|store| store.mounts_at_start).all(|store| {
                store.mount == MountState::Mounted || !in_force("clients-need-every-store")
            })
    }

    /// How much longer the Information Store takes for the logs of its stores; in Exchange 2007
    /// each store replays its own.
    pub(super) fn log_replay(&self, group: GroupId) -> Span {
        if self.has_databases(group) {
            return Span::ZERO;
        }
        let stores = self.groups[group.index()].stores.values();
        let dirty = stores.filter(|store| {
            store.mounts_at_start && store.consistency == Consistency::Inconsistent
        });
        dirty.fold(Span::ZERO, |sum, store| sum + store.log_replay)
    }

    /// At the start every Information Store that is online has its stores mounted.
    pub(super) fn mount_at_start(&mut self) {
        for index in 0..self.resources.len() {
            let resource = &self.resources[index];
            let online = resource.state == ResourceState::Online;
            match resource.kind {
                Kind::InformationStore if online => self.mount_all(resource.group),
                Kind::Database if online => self.follow_database(ResourceId(index as u32)),
                _ => {}
            }
        }
        for index in 0..self.groups.len() {
            let group = GroupId(index as u32);
            let (now, served) = (self.now, self.served(group));
            self.groups[index].told = self.group_state(group);
            self.groups[index].outage.observe(now, served);
        }
        self.ship_logs();
        self.trace.clear();
    }

    /// The Information Store mounts its stores when it starts; a damaged one and one whose files a
    /// tool holds stay dismounted. In Exchange 2007 the cluster brings each online.
    pub(super) fn mount_all(&mut self, group: GroupId) {
        if self.has_databases(group) {
            return;
        }
        let here = &self.groups[group.index()];
        let busy = |name: &StoreName| {
            here.tools.get(name).is_some_and(|run| run.state == ToolState::Running)
        };
        let marked = |store: &Store| {
            store.mounts_at_start || !in_force("only-what-is-marked-is-mounted-at-the-start")
        };
        let names: Vec<StoreName> = here
            .stores
            .iter()
            .filter(|(_, store)| marked(store) && !store.damaged)
            .filter(|(name, _)| !busy(name) || !in_force("a-tool-keeps-its-store-dismounted"))
            .map(|(name, _)| name.clone())
            .collect();
        for name in names {
            self.set_mount(group, &name, MountState::Mounted);
        }
    }

    /// All stores of the group go down: cleanly with their Information Store, or with its process.
    pub(super) fn dismount_all(&mut self, group: GroupId, clean: bool) {
        self.end_backups(group);
        let names: Vec<StoreName> = self.groups[group.index()].stores.keys().cloned().collect();
        for name in names {
            let store = self.store_mut(group, &name);
            if store.mount == MountState::Dismounted {
                continue;
            }
            self.set_mount(group, &name, MountState::Dismounted);
            if !clean && in_force("an-unclean-end-leaves-logs-to-replay") {
                self.store_mut(group, &name).consistency = Consistency::Inconsistent;
            }
        }
    }

    pub(super) fn store_mut(&mut self, group: GroupId, name: &StoreName) -> &mut Store {
        let stores = &mut self.groups[group.index()].stores;
        stores.get_mut(name).expect("only names of the group's own stores are used")
    }

    pub(super) fn set_mount(&mut self, group: GroupId, name: &StoreName, mount: MountState) {
        let store = self.store_mut(group, name);
        store.mount = mount;
        store.turn += 1;
        store.consistency = match mount {
            MountState::Dismounted => Consistency::Consistent,
            _ => Consistency::Inconsistent,
        };
        self.touch_group(group);
        let owner = self.groups[group.index()].owner;
        let (group, node) = (self.group_name(group), self.node_name(owner));
        self.tell(Event::Store { group, store: name.clone(), node, mount });
        self.touch(owner);
    }

    pub(super) fn store_done(&mut self, group: GroupId, name: &StoreName, turn: u64) {
        let store = self.store_mut(group, name);
        if store.turn != turn {
            return;
        }
        match store.mount {
            MountState::Mounting => self.set_mount(group, name, MountState::Mounted),
            MountState::Dismounting => self.set_mount(group, name, MountState::Dismounted),
            MountState::Mounted | MountState::Dismounted => {}
        }
    }
}

/// What a node is asked to do with stores.
impl Cluster {
    pub(super) fn information_store_online(&self, group: GroupId) -> Result<(), ErrorCode> {
        let resources = self.groups[group.index()].resources.iter();
        let mut stores = resources
            .map(|id| &self.resources[id.index()])
            .filter(|resource| resource.kind == Kind::InformationStore);
        match stores.any(|store| store.state == ResourceState::Online && !store.broken) {
            true => Ok(()),
            false => Err(ErrorCode::ERROR_RESOURCE_NOT_ONLINE),
        }
    }

    pub(super) fn checked_store(
        &self,
        group: GroupId,
        name: &StoreName,
        mount: MountState,
    ) -> Result<(), ErrorCode> {
        let here = &self.groups[group.index()];
        let store = here.stores.get(name).ok_or(ErrorCode::ERROR_FILE_NOT_FOUND)?;
        let busy = here.tools.get(name).is_some_and(|run| run.state == ToolState::Running);
        let ready = store.mount == mount && !busy;
        match ready || !in_force("tools-need-the-store-dismounted") {
            true => Ok(()),
            false => Err(ErrorCode::ERROR_INVALID_STATE),
        }
    }

    pub(super) fn change_mount(
        &mut self,
        node: NodeId,
        group: &GroupName,
        name: &StoreName,
        mount: bool,
    ) -> Result<(), ErrorCode> {
        let id = self.reachable_disk(node, group)?;
        self.information_store_online(id)?;
        let (from, by, span) = match mount {
            true => (MountState::Dismounted, MountState::Mounting, self.switches.mount),
            false => (MountState::Mounted, MountState::Dismounting, self.switches.dismount),
        };
        self.checked_store(id, name, from)?;
        self.unlocked(id, name)?;
        let store = self.store_mut(id, name);
        if mount && store.damaged && in_force("a-damaged-store-is-not-mounted") {
            return Err(ErrorCode::ERROR_FILE_CORRUPT);
        }
        if mount && self.waits_for_logs(id, name) {
            return Err(ErrorCode::ERROR_NOT_READY);
        }
        if self.has_databases(id) {
            return self.change_database(id, name, mount);
        }
        let store = self.store_mut(id, name);
        let replay = match mount && store.consistency == Consistency::Inconsistent {
            true => store.log_replay,
            false => Span::ZERO,
        };
        self.groups[id.index()].outage.disturb(self.now, true);
        self.set_mount(id, name, by);
        let turn = self.store_mut(id, name).turn;
        self.after(span + replay, Due::StoreDone { group: id, store: name.clone(), turn });
        Ok(())
    }

    pub(super) fn notify(&mut self, node: NodeId, ticket: Ticket) {
        let life = self.nodes[node.index()].life;
        self.after(NEXT_MOMENT, Due::Notified { node, life, ticket });
    }

    pub(super) fn notified(&mut self, node: NodeId, life: u64, ticket: Ticket) {
        if self.nodes[node.index()].life == life {
            let latest = &mut self.nodes[node.index()].notified;
            *latest = (*latest).max(Some(ticket));
            self.touch(node);
        }
    }

    pub(super) fn announce(&mut self, node: NodeId, number: u32) {
        let life = self.nodes[node.index()].life;
        self.after(NEXT_MOMENT, Due::Announced { node, life, number });
    }

    pub(super) fn announced(&mut self, node: NodeId, life: u64, number: u32) {
        if self.nodes[node.index()].life == life {
            let latest = &mut self.nodes[node.index()].announced;
            *latest = (*latest).max(number);
            self.touch(node);
        }
    }

    /// Questions about the cluster are answered by members only.
    pub(super) fn member(&self, node: NodeId) -> Result<(), ErrorCode> {
        match self.nodes[node.index()].answers() {
            true => Ok(()),
            false => Err(ErrorCode::RPC_S_SERVER_UNAVAILABLE),
        }
    }
}
