//! Nodes: how many there can be, and which of them can own a group.

use std::collections::BTreeMap;

use crate::model::{NodeName, NodeState, same};
use crate::scenario::decode::{ClusterDraft, GroupDraft, NodeDraft};
use crate::scenario::diagnostic::{Diagnostic, Kind, Mark, Placed};
use crate::scenario::expand::ACTIVE_ACTIVE_NODES_MAX;
use crate::scenario::names::{Names, compared, evs_name};
use crate::scenario::nearest::{all_of, shown};
use crate::scenario::reader::Reader;
use crate::sim::Windows;

/// The number of nodes, and that one of them is there to own the groups.
pub(super) fn nodes(draft: &ClusterDraft, reader: &mut Reader) {
    if !draft.every_node {
        return;
    }
    if let Some(windows) = &draft.windows {
        let (most, edition) = match windows.value {
            Windows::W2000 => (4, "Windows 2000 Datacenter Server"),
            Windows::W2003 => (8, "Windows Server 2003"),
        };
        if let Some(node) = draft.nodes.get(most) {
            let found = draft.nodes.len();
            let message = format!("a cluster of {edition} has at most {most} nodes, not {found}");
            let problem = Diagnostic::new(Kind::TooManyNodes, node.name.mark, message);
            let problem = problem.label("one too many").also(windows.mark, "by this version");
            reader.problems.add(problem.help("take nodes out, or make two clusters of it"));
        }
    }
    if draft.nodes.iter().all(|node| node.state != NodeState::Up) {
        let mark = draft.nodes.first().map_or(draft.mark, |node| node.name.mark);
        let message = "no node of the cluster is up at the start";
        let problem = Diagnostic::new(Kind::NoNodeUp, mark, message);
        let help = "let at least one node be up; the others can boot in a step";
        reader.problems.add(problem.help(help));
    }
}

/// With more than two nodes the System Attendant of a second server on a node fails: 5018.
pub(super) fn one_evs_per_node(draft: &ClusterDraft, reader: &mut Reader) {
    if draft.nodes.len() <= ACTIVE_ACTIVE_NODES_MAX {
        return;
    }
    let mut seen: BTreeMap<String, (&GroupDraft, Mark)> = BTreeMap::new();
    for group in draft.groups.iter().filter(|group| evs_name(group).is_some()) {
        let Some(owner) = &group.owner else { continue };
        let node = compared(&owner.value);
        if let Some((other, mark)) = seen.insert(node, (group, owner.mark)) {
            let (node, name) = (shown(&owner.value), shown(&group.name.value));
            let message = format!("`{node}` cannot own two Exchange Virtual Servers at the start");
            let problem = Diagnostic::new(Kind::SeveralEvsesOnNode, owner.mark, message);
            let problem = problem
                .label(format!("owns `{name}`"))
                .also(mark, format!("owns `{}`", shown(&other.name.value)));
            let help = "with more than two nodes Exchange runs one server on a node: the System \
                        Attendant of the second one fails with 5018 ERROR_RESMON_ONLINE_FAILED; \
                        give it another owner";
            reader.problems.add(problem.help(help));
        }
    }
}

/// The nodes by name.
pub(super) struct Nodes<'d>(BTreeMap<NodeName, &'d NodeDraft>);

impl<'d> Nodes<'d> {
    pub(super) fn of(draft: &'d ClusterDraft) -> Self {
        let named = draft.nodes.iter().map(|node| (NodeName::from(node.name.value.as_str()), node));
        Self(named.collect())
    }

    fn are_up(&self) -> impl Iterator<Item = &'d NodeDraft> {
        self.0.values().copied().filter(|node| node.state == NodeState::Up)
    }

    fn owner_is_up(&self, owner: &Placed<String>, reader: &mut Reader) {
        let node = self.0.get(&NodeName::from(owner.value.as_str()));
        let Some(node) = node.filter(|node| node.state != NodeState::Up) else { return };
        // That no node is up at all is said once.
        if self.are_up().next().is_none() {
            return;
        }
        reader.report(|_| {
            let message = format!("the owner `{}` is down at the start", shown(&owner.value));
            let problem = Diagnostic::new(Kind::OwnerDown, owner.mark, message);
            let problem = problem.label("a node that is up is wanted");
            let problem = problem.also(node.name.mark, "this node is down");
            let up = all_of(self.are_up().map(|node| node.name.value.as_str()));
            problem.help(format!("nodes that are up: {up}"))
        });
    }
}

/// Owners, preferred owners and possible owners of one group.
pub(super) fn owners(group: &GroupDraft, nodes: &Nodes<'_>, names: &Names, reader: &mut Reader) {
    for name in group.preferred.iter().chain(group.possible_owners.iter().flatten()) {
        names.node(name, reader);
    }
    // Those of a short form were looked at just now: all its resources have them.
    let own = group.resources.iter().filter(|_| group.possible_owners.is_none());
    for name in own.flat_map(|resource| resource.possible_owners.iter().flatten()) {
        names.node(name, reader);
    }
    let Some(owner) = &group.owner else { return };
    if names.node(owner, reader).is_some() {
        nodes.owner_is_up(owner, reader);
        owner_is_possible(group, owner, reader);
    }
}

fn owner_is_possible(group: &GroupDraft, owner: &Placed<String>, reader: &mut Reader) {
    let can_host =
        |owners: &[Placed<String>]| owners.iter().any(|other| same(&other.value, &owner.value));
    let mut resources = group.resources.iter();
    let barred = resources.find(|resource| {
        resource.possible_owners.as_deref().is_some_and(|owners| !can_host(owners))
    });
    let Some(resource) = barred else { return };
    let (node, name) = (shown(&owner.value), shown(&resource.name.value));
    let message = format!("the owner `{node}` is not a possible owner of `{name}`");
    let problem = Diagnostic::new(Kind::OwnerNotPossible, owner.mark, message);
    let problem = match resource.possible_owners.as_deref().and_then(<[_]>::first) {
        Some(first) => problem.label("cannot host it").also(first.mark, "its possible owners"),
        None => problem.label("cannot host it"),
    };
    let help = format!("add `{node}` to its possible owners, or choose another owner");
    reader.problems.add(problem.help(help));
}
