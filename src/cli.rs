//! The command line. stdout carries the result, stderr the rest.
//!
//! Exit codes: 0, all is well; 1, a check, an expectation or a snapshot failed; 2, evsim could not
//! do what it was asked for.

mod check;
mod files;
#[cfg(feature = "windows")]
pub mod live;
mod new;
mod out;
mod run;
mod schema;
mod shell;
mod snapshot;
mod test;
mod why;

use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};

pub use files::{Failure, scenario_name};
pub use test::{Outcome, compare};

/// Simulates Windows server clusters with Exchange Virtual Servers, and tests maintenance logic on
/// them.
#[derive(Parser)]
#[command(name = "evsim", version, max_term_width = 100, after_help = EXIT_CODES)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

const EXIT_CODES: &str = "\
Exit codes: 0 all is well; 1 a check, an expectation or a snapshot failed; 2 evsim could not do \
what it was asked for.";

// Each command is described where its arguments are: a line here would take that one's place.
#[derive(Subcommand)]
enum Command {
    Run(run::Run),
    Test(test::Test),
    Why(why::Why),
    Check(check::Check),
    Schema(schema::Schema),
    New(new::New),
    #[cfg(feature = "windows")]
    Live(live::Live),
    Completions(shell::Completions),
    Man(shell::Manual),
}

/// How a command ended.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ended {
    Well,
    /// A check, an expectation or a snapshot failed.
    Failed,
    /// A scenario could not be read, and that was said.
    Unusable,
}

/// Does what the command line says.
pub fn main() -> ExitCode {
    let ended = match Arguments::parse().command {
        Command::Run(run) => run.perform(),
        Command::Test(test) => test.perform(),
        Command::Why(why) => why.perform(),
        Command::Check(check) => check.perform(),
        Command::Schema(schema) => schema.perform(),
        Command::New(new) => new.perform(),
        #[cfg(feature = "windows")]
        Command::Live(live) => live.perform(),
        Command::Completions(shell) => shell.perform(Arguments::command()),
        Command::Man(manual) => manual.perform(Arguments::command()),
    };
    match ended {
        Ok(Ended::Well) => ExitCode::SUCCESS,
        Ok(Ended::Failed) => ExitCode::from(1),
        Ok(Ended::Unusable) => ExitCode::from(2),
        Err(failure) => {
            failure.print();
            ExitCode::from(2)
        }
    }
}
