//! How things stand at a moment: nodes, Exchange Virtual Servers, consoles.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::agents::Agents;
use crate::model::{
    ClusterView, EvsName, GroupName, GroupState, GroupView, NodeName, NodeState, ResourceName,
};
use crate::product::console::Console;
use crate::product::picture::{Picture, recognised};
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
    let situation = of_cluster(&shared.borrow(), configuration, agents.picture());
    Situation { consoles, ..situation }
}

fn of_cluster(
    cluster: &Cluster,
    configuration: &Configuration,
    seen: Option<&Picture>,
) -> Situation {
    let view = cluster.view();
    let known = view.as_ref();
    let state = |node: &NodeName| match known {
        Some(view) => view.nodes.get(node).map(|found| found.state),
        None => Some(NodeState::Down),
    };
    let nodes = configuration.nodes.iter().map(|node| (node.name.clone(), state(&node.name)));
    let situation = Situation {
        nodes: nodes.collect(),
        quorum: known.map(|_| cluster.quorum_holder()),
        groups: known.map(|view| groups(view, &configuration.quorum, seen)).unwrap_or_default(),
        consoles: Vec::new(),
    };
    situation.with_outages(cluster)
}

/// Every group but that of the quorum resource.
fn groups(
    view: &ClusterView,
    quorum: &ResourceName,
    seen: Option<&Picture>,
) -> Vec<GroupSituation> {
    let servers = recognised(view, seen);
    let servers: BTreeMap<_, _> = servers.iter().map(|evs| (&evs.group, &evs.name)).collect();
    let group = |(name, found): (&GroupName, &Arc<GroupView>)| GroupSituation {
        group: name.clone(),
        evs: servers.get(name).map(|evs| (*evs).clone()),
        state: found.state,
        owner: found.owner.clone(),
        outage: Outage::default(),
    };
    let others = view.groups.iter().filter(|(_, group)| !group.resources.contains_key(quorum));
    others.map(group).collect()
}

impl Situation {
    /// How things stand as one node sees them: the nodes in the order of their numbers, and of
    /// outages nothing.
    pub fn seen(view: &ClusterView, quorum: &ResourceName) -> Self {
        let mut nodes: Vec<_> = view.nodes.iter().collect();
        nodes.sort_by_key(|(_, node)| node.id);
        let mut of_quorum = view.groups.values().filter(|it| it.resources.contains_key(quorum));
        Self {
            nodes: nodes.iter().map(|(name, node)| ((*name).clone(), Some(node.state))).collect(),
            quorum: of_quorum.next().map(|group| group.owner.clone()),
            groups: groups(view, quorum, None),
            consoles: Vec::new(),
        }
    }

    fn with_outages(mut self, cluster: &Cluster) -> Self {
        for group in self.groups.iter_mut().filter(|group| group.evs.is_some()) {
            group.outage = cluster.outage(&group.group).unwrap_or_default();
        }
        self
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
