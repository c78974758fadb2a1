//! The database of the one Message Transfer Agent of a cluster, and the tool that mends it while
//! the resource is offline (Exchange 2000 and 2003).
//!
//! Absent on purpose: what the database holds. A check finds the same in every one.

use super::Event;
use super::cluster::{Cluster, Due, GroupId, NodeId};
use super::resource::Kind;
use crate::model::{
    ErrorCode, GroupName, MtaView, ResourceName, ResourceState, Size, Ticket, Tool, ToolPhase,
    ToolState, ToolView, in_force,
};

/// As large as the database is taken to be; assumed, and nothing depends on it.
const DATABASE: Size = Size::from_bytes(100 << 20);

/// The latest run of the tool, while the group has stayed where it is.
#[derive(Clone, Copy, Debug)]
pub(super) struct MtaRun {
    ticket: Ticket,
    state: ToolState,
    turn: u64,
}

impl Cluster {
    /// A node asks for a resource to go online or offline, as an administrator can.
    pub(super) fn ask_resource(
        &mut self,
        node: NodeId,
        group: &GroupName,
        resource: &ResourceName,
        online: bool,
    ) -> Result<(), ErrorCode> {
        self.member(node)?;
        let id = self.resource_id(resource)?;
        let theirs = self.resources[id.index()].group != self.group_id(group)?;
        if theirs && in_force("a-node-asks-for-what-is-in-the-group-it-names") {
            return Err(ErrorCode::ERROR_RESOURCE_NOT_FOUND);
        }
        match online {
            true => self.online_resource(id),
            false => self.offline_resource(id),
        }
    }

    pub(super) fn check_mta(
        &mut self,
        node: NodeId,
        group: &GroupName,
        ticket: Ticket,
    ) -> Result<(), ErrorCode> {
        let id = self.reachable_disk(node, group)?;
        let agents = self.resources_of(id, Kind::MessageTransferAgent);
        let agent = agents.first().ok_or(ErrorCode::ERROR_RESOURCE_NOT_FOUND)?;
        let state = self.resources[agent.index()].state;
        let down = matches!(state, ResourceState::Offline | ResourceState::Failed);
        if !down && in_force("the-mta-is-offline-for-its-tool") {
            return Err(ErrorCode::ERROR_RESOURCE_ONLINE);
        }
        if self.mta_busy(id) {
            return Err(ErrorCode::ERROR_INVALID_STATE);
        }
        let here = &mut self.groups[id.index()];
        here.turns += 1;
        let turn = here.turns;
        here.mta = Some(MtaRun { ticket, state: ToolState::Running, turn });
        self.tell_mta(id, ToolState::Running);
        self.after(self.switches.mta_check, Due::MtaChecked { group: id, turn });
        Ok(())
    }

    pub(super) fn mta_checked(&mut self, group: GroupId, turn: u64) {
        if self.groups[group.index()].mta.is_some_and(|run| run.turn == turn) {
            self.end_mta_run(group, ToolState::Succeeded);
        }
    }

    pub(super) fn break_mta_tool(&mut self, group: GroupId) -> Result<(), ErrorCode> {
        match self.mta_busy(group) {
            true => self.end_mta_run(group, ToolState::Failed),
            false => return Err(ErrorCode::ERROR_INVALID_STATE),
        }
        Ok(())
    }

    /// Ends the run that is under way, if one is.
    pub(super) fn end_mta_run(&mut self, group: GroupId, state: ToolState) {
        let run = self.groups[group.index()].mta.as_mut();
        if let Some(run) = run.filter(|run| run.state == ToolState::Running) {
            run.state = state;
            self.tell_mta(group, state);
        }
    }

    fn tell_mta(&mut self, group: GroupId, state: ToolState) {
        let owner = self.groups[group.index()].owner;
        let (group, node) = (self.group_name(group), self.node_name(owner));
        self.tell(Event::Mta { group, node, state });
        self.touch(owner);
    }

    fn mta_busy(&self, group: GroupId) -> bool {
        self.groups[group.index()].mta.is_some_and(|run| run.state == ToolState::Running)
    }

    /// Why the agent cannot start: its tool holds the database.
    pub(super) fn mta_refuses(&self, group: GroupId) -> Option<ErrorCode> {
        let busy = self.mta_busy(group) && in_force("an-mta-does-not-start-under-its-tool");
        busy.then_some(ErrorCode::ERROR_BUSY)
    }

    pub(super) fn mta_view(&self, group: GroupId) -> Option<MtaView> {
        let mut resources = self.groups[group.index()].resources.iter();
        resources.find(|id| self.resources[id.index()].kind == Kind::MessageTransferAgent)?;
        let view = |run: MtaRun| ToolView {
            tool: Tool::MtaCheck,
            ticket: run.ticket,
            state: run.state,
            phase: ToolPhase::Working,
            fixes: 0,
        };
        Some(MtaView { size: DATABASE, tool: self.groups[group.index()].mta.map(view) })
    }
}
