//! What one node can know now. Not to know is a value of its own, never zero and never empty.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{
    Consistency, Copies, ErrorCode, Exchange, GroupName, GroupState, Guid, MountState, MtaView,
    NodeName, NodeState, Record, ResourceName, ResourceState, ServiceState, Size, StoreName,
    Temporary, Ticket, Tool, ToolPhase, ToolState,
};

/// A value, or why it could not be learnt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fact<T> {
    /// The value.
    Known(T),
    /// The error that stood in the way.
    Unknown(ErrorCode),
}

impl<T> Fact<T> {
    /// The value, where it is known.
    pub fn known(&self) -> Option<&T> {
        match self {
            Fact::Known(value) => Some(value),
            Fact::Unknown(_) => None,
        }
    }

    /// The same fact by reference.
    pub fn as_ref(&self) -> Fact<&T> {
        match self {
            Fact::Known(value) => Fact::Known(value),
            Fact::Unknown(code) => Fact::Unknown(*code),
        }
    }

    /// What follows from the value, where it is known.
    pub fn map<U>(self, follow: impl FnOnce(T) -> U) -> Fact<U> {
        match self {
            Fact::Known(value) => Fact::Known(follow(value)),
            Fact::Unknown(code) => Fact::Unknown(code),
        }
    }
}

impl<T> From<Result<T, ErrorCode>> for Fact<T> {
    fn from(result: Result<T, ErrorCode>) -> Self {
        match result {
            Ok(value) => Fact::Known(value),
            Err(code) => Fact::Unknown(code),
        }
    }
}

/// What one node can know now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct View {
    /// The physical node itself.
    pub node: NodeName,
    /// Its own cluster service.
    pub service: ServiceState,
    /// The cluster as its members see it.
    pub cluster: Fact<Arc<ClusterView>>,
    /// What lies on this node's own disk.
    pub own: Fact<StorageView>,
    /// What lies on the disks of the groups that this node owns. A group that it does not own is
    /// not in here: its stores cannot be seen from this node.
    pub disks: BTreeMap<GroupName, Fact<StorageView>>,
}

/// Nodes and groups of the cluster.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClusterView {
    /// The cluster's name.
    pub name: String,
    /// Every configured node.
    pub nodes: BTreeMap<NodeName, NodeView>,
    /// Every group.
    pub groups: BTreeMap<GroupName, Arc<GroupView>>,
}

/// One node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeView {
    /// Its number in the cluster; a node that was evicted and joined again has a new one.
    pub id: u32,
    /// Its state in the members' eyes.
    pub state: NodeState,
}

/// One group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupView {
    /// Its identity.
    pub guid: Guid,
    /// The one node that owns it.
    pub owner: NodeName,
    /// Its state, as it follows from its resources.
    pub state: GroupState,
    /// What it holds.
    pub resources: BTreeMap<ResourceName, ResourceView>,
}

impl GroupView {
    /// Whether the other differs in its owner and in states alone.
    pub fn is_built_like(&self, other: &Self) -> bool {
        let alike = |((name, one), (same, other)): ((&ResourceName, _), (&ResourceName, _))| {
            let (one, other): (&ResourceView, &ResourceView) = (one, other);
            name.as_str() == same.as_str() && one.is_built_like(other)
        };
        self.guid == other.guid
            && self.resources.len() == other.resources.len()
            && self.resources.iter().zip(&other.resources).all(alike)
    }
}

/// One resource. What seldom changes is shared: a view is taken at each wake of each node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResourceView {
    /// Its identity.
    pub guid: Guid,
    /// The registered name of its type, in the case that the cluster returns.
    pub type_name: Arc<str>,
    /// Its state.
    pub state: ResourceState,
    /// The group that holds it.
    pub group: GroupName,
    /// The resources that it directly depends on.
    pub depends_on: Arc<BTreeSet<ResourceName>>,
    /// Its private properties, as text.
    pub private: Arc<BTreeMap<String, String>>,
}

impl ResourceView {
    /// Whether the other differs in its state alone.
    pub fn is_built_like(&self, other: &Self) -> bool {
        let Self { guid, type_name, state: _, group, depends_on, private } = self;
        *guid == other.guid
            && *type_name == other.type_name
            && group.as_str() == other.group.as_str()
            && *depends_on == other.depends_on
            && *private == other.private
    }

    /// Whether the resource is of this registered type; the cluster compares without case.
    pub fn is_a(&self, type_name: &str) -> bool {
        super::same(&self.type_name, type_name)
    }

    /// A private property by its name, which the cluster compares without case.
    pub fn private(&self, name: &str) -> Option<&str> {
        let same = |(key, _): &(&String, &String)| super::same(key, name);
        self.private.iter().find(same).map(|(_, value)| value.as_str())
    }
}

/// What lies on a disk: the product's record, and the stores if it is an Exchange group's.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StorageView {
    /// The product's record on it, if one was ever written.
    pub record: Option<Record>,
    /// Whether a write of the record is under way: its outcome is not known yet.
    pub writing: bool,
    /// The stores on it; none on a node's own disk.
    pub disk: Option<Arc<DiskView>>,
    /// The latest notification handed over; only of a node's own disk.
    pub notified: Option<Ticket>,
    /// The number of the latest notification handed over that belonged to no job, 0 before the
    /// first; only of a node's own disk.
    pub announced: u32,
    /// The Exchange that is installed on the node, if any is; only of a node's own disk.
    pub exchange: Option<Exchange>,
}

/// The Exchange side of a group's disk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DiskView {
    /// The version of the server, which need not be that of the node that it is on.
    pub version: Exchange,
    /// How many copies of its stores there are.
    pub copies: Copies,
    /// Space that is left.
    pub free: Size,
    /// The stores.
    pub stores: BTreeMap<StoreName, StoreView>,
    /// The latest run of a tool on each store, while its node has not started anew since.
    pub tools: BTreeMap<StoreName, ToolView>,
    /// Whether a defragmentation builds its temporary file on a disk of the group. Elsewhere it
    /// would be out of reach on the next owner, and it may be the only good copy.
    pub temporary_on_group_disk: bool,
    /// The database of the Message Transfer Agent, where the group has it.
    pub mta: Option<MtaView>,
}

/// One store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoreView {
    /// Whether it serves its mailboxes.
    pub mount: MountState,
    /// Its database's header.
    pub consistency: Consistency,
    /// The size of its files.
    pub size: Size,
    /// How many mailboxes it holds.
    pub mailboxes: u32,
    /// Whether its files are no good, as copying a defragmentation back was cut short: it cannot be
    /// mounted.
    pub damaged: bool,
    /// What there is of a defragmentation's temporary file beside it.
    pub temporary: Temporary,
    /// Whether an online backup holds its storage group: it can be neither mounted nor dismounted,
    /// and no tool can work on it.
    pub locked: bool,
}

/// A run of a tool.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToolView {
    /// Which tool.
    pub tool: Tool,
    /// The name that the product gave the run.
    pub ticket: Ticket,
    /// Where it stands.
    pub state: ToolState,
    /// What it is doing, or did last.
    pub phase: ToolPhase,
    /// How many errors it has put right: a repair pass that reports some is run again. Zero of a
    /// tool that puts none right.
    pub fixes: u32,
}
