//! `evsim schema`: the JSON Schema of the scenario format.

use clap::Args;

use super::files::Failure;
use super::{Ended, out};
use crate::scenario;

/// Print the JSON Schema of the scenario format, with which editors complete and explain
///
/// An editor with YAML support takes it for the files that name it in a comment, or for those that
/// its settings name. scenarios/README.md shows how.
#[derive(Args)]
#[command(after_help = "Example: evsim schema > scenario.schema.json")]
pub(super) struct Schema {}

impl Schema {
    pub(super) fn perform(&self) -> Result<Ended, Failure> {
        out::line(format_args!("{:#}", scenario::schema()));
        Ok(Ended::Well)
    }
}
