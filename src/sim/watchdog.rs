//! Cluster services that hang while their machines go on, and the watchdog that finds them.
//!
//! A driver of its own sends the heartbeats and defends the quorum, and resource monitors run what
//! is online: nobody misses the node. But its cluster service does nothing and answers nobody,
//! until the watchdog has missed its signs of life for long enough.
//!
//! Absent on purpose: how the other members' cluster services wait for one that hangs.

use std::fmt;

use super::cluster::{Cluster, Due, NodeId, Service};
use super::switches::HangRecovery;
use super::{Event, NodeChange};
use crate::model::{ErrorCode, InterfaceState, Span, in_force};

impl fmt::Display for HangRecovery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            HangRecovery::Log => "the watchdog writes that its cluster service hangs",
            HangRecovery::Terminate => "the watchdog ends its cluster service, which hangs",
            HangRecovery::StopMachine => {
                "the watchdog stops the machine, whose cluster service hangs"
            }
        })
    }
}

impl Cluster {
    pub(super) fn hang_service(&mut self, id: NodeId, span: Option<Span>) -> Result<(), ErrorCode> {
        let node = &mut self.nodes[id.index()];
        match node.service {
            _ if !node.runs() => return Err(ErrorCode::RPC_S_SERVER_UNAVAILABLE),
            _ if node.stuck => return Err(ErrorCode::ERROR_INVALID_STATE),
            Service::Member | Service::Stopping => {}
            _ => return Err(ErrorCode::ERROR_SERVICE_NOT_ACTIVE),
        }
        node.stuck = true;
        let session = node.session;
        self.after(self.switches.service_watchdog, Due::Watchdog { node: id, session });
        if let Some(span) = span {
            self.after(span, Due::ServiceGoesOn { node: id, session });
        }
        Ok(())
    }

    /// The watchdog has seen no sign of life of the cluster service for too long.
    ///
    /// Source: the documentation of `ClusSvcHeartbeatTimeout` and `HangRecoveryAction`.
    pub(super) fn watchdog(&mut self, id: NodeId, session: u64) {
        let node = &self.nodes[id.index()];
        if node.session != session || !node.stuck || !in_force("a-watchdog-finds-what-hangs") {
            return;
        }
        let action = self.switches.hang_recovery;
        self.tell(Event::Watchdog { node: self.node_name(id), action });
        match action {
            HangRecovery::Log => {}
            HangRecovery::Terminate => self.service_fails(id, NodeChange::ServiceHung),
            HangRecovery::StopMachine => {
                let was_heard = self.nodes[id.index()].alive();
                self.nodes[id.index()].restarts = true;
                if was_heard {
                    self.falls_silent(id);
                }
                self.closes(id);
            }
        }
    }

    /// The cluster service goes on where it stood, if nobody has ended it.
    pub(super) fn service_goes_on(&mut self, id: NodeId, session: u64) {
        let node = &self.nodes[id.index()];
        if node.session != session || !node.stuck {
            return;
        }
        self.free_service(id);
        self.stirred = true;
        self.tell(Event::ServiceGoesOn { node: self.node_name(id) });
        self.touch_all();
        for network in 0..self.networks.len() {
            if self.networks[network].told.get(&id) == Some(&InterfaceState::Failed)
                && in_force("a-service-that-goes-on-fails-its-addresses")
            {
                self.fail_addresses(id, network);
            }
        }
        for group in self.groups_of(id) {
            self.drive(group);
        }
        if self.nodes[id.index()].service == Service::Member {
            self.return_home(id);
        }
    }

    /// What was due of the service meanwhile is due now; what ended with it means nothing any more.
    pub(super) fn free_service(&mut self, id: NodeId) {
        let node = &mut self.nodes[id.index()];
        if std::mem::take(&mut node.stuck) && !node.hung {
            for due in std::mem::take(&mut node.parked) {
                self.queue.push(self.now, due);
            }
        }
    }
}
