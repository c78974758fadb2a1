//! How fast the simulator is, on one core, against a bare loop over a `BinaryHeap` that takes as
//! many events in the same run.
//!
//! `cargo bench --bench speed` prints a table; `-- --quick` takes every case once and only shows
//! that all of them run. `-- WORD` takes the cases whose name has the word, which a profiler wants.
//! Reading a scenario is outside of every figure.
//!
//! Absent on purpose: any assertion. A machine that is busy with something else is no mistake.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fmt::Write as _;
use std::hint::black_box;
use std::rc::Rc;
use std::time::{Duration, Instant};

use evsim::harness::{self, connect_directly};
use evsim::model::Span;
use evsim::scenario::{self, Scenario, Verb};
use evsim::sim::{Cluster, Step};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let quick = arguments.iter().any(|argument| argument == "--quick");
    let patience = if quick { Duration::ZERO } else { Duration::from_secs(2) };
    let words = arguments.into_iter().filter(|argument| !argument.starts_with("--")).collect();
    let mut table = Table::new(patience, words);
    let node_failure = read(include_str!("../../scenarios/active-active/node-failure.yaml"));
    table.add("node-failure: simulate, plan, check", || whole(&node_failure));
    let busy = read(&fleet(2, 2, 1, "2h"));
    let moves = if quick { 10 } else { 1_000 };
    table.add("two nodes, groups moved to and fro", || moved(&busy, moves));
    for (nodes, groups) in [(2, 125), (8, 500)] {
        let scenario = read(&fleet(nodes, groups, nodes / 2, "2h"));
        let name = format!("{nodes} nodes, {groups} groups, half fail");
        table.add(&format!("{name}: cluster alone"), || alone(&scenario));
        table.add(&format!("{name}: whole run"), || whole(&scenario));
    }
    for (until, name) in [("1d", "a quiet day"), ("365d", "a quiet year")] {
        let quiet = read(&fleet(2, 2, 0, until));
        table.add(name, || whole(&quiet));
    }
    print!("{}", table.text);
    if let Some(peak) = peak_memory() {
        println!("\npeak memory of all of this: {peak}");
    }
}

/// What one case took: the least of its rounds, and of as many rounds of the bare loop. Whatever
/// else the machine does only ever adds to that.
struct Measured {
    events: u64,
    time: Duration,
    bare: Duration,
}

/// Repeats the case for so long, once at least. It takes turns with the bare loop, so that both
/// meet the machine in the same mood.
fn measure(patience: Duration, mut case: impl FnMut() -> u64) -> Measured {
    let (mut time, mut bare) = (Duration::MAX, Duration::MAX);
    let start = Instant::now();
    loop {
        let begun = Instant::now();
        let events = case();
        time = time.min(begun.elapsed());
        let begun = Instant::now();
        black_box(bare_loop(events));
        bare = bare.min(begun.elapsed());
        if start.elapsed() >= patience {
            return Measured { events, time, bare };
        }
    }
}

/// The least that a simulation by events can do: take the next one and put another in its place,
/// with a few dozen waiting.
fn bare_loop(events: u64) -> u64 {
    let mut heap: BinaryHeap<Reverse<(u64, u64)>> = (0..32).map(|at| Reverse((at, at))).collect();
    let mut mixed = 0_u64;
    for sequence in 32..32 + events {
        let Some(Reverse((at, earlier))) = heap.pop() else { break };
        mixed = mixed.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(earlier);
        heap.push(Reverse((at + 1 + mixed % 1_000, sequence)));
    }
    mixed
}

/// Everything that a run does with a scenario that was read; how many events happened.
fn whole(scenario: &Scenario) -> u64 {
    let run = harness::start(scenario, 0, &connect_directly);
    let cluster = Rc::clone(run.cluster());
    black_box(run.report());
    cluster.borrow().happened()
}

/// The scenario's steps on a cluster that nobody watches.
fn alone(scenario: &Scenario) -> u64 {
    let mut cluster = Cluster::new(&scenario.cluster, 0);
    for moment in &scenario.steps {
        if let Verb::Cluster(step) = &moment.verb {
            cluster.advance(moment.at);
            cluster.apply(step);
        }
    }
    cluster.advance(scenario.until);
    black_box(cluster.trace().len());
    cluster.happened()
}

/// An administrator who moves every group to another node, and moves it again once it is up there.
fn moved(scenario: &Scenario, times: u32) -> u64 {
    let mut cluster = Cluster::new(&scenario.cluster, 0);
    let groups = &scenario.cluster.groups;
    for _ in 0..times {
        for group in groups {
            cluster.apply(&Step::Move { group: group.name.clone(), to: None });
        }
        cluster.advance(cluster.now() + Span::from_secs(300));
    }
    black_box(cluster.trace().len());
    cluster.happened()
}

fn read(text: &str) -> Scenario {
    match scenario::read(text.as_bytes(), "a scenario of the benchmark") {
        Ok(scenario) => scenario,
        Err(problems) => panic!("{problems}"),
    }
}

/// A cluster of so many nodes with the product on each, an Exchange Virtual Server on the first
/// half of them and groups of a file share in equal parts on all; the last `failing` nodes crash
/// one after the other.
fn fleet(nodes: usize, groups: usize, failing: usize, until: &str) -> String {
    let servers = nodes / 2;
    let names: Vec<String> = (1..=nodes).map(|at| format!("NODE{at}")).collect();
    let mut text = format!(
        "about: A fleet.\ncluster:\n  name: FLEET\n  windows: 2003\n  exchange: 2003\n  nodes: [{}]\n",
        names.join(", ")
    );
    text.push_str("  evs:\n");
    for at in 1..=servers {
        let _ =
            writeln!(text, "    EVS{at}: {{ owner: NODE{at}, stores: {{ SG1/Mailbox: 1GB }} }}");
    }
    text.push_str("  groups:\n");
    for at in 0..groups - servers {
        let owner = &names[at % nodes];
        let _ = write!(
            text,
            "    Share {at}:\n      owner: {owner}\n      resources:\n        \
             Address {at}: {{ type: IP Address }}\n        \
             Name {at}: {{ type: Network Name, depends_on: [Address {at}], \
             private: {{ Name: SHARE{at} }} }}\n        \
             Drive {at}: {{ type: Physical Disk }}\n        \
             Folder {at}: {{ type: File Share, depends_on: [Name {at}, Drive {at}] }}\n"
        );
    }
    text.push_str("product:\n");
    for (at, node) in names.iter().enumerate() {
        let designate =
            if at < servers { format!(", designate: EVS{}", at + 1) } else { String::new() };
        let _ = writeln!(text, "  {node}: {{ license: unlimited{designate} }}");
    }
    if failing > 0 {
        text.push_str("steps:\n");
    }
    for (at, node) in names.iter().rev().take(failing).enumerate() {
        let _ = writeln!(text, "  - {{ at: {}m, crash: {node} }}", 10 + at);
    }
    let _ = writeln!(text, "until: {until}");
    text
}

/// Rows of figures under one heading.
struct Table {
    text: String,
    /// How long each case is repeated.
    patience: Duration,
    /// A case is taken where its name has one of these words; none: all are.
    words: Vec<String>,
}

impl Table {
    fn new(patience: Duration, words: Vec<String>) -> Self {
        let text = format!(
            "{:<46}{:>9}{:>13}{:>10}{:>12}{:>7}\n",
            "case", "events", "time", "ns/event", "bare loop", "times"
        );
        Self { text, patience, words }
    }

    fn add(&mut self, name: &str, case: impl FnMut() -> u64) {
        if !self.words.is_empty() && !self.words.iter().any(|word| name.contains(word)) {
            return;
        }
        let Measured { events, time, bare } = measure(self.patience, case);
        let each = |time: Duration| time.as_nanos() / u128::from(events).max(1);
        let _ = writeln!(
            self.text,
            "{name:<46}{events:>9}{:>10}.{:01} us{:>10}{:>12}{:>7}",
            time.as_micros(),
            time.as_nanos() / 100 % 10,
            each(time),
            each(bare),
            time.as_nanos() / bare.as_nanos().max(1)
        );
    }
}

/// The most memory that the process has held so far, where the system tells.
fn peak_memory() -> Option<String> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().to_owned())
}
