//! The action that starts a step of a job, with everything that must hold for it at that moment.
//!
//! Absent on purpose: which step it is, and whether it may be taken.

use super::designation::Evs;
use super::gate::{self, Situation};
use super::job::{self, Step};
use super::management;
use super::memory::{Lease, Phase};
use super::mta;
use super::plan::Planned;
use super::reason::{CopyReason, Listed, Reason, WayBack, WayBackUnmounted};
use super::replica;
use crate::model::{
    Act, Action, Condition, CopyState, EvsName, GroupName, MountState, Notice, StoreName, Tool,
    ToolPhase, in_force,
};

/// The action that starts a step, with what must hold for it.
pub fn start(situation: &Situation, evs: &Evs, lease: &Lease, step: &Step) -> Planned {
    let (job, ticket, group) = (lease.job, job::ticket(lease), || evs.group.clone());
    let mut requires = if step.is_forward() || !in_force("a-step-back-needs-less") {
        gate::forward_conditions(situation, evs)
    } else {
        gate::restoring_conditions(situation, evs)
    };
    let mut store_is = |store: &StoreName, mount: MountState| {
        let (group, store) = (group(), store.clone());
        if in_force("act-needs-the-store-as-it-was-left") {
            requires.push(Condition::StoreIs { group: group.clone(), store: store.clone(), mount });
        }
        requires.extend(undisturbed(&group, &store));
    };
    let (act, reason) = match step.clone() {
        Step::Notify(notice, store) => {
            let text = notice_text(notice, &evs.name, lease, store.as_ref());
            (Act::Notify { notice, text, ticket }, Reason::JobNotifies { job, notice, store })
        }
        Step::Suspend(store) | Step::Resume(store) | Step::Reseed(store) => {
            return with_copy(evs, lease, step, &store, requires);
        }
        Step::Dismount(store) => {
            store_is(&store, MountState::Mounted);
            requires.extend(replica::held(lease, &evs.group, &store));
            let act = Act::Dismount { group: group(), store: store.clone() };
            (act, Reason::JobDismounts { job, store })
        }
        Step::Run(store, tool, pass) => {
            store_is(&store, MountState::Dismounted);
            requires.extend(replica::held(lease, &evs.group, &store));
            let act = Act::StartTool { group: group(), store: store.clone(), tool, ticket };
            let again = (pass.number > 1).then(|| job::fixes(situation.disk(), &store));
            (act, Reason::JobRuns { job, tool, store, again })
        }
        Step::Mount(store) => {
            store_is(&store, MountState::Dismounted);
            let act = Act::Mount { group: group(), store: store.clone() };
            (act, Reason::JobMounts { job, store })
        }
        Step::StopTool(store, tool, ticket) => {
            let phase = ToolPhase::Working;
            let store_name = store.clone();
            if in_force("ending-needs-a-tool-that-may-end") {
                requires.push(Condition::ToolIs { group: group(), store: store_name, phase });
            }
            let act = Act::StopTool { group: group(), store: store.clone(), ticket };
            (act, Reason::JobEndsTool { job, tool, store })
        }
        Step::Mta(step, agent) => {
            let sight = management::sight(situation);
            let (act, needed) = mta::act(step, agent, evs, sight.as_ref(), ticket);
            requires.extend(needed);
            (act, Reason::JobMta { job, step })
        }
        Step::Repair(store, tool) => {
            requires.extend(repair_conditions(&evs.group, &store, tool));
            let act = Act::StartTool { group: group(), store: store.clone(), tool, ticket };
            (act, Reason::JobRepairs { job, tool, store })
        }
    };
    Planned { action: Action { act, requires }, reason, draft: None }
}

/// The action that suspends a copy, or gives it back: the copy is still as it was seen.
fn with_copy(
    evs: &Evs,
    lease: &Lease,
    step: &Step,
    store: &StoreName,
    mut requires: Vec<Condition>,
) -> Planned {
    let (job, ticket, group) = (lease.job, job::ticket(lease), evs.group.clone());
    let storage_group = store.storage_group();
    let (seen, act, reason) = match step {
        Step::Suspend(_) => (
            CopyState::Healthy,
            Act::SuspendCopy { group, storage_group: storage_group.clone() },
            CopyReason::Suspends { job, storage_group },
        ),
        Step::Reseed(_) => (
            CopyState::Suspended,
            Act::Reseed { group, storage_group: storage_group.clone(), ticket },
            CopyReason::Reseeds { job, storage_group },
        ),
        _ => (
            CopyState::Suspended,
            Act::ResumeCopy { group, storage_group: storage_group.clone() },
            CopyReason::Resumes { job, storage_group },
        ),
    };
    let seen = replica::copy_is(&evs.group, store, seen);
    requires.extend(in_force("act-needs-the-copy-seen").then_some(seen));
    let reason = Reason::Copy(reason);
    Planned { action: Action { act, requires }, reason, draft: None }
}

/// What must hold for a repair, beside what every step back needs: nobody works on the store, and
/// its files are still what they were seen to be. Deleting does not mind whether it is mounted.
fn repair_conditions(group: &GroupName, store: &StoreName, tool: Tool) -> Vec<Condition> {
    let seen = match tool {
        Tool::RestoreTemporary => {
            Condition::OnlyCopyIsTemporary { group: group.clone(), store: store.clone() }
        }
        _ => Condition::NotDamaged { group: group.clone(), store: store.clone() },
    };
    let mut conditions = undisturbed(group, store);
    conditions.extend(in_force("repair-needs-the-files-seen").then_some(seen));
    conditions
}

/// That nobody else has the store's files in hand.
fn undisturbed(group: &GroupName, store: &StoreName) -> Vec<Condition> {
    let (group, store) = (|| group.clone(), || store.clone());
    let no_tool = Condition::NoToolOn { group: group(), store: store() };
    let no_backup = Condition::NotLocked { group: group(), store: store() };
    let no_tool = in_force("act-needs-no-tool-at-work").then_some(no_tool);
    let no_backup = in_force("act-needs-no-backup").then_some(no_backup);
    no_tool.into_iter().chain(no_backup).collect()
}

fn notice_text(notice: Notice, evs: &EvsName, lease: &Lease, store: Option<&StoreName>) -> String {
    let job = lease.job;
    let what = match store {
        Some(store)
            if notice == Notice::StorageOffline && in_force("the-way-back-is-told-beforehand") =>
        {
            let copied = lease.stores.iter().any(|task| task.store == *store && task.copied);
            let lost = WayBack { node: &lease.node, evs, store, copied };
            return format!("{notice}: {store} of {evs}, job {job}; {lost}");
        }
        Some(store) => format!("{store} of {evs}"),
        None => evs.to_string(),
    };
    let unmounted = remade_unmounted(lease);
    if notice == Notice::MaintenanceStarting
        && !unmounted.is_empty()
        && in_force("the-way-back-is-told-of-what-is-dismounted")
    {
        let lost = WayBackUnmounted { node: &lease.node, evs, stores: &unmounted };
        return format!("{notice}: {what}, job {job}; {lost}");
    }
    match (notice, lease.phase) {
        (Notice::MaintenanceFinished, Phase::Restoring { stop, .. }) => {
            format!("{notice}: {what}, job {job}, stopped: {stop}{}", passed_over(lease))
        }
        (Notice::MaintenanceFinished, Phase::Forward { .. }) => {
            format!("{notice}: {what}, job {job}, completed{}", passed_over(lease))
        }
        _ => format!("{notice}: {what}, job {job}"),
    }
}

/// The stores that the job makes anew without taking them from anybody. One with a copy is not
/// missed: the lost node's files are lost with it.
fn remade_unmounted(lease: &Lease) -> Vec<StoreName> {
    let tasks = lease.stores.iter().filter(|_| job::defragments(lease.script));
    let bare = tasks.filter(|task| !task.mounted && !task.copied && !task.passed_over);
    bare.map(|task| task.store.clone()).collect()
}

/// The stores that a job left as they were for want of room, as its report ends with them.
fn passed_over(lease: &Lease) -> String {
    let stores = lease.stores.iter().filter(|task| task.passed_over);
    let stores: Vec<StoreName> = stores.map(|task| task.store.clone()).collect();
    match stores.is_empty() {
        true => String::new(),
        false => format!("; no room to copy {}", Listed(&stores)),
    }
}
