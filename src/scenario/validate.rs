//! What a cluster has to be so that it could exist: names that are given once, owners that can own,
//! dependencies that can be met.
//!
//! Absent on purpose: advice. A cluster that Windows and Exchange would accept is accepted, however
//! unwise it is. Dependencies are judged in `validate/dependency.rs`.

mod dependency;
mod network;
mod node;
mod replica;
mod storage;
mod version;

use std::collections::BTreeMap;

use super::decode::{ClusterDraft, GroupDraft};
use super::diagnostic::{Diagnostic, Kind, Mark, Placed};
use super::expand::{guid_of_group, guid_of_resource, quorum_resource};
use super::names::{Names, compared, evs_name};
use super::nearest::{one_of, shown};
use super::reader::Reader;
use crate::model::{Guid, Time, resource_type, same};
use crate::sim::{Quorum, Windows};

/// Reports everything about a cluster, its short forms expanded, that could not be.
pub(super) fn cluster(draft: &ClusterDraft, names: &Names, reader: &mut Reader) {
    computers(draft, reader);
    resource_names(draft, reader);
    guids(draft, reader);
    node::nodes(draft, reader);
    node::one_evs_per_node(draft, reader);
    storage::storage_groups_of_nodes(draft, reader);
    network::networks(draft, names, reader);
    let nodes = node::Nodes::of(draft);
    for group in &draft.groups {
        node::owners(group, &nodes, names, reader);
        anti_affinity(group, draft, reader);
        system_attendants(group, reader);
        dependency::dependencies(group, names, reader);
        version::databases(group, reader);
        storage::disk(group, reader);
        storage::stores(group, reader);
        replica::copies(group, draft, reader);
    }
    quorum(draft, reader);
    version::versions(draft, reader);
    properties_of_windows(draft, reader);
}

/// The one property of the cluster that is simulated came with Windows Server 2003.
fn properties_of_windows(draft: &ClusterDraft, reader: &mut Reader) {
    let (Some(windows), Some(properties)) = (&draft.windows, &draft.properties) else { return };
    if windows.value == Windows::W2000 {
        let message = "Windows 2000 does not have DisableGroupPreferredOwnerRandomization";
        let problem = Diagnostic::new(Kind::PropertyTooEarly, properties.mark, message);
        reader.problems.add(problem.help("take it out, or set `windows: 2003`"));
    }
}

/// Reports what lies after the end of the run.
pub(super) fn not_after_end(
    kind: Kind,
    at: &Placed<Time>,
    until: Option<&Placed<Time>>,
    reader: &mut Reader,
) {
    let Some(until) = until.filter(|until| at.value > until.value) else { return };
    let what = match kind {
        Kind::StepAfterEnd => "this step lies",
        _ => "this is expected",
    };
    let problem = Diagnostic::new(kind, at.mark, format!("{what} after the end of the run"));
    let problem = problem.label("after the end").also(until.mark, "the run ends here");
    reader.problems.add(problem.help("make `until` later, or this earlier"));
}

/// NetBIOS names, which is what clients and nodes find each other by.
pub(super) fn computer_name(name: &Placed<String>, reader: &mut Reader) {
    const LETTERS_MAX: usize = 15;
    let letters = name.value.chars().count();
    if letters > LETTERS_MAX {
        let message = format!("the computer name `{}` has {letters} letters", shown(&name.value));
        let problem = Diagnostic::new(Kind::NameTooLong, name.mark, message);
        let problem = problem.label(format!("at most {LETTERS_MAX} are wanted"));
        reader.problems.add(problem.help("shorten it: NetBIOS does not carry longer names"));
    }
}

/// The cluster, its nodes and its Exchange Virtual Servers are computers of one network.
fn computers(draft: &ClusterDraft, reader: &mut Reader) {
    let cluster = draft.name.iter().map(|name| ("the cluster", name));
    let nodes = draft.nodes.iter().map(|node| ("a node", &node.name));
    let servers = draft.groups.iter().filter_map(evs_name);
    let servers = servers.map(|name| ("an Exchange Virtual Server", name));
    let mut seen: BTreeMap<String, (&str, Mark)> = BTreeMap::new();
    for (what, name) in cluster.chain(nodes).chain(servers) {
        computer_name(name, reader);
        if let Some((other, mark)) = seen.insert(compared(&name.value), (what, name.mark)) {
            let message = format!("two computers have the name `{}`", shown(&name.value));
            let problem = Diagnostic::new(Kind::ComputerNameTwice, name.mark, message);
            let problem = problem.label(what).also(mark, other);
            let help = "no two computers of a network have the same name: give one another";
            reader.problems.add(problem.help(help));
        }
    }
}

/// A resource is found by its name alone, whatever group it is in.
fn resource_names(draft: &ClusterDraft, reader: &mut Reader) {
    let mut seen: BTreeMap<String, (&GroupDraft, Mark)> = BTreeMap::new();
    for group in &draft.groups {
        for resource in &group.resources {
            let name = &resource.name;
            let Some((other, mark)) = seen.insert(compared(&name.value), (group, name.mark)) else {
                continue;
            };
            let message = format!("two resources have the name `{}`", shown(&name.value));
            let problem = Diagnostic::new(Kind::ResourceNameTwice, name.mark, message);
            let problem = problem.label(format!("in group `{}`", shown(&group.name.value)));
            let problem = problem.also(mark, format!("in group `{}`", shown(&other.name.value)));
            let help = "a resource's name is unique in the whole cluster: give one another";
            reader.problems.add(problem.help(help));
        }
    }
}

/// One that is given may also be what is made of a name elsewhere.
fn guids(draft: &ClusterDraft, reader: &mut Reader) {
    let mut seen: BTreeMap<Guid, (Mark, bool)> = BTreeMap::new();
    let of_group = |group: &'_ GroupDraft| -> Vec<(Guid, Mark, bool)> {
        let placed = |guid: Option<Placed<Guid>>, made: Guid, name: Mark| match guid {
            Some(given) => (given.value, given.mark, true),
            None => (made, name, false),
        };
        let resources = group.resources.iter().map(|resource| {
            let made = guid_of_resource(group, resource);
            placed(resource.guid, made, resource.name.mark)
        });
        let own = placed(group.guid, guid_of_group(group), group.name.mark);
        [own].into_iter().chain(resources).collect()
    };
    for (guid, mark, given) in draft.groups.iter().flat_map(of_group) {
        let Some((before, given_before)) = seen.insert(guid, (mark, given)) else { continue };
        // Names that are the same are told of elsewhere.
        if !given && !given_before {
            continue;
        }
        let first = if given_before { "given first here" } else { "made from this name" };
        let again = if given { "given again here" } else { "made from this name" };
        let problem = Diagnostic::new(Kind::GuidTwice, mark, "two things have the same GUID");
        let problem = problem.label(again).also(before, first);
        let help = "leave one of the two out: a GUID is then made from the name";
        reader.problems.add(problem.help(help));
    }
}

fn anti_affinity(group: &GroupDraft, draft: &ClusterDraft, reader: &mut Reader) {
    let Some(mark) = group.anti_affinity else { return };
    if draft.windows.as_ref().is_some_and(|windows| windows.value == Windows::W2000) {
        let message = "Windows 2000 does not have AntiAffinityClassNames";
        let problem = Diagnostic::new(Kind::AntiAffinityTooEarly, mark, message);
        reader.problems.add(problem.help("take it out, or set `windows: 2003`"));
    }
}

/// A group with one System Attendant is an Exchange Virtual Server; there is nothing for two.
fn system_attendants(group: &GroupDraft, reader: &mut Reader) {
    let attendants = group
        .resources
        .iter()
        .filter(|resource| is_type(&resource.type_name, resource_type::SYSTEM_ATTENDANT));
    let attendants: Vec<_> = attendants.collect();
    for second in attendants.iter().skip(1) {
        let message = "a group has at most one System Attendant";
        let problem = Diagnostic::new(Kind::SeveralSystemAttendants, second.name.mark, message);
        let problem = problem.label("another one").also(attendants[0].name.mark, "the first");
        reader.problems.add(problem.help("move it to a group of its own, with its own disk"));
    }
}

fn quorum(draft: &ClusterDraft, reader: &mut Reader) {
    majority(draft, reader);
    let (made, wanted) = quorum_resource(draft.quorum_kind.value);
    let (name, mark) = match &draft.quorum {
        Some(name) => (name.value.as_str(), name.mark),
        None => (made, draft.mark),
    };
    let resources = || draft.groups.iter().flat_map(|group| &group.resources);
    let found = resources().find(|resource| same(&resource.name.value, name));
    let disks = resources()
        .filter(|resource| is_type(&resource.type_name, resource_type::PHYSICAL_DISK))
        .map(|resource| resource.name.value.as_str());
    let problem = match found {
        Some(resource) if is_type(&resource.type_name, wanted) => return,
        Some(resource) => {
            let message = format!("the quorum resource `{}` is not a {wanted}", shown(name));
            let problem = Diagnostic::new(Kind::QuorumNotADisk, mark, message);
            problem.label(format!("this is of the type {}", shown(&resource.type_name)))
        }
        None if !draft.every_group => return,
        None => {
            let message = format!("the quorum resource `{}` does not exist", shown(name));
            let problem = Diagnostic::new(Kind::UnknownResource, mark, message);
            match reader.suggest(name, disks.clone()) {
                meant if meant.is_empty() => problem,
                meant => problem.label(format!("did you mean {}?", one_of(meant))),
            }
        }
    };
    let help = match draft.quorum_kind.value {
        Quorum::Disk => {
            let disks = one_of(disks);
            format!("name a disk: `quorum: {{ resource: NAME }}`, where NAME is {disks}")
        }
        _ => format!("give a group a resource `{made}` of the type {wanted}"),
    };
    reader.problems.add(problem.help(help));
}

/// A majority came with Windows Server 2003, and the witness is for two nodes.
fn majority(draft: &ClusterDraft, reader: &mut Reader) {
    let kind = draft.quorum_kind;
    if kind.value == Quorum::Disk {
        return;
    }
    if let Some(windows) = draft.windows.as_ref().filter(|it| it.value == Windows::W2000) {
        let message = "Windows 2000 has no majority node set";
        let problem = Diagnostic::new(Kind::QuorumTooEarly, kind.mark, message);
        let problem = problem.label("too early").also(windows.mark, "for this");
        reader.problems.add(problem.help("set `windows: 2003`, or let a disk decide"));
    }
    let nodes = draft.nodes.len();
    if kind.value == Quorum::MajorityWithWitness && nodes != 2 && draft.every_node {
        let message = format!("a file share witness is for two nodes, not for {nodes}");
        let problem = Diagnostic::new(Kind::WitnessNotForTwo, kind.mark, message);
        reader.problems.add(problem.help("write `quorum: majority`"));
    }
}

/// Type names compare without case.
fn is_type(name: &str, registered: &str) -> bool {
    same(name, registered)
}
