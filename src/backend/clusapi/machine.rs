//! The host of a real machine: records as files, stores and tools through configured commands, the
//! system's clock.
//!
//! Whatever cannot be learnt is an error, never an assumption: a folder that is not there is no
//! missing record, and a tool whose end nobody saw holds its server's disk.
//!
//! Absent on purpose: a shell, any knowledge of where Exchange keeps its files, and second copies
//! of stores (`ERROR_NOT_SUPPORTED`).

mod command;
mod disk;
mod file;
mod settings;
mod tools;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use super::host::{Host, Reading};
use crate::model::{
    Act, ErrorCode, GroupName, GroupView, MountState, NodeName, Place, Record, ResourceState,
    StorageView, StoreName, Ticket, Time, Tool, resource_type,
};
use command::Running;
pub use settings::{CommandName, CommandSettings, MachineSettings, Unusable};
use tools::Tools;

/// The product's record in its folder.
const RECORD: &str = "evsim-record.json";
/// What has been handed over, beside the node's own record.
const HANDED_OVER: &str = "evsim-handed-over.json";
/// How long after a mount or dismount that failed the node looks again.
const LOOK_AGAIN: Duration = Duration::from_secs(60);

/// The numbers of the latest notifications.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct HandedOver {
    notified: Option<Ticket>,
    announced: u32,
}

/// The host of one node's machine.
pub struct Machine {
    settings: MachineSettings,
    node: NodeName,
    tools: RefCell<Tools>,
    /// Mounts and dismounts that are on their way.
    moving: RefCell<BTreeMap<(GroupName, StoreName), (MountState, Running)>>,
    /// Failed ones, each of which is looked at again then.
    again: RefCell<Vec<Instant>>,
    /// The records as they were seen last: somebody else may write them too.
    seen: RefCell<BTreeMap<PathBuf, Option<Record>>>,
    changes: Cell<u64>,
}

impl Machine {
    /// The machine of this node.
    ///
    /// # Errors
    /// The settings cannot be used, or what was noted of tools cannot be read.
    pub fn new(settings: MachineSettings, node: &NodeName) -> Result<Self, Unusable> {
        settings.check()?;
        let tools = Tools::open(&settings.records).map_err(Unusable::Tools)?;
        Ok(Self {
            settings,
            node: node.clone(),
            tools: RefCell::new(tools),
            moving: RefCell::default(),
            again: RefCell::default(),
            seen: RefCell::default(),
            changes: Cell::new(0),
        })
    }

    fn changed(&self) {
        self.changes.set(self.changes.get() + 1);
    }

    /// The folder with the record of this place.
    fn folder(&self, place: &Place) -> Result<&Path, ErrorCode> {
        match place {
            Place::Node => Ok(&self.settings.records),
            Place::Disk(group) => {
                let found = self
                    .settings
                    .groups
                    .iter()
                    .find(|(name, _)| GroupName::from(name.as_str()) == *group);
                let found = found.map(|(_, folder)| folder.as_path());
                found.ok_or(ErrorCode::ERROR_NOT_SUPPORTED)
            }
        }
    }

    fn record(&self, place: &Place) -> Result<Option<Record>, ErrorCode> {
        let path = self.folder(place)?.join(RECORD);
        let record = file::read(&path)?;
        self.seen.borrow_mut().insert(path, record.clone());
        Ok(record)
    }

    fn write(
        &self,
        place: &Place,
        replaces: Option<crate::model::Revision>,
        text: &str,
    ) -> Result<(), ErrorCode> {
        let found = self.record(place)?.map(|record| record.revision);
        if found != replaces {
            return Err(ErrorCode::ERROR_REVISION_MISMATCH);
        }
        let revision = crate::model::Revision(found.map_or(1, |revision| revision.0 + 1));
        let record = Record { revision, text: text.into() };
        file::write(&self.folder(place)?.join(RECORD), &record)?;
        self.changed();
        Ok(())
    }

    /// Takes note of what has ended and of records that have changed.
    fn look(&self) {
        for _ in 0..self.tools.borrow_mut().look() {
            self.changed();
        }
        self.moving.borrow_mut().retain(|_, (_, running)| {
            match running.ended() {
                None => return true,
                Some(true) => self.changed(),
                // Whoever looked at once would begin it again at once, and so on.
                Some(false) => self.again.borrow_mut().push(Instant::now() + LOOK_AGAIN),
            }
            false
        });
        self.again.borrow_mut().retain(|at| {
            let waits = Instant::now() < *at;
            if !waits {
                self.changed();
            }
            waits
        });
        for (path, seen) in self.seen.borrow_mut().iter_mut() {
            // One that cannot be read now is judged when it is asked for.
            if let Ok(record) = file::read(path)
                && record != *seen
            {
                *seen = record;
                self.changed();
            }
        }
    }

    /// The arguments of a command, with the names that it is about.
    fn arguments(
        &self,
        name: CommandName,
        about: &[(&str, &str)],
    ) -> Result<(Vec<String>, &CommandSettings), ErrorCode> {
        let command = self.settings.commands.get(&name).ok_or(ErrorCode::ERROR_NOT_SUPPORTED)?;
        let mut about = about.to_vec();
        about.push(("node", self.node.as_str()));
        let filled = command.arguments.iter().map(|argument| settings::filled(argument, &about));
        Ok((self.settings.prefix.iter().cloned().chain(filled).collect(), command))
    }

    /// Runs a command to its end.
    fn run(&self, name: CommandName, about: &[(&str, &str)]) -> Result<Vec<u8>, ErrorCode> {
        let (arguments, command) = self.arguments(name, about)?;
        let output = command::run(&arguments, command.timeout())?;
        match command.is_done(output.code) {
            true => Ok(output.text),
            false => Err(ErrorCode::ERROR_GEN_FAILURE),
        }
    }

    /// Begins a mount or a dismount.
    fn move_store(
        &self,
        group: &GroupName,
        store: &StoreName,
        view: Option<&GroupView>,
        to: MountState,
    ) -> Result<(), ErrorCode> {
        let name = match to {
            MountState::Mounting => CommandName::Mount,
            _ => CommandName::Dismount,
        };
        let key = (group.clone(), store.clone());
        if self.moving.borrow().contains_key(&key) {
            return Err(ErrorCode::ERROR_BUSY);
        }
        let evs = evs_of(view);
        let about = [("group", group.as_str()), ("store", store.as_str()), ("evs", evs.as_str())];
        let (arguments, command) = self.arguments(name, &about)?;
        let running = Running::start(&arguments, command, None)?;
        self.moving.borrow_mut().insert(key, (to, running));
        self.changed();
        Ok(())
    }

    fn start_tool(
        &self,
        group: &GroupName,
        store: Option<&StoreName>,
        view: Option<&GroupView>,
        tool: Tool,
        ticket: Ticket,
    ) -> Result<(), ErrorCode> {
        let evs = evs_of(view);
        let number = format!("{}-{}", ticket.job, ticket.act);
        let mut about = vec![("group", group.as_str()), ("evs", &evs), ("ticket", &number)];
        about.extend(store.map(|store| ("store", store.as_str())));
        let (arguments, command) = self.arguments(CommandName::of(tool), &about)?;
        let note = tools::Note::begun(group, store, tool, ticket);
        self.tools.borrow_mut().start(note, &arguments, command)?;
        self.changed();
        Ok(())
    }

    fn handed_over(&self) -> Result<HandedOver, ErrorCode> {
        let path = self.settings.records.join(HANDED_OVER);
        Ok(file::read(&path)?.unwrap_or_default())
    }

    /// Hands a notification over, and notes that it is.
    fn hand_over(&self, notice: &str, text: &str, next: HandedOver) -> Result<(), ErrorCode> {
        self.run(CommandName::Notify, &[("notice", notice), ("text", text)])?;
        file::write(&self.settings.records.join(HANDED_OVER), &next)?;
        self.changed();
        Ok(())
    }
}

/// The name of the server that a group is, as its System Attendant says it.
fn evs_of(view: Option<&GroupView>) -> String {
    let mut resources = view.into_iter().flat_map(|view| view.resources.values());
    let attendant = resources.find(|it| it.is_a(resource_type::SYSTEM_ATTENDANT));
    attendant.and_then(|it| it.private("NetworkName")).unwrap_or_default().to_owned()
}

/// Whether every disk of the group is online; there is one at least.
fn disk_online(view: &GroupView) -> bool {
    let resources = view.resources.values();
    let mut disks = resources.filter(|it| it.is_a(resource_type::PHYSICAL_DISK)).peekable();
    disks.peek().is_some() && disks.all(|disk| disk.state == ResourceState::Online)
}

impl Host for Machine {
    /// A clock that was set back before 1970 stands at its beginning.
    fn read(&self) -> Reading {
        self.look();
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let now = Time::from_ms(u64::try_from(since.as_millis()).unwrap_or(u64::MAX));
        Reading { now, changes: self.changes.get() }
    }

    fn storage(&self, place: &Place, group: Option<&GroupView>) -> Result<StorageView, ErrorCode> {
        self.look();
        let Place::Disk(name) = place else {
            let HandedOver { notified, announced } = self.handed_over()?;
            let (record, exchange) = (self.record(place)?, self.settings.exchange());
            return Ok(StorageView { record, notified, announced, exchange, ..Default::default() });
        };
        let view = group.ok_or(ErrorCode::ERROR_INVALID_PARAMETER)?;
        if !disk_online(view) {
            return Err(ErrorCode::ERROR_NOT_READY);
        }
        let record = self.record(place)?;
        let evs = evs_of(group);
        let said = self.run(CommandName::Disk, &[("group", name.as_str()), ("evs", &evs)])?;
        let version = self.settings.exchange().ok_or(ErrorCode::ERROR_NOT_SUPPORTED)?;
        let mut disk = disk::read(&said, version, view)?;
        for ((group, store), (mount, _)) in self.moving.borrow().iter() {
            if let Some(found) = disk.stores.get_mut(store).filter(|_| group == name) {
                found.mount = *mount;
            }
        }
        self.tools.borrow().show(name, &mut disk)?;
        Ok(StorageView { record, disk: Some(Arc::new(disk)), ..Default::default() })
    }

    fn start(&mut self, act: &Act, group: Option<&GroupView>) -> Result<(), ErrorCode> {
        match act {
            Act::Write { place, replaces, text } => self.write(place, *replaces, text),
            Act::Dismount { group: name, store } => {
                self.move_store(name, store, group, MountState::Dismounting)
            }
            Act::Mount { group: name, store } => {
                self.move_store(name, store, group, MountState::Mounting)
            }
            Act::StartTool { group: name, store, tool, ticket } => {
                self.start_tool(name, Some(store), group, *tool, *ticket)
            }
            Act::CheckMta { group: name, ticket } => {
                self.start_tool(name, None, group, Tool::MtaCheck, *ticket)
            }
            Act::StopTool { group, store, ticket } => {
                self.tools.borrow_mut().stop(group, store, *ticket)
            }
            Act::Notify { notice, text, ticket } => {
                let next = HandedOver { notified: Some(*ticket), ..self.handed_over()? };
                self.hand_over(notice.word(), text, next)
            }
            Act::Announce { notice, text, number } => {
                let next = HandedOver { announced: *number, ..self.handed_over()? };
                self.hand_over(notice.word(), text, next)
            }
            Act::Offline { .. }
            | Act::Online { .. }
            | Act::SuspendCopy { .. }
            | Act::ResumeCopy { .. }
            | Act::Reseed { .. } => Err(ErrorCode::ERROR_NOT_SUPPORTED),
        }
    }
}
