//! `evsim test --watch`: whenever a scenario or its snapshot changes, it is tested again.
//!
//! It looks five times a second, which works on every file system and costs next to nothing for
//! some hundred files. A folder that cannot be read for a moment, as an editor replaces a file, is
//! looked at again the next time.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, SystemTime};

use super::{Count, print, test_all};
use crate::cli::out;
use crate::cli::{files, snapshot};

const PAUSE: Duration = Duration::from_millis(200);

/// When a file changed last, and how large it is; none: it is not there.
type Stamp = Option<(SystemTime, u64)>;

/// Every scenario, with its own stamp and its snapshot's.
type Seen = BTreeMap<PathBuf, (Stamp, Stamp)>;

/// Tests what changes, until the process is interrupted.
pub(super) fn go_on(paths: &[PathBuf]) {
    let mut seen = look(paths).unwrap_or_default();
    out::line(format_args!("watching {} scenarios", seen.len()));
    loop {
        thread::sleep(PAUSE);
        let Some(now) = look(paths) else { continue };
        let changed: Vec<PathBuf> = now
            .iter()
            .filter(|(path, stamps)| seen.get(*path) != Some(*stamps))
            .map(|(path, _)| path.clone())
            .collect();
        seen = now;
        if changed.is_empty() {
            continue;
        }
        let tested = test_all(&changed, false);
        out::line("");
        print::outcomes(&tested);
        print::count(Count::of(&tested, 0));
    }
}

fn look(paths: &[PathBuf]) -> Option<Seen> {
    let found = files::find(paths, "yaml").ok()?;
    let stamps = |path: PathBuf| {
        let both = (stamp(&path), stamp(&snapshot::path_of(&path)));
        (path, both)
    };
    Some(found.into_iter().map(stamps).collect())
}

fn stamp(path: &Path) -> Stamp {
    let about = fs::metadata(path).ok()?;
    Some((about.modified().ok()?, about.len()))
}
