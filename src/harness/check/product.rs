//! What must be true of the product, judged by what it did and showed.

use super::Finding;
use super::diary;
use super::world::{Store, World};
use crate::harness::story::{Line, Said, Told};
use crate::model::{
    ErrorCode, EvsName, Fact, GroupName, MountState, NodeName, NodeState, ResourceName,
    ResourceState, resource_type,
};
use crate::product::console::Console;
use crate::product::memory::Outcome;
use crate::product::policy::RunLimit;
use crate::product::reason::Reason;
use crate::sim::{Deed, Event, GroupConfiguration, OwnerChange};

/// An act that a node started, with the group that it changes.
pub(super) fn started(line: &Line) -> Option<(&NodeName, &GroupName, &Deed)> {
    let Told::Cluster(Event::Act { node, deed, result: Ok(()) }) = &line.told else {
        return None;
    };
    let group = match deed {
        Deed::Dismount(group, _) | Deed::Mount(group, _) | Deed::StartTool(group, _, _) => group,
        Deed::StopTool(group, _) => group,
        Deed::Offline(group, _) | Deed::Online(group, _) | Deed::CheckMta(group) => group,
        Deed::SuspendCopy(group, _) | Deed::ResumeCopy(group, _) | Deed::Reseed(group, _) => group,
        Deed::Write(crate::model::Place::Disk(group)) => group,
        Deed::Write(crate::model::Place::Node) | Deed::Notify(_, _) => return None,
    };
    Some((node, group, deed))
}

/// An act that takes a store from its users or works on it.
fn forward(line: &Line) -> Option<(&NodeName, &GroupName)> {
    let (node, group, deed) = started(line)?;
    diary::forward(deed).map(|_| (node, group))
}

fn console(line: &Line) -> Option<(&NodeName, &Console)> {
    match &line.told {
        Told::Product(node, Said::Console(console) | Said::Shown(console)) => Some((node, console)),
        _ => None,
    }
}

pub(super) fn touches_only_designated(world: &World<'_>, line: &Line) -> Finding {
    let Some((node, group, _)) = started(line) else { return Finding::Beside };
    let designated = world.designated(node);
    Finding::of(designated == Some(group), || match designated {
        Some(own) => format!("{node} touches {group}, but {own} is designated there"),
        None => format!("{node} touches {group}, but nothing is designated there"),
    })
}

pub(super) fn steps_run_on_owner(world: &World<'_>, line: &Line) -> Finding {
    let Some((node, group, _)) = started(line) else { return Finding::Beside };
    let owner = world.owners.get(group);
    // A paused node may put back what it took; nothing new is begun there.
    let state = world.nodes.get(node);
    if forward(line).is_some() && state == Some(&NodeState::Paused) {
        return Finding::Fails(format!("{node} works on {group} while it is paused"));
    }
    Finding::of(owner == Some(node), || format!("{node} works on {group} without owning it"))
}

pub(super) fn one_job_per_server(world: &World<'_>, line: &Line) -> Finding {
    let Some((node, group)) = forward(line) else { return Finding::Beside };
    let at_work = world.taken.iter().chain(&world.tools);
    let mut others = at_work.filter(|((other, _), worker)| other == group && *worker != node);
    let other = others.next();
    Finding::of(other.is_none(), || {
        let worker = other.map_or("somebody", |(_, worker)| worker.as_str());
        format!("{node} works on {group} while {worker} does")
    })
}

pub(super) fn jobs_are_serial(world: &World<'_>, line: &Line) -> Finding {
    if let Told::Product(node, Said::Did(Reason::JobStarts { job, .. })) = &line.told {
        let running = world.diary.running.get(node);
        let over = world.diary.over.get(node);
        return Finding::of(running.is_none() || running == over, || {
            format!("{node} begins job {job} while another runs there")
        });
    }
    let Told::Cluster(Event::Act { node, deed, result: Ok(()) }) = &line.told else {
        return Finding::Beside;
    };
    let (Deed::Dismount(group, store) | Deed::StartTool(group, store, _)) = deed else {
        return Finding::Beside;
    };
    let own = (group.clone(), store.clone());
    let elsewhere = |(at, worker): &(&Store, &NodeName)| *worker == node && **at != own;
    let taken = world.taken.iter().find(elsewhere);
    let tool = world.tools.iter().find(|(_, worker)| *worker == node);
    Finding::of(taken.is_none() && tool.is_none(), || {
        format!("{node} begins on {store} before it has ended its work on another store")
    })
}

pub(super) fn designation_changes_by_administrator(world: &World<'_>, line: &Line) -> Finding {
    let Some((node, console)) = console(line) else { return Finding::Beside };
    let now = console.designated.as_ref();
    let named = world.named.get(node).map(|(name, _)| name);
    let kept = world.consoles.get(node).is_some_and(|before| before.designated.as_ref() == now);
    Finding::of(now == named || kept, || {
        format!("{node} looks after {} instead of {}", word(now), word(named))
    })
}

fn word(name: Option<&EvsName>) -> &str {
    name.map_or("nothing", EvsName::as_str)
}

fn list<T: ToString>(names: &[T]) -> String {
    match names {
        [] => "none".to_owned(),
        _ => names.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
    }
}

/// The resources of the server that clients need, where it has all of them.
pub(super) fn needed(group: &GroupConfiguration) -> Option<[&ResourceName; 3]> {
    let of_type = |type_name| group.resources.iter().filter(move |it| it.is_a(type_name));
    let attendant = group.attendant()?;
    let name =
        of_type(resource_type::NETWORK_NAME).find(|it| attendant.depends_on.contains(&it.name))?;
    let store = of_type(resource_type::INFORMATION_STORE).next()?;
    Some([&attendant.name, &name.name, &store.name])
}

/// Whether they are online.
pub(super) fn operational(world: &World<'_>, group: &GroupName) -> bool {
    let online = |name: &&ResourceName| world.resources.get(*name) == Some(&ResourceState::Online);
    world.needed.get(group).is_some_and(|needed| needed.iter().all(online))
}

fn judge_choices(world: &World<'_>, node: &NodeName, console: &Console) -> Finding {
    let Some(shown) = console.choices.known() else { return Finding::Beside };
    let here = world.servers_on(node).filter(|(group, _)| operational(world, group));
    let mut expected: Vec<&EvsName> = here.map(|(_, name)| name).collect();
    let mut shown: Vec<&EvsName> = shown.iter().collect();
    expected.sort();
    shown.sort();
    Finding::of(shown == expected, || {
        format!("{node} offers {}, operational there: {}", list(&shown), list(&expected))
    })
}

pub(super) fn choices_are_operational(world: &World<'_>, line: &Line) -> Finding {
    let Some((node, console)) = console(line) else { return Finding::Beside };
    judge_choices(world, node, console)
}

/// What the consoles show at the end has not gone stale.
pub(super) fn choices_at_end(world: &World<'_>) -> Vec<Finding> {
    let consoles = world.consoles.iter().filter(|(node, _)| world.running.contains(*node));
    consoles.map(|(node, console)| judge_choices(world, node, console)).collect()
}

pub(super) fn others_are_ignored(world: &World<'_>, line: &Line) -> Finding {
    let Some((node, console)) = console(line) else { return Finding::Beside };
    if console.active_groups.known().is_none() || console.designated.is_none() {
        return Finding::Beside;
    }
    let own = world.designated(node);
    // One that has the designated name and is another is neither: the administrator is asked.
    let named = world.named.get(node).map(|(name, _)| name);
    let others =
        world.servers_on(node).filter(|(group, name)| Some(*group) != own && Some(*name) != named);
    let mut expected: Vec<&EvsName> = others.map(|(_, name)| name).collect();
    let mut shown: Vec<&EvsName> = console.ignores.iter().collect();
    expected.sort();
    shown.sort();
    if expected.is_empty() && shown.is_empty() {
        return Finding::Beside;
    }
    Finding::of(shown == expected, || {
        format!("{node} ignores {}, others there: {}", list(&shown), list(&expected))
    })
}

pub(super) fn console_shows_node(world: &World<'_>, line: &Line) -> Finding {
    let Some((node, console)) = console(line) else { return Finding::Beside };
    if console.node != *node {
        return Finding::Fails(format!("the console of {node} shows {}", console.node));
    }
    let Fact::Known(active) = &console.active_groups else {
        // A look that the cluster's changes tore three times may say so.
        let torn = matches!(console.active_groups, Fact::Unknown(ErrorCode::ERROR_RETRY));
        return Finding::of(torn || !world.joined.contains(node), || {
            format!("{node} shows no groups, and it is a member that can ask for them")
        });
    };
    let mut shown: Vec<&GroupName> = active.iter().map(|(name, _)| name).collect();
    let owned = world.owners.iter().filter(|(_, owner)| *owner == node);
    let mut expected: Vec<&GroupName> = owned.map(|(group, _)| group).collect();
    shown.sort();
    expected.sort();
    Finding::of(shown == expected, || {
        format!("{node} shows {}, it owns {}", list(&shown), list(&expected))
    })
}

pub(super) fn work_is_licensed(world: &World<'_>, line: &Line) -> Finding {
    let Some((node, group)) = forward(line) else { return Finding::Beside };
    let Some(license) = world.licenses.get(node) else {
        return Finding::Fails(format!("{node} works on {group} without a licence"));
    };
    let runs = world.runs.get(node).copied().unwrap_or_default();
    if license.run_limit == RunLimit::SingleShot && runs > 0 {
        return Finding::Fails(format!("{node} works on {group}, and its single shot is used up"));
    }
    if !world.named.contains_key(node) {
        return Finding::Fails(format!("{node} works on {group} with nothing designated"));
    }
    let own = world.mailboxes.iter().filter(|((of, _), _)| of == group);
    let mailboxes: u64 = own.map(|(_, count)| u64::from(*count)).sum();
    Finding::of(license.mailboxes.is_none_or(|most| mailboxes <= u64::from(most)), || {
        format!("{node} works on {group} with {mailboxes} mailboxes, its licence is for fewer")
    })
}

/// While a job has a store dismounted or the MTA offline, no resource of its group fails that no
/// fault has broken, and the group does not fail over from a node that is still a member and not
/// about to leave. What does not come online beside another server fails by Exchange's own rule.
pub(super) fn no_failover_by_job(world: &World<'_>, line: &Line) -> Finding {
    let at_work = |group: &GroupName| {
        let mut taken = world.taken.iter().filter(|((taken, _), _)| taken == group);
        let owner = world.owners.get(group);
        let at_work = taken.any(|(_, worker)| Some(worker) == owner)
            || owner.is_some() && world.agents.worker(group) == owner;
        at_work && !world.broken.contains(group)
    };
    match &line.told {
        Told::Cluster(Event::Resource { resource, group, state, error, .. })
            if *state == ResourceState::Failed
                && *error != Some(ErrorCode::ERROR_RESMON_ONLINE_FAILED)
                && at_work(group)
                && !(world.network_cut && is_address(world, group, resource)) =>
        {
            Finding::Fails(format!("{resource} fails while a job works on {group}"))
        }
        Told::Cluster(Event::Owner { group, from, why, .. })
            if is_failover(why)
                && world.is_member(from)
                && !world.leaving.contains(from)
                && at_work(group) =>
        {
            Finding::Fails(format!("{group} fails over from {from} while a job works on it"))
        }
        Told::Cluster(Event::Resource {
            resource, group, state: ResourceState::Online, ..
        }) if world.agents.was_taken(group, resource) => Finding::Holds,
        Told::Cluster(Event::Store { group, store, mount: MountState::Mounted, .. }) => {
            match world.taken.contains_key(&(group.clone(), store.clone())) {
                true => Finding::Holds,
                false => Finding::Beside,
            }
        }
        _ => Finding::Beside,
    }
}

/// An address fails with the network that it is on.
fn is_address(world: &World<'_>, group: &GroupName, resource: &ResourceName) -> bool {
    let group = world.configured(group).into_iter();
    let mut resources = group.flat_map(|group| &group.resources);
    resources.any(|it| it.name == *resource && it.is_a(resource_type::IP_ADDRESS))
}

/// The cluster chose the node, as it does after a failure; nobody asked for it.
fn is_failover(why: &OwnerChange) -> bool {
    matches!(why, OwnerChange::NextInNodeList | OwnerChange::AntiAffinity | OwnerChange::Drawn(_))
}

/// A store that was not mounted when the job began is not mounted afterwards. What is put back
/// rightly counts at the end.
pub(super) fn only_taken_stores_are_put_back(world: &World<'_>, line: &Line) -> Finding {
    if let Told::Product(node, Said::Job { outcome: Outcome::Completed, .. }) = &line.told {
        let own = world.designated(node);
        let left = world.dismounted.iter().find(|(group, _)| Some(group) == own);
        return Finding::of(left.is_none(), || {
            let store = left.map_or("nothing", |(_, store)| store.as_str());
            format!("{node} tells that its job completed, and {store} is dismounted")
        });
    }
    let (node, group, store) = match started(line) {
        Some((node, group, Deed::Mount(_, store))) => (node, group, store),
        Some((node, group, Deed::Online(_, resource))) => {
            return Finding::of(world.agents.may_come_back(group, resource), || {
                format!("{node} brings {resource} online, which no job took")
            });
        }
        _ => return Finding::Beside,
    };
    let store_key = (group.clone(), store.clone());
    let had = world.dismounted.contains(&store_key) || world.handled.contains(&store_key);
    match had || world.found.contains(&store_key) {
        true => Finding::Beside,
        false => Finding::Fails(format!("{node} mounts {store} of {group}, which no job took")),
    }
}

/// Judged where the Information Store serves: elsewhere no store can be mounted.
pub(super) fn stores_are_back(world: &World<'_>) -> Vec<Finding> {
    let judge = |(store, mount): (&Store, &MountState)| {
        if !operational(world, &store.0) {
            return Finding::Beside;
        }
        let accounted = !world.dismounted.contains(store)
            || world.reported.contains(store)
            || is_in_hand(world, store);
        Finding::of(accounted, || format!("{} of {} is {mount}, unreported", store.1, store.0))
    };
    let at_work =
        |group: &GroupName| world.at_work.iter().any(|node| world.designated(node) == Some(group));
    world.stores.iter().map(judge).chain(world.agents.judge(at_work)).collect()
}

/// Whether a job is at work that puts the store right; or its node is gone, and what to do then was
/// told before it took the store.
fn is_in_hand(world: &World<'_>, store: &Store) -> bool {
    let own = |node: &&NodeName| world.designated(node) == Some(&store.0);
    let worker = world.diary.workers.get(store);
    let warned = worker.is_some_and(|node| {
        world.diary.has_warned(node, &store.1) && !world.running.contains(node)
    });
    warned || world.at_work.iter().filter(own).any(|node| world.running.contains(node))
}

/// A store that was ever damaged is whole at the end, or being put right, or somebody has said what
/// is left of it.
pub(super) fn damaged_stores_are_named(world: &World<'_>) -> Vec<Finding> {
    let judge = |store: &Store| {
        let accounted = !world.damaged.contains(store)
            || world.reported.contains(store)
            || world.tools.contains_key(store)
            || is_in_hand(world, store);
        Finding::of(accounted, || {
            format!("{} of {} is damaged, and nobody names a way back", store.1, store.0)
        })
    };
    world.damaged_once.iter().map(judge).collect()
}

/// What an administrator named last is what the console shows at the end.
pub(super) fn designations_at_end(world: &World<'_>) -> Vec<Finding> {
    let consoles = world.consoles.iter().filter(|(node, _)| world.running.contains(*node));
    let judge = |(node, console): (&NodeName, &Console)| {
        let named = world.named.get(node).map(|(name, _)| name);
        let shown = console.designated.as_ref();
        Finding::of(named == shown, || {
            format!("{node} shows {} instead of {}", word(shown), word(named))
        })
    };
    consoles.map(judge).collect()
}
