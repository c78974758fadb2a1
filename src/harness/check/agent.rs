//! The Message Transfer Agents that jobs took offline and that have not been online since, followed
//! from what was told alone.

use std::collections::{BTreeMap, BTreeSet};

use super::Finding;
use crate::model::{GroupName, NodeName, ResourceName, ResourceState};
use crate::sim::{Deed, Event};

#[derive(Default)]
pub(super) struct Agents {
    offline: BTreeMap<GroupName, (ResourceName, NodeName)>,
    reported: BTreeSet<GroupName>,
    /// Those that were online when the latest job on their server began: the job may give them back
    /// so, whoever takes them offline meanwhile.
    found: BTreeMap<GroupName, ResourceName>,
    /// How often one came back.
    back: usize,
}

impl Agents {
    pub(super) fn follow(&mut self, event: &Event) {
        match event {
            Event::Act { node, deed: Deed::Offline(group, resource), result: Ok(()) } => {
                self.offline.insert(group.clone(), (resource.clone(), node.clone()));
                self.reported.remove(group);
            }
            Event::Resource { resource, group, state: ResourceState::Online, .. }
                if self.was_taken(group, resource) =>
            {
                self.offline.remove(group);
                self.back += 1;
            }
            Event::Deleted { group, .. } => {
                self.offline.remove(group);
            }
            _ => {}
        }
    }

    /// A job on this server ended early, and said so.
    pub(super) fn report(&mut self, group: Option<&GroupName>) {
        self.reported.extend(group.cloned());
    }

    /// A job on this server begins, and its agent is online, where one is named.
    pub(super) fn find(&mut self, group: &GroupName, agent: Option<ResourceName>) {
        self.found.remove(group);
        self.found.extend(agent.map(|agent| (group.clone(), agent)));
    }

    /// Whether a job took it offline, or found it online.
    pub(super) fn may_come_back(&self, group: &GroupName, resource: &ResourceName) -> bool {
        self.was_taken(group, resource) || self.found.get(group) == Some(resource)
    }

    /// Whether a job took this agent offline: then the product may bring it online.
    pub(super) fn was_taken(&self, group: &GroupName, resource: &ResourceName) -> bool {
        self.offline.get(group).is_some_and(|(taken, _)| taken == resource)
    }

    /// The node whose job took the server's agent offline, as long as it is.
    pub(super) fn worker(&self, group: &GroupName) -> Option<&NodeName> {
        self.offline.get(group).map(|(_, node)| node)
    }

    /// Each agent that a job took is back, or its job still runs, or somebody said that it is not.
    pub(super) fn judge(&self, at_work: impl Fn(&GroupName) -> bool) -> Vec<Finding> {
        let left = self.offline.iter().map(|(group, (resource, _))| {
            let accounted = self.reported.contains(group) || at_work(group);
            Finding::of(accounted, || format!("{resource} is offline, unreported"))
        });
        left.chain((0..self.back).map(|_| Finding::Holds)).collect()
    }
}
