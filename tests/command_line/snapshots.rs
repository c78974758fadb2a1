//! `evsim test`: what becomes of a snapshot that is missing, differs, shows a failure or has lost
//! its scenario.

use std::fs;

use snapbox::str;

use super::{QUIET, broken, command, evsim, folder, stdout, untrue, write};

#[test]
fn a_missing_snapshot_fails_and_is_not_made() {
    let here = folder("test-missing");
    write(&here, "quiet.yaml", QUIET);
    evsim(&here, &["test", "."]).code(1).stderr_eq("").stdout_eq(str![[r#"
MISSING  quiet: no snapshot yet; --accept writes it
0 passed, 1 failed

"#]]);
    assert!(!here.join("quiet.snap").exists());
    assert!(here.join("quiet.snap.new").exists(), "it is left for a review");
}

#[test]
fn accepting_writes_the_snapshot_and_then_all_is_well() {
    let here = folder("test-accept");
    write(&here, "scenarios/quiet.yaml", QUIET);
    evsim(&here, &["test"]).code(1);
    let output = evsim(&here, &["test", "--accept"]).success().stderr_eq("");
    output.stdout_eq("accepted quiet\n1 passed, 0 failed\n");
    assert!(!here.join("scenarios/quiet.snap.new").exists(), "nothing is left to review");
    let ran = stdout(&evsim(&here, &["run", "scenarios/quiet.yaml"]).success());
    let kept = fs::read_to_string(here.join("scenarios/quiet.snap")).expect("it is written");
    assert_eq!(kept, format!("---\nsource: quiet.yaml\n---\n{ran}"));
    for arguments in [&["test"][..], &["test", "scenarios/quiet.yaml"]] {
        let output = evsim(&here, arguments).success().stderr_eq("");
        output.stdout_eq("ok       quiet\n1 passed, 0 failed\n");
    }
}

#[test]
fn a_difference_is_shown_and_left_for_a_review() {
    let here = folder("test-differs");
    write(&here, "quiet.yaml", QUIET);
    evsim(&here, &["test", ".", "--accept"]).success();
    let kept = fs::read_to_string(here.join("quiet.snap")).expect("it is written");
    let other = kept.replace("quorum NODE1", "quorum NODE2");
    write(&here, "quiet.snap", &other);
    evsim(&here, &["test", "."]).code(1).stderr_eq("").stdout_eq(str![[r#"
DIFFERS  quiet: not as its snapshot says
...
         - [..]quorum NODE2
         + [..]quorum NODE1
...
0 passed, 1 failed

"#]]);
    assert_eq!(fs::read_to_string(here.join("quiet.snap")).expect("it stays"), other);
    assert_eq!(fs::read_to_string(here.join("quiet.snap.new")).expect("it is left"), kept);
}

#[test]
fn a_failure_that_the_snapshot_shows_too_is_still_one() {
    let here = folder("test-failing");
    write(&here, "untrue.yaml", &untrue());
    let said = str![[r#"
FAILED   untrue: a check or an expectation failed
           FAIL  1 of 1 expectations are not met
                   line 13 at [..]: [..]
0 passed, 1 failed

"#]];
    evsim(&here, &["test", ".", "--accept"]).code(1).stderr_eq("").stdout_eq(said.clone());
    assert!(here.join("untrue.snap").exists(), "it is accepted and fails all the same");
    evsim(&here, &["test", "."]).code(1).stderr_eq("").stdout_eq(said);
}

#[test]
fn a_snapshot_without_its_scenario_fails_until_it_is_removed() {
    let here = folder("test-orphan");
    write(&here, "scenarios/quiet.yaml", QUIET);
    evsim(&here, &["test", "--accept"]).success();
    write(&here, "scenarios/deep/gone.snap", "---\nsource: gone.yaml\n---\n");
    evsim(&here, &["test"]).code(1).stderr_eq("").stdout_eq(str![[r#"
ok       quiet
ORPHAN   scenarios/deep/gone.snap: its scenario is gone; --accept removes it
1 passed, 1 failed

"#]]);
    evsim(&here, &["test", "--accept"]).success();
    assert!(!here.join("scenarios/deep/gone.snap").exists());
    assert!(here.join("scenarios/quiet.snap").exists());
}

#[test]
fn a_broken_scenario_does_not_keep_the_others_from_being_tested() {
    let here = folder("test-broken");
    write(&here, "a.yaml", &broken());
    write(&here, "b.yaml", QUIET);
    let output = evsim(&here, &["test", ".", "--accept"]).code(2);
    output.stdout_eq("ERROR    a\naccepted b\n1 passed, 1 failed\n").stderr_eq(str![[r#"
error: [..]
 --> [..]a.yaml:8:13
...
"#]]);
    assert!(!here.join("a.snap").exists());
}

#[test]
fn colours_are_for_terminals_and_for_those_who_want_them() {
    let here = folder("test-colours");
    write(&here, "quiet.yaml", QUIET);
    let escapes = |command: snapbox::cmd::Command| {
        let output = command.assert().code(1);
        stdout(&output).contains('\u{1b}')
    };
    let plain = || command(&here, &["test", "."]);
    assert!(!escapes(plain()), "its output is no terminal");
    assert!(escapes(plain().env("CLICOLOR_FORCE", "1")));
    assert!(!escapes(plain().env("CLICOLOR_FORCE", "1").env("NO_COLOR", "1")));
}
