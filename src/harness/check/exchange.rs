//! What must be true of Exchange on the cluster: its own rules on where a server runs.

use super::Finding;
use super::world::World;
use crate::harness::story::{Line, Told};
use crate::model::{
    Exchange, GroupName, NodeName, ResourceName, ResourceState, StorageGroupName, resource_type,
};
use crate::sim::{Event, GroupConfiguration};

/// A System Attendant comes online on a node of its server's version, and alone there unless the
/// cluster has two nodes; an Information Store where its storage groups still fit.
pub(super) fn allowed_by_exchange(world: &World<'_>, line: &Line) -> Finding {
    let Told::Cluster(Event::Resource { resource, group, node, state, .. }) = &line.told else {
        return Finding::Beside;
    };
    let of = world.configured(group).and_then(|group| {
        let own = group.resources.iter().find(|it| it.name == *resource)?;
        Some((group, own))
    });
    let Some((group, own)) = of.filter(|_| *state == ResourceState::Online) else {
        return Finding::Beside;
    };
    if own.is_a(resource_type::SYSTEM_ATTENDANT) {
        server_on(world, group, node)
    } else if own.is_a(resource_type::INFORMATION_STORE) {
        storage_groups_on(world, group, node)
    } else {
        Finding::Beside
    }
}

fn server_on(world: &World<'_>, group: &GroupConfiguration, node: &NodeName) -> Finding {
    let (version, of_node) = (world.version_of(&group.name), world.version_on(node));
    if version != of_node {
        return Finding::Fails(format!("{} of {version} runs on {node} of {of_node}", group.name));
    }
    let nodes = world.cluster.nodes.len() - world.evicted.len();
    let meet = nodes <= 2 && version != Exchange::E2007;
    let other = beside(world, group, node, resource_type::SYSTEM_ATTENDANT).next();
    match other.filter(|_| !meet) {
        None => Finding::Holds,
        Some(other) => {
            Finding::Fails(format!("{} runs on {node} beside {}", group.name, other.name))
        }
    }
}

fn storage_groups_on(world: &World<'_>, group: &GroupConfiguration, node: &NodeName) -> Finding {
    let most = match world.version_of(&group.name) {
        Exchange::E2000 | Exchange::E2003 => 4,
        Exchange::E2007 => 50,
    };
    let others = beside(world, group, node, resource_type::INFORMATION_STORE);
    let count: usize = others.chain([group]).map(storage_groups).sum();
    Finding::of(count <= most, || format!("{node} carries {count} storage groups, {most} at most"))
}

fn storage_groups(group: &GroupConfiguration) -> usize {
    let mut names: Vec<StorageGroupName> =
        group.stores.iter().map(|store| store.name.storage_group()).collect();
    names.sort();
    names.dedup();
    names.len()
}

/// The node's other groups with a resource of this type online.
fn beside<'w>(
    world: &'w World<'_>,
    group: &GroupConfiguration,
    node: &NodeName,
    of_type: &'static str,
) -> impl Iterator<Item = &'w GroupConfiguration> {
    let own: &GroupName = &group.name;
    let online = |name: &ResourceName| world.resources.get(name) == Some(&ResourceState::Online);
    let here: Vec<&GroupConfiguration> = world
        .cluster
        .groups
        .iter()
        .filter(|it| it.name != *own && world.owners.get(&it.name) == Some(node))
        .filter(|it| it.resources.iter().any(|it| it.is_a(of_type) && online(&it.name)))
        .collect();
    here.into_iter()
}
