//! `evsim live`: the product on a cluster that is reached through the Cluster API.
//!
//! Whatever changes something needs the word `--allow-changes`; without it nothing is written and
//! no function of the cluster is called that changes it.

mod act;
mod capture;
mod library;
mod session;
mod settings;
mod show;
mod trouble;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use clap::{Args, Subcommand, ValueEnum};

use super::{Ended, Failure, out};
use crate::model::{EvsName, Span};
use crate::product::policy::{License, RunLimit};
pub use session::Session;
pub use show::plan_text;
pub use trouble::Trouble;

/// Look after an Exchange Virtual Server of a live cluster
#[derive(Args)]
#[command(after_help = "Example: evsim live status --node NODE1")]
pub(super) struct Live {
    #[command(flatten)]
    options: Options,

    #[command(subcommand)]
    verb: Verb,
}

/// Which cluster, and whose part is played.
#[derive(Args)]
struct Options {
    /// The node whose part is played; its cluster service is asked
    #[arg(long, global = true, value_name = "NODE")]
    node: Option<String>,

    /// Open the cluster by this name, its own, and not by the node's
    #[arg(long, global = true, value_name = "NAME")]
    cluster: Option<String>,

    /// Settings, as docs/LIVE.md describes them
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,

    /// The library that has the functions of the Cluster API
    #[arg(long, global = true, value_name = "FILE")]
    library: Option<PathBuf>,
}

#[derive(Subcommand)]
enum Verb {
    /// Show how the cluster stands, and the node's console
    Status,
    /// Show what an administrator may designate on the node now
    Choices,
    /// Show what would be done now, and why; change nothing
    Plan,
    /// Print the cluster as a scenario that can be run
    Capture,
    Designate(Designate),
    Run(Run),
}

/// Name the Exchange Virtual Server that the node is to look after
#[derive(Args)]
struct Designate {
    /// One of the choices
    #[arg(value_name = "EVS")]
    evs: String,

    /// Set the product up on the node with it
    #[arg(long)]
    install: bool,

    /// A licence that is entered on the way
    #[arg(long, requires = "install", value_name = "LICENSE")]
    license: Option<Licensed>,

    /// Without this word nothing is written
    #[arg(long)]
    allow_changes: bool,
}

#[derive(Clone, Copy, ValueEnum)]
#[value(rename_all = "snake_case")]
enum Licensed {
    /// Any number of jobs
    Unlimited,
    /// One job
    SingleShot,
}

/// Do what the product does by itself, until a signal
#[derive(Args)]
struct Run {
    /// Stop when so much time has passed by the node's clock, such as 2h
    #[arg(long = "for", value_name = "TIME")]
    at_most: Option<Span>,

    /// Without this word nothing is done
    #[arg(long)]
    allow_changes: bool,
}

impl Live {
    pub(super) fn perform(&self) -> Result<Ended, Failure> {
        let session = session::open(&self.options).map_err(Failure::Live)?;
        let text = match &self.verb {
            Verb::Status => session.status(),
            Verb::Choices => session.choices(),
            Verb::Plan => session.plan(),
            Verb::Capture => session.capture(),
            Verb::Designate(designate) => designate.perform(&session),
            Verb::Run(run) => run.perform(&session),
        };
        out::text(text.map_err(Failure::Live)?);
        Ok(Ended::Well)
    }
}

impl Designate {
    fn perform(&self, session: &Session) -> Result<String, Trouble> {
        if !self.allow_changes {
            return Err(Trouble::NotAllowed("designate"));
        }
        let license = self.license.map(|licensed| License {
            run_limit: match licensed {
                Licensed::Unlimited => RunLimit::Unlimited,
                Licensed::SingleShot => RunLimit::SingleShot,
            },
            mailboxes: None,
        });
        session.designate(&EvsName::from(self.evs.as_str()), self.install.then_some(license))
    }
}

impl Run {
    fn perform(&self, session: &Session) -> Result<String, Trouble> {
        if !self.allow_changes {
            return Err(Trouble::NotAllowed("run"));
        }
        let stop = Arc::new(AtomicBool::new(false));
        let heard = Arc::clone(&stop);
        ctrlc::set_handler(move || heard.store(true, Ordering::Relaxed))
            .map_err(|cause| Trouble::Signals(cause.to_string()))?;
        session.run(&stop, self.at_most, &mut |line| out::line(line))?;
        anstream::eprintln!("evsim: {} has stopped; what has begun goes on", session.node);
        Ok(String::new())
    }
}
