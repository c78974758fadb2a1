//! What the product asks a node to do, with everything that must hold for it as data.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{
    CopyState, GroupName, Guid, MountState, ResourceName, ResourceState, StorageGroupName,
    StoreName, ToolPhase, in_force,
};

/// Where a record lies.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// On the node's own disk: it stays with the node.
    Node,
    /// On the shared disk of a group: it moves with the group, and only the owner sees it.
    Disk(GroupName),
}

/// Counts the writes of one record; each acknowledged write is the next revision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Revision(pub u64);

/// A record as it lies on a disk. Who keeps records does not know what they say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// How often the record has been written.
    pub revision: Revision,
    /// What was written.
    pub text: Arc<str>,
}

/// The name that the product gives an act, so that a later view can tell that this very act was
/// done: the number of the job on its node, and the number of the act within the job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Ticket {
    /// The job, counted from 1 on the node that runs it.
    pub job: u32,
    /// The act within the job, counted from 1.
    pub act: u32,
}

/// The maintenance tools of Exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tool {
    /// `eseutil /mh`: reads the header and says whether the database was shut down cleanly.
    ConsistencyCheck,
    /// `isinteg -fix`: finds and corrects errors; needs the store dismounted and its Information
    /// Store online.
    ErrorFix,
    /// `eseutil /d`: builds a compact copy of the database and puts it in its place.
    Defragment,
    /// `isinteg` without `-fix`: finds errors and reports them; needs what the error fix needs.
    ErrorReport,
    /// Copies a complete temporary file over the damaged store beside it, after `eseutil /g` found
    /// it whole; deletes it in the end.
    RestoreTemporary,
    /// Deletes what an interrupted defragmentation left beside a store that is whole.
    DeleteTemporary,
    /// `mtacheck`: finds and corrects errors in the database of the Message Transfer Agent; needs
    /// its resource offline.
    MtaCheck,
}

impl Tool {
    /// What a report calls the tool.
    pub const fn word(self) -> &'static str {
        match self {
            Tool::ConsistencyCheck => "consistency check",
            Tool::ErrorFix => "error fix",
            Tool::Defragment => "defragmentation",
            Tool::ErrorReport => "error report",
            Tool::RestoreTemporary => "restoration from the temporary file",
            Tool::DeleteTemporary => "deletion of the temporary file",
            Tool::MtaCheck => "MTA check",
        }
    }

    /// Whether the tool asks the Information Store to open the database for it: then that has to be
    /// online. The others read and write the files alone.
    pub fn needs_information_store(self) -> bool {
        matches!(self, Tool::ErrorFix | Tool::ErrorReport)
            && in_force("isinteg-needs-the-information-store")
    }

    /// Whether it only puts right what another tool left: whoever owns the store may do so.
    pub const fn is_restoring(self) -> bool {
        matches!(self, Tool::RestoreTemporary | Tool::DeleteTemporary)
    }
}

impl fmt::Display for Tool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// The seven notifications of the product, and what its rescheduling rule tells the supervisor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Notice {
    /// Scheduled, to anyone: an outage is coming.
    ScheduledMaintenanceOutage,
    /// At the end of a job, to anyone.
    ExchangeNowAvailable,
    /// Scheduled, to operators: what a resource check found.
    ScheduledResourceCheck,
    /// At the start of a job, to operators.
    MaintenanceStarting,
    /// At the end of a job, to operators, with its report.
    MaintenanceFinished,
    /// Each time a store is taken offline, to operators.
    StorageOffline,
    /// Each time a store is brought back, to operators.
    StorageOnline,
    /// To the supervisor: a cycle of a schedule was left out.
    NextCycle,
}

impl Notice {
    /// The name that the product's console gives the notification.
    pub const fn word(self) -> &'static str {
        match self {
            Notice::ScheduledMaintenanceOutage => "Scheduled Maintenance Outage",
            Notice::ExchangeNowAvailable => "Exchange Now Available",
            Notice::ScheduledResourceCheck => "Scheduled Resource Check",
            Notice::MaintenanceStarting => "Maintenance Starting",
            Notice::MaintenanceFinished => "Maintenance Finished",
            Notice::StorageOffline => "Storage Offline",
            Notice::StorageOnline => "Storage Online",
            Notice::NextCycle => "Next Cycle",
        }
    }
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// One act of a node. It is started, never waited for: that it is complete shows in a later view.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Act {
    /// Replace a record. Complete when the record shows the next revision.
    Write {
        /// Which record.
        place: Place,
        /// The revision that this one replaces; none for the first.
        replaces: Option<Revision>,
        /// What it says from then on.
        text: Arc<str>,
    },
    /// Dismount one store; its Information Store stays online.
    Dismount {
        /// The group whose disk the store is on.
        group: GroupName,
        /// The store.
        store: StoreName,
    },
    /// Mount one store.
    Mount {
        /// The group whose disk the store is on.
        group: GroupName,
        /// The store.
        store: StoreName,
    },
    /// Start a tool on a dismounted store.
    StartTool {
        /// The group whose disk the store is on.
        group: GroupName,
        /// The store.
        store: StoreName,
        /// Which tool.
        tool: Tool,
        /// By which the run is known from then on.
        ticket: Ticket,
    },
    /// End a run of a tool before it is through; the store's files are left as they are then.
    /// Complete when the run shows as failed.
    StopTool {
        /// The group whose disk the store is on.
        group: GroupName,
        /// The store.
        store: StoreName,
        /// Which run: it alone is ended.
        ticket: Ticket,
    },
    /// Take a resource offline through the cluster, which writes down that it is meant to be: that
    /// is no failure, and nothing restarts it. Complete when the resource shows as offline.
    Offline {
        /// Its group.
        group: GroupName,
        /// The resource.
        resource: ResourceName,
    },
    /// Bring a resource online through the cluster, which writes down that it is meant to be.
    /// Complete when the resource shows as online, or as failed.
    Online {
        /// Its group.
        group: GroupName,
        /// The resource.
        resource: ResourceName,
    },
    /// Start `mtacheck` on the database of the Message Transfer Agent.
    CheckMta {
        /// The group that has it.
        group: GroupName,
        /// By which the run is known from then on.
        ticket: Ticket,
    },
    /// Stop the passive copy of a storage group from following the active one.
    SuspendCopy {
        /// The group of the server.
        group: GroupName,
        /// The storage group.
        storage_group: StorageGroupName,
    },
    /// Let a suspended copy follow again. One whose active database was made anew cannot, and shows
    /// as failed.
    ResumeCopy {
        /// The group of the server.
        group: GroupName,
        /// The storage group.
        storage_group: StorageGroupName,
    },
    /// Make a suspended passive copy anew: delete its files, copy the active ones, resume. Complete
    /// when the copy bears the ticket and is no longer seeding.
    Reseed {
        /// The group of the server.
        group: GroupName,
        /// The storage group.
        storage_group: StorageGroupName,
        /// By which the seeding is known from then on.
        ticket: Ticket,
    },
    /// Hand a notification over for delivery. Complete when the node shows its ticket as the
    /// latest.
    Notify {
        /// Which notification.
        notice: Notice,
        /// What it says.
        text: String,
        /// By which it is known from then on; greater than that of every earlier one of this node.
        ticket: Ticket,
    },
    /// Hand a notification over that belongs to no job. Complete when the node shows its number as
    /// the latest.
    Announce {
        /// Which notification.
        notice: Notice,
        /// What it says.
        text: String,
        /// One more than that of the one before it, on this node.
        number: u32,
    },
}

impl Act {
    /// The group whose stores, resources or records the act changes, if it changes any.
    pub fn group(&self) -> Option<&GroupName> {
        match self {
            Act::Write { place: Place::Disk(group), .. }
            | Act::Dismount { group, .. }
            | Act::Mount { group, .. }
            | Act::StartTool { group, .. }
            | Act::StopTool { group, .. }
            | Act::Offline { group, .. }
            | Act::Online { group, .. }
            | Act::CheckMta { group, .. }
            | Act::SuspendCopy { group, .. }
            | Act::ResumeCopy { group, .. }
            | Act::Reseed { group, .. } => Some(group),
            Act::Write { place: Place::Node, .. } | Act::Notify { .. } | Act::Announce { .. } => {
                None
            }
        }
    }
}

/// A fact that has to hold at the moment of the act. Each can be asked of a node by itself, so that
/// the same test runs in the simulator, where no time passes in between, and live.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Condition {
    /// This node is a member of the cluster and not paused.
    NodeUp,
    /// This node owns the group of this name, and it is still the same group.
    OwnedHere {
        /// The group.
        group: GroupName,
        /// Its identity.
        guid: Guid,
    },
    /// The resource of this name is still the same one.
    SameResource {
        /// The resource.
        resource: ResourceName,
        /// Its identity.
        guid: Guid,
    },
    /// A private property of the resource still has this value.
    PrivateIs {
        /// The resource.
        resource: ResourceName,
        /// The property's name.
        name: String,
        /// Its value.
        value: String,
    },
    /// The resource is online on this node.
    OnlineHere {
        /// The resource.
        resource: ResourceName,
    },
    /// The record is the one that the decision was made from.
    RecordIs {
        /// Which record.
        place: Place,
        /// Its revision; none where there must not be one.
        revision: Option<Revision>,
    },
    /// The store is as the decision assumes.
    StoreIs {
        /// The group whose disk the store is on.
        group: GroupName,
        /// The store.
        store: StoreName,
        /// How it has to be.
        mount: MountState,
    },
    /// The tool that is at work on the store is in this phase.
    ToolIs {
        /// The group whose disk the store is on.
        group: GroupName,
        /// The store.
        store: StoreName,
        /// The phase.
        phase: ToolPhase,
    },
    /// No tool is at work on the store.
    NoToolOn {
        /// The group whose disk the store is on.
        group: GroupName,
        /// The store.
        store: StoreName,
    },
    /// The store is damaged, and a complete temporary file lies beside it.
    OnlyCopyIsTemporary {
        /// The group whose disk the store is on.
        group: GroupName,
        /// The store.
        store: StoreName,
    },
    /// The store's files are good: nothing beside them is needed.
    NotDamaged {
        /// The group whose disk the store is on.
        group: GroupName,
        /// The store.
        store: StoreName,
    },
    /// No online backup holds the store's storage group.
    NotLocked {
        /// The group whose disk the store is on.
        group: GroupName,
        /// The store.
        store: StoreName,
    },
    /// The resource is in this state, on whichever node.
    ResourceIs {
        /// The resource.
        resource: ResourceName,
        /// The state.
        state: ResourceState,
    },
    /// The group has the database of the Message Transfer Agent, and no tool is at work on it.
    NoToolOnMta {
        /// The group.
        group: GroupName,
    },
    /// The server is replicated, and the passive copy of the storage group is in this state.
    CopyIs {
        /// The group of the server.
        group: GroupName,
        /// The storage group.
        storage_group: StorageGroupName,
        /// The state.
        state: CopyState,
    },
}

/// An act and what has to hold for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Action {
    /// What to do.
    pub act: Act,
    /// All of these, or nothing is done.
    pub requires: Vec<Condition>,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Node => f.write_str("its own record"),
            Place::Disk(group) => write!(f, "the record on the disk of {group}"),
        }
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Condition::NodeUp => f.write_str("this node is up and not paused"),
            Condition::OwnedHere { group, .. } => write!(f, "this node owns {group}"),
            Condition::SameResource { resource, .. } => write!(f, "{resource} is still the same"),
            Condition::PrivateIs { resource, name, value } => {
                write!(f, "{name} of {resource} is {value}")
            }
            Condition::OnlineHere { resource } => write!(f, "{resource} is online here"),
            Condition::RecordIs { place, .. } => write!(f, "{place} is unchanged"),
            Condition::StoreIs { store, mount, .. } => write!(f, "{store} is {mount}"),
            Condition::ToolIs { store, phase, .. } => write!(f, "the tool on {store} is {phase}"),
            Condition::NoToolOn { store, .. } => write!(f, "no tool works on {store}"),
            Condition::OnlyCopyIsTemporary { store, .. } => {
                write!(f, "{store} is damaged and its temporary file complete")
            }
            Condition::NotDamaged { store, .. } => write!(f, "{store} is not damaged"),
            Condition::NotLocked { store, .. } => write!(f, "no backup holds {store}"),
            Condition::ResourceIs { resource, state } => write!(f, "{resource} is {state}"),
            Condition::NoToolOnMta { .. } => f.write_str("no tool works on the MTA's database"),
            Condition::CopyIs { storage_group, state, .. } => {
                write!(f, "the passive copy of {storage_group} is {state}")
            }
        }
    }
}
