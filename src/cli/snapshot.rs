//! Snapshots beside their scenarios, in the format of insta, so that `cargo insta review` and
//! `evsim test --accept` share them.

use std::fs;
use std::path::{Path, PathBuf};

use super::files::Failure;

/// Where the snapshot of a scenario is.
pub(super) fn path_of(scenario: &Path) -> PathBuf {
    scenario.with_extension("snap")
}

fn pending(snapshot: &Path) -> PathBuf {
    snapshot.with_extension("snap.new")
}

/// What the snapshot says; none when there is no such file.
pub(super) fn read(snapshot: &Path) -> Result<Option<String>, Failure> {
    if !snapshot.exists() {
        return Ok(None);
    }
    let failure = |cause: String| Failure::Io {
        action: "read the snapshot",
        path: snapshot.to_owned(),
        cause: std::io::Error::other(cause),
    };
    let read = insta::Snapshot::from_file(snapshot).map_err(|cause| failure(cause.to_string()))?;
    let text = read.as_text().ok_or_else(|| failure("it holds no text".to_owned()))?;
    Ok(Some(text.to_string().trim_end().to_owned() + "\n"))
}

/// Makes the text the snapshot.
pub(super) fn accept(snapshot: &Path, text: &str) -> Result<(), Failure> {
    write(snapshot, text)?;
    settle(snapshot)
}

/// Leaves the text beside the snapshot, for a review.
pub(super) fn propose(snapshot: &Path, text: &str) -> Result<(), Failure> {
    write(&pending(snapshot), text)
}

/// Nothing is left to review.
pub(super) fn settle(snapshot: &Path) -> Result<(), Failure> {
    let pending = pending(snapshot);
    match fs::remove_file(&pending) {
        Err(cause) if cause.kind() != std::io::ErrorKind::NotFound => {
            Err(Failure::Io { action: "remove", path: pending, cause })
        }
        _ => Ok(()),
    }
}

fn write(path: &Path, text: &str) -> Result<(), Failure> {
    let name = path.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
    let source = name.split('.').next().unwrap_or_default();
    let whole = format!("---\nsource: {source}.yaml\n---\n{text}");
    let failure = |cause| Failure::Io { action: "write", path: path.to_owned(), cause };
    fs::write(path, whole).map_err(failure)
}
