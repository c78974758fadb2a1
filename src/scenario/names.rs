//! The names that a scenario gives to the parts of its cluster, and looking one up.
//!
//! Absent on purpose: names that are only used. What a file uses has to be given in it first.

use std::collections::{BTreeMap, BTreeSet};

use super::decode::{ClusterDraft, GroupDraft};
use super::diagnostic::{Diagnostic, Kind, Placed};
use super::nearest::{all_of, one_of, shown};
use super::reader::Reader;
use crate::model::{
    EvsName, GroupName, NetworkName, NodeName, ResourceName, StoreName, folded, resource_type, same,
};

/// A name as two of them are compared: the cluster ignores case. Most names are ASCII, and a file
/// can hold very many.
pub(super) fn compared(name: &str) -> String {
    match name.is_ascii() {
        true => name.to_ascii_lowercase(),
        false => folded(name).collect(),
    }
}

/// The names of one sort of thing.
#[derive(Debug)]
struct Directory {
    /// `node`, with its article and in the plural.
    what: [&'static str; 3],
    unknown: Kind,
    /// By the form in which the cluster compares them.
    names: BTreeMap<String, String>,
    /// Whether every name could be read; if not, one that is unknown may be right.
    whole: bool,
}

impl Directory {
    fn new(what: [&'static str; 3], unknown: Kind, whole: bool) -> Self {
        Self { what, unknown, names: BTreeMap::new(), whole }
    }

    fn add(&mut self, name: &str) {
        self.names.entry(compared(name)).or_insert_with(|| name.to_owned());
    }

    /// The name as it was given first.
    fn get(&self, name: &str) -> Option<&str> {
        self.names.get(&compared(name)).map(String::as_str)
    }

    fn all(&self) -> impl Iterator<Item = &str> {
        self.names.values().map(String::as_str)
    }
}

/// Every name of a cluster.
#[derive(Debug)]
pub(super) struct Names {
    nodes: Directory,
    evses: Directory,
    groups: Directory,
    resources: Directory,
    stores: Directory,
    networks: Directory,
    cluster: Option<String>,
    group_of: BTreeMap<EvsName, GroupName>,
    /// The groups of servers that are deleted by now: another may take such a name.
    deleted: BTreeSet<GroupName>,
}

impl Names {
    /// The names of a cluster that could not be read at all.
    pub(super) fn unknown() -> Self {
        Self::empty(None, [false; 3])
    }

    fn empty(cluster: Option<String>, whole: [bool; 3]) -> Self {
        let [every_node, every_group, every_store] = whole;
        let evs = ["Exchange Virtual Server", "an Exchange Virtual Server", "servers"];
        let group = ["group", "a group", "groups"];
        let resource = ["resource", "a resource", "resources"];
        let store = ["store", "a store", "stores"];
        let network = ["network", "a network", "networks"];
        Self {
            nodes: Directory::new(["node", "a node", "nodes"], Kind::UnknownNode, every_node),
            evses: Directory::new(evs, Kind::UnknownEvs, every_group),
            groups: Directory::new(group, Kind::UnknownGroup, every_group),
            resources: Directory::new(resource, Kind::UnknownResource, every_group),
            stores: Directory::new(store, Kind::UnknownStore, every_store),
            networks: Directory::new(network, Kind::UnknownNetwork, every_node),
            cluster,
            group_of: BTreeMap::new(),
            deleted: BTreeSet::new(),
        }
    }

    /// The names of a cluster; its short forms are expanded already.
    pub(super) fn of(draft: &ClusterDraft) -> Self {
        let cluster = draft.name.as_ref().map(|name| name.value.clone());
        let mut names =
            Self::empty(cluster, [draft.every_node, draft.every_group, draft.every_store]);
        draft.nodes.iter().for_each(|node| names.nodes.add(&node.name.value));
        draft.networks.iter().for_each(|network| names.networks.add(&network.name.value));
        for group in &draft.groups {
            names.groups.add(&group.name.value);
            group.resources.iter().for_each(|resource| names.resources.add(&resource.name.value));
            group.stores.iter().for_each(|store| names.stores.add(&store.name.value));
            if let Some(evs) = evs_name(group) {
                let group = GroupName::from(group.name.value.as_str());
                names.add_evs(&evs.value, group);
            }
        }
        names
    }

    /// From here on the Exchange Virtual Server has this name too.
    pub(super) fn add_evs(&mut self, name: &str, group: GroupName) {
        self.evses.add(name);
        let holder = self.group_of.entry(EvsName::from(name)).or_insert_with(|| group.clone());
        if self.deleted.contains(holder) {
            *holder = group;
        }
    }

    /// From here on the server of this group is gone. Its name stays known: what is done to it then
    /// is refused by the cluster.
    pub(super) fn delete_evs(&mut self, group: &GroupName) {
        self.deleted.insert(group.clone());
    }

    /// What computer has this name already, unless it is the group's own.
    pub(super) fn computer(&self, name: &str, group: &GroupName) -> Option<&'static str> {
        if self.nodes.get(name).is_some() {
            return Some("a node");
        }
        if self.cluster.as_deref().is_some_and(|other| same(other, name)) {
            return Some("the cluster itself");
        }
        let owner = self.group_of.get(&EvsName::from(name))?;
        (owner != group && !self.deleted.contains(owner)).then_some("an Exchange Virtual Server")
    }

    /// Whether this is the name of the cluster; none: its name could not be read.
    pub(super) fn is_cluster(&self, name: &str) -> Option<bool> {
        self.cluster.as_deref().map(|own| same(own, name))
    }

    pub(super) fn node(&self, name: &Placed<String>, reader: &mut Reader) -> Option<NodeName> {
        self.look_up(&self.nodes, name, reader).map(NodeName::from)
    }

    pub(super) fn network(
        &self,
        name: &Placed<String>,
        reader: &mut Reader,
    ) -> Option<NetworkName> {
        self.look_up(&self.networks, name, reader).map(NetworkName::from)
    }

    pub(super) fn group(&self, name: &Placed<String>, reader: &mut Reader) -> Option<GroupName> {
        self.look_up(&self.groups, name, reader).map(GroupName::from)
    }

    pub(super) fn resource(
        &self,
        name: &Placed<String>,
        reader: &mut Reader,
    ) -> Option<ResourceName> {
        self.look_up(&self.resources, name, reader).map(ResourceName::from)
    }

    /// Whether the cluster has a resource of this name; none: that cannot be told.
    pub(super) fn has_resource(&self, name: &Placed<String>) -> Option<bool> {
        let found = self.resources.get(&name.value).is_some();
        (found || self.resources.whole).then_some(found)
    }

    pub(super) fn store(&self, name: &Placed<String>, reader: &mut Reader) -> Option<StoreName> {
        self.look_up(&self.stores, name, reader).map(StoreName::from)
    }

    pub(super) fn evs(&self, name: &Placed<String>, reader: &mut Reader) -> Option<EvsName> {
        let known = self.evses.get(&name.value);
        if known.is_none() && self.evses.whole && self.groups.get(&name.value).is_some() {
            reader.report(|_| self.not_an_evs(name));
            return None;
        }
        self.look_up(&self.evses, name, reader).map(EvsName::from)
    }

    fn not_an_evs(&self, name: &Placed<String>) -> Diagnostic {
        let message =
            format!("the group `{}` is not an Exchange Virtual Server", shown(&name.value));
        let problem = Diagnostic::new(Kind::NotAnEvs, name.mark, message);
        let problem = problem.label("an Exchange Virtual Server is wanted");
        problem.help(match self.evses.names.is_empty() {
            true => "a group with one System Attendant is one; this cluster has none".to_owned(),
            false => format!("known servers: {}", all_of(self.evses.all())),
        })
    }

    /// The group that is an Exchange Virtual Server.
    pub(super) fn evs_group(
        &self,
        name: &Placed<String>,
        reader: &mut Reader,
    ) -> Option<GroupName> {
        let evs = self.evs(name, reader)?;
        self.group_of.get(&evs).cloned()
    }

    /// The group of an Exchange Virtual Server of this name, or else the group of this name.
    pub(super) fn evs_or_group(
        &self,
        name: &Placed<String>,
        reader: &mut Reader,
    ) -> Option<GroupName> {
        match self.group_of.get(&EvsName::from(name.value.as_str())) {
            Some(group) => Some(group.clone()),
            None => self.group(name, reader),
        }
    }

    fn look_up<'n>(
        &self,
        directory: &'n Directory,
        name: &Placed<String>,
        reader: &mut Reader,
    ) -> Option<&'n str> {
        let known = directory.get(&name.value);
        if known.is_none() && directory.whole {
            reader.report(|reader| self.unknown_name(directory, name, reader));
        }
        known
    }

    fn unknown_name(
        &self,
        directory: &Directory,
        name: &Placed<String>,
        reader: &Reader,
    ) -> Diagnostic {
        let [noun, _, plural] = directory.what;
        let message = format!("the cluster has no {noun} `{}`", shown(&name.value));
        let problem = Diagnostic::new(directory.unknown, name.mark, message);
        let meant = reader.suggest(&name.value, directory.all());
        let known = match directory.names.len() {
            0 => Some(format!("the cluster has no {plural}")),
            // A list of every resource is longer than what it helps to find.
            9.. if !meant.is_empty() => None,
            _ => Some(format!("known {plural}: {}", all_of(directory.all()))),
        };
        let others =
            [&self.nodes, &self.evses, &self.groups, &self.resources, &self.stores, &self.networks];
        let elsewhere = others.into_iter().find(|other| other.get(&name.value).is_some());
        let problem = match elsewhere {
            Some(other) => problem.label(format!("this is {}", other.what[1])),
            None if meant.is_empty() => problem,
            None => problem.label(format!("did you mean {}?", one_of(meant))),
        };
        match known {
            Some(known) => problem.help(known),
            None => problem,
        }
    }
}

/// The name of the Exchange Virtual Server that a group is: that of its one System Attendant.
pub(super) fn evs_name(group: &GroupDraft) -> Option<&Placed<String>> {
    let attendant = |type_name: &str| same(type_name, resource_type::SYSTEM_ATTENDANT);
    let mut attendants = group.resources.iter().filter(|it| attendant(&it.type_name));
    match (attendants.next(), attendants.next()) {
        (Some(only), None) => only.private.get("NetworkName"),
        _ => None,
    }
}
