//! What each node's product worked on: jobs and recoveries as stretches of time with their steps,
//! from what it told alone.
//!
//! A step lasts until the product tells of the next one. Work on a machine that stops is over with
//! it, though nobody has said so yet.

use std::collections::BTreeMap;

use crate::harness::course::Frame;
use crate::harness::story::{Line, Said, Told};
use crate::model::{NodeName, Time, Tool};
use crate::product::memory::Outcome;
use crate::product::reason::{CopyReason, Reason};

/// A job, or what puts right what another left.
pub(super) struct Work {
    pub(super) node: NodeName,
    pub(super) title: String,
    pub(super) from: Time,
    pub(super) to: Time,
    pub(super) end: End,
    pub(super) steps: Vec<Step>,
}

/// How it ended.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    Completed,
    Stopped,
    /// Its machine stopped under it.
    Lost,
    /// It had not ended when the run did.
    Open,
}

impl End {
    pub(super) const fn word(self) -> &'static str {
        match self {
            End::Completed => "completed",
            End::Stopped => "stopped",
            End::Lost => "cut short: its machine no longer runs",
            End::Open => "still at work at the end",
        }
    }
}

/// A step of it.
pub(super) struct Step {
    pub(super) kind: &'static str,
    pub(super) text: String,
    pub(super) from: Time,
    pub(super) to: Time,
}

/// All work, in the order in which it began.
pub(super) fn works(story: &[Line], frames: &[Frame], until: Time) -> Vec<Work> {
    let mut works = Works::default();
    let mut frames = frames.iter().peekable();
    for line in story {
        while let Some(frame) = frames.next_if(|frame| frame.time < line.time) {
            works.lose(frame);
        }
        if let Told::Product(node, Said::Did(reason)) = &line.told {
            works.follow(line.time, node, reason);
        }
    }
    frames.for_each(|frame| works.lose(frame));
    let open: Vec<NodeName> = works.open.keys().cloned().collect();
    open.iter().for_each(|node| works.close(until, node, End::Open));
    works.done.sort_by_key(|work| work.from);
    works.done
}

#[derive(Default)]
struct Works {
    open: BTreeMap<NodeName, Work>,
    done: Vec<Work>,
}

impl Works {
    fn follow(&mut self, time: Time, node: &NodeName, reason: &Reason) {
        if let Some(title) = begun(reason) {
            self.begin(time, node, title);
        }
        if let Some((kind, job)) = kind(reason) {
            if !self.open.contains_key(node) {
                self.begin(time, node, format!("job {job} goes on"));
            }
            self.step(time, node, kind, reason);
        }
        if let Some(end) = ended(reason) {
            self.close(time, node, end);
        }
    }

    fn begin(&mut self, time: Time, node: &NodeName, title: String) {
        self.close(time, node, End::Stopped);
        let (from, to, node) = (time, time, node.clone());
        let work = Work { node, title, from, to, end: End::Open, steps: Vec::new() };
        self.open.insert(work.node.clone(), work);
    }

    fn step(&mut self, time: Time, node: &NodeName, kind: &'static str, reason: &Reason) {
        let Some(work) = self.open.get_mut(node) else { return };
        if let Some(last) = work.steps.last_mut() {
            last.to = time;
        }
        work.steps.push(Step { kind, text: reason.to_string(), from: time, to: time });
    }

    fn close(&mut self, time: Time, node: &NodeName, end: End) {
        let Some(mut work) = self.open.remove(node) else { return };
        if let Some(last) = work.steps.last_mut() {
            last.to = time;
        }
        (work.to, work.end) = (time, end);
        self.done.push(work);
    }

    fn lose(&mut self, frame: &Frame) {
        let gone: Vec<NodeName> =
            self.open.keys().filter(|node| !frame.running.contains(node)).cloned().collect();
        gone.iter().for_each(|node| self.close(frame.time, node, End::Lost));
    }
}

/// What begins with this, if anything does.
fn begun(reason: &Reason) -> Option<String> {
    Some(match reason {
        Reason::JobStarts { job, evs, script, .. } => {
            format!("job {job} on {evs}: {}", script.word())
        }
        Reason::Recovers { evs, node, job, .. } => {
            format!("recovery of {evs}: job {job} of {node}")
        }
        _ => return None,
    })
}

/// How work ended with this, if any did.
fn ended(reason: &Reason) -> Option<End> {
    Some(match reason {
        Reason::JobEnded { outcome: Outcome::Completed, .. } | Reason::Recovered { .. } => {
            End::Completed
        }
        Reason::JobEnded { .. } | Reason::JobLost { .. } | Reason::JobRecordGone { .. } => {
            End::Stopped
        }
        _ => return None,
    })
}

/// The kind of step that begins with this, and of which job it is.
fn kind(reason: &Reason) -> Option<(&'static str, u32)> {
    let of_tool = |tool: &Tool| match tool {
        Tool::ConsistencyCheck => "consistency check",
        Tool::ErrorFix | Tool::ErrorReport => "error fix",
        Tool::Defragment => "defragmentation",
        Tool::RestoreTemporary | Tool::DeleteTemporary => "repair",
        Tool::MtaCheck => "MTA",
    };
    Some(match reason {
        Reason::JobNotifies { job, .. } => ("notification", *job),
        Reason::JobDismounts { job, .. } => ("dismount", *job),
        Reason::JobRuns { job, tool, .. } | Reason::JobRepairs { job, tool, .. } => {
            (of_tool(tool), *job)
        }
        Reason::JobMounts { job, .. } => ("mount", *job),
        Reason::JobMta { job, .. } => ("MTA", *job),
        Reason::Copy(
            CopyReason::Suspends { job, .. }
            | CopyReason::Resumes { job, .. }
            | CopyReason::Reseeds { job, .. },
        ) => ("copy", *job),
        Reason::JobStops { job, .. }
        | Reason::JobEndsTool { job, .. }
        | Reason::JobCancelled { job, begun: true } => ("stop", *job),
        _ => return None,
    })
}
