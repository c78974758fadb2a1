//! Exchange 2007 with two copies of each store: roles, logs, what is lost, and what is made anew.

use evsim::backend::Backend;
use evsim::model::{
    Act, Copies, CopyState, CopyView, ErrorCode, MountState, StorageGroupName, Ticket, Tool,
};
use evsim::sim::{CopyChange, Step};

use crate::tale::{read, run, run_with};
use crate::work::{Bench, disk, dismount, mount, tool, write};

/// A server of two stores on two nodes. SG1/A gets a log every 30 s, SG2/B none.
pub(crate) const TWO: &str = "windows: 2003, exchange: 2007, nodes: [NODE1, NODE2], \
    quorum: majority_with_witness, evs: { EVS1: { owner: NODE1, preferred: [NODE1, NODE2], \
    copies: replicated, stores: { SG1/A: { size: 2GB, used: 1GB, logs: 120 }, SG2/B: 1GB } } }";

pub(crate) fn with_dial(dial: &str) -> String {
    TWO.replace("replicated,", &format!("replicated, mount_dial: {dial},"))
}

fn of(storage_group: &str) -> StorageGroupName {
    StorageGroupName::from(storage_group)
}

fn suspend() -> Act {
    Act::SuspendCopy { group: "EVS1".into(), storage_group: of("SG1") }
}

fn resume() -> Act {
    Act::ResumeCopy { group: "EVS1".into(), storage_group: of("SG1") }
}

fn reseed(act: u32) -> Act {
    let ticket = Ticket { job: 9, act };
    Act::Reseed { group: "EVS1".into(), storage_group: of("SG1"), ticket }
}

/// The copy of SG1 as NODE1 sees it.
fn copy(bench: &Bench) -> CopyView {
    match bench.disk().copies {
        Copies::Replicated(copies) => copies[&of("SG1")],
        Copies::Shared => panic!("EVS1 is replicated"),
    }
}

fn change(change: CopyChange) -> Step {
    Step::ChangeCopy { group: "EVS1".into(), store: "SG1/A".into(), change }
}

#[test]
fn a_replicated_server_has_no_disk_that_moves_with_it() {
    let cluster = read(TWO, "", "").cluster;
    let types: Vec<&str> = cluster.groups[1].resources.iter().map(|it| &*it.type_name).collect();
    assert!(!types.contains(&"Physical Disk"), "{types:?}");
    let database = cluster.groups[1].resources.last().expect("SG2/B is one");
    let below: Vec<&str> = database.depends_on.iter().map(|name| name.as_str()).collect();
    assert_eq!(below, ["Exchange Information Store Instance - (EVS1)"]);
    let bench = Bench::of(TWO, "", 0);
    assert_eq!(
        copy(&bench),
        CopyView { state: CopyState::Healthy, seeded: None, missing: 0, in_touch: true }
    );
}

/// Down as with a single copy: 5 s, 7.5 s, 1.5 s and 0.5 s; up: 1 s, 3 s, 15 s and 5 s. Every full
/// log is on NODE2 already, and the last third of one takes 0.167 s while all that goes on.
#[test]
fn a_planned_move_takes_every_log_along() {
    let tale = run(TWO, "{ at: 10m10s, move: { evs: EVS1, to: NODE2 } }");
    tale.tells(&[
        "10:24.500 EVS1 NODE1 -> NODE2: moved by an administrator",
        "10:48.500 SG1/A mounted on NODE2",
    ]);
    tale.tells_only("lost", &[]);
    tale.tells_only("copy of", &[]);
}

/// NODE2 has 20 logs at 10 minutes. At 70:01 there are 140.033, so that 120.033 have to be shipped,
/// two a second from 70:00.001 on. The store is on its way from 70:34.500 on: 68.998 are there, the
/// others take 25.518 s, and mounting 5 s.
#[test]
fn a_planned_move_waits_for_the_logs_that_are_queued() {
    let tale = run(
        TWO,
        "{ at: 10m, suspend_copy: { evs: EVS1, store: SG1/A } }, \
         { at: 70m, resume_copy: { evs: EVS1, store: SG1/A } }, \
         { at: 70m1s, move: { evs: EVS1, to: NODE2 } }",
    );
    tale.tells(&[
        "10:00.001 copy of SG1 on NODE2 suspended",
        "01:10:00.001 copy of SG1 on NODE2 healthy",
        "01:10:39.500 SG2/B mounted on NODE2",
        "01:11:05.018 SG1/A mounted on NODE2",
    ]);
    tale.tells_only("lost", &[]);
}

/// After 610 s the 21st log is a third full. The sixth beat is missing at 616.8 s, NODE2 has the
/// quorum 8 s later, and the store after another 24 s. NODE1 is back at 21:00 and follows: its own
/// third of a log is thrown away.
#[test]
fn a_crash_loses_the_log_that_was_not_full() {
    let steps = "{ at: 10m10s, crash: NODE1 }, { at: 20m, boot: NODE1 }";
    let tale = run(TWO, steps);
    tale.tells(&["10:48.800 SG1/A on NODE2 lost 1 logs", "10:48.800 SG1/A mounted on NODE2"]);
    tale.tells_only(
        "copy of",
        &[
            "10:10.000 copy of SG1 on NODE2 failed",
            "10:10.000 copy of SG2 on NODE2 failed",
            "21:00.000 copy of SG1 on NODE1 healthy",
            "21:00.000 copy of SG2 on NODE1 healthy",
        ],
    );
    let strict = run_with(TWO, "diverged_copy: full_reseed", steps, 0);
    strict.tells_only("21:00.000 copy of", &["21:00.000 copy of SG2 on NODE1 healthy"]);
}

/// NODE2 had 20 logs when its copy was suspended, and NODE1 one more each 30 s. What is one second
/// older than so many logs lacks another.
#[test]
fn a_store_that_lacks_more_logs_than_its_dial_allows_is_not_mounted() {
    for (dial, most, seconds) in
        [("lossless", 0, 0), ("good_availability", 3, 90), ("best_availability", 6, 180)]
    {
        let crash = |at: u64| {
            let cluster = with_dial(dial);
            let steps = format!(
                "{{ at: 10m, suspend_copy: {{ evs: EVS1, store: SG1/A }} }}, \
                 {{ at: {at}s, crash: NODE1 }}"
            );
            run(&cluster, &steps)
        };
        let (fits, too_old) = (crash(600 + seconds), crash(601 + seconds));
        assert_eq!(fits.with("SG1/A mounted").count(), 1, "{dial}: {fits:#?}");
        assert_eq!(fits.with("waits").count(), 0, "{dial}");
        assert_eq!(too_old.with("SG1/A mounted").count(), 0, "{dial}: {too_old:#?}");
        let waits = format!("SG1/A waits on NODE2 for {} logs", most + 1);
        assert!(too_old.with(&waits).count() == 1, "{waits}: {too_old:#?}");
        assert_eq!(too_old.group("EVS1"), "NODE2 partially online");
    }
}

/// 6.8 s, 8 s, 1 s, 3 s and 15 s: the Information Store is online at 10:43.8, and the store waits.
/// NODE1 is there again from 21:00 on: a third of a log in 0.167 s, and 5 s.
#[test]
fn a_store_that_waits_is_mounted_when_its_logs_are_back() {
    let tale =
        run(&with_dial("lossless"), "{ at: 10m10s, crash: NODE1 }, { at: 20m, boot: NODE1 }");
    tale.tells(&[
        "10:43.800 SG1/A waits on NODE2 for 1 logs",
        "10:48.800 SG2/B mounted on NODE2",
        "21:05.167 SG1/A mounted on NODE2",
    ]);
    tale.tells_only("lost", &[]);
}

#[test]
fn an_administrator_can_accept_what_is_lost() {
    let tale = run(
        &with_dial("lossless"),
        "{ at: 1m, restore_copy: { evs: EVS1, store: SG1/A } }, { at: 10m10s, crash: NODE1 }, \
         { at: 11m, mount: { evs: EVS1, store: SG1/A } }, \
         { at: 12m, restore_copy: { evs: EVS1, store: SG1/A } }",
    );
    tale.tells(&[
        "01:00.000 accept what is lost of SG1/A of EVS1: 5023 ERROR_INVALID_STATE",
        "11:00.000 mount SG1/A of EVS1: 21 ERROR_NOT_READY",
        "12:05.000 SG1/A on NODE2 lost 1 logs",
        "12:05.000 SG1/A mounted on NODE2",
    ]);
}

/// Ten logs at the most can be thrown away: NODE1 has 10, or 11, that NODE2 never had.
#[test]
fn a_copy_with_many_logs_of_its_own_has_to_be_seeded() {
    let states = |crash: &str| {
        let tale = run(
            TWO,
            &format!(
                "{{ at: 10m, suspend_copy: {{ evs: EVS1, store: SG1/A }} }}, \
                 {{ at: {crash}, crash: NODE1 }}, \
                 {{ at: 30m, restore_copy: {{ evs: EVS1, store: SG1/A }} }}, \
                 {{ at: 40m, boot: NODE1 }}, \
                 {{ at: 50m, resume_copy: {{ evs: EVS1, store: SG1/A }} }}"
            ),
        );
        tale.with("50:00.001 copy of SG1").map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(states("15m"), ["50:00.001 copy of SG1 on NODE1 healthy"]);
    assert_eq!(states("15m1s"), ["50:00.001 copy of SG1 on NODE1 failed"]);
}

/// 2 GB at 2 minutes a gigabyte.
#[test]
fn a_suspended_copy_is_made_anew_in_a_time_by_its_size() {
    let bench = Bench::of(TWO, "", 0);
    assert_eq!(bench.asks("NODE1", reseed(1)), Err(ErrorCode::ERROR_INVALID_STATE), "it follows");
    assert_eq!(bench.asks("NODE1", resume()), Err(ErrorCode::ERROR_INVALID_STATE));
    bench.asks("NODE1", suspend()).expect("it follows");
    assert_eq!(copy(&bench).state, CopyState::Healthy, "not yet");
    bench.passes(1);
    assert_eq!(copy(&bench).state, CopyState::Suspended);
    assert_eq!(bench.asks("NODE1", suspend()), Err(ErrorCode::ERROR_INVALID_STATE));
    let there = bench.asks("NODE2", reseed(1));
    assert_eq!(there, Err(ErrorCode::ERROR_HOST_NODE_NOT_GROUP_OWNER));
    bench.asks("NODE1", reseed(1)).expect("it is suspended");
    let seeded = Some(Ticket { job: 9, act: 1 });
    assert_eq!(
        copy(&bench),
        CopyView { state: CopyState::Seeding, seeded, missing: 0, in_touch: true }
    );
    assert_eq!(bench.asks("NODE1", resume()), Err(ErrorCode::ERROR_BUSY));
    bench.passes(239_999);
    assert_eq!(copy(&bench).state, CopyState::Seeding);
    bench.passes(1);
    assert_eq!(
        copy(&bench),
        CopyView { state: CopyState::Healthy, seeded, missing: 0, in_touch: true }
    );
}

/// A seeding that is cut off leaves files that are no good: resumed, the copy has failed.
#[test]
fn a_seeding_ends_with_what_it_reads_or_writes() {
    let cuts: [&dyn Fn(&Bench); 3] = [
        &|bench| bench.befalls(Step::Crash("NODE2".into())),
        &|bench| bench.asks("NODE1", dismount("SG1/A")).expect("it is mounted"),
        &|bench| {
            bench.befalls(Step::Partition {
                sides: vec![vec!["NODE1".into()], vec!["NODE2".into()]],
                span: Some(evsim::model::Span::from_secs(1)),
            })
        },
    ];
    for (at, cut) in cuts.iter().enumerate() {
        let bench = Bench::of(TWO, "", 0);
        bench.asks("NODE1", suspend()).expect("it follows");
        bench.passes(1);
        bench.asks("NODE1", reseed(1)).expect("it is suspended");
        bench.passes(60_000);
        cut(&bench);
        assert_eq!(copy(&bench).state, CopyState::Suspended, "{at}");
        bench.passes(600_000);
        bench.asks("NODE1", resume()).expect("it is suspended");
        bench.passes(1);
        assert_eq!(copy(&bench).state, CopyState::Failed, "{at}");
    }
}

/// A defragmentation makes the store anew, whether it was through or not once it had begun to put
/// its new file in place. The seeding reads the 1 GB that is left.
#[test]
fn a_store_that_was_defragmented_has_to_be_seeded() {
    let mut bench = Bench::of(TWO, "", 0);
    bench.asks("NODE1", suspend()).expect("it follows");
    bench.passes(1);
    bench.asks("NODE1", dismount("SG1/A")).expect("it is mounted");
    bench.passes(5_000);
    let fix = bench.run("SG1/A", Tool::ErrorFix);
    bench.asks("NODE1", resume()).expect("it is suspended");
    bench.passes(1);
    assert_eq!(copy(&bench).state, CopyState::Healthy, "an error fix is logged: {fix:?}");
    bench.asks("NODE1", suspend()).expect("it follows");
    bench.passes(1);
    bench.run("SG1/A", Tool::Defragment);
    bench.asks("NODE1", resume()).expect("it is suspended");
    bench.passes(1);
    assert_eq!(copy(&bench).state, CopyState::Failed);
    bench.asks("NODE1", mount("SG1/A")).expect("it is dismounted");
    bench.passes(5_000);
    bench.asks("NODE1", suspend()).expect("it has failed");
    bench.passes(1);
    bench.asks("NODE1", reseed(2)).expect("it is suspended");
    bench.passes(119_999);
    assert_eq!(copy(&bench).state, CopyState::Seeding);
    bench.passes(1);
    assert_eq!(copy(&bench).state, CopyState::Healthy);
}

/// 5023. A store that nobody uses has nothing to lose.
#[test]
fn a_server_is_not_moved_while_a_copy_cannot_take_over() {
    let to = || Step::Move { group: "EVS1".into(), to: Some("NODE2".into()) };
    let bench = Bench::of(TWO, "", 0);
    bench.befalls(change(CopyChange::Suspend));
    bench.passes(1);
    bench.befalls(to());
    bench.passes(60_000);
    assert!(bench.node("NODE1").storage(&disk()).is_ok(), "it is still there");
    bench.asks("NODE1", dismount("SG1/A")).expect("it is mounted");
    bench.passes(5_000);
    bench.befalls(to());
    bench.passes(60_000);
    assert!(bench.node("NODE2").storage(&disk()).is_ok(), "it has moved");
    let tale = run(
        TWO,
        "{ at: 1m, suspend_copy: { evs: EVS1, store: SG1/A } }, \
         { at: 2m, move: { evs: EVS1, to: NODE2 } }",
    );
    tale.tells(&["02:00.000 move EVS1 to NODE2: 5023 ERROR_INVALID_STATE"]);
}

/// Each node has its own disk: what is written there stays there, and comes back with the server.
#[test]
fn a_record_stays_on_the_disk_of_its_node() {
    let bench = Bench::of(TWO, "", 0);
    let to = |node: &str| Step::Move { group: "EVS1".into(), to: Some(node.into()) };
    bench.asks("NODE1", write(disk(), None, "of NODE1")).expect("there is none yet");
    bench.passes(10);
    bench.befalls(to("NODE2"));
    bench.passes(60_000);
    let there = bench.node("NODE2").storage(&disk()).expect("NODE2 owns it");
    assert_eq!(there.record, None);
    bench.befalls(to("NODE1"));
    bench.passes(60_000);
    let back = bench.node("NODE1").storage(&disk()).expect("NODE1 owns it");
    assert_eq!(&*back.record.expect("it was written").text, "of NODE1");
}

/// NODE1 dies while it seeds NODE2: what is there is no good. Its own files are, when it is back.
#[test]
fn an_incomplete_copy_is_not_mounted() {
    let tale = run(
        TWO,
        "{ at: 1m, suspend_copy: { evs: EVS1, store: SG1/A } }, \
         { at: 2m, reseed_copy: { evs: EVS1, store: SG1/A } }, { at: 3m, crash: NODE1 }, \
         { at: 10m, boot: NODE1 }, { at: 20m, move: { evs: EVS1, to: NODE1 } }",
    );
    tale.tells(&[
        "03:15.200 EVS1 on other copies [\"SG1/A\"]",
        "03:39.200 SG1/A (EVS1) failed on NODE2: 1392 ERROR_FILE_CORRUPT",
    ]);
    tale.tells_only("SG1/A mounted", &["20:38.500 SG1/A mounted on NODE1"]);
    assert_eq!(tale.group("EVS1"), "NODE1 online");
}

/// A disk takes its copies with it and nothing else; the health thread looks each 10 s, counted from
/// the start. What is not online goes down at once: 7.5 s, 1.5 s and 0.5 s. After 65 s the third log
/// was not full: it is lost. The other node's copies serve; what was lost is seeded onto the new
/// disk.
#[test]
fn a_dead_disk_costs_one_copy() {
    let tale = run(
        TWO,
        "{ at: 1m5s, fail_disk: EVS1 }, { at: 2m, move: { evs: EVS1, to: NODE2 } }, \
         { at: 10m, replace_disk: EVS1 }, { at: 20m, suspend_copy: { evs: EVS1, store: SG1/A } }, \
         { at: 21m, reseed_copy: { evs: EVS1, store: SG1/A } }",
    );
    tale.tells(&[
        "01:05.000 copy of SG1 on NODE2 failed",
        "01:10.000 SG1/A (EVS1) failed on NODE1",
        "01:15.000 SG1/A (EVS1) failed on NODE1: 1117 ERROR_IO_DEVICE",
        "02:33.500 SG1/A on NODE2 lost 1 logs",
        "02:33.500 SG2/B mounted on NODE2",
        "25:00.000 copy of SG1 on NODE1 healthy",
    ]);
    tale.tells_only("healthy", &["25:00.000 copy of SG1 on NODE1 healthy"]);
    tale.tells_only(
        "EVS1 NODE1 -> NODE2",
        &["02:09.500 EVS1 NODE1 -> NODE2: moved by an administrator"],
    );
}

#[test]
fn acts_on_copies_that_are_not_there_are_refused() {
    let single =
        TWO.replace("copies: replicated,", "").replace("majority_with_witness", "majority");
    let bench = Bench::of(&single, "", 0);
    assert_eq!(bench.asks("NODE1", suspend()), Err(ErrorCode::ERROR_NOT_SUPPORTED));
    let bench = Bench::of(TWO, "", 0);
    let none = Act::SuspendCopy { group: "EVS1".into(), storage_group: of("SG9") };
    assert_eq!(bench.asks("NODE1", none), Err(ErrorCode::ERROR_FILE_NOT_FOUND));
    bench.asks("NODE1", suspend()).expect("it follows");
    bench.passes(1);
    bench.asks("NODE1", dismount("SG1/A")).expect("it is mounted");
    bench.passes(5_000);
    bench.asks("NODE1", tool("SG1/A", Tool::ConsistencyCheck)).expect("it is dismounted");
    assert_eq!(bench.asks("NODE1", reseed(1)), Err(ErrorCode::ERROR_BUSY), "a tool has its files");
    bench.passes(2_000);
    bench.befalls(Step::Crash("NODE2".into()));
    let gone = bench.asks("NODE1", reseed(1));
    assert_eq!(gone, Err(ErrorCode::ERROR_HOST_NODE_NOT_AVAILABLE));
    assert_eq!(bench.store("SG1/A").0, MountState::Dismounted);
}
