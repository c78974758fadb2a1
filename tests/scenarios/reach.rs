//! What a run reaches, in stable words that are computed from what was told and never from what a
//! file says: states, reasons, steps and answers, and for each stop the step at which it struck.
//!
//! Absent on purpose: names, times and sizes. Two runs that differ in these alone reach the same.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;

use evsim::harness::{Line, Report, Told};
use evsim::model::{
    EvsName, Exchange, GroupName, NodeName, NodeState, ResourceName, ResourceState, Span, Time,
};
use evsim::product::console::Console;
use evsim::product::vocabulary::Stop;
use evsim::scenario::Scenario;
use evsim::sim::{CopyNews, Event, GroupConfiguration, Step};

use crate::fate::Fate;

#[path = "reach/said.rs"]
mod said;

/// The name of a value's variant, without what it holds.
fn variant(value: &impl Debug) -> String {
    let text = format!("{value:?}");
    let end = text.find(|c: char| !c.is_alphanumeric()).unwrap_or(text.len());
    text[..end].to_owned()
}

/// What the words are taken from, as the run goes on.
struct Reached<'a> {
    scenario: &'a Scenario,
    words: BTreeSet<String>,
    /// The last step of a job that a node's product took.
    steps: BTreeMap<NodeName, String>,
    /// The nodes in the members' eyes.
    states: BTreeMap<NodeName, NodeState>,
    /// The script of the job that each node runs, and how many stores it has dismounted.
    scripts: BTreeMap<NodeName, (&'static str, usize)>,
    /// What was asked of each node last, but for jobs.
    requests: BTreeMap<NodeName, String>,
    /// How each node's latest job ended.
    outcomes: BTreeMap<NodeName, String>,
    /// What each node's console shows.
    consoles: BTreeMap<NodeName, Console>,
    /// The latest change of owner that brought a node a group, or took one from it.
    changes: BTreeMap<NodeName, String>,
    /// What befell the cluster last, or was done to it.
    step: String,
    /// What last stood against a group on a node, and what last brought it to one.
    bars: BTreeMap<GroupName, String>,
    arrivals: BTreeMap<GroupName, String>,
    /// When a node got the quorum.
    quorum: BTreeMap<NodeName, Time>,
    /// What led to a node's latest state.
    node_changes: BTreeMap<NodeName, String>,
    /// Why the job that a node puts back was ended.
    stopping: BTreeMap<NodeName, Stop>,
    /// Nodes with a job at work.
    at_work: BTreeSet<NodeName>,
    /// What becomes of groups and resources.
    fate: Fate,
    /// When the line is told that is looked at.
    now: Time,
    /// Who owns the quorum.
    holder: NodeName,
    /// The latest fault of machines, networks or the quorum.
    disturbance: String,
}

/// Every word that the run reaches.
pub(crate) fn reached(scenario: &Scenario, report: &Report) -> BTreeSet<String> {
    let states = scenario.cluster.nodes.iter().map(|node| (node.name.clone(), node.state));
    let mut reached = Reached {
        scenario,
        words: BTreeSet::new(),
        steps: BTreeMap::new(),
        states: states.collect(),
        scripts: BTreeMap::new(),
        requests: BTreeMap::new(),
        outcomes: BTreeMap::new(),
        consoles: BTreeMap::new(),
        changes: BTreeMap::new(),
        step: String::new(),
        bars: BTreeMap::new(),
        arrivals: BTreeMap::new(),
        quorum: BTreeMap::new(),
        node_changes: BTreeMap::new(),
        stopping: BTreeMap::new(),
        at_work: BTreeSet::new(),
        fate: Fate::default(),
        now: Time::START,
        holder: holder(scenario),
        disturbance: String::new(),
    };
    report.story.iter().for_each(|line| reached.follow(line));
    let end = reached.fate.end(scenario);
    reached.words.extend(end);
    for group in report.after.groups.iter().filter(|group| group.evs.is_some()) {
        let some = |span: Span| if span > Span::ZERO { "some" } else { "none" };
        let (planned, unplanned) = (some(group.outage.planned), some(group.outage.unplanned));
        let outage = format!("outage planned {planned}, unplanned {unplanned}");
        reached.after_disturbance(&outage);
        reached.words.insert(outage);
        reached.words.insert(format!("server {} in the end", group.state));
    }
    reached.words
}

/// The node that owns the quorum at the start.
fn holder(scenario: &Scenario) -> NodeName {
    let cluster = &scenario.cluster;
    let has = |group: &&GroupConfiguration| {
        group.resources.iter().any(|resource| resource.name == cluster.quorum)
    };
    let group = cluster.groups.iter().find(has).expect("a cluster has its quorum");
    group.owner.clone()
}

impl Reached<'_> {
    fn add(&mut self, word: String) {
        self.words.insert(word);
    }

    fn follow(&mut self, line: &Line) {
        self.now = line.time;
        match &line.told {
            Told::Cluster(event) => {
                let words = self.fate.event(self.scenario, self.now, event);
                self.words.extend(words);
                self.event(event);
            }
            Told::Product(node, said) => self.said(node, said),
        }
    }

    /// What a group is to the cluster: its quorum's, a server, or any other.
    fn kind(&self, group: &GroupName) -> &'static str {
        let group = self.scenario.cluster.groups.iter().find(|it| it.name == *group);
        match group {
            Some(group) if group.evs_name().is_some() => "server",
            Some(group) if group.resources.iter().any(|it| self.is_quorum(&it.name)) => "quorum",
            Some(_) | None => "group",
        }
    }

    fn is_quorum(&self, resource: &ResourceName) -> bool {
        self.scenario.cluster.quorum == *resource
    }

    fn type_of(&self, resource: &ResourceName) -> String {
        let groups = self.scenario.cluster.groups.iter();
        let mut resources = groups.flat_map(|group| &group.resources);
        let found = resources.find(|it| it.name == *resource);
        found.map_or_else(String::new, |it| it.type_name.to_string())
    }

    fn event(&mut self, event: &Event) {
        match event {
            Event::Stepped { step, result, .. } => {
                self.disturbed(step);
                if let Step::OnlineResource(name) | Step::OfflineResource(name) = step {
                    let (of, version) = (self.type_of(name), self.version_of(name));
                    self.add(format!("step {} {of} {version}", variant(step)));
                }
                let step = variant(step);
                let groups = self.scenario.cluster.groups.iter();
                let servers = groups.filter(|it| it.evs_name().is_some()).count();
                self.add(format!("step {step} among {servers} servers"));
                if result.is_ok() {
                    self.step = step.clone();
                }
                match result {
                    Ok(()) => self.add(format!("step {step}")),
                    Err(code) => self.add(format!("step {step} refused {code}")),
                }
            }
            Event::Node { node, state, why } => {
                self.add(format!("node {state} {}", variant(why)));
                self.node_changes.insert(node.clone(), variant(why));
                self.states.insert(node.clone(), *state);
                let members = self.states.values().filter(|state| state.is_member()).count();
                self.add(format!("members {members}"));
                self.after_disturbance(&format!("node {state} {}", variant(why)));
            }
            Event::Owner { group, from, to, why } => self.owner(group, from, to, &variant(why)),
            Event::Escalated { resource, group, end, .. } => {
                let (of, version) = (self.type_of(resource), self.version_of(resource));
                self.add(format!("escalation {of} {} {version}", variant(end)));
                self.add(format!("escalation {} after {}", variant(end), self.step));
                if let Some(bar) = self.bars.get(group) {
                    self.add(format!("escalation after {bar} {}", variant(end)));
                }
                self.add(format!("escalation {}", variant(end)));
                self.add(format!("escalation {} {}", self.type_of(resource), variant(end)));
            }
            Event::Resource { resource, state: ResourceState::Failed, error, .. } => {
                let error = error.map_or_else(|| "by a fault".to_owned(), |it| it.to_string());
                self.add(format!("failed {} {error}", self.type_of(resource)));
            }
            Event::Resource { resource, state, .. } => {
                self.add(format!("resource {} {state}", self.type_of(resource)));
            }
            Event::Group { group, state, .. } => {
                self.add(format!("{} {state}", self.kind(group)));
                if let Some(why) = self.arrivals.get(group) {
                    self.add(format!("{} {state} after {why}", self.kind(group)));
                }
            }
            Event::Store { mount, .. } => self.add(format!("store {mount}")),
            Event::Tool { node, tool, state, .. } => {
                let cluster = &self.scenario.cluster;
                let replicated = cluster.groups.iter().any(|group| group.replicated.is_some());
                let of = format!("{}, replicated {replicated}", cluster.exchange);
                self.add(format!("{tool} {state} in {of}"));
                self.add(format!("{tool} {state}"));
                self.add(format!("{tool} {state} after {}", self.step));
                if let Some(stop) = self.stopping.get(node) {
                    self.add(format!("{tool} {state} under {stop}"));
                }
            }
            Event::Damage { damaged, .. } => {
                let members = self.states.values().filter(|state| state.is_member()).count();
                self.add(format!("damaged {damaged}"));
                self.add(format!("damaged {damaged} among {members} members"));
            }
            Event::Act { deed, result: Err(code), .. } => {
                self.add(format!("act {} refused {code}", variant(deed)));
            }
            Event::Act { .. } | Event::Written { .. } => {}
            Event::Interface { state, .. } => self.after_disturbance(&format!("interface {state}")),
            Event::Network { state, .. } => self.after_disturbance(&format!("network {state}")),
            Event::ServiceEnded { why, .. } => {
                self.after_disturbance(&format!("service ended {}", variant(why)));
            }
            Event::PoweredOff { cut_short, .. } => {
                let how = if cut_short.is_empty() { "in time" } else { "cut short" };
                self.after_disturbance(&format!("off {how}"));
            }
            Event::Copies { news: CopyNews::State { state, .. }, .. } => {
                self.add(format!("copy {state}"));
            }
            Event::Copies { news: CopyNews::Roles { broken }, .. } => {
                self.add(format!("other copies, whole {}", broken.is_empty()));
            }
            Event::Copies { news, .. } => self.add(format!("copy {}", variant(news))),
            Event::Barred { group, why, .. } => {
                self.bars.insert(group.clone(), variant(why));
                self.add(format!("barred {}", variant(why)));
            }
            Event::Stranded { .. } => self.after_disturbance("no node"),
            other => self.add(variant(other)),
        }
    }

    /// A fault of machines, networks or the quorum; of a partition also how large its sides are.
    fn disturbed(&mut self, step: &Step) {
        self.disturbance = match step {
            Step::Partition { sides, .. } => {
                let sizes = sides.iter().map(|side| side.len().to_string()).collect::<Vec<_>>();
                format!("Partition {}", sizes.join("|"))
            }
            Step::Cut { network, node, .. } => {
                let networks = self.scenario.cluster.networks.iter();
                let mut others = networks.filter(|it| it.name != *network);
                let heard = others.any(|it| it.role.carries_heartbeats());
                let whose = if node.is_some() { "a node" } else { "all" };
                format!("Cut of {whose}, heard elsewhere {heard}")
            }
            Step::Crash(node) | Step::Hang { node, .. } => {
                let owner = *node == self.holder;
                format!("{} of the quorum's owner {owner}", variant(step))
            }
            Step::Heal(heal) => format!("Heal {}", variant(heal)),
            Step::ShutDown { node, restart } => {
                let member = self.states.get(node).is_some_and(|state| state.is_member());
                let how = if *restart { "restart" } else { "shut down" };
                format!("ShutDown, {how}, of a member {member}")
            }
            step => variant(step),
        };
    }

    /// What it leads to depends on what decides who may run the cluster.
    fn after_disturbance(&mut self, what: &str) {
        let cluster = &self.scenario.cluster;
        let (kind, nodes) = (variant(&cluster.quorum_kind), cluster.nodes.len());
        let work = if self.at_work.is_empty() { "" } else { " under a job" };
        let after = format!("{what}{work} after {}", self.disturbance);
        self.add(format!("{after}, {kind} of {nodes}"));
        self.add(after);
    }

    /// The version of the server that the resource is a part of.
    fn version_of(&self, resource: &ResourceName) -> Exchange {
        let mut groups = self.scenario.cluster.groups.iter();
        let own = groups.find(|group| group.resources.iter().any(|it| it.name == *resource));
        own.map_or(self.scenario.cluster.exchange, |group| group.exchange)
    }

    fn owner(&mut self, group: &GroupName, from: &NodeName, to: &NodeName, why: &str) {
        let kind = self.kind(group);
        self.after_disturbance(&format!("owner of a {kind} {why}"));
        let state = self.states.get(to).copied().unwrap_or(NodeState::Down);
        self.add(format!("owner of a {kind} {why} {state}"));
        self.add(format!("owner {why} {}", variant(&self.scenario.cluster.windows)));
        self.arrivals.insert(group.clone(), why.to_owned());
        if kind == "quorum" {
            self.quorum.insert(to.clone(), self.now);
            self.holder = to.clone();
        }
        let with = match self.quorum.get(to) == Some(&self.now) {
            true => " with the quorum",
            false => "",
        };
        let (lost, got) = (self.whose(group, from), self.whose(group, to));
        self.changes.insert(from.clone(), format!("it lost {lost}, {why}"));
        self.changes.insert(to.clone(), format!("it got {got}{with}, {why}"));
    }

    /// What the group is to the product on the node.
    fn whose(&self, group: &GroupName, node: &NodeName) -> String {
        let found = self.scenario.cluster.groups.iter().find(|it| it.name == *group);
        let server = found.and_then(|group| group.evs_name()).map(EvsName::from);
        let designated = self.consoles.get(node).and_then(|console| console.designated.clone());
        match (server, designated) {
            (Some(server), Some(designated)) if server == designated => "its server".to_owned(),
            (Some(_), Some(_)) => "another server".to_owned(),
            _ => format!("a {}", self.kind(group)),
        }
    }
}
