//! Networks and interfaces.
#![allow(non_snake_case, reason = "the functions bear the names of the Cluster API")]

use super::super::boundary::{Room, Words};
use super::super::object::{self, Object, hand_out};
use super::super::settings;
use super::{Answer, Opened, TRUE, Told, done, name_of};
use crate::model::{ErrorCode, Guid, NodeName, same};

pub(in crate::simapi) fn OpenClusterNetwork(cluster: isize, name: Words) -> Opened {
    let client = object::client(cluster)?;
    let name = settings::network(&client, &name_of(name)?.as_str().into())?.name;
    Ok(hand_out(Object::Network(client, name)))
}

pub(in crate::simapi) fn CloseClusterNetwork(network: isize) -> Told {
    object::close(network, |it| matches!(it, Object::Network(..))).map(|()| TRUE)
}

pub(in crate::simapi) fn GetClusterNetworkState(network: isize) -> Told {
    let (client, name) = object::network(network)?;
    Ok(settings::network(&client, &name)?.state as i32)
}

pub(in crate::simapi) fn GetClusterNetworkId(network: isize, id: Room) -> Answer {
    let (client, name) = object::network(network)?;
    let name = settings::network(&client, &name)?.name;
    done(id.put(&Guid::derived(&["network", name.as_str()]).to_string()))
}

pub(in crate::simapi) fn OpenClusterNetInterface(cluster: isize, name: Words) -> Opened {
    let client = object::client(cluster)?;
    let asked = name_of(name)?;
    let database = client.database()?;
    for network in database.borrow().network_settings() {
        for (node, _) in &network.interfaces {
            if same(&settings::interface_name(&network.name, node), &asked) {
                return Ok(hand_out(Object::Interface(client, node.clone(), network.name)));
            }
        }
    }
    Err(ErrorCode::ERROR_CLUSTER_NETINTERFACE_NOT_FOUND)
}

pub(in crate::simapi) fn CloseClusterNetInterface(interface: isize) -> Told {
    object::close(interface, |it| matches!(it, Object::Interface(..))).map(|()| TRUE)
}

pub(in crate::simapi) fn GetClusterNetInterfaceState(interface: isize) -> Told {
    let (client, node, network) = object::interface(interface)?;
    let interfaces = settings::network(&client, &network)?.interfaces;
    let found = interfaces.iter().find(|(name, _)| *name == node);
    let found = found.ok_or(ErrorCode::ERROR_CLUSTER_NETINTERFACE_NOT_FOUND)?;
    Ok(found.1 as i32)
}

pub(in crate::simapi) fn GetClusterNetInterface(
    cluster: isize,
    node: Words,
    network: Words,
    name: Room,
) -> Answer {
    let client = object::client(cluster)?;
    let node = NodeName::from(name_of(node)?.as_str());
    let network = settings::network(&client, &name_of(network)?.as_str().into())?;
    let found = network.interfaces.iter().find(|(name, _)| *name == node);
    let (node, _) = found.ok_or(ErrorCode::ERROR_CLUSTER_NETINTERFACE_NOT_FOUND)?;
    done(name.put(&settings::interface_name(&network.name, node)))
}
