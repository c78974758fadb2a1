//! The steps of one job, and how far the current one is. Both follow from the lease and the view
//! alone, so that an agent that starts anew in the middle of a job goes on where it was.
//!
//! Before each step the lease is written with that step in it. A step that was written down and is
//! not seen to be under way or done was not started: it is started then.
//!
//! Absent on purpose: whether a step may be taken. That is the gate's.

use super::memory::{Lease, Phase};
use super::mta::{self, MtaStep};
use super::replica;
use super::request::Script;
use super::vocabulary::Stop;
use crate::model::{
    DiskView, Exchange, MountState, Notice, ResourceName, ResourceState, StoreName, Temporary,
    Ticket, Tool, ToolPhase, ToolState, ToolView, in_force,
};

/// The tools that a script runs on each store, in order.
fn tools(script: Script) -> &'static [Tool] {
    use Tool::{ConsistencyCheck, Defragment, ErrorFix, ErrorReport};
    match script {
        Script::PreventativeMaintenance if !in_force("a-rebuild-uncovers-more") => {
            &[ConsistencyCheck, ErrorFix, Defragment]
        }
        Script::OfflineDiagnosticReport if !in_force("a-report-changes-nothing") => {
            &[ConsistencyCheck, ErrorFix]
        }
        // The second error fix is there because the rebuild uncovers more.
        Script::PreventativeMaintenance => &[ConsistencyCheck, ErrorFix, Defragment, ErrorFix],
        Script::StoreErrorCorrection => &[ConsistencyCheck, ErrorFix],
        Script::OfflineDiagnosticReport => &[ConsistencyCheck, ErrorReport],
        // It has its own, and no store.
        Script::MtaErrorCorrection => &[],
    }
}

/// Whether the script builds a copy of each store, so that the disk has to have room for it.
pub fn defragments(script: Script) -> bool {
    tools(script).contains(&Tool::Defragment)
}

/// Which run of a tool it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pass {
    /// The tool's place in the script, counted from 0.
    pub place: usize,
    /// Counted from 1: an error fix runs again where it put errors right.
    pub number: u32,
}

/// One step of a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Tells somebody, of one store or of the whole job.
    Notify(Notice, Option<StoreName>),
    /// Takes a store from its users.
    Dismount(StoreName),
    /// Runs a tool on a store.
    Run(StoreName, Tool, Pass),
    /// Gives a store back.
    Mount(StoreName),
    /// Ends the run of a tool on a store.
    StopTool(StoreName, Tool, Ticket),
    /// Puts right what an interrupted defragmentation left, where it left something.
    Repair(StoreName, Tool),
    /// Does something to the Message Transfer Agent, which is this resource.
    Mta(MtaStep, ResourceName),
    /// Stops the passive copy of a store from following.
    Suspend(StoreName),
    /// Lets it follow again.
    Resume(StoreName),
    /// Makes it anew.
    Reseed(StoreName),
}

impl Step {
    /// Whether the step leads further away from how things were: then it needs the full gate. A
    /// notification goes with the step that it announces.
    pub const fn is_forward(&self) -> bool {
        match self {
            Step::Suspend(_) | Step::Dismount(_) | Step::Run(..) => true,
            Step::Mta(step, _) => !matches!(step, MtaStep::Online),
            Step::Mount(_) | Step::StopTool(..) | Step::Repair(..) => false,
            Step::Resume(_) | Step::Reseed(_) => false,
            Step::Notify(notice, _) => {
                matches!(notice, Notice::MaintenanceStarting | Notice::StorageOffline)
            }
        }
    }

    /// The store that the step is about, if it is about one.
    pub const fn store(&self) -> Option<&StoreName> {
        match self {
            Step::Notify(_, store) => store.as_ref(),
            Step::Dismount(store) | Step::Run(store, ..) | Step::Mount(store) => Some(store),
            Step::StopTool(store, _, _) | Step::Repair(store, _) => Some(store),
            Step::Mta(..) => None,
            Step::Suspend(store) | Step::Resume(store) | Step::Reseed(store) => Some(store),
        }
    }
}

/// The steps of the whole script. A store that was dismounted before the job stays dismounted.
pub fn forward_steps(lease: &Lease) -> Vec<Step> {
    // A store takes seven steps or so, the job three more.
    let mut steps = Vec::with_capacity(8 * (lease.stores.len() + 1));
    steps.push(Step::Notify(Notice::MaintenanceStarting, None));
    for task in lease.stores.iter().filter(|task| !task.passed_over) {
        let store = || task.store.clone();
        if task.mounted && in_force("a-job-tells-what-it-takes") {
            steps.push(Step::Notify(Notice::StorageOffline, Some(store())));
        }
        if task.copied && in_force("a-copy-is-suspended-first") {
            steps.push(Step::Suspend(store()));
        }
        if task.mounted {
            steps.push(Step::Dismount(store()));
        }
        for (place, tool) in tools(lease.script).iter().enumerate() {
            let run = |number| Step::Run(store(), *tool, Pass { place, number });
            steps.extend((1..=task.passes(place)).map(run));
        }
        if task.mounted {
            steps.push(Step::Mount(store()));
            let told = in_force("a-job-tells-what-it-gives-back");
            steps.extend(told.then(|| Step::Notify(Notice::StorageOnline, Some(store()))));
        }
        // A store that was made anew does not fit its copy any more.
        match task.copied {
            true if defragments(lease.script) && in_force("what-was-made-anew-is-reseeded") => {
                steps.push(Step::Reseed(store()));
            }
            true => steps.push(Step::Resume(store())),
            false => {}
        }
    }
    steps.extend(mta::forward_steps(lease));
    steps.extend(closing_steps());
    steps
}

/// The store whose first step this is, if it is one.
pub fn begins(steps: &[Step], step: usize) -> Option<&StoreName> {
    let store = steps.get(step)?.store()?;
    let before = step.checked_sub(1).and_then(|before| steps.get(before)?.store());
    (before != Some(store)).then_some(store)
}

/// The steps back from a job that was ended early at step `reached`: every store that it may have
/// begun to defragment by then is repaired, every one that it may have dismounted is mounted, and
/// every copy that it may have suspended follows again.
/// A job that is ended by decision ends its tool first; one that lost its right to go on leaves the
/// tool to its end, and waits for it. The job's own node also tells; another node that tidies up
/// after it does not, because notifications are counted by the jobs of the node that sends them.
pub fn restoring_steps(lease: &Lease, reached: u32, own: bool) -> Vec<Step> {
    let forward = forward_steps(lease);
    let passed = || forward.iter().take(reached as usize + 1);
    let mut steps = Vec::new();
    if in_force("cancelling-ends-the-tool")
        && let (true, Some(Step::Run(store, tool, _))) = (own, forward.get(reached as usize))
        && matches!(
            lease.phase,
            Phase::Restoring { stop: Stop::Cancelled | Stop::RuntimeLimit, .. }
        )
    {
        let ticket = Ticket { job: lease.job, act: reached.saturating_add(1) };
        steps.push(Step::StopTool(store.clone(), *tool, ticket));
    }
    for step in passed() {
        if let Step::Run(store, Tool::Defragment, _) = step
            && in_force("the-way-back-repairs")
        {
            let repairs = [Tool::RestoreTemporary, Tool::DeleteTemporary];
            steps.extend(repairs.map(|tool| Step::Repair(store.clone(), tool)));
        }
    }
    let left = lease.left();
    let kept = |store: &&StoreName| own || !has_given_back(&forward, reached, store);
    let taken = taken_by(&forward, reached).filter(kept).filter(|store| !left.contains(store));
    for store in taken.filter(|_| in_force("the-way-back-mounts")) {
        steps.push(Step::Mount(store.clone()));
        if own {
            steps.push(Step::Notify(Notice::StorageOnline, Some(store.clone())));
        }
    }
    for step in passed() {
        if let Step::Mta(MtaStep::Offline, agent) = step
            && in_force("the-way-back-brings-the-mta-online")
        {
            steps.push(Step::Mta(MtaStep::Online, agent.clone()));
        }
    }
    steps.extend(copies_back(&forward, reached));
    if own {
        steps.extend(closing_steps());
    }
    steps
}

/// What lets the copies follow again that these steps suspend up to and including step `reached`,
/// and have not given back by then.
fn copies_back(forward: &[Step], reached: u32) -> impl Iterator<Item = Step> {
    let reached = reached as usize;
    let suspends = move |(at, step): (usize, &Step)| match step {
        Step::Suspend(store) if at <= reached => Some(store.clone()),
        _ => None,
    };
    let suspended = forward.iter().enumerate().filter_map(suspends);
    let back = move |store: StoreName| {
        let gives = |step: &Step| match step {
            Step::Resume(same) | Step::Reseed(same) => *same == store,
            _ => false,
        };
        let given = forward.iter().position(gives).is_some_and(|at| at < reached);
        let made_anew = |(at, step): (usize, &Step)| {
            at <= reached && matches!(step, Step::Run(same, Tool::Defragment, _) if *same == store)
        };
        let anew = forward.iter().enumerate().any(made_anew);
        match anew && in_force("what-may-be-anew-is-reseeded") {
            _ if given => None,
            true => Some(Step::Reseed(store)),
            false => Some(Step::Resume(store)),
        }
    };
    suspended.filter_map(back).filter(|_| in_force("the-way-back-gives-copies-back"))
}

/// Whether the job has given the store back: how its next owner mounts it is the server's matter.
fn has_given_back(steps: &[Step], reached: u32, store: &StoreName) -> bool {
    let mut passed = steps.iter().take(reached as usize);
    passed.any(|step| matches!(step, Step::Mount(of) if of == store))
}

/// The stores that these steps dismount up to and including step `reached`.
fn taken_by(steps: &[Step], reached: u32) -> impl Iterator<Item = &StoreName> {
    steps.iter().take(reached as usize + 1).filter_map(|step| match step {
        Step::Dismount(store) => Some(store),
        _ => None,
    })
}

/// The stores that the job of a lease may have dismounted so far.
pub fn dismounted_so_far(lease: &Lease) -> Vec<StoreName> {
    let (Phase::Forward { step: reached } | Phase::Restoring { reached, .. }) = lease.phase;
    taken_by(&forward_steps(lease), reached).cloned().collect()
}

fn closing_steps() -> [Step; 2] {
    [
        Step::Notify(Notice::MaintenanceFinished, None),
        Step::Notify(Notice::ExchangeNowAvailable, None),
    ]
}

/// The name of the act that does the lease's current step: on the way back it goes on counting
/// where the script ends, so that no two acts of a job share a name.
pub fn ticket(lease: &Lease) -> Ticket {
    let act = match lease.phase {
        Phase::Restoring { step, .. } if in_force("the-way-back-counts-on") => {
            (forward_steps(lease).len() as u32).saturating_add(step)
        }
        Phase::Forward { step } | Phase::Restoring { step, .. } => step,
    };
    Ticket { job: lease.job, act: act.saturating_add(1) }
}

/// How far a step is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Not started, and it can be.
    Ready,
    /// Under way, or it has to wait for something that is.
    UnderWay,
    /// An online backup holds the store: it has to wait for that.
    Locked,
    /// The cluster brings nothing online on a paused node: it has to wait until it is resumed.
    Paused,
    /// Over.
    Done,
    /// It can never be done.
    Broken(Stop),
}

/// What the progress of a step is read from.
#[derive(Clone, Copy)]
pub struct Sight<'a> {
    /// The server's stores and tools.
    pub disk: &'a DiskView,
    /// The latest notification that this node handed over.
    pub notified: Option<Ticket>,
    /// The server's Information Store.
    pub information_store: Option<ResourceState>,
    /// Its System Attendant.
    pub attendant: Option<ResourceState>,
    /// Its Message Transfer Agent, where it has the cluster's.
    pub mta: Option<ResourceState>,
    /// Whether this node is paused.
    pub paused: bool,
}

/// How far the lease's current step is.
pub fn progress(lease: &Lease, step: &Step, sight: &Sight) -> Progress {
    let ticket = ticket(lease);
    let progress = match step {
        Step::Notify(..) if sight.notified >= Some(ticket) => Progress::Done,
        Step::Notify(Notice::StorageOnline, Some(store)) if !is_back(store, sight) => {
            Progress::Done
        }
        Step::Notify(..) => Progress::Ready,
        Step::Dismount(store) => dismounting(store, sight),
        Step::Run(store, ..) => running(lease, store, ticket, sight),
        Step::Mount(store) => mounting(store, sight),
        Step::StopTool(store, _, run) => stopping(store, *run, sight),
        Step::Repair(store, tool) => repairing(store, *tool, ticket, sight),
        Step::Mta(step, _) => mta::progress(*step, ticket, sight),
        Step::Suspend(store) => replica::suspending(store, sight),
        Step::Resume(store) => replica::resuming(store, sight),
        Step::Reseed(store) => replica::reseeding(store, ticket, sight),
    };
    match (progress, step) {
        (Progress::Ready, Step::Dismount(store) | Step::Run(store, ..))
            if replica::is_not_held(lease, store, sight) =>
        {
            Progress::Broken(Stop::ReplicaChanged)
        }
        _ => progress,
    }
}

/// Whether the store serves again: what could not be mounted is not told of.
fn is_back(store: &StoreName, sight: &Sight) -> bool {
    let found = sight.disk.stores.get(store);
    let mounted = found.is_some_and(|store| store.mount == MountState::Mounted);
    mounted || !in_force("only-a-store-that-is-back-is-told-online")
}

fn is_locked(store: &StoreName, sight: &Sight) -> bool {
    let locked = sight.disk.stores.get(store).is_some_and(|store| store.locked);
    locked && in_force("a-job-waits-for-a-backup")
}

fn dismounting(store: &StoreName, sight: &Sight) -> Progress {
    match sight.disk.stores.get(store).map(|store| store.mount) {
        Some(MountState::Mounted) if is_locked(store, sight) => Progress::Locked,
        Some(MountState::Mounted) => Progress::Ready,
        Some(MountState::Mounting | MountState::Dismounting) => Progress::UnderWay,
        Some(MountState::Dismounted) => Progress::Done,
        // The store itself was deleted: the server is not what the job was begun on.
        None => Progress::Broken(Stop::EvsNotOperational),
    }
}

fn running(lease: &Lease, store: &StoreName, ticket: Ticket, sight: &Sight) -> Progress {
    let run = sight.disk.tools.get(store);
    if let Some(run) = run.filter(|run| run.ticket == ticket) {
        return match run.state {
            ToolState::Running => Progress::UnderWay,
            ToolState::Succeeded => Progress::Done,
            ToolState::Failed => Progress::Broken(Stop::ToolFailed),
        };
    }
    // A node that starts anew forgets its runs. That the run before this one is forgotten is how a
    // job learns that its node went down in between; before the first run nothing was changed.
    if in_force("a-forgotten-run-tells-of-a-lost-node")
        && let Some(earlier) = earlier_run(lease, store)
        && run.map(|run| run.ticket) != Some(earlier)
    {
        return Progress::Broken(Stop::NodeLost);
    }
    match sight.disk.stores.get(store).map(|store| store.mount) {
        None => Progress::Broken(Stop::EvsNotOperational),
        Some(MountState::Dismounted) if run.is_some_and(|run| run.state == ToolState::Running) => {
            Progress::UnderWay
        }
        Some(MountState::Dismounted) if is_locked(store, sight) => Progress::Locked,
        Some(MountState::Dismounted) => Progress::Ready,
        Some(_) if in_force("a-store-mounted-by-others-ends-a-job") => {
            Progress::Broken(Stop::StoreRemounted)
        }
        Some(_) => Progress::UnderWay,
    }
}

/// The name of the run that came directly before the current step, on the same store.
fn earlier_run(lease: &Lease, store: &StoreName) -> Option<Ticket> {
    let Phase::Forward { step } = lease.phase else { return None };
    let before = step.checked_sub(1)?;
    match forward_steps(lease).get(before as usize)? {
        Step::Run(same, ..) if same == store => Some(Ticket { job: lease.job, act: step }),
        _ => None,
    }
}

/// How many errors the store's latest run of a tool put right.
pub fn fixes(disk: Option<&DiskView>, store: &StoreName) -> u32 {
    disk.and_then(|disk| disk.tools.get(store)).map_or(0, |run| run.fixes)
}

/// A run that ended by itself needs no end, and one that is past the point of return has to come to
/// its own.
fn stopping(store: &StoreName, ticket: Ticket, sight: &Sight) -> Progress {
    let run = sight.disk.tools.get(store).filter(|run| run.ticket == ticket);
    match run.filter(|run| run.state == ToolState::Running) {
        None => Progress::Done,
        Some(run) if may_be_ended(run) => Progress::Ready,
        Some(_) => Progress::UnderWay,
    }
}

/// Whether the run can be ended with the store left usable: not while a new database is copied back
/// over the old one.
fn may_be_ended(run: &ToolView) -> bool {
    run.phase == ToolPhase::Working || !in_force("copying-back-comes-to-its-end")
}

fn mounting(store: &StoreName, sight: &Sight) -> Progress {
    let busy = sight.disk.tools.get(store).is_some_and(|run| run.state == ToolState::Running);
    match sight.disk.stores.get(store).map(|store| store.mount) {
        None | Some(MountState::Mounted) => Progress::Done,
        // What could not be repaired cannot be mounted: that is reported, not waited for.
        _ if sight.disk.stores.get(store).is_some_and(|store| store.damaged) => Progress::Done,
        _ if replica::lacks_logs(sight.disk, store) => Progress::Done,
        Some(MountState::Mounting | MountState::Dismounting) => Progress::UnderWay,
        Some(MountState::Dismounted) if busy && in_force("mounting-waits-for-a-tool") => {
            Progress::UnderWay
        }
        Some(MountState::Dismounted) if is_locked(store, sight) => Progress::Locked,
        Some(MountState::Dismounted) => match sight.information_store {
            // A store of Exchange 2007 is a resource.
            Some(ResourceState::Online)
                if sight.paused
                    && sight.disk.version == Exchange::E2007
                    && in_force("a-paused-node-is-not-asked-to-mount-a-database") =>
            {
                Progress::Paused
            }
            Some(ResourceState::Online) => Progress::Ready,
            _ if !in_force("mounting-waits-for-the-information-store") => Progress::Ready,
            // It mounts its stores itself when it comes online, or it can be asked to then.
            _ => Progress::UnderWay,
        },
    }
}

/// A complete temporary file beside a damaged store is the good copy; any other is of no use. A
/// repair that ended with an error is not tried again: what is left is reported.
fn repairing(store: &StoreName, tool: Tool, ticket: Ticket, sight: &Sight) -> Progress {
    let Some(found) = sight.disk.stores.get(store) else { return Progress::Done };
    let needed = match tool {
        Tool::RestoreTemporary => {
            let complete = found.temporary == Temporary::Complete;
            found.damaged && (complete || !in_force("only-a-complete-copy-is-restored"))
        }
        _ => !found.damaged && found.temporary != Temporary::Absent,
    };
    match sight.disk.tools.get(store) {
        Some(run) if run.state == ToolState::Running => Progress::UnderWay,
        Some(run) if run.ticket == ticket && in_force("a-repair-is-tried-once") => Progress::Done,
        _ if !needed => Progress::Done,
        _ if found.locked => Progress::Locked,
        _ if matches!(found.mount, MountState::Mounting | MountState::Dismounting) => {
            Progress::UnderWay
        }
        _ => Progress::Ready,
    }
}

#[cfg(test)]
mod tests {
    use super::super::memory::StoreTask;
    use super::*;

    fn lease(phase: Phase) -> Lease {
        let task = |store: &str, mounted| StoreTask::new(store.into(), mounted);
        let stores = vec![task("A", true), task("B", false), task("C", true)];
        let script = Script::PreventativeMaintenance;
        Lease { node: "NODE1".into(), job: 3, script, stores, mta: None, phase }
    }

    #[test]
    fn the_way_back_mounts_what_was_dismounted_so_far() {
        let lease = lease(Phase::Forward { step: 0 });
        let mounts = |reached, own| {
            let steps = restoring_steps(&lease, reached, own);
            let stores = steps.into_iter().filter_map(|step| match step {
                Step::Mount(store) => Some(store.to_string()),
                Step::Repair(..) | Step::Notify(..) => None,
                step => panic!("{step:?}"),
            });
            stores.collect::<Vec<_>>()
        };
        for own in [true, false] {
            assert_eq!(mounts(1, own), [""; 0]);
            assert_eq!(mounts(2, own), ["A"]);
        }
        assert_eq!(mounts(13, true), ["A"], "B was dismounted before the job");
        assert_eq!(mounts(u32::MAX - 1, true), ["A", "C"]);
        assert_eq!(mounts(13, false), [""; 0], "A was given back before");
    }

    #[test]
    fn the_way_back_repairs_what_was_being_defragmented_before_it_mounts_anything() {
        let lease = lease(Phase::Forward { step: 0 });
        // A: told, dismounted, checked, fixed, defragmented at step 5.
        assert_eq!(restoring_steps(&lease, 4, false), [Step::Mount("A".into())]);
        let repairs = |store: &str| {
            [Tool::RestoreTemporary, Tool::DeleteTemporary]
                .map(|tool| Step::Repair(store.into(), tool))
        };
        let back = restoring_steps(&lease, 5, false);
        assert_eq!(back[..2], repairs("A"));
        assert_eq!(back[2..], [Step::Mount("A".into())]);
        // B follows at 9, without a dismount: checked, fixed, defragmented at step 11.
        assert_eq!(restoring_steps(&lease, 11, false)[2..4], repairs("B"));
    }

    #[test]
    fn no_two_acts_of_a_job_share_a_name() {
        let steps = forward_steps(&lease(Phase::Forward { step: 0 })).len() as u32;
        let last = ticket(&lease(Phase::Forward { step: steps - 1 }));
        let stop = Stop::ToolFailed;
        let back = ticket(&lease(Phase::Restoring { stop, reached: 2, step: 0 }));
        assert!(back > last && back.job == 3);
    }
}
