//! The cluster changes between any two questions of an observation, and between a decision and its
//! act: no step forward is taken on what is no longer so.
#![cfg(feature = "sim")]

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use evsim::backend::{ActError, Backend, Census, GroupFacts, Local};
use evsim::harness::{self, Line, Report, Told};
use evsim::model::{
    Action, ErrorCode, GroupName, NodeName, NodeView, Place, ResourceName, ResourceView,
    StorageView, Time,
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

fn changes() -> Vec<Step> {
    let store = "Exchange Information Store Instance - (EVS1)";
    vec![
        Step::Move { group: "EVS1".into(), to: Some("NODE2".into()) },
        Step::OfflineGroup("EVS1".into()),
        Step::OfflineResource(store.into()),
        Step::FailResource(store.into()),
        Step::OfflineResource("EVS1 Network Name".into()),
        Step::RenameEvs { group: "EVS1".into(), to: "MAIL1".into() },
        Step::Move { group: "EVS2".into(), to: Some("NODE2".into()) },
        Step::Crash("NODE2".into()),
    ]
}

/// Steps forward on EVS1 that NODE1 started after the change.
fn forward_after(report: &Report, step: &Step) -> Vec<String> {
    let is_change = |line: &&Line| !matches!(&line.told, Told::Cluster(Event::Stepped { step: taken, .. }) if taken == step);
    let after = report.story.iter().skip_while(is_change);
    let forward = |line: &Line| match &line.told {
        Told::Cluster(Event::Act { node, deed, result: Ok(()) }) if *node == "NODE1".into() => {
            let forward = matches!(deed, Deed::Dismount(..) | Deed::StartTool(..));
            forward.then(|| format!("{} {deed}", line.time))
        }
        _ => None,
    };
    after.filter_map(forward).collect()
}

/// Whether NODE1 has no business with EVS1 from this change on. What merely broke is not known yet,
/// and what happens to others changes nothing.
fn ends_the_job(step: &Step) -> bool {
    match step {
        Step::Move { group, .. } => *group == "EVS1".into(),
        Step::FailResource(_) | Step::Crash(_) => false,
        _ => true,
    }
}

#[test]
fn no_step_is_taken_on_what_is_no_longer_so() {
    let scenario = scenario();
    let (undisturbed, calls, _) = run(&scenario, None);
    assert!(undisturbed.passed());
    let mut tried = 0;
    for step in changes() {
        for before in (1..calls).step_by(13) {
            let (report, _, at) = run(&scenario, Some((before, step.clone())));
            // Calls after the end of the run, and of its first looks, change nothing that matters.
            if at.is_none() {
                continue;
            }
            let failed: Vec<_> =
                report.checks.iter().filter(|it| !it.failures.is_empty()).collect();
            assert!(failed.is_empty(), "{step} before call {before}: {failed:#?}");
            if ends_the_job(&step) {
                let forward = forward_after(&report, &step);
                assert!(forward.is_empty(), "{step} before call {before}: {forward:?}");
            }
            tried += 1;
        }
    }
    assert!(tried > 1_000, "only {tried} combinations");
}
