//! The live backend, over the simulated Cluster API.

#[cfg(feature = "cli")]
#[path = "live/agent.rs"]
mod agent;
#[path = "live/calls.rs"]
mod calls;
#[cfg(feature = "cli")]
#[path = "live/capture.rs"]
mod capture;
#[cfg(feature = "cli")]
#[path = "live/commands.rs"]
mod commands;
#[path = "live/cost.rs"]
mod cost;
#[path = "live/dependencies.rs"]
mod dependencies;
#[path = "live/faults.rs"]
mod faults;
#[path = "live/injection.rs"]
mod injection;
#[path = "live/loading.rs"]
mod loading;
#[path = "live/machine.rs"]
mod machine;
#[path = "live/property_lists.rs"]
mod property_lists;
#[path = "live/shipped.rs"]
mod shipped;
#[path = "live/vectors.rs"]
mod vectors;

use evsim::backend::Backend;
use evsim::backend::clusapi::LiveBackend;
use evsim::backend::clusapi::host::LibraryHost;
use evsim::harness;
use evsim::model::NodeName;
use evsim::sim::SharedCluster;
use evsim::simapi;

/// Opens a node's live backend over the functions in this process.
fn connect(cluster: &SharedCluster, node: &NodeName) -> Box<dyn Backend> {
    simapi::attach(cluster);
    let table = simapi::table();
    let host = LibraryHost::new(&table, node).expect("the simulated library has a host");
    Box::new(LiveBackend::new(&table, node, Box::new(host)))
}

/// The agents see and do the same through the live backend, in every shipped scenario.
#[test]
fn the_live_backend_gives_the_same_report() {
    let mut calls = 0;
    let mut different = Vec::new();
    for (name, scenario) in shipped::scenarios() {
        let direct = harness::run(&scenario, 0);
        let live = harness::start(&scenario, 0, &connect).report();
        let (made, open) = simapi::detach();
        calls += made;
        assert_eq!(open, 0, "{name}: handles were left open");
        if live.text(&name, true) != direct.text(&name, true)
            || live.json(&name, false) != direct.json(&name, false)
        {
            different.push(name);
        }
    }
    assert!(different.is_empty(), "{different:#?}");
    assert!(calls > 100_000, "only {calls} calls went through the functions");
    println!("{calls} calls");
}
