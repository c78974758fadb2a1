//! Which nodes are members: crashes and the heartbeats that are then missing, regroup, boot, join,
//! forming a cluster, eviction.
//!
//! Heartbeats are no events. A node's last beat before its crash is computed from the phase of its
//! heartbeats; the sixth one that is missing after it starts the regroup.

use super::cluster::{Cluster, Due, GroupId, NodeId, Service};
use super::{Event, NodeChange, OwnerChange};
use crate::model::{ErrorCode, NodeState, ResourceState, Span};

/// One heartbeat every 1.2 s. Source: Microsoft's article KB 892422 (2003; assumed for 2000).
pub(super) const HEARTBEAT: Span = Span::from_ms(1_200);
/// How long a node that can form no cluster waits before it looks for one again; assumed.
const LOOK_AGAIN: Span = Span::from_secs(60);
/// A node is lost with its sixth missed heartbeat. Source: as above.
const MISSED_BY_LOST_NODE: u64 = 6;

impl Cluster {
    pub(super) fn crash(&mut self, id: NodeId) -> Result<(), ErrorCode> {
        if !self.nodes[id.index()].machine_on {
            return Err(ErrorCode::ERROR_CLUSTER_NODE_DOWN);
        }
        self.hosted_work_dies(id);
        let node = &mut self.nodes[id.index()];
        let was_member = node.alive();
        node.machine_on = false;
        node.life += 1;
        node.session += 1;
        node.service = Service::Stopped;
        if node.state == NodeState::Joining {
            self.set_state(id, NodeState::Down, NodeChange::LostWhileJoining);
        }
        if was_member {
            let phase = self.nodes[id.index()].heartbeat_phase.ms();
            let interval = HEARTBEAT.ms();
            // A beat that is due at the very instant of the crash is still sent.
            let beats = (self.now.ms() + interval - phase) / interval;
            let missed = beats + MISSED_BY_LOST_NODE - 1;
            let lost = Span::from_ms(missed * interval + phase);
            let regrouped = crate::model::Time::START + lost + self.switches.regroup;
            self.queue.push(regrouped, Due::Regrouped);
        }
        Ok(())
    }

    /// What ran on the node is gone at once, whatever the others still believe.
    fn hosted_work_dies(&mut self, id: NodeId) {
        self.write_dies(id);
        for index in 0..self.groups.len() {
            if self.groups[index].owner == id {
                let group = GroupId(index as u32);
                self.groups[index].outage.disturb(self.now, false);
                self.forget_tools(group);
                self.dismount_all(group, false);
            }
        }
    }

    /// The members close ranks: whoever does not answer is no member any more.
    pub(super) fn regroup(&mut self) {
        let silent = |node: &super::cluster::Node| node.state.is_member() && !node.alive();
        if !self.nodes.iter().any(silent) {
            return;
        }
        if self.nodes[self.quorum_owner().index()].alive() {
            self.close_ranks();
        } else if let Some(challenger) = self.challenger() {
            self.arbitrate(challenger);
        }
    }

    pub(super) fn members(&self) -> impl Iterator<Item = NodeId> {
        let ids = (0..self.nodes.len() as u32).map(NodeId);
        ids.filter(|id| self.nodes[id.index()].alive())
    }

    /// The member with the lowest number of those that can own the quorum disk; one that takes no
    /// groups only where no other can.
    pub(super) fn challenger(&self) -> Option<NodeId> {
        let able = self.members().filter(|id| self.can_hold_quorum(*id));
        able.min_by_key(|id| {
            let node = &self.nodes[id.index()];
            (node.service == Service::Stopping, node.paused, node.number)
        })
    }

    fn can_hold_quorum(&self, id: NodeId) -> bool {
        self.possible_owner(self.resources[self.quorum.index()].group, id)
    }

    fn close_ranks(&mut self) {
        self.declare_silent_nodes_down();
        self.take_over();
    }

    pub(super) fn declare_silent_nodes_down(&mut self) {
        for index in 0..self.nodes.len() {
            if self.nodes[index].state.is_member() && !self.nodes[index].alive() {
                self.set_state(NodeId(index as u32), NodeState::Down, NodeChange::HeartbeatsMissed);
            }
        }
    }

    /// Gives every group whose owner is no member to a member that can own it.
    pub(super) fn take_over(&mut self) {
        for index in 0..self.groups.len() {
            let group = GroupId(index as u32);
            let owner = self.groups[index].owner;
            if self.groups[index].deleted || self.nodes[owner.index()].alive() {
                continue;
            }
            self.groups[index].outage.disturb(self.now, false);
            self.release_from_dead(group);
            self.rehome(group);
        }
    }

    /// Gives a group that has lost its node to another; a paused one is the last resort.
    pub(super) fn rehome(&mut self, group: GroupId) {
        match self.destination(group, true).or_else(|| self.last_resort(group)) {
            Some((to, why)) => self.give(group, to, why),
            None => self.tell(Event::Stranded { group: self.group_name(group) }),
        }
    }

    /// The group's resources are down, as the machine that they ran on is.
    pub(super) fn release_from_dead(&mut self, group: GroupId) {
        self.groups[group.index()].moving = None;
        for id in self.groups[group.index()].resources.clone() {
            let resource = &mut self.resources[id.index()];
            resource.broken = false;
            let held = !matches!(resource.state, ResourceState::Offline | ResourceState::Failed);
            resource.reserved |= held;
            if resource.state != ResourceState::Offline {
                self.change(id, ResourceState::Offline, None);
            }
        }
    }

    pub(super) fn set_state(&mut self, id: NodeId, state: NodeState, why: NodeChange) {
        self.nodes[id.index()].state = state;
        self.tell(Event::Node { node: self.node_name(id), state, why });
        self.touch_all();
        self.touch(id);
    }

    pub(super) fn boot(&mut self, id: NodeId) -> Result<(), ErrorCode> {
        if self.nodes[id.index()].machine_on {
            return Err(ErrorCode::ERROR_CLUSTER_NODE_UP);
        }
        let node = &mut self.nodes[id.index()];
        node.machine_on = true;
        node.life += 1;
        node.session += 1;
        let session = node.session;
        self.touch(id);
        self.after(self.switches.boot, Due::ServiceStarts { node: id, session });
        Ok(())
    }

    fn current(&self, id: NodeId, session: u64) -> bool {
        self.nodes[id.index()].session == session && self.nodes[id.index()].configured
    }

    /// The cluster service looks for a cluster to join; where there is none, it tries to form one.
    pub(super) fn service_starts(&mut self, id: NodeId, session: u64) {
        if !self.current(id, session) {
            return;
        }
        self.nodes[id.index()].service = Service::Starting;
        self.touch(id);
        if self.members().next().is_none() {
            match self.can_hold_quorum(id) {
                true => self.after(self.switches.arbitration, Due::Formed { node: id, session }),
                // It can only wait for a node that can.
                false => self.after(LOOK_AGAIN, Due::ServiceStarts { node: id, session }),
            }
        } else if self.nodes[id.index()].state.is_member() {
            // The members have not noticed yet that it was gone: the join waits for the regroup.
            self.after(Span::from_secs(1), Due::ServiceStarts { node: id, session });
        } else {
            self.set_state(id, NodeState::Joining, NodeChange::FoundCluster);
            self.after(self.switches.join, Due::Joined { node: id, session });
        }
    }

    pub(super) fn joined(&mut self, id: NodeId, session: u64) {
        if !self.current(id, session) {
            return;
        }
        if self.members().next().is_none() {
            return self.service_starts(id, session);
        }
        self.nodes[id.index()].service = Service::Member;
        self.set_state(id, self.member_state(id), NodeChange::Joined);
        for group in &mut self.groups {
            group.held |= group.owner == id;
        }
        self.return_home(id);
    }

    /// What a member is once it has joined: a pause outlasts a restart.
    fn member_state(&self, id: NodeId) -> NodeState {
        if self.nodes[id.index()].paused { NodeState::Paused } else { NodeState::Up }
    }

    /// A node that joins or is resumed is given no group that runs elsewhere; what waits for it
    /// comes up now.
    pub(super) fn return_home(&mut self, id: NodeId) {
        let why = match self.nodes[id.index()].paused {
            true => OwnerChange::LastResort,
            false => OwnerChange::FirstAbleNode,
        };
        for index in 0..self.groups.len() {
            let group = GroupId(index as u32);
            let owner = self.groups[index].owner;
            if self.groups[index].deleted {
                continue;
            }
            // An owner that is dead and not missed yet is a member all the same.
            let lost = !self.nodes[owner.index()].state.is_member();
            let held = self.groups[index].held;
            let stuck = held && why == OwnerChange::FirstAbleNode;
            let homeless = lost || stuck || !self.possible_owner(group, owner);
            if owner == id && held {
                self.bring_to_intent(group);
            } else if owner != id && homeless && self.possible_owner(group, id) {
                match self.nodes[owner.index()].alive() {
                    true => self.begin_move(group, id, why.clone()),
                    false => self.give(group, id, why.clone()),
                }
            }
        }
    }

    /// No member was there: whoever wins the quorum is the cluster, and owns every group.
    pub(super) fn formed(&mut self, id: NodeId, session: u64) {
        if !self.current(id, session) {
            return;
        }
        if self.members().next().is_some() {
            return self.service_starts(id, session);
        }
        self.nodes[id.index()].service = Service::Member;
        for index in 0..self.nodes.len() {
            if NodeId(index as u32) != id && self.nodes[index].state != NodeState::Down {
                let other = NodeId(index as u32);
                self.set_state(other, NodeState::Down, NodeChange::Absent);
            }
        }
        self.set_state(id, self.member_state(id), NodeChange::Formed);
        for index in 0..self.groups.len() {
            if !self.groups[index].deleted {
                self.release_from_dead(GroupId(index as u32));
            }
        }
        self.hold_quorum(id, OwnerChange::FormedCluster);
        let quorum_group = self.resources[self.quorum.index()].group;
        for index in 0..self.groups.len() {
            let group = GroupId(index as u32);
            if self.groups[index].deleted || group == quorum_group {
                continue;
            }
            if self.possible_owner(group, id) {
                self.give(group, id, OwnerChange::FormedCluster);
            } else {
                // Somebody has to own it; a node that can host it takes it over when it joins.
                self.set_owner(group, id, OwnerChange::FormedCluster);
                self.want_all(group, false);
                self.tell(Event::Stranded { group: self.group_name(group) });
            }
        }
    }

    pub(super) fn evict(&mut self, id: NodeId) -> Result<(), ErrorCode> {
        if !self.nodes[id.index()].configured {
            return Err(ErrorCode::ERROR_CLUSTER_NODE_NOT_FOUND);
        }
        if self.nodes[id.index()].state != NodeState::Down {
            return Err(ErrorCode::ERROR_CANT_EVICT_ACTIVE_NODE);
        }
        self.nodes[id.index()].configured = false;
        for group in &mut self.groups {
            group.preferred.retain(|node| *node != id);
        }
        for resource in &mut self.resources {
            if let Some(owners) = &mut resource.possible_owners {
                owners.retain(|node| *node != id);
            }
        }
        self.set_state(id, NodeState::Down, NodeChange::Evicted);
        Ok(())
    }
}
