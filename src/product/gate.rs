//! What has to hold before a job may begin and before each step that takes something away.
//!
//! The same rules stand here twice, once as a decision over a view and once as conditions that
//! travel with an action, because what is true when a decision is made may be false when it is
//! carried out: every backend tests the conditions on facts asked for at that moment.
//!
//! Absent on purpose: steps that put something back. They need only that this node owns the server.

use std::fmt;

use super::designation::{Evs, Lost, Stale, Standing, standing};
use super::job;
use super::licensing;
use super::memory::{Memory, NodeMemory, QueuedJob};
use super::mta;
use super::picture::Picture;
use super::policy::Policy;
use super::replica;
use super::request::Script;
use super::vocabulary::{Skip, Stop};
use crate::model::{
    Condition, CopyState, DiskView, ErrorCode, EvsName, Exchange, GroupName, GroupState, NodeName,
    NodeState, Place, ResourceName, Size, StorageGroupName, StoreName, StoreView, Temporary, Time,
    ToolState, View, in_force,
};

/// Everything that a decision of an installed product is made from.
#[derive(Clone, Copy)]
pub struct Situation<'a> {
    /// What is settled in advance.
    pub policy: &'a Policy,
    /// What the node makes of what it sees.
    pub picture: &'a Picture,
    /// What it sees.
    pub view: &'a View,
    /// What it remembers.
    pub memory: &'a Memory,
    /// The node's own record within that memory.
    pub node: &'a NodeMemory,
    /// When.
    pub now: Time,
}

impl<'a> Situation<'a> {
    /// A decision on this picture, in which the memory is that of an installed product.
    pub const fn new(
        policy: &'a Policy,
        picture: &'a Picture,
        memory: &'a Memory,
        node: &'a NodeMemory,
        now: Time,
    ) -> Self {
        Self { policy, picture, view: &picture.view, memory, node, now }
    }

    /// How the node's designation stands.
    pub fn standing(&self) -> Standing {
        standing(self.node.designation.as_ref(), self.picture)
    }

    /// The designated server's name, for texts.
    pub fn designated(&self) -> Option<EvsName> {
        self.node.designation.as_ref().map(|designation| designation.evs.clone())
    }

    /// The designated server, where the cluster can be asked and it is still the same.
    pub fn server(&self) -> Option<&'a Evs> {
        self.node.designation.as_ref()?.server_in(self.picture)
    }

    /// The designated server, where this node owns it, serving or not.
    pub fn server_here(&self) -> Option<&'a Evs> {
        self.server().filter(|evs| evs.owner == self.view.node)
    }

    /// The stores and tools on the designated server's disk, where this node can see it.
    pub fn disk(&self) -> Option<&'a DiskView> {
        self.memory.designated_disk(self.view)?.disk.as_deref()
    }
}

/// Why a job may not begin, or not go on: the first that applies in this order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shut {
    /// This node has no licence.
    Unlicensed,
    /// This node's single shot is used up.
    SingleShotUsed,
    /// Nothing is designated.
    Undesignated,
    /// The designated server is gone, or this node is.
    DesignationLost(EvsName, Lost),
    /// The cluster cannot be asked.
    ClusterUnknown(ErrorCode),
    /// The designated server is not what it was.
    DesignationStale(EvsName, Stale),
    /// Another node owns it.
    EvsNotHere(EvsName, NodeName),
    /// It is here and does not serve; its group is in this state.
    EvsNotOperational(EvsName, GroupState),
    /// This node is paused.
    NodePaused,
    /// There are so many mailboxes, and so many are licensed.
    MailboxCountExceeded(u32, u32),
    /// A job of this node with this number holds the server.
    AnotherJobRunning(NodeName, u32),
    /// The server is of this version of Exchange, and this node runs that one, or none.
    OtherVersion(EvsName, Exchange, Option<Exchange>),
    /// There is no such script for a server of this version.
    ScriptVersion(Script, Exchange),
    /// Another server has the cluster's Message Transfer Agent, which the job is for.
    NoMta(EvsName),
    /// So much space is free, and so much is needed for this store, which needs the least.
    DiskSpace(StoreName, Size, Size),
    /// A defragmentation would build its temporary file out of reach of the next owner.
    TempNotOnGroupDisk,
    /// It has two copies of its stores, and no policy allows for that.
    ReplicationNotAllowed,
    /// The passive copy of this storage group stands like this.
    ReplicaUnhealthy(StorageGroupName, CopyState),
    /// An online backup holds this store, by itself or with its storage group.
    BackupRunning(StoreName),
    /// The designated server does not have this store, which the job was given.
    NoSuchStore(EvsName, StoreName),
}

impl Shut {
    /// What a job that has not begun is skipped for.
    pub const fn skip(&self) -> Skip {
        match self {
            Shut::Unlicensed | Shut::SingleShotUsed => Skip::Unlicensed,
            Shut::Undesignated => Skip::Undesignated,
            Shut::DesignationLost(..) => Skip::DesignationLost,
            Shut::ClusterUnknown(_) => Skip::ClusterUnknown,
            Shut::DesignationStale(..) => Skip::DesignationStale,
            Shut::EvsNotHere(..) => Skip::EvsNotHere,
            Shut::EvsNotOperational(..) => Skip::EvsNotOperational,
            Shut::NodePaused => Skip::NodePaused,
            Shut::MailboxCountExceeded(..) => Skip::MailboxCountExceeded,
            Shut::AnotherJobRunning(..) => Skip::AnotherJobRunning,
            Shut::OtherVersion(..) | Shut::ScriptVersion(..) => Skip::VersionMismatch,
            Shut::NoMta(_) => Skip::NoMta,
            Shut::DiskSpace(..) => Skip::DiskSpace,
            Shut::TempNotOnGroupDisk => Skip::TempNotOnGroupDisk,
            Shut::ReplicationNotAllowed => Skip::ReplicationNotAllowed,
            Shut::ReplicaUnhealthy(..) => Skip::ReplicaUnhealthy,
            Shut::BackupRunning(_) => Skip::BackupRunning,
            Shut::NoSuchStore(..) => Skip::NoSuchStore,
        }
    }

    /// Whether this may be over in a moment, without anybody's doing.
    pub const fn may_pass(&self) -> bool {
        matches!(self, Shut::EvsNotOperational(_, GroupState::Pending))
    }

    /// What a running job is stopped for. A server that was deleted, made anew or taken over is
    /// gone from the job's point of view; one that was renamed no longer serves under its name.
    pub const fn stop(&self) -> Stop {
        match self {
            Shut::Unlicensed | Shut::SingleShotUsed | Shut::MailboxCountExceeded(..) => {
                Stop::LicenceLost
            }
            Shut::DesignationLost(_, Lost::Evicted) => Stop::NodeLost,
            Shut::ClusterUnknown(_) => Stop::ClusterUnknown,
            Shut::DesignationStale(_, Stale::Renamed(_))
            | Shut::EvsNotOperational(..)
            | Shut::OtherVersion(..)
            | Shut::ScriptVersion(..)
            | Shut::NoMta(_)
            | Shut::DiskSpace(..)
            | Shut::TempNotOnGroupDisk
            | Shut::ReplicationNotAllowed
            | Shut::ReplicaUnhealthy(..)
            | Shut::BackupRunning(_)
            | Shut::NoSuchStore(..) => Stop::EvsNotOperational,
            Shut::NodePaused => Stop::NodePaused,
            Shut::Undesignated
            | Shut::DesignationLost(_, Lost::Deleted)
            | Shut::DesignationStale(_, Stale::Recreated)
            | Shut::EvsNotHere(..)
            | Shut::AnotherJobRunning(..) => Stop::EvsMoved,
        }
    }
}

impl fmt::Display for Shut {
    /// The word and, where there is more to say, the details after a comma.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.skip().word())?;
        match self {
            Shut::Unlicensed | Shut::Undesignated | Shut::NodePaused => Ok(()),
            Shut::SingleShotUsed => f.write_str(", the single shot is used up"),
            Shut::DesignationLost(_, Lost::Evicted) => f.write_str(", this node was evicted"),
            Shut::DesignationLost(evs, Lost::Deleted) => write!(f, ", {evs} was deleted"),
            Shut::ClusterUnknown(code) => write!(f, ", {code}"),
            Shut::DesignationStale(evs, Stale::Renamed(name)) => write!(f, ", {evs} is now {name}"),
            Shut::DesignationStale(evs, Stale::Recreated) => write!(f, ", {evs} was made anew"),
            Shut::EvsNotHere(evs, node) => write!(f, ", {evs} is on {node}"),
            Shut::EvsNotOperational(evs, state) => write!(f, ", {evs} is {state}"),
            Shut::MailboxCountExceeded(count, allowed) => {
                write!(f, ", {count} mailboxes, licensed for {allowed}")
            }
            Shut::AnotherJobRunning(node, job) => write!(f, ", job {job} of {node} holds it"),
            Shut::BackupRunning(store) => write!(f, ", a backup holds {store}"),
            Shut::ReplicationNotAllowed => {
                f.write_str(", its stores have two copies, and the policy allows no work on them")
            }
            Shut::ReplicaUnhealthy(storage_group, state) => {
                write!(f, ", the copy of {storage_group} is {state}")
            }
            Shut::NoSuchStore(evs, store) => write!(f, ", {evs} has no {store}"),
            Shut::OtherVersion(evs, server, Some(node)) => {
                write!(f, ", {evs} is of {server} and this node runs {node}")
            }
            Shut::OtherVersion(evs, server, None) => {
                write!(f, ", {evs} is of {server} and this node runs none")
            }
            Shut::ScriptVersion(script, version) => {
                write!(f, ", there is no {} for {version}", script.word())
            }
            Shut::NoMta(evs) => write!(f, ", {evs} does not have the cluster's MTA"),
            Shut::DiskSpace(store, free, needed) => {
                write!(f, ", {free} free, {needed} needed for {store}")
            }
            Shut::TempNotOnGroupDisk => {
                f.write_str(", its temporary file would lie on this node's own disk")
            }
        }
    }
}

/// What is open to a job: the server and the stores that it may work on.
#[derive(Clone, Debug)]
pub struct Open<'a> {
    /// The designated server, which this node owns and which serves.
    pub evs: &'a Evs,
    /// The stores that the job chose, in the order of their names.
    pub stores: Vec<(&'a StoreName, &'a StoreView)>,
}

/// Whether a job that runs may take its next step forward.
///
/// # Errors
/// The first rule that keeps it shut.
pub fn pass<'a>(situation: &Situation<'a>) -> Result<&'a Evs, Shut> {
    if in_force("gate-needs-a-licence") && !licensing::is_entitled(situation.node) {
        return Err(match situation.node.license {
            None => Shut::Unlicensed,
            Some(_) => Shut::SingleShotUsed,
        });
    }
    let Some(name) = situation.designated() else { return Err(Shut::Undesignated) };
    stand(situation, &name)?;
    let cluster = situation.view.cluster.known();
    let node = cluster.and_then(|cluster| cluster.nodes.get(&situation.view.node));
    if in_force("gate-needs-a-node-that-is-up")
        && node.is_none_or(|node| node.state != NodeState::Up)
    {
        return Err(Shut::NodePaused);
    }
    let license = situation.node.license.as_ref();
    if in_force("gate-counts-mailboxes")
        && let Some(disk) = situation.disk()
        && let Some((count, allowed)) = licensing::excess(license, disk)
    {
        return Err(Shut::MailboxCountExceeded(count, allowed));
    }
    situation.server().ok_or(Shut::DesignationLost(name, Lost::Deleted))
}

/// Whether the designated server is here, of this node's version, and serves.
fn stand(situation: &Situation, name: &EvsName) -> Result<(), Shut> {
    let name = || name.clone();
    match situation.standing() {
        Standing::Here | Standing::NotOperational(_) => {}
        Standing::Undesignated => return Err(Shut::Undesignated),
        Standing::Lost(lost) => {
            if in_force("gate-needs-what-was-designated") {
                return Err(Shut::DesignationLost(name(), lost));
            }
        }
        Standing::Unknown(code) => {
            if in_force("gate-needs-a-known-cluster") {
                return Err(Shut::ClusterUnknown(code));
            }
        }
        Standing::Stale(stale) => {
            if in_force("gate-needs-the-same-server") {
                return Err(Shut::DesignationStale(name(), stale));
            }
        }
        Standing::Elsewhere(node) => {
            if in_force("gate-needs-the-server-here") {
                return Err(Shut::EvsNotHere(name(), node));
            }
        }
    }
    // Said before that it does not serve: on a node of another version it never will.
    let node = situation.view.own.known().and_then(|own| own.exchange);
    if in_force("gate-needs-the-servers-version")
        && let Some(server) = situation.disk().map(|disk| disk.version)
        && node != Some(server)
    {
        return Err(Shut::OtherVersion(name(), server, node));
    }
    match situation.standing() {
        Standing::NotOperational(state) if in_force("gate-needs-a-server-that-serves") => {
            Err(Shut::EvsNotOperational(name(), state))
        }
        _ => Ok(()),
    }
}

/// Whether a job may begin. A store without room for its copy keeps the others from nothing: it is
/// passed over when its turn comes.
///
/// # Errors
/// The first rule that keeps it shut.
pub fn enter<'a>(situation: &Situation<'a>, job: &QueuedJob) -> Result<Open<'a>, Shut> {
    let evs = pass(situation)?;
    // A server that serves has its disk online; one that cannot be looked at is not worked on.
    let (Some(disk), Some(memory)) = (situation.disk(), situation.memory.disk.as_ref()) else {
        return Err(Shut::EvsNotOperational(evs.name.clone(), GroupState::Pending));
    };
    if !job.script.is_for(disk.version) && in_force("gate-needs-a-script-of-the-version") {
        return Err(Shut::ScriptVersion(job.script, disk.version));
    }
    if job.script.is_for_mta() && in_force("gate-needs-the-mta") {
        let agent = mta::agent(situation, evs).filter(|_| disk.mta.is_some());
        agent.ok_or_else(|| Shut::NoMta(evs.name.clone()))?;
    }
    if let Some(lease) = &memory.lease
        && lease.node != situation.view.node
        && in_force("gate-needs-a-free-lease")
    {
        return Err(Shut::AnotherJobRunning(lease.node.clone(), lease.job));
    }
    let gone = job.stores.iter().find(|name| !disk.stores.contains_key(name));
    if let Some(gone) = gone.filter(|_| in_force("gate-needs-the-stores-named")) {
        return Err(Shut::NoSuchStore(evs.name.clone(), gone.clone()));
    }
    let chosen = |name: &StoreName| {
        !job.script.is_for_mta() && (job.stores.is_empty() || job.stores.contains(name))
    };
    let stores: Vec<_> = disk.stores.iter().filter(|(name, _)| chosen(name)).collect();
    replica::allows(situation.policy, disk, &stores)?;
    if in_force("gate-waits-for-no-backup")
        && let Some((locked, _)) = stores.iter().find(|(_, store)| store.locked)
    {
        return Err(Shut::BackupRunning((*locked).clone()));
    }
    if job::defragments(job.script) {
        copies(situation.policy, disk, &stores)?;
    }
    Ok(Open { evs, stores })
}

/// Whether one of these stores at least can be copied, and the copy be found by whoever owns the
/// server when it is needed.
fn copies(
    policy: &Policy,
    disk: &DiskView,
    stores: &[(&StoreName, &StoreView)],
) -> Result<(), Shut> {
    if in_force("gate-needs-the-temporary-file-on-the-groups-disk") && !disk.temporary_on_group_disk
    {
        return Err(Shut::TempNotOnGroupDisk);
    }
    let needs = |(name, store): &(&StoreName, &StoreView)| {
        lacks_room(policy, disk, store).map(|needed| ((*name).clone(), needed))
    };
    let Some(lacking) = stores.iter().map(needs).collect::<Option<Vec<_>>>() else { return Ok(()) };
    match lacking.into_iter().min_by_key(|(_, needed)| *needed) {
        Some((store, needed)) if in_force("gate-needs-room-for-a-copy") => {
            Err(Shut::DiskSpace(store, disk.free, needed))
        }
        _ => Ok(()),
    }
}

/// How much room a defragmentation of the store needs, where the disk has less.
pub fn lacks_room(policy: &Policy, disk: &DiskView, store: &StoreView) -> Option<Size> {
    let needed = store.size.percent(policy.free_space_percent);
    (needed > disk.free).then_some(needed)
}

/// The stores of the designated server that cannot be mounted, with what there is of a temporary
/// file, where no tool is putting them right at this moment.
pub fn damaged(situation: &Situation) -> Vec<(StoreName, Temporary)> {
    let Some(disk) = situation.disk() else { return Vec::new() };
    let busy =
        |name: &StoreName| disk.tools.get(name).is_some_and(|run| run.state == ToolState::Running);
    let stores = disk.stores.iter().filter(|(name, store)| store.damaged && !busy(name));
    stores.map(|(name, store)| (name.clone(), store.temporary)).collect()
}

/// What must still hold when a step forward is carried out: all of [`pass`], as conditions. Licence
/// and designation are held by the revision of the node's record, the lease by that of the disk's.
pub fn forward_conditions(situation: &Situation, evs: &Evs) -> Vec<Condition> {
    // A step adds as many of its own.
    let mut conditions = Vec::with_capacity(16);
    conditions.extend(in_force("act-needs-its-node-up").then_some(Condition::NodeUp));
    conditions.extend(restoring_conditions(situation, evs));
    conditions.extend(serving(evs));
    conditions.extend(names(situation, evs));
    conditions
        .extend(in_force("act-needs-the-licence-seen").then(|| node_record(situation.memory)));
    conditions
}

/// That the server is the same one, and that its three resources that clients need are online here.
fn serving(evs: &Evs) -> Vec<Condition> {
    let attendant =
        Condition::SameResource { resource: evs.attendant.clone(), guid: evs.attendant_guid };
    let needed = [
        evs.network_name.as_ref().filter(|_| in_force("act-needs-the-network-name")),
        Some(&evs.attendant).filter(|_| in_force("act-needs-the-attendant")),
        evs.information_store.as_ref().filter(|_| in_force("act-needs-the-information-store")),
    ];
    let online = needed.into_iter().flatten().cloned();
    let same = in_force("act-needs-the-same-attendant").then_some(attendant);
    same.into_iter().chain(online.map(|resource| Condition::OnlineHere { resource })).collect()
}

/// That the server still bears the name that it had, with the System Attendant and on the network,
/// to the letter.
fn names(situation: &Situation, evs: &Evs) -> Vec<Condition> {
    let cluster = situation.view.cluster.known();
    let group = cluster.and_then(|cluster| cluster.groups.get(&evs.group));
    let named = |resource: &ResourceName, name: &str| {
        let value = group?.resources.get(resource)?.private(name)?.to_owned();
        Some(Condition::PrivateIs { resource: resource.clone(), name: name.to_owned(), value })
    };
    let network_name =
        evs.network_name.as_ref().filter(|_| in_force("act-needs-the-published-name"));
    let published = network_name.and_then(|resource| named(resource, "Name"));
    let attendant = Some(&evs.attendant).filter(|_| in_force("act-needs-the-attendants-name"));
    let said = attendant.and_then(|resource| named(resource, "NetworkName"));
    said.into_iter().chain(published).collect()
}

/// What must still hold when something is put back: this node owns the group, and the record on
/// its disk is the one that the decision was made from.
pub fn restoring_conditions(situation: &Situation, evs: &Evs) -> Vec<Condition> {
    let place = Place::Disk(evs.group.clone());
    let record = Condition::RecordIs { place, revision: situation.memory.disk_revision };
    owned(evs).into_iter().chain(in_force("act-needs-the-lease-seen").then_some(record)).collect()
}

/// What must still hold when a server is designated: it is still a choice on this node.
pub fn choice_conditions(evs: &Evs) -> Vec<Condition> {
    owned(evs).into_iter().chain(serving(evs)).collect()
}

/// That the node's own record is the one that the decision was made from.
pub fn node_record(memory: &Memory) -> Condition {
    Condition::RecordIs { place: Place::Node, revision: memory.node_revision }
}

fn owned(evs: &Evs) -> Option<Condition> {
    let group: GroupName = evs.group.clone();
    let owned = Condition::OwnedHere { group, guid: evs.group_guid };
    in_force("act-needs-the-server-here").then_some(owned)
}
