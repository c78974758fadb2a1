//! A run as one node saw it.

use evsim::harness::{self, Detail};
use evsim::model::NodeName;

use super::scenario;

const PAIR: &str = "nodes: [NODE1, NODE2], groups: { \
    G: { owner: NODE2, preferred: [NODE2, NODE1], resources: { R: { type: File Share } } } }";

/// The timeline through the eyes of a node.
fn seen(steps: &str, node: &str, detail: Detail) -> Vec<String> {
    let scenario = scenario(PAIR, steps);
    let report = harness::watch(&scenario, 0, Some(&NodeName::from(node))).report();
    let text = report.text("seen", detail);
    let lines = text.lines().skip_while(|line| *line != "timeline").skip(1);
    lines.take_while(|line| !line.is_empty()).map(|line| line.trim().to_owned()).collect()
}

/// Both are cut off from each other at 10:00. NODE1 owns the quorum: it drops NODE2 at 10:08.200
/// and waits for its disks; NODE2 challenges, loses at 10:15.200, and believes until then that
/// nothing has changed.
#[test]
fn each_side_of_a_partition_sees_its_own() {
    let steps = "{ at: 10m, partition: { sides: [[NODE1], [NODE2]], for: 10m } }";
    assert_eq!(
        seen(steps, "NODE1", Detail::Story),
        [
            "00:10:08.200  sees     NODE2 down",
            "00:10:15.200  sees     G pending on NODE1",
            "00:10:20.200  sees     G online on NODE1",
            "00:20:22.200  sees     NODE2 joining",
            "00:20:25.200  sees     NODE2 up",
        ]
    );
    assert_eq!(
        seen(steps, "NODE2", Detail::Story),
        [
            "00:10:08.200  cluster  NODE2 arbitrates for the quorum on Disk Q:",
            "00:10:15.200  cluster  NODE2 cluster service ends: it has no quorum",
            "00:10:15.200  sees     its own cluster service not running",
            "00:10:15.200  sees     no cluster: 1722 RPC_S_SERVER_UNAVAILABLE",
            "00:11:22.200  cluster  NODE2 can neither join nor form the cluster",
            "00:20:25.200  sees     its own cluster service running",
            "00:20:25.200  sees     the cluster answers",
            "00:20:25.200  sees     G online on NODE1",
        ]
    );
}

/// While its machine is off a node sees nothing; back, it sees what became of the others meanwhile.
#[test]
fn a_node_that_is_off_sees_nothing() {
    let steps = "{ at: 10m, crash: NODE2 }, { at: 20m, boot: NODE2 }";
    assert_eq!(
        seen(steps, "NODE2", Detail::Story),
        [
            "00:10:00.000  fault    NODE2 crashes",
            "00:10:00.000  sees     nothing: NODE2 is off or hangs",
            "00:20:00.000  admin    NODE2 is switched on",
            "00:20:00.000  sees     NODE2 runs",
            "00:20:00.000  sees     its own cluster service not running",
            "00:21:03.000  sees     its own cluster service running",
            "00:21:03.000  sees     the cluster answers",
            "00:21:03.000  sees     G online on NODE1",
        ]
    );
}

#[test]
fn more_detail_shows_resources_too() {
    let steps = "{ at: 10m, move: { group: G, to: NODE1 } }";
    let story = seen(steps, "NODE2", Detail::Story);
    assert_eq!(
        story,
        ["00:10:02.500  sees     G pending on NODE1", "00:10:07.500  sees     G online on NODE1",]
    );
    let all = seen(steps, "NODE2", Detail::Changes);
    assert_eq!(
        all,
        [
            "00:10:00.000  sees     R of G offline pending",
            "00:10:00.000  sees     G pending on NODE2",
            "00:10:02.500  sees     R of G online pending",
            "00:10:02.500  sees     G pending on NODE1",
            "00:10:07.500  sees     R of G online",
            "00:10:07.500  sees     G online on NODE1",
        ]
    );
}

/// The same run, the same verdict: who watches is not noticed.
#[test]
fn watching_changes_nothing() {
    let scenario = scenario(PAIR, "{ at: 10m, crash: NODE2 }, { at: 20m, boot: NODE2 }");
    let plain = harness::run(&scenario, 3);
    let watched = harness::watch(&scenario, 3, Some(&NodeName::from("NODE1"))).report();
    assert_eq!(plain.story, watched.story);
    assert_eq!(plain.checks, watched.checks);
}
