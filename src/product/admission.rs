//! What becomes of each request of an administrator: the one write of the node's record that grants
//! it, or why it is refused.
//!
//! Absent on purpose: a default among several choices, and even the one choice without somebody who
//! confirms it.

use super::designation::{DesignatedBy, Designation, Evs, Standing, choice, choices, standing};
use super::draft::Draft;
use super::gate::{self, Situation};
use super::management;
use super::memory::{Memory, NodeMemory, Outcome, QueuedJob};
use super::picture::Picture;
use super::plan::Planned;
use super::policy::{License, Policy, RunLimit};
use super::reason::Reason;
use super::refusal::Refusal;
use super::request::{Request, Script, Timing};
use super::schedule::{Schedule, Work};
use super::vocabulary::Stop;
use crate::model::{Act, Action, Condition, EvsName, Fact, Place, StoreName, Time, in_force};

/// What becomes of a request.
///
/// # Errors
/// Why it is refused.
pub fn admit(
    policy: &Policy,
    picture: &Picture,
    memory: &Memory,
    now: Time,
    request: &Request,
) -> Result<Planned, Refusal> {
    let desk = Desk { picture, memory, now };
    if let Request::Install { license, designate, unattended } = request {
        return desk.install(*license, designate.as_ref(), *unattended);
    }
    let node = memory.node.as_ref().ok_or(Refusal::NotInstalled)?;
    let situation = Situation::new(policy, picture, memory, node, now);
    match request {
        Request::Install { .. } => Err(Refusal::AlreadyInstalled),
        Request::License { license, designate, unattended } => {
            desk.license(node, *license, designate.as_ref(), *unattended)
        }
        Request::Designate { evs } => desk.designate(node, evs),
        Request::Revoke => desk.revoke(node),
        Request::RunJob { script, stores } => run_job(&situation, *script, stores),
        Request::ScheduleJob { timing, script, stores, limit, notice } => {
            known_stores(&situation, stores)?;
            let (script, stores) = (*script, stores.clone());
            let (limit, notice) = (*limit, *notice);
            let work = Work::Job { script, stores, limit, notice, told: false };
            Ok(note_schedule(&situation, *timing, work))
        }
        Request::ScheduleCheck { timing } => {
            Ok(note_schedule(&situation, *timing, Work::ResourceCheck))
        }
        Request::CancelSchedule { schedule } => cancel_schedule(&situation, *schedule),
        Request::Cancel { job } => cancel(&situation, *job),
    }
}

/// Where requests about a node's licence and designation are dealt with.
struct Desk<'a> {
    picture: &'a Picture,
    memory: &'a Memory,
    now: Time,
}

impl Desk<'_> {
    fn install(
        &self,
        license: Option<License>,
        named: Option<&EvsName>,
        unattended: bool,
    ) -> Result<Planned, Refusal> {
        if self.memory.node.is_some() {
            return Err(Refusal::AlreadyInstalled);
        }
        let offered = self.offered()?;
        let picked = self.pick(&offered, named, unattended)?;
        let mut node = NodeMemory::new(license, None);
        let reason = match &picked {
            Some(evs) => self.point(&mut node, evs, DesignatedBy::Installation),
            None => Reason::Installed(offered),
        };
        Ok(self.write(&node, picked.as_ref(), reason))
    }

    /// A licence offers the choices again. Where the designation is valid and none is named, it
    /// stays, also when nobody is there to be asked: nothing needs an answer.
    fn license(
        &self,
        before: &NodeMemory,
        license: License,
        named: Option<&EvsName>,
        unattended: bool,
    ) -> Result<Planned, Refusal> {
        let mut node = NodeMemory { license: Some(license), runs: 0, ..before.clone() };
        let designated = before.designation.as_ref().map(|designation| designation.evs.clone());
        if named.is_none() && self.is_valid(before) && in_force("a-valid-designation-stays") {
            let reason = Reason::Licensed { license, designated, choices: Vec::new() };
            return Ok(self.write(&node, None, reason));
        }
        if named.is_some() {
            free_of_jobs(before)?;
        }
        let offered = self.offered()?;
        let picked = self.pick(&offered, named, unattended)?;
        let reason = match &picked {
            Some(evs) => self.point(&mut node, evs, DesignatedBy::Licensing),
            None => Reason::Licensed { license, designated, choices: offered },
        };
        Ok(self.write(&node, picked.as_ref(), reason))
    }

    fn designate(&self, before: &NodeMemory, named: &EvsName) -> Result<Planned, Refusal> {
        free_of_jobs(before)?;
        let offered = self.offered()?;
        let picked = self.pick(&offered, Some(named), false)?;
        let evs = picked.ok_or_else(|| Refusal::NotAChoice(named.clone(), offered))?;
        let mut node = before.clone();
        let reason = self.point(&mut node, &evs, DesignatedBy::Administrator);
        Ok(self.write(&node, Some(&evs), reason))
    }

    /// Giving a licence back needs no idle node: a job that runs is stopped and restores its
    /// stores.
    fn revoke(&self, before: &NodeMemory) -> Result<Planned, Refusal> {
        match before.license {
            None => Err(Refusal::NoLicense),
            Some(License { run_limit: RunLimit::SingleShot, .. })
                if in_force("a-single-shot-stays-with-its-node") =>
            {
                Err(Refusal::NotTransferable)
            }
            Some(_) => {
                let node = NodeMemory { license: None, ..before.clone() };
                Ok(self.write(&node, None, Reason::Revoked))
            }
        }
    }

    /// What the administrator can name now.
    fn offered(&self) -> Result<Vec<EvsName>, Refusal> {
        match choices(self.picture) {
            Fact::Known(choices) => Ok(choices),
            Fact::Unknown(code) => Err(Refusal::ClusterUnknown(code)),
        }
    }

    /// What the administrator did name: nothing where somebody can still be asked, or where there
    /// is nothing to name.
    fn pick(
        &self,
        offered: &[EvsName],
        named: Option<&EvsName>,
        unattended: bool,
    ) -> Result<Option<Evs>, Refusal> {
        let Some(named) = named else {
            let choose = !offered.is_empty() || !in_force("without-a-choice-nobody-is-asked");
            return match unattended && choose && in_force("nobody-chooses-for-the-administrator") {
                true => Err(Refusal::DesignationRequired(offered.to_vec())),
                false => Ok(None),
            };
        };
        match choice(self.picture, named) {
            Some(evs) => Ok(Some(evs.clone())),
            None => Err(Refusal::NotAChoice(named.clone(), offered.to_vec())),
        }
    }

    /// Whether the designation stands for a server that is there or may be.
    fn is_valid(&self, node: &NodeMemory) -> bool {
        match standing(node.designation.as_ref(), self.picture) {
            Standing::Undesignated | Standing::Lost(_) | Standing::Stale(_) => false,
            Standing::Unknown(_)
            | Standing::Elsewhere(_)
            | Standing::NotOperational(_)
            | Standing::Here => true,
        }
    }

    fn point(&self, node: &mut NodeMemory, evs: &Evs, by: DesignatedBy) -> Reason {
        let before = node.designation.replace(Designation::of(evs, self.now, by));
        Reason::Designates { evs: evs.name.clone(), before: before.map(|before| before.evs), by }
    }

    fn write(&self, node: &NodeMemory, picked: Option<&Evs>, reason: Reason) -> Planned {
        let replaces = self.memory.node_revision;
        let mut requires = vec![Condition::RecordIs { place: Place::Node, revision: replaces }];
        let chosen = picked.filter(|_| in_force("a-choice-is-one-when-it-is-written"));
        requires.extend(chosen.into_iter().flat_map(gate::choice_conditions));
        let draft = Draft::of_node(node.clone());
        let act = Act::Write { place: Place::Node, replaces, text: draft.text() };
        Planned { action: Action { act, requires }, reason, draft: Some(draft) }
    }
}

/// A job works on what is designated when it begins: that may not change under it.
fn free_of_jobs(node: &NodeMemory) -> Result<(), Refusal> {
    match node.jobs.first().filter(|_| in_force("a-designation-needs-an-idle-node")) {
        Some(job) => Err(Refusal::JobRunning(job.number)),
        None => Ok(()),
    }
}

/// Stores can be held against the designated server only where this node sees its disk.
fn known_stores(situation: &Situation, stores: &[StoreName]) -> Result<(), Refusal> {
    let Some(disk) = situation.disk() else { return Ok(()) };
    let Some(missing) = stores.iter().find(|store| !disk.stores.contains_key(store)) else {
        return Ok(());
    };
    Err(Refusal::NoSuchStore(missing.clone(), disk.stores.keys().cloned().collect()))
}

fn note_schedule(situation: &Situation, timing: Timing, work: Work) -> Planned {
    let mut node = situation.node.clone();
    let schedule = node.next_schedule;
    node.next_schedule = schedule.saturating_add(1);
    node.schedules.push(Schedule::new(schedule, timing, work));
    management::write_node(situation, &node, Reason::Schedules { schedule, timing })
}

fn cancel_schedule(situation: &Situation, number: Option<u32>) -> Result<Planned, Refusal> {
    let mut node = situation.node.clone();
    let meant = |it: &Schedule| number.is_none_or(|number| number == it.number);
    let place = node.schedules.iter().position(meant).ok_or(Refusal::NoSchedule(number))?;
    let schedule = node.schedules.remove(place).number;
    Ok(management::write_node(situation, &node, Reason::ScheduleCancelled { schedule }))
}

/// A job is admitted wherever it is understood; whether it begins is decided when its turn comes,
/// which is at once where no other job and no lease of this node is in the way.
fn run_job(
    situation: &Situation,
    script: Script,
    stores: &[StoreName],
) -> Result<Planned, Refusal> {
    known_stores(situation, stores)?;
    let mut node = situation.node.clone();
    let number = node.next_job;
    let job = QueuedJob::new(number, script, stores.to_vec());
    node.next_job = number.saturating_add(1);
    node.jobs.push(job.clone());
    let (node, reason) = match management::job_ahead(situation) {
        Some(behind) => (node, Reason::JobWaits { job: number, behind }),
        None => management::open(situation, &node, &job),
    };
    Ok(management::write_node(situation, &node, reason))
}

/// Only marks a job that has begun: its way back is its own, step by step. One that waits has
/// changed nothing, and is gone with this write.
fn cancel(situation: &Situation, number: Option<u32>) -> Result<Planned, Refusal> {
    let jobs = &situation.node.jobs;
    let meant = |job: &QueuedJob| {
        number.is_none_or(|number| {
            number == job.number || !in_force("a-job-is-cancelled-by-its-number")
        })
    };
    let place = jobs.iter().position(meant).ok_or(Refusal::NoJob(number))?;
    let QueuedJob { number: job, begun, .. } = jobs[place];
    let node = match begun {
        true => {
            let mut node = situation.node.clone();
            node.jobs[place].cancelled = true;
            node
        }
        false => situation.node.with_ended(place, Outcome::Stopped(Stop::Cancelled)),
    };
    Ok(management::write_node(situation, &node, Reason::JobCancelled { job, begun }))
}
