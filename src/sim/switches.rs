//! What the simulator assumes where the sources are silent or contradict each other: each a named
//! value that a scenario can set under `switches:`. docs/MODEL.md has a row for each.
//!
//! A switch is a span or a choice of words. Its row lists every value that is worth a run, the
//! default first, so that a test can put the whole suite under each of them.

use serde::Serialize;

use crate::model::{Span, masked};

/// What a switch can hold.
pub trait Setting: Sized + Copy + 'static {
    /// Every word that it reads; none: it reads spans.
    const WORDS: &'static [&'static str];

    /// The value that a text stands for.
    fn read(text: &str) -> Option<Self>;

    /// The text that stands for the value.
    fn text(self) -> String;
}

impl Setting for Span {
    const WORDS: &'static [&'static str] = &[];

    /// A switch is for something that takes time.
    fn read(text: &str) -> Option<Self> {
        text.parse().ok().filter(|span| *span > Span::ZERO)
    }

    fn text(self) -> String {
        self.to_string()
    }
}

impl Setting for bool {
    const WORDS: &'static [&'static str] = &["yes", "no"];

    fn read(text: &str) -> Option<Self> {
        match text {
            "yes" => Some(true),
            "no" => Some(false),
            _ => None,
        }
    }

    fn text(self) -> String {
        if self { "yes" } else { "no" }.to_owned()
    }
}

macro_rules! words {
    ($(
        $(#[$doc:meta])*
        $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal),+ $(,)? }
    )+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
        pub enum $name { $($(#[$vdoc])* #[serde(rename = $word)] $variant),+ }

        impl Setting for $name {
            const WORDS: &'static [&'static str] = &[$($word),+];

            fn read(text: &str) -> Option<Self> {
                match text { $($word => Some($name::$variant),)+ _ => None }
            }

            fn text(self) -> String {
                match self { $($name::$variant => $word),+ }.to_owned()
            }
        }
    )+};
}

/// One switch.
pub struct Switch {
    /// Its name in a scenario.
    pub name: &'static str,
    /// What it decides.
    pub about: &'static str,
    /// The words that it takes; none: it takes a span.
    pub words: &'static [&'static str],
    /// Every value that is worth a run, the default first.
    pub values: fn() -> Vec<String>,
}

/// Why a switch was not set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SwitchError {
    /// There is none of that name.
    Unknown,
    /// It does not take that value.
    BadValue,
}

macro_rules! switches {
    ($($(#[doc = $doc:literal])+ $name:ident: $type:ty = [$($value:expr),+ $(,)?],)+) => {
        /// What the simulator assumes.
        #[derive(Clone, Debug, PartialEq, Eq, Serialize)]
        pub struct Switches { $($(#[doc = $doc])+ pub $name: $type),+ }

        impl Switches {
            /// Every switch.
            pub const TABLE: &[Switch] = &[$(Switch {
                name: stringify!($name),
                about: concat!($($doc),+),
                words: <$type as Setting>::WORDS,
                values: || vec![$(<$type as Setting>::text($value)),+],
            }),+];

            /// The name of every switch.
            pub const NAMES: &[&str] = &[$(stringify!($name)),+];

            /// Sets a switch by its name, from the text that a scenario has for the value.
            ///
            /// # Errors
            /// There is no such switch, or it does not take that value.
            pub fn set(&mut self, name: &str, text: &str) -> Result<(), SwitchError> {
                match name {
                    $(stringify!($name) => {
                        self.$name = Setting::read(text).ok_or(SwitchError::BadValue)?;
                    })+
                    _ => return Err(SwitchError::Unknown),
                }
                Ok(())
            }

            /// Every switch at the first of its values.
            fn by_table() -> Self {
                Self { $($name: [$($value),+][0]),+ }
            }
        }
    };
}

impl Default for Switches {
    fn default() -> Self {
        let mut switches = Self::by_table();
        // A test run can give one switch another value by default.
        if let Some((name, value)) = masked().and_then(|mask| mask.split_once('=')) {
            let set = switches.set(name, value);
            assert_eq!(set, Ok(()), "EVSIM_MASK sets {name} to {value}");
        }
        switches
    }
}

const fn ms(ms: u64) -> Span {
    Span::from_ms(ms)
}

words! {
    /// How failures within a period are counted.
    Window {
        /// Those of the last period before now.
        Sliding = "sliding",
        /// From the first one on, until the period is over; the next begins a new period.
        Fixed = "fixed",
    }
    /// What a group is meant to be when the file does not say.
    StateByDefault {
        /// Online.
        Online = "online",
        /// Offline.
        Offline = "offline",
    }
    /// What is left when a group may move no more.
    Left {
        /// All of it goes offline; what failed stays failed.
        AllOffline = "all_offline",
        /// The resource that failed, and what depends on it; the others stay online.
        ResourceOnly = "resource_only",
    }
    /// How Windows Server 2003 tries again what was left failed, where the file does not say.
    Retry {
        /// Never.
        Never = "never",
        /// After an hour.
        Hour = "1h",
    }
    /// The answer to a request to bring something online on a paused node.
    PausedCode {
        /// 5070, `ERROR_CLUSTER_NODE_PAUSED`.
        NodePaused = "5070",
        /// 70, `ERROR_SHARING_PAUSED`.
        SharingPaused = "70",
    }
    /// The answer to a move to a node that cannot host a resource of the group.
    CannotHostCode {
        /// 5071, `ERROR_NODE_CANT_HOST_RESOURCE`.
        CannotHost = "5071",
        /// 5005, `ERROR_HOST_NODE_NOT_AVAILABLE`.
        NotAvailable = "5005",
    }
    /// The answer to a request to take the quorum disk or its group offline.
    QuorumCode {
        /// 5068, `ERROR_INVALID_OPERATION_ON_QUORUM`.
        InvalidOperation = "5068",
        /// 5020, `ERROR_QUORUM_RESOURCE`.
        QuorumResource = "5020",
    }
    /// Where a request without a node brings a group online.
    OnlineTarget {
        /// Where it is.
        Owner = "owner",
        /// On the best node, as a move without a target.
        BestNode = "best_node",
    }
    /// What a move without a target does with a group that is on its best node already.
    FromBestNode {
        /// It goes to the next in its node list.
        Next = "next",
        /// It stays.
        Stays = "stays",
    }
    /// Who owns a group that no member can own.
    Keeper {
        /// Its last owner.
        LastOwner = "last_owner",
        /// The member with the lowest number.
        AnyMember = "any_member",
    }
    /// Which paused nodes get groups.
    PausedDestination {
        /// One gets a group where no other node can; it is not brought online there.
        LastResort = "last_resort",
        /// None.
        Never = "never",
    }
    /// What an online request writes as the intent of a resource.
    OnlineIntent {
        /// Online.
        Online = "online",
        /// Nothing of its own: it follows its group from then on.
        Group = "group",
    }
    /// What becomes of a copy that was active and has logs that the present active one lacks.
    Divergence {
        /// It throws a few away and follows.
        Incremental = "incremental_reseed",
        /// It has to be seeded.
        Full = "full_reseed",
    }
    /// What becomes of the server whose database cannot be mounted, in Exchange 2007.
    FailedDatabase {
        /// The database stays failed where it is, and the others serve on.
        Stays = "stays",
        /// The server moves, as for any other resource.
        Moves = "moves",
    }
    /// How many failures within the period are answered by a restart.
    Tolerated {
        /// As many as the threshold says; the next one acts.
        Threshold = "threshold",
        /// One less: the failure that reaches the threshold acts.
        OneLess = "one_less",
    }
    /// When a group whose failback window ends at the hour at which it begins fails back.
    EmptyWindow {
        /// Never.
        Never = "never",
        /// At any time.
        Always = "always",
    }
    /// To which of its preferred owners a group fails back.
    FailbackTarget {
        /// To the first that is up and comes before its owner.
        AnyBetter = "any_better",
        /// To the most preferred only.
        MostPreferred = "most_preferred",
    }
    /// What the watchdog does about a cluster service that hangs: `HangRecoveryAction`. Its value
    /// 0, nothing, is as 1 without the event.
    HangRecovery {
        /// It ends the service.
        Terminate = "2",
        /// It stops the machine, which starts again.
        StopMachine = "3",
        /// It writes an event.
        Log = "1",
    }
    /// By whose rules a cluster goes whose nodes run several versions of Windows.
    MixedRules {
        /// By those of the oldest.
        Oldest = "oldest",
        /// By those of the newest.
        Newest = "newest",
    }
    /// What a majority of an even number of votes is.
    EvenMajority {
        /// More than half of them.
        MoreThanHalf = "more_than_half",
        /// Half of them; of two sides with half each, that of the quorum's owner has it.
        Half = "half",
    }
    /// Which copy of the database a cluster of a majority is formed from.
    MajorityCopy {
        /// The newest of the shares that are reached.
        Newest = "newest",
        /// That of the node which forms it.
        Own = "own",
    }
    /// When a group fails back that an administrator moved off.
    AfterMove {
        /// When a preferred node has come back after that.
        OnReturn = "on_return",
        /// As soon as its window allows it.
        AtOnce = "at_once",
    }
}

switches! {
    /// From the sixth missed heartbeat to the end of the regroup (register U13).
    regroup: Span = [ms(1_000), ms(300), ms(4_000)],
    /// From one heartbeat to the next on Windows 2000 (register U12).
    windows_2000_heartbeat: Span = [ms(1_200), ms(1_000)],
    /// Arbitration for the quorum disk when its owner died (register U10).
    arbitration: Span = [ms(7_000), ms(20_000)],
    /// What resources have to go offline when Windows shuts down (register of doubts: 9 s, 15 s
    /// later).
    shutdown: Span = [ms(9_000), ms(15_000)],
    /// From the failure of a cluster service to its restart by the service manager.
    service_restart: Span = [ms(60_000), ms(5_000)],
    /// Whether a partition of 2003 goes to a side that clients reach, when they do not reach that
    /// of the quorum's owner (register U11).
    partition_looks_at_clients: bool = [true, false],
    /// How long a cluster service gives no sign of life before the watchdog acts:
    /// `ClusSvcHeartbeatTimeout`.
    service_watchdog: Span = [ms(60_000), ms(6_000)],
    /// What the watchdog does then (register U24).
    hang_recovery: HangRecovery =
        [HangRecovery::Terminate, HangRecovery::StopMachine, HangRecovery::Log],
    /// From power-on to the start of the cluster service.
    boot: Span = [ms(60_000), ms(180_000)],
    /// From the start of the cluster service to membership, when there is a cluster to join.
    join: Span = [ms(3_000), ms(15_000)],
    /// An IP Address going online.
    ip_address_online: Span = [ms(1_000), ms(5_000)],
    /// A Physical Disk going online after it was released.
    physical_disk_online: Span = [ms(2_000), ms(8_000)],
    /// A Physical Disk going online after its owner crashed: the reservation has to be broken.
    physical_disk_online_after_crash: Span = [ms(10_000), ms(2_000), ms(20_000)],
    /// A Network Name going online.
    network_name_online: Span = [ms(3_000), ms(9_000)],
    /// A System Attendant going online.
    system_attendant_online: Span = [ms(12_000), ms(40_000)],
    /// An Information Store going online, without log replay.
    information_store_online: Span = [ms(15_000), ms(120_000)],
    /// Any other resource going online.
    other_online: Span = [ms(5_000), ms(20_000)],
    /// Dismounting a store.
    dismount: Span = [ms(5_000), ms(30_000)],
    /// Mounting a store that was shut down cleanly.
    mount: Span = [ms(5_000), ms(30_000)],
    /// Reading a database's header.
    consistency_check: Span = [ms(2_000), ms(10_000)],
    /// A pass of `isinteg` over a gigabyte: the middle of the published 3 to 6 GB an hour, and
    /// both ends (KB 259851).
    error_fix_gigabyte: Span = [ms(800_000), ms(1_200_000), ms(600_000)],
    /// A defragmentation of a gigabyte by `eseutil /d`: the middle of the published 5 to 10 GB an
    /// hour, and both ends (KB 272234).
    defragment_gigabyte: Span = [ms(480_000), ms(720_000), ms(360_000)],
    /// The tool on the database of the Message Transfer Agent.
    mta_check: Span = [ms(300_000), ms(60_000)],
    /// Writing a record of the product.
    record_write: Span = [ms(10), ms(1), ms(500)],
    /// Shipping one log from one copy of a store to the other, and replaying it there.
    ship_log: Span = [ms(500), ms(5_000)],
    /// Seeding a gigabyte of a copy: what a backup takes to read it.
    seed_gigabyte: Span = [ms(120_000), ms(30_000)],
    /// What becomes of a copy that was active and has logs that the active one lacks.
    diverged_copy: Divergence = [Divergence::Incremental, Divergence::Full],
    /// What becomes of the server whose database cannot be mounted.
    failed_database: FailedDatabase = [FailedDatabase::Stays, FailedDatabase::Moves],
    /// How failures and failovers within their period are counted (register U4).
    failure_window: Window = [Window::Sliding, Window::Fixed],
    /// Whether a group that changes its node leaves the failures of its resources behind
    /// (register U4).
    move_forgets_failures: bool = [true, false],
    /// Whether a cluster that is formed anew has forgotten how often groups failed over
    /// (register U4).
    forming_forgets_failovers: bool = [true, false],
    /// How many failures a restart threshold tolerates (register U23).
    tolerated_failures: Tolerated = [Tolerated::Threshold, Tolerated::OneLess],
    /// Whether the failover of a lost node's group counts towards its threshold (register U5).
    lost_nodes_count: bool = [false, true],
    /// Whether a failback counts towards the group's failover threshold.
    failbacks_count: bool = [false, true],
    /// What is left when a group may move no more (register U7).
    after_last_failover: Left = [Left::AllOffline, Left::ResourceOnly],
    /// `RetryPeriodOnFailure` on 2003 where the file does not say (register U2).
    retry_period_by_default: Retry = [Retry::Never, Retry::Hour],
    /// What a group is meant to be when the file does not say (register U1).
    persistent_state_by_default: StateByDefault =
        [StateByDefault::Online, StateByDefault::Offline],
    /// What an online request writes as the intent of a resource (register U1).
    online_request_writes: OnlineIntent = [OnlineIntent::Online, OnlineIntent::Group],
    /// The answer of a paused node that is to bring something online (register U8).
    paused_owner_answers: PausedCode = [PausedCode::NodePaused, PausedCode::SharingPaused],
    /// The answer to a move to a node that cannot host a resource of the group.
    cannot_host_answers: CannotHostCode =
        [CannotHostCode::CannotHost, CannotHostCode::NotAvailable],
    /// The answer to a request to take the quorum disk or its group offline.
    quorum_offline_answers: QuorumCode = [QuorumCode::InvalidOperation, QuorumCode::QuorumResource],
    /// Where a request without a node brings a group online (register U9).
    online_group_on: OnlineTarget = [OnlineTarget::Owner, OnlineTarget::BestNode],
    /// What a move without a target does with a group that is on its best node (register U6).
    move_from_best_node: FromBestNode = [FromBestNode::Next, FromBestNode::Stays],
    /// Whether Windows 2000 draws a destination as 2003 does (register U6).
    windows_2000_draws: bool = [false, true],
    /// Whether an eviction takes the cluster service of Windows 2000 from its machine, as that of
    /// 2003.
    windows_2000_cleans_up: bool = [false, true],
    /// By whose rules a cluster goes whose nodes run several versions of Windows.
    mixed_windows_go_by: MixedRules = [MixedRules::Oldest, MixedRules::Newest],
    /// What a majority of an even number of votes is (register U14).
    majority_of_even_number: EvenMajority = [EvenMajority::MoreThanHalf, EvenMajority::Half],
    /// Which copy of the database a cluster of a majority is formed from.
    majority_copy: MajorityCopy = [MajorityCopy::Newest, MajorityCopy::Own],
    /// Who owns a group that no member can own (register U25).
    group_without_node: Keeper = [Keeper::LastOwner, Keeper::AnyMember],
    /// Who owns a group that the node which forms the cluster cannot run.
    group_without_former: Keeper = [Keeper::AnyMember, Keeper::LastOwner],
    /// Which paused nodes get groups.
    paused_destination: PausedDestination =
        [PausedDestination::LastResort, PausedDestination::Never],
    /// To which of its preferred owners a group fails back (register U15).
    failback_target: FailbackTarget =
        [FailbackTarget::AnyBetter, FailbackTarget::MostPreferred],
    /// When a group fails back whose window begins and ends at the same hour (register U15).
    empty_failback_window: EmptyWindow = [EmptyWindow::Never, EmptyWindow::Always],
    /// When a group fails back that an administrator moved off (register U15).
    failback_after_move: AfterMove = [AfterMove::OnReturn, AfterMove::AtOnce],
}
