//! Why a request of an administrator was refused: then nothing was changed.
//!
//! Absent on purpose: jobs that are admitted and then skipped. Those are seen in the job list.

use std::fmt;

use super::memory::Unreadable;
use super::reason::Listed;
use super::vocabulary::RefusalKind;
use crate::model::{ErrorCode, EvsName, StoreName};

/// Why a request was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// An earlier write of this node's record is under way, or its disk cannot be read at this
    /// moment: the request can be made again at the next change. No word of the vocabulary: an
    /// administrator never sees it.
    Busy,
    /// The product is on this node already.
    AlreadyInstalled,
    /// The product is not on this node.
    NotInstalled,
    /// Somebody has to name one of these choices, and nobody is there to be asked.
    DesignationRequired(Vec<EvsName>),
    /// What was named is none of these choices.
    NotAChoice(EvsName, Vec<EvsName>),
    /// This job of the node runs or waits.
    JobRunning(u32),
    /// There is no licence to give back.
    NoLicense,
    /// A single-shot licence cannot be transferred.
    NotTransferable,
    /// This store is not one of the designated server's.
    NoSuchStore(StoreName, Vec<StoreName>),
    /// The cluster cannot be asked, so that there are no choices to offer.
    ClusterUnknown(ErrorCode),
    /// The product's record cannot be read.
    RecordUnreadable(Unreadable),
    /// No job of this number, or none at all, runs or waits.
    NoJob(Option<u32>),
    /// No schedule of this number, or none at all, is on this node.
    NoSchedule(Option<u32>),
}

impl Refusal {
    /// The word alone; none where the request can simply be made again.
    pub const fn kind(&self) -> Option<RefusalKind> {
        Some(match self {
            Refusal::Busy => return None,
            Refusal::AlreadyInstalled => RefusalKind::AlreadyInstalled,
            Refusal::NotInstalled => RefusalKind::NotInstalled,
            Refusal::DesignationRequired(_) => RefusalKind::DesignationRequired,
            Refusal::NotAChoice(..) => RefusalKind::NotAChoice,
            Refusal::JobRunning(_) => RefusalKind::JobRunning,
            Refusal::NoLicense => RefusalKind::NoLicense,
            Refusal::NotTransferable => RefusalKind::NotTransferable,
            Refusal::NoSuchStore(..) => RefusalKind::NoSuchStore,
            Refusal::ClusterUnknown(_) => RefusalKind::ClusterUnknown,
            Refusal::RecordUnreadable(_) => RefusalKind::RecordUnreadable,
            Refusal::NoJob(_) => RefusalKind::NoJob,
            Refusal::NoSchedule(_) => RefusalKind::NoSchedule,
        })
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind() {
            Some(kind) => write!(f, "{kind}: ")?,
            None => f.write_str("Busy: ")?,
        }
        match self {
            Refusal::Busy => f.write_str("this node's record is being written; ask again"),
            Refusal::AlreadyInstalled => f.write_str("the product is on this node"),
            Refusal::NotInstalled => f.write_str("the product is not on this node"),
            Refusal::DesignationRequired(choices) => write!(f, "choices {}", Listed(choices)),
            Refusal::NotAChoice(named, choices) => {
                write!(f, "{named}; choices {}", Listed(choices))
            }
            Refusal::JobRunning(job) => write!(f, "job {job} runs or waits on this node"),
            Refusal::NoLicense => f.write_str("this node has no licence"),
            Refusal::NotTransferable => f.write_str("a single-shot licence stays with its node"),
            Refusal::NoSuchStore(store, stores) => {
                write!(f, "{store}; stores {}", Listed(stores))
            }
            Refusal::ClusterUnknown(code) => write!(f, "{code}"),
            Refusal::RecordUnreadable(unreadable) => write!(f, "{unreadable}"),
            Refusal::NoJob(None) => f.write_str("no job runs or waits on this node"),
            Refusal::NoSchedule(None) => f.write_str("nothing is scheduled on this node"),
            Refusal::NoSchedule(Some(number)) => {
                write!(f, "schedule {number} is not on this node")
            }
            Refusal::NoJob(Some(job)) => write!(f, "job {job} neither runs nor waits on this node"),
        }
    }
}

impl std::error::Error for Refusal {}
