//! What must be true of the work of jobs: in which order they tell, write and act, on what they may
//! act, and when.

use super::Finding;
use super::diary::{Step, due, forward};
use super::product::{self, operational, started};
use super::world::World;
use crate::harness::story::{Line, Said, Told};
use crate::model::{EvsName, NodeName, Notice, Span};
use crate::product::reason::Reason;
use crate::sim::{Deed, Event};

/// What is done is told and written down first.
pub(super) fn steps_are_told_and_written(world: &World<'_>, line: &Line) -> Finding {
    jobs_tell_in_order(world, line).and(|| steps_are_written_down_first(world, line))
}

/// An agent that starts anew has nothing but its records: a step that is in none was never taken.
fn steps_are_written_down_first(world: &World<'_>, line: &Line) -> Finding {
    let Some((node, _, deed)) = started(line) else { return Finding::Beside };
    let Some(step) = forward(deed) else { return Finding::Beside };
    let written = world.diary.written.contains(&(node.clone(), step.group.clone()));
    let again = world.diary.last.get(node) == Some(&step);
    Finding::of(written || again, || format!("{node} {deed}, and no record says so"))
}

/// Whoever owns the server works on it, and takes nothing from it while it does not serve.
pub(super) fn steps_run_where_served(world: &World<'_>, line: &Line) -> Finding {
    product::steps_run_on_owner(world, line).and(|| work_begins_where_served(world, line))
}

/// A licence pays for what is begun, and for what is put back of another node's job; a schedule
/// gives the time for both.
pub(super) fn work_is_paid_for_and_in_time(world: &World<'_>, line: &Line) -> Finding {
    product::work_is_licensed(world, line)
        .and(|| unlicensed_put_back_their_own(world, line))
        .and(|| schedules_are_kept(world, line))
}

/// An administrator names a server, and never under a job.
pub(super) fn designations_are_asked_for_and_idle(world: &World<'_>, line: &Line) -> Finding {
    product::designation_changes_by_administrator(world, line).and(|| named_while_idle(world, line))
}

/// What is offered serves here, and so does what is named.
pub(super) fn choices_are_offered_and_taken(world: &World<'_>, line: &Line) -> Finding {
    product::choices_are_operational(world, line).and(|| choices_are_named(world, line))
}

/// What is not online has nobody to serve, and may be on its way to another node. Whether the node
/// is a member is no matter here: one that the others have just dropped does not know yet.
fn work_begins_where_served(world: &World<'_>, line: &Line) -> Finding {
    let Some((node, _, deed)) = started(line) else { return Finding::Beside };
    let Some(Step { group, .. }) = forward(deed) else { return Finding::Beside };
    Finding::of(operational(world, &group), || {
        format!("{node} works on {group}, which does not serve")
    })
}

/// Users and operators hear of an outage before it comes, and of its end once it is over.
fn jobs_tell_in_order(world: &World<'_>, line: &Line) -> Finding {
    if let Some((node, _, deed)) = started(line) {
        return match deed {
            Deed::Dismount(_, store) => {
                let told = world.diary.announced.contains(&(node.clone(), store.clone()));
                Finding::of(told, || format!("{node} dismounts {store}, and has told nobody"))
            }
            deed if forward(deed).is_some() => {
                let running = world.diary.begun.get(node);
                let told = running.is_some() && world.diary.started.get(node) == running;
                let over = running.is_some() && world.diary.finished.get(node) == running;
                Finding::of(told && !over, || format!("{node} {deed}, and has told otherwise"))
            }
            _ => Finding::Beside,
        };
    }
    let Told::Product(node, Said::Did(Reason::JobNotifies { notice, store, .. })) = &line.told
    else {
        return Finding::Beside;
    };
    let Some(name) = store else { return Finding::Beside };
    // The server that it worked on last: others may have stores of the same name.
    let Some(Step { group, .. }) = world.diary.last.get(node) else { return Finding::Beside };
    let down = world.dismounted.contains(&(group.clone(), name.clone()));
    let wrong = *notice == Notice::StorageOnline && down;
    Finding::of(!wrong, || format!("{node} tells that {name} is online, and it is dismounted"))
}

/// What an interrupted copy leaves behind is no good.
pub(super) fn copying_back_is_left_to_its_end(world: &World<'_>, line: &Line) -> Finding {
    match &line.told {
        Told::Cluster(Event::Act { deed: Deed::StopTool(..), result: Ok(()), .. }) => {
            Finding::Holds
        }
        Told::Cluster(Event::Damage { group, store, damaged: true }) => {
            let ended = world.diary.ended.get(&(group.clone(), store.clone()));
            let by_that = ended.is_some_and(|at| line.time.since(*at) <= Span::from_ms(1));
            match by_that {
                true => Finding::Fails(format!("a tool is ended while it copies {store} back")),
                false => Finding::Beside,
            }
        }
        _ => Finding::Beside,
    }
}

/// A node may always put back what its own job took; what another's left needs a licence.
fn unlicensed_put_back_their_own(world: &World<'_>, line: &Line) -> Finding {
    let Some((node, _, deed)) = started(line) else { return Finding::Beside };
    let (group, store) = match deed {
        Deed::Mount(group, store) => (group, store),
        Deed::StartTool(group, store, tool) if tool.is_restoring() => (group, store),
        _ => return Finding::Beside,
    };
    if world.licenses.contains_key(node) {
        return Finding::Beside;
    }
    let worker = world.diary.workers.get(&(group.clone(), store.clone()));
    Finding::of(worker == Some(node), || {
        format!("{node} has no licence and puts {store} back after another node's job")
    })
}

/// What an administrator names, where the product takes it on.
fn named(line: &Line) -> Option<(&NodeName, &EvsName)> {
    match &line.told {
        Told::Product(node, Said::Admitted(request)) => Some((node, request.designates()?)),
        _ => None,
    }
}

fn named_while_idle(world: &World<'_>, line: &Line) -> Finding {
    let Some((node, evs)) = named(line) else { return Finding::Beside };
    Finding::of(!world.at_work.contains(node), || {
        format!("{node} designates {evs} while a job runs there")
    })
}

fn choices_are_named(world: &World<'_>, line: &Line) -> Finding {
    let Some((node, evs)) = named(line) else { return Finding::Beside };
    let mut here = world.servers_on(node).filter(|(_, name)| *name == evs);
    Finding::of(here.any(|(group, _)| operational(world, group)), || {
        format!("{node} designates {evs}, which is no choice there")
    })
}

/// A schedule's job begins between its due time and its limit, and works no longer than that.
fn schedules_are_kept(world: &World<'_>, line: &Line) -> Finding {
    if let Some((node, _, deed)) = started(line)
        && forward(deed).is_some()
        && let Some(limit) = world.diary.limits.get(node)
    {
        return Finding::of(line.time < *limit, || format!("{node} {deed}, and had until {limit}"));
    }
    let Told::Product(node, Said::Did(Reason::JobStarts { job, schedule: Some(number), .. })) =
        &line.told
    else {
        return Finding::Beside;
    };
    let Some((timing, limit)) = world.diary.schedules.get(&(node.clone(), *number)) else {
        return Finding::Fails(format!(
            "{node} begins job {job} by schedule {number}: there is none"
        ));
    };
    let begins = due(timing, line.time);
    let in_time = begins.is_some_and(|due| limit.is_none_or(|limit| line.time < due + limit));
    Finding::of(in_time, || format!("{node} begins job {job} outside the time of its schedule"))
}
