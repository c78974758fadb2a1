//! The only unsafe code of the live backend: the calls of the functions in the table, with buffers
//! whose sizes are right by construction, and the loading of the library.
//!
//! Absent on purpose: what an answer means. Everything that goes out of here is plain data.
#![allow(unsafe_code, reason = "C functions take pointers")]

use std::ffi::c_void;
use std::path::Path;
use std::ptr;

use libloading::Library;

use super::functions::{Handle, HostFunction, Table};
use crate::model::ErrorCode;

/// A function that opens an object of a cluster by its name.
pub(super) type Open = unsafe extern "system" fn(Handle, *const u16) -> Handle;
/// A function that opens a list of names.
pub(super) type OpenList = unsafe extern "system" fn(Handle, u32) -> Handle;
/// A function that gives one name of a list.
pub(super) type NextName =
    unsafe extern "system" fn(Handle, u32, *mut u32, *mut u16, *mut u32) -> u32;
/// A function that closes an object.
pub(super) type Close = unsafe extern "system" fn(Handle) -> i32;
/// A function that closes a list.
pub(super) type CloseList = unsafe extern "system" fn(Handle) -> u32;
/// A function that only takes a handle and says how that went.
pub(super) type Command = unsafe extern "system" fn(Handle) -> u32;
/// A function that gives a state; negative: see the last error.
pub(super) type State = unsafe extern "system" fn(Handle) -> i32;
/// A function that gives a text of an object.
pub(super) type Text = unsafe extern "system" fn(Handle, *mut u16, *mut u32) -> u32;
/// A function for control codes.
pub(super) type Control = unsafe extern "system" fn(
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
    /// There is no such library, or it cannot be loaded.
    NoLibrary(String),
    /// The library has no function of this name, which everything rests on.
    NoFunction(&'static str),
}

impl std::fmt::Display for LoadError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            LoadError::NoLibrary(why) => write!(
                f,
                "the Cluster API cannot be loaded: {why}; on Windows install the failover \
                 clustering tools, elsewhere name a library in the configuration"
            ),
            LoadError::NoFunction(name) => write!(
                f,
                "the Cluster API has no {name}, which Windows 2000 and later have; is this \
                 clusapi.dll the one of this Windows?"
            ),
        }
    }
}

impl std::error::Error for LoadError {}

/// Loads the library of this name or path, and keeps it for as long as the process lives: what it
/// hands out may be used until then.
///
/// # Errors
/// It is not there, or not the one that it should be.
pub fn load(library: &Path) -> Result<Table, LoadError> {
    // SAFETY: loading runs the library's initialisation. Whoever configures its path trusts it, and
    // `clusapi.dll` is a part of Windows.
    let library = unsafe { Library::new(library) };
    let library = library.map_err(|error| LoadError::NoLibrary(error.to_string()))?;
    let library: &'static Library = Box::leak(Box::new(library));

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
pub(super) fn last_error(table: &Table) -> ErrorCode {
    // SAFETY: it takes nothing.
    let code = unsafe { (table.last_error)() };
    // A function that failed has a reason, even if it forgot to say which.
    if code == 0 { ErrorCode::ERROR_INVALID_HANDLE } else { ErrorCode(code) }
}

fn opened(table: &Table, handle: Handle) -> Result<Handle, ErrorCode> {
    if handle == 0 { Err(last_error(table)) } else { Ok(handle) }
}

pub(super) fn node_cluster_state(table: &Table, node: Option<&str>) -> Result<u32, ErrorCode> {
    let name = node.map(wide);
    let mut state = 0;
    let name = name.as_ref().map_or(ptr::null(), Vec::as_ptr);
    // SAFETY: a text with NUL that lives until the call is over, or none, and a number.
    match unsafe { (table.GetNodeClusterState)(name, &mut state) } {
        0 => Ok(state),
        code => Err(ErrorCode(code)),
    }
}

pub(super) fn open_cluster(table: &Table, name: Option<&str>) -> Result<Handle, ErrorCode> {
    let name = name.map(wide);
    let name = name.as_ref().map_or(ptr::null(), Vec::as_ptr);
    // SAFETY: a text with NUL that lives until the call is over, or none.
    opened(table, unsafe { (table.OpenCluster)(name) })
}

pub(super) fn open(
    table: &Table,
    function: Open,
    cluster: Handle,
    name: &str,
) -> Result<Handle, ErrorCode> {
    let name = wide(name);
    // SAFETY: a text with NUL that lives until the call is over; a wrong handle is refused.
    opened(table, unsafe { function(cluster, name.as_ptr()) })
}

pub(super) fn close(function: Close, handle: Handle) {
    // SAFETY: the handle was opened, and is closed once: it is dropped with this.
    unsafe { function(handle) };
}

pub(super) fn open_list(
    table: &Table,
    function: OpenList,
    object: Handle,
    kinds: u32,
) -> Result<Handle, ErrorCode> {
    // SAFETY: numbers only; a wrong handle is refused.
    opened(table, unsafe { function(object, kinds) })
}

pub(super) fn close_list(function: CloseList, list: Handle) {
    // SAFETY: as for `close`.
    unsafe { function(list) };
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

/// The kind and name at this place of a list.
pub(super) fn next_name(
    function: NextName,
    list: Handle,
    index: u32,
) -> Result<(u32, String), ErrorCode> {
    let mut kind = 0;
    // SAFETY: `text` passes a buffer that lives, with its size.
    let name = text(|at, length| unsafe { function(list, index, &mut kind, at, length) })?;
    Ok((kind, name))
}

pub(super) fn text_of(function: Text, object: Handle) -> Result<String, ErrorCode> {
    // SAFETY: `text` passes a buffer that lives, with its size.
    text(|at, length| unsafe { function(object, at, length) })
}

pub(super) fn command(function: Command, object: Handle) -> Result<(), ErrorCode> {
    // SAFETY: a handle only, and a wrong one is refused.
    match unsafe { function(object) } {
        0 => Ok(()),
        code => Err(ErrorCode(code)),
    }
}

pub(super) fn state(table: &Table, function: State, object: Handle) -> Result<i32, ErrorCode> {
    // SAFETY: a handle only, and a wrong one is refused.
    match unsafe { function(object) } {
        state if state < 0 => Err(last_error(table)),
        state => Ok(state),
    }
}

/// A group's state and its owner.
pub(super) fn group_state(table: &Table, group: Handle) -> Result<(i32, String), ErrorCode> {
    let mut state = -1;
    let owner = text(|at, length| {
        // SAFETY: `text` passes a buffer that lives, with its size.
        state = unsafe { (table.GetClusterGroupState)(group, at, length) };
        if state < 0 { last_error(table).0 } else { 0 }
    })?;
    Ok((state, owner))
}

/// A resource's state and its group. Its owner is the group's, and is not asked for here.
pub(super) fn resource_state(table: &Table, resource: Handle) -> Result<(i32, String), ErrorCode> {
    let mut state = -1;
    let mut node = vec![0_u16; UNITS];
    let group = text(|at, length| {
        let mut node_length = node.len() as u32;
        // SAFETY: both buffers live, with their sizes.
        state = unsafe {
            let node_at = node.as_mut_ptr();
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

/// What an object answers to a control code, in bytes.
pub(super) fn control(function: Control, object: Handle, code: u32) -> Result<Vec<u8>, ErrorCode> {
    let mut buffer = vec![0_u8; UNITS * 2];
    loop {
        let mut returned = 0;
        // SAFETY: the buffer lives, with its size; nothing is passed in.
        let result = unsafe {
            let (at, size) = (buffer.as_mut_ptr().cast(), buffer.len() as u32);
            function(object, 0, code, ptr::null(), 0, at, size, &mut returned)
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

/// The cluster's name.
pub(super) fn cluster_name(table: &Table, cluster: Handle) -> Result<String, ErrorCode> {
    // SAFETY: `text` passes a buffer that lives, with its size; no version is asked for.
    text(|at, length| unsafe {
        (table.GetClusterInformation)(cluster, at, length, ptr::null_mut())
    })
}

/// The name of the quorum resource.
pub(super) fn quorum_resource(table: &Table, cluster: Handle) -> Result<String, ErrorCode> {
    let function = table.GetClusterQuorumResource.ok_or(ErrorCode::ERROR_CALL_NOT_IMPLEMENTED)?;
    let mut device = vec![0_u16; UNITS];
    text(|at, length| {
        let (mut device_length, mut log_size) = (device.len() as u32, 0);
        // SAFETY: both buffers live, with their sizes.
        let code = unsafe {
            let device_at = device.as_mut_ptr();
            function(cluster, at, length, device_at, &mut device_length, &mut log_size)
        };
        match ErrorCode(code) {
            ErrorCode::ERROR_MORE_DATA => {
                let grown = grow(&mut device, device_length as usize);
                grown.err().unwrap_or(ErrorCode::ERROR_MORE_DATA).0
            }
            code => code.0,
        }
    })
}

/// Opens a port that hears of the changes that the filter names.
pub(super) fn open_port(table: &Table, cluster: Handle, filter: u32) -> Result<Handle, ErrorCode> {
    /// `INVALID_HANDLE_VALUE`: a port of its own, not one more filter of another.
    const NEW: Handle = -1;
    // SAFETY: numbers only; a wrong handle is refused.
    opened(table, unsafe { (table.CreateClusterNotifyPort)(NEW, cluster, filter, 0) })
}

/// The next change that the port has heard of: its kind, and the name of what it is about.
///
/// # Errors
/// `WAIT_TIMEOUT` when there was none for so long.
pub(super) fn next_change(
    table: &Table,
    port: Handle,
    wait_ms: u32,
) -> Result<(u32, String), ErrorCode> {
    let (mut key, mut kind) = (0, 0);
    let name = text(|at, length| {
        // SAFETY: `text` passes a buffer that lives, with its size, and the rest are numbers.
        unsafe { (table.GetClusterNotify)(port, &mut key, &mut kind, at, length, wait_ms) }
    })?;
    Ok((kind, name))
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
