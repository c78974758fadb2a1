//! What becomes of a node's jobs: the first that waits is opened or skipped, the one that runs
//! takes its next step, and a lease that a lost job left behind is tidied up.
//!
//! Absent on purpose: anything for a server that is not designated here; its lease is never read.
//! The product moves no group, pauses no node and stops no service.

use super::designation::{Evs, Standing};
use super::draft::Draft;
use super::gate::{self, Open, Shut, Situation};
use super::job::{self, Progress, Sight, Step};
use super::memory::{
    DiskMemory, EndedLease, Lease, NodeMemory, Outcome, Phase, QueuedJob, StoreTask,
};
use super::mta;
use super::plan::Planned;
use super::reason::Reason;
use super::recovery::recover;
use super::replica;
use super::schedule;
use super::step;
use super::vocabulary::Stop;
use crate::model::{
    Act, Action, Condition, ErrorCode, EvsName, Fact, GroupState, MountState, NodeState, Notice,
    Place, ResourceState, ServiceState, Size, StoreName, Time, Tool, in_force,
};

/// What a node does next about its jobs.
#[derive(Clone, Debug, PartialEq)]
pub enum Next {
    /// Nothing: there is nothing to do, or it waits for what is under way.
    Idle,
    /// Nothing, for a reason that is worth saying.
    Wait(Reason),
    /// This one thing.
    Do(Planned),
}

/// What the node does next about its jobs.
pub fn next(situation: &Situation) -> Next {
    let stray = stray_lease(situation);
    match (situation.node.jobs.first(), stray) {
        (Some(job), _) if job.begun => run(situation, job),
        (_, Some(lease))
            if lease.node == situation.view.node && in_force("its-own-lease-comes-first") =>
        {
            recover(situation, lease)
        }
        (Some(job), _) => {
            let (node, reason) = open(situation, situation.node, job);
            Next::Do(write_node(situation, &node, reason))
        }
        (None, Some(lease)) => recover(situation, lease),
        (None, None) => Next::Idle,
    }
}

/// Decides of the first job of `node`, which has not begun, whether it begins or is skipped.
pub fn open(situation: &Situation, node: &NodeMemory, job: &QueuedJob) -> (NodeMemory, Reason) {
    match gate::enter(situation, job) {
        Ok(Open { evs, .. }) => {
            let node = node.with_first_begun(replica::stays_here(situation));
            let (job, script, schedule) = (job.number, job.script, job.schedule);
            (node, Reason::JobStarts { job, evs: evs.name.clone(), script, schedule })
        }
        Err(shut) => skip(situation, node, job, shut),
    }
}

/// The first job of `node` is not begun. Where a schedule asked for it, the supervisor is told: an
/// administrator who asks sees it himself.
fn skip(
    situation: &Situation,
    node: &NodeMemory,
    job: &QueuedJob,
    shut: Shut,
) -> (NodeMemory, Reason) {
    let mut node = node.with_first_ended(Outcome::Skipped(shut.skip()));
    let job_number = job.number;
    if let Some(schedule) = job.schedule
        && in_force("a-cycle-that-is-skipped-is-told")
    {
        let next = schedule::next_cycle(&node, schedule);
        let notice = Notice::NextCycle;
        let text = format!("{notice}: job {job_number} of schedule {schedule} skipped; {next}");
        node = node.announcing(schedule::handed_over(situation), notice, text);
    }
    (node, Reason::JobSkipped { job: job_number, shut })
}

/// The job that a further one has to wait for: the last of the queue, or one of this node whose
/// lease still lies on the server.
pub fn job_ahead(situation: &Situation) -> Option<u32> {
    let own_stray = stray_lease(situation)
        .filter(|lease| lease.node == situation.view.node)
        .map(|lease| lease.job);
    let queued = situation.node.jobs.last().filter(|_| in_force("jobs-run-one-after-the-other"));
    queued.map(|job| job.number).or(own_stray)
}

/// When the running job has to end, where that is still to come.
pub fn limit(situation: &Situation) -> Option<Time> {
    situation.node.running()?.limit.filter(|limit| *limit > situation.now)
}

/// A write of the node's own record.
pub fn write_node(situation: &Situation, node: &NodeMemory, reason: Reason) -> Planned {
    let memory = situation.memory;
    let draft = Draft::of_node(node.clone());
    let (replaces, text) = (memory.node_revision, draft.text());
    let act = Act::Write { place: Place::Node, replaces, text };
    let requires = vec![gate::node_record(memory)];
    Planned { action: Action { act, requires }, reason, draft: Some(draft) }
}

/// The lease on the designated server's disk, where it is not that of this node's running job.
pub fn stray_lease<'a>(situation: &Situation<'a>) -> Option<&'a Lease> {
    let lease = situation.memory.disk.as_ref()?.lease.as_ref()?;
    let ours = situation.node.running().is_some_and(|job| is_of(lease, situation, job));
    (!ours).then_some(lease)
}

fn is_of(lease: &Lease, situation: &Situation, job: &QueuedJob) -> bool {
    lease.node == situation.view.node && lease.job == job.number
}

fn run(situation: &Situation, job: &QueuedJob) -> Next {
    // Without its cluster service a node is down in the cluster's eyes, and what it owned is taken
    // from it.
    let running = situation.view.service == ServiceState::Running;
    if !running && in_force("a-job-ends-with-its-cluster-service") {
        return lose(situation, job, Stop::NodeLost);
    }
    match situation.view.cluster {
        Fact::Known(_) => {}
        // What tore the observation may be over in a moment.
        Fact::Unknown(ErrorCode::ERROR_RETRY) if in_force("a-torn-look-ends-no-job") => {
            return Next::Idle;
        }
        // A service that does not answer says neither that the server is still here nor that a
        // store may be given back: nothing more is done, and all of it is put right later.
        Fact::Unknown(_) if in_force("a-job-ends-when-its-cluster-cannot-be-seen") => {
            return lose(situation, job, Stop::ClusterUnknown);
        }
        Fact::Unknown(_) => return Next::Idle,
    }
    match situation.server_here() {
        Some(_) => run_here(situation, job),
        None => lose(situation, job, Stop::EvsMoved),
    }
}

/// Ends a job whose server is out of reach. Its lease stays on the server's disk, where the next
/// agent that may finds it; if that is this one, it tidies up itself.
fn lose(situation: &Situation, job: &QueuedJob, stop: Stop) -> Next {
    let node = situation.node.with_first_ended(Outcome::Stopped(stop));
    let stays = job.stays;
    let reason = Reason::JobLost { job: job.number, evs: name(situation), stop, stays };
    Next::Do(write_node(situation, &node, reason))
}

/// Why a job is to be ended whatever the cluster does.
fn wanted_end(situation: &Situation, job: &QueuedJob) -> Option<Stop> {
    if job.cancelled && in_force("a-cancelled-job-ends") {
        return Some(Stop::Cancelled);
    }
    let late = job.limit.is_some_and(|limit| situation.now >= limit);
    (late && in_force("runtime-limit")).then_some(Stop::RuntimeLimit)
}

/// What a running job works on: a designation is not changed under it. Only a record that was
/// written by another hand can have a job and no designation.
pub fn name(situation: &Situation) -> EvsName {
    situation.designated().unwrap_or_else(|| EvsName::from("nothing"))
}

fn run_here(situation: &Situation, job: &QueuedJob) -> Next {
    let Some(disk) = &situation.memory.disk else { return Next::Idle };
    if let Some(lease) = disk.lease.as_ref().filter(|lease| is_of(lease, situation, job)) {
        return advance(situation, job, lease);
    }
    let own = |lease: &&Lease| lease.node == situation.view.node;
    if let Some(lease) = stray_lease(situation).filter(own) {
        return recover(situation, lease);
    }
    let ours = |ended: &&EndedLease| ended.node == situation.view.node && ended.job == job.number;
    match disk.ended.as_ref().filter(ours) {
        Some(EndedLease { outcome, .. }) => {
            let node = situation.node.with_first_ended(*outcome);
            let (job, evs, outcome) = (job.number, name(situation), *outcome);
            let whole = gate::damaged(situation).is_empty();
            Next::Do(write_node(situation, &node, Reason::JobEnded { job, evs, outcome, whole }))
        }
        None if has_told(situation, job) && in_force("a-job-that-told-has-begun") => {
            let node = situation.node.with_first_ended(Outcome::Stopped(Stop::EvsNotOperational));
            let reason = Reason::JobRecordGone { job: job.number, evs: name(situation) };
            Next::Do(write_node(situation, &node, reason))
        }
        None => take_lease(situation, job),
    }
}

/// Whether the job has handed a notification over: it held its lease then, and may have done more.
/// What this node handed over it knows by itself, whatever became of the server's disk.
fn has_told(situation: &Situation, job: &QueuedJob) -> bool {
    let notified = situation.view.own.known().and_then(|own| own.notified);
    notified.is_some_and(|ticket| ticket.job == job.number)
}

fn take_lease(situation: &Situation, job: &QueuedJob) -> Next {
    if let Some(stop) = wanted_end(situation, job) {
        let outcome = Outcome::Stopped(stop);
        let node = situation.node.with_first_ended(outcome);
        let reason =
            Reason::JobEnded { job: job.number, evs: name(situation), outcome, whole: true };
        return Next::Do(write_node(situation, &node, reason));
    }
    let Open { evs, stores } = match gate::enter(situation, job) {
        Ok(open) => open,
        Err(shut) => {
            let (node, reason) = skip(situation, situation.node, job, shut);
            return Next::Do(write_node(situation, &node, reason));
        }
    };
    // The lease says how the stores were: that has to be so when it is written.
    let mut requires = gate::forward_conditions(situation, evs);
    requires.extend(stores.iter().filter(|_| in_force("lease-needs-the-stores-seen")).map(
        |(store, view)| {
            let (group, store, mount) = (evs.group.clone(), (*store).clone(), view.mount);
            Condition::StoreIs { group, store, mount }
        },
    ));
    let agent = mta::agent(situation, evs).filter(|_| job.script.is_for_mta());
    if let Some((resource, state)) = &agent {
        // On its way it is neither meant to be online nor offline: what it was will show.
        if state.is_pending() {
            return Next::Idle;
        }
        let seen = Condition::ResourceIs { resource: resource.clone(), state: *state };
        requires.extend(in_force("lease-needs-the-mta-seen").then_some(seen));
    }
    let mounted = |mount| matches!(mount, MountState::Mounted | MountState::Mounting);
    let lease = Lease {
        node: situation.view.node.clone(),
        job: job.number,
        script: job.script,
        stores: stores
            .into_iter()
            .map(|(name, store)| {
                let mounted = mounted(store.mount) || !in_force("what-was-dismounted-stays-so");
                let copied = situation.disk().is_some_and(|it| replica::copy(it, name).is_some());
                StoreTask { copied, ..StoreTask::new(name.clone(), mounted) }
            })
            .collect(),
        mta: agent.map(mta::task),
        phase: Phase::Forward { step: 0 },
    };
    let reason = Reason::TakesLease { job: job.number, evs: evs.name.clone() };
    Next::Do(write_disk(situation, evs, Some(lease), None, reason, requires))
}

/// One step of this node's running job, whose lease this is.
fn advance(situation: &Situation, job: &QueuedJob, lease: &Lease) -> Next {
    let Phase::Forward { step } = lease.phase else { return restore(situation, lease) };
    let (Some(evs), Some(sight)) = (situation.server_here(), sight(situation)) else {
        return Next::Idle;
    };
    let steps = job::forward_steps(lease);
    let Some(current) = steps.get(step as usize) else {
        return release(situation, evs, lease, Outcome::Completed);
    };
    // What is left of a job that takes nothing more away is its way back already.
    if (current.is_forward() || !in_force("what-only-puts-back-goes-on"))
        && let Some(stop) = wanted_end(situation, job)
    {
        return turn_back(situation, evs, lease, stop);
    }
    if current.is_forward()
        && let Err(shut) = gate::pass(situation)
    {
        // A server on its way may be restarting, going offline or leaving: what it was will show.
        if shut.may_pass() {
            return Next::Idle;
        }
        return turn_back(situation, evs, lease, shut.stop());
    }
    match job::progress(lease, current, &sight) {
        Progress::UnderWay => Next::Idle,
        Progress::Locked => {
            Next::Wait(Reason::WaitsForBackup { evs: evs.name.clone(), job: lease.job })
        }
        Progress::Paused => {
            Next::Wait(Reason::WaitsForResume { evs: evs.name.clone(), job: lease.job })
        }
        Progress::Ready => match without_room(situation, lease, &steps, step as usize) {
            Some((store, needed)) => pass_over(situation, evs, lease, store, needed),
            None => Next::Do(step::start(situation, evs, lease, current)),
        },
        Progress::Broken(stop) => turn_back(situation, evs, lease, stop),
        Progress::Done if mta::is_left_failed(current, &sight) => {
            let phase = Phase::Forward { step: step + 1 };
            note(situation, evs, lease, phase, mta_failed(lease, evs))
        }
        Progress::Done if step as usize + 1 == steps.len() => {
            release(situation, evs, lease, Outcome::Completed)
        }
        Progress::Done => go_on(situation, evs, lease, current),
    }
}

/// What comes after a step that is done. An error fix that put errors right may have uncovered
/// more, and runs again, as often as is sensible.
fn go_on(situation: &Situation, evs: &Evs, lease: &Lease, done: &Step) -> Next {
    let Phase::Forward { step } = lease.phase else { return Next::Idle };
    let phase = Phase::Forward { step: step + 1 };
    let Step::Run(store, Tool::ErrorFix, pass) = done else {
        return journal(situation, evs, lease, phase);
    };
    let (job, most) = (lease.job, situation.policy.repair_passes);
    match job::fixes(situation.disk(), store) {
        0 => journal(situation, evs, lease, phase),
        _ if !in_force("an-error-fix-runs-until-it-puts-none-right") => {
            journal(situation, evs, lease, phase)
        }
        fixes if pass.number >= most && in_force("an-error-fix-does-not-run-for-ever") => {
            let (store, passes) = (store.clone(), pass.number);
            let reason = Reason::JobLeavesErrors { job, store, passes, fixes };
            note(situation, evs, lease, phase, reason)
        }
        _ => journal(situation, evs, &lease.with_another_pass(store, pass.place), phase),
    }
}

/// The store whose turn has come and that has no room for its copy, with what it needs.
fn without_room<'a>(
    situation: &Situation,
    lease: &Lease,
    steps: &'a [Step],
    step: usize,
) -> Option<(&'a StoreName, Size)> {
    let turn = in_force("each-store-needs-room-for-its-copy") && job::defragments(lease.script);
    let store = job::begins(steps, step).filter(|_| turn)?;
    let disk = situation.disk()?;
    let needed = gate::lacks_room(situation.policy, disk, disk.stores.get(store)?)?;
    Some((store, needed))
}

fn pass_over(
    situation: &Situation,
    evs: &Evs,
    lease: &Lease,
    store: &StoreName,
    needed: Size,
) -> Next {
    let free = situation.disk().map(|disk| disk.free).unwrap_or_default();
    let reason = Reason::JobPassesOver { job: lease.job, store: store.clone(), free, needed };
    note(situation, evs, &lease.passing_over(store), lease.phase, reason)
}

/// One step back of a job that was ended early, on whichever node.
pub(super) fn restore(situation: &Situation, lease: &Lease) -> Next {
    let Phase::Restoring { stop, reached, step } = lease.phase else { return Next::Idle };
    let (Some(evs), Some(sight)) = (situation.server_here(), sight(situation)) else {
        return Next::Idle;
    };
    let own = lease.node == situation.view.node;
    let steps = job::restoring_steps(lease, reached, own);
    let Some(current) = steps.get(step as usize) else {
        return release(situation, evs, lease, Outcome::Stopped(stop));
    };
    match job::progress(lease, current, &sight) {
        Progress::UnderWay | Progress::Broken(_) if is_shut_down(situation, &sight) => {
            Next::Wait(Reason::WaitsToRestore { evs: evs.name.clone(), job: lease.job })
        }
        Progress::UnderWay | Progress::Broken(_) => Next::Idle,
        Progress::Locked => {
            Next::Wait(Reason::WaitsForBackup { evs: evs.name.clone(), job: lease.job })
        }
        Progress::Paused => {
            Next::Wait(Reason::WaitsForResume { evs: evs.name.clone(), job: lease.job })
        }
        Progress::Ready => Next::Do(step::start(situation, evs, lease, current)),
        Progress::Done if mta::is_left_failed(current, &sight) => {
            let phase = Phase::Restoring { stop, reached, step: step + 1 };
            note(situation, evs, lease, phase, mta_failed(lease, evs))
        }
        Progress::Done if step as usize + 1 == steps.len() => {
            release(situation, evs, lease, Outcome::Stopped(stop))
        }
        Progress::Done => {
            let phase = Phase::Restoring { stop, reached, step: step + 1 };
            journal(situation, evs, lease, phase)
        }
    }
}

fn mta_failed(lease: &Lease, evs: &Evs) -> Reason {
    Reason::MtaFailed { job: lease.job, evs: evs.name.clone() }
}

/// Whether the Information Store is down and nothing of its server is on its way: no store can be
/// mounted until somebody brings it online.
fn is_shut_down(situation: &Situation, sight: &Sight) -> bool {
    let store = sight.information_store;
    let down = matches!(store, Some(ResourceState::Offline | ResourceState::Failed));
    let moving = matches!(situation.standing(), Standing::NotOperational(GroupState::Pending));
    down && !moving
}

pub(super) fn sight<'a>(situation: &Situation<'a>) -> Option<Sight<'a>> {
    let evs = situation.server_here()?;
    let cluster = situation.view.cluster.known()?;
    let group = cluster.groups.get(&evs.group)?;
    let node = cluster.nodes.get(&situation.view.node);
    let agent = mta::agent(situation, evs);
    let store = evs.information_store.as_ref().and_then(|name| group.resources.get(name));
    Some(Sight {
        disk: situation.disk()?,
        notified: situation.view.own.known()?.notified,
        information_store: store.map(|store| store.state),
        attendant: group.resources.get(&evs.attendant).map(|attendant| attendant.state),
        mta: agent.map(|(_, state)| state),
        paused: node.is_some_and(|node| node.state == NodeState::Paused),
    })
}

/// The job of this lease takes no further step forward.
pub(super) fn turn_back(situation: &Situation, evs: &Evs, lease: &Lease, stop: Stop) -> Next {
    let reached = match lease.phase {
        Phase::Forward { step } => step,
        Phase::Restoring { reached, .. } => reached,
    };
    let phase = Phase::Restoring { stop, reached, step: 0 };
    let lease = Lease { phase, ..lease.clone() };
    let (node, job) = (lease.node.clone(), lease.job);
    let reason = match situation.node.running() {
        Some(running) if is_of(&lease, situation, running) => {
            Reason::JobStops { job, evs: evs.name.clone(), stop }
        }
        _ => Reason::Recovers { evs: evs.name.clone(), node, job, stop, left: lease.left() },
    };
    let requires = gate::restoring_conditions(situation, evs);
    Next::Do(write_disk(situation, evs, Some(lease), None, reason, requires))
}

fn journal(situation: &Situation, evs: &Evs, lease: &Lease, phase: Phase) -> Next {
    let reason = Reason::Journals { job: lease.job, evs: evs.name.clone(), phase };
    note(situation, evs, lease, phase, reason)
}

/// Writes down where a job stands, for a reason that is worth saying or for none.
fn note(situation: &Situation, evs: &Evs, lease: &Lease, phase: Phase, reason: Reason) -> Next {
    let lease = Lease { phase, ..lease.clone() };
    let requires = gate::restoring_conditions(situation, evs);
    Next::Do(write_disk(situation, evs, Some(lease), None, reason, requires))
}

fn release(situation: &Situation, evs: &Evs, lease: &Lease, outcome: Outcome) -> Next {
    let (node, job) = (lease.node.clone(), lease.job);
    let own = node == situation.view.node;
    let reason = match outcome {
        Outcome::Stopped(stop) if stray_lease(situation).is_some() => {
            let (evs, node) = (evs.name.clone(), node.clone());
            let whole = gate::damaged(situation).is_empty();
            Reason::Recovered { evs, node, job, stop, own, whole, left: lease.left() }
        }
        _ => Reason::ReleasesLease { job, evs: evs.name.clone() },
    };
    let ended = Some(EndedLease { node, job, outcome });
    let requires = gate::restoring_conditions(situation, evs);
    Next::Do(write_disk(situation, evs, None, ended, reason, requires))
}

/// A write of the record on the server's disk; what ended there before stays unless a job ends now.
fn write_disk(
    situation: &Situation,
    evs: &Evs,
    lease: Option<Lease>,
    ended: Option<EndedLease>,
    reason: Reason,
    requires: Vec<Condition>,
) -> Planned {
    let memory = situation.memory;
    let before = memory.disk.as_ref().and_then(|disk| disk.ended.clone());
    let draft = Draft::of_disk(DiskMemory { lease, ended: ended.or(before) });
    let place = Place::Disk(evs.group.clone());
    let act = Act::Write { place, replaces: memory.disk_revision, text: draft.text() };
    Planned { action: Action { act, requires }, reason, draft: Some(draft) }
}
