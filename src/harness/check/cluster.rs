//! What must be true of the simulator itself.

use super::Finding;
use super::world::World;
use crate::harness::story::{Line, Told};
use crate::model::{GroupState, ResourceName, ResourceState};
use crate::sim::{Event, ResourceConfiguration};

pub(super) fn time_runs_forward(world: &World<'_>, line: &Line) -> Finding {
    Finding::of(line.time >= world.time, || format!("comes after {}", world.time))
}

/// A group changes hands from its owner, and things happen to it on its owner only.
pub(super) fn one_owner(world: &World<'_>, line: &Line) -> Finding {
    let (group, node) = match &line.told {
        Told::Cluster(Event::Owner { group, from, .. }) => (group, from),
        Told::Cluster(Event::Resource { group, node, .. } | Event::Group { group, node, .. }) => {
            (group, node)
        }
        _ => return Finding::Beside,
    };
    let owner = world.owners.get(group);
    Finding::of(owner == Some(node), || match owner {
        Some(owner) => format!("{group} is handled on {node}, but {owner} owns it"),
        None => format!("{group} is handled on {node}, but there is no such group"),
    })
}

pub(super) fn online_with_quorum(world: &World<'_>, line: &Line) -> Finding {
    let Told::Cluster(Event::Resource { resource, node, state, .. }) = &line.told else {
        return Finding::Beside;
    };
    if *state != ResourceState::Online {
        return Finding::Beside;
    }
    let holder = world.quorum_group.and_then(|group| world.owners.get(group));
    let held = holder.is_some_and(|holder| world.is_member(holder));
    // A node whose cluster service has ended is a member in the others' eyes for a while yet.
    let serves = world.running.contains(node) && world.joined.contains(node);
    let member = serves && world.is_member(node);
    Finding::of(held && member, || {
        format!("{resource} comes online on {node}, which has no quorum behind it")
    })
}

pub(super) fn dependencies_in_order(world: &World<'_>, line: &Line) -> Finding {
    let Told::Cluster(Event::Resource { resource, group, node, state, .. }) = &line.told else {
        return Finding::Beside;
    };
    let Some(group) = world.configured(group) else { return Finding::Beside };
    let state_of = |name: &ResourceName| world.resources.get(name).copied();
    let wrong = |name: &ResourceName, allowed: &[ResourceState]| {
        state_of(name).is_none_or(|state| !allowed.contains(&state))
    };
    let others: Vec<&ResourceName> = match state {
        ResourceState::OnlinePending => {
            let it = group.resources.iter().find(|it| it.name == *resource);
            let below = it.into_iter().flat_map(|it| world.depends_on(group, it));
            below.filter(|name| wrong(name, &[ResourceState::Online])).collect()
        }
        ResourceState::OfflinePending => {
            let above = |it: &&ResourceConfiguration| {
                world.depends_on(group, it).any(|name| name == resource)
            };
            let gone = [ResourceState::Offline, ResourceState::Failed];
            let above = group.resources.iter().filter(above).map(|it| &it.name);
            above.filter(|name| wrong(name, &gone)).collect()
        }
        _ => return Finding::Beside,
    };
    Finding::of(others.is_empty(), || {
        format!("{resource} is {state} on {node} out of order with {}", others[0])
    })
}

/// The rule written down a second time, from the words of the open specification.
pub(super) fn group_state_follows(world: &World<'_>, line: &Line) -> Finding {
    let Told::Cluster(Event::Group { group, state, .. }) = &line.told else {
        return Finding::Beside;
    };
    let Some(configured) = world.configured(group) else { return Finding::Beside };
    let names = configured.resources.iter().map(|it| &it.name);
    let states: Vec<ResourceState> =
        names.filter_map(|name| world.resources.get(name).copied()).collect();
    let count = |wanted: ResourceState| states.iter().filter(|it| **it == wanted).count();
    let online = count(ResourceState::Online);
    let pending = count(ResourceState::OnlinePending) + count(ResourceState::OfflinePending);
    let expected = match (count(ResourceState::Failed), pending, online) {
        (1.., _, _) => GroupState::Failed,
        (0, 1.., _) => GroupState::Pending,
        (0, 0, 0) => GroupState::Offline,
        (0, 0, some) if some == states.len() => GroupState::Online,
        (0, 0, _) => GroupState::PartialOnline,
    };
    Finding::of(expected == *state, || format!("{group} is {state}, its resources say {expected}"))
}
