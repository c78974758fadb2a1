//! Random histories: whatever happens around the product, it never fails, writes or acts and never
//! both, and touches no other server than the designated one.

use std::cell::RefCell;
use std::collections::BTreeMap;

use evsim::model::*;
use evsim::product::policy::License;
use evsim::product::request::{Request, Script, Timing};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRng, TestRunner};

use crate::desk::Desk;

#[derive(Clone, Debug)]
enum Event {
    Step,
    Wake,
    Mend,
    Finish,
    Crash,
    Ask(Request),
    Resource(bool, usize, usize),
    Move(bool, bool),
    Node(usize),
    Service(usize, bool),
    Mount(bool, usize),
    Rename(bool),
    Garble,
    Space(u64),
}

fn event() -> impl Strategy<Value = Event> {
    let job = Request::RunJob { script: Script::PreventativeMaintenance, stores: Vec::new() };
    let license =
        Request::License { license: License::UNLIMITED, designate: None, unattended: false };
    let designate = Request::Designate { evs: "EVS1".into() };
    prop_oneof![
        150 => Just(Event::Step),
        20 => Just(Event::Wake),
        20 => Just(Event::Finish),
        6 => Just(Event::Mend),
        1 => Just(Event::Crash),
        3 => Just(Event::Ask(job)),
        1 => Just(Event::Ask(Request::Revoke)),
        1 => Just(Event::Ask(license)),
        1 => Just(Event::Ask(designate)),
        2 => (0..400u64, any::<bool>()).prop_map(|(first, job)| Event::Ask(schedule(first, job))),
        1 => Just(Event::Ask(Request::CancelSchedule { schedule: None })),
        2 => (any::<bool>(), 0..5usize, 0..5usize).prop_map(|(a, b, c)| Event::Resource(a, b, c)),
        2 => (any::<bool>(), any::<bool>()).prop_map(|(a, b)| Event::Move(a, b)),
        1 => (0..4usize).prop_map(Event::Node),
        1 => (0..4usize, any::<bool>()).prop_map(|(a, b)| Event::Service(a, b)),
        2 => (any::<bool>(), 0..4usize).prop_map(|(a, b)| Event::Mount(a, b)),
        1 => any::<bool>().prop_map(Event::Rename),
        1 => Just(Event::Garble),
        1 => (0..4u64).prop_map(Event::Space),
    ]
}

/// Something that is due soon: a desk's clock moves a millisecond with each change.
fn schedule(first: u64, job: bool) -> Request {
    let timing = Timing { first: Time::from_ms(first), every: Some(Span::from_ms(first + 50)) };
    let (script, stores) = (Script::PreventativeMaintenance, Vec::new());
    let (limit, notice) = (Some(Span::from_ms(40)), Some(Span::from_ms(20)));
    match job {
        true => Request::ScheduleJob { timing, script, stores, limit, notice },
        false => Request::ScheduleCheck { timing },
    }
}

fn happen(desk: &mut Desk, event: &Event) {
    let evs = |first: bool| if first { "EVS1" } else { "EVS2" };
    match event {
        Event::Step => {
            check_wake(desk);
            desk.finish();
        }
        Event::Wake => check_wake(desk),
        Event::Mend => mend(desk),
        Event::Finish => desk.finish(),
        Event::Crash => desk.lose_what_is_under_way(),
        Event::Ask(request) => {
            if let Ok(woken) = desk.ask(request.clone()) {
                assert!(woken.plan.is_well_formed());
            }
        }
        Event::Resource(first, which, state) => {
            let name = ["IP", "Name", "Disk", "SA", "IS"][*which];
            desk.put(evs(*first), name, ResourceState::ALL[*state % ResourceState::ALL.len()]);
        }
        Event::Move(first, here) => {
            desk.group(evs(*first)).owner = if *here { "NODE1" } else { "NODE2" }.into();
        }
        Event::Node(state) => desk.own_node().state = NodeState::ALL[*state],
        Event::Service(state, reachable) => {
            desk.service = ServiceState::ALL[*state];
            let code = ErrorCode::RPC_S_SERVER_UNAVAILABLE;
            desk.reachable = if *reachable { Ok(()) } else { Err(code) };
        }
        Event::Mount(first, state) => desk.store(evs(*first)).mount = MountState::ALL[*state],
        Event::Rename(back) => {
            let name = if *back { "EVS1" } else { "MAIL" };
            desk.private("EVS1", "SA").insert("NetworkName".into(), name.into());
        }
        Event::Garble => {
            if let Some(record) = &mut desk.disks.get_mut(&"EVS1".into()).unwrap().record {
                record.text = format!("{}}}", record.text).into();
            }
        }
        Event::Space(gigabytes) => {
            desk.disk("EVS1").free = Size::from_bytes(gigabytes * crate::desk::GB);
        }
    }
}

/// The administrator puts everything right: only the records stay as they are.
fn mend(desk: &mut Desk) {
    let whole = Desk::new();
    desk.cluster = whole.cluster;
    (desk.service, desk.reachable) = (whole.service, whole.reachable);
    desk.disk("EVS1").free = Size::from_bytes(4 * crate::desk::GB);
    let disk = &mut desk.disks.get_mut(&"EVS1".into()).unwrap().record;
    if let Some(record) = disk {
        while serde_json::from_str::<serde_json::Value>(&record.text).is_err() {
            let before = record.text.strip_suffix('}').expect("only braces were put behind it");
            record.text = before.into();
        }
    }
}

fn check_wake(desk: &mut Desk) {
    let before = desk.clone();
    let woken = desk.wake();
    assert!(woken.plan.is_well_formed());
    assert_eq!(woken.plan, before.clone().wake().plan, "the same values, the same decision");
    for planned in &woken.plan.actions {
        assert_ne!(planned.reason.to_string(), "");
        let group = planned.action.act.group();
        assert!(group.is_none_or(|group| *group == "EVS1".into()), "{planned:?}");
        if let Act::Dismount { .. } | Act::StartTool { .. } = planned.action.act {
            assert!(before.group_is_ours("EVS1"), "{planned:?}");
        }
    }
}

/// The same histories every time: what they reach is counted, so that they are known to reach it.
#[test]
fn whatever_happens_only_the_designated_server_is_touched() {
    let config = Config { cases: 128, failure_persistence: None, ..Config::default() };
    let algorithm = config.rng_algorithm;
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(algorithm));
    let reached = RefCell::new(BTreeMap::<String, u32>::new());
    let history = proptest::collection::vec(event(), 1..200);
    let result = runner.run(&history, |events| {
        let mut desk = Desk::with_product("EVS1");
        desk.group("EVS2").owner = "NODE1".into();
        for event in &events {
            happen(&mut desk, event);
        }
        prop_assert_eq!(&desk.disks[&GroupName::from("EVS2")].record, &None);
        for act in &desk.log {
            *reached.borrow_mut().entry(act.clone()).or_default() += 1;
        }
        Ok(())
    });
    result.unwrap();
    let reached = reached.into_inner();
    for act in ["dismount SG1/Mailbox", "6: defragmentation SG1/Mailbox", "mount SG1/Mailbox"] {
        let times = reached.get(act).copied().unwrap_or_default();
        assert!(times >= 10, "{act} was reached {times} times: {reached:#?}");
    }
}
