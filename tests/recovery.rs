//! Whatever interrupts a job at whichever of its acts, and in each phase of the defragmenter: all
//! checks hold, and in the end its store is mounted, or its way back is named.
#![cfg(feature = "sim")]

use std::collections::BTreeSet;

use evsim::backend::Backend;
use evsim::harness::{self, Line, Report, Told, connect_directly};
use evsim::model::{MountState, Place, Span, StoreView, Temporary, Time, Tool, ToolState};
use evsim::scenario::{self, Scenario};
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

/// NODE2 runs a job on EVS1, and this happens to it at this moment.
fn scenario(interruption: Option<(&str, Time)>, after: After) -> Scenario {
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
    if let Some((verb, at)) = interruption {
        step(at, verb);
        if verb.starts_with("crash") {
            step(at + Span::from_secs(1_200), "boot: NODE2");
        }
        if after == After::Returns {
            step(at + Span::from_secs(2_400), "move: { evs: EVS1, to: NODE2 }");
        }
    }
    let text = format!(
        "about: a job that is interrupted
cluster:
  name: MAILCLUSTER
  windows: 2003
  exchange: 2003
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
fn moments() -> BTreeSet<Time> {
    let report = harness::run(&scenario(None, After::Returns), 0);
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

#[test]
fn whatever_interrupts_a_job_its_store_is_back_or_its_way_back_is_named() {
    let (moments, mut tried, mut damaged) = (moments(), 0, 0);
    for after in AFTER {
        for verb in ["crash: NODE2", "move: { evs: EVS1, to: NODE1 }"] {
            for (at, seed) in moments.iter().flat_map(|at| [(at, 0), (at, 3)]) {
                let scenario = scenario(Some((verb, *at)), after);
                let (report, store) = run(&scenario, seed);
                let failing: Vec<_> =
                    report.checks.iter().filter(|it| !it.failures.is_empty()).collect();
                let case = format!("{verb} at {at}, {after:?}, seed {seed}");
                assert!(failing.is_empty(), "{case}: {failing:#?}");
                let whole = store.mount == MountState::Mounted && !store.damaged;
                let text = || report.text("recovery", true);
                assert!(whole || names_way_back(&report), "{case}: {store:?}\n{}", text());
                if matches!(after, After::Returns | After::SameDesignation) {
                    let tidy = whole && store.temporary == Temporary::Absent;
                    assert!(tidy, "{case}: {store:?}\n{}", text());
                }
                tried += 1;
                damaged += usize::from(
                    events(&report.story)
                        .any(|(_, event)| matches!(event, Event::Damage { damaged: true, .. })),
                );
            }
        }
    }
    assert_eq!(tried, 2 * 2 * 4 * moments.len());
    println!("{tried} combinations, {damaged} of them with a damaged store");
    assert!(moments.len() >= 25 && damaged >= 8, "{} moments, {damaged} damaged", moments.len());
}
