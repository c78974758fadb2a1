//! Resources.
#![allow(non_snake_case, reason = "the functions bear the names of the Cluster API")]

use super::super::boundary::{Room, Words};
use super::super::object::{self, Client, Object, hand_out};
use super::super::settings;
use super::{Answer, Opened, TRUE, Told, ask, done, name_of};
use crate::backend::{ActError, Backend};
use crate::model::{Act, Action, ErrorCode, NodeName, ResourceName, ResourceState};
use crate::sim::{ResourceProperty, Step};

/// The resource that a handle stands for, if there still is that very one.
pub(in crate::simapi) fn known_resource(
    handle: isize,
) -> Result<(Client, ResourceName), ErrorCode> {
    let (client, name, guid) = object::resource(handle)?;
    match client.backend()?.resource(&name) {
        Ok(resource) if resource.guid == guid => Ok((client, name)),
        Ok(_) | Err(ErrorCode::ERROR_RESOURCE_NOT_FOUND) => {
            Err(ErrorCode::ERROR_RESOURCE_NOT_AVAILABLE)
        }
        Err(code) => Err(code),
    }
}

pub(in crate::simapi) fn OpenClusterResource(cluster: isize, name: Words) -> Opened {
    let client = object::client(cluster)?;
    let name = ResourceName::from(name_of(name)?.as_str());
    let guid = client.backend()?.resource(&name)?.guid;
    Ok(hand_out(Object::Resource(client, name, guid)))
}

pub(in crate::simapi) fn CloseClusterResource(resource: isize) -> Told {
    object::close(resource, |it| matches!(it, Object::Resource(..))).map(|()| TRUE)
}

pub(in crate::simapi) fn GetClusterResourceState(resource: isize, node: Room, group: Room) -> Told {
    let (client, name) = known_resource(resource)?;
    let backend = client.backend()?;
    let found = backend.resource(&name)?;
    let owner = backend.group(&found.group)?.owner;
    // Both lengths are told, even where one of the two names does not fit.
    let owned = node.put(owner.as_str());
    let held = group.put(found.group.as_str());
    owned.and(held)?;
    Ok(found.state as i32)
}

/// A node's own request bears the node's name. A store of Exchange 2007 is a resource, and what is
/// asked of that is a mount or a dismount.
fn set_online(resource: isize, online: bool) -> Answer {
    let (client, name) = known_resource(resource)?;
    let database = client.database()?;
    if client.is_node() {
        let mut backend = client.backend()?;
        let group = backend.resource(&name)?.group;
        let store = database.borrow().resource_settings(&name)?.store;
        let act = match (store, online) {
            (Some(store), true) => Act::Mount { group, store },
            (Some(store), false) => Act::Dismount { group, store },
            (None, true) => Act::Online { group, resource: name.clone() },
            (None, false) => Act::Offline { group, resource: name.clone() },
        };
        match backend.start(&Action { act, requires: Vec::new() }) {
            Err(ActError::Failed(code)) => return Err(code),
            // Nothing was required.
            Err(ActError::Unmet(_) | ActError::Doubtful(..)) | Ok(()) => {}
        }
    } else {
        let step = if online { Step::OnlineResource } else { Step::OfflineResource };
        ask(&client, &step(name.clone()))?;
    }
    // It may have been complete at once; else it is under way, or waits for others first.
    let wanted = if online { ResourceState::Online } else { ResourceState::Offline };
    match client.backend()?.resource(&name)?.state == wanted {
        true => Ok(0),
        false => Err(ErrorCode::ERROR_IO_PENDING),
    }
}

pub(in crate::simapi) fn OnlineClusterResource(resource: isize) -> Answer {
    set_online(resource, true)
}

pub(in crate::simapi) fn OfflineClusterResource(resource: isize) -> Answer {
    set_online(resource, false)
}

pub(in crate::simapi) fn FailClusterResource(resource: isize) -> Answer {
    let (client, name) = known_resource(resource)?;
    done(ask(&client, &Step::InitiateFailure(name)))
}

fn set_possible_owners(
    resource: isize,
    node: isize,
    change: impl Fn(&mut Vec<NodeName>, NodeName) -> Result<(), ErrorCode>,
) -> Answer {
    let (client, name) = known_resource(resource)?;
    let (_, node) = object::node(node)?;
    let mut owners =
        client.database()?.borrow().resource_settings(&name).map(|it| it.possible_owners)?;
    change(&mut owners, node)?;
    let property = ResourceProperty::PossibleOwners(owners);
    done(ask(&client, &Step::SetResource { resource: name, property }))
}

pub(in crate::simapi) fn AddClusterResourceNode(resource: isize, node: isize) -> Answer {
    set_possible_owners(resource, node, |owners, node| match owners.contains(&node) {
        true => Err(ErrorCode::ERROR_OBJECT_ALREADY_EXISTS),
        false => {
            owners.push(node);
            Ok(())
        }
    })
}

pub(in crate::simapi) fn RemoveClusterResourceNode(resource: isize, node: isize) -> Answer {
    set_possible_owners(resource, node, |owners, node| match owners.contains(&node) {
        false => Err(ErrorCode::ERROR_CLUSTER_NODE_NOT_FOUND),
        true => {
            owners.retain(|owner| *owner != node);
            Ok(())
        }
    })
}

pub(in crate::simapi) fn CanResourceBeDependent(resource: isize, dependent: isize) -> Told {
    let (client, name) = known_resource(resource)?;
    let (_, other) = known_resource(dependent)?;
    let backend = client.backend()?;
    let together = backend.resource(&name)?.group == backend.resource(&other)?.group;
    let below = settings::below(&backend, &other)?;
    Ok(i32::from(together && name != other && !below.contains(&name)))
}

pub(in crate::simapi) fn GetClusterResourceNetworkName(resource: isize, name: Room) -> Told {
    let (client, asked) = known_resource(resource)?;
    let found = settings::network_name(&client.backend()?, &asked)?;
    name.put(&found.ok_or(ErrorCode::ERROR_DEPENDENCY_NOT_FOUND)?)?;
    Ok(TRUE)
}
