//! The settings of `evsim live`, as they stand in a file.
//!
//! docs/LIVE.md describes each.

use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::Trouble;
use crate::backend::clusapi::machine::MachineSettings;
use crate::product::policy::{Policy, Replication};

/// What the file says; what it leaves out is as by default.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Settings {
    pub(super) library: Option<PathBuf>,
    pub(super) node: Option<String>,
    pub(super) cluster: Option<String>,
    free_space_percent: Option<u64>,
    repair_passes: Option<u32>,
    replication: Option<Replication>,
    pub(super) machine: Option<MachineSettings>,
}

impl Settings {
    /// Reads the file.
    pub(super) fn read(path: &Path) -> Result<Self, Trouble> {
        let wrong = |why: String| Trouble::Settings(path.to_owned(), why);
        let text = fs::read(path).map_err(|cause| wrong(cause.to_string()))?;
        serde_json::from_slice(&text).map_err(|cause| wrong(cause.to_string()))
    }

    /// What the product keeps to.
    pub(super) fn policy(&self) -> Policy {
        let by_default = Policy::default();
        Policy {
            free_space_percent: self.free_space_percent.unwrap_or(by_default.free_space_percent),
            repair_passes: self.repair_passes.unwrap_or(by_default.repair_passes),
            replication: self.replication.unwrap_or(by_default.replication),
        }
    }
}
