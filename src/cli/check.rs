//! `evsim check`: read scenarios and say what is wrong with them.

use std::path::PathBuf;

use clap::Args;

use super::files::{self, Failure};
use super::{Ended, out};

/// Read scenarios and say what is wrong with them, without running them
#[derive(Args)]
#[command(after_help = "Example: evsim check scenarios")]
pub(super) struct Check {
    /// Scenario files, or folders of them
    #[arg(default_value = files::SCENARIOS, value_name = "PATH")]
    paths: Vec<PathBuf>,
}

impl Check {
    pub(super) fn perform(&self) -> Result<Ended, Failure> {
        let found = files::find(&self.paths, "yaml")?;
        if found.is_empty() {
            return Err(Failure::NoScenario(self.paths.clone()));
        }
        let mut wrong = 0;
        for path in &found {
            match files::read(path) {
                Ok(_) => {}
                Err(failure) => {
                    if wrong > 0 {
                        anstream::eprintln!();
                    }
                    failure.print();
                    wrong += 1;
                }
            }
        }
        let scenarios = if found.len() == 1 { "scenario" } else { "scenarios" };
        out::line(format_args!("{} {scenarios} read, {wrong} wrong", found.len()));
        Ok(if wrong == 0 { Ended::Well } else { Ended::Unusable })
    }
}
