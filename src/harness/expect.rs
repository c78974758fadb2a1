//! Expectations: what a scenario says has to be true, and whether it was.

use std::fmt::{Arguments, Display};

use super::agents::Agents;
use crate::model::{GroupName, GroupState, NodeState, Time};
use crate::product::console::Console;
use crate::product::memory::Outcome;
use crate::product::picture::{Picture, recognised};
use crate::scenario::{Expectation, Reason, Subject};
use crate::sim::SharedCluster;

/// An expectation and how it came out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Met {
    /// When it had to be true.
    pub at: Time,
    /// The line of the scenario that says so.
    pub line: usize,
    /// What was different, if anything was.
    pub differs: Vec<String>,
}

/// Collects what is not as expected.
struct Comparison(Vec<String>);

impl Comparison {
    fn same<T: PartialEq + Display>(
        &mut self,
        what: Arguments<'_>,
        expected: &Option<T>,
        found: Option<T>,
    ) {
        let Some(expected) = expected else { return };
        if found.as_ref() != Some(expected) {
            let found = found.map_or_else(|| "nothing".to_owned(), |found| found.to_string());
            self.0.push(format!("{what}: expected {expected}, found {found}"));
        }
    }

    /// As sets: the order in which a scenario lists names is its own.
    fn same_names<T: Ord + Display>(
        &mut self,
        what: Arguments<'_>,
        expected: &Option<Vec<T>>,
        found: Option<Vec<T>>,
    ) {
        let Some(expected) = expected else { return };
        let mut wanted: Vec<&T> = expected.iter().collect();
        wanted.sort();
        let mut shown: Option<Vec<&T>> = found.as_ref().map(|names| names.iter().collect());
        if let Some(names) = &mut shown {
            names.sort();
        }
        if shown.as_ref() != Some(&wanted) {
            let list = |names: &[&T]| match names {
                [] => "none".to_owned(),
                _ => names.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
            };
            let found = shown.map_or_else(|| "unknown".to_owned(), |names| list(&names));
            self.0.push(format!("{what}: expected {}, found {found}", list(&wanted)));
        }
    }
}

pub(super) fn judge(
    expectation: &Expectation,
    cluster: &SharedCluster,
    agents: &mut Agents,
) -> Met {
    let mut comparison = Comparison(Vec::new());
    match &expectation.subject {
        Subject::Node { .. } => judge_node(&expectation.subject, cluster, agents, &mut comparison),
        Subject::Evs { .. } => {
            judge_evs(&expectation.subject, cluster, agents.picture(), &mut comparison)
        }
        Subject::Group { group, owner, state } => {
            let view = cluster.borrow().view();
            let found = view.as_ref().and_then(|view| view.groups.get(group));
            let owned = found.map(|found| found.owner.clone());
            comparison.same(format_args!("owner of {group}"), owner, owned);
            comparison.same(
                format_args!("state of {group}"),
                state,
                found.map(|found| found.state),
            );
        }
        Subject::Resource { resource, state } => {
            let view = cluster.borrow().view();
            let all = view.iter().flat_map(|view| view.groups.values());
            let found = all.filter_map(|group| group.resources.get(resource)).next();
            let state = Some(*state);
            let what = format_args!("state of {resource}");
            comparison.same(what, &state, found.map(|found| found.state));
        }
        Subject::Network { .. } => judge_network(&expectation.subject, cluster, &mut comparison),
        Subject::Answer(code) => {
            let found = cluster.borrow().latest_answer();
            comparison.same(format_args!("the cluster's answer"), &Some(*code), found);
        }
        Subject::Job { node, outcome, reason } => {
            let latest = agents.latest_job(node).map(|(_, outcome)| outcome);
            let found = latest.map(|latest| latest.kind());
            comparison.same(format_args!("outcome on {node}"), &Some(*outcome), found);
            let why = latest.and_then(|latest| match latest {
                Outcome::Skipped(skip) => Some(skip.word()),
                Outcome::Stopped(stop) => Some(stop.word()),
                Outcome::Running | Outcome::Completed => None,
            });
            let word = |reason: &Reason| match reason {
                Reason::Skip(skip) => skip.word(),
                Reason::Stop(stop) => stop.word(),
            };
            comparison.same(format_args!("reason on {node}"), &reason.as_ref().map(word), why);
        }
    }
    Met { at: expectation.at, line: expectation.line, differs: comparison.0 }
}

fn judge_node(
    subject: &Subject,
    cluster: &SharedCluster,
    agents: &mut Agents,
    comparison: &mut Comparison,
) {
    let Subject::Node { node, state, active_groups, choices, manages, ignores, standing, refused } =
        subject
    else {
        return;
    };
    let view = cluster.borrow().view();
    // Where nobody is a member, every node is out of the members' reach.
    let seen = match &view {
        Some(view) => view.nodes.get(node).map(|found| found.state),
        None => Some(NodeState::Down),
    };
    comparison.same(format_args!("state of {node}"), state, seen);
    let console = agents.console(node, cluster);
    let console = console.as_ref();
    let groups = console.and_then(|console| console.active_groups.known());
    let groups: Option<Vec<GroupName>> =
        groups.map(|groups| groups.iter().map(|(name, _)| name.clone()).collect());
    comparison.same_names(format_args!("active groups of {node}"), active_groups, groups);
    let offered = console.and_then(|console| console.choices.known()).cloned();
    comparison.same_names(format_args!("choices on {node}"), choices, offered);
    if let Some(expected) = manages {
        let found = console.map(|console| &console.manages);
        if found != Some(expected) {
            let word = |name: &Option<crate::model::EvsName>| {
                name.as_ref().map_or_else(|| "nothing".to_owned(), ToString::to_string)
            };
            let found = found.map_or_else(|| "no console".to_owned(), word);
            comparison
                .0
                .push(format!("managed by {node}: expected {}, found {found}", word(expected)));
        }
    }
    let ignored = console.map(|console| console.ignores.clone());
    comparison.same_names(format_args!("ignored by {node}"), ignores, ignored);
    let kind = console.map(|console: &Console| console.standing.kind());
    comparison.same(format_args!("standing on {node}"), standing, kind);
    if let Some(expected) = refused {
        let word = |kind: Option<crate::product::vocabulary::RefusalKind>| {
            kind.map_or("nothing", crate::product::vocabulary::RefusalKind::word)
        };
        let found = Some(word(agents.refused(node)));
        comparison.same(format_args!("refused on {node}"), &Some(word(*expected)), found);
    }
}

fn judge_network(subject: &Subject, cluster: &SharedCluster, comparison: &mut Comparison) {
    let Subject::Network { network, state, interfaces } = subject else { return };
    // Where nobody is a member, nobody judges.
    let settings = cluster.borrow().view().map(|_| cluster.borrow().network_settings());
    let found = settings.iter().flatten().find(|it| it.name == *network);
    comparison.same(format_args!("state of {network}"), state, found.map(|it| it.state));
    for (node, state) in interfaces {
        let there = found.into_iter().flat_map(|it| &it.interfaces).find(|(it, _)| it == node);
        let what = format_args!("interface of {node} to {network}");
        comparison.same(what, &Some(*state), there.map(|(_, state)| *state));
    }
}

fn judge_evs(
    subject: &Subject,
    cluster: &SharedCluster,
    seen: Option<&Picture>,
    comparison: &mut Comparison,
) {
    let Subject::Evs { evs, online_on, owner, state, planned_outage, unplanned_outage } = subject
    else {
        return;
    };
    let view = cluster.borrow().view();
    let server = view
        .as_ref()
        .and_then(|view| recognised(view, seen).into_iter().find(|it| it.name == *evs));
    let group = server.as_ref().map(|server| &server.group);
    let group_state =
        view.as_ref().and_then(|view| view.groups.get(group?)).map(|group| group.state);
    let owned = server.as_ref().map(|server| server.owner.clone());
    let online = owned.clone().filter(|_| group_state == Some(GroupState::Online));
    comparison.same(format_args!("{evs} online on"), online_on, online);
    comparison.same(format_args!("owner of {evs}"), owner, owned);
    comparison.same(format_args!("state of {evs}"), state, group_state);
    let outage = group.and_then(|group| cluster.borrow().outage(group));
    let planned = outage.map(|outage| outage.planned);
    let unplanned = outage.map(|outage| outage.unplanned);
    comparison.same(format_args!("planned outage of {evs}"), planned_outage, planned);
    comparison.same(format_args!("unplanned outage of {evs}"), unplanned_outage, unplanned);
}
