//! `evsim run`: the report as text and as JSON, and what docs/REPORT.md says of it.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::Value;
use snapbox::file;

use super::{QUIET, broken, evsim, folder, stdout, untrue, write};

/// Something of everything that a report can show.
const EVENTFUL: &str = "\
about: NODE2 fails, comes back and is evicted; NODE1 runs a job.
cluster:
  name: MAILCLUSTER
  windows: 2003
  exchange: 2003
  nodes: [NODE1, NODE2]
  evs:
    EVS1: { owner: NODE1, stores: { SG1/Mailbox: 1GB } }
    EVS2: { owner: NODE2, stores: { SG1/Mailbox: 1GB } }
product:
  NODE1: { license: unlimited, designate: EVS1 }
steps:
  - { at: 10m, crash: NODE2 }
  - { at: 20m, run_job: { node: NODE1, script: preventative-maintenance } }
until: 2h
expect:
  - { at: 15m, evs: EVS2, online_on: NODE1 }
  - { at: 2h, job: { node: NODE1, outcome: completed } }
";

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|wrong| panic!("{wrong}: {text}"))
}

#[test]
fn a_run_is_told_on_stdout_alone() {
    let here = folder("run");
    write(&here, "scenarios/quiet.yaml", QUIET);
    let output = evsim(&here, &["run", "scenarios/quiet.yaml"]).success();
    output.stderr_eq("").stdout_eq(file!["run-quiet.txt"]);
}

#[test]
fn an_expectation_that_is_not_met_is_a_failure_and_no_error() {
    let here = folder("run-untrue");
    write(&here, "untrue.yaml", &untrue());
    let output = evsim(&here, &["run", "untrue.yaml"]).code(1).stderr_eq("");
    let text = stdout(&output);
    assert!(text.starts_with("untrue   seed 0   FAIL\n"), "{text}");
    assert!(
        text.contains("  FAIL  1 of 1 expectations are not met\n          line 13 at "),
        "{text}"
    );
}

#[test]
fn several_files_are_several_reports() {
    let here = folder("run-several");
    write(&here, "a.yaml", QUIET);
    write(&here, "b.yaml", &untrue());
    let text = stdout(&evsim(&here, &["run", "a.yaml", "b.yaml"]).code(1));
    assert!(text.starts_with("a   seed 0   PASS\n"), "{text}");
    assert!(text.contains("\n\nb   seed 0   FAIL\n"), "{text}");
    let lines = stdout(&evsim(&here, &["run", "--format", "json", "a.yaml", "b.yaml"]).code(1));
    let passed: Vec<bool> =
        lines.lines().filter_map(|line| json(line)["passed"].as_bool()).collect();
    assert_eq!(passed, [true, false]);
}

#[test]
fn what_came_before_a_broken_file_is_still_told() {
    let here = folder("run-several-broken");
    write(&here, "a.yaml", &untrue());
    write(&here, "b.yaml", &broken());
    let output = evsim(&here, &["run", "a.yaml", "b.yaml"]).code(2);
    let text = stdout(&output);
    assert!(text.starts_with("a   seed 0   FAIL\n"), "{text}");
    output.stderr_eq("error: [..]\n --> b.yaml:8:13\n...\n");
}

#[test]
fn the_seed_is_said_and_moves_the_heartbeats() {
    let here = folder("run-seed");
    write(&here, "a.yaml", EVENTFUL);
    let first = stdout(&evsim(&here, &["run", "a.yaml"]).success());
    let other = stdout(&evsim(&here, &["run", "a.yaml", "--seed", "7"]).success());
    assert!(other.starts_with("a   seed 7   PASS\n"), "{other}");
    let down =
        |text: &str| text.lines().find(|line| line.contains("NODE2 down:")).map(String::from);
    assert_ne!(down(&first).expect("it goes down"), down(&other).expect("it goes down"));
}

#[test]
fn a_run_can_end_earlier() {
    let here = folder("run-until");
    write(&here, "a.yaml", EVENTFUL);
    let text = stdout(&evsim(&here, &["run", "a.yaml", "--until", "15m"]).success());
    assert!(text.contains("EVS2 online on NODE1\n"), "{text}");
    assert!(!text.contains("job 1"), "{text}");
    assert!(text.ends_with("  ok    what is expected is met\n"), "{text}");
}

/// Half way through the regroup, the members still believe in NODE2; at 10:20 they do not.
#[test]
fn a_moment_is_shown_instead_of_the_story() {
    let here = folder("run-at");
    write(&here, "a.yaml", EVENTFUL);
    let moment = |at: &str| stdout(&evsim(&here, &["run", "a.yaml", "--at", at]).success());
    let early = moment("10m5s");
    assert!(early.starts_with("a   seed 0   at 00:10:05.000\n\n  nodes    NODE1 up   NODE2 up"));
    let late = moment("10m20s");
    assert!(late.contains("NODE2 down"), "{late}");
    assert!(!late.contains("timeline") && !late.contains("checks"), "{late}");
    let output = evsim(&here, &["run", "a.yaml", "--at", "20m", "--until", "10m"]).code(2);
    let told = "evsim: 00:20:00.000 is after the end of the run, 00:10:00.000\n";
    output.stdout_eq("").stderr_eq(told);
}

#[test]
fn a_server_is_explained_from_the_latest_cause_to_the_first() {
    let here = folder("why");
    write(&here, "a.yaml", EVENTFUL);
    let told = stdout(&evsim(&here, &["why", "a.yaml", "--at", "15m", "EVS2"]).success());
    assert!(told.starts_with("00:15:00.000  EVS2 is online on NODE1, since 00:10:45.200.\n"));
    assert!(told.ends_with("00:10:00.000  It began with a fault: NODE2 crashes.\n"), "{told}");
    let unknown = evsim(&here, &["why", "a.yaml", "EVS3"]).code(2).stdout_eq("");
    unknown.stderr_eq("evsim: there is no server `EVS3`: there is EVS1, EVS2\n");
    let late = evsim(&here, &["why", "a.yaml", "--at", "3h", "EVS2"]).code(2).stdout_eq("");
    late.stderr_eq("evsim: 03:00:00.000 is after the end of the run, 02:00:00.000\n");
}

#[test]
fn a_node_that_there_is_not_is_an_error_with_those_that_there_are() {
    let here = folder("run-node");
    write(&here, "a.yaml", EVENTFUL);
    let output = evsim(&here, &["run", "a.yaml", "--node", "NODE3"]).code(2).stdout_eq("");
    output.stderr_eq("evsim: there is no node `NODE3`: there is NODE1, NODE2\n");
    let text = stdout(&evsim(&here, &["run", "a.yaml", "--node", "node2"]).success());
    assert!(text.starts_with("a   seed 0   PASS   as node2 saw it\n"), "{text}");
}

#[test]
fn the_timeline_can_show_everything() {
    let here = folder("run-verbose");
    write(&here, "a.yaml", EVENTFUL);
    let text = stdout(&evsim(&here, &["run", "a.yaml"]).success());
    for flag in ["-v", "--verbose"] {
        let detail = stdout(&evsim(&here, &["run", "a.yaml", flag]).success());
        assert!(detail.contains("online pending"), "{detail}");
        assert!(detail.lines().count() > text.lines().count());
    }
    assert!(!text.contains("online pending"), "{text}");
}

#[test]
fn json_holds_the_same_timeline() {
    let here = folder("run-json");
    write(&here, "scenarios/deep/a.yaml", EVENTFUL);
    let file = "scenarios/deep/a.yaml";
    let report = json(&stdout(&evsim(&here, &["run", "--format", "json", file]).success()));
    assert_eq!(report["version"], 1);
    assert_eq!(report["scenario"], "deep/a");
    assert_eq!(report["seed"], 0);
    assert_eq!(report["passed"], true);
    let text = stdout(&evsim(&here, &["run", file]).success());
    let lines = text.lines().skip_while(|line| *line != "timeline").skip(1);
    let lines: Vec<&str> = lines.take_while(|line| !line.is_empty()).collect();
    let entries = report["timeline"].as_array().expect("a list");
    assert_eq!(entries.len(), lines.len());
    for (entry, line) in entries.iter().zip(lines) {
        let told = entry["text"].as_str().expect("a text");
        let source = entry["source"].as_str().expect("a text");
        let times = match entry["times"].as_u64() {
            Some(1) => String::new(),
            times => format!("  x{}", times.expect("a number")),
        };
        let at = entry["at_ms"].as_u64().expect("a number");
        let (seconds, ms) = (at / 1000, at % 1000);
        let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        let time = format!("{hours:02}:{minutes:02}:{seconds:02}.{ms:03}");
        assert_eq!(format!("  {time}  {source:<7}  {told}{times}"), line);
    }
}

/// Every key of a value, with what it is within.
fn keys(value: &Value, within: &str, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            for (key, field) in fields {
                let path = if within.is_empty() { key.clone() } else { format!("{within}.{key}") };
                keys(field, &path, found);
                found.insert(path);
            }
        }
        Value::Array(items) => {
            items.iter().for_each(|item| keys(item, &format!("{within}[]"), found));
        }
        _ => {}
    }
}

/// A group whose destination is drawn.
const DRAWN: &str = "about: A draw.\ncluster: { name: CLUSTER, windows: 2003, exchange: 2003, \
    nodes: [NODE1, NODE2, NODE3], groups: { Files: { owner: NODE3 } } }\n\
    steps: [{ at: 1m, crash: NODE3 }]\nuntil: 5m\n";

/// What docs/REPORT.md calls a key: those of a situation, an entry, a draw, a check and an
/// expectation stand in tables of their own.
fn in_its_table(path: &str) -> &str {
    let of = ["before.", "after.", "timeline[].", "draws[].", "checks[].", "expectations[]."];
    of.iter().find_map(|prefix| path.strip_prefix(prefix)).unwrap_or(path)
}

#[test]
fn the_documentation_names_every_key_of_the_json_and_no_other() {
    let here = folder("run-keys");
    write(&here, "a.yaml", EVENTFUL);
    write(&here, "drawn.yaml", DRAWN);
    let mut found = BTreeSet::new();
    for file in ["a.yaml", "drawn.yaml"] {
        let report = json(&stdout(&evsim(&here, &["run", "--format", "json", file]).success()));
        keys(&report, "", &mut found);
    }
    for other in [&["--at", "50m"][..], &["--at", "10m20s"], &["--node", "NODE1"]] {
        let arguments = [&["run", "--format", "json", "a.yaml"], other].concat();
        keys(&json(&stdout(&evsim(&here, &arguments).success())), "", &mut found);
    }
    let found: BTreeSet<&str> = found.iter().map(|path| in_its_table(path)).collect();
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/REPORT.md");
    let page = fs::read_to_string(page).expect("docs/REPORT.md is there");
    let (_, page) = page.split_once("## As JSON").expect("the page describes the JSON");
    let cells = page.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
    assert_eq!(found, cells.collect::<BTreeSet<&str>>());
}

#[test]
fn a_page_is_written_beside_the_report() {
    let here = folder("page");
    write(&here, "quiet.yaml", QUIET);
    let without = stdout(&evsim(&here, &["run", "quiet.yaml"]).success());
    let with = evsim(&here, &["run", "quiet.yaml", "--html", "quiet.html"]).success();
    assert_eq!(stdout(&with.stderr_eq("")), without);
    let page = fs::read_to_string(here.join("quiet.html")).expect("the page is there");
    assert!(page.starts_with("<!DOCTYPE html>") && page.contains("Nothing happens."), "{page}");
    let nowhere = evsim(&here, &["run", "quiet.yaml", "--html", "gone/quiet.html"]);
    nowhere.code(2).stdout_eq("").stderr_eq("evsim: cannot write gone/quiet.html: [..]\n");
    let several = evsim(&here, &["run", "quiet.yaml", "quiet.yaml", "--html", "quiet.html"]);
    several.code(2).stdout_eq("").stderr_eq("evsim: a page shows one scenario: name one file\n");
}
