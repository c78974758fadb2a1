//! docs/MODEL.md against the tests: what it names exists, and what proves a claim is named there.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use evsim::sim::Switches;

use crate::table::{root, rows};

const CONFIDENCE: &[&str] = &["documented", "derived", "proposed", "general knowledge", "unsure"];

fn tests_below(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).expect("a folder of the checkout") {
        let path = entry.expect("an entry of the checkout").path();
        if path.is_dir() {
            tests_below(&path, found);
        } else if path.extension().is_some_and(|it| it == "rs") {
            let text = fs::read_to_string(&path).expect("UTF-8");
            for after in text.split("#[test]").skip(1) {
                let name = after.split_once("fn ").and_then(|(_, rest)| rest.split_once('('));
                found.extend(name.map(|(name, _)| name.to_owned()));
            }
        }
    }
}

fn tests(folders: &[&str]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    folders.iter().for_each(|folder| tests_below(&root().join(folder), &mut found));
    found
}

#[test]
fn the_page_names_only_tests_and_scenarios_that_exist() {
    let known = tests(&["src", "tests"]);
    let mut wrong = Vec::new();
    for row in rows() {
        let names: Vec<&str> = row.quoted("test").collect();
        if names.is_empty() {
            wrong.push(format!("line {} names no test", row.line));
        }
        for name in names {
            let there = match name.contains('/') {
                true => root().join(name).is_file(),
                false => known.contains(name),
            };
            if !there {
                wrong.push(format!("line {}: {name} does not exist", row.line));
            }
        }
    }
    assert!(wrong.is_empty(), "docs/MODEL.md:\n{}", wrong.join("\n"));
}

#[test]
fn every_row_has_an_identity_and_says_how_sure_it_is() {
    let mut seen = BTreeSet::new();
    for row in rows() {
        let id = row.cell("id").unwrap_or_default().to_owned();
        assert!(!id.is_empty() && seen.insert(id.clone()), "line {}: id {id}", row.line);
        if let Some(confidence) = row.cell("confidence") {
            assert!(CONFIDENCE.contains(&confidence), "line {}: {confidence}", row.line);
        }
    }
}

#[test]
fn every_switch_has_its_row_and_no_row_another() {
    let rows = rows();
    let named: BTreeSet<&str> = rows.iter().flat_map(|row| row.quoted("switch")).collect();
    let known: BTreeSet<&str> = Switches::NAMES.iter().copied().collect();
    assert_eq!(named, known);
}

#[test]
fn every_test_of_the_model_is_named_by_a_row() {
    let rows = rows();
    let named: BTreeSet<&str> = rows.iter().flat_map(|row| row.quoted("test")).collect();
    let mut unnamed = tests(&["tests/model"]);
    let page = fs::read_to_string(root().join("tests/model/page.rs")).expect("this file");
    unnamed.retain(|name| !named.contains(name.as_str()) && !page.contains(&format!("fn {name}(")));
    assert!(unnamed.is_empty(), "docs/MODEL.md has no row for {unnamed:#?}");
}
