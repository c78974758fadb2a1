//! What becomes of machines: crashes, power failures, machines that hang, Windows shut down,
//! switching on.
//!
//! A machine that hangs does nothing: what was about to happen on it waits, and happens when it
//! goes on.

use super::cluster::{Cluster, Due, GroupId, NodeId, Service};
use super::fault::Heal;
use super::{Event, NodeChange, Step};
use crate::model::{ErrorCode, NodeName, NodeState, ResourceState, Span, in_force};

impl Cluster {
    /// Faults of machines, networks and the quorum disk.
    pub(super) fn disturb(&mut self, step: &Step) -> Result<(), ErrorCode> {
        match step {
            Step::Hang { node, span } => return self.hang(self.node_id(node)?, *span),
            Step::HangService { node, span } => {
                return self.hang_service(self.node_id(node)?, *span);
            }
            Step::ShutDown { node, restart } => {
                return self.shut_down(self.node_id(node)?, *restart);
            }
            Step::Cut { network, node, span } => {
                let node = node.as_ref().map(|node| self.node_id(node)).transpose()?;
                return self.cut(network, node, *span);
            }
            Step::Partition { sides, span } => {
                let ids =
                    |side: &Vec<NodeName>| side.iter().map(|node| self.node_id(node)).collect();
                let sides = sides.iter().map(ids).collect::<Result<Vec<Vec<NodeId>>, _>>()?;
                self.part(sides, *span);
            }
            Step::Heal(heal) => return self.heal(heal),
            Step::LoseQuorumDisk { span } => return self.lose_quorum_disk(*span),
            Step::LoseWitness { span } => return self.lose_witness(*span),
            Step::LoseQuorumFiles => return self.lose_quorum_files(),
            _ => self.power_off_all(),
        }
        Ok(())
    }

    pub(super) fn crash(&mut self, id: NodeId) -> Result<(), ErrorCode> {
        if !self.nodes[id.index()].machine_on && in_force("what-is-off-cannot-crash") {
            return Err(ErrorCode::ERROR_CLUSTER_NODE_DOWN);
        }
        let was_heard = self.nodes[id.index()].alive();
        self.goes_off(id);
        if was_heard {
            self.falls_silent(id);
        }
        Ok(())
    }

    /// Every machine that runs crashes at the same instant.
    pub(super) fn power_off_all(&mut self) {
        for index in 0..self.nodes.len() {
            let spared = index > 0 && !in_force("a-power-failure-stops-every-machine");
            if self.nodes[index].machine_on && !spared {
                self.goes_off(NodeId(index as u32));
            }
        }
    }

    fn goes_off(&mut self, id: NodeId) {
        self.hosted_work_dies(id);
        let node = &mut self.nodes[id.index()];
        node.machine_on = false;
        node.hung = false;
        node.stuck &= !in_force("a-hang-ends-with-its-machine");
        node.parked.clear();
        node.waiting = None;
        node.life += 1;
        node.session += 1;
        node.service = Service::Stopped;
        let name = node.name.clone();
        self.deaths.push(name);
        self.stirred = true;
        self.touch_groups();
        self.thaw_view(id);
        let joining = self.nodes[id.index()].state == NodeState::Joining;
        if joining && in_force("who-dies-while-it-joins-is-down") {
            self.set_state(id, NodeState::Down, NodeChange::LostWhileJoining);
        }
    }

    /// What ran on the node is gone at once, whatever the others still believe.
    fn hosted_work_dies(&mut self, id: NodeId) {
        self.write_dies(id);
        for group in self.groups_of(id) {
            if self.nodes[id.index()].service != Service::Closing || !self.all_down(group) {
                self.groups[group.index()].outage.disturb(self.now, false);
            }
            self.forget_tools(group);
            self.dismount_all(group, false);
        }
    }

    pub(super) fn boot(&mut self, id: NodeId) -> Result<(), ErrorCode> {
        if self.nodes[id.index()].machine_on && in_force("what-runs-cannot-be-switched-on") {
            return Err(ErrorCode::ERROR_CLUSTER_NODE_UP);
        }
        let node = &mut self.nodes[id.index()];
        node.machine_on = true;
        node.booting = true;
        node.life += 1;
        node.session += 1;
        let session = node.session;
        self.stirred = true;
        self.touch(id);
        self.after(self.switches.boot, Due::ServiceStarts { node: id, session });
        Ok(())
    }
}

/// Machines that hang.
impl Cluster {
    /// The machine on which this is to happen, where it hangs; or its cluster service does, and
    /// this is that one's doing.
    pub(super) fn held_up(&self, due: &Due) -> Option<NodeId> {
        let owner = |group: GroupId| self.groups[group.index()].owner;
        let (node, of_service) = match due {
            Due::ResourceDone { resource, .. }
            | Due::Polled { resource, .. }
            | Due::Silent { resource, .. }
            | Due::Retried { resource, .. } => {
                (owner(self.resources[resource.index()].group), true)
            }
            Due::FailbackWindow { group } => (owner(*group), true),
            Due::StoreDone { group, .. }
            | Due::ToolDone { group, .. }
            | Due::DiskFull { group, .. }
            | Due::BackupDone { group, .. }
            | Due::MtaChecked { group, .. }
            | Due::ToolStopped { group, .. }
            | Due::Seeded { group, .. }
            | Due::CopySet { group, .. } => (owner(*group), false),
            Due::Regrouped { node }
            | Due::ChallengeLost { node, .. }
            | Due::VotesCounted { node, .. }
            | Due::Arbitrated { node, .. }
            | Due::Inherited { node, .. }
            | Due::ServiceStarts { node, .. }
            | Due::Joined { node, .. }
            | Due::Formed { node, .. } => (*node, true),
            Due::Closed { node, .. }
            | Due::Watchdog { node, .. }
            | Due::ServiceGoesOn { node, .. }
            | Due::Written { node, .. }
            | Due::Notified { node, .. }
            | Due::Announced { node, .. } => (*node, false),
            Due::Healed(_) | Due::Judged | Due::Checkpoint => return None,
        };
        let there = &self.nodes[node.index()];
        let hung = there.hung && in_force("a-machine-that-hangs-does-nothing");
        let stuck = there.stuck && of_service && in_force("a-service-that-hangs-does-nothing");
        (hung || stuck).then_some(node)
    }

    pub(super) fn hang(&mut self, id: NodeId, span: Option<Span>) -> Result<(), ErrorCode> {
        let node = &self.nodes[id.index()];
        if !node.machine_on {
            return Err(ErrorCode::ERROR_CLUSTER_NODE_DOWN);
        }
        if node.hung {
            return Err(ErrorCode::ERROR_INVALID_STATE);
        }
        let was_heard = node.alive();
        for group in self.groups_of(id) {
            self.groups[group.index()].outage.disturb(self.now, false);
        }
        self.nodes[id.index()].hung = true;
        self.stirred = true;
        if was_heard && in_force("a-machine-that-hangs-falls-silent") {
            self.falls_silent(id);
        }
        self.heal_after(span, Heal::Node(self.node_name(id)));
        Ok(())
    }

    /// The machine goes on where it stood. When the others have closed ranks without it meanwhile,
    /// its cluster service finds that out at once, and ends.
    pub(super) fn thaw(&mut self, id: NodeId) -> Result<(), ErrorCode> {
        if !self.nodes[id.index()].hung {
            let (stuck, session) = (self.nodes[id.index()].stuck, self.nodes[id.index()].session);
            self.service_goes_on(id, session);
            return if stuck { Ok(()) } else { Err(ErrorCode::ERROR_INVALID_STATE) };
        }
        self.nodes[id.index()].hung = false;
        let parked = std::mem::take(&mut self.nodes[id.index()].parked);
        let dropped = !self.nodes[id.index()].state.is_member();
        let dropped = dropped && in_force("a-dropped-node-ends-its-service");
        if dropped && self.nodes[id.index()].alive() {
            self.service_fails(id, NodeChange::Dropped);
        }
        // It has heard nobody meanwhile: whoever went silent is missed from now on.
        self.misses_the_silent(id);
        for due in parked {
            self.queue.push(self.now, due);
        }
        self.stirred = true;
        self.touch_all();
        self.touch(id);
        Ok(())
    }
}

/// Shutting Windows down: the cluster service stops its heartbeats first, and then its resources
/// have a moment to go offline.
///
/// Source: Microsoft's article on shutting a cluster node down (KB 252974).
impl Cluster {
    pub(super) fn shut_down(&mut self, id: NodeId, restart: bool) -> Result<(), ErrorCode> {
        let node = &mut self.nodes[id.index()];
        match node.service {
            _ if !node.machine_on => return Err(ErrorCode::ERROR_CLUSTER_NODE_DOWN),
            Service::Closing => return Err(ErrorCode::ERROR_CLUSTER_NODE_SHUTTING_DOWN),
            _ => {}
        }
        node.restarts = restart;
        if !node.alive() {
            self.closes(id);
            return Ok(());
        }
        node.service = Service::Closing;
        node.closed = true;
        node.session += 1;
        let session = node.session;
        if in_force("a-shutdown-begins-with-silence") {
            self.falls_silent(id);
        }
        self.touch_all();
        self.touch(id);
        for group in self.groups_of(id) {
            self.groups[group.index()].outage.disturb(self.now, true);
            self.groups[group.index()].moving = None;
            self.want_all(group, false);
            self.drive(group);
        }
        self.after(self.switches.shutdown, Due::Closed { node: id, session });
        Ok(())
    }

    pub(super) fn closed(&mut self, id: NodeId, session: u64) {
        if self.nodes[id.index()].session == session && in_force("a-shutdown-waits-so-long") {
            self.closes(id);
        }
    }

    /// The machine goes off, whatever still runs on it, and on again if it is to be restarted.
    pub(super) fn closes(&mut self, id: NodeId) {
        let left = self.groups_of(id).into_iter().filter(|group| !self.all_down(*group));
        let left: Vec<GroupId> = left.collect();
        let cut_short = left.iter().map(|group| self.group_name(*group)).collect();
        self.goes_off(id);
        self.tell(Event::PoweredOff { node: self.node_name(id), cut_short });
        if self.nodes[id.index()].restarts {
            self.boot(id).expect("the machine has just gone off");
            self.tell(Event::PoweredOn { node: self.node_name(id) });
        }
    }

    /// A machine that is shut down waits for nothing once its groups are offline.
    pub(super) fn finish_closing(&mut self) {
        for index in 0..self.nodes.len() {
            let id = NodeId(index as u32);
            let closing = self.nodes[index].service == Service::Closing && !self.nodes[index].hung;
            let closing = closing && in_force("a-shutdown-ends-with-its-groups");
            if closing && self.groups_of(id).iter().all(|group| self.all_down(*group)) {
                self.closes(id);
            }
        }
    }

    /// What goes online on a machine that shuts down is not waited for.
    pub(super) fn is_abandoned(&self, group: GroupId, state: ResourceState) -> bool {
        let owner = &self.nodes[self.groups[group.index()].owner.index()];
        owner.service == Service::Closing && state == ResourceState::OnlinePending
    }
}
