//! `evsim run`: run scenarios and print what happens.

use std::fs;
use std::path::{Path, PathBuf};

use clap::{ArgAction, Args, ValueEnum};

use super::files::{self, Failure};
use super::{Ended, out, scenario_name};
use crate::harness::{self, Detail, Moment};
use crate::model::{NodeName, Span, Time, same};
use crate::scenario::Scenario;

/// Run scenarios and print what happens
#[derive(Args)]
#[command(after_help = "\
Example: evsim run scenarios/active-active/node-failure.yaml

Closer, with the same FILE:
  evsim run FILE -vv                        why, with every node that was weighed
  evsim run FILE --at 10m20s                how everything stood then
  evsim run FILE --at 10m5s --node NODE1    what NODE1 could know then
  evsim run FILE --html node-failure.html   the run as a page for a browser
  evsim why FILE --at 15m EVS2              how EVS2 came to be where it was")]
pub(super) struct Run {
    /// Scenario files
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,

    /// Fixes every draw: heartbeat phases, random destinations, writes cut short by a crash
    #[arg(long, default_value_t = 0, value_name = "N", allow_negative_numbers = true)]
    seed: u64,

    /// How to print the report
    #[arg(long, default_value = "text", value_name = "FORMAT")]
    format: Format,

    /// End the run at this time instead of the scenario's own, such as 15m
    #[arg(long, value_name = "TIME")]
    until: Option<Span>,

    /// Print how everything stands at this time instead of what happens: nodes, groups, resources
    /// that are not as intended, disks, consoles
    #[arg(long, value_name = "TIME", conflicts_with = "html")]
    at: Option<Span>,

    /// Print the run as this node saw it: what it did itself, and what it could know of the others
    #[arg(long, value_name = "NODE", conflicts_with = "html")]
    node: Option<NodeName>,

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
        for (index, path) in self.files.iter().enumerate() {
            let mut scenario = files::read(path)?;
            if let Some(until) = self.until {
                scenario.until = Time::START + until;
                scenario.expect.retain(|expectation| expectation.at <= scenario.until);
            }
            let name = scenario_name(path);
            let node = self.node(&scenario)?;
            if let Some(at) = self.at {
                let moment = self.moment(&scenario, Time::START + at, node)?;
                self.print_moment(&moment, &name, index);
                continue;
            }
            let report = match &self.html {
                Some(out) => {
                    let course = harness::follow(&scenario, self.seed);
                    write(out, &course.page(&name))?;
                    course.report
                }
                None => harness::watch(&scenario, self.seed, node).report(),
            };
            if !report.passed() {
                ended = Ended::Failed;
            }
            match self.format {
                Format::Text => {
                    let between = if index > 0 { "\n" } else { "" };
                    out::text(format_args!("{between}{}", report.text(&name, detail)));
                }
                Format::Json => out::line(report.json(&name, detail)),
            }
        }
        Ok(ended)
    }

    /// The node that is asked for, which the scenario has to have.
    fn node(&self, scenario: &Scenario) -> Result<Option<&NodeName>, Failure> {
        let Some(node) = &self.node else { return Ok(None) };
        let names = scenario.cluster.nodes.iter().map(|it| it.name.as_str());
        match names.clone().any(|name| same(name, node.as_str())) {
            true => Ok(Some(node)),
            false => Err(files::unknown("node", node.as_str(), names)),
        }
    }

    fn moment(
        &self,
        scenario: &Scenario,
        at: Time,
        node: Option<&NodeName>,
    ) -> Result<Moment, Failure> {
        if at > scenario.until {
            let told = format!("{at} is after the end of the run, {}", scenario.until);
            return Err(Failure::Shape(told));
        }
        let mut run = harness::watch(scenario, self.seed, None);
        run.advance(at);
        Ok(run.moment(node))
    }

    fn print_moment(&self, moment: &Moment, name: &str, index: usize) {
        let (seed, at) = (self.seed, moment.at);
        if matches!(self.format, Format::Json) {
            return out::line(moment.json(name, seed));
        }
        let before = if index > 0 { "\n" } else { "" };
        let eyes = moment.eyes.as_ref().map(|eyes| format!("   as {} saw it", eyes.node));
        let eyes = eyes.unwrap_or_default();
        let text = moment.text();
        out::text(format_args!("{before}{name}   seed {seed}   at {at}{eyes}\n\n{text}"));
    }
}

fn write(path: &Path, text: &str) -> Result<(), Failure> {
    let failed = |cause| Failure::Io { action: "write", path: path.to_owned(), cause };
    fs::write(path, text).map_err(failed)
}
