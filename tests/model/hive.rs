//! The cluster's database: who has which copy, and from which one a cluster is formed.

use crate::tale::{Tale, run, run_with};

/// A group `G` of one File Share `R`, which comes online in 5 s.
fn cluster(nodes: &str, quorum: &str) -> String {
    format!(
        "windows: 2003, quorum: {quorum}, nodes: [{nodes}], \
         groups: {{ G: {{ owner: NODE1, resources: {{ R: {{ type: File Share }} }} }} }}"
    )
}

fn with_disk(nodes: &str, steps: &str) -> Tale {
    run(&cluster(nodes, "{ resource: 'Disk Q:' }"), steps)
}

/// NODE2 is away when G is taken offline.
const AWAY: &str = "{ at: 10m, crash: NODE2 }, { at: 20m, offline: { group: G } }";
/// NODE1 goes down, and NODE2 forms the cluster: its service starts at 41:00 and arbitrates for 7 s.
const FORMS: &str =
    "{ at: 30m, crash: NODE1 }, { at: 35m, lose_quorum_files: {} }, { at: 40m, boot: NODE2 }";
const OLD: &str = "41:07.000 NODE2 has an old copy, of 00:20:00.000";

#[test]
fn whoever_forms_the_cluster_has_what_the_quorum_disk_has() {
    let steps = format!("{AWAY}, {FORMS}").replace("{ at: 35m, lose_quorum_files: {} }, ", "");
    let tale = with_disk("NODE1, NODE2", &steps);
    tale.tells(&["41:07.000 NODE2 up: no member was up, it formed the cluster"]);
    tale.tells_only("old copy", &[]);
    assert_eq!(tale.group("G"), "NODE2 offline");
}

#[test]
fn without_the_files_of_the_quorum_the_own_copy_counts() {
    let tale = with_disk("NODE1, NODE2", &format!("{AWAY}, {FORMS}"));
    tale.tells(&[OLD, "41:12.000 R online on NODE2"]);
    // A move changes nothing of it, nor does a refusal.
    for step in ["move: { group: G, to: NODE1 }", "resume: NODE1"] {
        let steps = format!("{AWAY}, {FORMS}").replace("offline: { group: G }", step);
        with_disk("NODE1, NODE2", &steps).tells_only("old copy", &[]);
    }
}

/// It joins at 23:03 and dies again: its copy is that of then.
#[test]
fn a_node_that_joins_takes_the_copy_of_the_cluster() {
    let back = "{ at: 22m, boot: NODE2 }, { at: 25m, crash: NODE2 }";
    let tale = with_disk("NODE1, NODE2", &format!("{AWAY}, {back}, {FORMS}"));
    tale.tells(&["23:03.000 NODE2 up: joined the cluster"]);
    tale.tells_only("old copy", &[]);
    assert_eq!(tale.group("G"), "NODE2 offline");
}

/// The next checkpoint after 0:35 is due at 4:00. NODE1 dies just before it, or just after.
#[test]
fn the_next_checkpoint_writes_the_files_of_the_quorum_anew() {
    let until = |at: &str| {
        let steps = format!(
            "{AWAY}, {{ at: 35m, lose_quorum_files: {{}} }}, {{ at: {at}, crash: NODE1 }}, \
             {{ at: 5h, boot: NODE2 }}"
        );
        with_disk("NODE1, NODE2", &steps).with("old copy").count()
    };
    assert_eq!((until("3h59m59s"), until("4h1s")), (1, 0));
}

/// NODE2 wins the quorum from NODE1 at 30:15.2 and writes down what it knows; NODE3, which was
/// away, forms the cluster from that.
#[test]
fn whoever_wins_the_quorum_writes_its_files_anew() {
    let steps = "{ at: 10m, crash: NODE3 }, { at: 20m, offline: { group: G } }, \
        { at: 25m, lose_quorum_files: {} }, { at: 30m, crash: NODE1 }, { at: 40m, crash: NODE2 }, \
        { at: 50m, boot: NODE3 }";
    let tale = with_disk("NODE1, NODE2, NODE3", steps);
    tale.tells(&["51:07.000 NODE3 up: no member was up, it formed the cluster"]);
    tale.tells_only("old copy", &[]);
}

/// What NODE2 formed from its old copy is the cluster from then on: NODE1, which knows better,
/// forms it from the files that NODE2 wrote.
#[test]
fn the_old_copy_is_the_newest_from_then_on() {
    let later = "{ at: 50m, crash: NODE2 }, { at: 60m, boot: NODE1 }";
    let tale = with_disk("NODE1, NODE2", &format!("{AWAY}, {FORMS}, {later}"));
    tale.tells_only("old copy", &[OLD]);
    tale.tells(&["01:01:12.000 R online on NODE1"]);
}

/// NODE3 is evicted while NODE2 is away. By NODE2's copy it is a node, and it joins.
#[test]
fn an_old_copy_has_nodes_that_were_evicted_meanwhile() {
    let steps = "{ at: 10m, crash: NODE2 }, { at: 10m, crash: NODE3 }, { at: 20m, evict: NODE3 }, \
        { at: 30m, crash: NODE1 }, { at: 35m, lose_quorum_files: {} }, { at: 40m, boot: NODE2 }, \
        { at: 50m, boot: NODE3 }";
    let tale = with_disk("NODE1, NODE2, NODE3", steps);
    tale.tells(&[
        OLD,
        "41:07.000 NODE3 down: node 3 again, by the copy of the database",
        "51:03.000 NODE3 up: joined the cluster",
    ]);
    // A node whose service was taken away has nothing to join with.
    let steps = steps.replace("{ at: 10m, crash: NODE3 }", "{ at: 10m, stop_service: NODE3 }");
    let steps = steps.replace(", { at: 50m, boot: NODE3 }", ", { at: 50m, reboot: NODE3 }");
    let tale = with_disk("NODE1, NODE2, NODE3", &steps);
    tale.tells_only(
        "NODE3 ",
        &[
            "10:00.000 NODE3 down: its cluster service was stopped",
            "20:00.000 NODE3 down: evicted",
            "41:07.000 NODE3 down: node 3 again, by the copy of the database",
            "50:00.000 NODE3 off, cut short: []",
            "50:00.000 NODE3 on",
        ],
    );
}

/// NODE3 was no node when NODE2 went away, and was made one again at 8:00: by NODE2's copy it is
/// none, and its service ends.
#[test]
fn an_old_copy_lacks_nodes_that_were_added_meanwhile() {
    let steps = "{ at: 3m, crash: NODE3 }, { at: 5m, evict: NODE3 }, { at: 6m, crash: NODE2 }, \
        { at: 6m, boot: NODE3 }, { at: 8m, add_node: NODE3 }, { at: 30m, crash: NODE1 }, \
        { at: 30m, crash: NODE3 }, { at: 35m, lose_quorum_files: {} }, { at: 40m, boot: NODE2 }, \
        { at: 50m, boot: NODE3 }";
    let tale = with_disk("NODE1, NODE2, NODE3", steps);
    tale.tells(&[
        "41:07.000 NODE2 has an old copy, of 00:08:00.000",
        "41:07.000 NODE3 down: no node by the copy of the database",
        "51:00.000 NODE3 service ends: evicted",
    ]);
}

/// What an administrator set while NODE2 was away is as it was before: the node is not paused, and
/// G prefers nobody.
#[test]
fn whatever_was_changed_meanwhile_is_as_it_was() {
    let steps = "{ at: 10m, crash: NODE2 }, { at: 20m, pause: NODE1 }, \
        { at: 21m, set: { group: G, property: PreferredOwners, to: [NODE1] } }, \
        { at: 21m, set: { group: G, property: AutoFailbackType, to: 1 } }, \
        { at: 22m, set: { resource: R, property: PossibleOwners, to: [NODE1] } }, \
        { at: 30m, crash: NODE1 }, { at: 35m, lose_quorum_files: {} }, \
        { at: 40m, boot: NODE2 }, { at: 50m, boot: NODE1 }";
    let tale = with_disk("NODE1, NODE2", steps);
    tale.tells(&[OLD, "41:12.000 R online on NODE2", "51:03.000 NODE1 up: joined the cluster"]);
    assert_eq!(tale.group("G"), "NODE2 online", "it does not fail back");
}

/// NODE3 of three is away. NODE2 is switched on 5 s after it, so that its share is reached when
/// NODE3 forms the cluster, and has the change.
#[test]
fn of_a_majority_the_newest_share_counts() {
    let steps = "{ at: 10m, crash: NODE3 }, { at: 20m, offline: { group: G } }, \
        { at: 30m, crash: NODE1 }, { at: 30m, crash: NODE2 }, { at: 40m, boot: NODE3 }, \
        { at: 40m5s, boot: NODE2 }";
    let of = |switch: &str| {
        let tale = run_with(&cluster("NODE1, NODE2, NODE3", "majority"), switch, steps, 0);
        tale.tells(&["41:07.000 NODE3 up: no member was up, it formed the cluster"]);
        tale.with("old copy").count()
    };
    assert_eq!((of(""), of("majority_copy: own")), (0, 1));
}

/// The service of NODE3 is stopped when G is taken offline; its share is written all the same. It
/// starts again at 40:52, and counts the share of NODE2, whose service starts at 40:58, at 40:59.
#[test]
fn a_share_is_written_as_long_as_its_machine_runs() {
    let steps = "{ at: 10m, stop_service: NODE3 }, { at: 20m, offline: { group: G } }, \
        { at: 30m, crash: NODE1 }, { at: 30m, crash: NODE2 }, { at: 39m58s, boot: NODE2 }, \
        { at: 40m52s, start_service: NODE3 }";
    let shares = cluster("NODE1, NODE2, NODE3", "majority");
    let tale = run_with(&shares, "majority_copy: own", steps, 0);
    tale.tells(&["40:59.000 NODE3 up: no member was up, it formed the cluster"]);
    tale.tells_only("old copy", &[]);
    let files = run(&shares, "{ at: 1m, lose_quorum_files: {} }");
    files.tells_only(
        "quorum disk",
        &["01:00.000 the checkpoint and the log on the quorum disk are lost: \
           5086 ERROR_QUORUM_DISK_NOT_FOUND"],
    );
}
