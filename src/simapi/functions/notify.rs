//! Ports, through which the cluster tells of changes.
#![allow(non_snake_case, reason = "the functions bear the names of the Cluster API")]

use super::super::boundary::{Anything, Key, Number, Room};
use super::super::object::{self, Object, hand_out};
use super::super::port::{self, Port};
use super::super::settings;
use super::{Answer, Opened, TRUE, Told};
use crate::model::ErrorCode;

pub(in crate::simapi) fn CreateClusterNotifyPort(
    change: isize,
    cluster: isize,
    filter: u32,
    key: usize,
) -> Opened {
    let client = object::client(cluster)?;
    match change {
        // `INVALID_HANDLE_VALUE`: a new one.
        -1 => Ok(hand_out(Object::Port(Port::open(client, filter, key)?))),
        _ => {
            object::port(change)?.borrow_mut().register(filter, None, key);
            Ok(change)
        }
    }
}

pub(in crate::simapi) fn RegisterClusterNotify(
    port: isize,
    filter: u32,
    about: Anything,
    key: usize,
) -> Answer {
    let port = object::port(port)?;
    let name = match object::object(about.as_handle())? {
        Object::Cluster(_) => None,
        Object::Node(_, name) => Some(name.to_string()),
        Object::Group(_, name, _) => Some(name.to_string()),
        Object::Resource(_, name, _) => Some(name.to_string()),
        Object::Network(_, name) => Some(name.to_string()),
        Object::Interface(_, node, network) => Some(settings::interface_name(&network, &node)),
        Object::Names(..) | Object::Port(_) => return Err(ErrorCode::ERROR_INVALID_HANDLE),
    };
    port.borrow_mut().register(filter, name, key);
    Ok(0)
}

pub(in crate::simapi) fn GetClusterNotify(
    handle: isize,
    key: Key,
    filter: Number,
    name: Room,
    wait_ms: u32,
) -> Answer {
    let change = port::next(&object::port(handle)?, wait_ms)?;
    key.set(change.key);
    filter.set(change.kind);
    name.put(&change.name)?;
    // Only what was taken away is gone.
    object::port(handle)?.borrow_mut().take();
    Ok(0)
}

pub(in crate::simapi) fn CloseClusterNotifyPort(port: isize) -> Told {
    object::close(port, |it| matches!(it, Object::Port(_))).map(|()| TRUE)
}
