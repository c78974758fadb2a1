//! Where a group goes: its node list, possible owners, chance, anti-affinity, the best node.

use std::collections::BTreeSet;

use crate::tale::{SHARE, run, run_with};

/// A group `G` of one File Share that moves with its first failure, on six nodes.
fn six(owner: &str, preferred: &str) -> String {
    format!(
        "windows: 2003, nodes: [NODE1, NODE2, NODE3, NODE4, NODE5, NODE6], groups: {{ \
         G: {{ owner: {owner}, preferred: [{preferred}], resources: {{ \
         R: {{ type: File Share, properties: {{ RestartThreshold: 0 }} }} }} }} }}"
    )
}

/// Preferred 1, 3, 5 make the node list 1, 3, 5, 2, 4, 6 (the example of KB 299631). The move goes
/// to the entry after the owner, also past better ones, and from the end back to the start.
#[test]
fn the_next_in_the_node_list_after_the_owner_wrapping_at_the_end() {
    for (owner, next) in [(1, 3), (3, 5), (5, 2), (2, 4), (4, 6), (6, 1)] {
        let cluster = six(&format!("NODE{owner}"), "NODE1, NODE3, NODE5");
        let tale = run(&cluster, "{ at: 10m, fail_resource: R }");
        let line = format!("10:05.000 G NODE{owner} -> NODE{next}: next in its node list");
        tale.tells(&[&line]);
    }
}

/// The same walk when the node fails: from NODE3 to NODE5, although NODE1 is preferred most.
#[test]
fn a_node_failure_with_preferred_owners_walks_the_node_list_too() {
    for seed in 0..8 {
        let cluster = six("NODE3", "NODE1, NODE3, NODE5");
        let tale = run_with(&cluster, "", "{ at: 10m, crash: NODE3 }", seed);
        tale.when("G NODE3 -> NODE5: next in its node list");
    }
}

/// Neither preferred node is up: NODE1 is next in the list after NODE2 by its number.
#[test]
fn preferred_owners_order_and_do_not_restrict() {
    let steps = "{ at: 1m, crash: NODE5 }, { at: 10m, fail_resource: R }";
    let tale = run(&six("NODE6", "NODE6, NODE5"), steps);
    tale.tells(&["10:05.000 G NODE6 -> NODE1: next in its node list"]);
}

/// R can run on 1, 2, 3, S on 1, 3: only NODE3 can take the group from NODE1.
#[test]
fn possible_owners_of_every_resource_restrict() {
    let cluster = "windows: 2003, nodes: [NODE1, NODE2, NODE3, NODE4], groups: { G: { \
        owner: NODE1, \
        preferred: [NODE1, NODE2, NODE4, NODE3], resources: { \
        R: { type: File Share, possible_owners: [NODE1, NODE2, NODE3], \
             properties: { RestartThreshold: 0 } }, \
        S: { type: File Share, possible_owners: [NODE1, NODE3] } } } }";
    run(cluster, "{ at: 10m, fail_resource: R }").when("G NODE1 -> NODE3: next in its node list");
    let steps = "{ at: 1m, crash: NODE3 }, { at: 10m, fail_resource: R }";
    let tale = run(cluster, steps);
    tale.tells(&["10:05.000 R failed 1 times: G stays, no other node can own it"]);
    assert_eq!(tale.group("G"), "NODE1 failed");
}

/// Without preferred owners Windows Server 2003 draws when a node fails; over the seeds every
/// candidate comes up. Windows 2000, a failed resource and preferred owners leave nothing to draw.
#[test]
fn only_2003_draws_and_only_for_a_lost_node_without_preferred_owners() {
    let destinations = |windows: &str, preferred: &str, step: &str| {
        let cluster = format!(
            "windows: {windows}, nodes: [NODE1, NODE2, NODE3, NODE4], groups: {{ G: {{ \
             owner: NODE2, preferred: [{preferred}], resources: {{ \
             R: {{ type: File Share, properties: {{ RestartThreshold: 0 }} }} }} }} }}"
        );
        let runs = (0..40).map(|seed| run_with(&cluster, "", step, seed).group("G"));
        runs.collect::<BTreeSet<String>>().into_iter().collect::<Vec<_>>()
    };
    let crash = "{ at: 10m, crash: NODE2 }";
    let all = ["NODE1 online", "NODE3 online", "NODE4 online"];
    assert_eq!(destinations("2003", "", crash), all);
    assert_eq!(destinations("2000", "", crash), ["NODE3 online"]);
    assert_eq!(destinations("2003", "", "{ at: 10m, fail_resource: R }"), ["NODE3 online"]);
    assert_eq!(destinations("2003", "NODE2, NODE4", crash), ["NODE4 online"]);
}

/// Under seed 0 it is NODE3. With one candidate left there is nothing to draw.
#[test]
fn the_draw_names_its_candidates() {
    let tale = run(SHARE, "{ at: 10m, crash: NODE2 }");
    tale.when("G NODE2 -> NODE3: no preferred owners, drawn from NODE3, NODE1");
    let tale = run(SHARE, "{ at: 1m, crash: NODE3 }, { at: 10m, crash: NODE2 }");
    tale.when("G NODE2 -> NODE1: next in its node list");
}

/// G and H share a class. NODE1 is next for G but holds H, so G goes to NODE3; with NODE3 down the
/// rule is set aside. A request is not held back by it.
#[test]
fn anti_affinity_passes_over_a_node_unless_all_are_such() {
    let cluster = "windows: 2003, nodes: [NODE1, NODE2, NODE3], groups: { \
        G: { owner: NODE2, preferred: [NODE2, NODE1, NODE3], \
             properties: { AntiAffinityClassNames: [Mail, Other] }, resources: { \
             R: { type: File Share, properties: { RestartThreshold: 0 } } } }, \
        H: { owner: NODE1, properties: { AntiAffinityClassNames: [Mail] }, \
             resources: { S: { type: File Share } } } }";
    let why = "G NODE2 -> NODE3: next in its node list without a group of its anti-affinity class";
    let fail = "{ at: 10m, fail_resource: R }";
    run(cluster, fail).when(why);
    run(cluster, "{ at: 10m, crash: NODE2 }").when(why);
    let tale = run(cluster, &format!("{{ at: 1m, crash: NODE3 }}, {fail}"));
    tale.when("G NODE2 -> NODE1: next in its node list");
    let tale = run(cluster, "{ at: 1m, move: { group: G, to: NODE1 } }");
    assert_eq!(tale.group("G"), "NODE1 online");
}

/// The one possible owner of G dies and comes back: service at 21:00, member at 21:03, 5 s for R.
#[test]
fn a_group_without_a_node_waits_for_one() {
    let cluster = "windows: 2003, nodes: [NODE1, NODE2, NODE3], groups: { G: { owner: NODE2, \
        resources: { R: { type: File Share, possible_owners: [NODE2, NODE3] } } } }";
    let both = "{ at: 1m, crash: NODE3 }, { at: 10m, crash: NODE2 }";
    let tale = run(cluster, &format!("{both}, {{ at: 20m, boot: NODE2 }}"));
    tale.tells(&["10:08.200 G has no node", "21:03.000 NODE2 up: joined the cluster"]);
    assert_eq!(tale.when("R online on NODE2"), "21:08.000");
    let tale = run(cluster, &format!("{both}, {{ at: 20m, boot: NODE3 }}"));
    tale.tells(&[
        "21:03.000 G NODE2 -> NODE3: the first able node to come up",
        "21:08.000 R online on NODE3",
    ]);
}

/// NODE1 forms the cluster and owns G's record, but cannot run it; NODE2 joins at 31:03 and can.
#[test]
fn a_group_that_the_forming_node_cannot_run_waits_for_one_that_can() {
    let cluster = "windows: 2003, nodes: [NODE1, NODE2], groups: { G: { owner: NODE2, \
        resources: { R: { type: File Share, possible_owners: [NODE2] } } } }";
    let steps = "{ at: 10m, crash: NODE1 }, { at: 10m, crash: NODE2 }, \
                 { at: 20m, boot: NODE1 }, { at: 30m, boot: NODE2 }";
    let tale = run(cluster, steps);
    tale.tells(&["21:07.000 G has no node", "31:08.000 R online on NODE2"]);
}

/// A move without a target: the most preferred node that is up; from there the next in the list;
/// without preferred owners the next by number.
#[test]
fn a_move_without_a_target_goes_to_the_best_node() {
    let moves = |owner: &str, preferred: &str, before: &str| {
        let steps = format!("{before} {{ at: 10m, move: {{ group: G }} }}");
        run(&six(owner, preferred), &steps).group("G")
    };
    assert_eq!(moves("NODE6", "NODE5, NODE3", ""), "NODE5 online");
    assert_eq!(moves("NODE6", "NODE5, NODE3", "{ at: 1m, crash: NODE5 },"), "NODE3 online");
    assert_eq!(moves("NODE5", "NODE5, NODE3", ""), "NODE3 online");
    assert_eq!(moves("NODE6", "", ""), "NODE1 online");
}

/// NODE2 dies on the way: at 10:01 before the group is handed over at 10:10, so it stays; with a
/// slower regroup, after it, so that it comes back from there.
#[test]
fn a_move_to_a_node_that_dies_ends_on_a_living_one() {
    let cluster = "windows: 2003, nodes: [NODE1, NODE2], groups: { G: { owner: NODE1, \
        resources: { R: { type: File Share } } } }";
    let steps = "{ at: 10m, move: { group: G, to: NODE2 } }, { at: 10m1s, crash: NODE2 }";
    let tale = run_with(cluster, "other_online: 20s", steps, 0);
    // Down 10:10.000, after the regroup at 10:08.200: it comes up where it was.
    tale.tells_only(
        "R o",
        &[
            "10:00.000 R offline pending on NODE1",
            "10:10.000 R offline on NODE1",
            "10:10.000 R online pending on NODE1",
            "10:30.000 R online on NODE1",
        ],
    );
    tale.tells(&["10:10.000 G does not go to NODE2"]);
    let tale = run(cluster, steps);
    // Down 10:02.500, before the regroup: NODE2 is believed to be up and is given the group.
    tale.tells(&[
        "10:02.500 G NODE1 -> NODE2: moved by an administrator",
        "10:08.200 G NODE2 -> NODE1: next in its node list",
        "10:13.200 R online on NODE1",
    ]);
}
