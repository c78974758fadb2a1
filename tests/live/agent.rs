//! `evsim live designate` and `run`: what they ask of the cluster, and what they leave alone.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::atomic::AtomicBool;

use evsim::cli::live::{Session, Trouble};
use evsim::harness::{self, connect_directly};
use evsim::model::{EvsName, NodeName, Span, Time};
use evsim::product::policy::Policy;
use evsim::scenario;
use evsim::sim::{Cluster, Event, SharedCluster};
use evsim::simapi::{self, World};

/// A cluster whose time goes on while somebody waits.
struct Going(SharedCluster);

impl World for Going {
    fn cluster(&self) -> SharedCluster {
        SharedCluster::clone(&self.0)
    }

    fn wait(&self, at_most: Span) {
        let mut cluster = self.0.borrow_mut();
        let end = cluster.now() + at_most;
        let next = cluster.next().filter(|next| *next < end);
        cluster.advance(next.unwrap_or(end));
    }
}

const ACTIVE_ACTIVE: &str = "\
about: Two servers, each on its own node; the product is not installed yet.
cluster:
  name: MAILCLUSTER
  windows: 2003
  exchange: 2003
  nodes: [NODE1, NODE2]
  evs:
    EVS1: { owner: NODE1, preferred: [NODE1, NODE2], stores: { SG1/Mailbox: 1GB } }
    EVS2: { owner: NODE2, preferred: [NODE2, NODE1], stores: { SG1/Mailbox: 1GB } }
until: 4h
";

/// The same with the product on NODE1, and a job that is asked for after a minute.
fn with_a_job() -> String {
    let steps =
        "steps:\n  - { at: 1m, run_job: { node: NODE1, script: preventative-maintenance } }\n";
    let product = "product:\n  NODE1: { license: unlimited, designate: EVS1 }\n";
    ACTIVE_ACTIVE.replace("until:", &format!("{product}{steps}until:"))
}

fn read(text: &str) -> scenario::Scenario {
    scenario::read(text.as_bytes(), "agent.yaml").unwrap_or_else(|wrong| panic!("{wrong}"))
}

fn session(node: &str) -> Session {
    Session::new(&simapi::table(), &NodeName::from(node), Policy::default())
}

/// What the node has started, in the order of time.
fn acts(cluster: &SharedCluster) -> Vec<String> {
    let cluster = cluster.borrow();
    let act = |event: &Event| match event {
        Event::Act { node, deed, result } => Some(format!("{node} {deed}: {result:?}")),
        _ => None,
    };
    cluster.trace().iter().filter_map(|entry| act(&entry.event)).collect()
}

#[test]
fn a_designation_is_written_down_and_only_a_choice_is_taken() {
    let cluster = Rc::new(RefCell::new(Cluster::new(&read(ACTIVE_ACTIVE).cluster, 0)));
    simapi::provide(Going(Rc::clone(&cluster)));
    let live = session("NODE1");
    let (first, second) = (EvsName::from("EVS1"), EvsName::from("EVS2"));
    let refused = live.designate(&first, None).expect_err("it is not installed").to_string();
    let refusal = "refused, nothing was changed: NotInstalled: the product is not on this node";
    assert_eq!(refused, refusal);
    let elsewhere = live.designate(&second, Some(None)).expect_err("it is on NODE2");
    assert!(matches!(elsewhere, Trouble::Refused(_)), "{elsewhere}");
    assert!(acts(&cluster).is_empty());
    let told = live.designate(&first, Some(None)).expect("it is a choice");
    let line = "  NODE1 designates EVS1: named by the administrator at installation\n";
    assert!(told.starts_with(line), "{told}");
    assert!(told.contains("designated EVS1: here   manages EVS1"), "{told}");
    assert!(live.status().expect("a status").ends_with(&told[line.len()..]));
    assert_eq!(acts(&cluster).len(), 1, "one record is written");
    drop(live);
    assert_eq!(simapi::detach().1, 0);
}

/// The agent that the harness wakes and the loop on the command line do the same, in the same
/// order.
#[test]
fn the_loop_does_what_the_simulated_agent_does() {
    let scenario = read(&with_a_job());
    let hours = Span::from_secs(4 * 3_600);
    let mut whole = harness::start(&scenario, 0, &connect_directly);
    whole.advance(Time::START + hours);
    let expected = acts(whole.cluster());
    assert!(expected.len() > 10, "{expected:#?}");

    // Up to the moment at which the job was asked for; from then on nobody wakes the agent.
    let mut begun = harness::start(&scenario, 0, &connect_directly);
    begun.advance(Time::from_ms(60_000));
    let cluster = Rc::clone(begun.cluster());
    simapi::provide(Going(Rc::clone(&cluster)));
    let mut lines = Vec::new();
    let stop = AtomicBool::new(false);
    let ended = session("NODE1").run(&stop, Some(hours), &mut |line| lines.push(line.to_owned()));
    ended.unwrap_or_else(|trouble| panic!("{trouble}"));
    assert_eq!(simapi::detach().1, 0);
    assert_eq!(acts(&cluster), expected, "{lines:#?}");
    assert!(lines.iter().any(|line| line.contains("job 1 completed on EVS1")), "{lines:#?}");
    assert!(lines.iter().all(|line| line.contains("  NODE1 ")), "{lines:#?}");
}

#[test]
fn a_loop_that_is_told_to_stop_begins_nothing() {
    let scenario = read(&with_a_job());
    let mut run = harness::start(&scenario, 0, &connect_directly);
    run.advance(Time::from_ms(60_000));
    let before = acts(run.cluster()).len();
    simapi::provide(Going(Rc::clone(run.cluster())));
    let stop = AtomicBool::new(true);
    let ended = session("NODE1").run(&stop, None, &mut |line| panic!("{line}"));
    ended.unwrap_or_else(|trouble| panic!("{trouble}"));
    assert_eq!(acts(run.cluster()).len(), before);
    assert_eq!(simapi::detach().1, 0);
}
