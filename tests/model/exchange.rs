//! Exchange 2000 and 2003 on the cluster: what makes up its groups, its limit of one server a node, log
//! replay, and how long clients are cut off.

use evsim::sim::Configuration;

use crate::tale::{PAIR, Tale, read, run};

/// One server of three stores; SG1/Old is not mounted when its Information Store starts.
const STORES: &str = "windows: 2003, nodes: [NODE1, NODE2], evs: { EVS1: { owner: NODE2, stores: { \
    SG1/Mailbox: { size: 2GB, log_replay: 2m }, SG1/Public: { size: 1GB, log_replay: 30s }, \
    SG1/Old: { size: 1GB, mounted: false, log_replay: 1h } } } }";
/// Two nodes of Windows 2000, each with a server of Exchange 2000.
const PAIR_2000: &str = "windows: 2000, exchange: 2000, nodes: [NODE1, NODE2], evs: { \
    EVS1: { owner: NODE1, stores: { SG1/Mailbox: 2GB } }, \
    EVS2: { owner: NODE2, stores: { SG1/Mailbox: 2GB } } }";
const STORE: &str = "Exchange Information Store Instance - (EVS1)";

fn dependencies(cluster: &Configuration, evs: &str) -> Vec<String> {
    let group = cluster.groups.iter().find(|group| group.name.as_str() == evs);
    let resources = group.expect("the server makes a group").resources.iter();
    let short = |name: &str| {
        let bare = name.replace(&format!(" Instance - ({evs})"), "");
        bare.replace(&format!("{evs} "), "").replace("Exchange ", "")
    };
    let lines = resources.map(|resource| {
        let below = resource.depends_on.iter().map(|name| short(name.as_str()));
        let below: Vec<String> = below.collect();
        format!("{} > {}", short(resource.name.as_str()), below.join(", "))
    });
    lines.collect()
}

/// In Exchange 2003 everything hangs on the System Attendant; IMAP4 and POP3 are not made by
/// themselves, and the one MTA belongs to the server that was made first.
#[test]
fn the_group_of_an_exchange_2003_server() {
    let cluster = read(PAIR, "", "").cluster;
    let common = [
        "IP Address > ",
        "Network Name > IP Address",
        "Disk > ",
        "System Attendant > Network Name, Disk",
        "Information Store > System Attendant",
        "Routing Service > System Attendant",
        "SMTP Virtual Server > System Attendant",
        "HTTP Virtual Server > System Attendant",
        "MS Search > System Attendant",
    ];
    assert_eq!(dependencies(&cluster, "EVS2"), common);
    let first = [&common[..], &["Message Transfer Agent > System Attendant"]].concat();
    assert_eq!(dependencies(&cluster, "EVS1"), first);
}

/// In Exchange 2000 the protocols and the search hang on the Information Store, IMAP4 and POP3 are
/// made by themselves, and routing and the one MTA hang on the System Attendant.
#[test]
fn the_group_of_an_exchange_2000_server() {
    let cluster = read(PAIR_2000, "", "").cluster;
    let found = dependencies(&cluster, "EVS1");
    assert_eq!(
        found[4..],
        [
            "Information Store > System Attendant",
            "Routing Service > System Attendant",
            "SMTP Virtual Server > Information Store",
            "HTTP Virtual Server > Information Store",
            "IMAP4 Virtual Server > Information Store",
            "POP3 Virtual Server > Information Store",
            "MS Search > Information Store",
            "Message Transfer Agent > System Attendant",
        ],
    );
    assert_eq!(dependencies(&cluster, "EVS2"), found[..11]);
}

/// The protocols need 2.5 s to go offline, then the store 7.5 s; online it is 15 s and 5 s. With
/// Exchange 2003 the store goes alone, at once.
#[test]
fn the_information_store_of_exchange_2000_takes_the_protocols_with_it() {
    let steps = format!(
        "{{ at: 10m, offline: {{ resource: {STORE} }} }}, \
         {{ at: 20m, online: {{ resource: {STORE} }} }}"
    );
    let smtp = "Exchange SMTP Virtual Server Instance - (EVS1)";
    let routing = "Exchange Routing Service Instance - (EVS1)";
    let tale = run(PAIR_2000, &steps);
    tale.tells(&[
        &format!("10:02.500 {smtp} offline on NODE1"),
        &format!("10:10.000 {STORE} offline on NODE1"),
        &format!("20:15.000 {STORE} online on NODE1"),
        &format!("20:20.000 {smtp} online on NODE1"),
    ]);
    tale.tells_only(routing, &[]);
    let tale = run(PAIR, &steps);
    tale.tells(&[&format!("10:07.500 {STORE} offline on NODE1")]);
    tale.tells_only(smtp, &[]);
}

/// `DestPath` stands on each Information Store and on the one MTA, `NetworkName` on the Exchange
/// resources, the private `Name` on the Network Name; the disk is three times the stores.
#[test]
fn private_properties_and_disk_of_a_server() {
    let cluster = read(PAIR, "", "").cluster;
    let resources = || cluster.groups.iter().flat_map(|group| &group.resources);
    let with = |property: &str| resources().filter(|it| it.private(property).is_some()).count();
    assert_eq!((with("DestPath"), with("NetworkName"), with("Name")), (3, 5, 3));
    let group = cluster.groups.iter().find(|group| group.evs_name() == Some("EVS1"));
    assert_eq!(group.expect("EVS1 is a group").disk.to_string(), "6GB");
}

#[test]
fn exchange_2003_writes_its_anti_affinity_class_with_more_than_two_nodes() {
    let classes = |windows: &str, nodes: &str| {
        let cluster =
            format!("windows: {windows}, nodes: [{nodes}], evs: {{ EVS1: {{ owner: NODE1 }} }}");
        let groups = read(&cluster, "", "").cluster.groups;
        let evs = groups.into_iter().find(|group| group.name.as_str() == "EVS1");
        evs.expect("EVS1 is a group").properties.anti_affinity
    };
    let class = ["Microsoft Exchange Virtual Server"];
    assert_eq!(classes("2003", "NODE1, NODE2, NODE3"), class);
    assert_eq!(classes("2003", "NODE1, NODE2"), [""; 0]);
    assert_eq!(classes("2000", "NODE1, NODE2, NODE3"), [""; 0]);
}

/// EVS2 arrives on NODE1 at 10:08.200. Its System Attendant is tried at 10:30.200 (the disk of a
/// crashed owner takes 10 s, itself 12 s) and three times more. The node that is down counts: it is
/// the size of the cluster that matters. Once it is evicted there are two nodes, and no limit.
#[test]
fn with_more_than_two_nodes_a_second_server_on_a_node_fails_with_5018() {
    let cluster = "windows: 2003, nodes: [NODE1, NODE2, NODE3], evs: { \
        EVS1: { owner: NODE1 }, EVS2: { owner: NODE2 } }";
    let attendant = "Exchange System Attendant Instance - (EVS2)";
    let failed =
        |time: &str| format!("{time} {attendant} failed on NODE1: 5018 ERROR_RESMON_ONLINE_FAILED");
    let steps = "{ at: 1m, crash: NODE3 }, { at: 2m, evict: NODE3 }, { at: 10m, crash: NODE2 }";
    assert_eq!(run(cluster, steps).group("EVS2"), "NODE1 online");
    let steps = "{ at: 1m, crash: NODE3 }, { at: 10m, crash: NODE2 }";
    let tale = run(cluster, steps);
    let [first, second, third, fourth] =
        ["10:30.200", "10:42.200", "10:54.200", "11:06.200"].map(failed);
    let left =
        format!("11:06.200 {attendant} failed 4 times: EVS2 stays, no other node can own it");
    tale.tells(&[&first, &second, &third, &fourth, &left]);
    assert_eq!(tale.group("EVS2"), "NODE1 failed");
    assert_eq!(tale.group("EVS1"), "NODE1 online");
}

/// A crash leaves stores that were mounted dirty: their logs are replayed on top of the 15 s, here
/// 2:30; SG1/Old was not mounted. System Attendant at 10:30.200, so the store at 13:15.200.
#[test]
fn a_crash_leaves_logs_to_replay_and_a_clean_move_does_not() {
    let tale = run(STORES, "{ at: 10m, crash: NODE2 }");
    assert_eq!(tale.when(&format!("{STORE} online on NODE1")), "13:15.200");
    let tale = run(STORES, "{ at: 10m, move: { evs: EVS1 } }");
    assert_eq!(tale.when(&format!("{STORE} online on NODE1")), "10:46.500");
    // The store process dies: noticed at 10:10, up again 15 s + 2:30 later.
    let tale = run(STORES, &format!("{{ at: 10m, fail_resource: {STORE} }}"));
    assert_eq!(tale.when(&format!("{STORE} online on NODE2")), "12:55.000");
    // The disk fails, noticed at 10:05: nothing can be committed to it any more. The store goes
    // down 7.5 s, the System Attendant 6 s; up again 2 s, 12 s, 15 s + 2:30 after that.
    let tale = run(STORES, "{ at: 10m, fail_resource: EVS1 Disk }");
    assert_eq!(tale.when(&format!("{STORE} online on NODE2")), "13:17.500");
}

#[test]
fn the_information_store_mounts_what_is_marked_to_be_mounted() {
    let tale = run(STORES, "{ at: 10m, move: { evs: EVS1 } }");
    tale.tells(&[
        "10:07.500 SG1/Mailbox dismounted on NODE2",
        "10:07.500 SG1/Public dismounted on NODE2",
        "10:46.500 SG1/Mailbox mounted on NODE1",
        "10:46.500 SG1/Public mounted on NODE1",
    ]);
    tale.tells_only("SG1/Old", &[]);
}

fn outage(tale: &Tale, evs: &str) -> (u64, u64) {
    let outage = tale.cluster.outage(&evs.into()).expect("the server is a group");
    (outage.planned.ms(), outage.unplanned.ms())
}

/// A move takes 46.5 s, a crash 45.2 s. SMTP, and a store that is not meant to be mounted, cut
/// nobody off. The Network Name does, from the first moment: back at 20:03, the store at 20:30.
#[test]
fn outage_counts_name_store_process_and_mounted_stores() {
    let planned = |steps: &str| outage(&run(PAIR, steps), "EVS1");
    assert_eq!(planned("{ at: 10m, move: { evs: EVS1 } }"), (46_500, 0));
    assert_eq!(planned("{ at: 10m, crash: NODE2 }"), (0, 0));
    assert_eq!(outage(&run(PAIR, "{ at: 10m, crash: NODE2 }"), "EVS2"), (0, 45_200));
    let smtp = "{ at: 10m, offline: { resource: Exchange SMTP Virtual Server Instance - (EVS1) } }";
    assert_eq!(planned(smtp), (0, 0));
    let name = "{ at: 10m, offline: { resource: EVS1 Network Name } }, \
                { at: 20m, online: { resource: EVS1 Network Name } }";
    assert_eq!(planned(name), (630_000, 0));
    // From the dismount's begin to the mount's end, 5 s after it is asked for.
    let by_hand = "{ at: 10m, dismount: { evs: EVS1, store: SG1/Mailbox } }, \
                   { at: 20m, mount: { evs: EVS1, store: SG1/Mailbox } }";
    assert_eq!(planned(by_hand), (605_000, 0));
    assert_eq!(outage(&run(STORES, "{ at: 10m, move: { evs: EVS1 } }"), "EVS1"), (46_500, 0));
}

/// Offline by request from 10:00, and its node dies at 20:00: 10 minutes were planned, and the rest
/// up to 31:00 is not, EVS2 being served at 30:31 again. The other way round, a request changes
/// nothing.
#[test]
fn a_fault_ends_a_planned_outage_and_a_request_ends_no_unplanned_one() {
    let steps = "{ at: 10m, offline: { evs: EVS2 } }, { at: 20m, crash: NODE2 }, \
                 { at: 30m, online: { evs: EVS2 } }";
    assert_eq!(outage(&run(PAIR, steps), "EVS2"), (600_000, 631_000));
    let steps = "{ at: 10m, crash: NODE2 }, { at: 10m20s, offline: { evs: EVS2 } }, \
                 { at: 30m, online: { evs: EVS2 } }";
    assert_eq!(outage(&run(PAIR, steps), "EVS2"), (0, 1_231_000));
}

/// The disk was offline when its owner died: nobody holds its reservation, so it takes 2 s, not 10.
#[test]
fn only_a_disk_that_its_dead_owner_held_has_its_reservation_broken() {
    let steps = "{ at: 9m, offline: { evs: EVS2 } }, { at: 10m, crash: NODE2 }, \
                 { at: 30m, online: { evs: EVS2 } }";
    assert_eq!(run(PAIR, steps).when("EVS2 Disk online on NODE1"), "30:02.000");
    let tale = run(PAIR, "{ at: 10m, crash: NODE2 }, { at: 20m, move: { evs: EVS2 } }");
    assert_eq!(tale.when("EVS2 Disk online on NODE1"), "10:18.200");
    // Once online it is free again: it is down at 40:15.5, and takes 2 s.
    let steps =
        "{ at: 10m, crash: NODE2 }, { at: 30m, boot: NODE2 }, { at: 40m, move: { evs: EVS2 } }";
    assert_eq!(run(PAIR, steps).when("EVS2 Disk online on NODE2"), "40:17.500");
}
