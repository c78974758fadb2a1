//! What an administrator does with a node: pausing and resuming it, stopping and starting its
//! cluster service.
//!
//! Absent on purpose: how long a service needs to stop once its groups are gone; no source says.

use super::cluster::{Cluster, Due, GroupId, NodeId, Service};
use super::switches::PausedCode;
use super::{Departure, NodeChange, OwnerChange};
use crate::model::{ErrorCode, NodeState, in_force};

/// Pausing and resuming.
impl Cluster {
    pub(super) fn pause(&mut self, id: NodeId) -> Result<(), ErrorCode> {
        self.answering_member(id)?;
        if !self.nodes[id.index()].paused || !in_force("pausing-twice-does-nothing") {
            self.nodes[id.index()].paused = true;
            self.set_state(id, NodeState::Paused, NodeChange::Paused);
        }
        Ok(())
    }

    /// What came to the node while it was paused, and waits for a node, is brought online now.
    pub(super) fn resume(&mut self, id: NodeId) -> Result<(), ErrorCode> {
        self.answering_member(id)?;
        if !self.nodes[id.index()].paused && in_force("only-a-paused-node-is-resumed") {
            return Err(ErrorCode::ERROR_CLUSTER_NODE_NOT_PAUSED);
        }
        self.nodes[id.index()].paused = false;
        self.set_state(id, NodeState::Up, NodeChange::Resumed);
        self.return_home(id);
        Ok(())
    }

    fn answering_member(&self, id: NodeId) -> Result<(), ErrorCode> {
        let node = &self.nodes[id.index()];
        match node.service {
            _ if !node.configured => Err(ErrorCode::ERROR_CLUSTER_NODE_NOT_FOUND),
            _ if !node.alive() => Err(ErrorCode::ERROR_CLUSTER_NODE_DOWN),
            _ if node.stuck => Err(ErrorCode::ERROR_CLUSTER_NODE_UNREACHABLE),
            Service::Stopping => Err(ErrorCode::ERROR_CLUSTER_NODE_SHUTTING_DOWN),
            _ => Ok(()),
        }
    }

    /// Whether a group may go to the node; to a paused one only where there is no other.
    pub(super) fn takes_groups(&self, id: NodeId, last_resort: bool) -> bool {
        let node = &self.nodes[id.index()];
        let open = match node.state {
            NodeState::Up => true,
            NodeState::Paused => last_resort || !in_force("a-paused-node-takes-no-group"),
            NodeState::Down | NodeState::Joining => false,
        };
        open && node.service != Service::Stopping && !node.stuck
    }

    /// Whether the group's owner brings something online when it is asked to.
    pub(super) fn takes_work(&self, group: GroupId) -> Result<(), ErrorCode> {
        let owner = &self.nodes[self.groups[group.index()].owner.index()];
        match (owner.service, owner.state) {
            (Service::Stopping, _) if in_force("a-stopping-service-brings-nothing-online") => {
                Err(ErrorCode::ERROR_CLUSTER_NODE_SHUTTING_DOWN)
            }
            (_, NodeState::Paused) => Err(match self.switches.paused_owner_answers {
                PausedCode::NodePaused => ErrorCode::ERROR_CLUSTER_NODE_PAUSED,
                PausedCode::SharingPaused => ErrorCode::ERROR_SHARING_PAUSED,
            }),
            _ => Ok(()),
        }
    }

    /// Whoever wins the quorum owns its group, also where the rest of it may not be: that waits.
    pub(super) fn bring_to_intent(&mut self, group: GroupId) {
        let id = self.groups[group.index()].owner;
        match (self.nodes[id.index()].service, self.nodes[id.index()].state) {
            (Service::Stopping, _) if in_force("a-stopping-service-finds-another-node") => {
                self.vacate(group)
            }
            // Nobody has noticed yet that its machine shuts down.
            (Service::Closing, _) if in_force("a-closing-machine-brings-nothing-online") => {
                self.want_all(group, false)
            }
            (_, state) if state == NodeState::Paused || !self.possible_owner(group, id) => {
                self.hold(group)
            }
            _ => self.bring_up(group),
        }
    }

    /// A group that comes to a paused node is not brought online there, except for the quorum:
    /// without it there is no cluster.
    pub(super) fn hold(&mut self, group: GroupId) {
        self.groups[group.index()].held = true;
        self.want_all(group, false);
        for &id in &*self.resources_in(group) {
            self.settle_failed(id);
            self.resources[id.index()].wanted = id == self.quorum;
        }
        self.raise_dependencies(group);
        self.drive(group);
    }
}

/// Stopping and starting the cluster service. The service manager of the machine is asked.
impl Cluster {
    /// The node gives its groups away, and leaves when none of them runs on it any more.
    pub(super) fn stop_service(&mut self, id: NodeId) -> Result<(), ErrorCode> {
        match self.managed_service(id)? {
            _ if self.nodes[id.index()].stuck => {
                return Err(ErrorCode::ERROR_SERVICE_REQUEST_TIMEOUT);
            }
            Service::Stopped if in_force("what-is-stopped-cannot-be-stopped") => {
                return Err(ErrorCode::ERROR_SERVICE_NOT_ACTIVE);
            }
            Service::Stopping | Service::Challenging | Service::Closing => {
                return Err(ErrorCode::ERROR_SERVICE_CANNOT_ACCEPT_CTRL);
            }
            Service::Stopped | Service::Starting => {
                self.end_service(id);
                if self.nodes[id.index()].state == NodeState::Joining {
                    self.set_state(id, NodeState::Down, NodeChange::ServiceStopped);
                }
            }
            Service::Member => {
                self.nodes[id.index()].service = Service::Stopping;
                for group in self.groups_of(id) {
                    self.groups[group.index()].outage.disturb(self.now, true);
                    let rests = self.groups[group.index()].moving.is_none();
                    if rests && in_force("a-stopping-service-gives-its-groups-away") {
                        self.vacate(group);
                    }
                }
            }
        }
        Ok(())
    }

    pub(super) fn start_service(&mut self, id: NodeId) -> Result<(), ErrorCode> {
        let stopped = self.managed_service(id)? == Service::Stopped;
        if !stopped && in_force("what-runs-cannot-be-started") {
            return Err(ErrorCode::ERROR_SERVICE_ALREADY_RUNNING);
        }
        self.nodes[id.index()].session += 1;
        self.service_starts(id, self.nodes[id.index()].session);
        Ok(())
    }

    fn managed_service(&self, id: NodeId) -> Result<Service, ErrorCode> {
        let node = &self.nodes[id.index()];
        match node.runs() {
            false => Err(ErrorCode::RPC_S_SERVER_UNAVAILABLE),
            true if !node.set_up => Err(ErrorCode::ERROR_SERVICE_DOES_NOT_EXIST),
            true => Ok(node.service),
        }
    }

    pub(super) fn groups_of(&self, id: NodeId) -> Vec<GroupId> {
        let all = (0..self.groups.len() as u32).map(GroupId);
        all.filter(|group| self.groups[group.index()].owner == id)
            .filter(|group| !self.groups[group.index()].deleted)
            .collect()
    }

    /// Sends a group away from a node that stops; where nobody can have it, it goes offline there.
    pub(super) fn vacate(&mut self, group: GroupId) {
        match self.destination(group, Departure::ServiceStops) {
            Some((to, why)) => self.begin_move(group, to, why),
            None if in_force("what-nobody-takes-goes-offline") => {
                self.want_all(group, false);
                self.drive(group);
            }
            None => {}
        }
    }

    /// Nodes that stop leave the cluster as soon as nothing runs on them.
    pub(super) fn finish_stops(&mut self) {
        for index in 0..self.nodes.len() {
            let id = NodeId(index as u32);
            let idle = |group: &GroupId| {
                self.groups[group.index()].moving.is_none() && self.all_down(*group)
            };
            let stops = self.nodes[index].service == Service::Stopping && !self.nodes[index].stuck;
            let waits = in_force("a-stopping-service-waits-for-its-groups");
            if stops && (!waits || self.groups_of(id).iter().all(idle)) {
                self.leave(id);
            }
        }
    }

    /// The others know at once: the node says goodbye, no heartbeat has to be missed.
    fn leave(&mut self, id: NodeId) {
        self.end_service(id);
        if !in_force("who-leaves-says-goodbye") {
            return self.falls_silent(id);
        }
        self.set_state(id, NodeState::Down, NodeChange::ServiceStopped);
        if self.members().next().is_none() {
            return;
        }
        for group in self.groups_of(id) {
            self.rehome(group);
        }
        let owner = self.quorum_owner();
        let side: Vec<NodeId> = self.members().collect();
        if self.nodes[owner.index()].alive() {
            return;
        }
        if owner != id && in_force("who-leaves-gives-only-its-own-quorum-up") {
            // Another died with it, which its silence tells. This one may have been the challenger.
            if self.arbitrator.take_if(|(node, ..)| *node == id).is_some() {
                self.arbitrate_or_end(side);
            }
            return;
        }
        // The node gave the quorum up in good order: nobody has to be challenged for it.
        match self.challenger(&side) {
            Some(heir) if self.nodes[heir.index()].service == Service::Member => {
                let session = self.nodes[heir.index()].session;
                match self.nodes[heir.index()].acts() || !in_force("an-heir-that-hangs-waits") {
                    true => self.inherits_quorum(heir, session),
                    false => self.queue.push(self.now, Due::Inherited { node: heir, session }),
                }
            }
            _ => self.arbitrate_or_end(side),
        }
    }

    /// What the node before it gave up, the heir holds from now on, unless somebody else does.
    pub(super) fn inherits_quorum(&mut self, heir: NodeId, session: u64) {
        let free = !self.nodes[self.quorum_owner().index()].alive();
        if free && self.nodes[heir.index()].session == session {
            self.hold_quorum(heir, OwnerChange::WonQuorum);
        }
    }

    pub(super) fn end_service(&mut self, id: NodeId) {
        let node = &mut self.nodes[id.index()];
        node.service = Service::Stopped;
        node.session += 1;
        if !in_force("the-machine-outlives-its-service") {
            node.life += 1;
        }
        node.waiting = None;
        self.stirred = true;
        self.free_service(id);
        self.touch(id);
    }
}
