//! Each call of one look at a cluster, and of one act on it, fails with each error, or its reply is
//! lost; or the cluster changes just before it. What is seen is so or is unknown, what is done is
//! done once, and nothing is done on doubt.
//!
//! With `EVSIM_FAULTS=all` every error is tried, after every change; else those that mean something,
//! after some.

use std::cell::RefCell;
use std::rc::Rc;

use evsim::backend::clusapi::LiveBackend;
use evsim::backend::clusapi::host::LibraryHost;
use evsim::backend::{ActError, Backend, Census, GroupFacts, Local, observe};
use evsim::harness;
use evsim::model::{
    Act, Action, ErrorCode, Fact, NodeName, NodeView, Place, ResourceName, ResourceView, Span,
    StorageView, Time, View,
};
use evsim::product::picture::Picture;
use evsim::product::plan::{Planned, plan};
use evsim::product::policy::Policy;
use evsim::scenario::{self, Scenario};
use evsim::sim::{Deed, Event, SharedCluster, SimBackend, Step};
use evsim::simapi::{self, Fate};

use crate::injection::keeps_open;

/// A job that takes the store of EVS1 offline at 1m; the stores of Exchange 2007 are resources, so
/// that the cluster is asked for it.
fn scenario(exchange: u32) -> Scenario {
    let text = format!(
        "\
about: A job on EVS1.
cluster:
  name: MAILCLUSTER
  windows: 2003
  exchange: {exchange}
  nodes: [NODE1, NODE2]
  evs: {{ EVS1: {{ owner: NODE1, stores: {{ SG1/Mailbox: 500MB }} }} }}
product:
  NODE1: {{ license: unlimited, designate: EVS1 }}
steps:
  - {{ at: 1m, run_job: {{ node: NODE1, script: store-error-correction }} }}
until: 20m
"
    );
    scenario::read(text.as_bytes(), "calls.yaml").unwrap_or_else(|wrong| panic!("{wrong}"))
}

fn node() -> NodeName {
    "NODE1".into()
}

/// The cluster at this moment of the scenario.
fn staged(scenario: &Scenario, at: Span) -> SharedCluster {
    let mut run = harness::start(scenario, 0, &harness::connect_directly);
    run.advance(Time::START + at);
    Rc::clone(run.cluster())
}

fn all() -> bool {
    std::env::var("EVSIM_FAULTS").is_ok_and(|which| which == "all")
}

/// Errors that mean something to whoever calls: no right, a buffer too short, the end of a list, no
/// such thing, a connection that is dead.
static TELLING: [ErrorCode; 5] = [
    ErrorCode::ERROR_ACCESS_DENIED,
    ErrorCode::ERROR_MORE_DATA,
    ErrorCode::ERROR_NO_MORE_ITEMS,
    ErrorCode::ERROR_INVALID_FUNCTION,
    ErrorCode::RPC_S_CALL_FAILED,
];

/// What one call comes to.
#[derive(Clone, Copy, Debug)]
struct Fault {
    call: usize,
    fate: Fate,
}

/// Every one of so many calls with each of these errors, as `fate` has it.
fn faults(
    calls: usize,
    some: &'static [ErrorCode],
    fate: fn(ErrorCode) -> Fate,
) -> impl Iterator<Item = Fault> {
    let errors = if all() { ErrorCode::ALL } else { some };
    let errors = errors.iter().filter(|code| **code != ErrorCode::ERROR_SUCCESS);
    (1..=calls)
        .flat_map(move |call| errors.clone().map(move |code| Fault { call, fate: fate(*code) }))
}

/// The same, and with errors that only hide the reply.
fn faults_and_losses(calls: usize) -> impl Iterator<Item = Fault> {
    let losses = faults(calls, &[ErrorCode::RPC_S_CALL_FAILED], Fate::Lost);
    faults(calls, &TELLING, Fate::Fails).chain(losses)
}

/// The names of the functions, call by call.
type Calls = Rc<RefCell<Vec<&'static str>>>;

/// From now on calls are counted, and `before` says what each comes to.
fn counted(before: impl Fn(usize, &SharedCluster) -> Fate + 'static) -> Calls {
    let calls = Calls::default();
    let seen = Rc::clone(&calls);
    simapi::before_each_call(move |function, _, cluster| {
        seen.borrow_mut().push(function);
        let call = seen.borrow().len();
        before(call, cluster)
    });
    calls
}

fn only(fault: Fault) -> impl Fn(usize, &SharedCluster) -> Fate {
    move |call, _| if call == fault.call { fault.fate } else { Fate::Answered }
}

/// The live backend, which has not opened the cluster yet.
fn live(cluster: &SharedCluster) -> LiveBackend {
    simapi::attach(cluster);
    let table = simapi::table();
    let host = LibraryHost::new(&table, &node()).expect("the simulated library has a host");
    LiveBackend::new(&table, &node(), Box::new(host))
}

/// One look with `before` deciding about its calls; the functions that it called, and how many
/// handles it left open.
fn look(
    cluster: &SharedCluster,
    before: impl Fn(usize, &SharedCluster) -> Fate + 'static,
) -> ((View, Time), Vec<&'static str>, usize) {
    let backend = live(cluster);
    let calls = counted(before);
    let seen = observe(&backend);
    drop(backend);
    (seen, calls.take(), simapi::detach().1)
}

fn truth(cluster: &SharedCluster) -> View {
    let backend = SimBackend::new(cluster, &node()).expect("it is a node");
    observe(&backend).0
}

fn is_so<T: PartialEq>(seen: &Fact<T>, so: &Fact<T>) -> bool {
    seen == so || matches!(seen, Fact::Unknown(_))
}

/// Whether the view says nothing that is not so.
fn says_what_is_so(seen: &View, so: &View) -> bool {
    let disk = |(name, seen): (_, &Fact<StorageView>)| {
        so.disks.get(name).is_some_and(|so| is_so(seen, so))
    };
    is_so(&seen.cluster, &so.cluster)
        && is_so(&seen.own, &so.own)
        && seen.disks.iter().all(disk)
        && (seen.cluster.known().is_none() || seen.disks.len() == so.disks.len())
}

fn decided(view: View, now: Time) -> Vec<Planned> {
    plan(&Policy::default(), &Picture::of(view, None), now).actions
}

/// A view without private properties: to the errors with which types say that they have none, a
/// look has to give credence.
fn without_properties(view: &View, fault: Fault, function: &str) -> bool {
    let none = [
        ErrorCode::ERROR_INVALID_FUNCTION,
        ErrorCode::ERROR_NOT_SUPPORTED,
        ErrorCode::ERROR_CALL_NOT_IMPLEMENTED,
    ];
    let code = match fault.fate {
        Fate::Fails(code) | Fate::Lost(code) => code,
        Fate::Answered | Fate::Short => return false,
    };
    let lacks = |it: &ResourceView| it.private.is_empty();
    let groups = view.cluster.known().into_iter().flat_map(|cluster| cluster.groups.values());
    let lacks = groups.flat_map(|group| group.resources.values()).any(lacks);
    none.contains(&code) && function == "ClusterResourceControl" && lacks
}

#[test]
fn whichever_call_of_a_look_fails_it_sees_what_is_so() {
    let (mut tried, mut blind, mut bare) = (0, 0, 0);
    for exchange in [2003, 2007] {
        let cluster = staged(&scenario(exchange), Span::from_secs(70));
        let so = truth(&cluster);
        let ((seen, now), calls, open) = look(&cluster, |_, _| Fate::Answered);
        assert_eq!((&seen, open), (&so, 0));
        let expected = decided(seen, now);
        for fault in faults_and_losses(calls.len()) {
            let ((seen, now), called, open) = look(&cluster, only(fault));
            let function = called[fault.call - 1];
            let what = format!("{exchange}: {fault:?}, {function}");
            assert_eq!(open, usize::from(keeps_open(function, fault.fate)), "{what}");
            blind += usize::from(seen.cluster.known().is_none());
            let is_bare = without_properties(&seen, fault, function);
            bare += usize::from(is_bare);
            assert!(is_bare || says_what_is_so(&seen, &so), "{what}: {seen:#?}");
            let found = decided(seen, now);
            assert!(found.is_empty() || found == expected, "{what}: {found:#?}");
            tried += 1;
        }
    }
    println!("{tried} looks, {blind} did not see the cluster, {bare} a resource bare");
    assert!(tried > 1_000, "only {tried} looks");
}

/// What happens to the cluster in the middle of a look, or before an act.
fn changes() -> Vec<Step> {
    let information_store = "Exchange Information Store Instance - (EVS1)";
    let group = || "EVS1".into();
    vec![
        Step::RenameEvs { group: group(), to: "MAIL1".into() },
        Step::RenameEvs { group: group(), to: "A-NAME-THAT-IS-LONGER-THAN-IT-WAS".into() },
        Step::Move { group: group(), to: Some("NODE2".into()) },
        Step::OfflineGroup(group()),
        Step::OfflineResource(information_store.into()),
        Step::OfflineResource("EVS1 Network Name".into()),
        Step::FailResource("EVS1 Disk".into()),
        Step::InitiateFailure(information_store.into()),
        Step::DeleteEvs(group()),
        Step::Evict("NODE2".into()),
        Step::Crash("NODE2".into()),
        Step::Pause("NODE1".into()),
        Step::StopService("NODE1".into()),
        Step::StopService("NODE2".into()),
        Step::FailDisk(group()),
    ]
}

/// The change comes just before a call: or there the buffer is too short, and the change comes
/// before the call with a longer one.
#[test]
fn a_change_between_any_two_calls_of_a_look_shows_or_does_not() {
    let mut tried = 0;
    for exchange in [2003, 2007] {
        let scenario = scenario(exchange);
        let at = Span::from_secs(70);
        let before = truth(&staged(&scenario, at));
        let calls = look(&staged(&scenario, at), |_, _| Fate::Answered).1.len();
        let one_in = if all() { 1 } else { 5 };
        for call in 1..=calls {
            for step in changes().into_iter().skip(call % one_in).step_by(one_in) {
                for short in [false, true] {
                    let cluster = staged(&scenario, at);
                    let now = step.clone();
                    let place = call + usize::from(short);
                    let ((seen, _), _, open) = look(&cluster, move |number, cluster| {
                        if number == place {
                            cluster.borrow_mut().apply(&now);
                        }
                        let too_short = short && number == call;
                        if too_short { Fate::Short } else { Fate::Answered }
                    });
                    let what = format!("{exchange}: {step} before call {place}, short: {short}");
                    let after = truth(&cluster);
                    let so = |view| says_what_is_so(&seen, view);
                    assert!(so(&before) || so(&after), "{what}: {seen:#?}\nis {after:#?}");
                    // A service that stops closes what is open itself.
                    assert_eq!(open, 0, "{what}");
                    tried += 1;
                }
            }
        }
    }
    println!("{tried} changes");
    assert!(tried > 500, "only {tried} changes");
}

/// A node's backend that carries the job's dismount out over the functions, while `before` decides
/// about each call.
struct Acting {
    inner: SimBackend,
    cluster: SharedCluster,
    trial: Rc<Trial>,
}

/// What is to be tried, and what came of it.
struct Trial {
    change: Option<Step>,
    fault: Option<Fault>,
    came: RefCell<Option<Came>>,
}

struct Came {
    result: Result<(), ActError>,
    calls: Vec<&'static str>,
    carried_out: usize,
    open: usize,
}

/// How many dismounts of a store were begun: by the node itself, or by the cluster for it.
fn dismounts(cluster: &SharedCluster) -> usize {
    let deed = |event: &Event| match event {
        Event::Act { deed: Deed::Dismount(..) | Deed::Offline(..), result, .. } => result.is_ok(),
        _ => false,
    };
    cluster.borrow().trace().iter().filter(|entry| deed(&entry.event)).count()
}

impl Acting {
    fn try_out(&self, action: &Action) -> Came {
        if let Some(step) = &self.trial.change {
            self.cluster.borrow_mut().apply(step);
        }
        let before = dismounts(&self.cluster);
        let mut backend = live(&self.cluster);
        let fault = self.trial.fault;
        let calls = counted(move |call, _| match fault {
            Some(fault) if fault.call == call => fault.fate,
            _ => Fate::Answered,
        });
        let result = backend.start(action);
        drop(backend);
        let carried_out = dismounts(&self.cluster) - before;
        Came { result, calls: calls.take(), carried_out, open: simapi::detach().1 }
    }
}

impl Backend for Acting {
    fn local(&self) -> Local {
        self.inner.local()
    }

    fn census(&self) -> Result<Census, ErrorCode> {
        self.inner.census()
    }

    fn node(&self, name: &NodeName) -> Result<NodeView, ErrorCode> {
        self.inner.node(name)
    }

    fn group(&self, name: &evsim::model::GroupName) -> Result<GroupFacts, ErrorCode> {
        self.inner.group(name)
    }

    fn resource(&self, name: &ResourceName) -> Result<ResourceView, ErrorCode> {
        self.inner.resource(name)
    }

    fn storage(&self, place: &Place) -> Result<StorageView, ErrorCode> {
        self.inner.storage(place)
    }

    fn start(&mut self, action: &Action) -> Result<(), ActError> {
        let is_it = matches!(action.act, Act::Dismount { .. });
        if is_it && self.trial.came.borrow().is_none() {
            let came = self.try_out(action);
            let result = came.result.clone();
            self.trial.came.replace(Some(came));
            return result;
        }
        self.inner.start(action)
    }
}

/// The job's dismount, tried with this fault, after this change that the job has not seen.
fn dismount(scenario: &Scenario, change: Option<Step>, fault: Option<Fault>) -> Came {
    let trial = Rc::new(Trial { change, fault, came: RefCell::default() });
    let mut run = harness::start(scenario, 0, &|cluster, name| {
        let inner = SimBackend::new(cluster, name).expect("it is a node");
        Box::new(Acting { inner, cluster: Rc::clone(cluster), trial: Rc::clone(&trial) })
    });
    for second in 60..90 {
        run.advance(Time::START + Span::from_secs(second));
        if let Some(came) = trial.came.take() {
            return came;
        }
    }
    panic!("the job took no store offline");
}

/// After these the dismount is no longer the job's to begin.
fn obstacles() -> [Step; 4] {
    [
        Step::Move { group: "EVS1".into(), to: Some("NODE2".into()) },
        Step::RenameEvs { group: "EVS1".into(), to: "MAIL1".into() },
        Step::Pause("NODE1".into()),
        Step::StopService("NODE1".into()),
    ]
}

#[test]
fn whichever_call_of_an_act_fails_it_is_done_once_or_not_at_all() {
    let (mut tried, mut refused) = (0, 0);
    for exchange in [2003, 2007] {
        let scenario = scenario(exchange);
        let undisturbed = dismount(&scenario, None, None);
        assert_eq!((undisturbed.result, undisturbed.carried_out), (Ok(()), 1));
        for fault in faults_and_losses(undisturbed.calls.len()) {
            let came = dismount(&scenario, None, Some(fault));
            let function = came.calls[fault.call - 1];
            let what = format!("{exchange}: {fault:?}, {function}: {:?}", came.result);
            assert_eq!(came.open, usize::from(keeps_open(function, fault.fate)), "{what}");
            let asked = matches!(function, "OfflineClusterResource" | "EvsimHost");
            let expected = match (fault.fate, came.result) {
                // The cluster says so of what is on its way.
                (Fate::Fails(ErrorCode::ERROR_IO_PENDING), Ok(())) if asked => came.carried_out,
                (_, Ok(())) => 1,
                // It was the act's own reply that was lost.
                (Fate::Lost(_), Err(ActError::Failed(_))) if asked => came.carried_out,
                (_, Err(_)) => 0,
            };
            assert!(came.carried_out == expected && expected < 2, "{what}: {}", came.carried_out);
            let requests = came.calls.iter().filter(|it| **it == "OfflineClusterResource");
            assert!(requests.count() < 2, "{what}: it was asked for twice");
            tried += 1;
        }
        for (turn, change) in obstacles().into_iter().enumerate() {
            let alone = dismount(&scenario, Some(change.clone()), None);
            assert!(alone.result.is_err() && alone.carried_out == 0, "{change}");
            let one_in = if all() { 1 } else { 4 };
            let faults = faults(alone.calls.len(), &TELLING, Fate::Fails);
            for fault in faults.skip(turn % one_in).step_by(one_in) {
                let came = dismount(&scenario, Some(change.clone()), Some(fault));
                let what = format!("{exchange}: {change}, {fault:?}: {:?}", came.result);
                assert!(came.result.is_err() && came.carried_out == 0, "{what}");
                refused += 1;
            }
        }
    }
    println!("{tried} acts, {refused} that were no longer to be done");
    assert!(tried > 300 && refused > 300, "only {tried} and {refused}");
}
