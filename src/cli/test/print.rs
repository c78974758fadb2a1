//! What `evsim test` prints: a line for each scenario, what is otherwise below it.

use std::path::{Path, PathBuf};

use anstyle::{AnsiColor, Style};
use similar::{ChangeTag, TextDiff};

use super::{Count, Outcome, Tested};
use crate::cli::files::Failure;
use crate::cli::{out, scenario_name, snapshot};

const GREEN: Style = AnsiColor::Green.on_default();
const RED: Style = AnsiColor::Red.on_default().bold();

pub(super) const MISSING: &str = "no snapshot yet; --accept writes it";
pub(super) const DIFFERENT: &str = "not as its snapshot says";
pub(super) const FAILING: &str = "a check or an expectation failed";
pub(super) const ORPHAN: &str = "its scenario is gone; --accept removes it";

fn line(style: Style, word: &str, text: &str) {
    out::line(format_args!("{style}{word:<8}{style:#} {text}"));
}

pub(super) fn outcomes(tested: &[Tested]) {
    tested.iter().for_each(|it| outcome(&it.path, &it.outcome));
}

fn outcome(path: &Path, outcome: &Outcome) {
    let name = scenario_name(path);
    match outcome {
        Outcome::Same => line(GREEN, "ok", &name),
        Outcome::Accepted => line(GREEN, "accepted", &name),
        Outcome::Missing => line(RED, "MISSING", &format!("{name}: {MISSING}")),
        Outcome::Different { expected, found } => {
            line(RED, "DIFFERS", &format!("{name}: {DIFFERENT}"));
            difference(expected, found);
        }
        Outcome::Failing { report, .. } => {
            line(RED, "FAILED", &format!("{name}: {FAILING}"));
            failed_lines(report).for_each(|line| out::line(format_args!("         {line}")));
        }
        Outcome::Unusable(failure) => {
            line(RED, "ERROR", &name);
            failure.print();
        }
    }
}

/// What a report says of checks and expectations that failed.
pub(super) fn failed_lines(report: &str) -> impl Iterator<Item = &str> {
    let checks = report.lines().skip_while(|line| *line != "checks").skip(1);
    checks.filter(|line| !line.starts_with("  ok") && !line.starts_with("  -"))
}

pub(super) fn orphans(orphans: &[PathBuf]) {
    for orphan in orphans {
        line(RED, "ORPHAN", &format!("{}: {ORPHAN}", orphan.display()));
    }
}

pub(super) fn count(count: Count) {
    let failed = count.failed + count.unusable;
    out::line(format_args!("{} passed, {failed} failed", count.passed));
}

fn difference(expected: &str, found: &str) {
    let difference = TextDiff::from_lines(expected, found);
    for group in difference.grouped_ops(2) {
        out::line("           ...");
        for change in group.iter().flat_map(|it| difference.iter_changes(it)) {
            let (style, sign) = match change.tag() {
                ChangeTag::Delete => (RED, '-'),
                ChangeTag::Insert => (GREEN, '+'),
                ChangeTag::Equal => (Style::new(), ' '),
            };
            out::text(format_args!("         {style}{sign} {}{style:#}", change.value()));
        }
    }
}

/// Both texts as lines with a sign, without colours.
pub(super) fn plain_difference(expected: &str, found: &str) -> String {
    TextDiff::from_lines(expected, found).unified_diff().context_radius(2).to_string()
}

/// The same failures as workflow commands: GitHub shows each beside its line.
pub(super) fn annotations(tested: &[Tested], orphans: &[PathBuf]) {
    for it in tested {
        let snapshot = snapshot::path_of(&it.path);
        match &it.outcome {
            Outcome::Same | Outcome::Accepted => {}
            Outcome::Missing => annotate(&it.path, 1, MISSING),
            Outcome::Different { expected, found } => {
                let same = expected.lines().zip(found.lines()).take_while(|(a, b)| a == b);
                // The snapshot's own head stands above the report.
                let at = same.count() + 4;
                let told = format!("{DIFFERENT}\n{}", plain_difference(expected, found));
                annotate(&snapshot, at, &told);
            }
            Outcome::Failing { report, unmet } => {
                unmet.iter().for_each(|(line, what)| annotate(&it.path, *line, what));
                if unmet.is_empty() {
                    let told: Vec<&str> = failed_lines(report).map(str::trim).collect();
                    annotate(&it.path, 1, &told.join("\n"));
                }
            }
            Outcome::Unusable(Failure::Scenario(wrong)) => {
                let told = |it: &crate::scenario::Diagnostic| match &it.help {
                    Some(help) => format!("{}\n{help}", it.message),
                    None => it.message.clone(),
                };
                let all = wrong.list().iter();
                all.for_each(|problem| annotate(&it.path, problem.line, &told(problem)));
            }
            Outcome::Unusable(failure) => annotate(&it.path, 1, &failure.to_string()),
        }
    }
    orphans.iter().for_each(|path| annotate(path, 1, ORPHAN));
}

fn annotate(path: &Path, line: usize, message: &str) {
    let data = |text: &str| text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A");
    let property = |text: &str| data(text).replace(':', "%3A").replace(',', "%2C");
    let file = property(&path.to_string_lossy().replace('\\', "/"));
    let title = property(&scenario_name(path));
    let (line, message) = (line.max(1), data(message.trim()));
    out::line(format_args!("::error file={file},line={line},title={title}::{message}"));
}
