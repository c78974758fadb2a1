//! The JSON Schema of a scenario, for editors: what may stand where, with a text to show for each
//! key. It is made from the tables that the reader works with.
//!
//! It says what can be said of one place: keys, forms, words. That a name belongs to the cluster,
//! or that a cluster is possible, only the reader knows. What the schema refuses, the reader
//! refuses too.
//!
//! Editors read YAML by its own rules, so `2003` and `true` come as a number and a truth value. The
//! schema takes both forms of what the reader takes as a text. Draft 7 is what editors know.

use serde_json::{Map as Object, Value, json};

use super::words::{self, Key, Map, Shape};
use crate::model::Span;
use crate::product::vocabulary::{Skip, Stop};
use crate::sim::{Switch, Switches};

/// A name can be seen and stays on its line.
const NAME: &str = r"^(?=[\s\S]*\S)[^\u0000-\u001f\u007f-\u009f]*$";
/// A storage group and a store.
const STORE: &str =
    concat!(r"^(?=[^/]*[^/\s][^/]*/[^/]*[^/\s][^/]*$)", r"[^\u0000-\u001f\u007f-\u009f]*$");
const TIME: &str = r"^(?=.)([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+(\.[0-9]{1,3})?s)?$";
const SIZE: &str = "^[0-9]+(B|KB|MB|GB|TB)$";
const LOCAL_TIME: &str =
    r"^[0-9]{4}-(0[1-9]|1[0-2])-([0-2][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9]$";
const DIGITS: &str = "[0-9a-fA-F]";

/// The schema of a scenario file.
pub fn schema() -> Value {
    let mut definitions: Object<String, Value> =
        words::maps().map(|map| (definition(map.name), map_of(map))).collect();
    definitions.insert("expectation".to_owned(), expectation());
    definitions.insert("switches".to_owned(), switches());
    json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "A scenario of evsim",
        "description": "A cluster, what happens to it, and what must be true when. \
                        scenarios/README.md explains it with examples.",
        "$ref": "#/definitions/scenario",
        "definitions": definitions,
    })
}

/// `CHANGE_STORE` is called `change_store` in the schema.
fn definition(list: &str) -> String {
    list.to_lowercase()
}

fn reference(list: &str) -> Value {
    json!({ "$ref": format!("#/definitions/{}", definition(list)) })
}

fn map_of(map: &Map) -> Value {
    let properties: Object<String, Value> =
        map.keys.iter().map(|key| (key.name.to_owned(), key_of(key))).collect();
    let needed = map.keys.iter().filter(|key| key.needed).map(|key| key.name);
    let mut schema = json!({
        "type": "object",
        "properties": properties,
        "required": needed.collect::<Vec<_>>(),
        "additionalProperties": false,
    });
    let rules = rules_of(map.name).as_object().cloned().unwrap_or_default();
    schema.as_object_mut().expect("an object").extend(rules);
    schema
}

/// What holds of the keys of a map together.
fn rules_of(list: &str) -> Value {
    let one_of = |keys: &[&str]| {
        let ways: Vec<Value> = keys.iter().map(|key| json!({ "required": [key] })).collect();
        json!({ "oneOf": ways })
    };
    match list {
        // The time, and one verb.
        "STEP" => json!({ "minProperties": 2, "maxProperties": 2 }),
        "MOVE" => one_of(&["evs", "group"]),
        "ONLINE" => one_of(words::ONLINE),
        "SET" => set_rules(one_of(&["evs", "group", "resource", "cluster"])),
        // Nothing is no list of nodes, and no map of them either.
        "CLUSTER" => json!({
            "not": { "properties": { "nodes": { "type": "null" } }, "required": ["nodes"] },
        }),
        // A dial means something only where there are two copies.
        "EVS" | "GROUP" => json!({
            "if": { "required": ["mount_dial"] },
            "then": {
                "properties": { "copies": { "enum": ["replicated"] } },
                "required": ["copies"],
            },
        }),
        // The server and its store, and something that changes.
        "CHANGE_STORE" => json!({ "minProperties": 3 }),
        // The time, the subject, and something that could fail.
        "ABOUT_NODE" | "ABOUT_EVS" | "ABOUT_GROUP" | "ABOUT_RESOURCE" | "ABOUT_NETWORK" => {
            json!({ "minProperties": 3 })
        }
        "JOB" => job_reasons(),
        _ => json!({}),
    }
}

/// What a property can be set to, by what it is a property of.
fn set_rules(one_target: Value) -> Value {
    let of = [
        ("evs", "GROUP_PROPERTIES"),
        ("evs", "GROUP_LISTS"),
        ("group", "GROUP_PROPERTIES"),
        ("group", "GROUP_LISTS"),
        ("resource", "RESOURCE_PROPERTIES"),
        ("resource", "RESOURCE_LISTS"),
        ("cluster", "CLUSTER_PROPERTIES"),
    ];
    let mut cases = Vec::new();
    for (target, list) in of {
        let map = words::maps().find(|map| map.name == list).expect("a list of properties");
        for key in map.keys {
            let name = json!({ "type": "string", "pattern": format!("^{}$", any_case(key.name)) });
            cases.push(json!({
                "if": { "properties": { "property": name }, "required": [target, "property"] },
                "then": { "properties": { "to": shape_of(key.shape) } },
            }));
        }
    }
    json!({ "oneOf": one_target["oneOf"], "allOf": cases })
}

/// Each outcome has its own reasons, and two have none.
fn job_reasons() -> Value {
    let skips: Vec<&str> = Skip::ALL.iter().map(|skip| skip.word()).collect();
    let stops: Vec<&str> = Stop::ALL.iter().map(|stop| stop.word()).collect();
    let when = |outcomes: &[&str], reason: Value| {
        json!({
            "if": { "properties": { "outcome": { "enum": outcomes } }, "required": ["outcome"] },
            "then": { "properties": { "reason": reason } },
        })
    };
    json!({ "allOf": [
        when(&["skipped"], json!({ "enum": skips })),
        when(&["stopped"], json!({ "enum": stops })),
        when(&["running", "completed"], json!(false)),
    ]})
}

fn key_of(key: &Key) -> Value {
    let mut schema = shape_of(key.shape);
    let mut about = key.about.to_owned();
    if let Some(form) = form_of(key.shape) {
        about += &format!("\n\nWritten as {form}.");
    }
    match (key.left_out, key.needed) {
        (Some(left_out), _) => about += &format!("\n\nLeft out: {left_out}."),
        (None, true) => about += "\n\nIt must be there.",
        (None, false) => {}
    }
    // Beside a reference, draft 7 sees nothing else.
    if schema.get("$ref").is_some() {
        schema = json!({ "allOf": [schema] });
    }
    schema["description"] = about.into();
    schema
}

/// What a value of this shape looks like, with its unit.
fn form_of(shape: Shape) -> Option<&'static str> {
    Some(match shape {
        Shape::Time => "a time such as `90s`, `10m`, `2h30m` or `7.2s`",
        Shape::Size => "a size such as `12GB` or `500MB`; 1 GB is 2^30 bytes",
        Shape::LocalTime => "a local time such as `2004-03-01T20:00`",
        Shape::Guid => "8-4-4-4-12 hexadecimal digits",
        Shape::Number => "a whole number",
        Shape::Names => "a list such as `[NODE1, NODE2]`",
        _ => return None,
    })
}

fn shape_of(shape: Shape) -> Value {
    match shape {
        Shape::Text => json!({ "type": ["string", "number", "boolean"] }),
        Shape::Name => json!({ "type": ["string", "number", "boolean"], "pattern": NAME }),
        Shape::Time => json!({ "type": "string", "pattern": TIME }),
        Shape::Size => json!({ "type": "string", "pattern": SIZE }),
        Shape::LocalTime => json!({ "type": "string", "pattern": LOCAL_TIME }),
        Shape::Guid => json!({ "type": "string", "pattern": guid() }),
        Shape::Number => json!({
            "type": ["integer", "string"],
            "minimum": 0,
            "maximum": u32::MAX,
            "pattern": r"^\+?[0-9]+$",
        }),
        Shape::Words(known) => json!({ "enum": both_forms(known()) }),
        Shape::Property(known) => {
            let known = known();
            let in_any_case: Vec<String> = known.iter().map(|word| any_case(word)).collect();
            json!({ "anyOf": [
                { "enum": known },
                { "type": "string", "pattern": format!("^({})$", in_any_case.join("|")) },
            ]})
        }
        Shape::Map(list) => reference(list),
        Shape::OptionalMap(list) => json!({ "anyOf": [reference(list), { "type": "null" }] }),
        Shape::Nothing => json!({ "type": ["object", "null"], "maxProperties": 0 }),
        Shape::Properties(list) => properties(list),
        Shape::Named(item) => named(NAME, item),
        Shape::Stores(item) => named(STORE, item),
        Shape::List(item) => json!({ "type": "array", "items": shape_of(*item) }),
        Shape::OptionalList(item) => {
            json!({ "type": ["array", "null"], "items": shape_of(*item) })
        }
        Shape::Names => {
            json!({ "type": "array", "items": shape_of(Shape::Name), "uniqueItems": true })
        }
        Shape::Either(shapes) => {
            let shapes: Vec<Value> = shapes.iter().map(|shape| shape_of(*shape)).collect();
            json!({ "anyOf": shapes })
        }
        Shape::Expectation => reference("expectation"),
        Shape::Switches => reference("switches"),
    }
}

fn guid() -> String {
    let bare = format!("{DIGITS}{{8}}-({DIGITS}{{4}}-){{3}}{DIGITS}{{12}}");
    format!(r"^({bare}|\{{{bare}\}})$")
}

/// Words that YAML takes for numbers or truth values come as those, unless they are in quotes.
fn both_forms(known: Vec<&'static str>) -> Vec<Value> {
    let mut all = Vec::new();
    for word in known {
        if let Ok(value @ (Value::Bool(_) | Value::Number(_))) = serde_json::from_str(word) {
            all.push(value);
        }
        all.push(word.into());
    }
    all
}

/// A pattern for a word whatever its case.
fn any_case(word: &str) -> String {
    let either = |c: char| format!("[{}{}]", c.to_ascii_uppercase(), c.to_ascii_lowercase());
    word.chars().map(either).collect()
}

/// The names as Windows spells them are offered; others that differ in case only are taken.
fn properties(list: &str) -> Value {
    let map = words::maps().find(|map| map.name == list).expect("a list of properties");
    let offered: Object<String, Value> =
        map.keys.iter().map(|key| (key.name.to_owned(), key_of(key))).collect();
    let taken: Object<String, Value> = map
        .keys
        .iter()
        .map(|key| (format!("^{}$", any_case(key.name)), shape_of(key.shape)))
        .collect();
    json!({
        "type": ["object", "null"],
        "properties": offered,
        "patternProperties": taken,
        "additionalProperties": false,
    })
}

fn named(names: &str, item: &Shape) -> Value {
    json!({
        "type": ["object", "null"],
        "propertyNames": { "pattern": names },
        "additionalProperties": shape_of(*item),
    })
}

/// One subject, and what is expected of it.
fn expectation() -> Value {
    let about = |subject: &&str| reference(&format!("ABOUT_{subject}"));
    json!({ "oneOf": words::SUBJECTS.iter().map(about).collect::<Vec<_>>() })
}

fn switches() -> Value {
    let all: Object<String, Value> =
        Switches::TABLE.iter().map(|switch| (switch.name.to_owned(), switch_of(switch))).collect();
    json!({ "type": ["object", "null"], "properties": all, "additionalProperties": false })
}

fn switch_of(switch: &Switch) -> Value {
    let mut values = (switch.values)();
    let default = values.remove(0);
    let mut schema = match switch.words.is_empty() {
        true => json!({ "type": "string", "pattern": TIME, "not": { "pattern": zero() } }),
        false => json!({ "enum": both_forms(switch.words.to_vec()) }),
    };
    let about = switch.about.trim();
    schema["description"] =
        format!("{about}\n\nLeft out: `{default}`. docs/MODEL.md has the source.").into();
    schema
}

/// No time at all, however it is written.
fn zero() -> String {
    debug_assert_eq!("0d0.000s".parse(), Ok(Span::ZERO));
    r"^(0+(\.0+)?[dhms])+$".to_owned()
}
