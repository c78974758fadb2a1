//! What the picture shows: a lane for each node with a row for each group that was there, rows for
//! what came from outside, and a row for the clients of each server.

use super::work::{self, End, Work};
use crate::harness::course::{Course, Frame};
use crate::harness::report::timeline::Entry;
use crate::harness::situation::GroupSituation;
use crate::harness::story::{Said, Told};
use crate::model::{GroupName, NodeName, NodeState, Time};
use crate::sim::{CutOff, Event};

/// A row, from above to below.
pub(super) struct Row {
    pub(super) label: String,
    pub(super) kind: &'static str,
    pub(super) height: u64,
    pub(super) bars: Vec<Bar>,
    pub(super) marks: Vec<Mark>,
}

/// A stretch of time with something to say.
pub(super) struct Bar {
    pub(super) from: Time,
    pub(super) to: Time,
    /// Which words it goes by in the style sheet and the legend.
    pub(super) kind: String,
    /// What is written on it where there is room.
    pub(super) label: String,
    /// What it says when it is pointed at.
    pub(super) told: String,
}

/// A moment with something to say.
pub(super) struct Mark {
    pub(super) at: Time,
    pub(super) kind: &'static str,
    pub(super) told: Vec<String>,
}

impl Row {
    fn new(kind: &'static str, label: impl Into<String>, height: u64) -> Self {
        Self { label: label.into(), kind, height, bars: Vec::new(), marks: Vec::new() }
    }

    /// Marks of one moment are one mark, of the kind that is listed last.
    fn mark(&mut self, at: Time, kind: &'static str, told: String) {
        const WEIGHT: &[&str] = &["cluster", "holds", "did", "refused", "met", "unmet"];
        let weight = |kind: &str| WEIGHT.iter().position(|it| *it == kind);
        match self.marks.iter_mut().find(|mark| mark.at == at) {
            Some(mark) => {
                mark.told.push(told);
                if weight(kind) > weight(mark.kind) {
                    mark.kind = kind;
                }
            }
            None => self.marks.push(Mark { at, kind, told: vec![told] }),
        }
    }

    fn is_empty(&self) -> bool {
        self.bars.is_empty() && self.marks.is_empty()
    }

    pub(super) fn times(&self) -> impl Iterator<Item = Time> {
        let bars = self.bars.iter().flat_map(|bar| [bar.from, bar.to]);
        bars.chain(self.marks.iter().map(|mark| mark.at))
    }
}

/// Every row of the picture.
pub(super) fn rows(course: &Course<'_>, entries: &[Entry<'_>]) -> Vec<Row> {
    let mut rows = outside(course, entries);
    rows.extend(clients(course));
    let works = work::works(&course.report.story, &course.frames, course.scenario.until);
    for node in &course.scenario.cluster.nodes {
        rows.extend(lane(course, &node.name, entries, &works));
    }
    rows
}

/// Faults, administrators, the cluster's own decisions, and what the scenario expects.
fn outside(course: &Course<'_>, entries: &[Entry<'_>]) -> Vec<Row> {
    let mut faults = Row::new("outside", "Faults", 20);
    let mut admins = Row::new("outside", "Administrator", 20);
    let mut cluster = Row::new("outside", "Cluster", 20);
    for entry in entries.iter().filter(|entry| entry.story) {
        match (entry.source, &entry.line.told) {
            ("fault", _) => faults.mark(entry.time, "fault", told(entry)),
            ("admin", _) => admins.mark(entry.time, "admin", told(entry)),
            ("cluster", Told::Cluster(Event::Resource { .. } | Event::Group { .. })) => {}
            ("cluster", _) => cluster.mark(entry.time, "cluster", told(entry)),
            _ => {}
        }
    }
    let mut expected = Row::new("outside", "Expected", 20);
    for met in &course.report.met {
        let head = format!("{} line {}", met.at, met.line);
        match met.differs.is_empty() {
            true => expected.mark(met.at, "met", format!("{head} is met")),
            false => {
                let told = format!("{head} is not met: {}", met.differs.join("; "));
                expected.mark(met.at, "unmet", told);
            }
        }
    }
    [faults, admins, cluster, expected].into_iter().filter(|row| !row.is_empty()).collect()
}

fn told(entry: &Entry<'_>) -> String {
    match entry.times {
        1 => format!("{} {}", entry.time, entry.text),
        times => format!("{} {} (x{times})", entry.time, entry.text),
    }
}

/// Whether each server's clients are served.
fn clients(course: &Course<'_>) -> Vec<Row> {
    let groups = course.scenario.cluster.groups.iter();
    let servers = groups.filter_map(|group| Some((&group.name, group.evs_name()?)));
    let rows = servers.map(|(group, name)| {
        let mut row = Row::new("clients", format!("{name} clients"), 16);
        let cut = |frame: &Frame| -> Option<Option<CutOff>> {
            frame.clients.iter().find(|(of, _, _)| of == group).map(|(_, _, cut)| *cut)
        };
        for (from, to, cut) in stretches(course, cut) {
            let (kind, label) = match cut {
                None => ("served", "served"),
                Some(CutOff { planned: true, .. }) => ("planned", "cut off, planned"),
                Some(CutOff { planned: false, .. }) => ("unplanned", "cut off, unplanned"),
            };
            let told = format!("clients of {name}: {label}\n{}", range(from, to));
            let label = if cut.is_some() { to.since(from).to_string() } else { String::new() };
            row.bars.push(Bar { from, to, kind: kind.to_owned(), label, told });
        }
        row
    });
    rows.collect()
}

fn lane(course: &Course<'_>, node: &NodeName, entries: &[Entry<'_>], works: &[Work]) -> Vec<Row> {
    let mut rows = vec![node_row(course, node)];
    rows.extend(groups_on(course, node));
    let mut product = Row::new("product", "decisions", 20);
    for entry in entries.iter().filter(|entry| entry.story) {
        let kind = match &entry.line.told {
            Told::Product(at, said) if at == node => match said {
                Said::Asked(_) | Said::Unanswered(_) => continue,
                Said::Refused(..) | Said::Missed(..) => "refused",
                Said::Holds(_) => "holds",
                _ => "did",
            },
            _ => continue,
        };
        product.mark(entry.time, kind, told(entry));
    }
    let works = works.iter().filter(|work| work.node == *node);
    let jobs = works.fold(Row::new("jobs", "jobs", 34), job);
    rows.extend([product, jobs].into_iter().filter(|row| !row.is_empty()));
    rows
}

/// The node itself, and when it owns the quorum.
fn node_row(course: &Course<'_>, node: &NodeName) -> Row {
    let mut row = Row::new("node", node.as_str(), 20);
    let state = |frame: &Frame| {
        let known = frame.situation.nodes.iter().find(|(name, _)| name == node)?;
        Some((known.1, frame.running.contains(node)))
    };
    for (from, to, (state, running)) in stretches(course, state) {
        let (kind, label) = match (state, running) {
            (None, _) => ("evicted", "evicted"),
            (Some(NodeState::Down), false) => ("off", "down"),
            (Some(_), false) => ("off", "stopped, not noticed yet"),
            (Some(NodeState::Down), true) => ("down", "machine runs, no member"),
            (Some(state), true) => (state.word(), state.word()),
        };
        let told = format!("{node} {label}\n{}", range(from, to));
        let label = if kind == "up" { "" } else { label };
        row.bars.push(Bar { from, to, kind: kind.to_owned(), label: label.to_owned(), told });
    }
    let quorum = |frame: &Frame| frame.situation.quorum.as_ref().filter(|it| *it == node).cloned();
    for (from, to, _) in stretches(course, quorum) {
        let told = format!("{node} owns the quorum\n{}", range(from, to));
        let (kind, label) = ("quorum".to_owned(), String::new());
        row.bars.push(Bar { from, to, kind, label, told });
    }
    row
}

/// A row for each group that was ever here.
fn groups_on(course: &Course<'_>, node: &NodeName) -> Vec<Row> {
    let mut names: Vec<&GroupName> = course
        .frames
        .iter()
        .flat_map(|frame| &frame.situation.groups)
        .filter(|group| group.owner == *node)
        .map(|group| &group.group)
        .collect();
    names.sort();
    names.dedup();
    let row = |name: &GroupName| {
        let mut row = Row::new("group", name.as_str(), 22);
        let here = |frame: &Frame| {
            let found = frame.situation.groups.iter().find(|group| group.group == *name)?;
            (found.owner == *node).then(|| (found.state, label(found).to_owned()))
        };
        for (from, to, (state, label)) in stretches(course, here) {
            let told = format!("{label} {state} on {node}\n{}", range(from, to));
            let kind = state.word().replace(' ', "-");
            row.bars.push(Bar { from, to, kind, label: format!("{label} {state}"), told });
        }
        row
    };
    names.into_iter().map(row).collect()
}

/// An Exchange Virtual Server goes by its own name.
fn label(group: &GroupSituation) -> &str {
    group.evs.as_ref().map_or(group.group.as_str(), |evs| evs.as_str())
}

fn job(mut row: Row, work: &Work) -> Row {
    let Work { title, from, to, end, .. } = work;
    let told = format!("{title}\n{}\n{}", end.word(), range(*from, *to));
    let bar =
        |kind: &str, from, to, label, told| Bar { kind: kind.to_owned(), from, to, label, told };
    row.bars.push(bar("job", *from, *to, title.clone(), told));
    for step in &work.steps {
        let told = format!("{}\n{}", step.text, range(step.from, step.to));
        row.bars.push(bar(step.kind, step.from, step.to, step.kind.to_owned(), told));
    }
    let kind = match end {
        End::Completed => "completed",
        End::Stopped => "stopped",
        End::Lost => "lost",
        End::Open => return row,
    };
    row.mark(*to, kind, format!("{to} {title}: {}", end.word()));
    row
}

fn range(from: Time, to: Time) -> String {
    format!("{from} to {to}, {}", to.since(from))
}

/// The stretches over which something stays as it is.
fn stretches<T: PartialEq>(
    course: &Course<'_>,
    of: impl Fn(&Frame) -> Option<T>,
) -> Vec<(Time, Time, T)> {
    let mut stretches: Vec<(Time, Time, T)> = Vec::new();
    let mut goes_on = false;
    for frame in &course.frames {
        let now = of(frame);
        if let (true, Some(last)) = (goes_on, stretches.last_mut()) {
            last.1 = frame.time;
            if now.as_ref() == Some(&last.2) {
                continue;
            }
        }
        goes_on = now.is_some();
        stretches.extend(now.map(|now| (frame.time, frame.time, now)));
    }
    stretches.retain(|(from, to, _)| from < to);
    stretches
}
