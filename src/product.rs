//! The product: which Exchange Virtual Server a node looks after, whether it may, and what it does
//! to it. All of it is decided from values: the same values give the same decision for ever.
//!
//! | module | what it decides or holds |
//! |---|---|
//! | [`policy`], [`request`], [`vocabulary`] | what is settled in advance, asked, and said |
//! | [`designation`] | recognising servers, the choices, how a designation stands |
//! | [`licensing`] | whether a node may run a job |
//! | [`memory`] | the decoded records: the node's own and the one on the server's disk |
//! | [`draft`] | a record beside the text that is written of it |
//! | [`picture`] | a view with what it says: the servers in it, and the memory |
//! | [`plan`] | the two entrances: `plan` and `admit` |
//! | [`admission`], [`refusal`] | what becomes of a request |
//! | [`gate`] | what has to hold for a job to begin and to go on |
//! | [`management`], [`job`], [`step`] | a node's jobs, the steps of one, and how each is started |
//! | [`recovery`] | what becomes of a job that no agent runs any more |
//! | [`schedule`], [`resource_check`] | what is due by itself, and what a check finds |
//! | [`reason`] | why, for everything that is done and left |
//! | [`console`] | what an administrator is shown |
//! | [`agent`] | observe, decide, carry out |
//!
//! Absent on purpose: a clock, input and output, randomness, and any knowledge of what kind of
//! cluster is on the other side. Only [`agent`] touches a backend.

pub mod admission;
pub mod agent;
pub mod console;
pub mod designation;
pub mod draft;
pub mod gate;
pub mod job;
pub mod licensing;
pub mod management;
pub mod memory;
pub mod mta;
pub mod picture;
pub mod plan;
pub mod policy;
pub mod reason;
pub mod recovery;
pub mod refusal;
pub mod replica;
pub mod request;
pub mod resource_check;
pub mod schedule;
pub mod step;
pub mod vocabulary;
