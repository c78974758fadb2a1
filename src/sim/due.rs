//! What is due: the events that the cluster's clock brings.
//!
//! Each names what it is about and the turn, session or life in which it was planned; what came in
//! between makes it mean nothing.

use super::cluster::{GroupId, NodeId, ResourceId};
use crate::model::{Place, StoreName, Ticket};

/// What will happen at a moment.
#[derive(Clone, Debug)]
pub(super) enum Due {
    ResourceDone {
        resource: ResourceId,
        turn: u64,
    },
    Polled {
        resource: ResourceId,
        turn: u64,
    },
    Silent {
        resource: ResourceId,
        turn: u64,
    },
    Retried {
        resource: ResourceId,
        turn: u64,
    },
    FailbackWindow {
        group: GroupId,
    },
    Regrouped {
        node: NodeId,
    },
    ChallengeLost {
        node: NodeId,
        session: u64,
    },
    Closed {
        node: NodeId,
        session: u64,
    },
    /// The watchdog of a cluster service has run out.
    Watchdog {
        node: NodeId,
        session: u64,
    },
    ServiceGoesOn {
        node: NodeId,
        session: u64,
    },
    Healed(super::fault::Heal),
    /// The nodes know of a change of their networks.
    Judged,
    /// The quorum's owner writes the database to the quorum disk.
    Checkpoint,
    VotesCounted {
        node: NodeId,
        session: u64,
    },
    Arbitrated {
        node: NodeId,
        session: u64,
    },
    Inherited {
        node: NodeId,
        session: u64,
    },
    ServiceStarts {
        node: NodeId,
        session: u64,
    },
    Joined {
        node: NodeId,
        session: u64,
    },
    Formed {
        node: NodeId,
        session: u64,
    },
    Written {
        node: NodeId,
        life: u64,
        place: Place,
    },
    StoreDone {
        group: GroupId,
        store: StoreName,
        turn: u64,
    },
    ToolDone {
        group: GroupId,
        store: StoreName,
        turn: u64,
    },
    DiskFull {
        group: GroupId,
        store: StoreName,
        turn: u64,
    },
    BackupDone {
        group: GroupId,
        turn: u64,
    },
    Notified {
        node: NodeId,
        life: u64,
        ticket: Ticket,
    },
    Announced {
        node: NodeId,
        life: u64,
        number: u32,
    },
    ToolStopped {
        group: GroupId,
        store: StoreName,
        turn: u64,
    },
    Seeded {
        group: GroupId,
        store: StoreName,
        turn: u64,
    },
    CopySet {
        group: GroupId,
        store: StoreName,
        turn: u64,
        suspended: bool,
    },
    MtaChecked {
        group: GroupId,
        turn: u64,
    },
}

impl Due {
    /// Whether it changes only groups that are touched on the way: most of what happens does, and
    /// no other group is looked at then.
    pub(super) fn is_local(&self) -> bool {
        matches!(
            self,
            Due::ResourceDone { .. }
                | Due::Polled { .. }
                | Due::Written { .. }
                | Due::StoreDone { .. }
                | Due::ToolDone { .. }
                | Due::Notified { .. }
        )
    }
}
