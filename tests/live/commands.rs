//! What `evsim live` shows, against what the simulated console shows, at each moment at which a
//! scenario expects something.

use std::collections::BTreeSet;

use evsim::cli::live::{Session, plan_text};
use evsim::harness::{self, Run, Situation, connect_directly, console_text, situation_text};
use evsim::model::{Fact, NodeName, Time};
use evsim::product::agent;
use evsim::product::designation::choices;
use evsim::product::plan::plan;
use evsim::product::policy::Policy;
use evsim::product::reason::Listed;
use evsim::scenario::Scenario;
use evsim::simapi;

use crate::shipped;

/// The moments at which a scenario expects something, and its end.
fn moments(scenario: &Scenario) -> BTreeSet<Time> {
    let expected = scenario.expect.iter().map(|expectation| expectation.at);
    expected.chain([scenario.until]).collect()
}

/// The nodes whose machines run now.
fn running(run: &Run<'_>) -> Vec<NodeName> {
    let cluster = run.cluster().borrow();
    cluster.machines().filter(|node| cluster.runs(node)).cloned().collect()
}

fn session(node: &NodeName, policy: &Policy) -> Session {
    Session::new(&simapi::table(), node, policy.clone())
}

/// What the simulator's own backend says of the node: what has to be shown.
fn compare(run: &mut Run<'_>, node: &NodeName, policy: &Policy, what: &str) {
    let live = session(node, policy);
    let (status, offered, planned) = (live.status(), live.choices(), live.plan());
    let status = status.expect("a status");
    let backend = connect_directly(run.cluster(), node);
    let (picture, now) = agent::look(&*backend, None);
    match &picture.view.cluster {
        Fact::Known(view) => {
            let quorum = run.cluster().borrow().quorum_settings().0;
            let seen = situation_text(&Situation::seen(view, &quorum));
            assert!(status.starts_with(&seen), "{what}:\n{status}\nand not\n{seen}");
        }
        Fact::Unknown(code) => {
            assert!(status.starts_with(&format!("  cluster unknown: {code}")), "{what}:\n{status}");
        }
    }
    match choices(&picture) {
        Fact::Known(choices) => {
            let line = format!("{node}   choices {}\n", Listed(&choices));
            assert_eq!(offered.expect("an answer"), line, "{what}");
        }
        Fact::Unknown(code) => {
            let trouble = offered.expect_err("there is nobody to ask").to_string();
            let begin = format!("the cluster cannot be asked through {node}: {code}");
            assert!(trouble.starts_with(&begin), "{what}: {trouble}");
        }
    }
    let decided = plan(policy, &picture, now);
    let expected = plan_text(node, now, &decided, &|at| at.to_string());
    assert_eq!(planned.expect("a plan"), expected, "{what}");
    drop(backend);
    match run.consoles().iter().find(|console| console.node == *node) {
        Some(console) => {
            let shown = console_text(console);
            assert!(status.ends_with(&shown), "{what}:\n{status}\nand not\n{shown}");
        }
        None => {
            let line = format!("  the product is not on {node}\n");
            assert!(status.ends_with(&line), "{what}:\n{status}");
        }
    }
}

/// And looking changes nothing: the run goes on as it does unwatched.
#[test]
fn what_is_shown_is_what_the_simulated_console_shows() {
    let (mut compared, mut waiting) = (0, 0);
    for (name, scenario) in shipped::scenarios() {
        let mut run = harness::start(&scenario, 0, &connect_directly);
        for moment in moments(&scenario) {
            run.advance(moment);
            simapi::attach(run.cluster());
            for node in running(&run) {
                compare(&mut run, &node, &scenario.policy, &format!("{name} at {moment}: {node}"));
                compared += 1;
            }
            waiting += usize::from(run.cluster().borrow().next().is_some());
        }
        assert_eq!(simapi::detach().1, 0, "{name}: handles were left open");
        let watched = run.report();
        assert!(
            watched.text(&name, true) == harness::run(&scenario, 0).text(&name, true),
            "{name}"
        );
    }
    assert!(compared > 1_000, "only {compared} nodes were compared");
    assert!(waiting > 100, "only {waiting} of the moments were in the middle of something");
    println!("{compared} nodes");
}

/// The command line itself, with these words after `live`: how it ended, and what it said on
/// stderr.
fn refused(arguments: &[&str]) -> String {
    let run = std::process::Command::new(env!("CARGO_BIN_EXE_evsim"))
        .arg("live")
        .args(arguments)
        .env_remove("EVSIM_CLUSAPI")
        .output()
        .expect("evsim starts");
    assert_eq!(run.status.code(), Some(2), "{arguments:?}");
    assert!(run.stdout.is_empty(), "{arguments:?}");
    String::from_utf8(run.stderr).expect("UTF-8")
}

#[test]
fn what_is_missing_is_named_with_what_to_do() {
    let library = refused(&["status", "--node", "NODE1", "--library", "no-such-folder/none.so"]);
    assert!(library.starts_with("evsim: the Cluster API cannot be loaded from "), "{library}");
    assert!(library.contains("install the failover clustering tools"), "{library}");
    let settings = refused(&["plan", "--config", "no-such-file.json"]);
    assert!(settings.starts_with("evsim: cannot use the settings in no-such-file.json: "));
}
