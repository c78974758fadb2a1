//! What is seen and shown through the library, at each moment at which a scenario expects
//! something: what is seen and shown over the functions in the same process.
#![allow(unsafe_code, reason = "a library is loaded, and told by the environment what to be")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::thread;

use evsim::backend::clusapi::functions::Table;
use evsim::backend::clusapi::host::LibraryHost;
use evsim::backend::clusapi::{LiveBackend, load};
use evsim::backend::observe;
use evsim::cli::live::{Session, Trouble};
use evsim::harness::{self, Run};
use evsim::model::{NodeName, Time, View};
use evsim::product::policy::Policy;
use evsim::scenario::Scenario;
use evsim::simapi;

use super::library;

/// What there is to see of one node.
pub(crate) struct Seen {
    view: (View, Time),
    /// What `evsim live` shows, verb by verb, or why it cannot.
    pub(crate) shown: Vec<(&'static str, Result<String, String>)>,
}

fn shown(session: &Session) -> Vec<(&'static str, Result<String, String>)> {
    let text = |shown: Result<String, Trouble>| shown.map_err(|trouble| trouble.to_string());
    vec![
        ("status", text(session.status())),
        ("choices", text(session.choices())),
        ("plan", text(session.plan())),
        ("capture", text(session.capture())),
    ]
}

fn seen(table: &Table, node: &NodeName, policy: &Policy) -> Seen {
    let host = LibraryHost::new(table, node).expect("the simulated library has a host");
    let view = observe(&LiveBackend::new(table, node, Box::new(host)));
    Seen { view, shown: shown(&Session::new(table, node, policy.clone())) }
}

/// What is seen over the functions in the same process; `tests/live.rs` holds that against the
/// simulator itself.
pub(crate) fn directly(run: &Run<'_>, nodes: &[NodeName], policy: &Policy) -> Vec<Seen> {
    simapi::attach(run.cluster());
    let seen = nodes.iter().map(|node| seen(&simapi::table(), node, policy)).collect();
    simapi::detach();
    seen
}

/// The file of a shipped scenario.
pub(crate) fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios").join(format!("{name}.yaml"))
}

/// A moment as the environment names it.
pub(crate) fn named(at: Time) -> String {
    let ms = at.since(Time::START).ms();
    format!("{}.{:03}s", ms / 1_000, ms % 1_000)
}

/// What is seen through the library, in a thread of its own: there the scenario begins anew.
fn through_library(name: &str, at: Time, nodes: &[NodeName], policy: &Policy) -> Vec<Seen> {
    // SAFETY: this is the only place that writes the environment, and whoever reads it in another
    // thread meanwhile does so through the standard library, which has a lock for it.
    unsafe {
        std::env::set_var("EVSIM_SCENARIO", file(name));
        std::env::set_var("EVSIM_AT", named(at));
    }
    let see = || {
        // SAFETY: the library is this project's own.
        let table = unsafe { load(&library()) }.unwrap_or_else(|error| panic!("{error}"));
        nodes.iter().map(|node| seen(&table, node, policy)).collect()
    };
    thread::scope(|scope| scope.spawn(see).join().expect("no panic"))
}

pub(crate) fn moments(scenario: &Scenario) -> BTreeSet<Time> {
    scenario.expect.iter().map(|expectation| expectation.at).collect()
}

/// The nodes that can be asked: a machine that is off answers nothing, and nobody observes from
/// there either.
pub(crate) fn running(run: &Run<'_>) -> Vec<NodeName> {
    let cluster = run.cluster().borrow();
    cluster.machines().filter(|node| cluster.runs(node)).cloned().collect()
}

/// With `EVSIM_SHOWN` all that is shown goes to the file that it names, for comparison with what
/// another system shows.
#[test]
fn the_library_shows_what_the_simulator_does() {
    let (mut compared, mut different, mut log) = (0, Vec::new(), String::new());
    for (name, scenario) in crate::shipped::scenarios() {
        let mut run = harness::start(&scenario, 0, &harness::connect_directly);
        for at in moments(&scenario) {
            run.advance(at);
            let nodes = running(&run);
            let direct = directly(&run, &nodes, &scenario.policy);
            let live = through_library(&name, at, &nodes, &scenario.policy);
            for (node, (direct, live)) in nodes.iter().zip(direct.iter().zip(&live)) {
                compared += 1;
                if direct.view != live.view {
                    different.push(format!("{name} at {at}, {node}: what is seen"));
                }
                for ((verb, direct), (_, live)) in direct.shown.iter().zip(&live.shown) {
                    let text = live.as_ref().unwrap_or_else(|why| why);
                    log.push_str(&format!("{name} at {at}, {node}: {verb}\n{text}\n"));
                    if direct != live {
                        different.push(format!("{name} at {at}, {node}: {verb}"));
                    }
                }
            }
        }
    }
    assert!(different.is_empty(), "{different:#?}");
    assert!(compared > 1_000, "only {compared} nodes were compared");
    println!("{compared} nodes");
    if let Some(file) = std::env::var_os("EVSIM_SHOWN") {
        fs::write(file, log).expect("it can be written");
    }
}
