//! Resources: how long they take, how their failure is noticed, and what it leads to.

use super::cluster::{Cluster, Due, GroupId, Resource, ResourceId};
use super::switches::{OnlineIntent, Tolerated, Window};
use super::{Event, Restart, TypeProperties};
use crate::model::{ErrorCode, ResourceState, Span, Time, Tool, in_force, resource_type, same};

/// Which test sees that a resource does not work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sight {
    /// LooksAlive, whose `false` leads to IsAlive at once; and IsAlive.
    LooksAlive,
    /// IsAlive alone: the resource looks alive.
    IsAlive,
}

/// What the simulator has to know of a resource's type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    IpAddress,
    NetworkName,
    PhysicalDisk,
    SystemAttendant,
    InformationStore,
    Database,
    MessageTransferAgent,
    OtherExchange,
    Other,
}

impl Kind {
    pub(super) fn of(type_name: &str) -> Self {
        let is = |known: &str| same(type_name, known);
        let begins = |with: &str| type_name.get(..with.len()).is_some_and(|head| same(head, with));
        match () {
            () if is(resource_type::IP_ADDRESS) => Kind::IpAddress,
            () if is(resource_type::NETWORK_NAME) => Kind::NetworkName,
            () if is(resource_type::PHYSICAL_DISK) => Kind::PhysicalDisk,
            () if is(resource_type::SYSTEM_ATTENDANT) => Kind::SystemAttendant,
            () if is(resource_type::INFORMATION_STORE) => Kind::InformationStore,
            () if is(resource_type::DATABASE_INSTANCE) => Kind::Database,
            () if is(resource_type::MESSAGE_TRANSFER_AGENT) => Kind::MessageTransferAgent,
            () if begins("Microsoft Exchange") || is("Microsoft Search Service Instance") => {
                Kind::OtherExchange
            }
            () => Kind::Other,
        }
    }

    /// How often Exchange's health thread looks at the resource, whatever its poll intervals are.
    ///
    /// Source: Microsoft's article on the Exchange resource DLL (KB 810860).
    const fn health_interval(self) -> Option<Span> {
        match self {
            Kind::SystemAttendant
            | Kind::InformationStore
            | Kind::Database
            | Kind::MessageTransferAgent
            | Kind::OtherExchange => Some(Span::from_secs(10)),
            _ => None,
        }
    }
}

/// When a resource that does not work from now on is found: by the next LooksAlive or IsAlive, each
/// counted from when it came online, or by Exchange's health thread. What breaks at the instant of
/// a look is found by the next.
///
/// Source: the documentation of `LooksAlivePollInterval` and `IsAlivePollInterval`.
fn next_look(resource: &Resource, sight: Sight, now: Time) -> Time {
    let next = |interval: Span| {
        let since = match in_force("polls-count-from-coming-online") {
            true => resource.online_since,
            false => Time::START,
        };
        let looks = now.since(since).ms() / interval.ms() + 1;
        since + Span::from_ms(looks * interval.ms())
    };
    let health = resource.kind.health_interval();
    if let Some(interval) = health.filter(|_| in_force("exchange-has-a-health-thread")) {
        return next(interval);
    }
    let own = &resource.properties;
    let types = match in_force("a-type-has-its-own-intervals") {
        true => resource.type_properties,
        false => TypeProperties::default(),
    };
    let is_alive = own.is_alive_poll_interval.unwrap_or(types.is_alive_poll_interval);
    let looks_alive = own.looks_alive_poll_interval.unwrap_or(types.looks_alive_poll_interval);
    let sees = sight == Sight::LooksAlive || !in_force("looks-alive-does-not-see-all");
    match sees && in_force("looks-alive-polls") {
        true if !in_force("is-alive-polls-on-its-own") => next(looks_alive),
        true => next(looks_alive).min(next(is_alive)),
        false => next(is_alive),
    }
}

/// Drops what counts no more at this moment: what happened a whole period ago or earlier.
pub(super) fn forget_old(times: &mut Vec<Time>, now: Time, period: Span, window: Window) {
    match window {
        Window::Sliding => times
            .retain(|at| now.since(*at) < period || !in_force("a-failure-counts-for-its-period")),
        Window::Fixed if times.first().is_some_and(|first| now.since(*first) >= period) => {
            times.clear();
        }
        Window::Fixed => {}
    }
}

impl Cluster {
    /// Starts the resource on its way if its turn has come: up when all that it depends on is
    /// online, down when nothing that depends on it is left.
    pub(super) fn drive_resource(&mut self, id: ResourceId) {
        let down = |id: &ResourceId| {
            let state = self.resources[id.index()].state;
            matches!(state, ResourceState::Offline | ResourceState::Failed)
        };
        let free = self.resources[id.index()].dependents.iter().all(down)
            || !in_force("what-depends-on-it-goes-first");
        let can_serve = self.resources[id.index()].able;
        match self.resources[id.index()].state {
            ResourceState::Offline if can_serve => self.begin_online(id),
            ResourceState::Failed if !in_force("what-failed-is-restarted") => {}
            ResourceState::Failed if can_serve && free => self.begin_online(id),
            ResourceState::Online if !can_serve && free => self.begin_offline(id),
            _ => {}
        }
    }

    /// Finds the resources that are wanted and whose dependencies are online and will stay so.
    /// Starting one on its way changes nothing for the others, so that this is asked once for a
    /// whole drive.
    pub(super) fn find_able(&mut self, resources: &[ResourceId]) {
        resources.iter().for_each(|id| self.resources[id.index()].able = false);
        let mut found = true;
        while std::mem::take(&mut found) {
            for &id in resources {
                if !self.resources[id.index()].able && self.is_able(id) {
                    self.resources[id.index()].able = true;
                    found = true;
                }
            }
        }
    }

    fn is_able(&self, id: ResourceId) -> bool {
        let resource = &self.resources[id.index()];
        let carries = |below: &ResourceId| {
            let below = &self.resources[below.index()];
            below.state == ResourceState::Online && below.able
        };
        resource.wanted
            && (resource.depends_on.iter().all(carries)
                || !in_force("what-it-depends-on-comes-first"))
            && !self.database_waits(id)
    }

    fn begin_online(&mut self, id: ResourceId) {
        // Whatever was wrong with it before, and never noticed, it is started anew.
        self.resources[id.index()].broken = false;
        let span = self.online_span(id);
        self.change(id, ResourceState::OnlinePending, None);
        self.on_its_way(id, span);
    }

    fn begin_offline(&mut self, id: ResourceId) {
        let span = self.offline_span(id);
        self.change(id, ResourceState::OfflinePending, None);
        self.on_its_way(id, span);
    }

    pub(super) fn online_span(&self, id: ResourceId) -> Span {
        let resource = &self.resources[id.index()];
        let switches = &self.switches;
        match resource.kind {
            Kind::IpAddress => switches.ip_address_online,
            Kind::NetworkName => switches.network_name_online,
            Kind::PhysicalDisk if resource.reserved => switches.physical_disk_online_after_crash,
            Kind::PhysicalDisk => switches.physical_disk_online,
            Kind::SystemAttendant => switches.system_attendant_online,
            Kind::InformationStore => {
                switches.information_store_online + self.log_replay(resource.group)
            }
            Kind::Database => self.database_online_span(id),
            Kind::MessageTransferAgent | Kind::OtherExchange | Kind::Other => switches.other_online,
        }
    }

    /// Half of what going online takes, without log replay or a reservation to break.
    pub(super) fn offline_span(&self, id: ResourceId) -> Span {
        let switches = &self.switches;
        let online = match self.resources[id.index()].kind {
            Kind::Database => return switches.dismount,
            Kind::PhysicalDisk => switches.physical_disk_online,
            Kind::InformationStore => switches.information_store_online,
            _ => self.online_span(id),
        };
        match in_force("going-offline-takes-half") {
            true => online.part(1, 2),
            false => online,
        }
    }

    pub(super) fn resource_done(&mut self, id: ResourceId, turn: u64) {
        let resource = &self.resources[id.index()];
        let (group, state) = (resource.group, resource.state);
        let owner = self.groups[group.index()].owner;
        let gone = self.groups[group.index()].deleted || !self.nodes[owner.index()].handles();
        if resource.turn != turn || gone {
            return;
        }
        match state {
            _ if self.is_abandoned(group, state) => self.went_offline(id),
            ResourceState::OnlinePending => self.came_online(id),
            ResourceState::OfflinePending => self.went_offline(id),
            _ => return,
        }
        self.drive(group);
    }

    fn came_online(&mut self, id: ResourceId) {
        if id == self.quorum && self.quorum_is_lost() {
            return self.quorum_fails();
        }
        let wanted = self.resources[id.index()].wanted;
        match self.refused(id) {
            Some(error) if wanted => return self.fail(id, Some(error)),
            // Nobody wants it any more: that it could not have come up is no failure.
            Some(_) => return self.change(id, ResourceState::Offline, None),
            None => {}
        }
        self.change(id, ResourceState::Online, None);
        let resource = &mut self.resources[id.index()];
        resource.online_since = self.now;
        resource.reserved &= !in_force("what-comes-online-is-no-longer-reserved");
        resource.retried = false;
        if resource.kind == Kind::InformationStore {
            let group = resource.group;
            self.mount_all(group);
        }
    }

    pub(super) fn went_offline(&mut self, id: ResourceId) {
        self.change(id, ResourceState::Offline, None);
        let (kind, group) = (self.resources[id.index()].kind, self.resources[id.index()].group);
        match kind {
            Kind::InformationStore => {
                self.end_tools(group, Tool::needs_information_store);
                if in_force("stores-go-with-their-information-store") {
                    self.dismount_all(group, true);
                }
            }
            Kind::PhysicalDisk => self.disk_gone(group),
            _ => {}
        }
    }

    /// The resource fails: it is restarted, or left, or its group moves.
    ///
    /// Source: the documentation of `RestartThreshold`, whose own example tolerates as many
    /// failures within the period as the threshold says, and acts on the next.
    pub(super) fn fail(&mut self, id: ResourceId, error: Option<ErrorCode>) {
        self.change(id, ResourceState::Failed, error);
        let now = self.now;
        let group = self.resources[id.index()].group;
        self.groups[group.index()].outage.disturb(now, false);
        match self.resources[id.index()].kind {
            Kind::InformationStore => {
                self.end_tools(group, Tool::needs_information_store);
                self.dismount_all(group, false);
            }
            // Nothing can be committed to a disk that does not work.
            Kind::PhysicalDisk => {
                self.disk_gone(group);
                self.dismount_all(group, false);
            }
            _ => {}
        }
        let tolerated = self.count_failure(id);
        let action = self.restart_action(id);
        let resource = &mut self.resources[id.index()];
        match action {
            Restart::Never if in_force("an-action-of-0-restarts-nothing") => self.leave_failed(id),
            _ if resource.retried => self.leave_failed(id),
            _ if tolerated => {}
            Restart::Only if in_force("an-action-of-1-moves-nothing") => self.leave_failed(id),
            _ if self.groups[group.index()].moving.is_some() => {}
            _ if !in_force("an-action-of-2-moves-the-group") => self.leave_failed(id),
            _ => self.fail_over(group, id),
        }
    }

    /// Counts a failure; whether a restart answers it.
    fn count_failure(&mut self, id: ResourceId) -> bool {
        let window = self.switches.failure_window;
        let resource = &mut self.resources[id.index()];
        resource.broken = false;
        forget_old(&mut resource.failures, self.now, resource.properties.restart_period, window);
        resource.failures.push(self.now);
        if !in_force("restart-threshold") {
            return true;
        }
        let threshold = resource.properties.restart_threshold as usize;
        match self.switches.tolerated_failures {
            Tolerated::Threshold => resource.failures.len() <= threshold,
            Tolerated::OneLess => resource.failures.len() < threshold,
        }
    }

    pub(super) fn change(
        &mut self,
        id: ResourceId,
        state: ResourceState,
        error: Option<ErrorCode>,
    ) {
        let resource = &mut self.resources[id.index()];
        resource.state = state;
        resource.turn += 1;
        let (name, group) = (resource.name.clone(), resource.group);
        self.touch_group(group);
        let node = self.node_name(self.groups[group.index()].owner);
        let group = self.group_name(group);
        self.tell(Event::Resource { resource: name, group, node, state, error });
        self.touch_all();
        self.follow_database(id);
    }

    /// The fault: from now on the resource does not work; the next poll will notice.
    pub(super) fn break_resource(&mut self, id: ResourceId, sight: Sight) -> Result<(), ErrorCode> {
        let group = self.resources[id.index()].group;
        self.owner_lives(group)?;
        let now = self.now;
        let online = self.resources[id.index()].state == ResourceState::Online;
        if !online && in_force("only-what-is-online-can-fail") {
            return Err(ErrorCode::ERROR_RESMON_INVALID_STATE);
        }
        self.breaks(id, sight);
        self.groups[group.index()].outage.disturb(now, false);
        Ok(())
    }

    /// An online resource no longer works; the next poll notices.
    pub(super) fn breaks(&mut self, id: ResourceId, sight: Sight) {
        let now = self.now;
        let resource = &mut self.resources[id.index()];
        if resource.state != ResourceState::Online {
            return;
        }
        resource.broken = true;
        let (next, turn) = (next_look(resource, sight, now), resource.turn);
        let group = resource.group;
        self.touch_group(group);
        self.queue.push(next, Due::Polled { resource: id, turn });
    }

    /// When the resource is polled next.
    pub(super) fn next_poll(&self, id: ResourceId) -> Time {
        next_look(&self.resources[id.index()], Sight::LooksAlive, self.now)
    }

    pub(super) fn owner_lives(&self, group: GroupId) -> Result<(), ErrorCode> {
        let alive = self.nodes[self.groups[group.index()].owner.index()].alive();
        match alive || !in_force("a-dead-owner-does-not-answer") {
            true => Ok(()),
            false => Err(ErrorCode::ERROR_HOST_NODE_NOT_AVAILABLE),
        }
    }

    pub(super) fn resource_polled(&mut self, id: ResourceId, turn: u64) {
        let resource = &self.resources[id.index()];
        let anew = resource.turn != turn && in_force("a-poll-is-for-what-came-online-then");
        let (group, stale) = (resource.group, anew || !resource.broken);
        if stale || self.groups[group.index()].deleted || self.owner_lives(group).is_err() {
            return;
        }
        if id == self.quorum && self.quorum_lost && in_force("a-lost-quorum-disk-ends-its-owner") {
            return self.quorum_fails();
        }
        self.fail(id, None);
        self.drive(group);
    }
}

/// What an administrator asks of a resource.
impl Cluster {
    pub(super) fn online_resource(&mut self, id: ResourceId) -> Result<(), ErrorCode> {
        let group = self.resources[id.index()].group;
        self.reachable(group)?;
        self.takes_work(group)?;
        self.resources[id.index()].intent = match self.switches.online_request_writes {
            OnlineIntent::Online => Some(true),
            OnlineIntent::Group => None,
        };
        // A moving group goes down first; its new owner brings it to this intent.
        if self.groups[group.index()].moving.is_some() {
            return Ok(());
        }
        self.resources[id.index()].wanted = true;
        self.raise_dependencies(group);
        self.drive(group);
        Ok(())
    }

    /// What failed and is no longer wanted is simply offline.
    pub(super) fn settle_failed(&mut self, id: ResourceId) {
        if self.resources[id.index()].state == ResourceState::Failed {
            self.change(id, ResourceState::Offline, None);
        }
    }

    /// The intent Offline is written for this resource alone. Its dependents go offline with it and
    /// come back with it.
    pub(super) fn offline_resource(&mut self, id: ResourceId) -> Result<(), ErrorCode> {
        let group = self.resources[id.index()].group;
        self.reachable(group)?;
        if id == self.quorum && in_force("the-quorum-stays-online") {
            return Err(self.quorum_stays());
        }
        let now = self.now;
        self.groups[group.index()].outage.disturb(now, true);
        self.resources[id.index()].intent = Some(false);
        self.resources[id.index()].wanted = false;
        self.settle_failed(id);
        self.drive(group);
        Ok(())
    }
}
