//! The claims of docs/MODEL.md about Windows clusters and Exchange, each as a test of the simulator
//! alone. Times are worked out by hand from the page, not copied from a run.
#![cfg(feature = "sim")]

#[path = "model/administrator.rs"]
mod administrator;
#[path = "model/answer.rs"]
mod answer;
#[path = "model/choices.rs"]
mod choices;
#[path = "model/database.rs"]
mod database;
#[path = "model/destination.rs"]
mod destination;
#[path = "model/detection.rs"]
mod detection;
#[path = "model/exchange.rs"]
mod exchange;
#[path = "model/failback.rs"]
mod failback;
#[path = "model/failure.rs"]
mod failure;
#[path = "model/group.rs"]
mod group;
#[path = "model/hive.rs"]
mod hive;
#[path = "model/interface.rs"]
mod interface;
#[path = "model/loss.rs"]
mod loss;
#[path = "model/majority.rs"]
mod majority;
#[path = "model/membership.rs"]
mod membership;
#[path = "model/mta.rs"]
mod mta;
#[path = "model/page.rs"]
mod page;
#[path = "model/partition.rs"]
mod partition;
#[path = "model/release.rs"]
mod release;
#[path = "model/replica.rs"]
mod replica;
#[path = "model/request.rs"]
mod request;
#[path = "model/service.rs"]
mod service;
#[path = "model/sweep.rs"]
mod sweep;
#[path = "model/switches.rs"]
mod switches;
#[path = "model/table.rs"]
mod table;
#[path = "model/tale.rs"]
mod tale;
#[path = "model/tool.rs"]
mod tool;
#[path = "model/upgrade.rs"]
mod upgrade;
#[path = "model/watchdog.rs"]
mod watchdog;
#[path = "model/work.rs"]
mod work;
