//! Groups: the waves in which resources go online and offline, and the administrator's intent.

use crate::tale::{PAIR, SHARE, run};

const ATTENDANT: &str = "Exchange System Attendant Instance - (EVS1)";
const STORE: &str = "Exchange Information Store Instance - (EVS1)";
const SMTP: &str = "Exchange SMTP Virtual Server Instance - (EVS1)";

/// Down from the far end, each as long as half its way up: SMTP and the like 2.5 s, store 7.5 s,
/// then System Attendant 6 s, then name 1.5 s beside disk 1 s, then address 0.5 s.
/// Up: address 1 s, then name 3 s, beside disk 2 s; then System Attendant 12 s; then store 15 s
/// beside SMTP and the like 5 s.
#[test]
fn waves_follow_dependencies_and_branches_run_side_by_side() {
    let steps = "{ at: 10m, offline: { evs: EVS1 } }, { at: 20m, online: { evs: EVS1 } }";
    let tale = run(PAIR, steps);
    for (text, down, up) in [
        ("EVS1 IP Address", "10:15.500", "20:01.000"),
        ("EVS1 Disk", "10:14.500", "20:02.000"),
        ("EVS1 Network Name", "10:15.000", "20:04.000"),
        (ATTENDANT, "10:13.500", "20:16.000"),
        (SMTP, "10:02.500", "20:21.000"),
        (STORE, "10:07.500", "20:31.000"),
        ("group EVS1", "10:15.500", "20:31.000"),
    ] {
        assert_eq!(tale.when(&format!("{text} offline on NODE1")), down, "{text}");
        assert_eq!(tale.when(&format!("{text} online on NODE1")), up, "{text}");
    }
    for (text, down, up) in [
        ("EVS1 Disk", "10:13.500", "20:00.000"),
        ("EVS1 Network Name", "10:13.500", "20:01.000"),
        ("EVS1 IP Address", "10:15.000", "20:00.000"),
        (STORE, "10:00.000", "20:16.000"),
    ] {
        assert_eq!(tale.when(&format!("{text} offline pending on NODE1")), down, "{text}");
        assert_eq!(tale.when(&format!("{text} online pending on NODE1")), up, "{text}");
    }
}

/// The group is Pending from the first wave to the last, also while it belongs to its old owner.
#[test]
fn a_moving_group_is_pending_and_changes_its_owner_when_all_of_it_is_down() {
    let tale = run(PAIR, "{ at: 10m, move: { evs: EVS1, to: NODE2 } }");
    tale.tells_only(
        "group EVS1",
        &["10:00.000 group EVS1 pending on NODE1", "10:46.500 group EVS1 online on NODE2"],
    );
    tale.tells(&[
        "10:15.500 EVS1 IP Address offline on NODE1",
        "10:15.500 EVS1 NODE1 -> NODE2: moved by an administrator",
        "10:15.500 EVS1 IP Address online pending on NODE2",
    ]);
}

/// SMTP was taken offline by request, so it stays offline after the move; all others come up.
#[test]
fn a_move_brings_a_group_to_its_intent_not_to_what_it_was() {
    let steps = format!(
        "{{ at: 10m, offline: {{ resource: {SMTP} }} }}, {{ at: 20m, move: {{ evs: EVS1 }} }}"
    );
    let tale = run(PAIR, &steps);
    assert_eq!(tale.group("EVS1"), "NODE2 partially online");
    assert_eq!((tale.resource(SMTP), tale.resource(STORE)), ("offline".into(), "online".into()));
    // A group online request is an intent for all of it: SMTP takes 5 s.
    let tale = run(PAIR, &format!("{steps}, {{ at: 30m, online: {{ evs: EVS1 }} }}"));
    assert_eq!(tale.when("group EVS1 online on NODE2"), "30:05.000");
}

/// R stays failed where it is, but is still meant to be online: a move by request brings it up.
#[test]
fn a_failure_does_not_change_the_intent() {
    let cluster = "windows: 2003, nodes: [NODE1, NODE2], groups: { G: { owner: NODE2, resources: { \
        R: { type: File Share, properties: { RestartAction: 0 } } } } }";
    let steps = "{ at: 10m, fail_resource: R }, { at: 20m, move: { group: G, to: NODE1 } }";
    let tale = run(cluster, steps);
    tale.tells_only(
        "R o",
        &[
            "20:00.000 R offline on NODE1",
            "20:00.000 R online pending on NODE1",
            "20:05.000 R online on NODE1",
        ],
    );
}

/// Offline by request, it stays so with whoever takes it over; online by request it comes up there.
#[test]
fn a_group_taken_offline_stays_offline_after_a_failover() {
    let steps = "{ at: 5m, offline: { group: G } }, { at: 6m, crash: NODE3 }, \
                 { at: 10m, crash: NODE2 }, { at: 20m, online: { group: G } }";
    let tale = run(SHARE, steps);
    tale.tells_only(
        "R o",
        &[
            "05:00.000 R offline pending on NODE2",
            "05:02.500 R offline on NODE2",
            "20:00.000 R online pending on NODE1",
            "20:05.000 R online on NODE1",
        ],
    );
}

/// Only the Network Name's intent changes. What depends on it goes offline before it and, meant to
/// be online all the time, comes back after it; the address and the disk stay.
#[test]
fn offline_by_request_drags_dependents_down_and_they_come_back_with_it() {
    let name = "{ resource: EVS1 Network Name }";
    let tale = run(PAIR, &format!("{{ at: 10m, offline: {name} }}, {{ at: 20m, online: {name} }}"));
    tale.tells(&[
        &format!("10:07.500 {STORE} offline on NODE1"),
        &format!("10:13.500 {ATTENDANT} offline on NODE1"),
        "10:15.000 EVS1 Network Name offline on NODE1",
        "10:15.000 group EVS1 partially online on NODE1",
        "20:03.000 EVS1 Network Name online on NODE1",
        &format!("20:15.000 {ATTENDANT} online on NODE1"),
        &format!("20:30.000 {STORE} online on NODE1"),
        "20:30.000 group EVS1 online on NODE1",
    ]);
    tale.tells_only("EVS1 IP Address", &[]);
    tale.tells_only("EVS1 Disk", &[]);
}

/// All of EVS1 is meant to be offline. The System Attendant is asked for, and needs address, name
/// and disk: 1 s, 3 s, 12 s. What depends on it is not asked for.
#[test]
fn online_by_request_pulls_dependencies_up() {
    let steps = format!(
        "{{ at: 10m, offline: {{ evs: EVS1 }} }}, \
         {{ at: 20m, online: {{ resource: {ATTENDANT} }} }}"
    );
    let tale = run(PAIR, &steps);
    assert_eq!(tale.when(&format!("{ATTENDANT} online on NODE1")), "20:16.000");
    assert_eq!(tale.resource("EVS1 IP Address"), "online");
    assert_eq!((tale.resource(SMTP), tale.resource(STORE)), ("offline".into(), "offline".into()));
    // The intent of the System Attendant alone carries its dependencies over a move, too.
    let tale = run(PAIR, &format!("{steps}, {{ at: 30m, move: {{ evs: EVS1 }} }}"));
    assert_eq!(tale.when(&format!("{ATTENDANT} online on NODE2")), "30:24.000");
}

/// The group's `PersistentState` is 0, so that a failover leaves it offline; P, which has a 1 of
/// its own, comes up, and with it Q, which it depends on. What is online at the start stays so till
/// then.
#[test]
fn persistent_state_is_the_intent_at_the_start() {
    let cluster = "windows: 2000, nodes: [NODE1, NODE2], groups: { G: { owner: NODE2, \
        properties: { PersistentState: 0 }, resources: { \
        O: { type: File Share }, \
        P: { type: File Share, properties: { PersistentState: 1 }, depends_on: [Q] }, \
        Q: { type: File Share }, \
        R: { type: File Share, state: offline } } } }";
    let tale = run(cluster, "{ at: 10m, fail_resource: P }, { at: 20m, crash: NODE2 }");
    tale.tells_only(" O o", &["20:08.200 O offline on NODE2"]);
    let states = ["O", "P", "Q", "R"].map(|name| tale.resource(name));
    assert_eq!(states, ["offline", "online", "online", "offline"]);
}

/// Asked for while its group is on the way to NODE2, it comes online there, and nothing is stuck.
#[test]
fn an_online_request_during_a_move_holds_for_the_destination() {
    let off = format!("{{ at: 5m, offline: {{ resource: {SMTP} }} }}");
    for request in [format!("{{ resource: {SMTP} }}"), "{ evs: EVS1 }".to_owned()] {
        let steps = format!(
            "{off}, {{ at: 10m, move: {{ evs: EVS1 }} }}, {{ at: 10m8s, online: {request} }}"
        );
        let tale = run(PAIR, &steps);
        assert_eq!(tale.when("group EVS1 online on NODE2"), "10:46.500", "{request}");
    }
}

/// The numbers of the Cluster API, by which a live cluster answers.
#[test]
fn states_have_the_numbers_of_the_cluster_api() {
    use evsim::model::{GroupState, NodeState, ResourceState};
    assert_eq!(NodeState::ALL.iter().map(|state| *state as u32).collect::<Vec<_>>(), [0, 1, 2, 3]);
    assert_eq!(
        GroupState::ALL.iter().map(|state| *state as u32).collect::<Vec<_>>(),
        [0, 1, 2, 3, 4]
    );
    let resource: Vec<u32> = ResourceState::ALL.iter().map(|state| *state as u32).collect();
    assert_eq!(resource, [2, 3, 4, 129, 130]);
    let pending = ResourceState::ALL.iter().filter(|state| state.is_pending());
    assert_eq!(pending.count(), 2);
}
