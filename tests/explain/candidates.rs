//! Each choice of a node tells of every other node what ruled it out.

use std::collections::BTreeSet;

use evsim::harness::{Detail, Told};
use evsim::sim::Event;

use super::report;

/// What was weighed, as `G leaves NODE1, ...: NODE2 chosen; NODE3 down`.
fn weighed(cluster: &str, steps: &str) -> Vec<String> {
    let report = report(cluster, steps);
    let told = report.story.iter().filter_map(|line| match &line.told {
        Told::Cluster(Event::Weighed { group, from, departure, candidates }) => {
            let each: Vec<String> = candidates.iter().map(ToString::to_string).collect();
            Some(format!("{group} leaves {from}, {departure}: {}", each.join("; ")))
        }
        _ => None,
    });
    told.collect()
}

/// Group `G` of one resource on NODE1 of six, which moves with its first failure. `R` may not run
/// on NODE3. `H` keeps the cluster service of NODE6 from stopping at once.
const SIX: &str = "nodes: [NODE1, NODE2, NODE3, NODE4, NODE5, NODE6], groups: { \
    G: { owner: NODE1, preferred: [NODE1, NODE3, NODE4, NODE5, NODE6, NODE2], resources: { \
    R: { type: File Share, possible_owners: [NODE1, NODE2, NODE4, NODE5, NODE6], \
         properties: { RestartThreshold: 0 } } } }, \
    H: { owner: NODE6, resources: { S: { type: File Share, possible_owners: [NODE6] } } } }";

#[test]
fn what_ruled_a_node_out_is_told_of_each() {
    let steps = "{ at: 1m, crash: NODE4 }, { at: 2m, pause: NODE5 }, \
        { at: 10m, stop_service: NODE6 }, { at: 10m, initiate_failure: R }";
    assert_eq!(
        weighed(SIX, steps),
        [
            // No other node can own S: it goes offline where it is, and that takes 2.5 s.
            "H leaves NODE6, whose cluster service stops: NODE1 no possible owner of S; \
             NODE2 no possible owner of S; NODE3 no possible owner of S; NODE4 down; NODE5 paused",
            "G leaves NODE1, where it failed too often: NODE3 no possible owner of R; NODE4 down; \
             NODE5 paused; NODE6 its cluster service stops; NODE2 chosen",
            "H leaves NODE6, which is no member any more: NODE1 no possible owner of S; \
             NODE2 no possible owner of S; NODE3 no possible owner of S; NODE4 down; NODE5 paused",
        ]
    );
}

#[test]
fn the_first_that_can_is_chosen_and_the_others_are_not_reached() {
    assert_eq!(
        weighed(SIX, "{ at: 10m, crash: NODE1 }"),
        ["G leaves NODE1, which is no member any more: NODE3 no possible owner of R; NODE4 \
          chosen; NODE5 not reached; NODE6 not reached; NODE2 not reached"]
    );
}

/// NODE4 is switched on at 20:00, looks for the cluster at 21:00 and is a member at 21:03; R fails
/// in between. An evicted node stands in no list of preferred owners, so it comes last.
#[test]
fn a_node_that_joins_hangs_or_is_evicted_is_no_destination() {
    let steps = "{ at: 1m, crash: NODE4 }, { at: 2m, crash: NODE5 }, { at: 3m, evict: NODE5 }, \
        { at: 20m, boot: NODE4 }, { at: 20m50s, hang_service: { node: NODE6, for: 50s } }, \
        { at: 21m1s, initiate_failure: R }";
    let told = weighed(SIX, steps);
    assert_eq!(
        told.first().map(String::as_str),
        Some(
            "G leaves NODE1, where it failed too often: NODE3 no possible owner of R; NODE4 \
             joining; NODE6 its cluster service hangs; NODE2 chosen; NODE5 evicted"
        ),
        "{told:#?}"
    );
}

#[test]
fn a_move_without_a_target_says_what_was_best() {
    let best = weighed(SIX, "{ at: 1m, crash: NODE4 }, { at: 10m, move: G }");
    // NODE1 is the most preferred and has it: it goes to the next.
    assert_eq!(
        best,
        ["G leaves NODE1, as an administrator asks: NODE3 no possible owner of R; NODE4 down; \
          NODE5 chosen; NODE6 not reached; NODE2 not reached"]
    );
    let home = weighed(SIX, "{ at: 5m, move: { group: G, to: NODE2 } }, { at: 10m, move: G }");
    assert_eq!(
        home,
        ["G leaves NODE2, as an administrator asks: NODE1 chosen; NODE3 no possible owner of R; \
          NODE4 not reached; NODE5 not reached; NODE6 not reached"]
    );
}

/// Two servers of one class on three nodes: the spare takes the first; then every node has one, and
/// the cluster does not know that Exchange will not start there.
const SPARE: &str = "nodes: [NODE1, NODE2, NODE3], evs: { \
    EVS1: { owner: NODE1, preferred: [NODE1, NODE2, NODE3], stores: { SG1/Mailbox: 1GB } }, \
    EVS2: { owner: NODE2, preferred: [NODE2, NODE3], stores: { SG1/Mailbox: 1GB } } }";

#[test]
fn anti_affinity_and_the_server_beside_which_none_starts_are_told() {
    let told = weighed(SPARE, "{ at: 10m, crash: NODE1 }, { at: 20m, crash: NODE2 }");
    assert_eq!(
        told[0],
        "EVS1 leaves NODE1, which is no member any more: NODE2 holds EVS2 of its anti-affinity \
         class; NODE3 chosen"
    );
    assert_eq!(
        told[1],
        "EVS2 leaves NODE2, which is no member any more: NODE3 chosen beside EVS1 of its class, \
         as every able node has one (there Exchange starts no server beside EVS1: 5018); NODE1 down"
    );
}

#[test]
fn a_draw_and_a_last_resort_are_told() {
    let share = "nodes: [NODE1, NODE2, NODE3], groups: { \
        G: { owner: NODE2, resources: { R: { type: File Share } } } }";
    assert_eq!(
        weighed(share, "{ at: 10m, crash: NODE2 }"),
        ["G leaves NODE2, which is no member any more: NODE3 chosen; NODE1 not drawn"]
    );
    let paused = "{ at: 1m, pause: NODE1 }, { at: 1m, crash: NODE3 }, { at: 10m, crash: NODE2 }";
    assert_eq!(
        weighed(share, paused),
        ["G leaves NODE2, which is no member any more: NODE3 down; NODE1 chosen though paused, \
          as no other is left"]
    );
}

/// At the most detail a line each; at less, not a word, and no check counts them.
#[test]
fn the_timeline_has_them_at_the_most_detail_only() {
    let report = report(SPARE, "{ at: 10m, crash: NODE1 }");
    let lines = |detail: Detail| {
        let text = report.text("spare", detail);
        text.lines().map(str::to_owned).collect::<Vec<String>>()
    };
    let (less, most) = (lines(Detail::Changes), lines(Detail::Reasons));
    let known: BTreeSet<&String> = less.iter().collect();
    let more: Vec<&str> =
        most.iter().filter(|line| !known.contains(line)).map(String::as_str).collect();
    assert_eq!(
        more,
        [
            "  00:10:15.200  cluster  EVS1 is to leave NODE1, which is no member any more:",
            "  00:10:15.200  cluster    NODE2 holds EVS2 of its anti-affinity class",
            "  00:10:15.200  cluster    NODE3 chosen",
        ]
    );
    assert!(lines(Detail::Story).len() < less.len());
}

#[test]
fn a_cluster_of_one_node_has_no_other() {
    let one = "nodes: [NODE1], groups: { G: { owner: NODE1, resources: { \
        R: { type: File Share, properties: { RestartThreshold: 0 } } } } }";
    let text = report(one, "{ at: 10m, initiate_failure: R }").text("one", Detail::Reasons);
    let told = "  00:10:00.000  cluster  G is to leave NODE1, where it failed too often:\n  \
                00:10:00.000  cluster    there is no other node\n";
    assert!(text.contains(told), "{text}");
}

/// NODE1 holds back from 10:08, as its server is on its way, until it is online again.
#[test]
fn the_end_of_a_hold_is_told_too() {
    let text = "about: A server comes back.\n\
        cluster: { name: CLUSTER, exchange: 2003, windows: 2003, nodes: [NODE1, NODE2], \
        evs: { EVS1: { owner: NODE1, stores: { SG1/Mailbox: 1GB } } } }\n\
        product: { NODE2: { license: unlimited, designate: EVS1 } }\n\
        steps: [{ at: 10m, crash: NODE1 }]\nuntil: 1h\n";
    let scenario = evsim::scenario::read(text.as_bytes(), "hold");
    let report = evsim::harness::run(&scenario.unwrap_or_else(|wrong| panic!("{wrong}")), 0);
    let text = report.text("hold", Detail::Reasons);
    let held: Vec<&str> =
        text.lines().filter(|line| line.contains("waits:")).map(str::trim).collect();
    assert_eq!(held[0], "00:00:00.000  product  NODE2 waits: EVS1 is on NODE1");
    assert!(held[1].starts_with("00:10:15.200  product  NODE2 no longer so: waits: EVS1 is on"));
    let last = held.last().expect("it ends");
    assert!(last.starts_with("00:10:52.200  product  NODE2 no longer so: waits:"), "{text}");
}
