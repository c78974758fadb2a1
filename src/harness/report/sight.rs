//! A run as one node saw it, as text and as JSON: its own events, and what it came to see.

use serde_json::{Value, json};

use super::timeline::{self, Row};
use super::{Detail, FORMAT_VERSION, Report};
use crate::harness::sight::{Seen, Sight, What};
use crate::harness::story::{Line, Told};
use crate::model::{GroupState, NodeName};
use crate::sim::{Event, Heal, Step};

impl Report {
    /// The report as text through the node's eyes, where the run was watched through them. The
    /// checks are not the node's: only whether the run passed is said.
    pub(super) fn text_of(&self, seen: &Seen, name: &str, detail: Detail) -> String {
        let verdict = if self.passed() { "PASS" } else { "FAIL" };
        let (seed, node) = (self.seed, &seen.node);
        let mut text = format!("{name}   seed {seed}   {verdict}   as {node} saw it\n\nbefore\n");
        text.push_str(&seen.before.text());
        text.push_str("\ntimeline\n");
        self.entries_of(seen, detail).iter().for_each(|entry| entry.write(&mut text));
        text.push_str("\nafter\n");
        text.push_str(&seen.after.text());
        text
    }

    /// The same as JSON.
    pub(super) fn json_of(&self, seen: &Seen, name: &str, detail: Detail) -> Value {
        let entries = self.entries_of(seen, detail);
        json!({
            "version": FORMAT_VERSION,
            "scenario": name,
            "seed": self.seed,
            "passed": self.passed(),
            "node": seen.node,
            "before": seen.before.value(),
            "timeline": entries.iter().map(Row::json).collect::<Vec<_>>(),
            "after": seen.after.value(),
        })
    }

    fn entries_of(&self, seen: &Seen, detail: Detail) -> Vec<Row> {
        let mut entries = Vec::new();
        let mut from = 0;
        let mut own = |to: usize, entries: &mut Vec<Row>| {
            let lines: Vec<Line> = self.story[from..to.max(from)]
                .iter()
                .filter(|line| is_own(&line.told, &seen.node))
                .cloned()
                .collect();
            from = to.max(from);
            entries.extend(
                timeline::entries(&lines, &self.cluster, detail).into_iter().map(Row::from),
            );
        };
        for sight in seen.sights.iter().filter(|sight| is_shown(sight, detail)) {
            own(sight.place.min(self.story.len()), &mut entries);
            let text = told(&sight.what, &seen.node);
            entries.push(Row { time: sight.time, source: "sees", text, times: 1 });
        }
        own(self.story.len(), &mut entries);
        entries
    }
}

fn is_shown(sight: &Sight, detail: Detail) -> bool {
    match &sight.what {
        What::Resource(..) | What::Store(..) => detail >= Detail::Changes,
        What::Group { found: Some((_, GroupState::Pending)), moved: false, .. } => {
            detail >= Detail::Changes
        }
        _ => true,
    }
}

fn told(what: &What, own: &NodeName) -> String {
    match what {
        What::Dark => format!("nothing: {own} is off or hangs"),
        What::Awake => format!("{own} runs"),
        What::Service(state) => format!("its own cluster service {state}"),
        What::Unknown(code) => format!("no cluster: {code}"),
        What::Answers => "the cluster answers".to_owned(),
        What::Node(node, Some(state)) => format!("{node} {state}"),
        What::Node(node, None) => format!("{node} evicted"),
        What::Group { group, found: Some((owner, state)), .. } => {
            format!("{group} {state} on {owner}")
        }
        What::Group { group, found: None, .. } => format!("{group} is gone"),
        What::Resource(group, resource, state) => format!("{resource} of {group} {state}"),
        What::Store(group, store, mount) => format!("{store} of {group} {mount}"),
    }
}

/// Whether the line tells of what the node itself did, or of what befell it.
fn is_own(told: &Told, own: &NodeName) -> bool {
    match told {
        Told::Product(node, _) => node == own,
        Told::Cluster(
            Event::Act { node, .. }
            | Event::Written { node, .. }
            | Event::Tool { node, .. }
            | Event::Mta { node, .. }
            | Event::ServiceEnded { node, .. }
            | Event::ServiceGoesOn { node }
            | Event::OldCopy { node, .. }
            | Event::Excluded { node }
            | Event::Arbitrates { node, .. }
            | Event::Watchdog { node, .. }
            | Event::PoweredOff { node, .. }
            | Event::PoweredOn { node }
            | Event::Barred { node, .. },
        ) => node == own,
        Told::Cluster(Event::Stepped { step, .. }) => befalls(step, own),
        Told::Cluster(_) => false,
    }
}

/// Whether the step is done to the node's machine, or asked of it.
fn befalls(step: &Step, own: &NodeName) -> bool {
    match step {
        Step::Crash(node)
        | Step::Boot(node)
        | Step::StopService(node)
        | Step::StartService(node)
        | Step::FailStoreProcess(node)
        | Step::Hang { node, .. }
        | Step::HangService { node, .. }
        | Step::ShutDown { node, .. }
        | Step::UpgradeNode { node, .. }
        | Step::Cut { node: Some(node), .. }
        | Step::Heal(Heal::Node(node) | Heal::Interface(node, _)) => node == own,
        Step::PowerOffAll => true,
        _ => false,
    }
}
