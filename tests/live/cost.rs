//! What a look costs: how many calls, and how long they take through the functions in this process.

use std::rc::Rc;
use std::time::Instant;

use evsim::backend::observe;
use evsim::harness;
use evsim::model::{NodeName, Time};
use evsim::scenario;
use evsim::sim::Step;
use evsim::simapi;

use crate::connect;

/// Eight nodes, seven servers with eight resources each, and groups that hold the rest.
fn large() -> String {
    let mut text = String::from(
        "about: A large cluster.\ncluster:\n  name: MAILCLUSTER\n  windows: 2003\n  exchange: 2003\n",
    );
    let nodes: Vec<String> = (1..=8).map(|node| format!("NODE{node}")).collect();
    text.push_str(&format!("  nodes: [{}]\n  evs:\n", nodes.join(", ")));
    for evs in 1..=7 {
        let store = "stores: { SG1/Mailbox: 1GB }";
        text.push_str(&format!("    EVS{evs}: {{ owner: NODE{evs}, {store} }}\n"));
    }
    text.push_str("  groups:\n");
    for group in 0..20 {
        text.push_str(&format!("    Files {group}:\n      owner: NODE8\n      resources:\n"));
        for share in 0..7 {
            text.push_str(&format!("        Share {group}-{share}: {{ type: File Share }}\n"));
        }
    }
    text.push_str("until: 1h\n");
    text
}

/// The calls of one look.
fn calls(look: impl FnOnce()) -> u64 {
    let before = simapi::count().0;
    look();
    simapi::count().0 - before
}

#[test]
fn a_look_that_nothing_has_changed_for_costs_a_few_calls() {
    let text = large();
    let scenario = scenario::read(text.as_bytes(), "large.yaml");
    let scenario = scenario.unwrap_or_else(|wrong| panic!("{wrong}"));
    let mut run = harness::start(&scenario, 0, &harness::connect_directly);
    run.advance(Time::START + evsim::model::Span::from_secs(60));
    let cluster = Rc::clone(run.cluster());
    let backend = connect(&cluster, &NodeName::from("NODE1"));
    let mut seen = None;
    let whole = calls(|| seen = observe(&*backend).0.cluster.known().cloned());
    let seen = seen.expect("it is seen");
    let resources: usize = seen.groups.values().map(|group| group.resources.len()).sum();
    assert!(seen.nodes.len() == 8 && resources >= 200, "{} and {resources}", seen.nodes.len());

    let again = calls(|| drop(observe(&*backend)));
    cluster.borrow_mut().apply(&Step::OfflineResource("Share 3-3".into()));
    let changed = calls(|| drop(observe(&*backend)));
    let began = Instant::now();
    let looks = 100;
    for _ in 0..looks {
        observe(&*backend);
    }
    let took = began.elapsed() / looks;
    drop(backend);
    assert_eq!(simapi::detach().1, 0);
    println!("{resources} resources: {whole} calls, {changed} after a change, {again} after none");
    println!("a look at what has not changed takes {took:?}");
    assert!(again < 20 && changed < 40, "{again} and {changed}");
    // Identity, type, state, dependencies, two kinds of properties, and opening and closing it.
    assert!(whole < 12 * resources as u64 + 400, "{whole}");
}
