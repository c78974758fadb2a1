//! A cluster on a desk: a backend that shows what a test puts there and does what it is asked, one
//! act at a time. It has no rules of its own, so that the product is tested without the simulator.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use evsim::backend::{ActError, Backend, Census, GroupFacts, Local, require};
use evsim::model::*;
use evsim::product::agent::{Woken, ask, look, wake};
use evsim::product::designation::{DesignatedBy, Designation};
use evsim::product::memory::{DiskMemory, Memory, NodeMemory};
use evsim::product::picture::{Picture, recognised};
use evsim::product::plan::Refusal;
use evsim::product::policy::{License, Policy};
use evsim::product::request::{Request, Script};

use crate::said::{in_words, line, reasons};

/// NODE1 with EVS1, NODE2 with EVS2, seen from NODE1; each server has one store of 2 GB.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Desk {
    pub(crate) service: ServiceState,
    pub(crate) reachable: Result<(), ErrorCode>,
    pub(crate) cluster: ClusterView,
    pub(crate) own: Fact<StorageView>,
    pub(crate) disks: BTreeMap<GroupName, StorageView>,
    pub(crate) policy: Policy,
    pub(crate) changes: u64,
    /// How far its clock is ahead of its changes, each of which takes a millisecond.
    ahead: u64,
    /// How often the product was woken: no test needs a thousand wakes to come to its end.
    wakes: u32,
    /// Acts that were started and are under way.
    pub(crate) under_way: Vec<Act>,
    /// What every started act says, in order.
    pub(crate) log: Vec<String>,
    /// The tool that ends with an error.
    pub(crate) broken_tool: Option<Tool>,
    /// How many errors each coming error fix puts right; none after the last.
    pub(crate) fixes: Vec<u32>,
}

pub(crate) const GB: u64 = 1 << 30;

fn resource(
    group: &str,
    name: &str,
    type_name: &str,
    needs: &[&str],
    private: &[(&str, &str)],
) -> (ResourceName, ResourceView) {
    let depends_on: BTreeSet<ResourceName> =
        needs.iter().map(|need| format!("{need} ({group})").as_str().into()).collect();
    let private = private.iter().map(|(key, value)| (key.to_string(), value.to_string()));
    let name = ResourceName::from(format!("{name} ({group})").as_str());
    let view = ResourceView {
        guid: Guid::derived(&["resource", name.as_str()]),
        type_name: type_name.into(),
        state: ResourceState::Online,
        group: group.into(),
        depends_on: depends_on.into(),
        private: Arc::new(private.collect()),
    };
    (name, view)
}

/// The standard group of an Exchange Virtual Server, all of it online.
pub(crate) fn evs_group(name: &str, owner: &str) -> GroupView {
    use resource_type::*;
    let resources = [
        resource(name, "IP", IP_ADDRESS, &[], &[]),
        resource(name, "Name", NETWORK_NAME, &["IP"], &[("Name", name)]),
        resource(name, "Disk", PHYSICAL_DISK, &[], &[]),
        resource(name, "SA", SYSTEM_ATTENDANT, &["Name", "Disk"], &[("NetworkName", name)]),
        resource(name, "IS", INFORMATION_STORE, &["SA"], &[("NetworkName", name)]),
    ];
    GroupView {
        guid: Guid::derived(&["group", name]),
        owner: owner.into(),
        state: GroupState::Online,
        resources: resources.into(),
    }
}

fn storage() -> StorageView {
    let store = StoreView {
        mount: MountState::Mounted,
        consistency: Consistency::Consistent,
        size: Size::from_bytes(2 * GB),
        mailboxes: 300,
        damaged: false,
        temporary: Temporary::Absent,
        locked: false,
    };
    let stores = BTreeMap::from([(StoreName::from("SG1/Mailbox"), store)]);
    let disk = DiskView {
        version: Exchange::E2003,
        copies: Copies::Shared,
        free: Size::from_bytes(4 * GB),
        stores,
        tools: BTreeMap::new(),
        temporary_on_group_disk: true,
        mta: None,
    };
    StorageView { disk: Some(Arc::new(disk)), ..StorageView::default() }
}

/// Something that happens to the node, its cluster or its server.
pub(crate) type Change = fn(&mut Desk);

impl Desk {
    pub(crate) fn new() -> Self {
        let node = |id| NodeView { id, state: NodeState::Up };
        let quorum = resource("Cluster Group", "Disk Q:", resource_type::PHYSICAL_DISK, &[], &[]);
        let cluster_group = GroupView {
            guid: Guid::derived(&["group", "Cluster Group"]),
            owner: "NODE1".into(),
            state: GroupState::Online,
            resources: [quorum].into(),
        };
        let groups = BTreeMap::from([
            ("Cluster Group".into(), cluster_group),
            ("EVS1".into(), evs_group("EVS1", "NODE1")),
            ("EVS2".into(), evs_group("EVS2", "NODE2")),
        ]);
        Self {
            service: ServiceState::Running,
            reachable: Ok(()),
            cluster: ClusterView {
                name: "MAILCLUSTER".into(),
                nodes: BTreeMap::from([("NODE1".into(), node(1)), ("NODE2".into(), node(2))]),
                groups: groups.into_iter().map(|(name, group)| (name, Arc::new(group))).collect(),
            },
            own: Fact::Known(StorageView {
                exchange: Some(Exchange::E2003),
                ..StorageView::default()
            }),
            disks: BTreeMap::from([
                ("Cluster Group".into(), StorageView::default()),
                ("EVS1".into(), storage()),
                ("EVS2".into(), storage()),
            ]),
            policy: Policy::default(),
            changes: 0,
            ahead: 0,
            wakes: 0,
            under_way: Vec::new(),
            log: Vec::new(),
            broken_tool: None,
            fixes: Vec::new(),
        }
    }

    /// With the product set up: an unlimited licence and this server designated.
    pub(crate) fn with_product(evs: &str) -> Self {
        let mut desk = Desk::new();
        let found =
            recognised(&desk.cluster, None).into_iter().find(|found| found.name == evs.into());
        let designation = Designation::of(&found.unwrap(), Time::START, DesignatedBy::Before);
        let node = NodeMemory::new(Some(License::UNLIMITED), Some(designation));
        desk.remember(&node);
        desk
    }

    pub(crate) fn storage(&mut self) -> &mut StorageView {
        match &mut self.own {
            Fact::Known(own) => own,
            Fact::Unknown(_) => panic!("the node's own disk was made unreadable"),
        }
    }

    pub(crate) fn disk(&mut self, group: &str) -> &mut DiskView {
        Arc::make_mut(self.disks.get_mut(&group.into()).unwrap().disk.as_mut().unwrap())
    }

    pub(crate) fn store(&mut self, group: &str) -> &mut StoreView {
        self.disk(group).stores.get_mut(&"SG1/Mailbox".into()).unwrap()
    }

    /// Puts one more store beside those of EVS1, mounted and of this size.
    pub(crate) fn add_store(&mut self, name: &str, size: u64) {
        let store = StoreView { size: Size::from_bytes(size), ..self.store("EVS1").clone() };
        self.disk("EVS1").stores.insert(name.into(), store);
    }

    pub(crate) fn group(&mut self, name: &str) -> &mut GroupView {
        Arc::make_mut(self.cluster.groups.get_mut(&name.into()).unwrap())
    }

    pub(crate) fn resource(&mut self, group: &str, name: &str) -> &mut ResourceView {
        let name = ResourceName::from(format!("{name} ({group})").as_str());
        self.group(group).resources.get_mut(&name).unwrap()
    }

    pub(crate) fn private(&mut self, group: &str, name: &str) -> &mut BTreeMap<String, String> {
        Arc::make_mut(&mut self.resource(group, name).private)
    }

    /// Sets a resource's state, and its group's to failed or pending accordingly.
    pub(crate) fn put(&mut self, group: &str, name: &str, state: ResourceState) {
        self.resource(group, name).state = state;
        self.group(group).state = match state {
            ResourceState::Online => GroupState::Online,
            ResourceState::Failed => GroupState::Failed,
            state if state.is_pending() => GroupState::Pending,
            _ => GroupState::PartialOnline,
        };
    }

    pub(crate) fn own_node(&mut self) -> &mut NodeView {
        self.cluster.nodes.get_mut(&"NODE1".into()).unwrap()
    }

    /// Writes the node's own record behind the product's back.
    pub(crate) fn remember(&mut self, node: &NodeMemory) {
        let own = self.storage();
        own.record = Some(next(own.record.as_ref(), node.text().into()));
    }

    /// Writes the record on a server's disk behind the product's back.
    pub(crate) fn journal(&mut self, group: &str, memory: &DiskMemory) {
        let disk = self.disks.get_mut(&group.into()).unwrap();
        disk.record = Some(next(disk.record.as_ref(), memory.text().into()));
    }

    pub(crate) fn picture(&self) -> Picture {
        look(self, None).0
    }

    pub(crate) fn memory(&self) -> Memory {
        self.picture().memory.unwrap()
    }

    pub(crate) fn disk_memory(&self) -> DiskMemory {
        Arc::unwrap_or_clone(self.memory().disk.unwrap())
    }

    pub(crate) fn node_memory(&self) -> NodeMemory {
        Arc::unwrap_or_clone(self.memory().node.unwrap())
    }

    pub(crate) fn wake(&mut self) -> Woken {
        self.wakes += 1;
        assert!(self.wakes < 1_000, "the product is woken for ever: {:#?}", self.log);
        let policy = self.policy.clone();
        in_words(wake(self, &policy, None))
    }

    pub(crate) fn ask(&mut self, request: Request) -> Result<Woken, Refusal> {
        let policy = self.policy.clone();
        let woken = ask(self, &policy, &request, None)?;
        self.finish();
        Ok(in_words(woken))
    }

    /// Asks without letting what is under way come to its end, but for writes.
    pub(crate) fn ask_while_under_way(&mut self, request: Request) {
        ask(self, &Policy::default(), &request, None).unwrap();
        self.finish_writes();
    }

    /// Wakes the product until it has nothing left to write; nothing else comes to its end.
    pub(crate) fn settle_writes(&mut self) {
        for _ in 0..400 {
            if self.wake().plan.actions.is_empty() {
                return;
            }
            self.finish_writes();
        }
        panic!("still at work after 400 wakes");
    }

    pub(crate) fn finish_writes(&mut self) {
        let is_write = |act: &Act| matches!(act, Act::Write { .. });
        let acts = std::mem::take(&mut self.under_way);
        let (writes, others) = acts.into_iter().partition(is_write);
        self.under_way = writes;
        self.finish();
        self.under_way = others;
    }

    /// Whether this node owns the group, in truth.
    pub(crate) fn group_is_ours(&self, name: &str) -> bool {
        self.cluster.groups[&GroupName::from(name)].owner == "NODE1".into()
    }

    /// Asks for a job on all stores; everything that a job says until nothing is left to do.
    pub(crate) fn run_job(&mut self) -> Vec<String> {
        let job = Request::RunJob { script: Script::PreventativeMaintenance, stores: Vec::new() };
        let woken = self.ask(job).unwrap();
        let mut said = reasons(&woken);
        said.extend(self.settle());
        said
    }

    /// Lets time pass until then, and nothing happen.
    pub(crate) fn set_clock(&mut self, milliseconds: u64) {
        self.ahead = milliseconds - self.changes;
    }

    /// Wakes the product until it has nothing left to do; what it said on the way.
    pub(crate) fn settle(&mut self) -> Vec<String> {
        let mut said = Vec::new();
        loop {
            let woken = self.wake();
            let done = (woken.done, woken.refused.as_ref());
            assert_eq!(done, (woken.plan.actions.len(), None), "{:?}", woken.plan);
            if woken.plan.actions.is_empty() {
                return said;
            }
            said.extend(reasons(&woken));
            self.finish();
        }
    }

    /// Lets every act that is under way come to its end.
    pub(crate) fn finish(&mut self) {
        for act in std::mem::take(&mut self.under_way) {
            self.changes += 1;
            match act {
                Act::Write { place, text, .. } => {
                    let storage = self.at(&place);
                    storage.record = Some(next(storage.record.as_ref(), text));
                    storage.writing = false;
                }
                Act::Dismount { group, store } => self.set(&group, &store, MountState::Dismounted),
                Act::Mount { group, store } => self.set(&group, &store, MountState::Mounted),
                Act::StartTool { group, store, tool, ticket } => {
                    let failed = self.broken_tool == Some(tool);
                    let state = if failed { ToolState::Failed } else { ToolState::Succeeded };
                    let fixes = match tool {
                        Tool::ErrorFix if !self.fixes.is_empty() => self.fixes.remove(0),
                        _ => 0,
                    };
                    let run = ToolView { fixes, ..run(tool, ticket, state) };
                    let disk = self.disk(group.as_str());
                    let files = disk.stores.get_mut(&store).unwrap();
                    if tool.is_restoring() && !failed {
                        (files.damaged, files.temporary) = (false, Temporary::Absent);
                    }
                    disk.tools.insert(store, run);
                }
                Act::StopTool { group, store, .. } => {
                    let runs = &mut self.disk(group.as_str()).tools;
                    runs.get_mut(&store).unwrap().state = ToolState::Failed;
                }
                Act::Offline { resource, .. } => self.move_to(&resource, ResourceState::Offline),
                Act::Online { resource, .. } => self.move_to(&resource, ResourceState::Online),
                Act::CheckMta { group, .. } => {
                    let state = match self.broken_tool == Some(Tool::MtaCheck) {
                        true => ToolState::Failed,
                        false => ToolState::Succeeded,
                    };
                    self.mta(&group).tool.as_mut().unwrap().state = state;
                }
                Act::SuspendCopy { group, storage_group } => {
                    self.copy(&group, &storage_group).state = CopyState::Suspended;
                }
                Act::ResumeCopy { group, storage_group }
                | Act::Reseed { group, storage_group, .. } => {
                    self.copy(&group, &storage_group).state = CopyState::Healthy;
                }
                Act::Notify { ticket, .. } => self.storage().notified = Some(ticket),
                Act::Announce { number, .. } => self.storage().announced = number,
            }
        }
    }

    /// A crash: what is under way is lost, a write leaves what was there before.
    pub(crate) fn lose_what_is_under_way(&mut self) {
        for act in std::mem::take(&mut self.under_way) {
            if let Act::Write { place, .. } = act {
                self.at(&place).writing = false;
            }
        }
    }

    fn move_to(&mut self, name: &ResourceName, state: ResourceState) {
        let groups = self.cluster.groups.values_mut();
        let resource = groups.map(Arc::make_mut).find_map(|group| group.resources.get_mut(name));
        resource.unwrap().state = state;
    }

    fn mta(&mut self, group: &GroupName) -> &mut MtaView {
        self.disk(group.as_str()).mta.as_mut().unwrap()
    }

    pub(crate) fn copy(&mut self, group: &GroupName, of: &StorageGroupName) -> &mut CopyView {
        match &mut self.disk(group.as_str()).copies {
            Copies::Replicated(copies) => copies.get_mut(of).unwrap(),
            Copies::Shared => panic!("{group} is not replicated"),
        }
    }

    fn at(&mut self, place: &Place) -> &mut StorageView {
        match place {
            Place::Node => Desk::storage(self),
            Place::Disk(group) => self.disks.get_mut(group).unwrap(),
        }
    }

    fn set(&mut self, group: &GroupName, store: &StoreName, mount: MountState) {
        let disk = self.at(&Place::Disk(group.clone())).disk.as_mut().unwrap();
        Arc::make_mut(disk).stores.get_mut(store).unwrap().mount = mount;
    }
}

pub(crate) fn run(tool: Tool, ticket: Ticket, state: ToolState) -> ToolView {
    ToolView { tool, ticket, state, phase: ToolPhase::Working, fixes: 0 }
}

fn next(record: Option<&Record>, text: Arc<str>) -> Record {
    let revision = Revision(record.map_or(0, |record| record.revision.0) + 1);
    Record { revision, text }
}

impl Backend for Desk {
    fn local(&self) -> Local {
        Local {
            node: "NODE1".into(),
            now: Time::from_ms(self.changes + self.ahead),
            service: self.service,
            changes: self.changes,
        }
    }

    fn census(&self) -> Result<Census, ErrorCode> {
        self.reachable?;
        let resources = self.cluster.groups.values().flat_map(|group| group.resources.keys());
        Ok(Census {
            cluster: self.cluster.name.clone(),
            nodes: self.cluster.nodes.keys().cloned().collect(),
            groups: self.cluster.groups.keys().cloned().collect(),
            resources: resources.cloned().collect(),
        })
    }

    fn node(&self, name: &NodeName) -> Result<NodeView, ErrorCode> {
        self.reachable?;
        self.cluster.nodes.get(name).cloned().ok_or(ErrorCode::ERROR_CLUSTER_NODE_NOT_FOUND)
    }

    fn group(&self, name: &GroupName) -> Result<GroupFacts, ErrorCode> {
        self.reachable?;
        let group = self.cluster.groups.get(name).ok_or(ErrorCode::ERROR_GROUP_NOT_FOUND)?;
        Ok(GroupFacts { guid: group.guid, owner: group.owner.clone(), state: group.state })
    }

    fn resource(&self, name: &ResourceName) -> Result<ResourceView, ErrorCode> {
        self.reachable?;
        let mut groups = self.cluster.groups.values();
        let found = groups.find_map(|group| group.resources.get(name));
        found.cloned().ok_or(ErrorCode::ERROR_RESOURCE_NOT_FOUND)
    }

    fn storage(&self, place: &Place) -> Result<StorageView, ErrorCode> {
        match (place, &self.own) {
            (Place::Node, Fact::Known(own)) => Ok(own.clone()),
            (Place::Node, Fact::Unknown(code)) => Err(*code),
            (Place::Disk(name), _) if Backend::group(self, name)?.owner == "NODE1".into() => {
                self.disks.get(name).cloned().ok_or(ErrorCode::ERROR_NOT_READY)
            }
            (Place::Disk(_), _) => Err(ErrorCode::ERROR_HOST_NODE_NOT_GROUP_OWNER),
        }
    }

    fn start(&mut self, action: &Action) -> Result<(), ActError> {
        require(self, action)?;
        self.log.push(line(&action.act));
        self.under_way.push(action.act.clone());
        self.changes += 1;
        match &action.act {
            Act::Write { place, .. } => self.at(place).writing = true,
            Act::Dismount { group, store } => self.set(group, store, MountState::Dismounting),
            Act::Mount { group, store } => self.set(group, store, MountState::Mounting),
            Act::StartTool { group, store, tool, ticket } => {
                let run = run(*tool, *ticket, ToolState::Running);
                self.disk(group.as_str()).tools.insert(store.clone(), run);
            }
            Act::Offline { resource, .. } => {
                self.move_to(resource, ResourceState::OfflinePending);
            }
            Act::Online { resource, .. } => self.move_to(resource, ResourceState::OnlinePending),
            Act::CheckMta { group, ticket } => {
                let run = run(Tool::MtaCheck, *ticket, ToolState::Running);
                self.mta(group).tool = Some(run);
            }
            Act::Reseed { group, storage_group, ticket } => {
                let copy = self.copy(group, storage_group);
                (copy.state, copy.seeded) = (CopyState::Seeding, Some(*ticket));
            }
            Act::SuspendCopy { .. }
            | Act::ResumeCopy { .. }
            | Act::Notify { .. }
            | Act::Announce { .. }
            | Act::StopTool { .. } => {}
        }
        Ok(())
    }
}

/// Starts an action as the agent does.
pub(crate) fn start(desk: &mut Desk, action: &Action) -> Result<(), ActError> {
    Backend::start(desk, action)
}
