//! The checks are worth what they catch. For each of them bugs are planted that it must notice, and
//! no other check may; without the bug the same scenario puts the check to the test and it holds.
//!
//! A bug of the product's is planted at the seam: the simulator runs for real, behind a backend
//! that lies. A bug of the simulator's is planted in the story of a real run, as the simulator has
//! none that could be switched on.
#![cfg(feature = "sim")]

#[path = "plants/scenarios.rs"]
mod scenarios;
#[path = "plants/seam.rs"]
mod seam;
#[path = "plants/story.rs"]
mod story;
#[path = "plants/work.rs"]
mod work;

use std::collections::BTreeSet;
use std::fmt::Write as _;

use evsim::harness::{Check, Line, Verdict, checks, connect_directly, run, start};
use evsim::scenario::{Scenario, read};

/// A bug, and the check that is there to catch it.
pub(crate) struct Plant {
    /// The check's sentence.
    claim: &'static str,
    /// The bug in a sentence.
    bug: &'static str,
    /// Other sentences that the same bug makes untrue; none for nearly all.
    also: &'static [&'static str],
    /// The scenario as YAML.
    scenario: &'static str,
    kind: Kind,
}

pub(crate) enum Kind {
    /// The backend of this node lies.
    Seam(&'static str, seam::Lies),
    /// The story is told otherwise.
    Story(fn(&mut Vec<Line>)),
}

impl Plant {
    fn scenario(&self) -> Scenario {
        let text = self.scenario.as_bytes();
        read(text, "planted.yaml").unwrap_or_else(|wrong| panic!("{}: {wrong}", self.bug))
    }

    fn with_bug(&self) -> Vec<Check> {
        let scenario = self.scenario();
        match &self.kind {
            Kind::Seam(liar, lies) => {
                let connect: &evsim::harness::Connect<'_> = &|cluster, node| match node.as_str() {
                    name if name == *liar => Box::new(seam::Bent::new(cluster, node, *lies)),
                    _ => connect_directly(cluster, node),
                };
                start(&scenario, 0, connect).report().checks
            }
            Kind::Story(edit) => {
                let mut lines = run(&scenario, 0).story;
                edit(&mut lines);
                checks(&scenario, &lines, &Ok(()))
            }
        }
    }
}

fn plants() -> impl Iterator<Item = &'static Plant> {
    seam::PLANTS.iter().chain(story::PLANTS).chain(work::PLANTS)
}

fn failing(checks: &[Check]) -> BTreeSet<&'static str> {
    let fails = |check: &&Check| check.verdict() == Verdict::Fails;
    checks.iter().filter(fails).map(|check| check.claim).collect()
}

#[test]
fn each_bug_fails_its_check_and_no_other() {
    let mut wrong = String::new();
    for plant in plants() {
        let found = plant.with_bug();
        let expected: BTreeSet<&str> = plant.also.iter().copied().chain([plant.claim]).collect();
        if failing(&found) != expected {
            let fails = found.iter().filter(|check| check.verdict() == Verdict::Fails);
            let fails: Vec<_> = fails.collect();
            let _ = writeln!(wrong, "{}\n  expected {expected:?}\n  found {fails:#?}", plant.bug);
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn without_the_bug_the_check_is_put_to_the_test_and_holds() {
    for plant in plants() {
        let found = run(&plant.scenario(), 0).checks;
        assert_eq!(failing(&found), BTreeSet::new(), "{}: {found:#?}", plant.bug);
        let own = found.iter().find(|check| check.claim == plant.claim);
        let own = own.unwrap_or_else(|| panic!("no check is called {:?}", plant.claim));
        assert_eq!(own.verdict(), Verdict::Holds, "{}", plant.bug);
    }
}

#[test]
fn every_check_has_a_bug_planted_for_it() {
    // A server with two copies has every check.
    let all = read(scenarios::REPLICATED.as_bytes(), "planted.yaml");
    let checks = run(&all.unwrap_or_else(|wrong| panic!("{wrong}")), 0).checks;
    let claims: BTreeSet<&str> = checks.iter().map(|check| check.claim).collect();
    let planted: BTreeSet<&str> = plants().map(|plant| plant.claim).collect();
    assert_eq!(claims, planted);
}
