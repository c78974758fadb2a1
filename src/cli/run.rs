//! `evsim run`: run scenarios and print what happens.

use std::fs;
use std::path::{Path, PathBuf};

use clap::{ArgAction, Args, ValueEnum};

use super::files::{self, Failure};
use super::{Ended, scenario_name};
use crate::harness::{self, Detail};
use crate::model::{Span, Time};

/// Run scenarios and print what happens
#[derive(Args)]
#[command(after_help = "\
Example: evsim run scenarios/active-active/node-failure.yaml
         evsim run scenarios/active-active/node-failure.yaml --html node-failure.html")]
pub(super) struct Run {
    /// Scenario files
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,

    /// Fixes every draw: heartbeat phases, random destinations, writes cut short by a crash
    #[arg(long, default_value_t = 0, value_name = "N")]
    seed: u64,

    /// How to print the report
    #[arg(long, default_value = "text", value_name = "FORMAT")]
    format: Format,

    /// End the run at this time instead of the scenario's own, such as 15m
    #[arg(long, value_name = "TIME")]
    until: Option<Span>,

    /// Show every change of state, not the story alone; twice: also why, with each node that a
    /// group could have gone to and what ruled it out
    #[arg(short, long, action = ArgAction::Count)]
    verbose: u8,

    /// Also write the run of one scenario as a page for a browser, complete in one file
    #[arg(long, value_name = "OUT")]
    html: Option<PathBuf>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// For programs; one report a line
    Json,
}

impl Run {
    pub(super) fn perform(&self) -> Result<Ended, Failure> {
        if self.html.is_some() && self.files.len() > 1 {
            return Err(Failure::Shape("a page shows one scenario: name one file".to_owned()));
        }
        let mut ended = Ended::Well;
        let detail = match self.verbose {
            0 => Detail::Story,
            1 => Detail::Changes,
            _ => Detail::Reasons,
        };
        for (at, path) in self.files.iter().enumerate() {
            let mut scenario = files::read(path)?;
            if let Some(until) = self.until {
                scenario.until = Time::START + until;
                scenario.expect.retain(|expectation| expectation.at <= scenario.until);
            }
            let name = scenario_name(path);
            let report = match &self.html {
                Some(out) => {
                    let course = harness::follow(&scenario, self.seed);
                    write(out, &course.page(&name))?;
                    course.report
                }
                None => harness::run(&scenario, self.seed),
            };
            if !report.passed() {
                ended = Ended::Failed;
            }
            match self.format {
                Format::Text if at > 0 => {
                    anstream::print!("\n{}", report.text(&name, detail));
                }
                Format::Text => anstream::print!("{}", report.text(&name, detail)),
                Format::Json => anstream::println!("{}", report.json(&name, detail)),
            }
        }
        Ok(ended)
    }
}

fn write(path: &Path, text: &str) -> Result<(), Failure> {
    let failed = |cause| Failure::Io { action: "write", path: path.to_owned(), cause };
    fs::write(path, text).map_err(failed)
}
