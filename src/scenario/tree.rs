//! A scenario's text as a tree of maps, lists and texts, each with its place.
//!
//! Absent on purpose: types. YAML's own ideas of what is a number or a truth value never apply: an
//! Exchange Virtual Server may be called `1` or `no`. Anchors, aliases, tags and merge keys are
//! refused, for what a person reads is what there is.

mod syntax;

use std::collections::BTreeMap;

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Span, StrInput};

use super::diagnostic::{Diagnostic, Kind, Mark, Placed, Problems};
use super::nearest::shown;

/// How many bytes a scenario can have: none is as large.
pub const BYTES_MAX: usize = 1 << 19;
/// No scenario has as many keys, texts, lists and maps: a cluster of 500 groups has 20,000.
const PARTS_MAX: usize = 40_000;
/// No scenario is as deep: the format itself ends at nine.
const DEPTH_MAX: usize = 32;

/// The byte-order mark of UTF-8.
const MARK: &[u8] = b"\xef\xbb\xbf";

/// A part of the file.
#[derive(Debug)]
pub(super) struct Node {
    /// Where a mistake in it is shown: itself, or for what stretches over lines, its key.
    pub(super) mark: Mark,
    pub(super) value: Value,
    /// Whether nothing of a map was left out: what is missing may be what was left out.
    pub(super) whole: bool,
}

#[derive(Debug)]
pub(super) enum Value {
    Empty,
    Text(String),
    List(Vec<Node>),
    Map(Vec<Entry>),
}

#[derive(Debug)]
pub(super) struct Entry {
    pub(super) key: Placed<String>,
    pub(super) value: Node,
}

impl Value {
    /// What the value is called in a message.
    pub(super) const fn shape(&self) -> &'static str {
        match self {
            Value::Empty => "nothing",
            Value::Text(_) => "a text",
            Value::List(_) => "a list",
            Value::Map(_) => "a map",
        }
    }
}

/// What is shown of a file that cannot be read as text.
pub(super) fn readable_part(bytes: &[u8]) -> String {
    let units = |bytes: &[u8], unit: fn([u8; 2]) -> u16| {
        let pairs = bytes[2..].chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
        String::from_utf16_lossy(&pairs.collect::<Vec<_>>())
    };
    match bytes {
        _ if bytes.len() > BYTES_MAX => String::new(),
        [0xff, 0xfe, ..] => units(bytes, u16::from_le_bytes),
        [0xfe, 0xff, ..] => units(bytes, u16::from_be_bytes),
        _ => String::from_utf8_lossy(bytes.strip_prefix(MARK).unwrap_or(bytes)).into_owned(),
    }
}

/// The bytes of a file as text, without its byte-order mark.
pub(super) fn text_of<'b>(bytes: &'b [u8], problems: &mut Problems) -> Option<&'b str> {
    let nowhere = Mark::default();
    if bytes.len() > BYTES_MAX {
        let message = "the file is larger than any scenario";
        let problem = Diagnostic::new(Kind::TooLarge, nowhere, message);
        problems.add(problem.help("a scenario has at most 512 KiB"));
        return None;
    }
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        let problem = Diagnostic::new(Kind::Utf16, nowhere, "the file is UTF-16, not UTF-8");
        problems.add(problem.help("save it as UTF-8; Notepad calls that `UTF-8`, not `Unicode`"));
        return None;
    }
    let bytes = bytes.strip_prefix(MARK).unwrap_or(bytes);
    match std::str::from_utf8(bytes) {
        Ok(text) => Some(text),
        Err(error) => {
            let at = error.valid_up_to();
            let shown_as = char::REPLACEMENT_CHARACTER.len_utf8();
            let mark = Mark { start: at, end: at + shown_as };
            let message = format!("the byte {:#04x} is not UTF-8", bytes[at]);
            let problem = Diagnostic::new(Kind::NotUtf8, mark, message);
            problems.add(problem.help("save the file as UTF-8"));
            None
        }
    }
}

/// Reads a text as one YAML document. What is returned may lack what was reported.
pub(super) fn parse(text: &str, problems: &mut Problems) -> Option<Node> {
    if let Some(problem) = control_character(text) {
        problems.add(problem);
        return None;
    }
    let mut builder = Builder::new(text, problems);
    let mut parser = Parser::new(StrInput::new(text));
    loop {
        match parser.next_event() {
            None => break,
            Some(Ok((event, span))) => {
                if builder.take(event, span).is_err() {
                    return None;
                }
            }
            Some(Err(error)) => {
                builder.syntax(&error);
                return None;
            }
        }
    }
    let root = builder.root.take();
    match root {
        Some(root) if !matches!(root.value, Value::Empty) => Some(root),
        _ => {
            let message = "the file is empty: a scenario has at least a cluster and an end";
            let problem = Diagnostic::new(Kind::EmptyFile, Mark::default(), message);
            problems.add(problem.help("scenarios/README.md shows what a scenario looks like"));
            None
        }
    }
}

/// YAML does not allow them, and the parser takes NUL for the end of the file.
fn control_character(text: &str) -> Option<Diagnostic> {
    let stray = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t' | '\u{85}');
    let (start, found) = text.char_indices().find(|(_, c)| stray(*c))?;
    let mark = Mark { start, end: start + found.len_utf8() };
    let message = format!("a control character, U+{:04X}, stands in the file", found as u32);
    let problem = Diagnostic::new(Kind::ControlCharacter, mark, message);
    Some(problem.help("take it out: a scenario is plain text"))
}

/// A map or list that is not complete yet.
struct Frame {
    start: Mark,
    flow: bool,
    whole: bool,
    content: Content,
}

enum Content {
    List(Vec<Node>),
    Map { entries: Vec<Entry>, seen: BTreeMap<String, Mark>, key: Key },
}

/// What a map has read since its last entry.
enum Key {
    Wanted,
    Read(Placed<String>),
    /// A map or list that was reported; the value that follows is left out.
    Refused,
}

/// A mistake that makes the rest of the file unreadable was reported.
struct Unreadable;

struct Builder<'a> {
    text: &'a str,
    /// The byte of each character; empty where the two are the same.
    bytes: Vec<usize>,
    frames: Vec<Frame>,
    parts: usize,
    documents: usize,
    root: Option<Node>,
    problems: &'a mut Problems,
}

impl<'a> Builder<'a> {
    fn new(text: &'a str, problems: &'a mut Problems) -> Self {
        let bytes = match text.is_ascii() {
            true => Vec::new(),
            false => text.char_indices().map(|(at, _)| at).collect(),
        };
        Self { text, bytes, frames: Vec::new(), parts: 0, documents: 0, root: None, problems }
    }

    fn take(&mut self, event: Event<'_>, span: Span) -> Result<(), Unreadable> {
        let mark = self.mark(span);
        match event {
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => Ok(()),
            Event::DocumentStart(_) => self.document(mark),
            Event::Alias(_) => Err(self.anchor(mark)),
            Event::Scalar(text, style, anchor, tag) => {
                self.extras(anchor, tag.is_some(), mark)?;
                self.scalar(&text, style, mark);
                Ok(())
            }
            Event::SequenceStart(anchor, tag) => {
                self.extras(anchor, tag.is_some(), mark)?;
                self.open(Content::List(Vec::new()), mark)
            }
            Event::MappingStart(anchor, tag) => {
                self.extras(anchor, tag.is_some(), mark)?;
                let content =
                    Content::Map { entries: Vec::new(), seen: BTreeMap::new(), key: Key::Wanted };
                self.open(content, mark)
            }
            Event::SequenceEnd | Event::MappingEnd => {
                self.close(mark);
                Ok(())
            }
        }
    }

    fn document(&mut self, mark: Mark) -> Result<(), Unreadable> {
        self.documents += 1;
        if self.documents == 1 {
            return Ok(());
        }
        let message = "a second document starts here, but a file holds one scenario";
        let problem = Diagnostic::new(Kind::SeveralDocuments, mark, message);
        let help = "move it to a file of its own, or take the line `---` out";
        self.problems.add(problem.help(help));
        Err(Unreadable)
    }

    /// Refuses what a scenario does not need and a reader would have to look up, and what is more
    /// than any scenario.
    fn extras(&mut self, anchor: usize, tagged: bool, mark: Mark) -> Result<(), Unreadable> {
        self.parts += 1;
        if self.parts > PARTS_MAX {
            self.problems.add(syntax::too_many(mark));
            return Err(Unreadable);
        }
        if anchor > 0 {
            return Err(self.anchor(mark));
        }
        if tagged {
            let message = "a scenario has no YAML tags such as `!name`";
            let problem = Diagnostic::new(Kind::Tag, mark, message);
            let help = "take the tag out; if the `!` belongs to a text, put the text in quotes";
            self.problems.add(problem.help(help));
            return Err(Unreadable);
        }
        Ok(())
    }

    fn anchor(&mut self, mark: Mark) -> Unreadable {
        self.problems.add(syntax::anchor(mark));
        Unreadable
    }

    fn open(&mut self, content: Content, start: Mark) -> Result<(), Unreadable> {
        if self.frames.len() == DEPTH_MAX {
            self.problems.add(syntax::too_deep(start));
            return Err(Unreadable);
        }
        self.refuse_key(start);
        let flow = self.text[start.start..].starts_with(['{', '[']);
        self.frames.push(Frame { start, flow, whole: true, content });
        Ok(())
    }

    /// Reports a map or list that begins where a key is wanted.
    fn refuse_key(&mut self, mark: Mark) {
        let Some(key @ Key::Wanted) = self.key() else { return };
        *key = Key::Refused;
        let message = "a key is a text, not a map or a list";
        let problem = Diagnostic::new(Kind::KeyNotText, mark, message);
        let help = "put the key in quotes if its brackets belong to it";
        self.problems.add(problem.help(help));
    }

    fn key(&mut self) -> Option<&mut Key> {
        match &mut self.frames.last_mut()?.content {
            Content::Map { key, .. } => Some(key),
            Content::List(_) => None,
        }
    }

    fn close(&mut self, end: Mark) {
        let Some(frame) = self.frames.pop() else {
            return;
        };
        let (value, first) = match frame.content {
            Content::List(items) => {
                let first = items.first().map(|item| item.mark);
                (Value::List(items), first)
            }
            Content::Map { entries, .. } => {
                let first = entries.first().map(|entry| entry.key.mark);
                (Value::Map(entries), first)
            }
        };
        let whole = Mark { start: frame.start.start, end: end.end.max(frame.start.end) };
        let mark = match frame.flow {
            true => syntax::first_line(self.text, whole),
            false => self.key_mark().or(first).unwrap_or(frame.start),
        };
        self.attach(Node { mark, value, whole: frame.whole });
    }

    fn scalar(&mut self, text: &str, style: ScalarStyle, mark: Mark) {
        let plain = style == ScalarStyle::Plain;
        if let Some(key @ Key::Wanted) = self.key() {
            *key = Key::Read(Placed { value: text.to_owned(), mark });
            return;
        }
        let empty = plain && matches!(text, "" | "~" | "null");
        let (value, mark) = match empty {
            true if mark.start == mark.end => (Value::Empty, self.key_mark().unwrap_or(mark)),
            true => (Value::Empty, mark),
            false => (Value::Text(text.to_owned()), mark),
        };
        self.attach(Node { mark, value, whole: true });
    }

    fn key_mark(&self) -> Option<Mark> {
        match &self.frames.last()?.content {
            Content::Map { key: Key::Read(key), .. } => Some(key.mark),
            Content::Map { .. } | Content::List(_) => None,
        }
    }

    fn attach(&mut self, node: Node) {
        let Some(frame) = self.frames.last_mut() else {
            self.root = Some(node);
            return;
        };
        match &mut frame.content {
            Content::List(items) => items.push(node),
            Content::Map { entries, seen, key } => {
                let Key::Read(key) = std::mem::replace(key, Key::Wanted) else {
                    frame.whole = false;
                    return;
                };
                match misplaced_key(&key, seen.get(&key.value)) {
                    Some(problem) => {
                        frame.whole = false;
                        self.problems.add(problem);
                    }
                    None => {
                        seen.insert(key.value.clone(), key.mark);
                        entries.push(Entry { key, value: node });
                    }
                }
            }
        }
    }

    fn syntax(&mut self, error: &ScanError) {
        let at = self.byte(error.marker().index());
        let open = self.frames.iter().rev().find(|frame| frame.flow);
        let open = open.map(|frame| frame.start);
        self.problems.add(syntax::mistake(self.text, at, error.info(), open));
    }

    fn mark(&self, span: Span) -> Mark {
        let start = self.byte(span.start.index());
        let end = self.byte(span.end.index()).max(start);
        syntax::first_line(self.text, Mark { start, end })
    }

    fn byte(&self, character: usize) -> usize {
        match self.bytes.is_empty() {
            true => character.min(self.text.len()),
            false => self.bytes.get(character).copied().unwrap_or(self.text.len()),
        }
    }
}

fn misplaced_key(key: &Placed<String>, before: Option<&Mark>) -> Option<Diagnostic> {
    if key.value == "<<" {
        let message = "a scenario has no merge key `<<`";
        let problem = Diagnostic::new(Kind::MergeKey, key.mark, message);
        return Some(problem.help("write the keys out"));
    }
    let message = format!("the key `{}` stands twice in one map", shown(&key.value));
    let problem = Diagnostic::new(Kind::DuplicateKey, key.mark, message);
    let problem = problem.label("given again here").help("keep one of the two");
    Some(problem.also(*before?, "given first here"))
}
