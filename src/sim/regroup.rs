//! The members close ranks: who stays a member when some no longer hear each other, and what
//! becomes of the others.
//!
//! Nodes that all hear each other can be a cluster together, and the one of these sides that has
//! the quorum is it. The others challenge the quorum, lose, and their cluster services end. Until
//! then they hold on to their disks, so that the winners get their groups only afterwards.
//!
//! Absent on purpose: the stages of the regroup protocol; it takes a fixed time.

use std::collections::BTreeMap;

use super::cluster::{Cluster, Due, GroupId, NodeId, Service};
use super::majority::Quorum;
use super::{Event, NodeChange, Windows};
use crate::model::{NodeState, ResourceState, Span, in_force};

/// What a node was last told of what it hears no more.
#[derive(Default)]
pub(super) struct Frozen {
    /// The owner and the resources' states of groups, by group.
    pub(super) groups: BTreeMap<GroupId, (NodeId, Vec<ResourceState>)>,
    /// The states of all nodes, once the others have closed ranks without this one.
    pub(super) nodes: Option<Vec<NodeState>>,
}

impl Frozen {
    /// Whether the node hears everything.
    pub(super) fn is_empty(&self) -> bool {
        self.groups.is_empty() && self.nodes.is_none()
    }
}

impl Cluster {
    /// A node's sixth heartbeat is missing, and the regroup that this started is over, as far as
    /// this observer's side goes.
    pub(super) fn regroup(&mut self, observer: NodeId) {
        if !self.nodes[observer.index()].alive() {
            return;
        }
        let answers = |id: &NodeId| self.nodes[id.index()].alive() && self.hears(observer, *id);
        if self.believed_members().all(|id| answers(&id)) {
            return;
        }
        let winners = self.quorum_side().filter(|_| in_force("arbitration-needs-a-dead-owner"));
        if let Some(winners) = winners {
            match winners.contains(&observer) {
                true => self.close_ranks(&winners),
                false => self.lose_touch(observer),
            }
            return;
        }
        let side = self.side_of(observer);
        if self.gives_way(&side) {
            return self.give_way(side);
        }
        match self.challenger(&side) {
            Some(challenger) if self.has_votes(&side) && self.may_arbitrate(&side) => {
                self.arbitrate(challenger, side)
            }
            _ => self.lose_touch(observer),
        }
    }

    /// Members in the eyes of the cluster, whether they are there or not.
    fn believed_members(&self) -> impl Iterator<Item = NodeId> {
        let ids = (0..self.nodes.len() as u32).map(NodeId);
        ids.filter(|id| self.nodes[id.index()].state.is_member())
    }

    /// The side whose member owns the quorum and can defend it; none: nobody does.
    fn quorum_side(&self) -> Option<Vec<NodeId>> {
        let owner = self.quorum_owner();
        let side = self.nodes[owner.index()].alive().then(|| self.side_of(owner));
        side.filter(|side| self.has_votes(side) && !self.gives_way(side))
    }

    /// Whether this is the side of the quorum disk's owner, which no client reaches, while clients
    /// reach another that could own the disk: Windows Server 2003 has that one go on.
    ///
    /// Source: the summary of KB 286342; which side survives in detail, no source says.
    fn gives_way(&self, side: &[NodeId]) -> bool {
        let owner = self.quorum_owner();
        let served = |id: &NodeId| self.is_reached_by_clients(*id);
        let able = |id: &NodeId| self.can_hold_quorum(*id) && !self.hears(*id, owner);
        let mut others = self.members().filter(|id| !side.contains(id) && able(id));
        self.windows == Windows::W2003
            && self.quorum_kind == Quorum::Disk
            && self.switches.partition_looks_at_clients
            && self.nodes[owner.index()].alive()
            && side.contains(&owner)
            && in_force("a-side-without-clients-gives-way")
            && !side.iter().any(served)
            && others.any(|id| self.side_of(id).iter().any(served))
    }

    /// The side lets go of the quorum before the other has won it.
    fn give_way(&mut self, side: Vec<NodeId>) {
        for id in side {
            self.freeze_nodes(id);
            self.service_fails(id, NodeChange::LostClients);
        }
    }

    /// The largest set of members with this one that all hear each other; of two that are as large,
    /// the one with the lower numbers.
    pub(super) fn side_of(&self, id: NodeId) -> Vec<NodeId> {
        let near: Vec<NodeId> = self
            .members()
            .filter(|it| *it != id && self.nodes[it.index()].state.is_member())
            .filter(|it| self.hears(id, *it))
            .collect();
        let all_hear = |one: &NodeId| near.iter().all(|other| self.hears(*one, *other));
        if near.iter().all(all_hear) {
            return sorted(&[&[id], near.as_slice()].concat());
        }
        let mut best = vec![id];
        for chosen in (0..1_u32 << near.len()).rev() {
            let with = |at: &usize| chosen & (1 << at) != 0;
            let set: Vec<NodeId> = (0..near.len()).filter(with).map(|at| near[at]).collect();
            let hears = |one: &NodeId| set.iter().all(|other| self.hears(*one, *other));
            let side: Vec<NodeId> = [&[id], set.as_slice()].concat();
            let larger = best.len() == 1 || in_force("the-largest-side-goes-on");
            let lower = sorted(&side) < sorted(&best) && in_force("lower-numbers-go-on");
            let better = (side.len() > best.len() && larger) || (side.len() == best.len() && lower);
            let heard = set.iter().all(hears) || !in_force("members-all-hear-each-other");
            if better && heard {
                best = side;
            }
        }
        sorted(&best)
    }

    /// Whether no living node of another side is about to win the quorum.
    fn may_arbitrate(&self, side: &[NodeId]) -> bool {
        let free = self.arbitrating().is_none_or(|node| side.contains(&node));
        free || !in_force("one-side-arbitrates")
    }

    /// The quorum's owner is among the members that are left: they go on.
    pub(super) fn close_ranks(&mut self, side: &[NodeId]) {
        self.declare_others_down(side);
        self.take_over();
    }

    pub(super) fn declare_others_down(&mut self, side: &[NodeId]) {
        let mut silent: Vec<NodeId> =
            self.believed_members().filter(|id| !side.contains(id)).collect();
        if !in_force("a-regroup-drops-all-that-are-silent") {
            silent.truncate(1);
        }
        for id in silent {
            self.freeze_nodes(id);
            self.set_state(id, NodeState::Down, NodeChange::HeartbeatsMissed);
            // All sides regroup at the same time, whichever missed the sixth heartbeat first.
            if self.nodes[id.index()].alive() {
                self.lose_touch(id);
            }
        }
    }

    /// The observer's side has no quorum behind it any more. It challenges the owner, which defends
    /// what it has: that takes as long as winning would.
    fn lose_touch(&mut self, observer: NodeId) {
        let side = self.side_of_outcasts(observer);
        // Votes are counted at once; a disk has to be challenged.
        let disk = self.quorum_kind == Quorum::Disk;
        let slow = match disk {
            true => in_force("losing-takes-as-long-as-winning"),
            false => !in_force("votes-are-counted-at-once"),
        };
        let span = if slow { self.switches.arbitration } else { Span::ZERO };
        if let Some(challenger) = self.challenger(&side).filter(|_| disk) {
            let quorum = self.resources[self.quorum.index()].name.clone();
            self.tell(Event::Arbitrates { node: self.node_name(challenger), quorum });
        }
        for id in side {
            self.freeze_nodes(id);
            self.nodes[id.index()].service = Service::Challenging;
            let session = self.nodes[id.index()].session;
            self.after(span, Due::ChallengeLost { node: id, session });
        }
    }

    /// The observer and whoever it hears that is not on the side with the quorum either.
    fn side_of_outcasts(&self, observer: NodeId) -> Vec<NodeId> {
        let winners = self.quorum_side().unwrap_or_default();
        let lost = |id: &NodeId| !winners.contains(id) && self.hears(observer, *id);
        self.members().filter(lost).collect()
    }

    pub(super) fn challenge_lost(&mut self, id: NodeId, session: u64) {
        if self.nodes[id.index()].session == session {
            self.service_fails(id, NodeChange::LostQuorum);
        }
    }

    /// A cluster service ends by itself. What it ran stops with it; the machine goes on, and its
    /// service manager starts it again.
    pub(super) fn service_fails(&mut self, id: NodeId, why: NodeChange) {
        let was_heard = self.nodes[id.index()].alive();
        self.end_service(id);
        self.thaw_view(id);
        // The members that are left still believe in it until its heartbeats are missed.
        self.tell(Event::ServiceEnded { node: self.node_name(id), why });
        self.touch_all();
        for group in self.groups_of(id) {
            self.groups[group.index()].outage.disturb(self.now, false);
            self.stop_work(group);
            self.release(group, false);
        }
        if was_heard {
            self.falls_silent(id);
        }
        let session = self.nodes[id.index()].session;
        let span = self.switches.service_restart;
        self.after(span, Due::ServiceStarts { node: id, session });
    }

    /// Gives the groups that a living node had to let go first to the members, once it has.
    pub(super) fn claim_awaited(&mut self) {
        for group in self.awaited.clone() {
            if self.lingers(group) {
                continue;
            }
            self.awaited.remove(&group);
            // While nobody has the quorum, whoever wins it takes this over with all else.
            if self.nodes[self.quorum_owner().index()].alive() {
                self.claim(group);
            }
        }
    }

    /// Whether the group's owner, which is no member any more, still holds on to its disks.
    pub(super) fn lingers(&self, group: GroupId) -> bool {
        let owner = &self.nodes[self.groups[group.index()].owner.index()];
        match owner.service {
            _ if owner.hung || !in_force("groups-wait-for-their-last-owner") => false,
            Service::Challenging => true,
            Service::Closing => !self.all_down(group),
            _ => false,
        }
    }
}

/// What a node knows that does not hear all others.
impl Cluster {
    /// From now on, all that the node knows of the groups of these others is what it was told last.
    pub(super) fn freeze(&mut self, observer: NodeId, lost: &[NodeId]) {
        if !in_force("a-node-knows-what-it-was-told-last") {
            return;
        }
        for index in 0..self.groups.len() {
            let owner = self.groups[index].owner;
            if self.groups[index].deleted || !lost.contains(&owner) {
                continue;
            }
            let resources = self.groups[index].resources.iter();
            let states = resources.map(|id| self.resources[id.index()].state).collect();
            let frozen = &mut self.nodes[observer.index()].frozen.groups;
            frozen.entry(GroupId(index as u32)).or_insert((owner, states));
        }
    }

    fn freeze_nodes(&mut self, observer: NodeId) {
        let states = self.nodes.iter().map(|node| node.state).collect();
        self.nodes[observer.index()].frozen.nodes.get_or_insert(states);
    }

    /// The node is told everything again, or asks nobody.
    pub(super) fn thaw_view(&mut self, id: NodeId) {
        self.nodes[id.index()].frozen = Frozen::default();
    }

    /// Whoever hears a group's owner knows how it is with the group.
    pub(super) fn thaw_group(&mut self, group: GroupId) {
        let owner = self.groups[group.index()].owner;
        for index in 0..self.nodes.len() {
            let lost = self.nodes[index].service == Service::Challenging;
            if !lost && self.hears(NodeId(index as u32), owner) {
                self.nodes[index].frozen.groups.remove(&group);
            }
        }
    }
}

fn sorted(side: &[NodeId]) -> Vec<NodeId> {
    let mut side = side.to_vec();
    side.sort();
    side
}
