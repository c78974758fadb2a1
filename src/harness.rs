//! Runs a scenario: the simulated cluster, an agent of the product on each node, and what the
//! scenario lets happen; then says what came out.
//!
//! Absent on purpose: any decision. The cluster decides in `sim`, the product in `product`; here
//! they are only given their turns, and watched.

mod agents;
mod check;
mod course;
mod expect;
mod left;
mod moment;
mod page;
mod report;
mod sight;
mod situation;
mod story;
mod why;

use std::cell::RefCell;
use std::rc::Rc;

pub use check::{Check, Verdict, checks};
pub use course::{Course, follow};
pub use expect::Met;
pub use left::Left;
pub use moment::{Astray, Disk, Eyes, Moment};
pub use report::{Detail, Draw, FORMAT_VERSION, Report, console_text, situation_text};
pub use sight::{Seen, Sight, What};
pub use situation::{GroupSituation, Situation};
pub use story::{Line, Said, Told};
pub use why::{Cause, why};

use crate::backend::Backend;
use crate::model::{NodeName, Time};
use crate::product::console::Console;
use crate::scenario::{Scenario, Verb};
use crate::sim::{Cluster, Heal, SharedCluster, SimBackend, Step};
use agents::Agents;
use sight::Watch;
use story::Story;

/// How a node's backend is opened.
pub type Connect<'a> = dyn Fn(&SharedCluster, &NodeName) -> Box<dyn Backend> + 'a;

/// Opens the simulator's own backend.
///
/// # Panics
/// When the cluster has no such node; a scenario that was read names its own nodes only.
pub fn connect_directly(cluster: &SharedCluster, node: &NodeName) -> Box<dyn Backend> {
    Box::new(SimBackend::new(cluster, node).expect("a scenario names its own nodes only"))
}

/// Runs a scenario to its end.
pub fn run(scenario: &Scenario, seed: u64) -> Report {
    start(scenario, seed, &connect_directly).report()
}

/// A run that has begun.
pub struct Run<'a> {
    scenario: &'a Scenario,
    seed: u64,
    cluster: SharedCluster,
    agents: Agents,
    story: Story,
    before: Situation,
    met: Vec<Met>,
    /// How many of the scenario's steps have been taken.
    taken: usize,
    /// The moments at which something is expected, and how many of them have come.
    moments: Vec<Time>,
    judged: usize,
    /// The node through whose eyes the run is watched, and how it saw things before.
    watch: Option<(Watch, Moment)>,
    /// The scenario is over: what comes round again and again wakes nobody any more.
    healing: bool,
}

/// The same, watched through the eyes of a node, if one is named: then the report is that of what
/// this node saw.
///
/// # Panics
/// When the scenario has no such node.
pub fn watch<'a>(scenario: &'a Scenario, seed: u64, node: Option<&NodeName>) -> Run<'a> {
    begin(scenario, seed, &connect_directly, node)
}

/// Begins a run whose backends are opened by `connect`.
pub fn start<'a>(scenario: &'a Scenario, seed: u64, connect: &Connect<'_>) -> Run<'a> {
    begin(scenario, seed, connect, None)
}

fn begin<'a>(
    scenario: &'a Scenario,
    seed: u64,
    connect: &Connect<'_>,
    watched: Option<&NodeName>,
) -> Run<'a> {
    let cluster = Rc::new(RefCell::new(Cluster::new(&scenario.cluster, seed)));
    let mut agents = Agents::new(scenario, &cluster, connect);
    let mut moments: Vec<Time> = scenario.expect.iter().map(|it| it.at).collect();
    moments.sort();
    moments.dedup();
    let before = situation::take(&cluster, &mut agents, &scenario.cluster);
    let mut run = Run {
        scenario,
        seed,
        cluster,
        agents,
        story: Story::default(),
        before,
        met: Vec::new(),
        taken: 0,
        moments,
        judged: 0,
        watch: None,
        healing: false,
    };
    if let Some(node) = watched {
        let before = moment::of_node(node, &run.cluster, &mut run.agents, &scenario.cluster);
        run.watch = Some((Watch::new(node, &run.cluster), before));
    }
    run.instant(Time::START);
    run
}

impl Run<'_> {
    /// Lets everything happen up to and including this moment.
    pub fn advance(&mut self, to: Time) {
        while let Some(next) = self.next().filter(|next| *next <= to) {
            self.instant(next);
        }
        self.cluster.borrow_mut().advance(to);
    }

    /// The cluster, to look at between two advances.
    pub fn cluster(&self) -> &SharedCluster {
        &self.cluster
    }

    /// The console of every node where the product is installed and the machine runs, as it would
    /// show now.
    pub fn consoles(&mut self) -> Vec<Console> {
        self.agents.consoles(&self.cluster)
    }

    /// What has happened so far.
    pub fn story(&self) -> &[Line] {
        self.story.lines()
    }

    /// How everything stands now, for the members or through the eyes of a node.
    pub fn moment(&mut self, node: Option<&NodeName>) -> Moment {
        let configuration = &self.scenario.cluster;
        match node {
            None => moment::of_members(&self.cluster, &mut self.agents, configuration),
            Some(node) => moment::of_node(node, &self.cluster, &mut self.agents, configuration),
        }
    }

    /// Runs to the scenario's end and reports; the checks look a little further, at what comes of
    /// the cluster once everything is switched on again.
    pub fn report(mut self) -> Report {
        self.advance(self.scenario.until);
        let after = situation::take(&self.cluster, &mut self.agents, &self.scenario.cluster);
        let told = self.story.lines().len();
        let seen = self.watch.take().map(|(watch, before)| {
            let node = watch.node().clone();
            let after = self.moment(Some(&node));
            Seen { node, before, sights: watch.sights(), after }
        });
        let rest = self.heal();
        let lines = self.story.into_lines(told);
        let checks = check::checks(self.scenario, &lines, &rest);
        Report::new(self.scenario, self.seed, [self.before, after], lines, checks, self.met, seen)
    }

    /// When something is to be done next: in the cluster, by an agent, by the scenario.
    pub fn next(&self) -> Option<Time> {
        let cluster = self.cluster.borrow();
        let step = self.scenario.steps.get(self.taken).map(|moment| moment.at);
        let expected = self.moments.get(self.judged).copied();
        let agents = self.agents.next(cluster.now(), !self.healing);
        [cluster.next(), step, expected, agents].into_iter().flatten().min()
    }

    fn instant(&mut self, at: Time) {
        self.cluster.borrow_mut().advance(at);
        self.story.follow(&self.cluster.borrow());
        self.bury();
        self.take_steps(at);
        self.cluster.borrow_mut().advance(at);
        self.story.follow(&self.cluster.borrow());
        self.bury();
        self.look();
        self.agents.wake(&self.cluster, &mut self.story);
        self.look();
        self.judge(at);
    }

    /// Has the node look through whose eyes the run is watched.
    fn look(&mut self) {
        if let Some((watch, _)) = &mut self.watch {
            watch.look(&self.cluster, self.story.lines().len());
        }
    }

    /// Agents die with their machines.
    fn bury(&mut self) {
        let dead = self.cluster.borrow_mut().take_deaths();
        for node in dead {
            self.agents.die_with(&node, &self.cluster, &mut self.story);
        }
    }

    fn take_steps(&mut self, at: Time) {
        while let Some(moment) = self.scenario.steps.get(self.taken).filter(|it| it.at <= at) {
            self.taken += 1;
            match &moment.verb {
                Verb::Cluster(step) => {
                    self.cluster.borrow_mut().apply(step);
                    self.story.follow(&self.cluster.borrow());
                    self.bury();
                }
                Verb::Product(node, request) => {
                    let request = request.clone();
                    self.agents.ask(node, request, &self.cluster, &mut self.story);
                }
                Verb::Console(node) => {
                    self.agents.show_console(node, &self.cluster, &mut self.story)
                }
            }
        }
    }

    fn judge(&mut self, at: Time) {
        if self.moments.get(self.judged) != Some(&at) {
            return;
        }
        self.judged += 1;
        for expectation in self.scenario.expect.iter().filter(|it| it.at == at) {
            self.met.push(expect::judge(expectation, &self.cluster, &mut self.agents));
        }
    }

    /// Mends networks and disks, gives every schedule up, switches every machine on, starts every
    /// cluster service, resumes every node, replaces every dead disk, brings every group online
    /// and lets the cluster come to rest; says what does not.
    fn heal(&mut self) -> Result<(), Vec<String>> {
        self.healing = true;
        self.taken = self.scenario.steps.len();
        self.judged = self.moments.len();
        let nodes = self.scenario.cluster.nodes.iter().map(|node| node.name.clone());
        let nodes: Vec<NodeName> = nodes.collect();
        self.cluster.borrow_mut().apply(&Step::Heal(Heal::Everything));
        self.agents.give_up_schedules(&nodes, &self.cluster, &mut self.story);
        // A machine that is about to be off is waited for.
        self.come_to_rest();
        let off = nodes.iter().filter(|node| !self.cluster.borrow().runs(node));
        let off: Vec<NodeName> = off.cloned().collect();
        for node in &off {
            self.cluster.borrow_mut().apply(&Step::Boot(node.clone()));
        }
        self.agents.give_up_schedules(&off, &self.cluster, &mut self.story);
        self.come_to_rest();
        // What runs already, or is no part of the cluster any more, refuses; that is no matter.
        for verb in [Step::StartService, Step::Resume] {
            for node in &nodes {
                self.cluster.borrow_mut().apply(&verb(node.clone()));
            }
            self.come_to_rest();
        }
        for group in &self.scenario.cluster.groups {
            let disk = Step::ReplaceDisk { group: group.name.clone(), empty: false };
            self.cluster.borrow_mut().apply(&disk);
            self.cluster.borrow_mut().apply(&Step::OnlineGroup(group.name.clone()));
        }
        self.come_to_rest();
        let restless = self.next().map(|next| format!("something is still due at {next}"));
        let mut waits = situation::unsettled(&self.cluster.borrow());
        waits.extend(restless);
        waits.extend(self.agents.unfinished());
        if waits.is_empty() { Ok(()) } else { Err(waits) }
    }

    fn come_to_rest(&mut self) {
        /// A resource that fails and is restarted for ever never rests.
        const INSTANTS: usize = 20_000;
        for _ in 0..INSTANTS {
            let Some(next) = self.next() else { break };
            self.instant(next);
        }
    }
}
