//! Which Exchange Virtual Servers there are, which of them an administrator may name on this node,
//! and how the one that was named stands now.
//!
//! Absent on purpose: any change of a designation. Only an administrator's act makes one
//! ([`super::admission`]); nothing here ever picks a server, not even the only one.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::picture::Picture;
use super::vocabulary::StandingKind;
use crate::model::{
    ClusterView, ErrorCode, EvsName, Fact, GroupName, GroupState, GroupView, Guid, NodeName,
    ResourceName, ResourceState, ResourceView, ServiceState, Time, in_force, resource_type, same,
};

/// An Exchange Virtual Server as the cluster shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evs {
    /// Its name: the private `NetworkName` of its System Attendant.
    pub name: EvsName,
    /// The group that holds it.
    pub group: GroupName,
    /// The group's identity.
    pub group_guid: Guid,
    /// Its System Attendant.
    pub attendant: ResourceName,
    /// The System Attendant's identity.
    pub attendant_guid: Guid,
    /// The Network Name that its System Attendant depends on.
    pub network_name: Option<ResourceName>,
    /// The private `Name` of that Network Name: the computer name that clients see.
    pub published: Option<EvsName>,
    /// The group's Information Store, where there is exactly one.
    pub information_store: Option<ResourceName>,
    /// The cluster's Message Transfer Agent, where the group has it.
    pub mta: Option<ResourceName>,
    /// The node that owns its group.
    pub owner: NodeName,
    /// Whether its Network Name, System Attendant and Information Store are all online.
    pub operational: bool,
    /// Whether the System Attendant and the Network Name say the same name.
    pub consistent_name: bool,
}

/// The Exchange Virtual Server in a group: there is one where the group holds exactly one resource
/// of the registered type of a System Attendant. No display name is looked at.
///
/// Source: shipping products compare the registered type without case and read the private
/// `NetworkName`, cut at a backslash.
pub fn recognise(name: &GroupName, group: &GroupView) -> Option<Evs> {
    let (attendant, resource) = only(group, resource_type::SYSTEM_ATTENDANT)?;
    let said = resource.private("NetworkName").and_then(bare_name);
    let network = network_name(group, attendant, said);
    let published = network.and_then(|(_, network)| published_name(network));
    let own = EvsName::from(said.or(published)?);
    let published = published.map(|name| match name == own.as_str() {
        true => own.clone(),
        false => EvsName::from(name),
    });
    let evs = Evs {
        group: name.clone(),
        group_guid: group.guid,
        attendant: attendant.clone(),
        attendant_guid: resource.guid,
        network_name: network.map(|(name, _)| name.clone()),
        information_store: only(group, resource_type::INFORMATION_STORE)
            .map(|(name, _)| name.clone()),
        mta: of_type(group, resource_type::MESSAGE_TRANSFER_AGENT).next().map(|(it, _)| it.clone()),
        owner: group.owner.clone(),
        operational: false,
        consistent_name: !in_force("two-names-have-to-agree")
            || said.is_some() && published.as_ref() == Some(&own),
        published,
        name: own,
    };
    Some(evs.as_in(group))
}

impl Evs {
    /// The same server in its group as it is now, with other states and another owner at most.
    pub fn as_in(self, group: &GroupView) -> Self {
        let online = |name: &ResourceName| {
            group.resources.get(name).is_some_and(|it| it.state == ResourceState::Online)
        };
        let needed =
            [Some(&self.attendant), self.network_name.as_ref(), self.information_store.as_ref()];
        let operational = needed.into_iter().all(|name| name.is_some_and(online));
        Self { owner: group.owner.clone(), operational, ..self }
    }
}

/// The group's resource of a type, where there is exactly one.
fn only<'a>(
    group: &'a GroupView,
    type_name: &'static str,
) -> Option<(&'a ResourceName, &'a ResourceView)> {
    let mut found = of_type(group, type_name);
    let first = found.next()?;
    let alone = found.next().is_none() || !in_force("there-is-one-of-its-type");
    alone.then_some(first)
}

fn of_type<'a>(
    group: &'a GroupView,
    type_name: &'static str,
) -> impl Iterator<Item = (&'a ResourceName, &'a ResourceView)> {
    group.resources.iter().filter(move |(_, resource)| resource.is_a(type_name))
}

/// The name before a backslash; a value may be written as `EVS1\...` or `\\EVS1`.
fn bare_name(value: &str) -> Option<&str> {
    let value = match in_force("a-name-ends-at-a-backslash") {
        true => value.trim_start_matches('\\').split('\\').next().unwrap_or_default(),
        false => value,
    };
    let name = value.trim();
    (!name.is_empty()).then_some(name)
}

fn published_name(network: &ResourceView) -> Option<&str> {
    network.private("Name").and_then(bare_name)
}

/// The Network Name that the System Attendant depends on, directly or through others. Where there
/// are several, the one that says the attendant's name comes first.
fn network_name<'a>(
    group: &'a GroupView,
    attendant: &ResourceName,
    said: Option<&str>,
) -> Option<(&'a ResourceName, &'a ResourceView)> {
    let needed = all_dependencies(group, attendant);
    let names = || {
        let found = needed.iter().filter_map(|name| group.resources.get_key_value(*name));
        found.filter(|(_, resource)| resource.is_a(resource_type::NETWORK_NAME))
    };
    let agrees = |resource: &ResourceView| {
        let both = published_name(resource).zip(said);
        both.is_some_and(|(published, said)| same(published, said))
    };
    names().find(|(_, resource)| agrees(resource)).or_else(|| names().next())
}

fn all_dependencies<'a>(
    group: &'a GroupView,
    resource: &'a ResourceName,
) -> BTreeSet<&'a ResourceName> {
    let mut found = BTreeSet::new();
    let mut open = vec![resource];
    while let Some(name) = open.pop() {
        let direct =
            group.resources.get(name).into_iter().flat_map(|resource| &*resource.depends_on);
        for dependency in direct {
            if found.insert(dependency) {
                open.push(dependency);
            }
        }
    }
    found
}

/// What an administrator may name on this node now, sorted by name: the servers whose group this
/// node owns, that are operational and say one name. An unreachable cluster has unknown choices,
/// never none.
pub fn choices(picture: &Picture) -> Fact<Vec<EvsName>> {
    let here = |evs: &&Arc<Evs>| {
        (evs.owner == picture.view.node || !in_force("choices-are-owned-here"))
            && (evs.operational || !in_force("choices-serve"))
            && evs.consistent_name
    };
    let named = |servers: &Arc<[Arc<Evs>]>| {
        servers.iter().filter(here).map(|evs| evs.name.clone()).collect()
    };
    picture.servers.as_ref().map(named)
}

/// The server of this name among the current choices.
pub fn choice<'a>(picture: &'a Picture, name: &EvsName) -> Option<&'a Evs> {
    let offered = choices(picture).known()?.contains(name);
    picture.servers().filter(|_| offered).find(|evs| {
        evs.name == *name
            && evs.owner == picture.view.node
            && evs.operational
            && evs.consistent_name
    })
}

/// By which act of an administrator a designation was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DesignatedBy {
    /// Named while the product was installed.
    Installation,
    /// Named while a licence was entered.
    Licensing,
    /// Named by itself.
    Administrator,
    /// Named before the time that is looked at.
    Before,
}

/// The one Exchange Virtual Server that a node is asked to look after.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Designation {
    /// Its name at that time.
    pub evs: EvsName,
    /// The identity of its group.
    pub group: Guid,
    /// The identity of its System Attendant.
    pub attendant: Guid,
    /// When it was designated.
    pub at: Time,
    /// By which act.
    pub by: DesignatedBy,
}

impl Designation {
    /// The designation of this server.
    pub fn of(evs: &Evs, at: Time, by: DesignatedBy) -> Self {
        let (group, attendant) = (evs.group_guid, evs.attendant_guid);
        Self { evs: evs.name.clone(), group, attendant, at, by }
    }

    /// The designated group's name, by its identity.
    pub fn group_in<'a>(&self, cluster: &'a ClusterView) -> Option<&'a GroupName> {
        let mut groups = cluster.groups.iter();
        groups.find(|(_, group)| group.guid == self.group).map(|(name, _)| name)
    }

    /// The designated server, where its group and its System Attendant are still the same.
    pub fn server_in<'a>(&self, picture: &'a Picture) -> Option<&'a Evs> {
        let same = |evs: &&Evs| {
            evs.group_guid == self.group && evs.attendant_guid == self.attendant
                || !in_force("only-what-was-designated-is-looked-after")
        };
        picture.servers().find(same)
    }
}

/// What took a designation's object away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lost {
    /// This node belongs to no cluster any more.
    Evicted,
    /// The cluster has no such server any more.
    Deleted,
}

/// What is no longer as it was designated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stale {
    /// The same server has this name now.
    Renamed(EvsName),
    /// A new server has the old name.
    Recreated,
}

/// How a designation stands: the first that applies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Nothing was ever designated.
    Undesignated,
    /// What was designated is gone.
    Lost(Lost),
    /// The cluster cannot be asked.
    Unknown(ErrorCode),
    /// What was designated is not what it was.
    Stale(Stale),
    /// This other node owns it.
    Elsewhere(NodeName),
    /// It is here and does not serve; its group is in this state.
    NotOperational(GroupState),
    /// It is here and serves.
    Here,
}

impl Standing {
    /// The word alone.
    pub const fn kind(&self) -> StandingKind {
        match self {
            Standing::Undesignated => StandingKind::Undesignated,
            Standing::Lost(_) => StandingKind::Lost,
            Standing::Unknown(_) => StandingKind::Unknown,
            Standing::Stale(_) => StandingKind::Stale,
            Standing::Elsewhere(_) => StandingKind::Elsewhere,
            Standing::NotOperational(_) => StandingKind::NotOperational,
            Standing::Here => StandingKind::Here,
        }
    }
}

impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Standing::Undesignated => f.write_str("undesignated"),
            Standing::Lost(Lost::Evicted) => f.write_str("lost (node evicted)"),
            Standing::Lost(Lost::Deleted) => f.write_str("lost (deleted)"),
            Standing::Unknown(code) => write!(f, "unknown ({code})"),
            Standing::Stale(Stale::Renamed(name)) => write!(f, "stale (renamed to {name})"),
            Standing::Stale(Stale::Recreated) => f.write_str("stale (made anew)"),
            Standing::Elsewhere(node) => write!(f, "elsewhere ({node})"),
            Standing::NotOperational(state) => write!(f, "not operational ({state})"),
            Standing::Here => f.write_str("here"),
        }
    }
}

/// How a designation stands in this picture.
pub fn standing(designation: Option<&Designation>, picture: &Picture) -> Standing {
    let view = &picture.view;
    let Some(designation) = designation else { return Standing::Undesignated };
    let unconfigured = [ServiceState::NotInstalled, ServiceState::NotConfigured];
    if in_force("an-evicted-node-has-lost-it") && unconfigured.contains(&view.service) {
        return Standing::Lost(Lost::Evicted);
    }
    let cluster = match &view.cluster {
        Fact::Known(cluster) => cluster,
        Fact::Unknown(code) if in_force("an-unreachable-cluster-is-unknown") => {
            return Standing::Unknown(*code);
        }
        Fact::Unknown(_) => return Standing::Lost(Lost::Deleted),
    };
    let Some(evs) = designation.server_in(picture) else {
        // Neither a new server in the old group nor a new group of the old name is what the
        // administrator named: both have to be asked for anew.
        let namesake = picture.servers().any(|evs| evs.name == designation.evs);
        let anew = in_force("a-server-made-anew-is-another") && namesake
            || picture.servers().any(|evs| evs.group_guid == designation.group);
        return if anew {
            Standing::Stale(Stale::Recreated)
        } else {
            Standing::Lost(Lost::Deleted)
        };
    };
    if in_force("a-renamed-server-is-not-the-designated-one")
        && let Some(name) = new_name(designation, evs)
    {
        return Standing::Stale(Stale::Renamed(name));
    }
    match evs {
        Evs { owner, .. } if *owner != view.node => Standing::Elsewhere(owner.clone()),
        Evs { operational: true, .. } => Standing::Here,
        Evs { group, .. } => Standing::NotOperational(cluster.groups[group].state),
    }
}

/// A name that the server goes by now and that is not the designated one, if there is any.
fn new_name(designation: &Designation, evs: &Evs) -> Option<EvsName> {
    let names = [Some(&evs.name), evs.published.as_ref()];
    names.into_iter().flatten().find(|name| **name != designation.evs).cloned()
}

/// The servers that this node leaves alone: every one whose group it owns and that is not the
/// designated one, from ownership on, whatever its state; sorted by name.
///
/// Where nothing is designated, nothing is ignored: a server is then a choice, or not yet one. A
/// server made anew under the designated name is not ignored either: the administrator is asked.
pub fn ignored(picture: &Picture, designation: Option<&Designation>) -> Vec<EvsName> {
    let Some(designation) = designation else { return Vec::new() };
    let other = |evs: &&Evs| {
        let designated = evs.group_guid == designation.group || evs.name == designation.evs;
        let shown = evs.operational || in_force("what-does-not-serve-is-ignored-too");
        evs.owner == picture.view.node && !designated && shown
    };
    picture.servers().filter(other).map(|evs| evs.name.clone()).collect()
}
