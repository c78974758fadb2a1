//! What the product remembers: the decoded records on the node's own disk and on the shared disk of
//! the designated Exchange Virtual Server. There is no other state; an agent that starts anew
//! decides from these and from what it sees.
//!
//! The lease on a server and the progress of the job that holds it are one record on the server's
//! disk, not two: taking the lease and writing down the first step is then one atomic write, and so
//! is giving it back with the job's outcome.
//!
//! Absent on purpose: the records of servers that are not designated here. They are never read.

use std::fmt;
use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::designation::Designation;
use super::draft::Draft;
use super::picture::Picture;
use super::policy::License;
use super::request::Script;
use super::schedule::{Announcement, Schedule};
use super::vocabulary::{OutcomeKind, Skip, Stop};
use crate::model::{
    ErrorCode, Fact, GroupName, NodeName, Place, Record, ResourceName, Revision, StorageView,
    StoreName, Time, View, in_force,
};

/// Where a job stands or how it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It runs.
    Running,
    /// It did all its steps.
    Completed,
    /// It was not begun.
    Skipped(Skip),
    /// It was ended early.
    Stopped(Stop),
}

impl Outcome {
    /// The word alone.
    pub const fn kind(self) -> OutcomeKind {
        match self {
            Outcome::Running => OutcomeKind::Running,
            Outcome::Completed => OutcomeKind::Completed,
            Outcome::Skipped(_) => OutcomeKind::Skipped,
            Outcome::Stopped(_) => OutcomeKind::Stopped,
        }
    }
}

/// A job that waits or runs on its node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QueuedJob {
    /// Counted from 1 on this node.
    pub number: u32,
    /// What it does to each store.
    pub script: Script,
    /// Which stores; none: all of them.
    pub stores: Vec<StoreName>,
    /// Whether it has begun. Written before the lease is taken, so that the node still knows of the
    /// job when the server and its disk have gone elsewhere.
    pub begun: bool,
    /// Whether an administrator wants its end. One that waits is dropped at once, so that only one
    /// that has begun is ever seen like this.
    pub cancelled: bool,
    /// When it must have ended: a job that still runs then is ended.
    pub limit: Option<Time>,
    /// The schedule that asked for it; none: an administrator did.
    pub schedule: Option<u32>,
    /// Whether the disk of its server, with what the job writes there, is this node's own; as it
    /// was when the job began.
    #[serde(default)]
    pub stays: bool,
}

impl QueuedJob {
    /// A job that waits.
    pub const fn new(number: u32, script: Script, stores: Vec<StoreName>) -> Self {
        let (begun, cancelled) = (false, false);
        let (limit, schedule, stays) = (None, None, false);
        Self { number, script, stores, begun, cancelled, limit, schedule, stays }
    }
}

/// The latest job that ended on its node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EndedJob {
    /// Counted from 1 on this node.
    pub number: u32,
    /// How it ended.
    pub outcome: Outcome,
}

/// The record on a node's own disk. That there is one means that the product is installed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NodeMemory {
    /// The node's licence.
    pub license: Option<License>,
    /// How many jobs have begun under this licence; one that was skipped after all does not count.
    pub runs: u32,
    /// What the node is asked to look after.
    pub designation: Option<Designation>,
    /// The number of the next job that is asked for.
    pub next_job: u32,
    /// The jobs that wait, the first of which may have begun. They never run side by side.
    pub jobs: Vec<QueuedJob>,
    /// The latest job that ended or was skipped.
    pub latest: Option<EndedJob>,
    /// What is due by itself, in the order in which it was asked for.
    pub schedules: Vec<Schedule>,
    /// The number of the next schedule that is asked for.
    pub next_schedule: u32,
    /// What is to be handed over; what has been is dropped when the next one is added.
    pub announcements: Vec<Announcement>,
    /// The number of the latest of them.
    pub announced: u32,
}

impl NodeMemory {
    /// A node with this licence and designation, and no jobs so far.
    pub fn new(license: Option<License>, designation: Option<Designation>) -> Self {
        Self {
            license,
            runs: 0,
            designation,
            next_job: 1,
            jobs: Vec::new(),
            latest: None,
            schedules: Vec::new(),
            next_schedule: 1,
            announcements: Vec::new(),
            announced: 0,
        }
    }

    /// What is written to the disk.
    pub fn text(&self) -> String {
        encode(self)
    }

    /// The job that has begun and not ended.
    pub fn running(&self) -> Option<&QueuedJob> {
        self.jobs.first().filter(|job| job.begun)
    }

    /// The same node with the first of its jobs begun; whether what it writes stays on this node.
    pub fn with_first_begun(&self, stays: bool) -> Self {
        let mut node = self.clone();
        if let Some(first) = node.jobs.first_mut() {
            first.begun = true;
            first.stays = stays;
            node.runs = node.runs.saturating_add(1);
        }
        node
    }

    /// The same node with the first of its jobs ended like this.
    pub fn with_first_ended(&self, outcome: Outcome) -> Self {
        self.with_ended(0, outcome)
    }

    /// The same node with the job at this place of its queue ended like this.
    pub fn with_ended(&self, place: usize, outcome: Outcome) -> Self {
        let mut node = self.clone();
        if place < node.jobs.len() {
            let job = node.jobs.remove(place);
            let unused = job.begun && matches!(outcome, Outcome::Skipped(_));
            node.runs = node.runs.saturating_sub(u32::from(unused));
            node.latest = Some(EndedJob { number: job.number, outcome });
        }
        node
    }
}

/// A store that a job works on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoreTask {
    /// The store.
    pub store: StoreName,
    /// Whether it was mounted before the job: then it is mounted again at the end.
    pub mounted: bool,
    /// Whether the job leaves it as it is: when its turn came there was no room for its copy.
    #[serde(default)]
    pub passed_over: bool,
    /// Whether somebody dismounted it after the job had lost it: then it stays as it is.
    #[serde(default)]
    pub left: bool,
    /// How often more than once each tool of the script runs on it, in the script's order; none
    /// after the last.
    #[serde(default)]
    pub again: Vec<u32>,
    /// Whether it has a passive copy, which is suspended while the job works on it.
    #[serde(default)]
    pub copied: bool,
}

/// The Message Transfer Agent that a job works on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MtaTask {
    /// The resource.
    pub resource: ResourceName,
    /// Whether it was meant to be online before the job: then it is brought online at the end.
    pub online: bool,
}

impl StoreTask {
    /// A store that waits for its turn.
    pub const fn new(store: StoreName, mounted: bool) -> Self {
        let (passed_over, left, copied) = (false, false, false);
        Self { store, mounted, passed_over, left, again: Vec::new(), copied }
    }

    /// How often the tool at this place of the script runs on it.
    pub fn passes(&self, place: usize) -> u32 {
        self.again.get(place).copied().unwrap_or_default().saturating_add(1)
    }
}

/// Where a job stands: the step that it is about to do or is doing. Steps are counted from 0 in the
/// lists that [`super::job`] makes from the lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// On its way through its script.
    Forward {
        /// The step of the script.
        step: u32,
    },
    /// Ended early, putting back what it changed.
    Restoring {
        /// Why it was ended.
        stop: Stop,
        /// The step of the script that it had reached.
        reached: u32,
        /// The step of the way back.
        step: u32,
    },
}

/// The right of one job to work on the server whose disk this lies on. It never expires by time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lease {
    /// The node that runs the job.
    pub node: NodeName,
    /// The job's number on that node.
    pub job: u32,
    /// What it does to each store.
    pub script: Script,
    /// The stores in the order of the work, as they were before it.
    pub stores: Vec<StoreTask>,
    /// The Message Transfer Agent, where the job works on it.
    #[serde(default)]
    pub mta: Option<MtaTask>,
    /// Where it stands.
    pub phase: Phase,
}

impl Lease {
    /// The same job with this store left as it is.
    pub fn passing_over(&self, store: &StoreName) -> Self {
        self.with_task(store, |task| task.passed_over = true)
    }

    /// The same job with one more run of the tool at this place of the script on the store.
    pub fn with_another_pass(&self, store: &StoreName, place: usize) -> Self {
        self.with_task(store, |task| {
            task.again.resize(task.again.len().max(place + 1), 0);
            task.again[place] = task.again[place].saturating_add(1);
        })
    }

    fn with_task(&self, store: &StoreName, change: impl Fn(&mut StoreTask)) -> Self {
        let mut lease = self.clone();
        lease.stores.iter_mut().filter(|task| task.store == *store).for_each(change);
        lease
    }

    /// The stores that somebody dismounted after the job had lost them.
    pub fn left(&self) -> Vec<StoreName> {
        self.stores.iter().filter(|task| task.left).map(|task| task.store.clone()).collect()
    }
}

/// The latest job that ended on a server, whichever node ran it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EndedLease {
    /// The node that ran it.
    pub node: NodeName,
    /// The job's number on that node.
    pub job: u32,
    /// How it ended.
    pub outcome: Outcome,
}

/// The record on the disk of an Exchange Virtual Server.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DiskMemory {
    /// The job that holds the server.
    pub lease: Option<Lease>,
    /// The latest job that ended here.
    pub ended: Option<EndedLease>,
}

impl DiskMemory {
    /// What is written to the disk.
    pub fn text(&self) -> String {
        encode(self)
    }
}

/// The product's records as one node sees them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Memory {
    /// The node's own record; none where the product is not installed.
    pub node: Option<Arc<NodeMemory>>,
    /// Its revision; none where it was never written.
    pub node_revision: Option<Revision>,
    /// The record on the designated server's disk, empty where none was ever written; none where
    /// that disk cannot be seen from this node.
    pub disk: Option<Arc<DiskMemory>>,
    /// Its revision; none where it was never written.
    pub disk_revision: Option<Revision>,
    /// The designated group, as long as the cluster has it.
    pub group: Option<GroupName>,
}

/// Why the product's memory cannot be used: then it does nothing and admits nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unreadable {
    /// The disk with this node's record cannot be read now.
    Unknown(ErrorCode),
    /// What the record says is not understood.
    Undecodable {
        /// Which record.
        place: Place,
        /// What is wrong with it.
        why: String,
    },
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unreadable::Unknown(code) => write!(f, "this node's record cannot be read ({code})"),
            Unreadable::Undecodable { place: Place::Node, why } => {
                write!(f, "this node's record is not understood ({why})")
            }
            Unreadable::Undecodable { place: Place::Disk(group), why } => {
                write!(f, "the record on the disk of {group} is not understood ({why})")
            }
        }
    }
}

impl std::error::Error for Unreadable {}

impl Memory {
    /// Reads the records that this view shows; one that says what it said in an earlier picture, or
    /// what was written since, is known from there.
    ///
    /// # Errors
    /// The first record that cannot be read or understood. That the designated server's disk cannot
    /// be seen is no error: then there is no `disk`.
    pub fn decode(view: &View, earlier: Option<&Picture>) -> Result<Memory, Unreadable> {
        let known = earlier.and_then(|it| Some((&it.view, it.memory.as_ref().ok()?)));
        let own = match &view.own {
            Fact::Known(own) => own,
            Fact::Unknown(code) => return Err(Unreadable::Unknown(*code)),
        };
        let draft = earlier.and_then(|it| it.draft.as_ref());
        let seen = known.and_then(|(view, memory)| {
            Some((&*view.own.known()?.record.as_ref()?.text, memory.node.as_ref()?))
        });
        let known_nodes = [seen, draft.and_then(Draft::node)];
        let (node, node_revision) = read(own.record.as_ref(), Place::Node, known_nodes)?;
        let mut memory = Memory { node, node_revision, ..Memory::default() };
        let designation = memory.node.as_ref().and_then(|node| node.designation.as_ref());
        let group = designation.zip(view.cluster.known());
        memory.group =
            group.and_then(|(designation, cluster)| designation.group_in(cluster)).cloned();
        if let (Some(group), Some(storage)) = (&memory.group, memory.designated_disk(view)) {
            let place = Place::Disk(group.clone());
            let seen = known.and_then(|(view, memory)| {
                let record = memory.designated_disk(view)?.record.as_ref()?;
                Some((&*record.text, memory.disk.as_ref()?))
            });
            let known_disks = [seen, draft.and_then(Draft::disk)];
            let (disk, revision) = read(storage.record.as_ref(), place, known_disks)?;
            memory.disk = Some(disk.unwrap_or_default());
            memory.disk_revision = revision;
        }
        Ok(memory)
    }

    /// The designated server's disk, where this node can see it.
    pub fn designated_disk<'a>(&self, view: &'a View) -> Option<&'a StorageView> {
        view.disks.get(self.group.as_ref()?)?.known()
    }

    /// The latest job that began or was skipped on this node, by its number.
    pub fn latest_job(&self) -> Option<(u32, Outcome)> {
        let node = self.node.as_ref()?;
        let running = node.running().map(|job| (job.number, Outcome::Running));
        running.or_else(|| node.latest.map(|job| (job.number, job.outcome)))
    }
}

type Decoded<T> = (Option<Arc<T>>, Option<Revision>);

fn read<T: DeserializeOwned>(
    record: Option<&Record>,
    place: Place,
    known: [Option<(&str, &Arc<T>)>; 2],
) -> Result<Decoded<T>, Unreadable> {
    let Some(record) = record else { return Ok((None, None)) };
    let mut known = known.into_iter().flatten();
    let value = match known.find(|(text, _)| **text == *record.text) {
        Some((_, value)) => Ok(Arc::clone(value)),
        None => serde_json::from_str(&record.text).map(Arc::new),
    };
    match value {
        Ok(value) => Ok((Some(value), Some(record.revision))),
        Err(_) if !in_force("what-is-not-understood-holds-everything") => {
            Ok((None, Some(record.revision)))
        }
        Err(error) => Err(Unreadable::Undecodable { place, why: error.to_string() }),
    }
}

fn encode<T: Serialize>(value: &T) -> String {
    // Only maps with keys that are no strings, and writers that fail, can make this fail.
    serde_json::to_string(value).expect("a record of plain values can be written as JSON")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_read_back_what_they_say() {
        let mut node = NodeMemory::new(Some(License::UNLIMITED), None);
        let stores = vec![StoreName::from("SG1/Mailbox")];
        let script = Script::PreventativeMaintenance;
        node.jobs.push(QueuedJob { begun: true, ..QueuedJob::new(1, script, stores) });
        assert_eq!(serde_json::from_str::<NodeMemory>(&node.text()).unwrap(), node);
        let ended = EndedLease { node: "N".into(), job: 1, outcome: Outcome::Completed };
        let disk = DiskMemory { lease: None, ended: Some(ended) };
        assert_eq!(serde_json::from_str::<DiskMemory>(&disk.text()).unwrap(), disk);
    }

    #[test]
    fn a_record_with_something_unknown_in_it_is_not_understood() {
        let record = |text: &str| Record { revision: Revision(1), text: text.into() };
        for text in [r#"{"lease":null,"ended":null,"new":1}"#, "", "[]", "null"] {
            let place = Place::Disk("EVS1".into());
            assert!(read::<DiskMemory>(Some(&record(text)), place, [None; 2]).is_err(), "{text}");
        }
    }

    #[test]
    fn a_skipped_job_is_no_run() {
        let mut node = NodeMemory::new(None, None);
        let script = Script::PreventativeMaintenance;
        node.jobs.push(QueuedJob::new(1, script, Vec::new()));
        let skipped = Outcome::Skipped(Skip::NodePaused);
        assert_eq!(node.with_first_ended(skipped).runs, 0);
        let begun = node.with_first_begun(false);
        assert_eq!(begun.with_first_ended(skipped).runs, 0);
        assert_eq!(begun.with_first_ended(Outcome::Stopped(Stop::NodePaused)).runs, 1);
        let idle = NodeMemory::new(None, None);
        assert_eq!(idle.with_first_ended(skipped), idle, "there is none that could end");
        // A licence that was entered meanwhile has paid for nothing.
        let licensed_anew = NodeMemory { runs: 0, ..begun };
        assert_eq!(licensed_anew.with_first_ended(Outcome::Completed).runs, 0);
    }
}
