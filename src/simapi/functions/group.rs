//! Groups.
#![allow(non_snake_case, reason = "the functions bear the names of the Cluster API")]

use super::super::boundary::{Handles, Room, Words};
use super::super::object::{self, Client, Object, hand_out};
use super::{Answer, Opened, TRUE, Told, ask, done, name_of};
use crate::backend::Backend;
use crate::model::{ErrorCode, GroupName, NodeName};
use crate::sim::{GroupProperty, Step};

/// The group that a handle stands for, if there still is that very one.
pub(in crate::simapi) fn known_group(handle: isize) -> Result<(Client, GroupName), ErrorCode> {
    let (client, name, guid) = object::group(handle)?;
    match client.backend()?.group(&name) {
        Ok(facts) if facts.guid == guid => Ok((client, name)),
        Ok(_) | Err(ErrorCode::ERROR_GROUP_NOT_FOUND) => Err(ErrorCode::ERROR_GROUP_NOT_AVAILABLE),
        Err(code) => Err(code),
    }
}

pub(in crate::simapi) fn OpenClusterGroup(cluster: isize, name: Words) -> Opened {
    let client = object::client(cluster)?;
    let name = GroupName::from(name_of(name)?.as_str());
    let guid = client.backend()?.group(&name)?.guid;
    Ok(hand_out(Object::Group(client, name, guid)))
}

pub(in crate::simapi) fn CloseClusterGroup(group: isize) -> Told {
    object::close(group, |it| matches!(it, Object::Group(..))).map(|()| TRUE)
}

pub(in crate::simapi) fn GetClusterGroupState(group: isize, node: Room) -> Told {
    let (client, name) = known_group(group)?;
    let facts = client.backend()?.group(&name)?;
    node.put(facts.owner.as_str())?;
    Ok(facts.state as i32)
}

fn destination(node: isize) -> Result<Option<NodeName>, ErrorCode> {
    match node {
        0 => Ok(None),
        _ => object::node(node).map(|(_, name)| Some(name)),
    }
}

pub(in crate::simapi) fn OnlineClusterGroup(group: isize, node: isize) -> Answer {
    let (client, name) = known_group(group)?;
    if let Some(to) = destination(node)? {
        match ask(&client, &Step::Move { group: name.clone(), to: Some(to) }) {
            Ok(()) | Err(ErrorCode::ERROR_IO_PENDING) => {}
            Err(code) => return Err(code),
        }
    }
    done(ask(&client, &Step::OnlineGroup(name)))
}

pub(in crate::simapi) fn OfflineClusterGroup(group: isize) -> Answer {
    let (client, name) = known_group(group)?;
    done(ask(&client, &Step::OfflineGroup(name)))
}

pub(in crate::simapi) fn MoveClusterGroup(group: isize, node: isize) -> Answer {
    let (client, name) = known_group(group)?;
    done(ask(&client, &Step::Move { group: name, to: destination(node)? }))
}

pub(in crate::simapi) fn SetClusterGroupNodeList(group: isize, nodes: Handles) -> Answer {
    let (client, name) = known_group(group)?;
    let names: Result<Vec<NodeName>, ErrorCode> =
        nodes.read().into_iter().map(|node| object::node(node).map(|(_, name)| name)).collect();
    let property = GroupProperty::PreferredOwners(names?);
    done(ask(&client, &Step::SetGroup { group: name, property }))
}
