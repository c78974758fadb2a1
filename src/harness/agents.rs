//! The product's agents, one on each node where the scenario installs the product.
//!
//! An agent wakes once per instant, after the cluster's changes have settled, and when it asked to
//! be woken. It dies with its node and comes back with what it had written.

use std::collections::{BTreeMap, VecDeque};

use super::Connect;
use super::story::{Said, Story};
use crate::backend::Backend;
use crate::model::{NodeName, Span, Time, same};
use crate::product::agent::{self, Woken};
use crate::product::console::{self, Console};
use crate::product::designation::{DesignatedBy, Designation};
use crate::product::memory::{NodeMemory, Outcome};
use crate::product::picture::Picture;
use crate::product::plan::Refusal;
use crate::product::policy::Policy;
use crate::product::reason::Reason;
use crate::product::request::Request;
use crate::product::vocabulary::RefusalKind;
use crate::scenario::{Installed, Scenario, Verb};
use crate::sim::{Configuration, GroupConfiguration, SharedCluster};

pub(super) struct Agent {
    backend: Box<dyn Backend>,
    /// Awake since then, if it has not been looked at yet.
    due: Option<Time>,
    wake_at: Option<Time>,
    /// When one of its schedules asks for something.
    due_at: Option<Time>,
    asked: VecDeque<Request>,
    /// What it waits for and leaves alone, as last said.
    holds: Vec<Reason>,
    console: Option<Console>,
    refused: Option<RefusalKind>,
    latest_job: Option<(u32, Outcome)>,
    /// What it made of its last look.
    picture: Option<Picture>,
}

pub(super) struct Agents {
    policy: Policy,
    agents: BTreeMap<NodeName, Agent>,
}

impl Agents {
    pub(super) fn new(scenario: &Scenario, cluster: &SharedCluster, connect: &Connect<'_>) -> Self {
        let installs = scenario.steps.iter().filter_map(|moment| match &moment.verb {
            Verb::Product(node, _) | Verb::Console(node) => Some(node.clone()),
            Verb::Cluster(_) => None,
        });
        let nodes = scenario.product.keys().cloned().chain(installs);
        for (node, installed) in &scenario.product {
            let text = record_of(installed, &scenario.cluster);
            let known = cluster.borrow_mut().preload(node, text);
            known.expect("a scenario names its own nodes only");
        }
        let agents = nodes.map(|node| {
            let agent = Agent::new(connect(cluster, &node));
            (node, agent)
        });
        Self { policy: scenario.policy.clone(), agents: agents.collect() }
    }

    /// When an agent is to be woken next. What changed while it was awake shows a moment later.
    /// Schedules come round for ever: with `cycles` switched off they wake nobody.
    pub(super) fn next(&self, now: Time, cycles: bool) -> Option<Time> {
        let of = |agent: &Agent| {
            let cycle = agent.due_at.filter(|_| cycles);
            [agent.due, agent.wake_at, cycle].into_iter().flatten().min()
        };
        let next = self.agents.values().filter_map(of).min()?;
        Some(next.max(now + Span::from_ms(1)))
    }

    /// Puts a request to the product on the node, which answers at once, or when it has written
    /// down what it is about to.
    pub(super) fn ask(
        &mut self,
        node: &NodeName,
        request: Request,
        cluster: &SharedCluster,
        story: &mut Story,
    ) {
        let Some(agent) = self.agents.get_mut(node) else { return };
        agent.asked.push_back(request);
        let now = cluster.borrow().now();
        let runs = cluster.borrow().runs(node);
        let mut turn = Turn { now, node, agent, cluster, story, policy: &self.policy };
        match runs {
            true => turn.answer(),
            false => turn.nobody_answers(),
        }
    }

    /// Has an administrator give up every schedule on each of these machines that runs: one whose
    /// jobs leave no pause would go on for ever, as each end of a job wakes the agent.
    pub(super) fn give_up_schedules(
        &mut self,
        nodes: &[NodeName],
        cluster: &SharedCluster,
        story: &mut Story,
    ) {
        for node in nodes.iter().filter(|node| cluster.borrow().runs(node)) {
            let Some(agent) = self.agents.get(node) else { continue };
            let (picture, _) = agent::look(&*agent.backend, agent.picture.as_ref());
            let memory = picture.memory.ok().and_then(|memory| memory.node);
            for schedule in memory.into_iter().flat_map(|memory| memory.schedules.clone()) {
                let request = Request::CancelSchedule { schedule: Some(schedule.number) };
                self.ask(node, request, cluster, story);
            }
        }
    }

    /// The node's agent is gone with all that it did not write.
    pub(super) fn die_with(&mut self, node: &NodeName, cluster: &SharedCluster, story: &mut Story) {
        if let Some(agent) = self.agents.get_mut(node) {
            agent.holds.clear();
            agent.console = None;
            agent.picture = None;
            agent.wake_at = None;
            agent.due_at = None;
            agent.due = None;
            let now = cluster.borrow().now();
            Turn { now, node, agent, cluster, story, policy: &self.policy }.nobody_answers();
        }
    }

    pub(super) fn show_console(
        &mut self,
        node: &NodeName,
        cluster: &SharedCluster,
        story: &mut Story,
    ) {
        let at = cluster.borrow().now();
        if let Some(console) = self.console(node, cluster) {
            story.say(at, node, Said::Shown(Box::new(console)));
        }
    }

    /// Wakes every agent whose turn it is, in the order of the nodes' names.
    pub(super) fn wake(&mut self, cluster: &SharedCluster, story: &mut Story) {
        let now = cluster.borrow().now();
        self.hear(cluster, now);
        for (node, agent) in &mut self.agents {
            let moments = [agent.due, agent.wake_at, agent.due_at];
            if !moments.into_iter().flatten().any(|at| at <= now) {
                continue;
            }
            agent.due = None;
            agent.wake_at = None;
            agent.due_at = None;
            let now = cluster.borrow().now();
            let mut turn = Turn { now, node, agent, cluster, story, policy: &self.policy };
            if cluster.borrow().runs(turn.node) {
                turn.take();
            }
        }
        self.hear(cluster, now);
    }

    /// Takes note of the nodes that have heard of a change.
    fn hear(&mut self, cluster: &SharedCluster, now: Time) {
        for node in cluster.borrow_mut().take_wakes() {
            if let Some(agent) = self.agents.get_mut(&node) {
                agent.due.get_or_insert(now);
            }
        }
    }

    /// The console on a node as it would show now; none where the product is not installed or the
    /// machine is off.
    pub(super) fn console(&mut self, node: &NodeName, cluster: &SharedCluster) -> Option<Console> {
        self.agents.get_mut(node).filter(|_| cluster.borrow().runs(node))?.show()
    }

    /// Every such console.
    pub(super) fn consoles(&mut self, cluster: &SharedCluster) -> Vec<Console> {
        let agents = self.agents.iter_mut().filter(|(node, _)| cluster.borrow().runs(node));
        agents.filter_map(|(_, agent)| agent.show()).collect()
    }

    /// What any of them made of its last look; it saves who looks on the same work.
    pub(super) fn picture(&self) -> Option<&Picture> {
        self.agents.values().find_map(|agent| agent.picture.as_ref())
    }

    pub(super) fn refused(&self, node: &NodeName) -> Option<RefusalKind> {
        self.agents.get(node)?.refused
    }

    pub(super) fn latest_job(&self, node: &NodeName) -> Option<&(u32, Outcome)> {
        self.agents.get(node)?.latest_job.as_ref()
    }

    /// Jobs that have not ended.
    pub(super) fn unfinished(&self) -> Vec<String> {
        let running = |(node, agent): (&NodeName, &Agent)| match &agent.latest_job {
            Some((number, Outcome::Running)) => Some(format!("{node} job {number} still runs")),
            _ => None,
        };
        self.agents.iter().filter_map(running).collect()
    }
}

impl Agent {
    fn new(backend: Box<dyn Backend>) -> Self {
        Self {
            backend,
            due: Some(Time::START),
            wake_at: None,
            due_at: None,
            asked: VecDeque::new(),
            holds: Vec::new(),
            console: None,
            refused: None,
            latest_job: None,
            picture: None,
        }
    }

    /// What its console would show now.
    fn show(&mut self) -> Option<Console> {
        let (picture, _) = agent::look(&*self.backend, self.picture.as_ref());
        let picture = self.picture.insert(picture);
        let console = console::console(picture, picture.memory.as_ref().ok()?);
        Some(console).filter(|console| console.installed)
    }
}

/// One agent's turn.
struct Turn<'a> {
    now: Time,
    node: &'a NodeName,
    agent: &'a mut Agent,
    cluster: &'a SharedCluster,
    story: &'a mut Story,
    policy: &'a Policy,
}

impl Turn<'_> {
    fn nobody_answers(&mut self) {
        while let Some(request) = self.agent.asked.pop_front() {
            self.story.say(self.now, self.node, Said::Unanswered(request));
        }
    }

    fn take(&mut self) {
        self.answer();
        let Agent { backend, picture, .. } = &mut *self.agent;
        let woken = agent::wake(&mut **backend, self.policy, picture.as_ref());
        self.tell(woken);
    }

    fn answer(&mut self) {
        while let Some(request) = self.agent.asked.front().cloned() {
            let Agent { backend, picture, .. } = &mut *self.agent;
            match agent::ask(&mut **backend, self.policy, &request, picture.as_ref()) {
                Err(Refusal::Busy) => break,
                Err(refusal) => {
                    self.agent.asked.pop_front();
                    self.say(Said::Asked(request.clone()));
                    self.agent.refused = refusal.kind();
                    self.say(Said::Refused(request, refusal));
                    self.story.follow(&self.cluster.borrow());
                    self.keep_time();
                }
                Ok(woken) => {
                    self.agent.asked.pop_front();
                    self.agent.refused = None;
                    self.now = woken.now;
                    self.say(Said::Asked(request.clone()));
                    if woken.refused.is_none() {
                        self.say(Said::Admitted(request));
                    }
                    self.tell_acts(&woken);
                }
            }
        }
    }

    fn tell(&mut self, woken: Woken) {
        let over = self.agent.holds.iter().filter(|hold| !woken.plan.holds.contains(hold));
        for hold in over.cloned().collect::<Vec<_>>() {
            self.say(Said::LetsGo(hold));
        }
        let fresh = woken.plan.holds.iter().filter(|hold| !self.agent.holds.contains(hold));
        for hold in fresh.cloned().collect::<Vec<_>>() {
            self.say(Said::Holds(hold));
        }
        self.tell_acts(&woken);
        self.agent.wake_at = woken.wake_at();
        self.agent.holds = woken.plan.holds;
        self.agent.due_at = woken.plan.due_at;
        let picture = self.agent.picture.insert(woken.picture);
        let Ok(memory) = &picture.memory else { return };
        let (job, console) = (memory.latest_job(), console::console(picture, memory));
        if job != self.agent.latest_job {
            self.agent.latest_job = job;
            if let Some((number, outcome)) = job {
                self.say(Said::Job { number, outcome });
            }
        }
        if console.installed && self.agent.console.as_ref() != Some(&console) {
            self.agent.console = Some(console.clone());
            self.say(Said::Console(Box::new(console)));
        }
    }

    /// The reasons first, then the effects that the cluster has recorded meanwhile.
    fn tell_acts(&mut self, woken: &Woken) {
        self.now = woken.now;
        for planned in &woken.plan.actions[..woken.done] {
            self.say(Said::Did(planned.reason.clone()));
        }
        if let (Some(error), Some(planned)) = (&woken.refused, woken.plan.actions.get(woken.done)) {
            self.say(Said::Missed(planned.reason.clone(), error.clone()));
        }
        self.story.follow(&self.cluster.borrow());
        self.keep_time();
    }

    /// Looking takes no time, but through a live backend the cluster goes on meanwhile.
    fn keep_time(&mut self) {
        self.now = self.cluster.borrow().now();
    }

    fn say(&mut self, said: Said) {
        self.story.say(self.now, self.node, said);
    }
}

/// The record of a product that was installed, licensed and designated before the start.
fn record_of(installed: &Installed, cluster: &Configuration) -> String {
    let designation = installed.designate.as_ref().map(|evs| {
        let named = |group: &&GroupConfiguration| {
            group.evs_name().is_some_and(|name| same(name, evs.as_str()))
        };
        let found = cluster.groups.iter().find(named);
        let identity = found.and_then(|group| Some((group.guid, group.attendant()?.guid)));
        let (group, attendant) = identity.expect("a scenario designates what it has");
        Designation {
            evs: evs.clone(),
            group,
            attendant,
            at: Time::START,
            by: DesignatedBy::Before,
        }
    });
    NodeMemory::new(installed.license, designation).text()
}
