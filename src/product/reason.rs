//! Why something is done or left: every action and every hold of a plan carries one of these, and
//! the text of a report is made from it here and nowhere else.
//!
//! Absent on purpose: the node's name and the time, which the report puts before the text, and a
//! full stop after it.

mod copies;
mod wording;

use std::fmt;

use super::designation::{DesignatedBy, Standing};
use super::gate::Shut;
use super::memory::{Outcome, Phase, Unreadable};
use super::mta::MtaStep;
use super::policy::License;
use super::request::{Script, Timing};
use super::vocabulary::Stop;
use crate::model::{ErrorCode, EvsName, NodeName, Notice, Size, StoreName, Temporary, Tool};
pub use copies::CopyReason;
pub use wording::{WayBack, WayBackUnmounted};
use wording::{designates, end, job_lost, licensed, record_gone, unusable, waits};

/// Why something is done or left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// This server is here and not designated here: it is left alone.
    Ignores(EvsName),
    /// The designated server stands like this: there is nothing to do for it now.
    Waits(EvsName, Standing),
    /// The cluster cannot be asked.
    WaitsForCluster(ErrorCode),
    /// The product's record cannot be used: everything is held.
    WaitsForRecord(Unreadable),
    /// Stores are to be mounted again, and their Information Store is down.
    WaitsToRestore {
        /// The server.
        evs: EvsName,
        /// The job that dismounted them.
        job: u32,
    },
    /// A lease of another node's job lies on the server, and this node has no licence.
    LeaseStays {
        /// The server.
        evs: EvsName,
        /// The node whose job it was.
        node: NodeName,
        /// The job's number there.
        job: u32,
        /// The stores that it took and that are dismounted.
        dismounted: Vec<StoreName>,
    },
    /// A step of a job waits for an online backup to end.
    WaitsForBackup {
        /// The server.
        evs: EvsName,
        /// The job.
        job: u32,
    },
    /// A store of the designated server cannot be mounted, and nobody here puts it right: what is
    /// left of it, and the way back.
    Unusable {
        /// The server.
        evs: EvsName,
        /// The store.
        store: StoreName,
        /// What there is of its temporary file.
        temporary: Temporary,
        /// Whether it has a copy on the other node.
        copied: bool,
    },
    /// The product is set up; nothing was named among these choices.
    Installed(Vec<EvsName>),
    /// A licence was entered.
    Licensed {
        /// The licence.
        license: License,
        /// What stays designated.
        designated: Option<EvsName>,
        /// What the administrator was offered; empty where a valid designation stays.
        choices: Vec<EvsName>,
    },
    /// The licence was given back.
    Revoked,
    /// A server is designated.
    Designates {
        /// The server.
        evs: EvsName,
        /// The one that it takes the place of.
        before: Option<EvsName>,
        /// By which act.
        by: DesignatedBy,
    },
    /// A schedule is made.
    Schedules {
        /// Its number.
        schedule: u32,
        /// When it is due.
        timing: Timing,
    },
    /// A schedule is given up.
    ScheduleCancelled {
        /// Its number.
        schedule: u32,
    },
    /// What a schedule has to tell is written down, with where it stands from then on.
    Prepares {
        /// Its number.
        schedule: u32,
    },
    /// A notification that belongs to no job is handed over.
    Announces {
        /// Which one.
        notice: Notice,
        /// What it says.
        text: String,
    },
    /// A schedule's time has come, and a job is ahead of it.
    ScheduleWaits {
        /// Its number.
        schedule: u32,
        /// The number of the job that it waits for.
        behind: u32,
    },
    /// A job waits behind another.
    JobWaits {
        /// Its number.
        job: u32,
        /// The number of the job that it waits for.
        behind: u32,
    },
    /// A job begins.
    JobStarts {
        /// Its number.
        job: u32,
        /// The server.
        evs: EvsName,
        /// What it does.
        script: Script,
        /// The schedule that asked for it; none: an administrator did.
        schedule: Option<u32>,
    },
    /// A job is not begun.
    JobSkipped {
        /// Its number.
        job: u32,
        /// What keeps it from beginning.
        shut: Shut,
    },
    /// The server's lease is taken for a job.
    TakesLease {
        /// The job's number.
        job: u32,
        /// The server.
        evs: EvsName,
    },
    /// What a job is about to do is written down.
    Journals {
        /// The job's number.
        job: u32,
        /// The server.
        evs: EvsName,
        /// Where it stands from then on.
        phase: Phase,
    },
    /// The server's lease is given back.
    ReleasesLease {
        /// The job's number.
        job: u32,
        /// The server.
        evs: EvsName,
    },
    /// A notification is handed over.
    JobNotifies {
        /// The job's number.
        job: u32,
        /// Which one.
        notice: Notice,
        /// The store that it is about.
        store: Option<StoreName>,
    },
    /// A store is dismounted.
    JobDismounts {
        /// The job's number.
        job: u32,
        /// The store.
        store: StoreName,
    },
    /// A tool is started on a store.
    JobRuns {
        /// The job's number.
        job: u32,
        /// The tool.
        tool: Tool,
        /// The store.
        store: StoreName,
        /// How many errors the run before put right, for which it runs again; none: it is the
        /// first.
        again: Option<u32>,
    },
    /// The error fixes of a store come to their end, though the last one put errors right.
    JobLeavesErrors {
        /// The job's number.
        job: u32,
        /// The store.
        store: StoreName,
        /// How many fixes were run.
        passes: u32,
        /// How many errors the last one put right.
        fixes: u32,
    },
    /// The run of a tool is ended before it is through.
    JobEndsTool {
        /// The job's number.
        job: u32,
        /// The tool.
        tool: Tool,
        /// The store.
        store: StoreName,
    },
    /// A store is left as it is: its copy has no room.
    JobPassesOver {
        /// The job's number.
        job: u32,
        /// The store.
        store: StoreName,
        /// Space that is free.
        free: Size,
        /// Space that its defragmentation needs.
        needed: Size,
    },
    /// What an interrupted defragmentation left of a store is put right.
    JobRepairs {
        /// The job's number.
        job: u32,
        /// The tool.
        tool: Tool,
        /// The store.
        store: StoreName,
    },
    /// Something is done to the Message Transfer Agent.
    JobMta {
        /// The job's number.
        job: u32,
        /// What.
        step: MtaStep,
    },
    /// What a job took is to be brought online, and this node is paused.
    WaitsForResume {
        /// The server.
        evs: EvsName,
        /// The job.
        job: u32,
    },
    /// A job that waited leaves the queue, or one that runs is to end.
    JobCancelled {
        /// The job's number.
        job: u32,
        /// Whether it had begun.
        begun: bool,
    },
    /// What is done about a passive copy, or left to be done.
    Copy(CopyReason),
    /// A store is mounted.
    JobMounts {
        /// The job's number.
        job: u32,
        /// The store.
        store: StoreName,
    },
    /// A job takes no further step forward and puts back what it changed.
    JobStops {
        /// Its number.
        job: u32,
        /// The server.
        evs: EvsName,
        /// Why.
        stop: Stop,
    },
    /// A job's server is out of reach: it ends with its lease left behind.
    JobLost {
        /// Its number.
        job: u32,
        /// The server.
        evs: EvsName,
        /// Why.
        stop: Stop,
        /// Whether its server's disk is this node's own, and so is the record.
        stays: bool,
    },
    /// The Message Transfer Agent that a job took failed on its way back.
    MtaFailed {
        /// Its number.
        job: u32,
        /// The server.
        evs: EvsName,
    },
    /// The record of a job that had begun is gone from its server's disk.
    JobRecordGone {
        /// Its number.
        job: u32,
        /// The server.
        evs: EvsName,
    },
    /// A job ended, and everything is back as it was.
    JobEnded {
        /// Its number.
        job: u32,
        /// The server.
        evs: EvsName,
        /// How.
        outcome: Outcome,
        /// Whether every store of the server can be used.
        whole: bool,
    },
    /// A lease that was left behind is taken up to put back what its job changed.
    Recovers {
        /// The server.
        evs: EvsName,
        /// The node whose job it was.
        node: NodeName,
        /// The job's number there.
        job: u32,
        /// Why that job ended.
        stop: Stop,
        /// The stores that somebody has dismounted since, which stay so.
        left: Vec<StoreName>,
    },
    /// What the job of a lease that was left behind had changed is back as it was.
    Recovered {
        /// The server.
        evs: EvsName,
        /// The node whose job it was.
        node: NodeName,
        /// The job's number there.
        job: u32,
        /// Why that job ended.
        stop: Stop,
        /// Whether it was this node's own job.
        own: bool,
        /// Whether every store of the server can be used.
        whole: bool,
        /// The stores that somebody had dismounted since, which stayed so.
        left: Vec<StoreName>,
    },
}

impl Reason {
    /// Whether it belongs into a report that tells the story. What is only written down, so that
    /// the product can be interrupted, does not.
    pub const fn is_story(&self) -> bool {
        !matches!(
            self,
            Reason::TakesLease { .. }
                | Reason::Journals { .. }
                | Reason::ReleasesLease { .. }
                | Reason::Prepares { .. }
        )
    }
}

/// Names with commas between them, or `none`.
pub struct Listed<'a, T>(pub &'a [T]);

impl<T: fmt::Display> fmt::Display for Listed<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some((first, rest)) = self.0.split_first() else { return f.write_str("none") };
        write!(f, "{first}")?;
        rest.iter().try_for_each(|name| write!(f, ", {name}"))
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reason::Ignores(evs) => write!(f, "ignores {evs}: not designated here"),
            Reason::Waits(evs, standing) => waits(f, evs, standing),
            Reason::WaitsForCluster(code) => write!(f, "waits: cluster unknown ({code})"),
            Reason::WaitsForRecord(unreadable) => write!(f, "waits: {unreadable}"),
            Reason::WaitsToRestore { evs, job } => {
                write!(f, "waits to mount what job {job} dismounted: bring {evs} online")
            }
            Reason::LeaseStays { evs, node, job, dismounted } => {
                write!(f, "leaves job {job} of {node} on {evs}: this node has no licence")?;
                if dismounted.is_empty() {
                    return Ok(());
                }
                write!(f, "; {} is dismounted: license this node, bring", Listed(dismounted))?;
                write!(f, " {evs} back to {node}, or mount it by hand")
            }
            Reason::Installed(choices) => {
                write!(f, "installed: choices {}; nothing designated", Listed(choices))
            }
            Reason::Licensed { license, designated, choices } => {
                licensed(f, license, designated.as_ref(), choices)
            }
            Reason::Revoked => f.write_str("gives its licence back for good"),
            Reason::Designates { evs, before, by } => designates(f, evs, before.as_ref(), *by),
            Reason::TakesLease { job, evs } => write!(f, "job {job} takes the lease of {evs}"),
            Reason::Journals { job, evs, phase } => match phase {
                Phase::Forward { step } => {
                    write!(f, "job {job} notes step {} on {evs}", step.saturating_add(1))
                }
                Phase::Restoring { step, .. } => {
                    write!(f, "job {job} notes step {} back on {evs}", step.saturating_add(1))
                }
            },
            Reason::ReleasesLease { job, evs } => write!(f, "job {job} gives back {evs}"),
            Reason::Recovers { evs, node, job, stop, left } => {
                write!(f, "restores {evs} after job {job} of {node}: {stop}")?;
                if left.is_empty() {
                    return Ok(());
                }
                write!(f, "; leaves {} as somebody dismounted it since", Listed(left))
            }
            Reason::Recovered { evs, node, job, whole, left, .. } => {
                write!(f, "restored {evs} after job {job} of {node}: {}", end(*whole))?;
                if left.is_empty() {
                    return Ok(());
                }
                write!(f, ", but for {}", Listed(left))
            }
            Reason::WaitsForResume { evs, job } => {
                write!(f, "job {job} waits to bring back what it took of {evs}: resume this node")
            }
            Reason::Copy(reason) => reason.fmt(f),
            Reason::WaitsForBackup { evs, job } => {
                write!(f, "job {job} waits for the backup of {evs} to end")
            }
            Reason::Unusable { evs, store, temporary, copied } => {
                unusable(f, evs, store, *temporary, *copied)
            }
            Reason::Schedules { schedule, timing } => {
                write!(f, "notes schedule {schedule}: due at {}", timing.first)?;
                timing.every.map_or(Ok(()), |every| write!(f, " and every {every} after that"))
            }
            Reason::ScheduleCancelled { schedule } => write!(f, "gives schedule {schedule} up"),
            Reason::Prepares { schedule } => write!(f, "notes what schedule {schedule} tells"),
            Reason::Announces { text, .. } => write!(f, "notifies: {text}"),
            Reason::ScheduleWaits { schedule, behind } => {
                write!(f, "schedule {schedule} is due: it waits for job {behind}")
            }
            _ => self.fmt_job(f),
        }
    }
}

impl Reason {
    fn fmt_job(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reason::JobWaits { job, behind } => write!(f, "job {job} waits behind job {behind}"),
            Reason::JobStarts { job, evs, script, schedule: None } => {
                write!(f, "job {job} starts on {evs}: requested, {}", script.word())
            }
            Reason::JobStarts { job, evs, script, schedule: Some(schedule) } => {
                write!(f, "job {job} starts on {evs}: schedule {schedule}, {}", script.word())
            }
            Reason::JobSkipped { job, shut } => write!(f, "job {job} skipped: {shut}"),
            Reason::JobNotifies { job, notice, store: None } => {
                write!(f, "job {job} notifies: {notice}")
            }
            Reason::JobNotifies { job, notice, store: Some(store) } => {
                write!(f, "job {job} notifies: {notice}, {store}")
            }
            Reason::JobDismounts { job, store } => write!(f, "job {job} dismounts {store}"),
            Reason::JobRuns { job, tool, store, again } => {
                write!(f, "job {job} runs {tool} on {store}")?;
                again.map_or(Ok(()), |fixes| write!(f, " again: {fixes} errors were put right"))
            }
            Reason::JobLeavesErrors { job, store, passes, fixes } => {
                write!(f, "job {job} leaves the errors of {store} after {passes} passes, ")?;
                write!(f, "the last of which put {fixes} right")
            }
            Reason::JobPassesOver { job, store, free, needed } => {
                write!(f, "job {job} passes over {store}: {free} free, {needed} needed")
            }
            Reason::JobEndsTool { job, tool, store } => {
                write!(f, "job {job} ends the {tool} on {store}")
            }
            Reason::JobCancelled { job, begun: true } => {
                write!(f, "job {job} is to end: Cancelled")
            }
            Reason::JobCancelled { job, begun: false } => {
                write!(f, "job {job} stopped: Cancelled; it had not begun")
            }
            Reason::JobRepairs { job, tool, store } => {
                write!(f, "job {job} runs {tool} on {store}")
            }
            Reason::JobMounts { job, store } => write!(f, "job {job} mounts {store}"),
            Reason::JobStops { job, evs, stop } => {
                write!(f, "job {job} stops on {evs}: {stop}; what it took is to be put back")
            }
            Reason::JobMta { job, step } => write!(f, "job {job} {step}"),
            Reason::JobLost { job, evs, stop, stays } => job_lost(f, *job, evs, *stop, *stays),
            Reason::MtaFailed { job, evs } => {
                write!(f, "job {job} reports the MTA of {evs}: it failed, bring it online by hand")
            }
            Reason::JobRecordGone { job, evs } => record_gone(f, *job, evs),
            Reason::JobEnded { job, evs, outcome, whole } => match outcome {
                Outcome::Stopped(stop) => {
                    write!(f, "job {job} stopped on {evs}: {stop}; {}", end(*whole))
                }
                Outcome::Skipped(skip) => write!(f, "job {job} skipped: {skip}"),
                Outcome::Running => write!(f, "job {job} runs on {evs}"),
                Outcome::Completed => write!(f, "job {job} completed on {evs}"),
            },
            _ => Ok(()),
        }
    }
}
