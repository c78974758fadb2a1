//! Everything that happened in the cluster, typed, in order. Reports are written and checks are
//! made from it alone.

use std::fmt;

use serde::Serialize;

use super::Step;
use super::destination::{Candidate, Departure, OwnerChange};
use super::limit::Bar;
use super::loss::DiskChange;
use super::replica::CopyNews;
use super::switches::HangRecovery;
use crate::model::{
    Act, ErrorCode, EvsName, Exchange, GroupName, GroupState, Guid, InterfaceState, LocalTime,
    MountState, NetworkName, NetworkState, NodeName, NodeState, Place, ResourceName, ResourceState,
    Revision, Span, StorageGroupName, StoreName, Time, Tool, ToolState,
};

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// When.
    pub time: Time,
    /// What.
    pub event: Event,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// A fault came, or an administrator did something; the cluster's answer.
    Stepped {
        /// Which.
        step: Step,
        /// `Err`: the cluster refused.
        result: Result<(), ErrorCode>,
        /// What was asked for goes on: the answer was `ERROR_IO_PENDING`.
        pending: bool,
    },
    /// A node changed in the members' eyes.
    Node {
        /// The node.
        node: NodeName,
        /// Its state from now on.
        state: NodeState,
        /// What led to it.
        why: NodeChange,
    },
    /// A node began to arbitrate for the quorum.
    Arbitrates {
        /// The node.
        node: NodeName,
        /// The quorum resource.
        quorum: ResourceName,
    },
    /// A cluster service ended by itself, with all that it ran; the machine goes on.
    ServiceEnded {
        /// The node.
        node: NodeName,
        /// Why.
        why: NodeChange,
    },
    /// A node's cluster service hangs, and its watchdog has found that.
    Watchdog {
        /// The node.
        node: NodeName,
        /// What the watchdog does about it.
        action: HangRecovery,
    },
    /// A cluster service that hung goes on.
    ServiceGoesOn {
        /// The node.
        node: NodeName,
    },
    /// A cluster service finds no cluster to join and cannot form one; it goes on trying.
    Excluded {
        /// The node.
        node: NodeName,
    },
    /// Whoever forms the cluster goes by a copy of the database that is not the newest.
    OldCopy {
        /// The node.
        node: NodeName,
        /// When the first change came that is lost now.
        since: Time,
    },
    /// A member's interface to a network is in another state, as the members judge.
    Interface {
        /// The node.
        node: NodeName,
        /// The network.
        network: NetworkName,
        /// Its state from now on.
        state: InterfaceState,
    },
    /// A network is in another state, as the members judge.
    Network {
        /// The network.
        network: NetworkName,
        /// Its state from now on.
        state: NetworkState,
    },
    /// A machine that was shut down is off.
    PoweredOff {
        /// The node.
        node: NodeName,
        /// The groups that were not offline in time.
        cut_short: Vec<GroupName>,
    },
    /// A machine that was restarted is on again.
    PoweredOn {
        /// The node.
        node: NodeName,
    },
    /// A group went to another node.
    Owner {
        /// The group.
        group: GroupName,
        /// Who owned it.
        from: NodeName,
        /// Who owns it from now on.
        to: NodeName,
        /// Why this node.
        why: OwnerChange,
    },
    /// A group is to leave its owner, and every other node was weighed. It explains what follows.
    Weighed {
        /// The group.
        group: GroupName,
        /// Its owner.
        from: NodeName,
        /// Why it is to leave.
        departure: Departure,
        /// The others, in the order in which they are tried; chosen is one at most.
        candidates: Vec<Candidate>,
    },
    /// A move ended where it began, as its destination had gone meanwhile.
    GivenUp {
        /// The group.
        group: GroupName,
        /// Where it was to go.
        to: NodeName,
    },
    /// A group lost its node, or should have moved, and no node can take it.
    Stranded {
        /// The group.
        group: GroupName,
    },
    /// A resource failed more often than its restarts cover, or its group moved too often.
    Escalated {
        /// The resource.
        resource: ResourceName,
        /// Its group.
        group: GroupName,
        /// How many failures within the period.
        failures: u32,
        /// The period.
        period: Span,
        /// How often the group has moved for a failure within its own period before.
        failovers: u32,
        /// What becomes of the group.
        end: Escalation,
    },
    /// A resource on its way said nothing for longer than its `PendingTimeout`.
    TimedOut {
        /// The resource.
        resource: ResourceName,
        /// Its group.
        group: GroupName,
        /// Its `PendingTimeout`.
        after: Span,
    },
    /// A resource that was left failed is tried once more.
    Retried {
        /// The resource.
        resource: ResourceName,
        /// Its group.
        group: GroupName,
    },
    /// A group begins to go back to a more preferred owner, or waits for the hour at which it may.
    FailsBack {
        /// The group.
        group: GroupName,
        /// Where to.
        to: NodeName,
        /// What the cluster's clocks show.
        local: LocalTime,
        /// Whether it waits until then.
        waits: bool,
    },
    /// A resource changed its state.
    Resource {
        /// The resource.
        resource: ResourceName,
        /// Its group.
        group: GroupName,
        /// The node where that happened.
        node: NodeName,
        /// Its state from now on.
        state: ResourceState,
        /// The error that it failed with.
        error: Option<ErrorCode>,
    },
    /// A group's state, as it follows from its resources, changed.
    Group {
        /// The group.
        group: GroupName,
        /// Its owner.
        node: NodeName,
        /// Its state from now on.
        state: GroupState,
    },
    /// A store was mounted or dismounted, or is on its way.
    Store {
        /// The group whose disk it is on.
        group: GroupName,
        /// The store.
        store: StoreName,
        /// The node where that happened.
        node: NodeName,
        /// Its state from now on.
        mount: MountState,
    },
    /// A run of a tool began or ended.
    Tool {
        /// The group whose disk the store is on.
        group: GroupName,
        /// The store.
        store: StoreName,
        /// The node where the tool runs.
        node: NodeName,
        /// The tool.
        tool: Tool,
        /// Where the run stands from now on.
        state: ToolState,
    },
    /// Copying a defragmentation back over a store was cut short, or has been made good.
    Damage {
        /// The group whose disk the store is on.
        group: GroupName,
        /// The store.
        store: StoreName,
        /// Whether its files are no good from now on.
        damaged: bool,
    },
    /// The two copies of a server's stores are otherwise than before.
    Copies {
        /// The group of the server.
        group: GroupName,
        /// In what.
        news: CopyNews,
    },
    /// A group's disk died, or another was put in its place.
    Disk {
        /// The group.
        group: GroupName,
        /// What became of its disk.
        change: DiskChange,
    },
    /// A run of the tool on the Message Transfer Agent's database began or ended.
    Mta {
        /// The group that has it.
        group: GroupName,
        /// The node where the tool runs.
        node: NodeName,
        /// Where the run stands from now on.
        state: ToolState,
    },
    /// An Exchange Virtual Server has another version.
    Upgraded {
        /// Its group.
        group: GroupName,
        /// Its version from now on.
        to: Exchange,
    },
    /// What Exchange does not allow on a node; the resource then fails.
    Barred {
        /// The group.
        group: GroupName,
        /// The node.
        node: NodeName,
        /// What stands against it there.
        why: Bar,
    },
    /// An online backup came to its end.
    BackedUp {
        /// The group whose disk the store is on.
        group: GroupName,
        /// The store.
        store: StoreName,
    },
    /// A node was asked for an act and started it, or refused.
    Act {
        /// The node.
        node: NodeName,
        /// What it was asked for.
        deed: Deed,
        /// `Err`: refused.
        result: Result<(), ErrorCode>,
    },
    /// A record was written, and that was acknowledged, or a crash happened to spare it.
    Written {
        /// The node that wrote it.
        node: NodeName,
        /// Where it lies.
        place: Place,
        /// Its revision from now on.
        revision: Revision,
    },
    /// An Exchange Virtual Server has another name.
    Renamed {
        /// Its group.
        group: GroupName,
        /// Its new name.
        to: EvsName,
    },
    /// A group is gone, with its resources.
    Deleted {
        /// The group.
        group: GroupName,
        /// Its identity.
        guid: Guid,
    },
}

/// An act without what it writes: records are the product's own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Deed {
    /// A record is replaced.
    Write(Place),
    /// A store is dismounted.
    Dismount(GroupName, StoreName),
    /// A store is mounted.
    Mount(GroupName, StoreName),
    /// A tool is started on a store.
    StartTool(GroupName, StoreName, Tool),
    /// A run of a tool on a store is ended.
    StopTool(GroupName, StoreName),
    /// A resource is taken offline.
    Offline(GroupName, ResourceName),
    /// A resource is brought online.
    Online(GroupName, ResourceName),
    /// The tool of the Message Transfer Agent is started.
    CheckMta(GroupName),
    /// The passive copy of a storage group is suspended.
    SuspendCopy(GroupName, StorageGroupName),
    /// It is resumed.
    ResumeCopy(GroupName, StorageGroupName),
    /// It is made anew.
    Reseed(GroupName, StorageGroupName),
    /// A notification is handed over.
    Notify(crate::model::Notice, String),
}

impl fmt::Display for Deed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Deed::Write(place) => write!(f, "write {place}"),
            Deed::Dismount(_, store) => write!(f, "dismount {store}"),
            Deed::Mount(_, store) => write!(f, "mount {store}"),
            Deed::StartTool(_, store, tool) => write!(f, "run {tool} on {store}"),
            Deed::StopTool(_, store) => write!(f, "end the tool on {store}"),
            Deed::Offline(_, resource) => write!(f, "take {resource} offline"),
            Deed::Online(_, resource) => write!(f, "bring {resource} online"),
            Deed::CheckMta(_) => f.write_str("run MTA check"),
            Deed::SuspendCopy(_, group) => write!(f, "suspend the copy of {group}"),
            Deed::ResumeCopy(_, group) => write!(f, "resume the copy of {group}"),
            Deed::Reseed(_, group) => write!(f, "reseed the copy of {group}"),
            Deed::Notify(notice, _) => write!(f, "notify: {notice}"),
        }
    }
}

impl From<&Act> for Deed {
    fn from(act: &Act) -> Self {
        match act {
            Act::Write { place, .. } => Deed::Write(place.clone()),
            Act::Dismount { group, store } => Deed::Dismount(group.clone(), store.clone()),
            Act::Mount { group, store } => Deed::Mount(group.clone(), store.clone()),
            Act::StartTool { group, store, tool, .. } => {
                Deed::StartTool(group.clone(), store.clone(), *tool)
            }
            Act::StopTool { group, store, .. } => Deed::StopTool(group.clone(), store.clone()),
            Act::Offline { group, resource } => Deed::Offline(group.clone(), resource.clone()),
            Act::Online { group, resource } => Deed::Online(group.clone(), resource.clone()),
            Act::CheckMta { group, .. } => Deed::CheckMta(group.clone()),
            Act::SuspendCopy { group, storage_group } => {
                Deed::SuspendCopy(group.clone(), storage_group.clone())
            }
            Act::ResumeCopy { group, storage_group } => {
                Deed::ResumeCopy(group.clone(), storage_group.clone())
            }
            Act::Reseed { group, storage_group, .. } => {
                Deed::Reseed(group.clone(), storage_group.clone())
            }
            Act::Notify { notice, text, .. } | Act::Announce { notice, text, .. } => {
                Deed::Notify(*notice, text.clone())
            }
        }
    }
}

/// What becomes of a group whose resource failed too often.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Escalation {
    /// It moves to another node.
    Moves,
    /// It has moved too often already: all of it is taken offline and left.
    MovedTooOften,
    /// No node can take it: the resource stays failed where it is.
    NoNode,
}

impl fmt::Display for Escalation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Escalation::Moves => "moves",
            Escalation::MovedTooOften => "has moved too often and is left",
            Escalation::NoNode => "stays, no other node can own it",
        })
    }
}

/// What led to a node's state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum NodeChange {
    /// It sent no heartbeats, and the others closed ranks without it.
    HeartbeatsMissed,
    /// It was not there when another node formed the cluster.
    Absent,
    /// Its cluster service found a cluster to join.
    FoundCluster,
    /// It went down before it was a member.
    LostWhileJoining,
    /// It joined.
    Joined,
    /// No member was there: it won the quorum and formed the cluster.
    Formed,
    /// An administrator took it out of the cluster.
    Evicted,
    /// An administrator made it a node of the cluster again, with this number.
    Added(u32),
    /// It was evicted, and the copy of the database that the cluster was formed from has it with
    /// this number.
    Remembered(u32),
    /// The copy of the database that the cluster was formed from has it not.
    Forgotten,
    /// An administrator paused it.
    Paused,
    /// An administrator resumed it.
    Resumed,
    /// An administrator stopped its cluster service.
    ServiceStopped,
    /// It lost touch with the quorum, and its challenge failed.
    LostQuorum,
    /// No client reaches its side of a partition, and clients reach another.
    LostClients,
    /// The quorum disk failed under it.
    QuorumDiskFailed,
    /// The others had closed ranks without it while it hung.
    Dropped,
    /// Its cluster service hung, and the watchdog ended it.
    ServiceHung,
    /// Its version of Windows does not go with that of a member: they do not let it join.
    VersionsApart,
}

impl fmt::Display for NodeChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            NodeChange::HeartbeatsMissed => "6 heartbeats missed, regroup",
            NodeChange::Absent => "absent when the cluster was formed",
            NodeChange::FoundCluster => "its cluster service found the cluster",
            NodeChange::LostWhileJoining => "crashed while it joined",
            NodeChange::Joined => "joined the cluster",
            NodeChange::Formed => "no member was up, it formed the cluster",
            NodeChange::Evicted => "evicted",
            NodeChange::Added(number) => return write!(f, "added as node {number}"),
            NodeChange::Remembered(number) => {
                return write!(f, "node {number} again, by the copy of the database");
            }
            NodeChange::Forgotten => "no node by the copy of the database",
            NodeChange::Paused => "by an administrator",
            NodeChange::Resumed => "resumed by an administrator",
            NodeChange::ServiceStopped => "its cluster service was stopped",
            NodeChange::LostQuorum => "it has no quorum",
            NodeChange::LostClients => "clients reach the other side, and not its own",
            NodeChange::QuorumDiskFailed => "the quorum disk has failed",
            NodeChange::Dropped => "the others have gone on without it",
            NodeChange::ServiceHung => "it hung",
            NodeChange::VersionsApart => "5075 ERROR_CLUSTER_INCOMPATIBLE_VERSIONS",
        })
    }
}
