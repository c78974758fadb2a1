//! `evsim live run` in a process of its own, stopped as an administrator or a system stops it.

use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::library;
use super::moments::file;

/// It has looked after the node for a while, and has said something, when the signal comes. It ends
/// by itself, soon and well, with whole lines and one that says so.
fn stopped_by(signal: &str) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_evsim"));
    command.args(["live", "run", "--allow-changes", "--node", "NODE1", "--library"]);
    command.arg(library()).env("EVSIM_SCENARIO", file("active-active/node-failure"));
    command.env("EVSIM_AT", "2m").env("NO_COLOR", "1");
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut run = command.spawn().expect("evsim starts");
    let mut stdout = BufReader::new(run.stdout.take().expect("it is piped"));
    let mut said = String::new();
    stdout.read_line(&mut said).expect("it says something");
    assert!(said.contains("  NODE1 "), "{said}");

    let sent = Command::new("kill").args(["-s", signal, &run.id().to_string()]).status();
    assert!(sent.expect("there is `kill`").success());
    let soon = Instant::now() + Duration::from_secs(30);
    let status = loop {
        match run.try_wait().expect("it can be waited for") {
            Some(status) => break status,
            None if Instant::now() > soon => {
                run.kill().expect("it can be ended");
                panic!("{signal} did not stop it");
            }
            None => thread::sleep(Duration::from_millis(10)),
        }
    };
    assert_eq!(status.code(), Some(0), "{signal}");
    stdout.read_to_string(&mut said).expect("UTF-8");
    assert!(said.ends_with('\n'), "{signal}: {said}");
    let mut told = String::new();
    run.stderr.take().expect("it is piped").read_to_string(&mut told).expect("UTF-8");
    assert_eq!(told, "evsim: NODE1 has stopped; what has begun goes on\n", "{signal}");
}

#[test]
fn signals_stop_the_loop_and_it_ends_well() {
    stopped_by("INT");
    stopped_by("TERM");
}
