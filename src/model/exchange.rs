//! What a node can know of the Exchange that it and a server run.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Size, StorageGroupName, Ticket, ToolView};

/// A version of Exchange: it says which resources a server has, what a dismount is, and which of
/// the product's scripts there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Exchange {
    /// Exchange 2000 Server Enterprise.
    E2000,
    /// Exchange Server 2003 Enterprise.
    E2003,
    /// Exchange Server 2007 Enterprise, where a server on a cluster is called a clustered mailbox
    /// server.
    E2007,
}

impl Exchange {
    /// The year alone, as a scenario spells it.
    pub const fn word(self) -> &'static str {
        match self {
            Exchange::E2000 => "2000",
            Exchange::E2003 => "2003",
            Exchange::E2007 => "2007",
        }
    }
}

impl fmt::Display for Exchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Exchange {}", self.word())
    }
}

/// How many copies of a server's stores there are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Copies {
    /// One, on a disk that moves with the group.
    #[default]
    Shared,
    /// One on each of two nodes, kept alike by log shipping (Exchange 2007, cluster continuous
    /// replication), with the other node's copy of each storage group as this node sees it. The
    /// group's disk as this node sees it is then this node's own, and so is the record on it.
    Replicated(BTreeMap<StorageGroupName, CopyView>),
}

/// The passive copy of one storage group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CopyView {
    /// How it stands.
    pub state: CopyState,
    /// The latest seeding that the product began, whatever became of it.
    pub seeded: Option<Ticket>,
    /// How many logs of the other copy the files here lack, where they are too many for the store
    /// to be mounted.
    pub missing: u32,
    /// Whether the disks with the two copies can be reached from each other's nodes.
    pub in_touch: bool,
}

/// How a passive copy stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CopyState {
    /// It follows the active one.
    Healthy,
    /// Somebody has stopped its following, for a while.
    Suspended,
    /// It cannot follow: it has diverged, or its node cannot be reached.
    Failed,
    /// It is being made anew.
    Seeding,
}

impl CopyState {
    /// Every state.
    pub const ALL: &[CopyState] =
        &[CopyState::Healthy, CopyState::Suspended, CopyState::Failed, CopyState::Seeding];

    /// The word that a report prints.
    pub const fn word(self) -> &'static str {
        match self {
            CopyState::Healthy => "healthy",
            CopyState::Suspended => "suspended",
            CopyState::Failed => "failed",
            CopyState::Seeding => "seeding",
        }
    }
}

impl fmt::Display for CopyState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// The database of the one Message Transfer Agent of a cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MtaView {
    /// The size of its files.
    pub size: Size,
    /// The latest run of its tool, while its node has not started anew since.
    pub tool: Option<ToolView>,
}
