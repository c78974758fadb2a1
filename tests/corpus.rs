//! What fuzzing has found to be worth keeping, replayed: docs/ARCHITECTURE.md says how to fuzz on.
#![cfg(feature = "sim")]

#[cfg(feature = "windows")]
#[path = "../fuzz/claims/property_list.rs"]
mod property_list;
#[path = "../fuzz/claims/scenario.rs"]
mod scenario;

use std::fs;
use std::path::Path;

/// Holds the claim against each file of a target's corpus.
fn replay(target: &str, holds: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target);
    let files = fs::read_dir(folder).expect("it is there");
    let files: Vec<_> = files.map(|file| file.expect("it can be listed").path()).collect();
    assert!(files.len() > 50, "only {} files", files.len());
    for file in files {
        holds(&fs::read(file).expect("it can be read"));
    }
}

#[cfg(feature = "windows")]
#[test]
fn property_lists() {
    replay("property_list", property_list::holds);
}

#[test]
fn scenarios() {
    replay("scenario", scenario::holds);
}
