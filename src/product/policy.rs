//! What an administrator settles in advance, and what a licence says.

use serde::{Deserialize, Serialize};

/// How many jobs a licence pays for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunLimit {
    /// As many as wished.
    Unlimited,
    /// One; such a licence cannot be transferred.
    SingleShot,
}

/// The licence of one node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct License {
    /// How many jobs it pays for.
    pub run_limit: RunLimit,
    /// The most mailboxes that the designated server may hold; none: any number.
    pub mailboxes: Option<u32>,
}

impl License {
    /// Any number of jobs on any number of mailboxes.
    pub const UNLIMITED: License = License { run_limit: RunLimit::Unlimited, mailboxes: None };
}

/// What the product does with a server that has two copies of its stores.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Replication {
    /// Nothing: no job runs on it.
    #[default]
    Refused,
    /// It suspends the passive copy of a store before it works on it, and resumes or seeds it after
    /// that. Until then the server has one copy of the store.
    SuspendAndReseed,
}

/// What the product keeps to on every node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// Free space that a defragmentation needs, in percent of the store's size.
    ///
    /// Source: Microsoft's articles on `eseutil /d` give 110 %; other texts vary from 100 to 120 %.
    pub free_space_percent: u64,
    /// How often an error fix is run at most, where each run reports that it put errors right.
    ///
    /// Source: Microsoft has `isinteg -fix` run until it reports none (KB 810197), and names no
    /// end; this one is ours.
    pub repair_passes: u32,
    /// What it does with a server that has two copies of its stores.
    pub replication: Replication,
}

impl Default for Policy {
    fn default() -> Self {
        Self { free_space_percent: 110, repair_passes: 10, replication: Replication::Refused }
    }
}
