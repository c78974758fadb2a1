//! What the functions do, without a pointer in sight: here the cluster and control codes, below the
//! other objects.
//!
//! Source of what they answer: the documentation of the Cluster API and of its remote protocol.
#![allow(non_snake_case, reason = "the functions bear the names of the Cluster API")]

mod group;
mod list;
mod network;
mod node;
mod notify;
mod resource;

use super::boundary::{Input, Number, Output, Room, Version, Words};
use super::control;
use super::object::{self, Client, Object, hand_out};
use super::settings;
use crate::backend::Backend;
use crate::backend::clusapi::functions::CLUSTERVERSIONINFO;
use crate::model::ErrorCode;
use crate::sim::{Release, SimBackend, Step, Windows};

pub(super) use group::*;
pub(super) use list::*;
pub(super) use network::*;
pub(super) use node::*;
pub(super) use notify::*;
pub(super) use resource::*;

/// The error, or the number of success.
type Answer = Result<u32, ErrorCode>;
/// The error, or a handle.
type Opened = Result<isize, ErrorCode>;
/// The error, or a state or `TRUE`.
type Told = Result<i32, ErrorCode>;

const TRUE: i32 = 1;

fn done(result: Result<(), ErrorCode>) -> Answer {
    result.map(|()| 0)
}

fn name_of(words: Words) -> Result<String, ErrorCode> {
    words.read().ok_or(ErrorCode::ERROR_INVALID_PARAMETER)
}

/// What an administrator asks for.
fn ask(client: &Client, step: &Step) -> Result<(), ErrorCode> {
    let database = client.database()?;
    database.borrow_mut().ask_for(step)
}

pub(super) fn GetNodeClusterState(node: Words, state: Number) -> Answer {
    let node = match node.read() {
        Some(name) => object::machine(&name)?,
        None => object::local_machine()?,
    };
    let service = SimBackend::new(&super::cluster()?, &node)?.local().service;
    state.set(service as u32);
    Ok(0)
}

pub(super) fn OpenCluster(name: Words) -> Opened {
    Ok(hand_out(Object::Cluster(Client::open(name.read().as_deref())?)))
}

pub(super) fn CloseCluster(cluster: isize) -> Told {
    object::close(cluster, |it| matches!(it, Object::Cluster(_))).map(|()| TRUE)
}

pub(super) fn GetClusterInformation(cluster: isize, name: Room, info: Version) -> Answer {
    let database = object::client(cluster)?.database()?;
    let database = database.borrow();
    let release = Release::from(database.windows());
    let (major, minor, build) = release.numbers();
    info.put(CLUSTERVERSIONINFO {
        MajorVersion: major,
        MinorVersion: minor,
        BuildNumber: build,
        dwClusterHighestVersion: settings::cluster_version(release),
        dwClusterLowestVersion: settings::cluster_version(release),
        ..CLUSTERVERSIONINFO::default()
    })?;
    done(name.put(database.name()))
}

pub(super) fn GetClusterQuorumResource(
    cluster: isize,
    resource: Room,
    device: Room,
    log_size: Number,
) -> Answer {
    let database = object::client(cluster)?.database()?;
    let database = database.borrow();
    log_size.set(match database.windows() {
        Windows::W2000 => 64 << 10,
        Windows::W2003 => 4_096 << 10,
    });
    // Both lengths are told, even where one of the two texts does not fit.
    let named = resource.put(database.quorum_settings().0.as_str());
    let placed = device.put("");
    done(named.and(placed))
}

macro_rules! controls {
    ($($name:ident asks $answer:ident;)+) => {$(
        pub(super) fn $name(
            handle: isize,
            _: isize,
            code: u32,
            input: Input,
            output: Output,
        ) -> Answer {
            let answer = control::$answer(handle, code, &input.bytes())?;
            done(output.put(&answer))
        }
    )+};
}

controls! {
    ClusterResourceControl asks of_resource;
    ClusterGroupControl asks of_group;
    ClusterNodeControl asks of_node;
    ClusterNetworkControl asks of_network;
    ClusterNetInterfaceControl asks of_interface;
    ClusterControl asks of_cluster;
}
pub(super) fn ClusterResourceTypeControl(
    cluster: isize,
    type_name: Words,
    _: isize,
    code: u32,
    _: Input,
    output: Output,
) -> Answer {
    let answer = control::of_type(cluster, &name_of(type_name)?, code)?;
    done(output.put(&answer))
}
