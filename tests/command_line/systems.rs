//! `evsim test` for other programs, CI systems and editors among them: JUnit XML, annotations, and
//! a process that goes on.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use snapbox::cmd::cargo_bin;
use snapbox::{assert_data_eq, str};

use super::{QUIET, broken, evsim, folder, stdout, untrue, write};

/// A folder with a scenario of each fate: broken, passed, with another snapshot, with none, failed,
/// and a snapshot alone.
fn one_of_each(name: &str) -> std::path::PathBuf {
    let here = folder(name);
    write(&here, "scenarios/passed.yaml", QUIET);
    write(&here, "scenarios/otherwise.yaml", QUIET);
    write(&here, "scenarios/deep/untrue.yaml", &untrue());
    evsim(&here, &["test", "--accept"]).code(1);
    let path = here.join("scenarios/otherwise.snap");
    let kept = fs::read_to_string(&path).expect("it is written");
    fs::write(&path, kept.replace("quorum NODE1", "quorum <NODE2>")).expect("a file");
    write(&here, "scenarios/broken.yaml", &broken());
    write(&here, "scenarios/new.yaml", QUIET);
    write(&here, "scenarios/gone.snap", "---\nsource: gone.yaml\n---\n");
    here
}

#[test]
fn junit_has_a_case_for_each_scenario_and_each_orphan() {
    let here = one_of_each("test-junit");
    evsim(&here, &["test", "--junit", "out.xml"]).code(2);
    let xml = fs::read_to_string(here.join("out.xml")).expect("it is written");
    let told = str![[r#"
<?xml version="1.0" encoding="UTF-8"?>
<testsuites tests="6" failures="4" errors="1" time="[..]">
  <testsuite name="evsim" tests="6" failures="4" errors="1" time="[..]">
    <testcase classname="scenarios" name="broken" file="scenarios/broken.yaml" time="[..]">
      <error message="it cannot be run">error: [..]
...
    <testcase classname="deep" name="untrue" file="scenarios/deep/untrue.yaml" time="[..]">
      <failure message="a check or an expectation failed">  FAIL  1 of 1 expectations are not met
          line 13 at [..]</failure>
    </testcase>
    <testcase classname="scenarios" name="new" file="scenarios/new.yaml" time="[..]">
      <failure message="no snapshot yet; --accept writes it"></failure>
    </testcase>
    <testcase classname="scenarios" name="otherwise" file="scenarios/otherwise.yaml" time="[..]">
      <failure message="not as its snapshot says">[..]
...
-  nodes    NODE1 up   NODE2 up   quorum &lt;NODE2&gt;
+  nodes    NODE1 up   NODE2 up   quorum NODE1
...
    <testcase classname="scenarios" name="passed" file="scenarios/passed.yaml" time="[..]"/>
    <testcase classname="scenarios" name="gone" file="scenarios/gone.snap" time="0.000">
      <failure message="its scenario is gone; --accept removes it"></failure>
    </testcase>
  </testsuite>
</testsuites>

"#]];
    assert_data_eq!(xml, told);
}

#[test]
fn annotations_name_the_lines() {
    let here = one_of_each("test-annotate");
    let output = evsim(&here, &["test", "--annotate", "github"]).code(2);
    let said = stdout(&output);
    let lines: Vec<&str> = said.lines().filter(|line| line.starts_with("::error ")).collect();
    let begins = [
        "::error file=scenarios/broken.yaml,line=8,title=broken::an Exchange Virtual Server ",
        "::error file=scenarios/deep/untrue.yaml,line=13,title=deep/untrue::at 00:01:00.000: ",
        "::error file=scenarios/new.yaml,line=1,title=new::no snapshot yet",
        "::error file=scenarios/otherwise.snap,line=7,title=otherwise::not as its snapshot says%0A",
        "::error file=scenarios/gone.snap,line=1,title=gone::its scenario is gone",
    ];
    for begin in begins {
        assert!(lines.iter().any(|line| line.starts_with(begin)), "{begin}\n{lines:#?}");
    }
    let line = fs::read_to_string(here.join("scenarios/otherwise.snap")).expect("a snapshot");
    assert!(line.lines().nth(6).is_some_and(|line| line.contains("<NODE2>")), "{line}");
}

#[test]
fn the_order_of_the_lines_is_that_of_the_files() {
    let here = folder("test-order");
    for number in 0..24 {
        write(&here, &format!("scenarios/s{number:02}.yaml"), QUIET);
    }
    let said = stdout(&evsim(&here, &["test", "--accept"]).success());
    let named: Vec<String> = (0..24).map(|number| format!("accepted s{number:02}")).collect();
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(lines[..24], named);
    assert_eq!(lines[24], "24 passed, 0 failed");
}

/// A process that ends with its test.
struct Watching(Child);

impl Drop for Watching {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The lines come from a thread: a line that never comes fails the test, and does not hang it.
fn watch(here: &Path) -> (Watching, Receiver<String>) {
    let mut child = Command::new(cargo_bin!("evsim"))
        .current_dir(here)
        .args(["test", "--watch"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .expect("evsim starts");
    let lines = BufReader::new(child.stdout.take().expect("its output")).lines();
    let (tell, told) = mpsc::channel();
    thread::spawn(move || lines.map_while(Result::ok).try_for_each(|line| tell.send(line)));
    (Watching(child), told)
}

#[test]
fn watching_tests_what_changes_and_nothing_else() {
    let here = folder("test-watch");
    write(&here, "scenarios/one.yaml", QUIET);
    write(&here, "scenarios/two.yaml", QUIET);
    evsim(&here, &["test", "--accept"]).success();
    let (_watching, lines) = watch(&here);
    let next = || lines.recv_timeout(Duration::from_secs(60)).expect("a line in time");
    let first = [next(), next(), next(), next()];
    assert_eq!(
        first,
        ["ok       one", "ok       two", "2 passed, 0 failed", "watching 2 scenarios"]
    );
    write(&here, "scenarios/two.yaml", &QUIET.replace("until: 1m\n", "until: 61s\n"));
    assert_eq!([next(), next(), next()], ["", "ok       two", "1 passed, 0 failed"]);
    fs::remove_file(here.join("scenarios/one.snap")).expect("it is there");
    assert_eq!(next(), "");
    assert_eq!(next(), "MISSING  one: no snapshot yet; --accept writes it");
    assert_eq!(next(), "0 passed, 1 failed");
    write(&here, "scenarios/three.yaml", QUIET);
    assert_eq!([next(), next()], ["", "MISSING  three: no snapshot yet; --accept writes it"]);
}
