//! Whatever interrupts a job at whichever of its acts, and in each phase of the defragmenter: all
//! checks hold, and in the end its store is mounted, or its way back is named.
#![cfg(feature = "sim")]

use std::collections::BTreeSet;

use evsim::backend::Backend;
use evsim::harness::{self, Line, Report, Told, connect_directly};
use evsim::model::{MountState, Place, Span, StoreView, Temporary, Time, Tool, ToolState};
use evsim::scenario::{self, Scenario, words};
use evsim::sim::{Event, SimBackend};

/// What becomes of the server after the interruption.
#[derive(Clone, Copy, Debug, PartialEq)]
enum After {
    /// The same node has it again.
    Returns,
    /// The other node looks after it too.
    SameDesignation,
    /// The other node looks after another server.
    OtherDesignation,
    /// The other node looks after it, and has no licence.
    Unlicensed,
}

const AFTER: [After; 4] =
    [After::Returns, After::SameDesignation, After::OtherDesignation, After::Unlicensed];

/// What interrupts the job, and what is done about it 20 minutes later.
struct Disturbance {
    verb: &'static str,
    mending: &'static [&'static str],
}

const DISTURBANCES: &[Disturbance] = &[
    Disturbance { verb: "crash: NODE2", mending: &["boot: NODE2"] },
    Disturbance { verb: "move: { evs: EVS1, to: NODE1 }", mending: &[] },
    Disturbance { verb: "stop_service: NODE2", mending: &["start_service: NODE2"] },
    Disturbance { verb: "partition: { sides: [[NODE1], [NODE2]] }", mending: &["heal: {}"] },
    Disturbance {
        verb: "fail_disk: EVS1",
        mending: &["replace_disk: EVS1", "online: { evs: EVS1 }"],
    },
];

/// The versions of Exchange that are tried, with a Windows that carries them.
const VERSIONS: &[(&str, &str)] = &[("2000", "2000"), ("2003", "2003")];

/// Versions that are not tried yet. In 2007 one node at least is passive: the other server of these
/// scenarios has no node there.
const LEFT_OUT: usize = 1;

/// NODE2 runs a job on EVS1, and this happens to it at this moment.
fn scenario(
    (exchange, windows): (&str, &str),
    interruption: Option<(&Disturbance, Time)>,
    after: After,
) -> Scenario {
    let other = match after {
        After::Returns => "",
        After::SameDesignation => "  NODE1: { license: unlimited, designate: EVS1 }\n",
        After::OtherDesignation => "  NODE1: { license: unlimited, designate: EVS2 }\n",
        After::Unlicensed => "  NODE1: { designate: EVS1 }\n",
    };
    let mut steps = String::from("  - { at: 10m, run_job: NODE2 }\n");
    let mut step = |at: Time, verb: &str| {
        let at = at.since(Time::START);
        steps.push_str(&format!("  - {{ at: {at}, {verb} }}\n"));
    };
    if let Some((disturbance, at)) = interruption {
        step(at, disturbance.verb);
        let mended = at + Span::from_secs(1_200);
        disturbance.mending.iter().for_each(|verb| step(mended, verb));
        if after == After::Returns {
            step(at + Span::from_secs(2_400), "move: { evs: EVS1, to: NODE2 }");
        }
    }
    let text = format!(
        "about: a job that is interrupted
cluster:
  name: MAILCLUSTER
  windows: {windows}
  exchange: {exchange}
  nodes: [NODE1, NODE2]
  evs:
    EVS1: {{ owner: NODE2, preferred: [NODE2, NODE1], stores: {{ SG1/Mailbox: 1GB }} }}
    EVS2: {{ owner: NODE1, preferred: [NODE1, NODE2], stores: {{ SG1/Mailbox: 1GB }} }}
product:
  NODE2: {{ license: unlimited, designate: EVS1 }}
{other}steps:
{steps}until: 4h
"
    );
    scenario::read(text.as_bytes(), "inline").unwrap_or_else(|wrong| panic!("{wrong}"))
}

fn events(story: &[Line]) -> impl Iterator<Item = (Time, &Event)> {
    story.iter().filter_map(|line| match &line.told {
        Told::Cluster(event) => Some((line.time, event)),
        Told::Product(..) => None,
    })
}

/// Just after each act of the undisturbed job, and the middle of each phase of the defragmenter.
fn moments(version: (&str, &str)) -> BTreeSet<Time> {
    let report = harness::run(&scenario(version, None, After::Returns), 0);
    let acts = events(&report.story).filter(|(_, event)| matches!(event, Event::Act { .. }));
    let mut moments: BTreeSet<Time> = acts.map(|(at, _)| at + Span::from_ms(1)).collect();
    let tool_is = |wanted: ToolState| {
        let found = events(&report.story).find(|(_, event)| {
            matches!(event, Event::Tool { tool: Tool::Defragment, state, .. } if *state == wanted)
        });
        found.expect("the job defragments").0
    };
    let (begin, end) = (tool_is(ToolState::Running), tool_is(ToolState::Succeeded));
    // 1 GB: 480 s, 70 % of them to build the file; then 1 s to delete it.
    assert_eq!(end.since(begin), Span::from_secs(481));
    moments.extend([168, 408].map(|seconds| begin + Span::from_secs(seconds)));
    moments.insert(begin + Span::from_ms(480_500));
    moments
}

/// The report, and the store as it is in the end.
fn run(scenario: &Scenario, seed: u64) -> (Report, StoreView) {
    let mut run = harness::start(scenario, seed, &connect_directly);
    run.advance(scenario.until);
    let mut stores = ["NODE1", "NODE2"].into_iter().filter_map(|node| {
        let backend = SimBackend::new(run.cluster(), &node.into()).expect("a node");
        let disk = backend.storage(&Place::Disk("EVS1".into())).ok()?.disk?;
        disk.stores.get(&"SG1/Mailbox".into()).cloned()
    });
    let store = stores.next().expect("one of them owns the disk");
    (run.report(), store)
}

/// Whether the report says what is left, and what is to be done about it.
fn names_way_back(report: &Report) -> bool {
    let text = report.text("recovery", false);
    let way_back = [
        "its complete temporary file is the good copy: check it with eseutil /g, copy it back",
        "on the disk of EVS1: bring it back here or designate it where it is",
    ];
    way_back.iter().any(|words| text.contains(words))
}

/// What a run showed that should not be; and whether its store was ever damaged.
fn judge(scenario: &Scenario, seed: u64, after: After) -> Result<bool, String> {
    let (report, store) = run(scenario, seed);
    let failing: Vec<_> = report.checks.iter().filter(|it| !it.failures.is_empty()).collect();
    if !failing.is_empty() {
        return Err(format!("{failing:#?}"));
    }
    let whole = store.mount == MountState::Mounted && !store.damaged;
    let told = || format!("{store:?}\n{}", report.text("recovery", true));
    if !whole && !names_way_back(&report) {
        return Err(told());
    }
    let tidy = whole && store.temporary == Temporary::Absent;
    if matches!(after, After::Returns | After::SameDesignation) && !tidy {
        return Err(told());
    }
    let is_damage = |event: &Event| matches!(event, Event::Damage { damaged: true, .. });
    Ok(events(&report.story).any(|(_, event)| is_damage(event)))
}

#[test]
fn whatever_interrupts_a_job_its_store_is_back_or_its_way_back_is_named() {
    let known = words::EXCHANGE.len();
    assert_eq!(VERSIONS.len() + LEFT_OUT, known, "every version of Exchange is tried or left out");
    let (mut tried, mut damaged, mut steps) = (0, 0, 0);
    for version in VERSIONS {
        let moments = moments(*version);
        steps += moments.len();
        for disturbance in DISTURBANCES {
            for after in AFTER {
                for (at, seed) in moments.iter().flat_map(|at| [(at, 0), (at, 3)]) {
                    let scenario = scenario(*version, Some((disturbance, *at)), after);
                    let verdict = judge(&scenario, seed, after).unwrap_or_else(|wrong| {
                        let (exchange, verb) = (version.0, disturbance.verb);
                        panic!("Exchange {exchange}, {verb} at {at}, {after:?}, {seed}: {wrong}")
                    });
                    damaged += usize::from(verdict);
                    tried += 1;
                }
            }
        }
    }
    println!("{tried} combinations, {damaged} of them with a damaged store");
    assert_eq!(tried, 2 * DISTURBANCES.len() * AFTER.len() * steps);
    assert!(steps >= 25 * VERSIONS.len() && damaged >= 8 * VERSIONS.len());
}
