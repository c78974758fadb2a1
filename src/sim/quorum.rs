//! The quorum disk: who holds it is the cluster.
//!
//! Arbitration is needed only when its owner died: the challenger breaks the reservation and waits
//! whether it is renewed.

use super::cluster::{Cluster, Due, NodeId};
use super::fault::Heal;
use super::majority::Quorum;
use super::resource::Sight;
use super::switches::QuorumCode;
use super::{Event, NodeChange, OwnerChange};
use crate::model::{ErrorCode, ResourceState, Span, in_force};

impl Cluster {
    /// The node that arbitrates now, if it still does.
    pub(super) fn arbitrating(&self) -> Option<NodeId> {
        let (node, session, _) = *self.arbitrator.as_ref()?;
        let there = &self.nodes[node.index()];
        let there = there.session == session && there.alive();
        (there || !in_force("a-dead-arbitrator-makes-way")).then_some(node)
    }

    /// The node challenges the dead owner's reservation for its side, unless a living node does so
    /// already.
    pub(super) fn arbitrate(&mut self, id: NodeId, side: Vec<NodeId>) {
        if self.arbitrating().is_some() {
            return;
        }
        let session = self.nodes[id.index()].session;
        self.arbitrator = Some((id, session, side));
        let quorum = self.resources[self.quorum.index()].name.clone();
        self.tell(Event::Arbitrates { node: self.node_name(id), quorum });
        self.after(self.switches.arbitration, Due::Arbitrated { node: id, session });
    }

    /// Where nobody of the side can own the quorum, there is no cluster any more.
    pub(super) fn arbitrate_or_end(&mut self, side: Vec<NodeId>) {
        match self.challenger(&side) {
            Some(challenger) => self.arbitrate(challenger, side),
            None => side.into_iter().for_each(|id| self.service_fails(id, NodeChange::LostQuorum)),
        }
    }

    pub(super) fn arbitrated(&mut self, id: NodeId, session: u64) {
        if self.nodes[id.index()].session != session {
            return;
        }
        let arbitrator =
            self.arbitrator.take_if(|(node, begun, _)| (*node, *begun) == (id, session));
        let Some((_, _, mut side)) = arbitrator else { return };
        side.retain(|it| self.nodes[it.index()].alive());
        let owner = self.quorum_owner();
        let back = self.nodes[owner.index()].alive();
        let lost = self.quorum_lost && in_force("a-lost-quorum-disk-is-not-won");
        let defended = self.quorum_kind == Quorum::Disk && back && !self.hears(id, owner);
        if lost || defended || !self.has_votes(&side) {
            for loser in side {
                self.service_fails(loser, NodeChange::LostQuorum);
            }
            return;
        }
        if back && self.hears(id, owner) {
            // It was not gone for good.
            let side = self.side_of(owner);
            return self.close_ranks(&side);
        }
        // The quorum's possible owners may have been changed meanwhile.
        if !self.can_hold_quorum(id) {
            return self.arbitrate_or_end(side);
        }
        let group = self.resources[self.quorum.index()].group;
        self.declare_others_down(&side);
        self.stop_work(group);
        self.release(group, true);
        self.hold_quorum(id, OwnerChange::WonQuorum);
        self.take_over();
    }

    /// From now on no node can use the quorum disk; its owner notices when it polls it next.
    pub(super) fn lose_quorum_disk(&mut self, span: Option<Span>) -> Result<(), ErrorCode> {
        if self.quorum_kind != Quorum::Disk && in_force("what-there-is-not-is-not-lost") {
            return Err(ErrorCode::ERROR_QUORUM_DISK_NOT_FOUND);
        }
        self.quorum_lost = true;
        // What is not online is not polled: it will fail to go online.
        let _ = self.break_resource(self.quorum, Sight::LooksAlive);
        self.heal_after(span, Heal::QuorumDisk);
        Ok(())
    }

    pub(super) fn return_quorum_disk(&mut self) {
        self.stirred |= self.quorum_lost;
        self.quorum_lost = false;
        self.resources[self.quorum.index()].broken = false;
    }

    /// Without the quorum disk the owner of its group can be no member.
    pub(super) fn quorum_fails(&mut self) {
        let owner = self.quorum_owner();
        self.service_fails(owner, NodeChange::QuorumDiskFailed);
    }

    /// The answer to whoever wants to take the quorum offline.
    pub(super) fn quorum_stays(&self) -> ErrorCode {
        match self.switches.quorum_offline_answers {
            QuorumCode::InvalidOperation => ErrorCode::ERROR_INVALID_OPERATION_ON_QUORUM,
            QuorumCode::QuorumResource => ErrorCode::ERROR_QUORUM_RESOURCE,
        }
    }

    /// The quorum disk is the first resource online: winning it is what brings it online.
    pub(super) fn hold_quorum(&mut self, id: NodeId, why: OwnerChange) {
        let quorum = self.quorum;
        let group = self.resources[quorum.index()].group;
        let from = self.groups[group.index()].owner;
        self.groups[group.index()].owner = id;
        self.touch_group(group);
        self.thaw_group(group);
        if from != id {
            let (from, to) = (self.node_name(from), self.node_name(id));
            self.tell(Event::Owner { group: self.group_name(group), from, to, why });
        }
        self.begin_quorum_log();
        self.resources[quorum.index()].reserved = false;
        self.resources[quorum.index()].online_since = self.now;
        if in_force("winning-the-quorum-brings-it-online") {
            self.change(quorum, ResourceState::Online, None);
        }
        self.bring_to_intent(group);
    }
}
