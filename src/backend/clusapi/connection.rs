//! A safe layer over the functions: lists read to their end, texts, numbers and property lists as
//! values.
//!
//! Absent on purpose: what is remembered from one question to the next. `kept.rs` does that.

use std::collections::BTreeMap;
use std::str::FromStr;
use std::sync::Arc;

use super::functions::Table;
use super::property_list::{self, Property};
use super::raw::{self, Cluster, List, Port, Resource};
use super::{control, flag};
use crate::backend::{Census, GroupFacts};
use crate::model::{
    ErrorCode, GroupName, GroupState, NodeName, NodeState, NodeView, ResourceName, ResourceState,
    ResourceView, ServiceState,
};

/// A cluster that is open, as the node answers whose service was reached.
pub(super) struct Connection {
    port: Port,
    pub(super) cluster: Cluster,
}

/// Every change that the live backend looks at.
const HEARD: u32 = flag::CLUSTER_CHANGE_NODE_STATE
    | flag::CLUSTER_CHANGE_NODE_DELETED
    | flag::CLUSTER_CHANGE_NODE_ADDED
    | flag::CLUSTER_CHANGE_RESOURCE_STATE
    | flag::CLUSTER_CHANGE_RESOURCE_DELETED
    | flag::CLUSTER_CHANGE_RESOURCE_ADDED
    | flag::CLUSTER_CHANGE_RESOURCE_PROPERTY
    | flag::CLUSTER_CHANGE_GROUP_STATE
    | flag::CLUSTER_CHANGE_GROUP_DELETED
    | flag::CLUSTER_CHANGE_GROUP_ADDED
    | flag::CLUSTER_CHANGE_GROUP_PROPERTY
    | flag::CLUSTER_CHANGE_CLUSTER_RECONNECT
    | flag::CLUSTER_CHANGE_CLUSTER_STATE
    | flag::CLUSTER_CHANGE_CLUSTER_PROPERTY
    | flag::CLUSTER_CHANGE_HANDLE_CLOSE;

/// What a node's own cluster service does, as far as it can be asked.
///
/// # Errors
/// The node cannot be asked.
pub(super) fn service_state(table: &Table, node: &NodeName) -> Result<ServiceState, ErrorCode> {
    let number = raw::node_cluster_state(table, node.as_str())?;
    let found = ServiceState::ALL.iter().find(|state| **state as u32 == number);
    found.copied().ok_or(ErrorCode::ERROR_INVALID_DATA)
}

impl Connection {
    /// Opens the cluster through this node's service, or by the cluster's own name, and begins to
    /// hear of its changes.
    ///
    /// # Errors
    /// Why it cannot be opened: `RPC_S_SERVER_UNAVAILABLE` where nothing answers,
    /// `ERROR_ACCESS_DENIED` where the caller may not.
    pub(super) fn open(table: &Table, name: &str) -> Result<Self, ErrorCode> {
        let cluster = Cluster::open(table, name)?;
        Ok(Self { port: cluster.port(HEARD)?, cluster })
    }

    /// The cluster's name.
    ///
    /// # Errors
    /// As for every question here: what the function answers.
    pub(super) fn name(&self) -> Result<String, ErrorCode> {
        self.cluster.name()
    }

    /// The names of everything, in the cluster's order.
    ///
    /// # Errors
    /// What the functions answer; a list that breaks off is no list.
    pub(super) fn census(&self) -> Result<Census, ErrorCode> {
        let names = |kind| whole(&self.cluster.list(kind)?);
        let nodes = names(flag::CLUSTER_ENUM_NODE)?;
        let groups = names(flag::CLUSTER_ENUM_GROUP)?;
        let resources = names(flag::CLUSTER_ENUM_RESOURCE)?;
        Ok(Census {
            cluster: self.name()?,
            nodes: nodes.iter().map(|name| name.as_str().into()).collect(),
            groups: groups.iter().map(|name| name.as_str().into()).collect(),
            resources: resources.iter().map(|name| name.as_str().into()).collect(),
        })
    }

    /// The name of the quorum resource.
    ///
    /// # Errors
    /// What the function answers.
    pub(super) fn quorum(&self) -> Result<ResourceName, ErrorCode> {
        self.cluster.quorum().map(|name| name.as_str().into())
    }

    /// One node.
    ///
    /// # Errors
    /// `ERROR_CLUSTER_NODE_NOT_FOUND`, or what the functions answer.
    pub(super) fn node(&self, name: &NodeName) -> Result<NodeView, ErrorCode> {
        let node = self.cluster.node(name.as_str())?;
        let number = node.state()?;
        let state = NodeState::ALL.iter().find(|state| **state as i32 == number);
        let id = node.id()?.trim().parse().map_err(|_| ErrorCode::ERROR_INVALID_DATA)?;
        Ok(NodeView { id, state: *state.ok_or(ErrorCode::ERROR_INVALID_DATA)? })
    }

    /// One group.
    ///
    /// # Errors
    /// `ERROR_GROUP_NOT_FOUND`, or what the functions answer.
    pub(super) fn group(&self, name: &GroupName) -> Result<GroupFacts, ErrorCode> {
        let group = self.cluster.group(name.as_str())?;
        let (number, owner) = group.state()?;
        let state = GroupState::ALL.iter().find(|state| **state as i32 == number);
        let state = *state.ok_or(ErrorCode::ERROR_INVALID_DATA)?;
        let guid = parsed(&text(&group.control(control::GROUP_GET_ID)?)?)?;
        Ok(GroupFacts { guid, owner: owner.as_str().into(), state })
    }

    /// A resource's state and the group that holds it.
    ///
    /// # Errors
    /// `ERROR_RESOURCE_NOT_FOUND`, or what the functions answer.
    pub(super) fn resource_state(
        &self,
        name: &ResourceName,
    ) -> Result<(ResourceState, GroupName), ErrorCode> {
        state_of(&self.cluster.resource(name.as_str())?)
    }

    /// One resource with everything that is known of it.
    ///
    /// # Errors
    /// `ERROR_RESOURCE_NOT_FOUND`, or what the functions answer.
    pub(super) fn resource(&self, name: &ResourceName) -> Result<ResourceView, ErrorCode> {
        let resource = self.cluster.resource(name.as_str())?;
        let (state, group) = state_of(&resource)?;
        let guid = parsed(&text(&resource.control(control::RESOURCE_GET_ID)?)?)?;
        let type_name = text(&resource.control(control::RESOURCE_GET_RESOURCE_TYPE)?)?;
        let depends_on = whole(&resource.list(flag::CLUSTER_RESOURCE_ENUM_DEPENDS)?)?;
        let depends_on = depends_on.iter().map(|name| name.as_str().into()).collect();
        let mut private = BTreeMap::new();
        let lists =
            [control::RESOURCE_GET_RO_PRIVATE_PROPERTIES, control::RESOURCE_GET_PRIVATE_PROPERTIES];
        for code in lists {
            let properties = match resource.control(code) {
                Ok(bytes) => properties(&bytes)?,
                Err(code) if has_none(code) => Vec::new(),
                Err(code) => return Err(code),
            };
            for Property { name, values } in properties {
                private.insert(name, values.first().map(|it| it.shown()).unwrap_or_default());
            }
        }
        Ok(ResourceView {
            guid,
            type_name: type_name.as_str().into(),
            state,
            group,
            depends_on: Arc::new(depends_on),
            private: Arc::new(private),
        })
    }

    /// Asks the cluster, once, to bring a resource of this group online, or to take it offline.
    /// That it is on its way is success: completion shows in a later state.
    ///
    /// # Errors
    /// `ERROR_RESOURCE_NOT_FOUND`: another group holds it. Otherwise why the cluster refuses, or
    /// that the connection is dead: then nobody knows whether it was asked.
    pub(super) fn set_online(
        &self,
        group: &GroupName,
        name: &ResourceName,
        online: bool,
    ) -> Result<(), ErrorCode> {
        let resource = self.cluster.resource(name.as_str())?;
        if state_of(&resource)?.1 != *group {
            return Err(ErrorCode::ERROR_RESOURCE_NOT_FOUND);
        }
        match resource.set_online(online) {
            Ok(()) | Err(ErrorCode::ERROR_IO_PENDING) => Ok(()),
            Err(code) => Err(code),
        }
    }

    /// The next change that was heard of: its kind and the name of what it is about; none when
    /// there was none for so long.
    ///
    /// # Errors
    /// The connection is gone, and with it perhaps a change.
    pub(super) fn next_change(&self, wait_ms: u32) -> Result<Option<(u32, String)>, ErrorCode> {
        match self.port.next_change(wait_ms) {
            Ok(change) => Ok(Some(change)),
            Err(ErrorCode::WAIT_TIMEOUT) => Ok(None),
            Err(code) => Err(code),
        }
    }
}

/// The list up to its end. One that ends before it has as many names as it said would make of what
/// is missing something that is gone.
///
/// # Errors
/// `ERROR_RETRY`: it ended too soon. Otherwise what the functions answer.
pub(super) fn whole(list: &List<'_>) -> Result<Vec<String>, ErrorCode> {
    let mut names = Vec::new();
    for index in 0.. {
        match list.name(index) {
            Ok(name) => names.push(name),
            Err(ErrorCode::ERROR_NO_MORE_ITEMS) => break,
            Err(code) => return Err(code),
        }
    }
    match list.count() {
        Some(count) if count as usize > names.len() => Err(ErrorCode::ERROR_RETRY),
        _ => Ok(names),
    }
}

fn state_of(resource: &Resource) -> Result<(ResourceState, GroupName), ErrorCode> {
    let (number, group) = resource.state()?;
    Ok((resource_state(number)?, group.as_str().into()))
}

pub(super) fn text(bytes: &[u8]) -> Result<String, ErrorCode> {
    let texts = property_list::multi_sz(bytes).map_err(|_| ErrorCode::ERROR_INVALID_DATA)?;
    Ok(texts.into_iter().next().unwrap_or_default())
}

/// Whether the error says that a type has no private properties of the one or the other kind. The
/// types say so as they like.
pub(super) fn has_none(code: ErrorCode) -> bool {
    matches!(
        code,
        ErrorCode::ERROR_INVALID_FUNCTION
            | ErrorCode::ERROR_NOT_SUPPORTED
            | ErrorCode::ERROR_CALL_NOT_IMPLEMENTED
    )
}

fn parsed<T: FromStr>(text: &str) -> Result<T, ErrorCode> {
    text.parse().map_err(|_| ErrorCode::ERROR_INVALID_DATA)
}

pub(super) fn properties(bytes: &[u8]) -> Result<Vec<Property>, ErrorCode> {
    match bytes {
        // No properties at all, and not even their number.
        [] => Ok(Vec::new()),
        _ => property_list::parse(bytes).map_err(|_| ErrorCode::ERROR_INVALID_DATA),
    }
}

/// A state by its number. One that is only passed through counts as on its way.
fn resource_state(number: i32) -> Result<ResourceState, ErrorCode> {
    /// `ClusterResourceInitializing`, and the class of all that are on their way.
    const ON_ITS_WAY: [i32; 2] = [1, 128];
    if ON_ITS_WAY.contains(&number) {
        return Ok(ResourceState::OnlinePending);
    }
    let found = ResourceState::ALL.iter().find(|state| **state as i32 == number);
    found.copied().ok_or(ErrorCode::ERROR_INVALID_DATA)
}
