//! Versions of Exchange side by side during a rolling upgrade: a node is upgraded while it serves
//! no server, then a server on it while its System Attendant is down.
//!
//! Absent on purpose: the time that setup takes. Upgrades of Windows stand in `release`. Nothing is
//! upgraded to Exchange 2007, which is set up anew beside the old.

use std::collections::BTreeSet;

use super::cluster::{Cluster, GroupId, NodeId, ResourceId};
use super::resource::Kind;
use super::{Bar, Event};
use crate::model::{ErrorCode, Exchange, ResourceState, in_force};

impl Cluster {
    pub(super) fn upgrade_node(&mut self, node: NodeId, to: Exchange) -> Result<(), ErrorCode> {
        if !self.nodes[node.index()].machine_on {
            return Err(ErrorCode::ERROR_CLUSTER_NODE_DOWN);
        }
        if to <= self.nodes[node.index()].exchange || to == Exchange::E2007 {
            return Err(ErrorCode::ERROR_INVALID_PARAMETER);
        }
        let serves = |group: &GroupId| {
            let here = &self.groups[group.index()];
            here.owner == node && !here.deleted && !self.attendant_down(*group)
        };
        let mut groups = (0..self.groups.len()).map(|at| GroupId(at as u32));
        if groups.any(|group| serves(&group)) && in_force("a-node-that-serves-is-not-upgraded") {
            return Err(ErrorCode::ERROR_RESOURCE_ONLINE);
        }
        self.nodes[node.index()].exchange = to;
        self.touch(node);
        Ok(())
    }

    /// The server becomes what its node runs. The protocols of an Exchange 2000 server depended on
    /// its Information Store, and depend on its System Attendant from then on.
    pub(super) fn upgrade_evs(&mut self, group: GroupId) -> Result<(), ErrorCode> {
        self.reachable(group)?;
        let to = self.nodes[self.groups[group.index()].owner.index()].exchange;
        if to <= self.groups[group.index()].exchange {
            return Err(ErrorCode::ERROR_INVALID_STATE);
        }
        if !self.attendant_down(group) && in_force("a-server-that-runs-is-not-upgraded") {
            return Err(ErrorCode::ERROR_RESOURCE_ONLINE);
        }
        self.groups[group.index()].exchange = to;
        let stores = self.resources_of(group, Kind::InformationStore);
        let attendants = self.resources_of(group, Kind::SystemAttendant);
        if let (Some(store), Some(attendant)) = (stores.first(), attendants.first())
            && in_force("an-upgrade-ties-protocols-to-the-attendant")
        {
            self.tie_protocols(*store, *attendant);
        }
        self.tell(Event::Upgraded { group: self.group_name(group), to });
        self.touch_all();
        Ok(())
    }

    fn tie_protocols(&mut self, store: ResourceId, attendant: ResourceId) {
        for id in std::mem::take(&mut self.resources[store.index()].dependents) {
            let below = &mut self.resources[id.index()].depends_on;
            below.retain(|other| *other != store);
            below.push(attendant);
            let named = below.clone();
            let named = named.iter().map(|below| self.resources[below.index()].name.clone());
            let named = named.collect::<BTreeSet<_>>();
            self.resources[id.index()].below = named.into();
            self.resources[attendant.index()].dependents.push(id);
        }
    }

    fn attendant_down(&self, group: GroupId) -> bool {
        let down = |state| matches!(state, ResourceState::Offline | ResourceState::Failed);
        let attendants = self.resources_of(group, Kind::SystemAttendant);
        attendants.iter().all(|id| down(self.resources[id.index()].state))
    }

    /// A server comes online on a node of its own version only.
    ///
    /// Source: the trade press, which quotes the message of the System Attendant.
    pub(super) fn other_version(&mut self, group: GroupId) -> Option<ErrorCode> {
        let here = &self.groups[group.index()];
        let owner = &self.nodes[here.owner.index()];
        let why = Bar::Version { node: owner.exchange, server: here.exchange };
        if owner.exchange == here.exchange || !in_force("a-server-runs-on-its-own-version") {
            return None;
        }
        let node = owner.name.clone();
        self.tell(Event::Barred { group: self.group_name(group), node, why });
        Some(ErrorCode::ERROR_RESMON_ONLINE_FAILED)
    }
}
