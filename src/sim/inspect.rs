//! What the cluster's own tools ask beyond what an agent needs: settings, owners that are allowed
//! or preferred, networks. And what they ask it to do, with its answer.
//!
//! Absent on purpose: anything that is only so in a simulator.

use std::sync::Arc;

use super::cluster::{Cluster, NodeId, ResourceId};
use super::{
    ClusterProperties, Event, GroupProperties, Quorum, Release, ResourceProperties, Role, Step,
    TypeProperties, Windows,
};
use crate::model::{
    ErrorCode, GroupName, InterfaceState, NetworkName, NetworkState, NodeName, ResourceName,
    ResourceState, StoreName, in_force, resource_type, same,
};

/// The settings of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupSettings {
    /// Its common properties.
    pub properties: GroupProperties,
    /// Its preferred owners, the most preferred first.
    pub preferred: Vec<NodeName>,
    /// Its resources, in the order in which they were made.
    pub resources: Vec<ResourceName>,
    /// Whether it holds what makes up the cluster itself.
    pub core: bool,
}

/// The settings of a resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResourceSettings {
    /// Its common properties.
    pub properties: ResourceProperties,
    /// The nodes that can host it, in the order of their numbers.
    pub possible_owners: Vec<NodeName>,
    /// What it directly depends on, in the order in which that was said.
    pub depends_on: Vec<ResourceName>,
    /// What directly depends on it.
    pub dependents: Vec<ResourceName>,
    /// Whether it makes up the cluster itself.
    pub core: bool,
    /// The store that it is, in Exchange 2007.
    pub store: Option<StoreName>,
}

/// A network as the members judge it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetworkSettings {
    /// Its name.
    pub name: NetworkName,
    /// What it is for.
    pub role: Role,
    /// Its state.
    pub state: NetworkState,
    /// The nodes that have an interface to it, with the states of these.
    pub interfaces: Vec<(NodeName, InterfaceState)>,
}

/// The cluster's answer to a step.
fn answer_of(event: &Event) -> Option<Result<(), ErrorCode>> {
    match event {
        Event::Stepped { pending: true, .. } => Some(Err(ErrorCode::ERROR_IO_PENDING)),
        Event::Stepped { result, .. } => Some(*result),
        _ => None,
    }
}

impl Cluster {
    /// Does what is asked, as [`Cluster::apply`] does, and says what the cluster answered.
    ///
    /// # Errors
    /// Why it refused, or a remark on what it does: `ERROR_IO_PENDING` is one.
    pub fn ask_for(&mut self, step: &Step) -> Result<(), ErrorCode> {
        let place = self.trace.len();
        self.apply(step);
        let answer = self.trace.get(place).and_then(|entry| answer_of(&entry.event));
        answer.expect("a step stands where it was applied")
    }

    /// What the cluster answered to the latest thing that an administrator asked of it; none:
    /// nobody has asked.
    pub fn latest_answer(&self) -> Option<ErrorCode> {
        let asked =
            |event: &&Event| matches!(event, Event::Stepped { step, .. } if !step.is_fault());
        let latest = self.trace.iter().rev().map(|entry| &entry.event).find(asked)?;
        Some(answer_of(latest)?.err().unwrap_or(ErrorCode::ERROR_SUCCESS))
    }

    /// Whether what was asked for has begun and is not done yet. A group that has nothing to take
    /// offline changes hands at once, whatever has to come online then.
    ///
    /// Source: the documentation of the functions that move groups, and bring groups and resources
    /// online or offline.
    pub(super) fn goes_on(&self, step: &Step) -> bool {
        let state = |name| self.resource_id(name).map(|id| self.resources[id.index()].state);
        let group = |name| self.group_id(name).map(|id| &self.groups[id.index()]);
        let pending = |id: &ResourceId| self.resources[id.index()].state.is_pending();
        let goes_on = match step {
            Step::Move { group: name, .. } => group(name).is_ok_and(|it| it.moving.is_some()),
            Step::OnlineGroup(name) | Step::OfflineGroup(name) => {
                group(name).is_ok_and(|it| it.resources.iter().any(pending))
            }
            Step::OnlineResource(name) => state(name).is_ok_and(|it| it != ResourceState::Online),
            Step::OfflineResource(name) => state(name).is_ok_and(|it| it != ResourceState::Offline),
            _ => false,
        };
        goes_on && in_force("what-is-not-done-is-pending")
    }

    /// The cluster's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// By the rules of which Windows the cluster goes.
    pub fn windows(&self) -> Windows {
        self.windows
    }

    /// Which Windows is set up on a machine.
    ///
    /// # Errors
    /// `ERROR_CLUSTER_NODE_NOT_FOUND`.
    pub fn release_of(&self, node: &NodeName) -> Result<Release, ErrorCode> {
        Ok(self.nodes[self.node_id(node)?.index()].release)
    }

    /// The cluster's own properties.
    pub fn properties(&self) -> ClusterProperties {
        self.properties
    }

    /// The quorum resource, and what makes a cluster of nodes.
    pub fn quorum_settings(&self) -> (ResourceName, Quorum) {
        (self.resources[self.quorum.index()].name.clone(), self.quorum_kind)
    }

    /// Every machine that there ever was, in the order of the scenario.
    pub fn machines(&self) -> impl Iterator<Item = &NodeName> {
        self.nodes.iter().map(|node| &node.name)
    }

    /// Counts the starts and ends of a node's cluster service: what was opened in another session
    /// is dead.
    ///
    /// # Errors
    /// `ERROR_CLUSTER_NODE_NOT_FOUND`.
    pub fn session(&self, node: &NodeName) -> Result<u64, ErrorCode> {
        Ok(self.nodes[self.node_id(node)?.index()].session)
    }

    /// The settings of a group.
    ///
    /// # Errors
    /// `ERROR_GROUP_NOT_FOUND`.
    pub fn group_settings(&self, name: &GroupName) -> Result<GroupSettings, ErrorCode> {
        let group = &self.groups[self.group_id(name)?.index()];
        let named = |id: &NodeId| self.node_name(*id);
        let configured = |id: &&NodeId| self.nodes[id.index()].configured;
        let resources = group.resources.iter().map(|id| self.resources[id.index()].name.clone());
        Ok(GroupSettings {
            properties: group.properties.clone(),
            preferred: group.preferred.iter().filter(configured).map(named).collect(),
            resources: resources.collect(),
            core: group.resources.contains(&self.quorum),
        })
    }

    /// The settings of a resource.
    ///
    /// # Errors
    /// `ERROR_RESOURCE_NOT_FOUND`.
    pub fn resource_settings(&self, name: &ResourceName) -> Result<ResourceSettings, ErrorCode> {
        let id = self.resource_id(name)?;
        let resource = &self.resources[id.index()];
        let possible = |at: &usize| {
            let allowed = resource.possible_owners.as_ref();
            allowed.is_none_or(|these| these.contains(&NodeId(*at as u32)))
        };
        let owners = (0..self.nodes.len())
            .filter(|at| self.nodes[*at].configured && possible(at))
            .map(|at| self.nodes[at].name.clone());
        let named = |ids: &[ResourceId]| {
            ids.iter().map(|id| self.resources[id.index()].name.clone()).collect()
        };
        Ok(ResourceSettings {
            properties: ResourceProperties {
                restart_action: Some(self.restart_action(id)),
                ..resource.properties
            },
            possible_owners: owners.collect(),
            depends_on: named(&resource.depends_on),
            dependents: named(&resource.dependents),
            core: id == self.quorum,
            store: self.store_of(id),
        })
    }

    /// Whether the resource is meant to be online: by the administrator's last intent for it, else
    /// for its group.
    ///
    /// # Errors
    /// `ERROR_RESOURCE_NOT_FOUND`.
    pub fn intends(&self, name: &ResourceName) -> Result<bool, ErrorCode> {
        let resource = &self.resources[self.resource_id(name)?.index()];
        Ok(resource.intent.unwrap_or(self.groups[resource.group.index()].intent))
    }

    /// The registered resource types, those that Windows brings first.
    pub fn resource_types(&self) -> Vec<Arc<str>> {
        use resource_type::{IP_ADDRESS, MAJORITY_NODE_SET, NETWORK_NAME, PHYSICAL_DISK};
        let mut types: Vec<Arc<str>> =
            [PHYSICAL_DISK, IP_ADDRESS, NETWORK_NAME].map(Arc::from).into();
        if self.windows == Windows::W2003 {
            types.push(MAJORITY_NODE_SET.into());
        }
        for resource in &self.resources {
            if !types.iter().any(|known| same(known, &resource.type_name)) {
                types.push(Arc::clone(&resource.type_name));
            }
        }
        types
    }

    /// The properties of a resource type.
    ///
    /// # Errors
    /// `ERROR_CLUSTER_RESOURCE_TYPE_NOT_FOUND`.
    pub fn type_settings(&self, type_name: &str) -> Result<TypeProperties, ErrorCode> {
        let of_type = self.resources.iter().find(|it| same(&it.type_name, type_name));
        let known = || self.resource_types().iter().any(|it| same(it, type_name));
        match of_type {
            Some(resource) => Ok(resource.type_properties),
            None if known() => Ok(TypeProperties::default()),
            None => Err(ErrorCode::ERROR_CLUSTER_RESOURCE_TYPE_NOT_FOUND),
        }
    }

    /// The networks, with the interfaces of the nodes that there are.
    pub fn network_settings(&self) -> Vec<NetworkSettings> {
        let settings = |network: &super::network::Network| {
            let there = network.nodes.iter().filter(|id| self.nodes[id.index()].configured);
            let state = |id: &NodeId| match self.nodes[id.index()].state.is_member() {
                true => network.told.get(id).copied().unwrap_or(InterfaceState::Up),
                false => InterfaceState::Unavailable,
            };
            NetworkSettings {
                name: network.name.clone(),
                role: network.role,
                state: network.state,
                interfaces: there.map(|id| (self.node_name(*id), state(id))).collect(),
            }
        };
        self.networks.iter().map(settings).collect()
    }
}
