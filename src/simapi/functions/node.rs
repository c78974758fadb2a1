//! Nodes.
#![allow(non_snake_case, reason = "the functions bear the names of the Cluster API")]

use super::super::boundary::{Room, Signed, Words};
use super::super::object::{self, Client, Object, hand_out};
use super::{Answer, Opened, TRUE, Told, ask, done, name_of};
use crate::backend::Backend;
use crate::model::NodeName;
use crate::sim::Step;

pub(in crate::simapi) fn OpenClusterNode(cluster: isize, name: Words) -> Opened {
    let client = object::client(cluster)?;
    let name = NodeName::from(name_of(name)?.as_str());
    client.backend()?.node(&name)?;
    Ok(hand_out(Object::Node(client, name)))
}

pub(in crate::simapi) fn CloseClusterNode(node: isize) -> Told {
    object::close(node, |it| matches!(it, Object::Node(..))).map(|()| TRUE)
}

pub(in crate::simapi) fn GetClusterNodeState(node: isize) -> Told {
    let (client, name) = object::node(node)?;
    Ok(client.backend()?.node(&name)?.state as i32)
}

pub(in crate::simapi) fn GetClusterNodeId(node: isize, id: Room) -> Answer {
    let (client, name) = match node {
        // The node that the caller is on.
        0 => (Client::open(None)?, object::local_machine()?),
        _ => object::node(node)?,
    };
    done(id.put(&client.backend()?.node(&name)?.id.to_string()))
}

pub(in crate::simapi) fn PauseClusterNode(node: isize) -> Answer {
    let (client, name) = object::node(node)?;
    done(ask(&client, &Step::Pause(name)))
}

pub(in crate::simapi) fn ResumeClusterNode(node: isize) -> Answer {
    let (client, name) = object::node(node)?;
    done(ask(&client, &Step::Resume(name)))
}

pub(in crate::simapi) fn EvictClusterNode(node: isize) -> Answer {
    let (client, name) = object::node(node)?;
    done(ask(&client, &Step::Evict(name)))
}

pub(in crate::simapi) fn EvictClusterNodeEx(node: isize, _: u32, cleanup: Signed) -> Answer {
    EvictClusterNode(node)?;
    cleanup.set(0);
    Ok(0)
}
