//! A cluster as it stands at the start of a run: the long form of a scenario, and what an import
//! will write.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::property::{ClusterProperties, GroupProperties, ResourceProperties, TypeProperties};
use super::{MountDial, Quorum, Release, Role, Switches};
use crate::model::{
    Exchange, GroupName, Guid, LocalTime, NetworkName, NodeName, NodeState, ResourceName,
    ResourceState, Size, Span, StoreName, resource_type, same,
};

/// Which Windows the nodes run: it selects the profile of the cluster service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Windows {
    /// Windows 2000 Advanced Server or Datacenter Server.
    W2000,
    /// Windows Server 2003 Enterprise or Datacenter Edition.
    W2003,
}

/// A whole cluster.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Configuration {
    /// The cluster's name.
    pub name: String,
    /// By the rules of which Windows it goes, where its nodes do not say otherwise.
    pub windows: Windows,
    /// Which Exchange it carries.
    pub exchange: Exchange,
    /// The nodes in the order of their numbers, which count from 1.
    pub nodes: Vec<NodeConfiguration>,
    /// The quorum resource. Its group's owner owns the quorum.
    pub quorum: ResourceName,
    /// What makes a cluster of nodes.
    pub quorum_kind: Quorum,
    /// The networks that join the nodes.
    pub networks: Vec<NetworkConfiguration>,
    /// The cluster's own properties.
    pub properties: ClusterProperties,
    /// Properties of resource types that are not as by default, by the registered name.
    pub resource_types: BTreeMap<String, TypeProperties>,
    /// What the clocks of the cluster show at the start.
    pub starts: LocalTime,
    /// The groups, in the order in which they were made.
    pub groups: Vec<GroupConfiguration>,
    /// What the simulator assumes where the sources are silent or unsure.
    pub switches: Switches,
}

/// One node at the start.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NodeConfiguration {
    /// The physical computer's name.
    pub name: NodeName,
    /// `Up` or `Down` (the machine is off).
    pub state: NodeState,
    /// Which Windows is set up on it.
    pub windows: Release,
    /// Which Exchange is set up on it.
    pub exchange: Exchange,
}

/// One network.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NetworkConfiguration {
    /// Its name.
    pub name: NetworkName,
    /// What it is for.
    pub role: Role,
    /// The nodes that have an interface to it.
    pub nodes: Vec<NodeName>,
}

impl Configuration {
    /// The properties of a resource type, which is found without case.
    pub fn type_properties(&self, type_name: &str) -> TypeProperties {
        let found = self.resource_types.iter().find(|(name, _)| same(name, type_name));
        found.map(|(_, properties)| *properties).unwrap_or_default()
    }
}

/// One group at the start.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct GroupConfiguration {
    /// Its name.
    pub name: GroupName,
    /// Its identity.
    pub guid: Guid,
    /// The node that owns it; one that is up.
    pub owner: NodeName,
    /// Preferred owners, the most preferred first. They order, they do not restrict.
    pub preferred: Vec<NodeName>,
    /// Its common properties.
    pub properties: GroupProperties,
    /// Its resources.
    pub resources: Vec<ResourceConfiguration>,
    /// Room for files on its disks: stores, temporary files, the product's record. Zero where the
    /// group has no Physical Disk.
    pub disk: Size,
    /// The stores on its disks.
    pub stores: Vec<StoreConfiguration>,
    /// The version of the server that it is; of another group that of the cluster.
    pub exchange: Exchange,
    /// Whether a defragmentation builds its temporary file there, and not on the node's own disk.
    pub temporary_on_group_disk: bool,
    /// Whether each store has a copy on the disk of either node, and how many logs may be missing
    /// where one is mounted all the same; none: there is one copy, on the group's disks.
    pub replicated: Option<MountDial>,
}

impl GroupConfiguration {
    /// The System Attendant, where the group has exactly one: it makes the group an Exchange
    /// Virtual Server.
    pub fn attendant(&self) -> Option<&ResourceConfiguration> {
        let is = |it: &&ResourceConfiguration| it.is_a(resource_type::SYSTEM_ATTENDANT);
        let mut attendants = self.resources.iter().filter(is);
        attendants.next().filter(|_| attendants.next().is_none())
    }

    /// The name of the Exchange Virtual Server that the group is.
    pub fn evs_name(&self) -> Option<&str> {
        self.attendant()?.private("NetworkName")
    }
}

impl ResourceConfiguration {
    /// Whether the resource is of this registered type, compared without case.
    pub fn is_a(&self, type_name: &str) -> bool {
        same(&self.type_name, type_name)
    }

    /// A private property by its name, compared without case.
    pub fn private(&self, name: &str) -> Option<&str> {
        let same = |(key, _): &(&String, &String)| same(key, name);
        self.private.iter().find(same).map(|(_, value)| value.as_str())
    }
}

/// One resource at the start.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ResourceConfiguration {
    /// Its label.
    pub name: ResourceName,
    /// Its identity.
    pub guid: Guid,
    /// The registered name of its type.
    pub type_name: Arc<str>,
    /// What it directly depends on, in the same group.
    pub depends_on: Vec<ResourceName>,
    /// The nodes that can host it; none given: every node.
    pub possible_owners: Option<Vec<NodeName>>,
    /// Its private properties, as text.
    pub private: Arc<BTreeMap<String, String>>,
    /// Its common properties.
    pub properties: ResourceProperties,
    /// `Online`, `Offline` or `Failed`.
    pub state: ResourceState,
}

/// One store at the start.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StoreConfiguration {
    /// Its storage group and name.
    pub name: StoreName,
    /// The size of its files.
    pub size: Size,
    /// How much of it is in use.
    pub used: Size,
    /// How many mailboxes it holds.
    pub mailboxes: u32,
    /// Whether it is mounted when its Information Store starts.
    pub mounted: bool,
    /// How long its logs take to replay when it was not shut down cleanly.
    pub log_replay: Span,
    /// How many errors the passes of an error fix put right, one after the other; then none.
    pub fixes: Vec<u32>,
    /// How many logs of 1 MB its users write in an hour.
    pub logs: u32,
}
