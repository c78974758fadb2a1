//! Failback: when a group goes back to a preferred owner, and when it does not.

use crate::tale::{Tale, run};

/// `G` prefers NODE3, which owns it, and may fail back with these properties.
fn cluster(properties: &str, more: &str) -> String {
    format!(
        "windows: 2003, nodes: [NODE1, NODE2, NODE3], {more} groups: {{ G: {{ owner: NODE3, \
         preferred: [NODE3], properties: {{ AutoFailbackType: 1, {properties} }}, resources: {{ \
         R: {{ type: File Share, properties: {{ RestartThreshold: 0 }} }} }} }} }}"
    )
}

/// NODE3 fails; G is on NODE1, next in its list 3, 1, 2, from 10:08.2 on. NODE3 joins at 21:03.
const AWAY: &str = "{ at: 10m, crash: NODE3 }, { at: 20m, boot: NODE3 }";

fn at(properties: &str, starts: &str) -> Tale {
    run(&cluster(properties, &format!("starts: 2004-03-01T{starts},")), AWAY)
}

/// Down on NODE1 in 2.5 s, up on NODE3 in 5 s: a second outage for who uses it.
#[test]
fn a_group_goes_back_when_its_preferred_owner_is_back() {
    run(&cluster("", ""), AWAY).tells(&[
        "10:08.200 G NODE3 -> NODE1: next in its node list",
        "21:03.000 NODE3 up: joined the cluster",
        "21:03.000 G goes back to NODE3 at 2004-03-01T00:21",
        "21:03.000 group G pending on NODE1",
        "21:05.500 G NODE1 -> NODE3: back to a more preferred owner",
        "21:10.500 R online on NODE3",
    ]);
}

/// It takes the property and a preferred owner.
#[test]
fn nothing_fails_back_without_the_property_or_without_preferred_owners() {
    for (from, to) in
        [("AutoFailbackType: 1", "AutoFailbackType: 0"), ("preferred: [NODE3]", "preferred: []")]
    {
        let tale = run(&cluster("", "").replace(from, to), AWAY);
        tale.tells_only("back to", &[]);
        assert_ne!(tale.group("G"), "NODE3 online", "{to}");
    }
}

/// From 22 to 4 h: NODE3 is back at 20:21, so that G waits until 22:00, two hours after the start.
/// At 3:59 it goes at once, at 4:00 it waits for the next evening; from 1 to 4 h, over no midnight,
/// 0:21 waits for 1:00.
#[test]
fn a_window_holds_a_failback_until_its_hour_also_over_midnight() {
    let night = "FailbackWindowStart: 22, FailbackWindowEnd: 4";
    at(night, "20:00").tells(&[
        "21:03.000 G waits to go back to NODE3 at 2004-03-01T22:00",
        "02:00:00.000 G goes back to NODE3 at 2004-03-01T22:00",
        "02:00:02.500 G NODE1 -> NODE3: back to a more preferred owner",
    ]);
    at(night, "01:00").tells(&["21:03.000 G goes back to NODE3 at 2004-03-01T01:21"]);
    at(night, "03:38").tells(&["21:03.000 G goes back to NODE3 at 2004-03-01T03:59"]);
    at(night, "03:39").tells(&["21:03.000 G waits to go back to NODE3 at 2004-03-01T22:00"]);
    let morning = "FailbackWindowStart: 1, FailbackWindowEnd: 4";
    at(morning, "00:00").tells(&[
        "21:03.000 G waits to go back to NODE3 at 2004-03-01T01:00",
        "01:00:02.500 G NODE1 -> NODE3: back to a more preferred owner",
    ]);
    at(morning, "03:40").tells(&["21:03.000 G waits to go back to NODE3 at 2004-03-02T01:00"]);
}

/// One end alone is no window.
#[test]
fn a_window_needs_both_its_ends() {
    let set = "21:03.000 G goes back to NODE3 at 2004-03-01T20:21";
    at("FailbackWindowStart: 23", "20:00").tells(&[set]);
    at("FailbackWindowEnd: 5, FailbackWindowStart: 4294967295", "20:00").tells(&[set]);
}

/// NODE3 has gone again when the window opens: G stays, and goes when NODE3 is back, as the window
/// is open then.
#[test]
fn a_window_that_opens_in_vain_is_no_end() {
    let night = "FailbackWindowStart: 22, FailbackWindowEnd: 4";
    let steps = format!("{AWAY}, {{ at: 1h, crash: NODE3 }}, {{ at: 3h, boot: NODE3 }}");
    let tale = run(&cluster(night, "starts: 2004-03-01T20:00,"), &steps);
    tale.tells_only("G goes back", &["03:01:03.000 G goes back to NODE3 at 2004-03-01T23:01"]);
}

/// A lost node's group moves at any hour.
#[test]
fn a_window_does_not_hold_a_failover() {
    let night = at("FailbackWindowStart: 22, FailbackWindowEnd: 4", "12:00");
    night.tells(&["10:08.200 G NODE3 -> NODE1: next in its node list"]);
}

/// A paused node takes nothing back; resumed, it does.
#[test]
fn a_paused_node_takes_nothing_back_until_it_is_resumed() {
    let steps = format!("{{ at: 1m, pause: NODE3 }}, {AWAY}, {{ at: 30m, resume: NODE3 }}");
    let tale = run(&cluster("", ""), &steps);
    tale.tells_only("G goes back", &["30:00.000 G goes back to NODE3 at 2004-03-01T00:30"]);
}

/// The failed resource moved it at 10:05. NODE3 was up all the while, so that nothing brings G back
/// but the next opening of a window, or a return of NODE3.
#[test]
fn after_a_failed_resource_only_a_window_or_a_return_brings_a_group_back() {
    let fails = "{ at: 10m, fail_resource: R }";
    let tale = run(&cluster("", ""), fails);
    tale.tells_only("G goes back", &[]);
    let tale = run(&cluster("FailbackWindowStart: 0, FailbackWindowEnd: 4", ""), fails);
    tale.tells(&["10:05.000 G waits to go back to NODE3 at 2004-03-02T00:00"]);
    tale.tells(&["24:00:02.500 G NODE1 -> NODE3: back to a more preferred owner"]);
    let steps = format!("{fails}, {{ at: 20m, crash: NODE3 }}, {{ at: 30m, boot: NODE3 }}");
    run(&cluster("", ""), &steps).tells(&["31:03.000 G goes back to NODE3 at 2004-03-01T00:31"]);
}

/// Moved by hand at 21:02 and on its way when NODE3 is back at 21:03: it goes on to NODE2 and from
/// there to NODE3, which came back after it was asked to leave.
#[test]
fn a_return_during_a_move_is_not_forgotten() {
    let steps = format!("{AWAY}, {{ at: 21m2s, move: {{ group: G, to: NODE2 }} }}");
    run(&cluster("", ""), &steps).tells(&[
        "21:04.500 G NODE1 -> NODE2: moved by an administrator",
        "21:04.500 G goes back to NODE3 at 2004-03-01T00:21",
        "21:12.000 G NODE2 -> NODE3: back to a more preferred owner",
    ]);
}

/// NODE3 holds H, of the same class, when it could have G back: it is no target.
#[test]
fn a_node_with_a_group_of_the_same_class_is_no_target() {
    let classes = "AntiAffinityClassNames: [Mail]";
    let other = "H: { owner: NODE2, preferred: [NODE2, NODE3], \
                 properties: { AntiAffinityClassNames: [Mail] }, \
                 resources: { S: { type: File Share } } }, G: {";
    let cluster = cluster(classes, "").replace("G: {", other);
    let steps = "{ at: 10m, crash: NODE3 }, { at: 12m, pause: NODE1 }, { at: 20m, boot: NODE3 }, \
                 { at: 20m1s, crash: NODE2 }";
    let tale = run(&cluster, steps);
    // H waits on NODE1, which is paused, until NODE3 joins: it goes there, and G stays away.
    tale.tells(&["21:03.000 H NODE1 -> NODE3: the first able node to come up"]);
    tale.tells_only("G goes back", &[]);
}
