//! What becomes of groups and resources in the course of a run, as words: where a group went one
//! time after the other, which failure of a resource was answered how, and what a step met.

use std::collections::{BTreeMap, BTreeSet};

use evsim::model::{GroupName, NodeName, ResourceName, ResourceState, Span, Time};
use evsim::scenario::Scenario;
use evsim::sim::{Event, OwnerChange, Step};

/// What a resource has been through.
#[derive(Default)]
struct Life {
    failures: u32,
    /// When it stopped working, and nobody had noticed yet.
    broken: Option<Time>,
    /// Since when it is on its way.
    pending: Option<Time>,
    state: Option<ResourceState>,
    retried: bool,
}

#[derive(Default)]
pub(crate) struct Fate {
    /// Why each group went where it went, in order.
    ways: BTreeMap<GroupName, Vec<String>>,
    lives: BTreeMap<ResourceName, Life>,
    /// The latest thing that befell a group.
    latest: String,
    /// The state of each group.
    groups: BTreeMap<GroupName, String>,
}

impl Fate {
    /// The words that an event adds.
    pub(crate) fn event(&mut self, scenario: &Scenario, now: Time, event: &Event) -> Vec<String> {
        match event {
            Event::Stepped { step, result, .. } => {
                let mut words = self.step(now, step, result.is_ok());
                words.extend(asked_against(scenario, step));
                words
            }
            Event::Owner { group, from, to, why } => self.owner(scenario, group, from, to, why),
            Event::Group { group, state, .. } => {
                self.groups.insert(group.clone(), state.to_string());
                Vec::new()
            }
            Event::Escalated { resource, group, failures, end, .. } => {
                let word = format!("{end:?}");
                self.ways.entry(group.clone()).or_default().push(word.clone());
                self.latest = word.clone();
                let ways = self.ways[group].join(", ");
                let all = self.lives.entry(resource.clone()).or_default().failures;
                let kind = type_of(scenario, resource);
                vec![
                    format!("escalation at failure {failures} {word}"),
                    format!("failure {all} of a {kind} counts as failure {failures}"),
                    format!("way {ways}"),
                ]
            }
            Event::FailsBack { local, waits, .. } => {
                let day = local.to_string();
                let day = day.split('T').next().unwrap_or_default().to_owned();
                vec![
                    format!("failback waits {waits} in hour {}", local.hour()),
                    format!("failback waits {waits} on {day}"),
                ]
            }
            Event::TimedOut { resource, .. } => {
                let state = self.lives.entry(resource.clone()).or_default().state;
                vec![format!("timed out {} {state:?}", type_of(scenario, resource))]
            }
            Event::Retried { resource, .. } => {
                self.lives.entry(resource.clone()).or_default().retried = true;
                vec![format!("retried after {}", self.latest)]
            }
            Event::Resource { resource, state, .. } => {
                self.resource(scenario, now, resource, *state)
            }
            _ => Vec::new(),
        }
    }

    fn step(&mut self, now: Time, step: &Step, granted: bool) -> Vec<String> {
        if let Step::FailResource(resource) | Step::FailUnseen(resource) = step {
            self.lives.entry(resource.clone()).or_default().broken = Some(now);
        }
        let text = format!("{step:?}");
        let name = text.split(['(', ' ']).next().unwrap_or_default();
        let states: BTreeSet<&String> = self.groups.values().collect();
        let mut words: Vec<String> = states
            .iter()
            .map(|state| format!("{name} {granted} while a group is {state}"))
            .collect();
        words.push(format!("{name} {granted} after {}", self.latest));
        words
    }

    /// Where the owners stand among the preferred ones tells which entry of the node list it was.
    fn owner(
        &mut self,
        scenario: &Scenario,
        group: &GroupName,
        from: &NodeName,
        to: &NodeName,
        why: &OwnerChange,
    ) -> Vec<String> {
        let configured = scenario.cluster.groups.iter().find(|it| it.name == *group);
        let rank = |node: &NodeName| {
            let preferred = configured.and_then(|it| it.preferred.iter().position(|p| p == node));
            preferred.map_or_else(|| "none".to_owned(), |at| (at + 1).to_string())
        };
        let text = format!("{why:?}");
        let why = text.split('(').next().unwrap_or_default().to_owned();
        let word = format!("{why} from {} to {}", rank(from), rank(to));
        let classes = configured.map_or(0, |it| it.properties.anti_affinity.len());
        let server = configured.is_some_and(|it| it.evs_name().is_some());
        let windows = scenario.cluster.windows;
        let ways = self.ways.entry(group.clone()).or_default();
        ways.push(word.clone());
        let ways = ways.join(", ");
        self.latest = why;
        vec![
            format!("way {ways}"),
            format!("way {ways} of {} nodes, {windows:?}", scenario.cluster.nodes.len()),
            format!("{word} with {classes} classes, a server {server}"),
        ]
    }

    fn resource(
        &mut self,
        scenario: &Scenario,
        now: Time,
        resource: &ResourceName,
        state: ResourceState,
    ) -> Vec<String> {
        let kind = type_of(scenario, resource);
        let life = self.lives.entry(resource.clone()).or_default();
        let mut words = Vec::new();
        let before = life.state.replace(state);
        match state {
            ResourceState::Failed => {
                life.failures += 1;
                words.push(format!("failure {} of a {kind}", life.failures));
                if let Some(broken) = life.broken.take() {
                    let found = match now.since(broken) {
                        span if span > Span::from_secs(60) => "after more than a minute",
                        span if span > Span::from_secs(10) => "late",
                        span if span < Span::from_secs(1) => "within a second",
                        _ => "by the next poll",
                    };
                    words.push(format!("{kind} found {found}"));
                }
            }
            ResourceState::OnlinePending if before == Some(ResourceState::Failed) => {
                words.push(format!("restart {} of a {kind}", life.failures));
            }
            ResourceState::Online => {
                let past = life.pending.is_some_and(|at| now.since(at) > Span::from_secs(180));
                if past {
                    words.push(format!("{kind} online past its PendingTimeout"));
                }
            }
            _ => {}
        }
        if !state.is_pending() && std::mem::take(&mut life.retried) {
            words.push(format!("retried {kind} then {state}"));
        }
        life.pending = state.is_pending().then_some(now);
        words
    }

    /// The words of the end: what is left failed, beside what.
    pub(crate) fn end(&self, scenario: &Scenario) -> Vec<String> {
        let mut words = Vec::new();
        for group in &scenario.cluster.groups {
            let state = |name: &ResourceName| self.lives.get(name).and_then(|life| life.state);
            let of = |wanted: ResourceState| {
                group.resources.iter().filter(|it| state(&it.name) == Some(wanted)).count()
            };
            if of(ResourceState::Failed) > 0 {
                let gone = of(ResourceState::Offline);
                let all = group.resources.len();
                words.push(format!("left failed with {gone} offline of {all}, {}", self.latest));
            }
            let last = self.ways.get(&group.name).and_then(|ways| ways.last());
            if let (Some((start, end)), Some(last)) = (group.properties.failback_window(), last) {
                let no_hour = start == end;
                words.push(format!("in the end {last}, with a window of no hour {no_hour}"));
            }
        }
        words
    }
}

/// A resource is asked for whose group is meant to be offline.
fn asked_against(scenario: &Scenario, step: &Step) -> Option<String> {
    let Step::OnlineResource(resource) = step else { return None };
    let mut groups = scenario.cluster.groups.iter();
    let group = groups.find(|it| it.resources.iter().any(|it| it.name == *resource))?;
    let meant = group.properties.persistent_state?;
    Some(format!("OnlineResource in a group that is meant to be online {meant}"))
}

fn type_of(scenario: &Scenario, resource: &ResourceName) -> String {
    let mut resources = scenario.cluster.groups.iter().flat_map(|group| &group.resources);
    let found = resources.find(|it| it.name == *resource);
    found.map_or_else(String::new, |it| it.type_name.to_string())
}
