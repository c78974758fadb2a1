//! The simulated cluster: nodes, groups, resources, disks and Exchange on a virtual clock.
//!
//! Discrete events in the order of (time, sequence). What costs is what happens, not the time that
//! passes: heartbeats and polls are no events, their next effect is computed.
//!
//! Absent on purpose: the product. The simulator runs without it and knows only the acts that a
//! node can be asked for.

mod configuration;
mod fault;
mod switches;

pub use configuration::{
    Configuration, Exchange, GroupConfiguration, NodeConfiguration, ResourceConfiguration,
    ResourceProperties, Restart, StoreConfiguration, Windows,
};
pub use fault::Step;
pub use switches::Switches;
