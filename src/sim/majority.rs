//! Quorum by majority: the cluster is whoever reaches the shares of more than half of the nodes.
//!
//! A share votes as long as its machine runs, whatever its cluster service does. With a witness, a
//! share on a machine outside the cluster votes too; only one side holds it.
//!
//! Absent on purpose: forcing a quorum, and how long a share takes to answer.

use super::NodeChange;
use super::cluster::{Cluster, Due, NodeId};
use super::fault::Heal;
use super::network::Network;
use super::switches::EvenMajority;
use crate::model::{ErrorCode, Span, in_force};

/// What decides who may run the cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub enum Quorum {
    /// Whoever holds a disk.
    Disk,
    /// Whoever reaches a majority of the nodes' shares (Windows Server 2003).
    Majority,
    /// The same, with a file share on another computer as one more vote. Source: Microsoft's
    /// article KB 921181.
    MajorityWithWitness,
}

impl Cluster {
    /// More than half of all votes there are, of nodes that are down too.
    ///
    /// Source: TechNet on majority node sets; the formula of the programmer's reference can be read
    /// as half or more for an even number.
    fn majority(&self) -> usize {
        let nodes = self
            .nodes
            .iter()
            .filter(|node| node.configured || !in_force("an-evicted-node-is-not-counted"));
        let nodes = nodes.count();
        let voters = nodes + usize::from(self.quorum_kind == Quorum::MajorityWithWitness);
        match self.switches.majority_of_even_number {
            EvenMajority::MoreThanHalf => voters / 2 + 1,
            EvenMajority::Half => voters.div_ceil(2),
        }
    }

    /// Whether these nodes, which hear each other, have the votes for a cluster. A disk has none:
    /// it is won or not.
    pub(super) fn has_votes(&self, side: &[NodeId]) -> bool {
        (self.quorum_kind == Quorum::Disk && in_force("a-disk-needs-no-votes"))
            || (self.votes(side, false) >= self.majority() && !self.is_the_other_half(side))
    }

    /// Whether the quorum's owner lives on another side that has the votes too: where each has half
    /// of them, its own goes on.
    fn is_the_other_half(&self, side: &[NodeId]) -> bool {
        let owner = self.quorum_owner();
        self.switches.majority_of_even_number == EvenMajority::Half
            && !side.contains(&owner)
            && self.nodes[owner.index()].alive()
            && self.votes(&self.side_of(owner), false) >= self.majority()
            && in_force("the-owners-half-goes-on")
    }

    /// The shares that the side reaches. `believed`: a member that is not missed yet votes too.
    fn votes(&self, side: &[NodeId], believed: bool) -> usize {
        let votes = |id: &NodeId| {
            let node = &self.nodes[id.index()];
            let shares = node.runs() && !node.booting && self.shares_count(*id);
            let reached = shares && side.iter().any(|own| self.reaches(*own, *id));
            node.configured && (reached || (believed && node.state.is_member()))
        };
        let nodes = (0..self.nodes.len() as u32).map(NodeId).filter(votes).count();
        nodes + usize::from(self.holds_witness(side))
    }

    /// A share votes whether its node is a member or not.
    fn shares_count(&self, id: NodeId) -> bool {
        self.nodes[id.index()].alive() || in_force("a-share-votes-without-its-service")
    }

    /// Whether a file on one node can be opened on the other: over any network that joins them.
    pub(super) fn reaches(&self, one: NodeId, other: NodeId) -> bool {
        one == other || self.networks.iter().any(|network| network.carries(one, other))
    }

    /// Everything that the networks have to do with votes: which node reaches which share.
    pub(super) fn ties(&self) -> Vec<(NodeId, Option<NodeId>)> {
        if self.quorum_kind == Quorum::Disk || !in_force("a-share-is-missed-without-heartbeats") {
            return Vec::new();
        }
        let all = || (0..self.nodes.len() as u32).map(NodeId);
        let shares = |one| all().filter(move |other| self.reaches(one, *other)).map(Some);
        let witness = |one| self.sees_witness(one).then_some(None);
        all().flat_map(|one| shares(one).chain(witness(one)).map(move |it| (one, it))).collect()
    }

    /// The witness votes for the side of the quorum's owner, or, where that has died, for the first
    /// that asks.
    fn holds_witness(&self, side: &[NodeId]) -> bool {
        let owner = self.quorum_owner();
        let taken = match self.nodes[owner.index()].alive() && self.sees_witness(owner) {
            true => !side.contains(&owner),
            false => self.arbitrating().is_some_and(|node| !side.contains(&node)),
        };
        self.quorum_kind == Quorum::MajorityWithWitness
            && !taken
            && in_force("a-witness-votes")
            && side.iter().any(|id| self.sees_witness(*id))
    }

    /// The witness is where the clients are.
    fn sees_witness(&self, id: NodeId) -> bool {
        !self.witness_lost && self.is_reached_by_clients(id)
    }

    /// Whether an interface of the node's to some network for clients works.
    pub(super) fn is_reached_by_clients(&self, id: NodeId) -> bool {
        let works = |network: &Network| {
            let meant =
                network.role.is_for_clients() || !in_force("the-witness-is-among-the-clients");
            meant && network.carries(id, id)
        };
        self.networks.iter().any(works)
    }

    /// Shares of nodes that are no members can go without a heartbeat being missed: the quorum's
    /// owner notices with its next poll.
    pub(super) fn watch_majority(&mut self) {
        let owner = self.quorum_owner();
        if self.quorum_kind != Quorum::Disk
            && self.nodes[owner.index()].alive()
            && self.lacks_votes()
        {
            let due = Due::VotesCounted { node: owner, session: self.nodes[owner.index()].session };
            let at = match in_force("lost-votes-show-with-the-next-poll") {
                true => self.next_poll(self.quorum),
                false => self.now,
            };
            self.queue.push(at, due);
        }
    }

    pub(super) fn votes_counted(&mut self, id: NodeId, session: u64) {
        let here = self.nodes[id.index()].session == session && self.nodes[id.index()].alive();
        if here && self.quorum_owner() == id && self.lacks_votes() {
            self.service_fails(id, NodeChange::LostQuorum);
        }
    }

    fn lacks_votes(&self) -> bool {
        let side = self.side_of(self.quorum_owner());
        self.votes(&side, true) < self.majority()
    }

    /// Whether the quorum's owner cannot hold the quorum any more.
    pub(super) fn quorum_is_lost(&self) -> bool {
        match self.quorum_kind {
            Quorum::Disk => self.quorum_lost,
            _ => self.lacks_votes(),
        }
    }

    pub(super) fn lose_witness(&mut self, span: Option<Span>) -> Result<(), ErrorCode> {
        let none = self.quorum_kind != Quorum::MajorityWithWitness;
        if none && in_force("what-there-is-not-is-not-lost") {
            return Err(ErrorCode::ERROR_NOT_QUORUM_CAPABLE);
        }
        self.witness_lost = true;
        self.stirred = true;
        self.heal_after(span, Heal::Witness);
        Ok(())
    }

    pub(super) fn return_witness(&mut self) {
        self.stirred |= self.witness_lost;
        self.witness_lost = false;
    }
}
