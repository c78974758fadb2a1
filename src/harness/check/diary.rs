//! What each job has told, written down and begun so far, followed from what was told alone.
//!
//! Absent on purpose: what the records say. That one was written before an act is enough to judge
//! the order.

use std::collections::{BTreeMap, BTreeSet};

use super::world::Store;
use crate::harness::story::Said;
use crate::model::{GroupName, NodeName, Notice, Place, Span, StoreName, Time, Tool};
use crate::product::memory::Outcome;
use crate::product::reason::Reason;
use crate::product::request::{Request, Timing};
use crate::sim::{Deed, Event};

/// A step forward on a server.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Step {
    /// The group of the server.
    pub(super) group: GroupName,
    /// What is done there.
    work: Work,
}

#[derive(Clone, PartialEq, Eq)]
enum Work {
    Dismount(StoreName),
    Run(StoreName, Tool),
    MtaOffline,
    MtaCheck,
}

#[derive(Default)]
pub(super) struct Diary {
    /// Who worked last on each store, or took it.
    pub(super) workers: BTreeMap<Store, NodeName>,
    /// Nodes that have written to a server's disk since their last step forward there.
    pub(super) written: BTreeSet<(NodeName, GroupName)>,
    /// The last step forward of each node. What failed is tried again under the same record.
    pub(super) last: BTreeMap<NodeName, Step>,
    /// Stores of which a node told that they go offline, and not yet that they are back.
    pub(super) announced: BTreeSet<(NodeName, StoreName)>,
    /// What each node told last of a job's start.
    starting: BTreeMap<NodeName, String>,
    /// The job that each node began last, whether its record says so yet or not.
    pub(super) begun: BTreeMap<NodeName, u32>,
    /// The number of each node's running job, by its record.
    pub(super) running: BTreeMap<NodeName, u32>,
    /// The job of each node whose end is being written down, or was.
    pub(super) over: BTreeMap<NodeName, u32>,
    /// The job of each node of which it was told last that it starts, and that it is finished.
    pub(super) started: BTreeMap<NodeName, u32>,
    pub(super) finished: BTreeMap<NodeName, u32>,
    /// When the run of a tool was ended last.
    pub(super) ended: BTreeMap<Store, Time>,
    /// When each schedule of a node is due, and how long after that its job has to have ended.
    pub(super) schedules: BTreeMap<(NodeName, u32), (Timing, Option<Span>)>,
    /// When the running job of a node has to have ended.
    pub(super) limits: BTreeMap<NodeName, Time>,
    /// The runtime limit that was asked for last on each node.
    asked: BTreeMap<NodeName, Option<Span>>,
}

impl Diary {
    pub(super) fn follow_cluster(&mut self, time: Time, event: &Event) {
        match event {
            Event::Written { node, place: Place::Disk(group), .. } => {
                self.written.insert((node.clone(), group.clone()));
            }
            Event::Act { node, deed, result: Ok(()) } => {
                if let Some(step) = forward(deed) {
                    self.written.remove(&(node.clone(), step.group.clone()));
                    if let Work::Dismount(store) | Work::Run(store, _) = &step.work {
                        let store = (step.group.clone(), store.clone());
                        self.workers.insert(store, node.clone());
                    }
                    self.last.insert(node.clone(), step);
                }
                if let Deed::Notify(Notice::MaintenanceStarting, text) = deed {
                    self.starting.insert(node.clone(), text.clone());
                }
                if let Deed::StopTool(group, store) = deed {
                    self.ended.insert((group.clone(), store.clone()), time);
                }
            }
            _ => {}
        }
    }

    pub(super) fn follow_product(&mut self, time: Time, node: &NodeName, said: &Said) {
        match said {
            Said::Admitted(Request::ScheduleJob { limit, .. }) => {
                self.asked.insert(node.clone(), *limit);
            }
            Said::Admitted(Request::ScheduleCheck { .. }) => {
                self.asked.insert(node.clone(), None);
            }
            Said::Did(Reason::Schedules { schedule, timing }) => {
                let limit = self.asked.get(node).copied().flatten();
                self.schedules.insert((node.clone(), *schedule), (*timing, limit));
            }
            Said::Did(Reason::JobStarts { job, schedule, .. }) => {
                self.begun.insert(node.clone(), *job);
                let plan = schedule.and_then(|number| self.schedules.get(&(node.clone(), number)));
                let limit = plan.and_then(|(timing, limit)| Some(due(timing, time)? + (*limit)?));
                match limit {
                    Some(limit) => self.limits.insert(node.clone(), limit),
                    None => self.limits.remove(node),
                };
            }
            Said::Did(
                Reason::JobEnded { job, .. }
                | Reason::JobLost { job, .. }
                | Reason::JobRecordGone { job, .. }
                | Reason::JobSkipped { job, .. },
            ) => {
                self.over.insert(node.clone(), *job);
            }
            Said::Did(Reason::JobNotifies { job, notice, store }) => {
                self.follow_notice(node, *job, *notice, store.as_ref());
            }
            Said::Job { number, outcome: Outcome::Running } => {
                self.running.insert(node.clone(), *number);
            }
            Said::Job { .. } => {
                self.running.remove(node);
            }
            _ => {}
        }
    }

    /// Whether the node told what to do about the store, should the node be lost: of that store, or
    /// of one that it had not to take when its job began.
    pub(super) fn has_warned(&self, node: &NodeName, store: &StoreName) -> bool {
        let lost = |text: &String| text.split_once("; should").map(|(_, lost)| lost.to_owned());
        let named = |lost: String| names(&lost, store.as_str());
        self.announced.contains(&(node.clone(), store.clone()))
            || self.starting.get(node).and_then(lost).is_some_and(named)
    }

    fn follow_notice(
        &mut self,
        node: &NodeName,
        job: u32,
        notice: Notice,
        store: Option<&StoreName>,
    ) {
        match (notice, store) {
            (Notice::MaintenanceStarting, _) => {
                self.started.insert(node.clone(), job);
            }
            (Notice::MaintenanceFinished, _) => {
                self.finished.insert(node.clone(), job);
            }
            (Notice::StorageOffline, Some(store)) => {
                self.announced.insert((node.clone(), store.clone()));
            }
            (Notice::StorageOnline, Some(store)) => {
                self.announced.remove(&(node.clone(), store.clone()));
            }
            _ => {}
        }
    }
}

/// Whether the text has the name as words of their own.
fn names(text: &str, name: &str) -> bool {
    text.match_indices(name).any(|(place, _)| {
        let before = text[..place].chars().next_back();
        let after = text[place + name.len()..].chars().next();
        ![before, after].into_iter().flatten().any(char::is_alphanumeric)
    })
}

/// The step forward that an act is, if it is one.
pub(super) fn forward(deed: &Deed) -> Option<Step> {
    let (group, work) = match deed {
        Deed::Dismount(group, store) => (group, Work::Dismount(store.clone())),
        Deed::StartTool(group, store, tool) if !tool.is_restoring() => {
            (group, Work::Run(store.clone(), *tool))
        }
        Deed::Offline(group, _) => (group, Work::MtaOffline),
        Deed::CheckMta(group) => (group, Work::MtaCheck),
        _ => return None,
    };
    Some(Step { group: group.clone(), work })
}

/// The latest time up to `now` at which a schedule was due.
pub(super) fn due(timing: &Timing, now: Time) -> Option<Time> {
    if now < timing.first {
        return None;
    }
    let every = timing.every.map(Span::ms).filter(|every| *every > 0);
    let since = now.since(timing.first).ms();
    let cycles = every.map_or(0, |every| since / every * every);
    Some(timing.first + Span::from_ms(cycles))
}

#[cfg(test)]
mod tests {
    use super::names;

    #[test]
    fn a_longer_name_is_another_name() {
        assert!(names("mount SG1 DB1 by hand", "SG1 DB1"));
        assert!(names("what is damaged of DB10, DB1, from", "DB1"));
        assert!(!names("what is damaged of DB10, XDB1, from", "DB1"));
    }
}
