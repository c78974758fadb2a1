//! The scenarios that are shipped.

use std::fs;
use std::path::{Path, PathBuf};

use evsim::scenario::{self, Scenario};

/// Every scenario with its name, as `active-active/node-failure`, in the order of the names.
pub(crate) fn scenarios() -> Vec<(String, Scenario)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let mut files = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("the scenarios are there") {
            let path = entry.expect("an entry of the folder").path();
            match path.is_dir() {
                true => folders.push(path),
                false if path.extension().is_some_and(|it| it == "yaml") => files.push(path),
                false => {}
            }
        }
    }
    files.sort();
    let read = |path: PathBuf| {
        let name = path.strip_prefix(&root).expect("it is below").with_extension("");
        let text = fs::read(&path).expect("a readable file");
        let scenario = scenario::read(&text, &path.to_string_lossy());
        let scenario = scenario.unwrap_or_else(|wrong| panic!("{wrong}"));
        (name.to_string_lossy().replace('\\', "/"), scenario)
    };
    files.into_iter().map(read).collect()
}
