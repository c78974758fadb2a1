//! What works on the files of stores: the maintenance tools, in phases, with the temporary file
//! that a defragmentation builds; online backups; and the room on the disk that all of them share.

use super::Event;
use super::cluster::{Cluster, Due, GroupId, NodeId};
use super::exchange::{NEXT_MOMENT, Store};
use crate::model::{
    Consistency, ErrorCode, GroupName, MountState, Size, Span, StoreName, Ticket, Time, Tool,
    ToolPhase, ToolState, ToolView, folded, in_force,
};

/// Deleting the temporary file at the end of a defragmentation; assumed.
const DELETE_TEMPORARY: Span = Span::from_secs(1);
/// Giving the temporary file the store's name, in Exchange 2007; assumed.
const RENAME: Span = Span::from_secs(1);

/// What a defragmentation builds beside a store.
#[derive(Clone, Copy, Debug)]
pub(super) struct TemporaryFile {
    size: Size,
    pub(super) complete: bool,
    /// The node on whose own disk it lies; none: on the group's.
    pub(super) on: Option<NodeId>,
}

#[derive(Clone, Debug)]
pub(super) struct ToolRun {
    tool: Tool,
    ticket: Ticket,
    pub(super) state: ToolState,
    phase: ToolPhase,
    /// How many errors it has put right.
    fixes: u32,
    /// When its phase began, and how long it takes.
    began: Time,
    span: Span,
    /// No two runs of a group share it: what is due for another one means nothing.
    turn: u64,
}

impl ToolRun {
    pub(super) fn runs(&self) -> bool {
        self.state == ToolState::Running
    }
}

/// An online backup, which holds the whole storage group of its store.
#[derive(Clone, Debug)]
pub(super) struct Backup {
    store: StoreName,
    turn: u64,
}

pub(super) fn storage_group(store: &StoreName) -> impl Iterator<Item = char> + '_ {
    folded(store.as_str().split('/').next().unwrap_or_default())
}

/// How much room the temporary file takes on the group's disk: while it is built, it grows with the
/// time.
fn grown(store: &Store, run: Option<&ToolRun>, now: Time) -> Size {
    let here =
        |file: &TemporaryFile| file.on.is_none() || !in_force("a-file-elsewhere-takes-no-room");
    let file = store.temporary.filter(here).filter(|_| in_force("a-temporary-file-takes-room"));
    let Some(file) = file else { return Size::default() };
    match run.filter(|run| is_building(run)) {
        Some(run) => {
            let done = now.since(run.began).ms().min(run.span.ms());
            let bytes = u128::from(store.used.bytes()) * u128::from(done);
            Size::from_bytes((bytes / u128::from(run.span.ms().max(1))) as u64)
        }
        None => file.size,
    }
}

impl ToolRun {
    /// What the group's owner sees of it.
    pub(super) const fn view(&self) -> ToolView {
        let Self { tool, ticket, state, phase, fixes, .. } = *self;
        ToolView { tool, ticket, state, phase, fixes }
    }
}

fn is_building(run: &ToolRun) -> bool {
    run.tool == Tool::Defragment
        && run.phase == ToolPhase::Working
        && run.state == ToolState::Running
}

/// What a node is asked to do with tools, and what comes of it.
impl Cluster {
    pub(super) fn start_tool(
        &mut self,
        node: NodeId,
        group: &GroupName,
        name: &StoreName,
        tool: Tool,
        ticket: Ticket,
    ) -> Result<(), ErrorCode> {
        let id = self.reachable_disk(node, group)?;
        self.tool_can_start(id, name, tool)?;
        let on = (!self.groups[id.index()].temporary_on_group_disk).then_some(node);
        let instating = self.instating(id, name);
        let store = self.store_mut(id, name);
        let size = store.size;
        let (phase, span) = match tool {
            Tool::ConsistencyCheck => (ToolPhase::Working, self.switches.consistency_check),
            Tool::ErrorFix | Tool::ErrorReport => {
                (ToolPhase::Working, size.time_at(self.switches.error_fix_gigabyte))
            }
            Tool::Defragment => {
                let file = TemporaryFile { size: Size::default(), complete: false, on };
                store.temporary = Some(file);
                (ToolPhase::Working, self.building(size))
            }
            Tool::RestoreTemporary => (ToolPhase::CopyingBack, instating),
            Tool::DeleteTemporary => (ToolPhase::Deleting, DELETE_TEMPORARY),
            Tool::MtaCheck => return Err(ErrorCode::ERROR_INVALID_STATE),
        };
        let here = &mut self.groups[id.index()];
        here.turns += 1;
        let (began, turn, state) = (self.now, here.turns, ToolState::Running);
        let run = ToolRun { tool, ticket, state, phase, fixes: 0, began, span, turn };
        here.tools.insert(name.clone(), run);
        self.tell_tool(id, name, tool, ToolState::Running);
        self.after(span, Due::ToolDone { group: id, store: name.clone(), turn });
        self.watch_room(id);
        Ok(())
    }

    fn tool_can_start(
        &self,
        group: GroupId,
        name: &StoreName,
        tool: Tool,
    ) -> Result<(), ErrorCode> {
        let here = &self.groups[group.index()];
        let store = here.stores.get(name).ok_or(ErrorCode::ERROR_FILE_NOT_FOUND)?;
        let file = self.visible(group, store);
        let complete = file.is_some_and(|file| file.complete);
        // What is left of a temporary file can be deleted beside a store that serves.
        let mount = match tool {
            Tool::DeleteTemporary if in_force("deleting-needs-no-dismount") => store.mount,
            _ => MountState::Dismounted,
        };
        self.checked_store(group, name, mount)?;
        self.unlocked(group, name)?;
        match tool {
            Tool::ErrorFix | Tool::ErrorReport | Tool::Defragment if store.damaged => {
                Err(ErrorCode::ERROR_FILE_CORRUPT)
            }
            _ if tool.needs_information_store() => self.information_store_online(group),
            Tool::RestoreTemporary if !store.damaged && in_force("only-damage-is-restored") => {
                Err(ErrorCode::ERROR_INVALID_STATE)
            }
            Tool::RestoreTemporary if !complete => Err(ErrorCode::ERROR_FILE_NOT_FOUND),
            Tool::DeleteTemporary if file.is_none() => Err(ErrorCode::ERROR_FILE_NOT_FOUND),
            _ => Ok(()),
        }
    }

    /// A run has come to the end of its phase.
    pub(super) fn tool_done(&mut self, group: GroupId, name: &StoreName, turn: u64) {
        let Some(run) = self.running(group, name, turn) else { return };
        let (tool, phase) = (run.tool, run.phase);
        let (span, renames) = (self.instating(group, name), self.renames(group));
        let store = self.store_mut(group, name);
        match (tool, phase) {
            (Tool::Defragment, ToolPhase::Working) => {
                let (size, complete) = (store.used, true);
                let on = store.temporary.and_then(|file| file.on);
                store.temporary = Some(TemporaryFile { size, complete, on });
                store.damaged = in_force("a-store-is-no-good-while-copying-back");
                store.generation = turn;
                self.begin_phase(group, name, ToolPhase::CopyingBack, span);
            }
            (_, ToolPhase::CopyingBack) => {
                store.damaged = !in_force("copying-back-makes-a-store-whole");
                if in_force("a-defragmentation-makes-a-store-small") {
                    store.size = store.temporary.map_or(store.size, |file| file.size);
                }
                if renames {
                    store.temporary = None;
                    self.end_run(group, name, tool, ToolState::Succeeded);
                } else {
                    self.begin_phase(group, name, ToolPhase::Deleting, DELETE_TEMPORARY);
                }
                if tool == Tool::RestoreTemporary {
                    self.tell_damage(group, name, false);
                }
            }
            (_, ToolPhase::Deleting) => {
                store.temporary = None;
                self.end_run(group, name, tool, ToolState::Succeeded);
            }
            (Tool::ConsistencyCheck, _)
                if store.damaged || store.consistency == Consistency::Inconsistent =>
            {
                self.end_run(group, name, tool, ToolState::Failed);
            }
            (Tool::ErrorFix, _) => {
                let fixes = if store.fixes.is_empty() { 0 } else { store.fixes.remove(0) };
                if let Some(run) = self.groups[group.index()].tools.get_mut(name)
                    && in_force("a-pass-says-what-it-put-right")
                {
                    run.fixes = fixes;
                }
                self.end_run(group, name, tool, ToolState::Succeeded);
            }
            _ => self.end_run(group, name, tool, ToolState::Succeeded),
        }
    }

    /// Whether the temporary file becomes the store by a new name: in Exchange 2007, where both are
    /// on one disk.
    fn renames(&self, group: GroupId) -> bool {
        self.has_databases(group)
            && self.groups[group.index()].temporary_on_group_disk
            && in_force("exchange-2007-renames-the-temporary-file")
    }

    /// `eseutil /d` spends 70 % of its time on building the temporary file; assumed.
    fn building(&self, size: Size) -> Span {
        size.time_at(self.switches.defragment_gigabyte).part(7, 10)
    }

    /// How long it takes to put the temporary file in the store's place: what is left of the time.
    fn instating(&self, group: GroupId, name: &StoreName) -> Span {
        let size = self.groups[group.index()].stores[name].size;
        let whole = size.time_at(self.switches.defragment_gigabyte);
        match self.renames(group) {
            true => RENAME,
            false => Span::from_ms(whole.ms() - self.building(size).ms()),
        }
    }

    /// What the group's owner can see of the store's temporary file: one on another node's own disk
    /// is out of reach.
    pub(super) fn visible(&self, group: GroupId, store: &Store) -> Option<TemporaryFile> {
        let owner = self.groups[group.index()].owner;
        let here = |file: &TemporaryFile| file.on.is_none_or(|node| node == owner);
        store.temporary.filter(|file| here(file) || !in_force("a-file-elsewhere-is-not-seen"))
    }

    fn running(&self, group: GroupId, name: &StoreName, turn: u64) -> Option<&ToolRun> {
        let run = self.groups[group.index()].tools.get(name)?;
        (run.turn == turn && run.state == ToolState::Running).then_some(run)
    }

    fn begin_phase(&mut self, group: GroupId, name: &StoreName, phase: ToolPhase, span: Span) {
        let (now, here) = (self.now, &mut self.groups[group.index()]);
        here.turns += 1;
        let (turn, owner) = (here.turns, here.owner);
        if let Some(run) = here.tools.get_mut(name) {
            (run.phase, run.began, run.span, run.turn) = (phase, now, span, turn);
        }
        self.after(span, Due::ToolDone { group, store: name.clone(), turn });
        self.touch(owner);
    }

    fn end_run(&mut self, group: GroupId, name: &StoreName, tool: Tool, state: ToolState) {
        if let Some(run) = self.groups[group.index()].tools.get_mut(name) {
            run.state = state;
        }
        self.tell_tool(group, name, tool, state);
    }

    /// The run on this store is cut short, if there is one, and leaves the files as they are.
    fn interrupt(&mut self, group: GroupId, name: &StoreName) -> Option<Tool> {
        let now = self.now;
        let here = &mut self.groups[group.index()];
        let run = here.tools.get_mut(name).filter(|run| run.state == ToolState::Running)?;
        let store = here.stores.get_mut(name)?;
        if is_building(run) {
            let size = grown(store, Some(run), now);
            let on = store.temporary.and_then(|file| file.on);
            let complete = !in_force("what-is-cut-short-is-partial");
            let left = TemporaryFile { size, complete, on };
            store.temporary = in_force("what-is-cut-short-stays").then_some(left);
        }
        run.state = ToolState::Failed;
        let (tool, phase) = (run.tool, run.phase);
        if phase == ToolPhase::CopyingBack {
            self.tell_damage(group, name, true);
        }
        Some(tool)
    }

    /// The disk is no longer there: tools lose their files, writes under way end where they are.
    pub(super) fn disk_gone(&mut self, group: GroupId) {
        self.groups[group.index()].disk.writing = None;
        if in_force("a-check-of-the-mta-ends-with-its-disk") {
            self.end_mta_run(group, ToolState::Failed);
        }
        self.end_tools(group, |_| in_force("a-tool-ends-with-its-disk"));
    }

    /// Runs of these tools fail as what they need is gone: their files, or the Information Store.
    pub(super) fn end_tools(&mut self, group: GroupId, concerns: fn(Tool) -> bool) {
        let runs = self.groups[group.index()].tools.iter();
        let meant = runs.filter(|(_, run)| concerns(run.tool));
        for name in meant.map(|(name, _)| name.clone()).collect::<Vec<_>>() {
            self.fail_run(group, &name);
        }
    }

    /// Ends a run that is under way; its files stay as they are at that moment.
    pub(super) fn stop_tool(
        &mut self,
        node: NodeId,
        group: &GroupName,
        name: &StoreName,
        ticket: Ticket,
    ) -> Result<(), ErrorCode> {
        let id = self.reachable_disk(node, group)?;
        let run = self.groups[id.index()].tools.get(name).filter(|run| run.ticket == ticket);
        let turn = run.filter(|run| run.state == ToolState::Running).map(|run| run.turn);
        let turn = turn.ok_or(ErrorCode::ERROR_INVALID_STATE)?;
        self.after(NEXT_MOMENT, Due::ToolStopped { group: id, store: name.clone(), turn });
        Ok(())
    }

    pub(super) fn tool_stopped(&mut self, group: GroupId, name: &StoreName, turn: u64) {
        if self.running(group, name, turn).is_some() && in_force("a-run-can-be-ended") {
            self.fail_run(group, name);
        }
    }

    fn fail_run(&mut self, group: GroupId, name: &StoreName) -> bool {
        let Some(tool) = self.interrupt(group, name) else { return false };
        self.tell_tool(group, name, tool, ToolState::Failed);
        true
    }

    /// The machine that ran the tools is gone, and what it knew of them.
    pub(super) fn forget_tools(&mut self, group: GroupId) {
        let names: Vec<StoreName> = self.groups[group.index()].tools.keys().cloned().collect();
        for name in names.iter().filter(|_| in_force("a-tool-ends-with-its-node")) {
            self.interrupt(group, name);
            self.groups[group.index()].tools.remove(name);
        }
        self.groups[group.index()].mta = None;
    }

    fn tell_tool(&mut self, group: GroupId, name: &StoreName, tool: Tool, state: ToolState) {
        let owner = self.groups[group.index()].owner;
        let (group, node) = (self.group_name(group), self.node_name(owner));
        self.tell(Event::Tool { group, store: name.clone(), node, tool, state });
        self.touch(owner);
    }

    fn tell_damage(&mut self, group: GroupId, name: &StoreName, damaged: bool) {
        let group = self.group_name(group);
        self.tell(Event::Damage { group, store: name.clone(), damaged });
    }
}

/// Faults of tools, and the room on the disk.
impl Cluster {
    /// The tool that works on the store ends with an error.
    pub(super) fn break_tool(&mut self, group: GroupId, name: &StoreName) -> Result<(), ErrorCode> {
        match self.fail_run(group, name) {
            true => Ok(()),
            false => Err(ErrorCode::ERROR_INVALID_STATE),
        }
    }

    /// Something else takes room on the group's disk, or gives it back, until so much is free.
    pub(super) fn fill_disk(&mut self, group: GroupId, to: Size) -> Result<(), ErrorCode> {
        let free = self.free(group);
        let here = &mut self.groups[group.index()];
        here.occupied = (here.occupied + free.less(to)).less(to.less(free));
        let owner = here.owner;
        self.watch_room(group);
        self.touch(owner);
        Ok(())
    }

    /// What the group's disk has left beside stores, temporary files and all else.
    pub(super) fn free(&self, group: GroupId) -> Size {
        let here = &self.groups[group.index()];
        let temporary = |(name, store)| grown(store, here.tools.get(name), self.now);
        let stores: Size = here.stores.values().map(|store| store.size).sum();
        let files: Size = here.stores.iter().map(temporary).sum();
        here.capacity.less(stores + files + here.occupied)
    }

    /// Sees to it that a defragmentation fails when its temporary file finds no more room.
    pub(super) fn watch_room(&mut self, group: GroupId) {
        let (now, room) = (self.now, self.free(group));
        let here = &self.groups[group.index()];
        let mut full = Vec::new();
        // What is built on the node's own disk finds room there.
        let building = here.tools.iter().filter(|(_, run)| is_building(run));
        let building = building
            .filter(|(name, _)| here.stores[*name].temporary.is_some_and(|file| file.on.is_none()));
        for (name, run) in building {
            let store = &here.stores[name];
            let most = grown(store, Some(run), now) + room;
            if most < store.used {
                let span = u128::from(run.span.ms()) * u128::from(most.bytes());
                let span = span.div_ceil(u128::from(store.used.bytes().max(1))) as u64;
                let at = (run.began + Span::from_ms(span)).max(now + Span::from_ms(1));
                full.push((at, Due::DiskFull { group, store: name.clone(), turn: run.turn }));
            }
        }
        for (at, due) in full {
            self.queue.push(at, due);
        }
    }

    /// There may be room again, or the file may have found enough.
    pub(super) fn disk_full(&mut self, group: GroupId, name: &StoreName, turn: u64) {
        let full =
            self.free(group) == Size::default() && in_force("a-full-disk-ends-a-defragmentation");
        if self.running(group, name, turn).is_some_and(is_building) && full {
            self.fail_run(group, name);
        }
    }
}

/// Online backups.
impl Cluster {
    /// An administrator backs a mounted store up, which takes so long.
    pub(super) fn back_up(
        &mut self,
        group: GroupId,
        name: &StoreName,
        span: Span,
    ) -> Result<(), ErrorCode> {
        self.information_store_online(group)?;
        self.checked_store(group, name, MountState::Mounted)?;
        self.unlocked(group, name)?;
        let here = &mut self.groups[group.index()];
        here.turns += 1;
        let (turn, owner) = (here.turns, here.owner);
        here.backups.push(Backup { store: name.clone(), turn });
        self.after(span, Due::BackupDone { group, turn });
        self.touch(owner);
        Ok(())
    }

    pub(super) fn backup_done(&mut self, group: GroupId, turn: u64) {
        let here = &mut self.groups[group.index()];
        let owner = here.owner;
        let Some(at) = here.backups.iter().position(|backup| backup.turn == turn) else { return };
        let store = here.backups.remove(at).store;
        let group = self.group_name(group);
        self.tell(Event::BackedUp { group, store });
        self.touch(owner);
    }

    /// Backups read through the Information Store: they end with it.
    pub(super) fn end_backups(&mut self, group: GroupId) {
        if in_force("a-backup-ends-with-its-information-store") {
            self.groups[group.index()].backups.clear();
        }
    }

    /// A backup holds every store of its storage group.
    pub(super) fn unlocked(&self, group: GroupId, name: &StoreName) -> Result<(), ErrorCode> {
        match self.locked(group, name) {
            true => Err(ErrorCode::ERROR_BUSY),
            false => Ok(()),
        }
    }

    pub(super) fn locked(&self, group: GroupId, name: &StoreName) -> bool {
        let mut backups = self.groups[group.index()].backups.iter();
        backups.any(|backup| storage_group(&backup.store).eq(storage_group(name)))
            && in_force("a-backup-locks-its-storage-group")
    }
}
