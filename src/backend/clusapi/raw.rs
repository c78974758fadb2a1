//! The only unsafe code of the live backend: calls of the functions with texts and buffers whose
//! sizes are right by construction, what is open and is closed when it is dropped, and the loading
//! of the library.
//!
//! A handle never leaves this file. It was opened by a function of the table, it is used by the
//! functions for its kind only, and what owns it closes it once: the cluster last.
//!
//! Absent on purpose: what an answer means. Everything that goes out of here is plain data.
#![allow(unsafe_code, reason = "C functions take pointers")]

use std::error::Error;
use std::ffi::c_void;
use std::marker::PhantomData;
use std::path::{Path, PathBuf};
use std::ptr;
use std::sync::Arc;

use libloading::Library;

use super::functions::{Handle, HostFunction, Table};
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

/// Why the Cluster API is not there.
#[derive(Debug)]
pub enum LoadError {
    /// There is no such library, or it cannot be loaded, and why.
    NoLibrary(PathBuf, String),
    /// The library has no function of this name, which everything rests on.
    NoFunction(&'static str),
}

impl std::fmt::Display for LoadError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            LoadError::NoLibrary(library, why) => write!(
                f,
                "the Cluster API cannot be loaded from {}: {why}; on Windows install the failover \
                 clustering tools, elsewhere name a library that has its functions",
                library.display()
            ),
            LoadError::NoFunction(name) => write!(
                f,
                "the Cluster API has no {name}, which Windows 2000 and later have; is this \
                 clusapi.dll the one of this Windows?"
            ),
        }
    }
}

impl Error for LoadError {}

/// Loads the library of this name or path, and keeps it for as long as the process lives: what it
/// hands out may be used until then.
///
/// # Errors
/// It is not there, or not the one that it should be.
///
/// # Safety
/// The library is trusted: its initialisation runs in this process, and each of its functions is to
/// do what the documentation of the Cluster API says of its name, above all with buffers. So it is
/// with the `clusapi.dll` of Windows; a path that others can write to promises nothing.
pub unsafe fn load(library: &Path) -> Result<Table, LoadError> {
    // SAFETY: the caller trusts the library.
    let loaded = unsafe { Library::new(library) };
    let loaded = loaded.map_err(|error| {
        // What the system says stands behind what was tried.
        let why = error.source().map_or_else(|| error.to_string(), |cause| cause.to_string());
        LoadError::NoLibrary(library.to_owned(), why)
    })?;
    let library: &'static Library = Box::leak(Box::new(loaded));

    macro_rules! found {
        (required $name:ident $type:ty) => {
            found!(optional $name $type).ok_or(LoadError::NoFunction(stringify!($name)))?
        };
        (optional $name:ident $type:ty) => {{
            let name = concat!(stringify!($name), "\0");
            // SAFETY: the type is that of the function of this name, as `functions.rs` compares.
            unsafe { library.get::<$type>(name.as_bytes()) }.ok().map(|symbol| *symbol)
        }};
    }
    macro_rules! filled {
        ($($need:ident $name:ident($($arg:ident: $type:ty),* $(,)?) -> $ret:ty;)+) => {
            Table {
                $($name: found!($need $name unsafe extern "system" fn($($type),*) -> $ret),)+
                last_error: last_error_of(library)?,
                host: found!(optional EvsimHost HostFunction),
            }
        };
    }
    use super::functions::CLUSTERVERSIONINFO;
    Ok(super::functions::clusapi_functions!(filled))
}

type LastError = unsafe extern "system" fn() -> u32;

#[cfg(windows)]
fn last_error_of(_: &Library) -> Result<LastError, LoadError> {
    Ok(windows_sys::Win32::Foundation::GetLastError)
}

/// Elsewhere than on Windows the library brings its own.
#[cfg(not(windows))]
fn last_error_of(library: &Library) -> Result<LastError, LoadError> {
    // SAFETY: the function of this name has this signature, on Windows and in the library.
    let found = unsafe { library.get::<LastError>(b"GetLastError\0") };
    found.map(|symbol| *symbol).map_err(|_| LoadError::NoFunction("GetLastError"))
}

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

/// How long a buffer is at first: longer than the names that clusters have.
const UNITS: usize = 256;
/// Beyond this a function that asks for more and more is not believed.
const UNITS_MAX: usize = 1 << 20;

/// Calls again with a larger buffer for as long as the function asks for one: between two calls,
/// what it tells of may have grown. The length is set anew before each call, as a function that
/// fails may leave anything in it.
fn text(mut call: impl FnMut(*mut u16, *mut u32) -> u32) -> Result<String, ErrorCode> {
    let mut buffer = vec![0_u16; UNITS];
    loop {
        let mut length = buffer.len() as u32;
        let code = call(buffer.as_mut_ptr(), &mut length);
        let length = length as usize;
        match ErrorCode(code) {
            ErrorCode(0) => {
                let told = buffer.get(..length).unwrap_or(&buffer);
                let end = told.iter().position(|unit| *unit == 0).unwrap_or(told.len());
                return Ok(String::from_utf16_lossy(&told[..end]));
            }
            ErrorCode::ERROR_MORE_DATA => grow(&mut buffer, length.saturating_add(1))?,
            code => return Err(code),
        }
    }
}

fn grow<T: Clone + Default>(buffer: &mut Vec<T>, needed: usize) -> Result<(), ErrorCode> {
    // One that asks for no more than it has got would ask for ever.
    let size = needed.max(buffer.len() + buffer.len() / 2 + 1);
    if size > UNITS_MAX {
        return Err(ErrorCode::ERROR_MORE_DATA);
    }
    buffer.resize(size, T::default());
    Ok(())
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
        let mut buffer = vec![0_u8; UNITS * 2];
        loop {
            let mut returned = 0;
            // SAFETY: the handle is open, the buffer lives, with its size; nothing is passed in.
            let result = unsafe {
                let (at, size) = (buffer.as_mut_ptr().cast(), buffer.len() as u32);
                function(self.handle, 0, code, ptr::null(), 0, at, size, &mut returned)
            };
            let returned = returned as usize;
            match ErrorCode(result) {
                ErrorCode(0) => {
                    buffer.truncate(returned);
                    return Ok(buffer);
                }
                ErrorCode::ERROR_MORE_DATA => grow(&mut buffer, returned)?,
                code => return Err(code),
            }
        }
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

/// A port that hears of a cluster's changes.
pub(super) struct Port(Object);

/// A list of names, which what it was opened through outlives.
pub(super) struct List<'o> {
    handle: Handle,
    next: NextName,
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
        Ok(List { handle, next, close, of: PhantomData })
    }

    pub(super) fn name(&self) -> Result<String, ErrorCode> {
        let Open { table, handle } = &*self.0;
        // SAFETY: the cluster is open; `text` passes a buffer that lives, with its size; no version
        // is asked for.
        text(|at, length| unsafe {
            (table.GetClusterInformation)(*handle, at, length, ptr::null_mut())
        })
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
}

impl Resource {
    /// Its state by its number, and its group. Its owner is the group's, and is not asked for here.
    pub(super) fn state(&self) -> Result<(i32, String), ErrorCode> {
        let table = self.0.table();
        let mut state = -1;
        let mut node = vec![0_u16; UNITS];
        let group = text(|at, length| {
            let mut node_length = node.len() as u32;
            // SAFETY: the resource is open, and both buffers live, with their sizes.
            state = unsafe {
                let (resource, node_at) = (self.0.handle, node.as_mut_ptr());
                (table.GetClusterResourceState)(resource, node_at, &mut node_length, at, length)
            };
            if state >= 0 {
                return 0;
            }
            match last_error(table) {
                ErrorCode::ERROR_MORE_DATA => {
                    let grown = grow(&mut node, node_length as usize);
                    grown.err().unwrap_or(ErrorCode::ERROR_MORE_DATA).0
                }
                code => code.0,
            }
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
        Ok(List { handle: opened(table, handle)?, next, close, of: PhantomData })
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
    let mut buffer = vec![0_u8; 4_096];
    loop {
        let mut length = buffer.len() as u32;
        // SAFETY: a text with NUL and two buffers with their sizes, all of which live.
        let code = unsafe {
            let (at, size) = (question.as_ptr(), question.len() as u32);
            function(node.as_ptr(), at, size, buffer.as_mut_ptr(), &mut length)
        };
        match ErrorCode(code) {
            ErrorCode(0) => {
                buffer.truncate(length as usize);
                return Ok(buffer);
            }
            ErrorCode::ERROR_MORE_DATA => grow(&mut buffer, length as usize)?,
            code => return Err(code),
        }
    }
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
