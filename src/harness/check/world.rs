//! The state of everything, followed line by line from what was told alone.

mod step;

use std::collections::{BTreeMap, BTreeSet};

use super::agent::Agents;
use super::diary::Diary;
use super::product::needed;
use crate::harness::story::{Line, Said, Told};
use crate::model::{
    CopyState, ErrorCode, EvsName, Exchange, GroupName, GroupState, MountState, NodeName,
    NodeState, Place, ResourceName, ResourceState, StoreName, Time, ToolState, resource_type, same,
};
use crate::product::console::Console;
use crate::product::memory::Outcome;
use crate::product::policy::License;
use crate::product::reason::Reason;
use crate::product::request::Request;
use crate::scenario::Scenario;
use crate::sim::{
    Configuration, CopyNews, Deed, DiskChange, Event, GroupConfiguration, NodeChange,
    ResourceConfiguration, StoreConfiguration,
};

pub(super) type Store = (GroupName, StoreName);

pub(super) struct World<'a> {
    pub(super) cluster: &'a Configuration,
    /// Its groups by name, and the one that has the quorum resource.
    groups: BTreeMap<&'a GroupName, &'a GroupConfiguration>,
    pub(super) quorum_group: Option<&'a GroupName>,
    /// What clients need of each server.
    pub(super) needed: BTreeMap<&'a GroupName, [&'a ResourceName; 3]>,
    pub(super) time: Time,
    pub(super) owners: BTreeMap<GroupName, NodeName>,
    pub(super) resources: BTreeMap<ResourceName, ResourceState>,
    /// In the members' eyes.
    pub(super) nodes: BTreeMap<NodeName, NodeState>,
    /// Machines that run, members or not.
    pub(super) running: BTreeSet<NodeName>,
    /// Machines that hang: they do not run, and have not forgotten anything.
    hung: BTreeSet<NodeName>,
    /// Nodes that have become members since their machine was last switched on, so that they can
    /// ask the cluster. The members' eyes are slower: they still see one that has just crashed.
    pub(super) joined: BTreeSet<NodeName>,
    /// Nodes whose cluster service is being stopped and gives its groups away.
    pub(super) leaving: BTreeSet<NodeName>,
    /// Nodes whose machine shuts down.
    closing: BTreeSet<NodeName>,
    pub(super) deleted: BTreeSet<GroupName>,
    /// The present name of every group that is an Exchange Virtual Server.
    pub(super) servers: BTreeMap<GroupName, EvsName>,
    /// What the node's product has taken on and not yet written down, with the group that had the
    /// name in it then: it may be renamed before the product has written.
    pending: BTreeMap<NodeName, Vec<(Request, Option<GroupName>)>>,
    /// The licence that the node was given last.
    pub(super) licenses: BTreeMap<NodeName, License>,
    /// What an administrator named last on the node, and the group that had this name then.
    pub(super) named: BTreeMap<NodeName, (EvsName, Option<GroupName>)>,
    pub(super) consoles: BTreeMap<NodeName, Console>,
    pub(super) stores: BTreeMap<Store, MountState>,
    /// Stores that a node's job dismounted and that have not been mounted since.
    pub(super) taken: BTreeMap<Store, NodeName>,
    /// The same of all nodes, of those that crashed too: what a job may put back.
    pub(super) dismounted: BTreeSet<Store>,
    /// Stores that were mounted when the latest job on their server began, or under it: the job may
    /// give them back so, whoever dismounts them meanwhile.
    pub(super) found: BTreeSet<Store>,
    /// Stores that a job dismounted, mounted again or not, until a job on their server ends: they
    /// were mounted when it began, and it may mount them whenever they are not.
    pub(super) handled: BTreeSet<Store>,
    pub(super) tools: BTreeMap<Store, NodeName>,
    /// Message Transfer Agents that jobs took offline.
    pub(super) agents: Agents,
    /// Whether a network was ever cut: then addresses fail, which no job brings about.
    pub(super) network_cut: bool,
    /// Groups in which a resource was broken by a fault.
    pub(super) broken: BTreeSet<GroupName>,
    /// Groups whose store process has ended, and whose Information Store still counts as online.
    unnoticed: BTreeSet<GroupName>,
    /// Until when a resource of the group hangs, whatever comes online meanwhile.
    hanging: BTreeMap<GroupName, Time>,
    /// Nodes whose running job began under their present licence.
    pub(super) paid: BTreeSet<NodeName>,
    /// How many jobs the node has ended that began under its licence; one that was skipped is none.
    pub(super) runs: BTreeMap<NodeName, u32>,
    /// Stores that the product reported as left behind, and nodes whose job still runs.
    pub(super) reported: BTreeSet<Store>,
    pub(super) at_work: BTreeSet<NodeName>,
    /// Stores whose files are no good, and those of which that was ever so.
    pub(super) damaged: BTreeSet<Store>,
    /// The same of the copies on the other node.
    damaged_aside: BTreeSet<Store>,
    pub(super) copies: super::replica::Copies,
    pub(super) damaged_once: BTreeSet<Store>,
    /// Servers that were brought to a later version.
    pub(super) upgraded: BTreeMap<GroupName, Exchange>,
    pub(super) upgraded_nodes: BTreeMap<NodeName, Exchange>,
    pub(super) evicted: BTreeSet<NodeName>,
    /// How many mailboxes each store holds now.
    pub(super) mailboxes: BTreeMap<Store, u32>,
    /// What each job has told, written and begun.
    pub(super) diary: Diary,
}

/// Something of each group that has it.
fn each<'a, K: Ord, V>(
    cluster: &'a Configuration,
    of: impl Fn(&'a GroupConfiguration) -> Option<(K, V)>,
) -> BTreeMap<K, V> {
    cluster.groups.iter().filter_map(of).collect()
}

impl<'a> World<'a> {
    pub(super) fn new(scenario: &'a Scenario) -> Self {
        let cluster = &scenario.cluster;
        let members = cluster.nodes.iter().filter(|node| node.state.is_member());
        let members: BTreeSet<NodeName> = members.map(|node| node.name.clone()).collect();
        let all_resources = cluster.groups.iter().flat_map(|group| &group.resources);
        let named = |group: &GroupConfiguration| {
            Some((group.name.clone(), EvsName::from(group.evs_name()?)))
        };
        let has_quorum = |group: &&GroupConfiguration| {
            group.resources.iter().any(|it| it.name == cluster.quorum)
        };
        let mut world = Self {
            cluster,
            groups: cluster.groups.iter().map(|group| (&group.name, group)).collect(),
            needed: each(cluster, |group| Some((&group.name, needed(group)?))),
            quorum_group: cluster.groups.iter().find(has_quorum).map(|group| &group.name),
            time: Time::START,
            owners: cluster.groups.iter().map(|it| (it.name.clone(), it.owner.clone())).collect(),
            resources: all_resources.map(|it| (it.name.clone(), it.state)).collect(),
            nodes: cluster.nodes.iter().map(|it| (it.name.clone(), it.state)).collect(),
            running: members.clone(),
            joined: members,
            leaving: BTreeSet::new(),
            closing: BTreeSet::new(),
            hung: BTreeSet::new(),
            deleted: BTreeSet::new(),
            servers: each(cluster, named),
            pending: BTreeMap::new(),
            licenses: BTreeMap::new(),
            named: BTreeMap::new(),
            consoles: BTreeMap::new(),
            stores: BTreeMap::new(),
            taken: BTreeMap::new(),
            dismounted: BTreeSet::new(),
            handled: BTreeSet::new(),
            found: BTreeSet::new(),
            tools: BTreeMap::new(),
            agents: Agents::default(),
            network_cut: false,
            broken: BTreeSet::new(),
            unnoticed: BTreeSet::new(),
            hanging: BTreeMap::new(),
            paid: BTreeSet::new(),
            runs: BTreeMap::new(),
            reported: BTreeSet::new(),
            at_work: BTreeSet::new(),
            damaged: BTreeSet::new(),
            damaged_aside: BTreeSet::new(),
            copies: super::replica::Copies::default(),
            damaged_once: BTreeSet::new(),
            upgraded: BTreeMap::new(),
            upgraded_nodes: BTreeMap::new(),
            evicted: BTreeSet::new(),
            mailboxes: BTreeMap::new(),
            diary: Diary::default(),
        };
        for group in &cluster.groups {
            let of = |store: &StoreConfiguration| {
                ((group.name.clone(), store.name.clone()), store.mailboxes)
            };
            world.mailboxes.extend(group.stores.iter().map(of));
        }
        for (node, installed) in &scenario.product {
            world.licenses.extend(installed.license.map(|license| (node.clone(), license)));
            installed.designate.iter().for_each(|evs| world.name(node, evs));
        }
        world
    }

    pub(super) fn configured(&self, group: &GroupName) -> Option<&'a GroupConfiguration> {
        self.groups.get(group).copied()
    }

    /// What a resource depends on now. An upgrade from Exchange 2000 ties to the System Attendant
    /// what depended on the Information Store.
    pub(super) fn depends_on(
        &self,
        group: &'a GroupConfiguration,
        resource: &'a ResourceConfiguration,
    ) -> impl Iterator<Item = &'a ResourceName> {
        let upgraded = self.upgraded.contains_key(&group.name);
        let store = group.resources.iter().find(|it| it.is_a(resource_type::INFORMATION_STORE));
        resource.depends_on.iter().map(move |name| match (store, group.attendant()) {
            (Some(store), Some(attendant)) if upgraded && store.name == *name => &attendant.name,
            _ => name,
        })
    }

    /// The version of the server that the group is.
    pub(super) fn version_of(&self, group: &GroupName) -> Exchange {
        let at_start = self.configured(group).map_or(self.cluster.exchange, |it| it.exchange);
        self.upgraded.get(group).copied().unwrap_or(at_start)
    }

    /// The version that the node runs.
    pub(super) fn version_on(&self, node: &NodeName) -> Exchange {
        let at_start = self.cluster.nodes.iter().find(|it| it.name == *node);
        let at_start = at_start.map_or(self.cluster.exchange, |it| it.exchange);
        self.upgraded_nodes.get(node).copied().unwrap_or(at_start)
    }

    /// In the members' eyes.
    pub(super) fn is_member(&self, node: &NodeName) -> bool {
        self.nodes.get(node).is_some_and(|state| state.is_member())
    }

    /// The group of the Exchange Virtual Server that was named last on the node.
    pub(super) fn designated(&self, node: &NodeName) -> Option<&GroupName> {
        self.named.get(node)?.1.as_ref()
    }

    fn name(&mut self, node: &NodeName, evs: &EvsName) {
        self.named.insert(node.clone(), (evs.clone(), self.group_of(evs)));
    }

    /// The group of the Exchange Virtual Server that has this name now.
    fn group_of(&self, evs: &EvsName) -> Option<GroupName> {
        self.servers.iter().find(|(_, name)| *name == evs).map(|(group, _)| group.clone())
    }

    /// A new licence has not been used yet.
    fn license(&mut self, node: &NodeName, license: License) {
        self.licenses.insert(node.clone(), license);
        self.runs.remove(node);
        self.paid.remove(node);
    }

    /// Groups that are an Exchange Virtual Server, present, and owned by the node.
    pub(super) fn servers_on(
        &self,
        node: &NodeName,
    ) -> impl Iterator<Item = (&GroupName, &EvsName)> {
        self.servers.iter().filter(move |(group, _)| self.owners.get(*group) == Some(node))
    }

    pub(super) fn follow(&mut self, line: &Line) {
        self.time = line.time;
        self.copies.follow(line, &self.servers);
        match &line.told {
            Told::Cluster(event) => {
                self.diary.follow_cluster(line.time, event);
                self.follow_cluster(event);
            }
            Told::Product(node, said) => {
                self.diary.follow_product(line.time, node, said);
                self.follow_product(node, said);
            }
        }
    }

    fn follow_cluster(&mut self, event: &Event) {
        self.agents.follow(event);
        match event {
            Event::Stepped { step, result: Ok(()), .. } => self.follow_step(step),
            Event::Node { node, state, why } => {
                match why {
                    NodeChange::Evicted | NodeChange::Forgotten => {
                        self.evicted.insert(node.clone());
                    }
                    NodeChange::Added(_) | NodeChange::Remembered(_) => {
                        self.evicted.remove(node);
                    }
                    _ => {}
                }
                self.nodes.insert(node.clone(), *state);
                self.leaving.remove(node);
                match state.is_member() {
                    true => self.joined.insert(node.clone()),
                    false => self.joined.remove(node),
                };
            }
            Event::ServiceEnded { node, .. } => self.follow_service_end(node),
            Event::ServiceGoesOn { node } => {
                self.joined.extend((!self.closing.contains(node)).then(|| node.clone()));
            }
            Event::PoweredOff { node, .. } => self.follow_power_off(node),
            Event::PoweredOn { node } => self.follow_power_on(node),
            Event::Owner { group, to, .. } => {
                self.owners.insert(group.clone(), to.clone());
                self.follow_arrival(group);
            }
            Event::Resource { resource, group, state, error, .. } => {
                let beside_another = *error == Some(ErrorCode::ERROR_RESMON_ONLINE_FAILED);
                if *state == ResourceState::Failed && (self.network_cut || beside_another) {
                    self.broken.insert(group.clone());
                }
                if self.unnoticed.contains(group)
                    && self.is_of(group, resource, resource_type::INFORMATION_STORE)
                {
                    self.unnoticed.remove(group);
                }
                self.resources.insert(resource.clone(), *state);
            }
            Event::Upgraded { group, to } => {
                self.upgraded.insert(group.clone(), *to);
            }
            Event::Act { node, deed: Deed::Dismount(group, store), result: Ok(()) } => {
                let store = (group.clone(), store.clone());
                self.dismounted.insert(store.clone());
                self.handled.insert(store.clone());
                self.taken.insert(store, node.clone());
            }
            Event::Written { node, place: Place::Node, .. } => self.follow_written(node),
            Event::Group { group, state: GroupState::Online, .. } => {
                let hangs = self.hanging.get(group).is_some_and(|until| self.time < *until);
                if !hangs && !self.unnoticed.contains(group) {
                    self.broken.remove(group);
                }
            }
            Event::Renamed { group, to } => {
                self.servers.insert(group.clone(), to.clone());
            }
            Event::Deleted { group, .. } => {
                self.servers.remove(group);
                self.owners.remove(group);
                self.deleted.insert(group.clone());
            }
            _ => self.follow_files(event),
        }
    }

    /// On its new node an Information Store mounts what it can: from then on only what a job took
    /// before, and what is still down, is its to mount. In Exchange 2007 nothing mounts a database.
    fn follow_arrival(&mut self, group: &GroupName) {
        if self.version_of(group) != Exchange::E2007 {
            self.handled.retain(|(of, _)| of != group);
            self.found.retain(|(of, _)| of != group);
        }
    }

    /// What becomes of stores and their files.
    fn follow_files(&mut self, event: &Event) {
        match event {
            Event::Store { group, store, mount, .. } => {
                let store = (group.clone(), store.clone());
                if *mount == MountState::Mounted {
                    self.taken.remove(&store);
                    self.dismounted.remove(&store);
                    let owner = self.owners.get(group).filter(|it| self.at_work.contains(*it));
                    if owner.is_some_and(|it| self.designated(it) == Some(group)) {
                        self.found.insert(store.clone());
                    }
                    self.reported.remove(&store);
                }
                self.stores.insert(store, *mount);
            }
            Event::Tool { group, store, node, state, .. } => {
                let store = (group.clone(), store.clone());
                match state {
                    ToolState::Running => self.tools.insert(store, node.clone()),
                    ToolState::Succeeded | ToolState::Failed => self.tools.remove(&store),
                };
            }
            Event::Damage { group, store, damaged } => {
                let store = (group.clone(), store.clone());
                match damaged {
                    true => self.damaged.insert(store.clone()),
                    false => self.damaged.remove(&store),
                };
                self.damaged_once.insert(store);
            }
            // The other node's files may be whole, and these are when they come back.
            Event::Copies { group, news: CopyNews::Roles { .. } } => {
                let of = |(at, _): &&Store| at == group;
                let before: Vec<Store> = self.damaged.iter().filter(of).cloned().collect();
                let after: Vec<Store> = self.damaged_aside.iter().filter(of).cloned().collect();
                for (set, from, to) in [
                    (&mut self.damaged, &before, &after),
                    (&mut self.damaged_aside, &after, &before),
                ] {
                    set.retain(|store| !from.contains(store));
                    set.extend(to.iter().cloned());
                }
            }
            Event::Copies {
                group,
                news: CopyNews::State { storage_group, state: CopyState::Healthy, .. },
            } => {
                self.damaged_aside
                    .retain(|(at, store)| at != group || store.storage_group() != *storage_group);
            }
            // What was damaged is lost with its disk, and whole on a restored one.
            Event::Disk { group, change: DiskChange::Died | DiskChange::Restored } => {
                self.damaged.retain(|(damaged, _)| damaged != group);
            }
            _ => {}
        }
    }

    /// A request counts from when the node's own record holds it.
    fn follow_written(&mut self, node: &NodeName) {
        for (request, group) in self.pending.remove(node).unwrap_or_default() {
            if let Some(evs) = request.designates() {
                self.named.insert(node.clone(), (evs.clone(), group));
            }
            match request {
                Request::Install { license, .. } => {
                    license.iter().for_each(|license| self.license(node, *license));
                }
                Request::License { license, .. } => self.license(node, license),
                Request::Revoke => {
                    self.licenses.remove(node);
                }
                Request::Designate { .. }
                | Request::RunJob { .. }
                | Request::Cancel { .. }
                | Request::ScheduleJob { .. }
                | Request::ScheduleCheck { .. }
                | Request::CancelSchedule { .. } => {}
            }
        }
    }

    /// A job on the node's server begins: these stores it finds mounted.
    fn find_stores(&mut self, node: &NodeName) {
        let Some(group) = self.designated(node).cloned() else { return };
        self.found.retain(|(of, _)| *of != group);
        let stores = self.configured(&group).into_iter().flat_map(|group| &group.stores);
        let mounted = |store: &&StoreConfiguration| {
            let told = self.stores.get(&(group.clone(), store.name.clone()));
            told.map_or(store.mounted, |mount| {
                matches!(mount, MountState::Mounted | MountState::Mounting)
            })
        };
        let found: Vec<Store> =
            stores.filter(mounted).map(|store| (group.clone(), store.name.clone())).collect();
        self.found.extend(found);
        let agent = self.configured(&group).into_iter().flat_map(|group| &group.resources);
        let online = |it: &&ResourceConfiguration| {
            let state = self.resources.get(&it.name).copied().unwrap_or(it.state);
            same(&it.type_name, resource_type::MESSAGE_TRANSFER_AGENT)
                && state == ResourceState::Online
        };
        let agent = agent.filter(online).map(|it| it.name.clone()).next();
        self.agents.find(&group, agent);
    }

    fn is_of(&self, group: &GroupName, resource: &ResourceName, type_name: &str) -> bool {
        let mut resources = self.configured(group).into_iter().flat_map(|group| &group.resources);
        resources.any(|it| it.name == *resource && same(&it.type_name, type_name))
    }

    fn follow_service_end(&mut self, node: &NodeName) {
        self.joined.remove(node);
        self.leaving.remove(node);
        // What it ran has ended with it: what comes of the group now is no job's doing.
        self.taken.retain(|_, worker| worker != node);
    }

    fn follow_product(&mut self, node: &NodeName, said: &Said) {
        match said {
            Said::Admitted(request) => {
                let group = request.designates().and_then(|evs| self.group_of(evs));
                self.pending.entry(node.clone()).or_default().push((request.clone(), group));
            }
            Said::Missed(..) => {
                self.pending.remove(node);
            }
            Said::Console(console) => {
                self.consoles.insert(node.clone(), (**console).clone());
            }
            Said::Job { outcome: Outcome::Running, .. } => {
                self.at_work.insert(node.clone());
                self.find_stores(node);
                self.paid.insert(node.clone());
            }
            Said::Did(Reason::MtaFailed { .. }) => {
                let own = self.designated(node).cloned();
                self.agents.report(own.as_ref());
            }
            Said::Job { outcome, .. } => {
                let worked = self.at_work.remove(node);
                if let (true, Some(own)) = (worked, self.designated(node).cloned()) {
                    self.handled.retain(|(group, _)| *group != own);
                }
                let paid = self.paid.remove(node);
                if let (true, Outcome::Completed | Outcome::Stopped(_)) = (paid, outcome) {
                    *self.runs.entry(node.clone()).or_default() += 1;
                }
                if let Outcome::Stopped(_) = outcome {
                    let own = self.designated(node).cloned();
                    self.agents.report(own.as_ref());
                    let left = self.dismounted.union(&self.damaged);
                    let left = left.filter(|(group, _)| Some(group) == own.as_ref());
                    self.reported.extend(left.cloned().collect::<Vec<_>>());
                }
            }
            Said::Holds(Reason::LeaseStays { evs, dismounted, .. }) => {
                let group = self.servers.iter().find(|(_, name)| *name == evs);
                let group = group.map(|(group, _)| group.clone());
                let named = dismounted.iter().filter_map(|it| Some((group.clone()?, it.clone())));
                self.reported.extend(named);
            }
            Said::Holds(Reason::Unusable { evs, store, .. }) => {
                let group = self.servers.iter().find(|(_, name)| *name == evs);
                let named = group.map(|(group, _)| (group.clone(), store.clone()));
                self.reported.extend(named);
            }
            _ => {}
        }
    }
}
