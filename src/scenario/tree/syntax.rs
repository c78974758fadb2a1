//! What the YAML parser complains of, in words that name the mistake behind it.

use super::{DEPTH_MAX, PARTS_MAX};
use crate::scenario::diagnostic::{Diagnostic, Kind, Mark};

/// The complaints that come up most, by a part of their text: what they mean, and what to do.
const EXPLANATIONS: &[(&str, &str, &str)] = &[
    ("found unexpected end of stream", "a quote is not closed", QUOTE),
    ("indentation in quoted", "a quote is not closed", QUOTE),
    ("escape", "a `\\` in double quotes begins an escape", ESCAPE),
    ("unexpected character", "no text begins with this character", "put the text in quotes"),
    (
        "trailing content",
        "something follows the closing quote",
        "put all of it in one pair of quotes",
    ),
    ("expected key", "this line does not fit its neighbours", INDENTATION),
    ("'-' indicator", "this line does not fit its neighbours", INDENTATION),
    ("invalid indentation", "this line does not fit its neighbours", INDENTATION),
];
const QUOTE: &str = "close it on the same line";
const ESCAPE: &str = "write `\\\\`, or use single quotes";
const INDENTATION: &str = "indent the keys of one map alike, and the dashes of one list alike";
/// What can follow a `\\` in double quotes.
const ESCAPES: &str = "0abt\tnvfre \"/\\N_LPxuU";
const OTHERWISE: &str = "look for a quote, bracket or brace that is not closed, and for a line \
                         that is indented otherwise than its neighbours";

/// The mistake behind a complaint about the character at `at`; `open` is the bracket or brace that
/// is open there.
pub(super) fn mistake(text: &str, at: usize, complaint: &str, open: Option<Mark>) -> Diagnostic {
    if complaint.contains("anchor") {
        return anchor(to_end_of_word(text, at));
    }
    if complaint.contains("recursion") {
        return too_deep(Mark { start: at, end: at + width(text, at) });
    }
    if let Some(mark) = indenting_tab(text, at).filter(|_| complaint.contains("tab")) {
        let message = "a tab stands in front of this line, but YAML indents by spaces only";
        let problem = Diagnostic::new(Kind::TabIndentation, mark, message);
        return problem.label("a tab").help("put spaces in its place");
    }
    let mark = first_line(text, Mark { start: at, end: at + width(text, at) });
    if let Some(open) = open {
        let sign = &text[open.start..open.start + 1];
        let message = format!("this is not YAML: the `{sign}` before it is not closed");
        let problem = Diagnostic::new(Kind::Syntax, mark, message).label("not expected here");
        let problem = problem.also(open, "not closed");
        let closing = if sign == "[" { "]" } else { "}" };
        return problem.help(format!("add the `{closing}`, and a comma between two items"));
    }
    if let Some(problem) = of_a_line(text, at, complaint) {
        return problem;
    }
    let found = EXPLANATIONS.iter().find(|(part, ..)| complaint.contains(part));
    let (meaning, remedy) = match found {
        Some((_, meaning, remedy)) => (*meaning, *remedy),
        None => (complaint, OTHERWISE),
    };
    let message = format!("this is not YAML: {meaning}");
    Diagnostic::new(Kind::Syntax, mark, message).help(remedy)
}

/// Mistakes whose place is told by the line and not by where the parser gave up.
fn of_a_line(text: &str, at: usize, complaint: &str) -> Option<Diagnostic> {
    let start = text[..at].rfind('\n').map_or(0, |end| end + 1);
    let line = line_at(text, start);
    let (mark, meaning, help) = if complaint.contains("escape") {
        let mut letters = line[at - start..].char_indices();
        let known = |escaped: Option<(usize, char)>| {
            escaped.is_some_and(|(_, letter)| ESCAPES.contains(letter))
        };
        let slash = loop {
            let (place, letter) = letters.next()?;
            if letter == '\\' && !known(letters.next()) {
                break place;
            }
        };
        let mark = Mark { start: at + slash, end: at + slash + 1 };
        (mark, "a `\\` in double quotes begins an escape", ESCAPE)
    } else if complaint.contains("simple key expect") {
        let above = text[..start].trim_end();
        let above_start = above.rfind('\n').map_or(0, |end| end + 1);
        let (start, line) = match line.contains(':') {
            true => (above_start, line_at(text, above_start)),
            false => (start, line),
        };
        (words_of(start, line), "this line has no colon after its key", "write `key: value`")
    } else if complaint.contains("':' indicator") || complaint.contains("mapping values") {
        let mark = Mark { start: at, end: at + width(text, at) };
        match text[start..at].contains(": ") {
            true => (mark, "a text without quotes holds a colon", "put the text in quotes"),
            false => (
                words_of(start, line),
                "this line is indented otherwise than the one above it",
                INDENTATION,
            ),
        }
    } else {
        return None;
    };
    let message = format!("this is not YAML: {meaning}");
    Some(Diagnostic::new(Kind::Syntax, mark, message).help(help))
}

/// The rest of the line from here.
fn line_at(text: &str, start: usize) -> &str {
    text[start..].lines().next().unwrap_or("")
}

/// A line without the blanks around it.
fn words_of(start: usize, line: &str) -> Mark {
    let begin = start + line.len() - line.trim_start().len();
    Mark { start: begin, end: begin + line.trim().len() }
}

/// Maps and lists within each other beyond any use.
pub(super) fn too_deep(mark: Mark) -> Diagnostic {
    let message = format!("more than {DEPTH_MAX} maps and lists stand within each other");
    Diagnostic::new(Kind::TooDeep, mark, message)
        .help("take brackets out: no part of a scenario is as deep")
}

/// More keys and values than any scenario has.
pub(super) fn too_many(mark: Mark) -> Diagnostic {
    let message = format!("the file has more than {PARTS_MAX} keys and values");
    Diagnostic::new(Kind::TooLarge, mark, message)
        .help("leave out what the situation does not need")
}

/// Anchors and aliases are refused, known or not.
pub(super) fn anchor(mark: Mark) -> Diagnostic {
    let message = "a scenario has no YAML anchors (`&name`) and no aliases (`*name`)";
    let help = "write the value out; if the sign belongs to a text, put the text in quotes";
    Diagnostic::new(Kind::Anchor, mark, message).help(help)
}

/// The part of a mark that is in its first line.
pub(super) fn first_line(text: &str, mark: Mark) -> Mark {
    let part = &text[mark.start..mark.end];
    let line = part.find(['\n', '\r']).map_or(part, |end| &part[..end]);
    Mark { start: mark.start, end: mark.start + line.trim_end().len() }
}

/// A tab that indents the line of a place, or one of the two after it: the parser looks ahead.
fn indenting_tab(text: &str, at: usize) -> Option<Mark> {
    let mut start = text[..at].rfind('\n').map_or(0, |end| end + 1);
    for line in text[start..].split_inclusive('\n').take(3) {
        let blank = line.len() - line.trim_start_matches([' ', '\t']).len();
        if let Some(tab) = line[..blank].find('\t') {
            return Some(Mark { start: start + tab, end: start + tab + 1 });
        }
        start += line.len();
    }
    None
}

fn width(text: &str, at: usize) -> usize {
    text[at..].chars().next().map_or(0, char::len_utf8)
}

fn to_end_of_word(text: &str, at: usize) -> Mark {
    let rest = &text[at..];
    let stop = |c: char| c.is_whitespace() || matches!(c, ',' | '[' | ']' | '{' | '}');
    Mark { start: at, end: at + rest.find(stop).unwrap_or(rest.len()) }
}
