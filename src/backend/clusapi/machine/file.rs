//! Values as files that are replaced whole: after a crash the old one lies there, or the new one.
//!
//! Absent: a lock. Two processes that replace the same file at the same moment are one too many;
//! each record names the revision that it replaces, so that the slower one is refused.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::model::ErrorCode;

/// The code of an error of the file system.
pub(super) fn code_of(error: &io::Error) -> ErrorCode {
    match (error.kind(), error.raw_os_error()) {
        (io::ErrorKind::NotFound, _) => ErrorCode::ERROR_FILE_NOT_FOUND,
        (io::ErrorKind::PermissionDenied, _) => ErrorCode::ERROR_ACCESS_DENIED,
        (io::ErrorKind::StorageFull, _) => ErrorCode::ERROR_DISK_FULL,
        (_, Some(code)) if cfg!(windows) => ErrorCode(code.unsigned_abs()),
        _ => ErrorCode::ERROR_IO_DEVICE,
    }
}

/// The value in a file; none where its folder has no such file.
///
/// # Errors
/// `ERROR_NOT_READY`: the folder is not there. `ERROR_FILE_CORRUPT`: the file holds no such value.
pub(super) fn read<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, ErrorCode> {
    match fs::read(path) {
        Ok(bytes) => match serde_json::from_slice(&bytes) {
            Ok(value) => Ok(Some(value)),
            Err(_) => Err(ErrorCode::ERROR_FILE_CORRUPT),
        },
        Err(error) if error.kind() == io::ErrorKind::NotFound => match path.parent() {
            Some(folder) if folder.is_dir() => Ok(None),
            _ => Err(ErrorCode::ERROR_NOT_READY),
        },
        Err(error) => Err(code_of(&error)),
    }
}

/// Puts the value in the file's place. When this returns it stays there, whatever happens.
///
/// # Errors
/// Why not; then the file is as it was.
pub(super) fn write<T: Serialize>(path: &Path, value: &T) -> Result<(), ErrorCode> {
    let bytes = serde_json::to_vec(value).map_err(|_| ErrorCode::ERROR_INVALID_DATA)?;
    let prepared = prepare(path, &bytes).map_err(|error| code_of(&error))?;
    put_in_place(&prepared, path).map_err(|error| code_of(&error))
}

/// Where the next content of a file is made ready.
fn beside(path: &Path) -> PathBuf {
    path.with_extension("json.new")
}

/// The new content, complete on the disk beside the file.
fn prepare(path: &Path, bytes: &[u8]) -> io::Result<PathBuf> {
    let prepared = beside(path);
    let mut file = File::create(&prepared)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    Ok(prepared)
}

fn put_in_place(prepared: &Path, path: &Path) -> io::Result<()> {
    fs::rename(prepared, path)?;
    flush_folder(path)
}

/// The folder has to remember the new name too. Windows has no such call for a folder: there the
/// file system's own journal keeps the order.
fn flush_folder(path: &Path) -> io::Result<()> {
    match path.parent().filter(|_| cfg!(unix)) {
        Some(folder) => File::open(folder)?.sync_all(),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("evsim-{}-{name}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        folder
    }

    #[test]
    fn a_crash_before_the_new_file_is_in_place_leaves_the_old_one() {
        let folder = folder("crash");
        let path = folder.join("value.json");
        assert_eq!(read::<u32>(&path), Ok(None));
        write(&path, &1).unwrap();
        // Cut short at every byte of the new content, and whole but not in place.
        let next = b"123456";
        for end in 0..=next.len() {
            prepare(&path, &next[..end]).unwrap();
            assert_eq!(read::<u32>(&path), Ok(Some(1)), "after {end} bytes");
        }
        write(&path, &2).unwrap();
        assert_eq!(read::<u32>(&path), Ok(Some(2)));
        assert!(!beside(&path).exists(), "nothing is left beside it");
        fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn a_missing_folder_is_no_missing_file_and_no_value_is_an_error() {
        let folder = folder("missing");
        let gone = folder.join("none").join("value.json");
        assert_eq!(read::<u32>(&gone), Err(ErrorCode::ERROR_NOT_READY));
        assert_eq!(write(&gone, &1), Err(ErrorCode::ERROR_FILE_NOT_FOUND));
        let path = folder.join("value.json");
        fs::write(&path, b"12x").unwrap();
        assert_eq!(read::<u32>(&path), Err(ErrorCode::ERROR_FILE_CORRUPT));
        fs::remove_dir_all(&folder).unwrap();
    }
}
