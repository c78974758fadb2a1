//! How things stand at a moment: nodes, Exchange Virtual Servers, consoles.

use std::sync::Arc;

use super::agents::Agents;
use crate::model::{EvsName, GroupName, GroupState, GroupView, NodeName, NodeState};
use crate::product::console::Console;
use crate::product::picture::recognised;
use crate::sim::{Cluster, Configuration, Outage, SharedCluster};

/// How things stand.
#[derive(Clone, Debug, PartialEq)]
pub struct Situation {
    /// Every node of the configuration, in its order; none: it is no part of the cluster any more.
    pub nodes: Vec<(NodeName, Option<NodeState>)>,
    /// The quorum's owner; none where no member is left.
    pub quorum: Option<NodeName>,
    /// Every group but the quorum's, by name.
    pub groups: Vec<GroupSituation>,
    /// The console of every node where the product is installed and the machine runs.
    pub consoles: Vec<Console>,
}

/// How a group stands.
#[derive(Clone, Debug, PartialEq)]
pub struct GroupSituation {
    /// Its name.
    pub group: GroupName,
    /// The Exchange Virtual Server that it is, if it is one.
    pub evs: Option<EvsName>,
    /// Its state.
    pub state: GroupState,
    /// Its owner.
    pub owner: NodeName,
    /// How long its clients have been cut off so far; only of an Exchange Virtual Server.
    pub outage: Outage,
}

pub(super) fn take(
    shared: &SharedCluster,
    agents: &mut Agents,
    configuration: &Configuration,
) -> Situation {
    // The consoles ask the cluster themselves: it must not be borrowed meanwhile.
    let consoles = agents.consoles(shared);
    let situation = of_cluster(&shared.borrow(), configuration);
    Situation { consoles, ..situation }
}

fn of_cluster(cluster: &Cluster, configuration: &Configuration) -> Situation {
    let view = cluster.view();
    let known = view.as_ref();
    let state = |node: &NodeName| match known {
        Some(view) => view.nodes.get(node).map(|found| found.state),
        None => Some(NodeState::Down),
    };
    let nodes = configuration.nodes.iter().map(|node| (node.name.clone(), state(&node.name)));
    let servers = known.map_or_else(Vec::new, |view| recognised(view, None));
    let of_quorum = |name: &GroupName| {
        let group = configuration.groups.iter().find(|group| group.name == *name);
        group.is_some_and(|it| it.resources.iter().any(|it| it.name == configuration.quorum))
    };
    let group = |(name, found): (&GroupName, &Arc<GroupView>)| {
        let evs = servers.iter().find(|evs| evs.group == *name).map(|evs| evs.name.clone());
        GroupSituation {
            group: name.clone(),
            state: found.state,
            owner: found.owner.clone(),
            outage: evs.as_ref().and_then(|_| cluster.outage(name)).unwrap_or_default(),
            evs,
        }
    };
    let groups = known.into_iter().flat_map(|view| &view.groups);
    Situation {
        nodes: nodes.collect(),
        quorum: known.map(|_| cluster.quorum_holder()),
        groups: groups.filter(|(name, _)| !of_quorum(name)).map(group).collect(),
        consoles: Vec::new(),
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
