//! The course of a run: its report, and how things stood after each of its instants.
//!
//! Absent on purpose: anything that a run without it would not do. Who looks on changes nothing.

use super::check::{self, Trial};
use super::report::Report;
use super::situation::{self, Situation};
use super::{Run, connect_directly, start};
use crate::model::{GroupName, NodeName, Time};
use crate::scenario::Scenario;
use crate::sim::{CutOff, Outage};

/// A run from its start to its end.
pub struct Course<'s> {
    /// What was run.
    pub(super) scenario: &'s Scenario,
    /// What came out.
    pub report: Report,
    /// How things stood, in the order of time; the last one is the end.
    pub(super) frames: Vec<Frame>,
    /// Each time that a check was put to the test before the end.
    pub(super) trials: Vec<Trial>,
}

/// How things stood after everything that happened at an instant.
pub(super) struct Frame {
    pub(super) time: Time,
    pub(super) situation: Situation,
    /// Every node whose machine runs, whether the members know it or not.
    pub(super) running: Vec<NodeName>,
    /// What each server's clients have borne so far, and what they bear at the moment.
    pub(super) clients: Vec<(GroupName, Outage, Option<CutOff>)>,
}

/// Runs a scenario to its end and notes how things stood after every instant.
pub fn follow(scenario: &Scenario, seed: u64) -> Course<'_> {
    let mut run = start(scenario, seed, &connect_directly);
    let mut frames = vec![frame(&mut run, Time::START)];
    while let Some(next) = run.next().filter(|next| *next <= scenario.until) {
        run.instant(next);
        frames.push(frame(&mut run, next));
    }
    run.advance(scenario.until);
    frames.push(frame(&mut run, scenario.until));
    let report = run.report();
    let trials = check::trials(scenario, &report.story);
    Course { scenario, report, frames, trials }
}

fn frame(run: &mut Run<'_>, time: Time) -> Frame {
    let configuration = &run.scenario.cluster;
    let situation = situation::take(&run.cluster, &mut run.agents, configuration);
    let cluster = run.cluster.borrow();
    let nodes = configuration.nodes.iter().map(|node| &node.name);
    let servers = configuration.groups.iter().filter(|group| group.evs_name().is_some());
    let clients = servers.filter_map(|group| {
        let outage = cluster.outage(&group.name)?;
        Some((group.name.clone(), outage, cluster.cut_off(&group.name)))
    });
    Frame {
        time,
        situation,
        running: nodes.filter(|node| cluster.runs(node)).cloned().collect(),
        clients: clients.collect(),
    }
}
