//! A captured cluster is the cluster: what is read from it gives the same capture and, with what no
//! cluster can be asked for, the same run.

use std::cell::RefCell;
use std::rc::Rc;

use evsim::cli::live::Session;
use evsim::harness;
use evsim::model::NodeName;
use evsim::product::policy::Policy;
use evsim::scenario::{self, Scenario};
use evsim::sim::{Cluster, Configuration};
use evsim::simapi;

use crate::shipped;

/// What is captured of a cluster at its start, through the owner of the quorum.
fn captured(cluster: &Configuration) -> String {
    let cluster = Rc::new(RefCell::new(Cluster::new(cluster, 0)));
    simapi::attach(&cluster);
    let node: NodeName = cluster.borrow().quorum_holder();
    let text = Session::new(&simapi::table(), &node, Policy::default()).capture();
    assert_eq!(simapi::detach().1, 0, "handles were left open");
    text.unwrap_or_else(|trouble| panic!("{trouble}"))
}

fn read(text: &str, name: &str) -> Scenario {
    scenario::read(text.as_bytes(), name).unwrap_or_else(|wrong| panic!("{name}: {wrong}\n{text}"))
}

/// What the Cluster API and the disks do not say: the calendar, switches, what is inside a store's
/// files, how many logs a mount may lack, and whether a retry was set to what it is by itself.
fn with_what_nobody_can_be_asked(
    mut cluster: Configuration,
    from: &Configuration,
) -> Configuration {
    cluster.starts = from.starts;
    cluster.switches = from.switches.clone();
    for (group, from) in cluster.groups.iter_mut().zip(&from.groups) {
        group.replicated = group.replicated.and(from.replicated);
        group.stores.sort_by_key(|store| {
            from.stores.iter().position(|it| it.name == store.name).expect("the same stores")
        });
        for (store, from) in group.stores.iter_mut().zip(&from.stores) {
            (store.used, store.log_replay, store.logs) = (from.used, from.log_replay, from.logs);
            store.fixes = from.fixes.clone();
        }
        for (resource, from) in group.resources.iter_mut().zip(&from.resources) {
            let retry = from.properties.retry_period_on_failure;
            resource.properties.retry_period_on_failure = retry;
        }
    }
    cluster
}

#[test]
fn a_capture_read_again_gives_the_same_capture_and_the_same_run() {
    let mut whole = 0;
    for (name, original) in shipped::scenarios() {
        let text = captured(&original.cluster);
        let read = read(&text, &name);
        assert_eq!(captured(&read.cluster), text, "{name}");
        let cluster = with_what_nobody_can_be_asked(read.cluster, &original.cluster);
        let merged = Scenario { cluster, ..original.clone() };
        let (expected, found) = (harness::run(&original, 0), harness::run(&merged, 0));
        assert!(found.text(&name, true) == expected.text(&name, true), "{name}:\n{text}");
        whole += usize::from(!text.starts_with('#'));
    }
    assert!(whole > 100, "only {whole} captures have no remark");
}
