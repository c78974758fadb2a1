//! What the live backend needs beyond the Cluster API: a clock, stores and tools of Exchange, and
//! files. And the host that a simulated Cluster API brings with it.

use serde::{Deserialize, Serialize};

use super::functions::{HostFunction, Table};
use super::raw;
use crate::model::{Act, ErrorCode, GroupView, NodeName, Place, StorageView, Time};

/// Stores, tools, records and the clock of one node.
pub trait Host {
    /// The node's clock.
    fn now(&self) -> Time;

    /// Grows with every change of what this host shows that it has heard of.
    fn changes(&self) -> u64;

    /// What lies on the node's own disk, or on the disk of this group, which the node owns.
    ///
    /// # Errors
    /// `ERROR_NOT_READY` while the disk is not online, or why it cannot be read.
    fn storage(&self, place: &Place, group: Option<&GroupView>) -> Result<StorageView, ErrorCode>;

    /// Starts an act that is not the cluster's. What it requires has just been tested.
    ///
    /// # Errors
    /// Why it is refused; then nothing was started.
    fn start(&mut self, act: &Act, group: Option<&GroupView>) -> Result<(), ErrorCode>;
}

/// What a library's host is asked.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Question {
    /// The clock, and the count of changes.
    Local,
    /// What lies at a place.
    Storage(Place),
    /// Start an act.
    Start(Box<Act>),
}

/// What it answers.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// The clock, and the count of changes.
    Local {
        /// The clock.
        now: Time,
        /// How many changes there were on the node's disks.
        changes: u64,
    },
    /// What lies at the place.
    Storage(Box<StorageView>),
    /// The act was started.
    Started,
}

/// The host that comes with the library: a simulated one.
pub struct LibraryHost {
    function: HostFunction,
    node: NodeName,
}

impl LibraryHost {
    /// The library's host for this node; none where the library has none, as `clusapi.dll` has not.
    pub fn new(table: &Table, node: &NodeName) -> Option<Self> {
        Some(Self { function: table.host?, node: node.clone() })
    }

    fn ask(&self, question: &Question) -> Result<Answer, ErrorCode> {
        let asked = serde_json::to_vec(question).map_err(|_| ErrorCode::ERROR_INVALID_DATA)?;
        let answer = raw::ask_host(self.function, self.node.as_str(), &asked)?;
        serde_json::from_slice(&answer).map_err(|_| ErrorCode::ERROR_INVALID_DATA)
    }

    fn local(&self) -> (Time, u64) {
        match self.ask(&Question::Local) {
            Ok(Answer::Local { now, changes }) => (now, changes),
            _ => (Time::START, 0),
        }
    }
}

impl Host for LibraryHost {
    fn now(&self) -> Time {
        self.local().0
    }

    fn changes(&self) -> u64 {
        self.local().1
    }

    fn storage(&self, place: &Place, _: Option<&GroupView>) -> Result<StorageView, ErrorCode> {
        match self.ask(&Question::Storage(place.clone()))? {
            Answer::Storage(storage) => Ok(*storage),
            _ => Err(ErrorCode::ERROR_INVALID_DATA),
        }
    }

    fn start(&mut self, act: &Act, _: Option<&GroupView>) -> Result<(), ErrorCode> {
        match self.ask(&Question::Start(Box::new(act.clone())))? {
            Answer::Started => Ok(()),
            _ => Err(ErrorCode::ERROR_INVALID_DATA),
        }
    }
}
