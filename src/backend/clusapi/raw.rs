//! Calls of the functions, with texts and buffers whose sizes are right by construction; what is
//! open, and is closed when it is dropped. With the loading of the library this is all the unsafe
//! code of the live backend.
//!
//! A handle never leaves this file. It was opened by a function of the table, it is used by the
//! functions for its kind only, and what owns it closes it once: the cluster last.
//!
//! Absent on purpose: what an answer means. Everything that goes out of here is plain data.
#![allow(unsafe_code, reason = "C functions take pointers")]

use std::ffi::c_void;
use std::marker::PhantomData;
use std::ptr;
use std::sync::Arc;

use super::buffer::{bytes, text, two_texts};
use super::functions::{CLUSTERVERSIONINFO, Handle, HostFunction, Table};
use crate::model::ErrorCode;

/// A function that gives one name of a list.
type NextName = unsafe extern "system" fn(Handle, u32, *mut u32, *mut u16, *mut u32) -> u32;
/// A function that closes an object.
type Close = unsafe extern "system" fn(Handle) -> i32;
/// A function for control codes.
type Control = unsafe extern "system" fn(
    Handle,
    Handle,
    u32,
    *const c_void,
    u32,
    *mut c_void,
    u32,
    *mut u32,
) -> u32;

/// A text with its NUL. One in the middle would cut it short: no name of a cluster has one.
fn wide(text: &str) -> Vec<u16> {
    text.encode_utf16().filter(|unit| *unit != 0).chain([0]).collect()
}

/// The error of a function that has no other way to say why it failed.
fn last_error(table: &Table) -> ErrorCode {
    // SAFETY: it takes nothing.
    let code = unsafe { (table.last_error)() };
    // A function that failed has a reason, even if it forgot to say which.
    if code == 0 { ErrorCode::ERROR_INVALID_HANDLE } else { ErrorCode(code) }
}

fn opened(table: &Table, handle: Handle) -> Result<Handle, ErrorCode> {
    if handle == 0 { Err(last_error(table)) } else { Ok(handle) }
}

fn answered(code: u32) -> Result<(), ErrorCode> {
    if code == 0 { Ok(()) } else { Err(ErrorCode(code)) }
}

/// What a node's cluster service does, by its number.
pub(super) fn node_cluster_state(table: &Table, node: &str) -> Result<u32, ErrorCode> {
    let (name, mut state) = (wide(node), 0);
    // SAFETY: a text with NUL that lives until the call is over, and a number.
    answered(unsafe { (table.GetNodeClusterState)(name.as_ptr(), &mut state) })?;
    Ok(state)
}

/// A function that a library may lack.
///
/// # Errors
/// `ERROR_CALL_NOT_IMPLEMENTED`: it does.
fn offered<T>(function: Option<T>) -> Result<T, ErrorCode> {
    function.ok_or(ErrorCode::ERROR_CALL_NOT_IMPLEMENTED)
}

/// A cluster that is open: closed when nothing that was opened through it is left.
struct Open {
    table: Table,
    handle: Handle,
}

impl Drop for Open {
    fn drop(&mut self) {
        // SAFETY: the table opened it, and only this closes it.
        unsafe { (self.table.CloseCluster)(self.handle) };
    }
}

/// Something that was opened through a cluster, which stays open for as long.
struct Object {
    cluster: Arc<Open>,
    handle: Handle,
    close: Close,
}

impl Drop for Object {
    fn drop(&mut self) {
        // SAFETY: the table opened it, and only this closes it; its cluster is still open.
        unsafe { (self.close)(self.handle) };
    }
}

impl Object {
    fn table(&self) -> &Table {
        &self.cluster.table
    }

    /// What it answers to a control code, in bytes. The function is the one for its kind.
    fn control(&self, function: Control, code: u32) -> Result<Vec<u8>, ErrorCode> {
        // SAFETY: the handle is open; `bytes` passes a buffer that lives, with its size; nothing is
        // passed in.
        bytes(|at, size, returned| unsafe {
            function(self.handle, 0, code, ptr::null(), 0, at.cast(), size, returned)
        })
    }
}

/// A cluster.
pub(super) struct Cluster(Arc<Open>);

/// A node of a cluster.
pub(super) struct Node(Object);

/// A group of a cluster.
pub(super) struct Group(Object);

/// A resource of a cluster.
pub(super) struct Resource(Object);

/// A network of a cluster.
pub(super) struct Network(Object);

/// A port that hears of a cluster's changes.
pub(super) struct Port(Object);

/// A list of names, which what it was opened through outlives.
pub(super) struct List<'o> {
    handle: Handle,
    next: NextName,
    count: Option<unsafe extern "system" fn(Handle) -> u32>,
    close: unsafe extern "system" fn(Handle) -> u32,
    of: PhantomData<&'o Open>,
}

impl Drop for List<'_> {
    fn drop(&mut self) {
        // SAFETY: the table opened it, and only this closes it.
        unsafe { (self.close)(self.handle) };
    }
}

impl List<'_> {
    /// How many names it has, where the library says so; 0 where it failed to.
    pub(super) fn count(&self) -> Option<u32> {
        // SAFETY: the list is open.
        self.count.map(|count| unsafe { count(self.handle) })
    }

    /// The name at this place.
    pub(super) fn name(&self, index: u32) -> Result<String, ErrorCode> {
        let mut kind = 0;
        // SAFETY: the list is open; `text` passes a buffer that lives, with its size.
        text(|at, length| unsafe { (self.next)(self.handle, index, &mut kind, at, length) })
    }
}

impl Cluster {
    pub(super) fn open(table: &Table, name: &str) -> Result<Self, ErrorCode> {
        let name = wide(name);
        // SAFETY: a text with NUL that lives until the call is over.
        let handle = opened(table, unsafe { (table.OpenCluster)(name.as_ptr()) })?;
        Ok(Self(Arc::new(Open { table: *table, handle })))
    }

    fn object(
        &self,
        open: unsafe extern "system" fn(Handle, *const u16) -> Handle,
        close: Close,
        name: &str,
    ) -> Result<Object, ErrorCode> {
        let name = wide(name);
        // SAFETY: the cluster is open; a text with NUL that lives until the call is over.
        let handle = opened(&self.0.table, unsafe { open(self.0.handle, name.as_ptr()) })?;
        Ok(Object { cluster: Arc::clone(&self.0), handle, close })
    }

    pub(super) fn node(&self, name: &str) -> Result<Node, ErrorCode> {
        let table = &self.0.table;
        self.object(table.OpenClusterNode, table.CloseClusterNode, name).map(Node)
    }

    pub(super) fn group(&self, name: &str) -> Result<Group, ErrorCode> {
        let table = &self.0.table;
        self.object(table.OpenClusterGroup, table.CloseClusterGroup, name).map(Group)
    }

    pub(super) fn resource(&self, name: &str) -> Result<Resource, ErrorCode> {
        let table = &self.0.table;
        self.object(table.OpenClusterResource, table.CloseClusterResource, name).map(Resource)
    }

    pub(super) fn network(&self, name: &str) -> Result<Network, ErrorCode> {
        let table = &self.0.table;
        let open = offered(table.OpenClusterNetwork)?;
        self.object(open, offered(table.CloseClusterNetwork)?, name).map(Network)
    }

    /// A port that hears of the changes that the filter names.
    pub(super) fn port(&self, filter: u32) -> Result<Port, ErrorCode> {
        /// `INVALID_HANDLE_VALUE`: a port of its own, not one more filter of another.
        const NEW: Handle = -1;
        let Open { table, handle } = &*self.0;
        // SAFETY: the cluster is open, and the rest are numbers.
        let handle = unsafe { (table.CreateClusterNotifyPort)(NEW, *handle, filter, 0) };
        let (handle, close) = (opened(table, handle)?, table.CloseClusterNotifyPort);
        Ok(Port(Object { cluster: Arc::clone(&self.0), handle, close }))
    }

    /// The names of the objects of these kinds.
    pub(super) fn list(&self, kinds: u32) -> Result<List<'_>, ErrorCode> {
        let Open { table, handle } = &*self.0;
        // SAFETY: the cluster is open, and the rest is a number.
        let handle = opened(table, unsafe { (table.ClusterOpenEnum)(*handle, kinds) })?;
        let (next, close) = (table.ClusterEnum, table.ClusterCloseEnum);
        Ok(List { handle, next, count: table.ClusterGetEnumCount, close, of: PhantomData })
    }

    pub(super) fn name(&self) -> Result<String, ErrorCode> {
        let Open { table, handle } = &*self.0;
        // SAFETY: the cluster is open; `text` passes a buffer that lives, with its size; no version
        // is asked for.
        text(|at, length| unsafe {
            (table.GetClusterInformation)(*handle, at, length, ptr::null_mut())
        })
    }

    /// The version of Windows: its major and its minor number.
    pub(super) fn version(&self) -> Result<(u16, u16), ErrorCode> {
        let Open { table, handle } = &*self.0;
        let mut version = CLUSTERVERSIONINFO {
            dwVersionInfoSize: size_of::<CLUSTERVERSIONINFO>() as u32,
            ..CLUSTERVERSIONINFO::default()
        };
        // SAFETY: the cluster is open; `text` passes a buffer that lives, with its size, and the
        // versions live too, with theirs.
        text(|at, length| unsafe {
            (table.GetClusterInformation)(*handle, at, length, &mut version)
        })?;
        Ok((version.MajorVersion, version.MinorVersion))
    }

    /// The name of the quorum resource.
    pub(super) fn quorum(&self) -> Result<String, ErrorCode> {
        let Open { table, handle } = &*self.0;
        let function = offered(table.GetClusterQuorumResource)?;
        let mut log_size = 0;
        let (resource, _) = two_texts(|(at, length), (device, device_length)| {
            // SAFETY: the cluster is open; `two_texts` passes buffers that live, with their sizes.
            unsafe { function(*handle, at, length, device, device_length, &mut log_size) }
        })?;
        Ok(resource)
    }

    /// The name of a node's interface to a network.
    pub(super) fn interface(&self, node: &str, network: &str) -> Result<String, ErrorCode> {
        let Open { table, handle } = &*self.0;
        let function = offered(table.GetClusterNetInterface)?;
        let (node, network) = (wide(node), wide(network));
        // SAFETY: the cluster is open; texts with NUL, and `text` passes a buffer with its size;
        // all of them live.
        text(|at, length| unsafe { function(*handle, node.as_ptr(), network.as_ptr(), at, length) })
    }

    /// What it answers to a control code.
    pub(super) fn control(&self, code: u32) -> Result<Vec<u8>, ErrorCode> {
        let Open { table, handle } = &*self.0;
        let function = offered(table.ClusterControl)?;
        // SAFETY: the cluster is open; `bytes` passes a buffer that lives, with its size; nothing
        // is passed in.
        bytes(|at, size, returned| unsafe {
            function(*handle, 0, code, ptr::null(), 0, at.cast(), size, returned)
        })
    }

    /// What a resource type answers to a control code.
    pub(super) fn type_control(&self, type_name: &str, code: u32) -> Result<Vec<u8>, ErrorCode> {
        let Open { table, handle } = &*self.0;
        let function = offered(table.ClusterResourceTypeControl)?;
        let name = wide(type_name);
        // SAFETY: the cluster is open; a text with NUL, and `bytes` passes a buffer with its size;
        // both live; nothing is passed in.
        bytes(|at, size, returned| unsafe {
            let name = name.as_ptr();
            function(*handle, name, 0, code, ptr::null(), 0, at.cast(), size, returned)
        })
    }
}

impl Network {
    /// What it answers to a control code.
    pub(super) fn control(&self, code: u32) -> Result<Vec<u8>, ErrorCode> {
        self.0.control(offered(self.0.table().ClusterNetworkControl)?, code)
    }
}

impl Node {
    /// Its state by its number.
    pub(super) fn state(&self) -> Result<i32, ErrorCode> {
        // SAFETY: the node is open.
        match unsafe { (self.0.table().GetClusterNodeState)(self.0.handle) } {
            state if state < 0 => Err(last_error(self.0.table())),
            state => Ok(state),
        }
    }

    /// What it answers to a control code.
    pub(super) fn control(&self, code: u32) -> Result<Vec<u8>, ErrorCode> {
        self.0.control(offered(self.0.table().ClusterNodeControl)?, code)
    }

    pub(super) fn id(&self) -> Result<String, ErrorCode> {
        let function = self.0.table().GetClusterNodeId;
        // SAFETY: the node is open; `text` passes a buffer that lives, with its size.
        text(|at, length| unsafe { function(self.0.handle, at, length) })
    }
}

impl Group {
    /// Its state by its number, and its owner.
    pub(super) fn state(&self) -> Result<(i32, String), ErrorCode> {
        let table = self.0.table();
        let mut state = -1;
        let owner = text(|at, length| {
            // SAFETY: the group is open; `text` passes a buffer that lives, with its size.
            state = unsafe { (table.GetClusterGroupState)(self.0.handle, at, length) };
            if state < 0 { last_error(table).0 } else { 0 }
        })?;
        Ok((state, owner))
    }

    /// What it answers to a control code.
    pub(super) fn control(&self, code: u32) -> Result<Vec<u8>, ErrorCode> {
        self.0.control(self.0.table().ClusterGroupControl, code)
    }

    /// The names of what it holds, or of the nodes that it prefers, the most preferred first.
    pub(super) fn list(&self, kinds: u32) -> Result<List<'_>, ErrorCode> {
        let table = self.0.table();
        let open = offered(table.ClusterGroupOpenEnum)?;
        let next = offered(table.ClusterGroupEnum)?;
        let close = offered(table.ClusterGroupCloseEnum)?;
        // SAFETY: the group is open, and the rest is a number.
        let handle = opened(table, unsafe { open(self.0.handle, kinds) })?;
        Ok(List { handle, next, count: table.ClusterGroupGetEnumCount, close, of: PhantomData })
    }
}

impl Resource {
    /// Its state by its number, and its group. Its owner is the group's, and is not asked for here.
    pub(super) fn state(&self) -> Result<(i32, String), ErrorCode> {
        let table = self.0.table();
        let mut state = -1;
        let (_, group) = two_texts(|(node, node_length), (group, length)| {
            // SAFETY: the resource is open; `two_texts` passes buffers that live, with their sizes.
            state = unsafe {
                let resource = self.0.handle;
                (table.GetClusterResourceState)(resource, node, node_length, group, length)
            };
            if state < 0 { last_error(table).0 } else { 0 }
        })?;
        Ok((state, group))
    }

    /// What it answers to a control code.
    pub(super) fn control(&self, code: u32) -> Result<Vec<u8>, ErrorCode> {
        self.0.control(self.0.table().ClusterResourceControl, code)
    }

    /// The names of what it is related to in these ways.
    pub(super) fn list(&self, kinds: u32) -> Result<List<'_>, ErrorCode> {
        let table = self.0.table();
        // SAFETY: the resource is open, and the rest is a number.
        let handle = unsafe { (table.ClusterResourceOpenEnum)(self.0.handle, kinds) };
        let (next, close) = (table.ClusterResourceEnum, table.ClusterResourceCloseEnum);
        let (handle, count) = (opened(table, handle)?, table.ClusterResourceGetEnumCount);
        Ok(List { handle, next, count, close, of: PhantomData })
    }

    /// Asks for it to be brought online or taken offline: one call, whatever comes of it.
    pub(super) fn set_online(&self, online: bool) -> Result<(), ErrorCode> {
        let table = self.0.table();
        let function =
            if online { table.OnlineClusterResource } else { table.OfflineClusterResource };
        // SAFETY: the resource is open.
        answered(unsafe { function(self.0.handle) })
    }
}

impl Port {
    /// The next change that it has heard of: its kind, and the name of what it is about.
    ///
    /// # Errors
    /// `WAIT_TIMEOUT` when there was none for so long.
    pub(super) fn next_change(&self, wait_ms: u32) -> Result<(u32, String), ErrorCode> {
        let function = self.0.table().GetClusterNotify;
        let (mut key, mut kind) = (0, 0);
        let name = text(|at, length| {
            // SAFETY: the port is open; `text` passes a buffer that lives, with its size, and the
            // rest are numbers.
            unsafe { function(self.0.handle, &mut key, &mut kind, at, length, wait_ms) }
        })?;
        Ok((kind, name))
    }
}

/// What the library's host answers.
pub(super) fn ask_host(
    function: HostFunction,
    node: &str,
    question: &[u8],
) -> Result<Vec<u8>, ErrorCode> {
    let node = wide(node);
    bytes(|at, capacity, used| {
        let (asked, size) = (question.as_ptr(), question.len() as u32);
        *used = capacity;
        // SAFETY: a text with NUL and a buffer with its size, which live; `bytes` passes another.
        unsafe { function(node.as_ptr(), asked, size, at, used) }
    })
}

/// Tells the library's host to begin something: one call without room for an answer, whose code
/// says it all. A second call could begin it twice.
pub(super) fn tell_host(
    function: HostFunction,
    node: &str,
    question: &[u8],
) -> Result<(), ErrorCode> {
    let node = wide(node);
    let mut length = 0;
    // SAFETY: a text with NUL and a buffer with its size, which live; for an answer there is no
    // room.
    answered(unsafe {
        let (at, size) = (question.as_ptr(), question.len() as u32);
        function(node.as_ptr(), at, size, ptr::null_mut(), &mut length)
    })
}
