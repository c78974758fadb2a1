//! Everything that the cluster says of itself: what an agent never asks, and what it takes to build
//! the same cluster again.
//!
//! Absent on purpose: what any of it means. Properties are handed on as they are.

use super::connection::{Connection, properties, whole};
use super::property_list::{Property, Value};
use super::{control, flag};
use crate::backend::GroupFacts;
use crate::model::{
    ErrorCode, GroupName, NetworkName, NodeName, NodeView, ResourceName, ResourceView, same,
};

/// A cluster.
#[derive(Clone, Debug, PartialEq)]
pub struct ClusterSettings {
    /// Its name.
    pub name: String,
    /// The version of Windows by its major and minor number, as `(5, 2)`.
    pub windows: (u16, u16),
    /// The quorum resource.
    pub quorum: ResourceName,
    /// Its own properties.
    pub properties: Vec<Property>,
    /// The nodes, in the cluster's order.
    pub nodes: Vec<NodeSettings>,
    /// The networks.
    pub networks: Vec<NetworkSettings>,
    /// The properties of the resource types, by their registered names.
    pub types: Vec<(String, Vec<Property>)>,
    /// The groups.
    pub groups: Vec<GroupSettings>,
}

/// A node.
#[derive(Clone, Debug, PartialEq)]
pub struct NodeSettings {
    /// Its name.
    pub name: NodeName,
    /// What the cluster says of it.
    pub view: NodeView,
    /// Its properties, first those that nobody can set.
    pub properties: Vec<Property>,
}

/// A network.
#[derive(Clone, Debug, PartialEq)]
pub struct NetworkSettings {
    /// Its name.
    pub name: NetworkName,
    /// Its properties.
    pub properties: Vec<Property>,
    /// The nodes that have an interface to it, in the cluster's order.
    pub nodes: Vec<NodeName>,
}

/// A group.
#[derive(Clone, Debug, PartialEq)]
pub struct GroupSettings {
    /// Its name.
    pub name: GroupName,
    /// What the cluster says of it.
    pub facts: GroupFacts,
    /// Its properties.
    pub properties: Vec<Property>,
    /// Its preferred owners, the most preferred first.
    pub preferred: Vec<NodeName>,
    /// Its resources, in the cluster's order.
    pub resources: Vec<ResourceSettings>,
}

/// A resource.
#[derive(Clone, Debug, PartialEq)]
pub struct ResourceSettings {
    /// Its name.
    pub name: ResourceName,
    /// What the cluster says of it.
    pub view: ResourceView,
    /// What it directly depends on, in the cluster's order.
    pub depends_on: Vec<ResourceName>,
    /// The nodes that can host it.
    pub possible_owners: Vec<NodeName>,
    /// Its properties.
    pub properties: Vec<Property>,
}

/// A property by its name, which the cluster compares without case.
pub fn property<'p>(properties: &'p [Property], name: &str) -> Option<&'p Value> {
    properties.iter().find(|it| same(&it.name, name))?.values.first()
}

impl Connection {
    /// Everything that the cluster says of itself.
    ///
    /// # Errors
    /// What the functions answer. `ERROR_CALL_NOT_IMPLEMENTED`: the library lacks one of them.
    pub(super) fn settings(&self) -> Result<ClusterSettings, ErrorCode> {
        let census = self.census()?;
        let nodes = census.nodes.into_iter().map(|name| self.node_settings(name));
        let nodes = nodes.collect::<Result<Vec<_>, _>>()?;
        let groups = census.groups.into_iter().map(|name| self.group_settings(name));
        let names = whole(&self.cluster.list(flag::CLUSTER_ENUM_NETWORK)?)?;
        let networks = names.into_iter().map(|name| self.network_settings(&name, &nodes));
        let types = whole(&self.cluster.list(flag::CLUSTER_ENUM_RESTYPE)?)?;
        let types = types.into_iter().map(|name| {
            let code = control::RESOURCE_TYPE_GET_COMMON_PROPERTIES;
            let found = properties(&self.cluster.type_control(&name, code)?)?;
            Ok((name, found))
        });
        Ok(ClusterSettings {
            name: census.cluster,
            windows: self.cluster.version()?,
            quorum: self.quorum()?,
            properties: properties(&self.cluster.control(control::CLUSTER_GET_COMMON_PROPERTIES)?)?,
            networks: networks.collect::<Result<_, _>>()?,
            types: types.collect::<Result<_, ErrorCode>>()?,
            groups: groups.collect::<Result<_, _>>()?,
            nodes,
        })
    }

    fn node_settings(&self, name: NodeName) -> Result<NodeSettings, ErrorCode> {
        let node = self.cluster.node(name.as_str())?;
        let mut found = properties(&node.control(control::NODE_GET_RO_COMMON_PROPERTIES)?)?;
        found.extend(properties(&node.control(control::NODE_GET_COMMON_PROPERTIES)?)?);
        Ok(NodeSettings { view: self.node(&name)?, properties: found, name })
    }

    fn network_settings(
        &self,
        name: &str,
        nodes: &[NodeSettings],
    ) -> Result<NetworkSettings, ErrorCode> {
        let network = self.cluster.network(name)?;
        let mut joined = Vec::new();
        for NodeSettings { name: node, .. } in nodes {
            match self.cluster.interface(node.as_str(), name) {
                Ok(_) => joined.push(node.clone()),
                Err(ErrorCode::ERROR_CLUSTER_NETINTERFACE_NOT_FOUND) => {}
                Err(code) => return Err(code),
            }
        }
        let properties = properties(&network.control(control::NETWORK_GET_COMMON_PROPERTIES)?)?;
        Ok(NetworkSettings { name: name.into(), properties, nodes: joined })
    }

    fn group_settings(&self, name: GroupName) -> Result<GroupSettings, ErrorCode> {
        let group = self.cluster.group(name.as_str())?;
        let preferred = whole(&group.list(flag::CLUSTER_GROUP_ENUM_NODES)?)?;
        let held = whole(&group.list(flag::CLUSTER_GROUP_ENUM_CONTAINS)?)?;
        let resources = held.iter().map(|name| self.resource_settings(name.as_str().into()));
        Ok(GroupSettings {
            facts: self.group(&name)?,
            properties: properties(&group.control(control::GROUP_GET_COMMON_PROPERTIES)?)?,
            preferred: preferred.iter().map(|name| name.as_str().into()).collect(),
            resources: resources.collect::<Result<_, _>>()?,
            name,
        })
    }

    fn resource_settings(&self, name: ResourceName) -> Result<ResourceSettings, ErrorCode> {
        let resource = self.cluster.resource(name.as_str())?;
        let depends_on = whole(&resource.list(flag::CLUSTER_RESOURCE_ENUM_DEPENDS)?)?;
        let owners = whole(&resource.list(flag::CLUSTER_RESOURCE_ENUM_NODES)?)?;
        Ok(ResourceSettings {
            view: self.resource(&name)?,
            depends_on: depends_on.iter().map(|name| name.as_str().into()).collect(),
            possible_owners: owners.iter().map(|name| name.as_str().into()).collect(),
            properties: properties(&resource.control(control::RESOURCE_GET_COMMON_PROPERTIES)?)?,
            name,
        })
    }
}
