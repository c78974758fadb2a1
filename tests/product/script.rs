//! What a script does where its stores, their errors or the version of Exchange differ.

use evsim::model::*;
use evsim::product::memory::Outcome;
use evsim::product::request::{Request, Script};
use evsim::product::vocabulary::Skip;

use crate::desk::{Desk, GB};

fn run(desk: &mut Desk, script: Script) -> Vec<String> {
    let mut said = Vec::new();
    let woken = desk.ask(Request::RunJob { script, stores: Vec::new() }).unwrap();
    said.extend(crate::desk::reasons(&woken));
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
    assert_eq!(desk.memory().latest_job(), Some((1, Outcome::Completed)));
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
