//! States, with the numbers that the Cluster API gives them and the words that its tools print.
//!
//! Source: the public `clusapi.h`; the numbers of `Pending` and the words of `cluster.exe` are less
//! sure than the rest.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::model::in_force;

macro_rules! states {
    ($(
        $(#[$doc:meta])*
        $name:ident {
            $($(#[$vdoc:meta])* $variant:ident = $number:literal $word:literal),+ $(,)?
        }
    )+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $name { $($(#[$vdoc])* $variant = $number),+ }

        impl $name {
            /// Every state, in the order of its number.
            pub const ALL: &[$name] = &[$($name::$variant),+];

            /// The word that a report prints.
            pub const fn word(self) -> &'static str {
                match self { $($name::$variant => $word),+ }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.word())
            }
        }
    )+};
}

states! {
    /// `CLUSTER_NODE_STATE`.
    NodeState {
        /// A member that can own groups.
        Up = 0 "up",
        /// Off, stopped, or out of reach of the members.
        Down = 1 "down",
        /// A member that takes no more groups.
        Paused = 2 "paused",
        /// About to become a member.
        Joining = 3 "joining",
    }

    /// `CLUSTER_NETWORK_STATE`.
    NetworkState {
        /// No node with an interface to it is up.
        Unavailable = 0 "unavailable",
        /// Nobody can talk over it.
        Down = 1 "down",
        /// It works, and two nodes at least cannot talk over it.
        Partitioned = 2 "partitioned",
        /// All nodes can talk over it.
        Up = 3 "up",
    }

    /// `CLUSTER_NETINTERFACE_STATE`.
    InterfaceState {
        /// Its node is down, or the cluster does not use the network.
        Unavailable = 0 "unavailable",
        /// It is the one to blame.
        Failed = 1 "failed",
        /// It talks to nobody, and nobody can say why.
        Unreachable = 2 "unreachable",
        /// It works.
        Up = 3 "up",
    }

    /// `CLUSTER_GROUP_STATE`: computed from the group's resources, never stored.
    GroupState {
        /// Every resource is online.
        Online = 0 "online",
        /// No resource is online; an empty group too.
        Offline = 1 "offline",
        /// At least one resource failed, whatever the others do.
        Failed = 2 "failed",
        /// Some resources are online.
        PartialOnline = 3 "partially online",
        /// At least one resource is on its way, none failed.
        Pending = 4 "pending",
    }

    /// `CLUSTER_RESOURCE_STATE`.
    ResourceState {
        /// In service.
        Online = 2 "online",
        /// Out of service.
        Offline = 3 "offline",
        /// Out of service by its own fault.
        Failed = 4 "failed",
        /// Going online.
        OnlinePending = 129 "online pending",
        /// Going offline.
        OfflinePending = 130 "offline pending",
    }

    /// What `GetNodeClusterState` says of this node's own cluster service.
    ServiceState {
        /// The cluster service is not on this machine.
        NotInstalled = 0 "not installed",
        /// Installed, but this machine belongs to no cluster: it was never joined, or was evicted.
        NotConfigured = 1 "not configured",
        /// A member of a cluster whose service does not run.
        NotRunning = 3 "not running",
        /// The service runs.
        Running = 19 "running",
    }

    /// Whether a store serves its mailboxes.
    MountState {
        /// It serves them.
        Mounted = 0 "mounted",
        /// Its files are free.
        Dismounted = 1 "dismounted",
        /// On its way to mounted.
        Mounting = 2 "mounting",
        /// On its way to dismounted.
        Dismounting = 3 "dismounting",
    }

    /// What the header of a store's database says.
    Consistency {
        /// Shut down cleanly: every log is committed.
        Consistent = 0 "consistent",
        /// Logs have to be replayed before it is whole.
        Inconsistent = 1 "inconsistent",
    }

    /// What a run of a tool is doing. Only a defragmentation has more than one part.
    ToolPhase {
        /// At work; a defragmentation builds its temporary file, and the store is untouched.
        Working = 0 "at work",
        /// Copying the temporary file over the store, which is no good until that is done.
        CopyingBack = 1 "copying back",
        /// Deleting the temporary file; the store is whole again.
        Deleting = 2 "deleting its temporary file",
    }

    /// What there is of a defragmentation's temporary file.
    Temporary {
        /// Nothing.
        Absent = 0 "absent",
        /// A part of it: it can only be deleted.
        Partial = 1 "partial",
        /// All of it: as good as the store that it was built from.
        Complete = 2 "complete",
    }

    /// Where a run of a tool stands.
    ToolState {
        /// Still at work.
        Running = 0 "running",
        /// Ended, and all was well.
        Succeeded = 1 "succeeded",
        /// Ended with an error, or was ended.
        Failed = 2 "failed",
    }
}

impl ResourceState {
    /// Whether the resource is on its way: the Cluster API's own test is `state >= 128`.
    pub const fn is_pending(self) -> bool {
        self as u32 >= 128
    }
}

impl NodeState {
    /// Whether the node is a member of the cluster: it sends heartbeats, and keeps what it owns.
    pub fn is_member(self) -> bool {
        let pauses = self == NodeState::Paused && in_force("a-paused-node-is-a-member");
        self == NodeState::Up || pauses
    }
}
