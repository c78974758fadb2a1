//! What the live backend sees through the library, at each moment at which a scenario expects
//! something: what the simulator's own backend sees.
#![allow(unsafe_code, reason = "a library is loaded, and told by the environment what to be")]

use std::path::Path;
use std::thread;

use evsim::backend::clusapi::host::LibraryHost;
use evsim::backend::clusapi::{LiveBackend, load};
use evsim::backend::observe;
use evsim::harness;
use evsim::model::{NodeName, Time, View};
use evsim::scenario::Scenario;
use evsim::sim::SharedCluster;

use super::{library, shipped};

/// What each node sees at this moment, directly.
fn directly(cluster: &SharedCluster, nodes: &[NodeName]) -> Vec<(View, Time)> {
    let see = |node| observe(&*harness::connect_directly(cluster, node));
    nodes.iter().map(see).collect()
}

/// What each node sees through the library, in a thread of its own: there the scenario begins anew.
fn through_library(name: &str, at: Time, nodes: &[NodeName]) -> Vec<(View, Time)> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("scenarios/{name}.yaml"));
    let ms = at.since(Time::START).ms();
    // SAFETY: this is the only place that writes the environment, and whoever reads it in another
    // thread meanwhile does so through the standard library, which has a lock for it.
    unsafe {
        std::env::set_var("EVSIM_SCENARIO", file);
        std::env::set_var("EVSIM_AT", format!("{}.{:03}s", ms / 1_000, ms % 1_000));
    }
    let see = || {
        // SAFETY: the library is this project's own.
        let table = unsafe { load(&library()) }.unwrap_or_else(|error| panic!("{error}"));
        let see = |node| {
            let host = LibraryHost::new(&table, node).expect("the library has a host");
            observe(&LiveBackend::new(&table, node, Box::new(host)))
        };
        nodes.iter().map(see).collect()
    };
    thread::scope(|scope| scope.spawn(see).join().expect("no panic"))
}

fn moments(scenario: &Scenario) -> Vec<Time> {
    let mut moments: Vec<Time> = scenario.expect.iter().map(|it| it.at).collect();
    moments.sort();
    moments.dedup();
    moments
}

#[test]
fn the_library_shows_what_the_simulator_does() {
    let (mut compared, mut different) = (0, Vec::new());
    for (name, scenario) in shipped::scenarios() {
        let mut run = harness::start(&scenario, 0, &harness::connect_directly);
        for at in moments(&scenario) {
            run.advance(at);
            // A machine that is off can be asked nothing: nobody observes from there either.
            let nodes: Vec<NodeName> = {
                let cluster = run.cluster().borrow();
                cluster.machines().filter(|node| cluster.runs(node)).cloned().collect()
            };
            let direct = directly(run.cluster(), &nodes);
            let live = through_library(&name, at, &nodes);
            for (node, (direct, live)) in nodes.iter().zip(direct.iter().zip(&live)) {
                compared += 1;
                if direct != live {
                    different.push(format!("{name} at {at}, {node}"));
                }
            }
        }
    }
    assert!(different.is_empty(), "{different:#?}");
    assert!(compared > 500, "only {compared} views were compared");
    println!("{compared} views");
}
