//! How things stand at a moment: nodes, Exchange Virtual Servers, consoles.

use super::agents::Agents;
use crate::model::{EvsName, GroupName, GroupState, NodeName, NodeState};
use crate::product::console::Console;
use crate::product::designation::recognised;
use crate::sim::{Cluster, Configuration, Outage, SharedCluster};

/// How things stand.
#[derive(Clone, Debug, PartialEq)]
pub struct Situation {
    /// Every node of the configuration, in its order; none: it is no part of the cluster any more.
    pub nodes: Vec<(NodeName, Option<NodeState>)>,
    /// The quorum's owner; none where no member is left.
    pub quorum: Option<NodeName>,
    /// Every Exchange Virtual Server, by name.
    pub servers: Vec<Server>,
    /// The console of every node where the product is installed and the machine runs.
    pub consoles: Vec<Console>,
}

/// How an Exchange Virtual Server stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Server {
    /// Its name.
    pub evs: EvsName,
    /// Its group.
    pub group: GroupName,
    /// Its group's state.
    pub state: GroupState,
    /// Its group's owner.
    pub owner: NodeName,
    /// How long its clients have been cut off so far.
    pub outage: Outage,
}

pub(super) fn take(
    shared: &SharedCluster,
    agents: &Agents,
    configuration: &Configuration,
) -> Situation {
    let cluster = shared.borrow();
    let view = cluster.view();
    let known = view.as_ref();
    let state = |node: &NodeName| match known {
        Some(view) => view.nodes.get(node).map(|found| found.state),
        None => Some(NodeState::Down),
    };
    let nodes = configuration.nodes.iter().map(|node| (node.name.clone(), state(&node.name)));
    let server = |evs: crate::product::designation::Evs| {
        let state = known.and_then(|view| view.groups.get(&evs.group)).map(|group| group.state);
        let outage = cluster.outage(&evs.group).unwrap_or_default();
        Server {
            evs: evs.name,
            group: evs.group,
            state: state.unwrap_or(GroupState::Offline),
            owner: evs.owner,
            outage,
        }
    };
    Situation {
        nodes: nodes.collect(),
        quorum: known.map(|_| cluster.quorum_holder()),
        servers: known.map_or_else(Vec::new, recognised).into_iter().map(server).collect(),
        consoles: agents.nodes().filter_map(|node| agents.console(node, shared)).collect(),
    }
}

/// What keeps the cluster from being at rest with all of it in service.
pub(super) fn unsettled(cluster: &Cluster) -> Vec<String> {
    let Some(view) = cluster.view() else { return vec!["no node is up".to_owned()] };
    let nodes = view.nodes.iter().filter(|(_, node)| !node.state.is_member());
    let down = nodes.map(|(name, node)| format!("{name} is {}", node.state));
    let groups = view.groups.iter().filter(|(_, group)| group.state == GroupState::Pending);
    let pending = groups.map(|(name, group)| format!("{name} is pending on {}", group.owner));
    down.chain(pending).collect()
}
