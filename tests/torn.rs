//! The cluster changes between any two questions of an observation, and between a decision and its
//! act: no step forward is taken on what is no longer so.
#![cfg(feature = "sim")]

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use evsim::backend::{ActError, Backend, Census, GroupFacts, Local};
use evsim::harness::{self, Line, Report, Told};
use evsim::model::{
    Action, ErrorCode, GroupName, MountState, NodeName, NodeView, Place, ResourceName,
    ResourceView, Size, Span, StorageView, Time,
};
use evsim::scenario::{self, Scenario};
use evsim::sim::{Deed, Event, SharedCluster, SimBackend, Step};

/// What is to happen, just before the call of this number.
struct Tear {
    before: u64,
    step: Step,
    /// When it happened.
    at: Rc<Cell<Option<Time>>>,
}

/// A node's backend in whose calls something happens.
struct Torn {
    inner: SimBackend,
    cluster: SharedCluster,
    calls: Rc<Cell<u64>>,
    tear: Rc<RefCell<Option<Tear>>>,
}

impl Torn {
    fn called(&self) {
        self.calls.set(self.calls.get() + 1);
        let mut tear = self.tear.borrow_mut();
        if tear.as_ref().is_some_and(|tear| tear.before == self.calls.get()) {
            let tear = tear.take().expect("it was there a line ago");
            tear.at.set(Some(self.cluster.borrow().now()));
            self.cluster.borrow_mut().apply(&tear.step);
        }
    }
}

impl Backend for Torn {
    fn local(&self) -> Local {
        self.called();
        self.inner.local()
    }

    fn census(&self) -> Result<Census, ErrorCode> {
        self.called();
        self.inner.census()
    }

    fn node(&self, name: &NodeName) -> Result<NodeView, ErrorCode> {
        self.called();
        self.inner.node(name)
    }

    fn group(&self, name: &GroupName) -> Result<GroupFacts, ErrorCode> {
        self.called();
        self.inner.group(name)
    }

    fn resource(&self, name: &ResourceName) -> Result<ResourceView, ErrorCode> {
        self.called();
        self.inner.resource(name)
    }

    fn storage(&self, place: &Place) -> Result<StorageView, ErrorCode> {
        self.called();
        self.inner.storage(place)
    }

    fn start(&mut self, action: &Action) -> Result<(), ActError> {
        self.called();
        self.inner.start(action)
    }
}

const SCENARIO: &str = "
about: a job on EVS1 while EVS2 is on the same node
cluster:
  name: MAILCLUSTER
  windows: 2003
  exchange: 2003
  nodes: [NODE1, NODE2]
  evs:
    EVS1: { owner: NODE1, preferred: [NODE1, NODE2], stores: { SG1/Mailbox: 100MB } }
    EVS2: { owner: NODE1, preferred: [NODE2, NODE1], stores: { SG1/Mailbox: 100MB } }
product:
  NODE1: { license: unlimited, designate: EVS1 }
  NODE2: { license: unlimited, designate: EVS1 }
steps: [{ at: 1m, run_job: NODE1 }]
until: 1h
";

fn scenario() -> Scenario {
    scenario::read(SCENARIO.as_bytes(), "inline").unwrap_or_else(|wrong| panic!("{wrong}"))
}

/// Runs the scenario with one tear; says how many calls there were, and when it came.
fn run(scenario: &Scenario, tear: Option<(u64, Step)>) -> (Report, u64, Option<Time>) {
    let calls = Rc::new(Cell::new(0));
    let at = Rc::new(Cell::new(None));
    let tear = tear.map(|(before, step)| Tear { before, step, at: Rc::clone(&at) });
    let tear = Rc::new(RefCell::new(tear));
    let connect = |cluster: &SharedCluster, node: &NodeName| -> Box<dyn Backend> {
        Box::new(Torn {
            inner: SimBackend::new(cluster, node).expect("a node of the cluster"),
            cluster: Rc::clone(cluster),
            calls: Rc::clone(&calls),
            tear: Rc::clone(&tear),
        })
    };
    let report = harness::start(scenario, 0, &connect).report();
    (report, calls.get(), at.get())
}

/// What happens, and what it means to the job that runs.
fn changes() -> Vec<(Step, Means)> {
    let information_store = "Exchange Information Store Instance - (EVS1)";
    let attendant = "Exchange System Attendant Instance - (EVS1)";
    let (group, store) = (|| "EVS1".into(), || "SG1/Mailbox".into());
    let by_hand = |mount| Step::MountStore { group: group(), store: store(), mount };
    let span = Span::from_secs(60);
    vec![
        (Step::Move { group: group(), to: Some("NODE2".into()) }, Means::End),
        (Step::OfflineGroup(group()), Means::End),
        (Step::OfflineResource(information_store.into()), Means::End),
        (Step::OfflineResource(attendant.into()), Means::End),
        (Step::OfflineResource("EVS1 Network Name".into()), Means::End),
        (Step::RenameEvs { group: group(), to: "MAIL1".into() }, Means::End),
        (Step::Pause("NODE1".into()), Means::End),
        (Step::StopService("NODE1".into()), Means::End),
        (by_hand(true), Means::Remount),
        (by_hand(false), Means::Nothing),
        (Step::BackUp { group: group(), store: store(), span }, Means::Wait(span)),
        // What merely broke is not known yet.
        (Step::FailResource(information_store.into()), Means::Nothing),
        (Step::FailResource("EVS1 Disk".into()), Means::Nothing),
        (Step::FailDisk(group()), Means::Nothing),
        (Step::FailStoreProcess("NODE1".into()), Means::Nothing),
        (Step::FailTool { group: group(), store: store() }, Means::Nothing),
        (Step::FillDisk { group: group(), to: Size::from_bytes(0) }, Means::Nothing),
        // What happens to others changes nothing.
        (Step::Move { group: "EVS2".into(), to: Some("NODE2".into()) }, Means::Nothing),
        (Step::Crash("NODE2".into()), Means::Nothing),
    ]
}

/// What a change means to a job on EVS1 that NODE1 runs.
#[derive(Clone, Copy, PartialEq)]
enum Means {
    /// NODE1 has no business with EVS1 any more: it takes no step forward.
    End,
    /// No tool runs, where the job had taken the store, unless it takes it anew: a dismount that the
    /// job has not seen complete is begun again.
    Remount,
    /// It takes none for so long.
    Wait(Span),
    /// It may go on.
    Nothing,
}

/// Steps forward on EVS1 that NODE1 started after the change took effect, and before this is over.
fn forward_after(report: &Report, step: &Step, means: Means) -> Vec<String> {
    let is_change = |line: &Line| match &line.told {
        Told::Cluster(Event::Stepped { step: taken, result: Ok(()), .. }) => taken == step,
        _ => false,
    };
    let mut lines = report.story.iter().skip_while(|line| !is_change(line));
    let Some(change) = lines.next() else { return Vec::new() };
    let mut lines = lines.peekable();
    let mounts = |line: &&Line| {
        matches!(line.told, Told::Cluster(Event::Store { mount: MountState::Mounting, .. }))
    };
    let over = match means {
        Means::Nothing => return Vec::new(),
        Means::Remount if lines.peek().is_none_or(|line| !mounts(line)) => return Vec::new(),
        Means::End | Means::Remount => Time::from_ms(u64::MAX),
        Means::Wait(span) => change.time + span,
    };
    let forward = |line: &Line| match &line.told {
        Told::Cluster(Event::Act { node, deed, result: Ok(()) }) if *node == "NODE1".into() => {
            matches!(deed, Deed::Dismount(..) | Deed::StartTool(..)).then(|| deed.clone())
        }
        _ => None,
    };
    let until = lines.take_while(|line| line.time < over);
    let taken = until.filter_map(|line| Some((line.time, forward(line)?)));
    let anew =
        |(_, deed): &(Time, Deed)| means == Means::Remount && matches!(deed, Deed::Dismount(..));
    taken.take_while(|step| !anew(step)).map(|(at, deed)| format!("{at} {deed}")).collect()
}

/// One in so many calls is torn: every one where `EVSIM_TEARS` says `all`.
fn stride() -> usize {
    match std::env::var("EVSIM_TEARS").as_deref() {
        Ok("all") => 1,
        _ => 19,
    }
}

/// Tears every call of this stride by each change; the calls are shared among the cores.
#[test]
fn no_step_is_taken_on_what_is_no_longer_so() {
    let (undisturbed, calls, _) = run(&scenario(), None);
    assert!(undisturbed.passed());
    let changes = changes();
    let before = (1..calls).step_by(stride());
    let cases: Vec<(usize, u64)> = (0..changes.len())
        .flat_map(|change| before.clone().map(move |call| (change, call)))
        .collect();
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let tried: usize = std::thread::scope(|scope| {
        let of_thread = |first: usize| {
            let (cases, changes) = (&cases, &changes);
            scope.spawn(move || {
                let scenario = scenario();
                let mine = cases.iter().skip(first).step_by(threads);
                mine.filter(|(change, call)| tear(&scenario, &changes[*change], *call)).count()
            })
        };
        let threads: Vec<_> = (0..threads).map(of_thread).collect();
        threads.into_iter().map(|it| it.join().expect("each tear is survived")).sum()
    });
    println!("{tried} of {} tears came while the job ran", cases.len());
    assert!(tried > 1_000, "only {tried} combinations");
}

/// Whether the change came while the job ran; then nothing may be wrong after it.
fn tear(scenario: &Scenario, (step, means): &(Step, Means), before: u64) -> bool {
    let (report, _, at) = run(scenario, Some((before, step.clone())));
    // Calls after the end of the run, and of its first looks, change nothing that matters.
    if at.is_none() {
        return false;
    }
    let failed: Vec<_> = report.checks.iter().filter(|it| !it.failures.is_empty()).collect();
    assert!(failed.is_empty(), "{step} before call {before}: {failed:#?}");
    let forward = forward_after(&report, step, *means);
    let text = || report.text("torn", true);
    assert!(forward.is_empty(), "{step} before call {before}: {forward:?}\n{}", text());
    true
}
