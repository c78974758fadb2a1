//! A deterministic simulator of Windows 2000/2003 server clusters with Exchange Virtual Servers,
//! and the harness that runs the product's real logic against it.
//!
//! | module | what it holds | may use |
//! |---|---|---|
//! | [`model`] | the nouns | nothing |
//! | [`backend`] | the one seam: what a node can ask and do | model |
//! | [`product`] | designation, licensing, management | model; its `agent` also backend |
//! | `sim` | the simulated cluster | model, backend |
//! | `simapi` | the simulated cluster as a Cluster API | model, backend, sim |
//! | `scenario` | a scenario file, read strictly | model, sim, the product's words |
//! | `harness` | runs a scenario, checks it, reports it | all of the above |
//! | `cli` | the commands | everything |
//!
//! `tests/clusapi` makes a library of `simapi` and a scenario that `harness` has brought to some
//! moment; nothing else exports a symbol.
//!
//! The product's words are its modules `policy`, `request` and `vocabulary`. `tests/law.rs` holds
//! the code against this table.

pub mod backend;
#[cfg(feature = "cli")]
pub mod cli;
#[cfg(feature = "sim")]
pub mod harness;
pub mod model;
pub mod product;
#[cfg(feature = "sim")]
pub mod scenario;
#[cfg(feature = "sim")]
pub mod sim;
#[cfg(all(feature = "sim", feature = "windows"))]
pub mod simapi;
