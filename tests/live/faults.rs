//! What the live backend makes of replies that get lost, calls that fail and buffers that are too
//! short.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use evsim::backend::{ActError, Backend, observe};
use evsim::harness;
use evsim::model::{
    Act, Action, ErrorCode, Fact, GroupName, NodeName, ResourceName, ResourceState, Span, Time,
};
use evsim::sim::{Event, SharedCluster, Step};
use evsim::simapi::{self, Fate};

use crate::{connect, shipped, vectors};

/// The cluster of the fixture, and the backend of the node that owns its group of names.
fn second_node() -> (SharedCluster, Box<dyn Backend>) {
    let cluster = vectors::simulated();
    let backend = connect(&cluster, &NodeName::from("NODE2"));
    (cluster, backend)
}

fn front() -> ResourceName {
    "Front".into()
}

fn offline(group: &str) -> Action {
    let act = Act::Offline { group: group.into(), resource: front() };
    Action { act, requires: Vec::new() }
}

/// From now on the calls of this function come to this; the others are answered. What is returned
/// counts them.
fn from_now_on(function: &'static str, fate: impl Fn(u32) -> Fate + 'static) -> Rc<Cell<u32>> {
    let calls = Rc::new(Cell::new(0));
    let counted = Rc::clone(&calls);
    simapi::before_each_call(move |called, _, _| {
        if called != function {
            return Fate::Answered;
        }
        counted.set(counted.get() + 1);
        fate(counted.get())
    });
    calls
}

fn only_first(fate: Fate) -> impl Fn(u32) -> Fate {
    move |call| if call == 1 { fate } else { Fate::Answered }
}

/// Requests are not repeated: whether one was carried out whose reply is lost, nobody knows, and
/// what it required was tested for it alone.
#[test]
fn a_request_whose_reply_is_lost_is_made_once() {
    for code in [
        ErrorCode::RPC_S_SERVER_UNAVAILABLE,
        ErrorCode::RPC_S_CALL_FAILED,
        ErrorCode::ERROR_INVALID_HANDLE,
    ] {
        let (cluster, mut backend) = second_node();
        assert!(backend.cluster().is_ok());
        let calls = from_now_on("OfflineClusterResource", only_first(Fate::Lost(code)));
        assert_eq!(backend.start(&offline("Names")), Err(ActError::Failed(code)));
        assert_eq!(calls.get(), 1, "{code}");
        let carried_out = |entry: &&evsim::sim::Entry| matches!(entry.event, Event::Act { .. });
        assert_eq!(cluster.borrow().trace().iter().filter(carried_out).count(), 1, "{code}");
        // What became of it shows in the next look, over a new connection.
        let state = backend.resource(&front()).expect("an answer").state;
        assert_ne!(state, ResourceState::Online);
        drop(backend);
        assert_eq!(simapi::detach().1, 0);
    }
}

/// Questions are: a cluster service that was started anew answers the second time.
#[test]
fn a_question_whose_reply_is_lost_is_asked_once_more() {
    let (_, backend) = second_node();
    let lost = Fate::Lost(ErrorCode::RPC_S_CALL_FAILED);
    let calls = from_now_on("GetClusterResourceState", only_first(lost));
    assert_eq!(backend.resource(&front()).map(|it| it.state), Ok(ResourceState::Online));
    assert_eq!(calls.get(), 2);
    let calls = from_now_on("GetClusterResourceState", move |_| lost);
    let nothing = backend.resource(&front()).map(|it| it.state);
    assert_eq!(nothing, Err(ErrorCode::RPC_S_CALL_FAILED));
    assert_eq!(calls.get(), 2);
    drop(backend);
    assert_eq!(simapi::detach().1, 0);
}

/// Every buffer is once too short, and the same run comes of it: no act is started a second time.
#[test]
fn buffers_that_are_too_short_change_nothing() {
    let mut shortened = 0;
    for (name, scenario) in shipped::scenarios().into_iter().step_by(3) {
        let counted = Rc::new(Cell::new(0));
        let short = Rc::clone(&counted);
        let live = harness::start(&scenario, 0, &|cluster, node| {
            let backend = connect(cluster, node);
            let mut before = BTreeMap::new();
            let short = Rc::clone(&short);
            simapi::before_each_call(move |function, _, _| {
                let answered: &mut bool = before.entry(function).or_insert(true);
                *answered = !*answered;
                match *answered {
                    true => Fate::Answered,
                    false => {
                        short.set(short.get() + 1);
                        Fate::Short
                    }
                }
            });
            backend
        })
        .report();
        assert_eq!(simapi::detach().1, 0, "{name}: handles were left open");
        let direct = harness::run(&scenario, 0);
        assert!(live.text(&name, true) == direct.text(&name, true), "{name} runs differently");
        shortened += counted.get();
    }
    assert!(shortened > 10_000, "only {shortened} buffers were too short");
}

/// A resource that has gone to another group is not asked for as one of the old group's.
#[test]
fn a_resource_of_another_group_is_left_alone() {
    let (cluster, mut backend) = second_node();
    let calls = from_now_on("OfflineClusterResource", |_| Fate::Answered);
    let refused = backend.start(&offline("EVS1"));
    assert_eq!(refused, Err(ActError::Failed(ErrorCode::ERROR_RESOURCE_NOT_FOUND)));
    assert_eq!(calls.get(), 0);
    assert_eq!(backend.start(&offline("Names")), Ok(()));
    assert_eq!(calls.get(), 1);
    drop((backend, cluster));
    assert_eq!(simapi::detach().1, 0);
}

/// A clock that does not answer stands still, and what was seen meanwhile does not count.
#[test]
fn a_host_that_does_not_answer_is_a_disturbance() {
    let (cluster, backend) = second_node();
    cluster.borrow_mut().advance(Time::START + Span::from_ms(60_000));
    let (_, seen) = observe(&*backend);
    assert_eq!(seen, Time::START + Span::from_ms(60_000));
    let before = backend.local();
    assert_eq!(backend.local().changes, before.changes, "nothing happens by itself");
    let failing = Fate::Fails(ErrorCode::ERROR_NOT_READY);
    from_now_on("EvsimHost", move |_| failing);
    cluster.borrow_mut().advance(Time::START + Span::from_ms(120_000));
    let (view, now) = observe(&*backend);
    assert_eq!(now, before.now, "the last that was heard of the clock");
    assert_eq!(view.cluster, Fact::Unknown(ErrorCode::ERROR_RETRY));
    from_now_on("EvsimHost", only_first(failing));
    assert_eq!(backend.local().now, before.now);
    let after = backend.local();
    assert_eq!(after.now, Time::START + Span::from_ms(120_000));
    assert!(after.changes > before.changes, "{} and {}", before.changes, after.changes);
    drop(backend);
    assert_eq!(simapi::detach().1, 0);
}

/// A resource type may have no properties of a kind, and says so as it likes.
#[test]
fn a_type_without_private_properties_is_no_error() {
    let (_, backend) = second_node();
    let private = |code| {
        // A resource's identity, its type, and then its two kinds of private properties.
        from_now_on("ClusterResourceControl", move |call| match call {
            3 | 4 => Fate::Fails(code),
            _ => Fate::Answered,
        });
        backend.resource(&front()).map(|it| it.private.len())
    };
    for code in [
        ErrorCode::ERROR_INVALID_FUNCTION,
        ErrorCode::ERROR_NOT_SUPPORTED,
        ErrorCode::ERROR_CALL_NOT_IMPLEMENTED,
    ] {
        assert_eq!(private(code), Ok(0), "{code}");
    }
    let denied = ErrorCode::ERROR_ACCESS_DENIED;
    assert_eq!(private(denied), Err(denied));
    drop(backend);
    assert_eq!(simapi::detach().1, 0);
}

/// Only what a notification names is read again.
#[test]
fn one_change_is_one_reading() {
    let (cluster, backend) = second_node();
    let calls = Rc::new(RefCell::new(BTreeMap::new()));
    let counted = Rc::clone(&calls);
    simapi::before_each_call(move |function, _, _| {
        *counted.borrow_mut().entry(function).or_insert(0) += 1;
        Fate::Answered
    });
    let look = || {
        let seen = backend.cluster().expect("an answer");
        let calls = std::mem::take(&mut *calls.borrow_mut());
        (seen, calls)
    };
    let (first, made) = look();
    assert_eq!(made["OpenClusterNode"], 2);
    assert_eq!(made["OpenClusterGroup"], 3);
    let resources: usize = first.groups.values().map(|group| group.resources.len()).sum();
    assert_eq!(made["OpenClusterResource"], resources);

    let nothing = BTreeMap::from([("GetClusterInformation", 1), ("GetClusterNotify", 1)]);
    assert_eq!(look().1, nothing, "nothing has changed");

    let asked = cluster.borrow_mut().ask_for(&Step::OfflineResource(front()));
    assert_eq!(asked, Err(ErrorCode::ERROR_IO_PENDING), "it is begun");
    let (second, made) = look();
    let group = GroupName::from("Names");
    assert_ne!(first.groups[&group], second.groups[&group]);
    // The resource and its group, their states; the last of three notifications is that there is
    // none.
    let once = BTreeMap::from([
        ("GetClusterInformation", 1),
        ("GetClusterNotify", 3),
        ("OpenClusterResource", 1),
        ("GetClusterResourceState", 1),
        ("CloseClusterResource", 1),
        ("OpenClusterGroup", 1),
        ("GetClusterGroupState", 1),
        ("ClusterGroupControl", 1),
        ("CloseClusterGroup", 1),
    ]);
    assert_eq!(made, once);
    assert_eq!(look().1, nothing);
    drop(backend);
    assert_eq!(simapi::detach().1, 0);
}
