//! The keys that a scenario can have and the words that it can use. The reader and the JSON Schema
//! take them from here, and scenarios/README.md explains each of them.
//!
//! Absent on purpose: the product's words for standings, refusals and reasons, which are its own
//! (`product::vocabulary`), and the switches, which are the simulator's.

mod cluster;
mod shape;
mod story;

pub use cluster::*;
pub use shape::{Key, Map, Shape};
pub use story::*;

use crate::model::{Exchange, GroupState, InterfaceState, NetworkState, NodeState, ResourceState};
use crate::product::policy::{Replication, RunLimit};
use crate::product::request::Script;
use crate::product::vocabulary::OutcomeKind;
use crate::sim::{MountDial, Quorum, Release, Restart, Role, Windows};

/// Every map with known keys.
pub fn maps() -> impl Iterator<Item = &'static Map> {
    cluster::MAPS.iter().chain(story::MAPS)
}

/// The words of a table, as a scenario spells them.
pub fn spelt<T>(words: &[(&'static str, T)]) -> Vec<&'static str> {
    words.iter().map(|(word, _)| *word).collect()
}

/// What can happen in a step.
pub const VERBS: &[&str] = STEP.split_at(1).1;

/// What an expectation says where there is none of what it asks for.
pub const NOTHING: &str = "nothing";

/// Versions of Windows.
pub const WINDOWS: &[(&str, Windows)] = &[("2000", Windows::W2000), ("2003", Windows::W2003)];

/// What Windows a node can have.
pub const RELEASES: &[(&str, Release)] = &[
    (Release::Nt4.word(), Release::Nt4),
    (Release::W2000.word(), Release::W2000),
    (Release::W2003.word(), Release::W2003),
];

/// Versions of Exchange.
pub const EXCHANGE: &[(&str, Exchange)] =
    &[("2000", Exchange::E2000), ("2003", Exchange::E2003), ("2007", Exchange::E2007)];

/// Where a defragmentation builds its temporary file, and whether that is a disk of the group.
pub const TEMPS: &[(&str, bool)] = &[("group_disk", true), ("local", false)];

/// How many copies of a server's stores there are: one, or one on each of two nodes.
pub const COPIES: &[(&str, bool)] = &[("shared", false), ("replicated", true)];

/// How much may be missing where a replicated store is mounted all the same.
pub const MOUNT_DIALS: &[(&str, MountDial)] = &[
    ("lossless", MountDial::Lossless),
    ("good_availability", MountDial::GoodAvailability),
    ("best_availability", MountDial::BestAvailability),
];

/// Kinds of quorum that need no disk.
pub const QUORUMS: &[(&str, Quorum)] =
    &[("majority", Quorum::Majority), ("majority_with_witness", Quorum::MajorityWithWitness)];

/// Roles of networks, as the property `Role` has them.
pub const ROLES: &[(&str, Role)] = &[
    ("0", Role::None),
    ("1", Role::Internal),
    ("2", Role::Client),
    ("3", Role::InternalAndClient),
];

/// States that a node can start in.
pub const NODE_STARTS: &[(&str, NodeState)] = &[("up", NodeState::Up), ("down", NodeState::Down)];

/// States that a resource can start in.
pub const RESOURCE_STARTS: &[(&str, ResourceState)] = &[
    ("online", ResourceState::Online),
    ("offline", ResourceState::Offline),
    ("failed", ResourceState::Failed),
];

/// States of a node.
pub const NODE_STATES: &[(&str, NodeState)] = &[
    ("up", NodeState::Up),
    ("down", NodeState::Down),
    ("paused", NodeState::Paused),
    ("joining", NodeState::Joining),
];

/// States of a group.
pub const GROUP_STATES: &[(&str, GroupState)] = &[
    ("online", GroupState::Online),
    ("offline", GroupState::Offline),
    ("failed", GroupState::Failed),
    ("partially_online", GroupState::PartialOnline),
    ("pending", GroupState::Pending),
];

/// States of a resource.
pub const RESOURCE_STATES: &[(&str, ResourceState)] = &[
    ("online", ResourceState::Online),
    ("offline", ResourceState::Offline),
    ("failed", ResourceState::Failed),
    ("online_pending", ResourceState::OnlinePending),
    ("offline_pending", ResourceState::OfflinePending),
];

/// States of a network.
pub const NETWORK_STATES: &[(&str, NetworkState)] = &[
    ("up", NetworkState::Up),
    ("partitioned", NetworkState::Partitioned),
    ("down", NetworkState::Down),
    ("unavailable", NetworkState::Unavailable),
];

/// States of a node's interface to a network.
pub const INTERFACE_STATES: &[(&str, InterfaceState)] = &[
    ("up", InterfaceState::Up),
    ("unreachable", InterfaceState::Unreachable),
    ("failed", InterfaceState::Failed),
    ("unavailable", InterfaceState::Unavailable),
];

/// Where the latest job of a node stands.
pub const OUTCOMES: &[(&str, OutcomeKind)] = &[
    ("running", OutcomeKind::Running),
    ("completed", OutcomeKind::Completed),
    ("skipped", OutcomeKind::Skipped),
    ("stopped", OutcomeKind::Stopped),
];

/// What the product does with a server that has two copies of its stores.
pub const REPLICATIONS: &[(&str, Replication)] =
    &[("refused", Replication::Refused), ("suspend_and_reseed", Replication::SuspendAndReseed)];

/// How many jobs a licence pays for.
pub const RUN_LIMITS: &[(&str, RunLimit)] =
    &[("unlimited", RunLimit::Unlimited), ("single_shot", RunLimit::SingleShot)];

/// The product's scripts.
pub const SCRIPTS: &[(&str, Script)] = &[
    (Script::PreventativeMaintenance.word(), Script::PreventativeMaintenance),
    (Script::StoreErrorCorrection.word(), Script::StoreErrorCorrection),
    (Script::MtaErrorCorrection.word(), Script::MtaErrorCorrection),
    (Script::OfflineDiagnosticReport.word(), Script::OfflineDiagnosticReport),
];

/// The values of the property `RestartAction`.
pub const RESTART_ACTIONS: &[(&str, Restart)] =
    &[("0", Restart::Never), ("1", Restart::Only), ("2", Restart::AndAffectGroup)];

/// Who sees that a resource does not work: LooksAlive too, or IsAlive alone.
pub const SEEN_BY: &[(&str, bool)] = &[("looks_alive", true), ("is_alive", false)];

/// Properties that are on or off.
pub const ON_OR_OFF: &[(&str, bool)] = &[("1", true), ("0", false)];

/// Answers.
pub const ANSWERS: &[(&str, bool)] = &[("true", true), ("false", false)];
