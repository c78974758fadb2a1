//! Schedules: when a node begins a job or looks its server over by itself, and what it announces
//! beside the notifications of its jobs.
//!
//! An announcement is written into the node's record together with what it announces, and handed
//! over from there: it is lost in no crash. It has a number of its own, so that it can be handed
//! over while a job tells its steps.
//!
//! Absent on purpose: a calendar, and rescheduling rules other than the default, *Next Cycle -
//! Notify Supervisor*. A cycle that cannot begin before its runtime limit, or before the next cycle
//! is due, is left out.

use serde::{Deserialize, Serialize};

use super::gate::Situation;
use super::management;
use super::memory::{NodeMemory, QueuedJob};
use super::plan::Planned;
use super::reason::Reason;
use super::request::{Script, Timing};
use super::resource_check;
use crate::model::{Act, Action, Notice, Span, StoreName, Time, in_force};

/// What is due again and again, or once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Schedule {
    /// Counted from 1 on this node.
    pub number: u32,
    /// When it is due next.
    pub due: Time,
    /// From one time to the next; none: it is due once.
    pub every: Option<Span>,
    /// What is due.
    pub work: Work,
}

/// What a schedule makes a node do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Work {
    /// Run a job.
    Job {
        /// What it does to each store.
        script: Script,
        /// Which stores; none: all of them.
        stores: Vec<StoreName>,
        /// How long after the due time it must have ended.
        limit: Option<Span>,
        /// How long before the due time the outage is announced; none: it is not.
        notice: Option<Span>,
        /// Whether it has been, for the time that is due next.
        told: bool,
    },
    /// Look at what a job would need, and tell.
    ResourceCheck,
}

/// What is to be handed over, or was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Announcement {
    /// Counted from 1 on this node.
    pub number: u32,
    /// Which notification.
    pub notice: Notice,
    /// What it says.
    pub text: String,
}

impl Schedule {
    /// A schedule that has not been due yet. One that would be due again at once is due once.
    pub fn new(number: u32, timing: Timing, work: Work) -> Self {
        let every = timing.every.filter(|every| *every > Span::ZERO);
        Self { number, due: timing.first, every, work }
    }

    /// The first time after `now` at which it is due again.
    fn next_due(&self, now: Time) -> Option<Time> {
        let every = self.every?.ms();
        let missed = now.since(self.due).ms() / every;
        Some(self.due + Span::from_ms(every.saturating_mul(missed.saturating_add(1))))
    }

    /// Until when this cycle may begin.
    fn latest_begin(&self) -> Option<Time> {
        let limit = match &self.work {
            Work::Job { limit, .. } => *limit,
            Work::ResourceCheck => None,
        };
        [limit, self.every].into_iter().flatten().min().map(|span| self.due + span)
    }

    /// When the coming outage is announced, where that is still to be done.
    fn notice_at(&self) -> Option<Time> {
        match self.work {
            Work::Job { notice: Some(before), told: false, .. } => {
                Some(Time::from_ms(self.due.ms().saturating_sub(before.ms())))
            }
            _ => None,
        }
    }
}

impl NodeMemory {
    /// The same node with something more to hand over. What has been is dropped on this occasion.
    pub fn announcing(mut self, handed_over: u32, notice: Notice, text: String) -> Self {
        self.announcements.retain(|it| it.number > handed_over);
        self.announced = self.announced.saturating_add(1);
        self.announcements.push(Announcement { number: self.announced, notice, text });
        self
    }

    /// The same node with this schedule at its next cycle, or without it where there is none.
    fn with_next_cycle(&self, number: u32, now: Time) -> Self {
        let mut node = self.clone();
        node.schedules.retain_mut(|schedule| {
            if schedule.number != number {
                return true;
            }
            let due = schedule.next_due(now).filter(|_| in_force("a-schedule-is-due-again"));
            let Some(due) = due else { return false };
            schedule.due = due;
            if let Work::Job { told, .. } = &mut schedule.work {
                *told = false;
            }
            true
        });
        node
    }
}

/// What the node does next about its schedules and announcements.
pub fn next(situation: &Situation) -> Option<Planned> {
    if let Some(announcement) = undelivered(situation).next() {
        return Some(announce(situation, announcement));
    }
    situation.node.schedules.iter().find_map(|schedule| turn(situation, schedule))
}

/// How many announcements the node has handed over.
pub fn handed_over(situation: &Situation) -> u32 {
    situation.view.own.known().map_or(0, |own| own.announced)
}

fn undelivered<'a>(situation: &Situation<'a>) -> impl Iterator<Item = &'a Announcement> {
    let handed_over = handed_over(situation);
    let is_new = move |it: &&Announcement| {
        it.number > handed_over || !in_force("an-announcement-is-handed-over-once")
    };
    situation.node.announcements.iter().filter(is_new)
}

fn announce(situation: &Situation, announcement: &Announcement) -> Planned {
    let Announcement { number, notice, text } = announcement.clone();
    let act = Act::Announce { notice, text: text.clone(), number };
    let requires = vec![super::gate::node_record(situation.memory)];
    let reason = Reason::Announces { notice, text };
    Planned { action: Action { act, requires }, reason, draft: None }
}

/// What is to be done about one schedule now.
fn turn(situation: &Situation, schedule: &Schedule) -> Option<Planned> {
    let now = situation.now;
    if now < schedule.due && in_force("a-schedule-waits-for-its-due-time") {
        let at = schedule.notice_at().filter(|at| *at <= now && in_force("outage-notice"));
        return at.map(|_| warn(situation, schedule));
    }
    match &schedule.work {
        Work::ResourceCheck => Some(look(situation, schedule)),
        Work::Job { .. }
            if schedule.latest_begin().is_some_and(|end| now >= end) && in_force("next-cycle") =>
        {
            Some(leave_out(situation, schedule))
        }
        Work::Job { .. } if ahead(situation).is_some() && in_force("schedule-waits") => None,
        Work::Job { script, stores, limit, .. } => {
            let limit = limit.map(|span| schedule.due + span);
            Some(begin(situation, schedule, *script, stores, limit))
        }
    }
}

/// The job that a schedule has to wait for: schedules do not queue up, each waits for its turn.
fn ahead(situation: &Situation) -> Option<u32> {
    management::job_ahead(situation)
}

/// The outage that is coming is announced, once for each cycle.
fn warn(situation: &Situation, schedule: &Schedule) -> Planned {
    let (number, due) = (schedule.number, schedule.due);
    let mut node = situation.node.clone();
    let mine = node.schedules.iter_mut().find(|it| it.number == number);
    if let Some(Work::Job { told, .. }) = mine.map(|it| &mut it.work) {
        *told = true;
    }
    let notice = Notice::ScheduledMaintenanceOutage;
    let text = format!("{notice}: {}, at {due}", management::name(situation));
    let node = node.announcing(handed_over(situation), notice, text);
    management::write_node(situation, &node, Reason::Prepares { schedule: number })
}

fn look(situation: &Situation, schedule: &Schedule) -> Planned {
    let notice = Notice::ScheduledResourceCheck;
    let text = format!("{notice}: {}", resource_check::report(situation));
    let node = situation.node.with_next_cycle(schedule.number, situation.now);
    let node = node.announcing(handed_over(situation), notice, text);
    management::write_node(situation, &node, Reason::Prepares { schedule: schedule.number })
}

fn leave_out(situation: &Situation, schedule: &Schedule) -> Planned {
    let (notice, number) = (Notice::NextCycle, schedule.number);
    let node = situation.node.with_next_cycle(number, situation.now);
    let next = next_cycle(&node, number);
    let text = format!("{notice}: schedule {number} missed its time {}; {next}", schedule.due);
    let node = node.announcing(handed_over(situation), notice, text);
    management::write_node(situation, &node, Reason::Prepares { schedule: number })
}

/// What becomes of a schedule after a cycle that was left out or whose job was skipped.
pub fn next_cycle(node: &NodeMemory, number: u32) -> String {
    match node.schedules.iter().find(|it| it.number == number) {
        Some(schedule) => format!("next cycle at {}", schedule.due),
        None => "it has no further cycle".to_owned(),
    }
}

fn begin(
    situation: &Situation,
    schedule: &Schedule,
    script: Script,
    stores: &[StoreName],
    limit: Option<Time>,
) -> Planned {
    let mut node = situation.node.with_next_cycle(schedule.number, situation.now);
    let number = node.next_job;
    node.next_job = number.saturating_add(1);
    let schedule = Some(schedule.number);
    let job = QueuedJob { limit, schedule, ..QueuedJob::new(number, script, stores.to_vec()) };
    node.jobs.push(job.clone());
    let (node, reason) = management::open(situation, &node, &job);
    management::write_node(situation, &node, reason)
}

/// The schedules whose time has come and that wait for a job.
pub fn waits(situation: &Situation) -> Vec<Reason> {
    let Some(behind) = ahead(situation) else { return Vec::new() };
    let is_due = |it: &&Schedule| it.due <= situation.now && it.work != Work::ResourceCheck;
    let due = situation.node.schedules.iter().filter(is_due);
    due.map(|it| Reason::ScheduleWaits { schedule: it.number, behind }).collect()
}

/// When the next schedule asks for something.
pub fn due_at(situation: &Situation) -> Option<Time> {
    let times =
        situation.node.schedules.iter().flat_map(|schedule| {
            [schedule.notice_at(), Some(schedule.due), schedule.latest_begin()]
        });
    times.flatten().filter(|at| *at > situation.now).min()
}
