//! A cluster brought silently into the state that its configuration gives.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::cluster::{Cluster, Group, GroupId, Node, NodeId, Resource, ResourceId, Service};
use super::exchange::{OutageMeter, Store};
use super::failback::Failback;
use super::network::{Network, heartbeat};
use super::queue::Queue;
use super::replica::Replication;
use super::resource::Kind;
use super::storage::Storage;
use super::switches::StateByDefault;
use super::{
    Configuration, GroupConfiguration, NetworkConfiguration, NodeConfiguration,
    ResourceConfiguration, Stream, Switches, TypeProperties,
};
use crate::model::{
    GroupState, NetworkName, NodeName, NodeState, ResourceName, ResourceState, Span, Time,
    in_force, resource_type,
};

impl Cluster {
    /// The cluster as configured, at the start. A seed fixes every draw; seed 0 also puts every
    /// node's heartbeats at whole multiples of their interval.
    pub fn new(configuration: &Configuration, seed: u64) -> Self {
        build(configuration, seed)
    }
}

/// The reader of scenarios has refused whatever is not consistent; what it let through is asserted.
fn build(configuration: &Configuration, seed: u64) -> Cluster {
    let beat = heartbeat(configuration.windows, &configuration.switches);
    let nodes: Vec<Node> = configuration
        .nodes
        .iter()
        .enumerate()
        .map(|(at, node)| start_node(node, at as u32 + 1, seed, beat))
        .collect();
    let node_id = |name: &NodeName| {
        let found = configuration.nodes.iter().position(|node| node.name == *name);
        NodeId(found.expect("a configuration names its own nodes only") as u32)
    };
    let mut groups = Vec::with_capacity(configuration.groups.len());
    let mut resources: Vec<Resource> = Vec::new();
    for group in &configuration.groups {
        let id = GroupId(groups.len() as u32);
        let first = resources.len() as u32;
        for resource in &group.resources {
            let types = configuration.type_properties(&resource.type_name);
            let networks = &configuration.networks;
            resources.push(start_resource(resource, types, id, networks, &node_id));
        }
        link(group, &mut resources[first as usize..], first);
        let ids = (first..resources.len() as u32).map(ResourceId).collect();
        groups.push(start_group(group, &configuration.switches, ids, &node_id));
    }
    let is_quorum = |resource: &Resource| resource.name == configuration.quorum;
    let quorum = resources.iter().position(is_quorum).expect("the quorum resource exists");
    let networks = configuration.networks.iter().map(|it| start_network(it, &node_id));
    let ids = groups.iter().zip(0..).map(|(group, at)| (group.name.clone(), GroupId(at)));
    let group_ids = ids.collect();
    let ids = resources.iter().zip(0..).map(|(it, at)| (it.name.clone(), ResourceId(at)));
    let resource_ids = ids.collect();
    let ids = groups.iter().zip(0..).filter(|(group, _)| group.replication.is_some());
    let replicated = ids.map(|(_, at)| GroupId(at)).collect();
    let mut cluster = Cluster {
        name: configuration.name.clone(),
        windows: configuration.windows,
        switches: configuration.switches.clone(),
        properties: configuration.properties,
        starts: configuration.starts,
        seed,
        now: Time::START,
        queue: Queue::new(),
        nodes,
        groups,
        resources,
        group_ids,
        resource_ids,
        touched: Vec::new(),
        awaited: BTreeSet::new(),
        replicated,
        quorum: ResourceId(quorum as u32),
        arbitrator: None,
        networks: networks.collect(),
        quorum_lost: false,
        quorum_kind: configuration.quorum_kind,
        copies: Default::default(),
        witness_lost: false,
        stirred: false,
        members_changed: false,
        deaths: Vec::new(),
        streams: BTreeMap::new(),
        trace: Vec::new(),
        news: 0,
        kept: Default::default(),
    };
    cluster.go_by_the_nodes_there_are();
    cluster.mount_at_start();
    cluster
}

fn start_network(
    network: &NetworkConfiguration,
    node_id: &impl Fn(&NodeName) -> NodeId,
) -> Network {
    let nodes = network.nodes.iter().map(node_id).collect();
    Network::new(network.name.clone(), network.role, nodes)
}

fn start_node(node: &NodeConfiguration, number: u32, seed: u64, beat: Span) -> Node {
    let up = node.state.is_member();
    let phase = match seed {
        _ if seed == 0 || !in_force("a-seed-draws-heartbeat-phases") => 0,
        _ => Stream::new(seed, &format!("heartbeat/{}", node.name)).below(beat.ms()),
    };
    Node {
        name: node.name.clone(),
        number,
        configured: true,
        set_up: true,
        machine_on: up,
        life: 0,
        service: if up { Service::Member } else { Service::Stopped },
        session: 0,
        paused: false,
        state: if up { NodeState::Up } else { NodeState::Down },
        heartbeat_phase: Span::from_ms(phase),
        release: node.windows,
        exchange: node.exchange,
        own: Storage::default(),
        notified: None,
        hung: false,
        stuck: false,
        booting: false,
        parked: Vec::new(),
        restarts: false,
        closed: false,
        waiting: None,
        frozen: Default::default(),
        old_copy: None,
        announced: 0,
        changes: 0,
        wake: up,
    }
}

fn start_resource(
    resource: &ResourceConfiguration,
    type_properties: TypeProperties,
    group: GroupId,
    networks: &[NetworkConfiguration],
    node_id: &impl Fn(&NodeName) -> NodeId,
) -> Resource {
    let owners = resource.possible_owners.as_ref();
    Resource {
        name: resource.name.clone(),
        guid: resource.guid,
        type_name: Arc::clone(&resource.type_name),
        kind: Kind::of(&resource.type_name),
        group,
        depends_on: Vec::new(),
        dependents: Vec::new(),
        possible_owners: owners.map(|nodes| nodes.iter().map(node_id).collect()),
        below: resource.depends_on.iter().cloned().collect::<BTreeSet<_>>().into(),
        private: Arc::clone(&resource.private),
        network: network_of(resource, networks),
        properties: resource.properties,
        type_properties,
        intent: resource.properties.persistent_state,
        state: resource.state,
        wanted: resource.state == ResourceState::Online && in_force("what-is-online-stays-so"),
        able: false,
        turn: 0,
        online_since: Time::START,
        broken: false,
        failures: Vec::new(),
        retried: false,
        hangs_until: Time::START,
        reserved: false,
    }
}

/// The network that an address is on: the one that it names, or else the first for clients.
fn network_of(
    resource: &ResourceConfiguration,
    networks: &[NetworkConfiguration],
) -> Option<usize> {
    if !resource.is_a(resource_type::IP_ADDRESS) {
        return None;
    }
    let place = |is: &dyn Fn(&NetworkConfiguration) -> bool| networks.iter().position(is);
    match resource.private("Network") {
        Some(name) if in_force("an-address-is-on-the-network-that-it-names") => {
            place(&|network| network.name == NetworkName::from(name))
        }
        _ => place(&|network| network.role.is_for_clients()),
    }
}

fn link(group: &GroupConfiguration, resources: &mut [Resource], first: u32) {
    let place = |name: &ResourceName| {
        let found = group.resources.iter().position(|resource| resource.name == *name);
        found.expect("dependencies stay inside the group")
    };
    for (at, configured) in group.resources.iter().enumerate() {
        for name in &configured.depends_on {
            let other = place(name);
            resources[at].depends_on.push(ResourceId(first + other as u32));
            resources[other].dependents.push(ResourceId(first + at as u32));
        }
    }
}

fn start_group(
    group: &GroupConfiguration,
    switches: &Switches,
    resources: Arc<[ResourceId]>,
    node_id: &impl Fn(&NodeName) -> NodeId,
) -> Group {
    let stores = group.stores.iter().map(|store| (store.name.clone(), Store::new(store)));
    let stores = stores.collect();
    let by_default = switches.persistent_state_by_default == StateByDefault::Online;
    Group {
        name: group.name.clone(),
        guid: group.guid,
        deleted: false,
        owner: node_id(&group.owner),
        preferred: group.preferred.iter().map(node_id).collect(),
        intent: group.properties.persistent_state.unwrap_or(by_default),
        properties: group.properties.clone(),
        resources,
        moving: None,
        held: false,
        failovers: Vec::new(),
        left: false,
        failback: Failback::default(),
        told: GroupState::Offline,
        exchange: group.exchange,
        temporary_on_group_disk: group.temporary_on_group_disk,
        mta: None,
        disk: Storage::default(),
        medium: super::loss::Medium::Works,
        capacity: group.disk,
        replication: group
            .replicated
            .filter(|_| in_force("each-store-has-two-copies"))
            .map(|dial| Replication::new(dial, &stores)),
        stores,
        tools: BTreeMap::new(),
        backups: Vec::new(),
        occupied: Default::default(),
        turns: 0,
        outage: OutageMeter::default(),
    }
}
