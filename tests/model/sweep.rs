//! Every order in which nodes come back after a power failure, and the edges of periods.

use std::collections::BTreeMap;

use evsim::model::{NodeName, NodeState, ResourceState};
use evsim::sim::{Event, Step, Stream};

use crate::tale::{Tale, run, run_with};

/// So many nodes, each with a group of its own.
fn cluster(nodes: usize, quorum: &str) -> String {
    let names: Vec<String> = (1..=nodes).map(|number| format!("NODE{number}")).collect();
    let group = |name: &String| {
        format!("G-{name}: {{ owner: {name}, resources: {{ R-{name}: {{ type: File Share }} }} }}")
    };
    let groups: Vec<String> = names.iter().map(group).collect();
    format!(
        "windows: 2003, quorum: {quorum}, nodes: [{}], groups: {{ {} }}",
        names.join(", "),
        groups.join(", ")
    )
}

/// Every order of up to four nodes, and a dozen of more.
fn orders(nodes: usize) -> Vec<Vec<usize>> {
    if nodes > 4 {
        let mut stream = Stream::new(7, &format!("orders/{nodes}"));
        let mut drawn = || {
            let mut order: Vec<usize> = (1..=nodes).collect();
            for at in (1..nodes).rev() {
                order.swap(at, stream.below(at as u64 + 1) as usize);
            }
            order
        };
        return (0..12).map(|_| drawn()).collect();
    }
    let mut all = vec![Vec::new()];
    for number in 1..=nodes {
        let with = |order: &Vec<usize>| {
            let order = order.clone();
            (0..=order.len()).map(move |at| {
                let mut order = order.clone();
                order.insert(at, number);
                order
            })
        };
        all = all.iter().flat_map(with).collect();
    }
    all
}

/// Whatever comes online does so on a member, while the machines that are on have the votes, and a
/// group goes from the node that owned it.
fn holds_all_the_time(tale: &Tale, nodes: usize, votes: usize) {
    let mut members: Vec<NodeName> = Vec::new();
    let mut on = nodes;
    let mut owners = BTreeMap::new();
    for entry in tale.cluster.trace() {
        match &entry.event {
            Event::Stepped { step: Step::PowerOffAll, .. } => on = 0,
            Event::Stepped { step: Step::Boot(_), .. } => on += 1,
            Event::Node { node, state, .. } => {
                members.retain(|it| it != node);
                members.extend(matches!(state, NodeState::Up).then(|| node.clone()));
            }
            Event::Owner { group, from, to, .. } => {
                let owner = owners.insert(group.clone(), to.clone());
                assert!(owner.is_none_or(|owner| owner == *from), "{group}: {tale:#?}");
            }
            Event::Resource { node, state: ResourceState::Online, .. } => {
                assert!(members.contains(node) && on >= votes, "{}: {tale:#?}", entry.time);
            }
            _ => {}
        }
    }
}

/// After a power failure the nodes are switched on one after the other, some seconds or minutes
/// apart. One of them forms the cluster, the others join it, and everything is online.
#[test]
fn every_order_of_return_ends_in_one_cluster() {
    const DISK: &str = "{ resource: 'Disk Q:' }";
    let mut runs = 0;
    for nodes in 1..=8 {
        let kinds = [(DISK, 1), ("majority", nodes / 2 + 1), ("majority_with_witness", 2)];
        for (quorum, votes) in kinds.into_iter().take(if nodes == 2 { 3 } else { 2 }) {
            // The witness is one of the two.
            let votes = if quorum.ends_with("witness") { votes - 1 } else { votes };
            for (at, order) in orders(nodes).iter().enumerate() {
                let gap = [0, 4, 8, 61, 130][at % 5];
                let boots = order.iter().enumerate().map(|(place, node)| {
                    format!(", {{ at: {}s, boot: NODE{node} }}", 1200 + place * gap)
                });
                let boots: String = boots.collect();
                let steps = format!("{{ at: 10m, power_off_all: {{}} }}{boots}");
                let tale = run_with(&cluster(nodes, quorum), "", &steps, at as u64);
                let formed = tale.with("up: no member was up, it formed").count();
                assert_eq!(formed, 1, "{quorum}, {order:?}, {gap} s: {tale:#?}");
                for node in 1..=nodes {
                    assert_eq!(tale.node(&format!("NODE{node}")), NodeState::Up, "{tale:#?}");
                    let group = tale.group(&format!("G-NODE{node}"));
                    assert!(group.ends_with(" online"), "{group}: {tale:#?}");
                }
                holds_all_the_time(&tale, nodes, votes);
                runs += 1;
            }
        }
    }
    assert_eq!(runs, 2 * (1 + 2 + 6 + 24 + 4 * 12) + 2);
}

fn at(ms: u64) -> String {
    format!("{}.{:03}s", ms / 1000, ms % 1000)
}

fn initiated(times: &[u64]) -> String {
    let steps: Vec<String> =
        times.iter().map(|ms| format!("{{ at: {}, initiate_failure: R }}", at(*ms))).collect();
    steps.join(", ")
}

fn one(group: &str, resource: &str) -> String {
    format!(
        "windows: 2003, nodes: [NODE1, NODE2], groups: {{ G: {{ owner: NODE2, \
         properties: {{ {group} }}, \
         resources: {{ R: {{ type: File Share, properties: {{ {resource} }} }} }} }} }}"
    )
}

/// As many failures as the threshold, 6 s apart from 10:00 on, and one more at the end of the
/// period: a millisecond before it the group moves, at it and after it the first one is forgotten.
/// R is restarted in 5 s.
#[test]
fn a_failure_counts_for_its_period_to_the_millisecond() {
    for window in ["sliding", "fixed"] {
        for threshold in 1..=4_u64 {
            for (end, moves) in [(59_999, true), (60_000, false), (60_001, false)] {
                let mut times: Vec<u64> = (0..threshold).map(|it| 600_000 + it * 6_000).collect();
                times.push(600_000 + end);
                let resource = format!("RestartThreshold: {threshold}, RestartPeriod: 60000");
                let switch = format!("failure_window: {window}");
                let tale = run_with(&one("", &resource), &switch, &initiated(&times), 0);
                let group = if moves { "NODE1 online" } else { "NODE2 online" };
                assert_eq!(tale.group("G"), group, "{window}, {threshold}, {end}: {tale:#?}");
            }
        }
    }
}

/// As many failovers as the threshold, a minute apart from 10:00 on, and one more failure an hour
/// after the first: a millisecond before it G has moved too often, at it and after it not.
#[test]
fn a_failover_counts_for_its_period_to_the_millisecond() {
    for threshold in 1..=4_u64 {
        for (end, left) in [(3_599_999, true), (3_600_000, false), (3_600_001, false)] {
            let mut times: Vec<u64> = (0..threshold).map(|it| 600_000 + it * 60_000).collect();
            times.push(600_000 + end);
            let group = format!("FailoverThreshold: {threshold}, FailoverPeriod: 1");
            let tale = run(&one(&group, "RestartThreshold: 0"), &initiated(&times));
            let too_often = tale.with("G has moved too often and is left").count();
            assert_eq!(too_often, usize::from(left), "{threshold}, {end}: {tale:#?}");
            let moved = tale.with("G moves").count() as u64;
            assert_eq!(moved, threshold + u64::from(!left), "{threshold}, {end}: {tale:#?}");
        }
    }
}
