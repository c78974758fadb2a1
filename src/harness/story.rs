//! Everything that happened, from all sides, in one order: the cluster's trace with the product's
//! words between its entries.

use crate::backend::ActError;
use crate::model::{NodeName, Time};
use crate::product::console::Console;
use crate::product::memory::Outcome;
use crate::product::plan::Refusal;
use crate::product::reason::Reason;
use crate::product::request::Request;
use crate::sim::{Cluster, Event};

/// One thing that happened.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// When.
    pub time: Time,
    /// What.
    pub told: Told,
}

impl Line {
    /// Whether it only says why something happens, or until when: it changes nothing, and there is
    /// nothing in it to be checked.
    pub const fn explains(&self) -> bool {
        matches!(
            self.told,
            Told::Cluster(Event::Weighed { .. }) | Told::Product(_, Said::LetsGo(_))
        )
    }
}

/// What happened, by who tells of it.
#[derive(Clone, Debug, PartialEq)]
pub enum Told {
    /// The simulated cluster.
    Cluster(Event),
    /// The product on a node, or the administrator who asks it.
    Product(NodeName, Said),
}

/// What the product on a node said, or was asked.
#[derive(Clone, Debug, PartialEq)]
pub enum Said {
    /// An administrator asked for something.
    Asked(Request),
    /// The product took it on.
    Admitted(Request),
    /// The product refused it.
    Refused(Request, Refusal),
    /// The node was off: nobody answered.
    Unanswered(Request),
    /// An act was started, for this reason.
    Did(Reason),
    /// An act was decided, and not started as something had changed.
    Missed(Reason, ActError),
    /// It began to wait, or to leave something alone, for this reason.
    Holds(Reason),
    /// What it waited for has come, or what it left alone is gone: it holds this no longer.
    LetsGo(Reason),
    /// Where the latest job stands now.
    Job {
        /// Its number on the node.
        number: u32,
        /// Where it stands.
        outcome: Outcome,
    },
    /// The console shows something new.
    Console(Box<Console>),
    /// An administrator looked at the console.
    Shown(Box<Console>),
}

/// The lines so far.
#[derive(Default)]
pub(super) struct Story {
    lines: Vec<Line>,
    followed: usize,
}

impl Story {
    pub(super) fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// The first lines, so many.
    pub(super) fn into_lines(mut self, count: usize) -> Vec<Line> {
        self.lines.truncate(count);
        self.lines
    }

    /// Takes over what the cluster's trace has gained.
    pub(super) fn follow(&mut self, cluster: &Cluster) {
        let entries = &cluster.trace()[self.followed..];
        self.followed = cluster.trace().len();
        self.lines.extend(
            entries.iter().map(|it| Line { time: it.time, told: Told::Cluster(it.event.clone()) }),
        );
    }

    pub(super) fn say(&mut self, time: Time, node: &NodeName, said: Said) {
        self.lines.push(Line { time, told: Told::Product(node.clone(), said) });
    }
}
