//! What Exchange does not run beside what a node runs already: a second server on a node of a
//! larger cluster, and more storage groups than a node carries.

use std::fmt;

use serde::Serialize;

use super::cluster::{Cluster, GroupId, NodeId, ResourceId};
use super::resource::Kind;
use super::tool::storage_group;
use super::{Event, Release};
use crate::model::{ErrorCode, Exchange, ResourceState, in_force};

/// What stands against a group on a node. The words are those of Exchange's event log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Bar {
    /// The servers on the node would have so many storage groups together.
    StorageGroups {
        /// So many.
        count: usize,
        /// As many as a node carries.
        most: usize,
    },
    /// The node runs another version than the server is.
    Version {
        /// That of the node.
        node: Exchange,
        /// That of the server.
        server: Exchange,
    },
    /// The node runs a Windows on which the server's version of Exchange does not run.
    Windows {
        /// What is set up on the node.
        node: Release,
        /// The server's version.
        server: Exchange,
    },
}

impl fmt::Display for Bar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Bar::StorageGroups { count, most } => write!(
                f,
                "{count} storage groups together, a node carries {most} (MSExchangeCluster 2074, \
                 2086, 2065)"
            ),
            Bar::Version { node, server } => write!(
                f,
                "the version of Exchange on this machine, {}, does not match the server's, {}",
                node.word(),
                server.word()
            ),
            Bar::Windows { node, server } => write!(f, "{server} does not run on {}", node.name()),
        }
    }
}

/// Storage groups that a node carries, those of all servers on it together.
///
/// Source: Microsoft's articles KB 259197 and KB 314266; the edition's limit for 2007.
pub const fn storage_groups_max(exchange: Exchange) -> usize {
    match exchange {
        Exchange::E2000 | Exchange::E2003 => 4,
        Exchange::E2007 => 50,
    }
}

/// Up to two nodes Exchange runs active/active, and servers may meet on one node.
const ACTIVE_ACTIVE_NODES_MAX: usize = 2;

impl Cluster {
    /// Why a resource that has done all it could cannot come online here after all.
    pub(super) fn refused(&mut self, id: ResourceId) -> Option<ErrorCode> {
        match self.resources[id.index()].kind {
            Kind::PhysicalDisk => self.disk_refuses(id),
            Kind::IpAddress => self.network_refuses(id),
            Kind::SystemAttendant => {
                let group = self.resources[id.index()].group;
                self.other_windows(group)
                    .or_else(|| self.other_version(group))
                    .or_else(|| self.second_server(id))
            }
            Kind::InformationStore => self.too_many_storage_groups(id),
            Kind::Database => self.database_refuses(id),
            Kind::MessageTransferAgent => self.mta_refuses(self.resources[id.index()].group),
            _ => None,
        }
    }

    /// With more than two nodes, a node carries one Exchange Virtual Server at most, and the second
    /// one's System Attendant fails; one of Exchange 2007 is always alone.
    ///
    /// Source: Microsoft's article KB 329208, as the trade press cites it; its library for 2007.
    fn second_server(&self, id: ResourceId) -> Option<ErrorCode> {
        let group = self.resources[id.index()].group;
        let other = self.server_beside(group, self.groups[group.index()].owner);
        other.map(|_| ErrorCode::ERROR_RESMON_ONLINE_FAILED)
    }

    /// A server that is online on the node and beside which this group's does not start.
    pub(super) fn server_beside(&self, group: GroupId, node: NodeId) -> Option<GroupId> {
        let resources = self.groups[group.index()].resources.iter();
        let mut kinds = resources.map(|id| self.resources[id.index()].kind);
        let nodes = self.nodes.iter().filter(|node| node.configured).count();
        let few = nodes <= ACTIVE_ACTIVE_NODES_MAX && in_force("two-nodes-may-run-two-servers");
        let meet = few && !self.has_databases(group);
        if meet || !kinds.any(|kind| kind == Kind::SystemAttendant) {
            return None;
        }
        let other = self.online_on(node, Kind::SystemAttendant, group).next();
        other.filter(|_| in_force("one-server-a-node-beyond-two-nodes"))
    }

    /// The Information Store that would bring a node beyond its storage groups fails, and the event
    /// log says so. The code is that of any resource that does not come online.
    ///
    /// Source: Microsoft's article KB 314266, with the events 2074, 2086 and 2065.
    fn too_many_storage_groups(&mut self, id: ResourceId) -> Option<ErrorCode> {
        let group = self.resources[id.index()].group;
        let owner = self.groups[group.index()].owner;
        let others = self.online_on(owner, Kind::InformationStore, group);
        let groups: Vec<GroupId> = others.chain([group]).collect();
        let count: usize = groups.iter().map(|group| self.storage_groups(*group)).sum();
        let most = storage_groups_max(self.groups[group.index()].exchange);
        if count <= most || !in_force("four-storage-groups-a-node") {
            return None;
        }
        let node = self.node_name(self.groups[group.index()].owner);
        let why = Bar::StorageGroups { count, most };
        self.tell(Event::Barred { group: self.group_name(group), node, why });
        Some(ErrorCode::ERROR_RESMON_ONLINE_FAILED)
    }

    /// The groups of the node, but for this one, that have a resource of the kind online.
    fn online_on(
        &self,
        owner: NodeId,
        kind: Kind,
        group: GroupId,
    ) -> impl Iterator<Item = GroupId> {
        let online = move |other: &GroupId| {
            let resources = self.groups[other.index()].resources.iter();
            let mut resources = resources.map(|id| &self.resources[id.index()]);
            resources.any(|it| it.kind == kind && it.state == ResourceState::Online)
        };
        let all = (0..self.groups.len()).map(|at| GroupId(at as u32));
        let here = all.filter(move |other| {
            let it = &self.groups[other.index()];
            *other != group && it.owner == owner && !it.deleted
        });
        here.filter(online)
    }

    fn storage_groups(&self, group: GroupId) -> usize {
        let stores = self.groups[group.index()].stores.keys();
        let mut names: Vec<String> = stores.map(|name| storage_group(name).collect()).collect();
        names.dedup();
        names.len()
    }
}
