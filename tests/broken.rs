//! Broken scenarios: what is said about each stands beside it, and no text makes the reader panic.

#![cfg(feature = "sim")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use evsim::scenario::{BYTES_MAX, Diagnostics, Kind, read};
use proptest::prelude::*;

/// The example of the documentation, with something of everything.
const GOOD: &str = r#"
about: >
  NODE2 fails and EVS2 fails over to NODE1. The product was installed on NODE1 before that: it goes
  on with EVS1 and ignores EVS2.
cluster:
  name: MAILCLUSTER
  windows: 2003
  exchange: 2003
  nodes: [NODE1, NODE2]
  quorum: { resource: "Disk Q:" }
  evs:
    EVS1:
      owner: NODE1
      preferred: [NODE1, NODE2]
      stores: { SG1/Mailbox: { size: 2GB, mailboxes: 300 } }     # or just 2GB
    EVS2: { owner: NODE2, preferred: [NODE2, NODE1], stores: { SG1/Mailbox: 4GB } }
  groups:
    Cluster Group:
      owner: NODE1
      resources:
        "Disk Q:": { type: Physical Disk }
        Cluster IP Address: { type: IP Address }
        Cluster Name:
          type: Network Name
          private: { Name: MAILCLUSTER }
          depends_on: [Cluster IP Address]
product:
  NODE1: { license: unlimited, designate: EVS1 }
  NODE2: { license: { run_limit: single_shot, mailboxes: 400 }, designate: EVS2 }
steps:
  - { at: 10m, crash: NODE2 }
  - { at: 20m, run_job: { node: NODE1, script: preventative-maintenance } }
until: 2h
switches: { regroup: 2.5s }
expect:
  - at: 15m
    node: NODE1
    active_groups: [Cluster Group, EVS1, EVS2]
    choices: [EVS1, EVS2]
    manages: EVS1
    ignores: [EVS2]
  - { at: 15m, evs: EVS2, online_on: NODE1 }
  - { at: 2h, job: { node: NODE1, outcome: completed } }
"#;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/broken")
}

/// The names of the files with this ending, without it.
fn names(ending: &str) -> BTreeSet<String> {
    let entries = fs::read_dir(folder()).expect("fixtures/broken can be read");
    let files = entries.map(|entry| entry.expect("an entry").file_name().into_string());
    let files = files.map(|file| file.expect("a name in UTF-8"));
    files.filter_map(|file| file.strip_suffix(ending).map(str::to_owned)).collect()
}

fn mistakes(name: &str) -> Diagnostics {
    let text = fs::read(folder().join(format!("{name}.yaml"))).expect("a fixture can be read");
    let origin = format!("fixtures/broken/{name}.yaml");
    read(&text, &origin).expect_err(name)
}

fn kinds(diagnostics: &Diagnostics) -> BTreeSet<Kind> {
    diagnostics.list().iter().map(|diagnostic| diagnostic.kind).collect()
}

#[test]
fn each_broken_scenario_is_explained_as_its_snapshot_says() {
    let settings = {
        let mut settings = insta::Settings::new();
        settings.set_snapshot_path("../fixtures/broken");
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings
    };
    for name in names(".yaml") {
        let text = mistakes(&name).to_string();
        settings.bind(|| insta::assert_snapshot!(name.as_str(), text));
    }
}

#[test]
fn each_snapshot_belongs_to_a_broken_scenario_and_each_of_those_has_one() {
    assert_eq!(names(".snap"), names(".yaml"));
}

#[test]
fn every_kind_of_mistake_is_made_by_a_broken_scenario() {
    let mut made: BTreeSet<Kind> =
        names(".yaml").iter().flat_map(|name| kinds(&mistakes(name))).collect();
    // A fixture of half a megabyte would be larger than the rest of the repository.
    let large = "#".repeat(BYTES_MAX + 1);
    made.extend(kinds(&read(large.as_bytes(), "large.yaml").expect_err("too large")));
    let missing: Vec<&Kind> = Kind::ALL.iter().filter(|kind| !made.contains(kind)).collect();
    assert!(missing.is_empty(), "no broken scenario for {missing:?}");
    assert!(Kind::ALL.len() >= 30);
}

#[test]
fn the_good_scenario_is_good_with_any_line_ends_and_a_byte_order_mark() {
    let scenario = read(GOOD.as_bytes(), "good.yaml").unwrap_or_else(|error| panic!("{error}"));
    let windows = format!("\u{feff}{}", GOOD.replace('\n', "\r\n"));
    let same = read(windows.as_bytes(), "good.yaml").unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(scenario.cluster, same.cluster);
    assert_eq!(scenario.expect[0].line, same.expect[0].line);
    assert_eq!(GOOD.lines().nth(scenario.expect[0].line - 1), Some("  - at: 15m"));
}

#[test]
fn a_place_is_counted_in_characters_and_lines_whatever_ends_them() {
    for line_end in ["\n", "\r\n"] {
        let text = GOOD
            .replace("  NODE2 fails", "  ß 𝄞")
            .replace("manages: EVS1", "manages: \"ÄÖÜ\"")
            .replace('\n', line_end);
        let error = read(format!("\u{feff}{text}").as_bytes(), "text.yaml").expect_err("broken");
        let [mistake] = error.list() else { panic!("{error}") };
        assert_eq!(mistake.kind, Kind::UnknownEvs);
        let line = text.lines().position(|line| line.contains("ÄÖÜ")).expect("the line");
        assert_eq!((mistake.line, mistake.column), (line + 1, 14));
        assert_eq!(&text[mistake.span.clone()], "\"ÄÖÜ\"");
    }
}

#[test]
fn what_is_quoted_is_a_name_whatever_it_looks_like() {
    let text = GOOD.replace("EVS1", "1").replace("EVS2", "no");
    let scenario = read(text.as_bytes(), "text.yaml").unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(scenario.cluster.groups[1].name.as_str(), "1");
    assert_eq!(scenario.cluster.groups[2].name.as_str(), "no");
}

/// Reads and shows; that nothing panics is the point.
fn survives(text: &[u8]) {
    if let Err(error) = read(text, "any.yaml") {
        assert!(!error.list().is_empty());
        assert!(!error.render(true).is_empty());
    }
}

#[test]
fn no_beginning_of_a_scenario_is_too_much_for_the_reader() {
    let text = GOOD.replace("MAILCLUSTER", "MÄIL𝄞");
    for end in 0..text.len() {
        survives(&text.as_bytes()[..end]);
    }
}

#[test]
fn bombs_are_refused() {
    let deep = "[".repeat(BYTES_MAX);
    let deep_block = "- ".repeat(BYTES_MAX / 2);
    let line = format!("about: {}", "x".repeat(BYTES_MAX - 7));
    let key = format!("{}: 1", "k".repeat(BYTES_MAX - 3));
    let aliases = format!("about: [&a x{}]", ", *a".repeat(100_000));
    let keys: String = (0..19_000).map(|key| format!("key{key}: 1\n")).collect();
    let evses: String =
        (0..3_000).map(|evs| format!("    E{evs}: {{ owner: N{evs} }}\n")).collect();
    let servers = format!("cluster:\n  nodes: [N]\n  evs:\n{evses}");
    let steps = format!("steps:\n{}", "- { at: 1s, crash: N }\n".repeat(10_000));
    let ring: String = (0..5_000)
        .map(|i| format!("        R{i}: {{ type: X, depends_on: [R{}] }}\n", (i + 1) % 5_000))
        .collect();
    let ring = format!("cluster:\n  groups:\n    G:\n      owner: N\n      resources:\n{ring}");
    let quotes = "\"".repeat(BYTES_MAX);
    let breaks = "\n".repeat(BYTES_MAX);
    let colons = "a: ".repeat(BYTES_MAX / 3);
    let bombs =
        [deep, deep_block, line, key, aliases, keys, servers, steps, ring, quotes, breaks, colons];
    for bomb in bombs {
        let error = read(bomb.as_bytes(), "bomb.yaml").expect_err("a bomb");
        assert!(error.list().len() <= 100);
        assert!(!error.to_string().is_empty());
    }
}

/// The one mistake of a kind in a text that is wrong.
fn only(kind: Kind, text: &str) -> String {
    let error = read(text.as_bytes(), "text.yaml").expect_err("it is wrong");
    let mut found = error.list().iter().filter(|it| it.kind == kind);
    let message = found.next().expect("a mistake of this kind").message.clone();
    assert!(found.next().is_none());
    message
}

#[test]
fn what_would_take_long_to_read_is_refused_by_its_count() {
    let parts = |count: usize| format!("about: [{}]", "x,".repeat(count - 3));
    let read_all = read(parts(40_000).as_bytes(), "text.yaml").expect_err("no cluster");
    assert!(!kinds(&read_all).contains(&Kind::TooLarge));
    let told = only(Kind::TooLarge, &parts(40_001));
    assert_eq!(told, "the file has more than 40000 keys and values");

    let servers = |count: usize| {
        let each = (0..count).map(|it| format!("    E{it}: {{ owner: NODE1 }}\n"));
        GOOD.replace("  groups:\n", &format!("{}  groups:\n", each.collect::<String>()))
    };
    assert!(GOOD.matches("  groups:\n").count() == 1 && servers(3) != GOOD);
    let told = only(Kind::TooLarge, &servers(1000));
    assert_eq!(told, "more than 1000 servers: no cluster has as many");
}

#[test]
fn of_mistakes_on_endless_lines_a_few_are_shown() {
    let items = vec!["{ at: 1s, krash: NODE1 }"; 7_000].join(",");
    let error = read(format!("steps: [{items}]").as_bytes(), "text.yaml").expect_err("no node");
    assert_eq!(error.list().len(), 100);
    let shown = error.to_string();
    assert!(shown.matches("error:").count() < 10, "{}", shown.len());
    assert!(shown.contains(" more mistakes of this file"), "{shown}");
}

proptest! {
    #[test]
    fn no_mutation_of_a_scenario_is_too_much_for_the_reader(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..3), 1..12),
    ) {
        let mut text = GOOD.as_bytes().to_vec();
        for (place, byte, how) in changes {
            let at = place.index(text.len());
            match how {
                0 => text[at] = byte,
                1 => text.insert(at, byte),
                _ => drop(text.remove(at)),
            }
        }
        survives(&text);
    }

    #[test]
    fn no_exchange_of_two_words_is_too_much_for_the_reader(
        swaps in prop::collection::vec(any::<(prop::sample::Index, prop::sample::Index)>(), 1..6),
    ) {
        let mut words: Vec<&str> = GOOD.split_inclusive([' ', '\n']).collect();
        for (one, other) in swaps {
            let (one, other) = (one.index(words.len()), other.index(words.len()));
            words.swap(one, other);
        }
        survives(words.concat().as_bytes());
    }

    #[test]
    fn no_text_is_too_much_for_the_reader(text in "\\PC{0,200}") {
        survives(text.as_bytes());
    }
}
