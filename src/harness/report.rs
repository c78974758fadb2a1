//! What a run prints: before, timeline, after, checks. The only place that makes text of a run.
//!
//! docs/REPORT.md describes the JSON form.

mod moment;
mod sight;
pub(super) mod timeline;

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::check::{Check, Verdict};
use super::expect::Met;
use super::left::{Left, left};
use super::sight::Seen;
use super::situation::{GroupSituation, Situation};
use super::story::{Line, Told};
use crate::model::{EvsName, GroupName, GroupState, NodeName, Span, Time};
use crate::product::console::Console;
use crate::product::policy::{License, RunLimit};
use crate::scenario::Scenario;
use crate::sim::{Configuration, Event, OwnerChange};
use timeline::Row;

/// Grows with every change of the JSON form that could break a reader.
pub const FORMAT_VERSION: u32 = 1;

/// How much a timeline tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Detail {
    /// The story.
    Story,
    /// Every change of state.
    Changes,
    /// That, and why: what was weighed, and until when something was held back.
    Reasons,
}

impl From<bool> for Detail {
    /// The story alone, or every change of state.
    fn from(changes: bool) -> Self {
        if changes { Detail::Changes } else { Detail::Story }
    }
}

/// A destination that was drawn: under another seed it may be any of the nodes in the draw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Draw<'r> {
    /// When.
    pub at: Time,
    /// The group.
    pub group: &'r GroupName,
    /// Where it went.
    pub to: &'r NodeName,
    /// Where it could have gone, this node included.
    pub among: &'r [NodeName],
}

/// What came out of a run.
#[derive(Clone, Debug)]
pub struct Report {
    /// The seed of the run.
    pub seed: u64,
    /// How things stood before.
    pub before: Situation,
    /// Everything that happened.
    pub story: Vec<Line>,
    /// How things stood at the end.
    pub after: Situation,
    /// What jobs left behind at the end.
    pub left: Vec<Left>,
    /// The checks, in their order.
    pub checks: Vec<Check>,
    /// The expectations, in the order of their time.
    pub met: Vec<Met>,
    /// The run through the eyes of a node, where it was watched through them: then texts and JSON
    /// tell of that.
    pub seen: Option<Seen>,
    pub(super) cluster: Configuration,
}

impl Report {
    pub(super) fn new(
        scenario: &Scenario,
        seed: u64,
        [before, after]: [Situation; 2],
        story: Vec<Line>,
        checks: Vec<Check>,
        met: Vec<Met>,
        seen: Option<Seen>,
    ) -> Self {
        let cluster = scenario.cluster.clone();
        let left = left(&story, &after);
        Self { seed, before, story, after, left, checks, met, seen, cluster }
    }

    /// Where chance decided about a group's owner, in the order of time.
    pub fn draws(&self) -> impl Iterator<Item = Draw<'_>> {
        self.story.iter().filter_map(|line| match &line.told {
            Told::Cluster(Event::Owner { group, to, why: OwnerChange::Drawn(among), .. }) => {
                Some(Draw { at: line.time, group, to, among })
            }
            _ => None,
        })
    }

    /// Whether every check held or never applied, and every expectation was met.
    pub fn passed(&self) -> bool {
        self.checks.iter().all(|check| check.verdict() != Verdict::Fails)
            && self.met.iter().all(|met| met.differs.is_empty())
    }

    /// The report as text, with so much in its timeline.
    pub fn text(&self, name: &str, detail: impl Into<Detail>) -> String {
        let detail = detail.into();
        if let Some(seen) = &self.seen {
            return self.text_of(seen, name, detail);
        }
        let verdict = if self.passed() { "PASS" } else { "FAIL" };
        let mut text = format!("{name}   seed {}   {verdict}\n", self.seed);
        text.push_str("\nbefore\n");
        write_situation(&mut text, &self.before);
        text.push_str("\ntimeline\n");
        for entry in timeline::entries(&self.story, &self.cluster, detail) {
            Row::from(entry).write(&mut text);
        }
        text.push_str("\nafter\n");
        write_situation(&mut text, &self.after);
        self.left.iter().for_each(|left| write_left(&mut text, left));
        for Draw { group, to, among, .. } in self.draws() {
            let names: Vec<&str> = among.iter().map(NodeName::as_str).collect();
            let _ = writeln!(text, "  by chance  {group} went to {to}, of {}", names.join(", "));
        }
        self.after.consoles.iter().for_each(|console| text.push_str(&console_text(console)));
        text.push_str("\nchecks\n");
        self.write_checks(&mut text);
        text
    }

    fn write_checks(&self, text: &mut String) {
        for check in &self.checks {
            let word = match check.verdict() {
                Verdict::Holds => "ok",
                Verdict::Fails => "FAIL",
                Verdict::Untested => "-",
            };
            let _ = write!(text, "  {word:<4}  {}", check.claim);
            let _ = match check.tested {
                0 | 1 => writeln!(text),
                times => writeln!(text, " ({times} times put to the test)"),
            };
            check.failures.iter().for_each(|what| {
                let _ = writeln!(text, "          {what}");
            });
        }
        let failed: Vec<&Met> = self.met.iter().filter(|met| !met.differs.is_empty()).collect();
        match (self.met.len(), failed.is_empty()) {
            (0, _) => text.push_str("  -     nothing is expected\n"),
            (1, true) => text.push_str("  ok    what is expected is met\n"),
            (all, true) => {
                let _ = writeln!(text, "  ok    all {all} expectations are met");
            }
            (all, false) => {
                let _ =
                    writeln!(text, "  FAIL  {} of {all} expectations are not met", failed.len());
            }
        }
        for met in failed {
            for what in &met.differs {
                let _ = writeln!(text, "          line {} at {}: {what}", met.line, met.at);
            }
        }
    }

    /// The report as JSON, with so much in its timeline.
    pub fn json(&self, name: &str, detail: impl Into<Detail>) -> Value {
        let detail = detail.into();
        if let Some(seen) = &self.seen {
            return self.json_of(seen, name, detail);
        }
        let entries = timeline::entries(&self.story, &self.cluster, detail);
        json!({
            "version": FORMAT_VERSION,
            "scenario": name,
            "seed": self.seed,
            "passed": self.passed(),
            "before": situation_json(&self.before),
            "timeline": entries.into_iter().map(|it| Row::from(it).json()).collect::<Vec<_>>(),
            "after": situation_json(&self.after),
            "left": self.left,
            "draws": self.draws().map(|draw| json!({
                "at_ms": draw.at.ms(),
                "group": draw.group,
                "to": draw.to,
                "among": draw.among,
            })).collect::<Vec<_>>(),
            "checks": self.checks.iter().map(|check| json!({
                "claim": check.claim,
                "tested": check.tested,
                "failures": check.failures,
            })).collect::<Vec<_>>(),
            "expectations": self.met.iter().map(|met| json!({
                "at_ms": met.at.ms(),
                "line": met.line,
                "differs": met.differs,
            })).collect::<Vec<_>>(),
        })
    }
}

/// How nodes and groups stand, as in a report.
pub fn situation_text(situation: &Situation) -> String {
    let mut text = String::new();
    write_situation(&mut text, situation);
    text
}

fn write_situation(text: &mut String, situation: &Situation) {
    let names = situation.groups.iter().map(|group| label(group).chars().count());
    let width = names.max().unwrap_or(0).max("nodes".len() + 2);
    let mut nodes: Vec<String> = situation
        .nodes
        .iter()
        .map(|(name, state)| match state {
            Some(state) => format!("{name} {state}"),
            None => format!("{name} evicted"),
        })
        .collect();
    nodes.push(match &situation.quorum {
        Some(owner) => format!("quorum {owner}"),
        None => "no quorum".to_owned(),
    });
    let _ = writeln!(text, "  {:<width$}  {}", "nodes", nodes.join("   "));
    for group in &situation.groups {
        let _ = write!(text, "  {:<width$}  {} on {}", label(group), group.state, group.owner);
        match outage(group) {
            Some(outage) => {
                let _ = writeln!(text, "   outage {outage}");
            }
            None => text.push('\n'),
        }
    }
}

/// An Exchange Virtual Server goes by its own name, any other group by the group's.
fn label(group: &GroupSituation) -> &str {
    group.evs.as_ref().map_or(group.group.as_str(), EvsName::as_str)
}

pub(super) fn outage(group: &GroupSituation) -> Option<String> {
    let part = |span: Span, word: &str| (span > Span::ZERO).then(|| format!("{span} {word}"));
    let parts = [part(group.outage.planned, "planned"), part(group.outage.unplanned, "unplanned")];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

fn write_left(text: &mut String, left: &Left) {
    let Left { group, store, damaged, by, way_back } = left;
    let how = if *damaged { "damaged" } else { "dismounted" };
    let _ = write!(text, "  left behind  {store} of {group}, {how} since a job of {by}");
    let _ = match way_back {
        Some(way_back) => writeln!(text, "; told then: {way_back}"),
        None => writeln!(text),
    };
}

/// What a node's console shows, as it stands in a report.
pub fn console_text(console: &Console) -> String {
    let head = format!("  console {}   ", console.node);
    let indent = " ".repeat(head.chars().count());
    let groups = match console.active_groups.known() {
        Some(groups) => group_list(groups),
        None => "unknown".to_owned(),
    };
    let license = license_word(console.license);
    let words = console_words(console).join("   ");
    format!("{head}license {license}   Active Groups: {groups}\n{indent}{words}\n")
}

/// What the console says of Exchange Virtual Servers.
pub(super) fn console_words(console: &Console) -> Vec<String> {
    let choices = match console.choices.known() {
        Some(choices) => names(choices),
        None => "unknown".to_owned(),
    };
    let mut words = vec![format!("choices {choices}")];
    words.push(match &console.designated {
        Some(evs) => format!("designated {evs}: {}", console.standing),
        None => "designated nothing".to_owned(),
    });
    words.extend(console.manages.as_ref().map(|evs| format!("manages {evs}")));
    if !console.ignores.is_empty() {
        words.push(format!("ignores {}", names(&console.ignores)));
    }
    words
}

pub(super) fn names(names: &[EvsName]) -> String {
    match names {
        [] => "none".to_owned(),
        _ => names.iter().map(EvsName::as_str).collect::<Vec<_>>().join(", "),
    }
}

pub(super) fn group_list(groups: &[(GroupName, GroupState)]) -> String {
    let word = |(name, state): &(GroupName, GroupState)| match state {
        GroupState::Online => name.to_string(),
        state => format!("{name} ({state})"),
    };
    match groups {
        [] => "none".to_owned(),
        _ => groups.iter().map(word).collect::<Vec<_>>().join(", "),
    }
}

pub(super) fn license_word(license: Option<License>) -> String {
    let Some(License { run_limit, mailboxes }) = license else { return "none".to_owned() };
    let runs = match run_limit {
        RunLimit::Unlimited => "unlimited",
        RunLimit::SingleShot => "single shot",
    };
    match mailboxes {
        Some(most) => format!("{runs}, {most} mailboxes"),
        None => runs.to_owned(),
    }
}

fn situation_json(situation: &Situation) -> Value {
    json!({
        "nodes": situation.nodes.iter().map(|(name, state)| json!({
            "name": name,
            "state": state.map(|state| state.word()),
        })).collect::<Vec<_>>(),
        "quorum": situation.quorum,
        "groups": situation.groups.iter().map(|group| json!({
            "name": group.group,
            "evs": group.evs,
            "state": group.state.word(),
            "owner": group.owner,
            "planned_outage_ms": group.outage.planned.ms(),
            "unplanned_outage_ms": group.outage.unplanned.ms(),
        })).collect::<Vec<_>>(),
        "consoles": situation.consoles.iter().map(console_json).collect::<Vec<_>>(),
    })
}

fn console_json(console: &Console) -> Value {
    let groups = console.active_groups.known().map(|groups| {
        let group = |(name, state): &(GroupName, GroupState)| {
            json!({ "name": name, "state": state.word() })
        };
        groups.iter().map(group).collect::<Vec<_>>()
    });
    json!({
        "node": console.node,
        "license": license_word(console.license),
        "active_groups": groups,
        "choices": console.choices.known(),
        "designated": console.designated,
        "standing": console.standing.kind().word(),
        "manages": console.manages,
        "ignores": console.ignores,
    })
}
