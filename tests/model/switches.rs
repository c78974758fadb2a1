//! Every switch that is a time moves exactly what it is said to move.

use std::collections::BTreeSet;

use evsim::model::{Act, MountState, Place, Size, Ticket, Tool};
use evsim::sim::{Step, StoreChange, Switches};

use crate::replica::with_dial;
use crate::tale::{PAIR, run_with};
use crate::work::{Bench, dismount, mount, write};

/// NODE2 dies and comes back; EVS1 goes off and on again; NODE1, which owns the quorum, dies; NODE2
/// is restarted, forms the cluster at 71:16, and loses its quorum disk: it polls that at 90:01. When
/// it is a member again, its cluster service hangs.
const STORY: &str = "{ at: 10m, crash: NODE2 }, { at: 20m, boot: NODE2 }, \
    { at: 30m, offline: { evs: EVS1 } }, { at: 40m, online: { evs: EVS1 } }, \
    { at: 50m, crash: NODE1 }, { at: 70m, reboot: NODE2 }, \
    { at: 90m, lose_quorum_disk: { for: 10m } }, { at: 2h, hang_service: NODE2 }";

/// A switch, another value for it, a line of the story, and when that is told without and with it.
const TABLE: &[(&str, &str, &str, &str, &str)] = &[
    ("regroup", "3s", "NODE2 down: 6 heartbeats missed, regroup", "10:08.200", "10:10.200"),
    ("arbitration", "9s", "NODE1 down: 6 heartbeats missed, regroup", "50:15.200", "50:17.200"),
    ("shutdown", "12s", "NODE2 on", "01:10:09.000", "01:10:12.000"),
    ("service_restart", "30s", "NODE2 is excluded", "01:31:08.000", "01:30:38.000"),
    ("service_watchdog", "30s", "NODE2 service ends: it hung", "02:01:00.000", "02:00:30.000"),
    ("boot", "30s", "NODE2 up: joined the cluster", "21:03.000", "20:33.000"),
    ("join", "5s", "NODE2 up: joined the cluster", "21:03.000", "21:05.000"),
    ("ip_address_online", "4s", "EVS1 IP Address online on NODE1", "40:01.000", "40:04.000"),
    ("physical_disk_online", "6s", "EVS1 Disk online on NODE1", "40:02.000", "40:06.000"),
    (
        "physical_disk_online_after_crash",
        "20s",
        "EVS2 Disk online on NODE1",
        "10:18.200",
        "10:28.200",
    ),
    ("network_name_online", "5s", "EVS1 Network Name online on NODE1", "40:04.000", "40:06.000"),
    (
        "system_attendant_online",
        "20s",
        "Exchange System Attendant Instance - (EVS1) online on NODE1",
        "40:16.000",
        "40:24.000",
    ),
    (
        "information_store_online",
        "30s",
        "Exchange Information Store Instance - (EVS1) online on NODE1",
        "40:31.000",
        "40:46.000",
    ),
    (
        "other_online",
        "8s",
        "Exchange SMTP Virtual Server Instance - (EVS1) online on NODE1",
        "40:21.000",
        "40:24.000",
    ),
];

#[test]
fn every_switch_of_the_cluster_moves_its_time() {
    for (switch, value, text, without, with) in TABLE {
        assert_eq!(run_with(PAIR, "", STORY, 0).when(text), *without, "without {switch}");
        let set = format!("{switch}: {value}");
        assert_eq!(run_with(PAIR, &set, STORY, 0).when(text), *with, "{set}");
    }
}

/// A switch, how long what it is for takes, and that in milliseconds without it.
type Work = (&'static str, fn(&mut Bench) -> u64, u64);

const WORK: &[Work] = &[
    ("dismount", down, 5_000),
    ("mount", up, 5_000),
    ("consistency_check", checked, 2_000),
    ("error_fix_gigabyte", fixed, 800_000),
    ("defragment_gigabyte", defragmented, 480_000),
    ("mta_check", mta_checked, 300_000),
    ("record_write", written, 10),
];

/// Together with the table above, no switch is left out.
#[test]
fn every_switch_of_a_nodes_work_moves_its_time() {
    for (switch, took, without) in WORK {
        assert_eq!(took(&mut Bench::new("", 0)), *without, "without {switch}");
        assert_eq!(took(&mut Bench::new(&format!("{switch}: 8s"), 0)), 8_000, "{switch}");
    }
    let turned = TABLE.iter().map(|row| row.0).chain(WORK.iter().map(|work| work.0));
    let turned = turned.chain(COPIES.iter().map(|row| row.0)).chain(["windows_2000_heartbeat"]);
    let turned: BTreeSet<&str> = turned.collect();
    let spans = Switches::TABLE.iter().filter(|switch| switch.words.is_empty());
    let names: BTreeSet<&str> = spans.map(|switch| switch.name).collect();
    assert_eq!(turned, names);
}

/// Six beats of 1.2 s and the regroup of 1 s; of 1 s they are over 1.2 s sooner. With 2003 the
/// switch does nothing.
#[test]
fn heartbeats_of_windows_2000_have_a_switch_of_their_own() {
    let old = PAIR.replace("windows: 2003", "windows: 2000");
    let when = |cluster: &str, switches: &str| {
        let tale = run_with(cluster, switches, "{ at: 10m, crash: NODE2 }", 0);
        tale.when("NODE2 down: 6 heartbeats missed, regroup").to_owned()
    };
    let faster = "windows_2000_heartbeat: 1s";
    assert_eq!((when(&old, ""), when(&old, faster)), ("10:08.200".into(), "10:07.000".into()));
    assert_eq!(when(PAIR, faster), "10:08.200");
}

/// As in the first table. NODE1 is back at 21:00 with the third of a log that NODE2 waits for, which
/// takes 3 s a log; then 5 s. 2 GB are seeded from two minutes on.
const COPIES: &[(&str, &str, &str, &str, &str)] = &[
    ("ship_log", "3s", "SG1/A mounted on NODE2", "21:05.167", "21:06.000"),
    ("seed_gigabyte", "1m", "copy of SG1 on NODE2 healthy", "06:00.000", "04:00.000"),
];

#[test]
fn every_switch_of_copies_moves_its_time() {
    let steps = "{ at: 1m, suspend_copy: { evs: EVS1, store: SG1/A } }, \
        { at: 2m, reseed_copy: { evs: EVS1, store: SG1/A } }, \
        { at: 10m10s, crash: NODE1 }, { at: 20m, boot: NODE1 }";
    for (switch, value, text, without, with) in COPIES {
        let when =
            |set: &str| run_with(&with_dial("lossless"), set, steps, 0).when(text).to_owned();
        assert_eq!(when(""), *without, "without {switch}");
        let set = format!("{switch}: {value}");
        assert_eq!(when(&set), *with, "{set}");
    }
}

fn down(bench: &mut Bench) -> u64 {
    bench.asks("NODE1", dismount("SG1/A")).expect("it is mounted");
    bench.until_mount("SG1/A", MountState::Dismounted)
}

fn up(bench: &mut Bench) -> u64 {
    down(bench);
    bench.asks("NODE1", mount("SG1/A")).expect("it is dismounted");
    bench.until_mount("SG1/A", MountState::Mounted)
}

fn checked(bench: &mut Bench) -> u64 {
    down(bench);
    bench.run("SG1/A", Tool::ConsistencyCheck).0
}

/// SG1/B is of a gigabyte.
fn fixed(bench: &mut Bench) -> u64 {
    bench.asks("NODE1", dismount("SG1/B")).expect("it is mounted");
    bench.until_mount("SG1/B", MountState::Dismounted);
    bench.run("SG1/B", Tool::ErrorFix).0
}

/// The disk has room for an eighth of it; its temporary file is deleted in a second.
fn defragmented(bench: &mut Bench) -> u64 {
    let used = Some(Size::from_bytes(128 << 20));
    let to = StoreChange { used, ..StoreChange::default() };
    bench.befalls(Step::ChangeStore { group: "EVS1".into(), store: "SG1/B".into(), to });
    bench.asks("NODE1", dismount("SG1/B")).expect("it is mounted");
    bench.until_mount("SG1/B", MountState::Dismounted);
    bench.run("SG1/B", Tool::Defragment).0 - 1_000
}

fn mta_checked(bench: &mut Bench) -> u64 {
    let resource = "Exchange Message Transfer Agent Instance - (EVS1)".into();
    bench.asks("NODE1", Act::Offline { group: "EVS1".into(), resource }).expect("it is online");
    bench.passes(60_000);
    let ticket = Ticket { job: 1, act: 1 };
    bench.asks("NODE1", Act::CheckMta { group: "EVS1".into(), ticket }).expect("it is offline");
    bench.until_mta_is_checked()
}

fn written(bench: &mut Bench) -> u64 {
    bench.asks("NODE1", write(Place::Node, None, "one")).expect("there is none yet");
    bench.until_written()
}

/// Going offline takes half of going online, without a broken reservation: the System Attendant's
/// 20 s make 10 s of 6, so that EVS1 is offline at 30:19.5, not at 30:15.5.
#[test]
fn going_offline_takes_half_as_long() {
    let when = |switches: &str| {
        run_with(PAIR, switches, STORY, 0).when("group EVS1 offline on NODE1").to_owned()
    };
    assert_eq!(when(""), "30:15.500");
    assert_eq!(when("system_attendant_online: 20s"), "30:19.500");
    assert_eq!(when("physical_disk_online_after_crash: 60s"), "30:15.500");
}
