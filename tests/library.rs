//! The simulated Cluster API as a library, `libclusapi.so` or `clusapi.dll`: what other programs
//! get of it. `cargo test --features windows` builds it.

// On Windows the CI's own script compiles the program, against the public header.
#[cfg(not(windows))]
#[path = "library/c.rs"]
mod c;
#[path = "library/executable.rs"]
mod executable;
#[path = "library/moments.rs"]
mod moments;
#[path = "live/shipped.rs"]
mod shipped;
#[cfg(not(windows))]
#[path = "library/signal.rs"]
mod signal;

use std::env::consts::{DLL_PREFIX, DLL_SUFFIX};
use std::path::PathBuf;

/// The library, which cargo puts beside the folder of the tests.
fn library() -> PathBuf {
    let own = std::env::current_exe().expect("a test has a path");
    let folder = own.ancestors().nth(2).expect("target/debug/deps").join("examples");
    let library = folder.join(format!("{DLL_PREFIX}clusapi{DLL_SUFFIX}"));
    let build = "cargo build --example clusapi --features windows";
    assert!(library.is_file(), "{} is not there: {build}", library.display());
    library
}
