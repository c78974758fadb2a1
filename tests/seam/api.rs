//! A handful of functions over the simulator, called as the Cluster API's are and used by the same
//! conventions of handles, names and buffers; some take less than their namesakes. They have no
//! context: they find their cluster in a thread-local, and the node that asks through the handle.
//!
//! `EvsimHost` stands for what the Cluster API does not offer: stores, tools, records, and the
//! details of resources, as JSON.
#![allow(unsafe_code, reason = "C functions take pointers")]
#![allow(non_snake_case, reason = "the functions bear the names of the Cluster API")]

use std::cell::{Cell, RefCell};

use evsim::backend::Backend;
use evsim::model::{ErrorCode, GroupName, NodeName, NodeState, ResourceName, ServiceState};
use evsim::sim::{SharedCluster, SimBackend};

use crate::table::{HostAnswer, HostQuestion};

pub(crate) const CLUSTER_ENUM_NODE: u32 = 1;
pub(crate) const CLUSTER_ENUM_RESOURCE: u32 = 4;
pub(crate) const CLUSTER_ENUM_GROUP: u32 = 8;

/// What a handle stands for. Handles are indices and never used twice: a closed one stays invalid.
#[derive(Clone)]
enum Object {
    Cluster(SimBackend),
    Enumeration(Vec<String>),
    Node(SimBackend, NodeName),
    Group(SimBackend, GroupName),
}

type Hook = Box<dyn FnMut(u64, &SharedCluster)>;

thread_local! {
    static CLUSTER: RefCell<Option<SharedCluster>> = const { RefCell::new(None) };
    static OBJECTS: RefCell<Vec<Option<Object>>> = const { RefCell::new(Vec::new()) };
    static HOOK: RefCell<Option<Hook>> = const { RefCell::new(None) };
    static CALLS: Cell<u64> = const { Cell::new(0) };
    static LAST_ERROR: Cell<u32> = const { Cell::new(0) };
}

/// The cluster that the functions of this thread are about.
pub(crate) fn attach(cluster: &SharedCluster) {
    CLUSTER.set(Some(SharedCluster::clone(cluster)));
}

/// What happens before each call of a function, with the call's number.
pub(crate) fn before_each_call(hook: impl FnMut(u64, &SharedCluster) + 'static) {
    CALLS.set(0);
    HOOK.set(Some(Box::new(hook)));
}

/// Forgets the cluster; says how many calls there were. Every handle has to be closed by then, but
/// for those of the clusters themselves.
pub(crate) fn close() -> u64 {
    let open = OBJECTS.take().into_iter().flatten();
    let left = open.filter(|object| !matches!(object, Object::Cluster(_))).count();
    assert_eq!(left, 0, "handles were left open");
    CLUSTER.set(None);
    HOOK.set(None);
    CALLS.replace(0)
}

fn called() {
    let number = CALLS.get() + 1;
    CALLS.set(number);
    let cluster = CLUSTER.with_borrow(|cluster| cluster.clone());
    // The hook is taken out meanwhile: it may not call itself.
    if let (Some(mut hook), Some(cluster)) = (HOOK.take(), cluster) {
        hook(number, &cluster);
        HOOK.set(Some(hook));
    }
}

fn fail(code: ErrorCode) -> u32 {
    LAST_ERROR.set(code.0);
    code.0
}

fn hand_out(object: Object) -> isize {
    OBJECTS.with_borrow_mut(|objects| {
        objects.push(Some(object));
        objects.len() as isize
    })
}

fn object(handle: isize) -> Result<Object, ErrorCode> {
    let index = usize::try_from(handle - 1).map_err(|_| ErrorCode::ERROR_INVALID_HANDLE)?;
    let found = OBJECTS.with_borrow(|objects| objects.get(index).cloned().flatten());
    found.ok_or(ErrorCode::ERROR_INVALID_HANDLE)
}

fn cluster(handle: isize) -> Result<SimBackend, ErrorCode> {
    match object(handle)? {
        Object::Cluster(backend) => Ok(backend),
        _ => Err(ErrorCode::ERROR_INVALID_HANDLE),
    }
}

/// Reads a UTF-16 string that ends with NUL.
///
/// # Safety
/// `text` points to such a string.
unsafe fn wide(text: *const u16) -> String {
    let mut units = Vec::new();
    let mut at = text;
    // SAFETY: the caller's promise; the loop ends at the NUL.
    unsafe {
        while *at != 0 {
            units.push(*at);
            at = at.add(1);
        }
    }
    String::from_utf16_lossy(&units)
}

/// Writes text into a caller's buffer by the convention of names: capacity with NUL in, length
/// without NUL out, `ERROR_MORE_DATA` when it does not fit.
///
/// # Safety
/// `buffer` has room for `*length` units, and `length` points to that number.
unsafe fn put(text: &str, buffer: *mut u16, length: *mut u32) -> u32 {
    let units: Vec<u16> = text.encode_utf16().collect();
    // SAFETY: the caller's promise; nothing is written beyond the capacity.
    unsafe {
        let capacity = *length as usize;
        *length = units.len() as u32;
        if units.len() + 1 > capacity {
            return ErrorCode::ERROR_MORE_DATA.0;
        }
        std::ptr::copy_nonoverlapping(units.as_ptr(), buffer, units.len());
        *buffer.add(units.len()) = 0;
    }
    0
}

pub(crate) extern "system" fn GetLastError() -> u32 {
    LAST_ERROR.get()
}

/// Opens the attached cluster from the node of this name.
///
/// # Safety
/// `node` is a UTF-16 string with NUL.
pub(crate) unsafe extern "system" fn OpenCluster(node: *const u16) -> isize {
    // SAFETY: the caller's promise.
    let name = NodeName::from(unsafe { wide(node) }.as_str());
    let attached = CLUSTER.with_borrow(|cluster| cluster.clone());
    let opened = attached.map(|cluster| SimBackend::new(&cluster, &name));
    match opened {
        Some(Ok(backend)) => hand_out(Object::Cluster(backend)),
        Some(Err(code)) => {
            fail(code);
            0
        }
        None => {
            fail(ErrorCode::RPC_S_SERVER_UNAVAILABLE);
            0
        }
    }
}

/// Closes any handle.
pub(crate) extern "system" fn CloseHandle(handle: isize) -> u32 {
    if let Err(code) = object(handle) {
        return fail(code);
    }
    OBJECTS.with_borrow_mut(|objects| objects[handle as usize - 1] = None);
    0
}

pub(crate) extern "system" fn GetNodeClusterState(handle: isize, state: &mut u32) -> u32 {
    called();
    match cluster(handle) {
        Ok(backend) => {
            *state = match backend.local().service {
                ServiceState::NotInstalled => 0,
                ServiceState::NotConfigured => 1,
                ServiceState::NotRunning => 3,
                ServiceState::Running => 19,
            };
            0
        }
        Err(code) => fail(code),
    }
}

pub(crate) extern "system" fn ClusterOpenEnum(handle: isize, kinds: u32) -> isize {
    called();
    let names = cluster(handle).and_then(|backend| {
        let census = backend.census()?;
        Ok(match kinds {
            CLUSTER_ENUM_NODE => census.nodes.iter().map(ToString::to_string).collect(),
            CLUSTER_ENUM_GROUP => census.groups.iter().map(ToString::to_string).collect(),
            CLUSTER_ENUM_RESOURCE => census.resources.iter().map(ToString::to_string).collect(),
            _ => Vec::new(),
        })
    });
    match names {
        Ok(names) => hand_out(Object::Enumeration(names)),
        Err(code) => {
            fail(code);
            0
        }
    }
}

/// # Safety
/// As for the names of the Cluster API: `name` has room for `*length` units.
pub(crate) unsafe extern "system" fn ClusterEnum(
    handle: isize,
    index: u32,
    name: *mut u16,
    length: *mut u32,
) -> u32 {
    called();
    match object(handle) {
        Ok(Object::Enumeration(names)) => match names.get(index as usize) {
            // SAFETY: the caller's promise.
            Some(text) => unsafe { put(text, name, length) },
            None => ErrorCode::ERROR_NO_MORE_ITEMS.0,
        },
        _ => fail(ErrorCode::ERROR_INVALID_HANDLE),
    }
}

/// # Safety
/// `name` is a UTF-16 string with NUL.
pub(crate) unsafe extern "system" fn OpenClusterNode(handle: isize, name: *const u16) -> isize {
    called();
    // SAFETY: the caller's promise.
    let name = NodeName::from(unsafe { wide(name) }.as_str());
    match cluster(handle) {
        Ok(backend) => hand_out(Object::Node(backend, name)),
        Err(code) => {
            fail(code);
            0
        }
    }
}

/// −1 and the last error where it cannot be told.
pub(crate) extern "system" fn GetClusterNodeState(handle: isize, id: &mut u32) -> i32 {
    called();
    let found = match object(handle) {
        Ok(Object::Node(backend, name)) => backend.node(&name),
        Ok(_) => Err(ErrorCode::ERROR_INVALID_HANDLE),
        Err(code) => Err(code),
    };
    match found {
        Ok(node) => {
            *id = node.id;
            NodeState::ALL.iter().position(|state| *state == node.state).map_or(-1, |at| at as i32)
        }
        Err(code) => {
            fail(code);
            -1
        }
    }
}

/// # Safety
/// `name` is a UTF-16 string with NUL.
pub(crate) unsafe extern "system" fn OpenClusterGroup(handle: isize, name: *const u16) -> isize {
    called();
    // SAFETY: the caller's promise.
    let name = GroupName::from(unsafe { wide(name) }.as_str());
    match cluster(handle) {
        Ok(backend) => hand_out(Object::Group(backend, name)),
        Err(code) => {
            fail(code);
            0
        }
    }
}

/// −1 and the last error where it cannot be told.
///
/// # Safety
/// `owner` has room for `*length` units.
pub(crate) unsafe extern "system" fn GetClusterGroupState(
    handle: isize,
    owner: *mut u16,
    length: *mut u32,
) -> i32 {
    called();
    let found = match object(handle) {
        Ok(Object::Group(backend, name)) => backend.group(&name),
        Ok(_) => Err(ErrorCode::ERROR_INVALID_HANDLE),
        Err(code) => Err(code),
    };
    match found {
        Ok(group) => {
            // SAFETY: the caller's promise.
            match unsafe { put(group.owner.as_str(), owner, length) } {
                0 => group.state as i32,
                code => {
                    fail(ErrorCode(code));
                    -1
                }
            }
        }
        Err(code) => {
            fail(code);
            -1
        }
    }
}

/// Answers a question in JSON by the convention of control codes: bytes, capacity in, bytes used
/// or needed out.
///
/// # Safety
/// `question` points to `asked` bytes, `answer` has room for `*length`.
pub(crate) unsafe extern "system" fn EvsimHost(
    handle: isize,
    question: *const u8,
    asked: u32,
    answer: *mut u8,
    length: *mut u32,
) -> u32 {
    called();
    // SAFETY: the caller's promise.
    let question = unsafe { std::slice::from_raw_parts(question, asked as usize) };
    let reply = serde_json::from_slice(question)
        .map_err(|_| ErrorCode::ERROR_FILE_CORRUPT)
        .and_then(|question| host(handle, question))
        .and_then(|answer| serde_json::to_vec(&answer).map_err(|_| ErrorCode::ERROR_FILE_CORRUPT));
    let reply = match reply {
        Ok(reply) => reply,
        Err(code) => return fail(code),
    };
    // SAFETY: the caller's promise; nothing is written beyond the capacity.
    unsafe {
        let capacity = *length as usize;
        *length = reply.len() as u32;
        if reply.len() > capacity {
            return ErrorCode::ERROR_MORE_DATA.0;
        }
        std::ptr::copy_nonoverlapping(reply.as_ptr(), answer, reply.len());
    }
    0
}

fn host(handle: isize, question: HostQuestion) -> Result<HostAnswer, ErrorCode> {
    let mut backend = cluster(handle)?;
    Ok(match question {
        HostQuestion::Local => {
            let local = backend.local();
            HostAnswer::Local { node: local.node, now: local.now, changes: local.changes }
        }
        HostQuestion::ClusterName => HostAnswer::ClusterName(backend.census()?.cluster),
        HostQuestion::GroupGuid(name) => HostAnswer::GroupGuid(backend.group(&name)?.guid),
        HostQuestion::Resource(name) => {
            HostAnswer::Resource(backend.resource(&ResourceName::from(name.as_str()))?)
        }
        HostQuestion::Storage(place) => HostAnswer::Storage(Box::new(backend.storage(&place)?)),
        HostQuestion::Start(action) => HostAnswer::Started(backend.start(&action)),
    })
}
