//! What several functions look up of groups, resources and networks, and their settings as property
//! lists.

use std::collections::{BTreeMap, BTreeSet};

use super::object::Client;
use crate::backend::Backend;
use crate::backend::clusapi::property_list::{Property, Value};
use crate::model::{ErrorCode, NetworkName, NodeName, ResourceName, Span, resource_type};
use crate::sim::{
    Cluster, GroupProperties, NetworkSettings, Quorum, Release, ResourceProperties, Restart,
    RetryPeriod, SimBackend, TypeProperties, UNSET, Windows,
};

/// What an interface is called: it has no name of its own in a scenario.
pub(super) fn interface_name(network: &NetworkName, node: &NodeName) -> String {
    format!("{network} - {node}")
}

pub(super) fn interface_names(network: &NetworkSettings) -> impl Iterator<Item = String> + '_ {
    network.interfaces.iter().map(|(node, _)| interface_name(&network.name, node))
}

/// The network of this name.
///
/// # Errors
/// `ERROR_CLUSTER_NETWORK_NOT_FOUND`.
pub(super) fn network(client: &Client, name: &NetworkName) -> Result<NetworkSettings, ErrorCode> {
    let database = client.database()?;
    let networks = database.borrow().network_settings();
    let found = networks.into_iter().find(|network| network.name == *name);
    found.ok_or(ErrorCode::ERROR_CLUSTER_NETWORK_NOT_FOUND)
}

/// Everything that a resource depends on, directly or not.
pub(super) fn below(
    backend: &SimBackend,
    resource: &ResourceName,
) -> Result<BTreeSet<ResourceName>, ErrorCode> {
    let mut found = BTreeSet::new();
    let mut next = vec![resource.clone()];
    while let Some(name) = next.pop() {
        for below in backend.resource(&name)?.depends_on.iter() {
            if found.insert(below.clone()) {
                next.push(below.clone());
            }
        }
    }
    Ok(found)
}

/// The computer name that clients reach a resource by: that of the Network Name that it depends on.
pub(super) fn network_name(
    backend: &SimBackend,
    resource: &ResourceName,
) -> Result<Option<String>, ErrorCode> {
    for name in below(backend, resource)? {
        let found = backend.resource(&name)?;
        if found.is_a(resource_type::NETWORK_NAME) {
            return Ok(found.private("Name").map(str::to_owned));
        }
    }
    Ok(None)
}

fn property(name: &str, value: Value) -> Property {
    Property { name: name.to_owned(), values: vec![value] }
}

fn number(name: &str, number: u32) -> Property {
    property(name, Value::Number(number))
}

fn milliseconds(span: Span) -> u32 {
    u32::try_from(span.ms()).unwrap_or(UNSET)
}

/// Private properties that are numbers; all others are texts.
const NUMBERS: &[&str] = &[
    "ConditionalMount",
    "EnableNetBIOS",
    "RemapPipeNames",
    "RequireDNS",
    "RequireKerberos",
    "Signature",
    "SkipChkdsk",
];

/// Private properties as the cluster stores them.
pub(super) fn private(properties: &BTreeMap<String, String>) -> Vec<Property> {
    let value = |name: &str, text: &str| match text.parse::<u32>() {
        Ok(number) if NUMBERS.contains(&name) && number.to_string() == text => {
            Value::Number(number)
        }
        _ => Value::Text(text.to_owned()),
    };
    properties.iter().map(|(name, text)| property(name, value(name, text))).collect()
}

/// The private property in which a majority node set names the share of its witness (KB 921181).
pub(super) fn witness(cluster: &Cluster, resource: &ResourceName) -> Option<(String, String)> {
    let share = ("MNSFileShare".to_owned(), r"\\WITNESS\MNS_FSQ".to_owned());
    let has = cluster.quorum_settings() == (resource.clone(), Quorum::MajorityWithWitness);
    has.then_some(share)
}

/// The cluster's own number for its version, and the build of Windows.
pub(super) fn cluster_version(release: Release) -> u32 {
    release.major() << 16 | u32::from(release.numbers().2)
}

/// The common properties of a node that nobody can set; no service pack is simulated.
pub(super) fn of_node(name: &NodeName, release: Release) -> Vec<Property> {
    let (major, minor, build) = release.numbers();
    vec![
        property("NodeName", Value::Text(name.to_string())),
        number("NodeHighestVersion", cluster_version(release)),
        number("NodeLowestVersion", cluster_version(release)),
        number("MajorVersion", major.into()),
        number("MinorVersion", minor.into()),
        number("BuildNumber", build.into()),
        property("CSDVersion", Value::Text(String::new())),
    ]
}

/// The common properties of a group.
pub(super) fn of_group(properties: &GroupProperties, windows: Windows) -> Vec<Property> {
    let mut list = vec![property("Description", Value::Text(String::new()))];
    list.extend(properties.persistent_state.map(|on| number("PersistentState", u32::from(on))));
    list.push(number("FailoverThreshold", properties.failover_threshold));
    list.push(number("FailoverPeriod", properties.failover_period_hours));
    list.push(number("AutoFailbackType", u32::from(properties.auto_failback)));
    let hour = |hour: Option<u32>| hour.unwrap_or(UNSET);
    list.push(number("FailbackWindowStart", hour(properties.failback_window_start)));
    list.push(number("FailbackWindowEnd", hour(properties.failback_window_end)));
    if windows == Windows::W2003 && !properties.anti_affinity.is_empty() {
        let classes = Value::Texts(properties.anti_affinity.clone());
        list.push(property("AntiAffinityClassNames", classes));
    }
    list
}

/// The common properties of a resource.
pub(super) fn of_resource(properties: &ResourceProperties, windows: Windows) -> Vec<Property> {
    let mut list = vec![
        property("Description", Value::Text(String::new())),
        property("DebugPrefix", Value::Text(String::new())),
        number("SeparateMonitor", u32::from(properties.separate_monitor)),
    ];
    list.extend(match (properties.persistent_state, windows) {
        (Some(on), _) => Some(number("PersistentState", u32::from(on))),
        // There the value is that it follows its group; in Windows 2000 there is none.
        (None, Windows::W2003) => Some(number("PersistentState", UNSET)),
        (None, Windows::W2000) => None,
    });
    let interval = |span: Option<Span>| span.map_or(UNSET, milliseconds);
    list.push(number("LooksAlivePollInterval", interval(properties.looks_alive_poll_interval)));
    list.push(number("IsAlivePollInterval", interval(properties.is_alive_poll_interval)));
    let action = properties.restart_action.unwrap_or(Restart::AndAffectGroup);
    list.push(number("RestartAction", action as u32));
    list.push(number("RestartThreshold", properties.restart_threshold));
    list.push(number("RestartPeriod", milliseconds(properties.restart_period)));
    let retry = match properties.retry_period_on_failure {
        RetryPeriod::Default | RetryPeriod::Never => UNSET,
        RetryPeriod::After(span) => milliseconds(span),
    };
    list.push(number("RetryPeriodOnFailure", retry));
    list.push(number("PendingTimeout", milliseconds(properties.pending_timeout)));
    list
}

/// The common properties of a resource type.
pub(super) fn of_type(properties: &TypeProperties) -> Vec<Property> {
    vec![
        number("LooksAlivePollInterval", milliseconds(properties.looks_alive_poll_interval)),
        number("IsAlivePollInterval", milliseconds(properties.is_alive_poll_interval)),
    ]
}

/// What a property list asks to be set.
///
/// # Errors
/// `ERROR_INVALID_PARAMETER`: one of its properties is not there, or of another type.
pub(super) fn asked_for<P>(
    list: &[Property],
    read: fn(&Property) -> Option<P>,
) -> Result<Vec<P>, ErrorCode> {
    list.iter().map(|it| read(it).ok_or(ErrorCode::ERROR_INVALID_PARAMETER)).collect()
}
