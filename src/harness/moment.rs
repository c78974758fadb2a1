//! How everything stands at one moment of a run, for the members of the cluster or for one node:
//! the situation, the resources that are not as intended, the disks with their stores.
//!
//! A node's moment holds what the node can know and nothing else: the same view that the product
//! on it decides from.

use std::sync::Arc;

use super::agents::Agents;
use super::situation::{self, Situation};
use crate::backend::{Backend as _, observe};
use crate::model::{
    ClusterView, DiskView, ErrorCode, Fact, GroupName, NodeName, Place, ResourceName,
    ResourceState, ServiceState, Time,
};
use crate::sim::{Configuration, SharedCluster, SimBackend};

/// How everything stands at one moment.
#[derive(Clone, Debug)]
pub struct Moment {
    /// When.
    pub at: Time,
    /// For whom; none: for the members, and of outages too.
    pub eyes: Option<Eyes>,
    /// Nodes, groups, consoles.
    pub situation: Situation,
    /// The resources that are not as intended, in the order of the names of their groups. A node
    /// does not see intents: for one, those that are not online.
    pub astray: Vec<Astray>,
    /// The disks with stores, in the order of the names of their groups; a node sees those of its
    /// own groups.
    pub disks: Vec<Disk>,
}

/// Through whose eyes a moment is seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Eyes {
    /// The node.
    pub node: NodeName,
    /// Its cluster service; none: the machine is off or hangs, and sees nothing.
    pub service: Option<ServiceState>,
    /// Why the cluster cannot be asked, where it cannot.
    pub unknown: Option<ErrorCode>,
}

/// A resource that is not as intended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Astray {
    /// Its group.
    pub group: GroupName,
    /// The resource.
    pub resource: ResourceName,
    /// Its state.
    pub state: ResourceState,
    /// Whether it is meant to be online; none: who looks cannot know.
    pub intended: Option<bool>,
}

/// The disk of a group with stores.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disk {
    /// The group.
    pub group: GroupName,
    /// Its owner.
    pub owner: NodeName,
    /// What lies on it, or why its owner cannot tell.
    pub view: Fact<Arc<DiskView>>,
}

/// For the members.
pub(super) fn of_members(
    shared: &SharedCluster,
    agents: &mut Agents,
    configuration: &Configuration,
) -> Moment {
    let situation = situation::take(shared, agents, configuration);
    let cluster = shared.borrow();
    let view = cluster.view();
    let mut astray = Vec::new();
    for (group, found) in view.iter().flat_map(|view| &view.groups) {
        for (resource, it) in &found.resources {
            let intended = cluster.intends(resource).unwrap_or(true);
            if (it.state == ResourceState::Online) != intended || it.state.is_pending() {
                let (group, resource) = (group.clone(), resource.clone());
                astray.push(Astray { group, resource, state: it.state, intended: Some(intended) });
            }
        }
    }
    let at = cluster.now();
    drop(cluster);
    let disks = view.iter().flat_map(|view| &view.groups).filter_map(|(group, found)| {
        let owner = found.owner.clone();
        let backend = SimBackend::new(shared, &owner).ok()?;
        let view = Fact::from(backend.storage(&Place::Disk(group.clone())));
        disk(configuration, group, owner, view.map(|it| it.disk))
    });
    Moment { at, eyes: None, situation, astray, disks: disks.collect() }
}

/// For one node.
pub(super) fn of_node(
    node: &NodeName,
    shared: &SharedCluster,
    agents: &mut Agents,
    configuration: &Configuration,
) -> Moment {
    let at = shared.borrow().now();
    let blank = Situation { nodes: Vec::new(), quorum: None, groups: Vec::new(), consoles: vec![] };
    let mut moment =
        Moment { at, eyes: None, situation: blank, astray: Vec::new(), disks: Vec::new() };
    let runs = shared.borrow().runs(node);
    let Some(backend) = SimBackend::new(shared, node).ok().filter(|_| runs) else {
        moment.eyes = Some(Eyes { node: node.clone(), service: None, unknown: None });
        return moment;
    };
    let (view, _) = observe(&backend);
    let unknown = match &view.cluster {
        Fact::Known(cluster) => {
            moment.situation = Situation::seen(cluster, &configuration.quorum);
            moment.astray = not_online(cluster);
            None
        }
        Fact::Unknown(code) => Some(*code),
    };
    moment.situation.consoles.extend(agents.console(node, shared));
    let disks = view.disks.into_iter().filter_map(|(group, storage)| {
        disk(configuration, &group, node.clone(), storage.map(|it| it.disk))
    });
    moment.disks = disks.collect();
    moment.eyes = Some(Eyes { node: node.clone(), service: Some(view.service), unknown });
    moment
}

fn not_online(cluster: &Arc<ClusterView>) -> Vec<Astray> {
    let all = cluster.groups.iter().flat_map(|(group, found)| {
        found.resources.iter().map(move |(resource, it)| (group, resource, it.state))
    });
    let others = all.filter(|(_, _, state)| *state != ResourceState::Online);
    let astray = |(group, resource, state): (&GroupName, &ResourceName, ResourceState)| Astray {
        group: group.clone(),
        resource: resource.clone(),
        state,
        intended: None,
    };
    others.map(astray).collect()
}

/// The disk of a group, if the group has stores.
fn disk(
    configuration: &Configuration,
    group: &GroupName,
    owner: NodeName,
    view: Fact<Option<Arc<DiskView>>>,
) -> Option<Disk> {
    let configured = configuration.groups.iter().find(|it| it.name == *group)?;
    let view = match view {
        Fact::Known(view) => Fact::Known(view?),
        Fact::Unknown(code) => Fact::Unknown(code),
    };
    let stores = !configured.stores.is_empty();
    stores.then(|| Disk { group: group.clone(), owner, view })
}
