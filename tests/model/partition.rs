//! Networks that part, machines that hang or shut down, a quorum disk that is lost.

use std::cell::RefCell;
use std::rc::Rc;

use evsim::backend::Backend;
use evsim::model::{ErrorCode, GroupState, NodeState, ResourceState, Time};
use evsim::scenario::Verb;
use evsim::sim::{Cluster, SimBackend};

use crate::tale::{PAIR, SHARE, read, run, run_with};

/// The sixth missing heartbeat is due at 10:07.2, the regroup is over at 10:08.2; NODE2 challenges
/// for 7 s and loses. Only then does EVS2 come up on NODE1: its disk was let go, so that it takes
/// 2 s, not 10. Address 10:16.2, name 10:19.2, System Attendant 10:31.2, Information Store 10:46.2.
#[test]
fn the_side_without_the_quorum_ends_before_its_groups_go_elsewhere() {
    let tale = run(PAIR, "{ at: 10m, partition: { sides: [[NODE1], [NODE2]] } }");
    tale.tells(&[
        "10:08.200 NODE2 down: 6 heartbeats missed, regroup",
        "10:08.200 NODE2 arbitrates",
        "10:15.200 NODE2 service ends: it has no quorum",
        "10:15.200 EVS2 Disk offline on NODE2",
        "10:15.200 EVS2 NODE2 -> NODE1: next in its node list",
        "10:17.200 EVS2 Disk online on NODE1",
        "10:46.200 SG1/Mailbox mounted on NODE1",
        "11:22.200 NODE2 is excluded",
    ]);
    tale.tells_only("EVS1 ", &[]);
}

/// Its service was started again at 11:15.2, and the challenge to form a cluster was lost at
/// 11:22.2; it tries again every minute, and the try at 20:22.2 finds NODE1.
#[test]
fn after_the_partition_the_losing_node_joins_with_its_next_try() {
    let tale = run(PAIR, "{ at: 10m, partition: { sides: [[NODE1], [NODE2]], for: 10m } }");
    tale.tells(&["20:22.200 NODE2 joining: its cluster service found the cluster"]);
    tale.tells(&["20:25.200 NODE2 up: joined the cluster"]);
    // Had the partition lasted a week, that would have cost nothing: no try is an event.
    let week = run(PAIR, "{ at: 10m, partition: { sides: [[NODE1], [NODE2]] } }");
    week.tells_only("excluded", &["11:22.200 NODE2 is excluded"]);
}

/// Shorter than six heartbeats: nobody is lost.
#[test]
fn a_partition_that_is_over_before_the_regroup_changes_nothing() {
    let tale = run(PAIR, "{ at: 10m, partition: { sides: [[NODE1], [NODE2]], for: 8s } }");
    tale.tells_only("down:", &[]);
    tale.tells_only("arbitrates", &[]);
}

/// Both networks carry heartbeats: one is enough.
#[test]
fn a_node_is_heard_as_long_as_one_network_that_carries_heartbeats_works() {
    let one = run(PAIR, "{ at: 10m, cut: Private }");
    one.tells_only("NODE2 down", &[]);
    let both = run(PAIR, "{ at: 10m, cut: Private }, { at: 11m, cut: Public }");
    both.tells(&["11:08.200 NODE2 down: 6 heartbeats missed, regroup"]);
    let interface = "{ at: 10m, cut: Private }, { at: 11m, cut: { node: NODE2, network: Public } }";
    run(PAIR, interface).tells(&["11:08.200 NODE2 down: 6 heartbeats missed, regroup"]);
    // A network for clients only carries none, even as the last one that works.
    let client = PAIR.replace(
        "nodes: [NODE1, NODE2]",
        "nodes: [NODE1, NODE2], networks: { Private: { role: 1 }, Public: { role: 2 } }",
    );
    let tale = run(&client, "{ at: 10m, cut: Private }");
    tale.tells(&["10:08.200 NODE2 down: 6 heartbeats missed, regroup"]);
}

/// Three sides of one node each: NODE1 owns the quorum and goes on alone.
#[test]
fn of_several_sides_the_one_with_the_quorum_goes_on() {
    let tale = run(SHARE, "{ at: 10m, partition: { sides: [[NODE1], [NODE2], [NODE3]] } }");
    tale.tells_only(
        "service ends",
        &[
            "10:15.200 NODE2 service ends: it has no quorum",
            "10:15.200 NODE3 service ends: it has no quorum",
        ],
    );
    tale.tells(&[
        "10:15.200 G NODE2 -> NODE1: next in its node list",
        "10:20.200 R online on NODE1",
    ]);
}

/// NODE1 is on Private, NODE3 on Public, NODE2 on both: NODE1 and NODE3 do not hear each other.
/// NODE1 owns the quorum, and NODE2 is on its side, as all of a side hear each other.
#[test]
fn members_all_hear_each_other() {
    let cuts = "{ at: 10m, cut: { node: NODE1, network: Public } }, \
        { at: 10m, cut: { node: NODE3, network: Private } }";
    let tale = run(SHARE, cuts);
    tale.tells_only("down", &["10:08.200 NODE3 down: 6 heartbeats missed, regroup"]);
    tale.tells_only("service ends", &["10:15.200 NODE3 service ends: it has no quorum"]);
}

/// NODE1 hears all on Private and Public; NODE2 and NODE3 are on Private only, and NODE4 is on
/// Public only. Two others with the quorum's owner are more than one.
#[test]
fn the_largest_side_with_the_quorums_owner_goes_on() {
    let four = SHARE.replace("NODE3]", "NODE3, NODE4]");
    let cuts = "{ at: 10m, cut: { node: NODE2, network: Public } }, \
        { at: 10m, cut: { node: NODE3, network: Public } }, \
        { at: 10m, cut: { node: NODE4, network: Private } }";
    let tale = run(&four, cuts);
    tale.tells_only("service ends", &["10:15.200 NODE4 service ends: it has no quorum"]);
}

/// NODE1 hears both others, and they do not hear each other.
#[test]
fn of_two_sides_as_large_the_lower_numbers_go_on() {
    let cuts = "{ at: 10m, cut: { node: NODE2, network: Public } }, \
        { at: 10m, cut: { node: NODE3, network: Private } }";
    let tale = run(SHARE, cuts);
    tale.tells_only("service ends", &["10:15.200 NODE3 service ends: it has no quorum"]);
}

/// The quorum's owner dies during the partition: of two sides the first to arbitrate wins, and the
/// other ends.
#[test]
fn when_no_side_has_the_quorums_owner_one_wins_it() {
    let steps = "{ at: 10m, partition: { sides: [[NODE2], [NODE3]] } }, { at: 10m, crash: NODE1 }";
    let tale = run(SHARE, steps);
    tale.tells(&[
        "10:08.200 NODE2 arbitrates",
        "10:15.200 NODE3 down: 6 heartbeats missed, regroup",
        "10:15.200 Cluster Group NODE1 -> NODE2: the quorum's new owner",
        "10:15.200 NODE3 service ends: it has no quorum",
    ]);
}

/// A machine that hangs defends nothing: its groups move with the regroup, and their disks'
/// reservations have to be broken. It goes on at 10:30 and finds that out.
#[test]
fn a_machine_that_hangs_is_lost_and_ends_its_service_when_it_goes_on() {
    let tale = run(PAIR, "{ at: 10m, hang: { node: NODE2, for: 30s } }");
    tale.tells(&[
        "10:08.200 NODE2 down: 6 heartbeats missed, regroup",
        "10:08.200 EVS2 NODE2 -> NODE1: next in its node list",
        "10:18.200 EVS2 Disk online on NODE1",
        "10:30.000 NODE2 service ends: the others have gone on without it",
        "11:33.000 NODE2 up: joined the cluster",
    ]);
    let owner = run(PAIR, "{ at: 10m, hang: NODE1 }");
    owner.tells(&["10:15.200 Cluster Group NODE1 -> NODE2: the quorum's new owner"]);
    run(PAIR, "{ at: 10m, hang: { node: NODE2, for: 8s } }").tells_only("NODE", &[]);
}

/// R was to be offline at 10:02.5; the machine stood still from 10:01 to 10:06.
#[test]
fn what_was_due_on_a_machine_that_hangs_happens_when_it_goes_on() {
    let steps = "{ at: 10m, offline: { group: G } }, { at: 601s, hang: { node: NODE2, for: 5s } }";
    assert_eq!(run(SHARE, steps).when("R offline on NODE2"), "10:06.000");
}

/// The share is offline after 2.5 s, and the machine off; NODE1 gives G away with the regroup.
#[test]
fn a_machine_that_shuts_down_waits_for_its_groups() {
    let tale = run(SHARE, "{ at: 10m, reboot: NODE2 }");
    tale.tells(&[
        "10:02.500 R offline on NODE2",
        "10:02.500 NODE2 off, cut short: []",
        "10:02.500 NODE2 on",
        "10:08.200 NODE2 down: 6 heartbeats missed, regroup",
        "11:05.500 NODE2 up: joined the cluster",
    ]);
    run(SHARE, "{ at: 10m, shut_down: NODE2 }").tells_only("NODE2 on", &[]);
}

/// The Information Store is offline after 7.5 s, the System Attendant 6 s later: too late for the
/// 9 s. The members take EVS2 over at 10:09, not with the regroup at 10:08.2.
#[test]
fn what_is_not_offline_in_time_is_cut_short() {
    let tale = run(PAIR, "{ at: 10m, reboot: NODE2 }");
    tale.tells(&[
        "10:08.200 NODE2 down: 6 heartbeats missed, regroup",
        "10:09.000 NODE2 off, cut short: [\"EVS2\"]",
        "10:09.000 EVS2 NODE2 -> NODE1: next in its node list",
        "10:19.000 EVS2 Disk online on NODE1",
    ]);
    let tale = run_with(PAIR, "shutdown: 15s", "{ at: 10m, reboot: NODE2 }", 0);
    // 7.5 s, 6 s for the System Attendant, 1.5 s for the name: 15 s; the address is left.
    tale.tells(&["10:15.000 NODE2 off, cut short: [\"EVS2\"]"]);
    let tale = run_with(PAIR, "shutdown: 16s", "{ at: 10m, reboot: NODE2 }", 0);
    tale.tells(&[
        "10:15.500 NODE2 off, cut short: []",
        "10:15.500 EVS2 NODE2 -> NODE1: next in its node list",
    ]);
}

/// NODE1 polls its quorum disk at 10:05 and ends. NODE2 misses its sixth heartbeat at 10:12.0,
/// arbitrates from 10:13.0, and cannot win at 10:20.0. Nobody can form a cluster before the disk is
/// back at 40:00: NODE1 tried at 11:12.0 first, and so at 40:12.0, which takes 7 s.
#[test]
fn without_the_quorum_disk_there_is_no_cluster() {
    let tale = run(PAIR, "{ at: 10m, lose_quorum_disk: { for: 30m } }");
    tale.tells(&[
        "10:05.000 NODE1 service ends: the quorum disk has failed",
        "10:13.000 NODE2 arbitrates",
        "10:20.000 NODE2 service ends: it has no quorum",
        "11:12.000 NODE1 is excluded",
        "40:19.000 NODE1 up: no member was up, it formed the cluster",
        "40:30.000 NODE2 up: joined the cluster",
    ]);
    let lost = run(PAIR, "{ at: 10m, lose_quorum_disk: {} }");
    assert_eq!(lost.cluster.view(), None);
}

/// The first to be switched on forms the cluster at 31:07.
#[test]
fn after_a_power_failure_the_first_machine_forms_the_cluster() {
    let steps =
        "{ at: 10m, power_off_all: {} }, { at: 30m, boot: NODE2 }, { at: 31m, boot: NODE1 }";
    let tale = run(PAIR, steps);
    tale.tells(&[
        "31:07.000 NODE2 up: no member was up, it formed the cluster",
        "32:03.000 NODE1 up: joined the cluster",
    ]);
}

/// What the cut-off node owns it may still be asked for on itself; the cluster's administrator is
/// on the side of the quorum, which does not hear it.
#[test]
fn a_request_for_a_group_on_the_other_side_is_refused() {
    let parted = "{ at: 10m, partition: { sides: [[NODE1], [NODE2]] } }";
    let tale = run(PAIR, &format!("{parted}, {{ at: 10m2s, offline: {{ evs: EVS2 }} }}"));
    tale.tells(&["10:02.000 take EVS2 offline: 5005 ERROR_HOST_NODE_NOT_AVAILABLE"]);
    // Nor does a group go there: EVS1 is down after 15.5 s, past the regroup; a share sooner.
    let share = "windows: 2003, nodes: [NODE1, NODE2], groups: { G: { owner: NODE1, \
        resources: { R: { type: File Share } } } }";
    let tale = run(share, &format!("{parted}, {{ at: 10m2s, move: {{ group: G, to: NODE2 }} }}"));
    tale.tells(&["10:04.500 G does not go to NODE2", "10:09.500 R online on NODE1"]);
}

/// EVS2 loses its name at 10:02 on the other side; NODE1 hears of it no more. NODE2, which the
/// others dropped at 10:08.2, believes itself up until its service ends.
#[test]
fn a_cut_off_node_answers_with_what_it_was_told_last() {
    let steps = "{ at: 10m, partition: { sides: [[NODE1], [NODE2]] } }, \
        { at: 10m1s, fail_resource: \"EVS2 Network Name\" }";
    let scenario = read(PAIR, "", steps);
    let cluster = Rc::new(RefCell::new(Cluster::new(&scenario.cluster, 0)));
    let ask = |node: &str| SimBackend::new(&cluster, &node.into()).expect("a node of the cluster");
    for moment in &scenario.steps {
        cluster.borrow_mut().advance(moment.at);
        let Verb::Cluster(step) = &moment.verb else { panic!("a fault") };
        cluster.borrow_mut().apply(step);
    }
    // Noticed with the poll at 10:05.
    cluster.borrow_mut().advance(Time::from_ms(605_500));
    let group = |node: &str| ask(node).group(&"EVS2".into()).map(|facts| facts.state);
    assert_eq!(group("NODE1"), Ok(GroupState::Online));
    assert_ne!(group("NODE2"), Ok(GroupState::Online));
    let name = ask("NODE1").resource(&"EVS2 Network Name".into()).map(|view| view.state);
    assert_eq!(name, Ok(ResourceState::Online));
    cluster.borrow_mut().advance(Time::from_ms(609_000));
    let state = |node: &str, of: &str| ask(node).node(&of.into()).map(|view| view.state);
    assert_eq!(state("NODE1", "NODE2"), Ok(NodeState::Down));
    assert_eq!(state("NODE2", "NODE2"), Ok(NodeState::Up));
    cluster.borrow_mut().advance(Time::from_ms(616_000));
    assert_eq!(state("NODE2", "NODE2"), Err(ErrorCode::RPC_S_SERVER_UNAVAILABLE));
}

/// The private network is lost, and NODE1, which owns the quorum disk, has no public one: in 2003 it
/// gives way with its regroup at 10:08.2, and NODE2 arbitrates for 7 s. In 2000, and where clients
/// reach both sides or neither, the owner goes on.
#[test]
fn the_side_that_clients_reach_goes_on() {
    let cut = "{ at: 10m, cut: Private }, { at: 10m, cut: { node: NODE1, network: Public } }";
    let tale = run(PAIR, cut);
    tale.tells(&[
        "10:08.200 NODE1 service ends: clients reach the other side, and not its own",
        "10:08.200 EVS1 Disk offline on NODE1",
        "10:08.200 NODE2 arbitrates",
        "10:15.200 NODE1 down: 6 heartbeats missed, regroup",
        "10:15.200 Cluster Group NODE1 -> NODE2: the quorum's new owner",
        "10:17.200 EVS1 Disk online on NODE2",
    ]);
    tale.tells_only("NODE2 service ends", &[]);
    let lost = |cluster: &str, cuts: &str| -> Vec<String> {
        run(cluster, cuts).with("service ends").map(str::to_owned).collect()
    };
    let owner_stays = ["10:15.200 NODE2 service ends: it has no quorum"];
    assert_eq!(lost(&PAIR.replace("windows: 2003", "windows: 2000"), cut), owner_stays);
    let neither = "{ at: 10m, cut: Private }, { at: 10m, cut: Public }";
    assert_eq!(lost(PAIR, neither), owner_stays);
    let both = "{ at: 10m, partition: { sides: [[NODE1], [NODE2]] } }";
    assert_eq!(lost(PAIR, both), owner_stays);
    // The other side has to have a node that can own the quorum disk.
    let unable = format!(
        "{{ at: 1m, set: {{ resource: 'Disk Q:', property: PossibleOwners, to: [NODE1] }} }}, {cut}"
    );
    assert_eq!(lost(PAIR, &unable), owner_stays);
    // Whatever the phases of heartbeats are.
    for seed in 1..20 {
        let tale = run_with(PAIR, "", cut, seed);
        assert_eq!(tale.with("NODE2 service ends").count(), 0, "seed {seed}: {tale:#?}");
        assert_eq!(tale.group("EVS1"), "NODE2 online", "seed {seed}");
    }
}
