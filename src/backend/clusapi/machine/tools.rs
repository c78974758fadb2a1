//! The latest run of each tool on each store, noted in a file before it is started.
//!
//! A run whose end this process did not see may still be at work, or may have been cut short:
//! nobody knows, so its server's disk is unknown until somebody who has looked takes the note out.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::command::Running;
use super::file;
use super::settings::CommandSettings;
use crate::model::{
    DiskView, ErrorCode, GroupName, StoreName, Ticket, Tool, ToolPhase, ToolState, ToolView,
};

/// The notes in the folder of the node's records.
const NOTES: &str = "evsim-tools.json";
/// As much of what a tool printed is looked at.
const LOOKED_AT: u64 = 1 << 20;

/// One run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Note {
    group: GroupName,
    /// None: the database of the Message Transfer Agent.
    store: Option<StoreName>,
    tool: Tool,
    ticket: Ticket,
    state: ToolState,
    fixes: u32,
}

impl Note {
    /// A run that begins now.
    pub(super) fn begun(
        group: &GroupName,
        store: Option<&StoreName>,
        tool: Tool,
        ticket: Ticket,
    ) -> Self {
        let (group, store) = (group.clone(), store.cloned());
        Self { group, store, tool, ticket, state: ToolState::Running, fixes: 0 }
    }

    /// A defragmentation tells nobody when it begins to copy back: it counts as doing so all the
    /// time, so that nobody ends it.
    fn view(&self) -> ToolView {
        let phase = match self.tool {
            Tool::Defragment | Tool::RestoreTemporary => ToolPhase::CopyingBack,
            _ => ToolPhase::Working,
        };
        ToolView {
            tool: self.tool,
            ticket: self.ticket,
            state: self.state,
            phase,
            fixes: self.fixes,
        }
    }

    fn is_on(&self, group: &GroupName, store: Option<&StoreName>) -> bool {
        self.group == *group && self.store.as_ref() == store
    }
}

/// Every run that is known, and the programs of those that this process has started.
pub(super) struct Tools {
    folder: PathBuf,
    notes: Vec<Note>,
    running: BTreeMap<Ticket, Running>,
}

impl Tools {
    /// What is noted in the folder.
    ///
    /// # Errors
    /// The note cannot be read.
    pub(super) fn open(folder: &Path) -> Result<Self, ErrorCode> {
        let notes = file::read(&folder.join(NOTES))?.unwrap_or_default();
        Ok(Self { folder: folder.to_owned(), notes, running: BTreeMap::new() })
    }

    fn write(&self) -> Result<(), ErrorCode> {
        file::write(&self.folder.join(NOTES), &self.notes)
    }

    /// What the tool of a run prints goes there, and stays.
    fn output(&self, ticket: Ticket) -> PathBuf {
        self.folder.join(format!("evsim-job-{}-act-{}.txt", ticket.job, ticket.act))
    }

    /// Notes the run and starts its tool.
    ///
    /// # Errors
    /// `ERROR_BUSY`: a tool is at work there, or nobody knows whether one is. Otherwise why it
    /// cannot be started; then the run is noted as failed.
    pub(super) fn start(
        &mut self,
        note: Note,
        arguments: &[String],
        settings: &CommandSettings,
    ) -> Result<(), ErrorCode> {
        let on = |it: &Note| it.is_on(&note.group, note.store.as_ref());
        if self.notes.iter().any(|it| on(it) && it.state == ToolState::Running) {
            return Err(ErrorCode::ERROR_BUSY);
        }
        let ticket = note.ticket;
        let before = self.notes.clone();
        self.notes.retain(|it| !on(it));
        self.notes.push(note);
        if let Err(code) = self.write() {
            self.notes = before;
            return Err(code);
        }
        let output = File::create(self.output(ticket)).map_err(|error| file::code_of(&error));
        match output.and_then(|output| Running::start(arguments, settings, Some(output))) {
            Ok(running) => {
                self.running.insert(ticket, running);
                Ok(())
            }
            Err(code) => {
                self.end(ticket, false);
                Err(code)
            }
        }
    }

    /// Takes note of the runs that have ended; says how many have.
    pub(super) fn look(&mut self) -> usize {
        let running = self.running.iter_mut();
        let ended = running.filter_map(|(ticket, running)| Some((*ticket, running.ended()?)));
        let ended: Vec<(Ticket, bool)> = ended.collect();
        for (ticket, done) in &ended {
            self.end(*ticket, *done);
        }
        ended.len()
    }

    /// A note that cannot be written says that the tool is at work, also after a restart: that
    /// holds more than it has to, and never less.
    fn end(&mut self, ticket: Ticket, done: bool) {
        self.running.remove(&ticket);
        let fixes = fixes(&self.output(ticket));
        // A job that is taken over from another node may bear a number that was used here before.
        let meant = |note: &&mut Note| note.ticket == ticket && note.state == ToolState::Running;
        if let Some(note) = self.notes.iter_mut().find(meant) {
            note.state = if done { ToolState::Succeeded } else { ToolState::Failed };
            note.fixes = fixes;
        }
        let _ = self.write();
    }

    /// Ends a run before it is through.
    ///
    /// # Errors
    /// `ERROR_INVALID_STATE`: it is not at work, was not started by this process, or is copying
    /// over its store.
    pub(super) fn stop(
        &mut self,
        group: &GroupName,
        store: &StoreName,
        ticket: Ticket,
    ) -> Result<(), ErrorCode> {
        let on = |note: &&Note| note.is_on(group, Some(store)) && note.ticket == ticket;
        let found = self.notes.iter().find(on);
        let stoppable = found.is_some_and(|note| note.view().phase == ToolPhase::Working);
        match self.running.get_mut(&ticket).filter(|_| stoppable) {
            Some(running) => {
                running.stop();
                Ok(())
            }
            None => Err(ErrorCode::ERROR_INVALID_STATE),
        }
    }

    /// Puts the runs into the view of the group's disk.
    ///
    /// # Errors
    /// `ERROR_BUSY`: nobody knows whether a tool is at work there.
    pub(super) fn show(&self, group: &GroupName, disk: &mut DiskView) -> Result<(), ErrorCode> {
        for note in self.notes.iter().filter(|note| note.group == *group) {
            if note.state == ToolState::Running && !self.running.contains_key(&note.ticket) {
                return Err(ErrorCode::ERROR_BUSY);
            }
            match &note.store {
                Some(store) => {
                    disk.tools.insert(store.clone(), note.view());
                }
                None => {
                    if let Some(mta) = &mut disk.mta {
                        mta.tool = Some(note.view());
                    }
                }
            }
        }
        Ok(())
    }
}

/// How many errors `isinteg` says that it put right: it prints a count for each of its tests, as in
/// `0 error(s); 0 warning(s); 2 fix(es)`.
fn fixes(output: &Path) -> u32 {
    let mut text = Vec::new();
    let read = fs::File::open(output).and_then(|file| file.take(LOOKED_AT).read_to_end(&mut text));
    if read.is_err() {
        return 0;
    }
    let text = String::from_utf8_lossy(&text);
    let counts = text.match_indices(" fix(es)").map(|(at, _)| {
        let digits = text[..at].rsplit(|c: char| !c.is_ascii_digit()).next().unwrap_or_default();
        digits.parse::<u32>().unwrap_or(0)
    });
    counts.fold(0, u32::saturating_add)
}
