//! A few typed steps from a tree to values. Each reports what is wrong and goes on, so that one run
//! finds every mistake of a file.
//!
//! Absent on purpose: any knowledge of what a scenario says; that stands in `decode`.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::str::FromStr;

use super::diagnostic::{Diagnostic, Kind, Lines, Mark, Placed, Problems};
use super::meant;
use super::names::compared;
use super::nearest::{all_of, nearest, one_of, shown};
use super::tree::{Entry, Node, Value};
use super::words;
use crate::model::same;

/// Reads nodes of one file.
pub(super) struct Reader {
    pub(super) problems: Problems,
    pub(super) lines: Lines,
    /// Whether a part of the cluster was left out together with its name: a name that is unknown
    /// may then be right.
    pub(super) lost_name: bool,
    /// The same of stores.
    pub(super) lost_store: bool,
}

/// A map with known keys.
pub(super) struct Fields<'t> {
    /// Where a key that is missing is missed.
    pub(super) mark: Mark,
    /// What the map describes: `a step`.
    what: &'static str,
    entries: &'t [Entry],
    /// Known keys that unknown ones were most likely meant to be.
    meant: Vec<&'static str>,
    whole: bool,
}

/// The words of a kind of value, as a scenario spells them.
pub(super) type Words<T> = [(&'static str, T)];

impl Reader {
    /// A map whose keys are known. Keys that are not are reported, and left out.
    pub(super) fn map<'t>(
        &mut self,
        node: &'t Node,
        what: &'static str,
        known: &[&'static str],
    ) -> Option<Fields<'t>> {
        let entries = match &node.value {
            Value::Map(entries) => entries,
            Value::Empty | Value::Text(_) | Value::List(_) => {
                let keys = format!("known keys: {}", all_of(known.iter().copied()));
                self.wrong_shape(node, what, "a map", &keys);
                return None;
            }
        };
        let mut meant = Vec::new();
        for Entry { key, .. } in entries {
            if !known.contains(&key.value.as_str()) {
                meant.extend(self.unknown_key(key, what, known));
            }
        }
        Some(Fields { mark: node.mark, what, entries, meant, whole: node.whole })
    }

    /// As `map`, where everything is optional: nothing at all is an empty map.
    pub(super) fn optional_map<'t>(
        &mut self,
        node: &'t Node,
        what: &'static str,
        known: &[&'static str],
    ) -> Option<Fields<'t>> {
        match node.value {
            Value::Empty => {
                Some(Fields { mark: node.mark, what, entries: &[], meant: Vec::new(), whole: true })
            }
            _ => self.map(node, what, known),
        }
    }

    /// A map of properties, whose names the cluster compares without case.
    pub(super) fn properties<'t>(
        &mut self,
        node: &'t Node,
        what: &'static str,
        known: &[&'static str],
    ) -> BTreeMap<&'static str, &'t Node> {
        let mut found = BTreeMap::new();
        for (name, value) in self.names(node, what, "the name of a property") {
            match known.iter().find(|other| same(other, &name.value)) {
                Some(property) => drop(found.insert(*property, value)),
                None => drop(self.unknown_key(name, what, known)),
            }
        }
        found
    }

    /// Reports a key that means nothing here; returns those that were most likely meant.
    fn unknown_key(
        &mut self,
        key: &Placed<String>,
        what: &str,
        known: &[&'static str],
    ) -> Vec<&'static str> {
        let meant = self.suggest(&key.value, known.iter().copied());
        self.report(|_| {
            let message = format!("{what} has no key `{}`", shown(&key.value));
            let problem = Diagnostic::new(Kind::UnknownKey, key.mark, message);
            let problem = match meant.is_empty() {
                true => problem,
                false => problem.label(format!("did you mean {}?", one_of(meant.iter().copied()))),
            };
            // A long list helps nobody who is told what was meant.
            match meant.is_empty() || known.len() <= 12 {
                true => problem.help(format!("known keys: {}", all_of(known.iter().copied()))),
                false => problem,
            }
        });
        meant
    }

    /// A map whose keys are names that the file gives to things; two of them must not be the same
    /// name to the cluster.
    pub(super) fn names<'t>(
        &mut self,
        node: &'t Node,
        what: &'static str,
        item: &'static str,
    ) -> Vec<(&'t Placed<String>, &'t Node)> {
        let entries = match &node.value {
            Value::Map(entries) => entries.as_slice(),
            Value::Empty => &[],
            Value::Text(_) | Value::List(_) => {
                self.wrong_shape(node, what, "a map", "write `NAME: VALUE` for each of them");
                self.lost_name = true;
                &[]
            }
        };
        let mut seen: BTreeMap<String, &Placed<String>> = BTreeMap::new();
        let mut names = Vec::new();
        for Entry { key, value } in entries {
            if !self.is_name(key, item) {
                self.lost_name = true;
                continue;
            }
            if let Some(before) = seen.insert(compared(&key.value), key) {
                let (name, other) = (shown(&key.value), shown(&before.value));
                let message = format!("`{name}` and `{other}` are the same name to the cluster");
                let problem = Diagnostic::new(Kind::SameNameInOtherCase, key.mark, message);
                let problem = problem.label("differs in case only").also(before.mark, "from this");
                self.problems.add(problem.help("give one of the two another name"));
                continue;
            }
            names.push((key, value));
        }
        names
    }

    /// Whether a text can be a name: it can be seen, and it stays on its line.
    fn is_name(&mut self, name: &Placed<String>, what: &str) -> bool {
        let (kind, wrong, help) = if name.value.trim().is_empty() {
            (Kind::EmptyName, "is empty", "write a name that can be seen")
        } else if name.value.contains(char::is_control) {
            let wrong = "holds a line break or another control character";
            (Kind::ControlCharacter, wrong, "write a name that stays on its line")
        } else {
            return true;
        };
        let problem = Diagnostic::new(kind, name.mark, format!("{what} {wrong}"));
        self.problems.add(problem.help(help));
        false
    }

    /// A list.
    pub(super) fn list<'t>(&mut self, node: &'t Node, what: &'static str) -> Option<&'t [Node]> {
        match &node.value {
            Value::List(items) => Some(items),
            Value::Empty | Value::Text(_) | Value::Map(_) => {
                self.wrong_shape(node, what, "a list", "write it as `[A, B]`");
                None
            }
        }
    }

    /// A text, whatever it says.
    pub(super) fn text(&mut self, node: &Node, what: &str) -> Option<Placed<String>> {
        match &node.value {
            Value::Text(text) => Some(Placed { value: text.clone(), mark: node.mark }),
            Value::Empty | Value::List(_) | Value::Map(_) => {
                self.wrong_shape(node, what, "a text", "write one text, without brackets");
                None
            }
        }
    }

    /// A text that is a name.
    pub(super) fn name(&mut self, node: &Node, what: &str) -> Option<Placed<String>> {
        let name = self.text(node, what)?;
        self.is_name(&name, what).then_some(name)
    }

    /// A list of names, none of them twice.
    pub(super) fn name_list(
        &mut self,
        node: &Node,
        what: &'static str,
        item: &'static str,
    ) -> Option<Vec<Placed<String>>> {
        let items = self.list(node, what)?;
        let mut seen: BTreeMap<String, Mark> = BTreeMap::new();
        let mut names = Vec::new();
        for node in items {
            let Some(name) = self.name(node, item) else { continue };
            if let Some(before) = seen.insert(compared(&name.value), name.mark) {
                let message = format!("`{}` stands twice in {what}", shown(&name.value));
                let problem = Diagnostic::new(Kind::ListedTwice, name.mark, message);
                let problem = problem.label("listed again here").also(before, "listed first here");
                self.problems.add(problem.help("keep one of the two"));
                continue;
            }
            names.push(name);
        }
        Some(names)
    }

    /// A text with a form of its own: a time, a size, a number, a GUID.
    pub(super) fn parsed<T: FromStr<Err: Display>>(
        &mut self,
        node: &Node,
        what: &str,
        kind: Kind,
    ) -> Option<Placed<T>> {
        let text = self.text(node, what)?;
        match text.value.parse() {
            Ok(value) => Some(Placed { value, mark: text.mark }),
            Err(error) => {
                let form = match kind {
                    Kind::BadNumber => "a whole number from 0 to 4294967295".to_owned(),
                    _ => format!("{error}"),
                };
                let noun = match kind {
                    Kind::BadTime => "a time",
                    Kind::BadLocalTime => "a local time",
                    Kind::BadSize => "a size",
                    Kind::BadGuid => "a GUID",
                    _ => "a number",
                };
                let message = format!("`{}` is not {noun}", shown(&text.value));
                let problem = Diagnostic::new(kind, text.mark, message);
                let meant = match kind {
                    Kind::BadTime => meant::time(&text.value),
                    Kind::BadSize => meant::size(&text.value),
                    _ => None,
                };
                let label = match meant {
                    Some(meant) => format!("did you mean `{meant}`?"),
                    None => format!("{what} is wanted"),
                };
                self.problems.add(problem.label(label).help(match kind {
                    Kind::BadGuid => form,
                    _ => format!("write {form}"),
                }));
                None
            }
        }
    }

    /// One of a few words.
    pub(super) fn word<T: Clone>(
        &mut self,
        node: &Node,
        what: &str,
        words: &Words<T>,
    ) -> Option<Placed<T>> {
        let text = self.text(node, what)?;
        if let Some((_, value)) = words.iter().find(|(word, _)| *word == text.value) {
            return Some(Placed { value: value.clone(), mark: text.mark });
        }
        let known = || words.iter().map(|(word, _)| *word);
        let message = format!("`{}` is not {what}", shown(&text.value));
        let mut problem = Diagnostic::new(Kind::BadWord, text.mark, message);
        let meant = self.suggest(&text.value, known());
        if !meant.is_empty() {
            problem = problem.label(format!("did you mean {}?", one_of(meant)));
        }
        self.problems.add(problem.help(format!("write {}", one_of(known()))));
        None
    }

    /// `true` or `false`.
    pub(super) fn flag(&mut self, node: &Node, what: &str) -> Option<bool> {
        let flag = self.word(node, what, words::ANSWERS)?;
        Some(flag.value)
    }

    /// Adds a mistake that takes some work to tell, while there is room for it.
    pub(super) fn report(&mut self, tell: impl FnOnce(&Self) -> Diagnostic) {
        if self.problems.is_full() {
            self.problems.add_untold();
        } else {
            let problem = tell(self);
            self.problems.add(problem);
        }
    }

    /// The nearest of the known names, while the file is not beyond help.
    pub(super) fn suggest<'k>(
        &self,
        name: &str,
        known: impl IntoIterator<Item = &'k str>,
    ) -> Vec<&'k str> {
        if self.problems.is_full() { Vec::new() } else { nearest(name, known) }
    }

    /// Reports a node that is something else than what is wanted.
    pub(super) fn wrong_shape(&mut self, node: &Node, what: &str, wanted: &str, help: &str) {
        let (message, label, help) = match node.value {
            Value::Empty if wanted == "a text" => {
                (format!("{what} is missing here"), "nothing follows", "write it after the colon")
            }
            Value::Empty => (format!("{what} is missing here"), "nothing follows", help),
            _ => (format!("{wanted} is wanted here, not {}", node.value.shape()), what, help),
        };
        let problem = Diagnostic::new(Kind::WrongShape, node.mark, message).label(label);
        self.problems.add(problem.help(help));
    }
}

impl<'t> Fields<'t> {
    /// The keys of a map before it is known which of them it may have; none: it is no map.
    pub(super) fn of(node: &'t Node) -> Option<Self> {
        match &node.value {
            Value::Map(entries) => Some(Self {
                mark: node.mark,
                what: "",
                entries,
                meant: Vec::new(),
                whole: node.whole,
            }),
            Value::Empty | Value::Text(_) | Value::List(_) => None,
        }
    }

    /// The value of a key.
    pub(super) fn get(&self, key: &str) -> Option<&'t Node> {
        self.entry(key).map(|entry| &entry.value)
    }

    /// A key and its value.
    pub(super) fn entry(&self, key: &str) -> Option<&'t Entry> {
        self.entries.iter().find(|entry| entry.key.value == key)
    }

    /// All keys and values, known or not.
    pub(super) fn entries(&self) -> &'t [Entry] {
        self.entries
    }

    /// The value of a key that has to be there.
    pub(super) fn need(&self, key: &str, example: &str, reader: &mut Reader) -> Option<&'t Node> {
        let node = self.get(key);
        // One that is misspelt or cannot be a key was reported already.
        if node.is_none() && self.whole && !self.meant.contains(&key) {
            reader.report(|_| {
                let message = format!("{} needs the key `{key}`", self.what);
                let problem = Diagnostic::new(Kind::MissingKey, self.mark, message);
                let problem = problem.label(format!("`{key}` is missing in this map"));
                problem.help(format!("add, for example, `{key}: {example}`"))
            });
        }
        node
    }
}
