//! What must be true of the product and a server that has two copies of its stores.

use std::collections::{BTreeMap, BTreeSet};

use super::Finding;
use super::product::started;
use super::world::World;
use crate::harness::story::{Line, Said, Told};
use crate::model::{CopyState, EvsName, GroupName, NodeName, StorageGroupName};
use crate::product::reason::{CopyReason, Reason};
use crate::sim::{CopyNews, Deed, Event};

type Copy = (GroupName, StorageGroupName);

/// The passive copies, as far as was told of them.
#[derive(Default)]
pub(super) struct Copies {
    /// How each stands; one that was never told of is healthy.
    states: BTreeMap<Copy, CopyState>,
    /// Those that a job suspended, by its node, and that have not been healthy since.
    suspended: BTreeMap<Copy, NodeName>,
    /// Those that were ever suspended by a job.
    handled: BTreeSet<Copy>,
    /// Those that the product reports. It names the server, which may be renamed later.
    reported: BTreeSet<Copy>,
    /// Nodes that lost their job since it suspended something, and told what is left to be done.
    lost: BTreeSet<NodeName>,
}

impl Copies {
    pub(super) fn follow(&mut self, line: &Line, servers: &BTreeMap<GroupName, EvsName>) {
        match &line.told {
            Told::Cluster(Event::Copies { group, news }) => self.follow_news(group, news),
            Told::Cluster(Event::Act {
                node,
                deed: Deed::SuspendCopy(group, storage_group),
                result: Ok(()),
            }) => {
                let copy = (group.clone(), storage_group.clone());
                self.suspended.insert(copy.clone(), node.clone());
                self.reported.remove(&copy);
                self.handled.insert(copy);
                self.lost.remove(node);
            }
            Told::Product(
                _,
                Said::Holds(Reason::Copy(CopyReason::Left { evs, storage_group, .. })),
            ) => {
                let groups = servers.iter().filter(|(_, name)| *name == evs);
                let copies = groups.map(|(group, _)| (group.clone(), storage_group.clone()));
                self.reported.extend(copies);
            }
            Told::Product(
                node,
                Said::Did(Reason::JobLost { .. } | Reason::JobRecordGone { .. }),
            ) => {
                self.lost.insert(node.clone());
            }
            _ => {}
        }
    }

    fn follow_news(&mut self, group: &GroupName, news: &CopyNews) {
        let CopyNews::State { storage_group, state, .. } = news else { return };
        let copy = (group.clone(), storage_group.clone());
        if *state == CopyState::Healthy {
            self.suspended.remove(&copy);
        }
        self.states.insert(copy, *state);
    }

    fn state(&self, copy: &Copy) -> CopyState {
        self.states.get(copy).copied().unwrap_or(CopyState::Healthy)
    }
}

/// No tool begins on a store whose copy follows it, or would be seeded from it.
pub(super) fn copies_are_suspended(world: &World<'_>, line: &Line) -> Finding {
    let Some((node, group, Deed::StartTool(_, store, tool))) = started(line) else {
        return Finding::Beside;
    };
    let replicated = world.configured(group).is_some_and(|group| group.replicated.is_some());
    if !replicated || tool.is_restoring() {
        return Finding::Beside;
    }
    let copy = (group.clone(), store.storage_group());
    let state = world.copies.state(&copy);
    Finding::of(state == CopyState::Suspended, || {
        format!("{node} runs {tool} on {store} of {group} while its copy is {state}")
    })
}

/// A copy that a job suspended follows again at the end, or its job still runs, or somebody has
/// said how it stands.
pub(super) fn copies_are_back(world: &World<'_>) -> Vec<Finding> {
    let judge = |copy: &Copy| {
        let (group, storage_group) = copy;
        let told =
            |node: &NodeName| world.copies.lost.contains(node) || world.at_work.contains(node);
        // One that was resumed while its node is out of reach shows later whether it can follow.
        let apart = world.network_cut
            || world.cluster.nodes.iter().any(|node| !world.joined.contains(&node.name));
        let unseen = apart && world.copies.state(copy) == CopyState::Failed;
        let left = world.copies.suspended.get(copy).filter(|_| !unseen);
        let accounted = world.deleted.contains(group)
            || left.is_none_or(told)
            || world.copies.reported.contains(copy)
            || world.copies.state(copy) == CopyState::Seeding;
        Finding::of(accounted, || {
            format!("the copy of {storage_group} of {group} is left, and nobody says so")
        })
    };
    world.copies.handled.iter().map(judge).collect()
}
