//! Lists of names: they are made when they are opened, and read by their places.
#![allow(non_snake_case, reason = "the functions bear the names of the Cluster API")]

use std::rc::Rc;

use super::super::boundary::{Number, Room};
use super::super::object::{self, Family, Object, hand_out};
use super::super::settings;
use super::{Answer, Opened, done, known_group, known_resource};
use crate::backend::Backend;
use crate::backend::clusapi::flag;
use crate::model::{ErrorCode, NodeName};

fn list(family: Family, names: Vec<(u32, String)>) -> Opened {
    Ok(hand_out(Object::Names(family, names.into())))
}

fn of_kind<N: ToString>(kind: u32, names: impl IntoIterator<Item = N>) -> Vec<(u32, String)> {
    names.into_iter().map(|name| (kind, name.to_string())).collect()
}

pub(in crate::simapi) fn ClusterOpenEnum(cluster: isize, kinds: u32) -> Opened {
    let client = object::client(cluster)?;
    let census = client.backend()?.census()?;
    let database = client.database()?;
    let database = database.borrow();
    let networks = database.network_settings();
    let mut names = Vec::new();
    let mut add = |kind: u32, these: Vec<String>| {
        if kinds & kind != 0 {
            names.extend(of_kind(kind, these));
        }
    };
    let text = |names: &[NodeName]| names.iter().map(ToString::to_string).collect();
    add(flag::CLUSTER_ENUM_NODE, text(&census.nodes));
    let types = database.resource_types();
    add(flag::CLUSTER_ENUM_RESTYPE, types.iter().map(ToString::to_string).collect());
    add(flag::CLUSTER_ENUM_RESOURCE, census.resources.iter().map(ToString::to_string).collect());
    add(flag::CLUSTER_ENUM_GROUP, census.groups.iter().map(ToString::to_string).collect());
    add(flag::CLUSTER_ENUM_NETWORK, networks.iter().map(|it| it.name.to_string()).collect());
    let interfaces = networks.iter().flat_map(settings::interface_names);
    add(flag::CLUSTER_ENUM_NETINTERFACE, interfaces.collect());
    let internal = networks.iter().filter(|network| network.role.carries_heartbeats());
    let internal = internal.map(|network| network.name.to_string()).collect();
    add(flag::CLUSTER_ENUM_INTERNAL_NETWORK, internal);
    list(Family::Cluster, names)
}

fn names(family: Family, handle: isize) -> Result<Rc<[(u32, String)]>, ErrorCode> {
    match object::names(handle)? {
        (found, names) if found == family => Ok(names),
        _ => Err(ErrorCode::ERROR_INVALID_HANDLE),
    }
}

macro_rules! read {
    ($($family:ident: $count:ident, $next:ident, $close:ident;)+) => {$(
        pub(in crate::simapi) fn $count(handle: isize) -> Answer {
            Ok(names(Family::$family, handle)?.len() as u32)
        }

        pub(in crate::simapi) fn $next(
            handle: isize,
            index: u32,
            kind: Number,
            name: Room,
        ) -> Answer {
            let names = names(Family::$family, handle)?;
            let found = names.get(index as usize).ok_or(ErrorCode::ERROR_NO_MORE_ITEMS)?;
            kind.set(found.0);
            done(name.put(&found.1))
        }

        pub(in crate::simapi) fn $close(handle: isize) -> Answer {
            done(object::close(handle, |it| matches!(it, Object::Names(Family::$family, _))))
        }
    )+};
}

read! {
    Cluster: ClusterGetEnumCount, ClusterEnum, ClusterCloseEnum;
    Node: ClusterNodeGetEnumCount, ClusterNodeEnum, ClusterNodeCloseEnum;
    Group: ClusterGroupGetEnumCount, ClusterGroupEnum, ClusterGroupCloseEnum;
    Resource: ClusterResourceGetEnumCount, ClusterResourceEnum, ClusterResourceCloseEnum;
    Network: ClusterNetworkGetEnumCount, ClusterNetworkEnum, ClusterNetworkCloseEnum;
}

pub(in crate::simapi) fn ClusterNodeOpenEnum(node: isize, kinds: u32) -> Opened {
    let (client, name) = object::node(node)?;
    let database = client.database()?;
    let networks = database.borrow().network_settings();
    let mut names = Vec::new();
    if kinds & flag::CLUSTER_NODE_ENUM_NETINTERFACES != 0 {
        for network in networks {
            let there = network.interfaces.iter().any(|(node, _)| *node == name);
            names.extend(there.then(|| settings::interface_name(&network.name, &name)));
        }
    }
    list(Family::Node, of_kind(flag::CLUSTER_NODE_ENUM_NETINTERFACES, names))
}

pub(in crate::simapi) fn ClusterNetworkOpenEnum(network: isize, kinds: u32) -> Opened {
    let (client, name) = object::network(network)?;
    let found = settings::network(&client, &name)?;
    let kind = kinds & flag::CLUSTER_NETWORK_ENUM_NETINTERFACES;
    let names = if kind == 0 { Vec::new() } else { settings::interface_names(&found).collect() };
    list(Family::Network, of_kind(kind, names))
}

pub(in crate::simapi) fn ClusterGroupOpenEnum(group: isize, kinds: u32) -> Opened {
    let (client, name) = known_group(group)?;
    let database = client.database()?;
    let settings = database.borrow().group_settings(&name)?;
    let mut names = Vec::new();
    if kinds & flag::CLUSTER_GROUP_ENUM_CONTAINS != 0 {
        names.extend(of_kind(flag::CLUSTER_GROUP_ENUM_CONTAINS, settings.resources));
    }
    if kinds & flag::CLUSTER_GROUP_ENUM_NODES != 0 {
        names.extend(of_kind(flag::CLUSTER_GROUP_ENUM_NODES, settings.preferred));
    }
    list(Family::Group, names)
}

pub(in crate::simapi) fn ClusterResourceOpenEnum(resource: isize, kinds: u32) -> Opened {
    let (client, name) = known_resource(resource)?;
    let database = client.database()?;
    let settings = database.borrow().resource_settings(&name)?;
    let mut names = Vec::new();
    if kinds & flag::CLUSTER_RESOURCE_ENUM_DEPENDS != 0 {
        names.extend(of_kind(flag::CLUSTER_RESOURCE_ENUM_DEPENDS, settings.depends_on));
    }
    if kinds & flag::CLUSTER_RESOURCE_ENUM_PROVIDES != 0 {
        names.extend(of_kind(flag::CLUSTER_RESOURCE_ENUM_PROVIDES, settings.dependents));
    }
    if kinds & flag::CLUSTER_RESOURCE_ENUM_NODES != 0 {
        names.extend(of_kind(flag::CLUSTER_RESOURCE_ENUM_NODES, settings.possible_owners));
    }
    list(Family::Resource, names)
}
