//! `evsim test`: run scenarios and compare what happens with their snapshots.
//!
//! Scenarios run side by side; what is printed stands in the order of their files all the same.

mod compare;
mod junit;
mod print;
mod watch;

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use clap::{Args, ValueEnum};

use super::Ended;
use super::files::{self, Failure};

pub use compare::{Outcome, compare};

/// Run scenarios and compare what happens with their snapshots
///
/// A snapshot stands beside its scenario, as NAME.snap beside NAME.yaml. One that is missing fails,
/// and so does one whose scenario is gone.
#[derive(Args)]
#[command(after_help = "Example: evsim test scenarios/active-active")]
pub(super) struct Test {
    /// Scenario files, or folders of them
    #[arg(default_value = files::SCENARIOS, value_name = "PATH")]
    paths: Vec<PathBuf>,

    /// Make what happens now the snapshot, and remove snapshots whose scenario is gone
    #[arg(long)]
    accept: bool,

    /// Also write the outcome as JUnit XML, as CI systems read it
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,

    /// Also print failures in the form that a CI system shows beside the lines of the files
    #[arg(long, value_name = "SYSTEM")]
    annotate: Option<System>,

    /// Go on: test again what changes, until interrupted
    #[arg(long, conflicts_with_all = ["accept", "junit", "annotate"])]
    watch: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum System {
    /// Workflow commands of GitHub Actions
    Github,
}

/// A scenario's outcome, and how long it took to come to it.
struct Tested {
    path: PathBuf,
    outcome: Outcome,
    took: Duration,
}

/// How many of the scenarios came out how.
#[derive(Clone, Copy, Default)]
struct Count {
    passed: usize,
    failed: usize,
    unusable: usize,
}

impl Test {
    pub(super) fn perform(&self) -> Result<Ended, Failure> {
        let found = files::find(&self.paths, "yaml")?;
        if found.is_empty() {
            return Err(Failure::NoScenario(self.paths.clone()));
        }
        let orphans = self.orphans()?;
        let tested = test_all(&found, self.accept);
        print::outcomes(&tested);
        print::orphans(&orphans);
        if let Some(System::Github) = self.annotate {
            print::annotations(&tested, &orphans);
        }
        let count = Count::of(&tested, orphans.len());
        print::count(count);
        if let Some(path) = &self.junit {
            let failure = |cause| Failure::Io { action: "write", path: path.clone(), cause };
            std::fs::write(path, junit::report(&tested, &orphans)).map_err(failure)?;
        }
        if self.watch {
            watch::go_on(&self.paths);
        }
        Ok(match (count.unusable, count.failed) {
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

impl Count {
    fn of(tested: &[Tested], orphans: usize) -> Self {
        let mut count = Count { failed: orphans, ..Count::default() };
        for it in tested {
            match it.outcome {
                Outcome::Same | Outcome::Accepted => count.passed += 1,
                Outcome::Unusable(_) => count.unusable += 1,
                _ => count.failed += 1,
            }
        }
        count
    }
}

/// Tests every scenario, on as many threads as the machine has cores for.
fn test_all(paths: &[PathBuf], accept: bool) -> Vec<Tested> {
    let threads = thread::available_parallelism().map_or(1, usize::from).min(paths.len());
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::with_capacity(paths.len()));
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some(path) = paths.get(at) else { break };
                    let tested = test_one(path, accept);
                    done.lock().expect("no test panics").push((at, tested));
                }
            });
        }
    });
    let mut done = done.into_inner().expect("no test panics");
    done.sort_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, tested)| tested).collect()
}

fn test_one(path: &Path, accept: bool) -> Tested {
    let begun = Instant::now();
    let outcome = compare(path, accept);
    Tested { path: path.to_owned(), outcome, took: begun.elapsed() }
}
