//! What has to be true, and when.

use super::step::Story;
use super::{Chosen, only_key, time};
use crate::model::{ErrorCode, EvsName, GroupName, NodeName, Span, Time};
use crate::product::vocabulary::{OutcomeKind, RefusalKind, Skip, StandingKind, Stop};
use crate::scenario::diagnostic::{Diagnostic, Kind, Placed};
use crate::scenario::nearest::one_of;
use crate::scenario::reader::{Fields, Reader};
use crate::scenario::tree::{Entry, Node, Value};
use crate::scenario::{Expectation, Reason, Subject, validate, words};

impl Story<'_> {
    pub(super) fn expectations(&self, node: &Node, reader: &mut Reader) -> Vec<Expectation> {
        let items = match node.value {
            Value::Empty => &[],
            _ => reader.list(node, "the list of expectations").unwrap_or_default(),
        };
        items.iter().filter_map(|item| self.expectation(item, reader)).collect()
    }

    fn expectation(&self, node: &Node, reader: &mut Reader) -> Option<Expectation> {
        let subject = subject_of(node, reader)?;
        let (what, keys) = known_of(&subject.key.value);
        let fields = reader.map(node, what, keys)?;
        let at = fields.need("at", "1h", reader);
        let at: Option<Placed<Time>> = at.and_then(|node| time(node, "a time", reader));
        if let Some(at) = &at {
            validate::not_after_end(Kind::ExpectationAfterEnd, at, self.until.as_ref(), reader);
        }
        let expects = fields.entries().iter().any(|entry| {
            let key = entry.key.value.as_str();
            key != "at" && (["job", "answer"].contains(&key) || key != subject.key.value)
        });
        if !expects {
            let message = "this expectation says nothing that could fail";
            let problem = Diagnostic::new(Kind::NothingExpected, subject.key.mark, message);
            let rest = keys[2..].iter().copied();
            reader.problems.add(problem.help(format!("add {}", one_of(rest))));
            return None;
        }
        let read = self.subject(subject, &fields, reader);
        let line = reader.lines.line(node.mark.start);
        Some(Expectation { at: at?.value, line, subject: read? })
    }

    fn subject(
        &self,
        subject: &Entry,
        fields: &Fields<'_>,
        reader: &mut Reader,
    ) -> Option<Subject> {
        match subject.key.value.as_str() {
            "node" => self.about_node(&subject.value, fields, reader),
            "evs" => self.about_evs(&subject.value, fields, reader),
            "group" => self.about_group(&subject.value, fields, reader),
            "resource" => self.about_resource(&subject.value, fields, reader),
            "network" => self.about_network(&subject.value, fields, reader),
            "answer" => {
                let code = reader.parsed(&subject.value, "the code of an answer", Kind::BadNumber);
                Some(Subject::Answer(ErrorCode(code?.value)))
            }
            _ => self.about_job(&subject.value, reader),
        }
    }

    fn about_node(
        &self,
        subject: &Node,
        fields: &Fields<'_>,
        reader: &mut Reader,
    ) -> Option<Subject> {
        let node = self.node_name(subject, reader);
        let state = word(fields, "state", "a state of a node", words::NODE_STATES, reader);
        let active_groups = fields.get("active_groups").map(|node| self.groups(node, reader));
        let choices = fields.get("choices").map(|node| self.evses(node, reader));
        let ignores = fields.get("ignores").map(|node| self.evses(node, reader));
        let manages = fields.get("manages").and_then(|node| match is_nothing(node) {
            true => Some(None),
            false => self.evs(node, reader).map(Some),
        });
        let standings = StandingKind::ALL.iter().map(|kind| (kind.word(), *kind));
        let standings: Vec<_> = standings.collect();
        let standing = word(fields, "standing", "a standing", &standings, reader);
        let refusals = RefusalKind::ALL.iter().map(|kind| (kind.word(), Some(*kind)));
        let refusals: Vec<_> = std::iter::once((words::NOTHING, None)).chain(refusals).collect();
        let refused = word(fields, "refused", "a reason to refuse a request", &refusals, reader);
        let node = node?;
        Some(Subject::Node {
            node,
            state,
            active_groups,
            choices,
            manages,
            ignores,
            standing,
            refused,
        })
    }

    fn about_evs(
        &self,
        subject: &Node,
        fields: &Fields<'_>,
        reader: &mut Reader,
    ) -> Option<Subject> {
        let evs = self.evs(subject, reader);
        let online_on = fields.get("online_on").and_then(|node| self.node_name(node, reader));
        let owner = fields.get("owner").and_then(|node| self.node_name(node, reader));
        let state = word(fields, "state", "a state of a group", words::GROUP_STATES, reader);
        let planned_outage = span(fields, "planned_outage", reader);
        let unplanned_outage = span(fields, "unplanned_outage", reader);
        Some(Subject::Evs { evs: evs?, online_on, owner, state, planned_outage, unplanned_outage })
    }

    fn about_group(
        &self,
        subject: &Node,
        fields: &Fields<'_>,
        reader: &mut Reader,
    ) -> Option<Subject> {
        let name = reader.name(subject, "the name of a group");
        let group = name.and_then(|name| self.names.group(&name, reader));
        let owner = fields.get("owner").and_then(|node| self.node_name(node, reader));
        let state = word(fields, "state", "a state of a group", words::GROUP_STATES, reader);
        Some(Subject::Group { group: group?, owner, state })
    }

    fn about_resource(
        &self,
        subject: &Node,
        fields: &Fields<'_>,
        reader: &mut Reader,
    ) -> Option<Subject> {
        let name = reader.name(subject, "the name of a resource");
        let resource = name.and_then(|name| self.names.resource(&name, reader));
        let state = word(fields, "state", "a state of a resource", words::RESOURCE_STATES, reader);
        Some(Subject::Resource { resource: resource?, state: state? })
    }

    fn about_network(
        &self,
        subject: &Node,
        fields: &Fields<'_>,
        reader: &mut Reader,
    ) -> Option<Subject> {
        let name = reader.name(subject, "the name of a network");
        let network = name.and_then(|name| self.names.network(&name, reader));
        let state = word(fields, "state", "a state of a network", words::NETWORK_STATES, reader);
        let mut interfaces = Vec::new();
        if let Some(node) = fields.get("interfaces") {
            let what = "the map of interfaces";
            for (name, state) in reader.names(node, what, "the name of a node") {
                let node = self.names.node(name, reader);
                let what = "a state of an interface";
                let state = reader.word(state, what, words::INTERFACE_STATES);
                interfaces.extend(node.zip(state.map(|state| state.value)));
            }
        }
        Some(Subject::Network { network: network?, state, interfaces })
    }

    fn about_job(&self, node: &Node, reader: &mut Reader) -> Option<Subject> {
        let fields = reader.map(node, "a job", words::JOB)?;
        let name = fields.need("node", "NODE1", reader);
        let name = name.and_then(|node| reader.name(node, "the name of a node"));
        if let Some(name) = &name
            && let Some(node) = self.names.node(name, reader)
        {
            self.is_installed(&node, name, reader);
        }
        let outcome = fields.need("outcome", "completed", reader);
        let outcome =
            outcome.and_then(|node| reader.word(node, "an outcome of a job", words::OUTCOMES));
        let reason = fields.get("reason").zip(outcome.as_ref());
        let reason = reason.and_then(|(node, outcome)| reason_of(node, outcome, reader));
        let node = NodeName::from(name?.value.as_str());
        Some(Subject::Job { node, outcome: outcome?.value, reason })
    }

    fn node_name(&self, node: &Node, reader: &mut Reader) -> Option<NodeName> {
        let name = reader.name(node, "the name of a node")?;
        self.names.node(&name, reader)
    }

    fn evs(&self, node: &Node, reader: &mut Reader) -> Option<EvsName> {
        let name = reader.name(node, "the name of an Exchange Virtual Server")?;
        self.names.evs(&name, reader)
    }

    fn evses(&self, node: &Node, reader: &mut Reader) -> Vec<EvsName> {
        let item = "the name of an Exchange Virtual Server";
        let names = reader.name_list(node, "the list of servers", item).unwrap_or_default();
        names.iter().filter_map(|name| self.names.evs(name, reader)).collect()
    }

    fn groups(&self, node: &Node, reader: &mut Reader) -> Vec<GroupName> {
        let item = "the name of a group";
        let names = reader.name_list(node, "the list of groups", item).unwrap_or_default();
        names.iter().filter_map(|name| self.names.group(name, reader)).collect()
    }
}

/// What an expectation is about. The other keys that it may have depend on it.
fn subject_of<'t>(node: &'t Node, reader: &mut Reader) -> Option<&'t Entry> {
    let Some(fields) = Fields::of(node) else {
        let help = "write it as `{ at: 1h, evs: EVS1, state: online }`";
        reader.wrong_shape(node, "an expectation", "a map", help);
        return None;
    };
    match only_key(&fields, words::SUBJECTS) {
        Chosen::One(entry) => Some(entry),
        Chosen::None if !node.whole => None,
        Chosen::None => {
            let message = "this expectation is about nothing";
            let problem = Diagnostic::new(Kind::NoSubject, node.mark, message);
            let all = one_of(words::SUBJECTS.iter().copied());
            let help = format!("say what it is about: {all}");
            reader.problems.add(problem.label("a subject is missing").help(help));
            None
        }
        Chosen::Several(first, second) => {
            let (one, other) = (&first.key.value, &second.key.value);
            let message =
                format!("an expectation has one subject, but this one has `{one}` and `{other}`");
            let problem = Diagnostic::new(Kind::SeveralSubjects, second.key.mark, message);
            let problem = problem.label("a second subject").also(first.key.mark, "the first");
            reader.problems.add(problem.help("write two expectations with the same `at`"));
            None
        }
    }
}

/// What an expectation about this is called, and its keys.
fn known_of(subject: &str) -> (&'static str, &'static [&'static str]) {
    match subject {
        "node" => ("an expectation about a node", words::ABOUT_NODE),
        "evs" => ("an expectation about an Exchange Virtual Server", words::ABOUT_EVS),
        "group" => ("an expectation about a group", words::ABOUT_GROUP),
        "resource" => ("an expectation about a resource", words::ABOUT_RESOURCE),
        "network" => ("an expectation about a network", words::ABOUT_NETWORK),
        "answer" => ("an expectation about an answer", words::ABOUT_ANSWER),
        _ => ("an expectation about a job", words::ABOUT_JOB),
    }
}

fn is_nothing(node: &Node) -> bool {
    matches!(&node.value, Value::Text(text) if text == words::NOTHING)
}

fn word<T: Clone>(
    fields: &Fields<'_>,
    key: &str,
    what: &str,
    words: &[(&'static str, T)],
    reader: &mut Reader,
) -> Option<T> {
    let node = fields.get(key)?;
    reader.word(node, what, words).map(|word| word.value)
}

fn span(fields: &Fields<'_>, key: &str, reader: &mut Reader) -> Option<Span> {
    let node = fields.get(key)?;
    reader.parsed(node, "a time", Kind::BadTime).map(|span| span.value)
}

/// Why a job was skipped or stopped; each outcome has its own reasons.
fn reason_of(node: &Node, outcome: &Placed<OutcomeKind>, reader: &mut Reader) -> Option<Reason> {
    let skips = Skip::ALL.iter().map(|skip| (skip.word(), Reason::Skip(*skip)));
    let skips: Vec<(&str, Reason)> = skips.collect();
    let stops = Stop::ALL.iter().map(|stop| (stop.word(), Reason::Stop(*stop)));
    let stops: Vec<(&str, Reason)> = stops.collect();
    let text = reader.text(node, "a reason")?;
    let has = |words: &[(&str, Reason)]| words.iter().any(|(word, _)| *word == text.value);
    let (fitting, message) = match outcome.value {
        OutcomeKind::Running | OutcomeKind::Completed => {
            let message = "a job that runs or was completed has no reason";
            (&[][..], message.to_owned())
        }
        OutcomeKind::Skipped if has(&stops) && !has(&skips) => {
            (&skips[..], format!("`{}` is a reason to stop a job, not to skip it", text.value))
        }
        OutcomeKind::Stopped if has(&skips) && !has(&stops) => {
            (&stops[..], format!("`{}` is a reason to skip a job, not to stop it", text.value))
        }
        OutcomeKind::Skipped => return named_reason(node, &skips, reader),
        OutcomeKind::Stopped => return named_reason(node, &stops, reader),
    };
    let problem = Diagnostic::new(Kind::ReasonDoesNotFit, node.mark, message);
    let problem = problem.label("does not fit").also(outcome.mark, "this outcome");
    let reasons = one_of(fitting.iter().map(|(word, _)| *word));
    reader.problems.add(problem.help(match fitting.is_empty() {
        true => "take the reason out".to_owned(),
        false => format!("write the other outcome, or as the reason {reasons}"),
    }));
    None
}

fn named_reason(
    node: &Node,
    known: &[(&'static str, Reason)],
    reader: &mut Reader,
) -> Option<Reason> {
    reader.word(node, "a reason", known).map(|reason| reason.value)
}
