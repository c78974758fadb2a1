//! The cluster as a whole: its state, its clock, and what each event leads to.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

pub(super) use super::due::Due;
use super::exchange::{OutageMeter, Store};
use super::queue::Queue;
use super::resource::{Kind, Sight};
use super::storage::Storage;
use super::tool::{Backup, ToolRun};
use super::{
    ClusterProperties, Entry, Event, GroupProperties, Release, ResourceProperties, Step, Stream,
    Switches, TypeProperties, Windows,
};
use crate::model::{
    ErrorCode, Exchange, GroupName, GroupState, Guid, LocalTime, NodeName, NodeState, ResourceName,
    ResourceState, Span, StoreName, Ticket, Time, in_force,
};

macro_rules! identifiers {
    ($($name:ident),+) => {$(
        /// An index that stays the same for a whole run.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub(super) struct $name(pub(super) u32);

        impl $name {
            pub(super) fn index(self) -> usize {
                self.0 as usize
            }
        }
    )+};
}

identifiers!(NodeId, GroupId, ResourceId);

/// What a node's own cluster service does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Service {
    Stopped,
    Starting,
    Member,
    /// Still a member; it gives its groups away and leaves when none of them runs here.
    Stopping,
    /// It has lost touch with the quorum and is about to end; it still answers.
    Challenging,
    /// Windows shuts down: it sends no heartbeats and takes its groups offline.
    Closing,
}

pub(super) struct Node {
    pub(super) name: NodeName,
    pub(super) number: u32,
    /// Evicted nodes are no part of the cluster any more.
    pub(super) configured: bool,
    /// A cluster service is set up on the machine, whatever the cluster knows of it.
    pub(super) set_up: bool,
    pub(super) machine_on: bool,
    /// Grows with each crash and boot: what was planned before means nothing after.
    pub(super) life: u64,
    pub(super) service: Service,
    /// Grows with each start and end of the cluster service; what runs beside it does not mind.
    pub(super) session: u64,
    /// An administrator paused it, and nobody has resumed it since.
    pub(super) paused: bool,
    /// In the members' eyes, which learn of a crash only by the missing heartbeats.
    pub(super) state: NodeState,
    pub(super) heartbeat_phase: Span,
    /// The Windows and the Exchange that are set up on it.
    pub(super) release: Release,
    pub(super) exchange: Exchange,
    pub(super) own: Storage,
    pub(super) notified: Option<Ticket>,
    /// The machine stands still.
    pub(super) hung: bool,
    /// Its cluster service hangs, while the machine goes on.
    pub(super) stuck: bool,
    /// Windows has not started yet.
    pub(super) booting: bool,
    /// What was due on it, or of its cluster service, meanwhile.
    pub(super) parked: Vec<Due>,
    /// Whether it is switched on again once it has been shut down.
    pub(super) restarts: bool,
    /// Windows was shut down on it since it was last a member.
    pub(super) closed: bool,
    /// Since then its cluster service tries in vain to join or form a cluster.
    pub(super) waiting: Option<Time>,
    pub(super) frozen: super::regroup::Frozen,
    /// Its copy of the cluster's database, where that is not the newest.
    pub(super) old_copy: Option<super::hive::OldCopy>,
    pub(super) announced: u32,
    pub(super) changes: u64,
    pub(super) wake: bool,
}

impl Node {
    /// Whether it is really there, whatever the others think.
    pub(super) fn alive(&self) -> bool {
        self.runs() && matches!(self.service, Service::Member | Service::Stopping)
    }

    /// Whether the machine is on and does not hang.
    pub(super) fn runs(&self) -> bool {
        self.machine_on && !self.hung
    }

    /// Whether it does what a member does, beside being heard.
    pub(super) fn acts(&self) -> bool {
        self.alive() && !self.stuck
    }

    /// Whether its cluster service answers who asks it on the node itself.
    pub(super) fn answers(&self) -> bool {
        self.acts() || (self.runs() && !self.stuck && self.service == Service::Challenging)
    }

    /// Whether it takes resources online or offline.
    pub(super) fn handles(&self) -> bool {
        self.acts() || (self.runs() && !self.stuck && self.service == Service::Closing)
    }
}

pub(super) struct Group {
    pub(super) name: GroupName,
    pub(super) guid: Guid,
    pub(super) deleted: bool,
    pub(super) owner: NodeId,
    pub(super) preferred: Vec<NodeId>,
    pub(super) properties: GroupProperties,
    pub(super) intent: bool,
    pub(super) resources: Arc<[ResourceId]>,
    pub(super) moving: Option<super::group::Moving>,
    /// It came to a node that brings nothing online, and waits for one that does.
    pub(super) held: bool,
    pub(super) failovers: Vec<Time>,
    /// It may move no more: all of it was taken offline, until somebody or something brings it up.
    pub(super) left: bool,
    pub(super) failback: super::failback::Failback,
    /// The state that the trace has last told of.
    pub(super) told: GroupState,
    /// The version of the server that the group is.
    pub(super) exchange: Exchange,
    pub(super) temporary_on_group_disk: bool,
    pub(super) mta: Option<super::mta::MtaRun>,
    pub(super) disk: Storage,
    pub(super) medium: super::loss::Medium,
    pub(super) capacity: crate::model::Size,
    pub(super) stores: BTreeMap<StoreName, Store>,
    /// The copies on the other node, where there are any.
    pub(super) replication: Option<super::replica::Replication>,
    pub(super) tools: BTreeMap<StoreName, ToolRun>,
    pub(super) backups: Vec<Backup>,
    /// What neither stores nor temporary files take of the disk.
    pub(super) occupied: crate::model::Size,
    /// Counts runs of tools, their phases and backups.
    pub(super) turns: u64,
    pub(super) outage: OutageMeter,
}

pub(super) struct Resource {
    pub(super) name: ResourceName,
    pub(super) guid: Guid,
    pub(super) type_name: Arc<str>,
    pub(super) kind: Kind,
    pub(super) group: GroupId,
    pub(super) depends_on: Vec<ResourceId>,
    pub(super) dependents: Vec<ResourceId>,
    pub(super) possible_owners: Option<Vec<NodeId>>,
    /// The names of what it depends on, as they are shown.
    pub(super) below: Arc<BTreeSet<ResourceName>>,
    pub(super) private: Arc<BTreeMap<String, String>>,
    /// Of an IP Address: the network that it is on.
    pub(super) network: Option<usize>,
    pub(super) properties: ResourceProperties,
    pub(super) type_properties: TypeProperties,
    /// The administrator's last intent for this very resource; none: its group's.
    pub(super) intent: Option<bool>,
    pub(super) state: ResourceState,
    /// Where the cluster service is taking it now.
    pub(super) wanted: bool,
    /// It is wanted, and what it depends on carries it, as of the latest drive of its group.
    pub(super) able: bool,
    /// Grows with each change of state: a completion of an earlier one means nothing.
    pub(super) turn: u64,
    pub(super) online_since: Time,
    /// It no longer works, and nobody has noticed yet.
    pub(super) broken: bool,
    pub(super) failures: Vec<Time>,
    /// It is tried once more, after it was left failed.
    pub(super) retried: bool,
    /// Until when it neither gets anywhere nor says anything while it is on its way.
    pub(super) hangs_until: Time,
    /// Its last owner crashed and may still hold the disk's reservation.
    pub(super) reserved: bool,
}

/// A simulated cluster.
pub struct Cluster {
    pub(super) name: String,
    pub(super) windows: Windows,
    pub(super) switches: Switches,
    pub(super) properties: ClusterProperties,
    pub(super) starts: LocalTime,
    pub(super) seed: u64,
    pub(super) now: Time,
    pub(super) queue: Queue<Due>,
    pub(super) nodes: Vec<Node>,
    pub(super) groups: Vec<Group>,
    pub(super) resources: Vec<Resource>,
    /// The groups and resources that there are, by name.
    pub(super) group_ids: BTreeMap<GroupName, GroupId>,
    pub(super) resource_ids: BTreeMap<ResourceName, ResourceId>,
    /// Groups whose state, or service to clients, may be another than was last told of; one that
    /// was touched twice is in it twice.
    pub(super) touched: Vec<GroupId>,
    /// Groups that the members wait for their last owner to let go of.
    pub(super) awaited: BTreeSet<GroupId>,
    /// The groups with two copies of their stores.
    pub(super) replicated: Vec<GroupId>,
    pub(super) quorum: ResourceId,
    /// The node that arbitrates for the quorum now, its session, and its side.
    pub(super) arbitrator: Option<(NodeId, u64, Vec<NodeId>)>,
    pub(super) networks: Vec<super::network::Network>,
    /// No node can use the quorum disk.
    pub(super) quorum_lost: bool,
    pub(super) quorum_kind: super::majority::Quorum,
    pub(super) copies: super::hive::Copies,
    /// No node can reach the witness.
    pub(super) witness_lost: bool,
    /// Something has changed for services that try in vain to join or form a cluster.
    pub(super) stirred: bool,
    /// The states of networks have to be judged anew, as members came or went.
    pub(super) members_changed: bool,
    /// Machines that went off since this was last asked.
    pub(super) deaths: Vec<NodeName>,
    pub(super) streams: BTreeMap<String, Stream>,
    pub(super) trace: Vec<Entry>,
    /// Grows with each change that every member hears of.
    pub(super) news: u64,
    pub(super) kept: RefCell<super::view::Kept>,
}

impl Cluster {
    /// The time that the cluster has reached.
    pub fn now(&self) -> Time {
        self.now
    }

    /// When something will happen next, if anything will.
    pub fn next(&self) -> Option<Time> {
        self.queue.next_time()
    }

    /// How many events have come due so far; one that was overtaken by another counts too.
    pub fn happened(&self) -> u64 {
        self.queue.popped()
    }

    /// What has happened so far.
    pub fn trace(&self) -> &[Entry] {
        &self.trace
    }

    /// Lets everything happen that is due by `to`, which then is the time.
    pub fn advance(&mut self, to: Time) {
        while self.step(to) {}
        self.now = self.now.max(to);
    }

    /// Lets the next thing happen that is due by `to`; false when there is none.
    pub fn step(&mut self, to: Time) -> bool {
        let Some((at, due)) = self.queue.pop(to) else { return false };
        assert!(at >= self.now, "time runs backwards: {at} after {}", self.now);
        self.now = at;
        if !due.is_local() {
            self.touch_groups();
        }
        match self.held_up(&due) {
            Some(node) => self.nodes[node.index()].parked.push(due),
            None => self.happen(due),
        }
        self.finish();
        true
    }

    /// Lets a fault come or an administrator act, now.
    pub fn apply(&mut self, step: &Step) {
        let place = self.trace.len();
        if !step.asks_cluster() {
            self.touch_groups();
        }
        self.keep_copies(step.changes_hive());
        let result = self.perform(step);
        let pending = result.is_ok() && self.goes_on(step);
        let event = Event::Stepped { step: step.clone(), result, pending };
        self.trace.insert(place, Entry { time: self.now, event });
        self.finish();
    }

    /// What follows at once from anything that happens.
    fn finish(&mut self) {
        self.finish_stops();
        self.finish_closing();
        self.claim_awaited();
        self.wake_excluded();
        self.settle();
    }

    /// The nodes whose machine runs and that have heard of a change since this was last asked.
    pub fn take_wakes(&mut self) -> Vec<NodeName> {
        let mut names = Vec::new();
        for node in &mut self.nodes {
            if node.runs() && std::mem::take(&mut node.wake) {
                names.push(node.name.clone());
            }
        }
        names
    }

    /// The nodes whose machine went off since this was last asked.
    pub fn take_deaths(&mut self) -> Vec<NodeName> {
        std::mem::take(&mut self.deaths)
    }

    /// Whether the node's machine is on and does not hang.
    pub fn runs(&self, node: &NodeName) -> bool {
        self.node_id(node).is_ok_and(|id| self.nodes[id.index()].runs())
    }

    fn happen(&mut self, due: Due) {
        match due {
            Due::ResourceDone { resource, turn } => self.resource_done(resource, turn),
            Due::Polled { resource, turn } => self.resource_polled(resource, turn),
            Due::Silent { resource, turn } => self.timed_out(resource, turn),
            Due::Retried { resource, turn } => self.retry(resource, turn),
            Due::FailbackWindow { group } => self.failback_window_opens(group),
            Due::Regrouped { node } => self.regroup(node),
            Due::ChallengeLost { node, session } => self.challenge_lost(node, session),
            Due::Closed { node, session } => self.closed(node, session),
            Due::Watchdog { node, session } => self.watchdog(node, session),
            Due::ServiceGoesOn { node, session } => self.service_goes_on(node, session),
            Due::VotesCounted { node, session } => self.votes_counted(node, session),
            Due::Judged => self.judge(),
            Due::Checkpoint => self.checkpoint(),
            Due::Healed(heal) => self.apply(&Step::Heal(heal)),
            Due::Arbitrated { node, session } => self.arbitrated(node, session),
            Due::Inherited { node, session } => self.inherits_quorum(node, session),
            Due::ServiceStarts { node, session } => self.service_starts(node, session),
            Due::Joined { node, session } => self.joined(node, session),
            Due::Formed { node, session } => self.formed(node, session),
            Due::Written { node, life, place } => self.written(node, life, &place),
            Due::StoreDone { group, store, turn } => self.store_done(group, &store, turn),
            Due::ToolDone { group, store, turn } => self.tool_done(group, &store, turn),
            Due::DiskFull { group, store, turn } => self.disk_full(group, &store, turn),
            Due::BackupDone { group, turn } => self.backup_done(group, turn),
            Due::Notified { node, life, ticket } => self.notified(node, life, ticket),
            Due::Announced { node, life, number } => self.announced(node, life, number),
            Due::MtaChecked { group, turn } => self.mta_checked(group, turn),
            Due::ToolStopped { group, store, turn } => self.tool_stopped(group, &store, turn),
            Due::Seeded { group, store, turn } => self.seeding_done(group, &store, turn),
            Due::CopySet { group, store, turn, suspended } => {
                self.copy_set(group, &store, turn, suspended)
            }
        }
    }

    fn perform(&mut self, step: &Step) -> Result<(), ErrorCode> {
        let nobody = self.acting().next().is_none();
        if step.asks_cluster() && nobody && in_force("a-cluster-without-members-does-not-answer") {
            return Err(ErrorCode::RPC_S_SERVER_UNAVAILABLE);
        }
        match step {
            Step::Crash(node) => self.crash(self.node_id(node)?),
            Step::Boot(node) => self.boot(self.node_id(node)?),
            Step::FailResource(resource) => {
                self.break_resource(self.resource_id(resource)?, Sight::LooksAlive)
            }
            Step::FailUnseen(resource) => {
                self.break_resource(self.resource_id(resource)?, Sight::IsAlive)
            }
            Step::Move { group, to } => {
                let to = to.as_ref().map(|node| self.node_id(node)).transpose()?;
                self.move_by_request(self.group_id(group)?, to)
            }
            Step::OnlineResource(resource) => self.online_resource(self.resource_id(resource)?),
            Step::OfflineResource(resource) => self.offline_resource(self.resource_id(resource)?),
            Step::OnlineGroup(group) => self.online_group(self.group_id(group)?),
            Step::OfflineGroup(group) => self.offline_group(self.group_id(group)?),
            Step::Evict(node) => self.evict(self.node_id(node)?),
            Step::RenameEvs { group, to } => self.rename_evs(self.group_id(group)?, to),
            Step::DeleteEvs(group) => self.delete_evs(self.group_id(group)?),
            Step::Pause(node) => self.pause(self.node_id(node)?),
            Step::Resume(node) => self.resume(self.node_id(node)?),
            Step::StopService(node) => self.stop_service(self.node_id(node)?),
            Step::StartService(node) => self.start_service(self.node_id(node)?),
            Step::FailTool { group, store } => self.break_tool(self.group_id(group)?, store),
            Step::FillDisk { group, to } => self.fill_disk(self.group_id(group)?, *to),
            Step::FailMtaTool(group) => self.break_mta_tool(self.group_id(group)?),
            Step::UpgradeNode { node, to } => self.upgrade_node(self.node_id(node)?, *to),
            Step::UpgradeEvs(group) => self.upgrade_evs(self.group_id(group)?),
            Step::FailDisk(group) => self.fail_disk(self.group_id(group)?),
            Step::ReplaceDisk { group, empty } => self.replace_disk(self.group_id(group)?, *empty),
            Step::FailStoreProcess(node) => self.fail_store_process(self.node_id(node)?),
            Step::ChangeCopy { group, store, change } => {
                self.change_copy(self.group_id(group)?, store, *change)
            }
            Step::ChangeStore { group, store, to } => {
                self.change_store(self.group_id(group)?, store, to)
            }
            Step::BackUp { group, store, span } => {
                self.back_up(self.group_id(group)?, store, *span)
            }
            Step::MountStore { group, store, mount } => {
                let owner = self.groups[self.group_id(group)?.index()].owner;
                self.change_mount(owner, group, store, *mount)
            }
            _ => self.request(step).unwrap_or_else(|| self.disturb(step)),
        }
    }

    /// Tells of the groups whose state has changed, and brings the clients' outages up to date.
    pub(super) fn settle(&mut self) {
        self.ship_logs();
        let mut touched = std::mem::take(&mut self.touched);
        touched.sort();
        touched.dedup();
        for &group in &touched {
            let state = self.group_state(group);
            let (now, served) = (self.now, self.served(group));
            let here = &mut self.groups[group.index()];
            here.outage.observe(now, served);
            if !here.deleted && here.told != state {
                here.told = state;
                let name = here.name.clone();
                let node = self.nodes[here.owner.index()].name.clone();
                self.tell(Event::Group { group: name, node, state });
            }
        }
        touched.clear();
        self.touched = touched;
        debug_assert_eq!(self.forgotten(), None, "a group changed and was not touched");
    }

    /// Something changed that any group's state, or its service to clients, may follow from.
    pub(super) fn touch_groups(&mut self) {
        self.touched.clear();
        self.touched.extend((0..self.groups.len() as u32).map(GroupId));
    }

    /// Something changed that this group's state, or its service to clients, follows from.
    pub(super) fn touch_group(&mut self, group: GroupId) {
        self.touched.push(group);
    }

    /// A group that has changed in silence: whoever changed it has forgotten to touch it.
    fn forgotten(&self) -> Option<&GroupName> {
        let ids = (0..self.groups.len() as u32).map(GroupId);
        let mut present = ids.filter(|id| !self.groups[id.index()].deleted);
        let changed = |id: &GroupId| {
            let group = &self.groups[id.index()];
            group.told != self.group_state(*id) || group.outage.is_over() != self.served(*id)
        };
        present.find(changed).map(|id| &self.groups[id.index()].name)
    }

    pub(super) fn tell(&mut self, event: Event) {
        self.trace.push(Entry { time: self.now, event });
    }

    pub(super) fn after(&mut self, span: Span, due: Due) {
        self.queue.push(self.now + span, due);
    }

    /// Something changed that every member of the cluster hears of.
    pub(super) fn touch_all(&mut self) {
        self.news += 1;
        for node in &mut self.nodes {
            if node.answers() {
                node.changes += 1;
                node.wake = true;
            }
        }
    }

    /// Something changed on one node's own machine or disks.
    pub(super) fn touch(&mut self, node: NodeId) {
        let node = &mut self.nodes[node.index()];
        node.changes += 1;
        node.wake = true;
    }

    pub(super) fn node_id(&self, name: &NodeName) -> Result<NodeId, ErrorCode> {
        let found = self.nodes.iter().position(|node| node.name == *name);
        found.map(|at| NodeId(at as u32)).ok_or(ErrorCode::ERROR_CLUSTER_NODE_NOT_FOUND)
    }

    pub(super) fn group_id(&self, name: &GroupName) -> Result<GroupId, ErrorCode> {
        self.group_ids.get(name).copied().ok_or(ErrorCode::ERROR_GROUP_NOT_FOUND)
    }

    pub(super) fn resource_id(&self, name: &ResourceName) -> Result<ResourceId, ErrorCode> {
        self.resource_ids.get(name).copied().ok_or(ErrorCode::ERROR_RESOURCE_NOT_FOUND)
    }

    pub(super) fn stream(&mut self, name: String) -> &mut Stream {
        let seed = self.seed;
        self.streams.entry(name).or_insert_with_key(|name| Stream::new(seed, name))
    }

    pub(super) fn quorum_owner(&self) -> NodeId {
        self.groups[self.resources[self.quorum.index()].group.index()].owner
    }
}
