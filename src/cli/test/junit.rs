//! The outcomes as JUnit XML: a suite with a case for each scenario, as CI systems read it.
//!
//! Absent on purpose: what a CI system knows better, such as when and where it ran.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use super::{Count, Outcome, Tested, print};
use crate::cli::scenario_name;

pub(super) fn report(tested: &[Tested], orphans: &[PathBuf]) -> String {
    let count = Count::of(tested, orphans.len());
    let all = tested.len() + orphans.len();
    let seconds: f64 = tested.iter().map(|it| it.took.as_secs_f64()).sum();
    let numbers = format!(
        "tests=\"{all}\" failures=\"{}\" errors=\"{}\" time=\"{seconds:.3}\"",
        count.failed, count.unusable
    );
    let mut xml = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites {numbers}>\n  \
         <testsuite name=\"evsim\" {numbers}>\n"
    );
    for it in tested {
        let fate = fate(&it.outcome);
        case(&mut xml, &it.path, it.took.as_secs_f64(), fate);
    }
    for path in orphans {
        case(&mut xml, path, 0.0, Some(("failure", print::ORPHAN, String::new())));
    }
    xml.push_str("  </testsuite>\n</testsuites>\n");
    xml
}

/// What a case holds that did not pass: the element, its message, its text.
fn fate(outcome: &Outcome) -> Option<(&'static str, &'static str, String)> {
    Some(match outcome {
        Outcome::Same | Outcome::Accepted => return None,
        Outcome::Missing => ("failure", print::MISSING, String::new()),
        Outcome::Different { expected, found } => {
            ("failure", print::DIFFERENT, print::plain_difference(expected, found))
        }
        Outcome::Failing { report, .. } => {
            let told: Vec<&str> = print::failed_lines(report).collect();
            ("failure", print::FAILING, told.join("\n"))
        }
        Outcome::Unusable(failure) => ("error", "it cannot be run", failure.to_string()),
    })
}

fn case(
    xml: &mut String,
    path: &Path,
    seconds: f64,
    fate: Option<(&'static str, &'static str, String)>,
) {
    let name = scenario_name(path);
    let (folder, own) = name.rsplit_once('/').unwrap_or(("scenarios", &name));
    let file = path.to_string_lossy().replace('\\', "/");
    let _ = write!(
        xml,
        "    <testcase classname=\"{}\" name=\"{}\" file=\"{}\" time=\"{seconds:.3}\"",
        escaped(folder),
        escaped(own),
        escaped(&file)
    );
    match fate {
        None => xml.push_str("/>\n"),
        Some((element, message, text)) => {
            let (message, text) = (escaped(message), escaped(&text));
            let _ = writeln!(
                xml,
                ">\n      <{element} message=\"{message}\">{text}</{element}>\n    </testcase>"
            );
        }
    }
}

/// Text as XML takes it; what XML has no way to say becomes a replacement character.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\n' | '\t' => escaped.push(c),
            '\u{fffe}' | '\u{ffff}' => escaped.push(char::REPLACEMENT_CHARACTER),
            c if c < ' ' => escaped.push(char::REPLACEMENT_CHARACTER),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_xml_cannot_say_is_replaced() {
        assert_eq!(escaped("a<b> & \"c\"\n"), "a&lt;b&gt; &amp; &quot;c&quot;\n");
        assert_eq!(escaped("\u{1b}[31m\u{ffff}\r"), "\u{fffd}[31m\u{fffd}\u{fffd}");
    }
}
