//! scenarios/README.md keeps its word: its examples can be read, the complete one runs, and every
//! key and word that a scenario can have is explained in it.

#![cfg(feature = "sim")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use evsim::harness::{self, Report};
use evsim::product::vocabulary::{OutcomeKind, RefusalKind, Skip, StandingKind, Stop};
use evsim::scenario::words::spelt;
use evsim::scenario::{self, Scenario, words};
use evsim::sim::Switches;

/// What an example of steps or expectations is about, unless it brings its own.
const CARRIER: &[(&str, &str)] = &[
    ("about", "about: An example.\n"),
    (
        "cluster",
        "cluster:\n  name: MAILCLUSTER\n  windows: 2003\n  exchange: 2003\n  \
         nodes: [NODE1, NODE2]\n  evs:\n    \
         EVS1: { owner: NODE1, preferred: [NODE1, NODE2], stores: { SG1/Mailbox: 2GB } }\n    \
         EVS2: { owner: NODE2, stores: { SG1/Mailbox: 4GB } }\n",
    ),
    ("product", "product:\n  NODE1: { license: unlimited, designate: EVS1 }\n"),
    ("until", "until: 2h\n"),
];

fn text_of(file: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios").join(file);
    fs::read_to_string(path).expect("a file of scenarios/").replace("\r\n", "\n")
}

fn read(text: &str) -> Scenario {
    scenario::read(text.as_bytes(), "example.yaml").unwrap_or_else(|wrong| panic!("{wrong}"))
}

/// The `yaml` blocks of the page.
fn examples(page: &str) -> Vec<&str> {
    let parts = page.split("```yaml\n").skip(1);
    parts.map(|part| part.split("```").next().unwrap_or_default()).collect()
}

/// The keys at the margin: which parts of a scenario an example is.
fn parts(example: &str) -> BTreeSet<&str> {
    let at_margin = example.lines().filter(|line| line.starts_with(|c: char| c.is_alphabetic()));
    at_margin.filter_map(|line| line.split_once(':').map(|(key, _)| key)).collect()
}

/// An example with everything that it lacks to be a scenario.
fn completed(example: &str) -> String {
    let own = parts(example);
    let missing = CARRIER.iter().filter(|(key, _)| !own.contains(key));
    let missing: String = missing.map(|(_, text)| *text).collect();
    missing + example
}

/// Every word that stands in code, in a block or between backticks.
fn words_in_code(page: &str) -> BTreeSet<&str> {
    let mut found = BTreeSet::new();
    for (number, part) in page.split("```").enumerate() {
        let pieces: Vec<&str> = match number % 2 {
            0 => part.split('`').skip(1).step_by(2).collect(),
            _ => vec![part],
        };
        let apart = |c: char| !c.is_alphanumeric() && c != '_' && c != '-';
        found.extend(pieces.iter().flat_map(|piece| piece.split(apart)));
    }
    found
}

/// Asserts that the page explains every one of these.
fn explained<'w>(what: &str, all: impl IntoIterator<Item = &'w str>) {
    let page = text_of("README.md");
    let found = words_in_code(&page);
    let missing: Vec<&str> = all.into_iter().filter(|word| !found.contains(word)).collect();
    assert!(missing.is_empty(), "scenarios/README.md does not explain {missing:?} of {what}");
}

#[test]
fn every_example_can_be_read_and_run() {
    let page = text_of("README.md");
    let examples = examples(&page);
    assert!(examples.len() >= 9, "{} examples", examples.len());
    for example in examples {
        assert!(!parts(example).is_empty(), "no part of a scenario:\n{example}");
        harness::run(&read(&completed(example)), 0);
    }
}

#[test]
fn the_complete_example_is_a_shipped_scenario_and_passes() {
    let page = text_of("README.md");
    let example = examples(&page)[0];
    assert_eq!(example, text_of("designation/passive-node.yaml"));
    let report: Report = harness::run(&read(example), 0);
    assert!(report.passed(), "{}", report.text("designation/passive-node", false));
}

#[test]
fn every_verb_has_an_example() {
    let page = text_of("README.md");
    let lines: Vec<&str> = examples(&page).into_iter().flat_map(str::lines).collect();
    for verb in words::VERBS {
        let begins = |line: &&&str| {
            let verb_of = line.trim_start().strip_prefix("- { at: ");
            let verb_of = verb_of.and_then(|rest| rest.split_once(", "));
            verb_of.is_some_and(|(_, rest)| rest.starts_with(&format!("{verb}: ")))
        };
        assert!(lines.iter().any(|line| begins(&line)), "no example of `{verb}`");
    }
}

/// Every key of an expectation, where its subject is the first on the line.
#[test]
fn every_expectation_has_an_example() {
    let page = text_of("README.md");
    let lines: Vec<&str> = examples(&page).into_iter().flat_map(str::lines).collect();
    let about = |subject: &str| {
        words::maps().find(|map| map.name == format!("ABOUT_{}", subject.to_uppercase()))
    };
    for subject in words::SUBJECTS {
        let map = about(subject).expect("the keys of a subject");
        for key in map.keys.iter().map(|key| key.name).filter(|key| key != subject) {
            let shown = lines.iter().any(|line| {
                let (subject, key) = (format!(", {subject}: "), format!(" {key}: "));
                line.trim_start().starts_with("- { at: ")
                    && line.contains(&subject)
                    && line.contains(&key)
            });
            assert!(shown, "no example of `{key}` of {subject}");
        }
    }
}

#[test]
fn every_key_is_explained() {
    for map in words::maps() {
        explained(map.name, map.keys.iter().map(|key| key.name));
    }
    explained("PRIVATE_PROPERTIES", words::PRIVATE_PROPERTIES.iter().copied());
}

#[test]
fn every_word_is_explained() {
    explained("the standings", StandingKind::ALL.iter().map(|word| word.word()));
    explained("the refusals", RefusalKind::ALL.iter().map(|word| word.word()));
    explained("the skips", Skip::ALL.iter().map(|word| word.word()));
    explained("the stops", Stop::ALL.iter().map(|word| word.word()));
    explained("the states of nodes", spelt(words::NODE_STATES));
    explained("the states of groups", spelt(words::GROUP_STATES));
    explained("the states of resources", spelt(words::RESOURCE_STATES));
    explained("the states of networks", spelt(words::NETWORK_STATES));
    explained("the states of interfaces", spelt(words::INTERFACE_STATES));
    explained("the outcomes", spelt(words::OUTCOMES));
    explained("the run limits", spelt(words::RUN_LIMITS));
    explained("the scripts", spelt(words::SCRIPTS));
    explained("the restarts", spelt(words::RESTART_ACTIONS));
    explained("the starts of nodes", spelt(words::NODE_STARTS));
    explained("the starts of resources", spelt(words::RESOURCE_STARTS));
    explained("Windows", spelt(words::WINDOWS));
    explained("what Windows a node can have", spelt(words::RELEASES));
    explained("Exchange", spelt(words::EXCHANGE));
    explained("the answers", spelt(words::ANSWERS));
    explained("what there can be none of", [words::NOTHING]);
}

/// The words of a scenario are those of the model, as far as it has the same ones.
#[test]
fn no_state_and_no_outcome_lacks_a_word() {
    use evsim::model::{GroupState, InterfaceState, NetworkState, NodeState, ResourceState};
    let has = |words: Vec<&str>, word: &str| words.contains(&word.replace(' ', "_").as_str());
    for state in NodeState::ALL {
        assert!(has(spelt(words::NODE_STATES), state.word()), "{state}");
    }
    for state in GroupState::ALL {
        assert!(has(spelt(words::GROUP_STATES), state.word()), "{state}");
    }
    for state in ResourceState::ALL {
        assert!(has(spelt(words::RESOURCE_STATES), state.word()), "{state}");
    }
    for state in NetworkState::ALL {
        assert!(has(spelt(words::NETWORK_STATES), state.word()), "{state}");
    }
    for state in InterfaceState::ALL {
        assert!(has(spelt(words::INTERFACE_STATES), state.word()), "{state}");
    }
    for outcome in OutcomeKind::ALL {
        assert!(has(spelt(words::OUTCOMES), &outcome.word().to_lowercase()), "{outcome}");
    }
}

#[test]
fn every_switch_is_explained_with_its_default() {
    let page = text_of("README.md");
    let rows = page.lines().filter_map(|line| line.strip_prefix("| `"));
    let rows: Vec<Vec<&str>> = rows.map(|row| row.split('`').collect()).collect();
    for switch in Switches::TABLE {
        let name = switch.name;
        let row = rows.iter().find(|row| row[0] == name && row.len() > 2);
        let row = row.unwrap_or_else(|| panic!("scenarios/README.md does not explain {name}"));
        let mut switches = Switches::default();
        assert_eq!(switches.set(name, row[2]), Ok(()), "{name}: {}", row[2]);
        assert_eq!(switches, Switches::default(), "the default of {name} is not {}", row[2]);
        for word in switch.words {
            let explained = row.iter().skip(2).step_by(2).any(|it| it == word);
            assert!(explained, "the row of {name} does not name {word}");
        }
    }
}

/// A server keeps the case in which it is named, so that the product compares it itself.
#[test]
fn a_server_that_the_product_is_told_keeps_its_case() {
    let mixed = "product:\n  NODE1: { license: unlimited, designate: eVs1 }\nsteps:\n  \
                 - { at: 1m, install: { node: NODE2, evs: evs2 } }\n  \
                 - { at: 2m, designate: { node: NODE1, evs: Evs1 } }\n  \
                 - { at: 3m, license: { node: NODE2, evs: EvS2 } }\n\
                 expect:\n  \
                 - { at: 30s, node: NODE1, manages: EVS1, standing: Here, ignores: [] }\n  \
                 - { at: 4m, node: NODE1, manages: evs1, refused: nothing, choices: [evs1] }\n  \
                 - { at: 4m, node: NODE2, manages: EVS2, refused: nothing }\n";
    let report = harness::run(&read(&completed(mixed)), 0);
    let text = report.text("example", false);
    assert!(report.passed(), "{text}");
    for told in ["install, designate evs2", "designate Evs1", "designate EvS2"] {
        assert!(text.contains(told), "{told} is missing:\n{text}");
    }
}
