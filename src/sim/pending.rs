//! Resources that are on their way and get nowhere, and those that are tried once more.
//!
//! `PendingTimeout` is how long a resource may say nothing, not how long it may take. One that
//! works says often enough that it does, so that only one that hangs is ever timed out.

use super::cluster::{Cluster, Due, ResourceId};
use super::resource::Kind;
use super::switches::Retry;
use super::{Event, Restart, RetryPeriod, Windows};
use crate::model::{ErrorCode, ResourceState, Span, in_force};

impl Cluster {
    /// The fault: for so long, the resource neither gets anywhere nor says anything while it is on
    /// its way. What is on its way already has said something for the last time.
    pub(super) fn hang_resource(&mut self, id: ResourceId, span: Span) -> Result<(), ErrorCode> {
        self.owner_lives(self.resources[id.index()].group)?;
        self.resources[id.index()].hangs_until = self.now + span;
        if self.resources[id.index()].state.is_pending() {
            self.resources[id.index()].turn += 1;
            let online = self.resources[id.index()].state == ResourceState::OnlinePending;
            let takes = if online { self.online_span(id) } else { self.offline_span(id) };
            self.on_its_way(id, takes);
        }
        Ok(())
    }

    /// The resource will have arrived when it took its time. One that hangs begins when that is
    /// over, if it has not been timed out by then.
    pub(super) fn on_its_way(&mut self, id: ResourceId, takes: Span) {
        let resource = &self.resources[id.index()];
        let (turn, until) = (resource.turn, resource.hangs_until);
        if until <= self.now || self.group_is_gone(id) {
            return self.after(takes, Due::ResourceDone { resource: id, turn });
        }
        if self.is_timed(id) && in_force("pending-timeout") {
            self.after(resource.properties.pending_timeout, Due::Silent { resource: id, turn });
        }
        self.queue.push(until + takes, Due::ResourceDone { resource: id, turn });
    }

    /// An Information Store has to go offline in time, and need not come online in time: it may
    /// have many logs to replay.
    ///
    /// Source: Microsoft's technical library on Exchange cluster resources (bb124063).
    fn is_timed(&self, id: ResourceId) -> bool {
        let resource = &self.resources[id.index()];
        let online = resource.state == ResourceState::OnlinePending;
        let excepted = online && resource.kind == Kind::InformationStore;
        !(excepted && in_force("information-store-may-come-online-late"))
    }

    fn group_is_gone(&self, id: ResourceId) -> bool {
        self.groups[self.resources[id.index()].group.index()].deleted
    }

    /// It said nothing for too long: on its way up it has failed, on its way down it is terminated.
    ///
    /// Source: the documentation of `PendingTimeout`.
    pub(super) fn timed_out(&mut self, id: ResourceId, turn: u64) {
        let resource = &self.resources[id.index()];
        let (group, state) = (resource.group, resource.state);
        if resource.turn != turn || self.group_is_gone(id) || self.owner_lives(group).is_err() {
            return;
        }
        let (name, after) = (resource.name.clone(), resource.properties.pending_timeout);
        self.tell(Event::TimedOut { resource: name, group: self.group_name(group), after });
        match state {
            ResourceState::OnlinePending => self.fail(id, None),
            _ => self.terminate(id),
        }
        self.drive(group);
    }

    /// Its process is ended, whatever it was doing: a store is not shut down cleanly.
    fn terminate(&mut self, id: ResourceId) {
        let group = self.resources[id.index()].group;
        if self.resources[id.index()].kind == Kind::InformationStore {
            self.end_tools(group, crate::model::Tool::needs_information_store);
            self.dismount_all(group, false);
        }
        self.went_offline(id);
    }
}

/// `RetryPeriodOnFailure`.
impl Cluster {
    /// The resource stays failed. Where its properties allow it, it is tried once more later.
    pub(super) fn leave_failed(&mut self, id: ResourceId) {
        let action = self.restart_action(id);
        let resource = &mut self.resources[id.index()];
        resource.wanted = false;
        let again = action != Restart::Never;
        let tried = std::mem::take(&mut resource.retried);
        let (turn, period) = (resource.turn, resource.properties.retry_period_on_failure);
        let by_default = match self.switches.retry_period_by_default {
            Retry::Hour if self.windows == Windows::W2003 => Some(Span::from_secs(3_600)),
            Retry::Hour | Retry::Never => None,
        };
        let span = match period {
            RetryPeriod::Default => by_default,
            RetryPeriod::Never => None,
            RetryPeriod::After(span) => Some(span),
        };
        if let Some(span) = span.filter(|_| again && !tried && in_force("one-retry-after-failure"))
        {
            self.after(span, Due::Retried { resource: id, turn });
        }
    }

    /// Tries once more. A group that was taken offline as a whole is brought to its intent again.
    pub(super) fn retry(&mut self, id: ResourceId, turn: u64) {
        let resource = &self.resources[id.index()];
        let group = resource.group;
        let stale = resource.turn != turn || resource.state != ResourceState::Failed;
        let elsewhere = self.group_is_gone(id) || self.groups[group.index()].moving.is_some();
        if stale || elsewhere || self.owner_lives(group).is_err() || self.takes_work(group).is_err()
        {
            return;
        }
        let (resource, name) = (resource.name.clone(), self.group_name(group));
        self.tell(Event::Retried { resource, group: name });
        self.resources[id.index()].retried = true;
        if self.groups[group.index()].left && in_force("a-retry-brings-the-whole-group-back") {
            return self.bring_to_intent(group);
        }
        self.resources[id.index()].wanted = true;
        self.raise_dependencies(group);
        self.drive(group);
    }
}
