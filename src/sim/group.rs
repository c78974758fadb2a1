//! Groups: their state, the waves in which their resources go online and offline, where they move,
//! and what administrators ask of them.

use std::sync::Arc;

use super::cluster::{Cluster, GroupId, NodeId, ResourceId, Service};
use super::resource::forget_old;
use super::switches::{CannotHostCode, Left, OnlineTarget};
use super::{Departure, Entry, Escalation, Event, OwnerChange};
use crate::model::{
    ErrorCode, EvsName, GroupState, NodeName, NodeState, ResourceState, Span, in_force,
};

/// A group on its way to another node: its resources are going offline where it is.
#[derive(Clone, Debug)]
pub(super) struct Moving {
    pub(super) to: NodeId,
    pub(super) why: OwnerChange,
}

/// The state of a group whose resources are in these states; the first rule that applies.
///
/// Source: the rule for `ApiGetGroupState` in the open specification MS-CMRP.
pub(super) fn state_of(resources: impl Iterator<Item = ResourceState>) -> GroupState {
    let (mut all, mut failed, mut pending, mut online) = (0, 0, 0, 0);
    for state in resources {
        all += 1;
        failed += u32::from(state == ResourceState::Failed);
        pending += u32::from(state.is_pending());
        online += u32::from(state == ResourceState::Online);
    }
    match (failed, pending, online) {
        (1.., _, _) if in_force("failed-comes-before-pending") => GroupState::Failed,
        (_, 1.., _) if in_force("what-is-on-its-way-makes-it-pending") => GroupState::Pending,
        (_, _, 0) if in_force("nothing-online-is-offline") => GroupState::Offline,
        (_, _, some) if some == all || !in_force("some-online-are-not-all") => GroupState::Online,
        _ => GroupState::PartialOnline,
    }
}

impl Cluster {
    pub(super) fn group_state(&self, group: GroupId) -> GroupState {
        let resources = self.groups[group.index()].resources.iter();
        state_of(resources.map(|id| self.resources[id.index()].state))
    }

    /// Starts every resource of the group whose turn has come, and hands the group over when it is
    /// on its way to another node and all of it is down.
    pub(super) fn drive(&mut self, group: GroupId) {
        let owner = self.groups[group.index()].owner;
        if !self.nodes[owner.index()].handles() || self.groups[group.index()].deleted {
            return;
        }
        let resources = self.resources_in(group);
        self.find_able(&resources);
        for &resource in &*resources {
            let alone = || self.group_state(group) != GroupState::Pending;
            if in_force("branches-go-side-by-side") || alone() {
                self.drive_resource(resource);
            }
        }
        let down = self.all_down(group) || !in_force("a-group-changes-hands-when-it-is-down");
        if self.groups[group.index()].moving.is_some() && down {
            self.hand_over(group);
        }
    }

    pub(super) fn all_down(&self, group: GroupId) -> bool {
        let mut resources = self.groups[group.index()].resources.iter();
        resources.all(|id| {
            let state = self.resources[id.index()].state;
            matches!(state, ResourceState::Offline | ResourceState::Failed)
        })
    }

    fn hand_over(&mut self, group: GroupId) {
        let moving = self.groups[group.index()].moving.take();
        let Moving { to, why } = moving.expect("only a moving group is handed over");
        let owner = self.groups[group.index()].owner;
        // One that died is given the group all the same: the regroup finds it there.
        let cut_off = self.nodes[to.index()].alive()
            && !self.hears(owner, to)
            && in_force("no-group-moves-to-a-node-that-is-not-heard");
        // Its possible owners may have been changed on the way.
        let possible = self.possible_owner(group, to);
        let open = self.takes_groups(to, why == OwnerChange::LastResort)
            || !in_force("a-move-ends-on-a-node-that-takes-groups");
        if !cut_off && possible && open {
            self.give(group, to, why);
        } else {
            let (name, to) = (self.group_name(group), self.node_name(to));
            self.tell(Event::GivenUp { group: name, to });
            // A service that stops would try the same node again, and at once.
            match cut_off && self.nodes[owner.index()].service == Service::Stopping {
                true => self.want_all(group, false),
                false => self.bring_to_intent(group),
            }
        }
    }

    /// Makes the node the group's owner, which brings it to the administrator's intent there, not
    /// to what it was before.
    pub(super) fn give(&mut self, group: GroupId, to: NodeId, why: OwnerChange) {
        self.set_owner(group, to, why.clone());
        self.bring_to_intent(group);
        self.failback_after(group, &why);
    }

    pub(super) fn set_owner(&mut self, group: GroupId, to: NodeId, why: OwnerChange) {
        let from = self.groups[group.index()].owner;
        self.end_work_on_copies(group, to);
        self.groups[group.index()].owner = to;
        self.groups[group.index()].moving = None;
        self.touch_group(group);
        self.thaw_group(group);
        self.forget_tools(group);
        self.end_backups(group);
        if from != to {
            self.swap_copies(group);
        }
        let forgets = self.switches.move_forgets_failures && in_force("a-move-forgets-failures");
        for &id in &*self.resources_in(group) {
            if forgets {
                self.resources[id.index()].failures.clear();
            }
        }
        if from != to {
            let (from, to) = (self.node_name(from), self.node_name(to));
            self.tell(Event::Owner { group: self.group_name(group), from, to, why });
        }
        self.touch_all();
    }

    pub(super) fn bring_up(&mut self, group: GroupId) {
        self.groups[group.index()].held = false;
        self.groups[group.index()].left = false;
        let intent = self.groups[group.index()].intent;
        for &id in &*self.resources_in(group) {
            let resource = &mut self.resources[id.index()];
            let intended = resource.intent.unwrap_or(intent);
            resource.wanted = intended || !in_force("a-move-follows-the-intent");
            if resource.state == ResourceState::Failed {
                self.change(id, ResourceState::Offline, None);
            }
        }
        self.raise_dependencies(group);
        self.drive(group);
    }

    /// What is wanted online needs what it depends on, whatever that one's own intent.
    pub(super) fn raise_dependencies(&mut self, group: GroupId) {
        let mut wanted = self.groups[group.index()].resources.to_vec();
        wanted.retain(|id| self.resources[id.index()].wanted);
        while let Some(id) = wanted.pop() {
            for below in self.resources[id.index()].depends_on.clone() {
                if !in_force("what-is-online-needs-what-is-below") {
                    continue;
                }
                if !std::mem::replace(&mut self.resources[below.index()].wanted, true) {
                    wanted.push(below);
                }
            }
        }
    }

    pub(super) fn group_name(&self, group: GroupId) -> crate::model::GroupName {
        self.groups[group.index()].name.clone()
    }

    pub(super) fn resources_in(&self, group: GroupId) -> Arc<[ResourceId]> {
        Arc::clone(&self.groups[group.index()].resources)
    }

    pub(super) fn node_name(&self, node: NodeId) -> NodeName {
        self.nodes[node.index()].name.clone()
    }

    /// Answers a resource that failed too often: the whole group moves, or is left when it has
    /// moved too often.
    pub(super) fn fail_over(&mut self, group: GroupId, culprit: ResourceId) {
        let now = self.now;
        let window = self.switches.failure_window;
        let here = &mut self.groups[group.index()];
        let period = Span::from_secs(3_600 * u64::from(here.properties.failover_period_hours));
        forget_old(&mut here.failovers, now, period, window);
        let threshold = here.properties.failover_threshold as usize;
        let failovers = here.failovers.len();
        let spent = failovers >= threshold && in_force("a-group-moves-only-so-often");
        let place = self.trace.len();
        let destination =
            if spent { None } else { self.destination(group, Departure::ResourceFailed) };
        let end = match &destination {
            Some(_) => Escalation::Moves,
            None if spent => Escalation::MovedTooOften,
            None => Escalation::NoNode,
        };
        let failed = &self.resources[culprit.index()];
        let escalated = Event::Escalated {
            resource: failed.name.clone(),
            group: self.group_name(group),
            failures: failed.failures.len() as u32,
            period: failed.properties.restart_period,
            failovers: failovers as u32,
            end,
        };
        // It comes before what was weighed because of it.
        self.trace.insert(place, Entry { time: now, event: escalated });
        match destination {
            Some((to, why)) => {
                self.groups[group.index()].failovers.push(now);
                self.begin_move(group, to, why);
            }
            None => {
                if spent && self.switches.after_last_failover == Left::AllOffline {
                    self.groups[group.index()].left = true;
                    self.want_all(group, false);
                }
                self.leave_failed(culprit);
            }
        }
    }

    pub(super) fn begin_move(&mut self, group: GroupId, to: NodeId, why: OwnerChange) {
        self.groups[group.index()].moving = Some(Moving { to, why });
        self.want_all(group, false);
        self.drive(group);
    }

    pub(super) fn want_all(&mut self, group: GroupId, wanted: bool) {
        for &id in &*self.resources_in(group) {
            self.resources[id.index()].wanted = wanted;
        }
    }
}

/// What an administrator asks of a group.
impl Cluster {
    pub(super) fn move_by_request(
        &mut self,
        group: GroupId,
        to: Option<NodeId>,
    ) -> Result<(), ErrorCode> {
        self.reachable(group)?;
        let to = match to {
            Some(node) if !self.nodes[node.index()].configured => {
                return Err(ErrorCode::ERROR_CLUSTER_NODE_NOT_FOUND);
            }
            Some(node) => node,
            None => self.best_node(group).ok_or(ErrorCode::ERROR_HOST_NODE_NOT_AVAILABLE)?,
        };
        match self.nodes[to.index()].state {
            _ if to == self.groups[group.index()].owner
                && in_force("a-move-to-the-owner-does-nothing") =>
            {
                return Ok(());
            }
            _ if self.nodes[to.index()].stuck => {
                return Err(ErrorCode::ERROR_CLUSTER_NODE_UNREACHABLE);
            }
            _ if self.nodes[to.index()].service == Service::Stopping
                && in_force("a-stopping-service-takes-no-group") =>
            {
                return Err(ErrorCode::ERROR_CLUSTER_NODE_SHUTTING_DOWN);
            }
            NodeState::Paused if in_force("a-paused-node-takes-no-group") => {
                return Err(ErrorCode::ERROR_CLUSTER_NODE_PAUSED);
            }
            NodeState::Down | NodeState::Joining
                if in_force("no-group-moves-to-a-node-that-is-down") =>
            {
                return Err(ErrorCode::ERROR_CLUSTER_NODE_DOWN);
            }
            _ => {}
        }
        if !self.possible_owner(group, to) {
            return Err(match self.switches.cannot_host_answers {
                CannotHostCode::CannotHost => ErrorCode::ERROR_NODE_CANT_HOST_RESOURCE,
                CannotHostCode::NotAvailable => ErrorCode::ERROR_HOST_NODE_NOT_AVAILABLE,
            });
        }
        self.copies_allow_move(group)?;
        self.groups[group.index()].outage.disturb(self.now, true);
        self.begin_move(group, to, OwnerChange::ByRequest);
        Ok(())
    }

    pub(super) fn online_group(&mut self, group: GroupId) -> Result<(), ErrorCode> {
        self.reachable(group)?;
        let elsewhere = match self.switches.online_group_on {
            OnlineTarget::BestNode if self.all_down(group) => self.better_node(group),
            OnlineTarget::BestNode | OnlineTarget::Owner => None,
        };
        if elsewhere.is_none() {
            self.takes_work(group)?;
        }
        self.set_intent(group, true);
        // A moving group goes down first; its new owner brings it to this intent.
        let moving = self.groups[group.index()].moving.is_some();
        if !moving || !in_force("a-moving-group-goes-down-first") {
            match elsewhere {
                Some(node) => self.begin_move(group, node, OwnerChange::ByRequest),
                None => self.bring_to_intent(group),
            }
        }
        Ok(())
    }

    pub(super) fn offline_group(&mut self, group: GroupId) -> Result<(), ErrorCode> {
        self.reachable(group)?;
        let quorum = self.groups[group.index()].resources.contains(&self.quorum);
        if quorum && in_force("the-quorum-stays-online") {
            return Err(self.quorum_stays());
        }
        self.groups[group.index()].outage.disturb(self.now, true);
        self.set_intent(group, false);
        self.want_all(group, false);
        for &id in &*self.resources_in(group) {
            self.settle_failed(id);
        }
        self.drive(group);
        Ok(())
    }

    fn set_intent(&mut self, group: GroupId, online: bool) {
        self.groups[group.index()].intent = online;
        for &id in &*self.resources_in(group) {
            if in_force("a-request-for-a-group-replaces-intents") {
                self.resources[id.index()].intent = None;
            }
        }
    }

    /// Requests are made at the quorum's owner and go to the group's. One that crashed, that is not
    /// heard there, or whose cluster service hangs, does not answer.
    pub(super) fn reachable(&self, group: GroupId) -> Result<(), ErrorCode> {
        let (asked, owner) = (self.quorum_owner(), self.groups[group.index()].owner);
        let heard = !self.nodes[asked.index()].acts()
            || self.hears(asked, owner)
            || !in_force("a-request-reaches-whom-the-quorums-owner-hears");
        let acts = self.nodes[owner.index()].acts() || !in_force("a-dead-owner-does-not-answer");
        match acts && heard {
            true => Ok(()),
            false => Err(ErrorCode::ERROR_HOST_NODE_NOT_AVAILABLE),
        }
    }

    pub(super) fn rename_evs(&mut self, group: GroupId, to: &EvsName) -> Result<(), ErrorCode> {
        self.reachable(group)?;
        if self.is_named(group, to) && in_force("no-two-servers-have-one-name") {
            return Err(ErrorCode::ERROR_DUP_NAME);
        }
        let members = self.resources_in(group);
        let is_attendant = |id: &&ResourceId| {
            self.resources[id.index()].kind == super::resource::Kind::SystemAttendant
        };
        let attendant = members.iter().find(is_attendant).copied();
        let below = attendant.map(|id| self.resources[id.index()].depends_on.clone());
        for id in members.iter() {
            let resource = &mut self.resources[id.index()];
            let named = match resource.kind {
                super::resource::Kind::NetworkName => "Name",
                _ => "NetworkName",
            };
            let other_name = named == "Name" && below.as_ref().is_none_or(|it| !it.contains(id));
            let changes = in_force("a-renaming-changes-private-properties");
            if resource.private.contains_key(named) && !other_name && changes {
                Arc::make_mut(&mut resource.private).insert(named.to_owned(), to.to_string());
            }
        }
        self.tell(Event::Renamed { group: self.group_name(group), to: to.clone() });
        self.touch_all();
        Ok(())
    }

    /// Whether a server other than this one is published under this name.
    fn is_named(&self, group: GroupId, name: &EvsName) -> bool {
        let mut others = self.resources.iter().filter(|resource| {
            let present = !self.groups[resource.group.index()].deleted;
            resource.kind == super::resource::Kind::NetworkName
                && present
                && resource.group != group
        });
        let published = |it: &str| EvsName::from(it) == *name;
        others.any(|resource| resource.private.get("Name").is_some_and(|it| published(it)))
    }

    pub(super) fn delete_evs(&mut self, group: GroupId) -> Result<(), ErrorCode> {
        if !self.all_down(group) && in_force("what-is-online-is-not-deleted") {
            return Err(ErrorCode::ERROR_RESOURCE_ONLINE);
        }
        let deleted = &mut self.groups[group.index()];
        deleted.deleted = true;
        let (name, guid) = (deleted.name.clone(), deleted.guid);
        self.group_ids.remove(&name);
        self.resource_ids.retain(|_, id| self.resources[id.index()].group != group);
        self.tell(Event::Deleted { group: name, guid });
        self.touch_all();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ResourceState::{Failed, Offline, Online, OnlinePending};

    #[test]
    fn group_state_is_the_first_rule_that_applies() {
        let table: [(&[ResourceState], GroupState); 7] = [
            (&[], GroupState::Offline),
            (&[Online, OnlinePending, Failed], GroupState::Failed),
            (&[Online, OnlinePending, Offline], GroupState::Pending),
            (&[Online, Online], GroupState::Online),
            (&[Online, Offline], GroupState::PartialOnline),
            (&[Offline, Offline], GroupState::Offline),
            (&[Failed], GroupState::Failed),
        ];
        for (resources, state) in table {
            assert_eq!(state_of(resources.iter().copied()), state, "{resources:?}");
        }
    }
}
