//! The command line as a person and a script meet it: what each command prints where, and how it
//! ends.
#![cfg(feature = "cli")]

#[path = "command_line/begin.rs"]
mod begin;
#[path = "command_line/reports.rs"]
mod reports;
#[path = "command_line/snapshots.rs"]
mod snapshots;
#[path = "command_line/systems.rs"]
mod systems;

use std::fs;
use std::path::{Path, PathBuf};

use snapbox::cmd::{Command, OutputAssert, cargo_bin};
use snapbox::{file, str};

/// A minute in which nothing happens.
const QUIET: &str = "\
about: Nothing happens.
cluster:
  name: MAILCLUSTER
  windows: 2003
  exchange: 2003
  nodes: [NODE1, NODE2]
  evs:
    EVS1: { owner: NODE1, stores: { SG1/Mailbox: 1GB } }
product:
  NODE1: { license: unlimited, designate: EVS1 }
until: 1m
expect:
  - { at: 1m, evs: EVS1, online_on: NODE1 }
";

/// The same, and something is expected that is not so.
fn untrue() -> String {
    QUIET.replace("online_on: NODE1", "online_on: NODE2")
}

/// The same, with a word that is none.
fn broken() -> String {
    QUIET.replace("owner: NODE1", "owned: NODE1")
}

/// An empty folder that is this test's own.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("command_line").join(name);
    if folder.exists() {
        fs::remove_dir_all(&folder).expect("the folder of an earlier run can be removed");
    }
    fs::create_dir_all(&folder).expect("a folder can be made");
    folder
}

fn write(folder: &Path, name: &str, text: &str) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().expect("a file is in a folder")).expect("a folder");
    fs::write(path, text).expect("a file can be written");
}

/// `evsim` in a folder, without a terminal.
fn evsim(folder: &Path, arguments: &[&str]) -> OutputAssert {
    command(folder, arguments).assert()
}

fn command(folder: &Path, arguments: &[&str]) -> Command {
    let command = Command::new(cargo_bin!("evsim")).current_dir(folder).args(arguments).stdin("");
    ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "COLUMNS", "FORCE_COLOR"]
        .iter()
        .fold(command, |command, variable| command.env_remove(variable))
}

fn stdout(output: &OutputAssert) -> String {
    String::from_utf8(output.get_output().stdout.clone()).expect("UTF-8")
}

#[test]
fn every_command_explains_itself() {
    let here = folder("help");
    let help = |arguments: &[&str]| evsim(&here, arguments).success().stderr_eq("");
    // With the feature `windows` there is one command more.
    #[cfg(not(feature = "windows"))]
    help(&["--help"]).stdout_eq(file!["command_line/help.txt"]);
    help(&["run", "--help"]).stdout_eq(file!["command_line/help-run.txt"]);
    help(&["test", "--help"]).stdout_eq(file!["command_line/help-test.txt"]);
    help(&["why", "--help"]).stdout_eq(file!["command_line/help-why.txt"]);
    help(&["new", "--help"]).stdout_eq(file!["command_line/help-new.txt"]);
    help(&["completions", "--help"]).stdout_eq(file!["command_line/help-completions.txt"]);
    help(&["man", "--help"]).stdout_eq(file!["command_line/help-man.txt"]);
    help(&["schema", "--help"]).stdout_eq(file!["command_line/help-schema.txt"]);
    help(&["check", "--help"]).stdout_eq(file!["command_line/help-check.txt"]);
}

#[test]
fn the_version_is_that_of_the_crate() {
    let said = format!("evsim {}\n", env!("CARGO_PKG_VERSION"));
    evsim(&folder("version"), &["--version"]).success().stdout_eq(said).stderr_eq("");
}

#[test]
fn without_a_command_it_says_what_there_is() {
    let help = file!["command_line/help.txt"];
    evsim(&folder("nothing"), &[]).code(2).stdout_eq("").stderr_eq(help);
}

#[test]
fn what_it_does_not_know_is_an_error() {
    let here = folder("unknown");
    evsim(&here, &["frobnicate"]).code(2).stdout_eq("").stderr_eq(str![[r#"
error: unrecognized subcommand 'frobnicate'
...
"#]]);
    evsim(&here, &["run", "--sed", "1", "a.yaml"]).code(2).stdout_eq("").stderr_eq(str![[r#"
error: unexpected argument '--sed' found

  tip: a similar argument exists: '--seed'
...
"#]]);
    evsim(&here, &["run"]).code(2).stdout_eq("").stderr_eq(str![[r#"
error: the following required arguments were not provided:
  <FILE>...
...
"#]]);
    evsim(&here, &["run", "--seed", "one", "a.yaml"]).code(2).stdout_eq("").stderr_eq(str![[r#"
error: invalid value 'one' for '--seed <N>': invalid digit found in string
...
"#]]);
    evsim(&here, &["run", "--format", "xml", "a.yaml"]).code(2).stdout_eq("").stderr_eq(str![[
        r#"
error: invalid value 'xml' for '--format <FORMAT>'
  [possible values: text, json]
...
"#
    ]]);
    evsim(&here, &["run", "--until", "15", "a.yaml"]).code(2).stdout_eq("").stderr_eq(str![[r#"
error: invalid value '15' for '--until <TIME>': a time such as 90s, [..]
...
"#]]);
}

#[test]
fn a_file_that_is_not_there_is_an_error() {
    let here = folder("missing");
    for command in ["run", "test", "check"] {
        let output = evsim(&here, &[command, "gone.yaml"]).code(2).stdout_eq("");
        output.stderr_eq("evsim: cannot read gone.yaml: [..]\n");
    }
    let folder =
        "evsim: there is no folder `scenarios` here: name scenario files, or folders of them\n";
    evsim(&here, &["test"]).code(2).stdout_eq("").stderr_eq(folder);
    evsim(&here, &["check"]).code(2).stdout_eq("").stderr_eq(folder);
}

#[test]
fn run_takes_files_only() {
    let here = folder("run-folder");
    evsim(&here, &["run", "."]).code(2).stdout_eq("").stderr_eq(str![[r#"
evsim: cannot run .: it is a folder; name its files, or use `evsim test`

"#]]);
}

#[test]
fn a_folder_without_scenarios_is_an_error() {
    let here = folder("no-scenario");
    write(&here, "a/notes.txt", "");
    write(&here, "b/notes.txt", "");
    for command in ["test", "check"] {
        let output = evsim(&here, &[command, "a", "b"]).code(2).stdout_eq("");
        output.stderr_eq("evsim: no scenario (*.yaml) in a, b\n");
    }
}

#[test]
fn a_broken_scenario_is_an_error_with_its_place() {
    let here = folder("broken");
    write(&here, "broken.yaml", &broken());
    for arguments in [&["run", "broken.yaml"][..], &["run", "--format", "json", "broken.yaml"]] {
        evsim(&here, arguments).code(2).stdout_eq("").stderr_eq(str![[r#"
error: [..]
 --> broken.yaml:8:13
...
"#]]);
    }
}

#[test]
fn check_reads_all_that_it_is_given() {
    let here = folder("check");
    write(&here, "scenarios/well.yaml", QUIET);
    evsim(&here, &["check"]).success().stdout_eq("1 scenario read, 0 wrong\n").stderr_eq("");
    write(&here, "scenarios/deep/broken.yaml", &broken());
    write(&here, "scenarios/deep/untrue.yaml", &untrue());
    let output = evsim(&here, &["check"]).code(2).stdout_eq("3 scenarios read, 1 wrong\n");
    output.stderr_eq(str![[r#"
error: [..]
 --> scenarios/deep/broken.yaml:8:13
...
"#]]);
    let named = ["check", "scenarios/well.yaml", "scenarios/deep/untrue.yaml"];
    evsim(&here, &named).success().stdout_eq("2 scenarios read, 0 wrong\n").stderr_eq("");
}

#[test]
fn a_snapshot_is_no_scenario() {
    let here = folder("snapshot-for-scenario");
    write(&here, "quiet.yaml", QUIET);
    evsim(&here, &["test", "--accept", "quiet.yaml"]).success();
    let told = "evsim: cannot run quiet.snap: it is a snapshot; name its scenario, quiet.yaml\n";
    evsim(&here, &["run", "quiet.snap"]).code(2).stdout_eq("").stderr_eq(told);
}

#[test]
fn a_server_of_a_cluster_without_any_is_not_there() {
    let here = folder("no-server");
    let none =
        "about: x\ncluster: { name: C, windows: 2003, exchange: 2003, nodes: [N] }\nuntil: 1m\n";
    write(&here, "none.yaml", none);
    let told = "evsim: there is no server `EVS1`: the scenario has none\n";
    evsim(&here, &["why", "none.yaml", "EVS1"]).code(2).stdout_eq("").stderr_eq(told);
}

/// What could not be printed is lost, and that is said; nothing panics.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_an_error() {
    let here = folder("full-disk");
    write(&here, "quiet.yaml", QUIET);
    let commands: &[&[&str]] = &[
        &["run", "quiet.yaml"],
        &["run", "--format", "json", "quiet.yaml"],
        &["run", "--at", "30s", "quiet.yaml"],
        &["test", "quiet.yaml"],
        &["check", "quiet.yaml"],
        &["why", "quiet.yaml", "EVS1"],
        &["new"],
        &["schema"],
        &["completions", "bash"],
        &["man"],
    ];
    for arguments in commands {
        let full = fs::File::options().write(true).open("/dev/full").expect("the device is there");
        let mut command = std::process::Command::new(cargo_bin!("evsim"));
        let output = command.current_dir(&here).args(*arguments).stdout(full).output();
        let output = output.expect("evsim starts");
        let told = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {told}");
        assert!(told.starts_with("evsim: cannot write stdout: "), "{arguments:?}: {told}");
    }
}
