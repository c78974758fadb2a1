//! Failback: a group goes back to a more preferred owner once that can have it again, within the
//! hours of the day that its window allows.
//!
//! Absent on purpose: a failback right after a failover for a failed resource. Its preferred owner
//! is up all the while, and the group would go to and fro.

use super::cluster::{Cluster, Due, GroupId, NodeId, Service};
use super::switches::{AfterMove, EmptyWindow, FailbackTarget};
use super::{Event, OwnerChange};
use crate::model::{Span, Time, in_force};

/// What a group remembers of where it ought to be.
#[derive(Clone, Copy, Debug)]
pub(super) struct Failback {
    /// It was put where it is, at the start or by an administrator, and stays until a more
    /// preferred owner comes back.
    pub(super) stays: bool,
    /// A more preferred owner came back while the group was on its way.
    pub(super) due: bool,
    /// When its window opens next, if that is waited for.
    opens: Option<Time>,
}

impl Default for Failback {
    fn default() -> Self {
        Self { stays: true, due: false, opens: None }
    }
}

impl Cluster {
    /// The node has joined or was resumed: groups that prefer it may go there.
    pub(super) fn node_is_back(&mut self, id: NodeId) {
        for index in 0..self.groups.len() {
            let group = GroupId(index as u32);
            if self.more_preferred(group).contains(&id) && in_force("a-group-goes-back") {
                self.groups[index].failback.stays = false;
                self.fail_back(group);
            }
        }
    }

    /// The preferred owners that come before the present one.
    fn more_preferred(&self, group: GroupId) -> &[NodeId] {
        let here = &self.groups[group.index()];
        let rank = here.preferred.iter().position(|node| *node == here.owner);
        &here.preferred[..rank.unwrap_or(here.preferred.len())]
    }

    fn failback_target(&self, group: GroupId) -> Option<NodeId> {
        let here = &self.groups[group.index()];
        let owner = &self.nodes[here.owner.index()];
        let stopping = owner.service == Service::Stopping;
        let settled = self.reachable(group).is_ok() && !stopping && !here.failback.stays;
        let allowed = here.properties.auto_failback || !in_force("auto-failback-type");
        if !allowed || here.deleted || !settled {
            return None;
        }
        let better = self.more_preferred(group);
        let open = match self.switches.failback_target {
            FailbackTarget::AnyBetter => better,
            FailbackTarget::MostPreferred => &better[..better.len().min(1)],
        };
        let apart =
            |node: &NodeId| !self.crowded(group, *node) || !in_force("failback-avoids-its-class");
        open.iter().copied().find(|node| self.able(group, *node) && apart(node))
    }

    /// Sends the group back if it has somewhere to go and may go now; else it waits for its window.
    pub(super) fn fail_back(&mut self, group: GroupId) {
        let Some(to) = self.failback_target(group) else { return };
        if self.groups[group.index()].moving.is_some() {
            self.groups[group.index()].failback.due = true;
        } else if self.failback_window_is_open(group) {
            self.tell_failback(group, to, self.now, false);
            self.groups[group.index()].outage.disturb(self.now, false);
            if self.switches.failbacks_count {
                self.groups[group.index()].failovers.push(self.now);
            }
            self.begin_move(group, to, OwnerChange::Failback);
        } else {
            self.await_failback_window(group);
        }
    }

    /// The hours of the window are from its start to its end, over midnight where it ends earlier.
    fn failback_window_is_open(&self, group: GroupId) -> bool {
        let window = self.groups[group.index()].properties.failback_window();
        let Some((start, end)) = window.filter(|_| in_force("failback-window")) else {
            return true;
        };
        let hour = self.starts.at(self.now).hour();
        match start.cmp(&end) {
            std::cmp::Ordering::Less => (start..end).contains(&hour),
            std::cmp::Ordering::Greater => {
                !(end..start).contains(&hour) && in_force("a-window-goes-over-midnight")
            }
            std::cmp::Ordering::Equal => self.switches.empty_failback_window == EmptyWindow::Always,
        }
    }

    /// The group may go back when its window opens next, if it has a window that does.
    pub(super) fn await_failback_window(&mut self, group: GroupId) {
        let window = self.groups[group.index()].properties.failback_window();
        let Some((start, _)) = window.filter(|(start, end)| start != end) else { return };
        let Some(to) = self.failback_target(group) else { return };
        let later = self.now + Span::from_ms(1);
        let opens = later + self.starts.until_hour(later, start);
        if self.groups[group.index()].failback.opens != Some(opens) {
            self.groups[group.index()].failback.opens = Some(opens);
            self.tell_failback(group, to, opens, true);
            self.queue.push(opens, Due::FailbackWindow { group });
        }
    }

    pub(super) fn failback_window_opens(&mut self, group: GroupId) {
        if self.groups[group.index()].failback.opens == Some(self.now) {
            self.groups[group.index()].failback.opens = None;
            self.fail_back(group);
        }
    }

    /// A move has come to its end: what came back meanwhile, or what a new owner means, is seen to.
    pub(super) fn failback_after(&mut self, group: GroupId, why: &OwnerChange) {
        let due = std::mem::take(&mut self.groups[group.index()].failback.due);
        match why {
            OwnerChange::ByRequest => {
                let at_once = self.switches.failback_after_move == AfterMove::AtOnce;
                self.groups[group.index()].failback.stays = !at_once && !due;
                self.fail_back(group);
            }
            OwnerChange::Failback => {}
            _ => {
                self.groups[group.index()].failback.stays = false;
                match due || !in_force("no-failback-right-after-a-failover") {
                    true => self.fail_back(group),
                    false => self.await_failback_window(group),
                }
            }
        }
    }

    fn tell_failback(&mut self, group: GroupId, to: NodeId, at: Time, waits: bool) {
        let (group, to, local) = (self.group_name(group), self.node_name(to), self.starts.at(at));
        self.tell(Event::FailsBack { group, to, local, waits });
    }
}
