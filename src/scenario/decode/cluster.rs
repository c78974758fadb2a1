//! A cluster as the file gives it: short forms not yet expanded, names not yet looked up.

use std::collections::BTreeMap;

use super::group::{self, GroupDraft};
use super::property;
use crate::model::{Exchange, GroupName, LocalTime, NodeState};
use crate::scenario::diagnostic::{Diagnostic, Kind, Mark, Placed};
use crate::scenario::nearest::shown;
use crate::scenario::reader::{Fields, Reader};
use crate::scenario::tree::{Node, Value};
use crate::scenario::words;
use crate::sim::{ClusterProperties, Quorum, Release, Role, TypeProperties, Windows};

/// No cluster has as many groups; each server of the short form makes a dozen resources.
const GROUPS_MAX: usize = 1000;

/// A cluster. Where a part could not be read it is left out, and `whole` tells so.
#[derive(Debug)]
pub(in crate::scenario) struct ClusterDraft {
    pub(in crate::scenario) mark: Mark,
    pub(in crate::scenario) name: Option<Placed<String>>,
    pub(in crate::scenario) windows: Option<Placed<Windows>>,
    pub(in crate::scenario) exchange: Option<Placed<Exchange>>,
    pub(in crate::scenario) nodes: Vec<NodeDraft>,
    pub(in crate::scenario) networks: Vec<NetworkDraft>,
    pub(in crate::scenario) quorum: Option<Placed<String>>,
    pub(in crate::scenario) quorum_kind: Placed<Quorum>,
    pub(in crate::scenario) starts: LocalTime,
    pub(in crate::scenario) properties: Option<Placed<ClusterProperties>>,
    pub(in crate::scenario) resource_types: BTreeMap<String, TypeProperties>,
    pub(in crate::scenario) groups: Vec<GroupDraft>,
    /// Whether every node could be read: if not, a name that is unknown may be right.
    pub(in crate::scenario) every_node: bool,
    /// Whether every group could be read.
    pub(in crate::scenario) every_group: bool,
    /// Whether every store could be read.
    pub(in crate::scenario) every_store: bool,
}

/// A node.
#[derive(Debug)]
pub(in crate::scenario) struct NodeDraft {
    pub(in crate::scenario) name: Placed<String>,
    pub(in crate::scenario) state: NodeState,
    /// The versions that are set up there, where they are not the cluster's.
    pub(in crate::scenario) exchange: Option<Placed<Exchange>>,
    pub(in crate::scenario) windows: Option<Placed<Release>>,
}

/// A network.
#[derive(Debug)]
pub(in crate::scenario) struct NetworkDraft {
    pub(in crate::scenario) name: Placed<String>,
    pub(in crate::scenario) role: Role,
    /// The nodes that have an interface to it; none given: every node.
    pub(in crate::scenario) nodes: Option<Vec<Placed<String>>>,
}

pub(super) fn read(node: &Node, reader: &mut Reader) -> Option<ClusterDraft> {
    let cluster = reader.map(node, "a cluster", words::CLUSTER)?;
    let name = cluster.need("name", "MAILCLUSTER", reader);
    let name = name.and_then(|node| reader.name(node, "the name of a cluster"));
    let windows = cluster.need("windows", "2003", reader).and_then(|node| {
        reader.word(node, "a version of Windows that is simulated", words::WINDOWS)
    });
    let exchange = cluster.need("exchange", "2003", reader);
    let exchange = exchange.and_then(|node| exchange_version(node, reader));
    let nodes = cluster.need("nodes", "[NODE1, NODE2]", reader);
    let nodes = nodes.and_then(|node| nodes_of(node, reader));
    let networks = cluster.get("networks").map(|node| networks_of(node, reader));
    let quorum_kind = cluster.get("quorum").and_then(|node| quorum_kind_of(node, reader));
    let quorum_kind = quorum_kind.unwrap_or(Placed { value: Quorum::Disk, mark: node.mark });
    let quorum = cluster.get("quorum").filter(|_| quorum_kind.value == Quorum::Disk);
    let quorum = quorum.and_then(|node| quorum_of(node, reader));
    let starts = cluster.get("starts");
    let starts = starts.and_then(|node| reader.parsed(node, "a local time", Kind::BadLocalTime));
    let properties = cluster.get("properties").map(|node| property::of_cluster(node, reader));
    let types = cluster.get("resource_types").map(|node| property::of_types(node, reader));
    reader.lost_name = false;
    let groups = groups_of(&cluster, reader);
    Some(ClusterDraft {
        mark: node.mark,
        name,
        windows,
        exchange,
        every_node: nodes.is_some(),
        nodes: nodes.unwrap_or_default(),
        networks: networks.unwrap_or_default(),
        quorum,
        quorum_kind,
        starts: starts.map_or(LocalTime::MIDNIGHT, |starts| starts.value),
        properties,
        resource_types: types.unwrap_or_default(),
        groups,
        every_group: !reader.lost_name,
        every_store: !reader.lost_name && !reader.lost_store,
    })
}

pub(super) fn exchange_version(node: &Node, reader: &mut Reader) -> Option<Placed<Exchange>> {
    let text = match &node.value {
        Value::Text(text) => text.as_str(),
        _ => "",
    };
    if text == "2010" {
        let message = "Exchange 2010 is not simulated: it has no clustered mailbox servers";
        let problem = Diagnostic::new(Kind::UnsupportedExchange, node.mark, message);
        let problem = problem.label("`2000`, `2003` or `2007` is wanted");
        reader
            .problems
            .add(problem.help("write `exchange: 2007`, the latest version that is simulated"));
        return None;
    }
    reader.word(node, "a version of Exchange that is simulated", words::EXCHANGE)
}

fn nodes_of(node: &Node, reader: &mut Reader) -> Option<Vec<NodeDraft>> {
    let before = reader.problems.count();
    let nodes: Vec<NodeDraft> = match &node.value {
        Value::Map(_) => {
            let named = reader.names(node, "the map of nodes", "the name of a node");
            let read = |(name, node)| node_of(name, node, reader);
            named.into_iter().filter_map(read).collect()
        }
        Value::Empty | Value::Text(_) | Value::List(_) => {
            let names = reader.name_list(node, "the list of nodes", "the name of a node")?;
            let up = |name| NodeDraft { name, state: NodeState::Up, exchange: None, windows: None };
            names.into_iter().map(up).collect()
        }
    };
    (reader.problems.count() == before).then_some(nodes)
}

fn node_of(name: &Placed<String>, node: &Node, reader: &mut Reader) -> Option<NodeDraft> {
    let fields = reader.optional_map(node, "a node", words::NODE)?;
    let state = match fields.get("state") {
        None => NodeState::Up,
        Some(node) => {
            reader.word(node, "a state that a node can start in", words::NODE_STARTS)?.value
        }
    };
    let exchange = match fields.get("exchange") {
        None => None,
        Some(node) => Some(exchange_version(node, reader)?),
    };
    let windows = match fields.get("windows") {
        None => None,
        Some(node) => Some(reader.word(node, "a version of Windows", words::RELEASES)?),
    };
    Some(NodeDraft { name: name.clone(), state, exchange, windows })
}

fn networks_of(node: &Node, reader: &mut Reader) -> Vec<NetworkDraft> {
    let named = reader.names(node, "the map of networks", "the name of a network");
    let read = |(name, node): (&Placed<String>, &Node)| {
        let fields = reader.map(node, "a network", words::NETWORK)?;
        let role = fields.need("role", "3", reader);
        let role = role.and_then(|node| reader.word(node, "a role of a network", words::ROLES));
        let nodes = match fields.get("nodes") {
            None => Some(None),
            Some(node) => {
                let names = reader.name_list(node, "the list of nodes", "the name of a node");
                names.map(Some)
            }
        };
        Some(NetworkDraft { name: name.clone(), role: role?.value, nodes: nodes? })
    };
    named.into_iter().filter_map(read).collect()
}

/// One of the words for a majority, or a map that names a disk.
fn quorum_kind_of(node: &Node, reader: &mut Reader) -> Option<Placed<Quorum>> {
    match node.value {
        Value::Text(_) => reader.word(node, "a kind of quorum", words::QUORUMS),
        _ => Some(Placed { value: Quorum::Disk, mark: node.mark }),
    }
}

fn quorum_of(node: &Node, reader: &mut Reader) -> Option<Placed<String>> {
    let fields = reader.map(node, "the quorum", words::QUORUM)?;
    let resource = fields.need("resource", "\"Disk Q:\"", reader)?;
    reader.name(resource, "the name of the quorum resource")
}

/// The first of what is named; that there are more than any cluster has is reported.
fn no_more_than<'t>(
    most: usize,
    mut named: Vec<(&'t Placed<String>, &'t Node)>,
    plural: &str,
    reader: &mut Reader,
) -> Vec<(&'t Placed<String>, &'t Node)> {
    if let Some((name, _)) = named.get(most) {
        let message = format!("more than {most} {plural}: no cluster has as many");
        let problem = Diagnostic::new(Kind::TooLarge, name.mark, message);
        reader.problems.add(problem.help("leave out what the situation does not need"));
        reader.lost_name = true;
        named.truncate(most);
    }
    named
}

/// The Exchange Virtual Servers in their short form, then the groups in their long form.
fn groups_of(cluster: &Fields<'_>, reader: &mut Reader) -> Vec<GroupDraft> {
    let mut groups = Vec::new();
    if let Some(node) = cluster.get("evs") {
        let named = reader.names(node, "the map of servers", "the name of a server");
        for (name, node) in no_more_than(GROUPS_MAX, named, "servers", reader) {
            groups.extend(group::evs(name, node, reader));
        }
    }
    let servers: BTreeMap<GroupName, Mark> = groups
        .iter()
        .map(|group| (GroupName::from(group.name.value.as_str()), group.name.mark))
        .collect();
    if let Some(node) = cluster.get("groups") {
        let named = reader.names(node, "the map of groups", "the name of a group");
        for (name, node) in no_more_than(GROUPS_MAX, named, "groups", reader) {
            let Some(group) = group::group(name, node, reader) else { continue };
            match servers.get(&GroupName::from(name.value.as_str())) {
                None => groups.push(group),
                Some(server) => {
                    let message = format!("the group `{}` is given twice", shown(&name.value));
                    let problem = Diagnostic::new(Kind::GroupNameTwice, name.mark, message);
                    let problem = problem.label("given again here");
                    let problem = problem.also(*server, "this server makes a group of its name");
                    reader.problems.add(problem.help("give one of the two another name"));
                }
            }
        }
    }
    groups
}
