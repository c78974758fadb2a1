//! What must be true of any history.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

use evsim::harness::{self, Report, Told};
use evsim::model::{NodeName, NodeState};
use evsim::scenario::Scenario;
use evsim::sim::{Event, OwnerChange, ResourceProperty, Step};

use crate::draw;
use crate::history::History;

/// In which way a history went wrong; the details differ from one history to the next.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Wrong {
    /// It cannot be read.
    Unreadable,
    /// Something panicked.
    Panicked,
    /// This check of the harness failed.
    Check(&'static str),
    /// A group was given to a node that could not take it.
    Destination,
    /// The same history and seed told two stories.
    Differs,
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Wrong::Unreadable => f.write_str("it cannot be read"),
            Wrong::Panicked => f.write_str("something panics"),
            Wrong::Check(claim) => write!(f, "it is not so that {claim}"),
            Wrong::Destination => f.write_str("a group goes to a node that cannot take it"),
            Wrong::Differs => f.write_str("the same history and seed tell two stories"),
        }
    }
}

/// Runs a history and holds it to everything that must be true of it; else says in which way it
/// went wrong, and what was found.
pub(crate) fn judge(history: &History) -> Result<(), (Wrong, String)> {
    let scenario = draw::read(history).map_err(|text| (Wrong::Unreadable, text))?;
    let run = || harness::run(&scenario, history.number);
    let report = catch_unwind(AssertUnwindSafe(run));
    let report = report.map_err(|_| (Wrong::Panicked, String::new()))?;
    if let Some(failing) = report.checks.iter().find(|check| !check.failures.is_empty()) {
        return Err((Wrong::Check(failing.claim), failing.failures.join("\n")));
    }
    let text = || report.text("drawn", true);
    if !destinations_are_able(&scenario, &report) {
        return Err((Wrong::Destination, text()));
    }
    if history.number.is_multiple_of(50) && run().text("drawn", true) != text() {
        return Err((Wrong::Differs, text()));
    }
    Ok(())
}

/// A group goes to a member that is up and a possible owner of all its resources. Exceptions have
/// their reason: who forms a cluster or wins its quorum has no choice, and where only paused nodes
/// are left, one of them keeps the group, offline; who keeps what nobody can own cannot run it.
fn destinations_are_able(scenario: &Scenario, report: &Report) -> bool {
    let mut states: Vec<(NodeName, NodeState)> =
        scenario.cluster.nodes.iter().map(|node| (node.name.clone(), node.state)).collect();
    // An administrator can set possible owners while the cluster runs.
    let mut groups = scenario.cluster.groups.clone();
    report.story.iter().all(|line| match &line.told {
        Told::Cluster(Event::Node { node, state, .. }) => {
            states.retain(|(name, _)| name != node);
            states.push((node.clone(), *state));
            true
        }
        Told::Cluster(Event::Owner { group, from, to, why }) => {
            let state = states.iter().find(|(name, _)| name == to).map(|(_, state)| *state);
            let group = groups.iter().find(|it| it.name == *group);
            let possible = group.is_some_and(|group| {
                let mut limits =
                    group.resources.iter().filter_map(|it| it.possible_owners.as_ref());
                limits.all(|owners| owners.contains(to))
            });
            let able = match why {
                // Whoever has to own it, whether it can run it or not.
                OwnerChange::FormedCluster | OwnerChange::WonQuorum | OwnerChange::Keeper => {
                    state.is_some_and(NodeState::is_member)
                }
                OwnerChange::LastResort => state == Some(NodeState::Paused) && possible,
                _ => state == Some(NodeState::Up) && possible,
            };
            able && from != to
        }
        Told::Cluster(Event::Stepped {
            step: Step::SetResource { resource, property: ResourceProperty::PossibleOwners(nodes) },
            result: Ok(()),
            ..
        }) => {
            let mut resources = groups.iter_mut().flat_map(|group| &mut group.resources);
            let found = resources.find(|it| it.name == *resource);
            found.into_iter().for_each(|it| it.possible_owners = Some(nodes.clone()));
            true
        }
        // Which owners an old copy has is told nowhere.
        Told::Cluster(Event::OldCopy { .. }) => {
            let resources = groups.iter_mut().flat_map(|group| &mut group.resources);
            resources.for_each(|it| it.possible_owners = None);
            true
        }
        Told::Cluster(Event::Stepped { step: Step::Evict(node), result: Ok(()), .. }) => {
            states.retain(|(name, _)| name != node);
            true
        }
        _ => true,
    })
}
