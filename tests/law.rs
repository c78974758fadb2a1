//! Rules of the code as tests: who may import whom, what is banned where, how long things may be.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// What each module may use of the crate; `product::agent` is a module of its own here.
const LAW: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("backend", &["model"]),
    ("product", &["model"]),
    ("product::agent", &["model", "backend", "product"]),
    ("sim", &["model", "backend"]),
    ("simapi", &["model", "backend", "sim"]),
    ("scenario", &["model", "sim", "product::policy", "product::request", "product::vocabulary"]),
    ("harness", &["model", "backend", "product", "sim", "scenario"]),
    ("cli", &["model", "backend", "product", "sim", "scenario", "harness"]),
    ("main", &["cli"]),
    // The library that other programs load: a scenario brought to some moment, behind `simapi`.
    ("clusapi", &["model", "backend::clusapi::functions", "sim", "simapi", "scenario", "harness"]),
];

/// What makes a run depend on more than its input.
const BANNED_IN_DECISIONS: &[&str] = &[
    "SystemTime",
    "Instant::",
    "std::time",
    "thread_rng",
    "rand::rng()",
    "from_os_rng",
    "HashMap",
    "HashSet",
    "std::fs",
    "std::env",
    "std::thread",
    "std::net",
];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn files_below(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder of the checkout") {
            let path = entry.expect("an entry of the checkout").path();
            match path.is_dir() {
                true => folders.push(path),
                false if path.extension().is_some_and(|it| it == extension) => found.push(path),
                false => {}
            }
        }
    }
    found.sort();
    found
}

fn shown(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).to_string_lossy().replace('\\', "/")
}

fn sources() -> BTreeMap<String, String> {
    let mut paths = files_below(&root().join("src"), "rs");
    paths.extend(files_below(&root().join("tests/clusapi"), "rs"));
    paths.iter().map(|path| (shown(path), fs::read_to_string(path).expect("UTF-8"))).collect()
}

/// `src/sim/queue.rs` is of `sim`, `src/product/agent.rs` of `product::agent`.
fn module_of(file: &str) -> &str {
    let inner = file.trim_start_matches("src/").trim_start_matches("tests/");
    let inner = inner.trim_end_matches(".rs");
    match inner {
        "product/agent" => "product::agent",
        _ => inner.split('/').next().expect("split yields at least one part"),
    }
}

/// The code without its comments: a line of prose may name anything.
fn code(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let lines = text.lines().enumerate().map(|(at, line)| (at + 1, line));
    lines.filter(|(_, line)| !line.trim_start().starts_with("//"))
}

/// Every path into the crate that a file names, as `product::request`.
fn crate_paths(text: &str) -> Vec<(usize, String)> {
    let mut paths = Vec::new();
    for (number, line) in code(text) {
        for prefix in ["crate::", "evsim::"] {
            for (at, _) in line.match_indices(prefix) {
                let rest = &line[at + prefix.len()..];
                let word = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
                let end = rest.find(|c| !word(c)).unwrap_or(rest.len());
                paths.push((number, rest[..end].trim_end_matches(':').to_owned()));
            }
        }
    }
    paths
}

fn allows(module: &str, path: &str) -> bool {
    let (_, allowed) =
        LAW.iter().find(|(name, _)| *name == module).expect("every module has a law");
    let own = module.split("::").next().unwrap_or(module);
    let within = |root: &str| path == root || path.starts_with(&format!("{root}::"));
    within(own) || allowed.iter().any(|root| within(root))
}

#[test]
fn modules_import_what_the_law_allows() {
    let mut broken = Vec::new();
    for (file, text) in sources() {
        if file == "src/lib.rs" {
            continue;
        }
        for (line, path) in crate_paths(&text) {
            if !allows(module_of(&file), &path) {
                broken.push(format!("{file}:{line} uses {path}"));
            }
        }
    }
    assert!(broken.is_empty(), "the import law is in src/lib.rs:\n{}", broken.join("\n"));
}

/// A library that ships inside a product must not bring functions under the names of Windows'.
#[test]
fn names_are_exported_by_the_library_for_tests_alone() {
    for (file, text) in sources() {
        let exports = code(&text).any(|(_, line)| line.contains("no_mangle"));
        assert_eq!(exports, file == "tests/clusapi/clusapi.rs", "{file}");
    }
}

#[test]
fn the_law_would_notice() {
    assert!(!allows("model", "backend"));
    assert!(!allows("product", "backend::Backend"));
    assert!(allows("product::agent", "backend::Backend"));
    assert!(!allows("sim", "product::plan"));
    assert!(!allows("scenario", "product::plan"));
    assert!(allows("scenario", "product::request::Request"));
    assert!(!allows("clusapi", "backend::clusapi::load"));
    assert!(allows("clusapi", "backend::clusapi::functions::clusapi_functions"));
    let text = "// crate::sim\nuse crate::sim::{Cluster};\n";
    assert_eq!(crate_paths(text), [(2, "sim".to_owned())]);
}

#[test]
fn decisions_know_no_clock_no_chance_and_no_hash_order() {
    // The mask is for test runs: a shipped build has none of it.
    let decides = |file: &str| {
        // And the host of a real machine is about nothing else than that machine.
        file != "src/model/mask.rs"
            && !file.starts_with("src/backend/clusapi/machine")
            && ["product", "sim", "simapi", "model", "backend", "harness", "scenario"]
                .contains(&module_of(file).split("::").next().unwrap_or_default())
    };
    let mut broken = Vec::new();
    for (file, text) in sources().into_iter().filter(|(file, _)| decides(file)) {
        for (line, code) in code(&text) {
            for banned in BANNED_IN_DECISIONS.iter().filter(|banned| code.contains(**banned)) {
                broken.push(format!("{file}:{line} uses {banned}"));
            }
        }
    }
    assert!(broken.is_empty(), "the same input must give the same run:\n{}", broken.join("\n"));
}

/// Unsafe code is where C functions are called or are called from C, and nowhere else.
#[test]
fn unsafe_code_is_where_c_is_met() {
    // Allowed, expected or only warned of.
    let allows = |text: &str| text.contains("(unsafe_code");
    let found: Vec<String> =
        sources().into_iter().filter(|(_, text)| allows(text)).map(|(file, _)| file).collect();
    let met = [
        "src/backend/clusapi/library.rs",
        "src/backend/clusapi/raw.rs",
        "src/cli/live/library.rs",
        "src/simapi/boundary.rs",
        "tests/clusapi/clusapi.rs",
    ];
    assert_eq!(found, met);
}

/// Unit tests at the end of a file do not count: they are read by themselves.
fn without_tests(text: &str) -> &str {
    text.split("#[cfg(test)]").next().unwrap_or(text)
}

#[test]
fn files_and_functions_fit_a_reader() {
    let mut long = Vec::new();
    for (file, text) in sources() {
        let body = without_tests(&text);
        let lines = body.lines().count();
        if lines > 520 {
            long.push(format!("{file} has {lines} lines"));
        }
        for (line, width) in text.lines().map(|line| line.chars().count()).enumerate() {
            if width > 100 {
                long.push(format!("{file}:{} is {width} columns wide", line + 1));
            }
        }
        let mut begun: Option<(usize, usize)> = None;
        for (number, line) in body.lines().enumerate() {
            let indent = line.len() - line.trim_start().len();
            let start = line.trim_start();
            let head = start.trim_start_matches("pub(super) ").trim_start_matches("pub ");
            if head.starts_with("fn ") && !line.trim_end().ends_with(';') {
                begun = Some((number, indent));
            }
            if let Some((from, at)) = begun
                && line.starts_with(&format!("{}}}", " ".repeat(at)))
            {
                begun = None;
                if number - from > 72 {
                    long.push(format!(
                        "{file}:{} is a function of {} lines",
                        from + 1,
                        number - from
                    ));
                }
            }
        }
    }
    assert!(long.is_empty(), "too long to be read at one go:\n{}", long.join("\n"));
}

#[test]
fn snapshots_fit_a_screen() {
    let of = |path: &PathBuf| fs::read_to_string(path).expect("UTF-8").lines().count();
    let snapshots = files_below(&root().join("scenarios"), "snap");
    let long: Vec<String> = snapshots
        .iter()
        .filter(|path| of(path) > 83)
        .map(|path| format!("{} has {} lines", shown(path), of(path) - 3))
        .collect();
    assert!(!snapshots.is_empty());
    assert!(long.is_empty(), "a report has at most 80 lines:\n{}", long.join("\n"));
}

/// Scenario names say the situation; nobody knows what `case-17` is about.
#[test]
fn scenarios_are_named_for_their_situation() {
    for path in files_below(&root().join("scenarios"), "yaml") {
        let name = path.file_stem().expect("a file has a name").to_string_lossy().into_owned();
        let kebab = name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
        assert!(kebab, "{} is not kebab-case without digits", shown(&path));
    }
}
