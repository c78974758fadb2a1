//! The product: which Exchange Virtual Server a node looks after, whether it may, and what it does
//! to it. All of it is decided from values: the same values give the same decision for ever.
//!
//! Absent on purpose: a clock, input and output, randomness, and any knowledge of what kind of
//! cluster is on the other side. Only [`agent`] touches a backend.

pub mod agent;
pub mod console;
pub mod designation;
pub mod job;
pub mod licensing;
pub mod management;
pub mod memory;
pub mod plan;
pub mod policy;
pub mod reason;
pub mod request;
pub mod vocabulary;
