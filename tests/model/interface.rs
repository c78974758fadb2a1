//! States of networks and interfaces, and the addresses that fail with them.

use crate::tale::{PAIR, SHARE, run};

/// The second heartbeat is missing at 10:02.4, and NODE1 still reaches hosts outside: NODE2 is to
/// blame. EVS2's address fails; its Information Store is offline at 10:09.9, the System Attendant at
/// 10:15.9, the name at 10:17.4. It is restarted three times, each time in vain for a second, and
/// with the fourth failure at 10:20.4 EVS2 moves once its disk is offline.
#[test]
fn an_address_fails_with_the_interface_that_is_to_blame() {
    let tale = run(PAIR, "{ at: 10m, cut: { node: NODE2, network: Public } }");
    tale.tells(&[
        "10:02.400 NODE2 failed on Public",
        "10:02.400 network Public partitioned",
        "10:02.400 EVS2 IP Address failed on NODE2: 5035 ERROR_NETWORK_NOT_AVAILABLE",
        "10:18.400 EVS2 IP Address failed on NODE2: 5035 ERROR_NETWORK_NOT_AVAILABLE",
        "10:20.400 EVS2 IP Address failed 4 times: EVS2 moves",
        "10:21.400 EVS2 NODE2 -> NODE1: next in its node list",
        "10:52.400 SG1/Mailbox mounted on NODE1",
    ]);
    tale.tells_only("EVS1 IP", &[]);
    tale.tells_only("NODE1 ", &[]);
}

/// Nobody reaches anything over Public, and nobody can say whose fault that is: all stays online.
#[test]
fn when_nobody_can_say_who_is_to_blame_everything_stays_online() {
    let tale = run(PAIR, "{ at: 10m, cut: { network: Public, for: 5m } }");
    tale.tells(&[
        "10:02.400 NODE1 unreachable on Public",
        "10:02.400 NODE2 unreachable on Public",
        "10:02.400 network Public down",
        "15:01.200 NODE1 up on Public",
        "15:01.200 network Public up",
    ]);
    tale.tells_only("EVS", &[]);
}

/// EVS1 is offline on NODE1 at 11:15.5. Its address fails four times on NODE2, the last at 11:19.5,
/// and the disk takes 1 s to go: every 5 s EVS1 moves. The tenth of these failovers is at 12:04.5
/// and leads to NODE2, and there the eleventh is refused at 12:09.5.
#[test]
fn a_move_while_the_clients_network_is_down_goes_back_and_forth() {
    let steps = "{ at: 10m, cut: Public }, { at: 11m, move: { evs: EVS1, to: NODE2 } }";
    let tale = run(PAIR, steps);
    tale.tells(&[
        "11:16.500 EVS1 IP Address failed on NODE2: 5035 ERROR_NETWORK_NOT_AVAILABLE",
        "11:20.500 EVS1 NODE2 -> NODE1: next in its node list",
        "12:05.500 EVS1 NODE1 -> NODE2: next in its node list",
        "12:09.500 EVS1 IP Address failed 4 times: EVS1 has moved too often and is left",
    ]);
    assert_eq!(tale.group("EVS1"), "NODE2 failed");
}

/// With three nodes, two that hear each other prove that it is the third: also on a network without
/// hosts outside. With two nodes nobody can tell.
#[test]
fn two_that_hear_each_other_prove_that_it_is_the_third() {
    let tale = run(SHARE, "{ at: 10m, cut: { node: NODE3, network: Private } }");
    tale.tells_only("on Private", &["10:02.400 NODE3 failed on Private"]);
    let tale = run(PAIR, "{ at: 10m, cut: { node: NODE2, network: Private } }");
    tale.tells_only(
        "on Private",
        &["10:02.400 NODE1 unreachable on Private", "10:02.400 NODE2 unreachable on Private"],
    );
}

/// Every interface hears somebody, and yet two members cannot talk.
#[test]
fn a_network_in_two_halves_is_partitioned() {
    let cluster = "windows: 2003, nodes: [NODE1, NODE2, NODE3, NODE4]";
    let halves = "{ at: 10m, partition: { sides: [[NODE1, NODE2], [NODE3, NODE4]], for: 5s } }";
    run(cluster, halves)
        .tells(&["10:02.400 network Private partitioned", "10:02.400 network Public partitioned"]);
}

/// An address names its network; one that names none is on the first for clients.
#[test]
fn an_address_is_on_the_network_that_it_names() {
    let cluster = "windows: 2003, nodes: [NODE1, NODE2], networks: { Heartbeat: { role: 1 }, \
        Clients: { role: 3 }, Backup: { role: 3 } }, groups: { G: { owner: NODE2, resources: { \
        A: { type: IP Address }, B: { type: IP Address, private: { Network: Backup } } } } }";
    let tale = run(cluster, "{ at: 10m, cut: { node: NODE2, network: Backup } }");
    tale.tells(&["10:02.400 B failed on NODE2: 5035 ERROR_NETWORK_NOT_AVAILABLE"]);
    tale.tells_only("A failed", &[]);
    let tale = run(cluster, "{ at: 10m, cut: { node: NODE2, network: Clients } }");
    tale.tells(&["10:02.400 A failed on NODE2: 5035 ERROR_NETWORK_NOT_AVAILABLE"]);
    tale.tells_only("B failed", &[]);
}

/// Shorter than two heartbeats: nobody notices. Clients do.
#[test]
fn what_is_over_before_the_second_heartbeat_is_not_noticed() {
    let tale = run(PAIR, "{ at: 10m, cut: { network: Public, for: 2s } }");
    tale.tells_only("Public", &[]);
    let outage = tale.cluster.outage(&"EVS1".into()).expect("it has clients");
    assert_eq!((outage.planned.ms(), outage.unplanned.ms()), (0, 2_000));
}
