//! Exchange on the cluster: stores, the tools that work on them, the rules of its resource types,
//! and how long its clients are cut off.
//!
//! Absent so far: backups, damage by an interrupted defragmentation, the limit of four storage
//! groups.

use super::cluster::{Cluster, Due, GroupId, NodeId, ResourceId};
use super::resource::Kind;
use super::{Event, StoreConfiguration};
use crate::model::{
    Consistency, DiskView, ErrorCode, GroupName, MountState, Notice, ResourceState, Size, Span,
    StoreName, StoreView, Ticket, Time, Tool, ToolState, ToolView,
};

/// `isinteg`: 4.5 GB an hour, the middle of the published 3 to 6 (KB 259851).
const ERROR_FIX_BYTES_PER_HOUR: u64 = (9 << 30) / 2;
/// `eseutil /d`: 7.5 GB an hour, the middle of the published 5 to 10 (Q272234).
const DEFRAGMENT_BYTES_PER_HOUR: u64 = (15 << 30) / 2;
/// Deleting the temporary file at the end of a defragmentation; assumed.
const DELETE_TEMPORARY: Span = Span::from_secs(1);
/// What an act needs at the least before it shows.
const NEXT_MOMENT: Span = Span::from_ms(1);

#[derive(Clone, Debug)]
pub(super) struct Store {
    pub(super) size: Size,
    used: Size,
    mailboxes: u32,
    mounts_at_start: bool,
    log_replay: Span,
    mount: MountState,
    consistency: Consistency,
    turn: u64,
}

impl Store {
    pub(super) fn new(store: &StoreConfiguration) -> Self {
        Self {
            size: store.size,
            used: store.used,
            mailboxes: store.mailboxes,
            mounts_at_start: store.mounted,
            log_replay: store.log_replay,
            mount: MountState::Dismounted,
            consistency: Consistency::Consistent,
            turn: 0,
        }
    }
}

#[derive(Clone, Debug)]
pub(super) struct ToolRun {
    tool: Tool,
    ticket: Ticket,
    state: ToolState,
}

/// How long an Exchange Virtual Server's clients have been cut off.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outage {
    /// By maintenance, or at an administrator's request.
    pub planned: Span,
    /// By faults.
    pub unplanned: Span,
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
        } else if self.planned && !planned {
            self.close(now);
            self.since = Some(now);
            self.planned = false;
        }
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

    /// Whether clients can work: every store that should be mounted is, and the Information Store
    /// and the Network Name are online on a node that lives.
    pub(super) fn served(&self, group: GroupId) -> bool {
        let here = &self.groups[group.index()];
        let resources = here.resources.iter().map(|id| &self.resources[id.index()]);
        let mut needed =
            resources.filter(|it| matches!(it.kind, Kind::InformationStore | Kind::NetworkName));
        self.nodes[here.owner.index()].machine_on
            && needed.all(|it| it.state == ResourceState::Online && !it.broken)
            && here
                .stores
                .values()
                .filter(|store| store.mounts_at_start)
                .all(|store| store.mount == MountState::Mounted)
    }

    pub(super) fn log_replay(&self, group: GroupId) -> Span {
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
            if resource.kind == Kind::InformationStore && resource.state == ResourceState::Online {
                self.mount_all(resource.group);
            }
        }
        for index in 0..self.groups.len() {
            let group = GroupId(index as u32);
            let (now, served) = (self.now, self.served(group));
            self.groups[index].told = self.group_state(group);
            self.groups[index].outage.observe(now, served);
        }
        self.trace.clear();
    }

    /// The Information Store mounts its stores when it starts; a store whose files a tool holds
    /// stays dismounted.
    pub(super) fn mount_all(&mut self, group: GroupId) {
        let here = &self.groups[group.index()];
        let busy = |name: &StoreName| {
            here.tools.get(name).is_some_and(|run| run.state == ToolState::Running)
        };
        let names: Vec<StoreName> = here
            .stores
            .iter()
            .filter(|(name, store)| store.mounts_at_start && !busy(name))
            .map(|(name, _)| name.clone())
            .collect();
        for name in names {
            self.set_mount(group, &name, MountState::Mounted);
        }
    }

    /// All stores of the group go down: cleanly with their Information Store, or with its process.
    pub(super) fn dismount_all(&mut self, group: GroupId, clean: bool) {
        let names: Vec<StoreName> = self.groups[group.index()].stores.keys().cloned().collect();
        for name in names {
            let store = self.store_mut(group, &name);
            if store.mount == MountState::Dismounted {
                continue;
            }
            self.set_mount(group, &name, MountState::Dismounted);
            if !clean {
                self.store_mut(group, &name).consistency = Consistency::Inconsistent;
            }
        }
    }

    /// The disk is no longer there: tools lose their files, writes under way end where they are.
    pub(super) fn disk_gone(&mut self, group: GroupId) {
        self.groups[group.index()].disk.writing = None;
        self.end_tools(group, |_| true);
    }

    /// Runs of these tools fail as what they need is gone: their files, or the Information Store.
    pub(super) fn end_tools(&mut self, group: GroupId, concerns: fn(Tool) -> bool) {
        let runs = self.groups[group.index()].tools.iter_mut();
        let lost: Vec<(StoreName, Tool)> = runs
            .filter(|(_, run)| run.state == ToolState::Running)
            .filter(|(_, run)| concerns(run.tool))
            .map(|(name, run)| {
                run.state = ToolState::Failed;
                (name.clone(), run.tool)
            })
            .collect();
        for (name, tool) in lost {
            self.tell_tool(group, &name, tool, ToolState::Failed);
        }
    }

    fn store_mut(&mut self, group: GroupId, name: &StoreName) -> &mut Store {
        let stores = &mut self.groups[group.index()].stores;
        stores.get_mut(name).expect("only names of the group's own stores are used")
    }

    fn set_mount(&mut self, group: GroupId, name: &StoreName, mount: MountState) {
        let store = self.store_mut(group, name);
        store.mount = mount;
        store.turn += 1;
        store.consistency = match mount {
            MountState::Dismounted => Consistency::Consistent,
            _ => Consistency::Inconsistent,
        };
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

    /// Why an Exchange resource cannot come online here: with more than two nodes, a node carries
    /// one Exchange Virtual Server at most, and the second one's System Attendant fails.
    ///
    /// Source: Microsoft's article KB 329208, as the trade press cites it.
    pub(super) fn exchange_refuses(&self, id: ResourceId) -> Option<ErrorCode> {
        let resource = &self.resources[id.index()];
        let nodes = self.nodes.iter().filter(|node| node.configured).count();
        if resource.kind != Kind::SystemAttendant || nodes <= 2 {
            return None;
        }
        let owner = self.groups[resource.group.index()].owner;
        let other_here = self.resources.iter().any(|other| {
            let group = &self.groups[other.group.index()];
            other.kind == Kind::SystemAttendant
                && other.group != resource.group
                && other.state == ResourceState::Online
                && group.owner == owner
                && !group.deleted
        });
        other_here.then_some(ErrorCode::ERROR_RESMON_ONLINE_FAILED)
    }
}

/// What a node is asked to do with stores.
impl Cluster {
    fn information_store_online(&self, group: GroupId) -> Result<(), ErrorCode> {
        let resources = self.groups[group.index()].resources.iter();
        let mut stores = resources
            .map(|id| &self.resources[id.index()])
            .filter(|resource| resource.kind == Kind::InformationStore);
        match stores.any(|store| store.state == ResourceState::Online && !store.broken) {
            true => Ok(()),
            false => Err(ErrorCode::ERROR_RESOURCE_NOT_ONLINE),
        }
    }

    fn checked_store(
        &mut self,
        group: GroupId,
        name: &StoreName,
        mount: MountState,
    ) -> Result<(), ErrorCode> {
        let here = &self.groups[group.index()];
        let store = here.stores.get(name).ok_or(ErrorCode::ERROR_FILE_NOT_FOUND)?;
        let busy = here.tools.get(name).is_some_and(|run| run.state == ToolState::Running);
        match store.mount == mount && !busy {
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

    pub(super) fn start_tool(
        &mut self,
        node: NodeId,
        group: &GroupName,
        name: &StoreName,
        tool: Tool,
        ticket: Ticket,
    ) -> Result<(), ErrorCode> {
        let id = self.reachable_disk(node, group)?;
        self.checked_store(id, name, MountState::Dismounted)?;
        if tool.needs_information_store() {
            self.information_store_online(id)?;
        }
        if tool == Tool::Defragment && self.free(id) < self.store_mut(id, name).used {
            return Err(ErrorCode::ERROR_DISK_FULL);
        }
        let size = self.store_mut(id, name).size;
        let span = match tool {
            Tool::ConsistencyCheck => self.switches.consistency_check,
            Tool::ErrorFix | Tool::ErrorReport => size.time_at(ERROR_FIX_BYTES_PER_HOUR),
            Tool::Defragment => size.time_at(DEFRAGMENT_BYTES_PER_HOUR) + DELETE_TEMPORARY,
        };
        let run = ToolRun { tool, ticket, state: ToolState::Running };
        self.groups[id.index()].tools.insert(name.clone(), run);
        self.tell_tool(id, name, tool, ToolState::Running);
        let life = self.nodes[node.index()].life;
        self.after(span, Due::ToolDone { group: id, store: name.clone(), ticket, life });
        Ok(())
    }

    /// Ends a run that is under way; its files stay as they are at that moment.
    pub(super) fn stop_tool(
        &mut self,
        node: NodeId,
        group: &GroupName,
        name: &StoreName,
        ticket: Ticket,
    ) -> Result<(), ErrorCode> {
        let id = self.reachable_disk(node, group)?;
        if !self.is_running(id, name, ticket) {
            return Err(ErrorCode::ERROR_INVALID_STATE);
        }
        self.after(NEXT_MOMENT, Due::ToolStopped { group: id, store: name.clone(), ticket });
        Ok(())
    }

    pub(super) fn tool_stopped(&mut self, group: GroupId, name: &StoreName, ticket: Ticket) {
        if self.is_running(group, name, ticket)
            && let Some(run) = self.groups[group.index()].tools.get_mut(name)
        {
            run.state = ToolState::Failed;
            let tool = run.tool;
            self.tell_tool(group, name, tool, ToolState::Failed);
        }
    }

    fn is_running(&self, group: GroupId, name: &StoreName, ticket: Ticket) -> bool {
        let run = self.groups[group.index()].tools.get(name);
        run.is_some_and(|run| run.ticket == ticket && run.state == ToolState::Running)
    }

    fn tell_tool(&mut self, group: GroupId, name: &StoreName, tool: Tool, state: ToolState) {
        let owner = self.groups[group.index()].owner;
        let (group, node) = (self.group_name(group), self.node_name(owner));
        self.tell(Event::Tool { group, store: name.clone(), node, tool, state });
        self.touch(owner);
    }

    pub(super) fn tool_done(
        &mut self,
        group: GroupId,
        name: &StoreName,
        ticket: Ticket,
        life: u64,
    ) {
        let owner = self.groups[group.index()].owner;
        let current = self.nodes[owner.index()].life == life;
        let Some(run) = self.groups[group.index()].tools.get_mut(name) else { return };
        if !current || run.ticket != ticket || run.state != ToolState::Running {
            return;
        }
        let tool = run.tool;
        let store = self.groups[group.index()].stores.get(name);
        let clean = store.is_some_and(|store| store.consistency == Consistency::Consistent);
        let state = match tool {
            Tool::ConsistencyCheck if !clean => ToolState::Failed,
            _ => ToolState::Succeeded,
        };
        if let Some(run) = self.groups[group.index()].tools.get_mut(name) {
            run.state = state;
        }
        if tool == Tool::Defragment {
            let store = self.store_mut(group, name);
            store.size = store.used;
        }
        self.tell_tool(group, name, tool, state);
    }

    pub(super) fn notify(&mut self, node: NodeId, _notice: Notice, ticket: Ticket) {
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

    /// What the group's disks have left beside stores and temporary files.
    fn free(&self, group: GroupId) -> Size {
        let here = &self.groups[group.index()];
        let running = |name: &&StoreName| {
            let run = here.tools.get(*name);
            run.is_some_and(|run| run.tool == Tool::Defragment && run.state == ToolState::Running)
        };
        let stores: Size = here.stores.values().map(|store| store.size).sum();
        let temporary: Size =
            here.stores.keys().filter(running).map(|name| here.stores[name].used).sum();
        here.capacity.less(stores + temporary)
    }

    pub(super) fn disk_view(&self, group: GroupId) -> DiskView {
        let here = &self.groups[group.index()];
        let store = |(name, store): (&StoreName, &Store)| {
            let Store { mount, consistency, size, mailboxes, .. } = *store;
            (name.clone(), StoreView { mount, consistency, size, mailboxes })
        };
        let tool = |(name, run): (&StoreName, &ToolRun)| {
            let ToolRun { tool, ticket, state } = *run;
            (name.clone(), ToolView { tool, ticket, state })
        };
        DiskView {
            free: self.free(group),
            stores: here.stores.iter().map(store).collect(),
            tools: here.tools.iter().map(tool).collect(),
        }
    }

    /// Questions about the cluster are answered by members only.
    pub(super) fn member(&self, node: NodeId) -> Result<(), ErrorCode> {
        match self.nodes[node.index()].alive() {
            true => Ok(()),
            false => Err(ErrorCode::RPC_S_SERVER_UNAVAILABLE),
        }
    }
}
