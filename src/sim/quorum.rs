//! The quorum disk: who holds it is the cluster.
//!
//! Arbitration is needed only when its owner died: the challenger breaks the reservation and waits
//! whether it is renewed.

use super::cluster::{Cluster, Due, NodeId};
use super::{Event, OwnerChange};
use crate::model::ResourceState;

impl Cluster {
    /// The node challenges the dead owner's reservation, unless a living node does so already.
    pub(super) fn arbitrate(&mut self, id: NodeId) {
        if let Some((node, session)) = self.arbitrator
            && self.nodes[node.index()].session == session
        {
            return;
        }
        let session = self.nodes[id.index()].session;
        self.arbitrator = Some((id, session));
        let quorum = self.resources[self.quorum.index()].name.clone();
        self.tell(Event::Arbitrates { node: self.node_name(id), quorum });
        self.after(self.switches.arbitration, Due::Arbitrated { node: id, session });
    }

    pub(super) fn arbitrated(&mut self, id: NodeId, session: u64) {
        if self.nodes[id.index()].session != session {
            return;
        }
        self.arbitrator = None;
        let group = self.resources[self.quorum.index()].group;
        self.declare_silent_nodes_down();
        self.release_from_dead(group);
        self.hold_quorum(id, OwnerChange::WonQuorum);
        self.take_over();
    }

    /// The quorum disk is the first resource online: winning it is what brings it online.
    pub(super) fn hold_quorum(&mut self, id: NodeId, why: OwnerChange) {
        let quorum = self.quorum;
        let group = self.resources[quorum.index()].group;
        let from = self.groups[group.index()].owner;
        self.groups[group.index()].owner = id;
        if from != id {
            let (from, to) = (self.node_name(from), self.node_name(id));
            self.tell(Event::Owner { group: self.group_name(group), from, to, why });
        }
        self.resources[quorum.index()].reserved = false;
        self.resources[quorum.index()].online_since = self.now;
        self.change(quorum, ResourceState::Online, None);
        self.bring_to_intent(group);
    }
}
