//! What a step of the scenario changes at once. What it leads to is told by itself.

use super::World;
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
            Step::ShutDown { node, .. } | Step::HangService { node, .. } => {
                self.joined.remove(node);
            }
            Step::Cut { .. } | Step::Partition { .. } => self.network_cut = true,
            Step::StopService(node) => {
                self.leaving.insert(node.clone());
            }
            Step::FailResource(resource)
            | Step::FailUnseen(resource)
            | Step::InitiateFailure(resource)
            | Step::HangResource { resource, .. } => {
                let holds = |group: &&GroupConfiguration| {
                    group.resources.iter().any(|it| it.name == *resource)
                };
                let group = self.cluster.groups.iter().find(holds);
                self.broken.extend(group.map(|group| group.name.clone()));
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
                let holds = |group: &&GroupConfiguration| {
                    group.resources.iter().any(|it| it.name == *resource)
                };
                let group = self.cluster.groups.iter().find(holds);
                group.into_iter().for_each(|group| self.asked_online(&group.name));
            }
            Step::FailStoreProcess(node) => {
                let here = self.owners.iter().filter(|(_, owner)| *owner == node);
                self.broken.extend(here.map(|(group, _)| group.clone()));
            }
            Step::ChangeStore { group, store, to } => {
                let count = to.mailboxes.map(|count| ((group.clone(), store.clone()), count));
                self.mailboxes.extend(count);
            }
            _ => {}
        }
    }
}
