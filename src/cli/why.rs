//! `evsim why`: how a server came to be where it is at a moment.

use std::path::PathBuf;

use clap::Args;

use super::files::{self, Failure};
use super::{Ended, out};
use crate::harness;
use crate::model::{EvsName, Span, Time};

/// Explain how a server came to be where it is: the causes, the latest first
#[derive(Args)]
#[command(after_help = "\
Example: evsim why scenarios/active-active/node-failure.yaml --at 15m EVS2")]
pub(super) struct Why {
    /// The scenario's file
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// The Exchange Virtual Server
    #[arg(value_name = "EVS")]
    evs: EvsName,

    /// At which time [default: at the end]
    #[arg(long, value_name = "TIME")]
    at: Option<Span>,

    /// The seed of the run
    #[arg(long, default_value_t = 0, value_name = "N", allow_negative_numbers = true)]
    seed: u64,
}

impl Why {
    pub(super) fn perform(&self) -> Result<Ended, Failure> {
        let scenario = files::read(&self.file)?;
        let at = self.at.map_or(scenario.until, |at| Time::START + at);
        if at > scenario.until {
            let told = format!("{at} is after the end of the run, {}", scenario.until);
            return Err(Failure::Shape(told));
        }
        let mut run = harness::watch(&scenario, self.seed, None);
        run.advance(at);
        let Some(causes) = harness::why(&scenario, run.story(), &self.evs, at) else {
            let known = scenario.cluster.groups.iter().filter_map(|group| group.evs_name());
            return Err(files::unknown("server", self.evs.as_str(), known));
        };
        for cause in causes {
            out::line(format_args!("{}  {}", cause.at, cause.sentence));
        }
        Ok(Ended::Well)
    }
}
