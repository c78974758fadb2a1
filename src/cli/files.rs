//! Finding and reading scenario files.

use std::fmt;
use std::fs;
use std::io::{self, IsTerminal, Read as _};
use std::path::{Path, PathBuf};

use crate::scenario::{self, Diagnostics, Scenario};

/// Where scenarios are looked for when none is named.
pub(super) const SCENARIOS: &str = "scenarios";

/// Why evsim could not do what it was asked for.
#[derive(Debug)]
pub enum Failure {
    /// A file or folder could not be read or written.
    Io {
        /// What was tried.
        action: &'static str,
        /// With what.
        path: PathBuf,
        /// Why not.
        cause: io::Error,
    },
    /// Paths that hold no scenario.
    NoScenario(Vec<PathBuf>),
    /// A folder where a scenario's file is needed.
    Folder(PathBuf),
    /// The folder of scenarios that is looked for where none is named.
    NoFolder(PathBuf),
    /// A snapshot where its scenario is needed.
    Snapshot(PathBuf),
    /// What was asked for cannot be: why.
    Shape(String),
    /// The scenario is wrong.
    Scenario(Box<Diagnostics>),
    /// A live cluster is out of reach.
    #[cfg(feature = "windows")]
    Live(super::live::Trouble),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Io { action, path, cause } => {
                write!(f, "cannot {action} {}: {cause}", path.display())?;
                f.write_str(match cause.kind() {
                    io::ErrorKind::AlreadyExists => "; name another file, or remove this one",
                    _ => "",
                })
            }
            Failure::NoFolder(path) => write!(
                f,
                "there is no folder `{}` here: name scenario files, or folders of them",
                path.display()
            ),
            Failure::Snapshot(path) => write!(
                f,
                "cannot run {}: it is a snapshot; name its scenario, {}",
                path.display(),
                path.with_extension("yaml").display()
            ),
            Failure::NoScenario(paths) => {
                let paths: Vec<_> = paths.iter().map(|path| path.to_string_lossy()).collect();
                write!(f, "no scenario (*.yaml) in {}", paths.join(", "))
            }
            Failure::Folder(path) => write!(
                f,
                "cannot run {}: it is a folder; name its files, or use `evsim test`",
                path.display()
            ),
            Failure::Shape(why) => f.write_str(why),
            #[cfg(feature = "windows")]
            Failure::Live(trouble) => write!(f, "{trouble}"),
            Failure::Scenario(diagnostics) => f.write_str(diagnostics.render(false).trim_end()),
        }
    }
}

impl Failure {
    pub(super) fn print(&self) {
        match self {
            Failure::Scenario(diagnostics) => {
                let colour = io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
                anstream::eprintln!("{}", diagnostics.render(colour).trim_end());
            }
            other => anstream::eprintln!("evsim: {other}"),
        }
    }
}

/// There is nothing of this name: the names that there are.
pub(super) fn unknown<'a>(what: &str, name: &str, known: impl Iterator<Item = &'a str>) -> Failure {
    let known: Vec<&str> = known.collect();
    if known.is_empty() {
        return Failure::Shape(format!("there is no {what} `{name}`: the scenario has none"));
    }
    Failure::Shape(format!("there is no {what} `{name}`: there is {}", known.join(", ")))
}

/// Reads one scenario.
pub(super) fn read(path: &Path) -> Result<Scenario, Failure> {
    if path.is_dir() {
        return Err(Failure::Folder(path.to_owned()));
    }
    if path.extension().is_some_and(|it| it == "snap") {
        return Err(Failure::Snapshot(path.to_owned()));
    }
    let text = bytes(path).map_err(|cause| Failure::Io {
        action: "read",
        path: path.to_owned(),
        cause,
    })?;
    let origin = path.to_string_lossy().replace('\\', "/");
    scenario::read(&text, &origin).map_err(|wrong| Failure::Scenario(Box::new(wrong)))
}

/// What a file holds, and of one that is too large only so much that this shows.
fn bytes(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    fs::File::open(path)?.take(scenario::BYTES_MAX as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Every file under the paths that ends as asked, sorted; a path to a file counts as itself.
pub(super) fn find(paths: &[PathBuf], extension: &str) -> Result<Vec<PathBuf>, Failure> {
    let mut found = Vec::new();
    for path in paths {
        if path.as_os_str() == SCENARIOS && !path.exists() {
            return Err(Failure::NoFolder(path.clone()));
        }
        let about = fs::metadata(path).map_err(|cause| Failure::Io {
            action: "read",
            path: path.clone(),
            cause,
        })?;
        if about.is_dir() {
            collect(path, extension, &mut found)?;
        } else {
            found.push(path.clone());
        }
    }
    found.sort();
    found.dedup();
    Ok(found)
}

fn collect(folder: &Path, extension: &str, found: &mut Vec<PathBuf>) -> Result<(), Failure> {
    let failure = |cause| Failure::Io { action: "read the folder", path: folder.to_owned(), cause };
    for entry in fs::read_dir(folder).map_err(failure)? {
        let entry = entry.map_err(failure)?;
        let path = entry.path();
        if entry.file_type().map_err(failure)?.is_dir() {
            collect(&path, extension, found)?;
        } else if path.extension().is_some_and(|it| it == extension) {
            found.push(path);
        }
    }
    Ok(())
}

/// What a report calls the scenario: its path below the folder `scenarios`, without the ending;
/// elsewhere its file name without the ending.
pub fn scenario_name(path: &Path) -> String {
    let bare = path.with_extension("");
    let parts: Vec<_> = bare.iter().map(|part| part.to_string_lossy()).collect();
    let below = parts.iter().rposition(|part| part == "scenarios").map(|at| at + 1);
    let from = below.filter(|from| *from < parts.len()).unwrap_or(parts.len().saturating_sub(1));
    parts[from..].join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scenario_is_named_by_its_place() {
        assert_eq!(scenario_name(Path::new("scenarios/a/b.yaml")), "a/b");
        assert_eq!(scenario_name(Path::new("/x/scenarios/b.yaml")), "b");
        assert_eq!(scenario_name(Path::new("/tmp/c.yaml")), "c");
        assert_eq!(scenario_name(Path::new("scenarios")), "scenarios");
    }
}
