//! Which nodes are members: joining a cluster, forming one, eviction, and what becomes of the
//! groups of a node that is none any more. How members are lost stands in `regroup`.

use super::cluster::{Cluster, Due, GroupId, NodeId, Service};
use super::switches::Keeper;
use super::{Departure, Event, NodeChange, OwnerChange, Windows};
use crate::model::{ErrorCode, NodeState, ResourceState, Span, in_force};

/// How often a cluster service that can neither join nor form a cluster tries again.
const LOOK_AGAIN: Span = Span::from_secs(60);

impl Cluster {
    /// The members that live, in the order of their numbers.
    pub(super) fn members(&self) -> impl Iterator<Item = NodeId> {
        let ids = (0..self.nodes.len() as u32).map(NodeId);
        ids.filter(|id| self.nodes[id.index()].alive())
    }

    /// The members whose cluster services do something.
    pub(super) fn acting(&self) -> impl Iterator<Item = NodeId> {
        self.members().filter(|id| self.nodes[id.index()].acts())
    }

    /// Members, and those that have lost the quorum and not ended yet.
    pub(super) fn answering(&self) -> impl Iterator<Item = NodeId> {
        let ids = (0..self.nodes.len() as u32).map(NodeId);
        ids.filter(|id| self.nodes[id.index()].answers())
    }

    /// The node with the lowest number of a side's that can own the quorum disk; one that takes no
    /// groups, or does nothing, only where no other can.
    pub(super) fn challenger(&self, side: &[NodeId]) -> Option<NodeId> {
        let able = side.iter().copied().filter(|id| self.can_hold_quorum(*id));
        able.min_by_key(|id| {
            let node = &self.nodes[id.index()];
            let paused = node.paused && in_force("a-paused-node-arbitrates-last");
            let number = match in_force("the-lowest-number-arbitrates") {
                true => node.number,
                false => u32::MAX - node.number,
            };
            (node.stuck, node.service == Service::Stopping, paused, number)
        })
    }

    /// Whether the quorum resource may be there. What else its group holds does not count: it stays
    /// offline where it may not be.
    pub(super) fn can_hold_quorum(&self, id: NodeId) -> bool {
        let owners = self.resources[self.quorum.index()].possible_owners.as_ref();
        let may = owners.is_none_or(|owners| owners.contains(&id));
        may || !in_force("only-who-can-own-the-quorum-arbitrates")
    }

    /// Gives every group whose owner is no member to a member that can own it. One whose owner
    /// still holds on to its disks has to wait for that.
    pub(super) fn take_over(&mut self) {
        for index in 0..self.groups.len() {
            let group = GroupId(index as u32);
            let owner = self.groups[index].owner;
            let owner = &self.nodes[owner.index()];
            if self.groups[index].deleted || (owner.alive() && owner.state.is_member()) {
                continue;
            }
            if self.lingers(group) {
                self.awaited.insert(group);
            } else {
                self.claim(group);
            }
        }
    }

    /// Takes a group over from a node that is gone.
    pub(super) fn claim(&mut self, group: GroupId) {
        let owner = &self.nodes[self.groups[group.index()].owner.index()];
        if !owner.closed || !self.all_down(group) {
            self.groups[group.index()].outage.disturb(self.now, false);
        }
        self.stop_work(group);
        self.release(group, true);
        self.rehome(group);
    }

    /// Gives a group that has lost its node to another; a paused one is the last resort.
    pub(super) fn rehome(&mut self, group: GroupId) {
        match self.destination(group, Departure::NodeLost) {
            Some((to, why)) => {
                if self.switches.lost_nodes_count {
                    self.groups[group.index()].failovers.push(self.now);
                }
                self.give(group, to, why);
            }
            None => {
                self.keep(group);
                self.tell(Event::Stranded { group: self.group_name(group) });
            }
        }
    }

    /// Somebody has to own what no member can own: its last owner all the same, or any member.
    fn keep(&mut self, group: GroupId) {
        let keeper = self.acting().find(|id| self.nodes[id.index()].service == Service::Member);
        if let (Keeper::AnyMember, Some(node)) = (self.switches.group_without_node, keeper) {
            self.set_owner(group, node, OwnerChange::Keeper);
            self.want_all(group, false);
        }
    }

    /// What worked on the group's disks on its last owner works no more.
    pub(super) fn stop_work(&mut self, group: GroupId) {
        self.disk_gone(group);
        self.forget_tools(group);
        self.dismount_all(group, false);
    }

    /// The group's resources are down, as what ran them is. `reserved`: nobody has let go of its
    /// disks.
    pub(super) fn release(&mut self, group: GroupId, reserved: bool) {
        self.groups[group.index()].moving = None;
        for &id in &*self.resources_in(group) {
            let resource = &mut self.resources[id.index()];
            resource.broken = false;
            let held = !matches!(resource.state, ResourceState::Offline | ResourceState::Failed);
            let held = held || !in_force("only-a-held-disk-is-reserved");
            resource.reserved |= held && reserved;
            if resource.state != ResourceState::Offline {
                self.change(id, ResourceState::Offline, None);
            }
        }
    }

    pub(super) fn set_state(&mut self, id: NodeId, state: NodeState, why: NodeChange) {
        self.nodes[id.index()].state = state;
        self.stirred = true;
        self.members_changed = true;
        self.tell(Event::Node { node: self.node_name(id), state, why });
        self.touch_all();
        self.touch(id);
    }

    fn current(&self, id: NodeId, session: u64) -> bool {
        let node = &self.nodes[id.index()];
        let configured = node.configured || !in_force("an-evicted-node-does-not-join");
        node.session == session && configured && node.set_up
    }

    /// Whether there is a member that the node can ask to let it join.
    fn finds_sponsor(&self, id: NodeId) -> bool {
        let sponsors = |other: NodeId| {
            let node = &self.nodes[other.index()];
            let lets_join = node.acts() || !in_force("a-service-that-hangs-lets-nobody-join");
            node.state.is_member() && lets_join && self.hears(id, other)
        };
        self.members().any(sponsors)
    }

    /// The cluster service looks for a cluster to join; where there is none, it tries to form one.
    pub(super) fn service_starts(&mut self, id: NodeId, session: u64) {
        if self.nodes[id.index()].session == session {
            self.stirred |= std::mem::take(&mut self.nodes[id.index()].booting);
        }
        if !self.current(id, session) {
            return self.is_no_node(id, session);
        }
        self.nodes[id.index()].service = Service::Starting;
        self.nodes[id.index()].waiting = None;
        self.touch(id);
        if !self.finds_sponsor(id) {
            match self.can_hold_quorum(id) {
                true if in_force("forming-takes-arbitration") => {
                    self.after(self.switches.arbitration, Due::Formed { node: id, session });
                }
                true => self.formed(id, session),
                // It can only wait for a node that can.
                false => self.cannot_form(id),
            }
        } else if self.nodes[id.index()].state.is_member()
            && in_force("a-join-waits-for-the-regroup")
        {
            // The members have not noticed yet that it was gone: the join waits for the regroup.
            self.after(Span::from_secs(1), Due::ServiceStarts { node: id, session });
        } else if !self.meets_the_members(id) {
            self.cannot_join(id);
        } else {
            self.set_state(id, NodeState::Joining, NodeChange::FoundCluster);
            self.after(self.switches.join, Due::Joined { node: id, session });
        }
    }

    /// The service of a machine that was evicted and does not know it ends as soon as it asks. The
    /// service manager starts it again, and nothing else comes of that.
    fn is_no_node(&mut self, id: NodeId, session: u64) {
        let node = &self.nodes[id.index()];
        if node.session == session && !node.configured && node.set_up {
            self.tell(Event::ServiceEnded { node: self.node_name(id), why: NodeChange::Evicted });
            self.end_service(id);
        }
    }

    /// There is nobody to join, and the quorum cannot be had. The service ends and is started
    /// again, minute after minute; nothing comes of that before something changes.
    fn cannot_form(&mut self, id: NodeId) {
        self.nodes[id.index()].waiting = Some(self.now);
        if self.nodes[id.index()].state == NodeState::Joining {
            self.set_state(id, NodeState::Down, NodeChange::LostWhileJoining);
        }
        self.tell(Event::Excluded { node: self.node_name(id) });
    }

    /// Something has changed for services that try in vain: the next try may succeed.
    pub(super) fn wake_excluded(&mut self) {
        if !std::mem::take(&mut self.stirred) {
            return;
        }
        if std::mem::take(&mut self.members_changed) {
            self.judge();
        }
        self.watch_majority();
        if !in_force("an-excluded-service-tries-again") {
            return;
        }
        for index in 0..self.nodes.len() {
            let Some(since) = self.nodes[index].waiting.take() else { continue };
            let tries = self.now.since(since).ms() / LOOK_AGAIN.ms() + 1;
            let next = since + Span::from_ms(tries * LOOK_AGAIN.ms());
            let (node, session) = (NodeId(index as u32), self.nodes[index].session);
            self.queue.push(next, Due::ServiceStarts { node, session });
        }
    }

    pub(super) fn joined(&mut self, id: NodeId, session: u64) {
        if !self.current(id, session) {
            return;
        }
        if !self.finds_sponsor(id) && in_force("a-join-needs-a-member") {
            return self.service_starts(id, session);
        }
        self.takes_the_newest(id);
        self.becomes_member(id, NodeChange::Joined);
        for group in &mut self.groups {
            group.held |= group.owner == id;
        }
        self.return_home(id);
    }

    /// A pause outlasts a restart.
    fn becomes_member(&mut self, id: NodeId, why: NodeChange) {
        self.thaw_view(id);
        let node = &mut self.nodes[id.index()];
        node.service = Service::Member;
        node.closed = false;
        let paused = node.paused && in_force("a-pause-outlasts-a-restart");
        let state = if paused { NodeState::Paused } else { NodeState::Up };
        self.set_state(id, state, why);
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
            let lost = !self.nodes[owner.index()].state.is_member()
                || (!self.nodes[owner.index()].alive()
                    && !in_force("a-node-that-is-not-missed-keeps-its-groups"));
            let held = self.groups[index].held;
            let stuck = held && why == OwnerChange::FirstAbleNode;
            let stuck = stuck && in_force("what-waits-goes-to-the-first-able-node");
            let homeless = lost || stuck || !self.possible_owner(group, owner);
            let homeless = homeless || !in_force("a-joining-node-takes-nothing-that-runs");
            if owner == id && held && in_force("what-waits-comes-up-with-its-node") {
                self.bring_to_intent(group);
            } else if owner != id && homeless && self.possible_owner(group, id) {
                match self.nodes[owner.index()].alive() {
                    true => self.begin_move(group, id, why.clone()),
                    false => self.give(group, id, why.clone()),
                }
            }
        }
        self.node_is_back(id);
    }

    /// No member was there: whoever wins the quorum is the cluster, and owns every group.
    pub(super) fn formed(&mut self, id: NodeId, session: u64) {
        if !self.current(id, session) {
            return;
        }
        if self.finds_sponsor(id) && in_force("who-finds-a-member-joins") {
            return self.service_starts(id, session);
        }
        let votes = self.has_votes(&[id]) || !in_force("forming-needs-the-votes");
        let defended = self.members().chain(self.answering()).next().is_some();
        if self.quorum_lost || !votes || defended {
            return self.cannot_form(id);
        }
        for index in 0..self.nodes.len() {
            if NodeId(index as u32) != id && self.nodes[index].state != NodeState::Down {
                let other = NodeId(index as u32);
                self.set_state(other, NodeState::Down, NodeChange::Absent);
            }
        }
        self.adopt_copy(id);
        self.becomes_member(id, NodeChange::Formed);
        for index in 0..self.groups.len() {
            if !self.groups[index].deleted {
                self.stop_work(GroupId(index as u32));
                self.release(GroupId(index as u32), true);
                if self.switches.forming_forgets_failovers {
                    self.groups[index].failovers.clear();
                }
            }
        }
        self.hold_quorum(id, OwnerChange::FormedCluster);
        let quorum_group = self.resources[self.quorum.index()].group;
        for index in 0..self.groups.len() {
            let group = GroupId(index as u32);
            if self.groups[index].deleted || group == quorum_group {
                continue;
            }
            if self.possible_owner(group, id) || !in_force("what-cannot-run-stays-offline") {
                self.give(group, id, OwnerChange::FormedCluster);
            } else {
                // Somebody has to own it; a node that can host it takes it over when it joins.
                if self.switches.group_without_former == Keeper::AnyMember {
                    self.set_owner(group, id, OwnerChange::FormedCluster);
                }
                self.want_all(group, false);
                self.tell(Event::Stranded { group: self.group_name(group) });
            }
        }
    }

    pub(super) fn evict(&mut self, id: NodeId) -> Result<(), ErrorCode> {
        if !self.nodes[id.index()].configured {
            return Err(ErrorCode::ERROR_CLUSTER_NODE_NOT_FOUND);
        }
        let down = self.nodes[id.index()].state == NodeState::Down;
        if !down && in_force("only-a-node-that-is-down-is-evicted") {
            return Err(ErrorCode::ERROR_CANT_EVICT_ACTIVE_NODE);
        }
        self.nodes[id.index()].configured = false;
        let cleaned = self.cleans_up(id);
        self.nodes[id.index()].set_up = !cleaned;
        self.go_by_the_nodes_there_are();
        for group in &mut self.groups {
            group.preferred.retain(|node| *node != id || !in_force("an-evicted-node-owns-nothing"));
        }
        for resource in &mut self.resources {
            if let Some(owners) = &mut resource.possible_owners {
                owners.retain(|node| *node != id || !in_force("an-evicted-node-owns-nothing"));
            }
        }
        self.set_state(id, NodeState::Down, NodeChange::Evicted);
        match cleaned || self.windows == Windows::W2000 {
            true => Ok(()),
            false => Err(ErrorCode::ERROR_CLUSTER_EVICT_WITHOUT_CLEANUP),
        }
    }

    /// Whether an eviction reaches the machine and takes its cluster service away. Else that starts
    /// with the machine, and ends because the cluster does not know its node.
    ///
    /// Source: the documentation of `EvictClusterNodeEx`, which came with 2003; KB 171451.
    fn cleans_up(&self, id: NodeId) -> bool {
        let node = &self.nodes[id.index()];
        let knows_how = self.windows == Windows::W2003 || self.switches.windows_2000_cleans_up;
        let answers = node.runs() && !node.booting && self.reaches(self.quorum_owner(), id);
        knows_how && (answers || !in_force("an-eviction-cleans-up-what-it-reaches"))
    }

    /// An evicted node becomes a node again, the last by its number, and joins. No list of owners
    /// that named it before names it again.
    pub(super) fn add_node(&mut self, id: NodeId) -> Result<(), ErrorCode> {
        if self.nodes[id.index()].configured && in_force("only-what-is-no-node-is-added") {
            return Err(ErrorCode::ERROR_CLUSTER_NODE_EXISTS);
        }
        if !self.nodes[id.index()].machine_on {
            return Err(ErrorCode::RPC_S_SERVER_UNAVAILABLE);
        }
        let last = self.nodes.iter().map(|node| node.number).max().unwrap_or_default();
        let node = &mut self.nodes[id.index()];
        if in_force("new-number-for-an-added-node") {
            node.number = last + 1;
        }
        node.configured = true;
        node.set_up = true;
        node.paused = false;
        node.session += 1;
        let session = node.session;
        self.go_by_the_nodes_there_are();
        self.set_state(id, NodeState::Down, NodeChange::Added(last + 1));
        self.service_starts(id, session);
        Ok(())
    }
}
