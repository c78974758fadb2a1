//! What an administrator settles about a machine: where its records lie, and by which commands it
//! reaches Exchange.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;

use crate::model::{ErrorCode, Exchange, Tool};

/// The settings of a machine.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MachineSettings {
    /// The folder of the node's own record, on a disk that stays with the node.
    pub records: PathBuf,
    /// The year in the name of the Exchange that is set up on the node; none: it carries none.
    #[serde(default)]
    exchange: Option<Year>,
    /// Folders for the records of groups, each on a disk of the group, by the group's name.
    #[serde(default)]
    pub groups: BTreeMap<String, PathBuf>,
    /// What stands before every command: where it is to be run.
    #[serde(default)]
    pub prefix: Vec<String>,
    /// The commands.
    #[serde(default)]
    pub commands: BTreeMap<CommandName, CommandSettings>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
enum Year {
    #[serde(rename = "2000")]
    E2000,
    #[serde(rename = "2003")]
    E2003,
    #[serde(rename = "2007")]
    E2007,
}

/// What a command is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CommandName {
    /// Prints what there is on a group's disk.
    Disk,
    /// Mounts a store.
    Mount,
    /// Dismounts a store.
    Dismount,
    /// Hands a notification over.
    Notify,
    /// `eseutil /mh`.
    ConsistencyCheck,
    /// `isinteg -fix`.
    ErrorFix,
    /// `isinteg` without `-fix`.
    ErrorReport,
    /// `eseutil /d`.
    Defragment,
    /// Copies a temporary file over its store.
    RestoreTemporary,
    /// Deletes a temporary file.
    DeleteTemporary,
    /// `mtacheck`.
    MtaCheck,
}

impl CommandName {
    pub(super) const fn of(tool: Tool) -> Self {
        match tool {
            Tool::ConsistencyCheck => CommandName::ConsistencyCheck,
            Tool::ErrorFix => CommandName::ErrorFix,
            Tool::ErrorReport => CommandName::ErrorReport,
            Tool::Defragment => CommandName::Defragment,
            Tool::RestoreTemporary => CommandName::RestoreTemporary,
            Tool::DeleteTemporary => CommandName::DeleteTemporary,
            Tool::MtaCheck => CommandName::MtaCheck,
        }
    }

    /// Whether it copies over a store, which is no good until that is done: it is never ended.
    const fn copies_over(self) -> bool {
        matches!(self, CommandName::Defragment | CommandName::RestoreTemporary)
    }

    /// Whether nobody waits for its end.
    const fn is_tool(self) -> bool {
        !matches!(
            self,
            CommandName::Disk | CommandName::Mount | CommandName::Dismount | CommandName::Notify
        )
    }
}

/// One command.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CommandSettings {
    /// The program and its arguments, each of which is handed over as it is.
    pub arguments: Vec<String>,
    /// How long it may take, in seconds; then it is ended. None: 60 of what is waited for, which is
    /// `disk` and `notify`; any time of all else.
    #[serde(default)]
    pub timeout_s: Option<u64>,
    /// The exit codes that say that it has done its work; none: 0.
    #[serde(default)]
    pub done: Vec<i32>,
}

/// How long a command may take where nobody says.
const TIMEOUT: Duration = Duration::from_secs(60);

impl CommandSettings {
    pub(super) fn timeout(&self) -> Duration {
        self.timeout_s.map_or(TIMEOUT, Duration::from_secs)
    }

    /// When a tool is ended, if ever.
    pub(super) fn limit(&self) -> Option<Duration> {
        self.timeout_s.map(Duration::from_secs)
    }

    pub(super) fn is_done(&self, code: Option<i32>) -> bool {
        let done = if self.done.is_empty() { &[0][..] } else { &self.done };
        code.is_some_and(|code| done.contains(&code))
    }
}

/// Why a machine cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unusable {
    /// This command names no program.
    NoProgram(CommandName),
    /// This command may not be ended, and has a time-out.
    Ended(CommandName),
    /// What was noted of tools cannot be read.
    Tools(ErrorCode),
}

impl fmt::Display for Unusable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unusable::NoProgram(name) => write!(f, "the command {name:?} names no program"),
            Unusable::Ended(name) => write!(
                f,
                "the command {name:?} has a time-out, and a store that it is copying over would be \
                 lost with it; take it out"
            ),
            Unusable::Tools(code) => write!(
                f,
                "the folder of the node's records cannot be read: {code}; make it, or name another"
            ),
        }
    }
}

impl std::error::Error for Unusable {}

impl MachineSettings {
    /// The Exchange of the node.
    pub(super) fn exchange(&self) -> Option<Exchange> {
        self.exchange.map(|year| match year {
            Year::E2000 => Exchange::E2000,
            Year::E2003 => Exchange::E2003,
            Year::E2007 => Exchange::E2007,
        })
    }

    pub(super) fn check(&self) -> Result<(), Unusable> {
        for (name, command) in &self.commands {
            if command.arguments.first().is_none_or(|program| program.trim().is_empty()) {
                return Err(Unusable::NoProgram(*name));
            }
            if name.is_tool() && name.copies_over() && command.timeout_s.is_some() {
                return Err(Unusable::Ended(*name));
            }
        }
        Ok(())
    }
}

/// An argument with each `{name}` that is known in its place; what is put in is not looked at
/// again.
pub(super) fn filled(argument: &str, about: &[(&str, &str)]) -> String {
    let mut text = String::new();
    let mut rest = argument;
    while let Some(start) = rest.find('{') {
        let (before, from) = rest.split_at(start);
        text.push_str(before);
        let end = from.find('}');
        let known = end.and_then(|end| about.iter().find(|(name, _)| *name == &from[1..end]));
        match (end, known) {
            (Some(end), Some((_, value))) => {
                text.push_str(value);
                rest = &from[end + 1..];
            }
            _ => {
                text.push('{');
                rest = &from[1..];
            }
        }
    }
    text.push_str(rest);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_put_in_is_not_looked_at_again() {
        let about = [("store", "SG1/{evs}"), ("evs", "EVS1")];
        assert_eq!(filled("-s={evs}:{store}", &about), "-s=EVS1:SG1/{evs}");
        assert_eq!(filled("{unknown} {evs", &about), "{unknown} {evs");
        assert_eq!(filled("{{evs}}", &about), "{EVS1}");
    }
}
