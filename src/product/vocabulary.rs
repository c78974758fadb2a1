//! The product's words for how a designation stands and how a job or a request ended, without the
//! details: what an expectation in a scenario names, and what a program can compare.

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! words {
    ($($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident),+ $(,)? })+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $name { $($(#[$vdoc])* $variant),+ }

        impl $name {
            /// Every word of this kind.
            pub const ALL: &[$name] = &[$($name::$variant),+];

            /// The word as a scenario spells it.
            pub const fn word(self) -> &'static str {
                match self { $($name::$variant => stringify!($variant)),+ }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.word())
            }
        }
    )+};
}

words! {
    /// How a node's designation stands, the first that applies in this order.
    StandingKind {
        /// Nothing was ever designated.
        Undesignated,
        /// What was designated is gone: this node was evicted, or the server was deleted.
        Lost,
        /// The cluster cannot be asked.
        Unknown,
        /// What was designated was renamed, or made anew under the same name.
        Stale,
        /// Another node owns it.
        Elsewhere,
        /// It is here and does not serve.
        NotOperational,
        /// It is here and serves.
        Here,
    }

    /// Why a request was refused.
    RefusalKind {
        /// The product is on this node already.
        AlreadyInstalled,
        /// The product is not on this node.
        NotInstalled,
        /// Somebody has to name one of the choices, and nobody is there to be asked.
        DesignationRequired,
        /// What was named is none of the current choices.
        NotAChoice,
        /// A job runs or waits on this node.
        JobRunning,
        /// There is no licence to revoke.
        NoLicense,
        /// A single-shot licence cannot be transferred.
        NotTransferable,
        /// A store was named that the designated server does not have.
        NoSuchStore,
        /// The cluster cannot be asked now.
        ClusterUnknown,
        /// The product's record on this node cannot be read.
        RecordUnreadable,
        /// There is no such job.
        NoJob,
        /// There is no such schedule.
        NoSchedule,
    }

    /// Where the latest job of a node stands.
    OutcomeKind {
        /// It runs.
        Running,
        /// It did all its steps.
        Completed,
        /// It was not begun.
        Skipped,
        /// It was ended early.
        Stopped,
    }

    /// Why a job was not begun.
    Skip {
        /// This node has no licence.
        Unlicensed,
        /// The designated server holds more mailboxes than the licence allows.
        MailboxCountExceeded,
        /// Nothing is designated on this node.
        Undesignated,
        /// Another node owns the designated server.
        EvsNotHere,
        /// The designated server is here and does not serve.
        EvsNotOperational,
        /// The designated server was renamed or made anew.
        DesignationStale,
        /// The designated server is gone, or this node is.
        DesignationLost,
        /// The cluster cannot be asked.
        ClusterUnknown,
        /// This node is paused: a store could not be brought back.
        NodePaused,
        /// The server is of another version of Exchange than this node, or than the script.
        VersionMismatch,
        /// The designated server does not have the cluster's Message Transfer Agent.
        NoMta,
        /// Too little free space for a defragmentation of any store.
        DiskSpace,
        /// A defragmentation's temporary file would lie where only this node finds it.
        TempNotOnGroupDisk,
        /// Another node's job on this server has not been recovered.
        AnotherJobRunning,
        /// The server has two copies of its stores, and no policy allows for that.
        ReplicationNotAllowed,
        /// The passive copy of a store is not healthy.
        ReplicaUnhealthy,
        /// An online backup holds a store.
        BackupRunning,
        /// The designated server has no store of a name that the job was given.
        NoSuchStore,
    }

    /// Why a job was ended early.
    Stop {
        /// Another node owns the server now.
        EvsMoved,
        /// The server no longer serves.
        EvsNotOperational,
        /// Somebody else mounted the store, or brought the Message Transfer Agent online.
        StoreRemounted,
        /// The passive copy of a store is not, or cannot be, suspended for the work.
        ReplicaChanged,
        /// This node was paused.
        NodePaused,
        /// The licence was taken away.
        LicenceLost,
        /// The cluster could not be asked any more, though its service ran.
        ClusterUnknown,
        /// The job's node went down under it.
        NodeLost,
        /// A tool ended with an error.
        ToolFailed,
        /// An administrator cancelled it.
        Cancelled,
        /// It still ran when it had to have ended.
        RuntimeLimit,
    }
}
