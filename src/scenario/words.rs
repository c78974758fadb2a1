//! The keys that a scenario can have and the words that it can use. The reader takes them from
//! here, and scenarios/README.md explains each of them.
//!
//! Absent on purpose: the product's words for standings, refusals and reasons, which are its own
//! (`product::vocabulary`), and the switches, which are the simulator's.

use crate::model::{Exchange, GroupState, NodeState, ResourceState};
use crate::product::policy::RunLimit;
use crate::product::request::Script;
use crate::product::vocabulary::OutcomeKind;
use crate::sim::{MountDial, Quorum, Restart, Role, Windows};

macro_rules! keys {
    ($($(#[$doc:meta])* $name:ident = [$($key:literal),+ $(,)?];)+) => {
        $($(#[$doc])* pub const $name: &[&str] = &[$($key),+];)+

        /// Every list of keys, by its name here.
        pub const KEYS: &[(&str, &[&str])] = &[$((stringify!($name), $name)),+];
    };
}

keys! {
    /// Of the file.
    SCENARIO = ["about", "cluster", "product", "steps", "until", "expect", "switches"];
    /// Of `cluster`.
    CLUSTER = [
        "name", "windows", "exchange", "nodes", "networks", "quorum", "evs", "groups", "starts",
        "properties", "resource_types",
    ];
    /// Of a node, where `nodes` is a map.
    NODE = ["state", "exchange"];
    /// Of a network.
    NETWORK = ["role", "nodes"];
    /// Of `quorum`.
    QUORUM = ["resource"];
    /// Of an Exchange Virtual Server in its short form.
    EVS = [
        "owner", "preferred", "possible_owners", "properties", "exchange", "temp", "disk", "stores",
        "copies", "mount_dial",
    ];
    /// Of a group in its long form.
    GROUP = [
        "owner", "preferred", "guid", "properties", "exchange", "temp", "disk", "stores",
        "copies", "mount_dial", "resources",
    ];
    /// Of a resource.
    RESOURCE = ["type", "guid", "depends_on", "possible_owners", "private", "properties", "state"];
    /// Of a store that says more than its size.
    STORE = ["size", "used", "mailboxes", "mounted", "log_replay", "fixes", "logs"];
    /// The properties of a group.
    GROUP_PROPERTIES = [
        "PersistentState", "FailoverThreshold", "FailoverPeriod", "AutoFailbackType",
        "FailbackWindowStart", "FailbackWindowEnd", "AntiAffinityClassNames",
    ];
    /// What the verb `set` can set of a group beside its properties.
    GROUP_LISTS = ["PreferredOwners"];
    /// The properties of a resource.
    RESOURCE_PROPERTIES = [
        "PersistentState", "LooksAlivePollInterval", "IsAlivePollInterval", "RestartAction",
        "RestartThreshold", "RestartPeriod", "RetryPeriodOnFailure", "PendingTimeout",
        "SeparateMonitor",
    ];
    /// What the verb `set` can set of a resource beside its properties.
    RESOURCE_LISTS = ["PossibleOwners"];
    /// The properties of a resource type.
    TYPE_PROPERTIES = ["LooksAlivePollInterval", "IsAlivePollInterval"];
    /// The properties of the cluster itself.
    CLUSTER_PROPERTIES = ["DisableGroupPreferredOwnerRandomization"];
    /// Private properties that mean something; a resource may have any others.
    PRIVATE_PROPERTIES = ["Name", "NetworkName", "DestPath", "DatabaseName", "Network"];
    /// Of the product on a node before the start.
    INSTALLED = ["license", "designate"];
    /// Of a licence that says more than its run limit.
    LICENSE = ["run_limit", "mailboxes"];
    /// Of a step: when, and then its verb, of which it has one.
    STEP = [
        "at", "crash", "boot", "fail_resource", "move", "online", "offline", "evict", "rename_evs",
        "delete_evs", "install", "license", "designate", "revoke", "run_job", "console",
        "pause", "resume", "stop_service", "start_service",
        "cancel_job", "schedule_job", "schedule_check", "cancel_schedule",
        "initiate_failure", "hang_resource", "set", "add_node",
        "fail_tool", "fill_disk", "backup", "mount", "dismount",
        "fail_disk", "replace_disk", "fail_store_process", "change_store",
        "power_off_all", "hang", "reboot", "shut_down", "cut", "partition", "lose_quorum_disk",
        "lose_witness", "heal",
        "upgrade_node", "upgrade_evs",
        "suspend_copy", "resume_copy", "reseed_copy", "restore_copy",
        "hang_service",
    ];
    /// Of the verb `move`.
    MOVE = ["evs", "group", "to"];
    /// Of the verbs `online` and `offline`.
    ONLINE = ["evs", "group", "resource"];
    /// Of the verb `fail_resource`, where it says more than the resource.
    FAIL_RESOURCE = ["resource", "seen_by"];
    /// Of the verb `hang_resource`.
    HANG_RESOURCE = ["resource", "for"];
    /// Of the verb `set`.
    SET = ["evs", "group", "resource", "cluster", "property", "to"];
    /// Of the verb `rename_evs`.
    RENAME_EVS = ["evs", "to"];
    /// Of the verb `install`.
    INSTALL = ["node", "license", "evs", "unattended"];
    /// Of the verb `license`.
    ENTER_LICENSE = ["node", "run_limit", "mailboxes", "evs", "unattended"];
    /// Of the verb `designate`.
    DESIGNATE = ["node", "evs"];
    /// Of the verb `revoke`.
    REVOKE = ["node"];
    /// Of the verb `run_job`.
    RUN_JOB = ["node", "script", "stores"];
    /// Of the verb `cancel_job`.
    CANCEL_JOB = ["node", "job"];
    /// Of the verb `schedule_job`.
    SCHEDULE_JOB = ["node", "first", "every", "script", "stores", "limit", "notice"];
    /// Of the verb `schedule_check`.
    SCHEDULE_CHECK = ["node", "first", "every"];
    /// Of the verb `cancel_schedule`.
    CANCEL_SCHEDULE = ["node", "schedule"];
    /// Of the verb `fail_tool`.
    FAIL_TOOL = ["evs", "store"];
    /// Of the verb `fill_disk`.
    FILL_DISK = ["evs", "to"];
    /// Of the verb `backup`.
    BACKUP = ["evs", "store", "for"];
    /// Of the verbs for the passive copy of a store.
    COPY = ["evs", "store"];
    /// Of the verbs `mount` and `dismount`.
    MOUNT = ["evs", "store"];
    /// Of the verb `upgrade_node`.
    UPGRADE_NODE = ["node", "to"];
    /// Of the verb `replace_disk`.
    REPLACE_DISK = ["evs", "empty"];
    /// Of the verb `change_store`.
    CHANGE_STORE = ["evs", "store", "size", "used", "mailboxes"];
    /// Of the verbs `hang` and `hang_service`.
    HANG = ["node", "for"];
    /// Of the verb `cut`.
    CUT = ["node", "network", "for"];
    /// Of the verb `partition`.
    PARTITION = ["sides", "for"];
    /// Of the verbs `lose_quorum_disk` and `lose_witness`.
    LOSE_QUORUM_DISK = ["for"];
    /// Of the verb `heal`.
    HEAL = ["node", "network"];
    /// What an expectation can be about; it has one of these.
    SUBJECTS = ["node", "evs", "group", "resource", "job"];
    /// Of an expectation about a node: when, which, and what of it.
    ABOUT_NODE = [
        "at", "node", "state", "active_groups", "choices", "manages", "ignores", "standing",
        "refused",
    ];
    /// Of an expectation about an Exchange Virtual Server.
    ABOUT_EVS =
        ["at", "evs", "online_on", "owner", "state", "planned_outage", "unplanned_outage"];
    /// Of an expectation about a group.
    ABOUT_GROUP = ["at", "group", "owner", "state"];
    /// Of an expectation about a resource.
    ABOUT_RESOURCE = ["at", "resource", "state"];
    /// Of an expectation about a job.
    ABOUT_JOB = ["at", "job"];
    /// Of the job that an expectation is about.
    JOB = ["node", "outcome", "reason"];
}

/// What can happen in a step.
pub const VERBS: &[&str] = STEP.split_at(1).1;

/// What an expectation says where there is none of what it asks for.
pub const NOTHING: &str = "nothing";

/// Versions of Windows.
pub const WINDOWS: &[(&str, Windows)] = &[("2000", Windows::W2000), ("2003", Windows::W2003)];

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

/// Where the latest job of a node stands.
pub const OUTCOMES: &[(&str, OutcomeKind)] = &[
    ("running", OutcomeKind::Running),
    ("completed", OutcomeKind::Completed),
    ("skipped", OutcomeKind::Skipped),
    ("stopped", OutcomeKind::Stopped),
];

/// How many jobs a licence pays for.
pub const RUN_LIMITS: &[(&str, RunLimit)] =
    &[("unlimited", RunLimit::Unlimited), ("single_shot", RunLimit::SingleShot)];

/// The product's scripts.
pub const SCRIPTS: &[(&str, Script)] = &[
    (Script::PreventativeMaintenance.word(), Script::PreventativeMaintenance),
    (Script::StoreErrorCorrection.word(), Script::StoreErrorCorrection),
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
