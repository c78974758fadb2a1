//! Every small change of a document: a part taken out, made something else, or added to.

use serde_json::{Value, json};

/// A changed document.
pub(super) struct Change {
    /// Where, and how.
    pub(super) what: String,
    pub(super) value: Value,
}

/// What is put in the place of each part: shapes, forms and words that few places take.
fn others() -> Vec<Value> {
    vec![
        Value::Null,
        json!("no word of any table"),
        json!(" "),
        json!("12"),
        json!("2h30m"),
        json!("30m2h"),
        json!("12GB"),
        json!(7),
        json!(1.5),
        json!(true),
        json!("2004-03-01T20:00"),
        json!([]),
        json!(["A", "A"]),
        json!([["A"]]),
        json!({}),
        json!({ "unheard-of": 1 }),
    ]
}

/// The document with each of its parts below a place changed in turn, in each way.
pub(super) fn changes(whole: &Value, below: &str) -> Vec<Change> {
    let mut places = Vec::new();
    collect(whole, String::new(), &mut places);
    places.retain(|place| place.starts_with(below));
    let mut all = Vec::new();
    for place in &places {
        for other in others() {
            let what = format!("{place} = {other}");
            all.push(Change { what, value: with(whole, place, |it| *it = other) });
        }
        let (parent, last) = place.rsplit_once('/').expect("a place below the root");
        let removed = with(whole, parent, |it| match it {
            Value::Object(entries) => drop(entries.remove(&last.replace("~1", "/"))),
            Value::Array(items) => drop(items.remove(last.parse().expect("a number"))),
            _ => {}
        });
        all.push(Change { what: format!("{place} taken out"), value: removed });
        if whole.pointer(place).is_some_and(Value::is_object) {
            for (key, added) in [("unheard-of", json!(1)), ("to", json!("X")), ("at", json!("1m"))]
            {
                let value = with(whole, place, |it| it[key] = added);
                all.push(Change { what: format!("{place} with {key}"), value });
            }
        }
    }
    all
}

fn with(whole: &Value, place: &str, change: impl FnOnce(&mut Value)) -> Value {
    let mut value = whole.clone();
    change(value.pointer_mut(place).expect("a place of the document"));
    value
}

fn collect(value: &Value, at: String, places: &mut Vec<String>) {
    if !at.is_empty() {
        places.push(at.clone());
    }
    match value {
        Value::Object(entries) => {
            for (key, value) in entries {
                collect(value, format!("{at}/{}", key.replace('/', "~1")), places);
            }
        }
        Value::Array(items) => {
            for (index, value) in items.iter().enumerate() {
                collect(value, format!("{at}/{index}"), places);
            }
        }
        _ => {}
    }
}
