//! The one library that the command line loads.
#![allow(unsafe_code, reason = "whoever names the library trusts it")]

use std::path::Path;

use crate::backend::clusapi::functions::Table;
use crate::backend::clusapi::{LoadError, load};

/// What has the functions where nobody names a library.
pub(super) const BY_DEFAULT: &str = if cfg!(windows) { "clusapi.dll" } else { "libclusapi.so" };

/// Fills the table from this library.
pub(super) fn opened(library: &Path) -> Result<Table, LoadError> {
    // SAFETY: it is the system's own, or the user of the command line has named it, who might as
    // well have named another program to run: docs/LIVE.md says that it is trusted.
    unsafe { load(library) }
}
