//! Quorum by majority, for every number of nodes.

use crate::tale::{run, run_with};

/// A cluster of so many nodes whose majority decides.
fn cluster(nodes: usize, quorum: &str) -> String {
    let names: Vec<String> = (1..=nodes).map(|number| format!("NODE{number}")).collect();
    format!(
        "windows: 2003, quorum: {quorum}, nodes: [{}], \
         groups: {{ G: {{ owner: NODE1, resources: {{ R: {{ type: File Share }} }} }} }}",
        names.join(", ")
    )
}

fn crashes(nodes: impl Iterator<Item = usize>) -> String {
    let steps: Vec<String> =
        nodes.map(|number| format!("{{ at: 10m, crash: NODE{number} }}")).collect();
    steps.join(", ")
}

/// More than half of the nodes: 1 of 1, 2 of 2, 2 of 3, 3 of 4, 3 of 5, 4 of 6, 4 of 7, 5 of 8. Two
/// nodes bear no loss, three bear one, four bear one. Whether the quorum's owner, NODE1, is among
/// the lost does not matter.
#[test]
fn the_cluster_lives_as_long_as_more_than_half_of_its_nodes_do() {
    const NEEDED: [usize; 8] = [1, 2, 2, 3, 3, 4, 4, 5];
    for (at, needed) in NEEDED.into_iter().enumerate() {
        let nodes = at + 1;
        for lost in 0..nodes {
            let lives = nodes - lost >= needed;
            let last =
                run(&cluster(nodes, "majority"), &crashes(nodes - lost + 1..=nodes).to_owned());
            assert_eq!(last.cluster.view().is_some(), lives, "{lost} of {nodes} lost");
            let first = run(&cluster(nodes, "majority"), &crashes(1..=lost));
            assert_eq!(first.cluster.view().is_some(), lives, "the first {lost} of {nodes} lost");
        }
    }
}

/// Where half of the votes is enough, of two halves that of the quorum's owner goes on, and the
/// other ends with the regroup. Without the owner, whose half is dead, the other half arbitrates.
#[test]
fn of_two_halves_the_one_with_the_quorums_owner_goes_on() {
    let half =
        |steps: &str| run_with(&cluster(4, "majority"), "majority_of_even_number: half", steps, 0);
    let tale = half("{ at: 10m, partition: { sides: [[NODE1, NODE2], [NODE3, NODE4]] } }");
    tale.tells_only(
        "service ends",
        &[
            "10:08.200 NODE3 service ends: it has no quorum",
            "10:08.200 NODE4 service ends: it has no quorum",
        ],
    );
    // More than half do without the owner.
    let tale = half("{ at: 10m, partition: { sides: [[NODE1], [NODE2, NODE3, NODE4]] } }");
    tale.tells_only("service ends", &["10:08.200 NODE1 service ends: it has no quorum"]);
    let tale = half("{ at: 10m, crash: NODE1 }, { at: 10m, crash: NODE2 }");
    tale.tells(&["10:15.200 Cluster Group NODE1 -> NODE3: the quorum's new owner"]);
}

/// NODE1 hangs, then the others are parted, and NODE2 ends with one vote. NODE3 and NODE4 arbitrate
/// for 7 s, and NODE1 goes on meanwhile: with the share of NODE2 it has half of the votes.
#[test]
fn the_owner_of_the_quorum_defends_it_with_half_of_the_votes() {
    let steps = "{ at: 10m, hang: { node: NODE1, for: 12s } }, \
        { at: 10m1s, partition: { sides: [[NODE1, NODE2], [NODE3, NODE4]] } }";
    let half = "majority_of_even_number: half";
    let tale = run_with(&cluster(4, "majority"), half, steps, 0);
    tale.tells_only(
        "service ends",
        &[
            "10:08.200 NODE2 service ends: it has no quorum",
            "10:15.200 NODE3 service ends: it has no quorum",
            "10:15.200 NODE4 service ends: it has no quorum",
        ],
    );
}

/// Whichever of them misses the sixth heartbeat first.
#[test]
fn where_half_is_enough_more_than_half_need_no_owner() {
    let half = "majority_of_even_number: half";
    for sides in ["[NODE1], [NODE2, NODE3, NODE4]", "[NODE1], [NODE2, NODE3], [NODE4]"] {
        let steps = format!("{{ at: 10m, partition: {{ sides: [{sides}] }} }}");
        for seed in 0..20 {
            let tale = run_with(&cluster(4, "majority"), half, &steps, seed);
            assert_eq!(tale.with("NODE2 service ends").count(), 0, "{sides}, {seed}: {tale:#?}");
            assert_eq!(tale.with("NODE1 service ends").count(), 1, "{sides}, {seed}: {tale:#?}");
        }
    }
}

/// A disk bears the loss of all but one.
#[test]
fn with_a_quorum_disk_one_node_of_eight_is_enough() {
    for nodes in 1..=8 {
        let cluster = cluster(nodes, "{ resource: \"Disk Q:\" }");
        let tale = run(&cluster, &crashes(1..=nodes - 1));
        assert_eq!(tale.group("G"), format!("NODE{nodes} online"));
        let tale = run(&cluster, &crashes(2..=nodes));
        assert_eq!(tale.group("G"), "NODE1 online");
    }
}

/// Services of two of three nodes are stopped: their shares vote on. When NODE3 is off, two of three
/// votes are left; when NODE2 is off too, the owner sees that with its poll at 40:05.
#[test]
fn a_share_votes_as_long_as_its_machine_runs() {
    let steps = "{ at: 10m, stop_service: NODE3 }, { at: 20m, stop_service: NODE2 }, \
        { at: 30m, crash: NODE3 }, { at: 40m, crash: NODE2 }";
    let tale = run(&cluster(3, "majority"), steps);
    tale.tells_only("service ends", &["40:05.000 NODE1 service ends: it has no quorum"]);
}

/// NODE1 and NODE2 of five are cut off with the quorum's owner: they have two of five votes and end
/// with the regroup, at 10:08.2. The others arbitrate for 7 s.
#[test]
fn the_side_with_the_majority_wins_without_the_owner() {
    let parted = "{ at: 10m, partition: { sides: [[NODE1, NODE2], [NODE3, NODE4, NODE5]] } }";
    let tale = run(&cluster(5, "majority"), parted);
    tale.tells(&[
        "10:08.200 NODE1 service ends: it has no quorum",
        "10:08.200 NODE2 service ends: it has no quorum",
        "10:15.200 Cluster Group NODE1 -> NODE3: the quorum's new owner",
    ]);
    // Two against two: four nodes need three.
    let parted = "{ at: 10m, partition: { sides: [[NODE1, NODE2], [NODE3, NODE4]] } }";
    assert_eq!(run(&cluster(4, "majority"), parted).cluster.view(), None);
}

/// After a power failure NODE1 alone has one vote of three: it is excluded at 21:07. NODE2's share
/// votes from 31:00, when its Windows has started, and NODE2 forms the cluster at 31:07. NODE1 tried
/// again at 30:07, as a machine had been switched on, in vain until 30:14, and so at 31:14.
#[test]
fn a_cluster_is_formed_by_a_majority_only() {
    let steps =
        "{ at: 10m, power_off_all: {} }, { at: 20m, boot: NODE1 }, { at: 30m, boot: NODE2 }";
    let tale = run(&cluster(3, "majority"), steps);
    tale.tells(&[
        "21:07.000 NODE1 is excluded",
        "31:07.000 NODE2 up: no member was up, it formed the cluster",
        "31:17.000 NODE1 up: joined the cluster",
    ]);
}

/// An evicted node is no voter: of three nodes two are left to count, and two more are needed.
#[test]
fn an_evicted_node_has_no_vote_and_is_not_counted() {
    let steps = "{ at: 10m, crash: NODE5 }, { at: 11m, evict: NODE5 }, { at: 12m, crash: NODE4 }, \
        { at: 13m, evict: NODE4 }, { at: 14m, crash: NODE3 }";
    let tale = run(&cluster(5, "majority"), steps);
    assert_eq!(tale.group("G"), "NODE1 online");
    let kept = "{ at: 10m, crash: NODE5 }, { at: 12m, crash: NODE4 }, { at: 14m, crash: NODE3 }";
    assert_eq!(run(&cluster(5, "majority"), kept).cluster.view(), None);
}

/// Two nodes and a witness have three votes: the loss of any one is borne.
#[test]
fn a_witness_is_the_third_vote_of_two_nodes() {
    let two = cluster(2, "majority_with_witness");
    assert_eq!(run(&two, "{ at: 10m, crash: NODE2 }").group("G"), "NODE1 online");
    assert_eq!(run(&two, "{ at: 10m, crash: NODE1 }").group("G"), "NODE2 online");
    assert_eq!(run(&two, "{ at: 10m, lose_witness: {} }").group("G"), "NODE1 online");
    let both = "{ at: 10m, lose_witness: {} }, { at: 11m, crash: NODE2 }";
    run(&two, both).tells(&["11:08.200 NODE1 service ends: it has no quorum"]);
    let back = "{ at: 10m, lose_witness: { for: 30s } }, { at: 11m, crash: NODE2 }";
    assert_eq!(run(&two, back).group("G"), "NODE1 online");
}

/// Both sides reach the witness: it votes for the quorum's owner. Where that does not reach it, it
/// votes for the other side.
#[test]
fn the_witness_votes_for_one_side() {
    let two = cluster(2, "majority_with_witness");
    let tale = run(&two, "{ at: 10m, partition: { sides: [[NODE1], [NODE2]] } }");
    tale.tells_only("service ends", &["10:08.200 NODE2 service ends: it has no quorum"]);
    let alone = "{ at: 10m, cut: { node: NODE2, network: Private } }, \
                 { at: 10m, cut: { node: NODE1, network: Public } }";
    let tale = run(&two, alone);
    tale.tells_only("service ends", &["10:08.200 NODE1 service ends: it has no quorum"]);
    assert_eq!(tale.group("G"), "NODE2 online");
}

#[test]
fn what_a_quorum_does_not_have_cannot_be_lost() {
    let disk = run(&cluster(3, "majority"), "{ at: 10m, lose_quorum_disk: {} }");
    disk.tells(&["10:00.000 the quorum disk is lost: 5086 ERROR_QUORUM_DISK_NOT_FOUND"]);
    let witness = run(&cluster(3, "majority"), "{ at: 10m, lose_witness: {} }");
    witness.tells(&["10:00.000 the witness is lost: 5021 ERROR_NOT_QUORUM_CAPABLE"]);
}

/// The seed moves each node's heartbeats, and with them who regroups first: never who goes on.
#[test]
fn the_side_that_goes_on_does_not_depend_on_the_phases_of_heartbeats() {
    let parted = "{ at: 10m, partition: { sides: [[NODE1, NODE2], [NODE3, NODE4, NODE5]] } }";
    for seed in 0..20 {
        let tale = run_with(&cluster(5, "majority"), "", parted, seed);
        assert_eq!(tale.cluster.quorum_holder(), "NODE3".into(), "seed {seed}");
        let tale = run_with(&cluster(5, "{ resource: \"Disk Q:\" }"), "", parted, seed);
        assert_eq!(tale.cluster.quorum_holder(), "NODE1".into(), "seed {seed}");
    }
}
