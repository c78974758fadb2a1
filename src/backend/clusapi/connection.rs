//! A safe layer over the functions: objects that are closed when they are dropped, lists read to
//! their end, texts and property lists as values.
//!
//! Absent on purpose: what is remembered from one question to the next. `kept.rs` does that.

use std::collections::BTreeMap;
use std::str::FromStr;

use super::functions::{Handle, Table};
use super::property_list::{self, Property};
use super::raw::{self, Close, CloseList, Control, NextName, Open, OpenList};
use super::{control, flag};
use crate::model::{
    ErrorCode, GroupName, GroupState, Guid, NodeName, NodeState, NodeView, ResourceName,
    ResourceState, ServiceState,
};

/// An open object, closed when it is dropped. All of them come from one cluster handle, which lives
/// for longer than they do.
struct Object {
    handle: Handle,
    close: Close,
}

impl Drop for Object {
    fn drop(&mut self) {
        raw::close(self.close, self.handle);
    }
}

/// An open list of names.
struct List {
    handle: Handle,
    close: CloseList,
}

impl Drop for List {
    fn drop(&mut self) {
        raw::close_list(self.close, self.handle);
    }
}

/// A cluster that is open, as the node answers whose service was reached.
pub struct Connection {
    table: Table,
    // Closed in this order: what hangs on the cluster first.
    port: Object,
    cluster: Object,
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

/// What the cluster says of one group.
pub struct GroupTold {
    /// Its identity.
    pub guid: Guid,
    /// Its owner.
    pub owner: NodeName,
    /// Its state.
    pub state: GroupState,
}

/// A resource, but for its state and group.
pub struct ResourceTold {
    /// Its identity.
    pub guid: Guid,
    /// Its registered type.
    pub type_name: String,
    /// What it directly depends on.
    pub depends_on: Vec<ResourceName>,
    /// Its private properties, as text.
    pub private: BTreeMap<String, String>,
}

/// What a node's own cluster service does, as far as it can be asked.
///
/// # Errors
/// The node cannot be asked.
pub fn service_state(table: &Table, node: &NodeName) -> Result<ServiceState, ErrorCode> {
    let number = raw::node_cluster_state(table, Some(node.as_str()))?;
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
    pub fn open(table: &Table, name: &str) -> Result<Self, ErrorCode> {
        let handle = raw::open_cluster(table, Some(name))?;
        let cluster = Object { handle, close: table.CloseCluster };
        let port = raw::open_port(table, handle, HEARD)?;
        let port = Object { handle: port, close: table.CloseClusterNotifyPort };
        Ok(Self { table: *table, port, cluster })
    }

    /// The cluster's name.
    ///
    /// # Errors
    /// As for every question here: what the function answers.
    pub fn name(&self) -> Result<String, ErrorCode> {
        raw::cluster_name(&self.table, self.cluster.handle)
    }

    /// The name of the quorum resource.
    ///
    /// # Errors
    /// What the function answers.
    pub fn quorum_resource(&self) -> Result<ResourceName, ErrorCode> {
        raw::quorum_resource(&self.table, self.cluster.handle).map(|name| name.as_str().into())
    }

    /// The names of all objects of a kind, in the cluster's order.
    ///
    /// # Errors
    /// What the functions answer; a list that breaks off is no list.
    pub fn names(&self, kind: u32) -> Result<Vec<String>, ErrorCode> {
        let (open, next) = (self.table.ClusterOpenEnum, self.table.ClusterEnum);
        self.list(open, next, self.table.ClusterCloseEnum, self.cluster.handle, kind)
    }

    fn list(
        &self,
        open: OpenList,
        next: NextName,
        close: CloseList,
        object: Handle,
        kind: u32,
    ) -> Result<Vec<String>, ErrorCode> {
        let list = List { handle: raw::open_list(&self.table, open, object, kind)?, close };
        let mut names = Vec::new();
        for index in 0.. {
            match raw::next_name(next, list.handle, index) {
                Ok((_, name)) => names.push(name),
                Err(ErrorCode::ERROR_NO_MORE_ITEMS) => break,
                Err(code) => return Err(code),
            }
        }
        Ok(names)
    }

    fn open_object(&self, open: Open, close: Close, name: &str) -> Result<Object, ErrorCode> {
        let handle = raw::open(&self.table, open, self.cluster.handle, name)?;
        Ok(Object { handle, close })
    }

    fn open_group(&self, name: &str) -> Result<Object, ErrorCode> {
        self.open_object(self.table.OpenClusterGroup, self.table.CloseClusterGroup, name)
    }

    fn open_resource(&self, name: &str) -> Result<Object, ErrorCode> {
        self.open_object(self.table.OpenClusterResource, self.table.CloseClusterResource, name)
    }

    /// One node.
    ///
    /// # Errors
    /// `ERROR_CLUSTER_NODE_NOT_FOUND`, or what the functions answer.
    pub fn node(&self, name: &str) -> Result<NodeView, ErrorCode> {
        let (open, close) = (self.table.OpenClusterNode, self.table.CloseClusterNode);
        let node = self.open_object(open, close, name)?;
        let number = raw::state(&self.table, self.table.GetClusterNodeState, node.handle)?;
        let state = NodeState::ALL.iter().find(|state| **state as i32 == number);
        let id = raw::text_of(self.table.GetClusterNodeId, node.handle)?;
        let id = id.trim().parse().map_err(|_| ErrorCode::ERROR_INVALID_DATA)?;
        Ok(NodeView { id, state: *state.ok_or(ErrorCode::ERROR_INVALID_DATA)? })
    }

    /// One group.
    ///
    /// # Errors
    /// `ERROR_GROUP_NOT_FOUND`, or what the functions answer.
    pub fn group(&self, name: &GroupName) -> Result<GroupTold, ErrorCode> {
        let group = self.open_group(name.as_str())?;
        let (number, owner) = raw::group_state(&self.table, group.handle)?;
        let state = GroupState::ALL.iter().find(|state| **state as i32 == number);
        let state = *state.ok_or(ErrorCode::ERROR_INVALID_DATA)?;
        let ask = self.table.ClusterGroupControl;
        let guid = parsed(&self.text(ask, group.handle, control::GROUP_GET_ID)?)?;
        Ok(GroupTold { guid, owner: owner.as_str().into(), state })
    }

    /// A resource's state and the group that holds it.
    ///
    /// # Errors
    /// `ERROR_RESOURCE_NOT_FOUND`, or what the functions answer.
    pub fn resource_state(
        &self,
        name: &ResourceName,
    ) -> Result<(ResourceState, GroupName), ErrorCode> {
        self.state_of(&self.open_resource(name.as_str())?)
    }

    fn state_of(&self, resource: &Object) -> Result<(ResourceState, GroupName), ErrorCode> {
        let (number, group) = raw::resource_state(&self.table, resource.handle)?;
        Ok((resource_state(number)?, group.as_str().into()))
    }

    /// One resource with everything that is known of it.
    ///
    /// # Errors
    /// `ERROR_RESOURCE_NOT_FOUND`, or what the functions answer.
    pub fn resource(
        &self,
        name: &ResourceName,
    ) -> Result<(ResourceState, GroupName, ResourceTold), ErrorCode> {
        let resource = self.open_resource(name.as_str())?;
        let (state, group) = self.state_of(&resource)?;
        let ask = self.table.ClusterResourceControl;
        let at = resource.handle;
        let guid = parsed(&self.text(ask, at, control::RESOURCE_GET_ID)?)?;
        let type_name = self.text(ask, at, control::RESOURCE_GET_RESOURCE_TYPE)?;
        let depends_on = self.list(
            self.table.ClusterResourceOpenEnum,
            self.table.ClusterResourceEnum,
            self.table.ClusterResourceCloseEnum,
            at,
            flag::CLUSTER_RESOURCE_ENUM_DEPENDS,
        )?;
        let mut private = BTreeMap::new();
        // A type may have none of the one or the other kind, and says so as it likes.
        let lists =
            [control::RESOURCE_GET_RO_PRIVATE_PROPERTIES, control::RESOURCE_GET_PRIVATE_PROPERTIES];
        for code in lists {
            let properties = match raw::control(ask, at, code) {
                Ok(bytes) => properties(&bytes)?,
                Err(ErrorCode::ERROR_INVALID_FUNCTION) => Vec::new(),
                Err(code) => return Err(code),
            };
            for Property { name, values } in properties {
                private.insert(name, values.first().map(|it| it.shown()).unwrap_or_default());
            }
        }
        let depends_on = depends_on.iter().map(|name| name.as_str().into()).collect();
        Ok((state, group, ResourceTold { guid, type_name, depends_on, private }))
    }

    fn text(&self, ask: Control, object: Handle, code: u32) -> Result<String, ErrorCode> {
        let bytes = raw::control(ask, object, code)?;
        let texts = property_list::multi_sz(&bytes).map_err(|_| ErrorCode::ERROR_INVALID_DATA)?;
        Ok(texts.into_iter().next().unwrap_or_default())
    }

    /// Asks the cluster to bring a resource online, or to take it offline. That it is on its way is
    /// success: completion shows in a later state.
    ///
    /// # Errors
    /// Why the cluster refuses.
    pub fn set_online(&self, name: &ResourceName, online: bool) -> Result<(), ErrorCode> {
        let resource = self.open_resource(name.as_str())?;
        let function = match online {
            true => self.table.OnlineClusterResource,
            false => self.table.OfflineClusterResource,
        };
        match raw::command(function, resource.handle) {
            Ok(()) | Err(ErrorCode::ERROR_IO_PENDING) => Ok(()),
            Err(code) => Err(code),
        }
    }

    /// The next change that was heard of: its kind and the name of what it is about; none when
    /// there was none for so long.
    ///
    /// # Errors
    /// The connection is gone, and with it perhaps a change.
    pub fn next_change(&self, wait_ms: u32) -> Result<Option<(u32, String)>, ErrorCode> {
        match raw::next_change(&self.table, self.port.handle, wait_ms) {
            Ok(change) => Ok(Some(change)),
            Err(ErrorCode::WAIT_TIMEOUT) => Ok(None),
            Err(code) => Err(code),
        }
    }
}

fn parsed<T: FromStr>(text: &str) -> Result<T, ErrorCode> {
    text.parse().map_err(|_| ErrorCode::ERROR_INVALID_DATA)
}

fn properties(bytes: &[u8]) -> Result<Vec<Property>, ErrorCode> {
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
