//! What the cluster answers: done, under way, or a remark. Refusals stand with what they refuse.

use evsim::sim::Cluster;

use crate::tale::{PAIR, SHARE, run, run_with};

fn answer(cluster: &Cluster) -> u32 {
    cluster.latest_answer().expect("something was asked").0
}

/// Whatever has to go online or offline first is under way: 997. What is so already is done. A
/// group that is offline changes hands at once, though it comes online only then.
#[test]
fn what_is_not_done_at_once_is_under_way() {
    let offline = "{ at: 1m, offline: { group: G } }, ";
    for (before, step, code) in [
        ("", "move: { group: G, to: NODE1 }", 997),
        ("", "move: { group: G, to: NODE2 }", 0),
        (offline, "move: { group: G, to: NODE1 }", 0),
        ("", "offline: { group: G }", 997),
        (offline, "offline: { group: G }", 0),
        (offline, "online: { group: G }", 997),
        ("", "online: { group: G }", 0),
        ("", "offline: { resource: R }", 997),
        (offline, "offline: { resource: R }", 0),
        (offline, "online: { resource: R }", 997),
        ("", "online: { resource: R }", 0),
        // It holds for the new owner: the group is still on its way there.
        ("{ at: 10m, move: { group: G, to: NODE1 } }, ", "online: { resource: R }", 997),
        // A failure is there at once, and so is a pause.
        ("", "initiate_failure: R", 0),
        ("", "pause: NODE2", 0),
        ("", "set: { resource: R, property: SeparateMonitor, to: 1 }", 5024),
    ] {
        let tale = run(SHARE, &format!("{before}{{ at: 10m1s, {step} }}"));
        assert_eq!(answer(&tale.cluster), code, "{before}{step}: {tale:#?}");
    }
}

/// The answer is that to the latest request of an administrator: no fault changes it.
#[test]
fn a_fault_is_no_request() {
    assert_eq!(run(SHARE, "{ at: 10m, crash: NODE3 }").cluster.latest_answer(), None);
    let steps = "{ at: 10m, move: { group: G, to: NODE1 } }, { at: 11m, crash: NODE3 }";
    assert_eq!(answer(&run(SHARE, steps).cluster), 997);
}

/// NODE2's machine is off, or cut off, when it is evicted: 5896. Switched on at 20:00, its service
/// starts at 21:00, and ends as it is no node. Where the machine answers it has no service left.
/// Windows 2000 cleans nothing up and says nothing of it.
#[test]
fn an_eviction_cleans_up_only_what_it_reaches() {
    let ends = ["21:00.000 NODE2 service ends: evicted"];
    let boot = "{ at: 20m, boot: NODE2 }, { at: 30m, start_service: NODE2 }";
    let crashed = format!("{{ at: 10m, crash: NODE2 }}, {{ at: 11m, evict: NODE2 }}, {boot}");
    let tale = run(PAIR, &crashed);
    tale.tells(&[
        "11:00.000 evict NODE2: 5896 ERROR_CLUSTER_EVICT_WITHOUT_CLEANUP",
        "11:00.000 NODE2 down: evicted",
        ends[0],
        "30:00.000 NODE2 service ends: evicted",
    ]);
    let stopped = "{ at: 10m, stop_service: NODE2 }, { at: 11m, evict: NODE2 }, \
                   { at: 12m, start_service: NODE2 }";
    let tale = run(PAIR, stopped);
    tale.tells_only("evict NODE2", &[]);
    tale.tells(&[
        "12:00.000 start the cluster service of NODE2: 1060 ERROR_SERVICE_DOES_NOT_EXIST",
    ]);
    let cut = "{ at: 10m, stop_service: NODE2 }, { at: 10m30s, cut: Private }, \
               { at: 10m30s, cut: Public }, { at: 11m, evict: NODE2 }";
    run(PAIR, cut).tells(&["11:00.000 evict NODE2: 5896 ERROR_CLUSTER_EVICT_WITHOUT_CLEANUP"]);
    let old = PAIR.replace("windows: 2003", "windows: 2000");
    let tale = run(&old, &crashed);
    tale.tells_only("evict NODE2", &[]);
    tale.tells(&ends);
    let tale = run_with(&old, "windows_2000_cleans_up: yes", stopped, 0);
    tale.tells(&[
        "12:00.000 start the cluster service of NODE2: 1060 ERROR_SERVICE_DOES_NOT_EXIST",
    ]);
}
