//! One scenario against its snapshot.

use std::path::Path;

use crate::cli::files::{self, Failure};
use crate::cli::{scenario_name, snapshot};
use crate::harness::{self, Report};

/// How one scenario came out.
#[derive(Debug)]
pub enum Outcome {
    /// As its snapshot says.
    Same,
    /// Its snapshot was written.
    Accepted,
    /// There is no snapshot.
    Missing,
    /// Something else than its snapshot says: both texts.
    Different {
        /// The snapshot.
        expected: String,
        /// What happened.
        found: String,
    },
    /// As its snapshot says, which shows a failed check or expectation.
    Failing {
        /// The report.
        report: String,
        /// The expectations that were not met: the line of the file, and what is otherwise.
        unmet: Vec<(usize, String)>,
    },
    /// The scenario is wrong, or a file could not be read or written.
    Unusable(Failure),
}

/// Runs one scenario under seed 0 and compares its report with its snapshot, or makes it the
/// snapshot.
pub fn compare(path: &Path, accept: bool) -> Outcome {
    try_compare(path, accept).unwrap_or_else(Outcome::Unusable)
}

fn try_compare(path: &Path, accept: bool) -> Result<Outcome, Failure> {
    let scenario = files::read(path)?;
    let report = harness::run(&scenario, 0);
    let found = report.text(&scenario_name(path), false);
    let snapshot = snapshot::path_of(path);
    if accept {
        snapshot::accept(&snapshot, &found)?;
    }
    let expected = snapshot::read(&snapshot)?;
    let outcome = match expected {
        None => Outcome::Missing,
        Some(expected) if expected != found => {
            Outcome::Different { expected, found: found.clone() }
        }
        Some(_) if !report.passed() => {
            Outcome::Failing { unmet: unmet(&report), report: found.clone() }
        }
        Some(_) if accept => Outcome::Accepted,
        Some(_) => Outcome::Same,
    };
    match outcome {
        Outcome::Missing | Outcome::Different { .. } => snapshot::propose(&snapshot, &found)?,
        _ => snapshot::settle(&snapshot)?,
    }
    Ok(outcome)
}

fn unmet(report: &Report) -> Vec<(usize, String)> {
    let unmet = report.met.iter().filter(|met| !met.differs.is_empty());
    unmet.map(|met| (met.line, format!("at {}: {}", met.at, met.differs.join("; ")))).collect()
}
