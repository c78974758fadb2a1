//! How everything stands at a moment: the whole of it, and what one node can know of it.

use evsim::harness::{self, Moment};
use evsim::model::{NodeName, Span, Time};

use super::scenario;

/// One server, whose dismounted store, offline protocol and failed disk show.
const PAIR: &str = "nodes: [NODE1, NODE2], evs: { \
    EVS1: { owner: NODE1, stores: { SG1/Mailbox: { size: 2GB, mailboxes: 3 }, SG1/Public: 1GB } }, \
    EVS2: { owner: NODE2, stores: { SG1/Mailbox: 4GB } } }";

fn moment(steps: &str, at: u64, node: Option<&str>) -> Moment {
    let scenario = scenario(PAIR, steps);
    let mut run = harness::watch(&scenario, 0, None);
    run.advance(Time::START + Span::from_secs(at));
    run.moment(node.map(NodeName::from).as_ref())
}

/// Nodes, groups with outage, no resource astray, the disks with their stores.
#[test]
fn at_rest_nothing_is_astray() {
    assert_eq!(
        moment("", 60, None).text(),
        "  nodes    NODE1 up   NODE2 up   quorum NODE1\n  \
         EVS1     online on NODE1\n  \
         EVS2     online on NODE2\n  \
         disk of EVS1 on NODE1   6GB free\n    \
         SG1/Mailbox mounted, inconsistent, 2GB, 3 mailboxes\n    \
         SG1/Public mounted, inconsistent, 1GB, 0 mailboxes\n  \
         disk of EVS2 on NODE2   8GB free\n    \
         SG1/Mailbox mounted, inconsistent, 4GB, 0 mailboxes\n"
    );
}

/// What an administrator wants offline is not astray; what failed or is on its way is.
#[test]
fn what_is_not_as_intended_is_astray() {
    let offline =
        "{ at: 1m, offline: { resource: Exchange SMTP Virtual Server Instance - (EVS1) } }";
    let text = moment(offline, 120, None).text();
    assert!(text.contains("partially online") && !text.contains("astray"), "{text}");
    let text = moment("{ at: 10m, crash: NODE2 }", 610, None).text();
    assert!(
        text.contains("astray  EVS2 Network Name of EVS2 online pending, meant to be online\n"),
        "{text}"
    );
    assert!(text.contains("disk of EVS2 on NODE1   unknown: 21 ERROR_NOT_READY\n"), "{text}");
    let nobody = moment("{ at: 10m, power_off_all: {} }", 660, None).text();
    assert!(nobody.contains("no quorum") && !nobody.contains("astray"), "{nobody}");
}

/// NODE2 sees no disk of NODE1, no outage, no intent; off, it sees nothing at all.
#[test]
fn a_node_sees_what_it_can_know() {
    let text = moment("{ at: 10m, crash: NODE1 }", 640, Some("NODE2")).text();
    assert!(text.starts_with("  cluster service running\n  nodes    NODE1 down   NODE2 up"));
    assert!(text.contains("EVS1     pending on NODE2\n"), "{text}");
    assert!(!text.contains("meant to be") && !text.contains("outage"), "{text}");
    let text = moment("", 60, Some("NODE2")).text();
    assert!(text.contains("disk of EVS2") && !text.contains("disk of EVS1"), "{text}");
    assert_eq!(
        moment("{ at: 10m, crash: NODE1 }", 640, Some("NODE1")).text(),
        "  NODE1 is off or hangs: it sees nothing\n"
    );
    assert_eq!(
        moment("{ at: 10m, stop_service: NODE1 }", 1200, Some("NODE1")).text(),
        "  cluster service not running   cluster unknown: 1722 RPC_S_SERVER_UNAVAILABLE\n"
    );
}

/// A moment is not the end: the run can go on to the same report.
#[test]
fn looking_changes_nothing() {
    let scenario = scenario(PAIR, "{ at: 10m, crash: NODE1 }, { at: 20m, boot: NODE1 }");
    let plain = harness::run(&scenario, 0).text("same", true);
    let mut run = harness::watch(&scenario, 0, None);
    for second in [1, 605, 610, 640, 700, 1250] {
        run.advance(Time::START + Span::from_secs(second));
        for node in [None, Some(NodeName::from("NODE1")), Some(NodeName::from("NODE2"))] {
            run.moment(node.as_ref());
        }
    }
    assert_eq!(run.report().text("same", true), plain);
}
