//! What a reader sees of the run at a moment: values, each with the times at which it changed.

use serde_json::{Value as Json, json};

use super::scale::Scale;
use crate::harness::course::Frame;
use crate::model::Time;

/// Something that is shown, and what it said when.
pub(super) struct Value {
    /// In the order of time; the first is there from the start.
    changes: Vec<(Time, String)>,
}

impl Value {
    pub(super) fn starting(first: impl Into<String>) -> Self {
        Self { changes: vec![(Time::START, first.into())] }
    }

    /// What `shown` makes of each frame.
    pub(super) fn over(frames: &[Frame], shown: impl Fn(&Frame) -> String) -> Self {
        let mut value = Self { changes: Vec::new() };
        frames.iter().for_each(|frame| value.set(frame.time, shown(frame)));
        value
    }

    /// It says this from now on.
    pub(super) fn set(&mut self, time: Time, word: impl Into<String>) {
        let word = word.into();
        match self.changes.last_mut() {
            Some((_, last)) if *last == word => {}
            Some((at, last)) if *at == time => *last = word,
            _ => self.changes.push((time, word)),
        }
    }

    /// What it says at the end.
    pub(super) fn last(&self) -> &str {
        self.changes.last().map_or("", |(_, word)| word)
    }

    pub(super) fn times(&self) -> impl Iterator<Item = Time> {
        self.changes.iter().map(|(time, _)| *time)
    }
}

/// All values, for the page's script: each is a list of the number of a moment and the number of
/// a word, in turns.
pub(super) fn json(values: &[Value], scale: &Scale) -> Json {
    let mut words: Vec<&str> = values
        .iter()
        .flat_map(|value| value.changes.iter().map(|(_, word)| word.as_str()))
        .collect();
    words.sort();
    words.dedup();
    let number = |word: &str| words.binary_search(&word).unwrap_or_default();
    let value = |value: &Value| -> Vec<usize> {
        let change = |(time, word): &(Time, String)| [scale.number(*time), number(word)];
        value.changes.iter().flat_map(change).collect()
    };
    json!({
        "moments": scale.moments(),
        "places": scale.places(),
        "words": words,
        "values": values.iter().map(value).collect::<Vec<_>>(),
    })
}
