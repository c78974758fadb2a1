//! What Exchange does not run beside what a node runs already: a second server on a node of a
//! larger cluster, and more storage groups than a node carries.

use super::cluster::{Cluster, GroupId, NodeId, ResourceId};
use super::resource::Kind;
use super::tool::storage_group;
use super::{Bar, Event};
use crate::model::{ErrorCode, ResourceState, in_force};

/// Storage groups that a node carries, those of all servers on it together.
///
/// Source: Microsoft's articles KB 259197 and KB 314266.
pub(super) const STORAGE_GROUPS_MAX: usize = 4;
/// Up to two nodes Exchange runs active/active, and servers may meet on one node.
const ACTIVE_ACTIVE_NODES_MAX: usize = 2;

impl Cluster {
    /// Why a resource that has done all it could cannot come online here after all.
    pub(super) fn refused(&mut self, id: ResourceId) -> Option<ErrorCode> {
        match self.resources[id.index()].kind {
            Kind::PhysicalDisk => self.disk_refuses(id),
            Kind::IpAddress => self.network_refuses(id),
            Kind::SystemAttendant => self.second_server(id),
            Kind::InformationStore => self.too_many_storage_groups(id),
            _ => None,
        }
    }

    /// With more than two nodes, a node carries one Exchange Virtual Server at most, and the second
    /// one's System Attendant fails.
    ///
    /// Source: Microsoft's article KB 329208, as the trade press cites it.
    fn second_server(&self, id: ResourceId) -> Option<ErrorCode> {
        let nodes = self.nodes.iter().filter(|node| node.configured).count();
        if nodes <= ACTIVE_ACTIVE_NODES_MAX || !in_force("one-server-a-node-beyond-two-nodes") {
            return None;
        }
        let group = self.resources[id.index()].group;
        let other = self.online_beside(Kind::SystemAttendant, group).next();
        other.map(|_| ErrorCode::ERROR_RESMON_ONLINE_FAILED)
    }

    /// The Information Store that would bring a node beyond its storage groups fails, and the event
    /// log says so. The code is that of any resource that does not come online.
    ///
    /// Source: Microsoft's article KB 314266, with the events 2074, 2086 and 2065.
    fn too_many_storage_groups(&mut self, id: ResourceId) -> Option<ErrorCode> {
        let group = self.resources[id.index()].group;
        let others = self.online_beside(Kind::InformationStore, group);
        let groups: Vec<GroupId> = others.chain([group]).collect();
        let count: usize = groups.iter().map(|group| self.storage_groups(*group)).sum();
        if count <= STORAGE_GROUPS_MAX || !in_force("four-storage-groups-a-node") {
            return None;
        }
        let node = self.node_name(self.groups[group.index()].owner);
        let why = Bar::StorageGroups { count, most: STORAGE_GROUPS_MAX };
        self.tell(Event::Barred { group: self.group_name(group), node, why });
        Some(ErrorCode::ERROR_RESMON_ONLINE_FAILED)
    }

    /// The other groups of this one's owner that have a resource of the kind online.
    fn online_beside(&self, kind: Kind, group: GroupId) -> impl Iterator<Item = GroupId> {
        let owner: NodeId = self.groups[group.index()].owner;
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
