//! Why a server is where it is and as it is: the chain of causes from what is so at a moment back
//! to the fault or the request that began it, in plain sentences.
//!
//! It is found in the story alone, from the latest cause to the first. Absent on purpose: what did
//! not happen to the server, however near it came.

use std::ops::Range;

use super::story::{Line, Told};
use crate::model::{EvsName, GroupName, GroupState, NodeName, NodeState, ResourceState, Time};
use crate::scenario::Scenario;
use crate::sim::{Departure, Escalation, Event, GroupConfiguration, OwnerChange, Step};

/// Of failures and moves that add up, so many are listed: the latest.
const LISTED_MAX: usize = 5;

/// One link of the chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    /// When.
    pub at: Time,
    /// What, as a sentence.
    pub sentence: String,
}

/// The chain of causes, the latest first; none: the scenario never had a server of this name.
pub fn why(scenario: &Scenario, story: &[Line], evs: &EvsName, at: Time) -> Option<Vec<Cause>> {
    let until = story.iter().take_while(|line| line.time <= at).count();
    let events: Vec<(Time, &Event)> = story[..until]
        .iter()
        .filter_map(|line| match &line.told {
            Told::Cluster(event) => Some((line.time, event)),
            Told::Product(..) => None,
        })
        .collect();
    let group = group_of(scenario, &events, evs)?;
    let mut chain = Chain { group, evs, events: &events, causes: Vec::new() };
    chain.state(at);
    Some(chain.causes)
}

/// The group that is the server now, or was it when it was deleted.
fn group_of<'s>(
    scenario: &'s Scenario,
    events: &[(Time, &Event)],
    evs: &EvsName,
) -> Option<&'s GroupConfiguration> {
    let renamed = events.iter().rev().find_map(|(_, event)| match event {
        Event::Renamed { group, to } if to == evs => Some(group),
        _ => None,
    });
    let mut groups = scenario.cluster.groups.iter();
    groups.find(|group| match renamed {
        Some(name) => group.name == *name,
        None => group.evs_name().is_some_and(|name| EvsName::from(name) == *evs),
    })
}

struct Chain<'a> {
    group: &'a GroupConfiguration,
    evs: &'a EvsName,
    events: &'a [(Time, &'a Event)],
    causes: Vec<Cause>,
}

impl Chain<'_> {
    fn add(&mut self, at: Time, sentence: String) {
        self.causes.push(Cause { at, sentence });
    }

    /// The last event before this place that is such a one.
    fn last(&self, before: usize, such: impl Fn(&Event) -> bool) -> Option<usize> {
        self.events[..before].iter().rposition(|(_, event)| such(event))
    }

    fn is_own(&self, group: &GroupName) -> bool {
        *group == self.group.name
    }

    /// How it stands, and what led there.
    fn state(&mut self, at: Time) {
        let (evs, all) = (self.evs, self.events.len());
        let own = |event: &Event| match event {
            Event::Deleted { group, .. } | Event::Group { group, .. } => self.is_own(group),
            _ => false,
        };
        let told = self.last(all, own).map(|place| (self.events[place].0, self.events[place].1));
        let owned =
            self.last(all, |it| matches!(it, Event::Owner { group, .. } if self.is_own(group)));
        let owner = match owned.map(|place| self.events[place].1) {
            Some(Event::Owner { to, .. }) => to.clone(),
            _ => self.group.owner.clone(),
        };
        match told {
            Some((since, Event::Deleted { .. })) => {
                return self.add(since, format!("{evs} was deleted."));
            }
            Some((since, Event::Group { state, .. })) => {
                self.add(at, format!("{evs} is {state} on {owner}, since {since}."));
                self.not_online(*state, owned.unwrap_or(0), &owner);
            }
            _ => self.add(at, format!("{evs} is as it was at the start, on {owner}.")),
        }
        match owned {
            Some(place) => {
                // What came before that belongs to the chain of that.
                let taken = self.events[place].0;
                self.causes.retain(|cause| cause.at >= taken);
                self.owner(place);
            }
            None => self.add(Time::START, format!("{evs} began on {owner} and has never moved.")),
        }
    }

    /// What keeps it from being online, since it came to its owner.
    fn not_online(&mut self, state: GroupState, since: usize, owner: &NodeName) {
        if state == GroupState::Online {
            return;
        }
        let resources = &self.group.resources;
        let found = self.last(self.events.len(), |event| match event {
            Event::Stranded { group } => self.is_own(group),
            Event::Escalated { group, end, .. } => self.is_own(group) && *end != Escalation::Moves,
            Event::ServiceEnded { node, .. } => node == owner,
            Event::Stepped { step: Step::OfflineGroup(group), result: Ok(()), .. } => {
                self.is_own(group)
            }
            Event::Stepped { step: Step::OfflineResource(name), result: Ok(()), .. } => {
                resources.iter().any(|it| it.name == *name)
            }
            Event::Stepped { step: Step::Crash(node), .. } => node == owner,
            _ => false,
        });
        let Some(place) = found.filter(|place| *place >= since) else { return };
        let (at, event) = self.events[place];
        let evs = self.evs;
        match event {
            Event::Stranded { .. } => {
                self.add(at, format!("{evs} lost its node, and no other node could own it."));
                self.weighed(place);
            }
            Event::Escalated { end, .. } => {
                self.add(at, format!("{evs} {end}."));
                match end {
                    Escalation::MovedTooOften => self.failovers(place),
                    _ => self.weighed(place + 2),
                }
                self.failures(place);
            }
            Event::ServiceEnded { node, why } => {
                self.add(at, format!("The cluster service of {node} ended: {why}."));
                self.fault(place, Some(node));
            }
            Event::Stepped { step, .. } => self.add(at, begun_by(step)),
            _ => {}
        }
    }

    /// Why it came to its owner.
    fn owner(&mut self, place: usize) {
        let (at, Event::Owner { from, to, why, .. }) = self.events[place] else { return };
        let evs = self.evs;
        self.add(at, format!("{to} took {evs} over from {from}: {why}."));
        match why {
            OwnerChange::ByRequest => self
                .began(place, |_, step| matches!(step, Step::Move { .. } | Step::OnlineGroup(_))),
            OwnerChange::Failback => {
                let back = self.last(
                    place,
                    |it| matches!(it, Event::FailsBack { group, .. } if self.is_own(group)),
                );
                let Some(back) = back else { return };
                if let (at, Event::FailsBack { to, .. }) = self.events[back] {
                    self.add(at, format!("{evs} was to go back to {to}, which it prefers."));
                }
                self.joined(back, to);
            }
            OwnerChange::FormedCluster | OwnerChange::FirstAbleNode => self.joined(place, to),
            _ => self.weighed(place + 1),
        }
    }

    /// What was weighed before this place, and why there was a choice to be made.
    fn weighed(&mut self, before: usize) {
        let before = before.min(self.events.len());
        let weighed = self
            .last(before, |it| matches!(it, Event::Weighed { group, .. } if self.is_own(group)));
        let Some(place) = weighed else { return };
        let (at, Event::Weighed { from, departure, candidates, .. }) = self.events[place] else {
            return;
        };
        let each: Vec<String> = candidates.iter().map(ToString::to_string).collect();
        let each = if each.is_empty() { "there is no other".to_owned() } else { each.join("; ") };
        self.add(at, format!("{} was to leave {from}, {departure}. The others: {each}.", self.evs));
        match departure {
            Departure::NodeLost => self.lost(place, from),
            Departure::ResourceFailed => self.escalated(place),
            Departure::ServiceStops => {
                self.began(place, |_, step| matches!(step, Step::StopService(node) if node == from))
            }
            Departure::Asked => self.began(place, |_, step| matches!(step, Step::Move { .. })),
        }
    }

    fn escalated(&mut self, before: usize) {
        let found = self
            .last(before, |it| matches!(it, Event::Escalated { group, .. } if self.is_own(group)));
        let Some(place) = found else { return };
        if let Event::Escalated { end: Escalation::Moves, .. } = self.events[place].1 {
            self.failures(place);
        }
    }

    /// The failures that were too many, and what each began with.
    fn failures(&mut self, place: usize) {
        let (at, Event::Escalated { resource, failures, period, .. }) = self.events[place] else {
            return;
        };
        let failed = self.latest(place, *failures, |event| match event {
            Event::Resource { resource: failed, state, .. } => {
                failed == resource && *state == ResourceState::Failed
            }
            _ => false,
        });
        if *failures == 1 {
            self.add(at, format!("{resource} failed once within {period}."));
            return self.fault(place, None);
        }
        let times = self.times(&failed);
        self.add(at, format!("{resource} failed {failures} times within {period}: at {times}."));
        for (index, failure) in failed.iter().enumerate().take(LISTED_MAX) {
            let after = failed.get(index + 1).map_or(0, |before| before + 1);
            let Some((at, step)) = self.step(after..*failure, |it| self.befell(it, None)) else {
                continue;
            };
            let number = failed.len() - index;
            let begun = if step.is_fault() { "a fault" } else { "a request" };
            self.add(at, format!("Failure {number} began with {begun}: {step}."));
        }
    }

    /// When the server moved for a failure, so often that it may not again.
    fn failovers(&mut self, place: usize) {
        let (at, Event::Escalated { failovers, .. }) = self.events[place] else { return };
        let own = |event: &Event| match event {
            Event::Escalated { group, end, .. } => self.is_own(group) && *end == Escalation::Moves,
            _ => false,
        };
        let moves = self.latest(place, *failovers, own);
        if !moves.is_empty() {
            let times = self.times(&moves);
            self.add(at, format!("{} had moved for a failure before: at {times}.", self.evs));
        }
    }

    /// The last so many places before this one with such an event, the latest first.
    fn latest(&self, before: usize, most: u32, such: impl Fn(&Event) -> bool) -> Vec<usize> {
        let places = (0..before).rev().filter(|place| such(self.events[*place].1));
        places.take(most as usize).collect()
    }

    /// When these were, the latest first given and last told.
    fn times(&self, places: &[usize]) -> String {
        let listed = places.iter().take(LISTED_MAX).rev();
        let mut times: Vec<String> =
            listed.map(|place| self.events[*place].0.to_string()).collect();
        if places.len() > LISTED_MAX {
            times.insert(0, "…".to_owned());
        }
        times.join(", ")
    }

    /// How the members lost the node.
    fn lost(&mut self, before: usize, node: &NodeName) {
        let found = self.last(before, |event| match event {
            Event::Node { node: lost, state: NodeState::Down, .. } => lost == node,
            Event::ServiceEnded { node: lost, .. } => lost == node,
            _ => false,
        });
        let Some(place) = found else { return };
        let (at, event) = self.events[place];
        match event {
            Event::Node { why, .. } => self.add(at, format!("{node} went down: {why}.")),
            Event::ServiceEnded { why, .. } => {
                self.add(at, format!("The cluster service of {node} ended: {why}."));
            }
            _ => {}
        }
        self.fault(place, Some(node));
    }

    /// How the node came to be a member, or to be resumed.
    fn joined(&mut self, before: usize, node: &NodeName) {
        let up = self.last(
            before,
            |it| matches!(it, Event::Node { node: up, state: NodeState::Up, .. } if up == node),
        );
        let Some(place) = up else { return };
        if let (at, Event::Node { why, .. }) = self.events[place] {
            self.add(at, format!("{node} came up: {why}."));
        }
        self.fault(place, Some(node));
    }

    /// The last step before this place that befell the node, or a resource of the server.
    fn fault(&mut self, before: usize, node: Option<&NodeName>) {
        self.began(before, |chain, step| chain.befell(step, node));
    }

    /// Whether a step befell the node; none given: a resource of the server.
    fn befell(&self, step: &Step, node: Option<&NodeName>) -> bool {
        let text = step.to_string();
        let named = match node {
            Some(node) => text
                .split(|c: char| !c.is_alphanumeric() && c != '-' && c != '_')
                .any(|word| word.eq_ignore_ascii_case(node.as_str())),
            None => self.group.resources.iter().any(|it| text.contains(it.name.as_str())),
        };
        let whole = matches!(
            step,
            Step::PowerOffAll
                | Step::LoseQuorumDisk { .. }
                | Step::LoseWitness { .. }
                | Step::LoseQuorumFiles
                | Step::Partition { .. }
                | Step::Cut { node: None, .. }
                | Step::FailStoreProcess(_)
                | Step::Heal(_)
        );
        whole || named && !matches!(step, Step::SetGroup { .. } | Step::SetResource { .. })
    }

    /// Tells of the last step before this place that is such a one.
    fn began(&mut self, before: usize, such: impl Fn(&Self, &Step) -> bool) {
        if let Some((at, step)) = self.step(0..before, |step| such(self, step)) {
            self.add(at, begun_by(step));
        }
    }

    /// The last step of these places that was done and is such a one.
    fn step(&self, places: Range<usize>, such: impl Fn(&Step) -> bool) -> Option<(Time, &Step)> {
        self.events[places].iter().rev().find_map(|(at, event)| match event {
            Event::Stepped { step, result: Ok(()), .. } if such(step) => Some((*at, step)),
            _ => None,
        })
    }
}

fn begun_by(step: &Step) -> String {
    match step.is_fault() {
        true => format!("It began with a fault: {step}."),
        false => format!("An administrator had asked: {step}."),
    }
}
