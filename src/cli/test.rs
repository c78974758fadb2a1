//! `evsim test`: run scenarios and compare what happens with their snapshots.

use std::path::{Path, PathBuf};

use anstyle::{AnsiColor, Style};
use clap::Args;
use similar::{ChangeTag, TextDiff};

use super::files::{self, Failure};
use super::{Ended, scenario_name, snapshot};
use crate::harness;

/// Run scenarios and compare what happens with their snapshots
///
/// A snapshot stands beside its scenario, as NAME.snap beside NAME.yaml. One that is missing fails,
/// and so does one whose scenario is gone.
#[derive(Args)]
#[command(after_help = "Example: evsim test scenarios/active-active")]
pub(super) struct Test {
    /// Scenario files, or folders of them
    #[arg(default_value = "scenarios", value_name = "PATH")]
    paths: Vec<PathBuf>,

    /// Make what happens now the snapshot, and remove snapshots whose scenario is gone
    #[arg(long)]
    accept: bool,
}

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
    Failing(String),
    /// The scenario is wrong, or a file could not be read or written.
    Unusable(Failure),
}

impl Test {
    pub(super) fn perform(&self) -> Result<Ended, Failure> {
        let found = files::find(&self.paths, "yaml")?;
        if found.is_empty() {
            return Err(Failure::NoScenario(self.paths.clone()));
        }
        let orphans = self.orphans()?;
        let (mut passed, mut failed, mut unusable) = (0, orphans.len(), 0);
        for path in &found {
            let outcome = compare(path, self.accept);
            match &outcome {
                Outcome::Same | Outcome::Accepted => passed += 1,
                Outcome::Unusable(_) => unusable += 1,
                _ => failed += 1,
            }
            print(path, &outcome);
        }
        for orphan in &orphans {
            let path = orphan.display();
            line(RED, "ORPHAN", &format!("{path}: its scenario is gone; --accept removes it"));
        }
        anstream::println!("{passed} passed, {} failed", failed + unusable);
        Ok(match (unusable, failed) {
            (0, 0) => Ended::Well,
            (0, _) => Ended::Failed,
            _ => Ended::Unusable,
        })
    }

    /// Snapshots whose scenario is gone; with `--accept` they are removed and no longer orphans.
    fn orphans(&self) -> Result<Vec<PathBuf>, Failure> {
        let folders: Vec<PathBuf> = self.paths.iter().filter(|it| it.is_dir()).cloned().collect();
        let mut orphans = files::find(&folders, "snap")?;
        orphans.retain(|path| !path.with_extension("yaml").exists());
        if self.accept {
            for path in std::mem::take(&mut orphans) {
                std::fs::remove_file(&path).map_err(|cause| Failure::Io {
                    action: "remove",
                    path,
                    cause,
                })?;
            }
        }
        Ok(orphans)
    }
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
        Some(_) if !report.passed() => Outcome::Failing(found.clone()),
        Some(_) if accept => Outcome::Accepted,
        Some(_) => Outcome::Same,
    };
    match outcome {
        Outcome::Missing | Outcome::Different { .. } => snapshot::propose(&snapshot, &found)?,
        _ => snapshot::settle(&snapshot)?,
    }
    Ok(outcome)
}

const GREEN: Style = AnsiColor::Green.on_default();
const RED: Style = AnsiColor::Red.on_default().bold();

fn line(style: Style, word: &str, text: &str) {
    anstream::println!("{style}{word:<8}{style:#} {text}");
}

fn print(path: &Path, outcome: &Outcome) {
    let name = scenario_name(path);
    match outcome {
        Outcome::Same => line(GREEN, "ok", &name),
        Outcome::Accepted => line(GREEN, "accepted", &name),
        Outcome::Missing => {
            line(RED, "MISSING", &format!("{name}: no snapshot yet; --accept writes it"));
        }
        Outcome::Different { expected, found } => {
            line(RED, "DIFFERS", &format!("{name}: not as its snapshot says"));
            print_difference(expected, found);
        }
        Outcome::Failing(report) => {
            line(RED, "FAILED", &format!("{name}: a check or an expectation failed"));
            let failed = report.lines().skip_while(|line| *line != "checks");
            failed
                .filter(|line| !line.starts_with("  ok") && !line.starts_with("  -"))
                .skip(1)
                .for_each(|line| anstream::println!("         {line}"));
        }
        Outcome::Unusable(failure) => {
            line(RED, "ERROR", &name);
            failure.print();
        }
    }
}

fn print_difference(expected: &str, found: &str) {
    let difference = TextDiff::from_lines(expected, found);
    for group in difference.grouped_ops(2) {
        anstream::println!("           ...");
        for change in group.iter().flat_map(|it| difference.iter_changes(it)) {
            let (style, sign) = match change.tag() {
                ChangeTag::Delete => (RED, '-'),
                ChangeTag::Insert => (GREEN, '+'),
                ChangeTag::Equal => (Style::new(), ' '),
            };
            anstream::print!("         {style}{sign} {}{style:#}", change.value());
        }
    }
}
