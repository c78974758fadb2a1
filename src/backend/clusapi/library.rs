//! The library that has the functions, and what it takes to fill the table from it.
//!
//! Absent on purpose: unloading it. What it has handed out may be used for as long as the process
//! lives.
#![allow(unsafe_code, reason = "a library is trusted by whoever loads it")]

use std::error::Error;
use std::ffi::c_void;
use std::path::{Path, PathBuf};

use libloading::Library;

use super::functions::{HostFunction, Table};

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
    let library = loaded.map_err(|error| {
        // What the system says stands behind what was tried.
        let why = error.source().map_or_else(|| error.to_string(), |cause| cause.to_string());
        LoadError::NoLibrary(library.to_owned(), why)
    })?;

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
                last_error: last_error_of(&library)?,
                host: found!(optional EvsimHost HostFunction),
            }
        };
    }
    use super::functions::CLUSTERVERSIONINFO;
    let table = super::functions::clusapi_functions!(filled);
    // One that is none was closed again by now.
    std::mem::forget(library);
    Ok(table)
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
