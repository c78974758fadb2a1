//! From a text to a scenario, or to everything that is wrong with it.
//!
//! The cluster is read first, for steps and expectations name its parts; what is wrong is told in
//! the order of the text all the same.

mod cluster;
mod expect;
mod fault;
mod group;
mod product;
mod property;
mod set;
mod step;

pub(super) use cluster::{ClusterDraft, NetworkDraft, NodeDraft};
pub(super) use group::{Form, GroupDraft, ResourceDraft, StoreDraft};

use super::diagnostic::{Diagnostic, Diagnostics, Kind, Lines, Placed, Problems};
use super::names::Names;
use super::nearest::{all_of, one_of, shown};
use super::reader::{Fields, Reader};
use super::tree::{self, Node};
use super::{Scenario, expand, validate, words};
use crate::model::{Span, Time};
use crate::sim::{Switch, Switches};

/// Reads a scenario. `origin` is the path as it is to be shown.
///
/// # Errors
///
/// Everything that is wrong with the text, in its order.
pub fn read(text: &[u8], origin: &str) -> Result<Scenario, Diagnostics> {
    let mut problems = Problems::default();
    let readable = tree::text_of(text, &mut problems);
    let tree = readable.and_then(|text| tree::parse(text, &mut problems));
    let lines = Lines::new(readable.unwrap_or(""));
    let mut reader = Reader { problems, lines, lost_name: false, lost_store: false };
    let scenario = tree.and_then(|root| decode(&root, &mut reader));
    match scenario {
        Some(scenario) if reader.problems.is_empty() => Ok(scenario),
        _ => {
            let shown = readable.map_or_else(|| tree::readable_part(text), str::to_owned);
            Err(Diagnostics::new(origin, &shown, reader.problems))
        }
    }
}

fn decode(root: &Node, reader: &mut Reader) -> Option<Scenario> {
    let top = reader.map(root, "a scenario", words::SCENARIO)?;
    let about = top.need("about", "a sentence that says what happens", reader);
    let about = about.and_then(|node| reader.text(node, "what a scenario is about"));
    let switches = top.get("switches").map(|node| switches(node, reader));
    let cluster = top
        .need("cluster", "{ name: MAILCLUSTER, ... }", reader)
        .and_then(|node| cluster::read(node, reader))
        .map(expand::expand);
    let mut names = cluster.as_ref().map_or_else(Names::unknown, Names::of);
    if let Some(draft) = &cluster {
        validate::cluster(draft, &names, reader);
    }
    let installed = top.get("product").map(|node| product::read(node, &names, reader));
    let installed = installed.unwrap_or_default();
    let policy = top.get("policy").map(|node| product::policy(node, reader)).unwrap_or_default();
    let until = top.need("until", "2h", reader).and_then(|node| time(node, "the end", reader));
    let mut story = step::Story::new(&mut names, until, installed.keys());
    let steps = top.get("steps").map(|node| story.steps(node, reader)).unwrap_or_default();
    let expect = top.get("expect").map(|node| story.expectations(node, reader));
    Some(Scenario {
        about: about?.value.trim().to_owned(),
        cluster: expand::configuration(cluster?, switches.unwrap_or_default())?,
        product: installed,
        policy,
        steps,
        until: until?.value,
        expect: expect.unwrap_or_default(),
    })
}

/// A moment, counted from the start.
fn time(node: &Node, what: &str, reader: &mut Reader) -> Option<Placed<Time>> {
    let span = reader.parsed::<Span>(node, what, Kind::BadTime)?;
    Some(Placed { value: Time::START + span.value, mark: span.mark })
}

fn switches(node: &Node, reader: &mut Reader) -> Switches {
    let mut switches = Switches::default();
    for (name, value) in reader.names(node, "the map of switches", "the name of a switch") {
        let Some(switch) = Switches::TABLE.iter().find(|it| it.name == name.value) else {
            reader.report(|reader| unknown_switch(name, reader));
            continue;
        };
        if let Some(text) = switch_value(switch, value, reader) {
            // What was read is what the switch takes.
            let set = switches.set(switch.name, &text);
            assert!(set.is_ok(), "{} takes {text}", switch.name);
        }
    }
    switches
}

fn unknown_switch(name: &Placed<String>, reader: &Reader) -> Diagnostic {
    let message = format!("the simulator has no switch `{}`", shown(&name.value));
    let problem = Diagnostic::new(Kind::UnknownSwitch, name.mark, message);
    let meant = reader.suggest(&name.value, Switches::NAMES.iter().copied());
    // The list of all is longer than what it helps to find.
    match meant.is_empty() {
        true => {
            problem.help(format!("known switches: {}", all_of(Switches::NAMES.iter().copied())))
        }
        false => problem.label(format!("did you mean {}?", one_of(meant))),
    }
}

/// The text of a switch's value, where the switch takes it.
fn switch_value(switch: &Switch, node: &Node, reader: &mut Reader) -> Option<String> {
    if !switch.words.is_empty() {
        let words: Vec<(&'static str, ())> = switch.words.iter().map(|word| (*word, ())).collect();
        let text = reader.text(node, "the value of a switch")?;
        let what = format!("a value of `{}`", switch.name);
        return reader.word(node, &what, &words).map(|_| text.value);
    }
    let span = reader.parsed::<Span>(node, "a time", Kind::BadTime)?;
    if span.value == Span::ZERO {
        let message = format!("`{}` is a switch for something that takes time", switch.name);
        let problem = Diagnostic::new(Kind::BadTime, span.mark, message);
        reader.problems.add(problem.label("at least 0.001s"));
        return None;
    }
    Some(span.value.to_string())
}

/// The one key of these that a map has to have: what a step does, what an expectation is about.
fn only_key<'t>(fields: &Fields<'t>, of: &[&'static str]) -> Chosen<'t> {
    let mut entries =
        fields.entries().iter().filter(|entry| of.contains(&entry.key.value.as_str()));
    match (entries.next(), entries.next()) {
        (None, _) => Chosen::None,
        (Some(one), None) => Chosen::One(one),
        (Some(first), Some(second)) => Chosen::Several(first, second),
    }
}

/// What `only_key` found.
enum Chosen<'t> {
    None,
    One(&'t tree::Entry),
    Several(&'t tree::Entry, &'t tree::Entry),
}
