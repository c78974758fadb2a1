//! A library that is not there, or is another: a message that says what to do.
#![allow(unsafe_code, reason = "a library is trusted by whoever loads it")]

use std::path::Path;

use evsim::backend::clusapi::{LoadError, load};

/// A library that every machine has.
#[cfg(windows)]
const OTHER: &str = "kernel32.dll";
#[cfg(target_os = "macos")]
const OTHER: &str = "libSystem.dylib";
#[cfg(not(any(windows, target_os = "macos")))]
const OTHER: &str = "libc.so.6";

fn refused(library: &str) -> LoadError {
    // SAFETY: it is not there, or is a part of the system.
    match unsafe { load(Path::new(library)) } {
        Ok(_) => panic!("{library} has the functions of a cluster"),
        Err(error) => error,
    }
}

#[test]
fn a_library_that_is_missing_is_named() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("no-such-folder/clusapi.dll");
    let error = refused(&path.to_string_lossy());
    assert!(matches!(error, LoadError::NoLibrary(..)), "{error:?}");
    let message = error.to_string();
    let named = format!("the Cluster API cannot be loaded from {}: ", path.display());
    assert!(message.starts_with(&named), "{message}");
    assert!(message.contains("install the failover clustering tools"), "{message}");
}

#[test]
fn a_library_without_the_functions_is_another() {
    let error = refused(OTHER);
    assert!(matches!(error, LoadError::NoFunction("GetNodeClusterState")), "{error:?}");
    assert!(error.to_string().starts_with("the Cluster API has no GetNodeClusterState, which "));
}
