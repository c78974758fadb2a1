//! Random histories: any cluster of one to eight nodes, any of its administrators' and its
//! product's verbs, any fault, at any moment. Every check holds, nothing panics or hangs, and once
//! everything is switched on again the cluster comes to rest.
//!
//! `EVSIM_HISTORIES` says how many are drawn, `EVSIM_HISTORY` runs the one of that number alone and
//! prints it. A history that fails is printed as a scenario, without all that it does not need.
#![cfg(feature = "sim")]

#[path = "random/draw.rs"]
mod draw;
#[path = "random/history.rs"]
mod history;
#[path = "random/judge.rs"]
mod judge;
#[path = "random/steps.rs"]
mod steps;

use std::collections::BTreeMap;
use std::env;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use history::{History, shrink};
use judge::{Wrong, judge};

/// How many a plain `cargo test` draws.
const HISTORIES: u64 = 2_000;

/// No history takes longer than this; most take milliseconds.
const LONGEST: Duration = Duration::from_secs(120);

fn number_in(variable: &str) -> Option<u64> {
    let text = env::var(variable).ok()?;
    Some(text.parse().unwrap_or_else(|wrong| panic!("{variable} is {text}: {wrong}")))
}

/// What one thread is at work on, and since when.
type AtWork = Mutex<Option<(u64, Instant)>>;

/// Runs the histories of these numbers, on as many threads as there are cores, and keeps the first
/// that goes wrong in each way.
fn run_all(count: u64) -> BTreeMap<Wrong, u64> {
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let at_work: Vec<AtWork> = (0..threads).map(|_| Mutex::new(None)).collect();
    let wrong: Mutex<BTreeMap<Wrong, u64>> = Mutex::default();
    let next = AtomicU64::new(0);
    thread::scope(|scope| {
        for mine in &at_work {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    let going_on = (number < count).then(|| (number, Instant::now()));
                    *mine.lock().expect("nobody panics with it") = going_on;
                    if going_on.is_none() {
                        break;
                    }
                    if let Err((found, _)) = judge(&draw::history(number)) {
                        let mut wrong = wrong.lock().expect("nobody panics with it");
                        let first = wrong.entry(found).or_insert(number);
                        *first = number.min(*first);
                    }
                }
            });
        }
        watch(&at_work);
    });
    wrong.into_inner().expect("nobody panics with it")
}

/// Waits until every thread has finished; a history that hangs ends the test with its scenario.
fn watch(at_work: &[AtWork]) {
    thread::sleep(Duration::from_millis(50));
    loop {
        let busy: Vec<(u64, Instant)> =
            at_work.iter().filter_map(|it| *it.lock().expect("nobody panics with it")).collect();
        if busy.is_empty() {
            return;
        }
        if let Some((number, _)) = busy.iter().find(|(_, since)| since.elapsed() > LONGEST) {
            println!("history {number} hangs:\n{}", draw::history(*number).text());
            std::process::exit(101);
        }
        thread::sleep(Duration::from_millis(50));
    }
}

/// The history without what it does not need to go wrong in this way.
fn smallest(number: u64, wrong: &Wrong) -> History {
    shrink(&draw::history(number), |history| {
        judge(history).is_err_and(|(found, _)| found == *wrong)
    })
}

#[test]
fn whatever_happens_every_check_holds() {
    if let Some(number) = number_in("EVSIM_HISTORY") {
        let history = draw::history(number);
        println!("{}", history.text());
        if let Err((wrong, found)) = judge(&history) {
            panic!("history {number}: {wrong}\n{found}");
        }
        return;
    }
    let count = number_in("EVSIM_HISTORIES").unwrap_or(HISTORIES);
    let begun = Instant::now();
    let wrong = run_all(count);
    println!("{count} histories in {:.1} s", begun.elapsed().as_secs_f32());
    for (wrong, number) in &wrong {
        let smallest = smallest(*number, wrong);
        let found = judge(&smallest).err().map_or(String::new(), |(_, found)| found);
        println!("\nhistory {number}: {wrong}\n{found}\n\n{}", smallest.text());
    }
    assert!(wrong.is_empty(), "{} ways to go wrong are printed above", wrong.len());
}
