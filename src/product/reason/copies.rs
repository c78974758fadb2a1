//! What is said of the passive copies of a replicated server's stores.

use std::fmt;

use crate::model::{CopyState, EvsName, StorageGroupName};

/// What is done about a copy, or left to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CopyReason {
    /// A job suspends it.
    Suspends {
        /// The job's number.
        job: u32,
        /// The storage group.
        storage_group: StorageGroupName,
    },
    /// A job resumes it.
    Resumes {
        /// The job's number.
        job: u32,
        /// The storage group.
        storage_group: StorageGroupName,
    },
    /// A job has it made anew.
    Reseeds {
        /// The job's number.
        job: u32,
        /// The storage group.
        storage_group: StorageGroupName,
    },
    /// It does not follow, and nobody here puts it right.
    Left {
        /// The server.
        evs: EvsName,
        /// The storage group.
        storage_group: StorageGroupName,
        /// How the copy stands.
        state: CopyState,
    },
    /// The store is not mounted as too many of its logs are on the other node alone.
    LogsMissing {
        /// The server.
        evs: EvsName,
        /// Its storage group.
        storage_group: StorageGroupName,
        /// How many logs.
        logs: u32,
    },
}

impl fmt::Display for CopyReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CopyReason::Suspends { job, storage_group } => {
                write!(f, "job {job} suspends the copy of {storage_group}")
            }
            CopyReason::Resumes { job, storage_group } => {
                write!(f, "job {job} resumes the copy of {storage_group}")
            }
            CopyReason::Reseeds { job, storage_group } => {
                write!(f, "job {job} reseeds the copy of {storage_group}")
            }
            CopyReason::Left { evs, storage_group, state } => {
                write!(f, "reports the copy of {storage_group} of {evs}: it is {state}: ")?;
                f.write_str(match state {
                    CopyState::Failed => "reseed needed",
                    _ => "reseed it where its store was defragmented, else resume it",
                })
            }
            CopyReason::LogsMissing { evs, storage_group, logs } => {
                write!(f, "reports {storage_group} of {evs}: {logs} of its logs are on the other")?;
                f.write_str(" node alone: bring that back, or accept that they are lost")
            }
        }
    }
}
