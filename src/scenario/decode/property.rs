//! Properties of groups, resources, resource types and the cluster: from their names and texts to
//! typed values, for the state at the start and for the verb `set` alike.

use std::collections::BTreeMap;

use crate::model::{NodeName, Span, same};
use crate::scenario::diagnostic::{Diagnostic, Kind, Mark, Placed};
use crate::scenario::names::Names;
use crate::scenario::nearest::shown;
use crate::scenario::reader::Reader;
use crate::scenario::tree::Node;
use crate::scenario::words;
use crate::sim::{
    ClusterProperties, GroupProperties, GroupProperty, ResourceProperties, ResourceProperty,
    TypeProperties,
};

/// The properties of a group, and where its anti-affinity stands.
pub(super) fn of_group(node: &Node, reader: &mut Reader) -> (GroupProperties, Option<Mark>) {
    let found = reader.properties(node, "the properties of a group", words::GROUP_PROPERTIES);
    let mut properties = GroupProperties::default();
    for name in words::GROUP_PROPERTIES {
        let Some(node) = found.get(name) else { continue };
        let Some(property) = group_property(name, node, None, reader) else { continue };
        if properties.set(&property).is_err() {
            let help = match *name {
                "FailoverPeriod" => "write a number of hours up to 1193",
                _ => "write an hour from 0 to 23, or 4294967295 for none",
            };
            unfit(name, node, help, reader);
        }
    }
    let classes = found.get("AntiAffinityClassNames").map(|node| node.mark);
    (properties, classes)
}

/// The properties of a resource.
pub(super) fn of_resource(node: &Node, reader: &mut Reader) -> ResourceProperties {
    let found = reader.properties(node, "the properties of a resource", words::RESOURCE_PROPERTIES);
    let mut properties = ResourceProperties::default();
    for name in words::RESOURCE_PROPERTIES {
        let Some(node) = found.get(name) else { continue };
        let Some(property) = resource_property(name, node, None, reader) else { continue };
        if properties.set(&property).is_err() {
            let help = match *name {
                "RetryPeriodOnFailure" => "make it at least as long as the RestartPeriod",
                _ => "write a number of milliseconds from 10 on",
            };
            unfit(name, node, help, reader);
        }
    }
    properties
}

/// The properties of resource types, by the registered name.
pub(super) fn of_types(node: &Node, reader: &mut Reader) -> BTreeMap<String, TypeProperties> {
    let mut types = BTreeMap::new();
    for (name, node) in reader.names(node, "the map of resource types", "the name of a type") {
        let what = "the properties of a resource type";
        let found = reader.properties(node, what, words::TYPE_PROPERTIES);
        let mut properties = TypeProperties::default();
        for (name, node) in found {
            let Some(ms) = super::group::number(node, "a number of milliseconds", reader) else {
                continue;
            };
            if ms == 0 {
                unfit(name, node, "write a number of milliseconds from 1 on", reader);
                continue;
            }
            let span = Span::from_ms(ms.into());
            match name {
                "LooksAlivePollInterval" => properties.looks_alive_poll_interval = span,
                _ => properties.is_alive_poll_interval = span,
            }
        }
        types.insert(name.value.clone(), properties);
    }
    types
}

/// The properties of the cluster itself, and where they stand.
pub(super) fn of_cluster(node: &Node, reader: &mut Reader) -> Placed<ClusterProperties> {
    let found = reader.properties(node, "the properties of the cluster", words::CLUSTER_PROPERTIES);
    let mut value = ClusterProperties::default();
    if let Some(node) = found.get("DisableGroupPreferredOwnerRandomization") {
        value.disable_randomization = on_or_off(node, reader).unwrap_or_default();
    }
    Placed { value, mark: node.mark }
}

fn unfit(name: &str, node: &Node, help: &str, reader: &mut Reader) {
    let text = reader.text(node, name);
    let text = text.map_or_else(String::new, |text| text.value);
    let message = format!("`{}` does not fit {name}", shown(&text));
    let problem = Diagnostic::new(Kind::BadNumber, node.mark, message);
    reader.problems.add(problem.help(help.to_owned()));
}

/// A property that `set` names, with the letters that the cluster has for it.
pub(super) fn named(
    node: &Node,
    what: &str,
    known: &[&[&'static str]],
    reader: &mut Reader,
) -> Option<&'static str> {
    let text = reader.text(node, what)?;
    let all: Vec<&'static str> = known.iter().flat_map(|names| names.iter().copied()).collect();
    if let Some(found) = all.iter().find(|name| same(name, &text.value)) {
        return Some(found);
    }
    let all: Vec<(&'static str, ())> = all.into_iter().map(|name| (name, ())).collect();
    reader.word(node, what, &all);
    None
}

/// A value for a property of a group. Names of nodes are looked up where they are known.
pub(super) fn group_property(
    name: &str,
    node: &Node,
    names: Option<&Names>,
    reader: &mut Reader,
) -> Option<GroupProperty> {
    let count = |reader: &mut Reader| super::group::number(node, "a number", reader);
    Some(match name {
        "PersistentState" => GroupProperty::PersistentState(on_or_off(node, reader)?),
        "FailoverThreshold" => GroupProperty::FailoverThreshold(count(reader)?),
        "FailoverPeriod" => GroupProperty::FailoverPeriod(count(reader)?),
        "AutoFailbackType" => GroupProperty::AutoFailbackType(on_or_off(node, reader)?),
        "FailbackWindowStart" => GroupProperty::FailbackWindowStart(count(reader)?),
        "FailbackWindowEnd" => GroupProperty::FailbackWindowEnd(count(reader)?),
        "PreferredOwners" => GroupProperty::PreferredOwners(nodes(node, names, reader)?),
        _ => {
            let names = reader.name_list(node, "AntiAffinityClassNames", "the name of a class")?;
            let names = names.into_iter().map(|name| name.value);
            GroupProperty::AntiAffinityClassNames(names.collect())
        }
    })
}

/// A value for a property of a resource.
pub(super) fn resource_property(
    name: &str,
    node: &Node,
    names: Option<&Names>,
    reader: &mut Reader,
) -> Option<ResourceProperty> {
    let ms = |reader: &mut Reader| super::group::number(node, "a number of milliseconds", reader);
    Some(match name {
        "PersistentState" => {
            let words = &[("1", Some(true)), ("0", Some(false)), ("4294967295", None)];
            ResourceProperty::PersistentState(reader.word(node, "a PersistentState", words)?.value)
        }
        "LooksAlivePollInterval" => ResourceProperty::LooksAlivePollInterval(ms(reader)?),
        "IsAlivePollInterval" => ResourceProperty::IsAlivePollInterval(ms(reader)?),
        "RestartAction" => {
            let action = reader.word(node, "a RestartAction", words::RESTART_ACTIONS)?;
            ResourceProperty::RestartAction(action.value)
        }
        "RestartThreshold" => {
            let count = super::group::number(node, "a number of restarts", reader)?;
            ResourceProperty::RestartThreshold(count)
        }
        "RestartPeriod" => ResourceProperty::RestartPeriod(ms(reader)?),
        "RetryPeriodOnFailure" => ResourceProperty::RetryPeriodOnFailure(ms(reader)?),
        "PendingTimeout" => ResourceProperty::PendingTimeout(ms(reader)?),
        "SeparateMonitor" => ResourceProperty::SeparateMonitor(on_or_off(node, reader)?),
        _ => ResourceProperty::PossibleOwners(nodes(node, names, reader)?),
    })
}

fn nodes(node: &Node, names: Option<&Names>, reader: &mut Reader) -> Option<Vec<NodeName>> {
    let listed = reader.name_list(node, "the list of owners", "the name of a node")?;
    let names = names?;
    let found = listed.iter().filter_map(|name| names.node(name, reader));
    Some(found.collect())
}

pub(super) fn on_or_off(node: &Node, reader: &mut Reader) -> Option<bool> {
    Some(reader.word(node, "a value of a property that is on or off", words::ON_OR_OFF)?.value)
}
