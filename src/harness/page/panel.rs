//! How things stand at the cursor: the cluster, the consoles, the checks and the expectations.
//!
//! Each value is written as it is at the end, and marked with its number: the page's script puts
//! in its place what it said at another moment.

use std::fmt::Write as _;

use super::markup::Escaped;
use super::value::Value;
use crate::harness::check::Verdict;
use crate::harness::course::{Course, Frame};
use crate::harness::report::{group_list, license_word, names, outage};
use crate::model::{GroupName, NodeName};
use crate::product::console::Console;

/// What is not so, or cannot be known.
const NONE: &str = "\u{2013}";

/// What a console says of something, by its label.
type Field = (&'static str, fn(&Console) -> String);

/// The panel.
pub(super) struct Panel {
    pub(super) cluster: String,
    pub(super) consoles: String,
    pub(super) checks: String,
    pub(super) values: Vec<Value>,
}

pub(super) fn panel(course: &Course<'_>) -> Panel {
    let mut panel = Panel {
        cluster: String::new(),
        consoles: String::new(),
        checks: String::new(),
        values: Vec::new(),
    };
    panel.nodes(course);
    panel.groups(course);
    panel.consoles(course);
    panel.checks(course);
    panel.expectations(course);
    panel
}

impl Panel {
    /// The place of a value.
    fn shown(&mut self, value: Value) -> String {
        let word = Escaped(value.last());
        let shown = format!(
            "<span data-value=\"{}\" data-word=\"{word}\">{word}</span>",
            self.values.len()
        );
        self.values.push(value);
        shown
    }

    fn nodes(&mut self, course: &Course<'_>) {
        self.cluster.push_str(
            "<table><thead><tr><th scope=\"col\">Node</th><th scope=\"col\">Members see</th>\
             <th scope=\"col\">Machine</th></tr></thead><tbody>",
        );
        for node in course.scenario.cluster.nodes.iter().map(|node| &node.name) {
            let state = self.shown(Value::over(&course.frames, |frame| node_word(frame, node)));
            let machine = self.shown(Value::over(&course.frames, |frame| {
                match frame.running.contains(node) {
                    true => "runs".to_owned(),
                    false => "off or hung".to_owned(),
                }
            }));
            let _ = write!(
                self.cluster,
                "<tr><th scope=\"row\">{}</th><td>{state}</td><td>{machine}</td></tr>",
                Escaped(node)
            );
        }
        let quorum = self.shown(Value::over(&course.frames, |frame| {
            frame.situation.quorum.as_ref().map_or("nobody".to_owned(), NodeName::to_string)
        }));
        let _ = write!(
            self.cluster,
            "</tbody></table><p class=\"quorum\">The quorum is owned by {quorum}.</p>"
        );
    }

    fn groups(&mut self, course: &Course<'_>) {
        self.cluster.push_str(
            "<table><thead><tr><th scope=\"col\">Group</th><th scope=\"col\">State</th>\
             <th scope=\"col\">Owner</th><th scope=\"col\">Clients</th></tr></thead><tbody>",
        );
        let groups = course.scenario.cluster.groups.iter();
        let quorum = &course.scenario.cluster.quorum;
        let groups = groups.filter(|it| it.resources.iter().all(|it| it.name != *quorum));
        for group in groups {
            let name = &group.name;
            let label = self.shown(Value::over(&course.frames, |frame| group_word(frame, name)));
            let state = self.shown(Value::over(&course.frames, |frame| {
                found(frame, name).map_or(NONE.to_owned(), |it| it.state.word().to_owned())
            }));
            let owner = self.shown(Value::over(&course.frames, |frame| {
                found(frame, name).map_or(NONE.to_owned(), |it| it.owner.to_string())
            }));
            let clients =
                self.shown(Value::over(&course.frames, |frame| clients_word(frame, name)));
            let _ = write!(
                self.cluster,
                "<tr><th scope=\"row\">{label}</th><td>{state}</td><td>{owner}</td>\
                 <td>{clients}</td></tr>"
            );
        }
        self.cluster.push_str("</tbody></table>");
    }

    fn consoles(&mut self, course: &Course<'_>) {
        let mut nodes: Vec<&NodeName> = course
            .frames
            .iter()
            .flat_map(|frame| &frame.situation.consoles)
            .map(|console| &console.node)
            .collect();
        nodes.sort();
        nodes.dedup();
        if nodes.is_empty() {
            self.consoles.push_str("<p>The product is not installed anywhere.</p>");
        }
        for node in nodes {
            self.console(course, node);
        }
    }

    fn console(&mut self, course: &Course<'_>, node: &NodeName) {
        let fields: [Field; 6] = [
            ("Licence", |console| license_word(console.license)),
            ("Active Groups", |console| {
                console.active_groups.known().map_or("unknown".to_owned(), |it| group_list(it))
            }),
            ("Choices", |console| {
                console.choices.known().map_or("unknown".to_owned(), |it| names(it))
            }),
            ("Designated", |console| match &console.designated {
                Some(evs) => format!("{evs}: {}", console.standing),
                None => "nothing".to_owned(),
            }),
            ("Manages", |console| {
                console.manages.as_ref().map_or("nothing".to_owned(), ToString::to_string)
            }),
            ("Ignores", |console| names(&console.ignores)),
        ];
        let _ = write!(self.consoles, "<section><h4>{}</h4><dl>", Escaped(node));
        for (label, word) in fields {
            let value = self.shown(Value::over(&course.frames, |frame| {
                let mut consoles = frame.situation.consoles.iter();
                consoles.find(|it| it.node == *node).map_or(NONE.to_owned(), word)
            }));
            let _ = write!(self.consoles, "<div><dt>{label}</dt><dd>{value}</dd></div>");
        }
        self.consoles.push_str("</dl></section>");
    }

    fn checks(&mut self, course: &Course<'_>) {
        self.checks.push_str("<ul>");
        for check in &course.report.checks {
            let mut verdict = Value::starting(NONE);
            let (mut tested, mut failed) = (0, 0);
            for trial in course.trials.iter().filter(|trial| trial.claim == check.claim) {
                tested += 1;
                failed += u32::from(!trial.holds);
                verdict.set(trial.time, verdict_word(tested, failed));
            }
            // Some judge the whole run, at its end.
            let failures = check.failures.len() as u32;
            let end = match check.verdict() {
                Verdict::Untested => NONE.to_owned(),
                Verdict::Holds | Verdict::Fails => verdict_word(check.tested, failures),
            };
            verdict.set(course.scenario.until, end);
            let verdict = self.shown(verdict);
            let _ = write!(self.checks, "<li>{verdict} {}", Escaped(check.claim));
            for what in &check.failures {
                let _ = write!(self.checks, "<p class=\"failure\">{}</p>", Escaped(what));
            }
            self.checks.push_str("</li>");
        }
        self.checks.push_str("</ul>");
    }

    fn expectations(&mut self, course: &Course<'_>) {
        if course.report.met.is_empty() {
            self.checks.push_str("<p>Nothing is expected.</p>");
            return;
        }
        self.checks.push_str("<ul>");
        for met in &course.report.met {
            let mut value = Value::starting("due");
            value.set(met.at, if met.differs.is_empty() { "ok" } else { "FAIL" });
            let value = self.shown(value);
            let (at, line) = (met.at, met.line);
            let _ = write!(
                self.checks,
                "<li>{value} expected in line {line} at <a href=\"#{at}\">{at}</a>"
            );
            for what in &met.differs {
                let _ = write!(self.checks, "<p class=\"failure\">{}</p>", Escaped(what));
            }
            self.checks.push_str("</li>");
        }
        self.checks.push_str("</ul>");
    }
}

fn verdict_word(tested: u32, failed: u32) -> String {
    match failed {
        0 => format!("ok {tested}\u{d7}"),
        _ => format!("FAIL {failed}\u{d7}"),
    }
}

fn node_word(frame: &Frame, node: &NodeName) -> String {
    let state = frame.situation.nodes.iter().find(|(name, _)| name == node);
    match state.and_then(|(_, state)| *state) {
        Some(state) => state.word().to_owned(),
        None => "evicted".to_owned(),
    }
}

fn found<'f>(frame: &'f Frame, name: &GroupName) -> Option<&'f crate::harness::GroupSituation> {
    frame.situation.groups.iter().find(|group| group.group == *name)
}

/// An Exchange Virtual Server goes by its own name, which can change.
fn group_word(frame: &Frame, name: &GroupName) -> String {
    let evs = found(frame, name).and_then(|group| group.evs.as_ref());
    match evs {
        Some(evs) if evs.as_str() != name.as_str() => format!("{evs} ({name})"),
        _ => name.to_string(),
    }
}

fn clients_word(frame: &Frame, name: &GroupName) -> String {
    let Some((_, _, cut)) = frame.clients.iter().find(|(of, _, _)| of == name) else {
        return NONE.to_owned();
    };
    let so_far = found(frame, name).and_then(outage);
    match (cut, so_far) {
        (Some(cut), _) => {
            let why = if cut.planned { "planned" } else { "unplanned" };
            format!("cut off since {}, {why}", cut.since)
        }
        (None, Some(outage)) => format!("served, after {outage}"),
        (None, None) => "served".to_owned(),
    }
}
