//! What befalls a cluster from outside, as data: faults, and what an administrator does with
//! Cluster Administrator.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{CopyChange, GroupProperty, Release, ResourceProperty};
use crate::model::{
    EvsName, Exchange, GroupName, NetworkName, NodeName, ResourceName, Size, Span, StoreName,
};

/// What is told of setting the one property of the cluster.
const RANDOMIZATION: &str = "set DisableGroupPreferredOwnerRandomization of the cluster to";

/// One fault or one administrator's act.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// The machine stops at once: power loss or a bugcheck.
    Crash(NodeName),
    /// The machine is switched on; its cluster service starts with it.
    Boot(NodeName),
    /// The resource stops working; that is noticed when it is next polled.
    FailResource(ResourceName),
    /// The resource stops working in a way that LooksAlive does not see: only IsAlive will notice.
    FailUnseen(ResourceName),
    /// The administrator initiates the failure of a resource.
    InitiateFailure(ResourceName),
    /// For a while the resource neither gets anywhere nor says anything while it is on its way.
    HangResource {
        /// The resource.
        resource: ResourceName,
        /// For how long.
        span: Span,
    },
    /// The administrator sets a property of a group.
    SetGroup {
        /// The group.
        group: GroupName,
        /// The property and its value.
        property: GroupProperty,
    },
    /// The administrator sets a property of a resource.
    SetResource {
        /// The resource.
        resource: ResourceName,
        /// The property and its value.
        property: ResourceProperty,
    },
    /// The administrator sets the cluster's `DisableGroupPreferredOwnerRandomization`.
    SetRandomization {
        /// Whether groups without preferred owners go by the numbers of the nodes.
        disabled: bool,
    },
    /// The administrator adds a node that was evicted: it joins with a new number.
    AddNode(NodeName),
    /// The administrator moves a group, to a named node or to the best one.
    Move {
        /// The group.
        group: GroupName,
        /// Where to; none: the most preferred node that is up.
        to: Option<NodeName>,
    },
    /// The administrator brings a resource online, and what it depends on.
    OnlineResource(ResourceName),
    /// The administrator takes a resource offline, and what depends on it.
    OfflineResource(ResourceName),
    /// The administrator brings a group online.
    OnlineGroup(GroupName),
    /// The administrator takes a group offline.
    OfflineGroup(GroupName),
    /// The administrator takes a node out of the cluster; it has to be down.
    Evict(NodeName),
    /// The administrator gives an Exchange Virtual Server another name.
    RenameEvs {
        /// The group that is the Exchange Virtual Server.
        group: GroupName,
        /// Its new name.
        to: EvsName,
    },
    /// The administrator deletes an Exchange Virtual Server's group with all its resources; it has
    /// to be offline.
    DeleteEvs(GroupName),
    /// The administrator pauses a node: it keeps its groups and takes no more.
    Pause(NodeName),
    /// The administrator resumes a paused node.
    Resume(NodeName),
    /// The administrator stops a node's cluster service; its groups go to other nodes first.
    StopService(NodeName),
    /// The administrator starts a node's cluster service.
    StartService(NodeName),
    /// The tool that works on a store ends with an error.
    FailTool {
        /// The group whose disk the store is on.
        group: GroupName,
        /// The store.
        store: StoreName,
    },
    /// The tool that works on the Message Transfer Agent's database ends with an error.
    FailMtaTool(GroupName),
    /// Exchange's setup brings a node to a later version.
    UpgradeNode {
        /// The node; it serves no server meanwhile.
        node: NodeName,
        /// The version.
        to: Exchange,
    },
    /// Windows' setup brings a node to a later version.
    UpgradeWindows {
        /// The node; its cluster service does not run meanwhile.
        node: NodeName,
        /// The version.
        to: Release,
    },
    /// The administrator brings an Exchange Virtual Server to the version of its node.
    UpgradeEvs(GroupName),
    /// Something else takes room on a group's disk, or gives it back.
    FillDisk {
        /// The group.
        group: GroupName,
        /// How much is free then.
        to: Size,
    },
    /// The administrator backs a store up online, which locks its whole storage group.
    BackUp {
        /// The group whose disk the store is on.
        group: GroupName,
        /// The store.
        store: StoreName,
        /// How long that takes.
        span: Span,
    },
    /// The disk of a group dies for good, with what is on it.
    FailDisk(GroupName),
    /// The administrator puts a new disk in the place of a dead one.
    ReplaceDisk {
        /// The group.
        group: GroupName,
        /// Whether nothing is on it; else its stores are as the last backup held them.
        empty: bool,
    },
    /// The store process of a node ends, which serves every Exchange Virtual Server there.
    FailStoreProcess(NodeName),
    /// What a mounted store holds becomes more or less.
    ChangeStore {
        /// The group whose disk the store is on.
        group: GroupName,
        /// The store.
        store: StoreName,
        /// What it holds from now on.
        to: StoreChange,
    },
    /// The administrator does something with the passive copy of a replicated store.
    ChangeCopy {
        /// The group of the server.
        group: GroupName,
        /// The store.
        store: StoreName,
        /// What.
        change: CopyChange,
    },
    /// The administrator mounts a store or dismounts it, by hand.
    MountStore {
        /// The group whose disk the store is on.
        group: GroupName,
        /// The store.
        store: StoreName,
        /// Whether it is to be mounted.
        mount: bool,
    },
    /// Every machine that runs stops at once.
    PowerOffAll,
    /// The machine stands still: no heartbeats, no answers, and what it reserved is not defended.
    Hang {
        /// The node.
        node: NodeName,
        /// After so long it goes on where it stood; none: it does not.
        span: Option<Span>,
    },
    /// The cluster service of a node does nothing any more, while the machine goes on.
    HangService {
        /// The node.
        node: NodeName,
        /// After so long it goes on where it stood; none: it does not.
        span: Option<Span>,
    },
    /// Windows is shut down on a node.
    ShutDown {
        /// The node.
        node: NodeName,
        /// Whether the machine is switched on again at once.
        restart: bool,
    },
    /// A network carries nothing any more, or nothing to and from one node.
    Cut {
        /// The network.
        network: NetworkName,
        /// The node whose interface is cut off; none: all of them.
        node: Option<NodeName>,
        /// After so long it is mended; none: it is not.
        span: Option<Span>,
    },
    /// Every network carries nothing any more between these sides. A node that is on none of them
    /// is on one with all others that are.
    Partition {
        /// The nodes of each side.
        sides: Vec<Vec<NodeName>>,
        /// After so long it is mended; none: it is not.
        span: Option<Span>,
    },
    /// No node can use the quorum disk any more.
    LoseQuorumDisk {
        /// After so long it works again; none: it does not.
        span: Option<Span>,
    },
    /// No node can reach the file share witness any more.
    LoseWitness {
        /// After so long it is there again; none: it is not.
        span: Option<Span>,
    },
    /// The checkpoint and the log on the quorum disk are lost.
    LoseQuorumFiles,
    /// What a fault broke works again.
    Heal(Heal),
}

/// What works again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Heal {
    /// Every network, the quorum disk, the witness, and every machine that hangs.
    Everything,
    /// A network with all its interfaces.
    Network(NetworkName),
    /// The interface of a node to a network.
    Interface(NodeName, NetworkName),
    /// Every network between the sides of a partition.
    Partition,
    /// A machine that hung: it goes on where it stood.
    Node(NodeName),
    /// The quorum disk.
    QuorumDisk,
    /// The file share witness.
    Witness,
}

impl fmt::Display for Heal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Heal::Everything => f.write_str("networks, quorum disk and machines work again"),
            Heal::Network(network) => write!(f, "{network} works again"),
            Heal::Interface(node, network) => write!(f, "{node} is on {network} again"),
            Heal::Partition => f.write_str("the partition is over"),
            Heal::Node(node) => write!(f, "{node} goes on"),
            Heal::Witness => f.write_str("the witness is there again"),
            Heal::QuorumDisk => f.write_str("the quorum disk works again"),
        }
    }
}

/// What a store holds from now on; what is none stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoreChange {
    /// The size of its files, which never become smaller by themselves.
    pub size: Option<Size>,
    /// How much of it is in use; files that are too small for that grow.
    pub used: Option<Size>,
    /// How many mailboxes it holds.
    pub mailboxes: Option<u32>,
}

impl Step {
    /// Whether this is a fault, not somebody's act.
    pub const fn is_fault(&self) -> bool {
        matches!(
            self,
            Step::Crash(_)
                | Step::FailResource(_)
                | Step::FailUnseen(_)
                | Step::HangResource { .. }
                | Step::FailTool { .. }
                | Step::FailMtaTool(_)
                | Step::FillDisk { .. }
                | Step::FailDisk(_)
                | Step::FailStoreProcess(_)
                | Step::PowerOffAll
                | Step::Hang { .. }
                | Step::HangService { .. }
                | Step::Cut { .. }
                | Step::Partition { .. }
                | Step::LoseQuorumDisk { .. }
                | Step::LoseWitness { .. }
                | Step::LoseQuorumFiles
                | Step::Heal(_)
        )
    }

    /// Whether it is asked of the cluster, not done to a machine: a cluster without members does
    /// not answer.
    pub(super) const fn asks_cluster(&self) -> bool {
        match self {
            Step::Crash(_)
            | Step::Boot(_)
            | Step::FailResource(_)
            | Step::FailUnseen(_)
            | Step::HangResource { .. }
            | Step::FailTool { .. }
            | Step::FillDisk { .. }
            | Step::FailMtaTool(_)
            | Step::UpgradeNode { .. }
            | Step::UpgradeWindows { .. }
            | Step::FailDisk(_)
            | Step::ReplaceDisk { .. }
            | Step::FailStoreProcess(_)
            | Step::ChangeStore { .. }
            | Step::StopService(_)
            | Step::StartService(_)
            | Step::PowerOffAll
            | Step::Hang { .. }
            | Step::HangService { .. }
            | Step::ShutDown { .. }
            | Step::Cut { .. }
            | Step::Partition { .. }
            | Step::LoseQuorumDisk { .. }
            | Step::LoseWitness { .. }
            | Step::LoseQuorumFiles
            | Step::Heal(_) => false,
            Step::Move { .. }
            | Step::InitiateFailure(_)
            | Step::SetGroup { .. }
            | Step::SetResource { .. }
            | Step::SetRandomization { .. }
            | Step::AddNode(_)
            | Step::OnlineResource(_)
            | Step::OfflineResource(_)
            | Step::OnlineGroup(_)
            | Step::OfflineGroup(_)
            | Step::Evict(_)
            | Step::RenameEvs { .. }
            | Step::DeleteEvs(_)
            | Step::UpgradeEvs(_)
            | Step::BackUp { .. }
            | Step::MountStore { .. }
            | Step::ChangeCopy { .. }
            | Step::Pause(_)
            | Step::Resume(_) => true,
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Step::Crash(node) => write!(f, "{node} crashes"),
            Step::Boot(node) => write!(f, "{node} is switched on"),
            Step::FailResource(resource) => write!(f, "{resource} stops working"),
            Step::FailUnseen(resource) => write!(f, "{resource} stops working, but looks alive"),
            Step::InitiateFailure(resource) => write!(f, "initiate the failure of {resource}"),
            Step::HangResource { resource, span } => write!(f, "{resource} hangs for {span}"),
            Step::SetGroup { group, property } => f.write_str(&property.set_of(group.as_str())),
            Step::SetResource { resource, property } => {
                f.write_str(&property.set_of(resource.as_str()))
            }
            Step::SetRandomization { disabled } => {
                write!(f, "{RANDOMIZATION} {}", *disabled as u32)
            }
            Step::AddNode(node) => write!(f, "add {node}"),
            Step::Move { group, to: Some(node) } => write!(f, "move {group} to {node}"),
            Step::Move { group, to: None } => write!(f, "move {group} to the best node"),
            Step::OnlineResource(resource) => write!(f, "bring {resource} online"),
            Step::OfflineResource(resource) => write!(f, "take {resource} offline"),
            Step::OnlineGroup(group) => write!(f, "bring {group} online"),
            Step::OfflineGroup(group) => write!(f, "take {group} offline"),
            Step::Evict(node) => write!(f, "evict {node}"),
            Step::RenameEvs { group, to } => write!(f, "rename {group} to {to}"),
            Step::DeleteEvs(group) => write!(f, "delete {group}"),
            Step::Pause(node) => write!(f, "pause {node}"),
            Step::Resume(node) => write!(f, "resume {node}"),
            Step::StopService(node) => write!(f, "stop the cluster service of {node}"),
            Step::StartService(node) => write!(f, "start the cluster service of {node}"),
            Step::PowerOffAll => f.write_str("the power fails: every machine stops"),
            Step::Hang { node, span } => write!(f, "{node} hangs{}", For(span)),
            Step::HangService { node, span } => {
                write!(f, "the cluster service of {node} hangs{}", For(span))
            }
            Step::ShutDown { node, restart: true } => write!(f, "restart {node}"),
            Step::ShutDown { node, restart: false } => write!(f, "shut {node} down"),
            Step::Cut { network, node: None, span } => write!(f, "{network} is cut{}", For(span)),
            Step::Cut { network, node: Some(node), span } => {
                write!(f, "{node} is cut off from {network}{}", For(span))
            }
            Step::Partition { sides, span } => {
                let names = |side: &Vec<NodeName>| {
                    side.iter().map(NodeName::as_str).collect::<Vec<_>>().join(", ")
                };
                let sides = sides.iter().map(names).collect::<Vec<_>>().join(" | ");
                write!(f, "the networks are parted: {sides}{}", For(span))
            }
            Step::LoseWitness { span } => write!(f, "the witness is lost{}", For(span)),
            Step::LoseQuorumDisk { span } => write!(f, "the quorum disk is lost{}", For(span)),
            Step::LoseQuorumFiles => {
                f.write_str("the checkpoint and the log on the quorum disk are lost")
            }
            Step::Heal(heal) => heal.fmt(f),
            of_exchange => of_exchange.fmt_of_exchange(f),
        }
    }
}

impl Step {
    /// What befalls stores, disks and versions.
    fn fmt_of_exchange(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Step::FailTool { group, store } => {
                write!(f, "the tool on {store} of {group} ends with an error")
            }
            Step::FillDisk { group, to } => write!(f, "{to} are left on the disk of {group}"),
            Step::BackUp { group, store, span } => {
                write!(f, "back up {store} of {group}, which takes {span}")
            }
            Step::FailMtaTool(group) => {
                write!(f, "the tool on the MTA's database of {group} ends with an error")
            }
            Step::UpgradeNode { node, to } => write!(f, "upgrade {node} to {to}"),
            Step::UpgradeWindows { node, to } => write!(f, "upgrade {node} to {}", to.name()),
            Step::UpgradeEvs(group) => write!(f, "upgrade {group} to the version of its node"),
            Step::FailDisk(group) => write!(f, "the disk of {group} dies"),
            Step::ReplaceDisk { group, empty: true } => {
                write!(f, "replace the disk of {group} by an empty one")
            }
            Step::ReplaceDisk { group, empty: false } => {
                write!(f, "replace the disk of {group} and restore its stores from the last backup")
            }
            Step::FailStoreProcess(node) => write!(f, "the store process of {node} ends"),
            Step::ChangeStore { group, store, to } => {
                write!(f, "{store} of {group} holds {to}")
            }
            Step::ChangeCopy { group, store, change } => {
                let what = match change {
                    CopyChange::Suspend => "suspend the copy of",
                    CopyChange::Resume => "resume the copy of",
                    CopyChange::Reseed => "reseed the copy of",
                    CopyChange::Restore => "accept what is lost of",
                };
                write!(f, "{what} {store} of {group}")
            }
            Step::MountStore { group, store, mount: true } => {
                write!(f, "mount {store} of {group}")
            }
            Step::MountStore { group, store, mount: false } => {
                write!(f, "dismount {store} of {group}")
            }
            // The caller has told of every other step.
            other => write!(f, "{other:?}"),
        }
    }
}

/// For how long, where that is known.
struct For<'a>(&'a Option<Span>);

impl fmt::Display for For<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(span) => write!(f, " for {span}"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for StoreChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = [
            self.mailboxes.map(|count| format!("{count} mailboxes")),
            self.size.map(|size| format!("{size} of files")),
            self.used.map(|used| format!("{used} in use")),
        ];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        f.write_str(&parts.join(", "))
    }
}
