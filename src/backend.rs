//! The one seam between the product and a cluster: what one node can ask and do.
//!
//! A [`Backend`] answers single questions, as the Cluster API does; [`observe`] builds a [`View`]
//! from them and [`require`] tests an action's conditions with them, so that every backend can be
//! torn in the same places and none of them can be asked more than another.
//!
//! Absent on purpose: waiting. No call blocks until the cluster has done something.

#[cfg(feature = "windows")]
pub mod clusapi;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::model::{
    Action, ClusterView, Condition, Copies, ErrorCode, Fact, GroupName, GroupState, GroupView,
    Guid, NodeName, NodeState, NodeView, Place, ResourceName, ResourceState, ResourceView,
    ServiceState, StorageView, Temporary, Time, ToolState, View,
};

/// What a node knows without asking the cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Local {
    /// The node.
    pub node: NodeName,
    /// Its clock.
    pub now: Time,
    /// Its own cluster service.
    pub service: ServiceState,
    /// Grows with every change that this node has heard of, in the cluster or on its own disks.
    pub changes: u64,
}

/// The names of everything in the cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Census {
    /// The cluster's name.
    pub cluster: String,
    /// Every configured node.
    pub nodes: Vec<NodeName>,
    /// Every group.
    pub groups: Vec<GroupName>,
    /// Every resource.
    pub resources: Vec<ResourceName>,
}

/// What the cluster says of one group; its resources are asked for one by one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupFacts {
    /// Its identity.
    pub guid: Guid,
    /// The one node that owns it.
    pub owner: NodeName,
    /// Its state.
    pub state: GroupState,
}

/// Why an action was not started.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ActError {
    /// This condition does not hold, so nothing was done.
    Unmet(Condition),
    /// Whether this condition holds could not be learnt, so nothing was done.
    Doubtful(Condition, ErrorCode),
    /// The cluster or the host refused the act itself.
    Failed(ErrorCode),
}

/// What follows the act in a line that says that it was not started.
impl fmt::Display for ActError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ActError::Unmet(condition) => {
                write!(f, "not done, it is no longer so that {condition}")
            }
            ActError::Doubtful(condition, code) => {
                write!(f, "not done, in doubt ({code}) whether {condition}")
            }
            ActError::Failed(code) => write!(f, "failed, {code}"),
        }
    }
}

/// What one node can ask and do.
pub trait Backend {
    /// What the node knows by itself. It always answers.
    fn local(&self) -> Local;

    /// The names of all nodes, groups and resources.
    ///
    /// # Errors
    /// `RPC_S_SERVER_UNAVAILABLE` where this node's cluster service is not a member of a cluster;
    /// this holds for the other questions about the cluster too.
    fn census(&self) -> Result<Census, ErrorCode>;

    /// One node.
    ///
    /// # Errors
    /// `ERROR_CLUSTER_NODE_NOT_FOUND`.
    fn node(&self, name: &NodeName) -> Result<NodeView, ErrorCode>;

    /// One group.
    ///
    /// # Errors
    /// `ERROR_GROUP_NOT_FOUND`.
    fn group(&self, name: &GroupName) -> Result<GroupFacts, ErrorCode>;

    /// One resource.
    ///
    /// # Errors
    /// `ERROR_RESOURCE_NOT_FOUND`.
    fn resource(&self, name: &ResourceName) -> Result<ResourceView, ErrorCode>;

    /// The whole cluster: what the four questions above say, one by one. Only a backend in which
    /// nothing can come in between has anything better to say.
    ///
    /// # Errors
    /// The first of theirs.
    fn cluster(&self) -> Result<Arc<ClusterView>, ErrorCode> {
        assemble(self).map(Arc::new)
    }

    /// What lies on this node's own disk, or on a group's.
    ///
    /// # Errors
    /// `ERROR_HOST_NODE_NOT_GROUP_OWNER` for a group that this node does not own,
    /// `ERROR_NOT_READY` while the group's disk is not online.
    fn storage(&self, place: &Place) -> Result<StorageView, ErrorCode>;

    /// Tests what the action requires, with [`require`], and starts its act. As little as the
    /// backend can manage may happen in between; in the simulator nothing can.
    ///
    /// # Errors
    /// What does not hold, or why the cluster or the host refused; then nothing was started.
    fn start(&mut self, action: &Action) -> Result<(), ActError>;
}

/// How often a view is begun anew when the cluster changes under it.
const ATTEMPTS: usize = 3;

/// What the node can know now, and its clock at the end of the reading.
///
/// Changes that come in between two questions would mix two moments into one view: then it starts
/// again, three times in all; after that the cluster and its disks are Unknown (`ERROR_RETRY`). The
/// node's own disk is one question, and cannot be torn.
pub fn observe(backend: &dyn Backend) -> (View, Time) {
    for _ in 0..ATTEMPTS {
        let before = backend.local();
        let view = read(backend, &before);
        let after = backend.local();
        if after.changes == before.changes && after.service == before.service {
            return (view, after.now);
        }
    }
    let local = backend.local();
    let view = View {
        node: local.node,
        service: local.service,
        cluster: Fact::Unknown(ErrorCode::ERROR_RETRY),
        own: backend.storage(&Place::Node).into(),
        disks: BTreeMap::new(),
    };
    (view, local.now)
}

fn read(backend: &dyn Backend, local: &Local) -> View {
    let cluster = Fact::from(backend.cluster());
    let owned = cluster.known().into_iter().flat_map(|cluster| {
        cluster.groups.iter().filter(|(_, group)| group.owner == local.node).map(|(name, _)| name)
    });
    let disk_of = |name: &GroupName| backend.storage(&Place::Disk(name.clone())).into();
    let disks = owned.map(|name| (name.clone(), disk_of(name))).collect();
    View {
        node: local.node.clone(),
        service: local.service,
        own: backend.storage(&Place::Node).into(),
        disks,
        cluster,
    }
}

/// The whole cluster, asked for name by name.
///
/// # Errors
/// The first that any of the questions brings.
pub fn assemble<B: Backend + ?Sized>(backend: &B) -> Result<ClusterView, ErrorCode> {
    let census = backend.census()?;
    put_together(
        census,
        |name| backend.node(name),
        |name| backend.group(name),
        |name| backend.resource(name),
    )
}

/// What the three questions say of everything that the census names.
fn put_together(
    census: Census,
    node: impl Fn(&NodeName) -> Result<NodeView, ErrorCode>,
    group: impl Fn(&GroupName) -> Result<GroupFacts, ErrorCode>,
    resource: impl Fn(&ResourceName) -> Result<ResourceView, ErrorCode>,
) -> Result<ClusterView, ErrorCode> {
    let mut nodes = BTreeMap::new();
    for name in census.nodes {
        let node = node(&name)?;
        nodes.insert(name, node);
    }
    let mut groups = BTreeMap::new();
    for name in census.groups {
        let GroupFacts { guid, owner, state } = group(&name)?;
        groups.insert(name, GroupView { guid, owner, state, resources: BTreeMap::new() });
    }
    for name in census.resources {
        let resource = resource(&name)?;
        let group = groups.get_mut(&resource.group).ok_or(ErrorCode::ERROR_GROUP_NOT_FOUND)?;
        group.resources.insert(name, resource);
    }
    let groups = groups.into_iter().map(|(name, group)| (name, Arc::new(group))).collect();
    Ok(ClusterView { name: census.cluster, nodes, groups })
}

/// Whether everything that the action requires holds now, on facts asked for now.
///
/// # Errors
/// The first condition that does not hold or cannot be learnt.
pub fn require(backend: &dyn Backend, action: &Action) -> Result<(), ActError> {
    for condition in &action.requires {
        match holds(backend, condition) {
            Ok(true) => {}
            Ok(false) => return Err(ActError::Unmet(condition.clone())),
            Err(code) => return Err(ActError::Doubtful(condition.clone(), code)),
        }
    }
    Ok(())
}

fn holds(backend: &dyn Backend, condition: &Condition) -> Result<bool, ErrorCode> {
    let here = || backend.local().node;
    let disk_of = |group: &GroupName| {
        let storage = backend.storage(&Place::Disk(group.clone()))?;
        storage.disk.ok_or(ErrorCode::ERROR_NOT_READY)
    };
    Ok(match condition {
        Condition::NodeUp => backend.node(&here())?.state == NodeState::Up,
        Condition::OwnedHere { group, guid } => {
            let facts = backend.group(group)?;
            facts.owner == here() && facts.guid == *guid
        }
        Condition::PrivateIs { resource, name, value } => {
            let resource = backend.resource(resource)?;
            resource.private(name).is_some_and(|found| found == value)
        }
        Condition::SameResource { resource, guid } => backend.resource(resource)?.guid == *guid,
        Condition::OnlineHere { resource } => {
            let resource = backend.resource(resource)?;
            let owner = backend.group(&resource.group)?.owner;
            resource.state == ResourceState::Online && owner == here()
        }
        Condition::RecordIs { place, revision } => {
            let storage = backend.storage(place)?;
            storage.record.map(|record| record.revision) == *revision && !storage.writing
        }
        Condition::StoreIs { group, store, mount } => {
            disk_of(group)?.stores.get(store).is_some_and(|found| found.mount == *mount)
        }
        Condition::ToolIs { group, store, phase } => {
            let disk = disk_of(group)?;
            let run = disk.tools.get(store);
            run.is_some_and(|run| run.state == ToolState::Running && run.phase == *phase)
        }
        Condition::NoToolOn { group, store } => {
            let run = disk_of(group)?.tools.get(store).map(|tool| tool.state);
            run != Some(ToolState::Running)
        }
        Condition::OnlyCopyIsTemporary { group, store } => {
            let disk = disk_of(group)?;
            let found = disk.stores.get(store);
            found.is_some_and(|it| it.damaged && it.temporary == Temporary::Complete)
        }
        Condition::NotDamaged { group, store } => {
            disk_of(group)?.stores.get(store).is_some_and(|found| !found.damaged)
        }
        Condition::NotLocked { group, store } => {
            disk_of(group)?.stores.get(store).is_some_and(|found| !found.locked)
        }
        Condition::ResourceIs { resource, state } => backend.resource(resource)?.state == *state,
        Condition::NoToolOnMta { group } => disk_of(group)?
            .mta
            .as_ref()
            .is_some_and(|mta| mta.tool.as_ref().is_none_or(|run| run.state != ToolState::Running)),
        Condition::CopyIs { group, storage_group, state } => match &disk_of(group)?.copies {
            Copies::Replicated(copies) => {
                copies.get(storage_group).is_some_and(|copy| copy.state == *state)
            }
            Copies::Shared => false,
        },
    })
}
