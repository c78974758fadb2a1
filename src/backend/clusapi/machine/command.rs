//! Programs that are run: their arguments as a list, their end, what they print.
//!
//! Absent on purpose: a shell. No argument is split, and nothing in one has a meaning.

use std::fs::File;
use std::io::Read;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use super::file::code_of;
use super::settings::CommandSettings;
use crate::model::ErrorCode;

/// What a command printed, and how it ended.
#[derive(Debug)]
pub(super) struct Output {
    /// Its exit code; none where a signal ended it.
    pub(super) code: Option<i32>,
    /// The beginning of what it wrote to its standard output.
    pub(super) text: Vec<u8>,
}

/// How much of what a command prints is kept. The rest is read too: one that nobody reads stands.
const KEPT: u64 = 1 << 20;
/// How often the end of a command is looked for.
const LOOK: Duration = Duration::from_millis(10);
/// How long after its end the last of its output is waited for: it may have left a child behind
/// that has its output open.
const LAST: Duration = Duration::from_secs(1);

fn command(arguments: &[String]) -> Result<Command, ErrorCode> {
    let (program, rest) = arguments.split_first().ok_or(ErrorCode::ERROR_INVALID_PARAMETER)?;
    let mut command = Command::new(program);
    command.args(rest).stdin(Stdio::null());
    Ok(command)
}

/// Runs a command to its end.
///
/// # Errors
/// Why it cannot be started: `ERROR_FILE_NOT_FOUND` where there is no such program.
/// `ERROR_SERVICE_REQUEST_TIMEOUT`: it took too long, and was ended.
pub(super) fn run(arguments: &[String], timeout: Duration) -> Result<Output, ErrorCode> {
    let mut command = command(arguments)?;
    command.stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().map_err(|error| code_of(&error))?;
    let printed = child.stdout.take().map(drained);
    let status = ended_within(&mut child, timeout)?;
    let text = printed.and_then(|printed| printed.recv_timeout(LAST).ok()).unwrap_or_default();
    Ok(Output { code: status.code(), text })
}

fn ended_within(child: &mut Child, timeout: Duration) -> Result<ExitStatus, ErrorCode> {
    let end = Instant::now() + timeout;
    loop {
        if let Some(status) = child.try_wait().map_err(|error| code_of(&error))? {
            return Ok(status);
        }
        if Instant::now() >= end {
            end_now(child);
            return Err(ErrorCode::ERROR_SERVICE_REQUEST_TIMEOUT);
        }
        thread::sleep(LOOK);
    }
}

/// One that has ended meanwhile cannot be ended, and that is as well.
fn end_now(child: &mut Child) {
    let _ = child.kill();
    let _ = child.wait();
}

/// Reads it to its end, and hands on the beginning.
fn drained(mut from: impl Read + Send + 'static) -> Receiver<Vec<u8>> {
    let (told, printed) = mpsc::channel();
    thread::spawn(move || {
        let mut kept = Vec::new();
        // What breaks off is what there is; the exit code says whether it is enough.
        let _ = from.by_ref().take(KEPT).read_to_end(&mut kept);
        let _ = std::io::copy(&mut from, &mut std::io::sink());
        let _ = told.send(kept);
    });
    printed
}

/// A command that nobody waits for.
#[derive(Debug)]
pub(super) struct Running {
    child: Child,
    done: Vec<i32>,
    end: Option<Instant>,
}

impl Running {
    /// Starts it; what it prints goes to the file, where there is one.
    ///
    /// # Errors
    /// As for [`run`].
    pub(super) fn start(
        arguments: &[String],
        settings: &CommandSettings,
        output: Option<File>,
    ) -> Result<Self, ErrorCode> {
        let mut command = command(arguments)?;
        match output {
            Some(file) => {
                let second = file.try_clone().map_err(|error| code_of(&error))?;
                command.stdout(file).stderr(second);
            }
            None => {
                command.stdout(Stdio::null()).stderr(Stdio::null());
            }
        }
        let child = command.spawn().map_err(|error| code_of(&error))?;
        let end = settings.limit().map(|limit| Instant::now() + limit);
        let done = if settings.done.is_empty() { vec![0] } else { settings.done.clone() };
        Ok(Self { child, done, end })
    }

    /// Whether it did its work, once it has ended.
    pub(super) fn ended(&mut self) -> Option<bool> {
        let status = match self.child.try_wait() {
            Ok(Some(status)) => status,
            Ok(None) if self.end.is_some_and(|end| Instant::now() >= end) => {
                end_now(&mut self.child);
                return Some(false);
            }
            Ok(None) => return None,
            Err(_) => return Some(false),
        };
        Some(status.code().is_some_and(|code| self.done.contains(&code)))
    }

    /// Ends it before it is through.
    pub(super) fn stop(&mut self) {
        end_now(&mut self.child);
    }
}
