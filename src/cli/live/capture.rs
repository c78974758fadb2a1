//! `evsim live capture`: the cluster as it stands now, as a scenario that can be run.
//!
//! What no scenario can say, or nobody can be asked, becomes a remark at its head: a capture says
//! what it lacks.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Session, Trouble};
use crate::backend::Backend;
use crate::backend::clusapi::property_list::{Property, Value};
use crate::backend::clusapi::settings::{
    ClusterSettings, GroupSettings, NetworkSettings, NodeSettings, ResourceSettings, property,
};
use crate::model::{
    Copies, DiskView, ErrorCode, Exchange, GroupName, GroupView, LocalTime, MountState, NodeName,
    NodeState, Place, ResourceState, Size, Span, StorageView, StoreName, StoreView, resource_type,
    same,
};
use crate::scenario;
use crate::sim::{
    self, ClusterProperties, Configuration, GroupConfiguration, GroupProperties, MountDial,
    NetworkConfiguration, NodeConfiguration, Quorum, Release, ResourceConfiguration,
    ResourceProperties, ResourceProperty, Role, StoreConfiguration, Switches, TypeProperties,
    UNSET, Windows,
};

/// Where a majority node set keeps the file share witness (KB 921181).
const WITNESS: &str = "MNSFileShare";
/// How often a capture is begun anew when the cluster changes under it.
const ATTEMPTS: usize = 3;
/// How long a captured scenario runs where nobody says.
const UNTIL: Span = Span::from_secs(3_600);

/// What is on the disks that could be asked about.
type Storages = BTreeMap<GroupName, Result<StorageView, String>>;

impl Session {
    /// The cluster as it stands now, as a scenario in which nothing happens for an hour.
    ///
    /// # Errors
    /// [`Trouble::NoHost`]; [`Trouble::Cluster`]: a question has no answer, or the cluster changed
    /// during every look at it (`ERROR_RETRY`).
    pub fn capture(&self) -> Result<String, Trouble> {
        let backend = self.backend()?;
        for _ in 0..ATTEMPTS {
            let before = backend.local().changes;
            let settings = backend.settings();
            let settings = settings.map_err(|code| Trouble::Cluster(self.node.clone(), code))?;
            let storages = self.storages(&settings);
            let versions = self.versions(&settings);
            if backend.local().changes == before {
                let about = format!("{} as captured through {}.", settings.name, self.node);
                let starts = self.calendar(backend.local().now).unwrap_or(LocalTime::MIDNIGHT);
                let remarks = Vec::new();
                let capture = Capture { settings, storages, versions, starts, remarks };
                return Ok(capture.text(&about));
            }
        }
        Err(Trouble::Cluster(self.node.clone(), ErrorCode::ERROR_RETRY))
    }

    /// Each disk is seen by its owner alone.
    fn storages(&self, settings: &ClusterSettings) -> Storages {
        let mut storages = Storages::new();
        for group in settings.groups.iter().filter(|group| carries_exchange(group)) {
            let place = Place::Disk(group.name.clone());
            let host = self.host(&group.facts.owner).map_err(|trouble| trouble.to_string());
            let found = host.and_then(|host| {
                let storage = host.storage(&place, Some(&view_of(group)));
                storage.map_err(|code| code.to_string())
            });
            storages.insert(group.name.clone(), found);
        }
        storages
    }

    /// The Exchange of each node that can be asked.
    fn versions(&self, settings: &ClusterSettings) -> BTreeMap<NodeName, Exchange> {
        let version = |node: &NodeName| {
            let storage = self.host(node).ok()?.storage(&Place::Node, None).ok()?;
            storage.exchange
        };
        let nodes = settings.nodes.iter().map(|node| &node.name);
        nodes.filter_map(|name| Some((name.clone(), version(name)?))).collect()
    }
}

fn carries_exchange(group: &GroupSettings) -> bool {
    group.resources.iter().any(|it| it.view.is_a(resource_type::SYSTEM_ATTENDANT))
}

fn view_of(group: &GroupSettings) -> GroupView {
    let resources = group.resources.iter().map(|it| (it.name.clone(), it.view.clone()));
    let facts = &group.facts;
    GroupView {
        guid: facts.guid,
        owner: facts.owner.clone(),
        state: facts.state,
        resources: resources.collect(),
    }
}

/// What was read, on its way to a scenario.
struct Capture {
    settings: ClusterSettings,
    storages: Storages,
    versions: BTreeMap<NodeName, Exchange>,
    starts: LocalTime,
    remarks: Vec<String>,
}

impl Capture {
    fn text(mut self, about: &str) -> String {
        let cluster = self.configuration();
        scenario::print(about, &self.remarks, &cluster, UNTIL)
    }

    fn configuration(&mut self) -> Configuration {
        let settings = self.settings.clone();
        let exchange = self.exchange();
        let windows = self.windows();
        let nodes = settings.nodes.iter().map(|node| self.node(node, windows, exchange)).collect();
        let group = |it| self.group(it, exchange);
        let groups = settings.groups.iter().map(group).collect();
        let disabled = property(&settings.properties, "DisableGroupPreferredOwnerRandomization");
        Configuration {
            name: settings.name.clone(),
            windows,
            exchange,
            nodes,
            quorum_kind: quorum_kind(&settings),
            quorum: settings.quorum.clone(),
            networks: settings.networks.iter().map(|it| self.network(it)).collect(),
            properties: ClusterProperties {
                disable_randomization: number(disabled).is_some_and(|it| it != 0),
            },
            resource_types: types(&settings),
            starts: self.starts,
            groups,
            switches: Switches::default(),
        }
    }

    fn windows(&mut self) -> Windows {
        match self.settings.windows {
            (5, 0) => Windows::W2000,
            (5, 2) => Windows::W2003,
            (major, minor) => {
                let remark = format!("Windows {major}.{minor} is not simulated; here it is 2003");
                self.remarks.push(remark);
                Windows::W2003
            }
        }
    }

    fn node(
        &mut self,
        node: &NodeSettings,
        windows: Windows,
        exchange: Exchange,
    ) -> NodeConfiguration {
        let name = &node.name;
        let state = match node.view.state {
            NodeState::Down => NodeState::Down,
            NodeState::Up => NodeState::Up,
            other => {
                self.remarks.push(format!("{name} was {other}; here it is up"));
                NodeState::Up
            }
        };
        NodeConfiguration {
            name: name.clone(),
            state,
            windows: self.release(node).unwrap_or_else(|| windows.into()),
            exchange: self.versions.get(name).copied().unwrap_or(exchange),
        }
    }

    /// The Windows of one node, which during an upgrade is not that of every other.
    fn release(&mut self, node: &NodeSettings) -> Option<Release> {
        let said = |name| number(property(&node.properties, name));
        let (major, minor) = said("MajorVersion").zip(said("MinorVersion"))?;
        let is = |release: &Release| {
            let (own_major, own_minor, _) = release.numbers();
            (major, minor) == (own_major.into(), own_minor.into())
        };
        let found = [Release::Nt4, Release::W2000, Release::W2003].into_iter().find(is);
        if found.is_none() {
            let remark = format!("{} has Windows {major}.{minor}", node.name);
            self.remarks.push(format!("{remark}; here it has that of the cluster"));
        }
        found
    }

    /// The version of the servers: what their disks say, else what the nodes do, else what the
    /// resources show.
    fn exchange(&mut self) -> Exchange {
        let disks = self.storages.values().flatten().filter_map(|storage| storage.disk.as_ref());
        let said = disks.map(|disk| disk.version).chain(self.versions.values().copied()).next();
        said.unwrap_or_else(|| {
            let version = shown_version(&self.settings);
            let remark =
                format!("nobody said which Exchange it is; its resources are those of {version}");
            self.remarks.push(remark);
            version
        })
    }

    fn network(&mut self, network: &NetworkSettings) -> NetworkConfiguration {
        let role = match number(property(&network.properties, "Role")) {
            Some(0) => Role::None,
            Some(1) => Role::Internal,
            Some(2) => Role::Client,
            _ => Role::InternalAndClient,
        };
        NetworkConfiguration { name: network.name.clone(), role, nodes: network.nodes.clone() }
    }

    fn group(&mut self, group: &GroupSettings, exchange: Exchange) -> GroupConfiguration {
        let disk = match self.storages.get(&group.name) {
            Some(Ok(storage)) => storage.disk.clone(),
            Some(Err(why)) => {
                let remark = format!("the stores of {} could not be read: {why}", group.name);
                self.remarks.push(remark);
                None
            }
            None => None,
        };
        let mut properties = GroupProperties::default();
        for setting in group.properties.iter().filter_map(sim::group_property) {
            if properties.set(&setting).is_err() {
                self.remarks.push(format!("{} has a property that does not fit", group.name));
            }
        }
        let resources = group.resources.iter().map(|it| self.resource(it));
        GroupConfiguration {
            name: group.name.clone(),
            guid: group.facts.guid,
            owner: group.facts.owner.clone(),
            preferred: group.preferred.clone(),
            properties,
            resources: resources.collect(),
            disk: disk.as_deref().map(capacity).unwrap_or_default(),
            stores: disk.as_deref().map(stores).unwrap_or_default(),
            exchange: disk.as_ref().map_or(exchange, |disk| disk.version),
            temporary_on_group_disk: disk.as_ref().is_none_or(|disk| disk.temporary_on_group_disk),
            replicated: disk.and_then(|disk| match disk.copies {
                Copies::Replicated(_) => Some(MountDial::default()),
                Copies::Shared => None,
            }),
        }
    }

    fn resource(&mut self, resource: &ResourceSettings) -> ResourceConfiguration {
        let state = match resource.view.state {
            ResourceState::Online | ResourceState::OnlinePending => ResourceState::Online,
            ResourceState::Offline | ResourceState::OfflinePending => ResourceState::Offline,
            ResourceState::Failed => ResourceState::Failed,
        };
        if state != resource.view.state {
            let remark =
                format!("{} was {}; here it is {state}", resource.name, resource.view.state);
            self.remarks.push(remark);
        }
        let mut properties = ResourceProperties::default();
        // A retry that is not set is what it is by itself.
        let unset = ResourceProperty::RetryPeriodOnFailure(UNSET);
        let settings = resource.properties.iter().filter_map(sim::resource_property);
        for setting in settings.filter(|setting| *setting != unset) {
            if properties.set(&setting).is_err() {
                self.remarks.push(format!("{} has a property that does not fit", resource.name));
            }
        }
        // Every node: nobody has restricted them.
        let restricted = resource.possible_owners.len() < self.settings.nodes.len();
        let private = resource.view.private.iter().filter(|(name, _)| !same(name, WITNESS));
        ResourceConfiguration {
            name: resource.name.clone(),
            guid: resource.view.guid,
            type_name: Arc::clone(&resource.view.type_name),
            depends_on: resource.depends_on.clone(),
            possible_owners: restricted.then(|| resource.possible_owners.clone()),
            private: Arc::new(private.map(|(name, text)| (name.clone(), text.clone())).collect()),
            properties,
            state,
        }
    }
}

fn number(value: Option<&Value>) -> Option<u32> {
    match value {
        Some(Value::Number(number)) => Some(*number),
        _ => None,
    }
}

/// A majority node set with the name of a share has a witness.
fn quorum_kind(settings: &ClusterSettings) -> Quorum {
    let mut resources = settings.groups.iter().flat_map(|group| &group.resources);
    let quorum = resources.find(|resource| resource.name == settings.quorum);
    match quorum.filter(|it| it.view.is_a(resource_type::MAJORITY_NODE_SET)) {
        None => Quorum::Disk,
        Some(set) if set.view.private(WITNESS).is_some_and(|share| !share.is_empty()) => {
            Quorum::MajorityWithWitness
        }
        Some(_) => Quorum::Majority,
    }
}

/// Exchange 2007 makes each store a resource; that of 2000 has protocols that depend on the
/// Information Store, and that of 2003 has not.
fn shown_version(settings: &ClusterSettings) -> Exchange {
    let resources = || settings.groups.iter().flat_map(|group| &group.resources);
    if resources().any(|it| it.view.is_a(resource_type::DATABASE_INSTANCE)) {
        return Exchange::E2007;
    }
    let stores: Vec<_> = resources()
        .filter(|it| it.view.is_a(resource_type::INFORMATION_STORE))
        .map(|store| &store.name)
        .collect();
    match resources().any(|it| it.depends_on.iter().any(|below| stores.contains(&below))) {
        true => Exchange::E2000,
        false => Exchange::E2003,
    }
}

/// Resource types whose polls are not as by default.
fn types(settings: &ClusterSettings) -> BTreeMap<String, TypeProperties> {
    let interval = |properties: &[Property], name| {
        number(property(properties, name)).filter(|ms| ![0, UNSET].contains(ms))
    };
    let read = |(name, properties): &(String, Vec<Property>)| {
        let mut found = TypeProperties::default();
        if let Some(ms) = interval(properties, "LooksAlivePollInterval") {
            found.looks_alive_poll_interval = Span::from_ms(ms.into());
        }
        if let Some(ms) = interval(properties, "IsAlivePollInterval") {
            found.is_alive_poll_interval = Span::from_ms(ms.into());
        }
        (found != TypeProperties::default()).then(|| (name.clone(), found))
    };
    settings.types.iter().filter_map(read).collect()
}

/// What is free and what is used by stores; temporary files and all else count as used by nobody.
fn capacity(disk: &DiskView) -> Size {
    disk.stores.values().map(|store| store.size).sum::<Size>() + disk.free
}

fn stores(disk: &DiskView) -> Vec<StoreConfiguration> {
    let store = |(name, store): (&StoreName, &StoreView)| StoreConfiguration {
        name: name.clone(),
        size: store.size,
        used: store.size,
        mailboxes: store.mailboxes,
        mounted: store.mount == MountState::Mounted,
        log_replay: Span::ZERO,
        fixes: Vec::new(),
        logs: 0,
    };
    disk.stores.iter().map(store).collect()
}
