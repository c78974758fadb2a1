//! `evsim live`: the product on a cluster that is reached through the Cluster API.
//!
//! Whatever changes something needs the word `--allow-changes`; without it nothing is written and
//! no function of the cluster is called that changes it.

mod library;
mod session;
mod settings;
mod show;
mod trouble;

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{Ended, Failure};
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
}

impl Live {
    pub(super) fn perform(&self) -> Result<Ended, Failure> {
        let session = session::open(&self.options).map_err(Failure::Live)?;
        let text = match &self.verb {
            Verb::Status => session.status(),
            Verb::Choices => session.choices(),
            Verb::Plan => session.plan(),
        };
        anstream::print!("{}", text.map_err(Failure::Live)?);
        Ok(Ended::Well)
    }
}
