//! The short form of a cluster made long: the groups and resources that Windows and Exchange make
//! themselves, named as they name them.
//!
//! Source: the dependencies of Exchange 2003, in which everything but the System Attendant depends
//! on the System Attendant itself; IMAP4 and POP3 are not made automatically. In Exchange 2000 they
//! are, and all protocols and the search depend on the Information Store.

mod server;

use std::collections::BTreeMap;

use super::decode::{ClusterDraft, Form, GroupDraft, NetworkDraft, ResourceDraft, StoreDraft};
use super::diagnostic::{Mark, Placed};
use crate::model::{
    Exchange, GroupName, Guid, NetworkName, NodeName, NodeState, ResourceName, ResourceState, Size,
    StoreName, in_force, resource_type, same,
};
use crate::sim::{
    Configuration, GroupConfiguration, GroupProperties, NetworkConfiguration, NodeConfiguration,
    Quorum, Release, ResourceConfiguration, ResourceProperties, Role, StoreConfiguration, Switches,
    Windows,
};

/// The group that every cluster has.
pub(super) const CLUSTER_GROUP: &str = "Cluster Group";
/// The quorum disk, where the file names none.
pub(super) const QUORUM_DISK: &str = "Disk Q:";
/// What Exchange 2003 writes into `AntiAffinityClassNames` of its groups.
const ANTI_AFFINITY_CLASS: &str = "Microsoft Exchange Virtual Server";
/// Up to two nodes Exchange runs active/active, and two servers may meet on one node.
pub(super) const ACTIVE_ACTIVE_NODES_MAX: usize = 2;

/// A service of an Exchange Virtual Server and the type of its resource.
const ROUTING: (&str, &str) = ("Routing Service", "Microsoft Exchange Routing Service");
/// Protocols and the search; those that only one version makes by itself name it.
const PROTOCOLS: [(&str, &str, Option<Exchange>); 5] = [
    ("SMTP Virtual Server", "Microsoft Exchange SMTP Server Instance", None),
    ("HTTP Virtual Server", "Microsoft Exchange HTTP Server Instance", None),
    ("IMAP4 Virtual Server", "Microsoft Exchange IMAP4 Server Instance", Some(Exchange::E2000)),
    ("POP3 Virtual Server", "Microsoft Exchange POP3 Server Instance", Some(Exchange::E2000)),
    ("MS Search", "Microsoft Search Service Instance", None),
];

/// Gives every group of a cluster its resources, and the cluster its Cluster Group.
pub(super) fn expand(mut cluster: ClusterDraft) -> ClusterDraft {
    let anti_affinity = cluster.nodes.len() > ACTIVE_ACTIVE_NODES_MAX
        && cluster.windows.as_ref().is_some_and(|windows| windows.value == Windows::W2003)
        && in_force("servers-of-many-nodes-keep-apart");
    let common = cluster.exchange;
    for group in &mut cluster.groups {
        group.exchange = group.exchange.or(common);
    }
    let short = cluster.groups.iter_mut().filter(|group| group.form == Form::Short);
    for (index, group) in short.enumerate() {
        let exchange = group.exchange.map_or(Exchange::E2003, |exchange| exchange.value);
        group.resources = match exchange {
            Exchange::E2007 => server::resources(group, index),
            _ => evs_resources(group, index, exchange),
        };
        // The wizard has brought the server online: that is an intent.
        group.properties.persistent_state.get_or_insert(true);
        if anti_affinity && group.anti_affinity.is_none() {
            group.properties.anti_affinity = vec![ANTI_AFFINITY_CLASS.to_owned()];
        }
    }
    let is_first = |group: &GroupDraft| same(&group.name.value, CLUSTER_GROUP);
    let first = match cluster.groups.iter().position(is_first) {
        Some(index) => cluster.groups.remove(index),
        None => cluster_group(&cluster),
    };
    cluster.groups.insert(0, first);
    if cluster.networks.is_empty() {
        cluster.networks = default_networks(cluster.mark);
    }
    cluster
}

/// What the wizard and Exchange itself put into the group of an Exchange Virtual Server.
fn evs_resources(group: &GroupDraft, index: usize, exchange: Exchange) -> Vec<ResourceDraft> {
    let evs = group.name.value.as_str();
    let path = data_path(index);
    let [address, name, disk] =
        ["IP Address", "Network Name", "Disk"].map(|part| format!("{evs} {part}"));
    let instance = |part: &str| instance(part, evs);
    let attendant = instance("System Attendant");
    let make = Maker { mark: group.name.mark, owners: &group.possible_owners };
    let mut resources = vec![
        make.resource(&address, resource_type::IP_ADDRESS, &[], &[]),
        make.resource(&name, resource_type::NETWORK_NAME, &[&address], &[("Name", evs)]),
        make.resource(&disk, resource_type::PHYSICAL_DISK, &[], &[]),
        make.resource(
            &attendant,
            resource_type::SYSTEM_ATTENDANT,
            &[&name, &disk],
            &[("NetworkName", evs)],
        ),
    ];
    let own = [("NetworkName", evs), ("DestPath", path.as_str())];
    let store = instance("Information Store");
    resources.push(make.resource(&store, resource_type::INFORMATION_STORE, &[&attendant], &own));
    let (routing, type_name) = ROUTING;
    resources.push(make.resource(&instance(routing), type_name, &[&attendant], &[]));
    let on_store =
        (exchange == Exchange::E2000) == in_force("protocols-hang-on-the-store-in-2000-only");
    let below = if on_store { &store } else { &attendant };
    for (part, type_name, made_by) in PROTOCOLS {
        let is_its_own =
            |only| (only == exchange) == in_force("each-version-makes-its-own-protocols");
        if made_by.is_none_or(is_its_own) {
            resources.push(make.resource(&instance(part), type_name, &[below], &[]));
        }
    }
    // A cluster has one, and it belongs to the server that was made first.
    if index == 0 || !in_force("the-first-server-has-the-mta") {
        let name = instance("Message Transfer Agent");
        let type_name = resource_type::MESSAGE_TRANSFER_AGENT;
        resources.push(make.resource(&name, type_name, &[&attendant], &own));
    }
    resources
}

/// The Cluster Group as setup makes it, on the first node that is up.
fn cluster_group(cluster: &ClusterDraft) -> GroupDraft {
    let mark = cluster.mark;
    let is_up =
        |state| state == NodeState::Up || !in_force("the-cluster-group-is-where-a-node-is-up");
    let first_up = cluster.nodes.iter().find(|node| is_up(node.state));
    let owner = first_up.or(cluster.nodes.first());
    let name = cluster.name.as_ref().map_or("", |name| name.value.as_str());
    let make = Maker { mark, owners: &None };
    let address = "Cluster IP Address";
    let (quorum, quorum_type) = quorum_resource(cluster.quorum_kind.value);
    let resources = vec![
        make.resource(quorum, quorum_type, &[], &[]),
        make.resource(address, resource_type::IP_ADDRESS, &[], &[]),
        make.resource("Cluster Name", resource_type::NETWORK_NAME, &[address], &[("Name", name)]),
    ];
    GroupDraft {
        form: Form::Short,
        name: Placed { value: CLUSTER_GROUP.to_owned(), mark },
        guid: None,
        owner: owner.map(|node| node.name.clone()),
        preferred: Vec::new(),
        possible_owners: None,
        properties: GroupProperties { persistent_state: Some(true), ..Default::default() },
        anti_affinity: None,
        exchange: cluster.exchange,
        temporary_on_group_disk: true,
        replicated: None,
        disk: None,
        stores: Vec::new(),
        resources,
    }
}

/// The quorum resource where the file names none, and its type.
pub(super) const fn quorum_resource(kind: Quorum) -> (&'static str, &'static str) {
    match kind {
        Quorum::Disk => (QUORUM_DISK, resource_type::PHYSICAL_DISK),
        Quorum::Majority | Quorum::MajorityWithWitness => {
            (resource_type::MAJORITY_NODE_SET, resource_type::MAJORITY_NODE_SET)
        }
    }
}

/// Makes the resources of one group.
struct Maker<'g> {
    mark: Mark,
    owners: &'g Option<Vec<Placed<String>>>,
}

impl Maker<'_> {
    fn resource(
        &self,
        name: &str,
        type_name: &str,
        depends_on: &[&str],
        private: &[(&str, &str)],
    ) -> ResourceDraft {
        let placed = |text: &str| Placed { value: text.to_owned(), mark: self.mark };
        let property = |(name, value): &(&str, &str)| ((*name).to_owned(), placed(value));
        ResourceDraft {
            name: placed(name),
            guid: None,
            type_name: type_name.to_owned(),
            depends_on: depends_on.iter().copied().map(placed).collect(),
            possible_owners: self.owners.clone(),
            private: private.iter().map(property).collect(),
            properties: ResourceProperties::default(),
            state: ResourceState::Online,
        }
    }
}

/// The label that Exchange's setup gives to a resource.
fn instance(part: &str, evs: &str) -> String {
    format!("Exchange {part} Instance - ({evs})")
}

/// Where Exchange keeps the data of the server that was made as so many before it.
fn data_path(index: usize) -> String {
    let drive = char::from(b'E' + (index % 20) as u8);
    format!("{drive}:\\EXCHSRVR")
}

/// The configuration that a cluster stands for; none where a part of it could not be read.
pub(super) fn configuration(cluster: ClusterDraft, switches: Switches) -> Option<Configuration> {
    let (made, _) = quorum_resource(cluster.quorum_kind.value);
    let quorum = cluster.quorum.as_ref().map_or(made, |quorum| quorum.value.as_str());
    let quorum = ResourceName::from(quorum);
    let exchange = cluster.exchange?.value;
    let windows = Release::from(cluster.windows.as_ref()?.value);
    let node = |node: &super::decode::NodeDraft| NodeConfiguration {
        name: NodeName::from(node.name.value.as_str()),
        state: node.state,
        exchange: node.exchange.map_or(exchange, |exchange| exchange.value),
        windows: node.windows.map_or(windows, |windows| windows.value),
    };
    let networks = networks(&cluster);
    Some(Configuration {
        name: cluster.name?.value,
        windows: cluster.windows?.value,
        exchange,
        nodes: cluster.nodes.iter().map(node).collect(),
        quorum,
        quorum_kind: cluster.quorum_kind.value,
        networks,
        properties: cluster.properties.map(|properties| properties.value).unwrap_or_default(),
        resource_types: cluster.resource_types,
        starts: cluster.starts,
        groups: cluster.groups.into_iter().map(group).collect::<Option<_>>()?,
        switches,
    })
}

/// The networks of a cluster whose file gives none: one for the nodes, one for the clients too.
fn default_networks(mark: Mark) -> Vec<NetworkDraft> {
    let network = |name: &str, role| NetworkDraft {
        name: Placed { value: name.to_owned(), mark },
        role,
        nodes: None,
    };
    vec![network("Private", Role::Internal), network("Public", Role::InternalAndClient)]
}

fn networks(cluster: &ClusterDraft) -> Vec<NetworkConfiguration> {
    let all = || cluster.nodes.iter().map(|node| NodeName::from(node.name.value.as_str()));
    let network = |draft: &NetworkDraft| NetworkConfiguration {
        name: NetworkName::from(draft.name.value.as_str()),
        role: draft.role,
        nodes: draft.nodes.as_deref().map_or_else(|| all().collect(), node_names),
    };
    cluster.networks.iter().map(network).collect()
}

/// The GUID of a group that is given none.
pub(super) fn guid_of_group(group: &GroupDraft) -> Guid {
    Guid::derived(&["group", &group.name.value])
}

/// The GUID of a resource that is given none.
pub(super) fn guid_of_resource(group: &GroupDraft, resource: &ResourceDraft) -> Guid {
    Guid::derived(&["resource", &group.name.value, &resource.name.value])
}

fn group(draft: GroupDraft) -> Option<GroupConfiguration> {
    let name = draft.name.value.as_str();
    let guid = draft.guid.map_or_else(|| guid_of_group(&draft), |guid| guid.value);
    let disk = disk_size(&draft);
    let resources = draft.resources.iter().map(|resource| self::resource(&draft, resource));
    Some(GroupConfiguration {
        name: GroupName::from(name),
        guid,
        owner: NodeName::from(draft.owner.as_ref()?.value.as_str()),
        preferred: node_names(&draft.preferred),
        properties: draft.properties.clone(),
        resources: resources.collect(),
        disk,
        stores: draft.stores.iter().map(store).collect(),
        exchange: draft.exchange?.value,
        temporary_on_group_disk: draft.temporary_on_group_disk,
        replicated: draft.replicated.as_ref().map(|dial| dial.value),
    })
}

/// Room for three times the stores unless the file says otherwise: a defragmentation needs it.
fn disk_size(draft: &GroupDraft) -> Size {
    let sum: Size = draft.stores.iter().map(|store| store.size).sum();
    let room = if in_force("a-disk-has-room-for-a-copy") { sum.percent(300) } else { sum };
    draft.disk.as_ref().map_or(room, |disk| disk.value)
}

fn node_names(names: &[Placed<String>]) -> Vec<NodeName> {
    names.iter().map(|name| NodeName::from(name.value.as_str())).collect()
}

fn resource(group: &GroupDraft, draft: &ResourceDraft) -> ResourceConfiguration {
    let name = draft.name.value.as_str();
    let derived = || guid_of_resource(group, draft);
    let depends_on = draft.depends_on.iter().map(|other| ResourceName::from(other.value.as_str()));
    let private: BTreeMap<String, String> =
        draft.private.iter().map(|(name, text)| (name.clone(), text.value.clone())).collect();
    ResourceConfiguration {
        name: ResourceName::from(name),
        guid: draft.guid.as_ref().map_or_else(derived, |guid| guid.value),
        type_name: draft.type_name.as_str().into(),
        depends_on: depends_on.collect(),
        possible_owners: draft.possible_owners.as_deref().map(node_names),
        private: private.into(),
        properties: draft.properties,
        state: draft.state,
    }
}

fn store(draft: &StoreDraft) -> StoreConfiguration {
    StoreConfiguration {
        name: StoreName::from(draft.name.value.as_str()),
        size: draft.size,
        used: draft.used.as_ref().map_or(draft.size, |used| used.value),
        mailboxes: draft.mailboxes,
        mounted: draft.mounted,
        log_replay: draft.log_replay,
        fixes: draft.fixes.clone(),
        logs: draft.logs,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::read;

    fn cluster(nodes: &str, evs: &str) -> Configuration {
        let text = format!(
            "about: A cluster.\ncluster: {{ name: MAILCLUSTER, windows: 2003, exchange: 2003, \
             nodes: {nodes}, evs: {evs} }}\nuntil: 1h\n"
        );
        read(text.as_bytes(), "test.yaml").unwrap_or_else(|error| panic!("{error}")).cluster
    }

    fn two() -> Configuration {
        cluster("[NODE1, NODE2]", "{ EVS1: { owner: NODE1 }, EVS2: { owner: NODE2 } }")
    }

    #[test]
    fn a_server_gets_the_resources_that_exchange_2003_makes() {
        let cluster = two();
        let lines: Vec<String> = cluster.groups[1]
            .resources
            .iter()
            .map(|resource| {
                let names: Vec<&str> = resource.depends_on.iter().map(|r| r.as_str()).collect();
                format!("{} [{}] -> {}", resource.name, resource.type_name, names.join(", "))
            })
            .collect();
        let attendant = "Exchange System Attendant Instance - (EVS1)";
        let service = |part: &str, type_name: &str| {
            format!("Exchange {part} Instance - (EVS1) [{type_name}] -> {attendant}")
        };
        let expected = [
            "EVS1 IP Address [IP Address] -> ".to_owned(),
            "EVS1 Network Name [Network Name] -> EVS1 IP Address".to_owned(),
            "EVS1 Disk [Physical Disk] -> ".to_owned(),
            format!(
                "{attendant} [Microsoft Exchange System Attendant] -> EVS1 Network Name, EVS1 Disk"
            ),
            service("Information Store", "Microsoft Exchange Information Store"),
            service("Routing Service", "Microsoft Exchange Routing Service"),
            service("SMTP Virtual Server", "Microsoft Exchange SMTP Server Instance"),
            service("HTTP Virtual Server", "Microsoft Exchange HTTP Server Instance"),
            service("MS Search", "Microsoft Search Service Instance"),
            service("Message Transfer Agent", "Microsoft Exchange Message Transfer Agent"),
        ];
        assert_eq!(lines, expected);
    }

    #[test]
    fn a_cluster_has_one_message_transfer_agent_and_it_is_the_first_servers() {
        let is_agent = |resource: &ResourceConfiguration| {
            &*resource.type_name == resource_type::MESSAGE_TRANSFER_AGENT
        };
        let cluster = two();
        let owns: Vec<bool> =
            cluster.groups.iter().map(|group| group.resources.iter().any(is_agent)).collect();
        assert_eq!(owns, [false, true, false]);
    }

    #[test]
    fn the_cluster_group_is_made_first_on_the_first_node_that_is_up() {
        let nodes = "{ NODE1: { state: down }, NODE2: {} }";
        let cluster = cluster(nodes, "{ EVS1: { owner: NODE2 } }");
        let group = &cluster.groups[0];
        assert_eq!((group.name.as_str(), group.owner.as_str()), ("Cluster Group", "NODE2"));
        assert_eq!(cluster.quorum, group.resources[0].name);
        assert_eq!(group.resources[2].private["Name"], "MAILCLUSTER");
    }

    #[test]
    fn a_disk_has_room_for_three_times_its_stores_unless_it_is_told_otherwise() {
        let stores = "stores: { SG1/A: 2GB, SG1/B: 1GB }";
        let evs = format!(
            "{{ EVS1: {{ owner: N1, {stores} }}, EVS2: {{ owner: N2, disk: 5GB, {stores} }} }}"
        );
        let cluster = cluster("[N1, N2]", &evs);
        let sizes: Vec<String> = cluster.groups.iter().map(|g| g.disk.to_string()).collect();
        assert_eq!(sizes, ["0B", "9GB", "5GB"]);
    }

    #[test]
    fn servers_avoid_each_other_in_a_cluster_of_more_than_two_nodes() {
        assert!(two().groups.iter().all(|group| group.properties.anti_affinity.is_empty()));
        let three = cluster("[N1, N2, N3]", "{ EVS1: { owner: N1 }, EVS2: { owner: N2 } }");
        let classes: Vec<&[String]> =
            three.groups.iter().map(|group| group.properties.anti_affinity.as_slice()).collect();
        let class = [ANTI_AFFINITY_CLASS.to_owned()];
        assert_eq!(classes, [&[], &class[..], &class[..]]);
    }
}
