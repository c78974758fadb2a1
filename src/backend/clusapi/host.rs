//! What the live backend needs beyond the Cluster API: a clock, stores and tools of Exchange, and
//! files. And the host that a simulated Cluster API brings with it.

use std::cell::Cell;

use serde::{Deserialize, Serialize};

use super::functions::{HostFunction, Table};
use super::raw;
use crate::model::{Act, ErrorCode, GroupView, NodeName, Place, StorageView, Time};

/// What a host knows by itself, at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reading {
    /// The node's clock.
    pub now: Time,
    /// Grows with every change of what this host shows that it has heard of, or may have missed.
    pub changes: u64,
}

/// Stores, tools, records and the clock of one node.
pub trait Host {
    /// The clock and the count of changes. A host that cannot read its clock gives the time that it
    /// gave last, and counts that as a change.
    fn read(&self) -> Reading;

    /// What lies on the node's own disk, or on the disk of this group, which the node owns.
    ///
    /// # Errors
    /// `ERROR_NOT_READY` while the disk is not online, or why it cannot be read.
    fn storage(&self, place: &Place, group: Option<&GroupView>) -> Result<StorageView, ErrorCode>;

    /// Starts an act that is not the cluster's, once. What it requires has just been tested.
    ///
    /// # Errors
    /// Why it is refused, or that the answer was lost: then it may have been started.
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
    /// Start an act. The code that the function returns is the whole answer, as whoever asks again
    /// for an answer that did not fit would start the act again.
    Start(Box<Act>),
}

/// What it answers.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// The clock, and the count of changes.
    Local(Reading),
    /// What lies at the place.
    Storage(Box<StorageView>),
}

/// The host that comes with the library: a simulated one.
pub struct LibraryHost {
    function: HostFunction,
    node: NodeName,
    /// What it answered last, and how often it has not answered.
    last: Cell<Reading>,
    missed: Cell<u64>,
}

impl LibraryHost {
    /// The library's host for this node.
    ///
    /// # Errors
    /// `ERROR_CALL_NOT_IMPLEMENTED`: the library has none, as `clusapi.dll` has not. Otherwise why
    /// the host cannot say what time it is.
    pub fn new(table: &Table, node: &NodeName) -> Result<Self, ErrorCode> {
        let function = table.host.ok_or(ErrorCode::ERROR_CALL_NOT_IMPLEMENTED)?;
        let node = node.clone();
        let last = Cell::new(local(function, &node)?);
        Ok(Self { function, node, last, missed: Cell::new(0) })
    }
}

fn encoded(question: &Question) -> Result<Vec<u8>, ErrorCode> {
    serde_json::to_vec(question).map_err(|_| ErrorCode::ERROR_INVALID_DATA)
}

fn ask(function: HostFunction, node: &NodeName, question: &Question) -> Result<Answer, ErrorCode> {
    let answer = raw::ask_host(function, node.as_str(), &encoded(question)?)?;
    serde_json::from_slice(&answer).map_err(|_| ErrorCode::ERROR_INVALID_DATA)
}

fn local(function: HostFunction, node: &NodeName) -> Result<Reading, ErrorCode> {
    match ask(function, node, &Question::Local)? {
        Answer::Local(reading) => Ok(reading),
        Answer::Storage(_) => Err(ErrorCode::ERROR_INVALID_DATA),
    }
}

impl Host for LibraryHost {
    fn read(&self) -> Reading {
        match local(self.function, &self.node) {
            Ok(reading) => self.last.set(reading),
            Err(_) => self.missed.set(self.missed.get() + 1),
        }
        let Reading { now, changes } = self.last.get();
        Reading { now, changes: changes + self.missed.get() }
    }

    fn storage(&self, place: &Place, _: Option<&GroupView>) -> Result<StorageView, ErrorCode> {
        match ask(self.function, &self.node, &Question::Storage(place.clone()))? {
            Answer::Storage(storage) => Ok(*storage),
            Answer::Local(_) => Err(ErrorCode::ERROR_INVALID_DATA),
        }
    }

    fn start(&mut self, act: &Act, _: Option<&GroupView>) -> Result<(), ErrorCode> {
        let question = encoded(&Question::Start(Box::new(act.clone())))?;
        raw::tell_host(self.function, self.node.as_str(), &question)
    }
}
