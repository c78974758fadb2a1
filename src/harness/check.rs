//! The checks: what must be true of every run, whatever the scenario.
//!
//! They read what happened and know nothing of how it was decided. Each counts how often it was
//! really put to the test: one that never applied has proved nothing.

mod agent;
mod cluster;
mod diary;
mod exchange;
mod product;
mod replica;
mod work;
mod world;

use super::story::Line;
use crate::model::Time;
use crate::scenario::Scenario;
use world::World;

/// How a check came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It was put to the test, and held every time.
    Holds,
    /// It failed at least once.
    Fails,
    /// It never applied.
    Untested,
}

/// A check and how it came out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// A sentence that is true when the check passes.
    pub claim: &'static str,
    /// How often it was put to the test.
    pub tested: u32,
    /// What was found against it, in order.
    pub failures: Vec<String>,
}

impl Check {
    /// How it came out.
    pub fn verdict(&self) -> Verdict {
        match (self.failures.is_empty(), self.tested) {
            (false, _) => Verdict::Fails,
            (true, 0) => Verdict::Untested,
            (true, _) => Verdict::Holds,
        }
    }
}

/// A check was put to the test.
pub(super) struct Trial {
    pub(super) time: Time,
    pub(super) claim: &'static str,
    pub(super) holds: bool,
}

/// What one look at one line brings.
enum Finding {
    /// The line has nothing to do with the check.
    Beside,
    /// It was put to the test, and held.
    Holds,
    /// It was put to the test, and did not hold.
    Fails(String),
}

impl Finding {
    /// Put to the test: it holds, or fails with what `otherwise` says.
    fn of(holds: bool, otherwise: impl FnOnce() -> String) -> Self {
        if holds { Finding::Holds } else { Finding::Fails(otherwise()) }
    }

    /// Both, of which the first that fails says why.
    fn and(self, other: impl FnOnce() -> Self) -> Self {
        match (self, other) {
            (Finding::Fails(what), _) => Finding::Fails(what),
            (Finding::Holds, other) => match other() {
                Finding::Beside => Finding::Holds,
                found => found,
            },
            (Finding::Beside, other) => other(),
        }
    }
}

/// A check at each line, with the world as it was just before.
type AtLine = fn(&World<'_>, &Line) -> Finding;
/// A check at the end of the run.
type AtEnd = fn(&World<'_>) -> Vec<Finding>;

fn never(_: &World<'_>) -> Vec<Finding> {
    Vec::new()
}

/// Judged, and printed, where a server has two copies of its stores.
const OF_COPIES: &str = "a copy is suspended while its store is worked on, then back or named";

const CHECKS: &[(&str, AtLine, AtEnd)] = &[
    ("only the designated EVS is touched", product::touches_only_designated, never),
    (
        "every step runs on the owner, and forward while it serves",
        work::steps_run_where_served,
        never,
    ),
    ("what a job does is told and written down first", work::steps_are_told_and_written, never),
    ("one job at a time works on an EVS", product::one_job_per_server, never),
    ("a node's jobs run one after the other", product::jobs_are_serial, never),
    (
        "a designation changes only by an administrator's act",
        work::designations_are_asked_for_and_idle,
        product::designations_at_end,
    ),
    (
        "the choices are the EVSes operational on the node",
        work::choices_are_offered_and_taken,
        product::choices_at_end,
    ),
    ("every other EVS on the node is ignored", product::others_are_ignored, never),
    (
        "the console shows the physical node and every group it owns",
        product::console_shows_node,
        never,
    ),
    (
        "nothing runs unlicensed, over count, undesignated or out of time",
        work::work_is_paid_for_and_in_time,
        never,
    ),
    ("a job never causes a failover", product::no_failover_by_job, never),
    (
        "a store that a job changed is back as it was, or reported",
        product::only_taken_stores_are_put_back,
        product::stores_are_back,
    ),
    (
        "no store is left unusable without a way back named",
        work::copying_back_is_left_to_its_end,
        product::damaged_stores_are_named,
    ),
    (OF_COPIES, replica::copies_are_suspended, replica::copies_are_back),
    ("one owner per group", cluster::one_owner, never),
    ("nothing comes online without quorum", cluster::online_with_quorum, never),
    ("dependencies go online first and offline last", cluster::dependencies_in_order, never),
    ("a group's state follows its resources", cluster::group_state_follows, never),
    ("a server runs where Exchange allows it", exchange::allowed_by_exchange, never),
    ("time never runs backwards", cluster::time_runs_forward, never),
];

/// Makes every check on what happened. `rest` says what kept the cluster from coming to rest after
/// the end, once every machine was switched on again.
pub fn checks(scenario: &Scenario, lines: &[Line], rest: &Result<(), Vec<String>>) -> Vec<Check> {
    let mut checks: Vec<Check> = CHECKS
        .iter()
        .map(|(claim, _, _)| Check { claim, tested: 0, failures: Vec::new() })
        .collect();
    let world = at_lines(scenario, lines, |check, finding, line| {
        record(&mut checks[check], finding, Some(line));
    });
    for (check, (_, _, at_end)) in checks.iter_mut().zip(CHECKS) {
        at_end(&world).into_iter().for_each(|finding| record(check, finding, None));
    }
    let replicated = scenario.cluster.groups.iter().any(|group| group.replicated.is_some());
    checks.retain(|check| check.claim != OF_COPIES || replicated);
    checks.push(Check {
        claim: "switched on again, the cluster comes to rest",
        tested: 1,
        failures: rest.clone().err().unwrap_or_default(),
    });
    checks
}

/// Each time that a check is put to the test at a line, in the order of the lines.
pub(super) fn trials(scenario: &Scenario, lines: &[Line]) -> Vec<Trial> {
    let mut trials = Vec::new();
    at_lines(scenario, lines, |check, finding, line| {
        let holds = matches!(finding, Finding::Holds);
        trials.push(Trial { time: line.time, claim: CHECKS[check].0, holds });
    });
    trials
}

/// Has `found` take what each check, by its place in the list, finds at each line; gives the world
/// as it is after them.
fn at_lines<'s>(
    scenario: &'s Scenario,
    lines: &[Line],
    mut found: impl FnMut(usize, Finding, &Line),
) -> World<'s> {
    let mut world = World::new(scenario);
    for line in lines.iter().filter(|line| !line.explains()) {
        for (check, (_, at_line, _)) in CHECKS.iter().enumerate() {
            match at_line(&world, line) {
                Finding::Beside => {}
                finding => found(check, finding, line),
            }
        }
        world.follow(line);
    }
    world
}

fn record(check: &mut Check, finding: Finding, line: Option<&Line>) {
    match finding {
        Finding::Beside => {}
        Finding::Holds => check.tested += 1,
        Finding::Fails(what) => {
            check.tested += 1;
            let at = line.map_or_else(|| "at the end".to_owned(), |line| line.time.to_string());
            check.failures.push(format!("{at} {what}"));
        }
    }
}
