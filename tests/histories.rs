//! Situations that evsim once got wrong.
#![cfg(feature = "sim")]

#[path = "histories/cluster.rs"]
mod cluster;
#[path = "histories/product.rs"]
mod product;

use evsim::harness::{self, Check, Report};
use evsim::scenario;

const HEAD: &str = "
about: a situation that was once wrong
cluster:
  name: MAILCLUSTER
  windows: 2003
  exchange: 2003
  nodes: [NODE1, NODE2]
  evs:
    EVS1: { owner: NODE1, preferred: [NODE1, NODE2], stores: { SG1/Mailbox: 2GB } }
    EVS2: { owner: NODE2, preferred: [NODE2, NODE1], stores: { SG1/Mailbox: 2GB } }
";

fn run(rest: &str, seed: u64) -> Report {
    run_whole(&format!("{HEAD}{rest}"), seed)
}

fn run_whole(text: &str, seed: u64) -> Report {
    let scenario =
        scenario::read(text.as_bytes(), "inline").unwrap_or_else(|wrong| panic!("{wrong}"));
    harness::run(&scenario, seed)
}

fn failed(report: &Report) -> Vec<&Check> {
    report.checks.iter().filter(|check| !check.failures.is_empty()).collect()
}
