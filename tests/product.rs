//! The product without the simulator: its decisions over views that a test writes down, and its
//! agent over a backend that only does what it is asked.

#[path = "product/cancel.rs"]
mod cancel;
#[path = "product/designation.rs"]
mod designation;
#[path = "product/desk.rs"]
mod desk;
#[path = "product/histories.rs"]
mod histories;
#[path = "product/job.rs"]
mod job;
#[path = "product/lost.rs"]
mod lost;
#[path = "product/mta.rs"]
mod mta;
#[path = "product/recovery.rs"]
mod recovery;
#[path = "product/repair.rs"]
mod repair;
#[path = "product/replica.rs"]
mod replica;
#[path = "product/requests.rs"]
mod requests;
#[path = "product/said.rs"]
mod said;
#[path = "product/schedule.rs"]
mod schedule;
#[path = "product/script.rs"]
mod script;
