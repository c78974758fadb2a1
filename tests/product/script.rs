//! What a script does where its stores, their errors or the version of Exchange differ.

use evsim::model::*;
use evsim::product::memory::Outcome;
use evsim::product::request::{Request, Script};
use evsim::product::vocabulary::Skip;

use crate::desk::{Desk, GB};

fn run(desk: &mut Desk, script: Script) -> Vec<String> {
    let mut said = Vec::new();
    let woken = desk.ask(Request::RunJob { script, stores: Vec::new() }).unwrap();
    said.extend(crate::said::reasons(&woken));
    said.extend(desk.settle());
    said
}

fn maintain(desk: &mut Desk) -> Vec<String> {
    run(desk, Script::PreventativeMaintenance)
}

fn defragmented(desk: &Desk) -> Vec<&str> {
    let acts = desk.log.iter().filter(|act| act.contains("defragmentation"));
    acts.filter_map(|act| act.split(' ').next_back()).collect()
}

/// 4 GB are free: a copy of 3.6 GB would need 3.96, one of 3.7 GB 4.07.
#[test]
fn a_store_without_room_for_its_copy_is_passed_over_and_the_others_are_not() {
    let mut desk = Desk::with_product("EVS1");
    desk.add_store("SG1/Just", 3 * GB + GB / 10 * 6);
    desk.add_store("SG1/Large", 3 * GB + GB / 10 * 7);
    let said = maintain(&mut desk);
    assert_eq!(defragmented(&desk), ["SG1/Just", "SG1/Mailbox"]);
    let over: Vec<_> = said.iter().filter(|text| text.contains("passes over")).collect();
    assert_eq!(over, ["job 1 passes over SG1/Large: 4GB free, 4370129221B needed"]);
    assert!(!desk.log.iter().any(|act| act.contains("Large")), "{:#?}", desk.log);
    let told = said.iter().filter(|text| text.contains("notifies") && text.contains("Large"));
    assert_eq!(told.count(), 0, "its users are told of no outage");
    assert_eq!(desk.memory().latest_job(), Some((1, Outcome::Completed)));
}

#[test]
fn as_much_room_as_a_copy_needs_is_enough() {
    let mut desk = Desk::with_product("EVS1");
    desk.disk("EVS1").free = Size::from_bytes(2 * GB).percent(110);
    assert_eq!(maintain(&mut desk).last().unwrap(), "job 1 completed on EVS1");
}

/// The report of the job names what it left.
#[test]
fn the_report_names_what_was_passed_over() {
    let mut desk = Desk::with_product("EVS1");
    desk.add_store("SG1/Large", 40 * GB);
    desk.ask(Request::RunJob { script: Script::PreventativeMaintenance, stores: Vec::new() })
        .unwrap();
    let report = loop {
        let woken = desk.wake();
        let act = &woken.plan.actions.first().expect("it goes on to its end").action.act;
        if let Act::Notify { notice: Notice::MaintenanceFinished, text, .. } = act {
            break text.clone();
        }
        desk.finish();
    };
    assert_eq!(report, "Maintenance Finished: EVS1, job 1, completed; no room to copy SG1/Large");
}

/// The room is looked at when a store's turn comes: what fits then goes on.
#[test]
fn room_that_is_made_or_taken_meanwhile_counts() {
    for (free, expected) in [(40 * GB, vec!["SG1/A", "SG1/B", "SG1/Mailbox"]), (1, vec!["SG1/A"])] {
        let mut desk = Desk::with_product("EVS1");
        desk.add_store("SG1/A", GB);
        desk.add_store("SG1/B", 4 * GB);
        desk.ask(Request::RunJob { script: Script::PreventativeMaintenance, stores: Vec::new() })
            .unwrap();
        while defragmented(&desk).is_empty() {
            desk.wake();
            desk.finish();
        }
        desk.disk("EVS1").free = Size::from_bytes(free);
        desk.settle();
        assert_eq!(defragmented(&desk), expected);
    }
}

/// What is needed is said of the store that needs the least.
#[test]
fn a_job_none_of_whose_stores_has_room_is_skipped() {
    let mut desk = Desk::with_product("EVS1");
    desk.add_store("SG1/A", 8 * GB);
    desk.disk("EVS1").free = Size::from_bytes(2 * GB);
    let said = maintain(&mut desk);
    let text = "job 1 skipped: DiskSpace, 2GB free, 2362232013B needed for SG1/Mailbox";
    assert_eq!(said, [text]);
    assert_eq!(desk.memory().latest_job(), Some((1, Outcome::Skipped(Skip::DiskSpace))));
}

/// An Exchange Virtual Server of another version than its node, and a node without any Exchange.
#[test]
fn a_server_of_another_version_than_its_node_is_not_worked_on() {
    for (node, text) in
        [(Some(Exchange::E2000), "this node runs Exchange 2000"), (None, "this node runs none")]
    {
        let mut desk = Desk::with_product("EVS1");
        desk.storage().exchange = node;
        let said = run(&mut desk, Script::OfflineDiagnosticReport);
        let head = "job 1 skipped: VersionMismatch, EVS1 is of Exchange 2003 and";
        assert_eq!(said, [format!("{head} {text}")]);
    }
}

fn fixed(desk: &Desk) -> Vec<&str> {
    let acts = desk.log.iter().map(String::as_str);
    acts.filter(|act| act.contains("error") || act.contains("defragmentation")).collect()
}

/// Five errors and two more, then none; after the defragmentation one, and then none.
#[test]
fn an_error_fix_runs_again_until_it_puts_none_right() {
    let mut desk = Desk::with_product("EVS1");
    desk.fixes = vec![5, 2, 0, 1];
    let said = maintain(&mut desk);
    let fix = |act: u32| format!("{act}: error fix SG1/Mailbox");
    let defragmentation = "8: defragmentation SG1/Mailbox".to_owned();
    assert_eq!(fixed(&desk), [fix(5), fix(6), fix(7), defragmentation, fix(9), fix(10)]);
    let again: Vec<_> = said.iter().filter(|text| text.contains("again")).collect();
    let text = |fixes: u32| {
        format!("job 1 runs error fix on SG1/Mailbox again: {fixes} errors were put right")
    };
    assert_eq!(again, [&text(5), &text(2), &text(1)]);
    assert_eq!(desk.memory().latest_job(), Some((1, Outcome::Completed)));
}

/// Two stores: what is found in one is no reason to run again on the other. A report mends nothing.
#[test]
fn passes_are_counted_for_each_store_and_only_of_fixes() {
    let mut desk = Desk::with_product("EVS1");
    desk.add_store("SG1/A", GB);
    desk.fixes = vec![3];
    run(&mut desk, Script::StoreErrorCorrection);
    let (a, mailbox) = ("error fix SG1/A", "error fix SG1/Mailbox");
    let acts = [format!("5: {a}"), format!("6: {a}"), format!("12: {mailbox}")];
    assert_eq!(fixed(&desk), acts);
    let mut desk = Desk::with_product("EVS1");
    desk.fixes = vec![3];
    run(&mut desk, Script::OfflineDiagnosticReport);
    assert_eq!(fixed(&desk), ["5: error report SG1/Mailbox"]);
}

#[test]
fn an_error_fix_that_always_finds_more_is_left_after_ten_passes() {
    let mut desk = Desk::with_product("EVS1");
    desk.fixes = vec![7; 30];
    let said = run(&mut desk, Script::StoreErrorCorrection);
    assert_eq!(fixed(&desk).len(), 10);
    let left: Vec<_> = said.iter().filter(|text| text.contains("leaves")).collect();
    let text =
        "job 1 leaves the errors of SG1/Mailbox after 10 passes, the last of which put 7 right";
    assert_eq!(left, [text]);
    assert_eq!(desk.memory().latest_job(), Some((1, Outcome::Completed)));
}

/// The way back counts on from the passes that were run.
#[test]
fn a_job_that_is_ended_in_a_later_pass_puts_its_store_back() {
    let mut desk = Desk::with_product("EVS1");
    desk.fixes = vec![5, 5, 5];
    desk.ask(Request::RunJob { script: Script::StoreErrorCorrection, stores: Vec::new() }).unwrap();
    while fixed(&desk).len() < 3 {
        desk.finish();
        desk.wake();
    }
    desk.ask_while_under_way(Request::Cancel { job: None });
    desk.wake();
    desk.finish_writes();
    desk.settle();
    let last: Vec<_> = desk.log.iter().filter(|act| !act.contains("write")).skip(7).collect();
    assert_eq!(last[..2], ["end 7 on SG1/Mailbox", "mount SG1/Mailbox"]);
    assert_eq!(last[2], "14: notify Storage Online");
    assert_eq!(desk.store("EVS1").mount, MountState::Mounted);
}
