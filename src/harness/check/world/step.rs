//! What a step of the scenario changes at once. What it leads to is told by itself.

use super::World;
use crate::model::{Exchange, GroupName, NodeName, ResourceName};
use crate::sim::{GroupConfiguration, Heal, Step};

impl World<'_> {
    pub(super) fn follow_step(&mut self, step: &Step) {
        match step {
            Step::Crash(node) => self.follow_power_off(node),
            Step::PowerOffAll => {
                for node in self.running.union(&self.hung).cloned().collect::<Vec<_>>() {
                    self.follow_power_off(&node);
                }
            }
            Step::Boot(node) => self.follow_power_on(node),
            Step::Hang { node, .. } => {
                self.running.remove(node);
                self.hung.insert(node.clone());
            }
            Step::Heal(Heal::Node(node)) => self.follow_thaw(node),
            Step::Heal(Heal::Everything) => {
                for node in self.hung.clone() {
                    self.follow_thaw(&node);
                }
            }
            Step::ShutDown { node, .. } => {
                self.joined.remove(node);
                self.closing.insert(node.clone());
            }
            Step::HangService { node, .. } => {
                self.joined.remove(node);
            }
            Step::Cut { .. } | Step::Partition { .. } => self.network_cut = true,
            Step::StopService(node) => {
                self.leaving.insert(node.clone());
            }
            Step::HangResource { resource, span } => {
                let group = self.holder(resource);
                let until = self.time + *span;
                self.hanging.extend(group.clone().map(|group| (group, until)));
                self.broken.extend(group);
            }
            Step::FailResource(resource)
            | Step::FailUnseen(resource)
            | Step::InitiateFailure(resource) => {
                self.broken.extend(self.holder(resource));
            }
            Step::UpgradeNode { node, to } => {
                self.upgraded_nodes.insert(node.clone(), *to);
            }
            Step::FailDisk(group) => {
                // What a job took of it is gone; none has to mount that.
                self.taken.retain(|(taken, _), _| taken != group);
                self.broken.insert(group.clone());
            }
            // What a job holds offline and somebody asks to be online fails by that request.
            Step::OnlineGroup(group) => self.asked_online(group),
            Step::OnlineResource(resource) => {
                let group = self.holder(resource);
                group.iter().for_each(|group| self.asked_online(group));
            }
            Step::FailStoreProcess(node) => {
                let here = self.owners.iter().filter(|(_, owner)| *owner == node);
                let here: Vec<_> = here.map(|(group, _)| group.clone()).collect();
                self.unnoticed.extend(here.iter().cloned());
                self.broken.extend(here);
            }
            Step::ChangeStore { group, store, to } => {
                let count = to.mailboxes.map(|count| ((group.clone(), store.clone()), count));
                self.mailboxes.extend(count);
            }
            _ => {}
        }
    }

    pub(super) fn follow_power_off(&mut self, node: &NodeName) {
        self.running.remove(node);
        self.hung.remove(node);
        self.closing.remove(node);
        self.joined.remove(node);
        self.tools.retain(|_, worker| worker != node);
        self.taken.retain(|_, worker| worker != node);
    }

    /// A machine that hung goes on.
    pub(super) fn follow_thaw(&mut self, node: &NodeName) {
        if self.hung.remove(node) {
            self.running.insert(node.clone());
        }
    }

    pub(super) fn follow_power_on(&mut self, node: &NodeName) {
        // What the crash spared was told with it; the rest was never written.
        self.pending.remove(node);
        self.running.insert(node.clone());
    }

    fn asked_online(&mut self, group: &GroupName) {
        let databases = |it: &GroupConfiguration| it.exchange == Exchange::E2007;
        let taken = self.agents.worker(group).is_some();
        if taken || self.configured(group).is_some_and(databases) {
            self.broken.insert(group.clone());
        }
    }

    /// The group that the resource belongs to.
    fn holder(&self, resource: &ResourceName) -> Option<GroupName> {
        let holds =
            |group: &&GroupConfiguration| group.resources.iter().any(|it| it.name == *resource);
        self.cluster.groups.iter().find(holds).map(|group| group.name.clone())
    }
}
