//! The executable itself, in a process of its own that loads the library.

use std::io;
use std::process::{Command, Output};

use evsim::harness;
use evsim::product::policy::Policy;

use super::library;
use super::moments::{directly, file, moments, named, running};

/// `evsim live` with this verb, as one types it: what it prints, or what it complains of.
fn typed(verb: &str, node: &str, name: &str, at: &str) -> Result<String, String> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_evsim"));
    command.args(["live", verb, "--node", node, "--library"]).arg(library());
    command.env("EVSIM_SCENARIO", file(name)).env("EVSIM_AT", at).env("NO_COLOR", "1");
    let run = output(&mut command).expect("evsim starts");
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    match run.status.code() {
        Some(0) => Ok(text(run.stdout)),
        Some(2) => Err(text(run.stderr)),
        code => panic!("evsim ended with {code:?}: {}", text(run.stderr)),
    }
}

/// Under Wine, one of many hundred processes may not start, with ERROR_INTERNAL_ERROR of Wine's
/// own: then it is started again. What one that started answers is never asked for twice.
fn output(command: &mut Command) -> io::Result<Output> {
    const INTERNAL_ERROR: i32 = 1359;
    let mut attempts = 0;
    loop {
        attempts += 1;
        match command.output() {
            Err(wrong) if wrong.raw_os_error() == Some(INTERNAL_ERROR) && attempts < 5 => {}
            run => return run,
        }
    }
}

/// Every scenario, at one of its moments and from one of its nodes, another each time; with
/// `EVSIM_MOMENTS=all` at every moment and from every node.
#[test]
fn the_executable_shows_what_the_simulator_does() {
    let all = std::env::var("EVSIM_MOMENTS").is_ok_and(|which| which == "all");
    let mut typed_so_far = 0;
    for (turn, (name, scenario)) in crate::shipped::scenarios().into_iter().enumerate() {
        let mut run = harness::start(&scenario, 0, &harness::connect_directly);
        let moments = moments(&scenario);
        for (number, at) in moments.iter().enumerate() {
            run.advance(*at);
            if !all && number != turn % moments.len() {
                continue;
            }
            let nodes = running(&run);
            // The command line reads no scenario: its policy is the default.
            let expected = directly(&run, &nodes, &Policy::default());
            for (place, (node, expected)) in nodes.iter().zip(expected).enumerate() {
                if !all && place != turn % nodes.len() {
                    continue;
                }
                for (verb, expected) in expected.shown {
                    let found = typed(verb, node.as_str(), &name, &named(*at));
                    match (&found, &expected) {
                        (Err(said), Err(why)) if said.contains(why) => {}
                        _ => assert_eq!(found, expected, "{name} at {at}: {verb} of {node}"),
                    }
                    typed_so_far += 1;
                }
            }
        }
    }
    assert!(typed_so_far > 500, "only {typed_so_far} commands were typed");
    println!("{typed_so_far} commands");
}
