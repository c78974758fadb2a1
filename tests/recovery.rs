//! Whatever interrupts a job at whichever of its acts, and in each phase of the defragmenter: all
//! checks hold, and in the end its store is mounted, or its way back is named.
//!
//! Plain `cargo test` tries every third combination, `EVSIM_RECOVERY=all` every one.
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
    /// The other node looks after another server, or after none where there is no other.
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
    Disturbance { verb: "partition: { sides: SIDES }", mending: &["heal: {}"] },
    Disturbance {
        verb: "fail_disk: EVS1",
        mending: &["replace_disk: EVS1", "online: { evs: EVS1 }"],
    },
];

/// A kind of server that is tried.
struct Kind {
    exchange: &'static str,
    windows: &'static str,
    cluster: &'static str,
    /// Where each side of a partition is.
    sides: &'static str,
    /// What the other node looks after, where that is not the server of the job.
    other: &'static str,
    /// How long a defragmentation of its 1 GB takes, and the middle of its phases, in milliseconds.
    defragments: (u64, &'static [u64]),
}

/// 70 % of 480 s to build the file, the others to copy it back, and 1 s to delete it.
const COPIES_BACK: (u64, &[u64]) = (481_000, &[168_000, 408_000, 480_500]);
/// Exchange 2007 renames it in 1 s.
const RENAMES: (u64, &[u64]) = (337_000, &[168_000, 336_500]);

const ACTIVE_ACTIVE: &str = "nodes: [NODE1, NODE2]
  evs:
    EVS1: { owner: NODE2, preferred: [NODE2, NODE1], stores: { SG1/Mailbox: 1GB } }
    EVS2: { owner: NODE1, preferred: [NODE1, NODE2], stores: { SG1/Mailbox: 1GB } }";
/// One node at least is passive.
const SINGLE_COPY: &str = "nodes: [NODE1, NODE2, NODE3]
  evs:
    EVS1: { owner: NODE2, preferred: [NODE2, NODE1], stores: { SG1/Mailbox: 1GB } }
    EVS2: { owner: NODE3, preferred: [NODE3, NODE1], stores: { SG1/Mailbox: 1GB } }";
const REPLICATED: &str = "nodes: [NODE1, NODE2]
  quorum: majority_with_witness
  evs:
    EVS1:
      owner: NODE2
      preferred: [NODE2, NODE1]
      copies: replicated
      stores: { SG1/Mailbox: { size: 1GB, logs: 60 } }";

/// A kind of server of Exchange 2000 or 2003, with a Windows that carries it.
const fn active_active(exchange: &'static str, windows: &'static str) -> Kind {
    let (cluster, sides, other) = (ACTIVE_ACTIVE, "[[NODE1], [NODE2]]", ", designate: EVS2");
    Kind { exchange, windows, cluster, sides, other, defragments: COPIES_BACK }
}

const KINDS: &[Kind] = &[
    active_active("2000", "2000"),
    active_active("2003", "2003"),
    Kind {
        exchange: "2007",
        windows: "2003",
        cluster: SINGLE_COPY,
        sides: "[[NODE1, NODE3], [NODE2]]",
        other: ", designate: EVS2",
        defragments: RENAMES,
    },
    Kind {
        exchange: "2007",
        windows: "2003",
        cluster: REPLICATED,
        sides: "[[NODE1], [NODE2]]",
        other: "",
        defragments: RENAMES,
    },
];

impl Kind {
    fn is_replicated(&self) -> bool {
        self.cluster == REPLICATED
    }
}

/// NODE2 runs a job on EVS1, and this happens to it at this moment.
fn scenario(kind: &Kind, interruption: Option<(&Disturbance, Time)>, after: After) -> Scenario {
    let Kind { exchange, windows, cluster, sides, other, .. } = kind;
    let other = match after {
        After::Returns => String::new(),
        After::SameDesignation => "  NODE1: { license: unlimited, designate: EVS1 }\n".to_owned(),
        After::OtherDesignation => format!("  NODE1: {{ license: unlimited{other} }}\n"),
        After::Unlicensed => "  NODE1: { designate: EVS1 }\n".to_owned(),
    };
    let mut steps = String::from("  - { at: 10m, run_job: NODE2 }\n");
    let mut step = |at: Time, verb: &str| {
        let at = at.since(Time::START);
        steps.push_str(&format!("  - {{ at: {at}, {verb} }}\n"));
    };
    if let Some((disturbance, at)) = interruption {
        step(at, &disturbance.verb.replace("SIDES", sides));
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
  {cluster}
policy: {{ replication: suspend_and_reseed }}
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
fn moments(kind: &Kind) -> BTreeSet<Time> {
    let report = harness::run(&scenario(kind, None, After::Returns), 0);
    let acts = events(&report.story).filter(|(_, event)| matches!(event, Event::Act { .. }));
    let mut moments: BTreeSet<Time> = acts.map(|(at, _)| at + Span::from_ms(1)).collect();
    let tool_is = |wanted: ToolState| {
        let found = events(&report.story).find(|(_, event)| {
            matches!(event, Event::Tool { tool: Tool::Defragment, state, .. } if *state == wanted)
        });
        found.expect("the job defragments").0
    };
    let (begin, end) = (tool_is(ToolState::Running), tool_is(ToolState::Succeeded));
    let (whole, phases) = kind.defragments;
    assert_eq!(end.since(begin), Span::from_ms(whole));
    moments.extend(phases.iter().map(|ms| begin + Span::from_ms(*ms)));
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
        "on this node: bring EVS1 back here, or mount its stores by hand",
        "from the disk of EVS1, and with it how the stores were: mount by hand",
        "should its other copy be whole, move EVS1 there",
        "reports the copy of SG1 of EVS1: it is suspended: reseed it where its store",
    ];
    way_back.iter().any(|words| text.contains(words))
}

/// What a run showed that should not be; and whether its store was ever damaged.
fn judge(scenario: &Scenario, seed: u64, tidies_up: bool) -> Result<bool, String> {
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
    if tidies_up && !tidy {
        return Err(told());
    }
    let is_damage = |event: &Event| matches!(event, Event::Damage { damaged: true, .. });
    Ok(events(&report.story).any(|(_, event)| is_damage(event)))
}

/// Whether somebody has the server in the end who finds what the job left. Where each node has its
/// own disk, only the job's own node does.
fn tidies_up(kind: &Kind, after: After) -> bool {
    match after {
        After::Returns => true,
        After::SameDesignation => !kind.is_replicated(),
        After::OtherDesignation | After::Unlicensed => false,
    }
}

#[test]
fn whatever_interrupts_a_job_its_store_is_back_or_its_way_back_is_named() {
    let tried = |version: &&str| KINDS.iter().any(|kind| kind.exchange == *version);
    assert!(words::EXCHANGE.iter().map(|(version, _)| *version).all(|it| tried(&it)));
    let all = std::env::var("EVSIM_RECOVERY").is_ok_and(|which| which == "all");
    let stride = if all { 1 } else { 3 };
    let (mut drawn, mut tried) = (0, 0);
    for kind in KINDS {
        let (moments, mut damaged) = (moments(kind), 0);
        assert!(moments.len() >= 25);
        // Of each moment each disturbance is tried, whichever combinations are left out.
        for (at, disturbance) in
            moments.iter().flat_map(|at| DISTURBANCES.iter().map(move |it| (at, it)))
        {
            for (after, seed) in AFTER.into_iter().flat_map(|after| [(after, 0), (after, 3)]) {
                drawn += 1;
                if drawn % stride != 0 {
                    continue;
                }
                let scenario = scenario(kind, Some((disturbance, *at)), after);
                let verdict = judge(&scenario, seed, tidies_up(kind, after));
                let verdict = verdict.unwrap_or_else(|wrong| {
                    let (exchange, verb) = (kind.exchange, disturbance.verb);
                    panic!("Exchange {exchange}, {verb} at {at}, {after:?}, {seed}: {wrong}")
                });
                damaged += usize::from(verdict);
                tried += 1;
            }
        }
        let (exchange, replicated) = (kind.exchange, kind.is_replicated());
        println!("{exchange}, replicated {replicated}: {damaged} with a damaged store");
        assert!(damaged >= 2, "{exchange} is hardly ever damaged");
    }
    println!("{tried} combinations");
}
