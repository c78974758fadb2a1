//! Versions of Windows side by side during a rolling upgrade: who can be in one cluster with whom,
//! and by whose rules such a cluster goes.
//!
//! Absent on purpose: the time that setup takes, and builds and service packs of one version.

use super::cluster::{Cluster, GroupId, NodeId, Service};
use super::switches::MixedRules;
use super::{Bar, Event, NodeChange, Windows};
use crate::model::{ErrorCode, Exchange, NodeState, in_force};

/// What Windows is set up on a machine.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
pub enum Release {
    /// Windows NT Server 4.0, Enterprise Edition, from Service Pack 4 on.
    Nt4,
    /// Windows 2000.
    W2000,
    /// Windows Server 2003.
    W2003,
}

impl Release {
    /// The major version of its cluster service. Source: the public `clusapi.h`.
    pub const fn major(self) -> u32 {
        match self {
            Release::Nt4 => 2,
            Release::W2000 => 3,
            Release::W2003 => 4,
        }
    }

    /// As Windows itself reports it: the major and the minor number and the build. Source: the
    /// documentation of operating system versions.
    pub const fn numbers(self) -> (u16, u16, u16) {
        match self {
            Release::Nt4 => (4, 0, 1_381),
            Release::W2000 => (5, 0, 2_195),
            Release::W2003 => (5, 2, 3_790),
        }
    }

    /// Whether the cluster services of both can be members of one cluster: their major versions are
    /// one apart at most.
    ///
    /// Source: the documentation of version compatibility.
    pub fn meets(self, other: Release) -> bool {
        self.major().abs_diff(other.major()) <= 1 || !in_force("versions-are-one-apart")
    }

    /// Whether this Exchange runs on it.
    pub fn runs(self, exchange: Exchange) -> bool {
        match exchange {
            Exchange::E2000 => self == Release::W2000,
            Exchange::E2003 => self >= Release::W2000,
            Exchange::E2007 => self == Release::W2003,
        }
    }

    /// As a scenario spells it.
    pub const fn word(self) -> &'static str {
        match self {
            Release::Nt4 => "nt4",
            Release::W2000 => "2000",
            Release::W2003 => "2003",
        }
    }

    /// As its maker calls it.
    pub const fn name(self) -> &'static str {
        match self {
            Release::Nt4 => "Windows NT 4.0",
            Release::W2000 => "Windows 2000",
            Release::W2003 => "Windows Server 2003",
        }
    }
}

impl From<Windows> for Release {
    fn from(windows: Windows) -> Self {
        match windows {
            Windows::W2000 => Release::W2000,
            Windows::W2003 => Release::W2003,
        }
    }
}

impl Cluster {
    /// Setup brings the Windows of a machine to a later version, while its cluster service does
    /// not run.
    pub(super) fn upgrade_windows(&mut self, id: NodeId, to: Release) -> Result<(), ErrorCode> {
        let node = &self.nodes[id.index()];
        if !node.machine_on {
            return Err(ErrorCode::RPC_S_SERVER_UNAVAILABLE);
        }
        if to <= node.release {
            return Err(ErrorCode::ERROR_INVALID_PARAMETER);
        }
        let outside = matches!(node.service, Service::Stopped | Service::Starting)
            && node.state == NodeState::Down;
        if !outside && in_force("windows-is-upgraded-outside-the-cluster") {
            return Err(ErrorCode::ERROR_CLUSTER_NODE_UP);
        }
        self.nodes[id.index()].release = to;
        self.go_by_the_nodes_there_are();
        self.stirred = true;
        self.touch_all();
        Ok(())
    }

    /// Nodes of several versions go by the rules of one.
    pub(super) fn go_by_the_nodes_there_are(&mut self) {
        let nodes = self.nodes.iter().filter(|node| node.configured).map(|node| node.release);
        let release = match self.switches.mixed_windows_go_by {
            MixedRules::Oldest => nodes.min(),
            MixedRules::Newest => nodes.max(),
        };
        self.windows = match release {
            Some(Release::Nt4 | Release::W2000) => Windows::W2000,
            Some(Release::W2003) => Windows::W2003,
            None => self.windows,
        };
    }

    /// Whether every member's version goes with that of the node, which asks to join them.
    pub(super) fn meets_the_members(&self, id: NodeId) -> bool {
        let own = self.nodes[id.index()].release;
        self.members().all(|member| own.meets(self.nodes[member.index()].release))
    }

    /// The members do not let a node of such a version join: `ERROR_CLUSTER_INCOMPATIBLE_VERSIONS`.
    /// Its service ends and is started again, minute after minute.
    pub(super) fn cannot_join(&mut self, id: NodeId) {
        self.nodes[id.index()].waiting = Some(self.now);
        let why = NodeChange::VersionsApart;
        self.tell(Event::ServiceEnded { node: self.node_name(id), why });
    }

    /// An Exchange does not come online on a Windows on which it does not run.
    pub(super) fn other_windows(&mut self, group: GroupId) -> Option<ErrorCode> {
        let here = &self.groups[group.index()];
        let owner = &self.nodes[here.owner.index()];
        let why = Bar::Windows { node: owner.release, server: here.exchange };
        let runs = owner.release.runs(here.exchange);
        if runs || !in_force("exchange-runs-on-its-own-windows") {
            return None;
        }
        let node = owner.name.clone();
        self.tell(Event::Barred { group: self.group_name(group), node, why });
        Some(ErrorCode::ERROR_RESMON_ONLINE_FAILED)
    }
}
