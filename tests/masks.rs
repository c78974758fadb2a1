//! Without the rule that stands behind it, each claim of docs/MODEL.md is missed by a test that its
//! row names: the rules are masked one by one, and the tests run again, without building anew.
//!
//! A claim is missed by an assertion that fails. A run that hangs, or that a panic of the simulator
//! or the product ends, says nothing of the claim, and is told as such.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

#[path = "model/table.rs"]
mod table;

use evsim::scenario::Kind;
use table::{Row, root, rows};

/// What a row of the page can name as its proof.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Proof {
    /// A test function, by its path in this executable.
    Test(PathBuf, String),
    /// A shipped scenario.
    Scenario(String),
    /// A broken scenario: what is said about it stands beside it.
    Broken(String),
}

/// What comes of a proof.
enum Verdict {
    Holds,
    /// An assertion fails.
    Misses,
    Hangs,
    /// Something else ends it.
    Breaks(String),
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Verdict::Holds => f.write_str("holds"),
            Verdict::Misses => f.write_str("fails"),
            Verdict::Hangs => f.write_str("hangs"),
            Verdict::Breaks(why) => f.write_str(why),
        }
    }
}

impl Proof {
    fn without(&self, mask: &str) -> Verdict {
        let mut command = match self {
            Proof::Test(executable, path) => tests_of(executable, [path]),
            Proof::Scenario(file) => evsim("test", [file]),
            Proof::Broken(file) => evsim("check", [file]),
        };
        let Some(run) = run(command.env("EVSIM_MASK", mask)) else { return Verdict::Hangs };
        match self {
            Proof::Test(..) => match run.code {
                Some(0) => Verdict::Holds,
                _ => of_panics(&run.output),
            },
            Proof::Scenario(_) => match run.code {
                Some(0) => Verdict::Holds,
                Some(1) => Verdict::Misses,
                code => Verdict::Breaks(format!("ends with {code:?}: {}", run.errors)),
            },
            Proof::Broken(file) => match run.code {
                Some(2) if run.errors.trim() == said_about(file) => Verdict::Holds,
                Some(0 | 2) => Verdict::Misses,
                code => Verdict::Breaks(format!("ends with {code:?}: {}", run.errors)),
            },
        }
    }

    fn name(&self) -> &str {
        match self {
            Proof::Test(_, name) | Proof::Scenario(name) | Proof::Broken(name) => name,
        }
    }
}

/// What the snapshot beside a broken scenario says about it.
fn said_about(file: &str) -> String {
    let snapshot = root().join(file).with_extension("snap");
    let text = fs::read_to_string(snapshot).expect("it has a snapshot");
    let (_, said) = text.rsplit_once("---\nsource: tests/broken.rs\n---\n").expect("insta's form");
    said.trim().to_owned()
}

/// A failed test panics where it asserts. Any other panic is told.
fn of_panics(output: &str) -> Verdict {
    let places = output.lines().filter_map(|line| line.split_once(" panicked at "));
    let places: Vec<&str> = places.map(|(_, place)| place.trim_end_matches(':')).collect();
    match places.iter().find(|place| !asserts(place)) {
        None if places.is_empty() => Verdict::Breaks("ends without a word".to_owned()),
        None => Verdict::Misses,
        Some(place) => Verdict::Breaks(format!("panics at {place}")),
    }
}

/// Whether a place, as `src/model/name.rs:7:5`, is in a test.
fn asserts(place: &str) -> bool {
    let mut parts = place.split(':');
    let (file, line) = (parts.next().unwrap_or_default(), parts.next());
    let line = line.and_then(|line| line.parse().ok()).unwrap_or(0);
    let of_tests = |text: String| text.lines().position(|line| line == "#[cfg(test)]");
    let begins = || fs::read_to_string(root().join(file)).ok().and_then(of_tests);
    file.starts_with("tests/") || begins().is_some_and(|begins| line > begins)
}

fn tests_of<'p>(executable: &Path, paths: impl IntoIterator<Item = &'p String>) -> Command {
    let mut command = Command::new(executable);
    command.arg("--exact").args(paths);
    command
}

fn evsim<'p>(verb: &str, files: impl IntoIterator<Item = &'p String>) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_evsim"));
    command.arg(verb).args(files);
    command
}

/// How a command ended, and what it wrote.
struct Run {
    code: Option<i32>,
    output: String,
    errors: String,
}

/// Whoever is at work for longer hangs: the longest run takes half a minute, on a machine of its own.
const LONGEST: Duration = Duration::from_secs(600);

/// Runs the command; none: it hangs, and is ended.
fn run(command: &mut Command) -> Option<Run> {
    command.current_dir(root()).env("RUST_BACKTRACE", "0").env("NO_COLOR", "1");
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the test can be started");
    let output = reader(child.stdout.take().expect("it is piped"));
    let errors = reader(child.stderr.take().expect("it is piped"));
    let since = Instant::now();
    loop {
        if let Some(status) = child.try_wait().expect("a child can be waited for") {
            let text = |it: std::thread::JoinHandle<String>| it.join().expect("it does not panic");
            let (output, errors) = (text(output), text(errors));
            return Some(Run { code: status.code(), output, errors });
        }
        if since.elapsed() > LONGEST {
            child.kill().expect("a child can be ended");
            child.wait().expect("a child can be waited for");
            return None;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}

fn reader(mut pipe: impl Read + Send + 'static) -> std::thread::JoinHandle<String> {
    std::thread::spawn(move || {
        let mut text = Vec::new();
        pipe.read_to_end(&mut text).expect("a pipe is readable");
        String::from_utf8_lossy(&text).into_owned()
    })
}

/// The executables of the tests.
fn executables() -> Vec<PathBuf> {
    let output = Command::new(env!("CARGO"))
        .args(["test", "--features", "mask", "--no-run", "--message-format", "json"])
        .current_dir(root())
        .output()
        .expect("cargo can be started");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).expect("cargo writes UTF-8");
    let messages = text.lines().filter_map(|line| serde_json::from_str(line).ok());
    let built = messages.filter_map(|message: serde_json::Value| {
        let executable = message["executable"].as_str()?;
        (message["target"]["kind"][0] != "bin").then(|| executable.into())
    });
    built.collect()
}

/// Every test function by its name, with its path and the executable that holds it.
fn functions() -> BTreeMap<String, Proof> {
    let mut found = BTreeMap::new();
    for executable in executables() {
        let list = run(Command::new(&executable).arg("--list")).expect("it lists its tests");
        for path in list.output.lines().filter_map(|line| line.strip_suffix(": test")) {
            let name = path.rsplit("::").next().unwrap_or(path).to_owned();
            found.insert(name, Proof::Test(executable.clone(), path.to_owned()));
        }
    }
    found
}

/// Every rule that the code can be without.
fn rules(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).expect("a folder of the checkout") {
        let path = entry.expect("an entry of the checkout").path();
        if path.is_dir() {
            rules(&path, found);
        } else {
            let text = fs::read_to_string(&path).expect("UTF-8");
            let after = text.split("in_force(\"").skip(1);
            found.extend(after.filter_map(|rest| Some(rest.split_once('"')?.0.to_owned())));
        }
    }
}

#[test]
fn every_rule_of_the_code_stands_behind_a_row() {
    let mut in_code = BTreeSet::new();
    rules(&root().join("src"), &mut in_code);
    let rows = rows();
    let named: BTreeSet<&str> = rows.iter().flat_map(|row| row.quoted("without")).collect();
    // Every kind of mistake in a file is a rule too, by its name.
    let mistake = |name: &str| Kind::ALL.iter().any(|kind| kind.name() == name);
    let code = |name: &&str| !name.contains('=') && !mistake(name);
    let rules: BTreeSet<&str> = named.iter().copied().filter(code).collect();
    let in_code: BTreeSet<&str> = in_code.iter().map(String::as_str).collect();
    assert_eq!(rules, in_code, "left: docs/MODEL.md, right: in_force in src/");
}

/// A row whose claim no code decides says so, and why: `none: constants of the header`.
const EXCEPTIONS_MOST: usize = 12;

#[test]
fn every_row_names_what_it_fails_without_or_says_why_nothing_can_be_left_out() {
    let rows = rows();
    let id = |row: &&Row| row.cell("id").unwrap_or_default().to_owned();
    let says_why = |row: &&Row| row.cell("without").is_some_and(|it| it.starts_with("none: "));
    let (exceptions, others): (Vec<&Row>, Vec<&Row>) = rows.iter().partition(says_why);
    let silent = others.iter().filter(|row| row.quoted("without").next().is_none());
    let silent: Vec<String> = silent.map(id).collect();
    assert!(silent.is_empty(), "name what these rows need: {silent:?}");
    let exceptions: Vec<String> = exceptions.iter().map(id).collect();
    assert!(exceptions.len() <= EXCEPTIONS_MOST, "{exceptions:?}");
}

/// Says what is wrong with a case, if anything is.
type Case<'c> = Box<dyn Fn() -> Option<String> + Send + Sync + 'c>;

/// One of the row's proofs misses its claim without this rule.
fn missed(row: &Row, mask: &str, proofs: &[Proof]) -> Option<String> {
    let mut said = Vec::new();
    for proof in proofs {
        match proof.without(mask) {
            Verdict::Misses => return None,
            verdict => said.push(format!("{} {verdict}", proof.name())),
        }
    }
    let id = row.cell("id").unwrap_or_default();
    Some(format!("{id} (line {}) without {mask}: {}", row.line, said.join(", ")))
}

/// With every rule, all of these hold.
fn hold(mut command: Command, what: &str) -> Option<String> {
    match run(command.env_remove("EVSIM_MASK")) {
        None => Some(format!("{what} hang with every rule")),
        Some(run) if run.code == Some(0) => None,
        Some(run) => Some(format!("{what} fail with every rule:\n{}{}", run.output, run.errors)),
    }
}

#[test]
fn each_row_is_missed_by_a_test_without_its_rule() {
    let functions = functions();
    let proof = |name: &str| match name {
        file if file.starts_with("scenarios/") => Proof::Scenario(file.to_owned()),
        file if file.starts_with("fixtures/") => Proof::Broken(file.to_owned()),
        name => functions.get(name).unwrap_or_else(|| panic!("there is no test {name}")).clone(),
    };
    let rows = rows();
    let mut cases: Vec<Case> = Vec::new();
    let mut proved = BTreeSet::new();
    for row in &rows {
        let proofs: Vec<Proof> = row.quoted("test").map(proof).collect();
        for mask in row.quoted("without") {
            proved.extend(proofs.iter().cloned());
            let proofs = proofs.clone();
            cases.push(Box::new(move || missed(row, mask, &proofs)));
        }
    }
    let (masked, proofs) = (cases.len(), proved.len());
    cases.extend(with_every_rule(proved));
    let wrong = all_of(&cases);
    println!("{masked} claims without their rule, {proofs} proofs with every rule");
    assert!(wrong.is_empty(), "not missed without its rule, or with it:\n{}", wrong.join("\n"));
}

/// That all of these hold with every rule: a case for each executable, and one for the scenarios.
/// What is said about broken scenarios is a test of its own.
fn with_every_rule<'c>(proved: BTreeSet<Proof>) -> Vec<Case<'c>> {
    let mut of_executables: BTreeMap<PathBuf, Vec<String>> = BTreeMap::new();
    let mut scenarios = Vec::new();
    for proof in proved {
        match proof {
            Proof::Test(executable, path) => {
                of_executables.entry(executable).or_default().push(path);
            }
            Proof::Scenario(file) => scenarios.push(file),
            Proof::Broken(_) => {}
        }
    }
    let mut cases: Vec<Case> =
        vec![Box::new(move || hold(evsim("test", &scenarios), "the scenarios"))];
    for (executable, paths) in of_executables {
        let name = executable.display().to_string();
        cases.push(Box::new(move || hold(tests_of(&executable, &paths), &name)));
    }
    cases
}

/// What is wrong with any of the cases, which run side by side.
fn all_of(cases: &[Case]) -> Vec<String> {
    let (next, wrong) = (Mutex::new(cases.iter()), Mutex::new(Vec::new()));
    let work = || {
        loop {
            let Some(case) = next.lock().expect("no panic").next() else { break };
            wrong.lock().expect("no panic").extend(case());
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(work);
        }
    });
    wrong.into_inner().expect("no panic")
}
