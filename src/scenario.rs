//! A scenario: a cluster, what was installed on it before, what happens, and what is expected.

mod decode;
mod diagnostic;
mod expand;
mod meant;
mod names;
mod nearest;
mod print;
mod reader;
mod schema;
mod tree;
mod validate;
pub mod words;

use std::collections::BTreeMap;

pub use decode::read;
pub use diagnostic::{Diagnostic, Diagnostics, Kind};
pub use print::print;
pub use schema::schema;
pub use tree::BYTES_MAX;

use crate::model::{
    ErrorCode, EvsName, GroupName, GroupState, InterfaceState, NetworkName, NetworkState, NodeName,
    NodeState, ResourceName, ResourceState, Span, Time,
};
use crate::product::policy::{License, Policy};
use crate::product::request::Request;
use crate::product::vocabulary::{OutcomeKind, RefusalKind, Skip, StandingKind, Stop};
use crate::sim::{Configuration, Step};

/// One scenario, complete and consistent.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// What the situation is, in a sentence or two.
    pub about: String,
    /// The cluster at the start, in its long form.
    pub cluster: Configuration,
    /// What was installed on which node before the start.
    pub product: BTreeMap<NodeName, Installed>,
    /// What the product keeps to on every node.
    pub policy: Policy,
    /// What happens, in the order of time; at the same moment, in the order of the file.
    pub steps: Vec<Moment>,
    /// The end of the run; it belongs to the run.
    pub until: Time,
    /// What has to be true, in the order of the file.
    pub expect: Vec<Expectation>,
}

/// The product on a node, installed, licensed and designated before the start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Installed {
    /// The node's licence.
    pub license: Option<License>,
    /// The Exchange Virtual Server that it was told to look after.
    pub designate: Option<EvsName>,
}

/// Something that happens at a moment.
#[derive(Clone, Debug)]
pub struct Moment {
    /// When.
    pub at: Time,
    /// What.
    pub verb: Verb,
}

/// What happens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verb {
    /// To the cluster.
    Cluster(Step),
    /// An administrator asks something of the product on a node.
    Product(NodeName, Request),
    /// An administrator looks at the product's console on a node.
    Console(NodeName),
}

/// What has to be true at a moment, after all events of that instant.
#[derive(Clone, Debug)]
pub struct Expectation {
    /// When.
    pub at: Time,
    /// The line of the file that says so, counted from 1.
    pub line: usize,
    /// About what; everything that is given must be so.
    pub subject: Subject,
}

/// What an expectation is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// A node and the product's console on it.
    Node {
        /// The node.
        node: NodeName,
        /// Its state as the cluster's members see it.
        state: Option<NodeState>,
        /// The groups that it owns.
        active_groups: Option<Vec<GroupName>>,
        /// What the administrator would be offered.
        choices: Option<Vec<EvsName>>,
        /// The Exchange Virtual Server that it looks after now; `Some(None)`: nothing.
        manages: Option<Option<EvsName>>,
        /// What it ignores.
        ignores: Option<Vec<EvsName>>,
        /// How its designation stands.
        standing: Option<StandingKind>,
        /// Why the latest request there was refused; `Some(None)`: it was not.
        refused: Option<Option<RefusalKind>>,
    },
    /// An Exchange Virtual Server.
    Evs {
        /// Its name.
        evs: EvsName,
        /// The node where its group is online.
        online_on: Option<NodeName>,
        /// The node that owns its group.
        owner: Option<NodeName>,
        /// The state of its group.
        state: Option<GroupState>,
        /// How long its clients have been cut off by maintenance and administrators so far.
        planned_outage: Option<Span>,
        /// How long its clients have been cut off by faults so far.
        unplanned_outage: Option<Span>,
    },
    /// Any group.
    Group {
        /// Its name.
        group: GroupName,
        /// The node that owns it.
        owner: Option<NodeName>,
        /// Its state.
        state: Option<GroupState>,
    },
    /// Any resource.
    Resource {
        /// Its label.
        resource: ResourceName,
        /// Its state.
        state: ResourceState,
    },
    /// A network, as the cluster's members see it.
    Network {
        /// Its name.
        network: NetworkName,
        /// Its state.
        state: Option<NetworkState>,
        /// The state of the interface of each of these nodes to it.
        interfaces: Vec<(NodeName, InterfaceState)>,
    },
    /// What the cluster answered to the latest thing that an administrator asked of it.
    Answer(ErrorCode),
    /// The latest job that was started or skipped on a node.
    Job {
        /// The node.
        node: NodeName,
        /// Where it stands.
        outcome: OutcomeKind,
        /// Why it was skipped or stopped.
        reason: Option<Reason>,
    },
}

/// Why a job was not begun, or ended early.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// It was not begun.
    Skip(Skip),
    /// It was ended early.
    Stop(Stop),
}
