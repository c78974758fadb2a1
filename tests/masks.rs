//! Without the rule that stands behind it, each claim of docs/MODEL.md is missed by a test that its
//! row names: the rules are masked one by one, and the tests run again, without building anew.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

#[path = "model/table.rs"]
mod table;

use evsim::scenario::Kind;
use table::{Row, root, rows};

/// What a row of the page can name as its proof.
enum Proof {
    /// A test function in this executable.
    Test(PathBuf, String),
    /// A shipped scenario.
    Scenario(String),
    /// A broken scenario, whose mistake a test of this executable expects.
    Broken(PathBuf, String),
}

impl Proof {
    /// Whether it holds while `mask` is not in force; none: with every rule.
    fn holds(&self, mask: Option<&str>) -> bool {
        let mut command = match self {
            Proof::Test(executable, name) => {
                let mut command = Command::new(executable);
                command.arg(name);
                command
            }
            Proof::Scenario(path) => {
                let mut command = Command::new(env!("CARGO_BIN_EXE_evsim"));
                command.args(["test", path]);
                command
            }
            Proof::Broken(executable, _) => {
                let mut command = Command::new(executable);
                command.arg("each_broken_scenario_is_explained_as_its_snapshot_says");
                command
            }
        };
        command.current_dir(root()).env_remove("EVSIM_MASK");
        command.envs(mask.map(|mask| ("EVSIM_MASK", mask)));
        let output = output_in_time(&mut command);
        let Some((success, text)) = output else { return false };
        assert!(!text.contains("running 0 tests"), "{} does not exist", self.name());
        success
    }

    fn name(&self) -> &str {
        match self {
            Proof::Test(_, name) | Proof::Scenario(name) | Proof::Broken(_, name) => name,
        }
    }
}

/// A test that hangs without a rule misses it.
const LONGEST: Duration = Duration::from_secs(120);

/// Whether the command ends well, and what it writes; none where it hangs, and is ended.
fn output_in_time(command: &mut Command) -> Option<(bool, String)> {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().expect("the test can be started");
    let mut stdout = child.stdout.take().expect("it is piped");
    let reader = std::thread::spawn(move || {
        let mut text = Vec::new();
        stdout.read_to_end(&mut text).map(|_| String::from_utf8_lossy(&text).into_owned())
    });
    let since = Instant::now();
    loop {
        if let Some(status) = child.try_wait().expect("a child can be waited for") {
            let text = reader.join().expect("reading does not panic").expect("a pipe is readable");
            return Some((status.success(), text));
        }
        if since.elapsed() > LONGEST {
            child.kill().expect("a child can be ended");
            child.wait().expect("a child can be waited for");
            return None;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// The executables of the tests, by the name of their target; `evsim` is the library's own.
fn executables() -> BTreeMap<String, PathBuf> {
    let output = Command::new(env!("CARGO"))
        .args(["test", "--features", "mask", "--no-run", "--message-format", "json"])
        .current_dir(root())
        .output()
        .expect("cargo can be started");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).expect("cargo writes UTF-8");
    let messages = text.lines().filter_map(|line| serde_json::from_str(line).ok());
    let built = messages.filter_map(|message: serde_json::Value| {
        let target = &message["target"];
        let executable = message["executable"].as_str()?;
        let is_main = target["kind"][0] == "bin";
        (!is_main).then(|| (target["name"].as_str().map(str::to_owned), executable.into()))
    });
    built.filter_map(|(name, path)| Some((name?, path))).collect()
}

/// Which target holds each test function.
fn targets(folder: &Path, found: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(folder).expect("a folder of the checkout") {
        let path = entry.expect("an entry of the checkout").path();
        if path.is_dir() {
            targets(&path, found);
        } else if path.extension().is_some_and(|it| it == "rs") {
            let inside = path.strip_prefix(root()).expect("below the root");
            let mut parts = inside.iter().map(|part| part.to_string_lossy());
            let target = match parts.next().as_deref() {
                Some("tests") => parts.next().expect("a file").trim_end_matches(".rs").to_owned(),
                _ => "evsim".to_owned(),
            };
            let text = fs::read_to_string(&path).expect("UTF-8");
            for after in text.split("#[test]").skip(1) {
                let name = after.split_once("fn ").and_then(|(_, rest)| rest.split_once('('));
                found.extend(name.map(|(name, _)| (name.to_owned(), target.clone())));
            }
        }
    }
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

fn proofs_of(row: &Row) -> Vec<String> {
    row.quoted("test").map(str::to_owned).collect()
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

/// The rows that name nothing to leave out, nor why there is nothing: they only become fewer.
const UNMASKED_MOST: usize = 58;

/// A row whose claim no code decides says so, and why: `none: constants of the header`.
const EXCEPTIONS_MOST: usize = 8;

#[test]
fn rows_that_nothing_is_left_out_for_are_few() {
    let rows = rows();
    let id = |row: &&Row| row.cell("id").unwrap_or_default().to_owned();
    let says_why = |row: &&Row| row.cell("without").is_some_and(|it| it.starts_with("none: "));
    let names_nothing = |row: &&Row| row.quoted("without").next().is_none();
    let exceptions: Vec<String> = rows.iter().filter(says_why).map(|row| id(&row)).collect();
    let unmasked = rows.iter().filter(names_nothing).filter(|row| !says_why(row));
    let unmasked: Vec<String> = unmasked.map(|row| id(&row)).collect();
    println!("nothing to leave out: {}", exceptions.join(", "));
    println!("nothing left out yet: {}", unmasked.join(", "));
    assert!(exceptions.len() <= EXCEPTIONS_MOST, "{exceptions:?}");
    assert!(unmasked.len() <= UNMASKED_MOST, "name what they need: {unmasked:?}");
}

#[test]
fn each_row_is_missed_by_a_test_without_its_rule() {
    let executables = executables();
    let mut targets_of = BTreeMap::new();
    ["src", "tests"].iter().for_each(|folder| targets(&root().join(folder), &mut targets_of));
    let proof = |name: &String| match name {
        path if path.starts_with("scenarios/") => Proof::Scenario(path.clone()),
        path if path.starts_with("fixtures/") => {
            Proof::Broken(executables["broken"].clone(), path.clone())
        }
        name => Proof::Test(executables[&targets_of[name]].clone(), name.clone()),
    };
    let rows = rows();
    let mut cases: Vec<(String, Option<&str>, Vec<Proof>)> = Vec::new();
    let mut proved = BTreeSet::new();
    for row in &rows {
        let id = format!("{} (line {})", row.cell("id").unwrap_or_default(), row.line);
        for mask in row.quoted("without") {
            let proofs = proofs_of(row).iter().map(proof).collect();
            cases.push((format!("{id} without {mask}"), Some(mask), proofs));
            proved.extend(proofs_of(row));
        }
    }
    let masked = cases.len();
    for name in &proved {
        cases.push((format!("{name} with every rule"), None, vec![proof(name)]));
    }
    let (next, wrong) = (Mutex::new(cases.iter()), Mutex::new(Vec::new()));
    let run = || {
        loop {
            let Some((what, mask, proofs)) = next.lock().expect("no panic").next() else { break };
            if proofs.iter().all(|proof| proof.holds(*mask)) == mask.is_some() {
                wrong.lock().expect("no panic").push(what.clone());
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(run);
        }
    });
    let wrong = wrong.into_inner().expect("no panic");
    println!("{masked} claims without their rule, {} proofs with every rule", proved.len());
    assert!(wrong.is_empty(), "holds without its rule, or fails with it:\n{}", wrong.join("\n"));
}
