//! The simulated cluster: nodes, groups, resources, disks and Exchange on a virtual clock.
//!
//! Discrete events in the order of (time, sequence). What costs is what happens, not the time that
//! passes: heartbeats and polls are no events, their next effect is computed.
//!
//! Absent on purpose: the product. The simulator runs without it and knows only the acts that a
//! node can be asked for.

mod backend;
mod cluster;
mod configuration;
mod database;
mod destination;
mod due;
mod exchange;
mod failback;
mod fault;
mod group;
mod hive;
mod inspect;
mod interface;
mod limit;
#[cfg(feature = "windows")]
mod listed;
mod loss;
mod majority;
mod membership;
mod mta;
mod network;
mod pending;
mod power;
mod property;
mod queue;
mod quorum;
mod regroup;
mod release;
mod replica;
mod request;
mod resource;
mod service;
mod shipping;
mod start;
mod storage;
mod stream;
mod switches;
mod tool;
mod trace;
mod upgrade;
mod view;
mod watchdog;

pub use backend::{SharedCluster, SimBackend};
pub use cluster::Cluster;
pub use configuration::{
    Configuration, GroupConfiguration, NetworkConfiguration, NodeConfiguration,
    ResourceConfiguration, StoreConfiguration, Windows,
};
pub use destination::{Candidate, Departure, Fate, OwnerChange};
pub use exchange::{CutOff, Outage};
pub use fault::{Heal, Step, StoreChange};
pub use inspect::{GroupSettings, NetworkSettings, ResourceSettings};
pub use limit::{Bar, storage_groups_max};
#[cfg(feature = "windows")]
pub use listed::{group_property, resource_property};
pub use loss::DiskChange;
pub use majority::Quorum;
pub use network::Role;
pub use property::{
    ClusterProperties, GroupProperties, GroupProperty, ResourceProperties, ResourceProperty,
    Restart, RetryPeriod, TypeProperties, UNSET,
};
pub use release::Release;
pub use replica::{CopyChange, CopyNews, MountDial};
pub use stream::Stream;
pub use switches::{HangRecovery, Setting, Switch, SwitchError, Switches};
pub use trace::{Deed, Entry, Escalation, Event, NodeChange};
