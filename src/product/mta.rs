//! The script that corrects errors in the database of the cluster's Message Transfer Agent
//! (Exchange 2000 and 2003): the agent is taken offline through the cluster, which is no failure,
//! its tool runs, and it is brought online again if it was meant to be.
//!
//! Absent on purpose: stores, which serve all the while; stopping the agent's service by any other
//! way than the cluster; and ending its tool, which nobody offers: a job that is ended waits for
//! it.

use std::fmt;

use super::designation::Evs;
use super::gate::Situation;
use super::job::{Progress, Sight, Step};
use super::memory::{Lease, MtaTask};
use super::vocabulary::Stop;
use crate::model::{
    Act, Condition, GroupName, ResourceName, ResourceState, Ticket, ToolState, in_force,
};

/// What is done to the agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MtaStep {
    /// It is taken offline.
    Offline,
    /// Its tool runs.
    Check,
    /// It is brought online.
    Online,
}

impl fmt::Display for MtaStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            MtaStep::Offline => "takes the MTA offline",
            MtaStep::Check => "runs MTA check",
            MtaStep::Online => "brings the MTA online",
        })
    }
}

/// The agent of the server's group, and its state; none where another server of the cluster has it.
pub fn agent(situation: &Situation, evs: &Evs) -> Option<(ResourceName, ResourceState)> {
    let group = situation.view.cluster.known()?.groups.get(&evs.group)?;
    let name = evs.mta.as_ref()?;
    Some((name.clone(), group.resources.get(name)?.state))
}

/// The agent as a job finds it: one that is offline is meant to be. One that failed is not, and is
/// what the script is for.
pub fn task((resource, state): (ResourceName, ResourceState)) -> MtaTask {
    let online = state != ResourceState::Offline || !in_force("an-mta-that-was-offline-stays-so");
    MtaTask { resource, online }
}

/// The agent's part of the script.
pub(super) fn forward_steps(lease: &Lease) -> Vec<Step> {
    let Some(task) = &lease.mta else { return Vec::new() };
    match task.online {
        true if !in_force("a-job-takes-the-mta-offline") => vec![MtaStep::Check],
        true => vec![MtaStep::Offline, MtaStep::Check, MtaStep::Online],
        false => vec![MtaStep::Check],
    }
    .into_iter()
    .map(|step| Step::Mta(step, task.resource.clone()))
    .collect()
}

/// How far a step is.
pub(super) fn progress(step: MtaStep, ticket: Ticket, sight: &Sight) -> Progress {
    let state = match sight.mta {
        Some(state) => state,
        // It was deleted: there is nothing to give back.
        None if step == MtaStep::Online => return Progress::Done,
        None => return Progress::Broken(Stop::EvsNotOperational),
    };
    let run = sight.disk.mta.as_ref().and_then(|mta| mta.tool.as_ref());
    let busy = run.is_some_and(|run| run.state == ToolState::Running);
    if let (MtaStep::Check, Some(run)) = (step, run.filter(|run| run.ticket == ticket)) {
        return match run.state {
            ToolState::Running => Progress::UnderWay,
            ToolState::Succeeded => Progress::Done,
            ToolState::Failed => Progress::Broken(Stop::ToolFailed),
        };
    }
    match (step, state) {
        (_, ResourceState::OfflinePending) => Progress::UnderWay,
        (MtaStep::Offline, ResourceState::Offline) => Progress::Done,
        (MtaStep::Offline, ResourceState::Online | ResourceState::Failed) => Progress::Ready,
        (MtaStep::Check, ResourceState::Offline) if busy => Progress::UnderWay,
        (MtaStep::Check, ResourceState::Offline) => Progress::Ready,
        // Somebody has brought it online, or tried to: its database is no longer ours.
        (MtaStep::Check, _) => Progress::Broken(Stop::StoreRemounted),
        (MtaStep::Online, _) if busy && in_force("the-mta-waits-for-its-tool") => {
            Progress::UnderWay
        }
        // One that failed is the cluster's to restart, and reported: whoever brings it online while
        // its tool runs makes it fail for good.
        (MtaStep::Online, ResourceState::Online | ResourceState::Failed) => Progress::Done,
        (MtaStep::Online, ResourceState::Offline) => bringing_online(sight),
        _ => Progress::UnderWay,
    }
}

/// Whether this step gave the agent back, and it is not there.
pub(super) fn is_left_failed(step: &Step, sight: &Sight) -> bool {
    matches!(step, Step::Mta(MtaStep::Online, _))
        && sight.mta == Some(ResourceState::Failed)
        && in_force("an-mta-that-failed-is-reported")
}

/// Bringing it online would bring the System Attendant online too, which somebody may have taken
/// offline: it waits for that.
fn bringing_online(sight: &Sight) -> Progress {
    let serves = sight.attendant == Some(ResourceState::Online);
    match serves || !in_force("the-mta-waits-for-its-attendant") {
        true if sight.paused && in_force("a-paused-node-is-not-asked-for-an-mta") => {
            Progress::Paused
        }
        true => Progress::Ready,
        false => Progress::UnderWay,
    }
}

/// The act of a step, and what has to hold for it beside what holds for every step.
pub(super) fn act(
    step: MtaStep,
    resource: ResourceName,
    evs: &Evs,
    sight: Option<&Sight>,
    ticket: Ticket,
) -> (Act, Vec<Condition>) {
    let group: GroupName = evs.group.clone();
    let state = match step {
        MtaStep::Offline => sight.and_then(|it| it.mta).unwrap_or(ResourceState::Online),
        MtaStep::Check | MtaStep::Online => ResourceState::Offline,
    };
    let as_left = Condition::ResourceIs { resource: resource.clone(), state };
    let no_tool = Condition::NoToolOnMta { group: group.clone() };
    let attendant = Condition::OnlineHere { resource: evs.attendant.clone() };
    let mut requires = Vec::new();
    requires.extend(in_force("act-needs-the-mta-as-it-was-left").then_some(as_left));
    if step != MtaStep::Offline {
        requires.extend(in_force("act-needs-no-tool-on-the-mta").then_some(no_tool));
    }
    if step == MtaStep::Online {
        requires.extend(in_force("act-needs-the-mtas-attendant").then_some(attendant));
    }
    let act = match step {
        MtaStep::Offline => Act::Offline { group, resource },
        MtaStep::Check => Act::CheckMta { group, ticket },
        MtaStep::Online => Act::Online { group, resource },
    };
    (act, requires)
}
