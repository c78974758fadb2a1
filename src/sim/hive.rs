//! The cluster's database, a registry hive, and who has which copy of it.
//!
//! Each node has a copy on its own disk, which is the newest as long as it is a member. The quorum
//! disk has the newest in a checkpoint and a log; of a majority, each share has a copy. Whoever
//! forms the cluster forms it from one of these, and what that one does not know is lost.
//!
//! A node has a copy of its own here only once the cluster's has changed without it.
//!
//! Source: Microsoft's article on the start of the cluster service (KB 217147).
//!
//! Absent on purpose: the files themselves, and private properties. A server that was renamed or
//! deleted stays so: Exchange has that in its directory.

use std::sync::Arc;

use super::cluster::{Cluster, Due, Group, Node, NodeId, Resource, Service};
use super::majority::Quorum;
use super::switches::MajorityCopy;
use super::{Event, GroupProperties, NodeChange, ResourceProperties, Step};
use crate::model::{ErrorCode, NodeState, Span, Time, in_force};

/// How often the quorum's owner writes a checkpoint: `CheckpointInterval`. Source: as above.
const CHECKPOINT_INTERVAL: Span = Span::from_secs(4 * 3600);

/// What a change of the cluster's is written to.
#[derive(Clone, PartialEq)]
pub(super) struct Hive {
    nodes: Vec<NodeKeys>,
    groups: Vec<GroupKeys>,
    resources: Vec<ResourceKeys>,
    disable_randomization: bool,
}

#[derive(Clone, PartialEq)]
struct NodeKeys {
    number: u32,
    configured: bool,
    paused: bool,
}

#[derive(Clone, PartialEq)]
struct GroupKeys {
    preferred: Vec<NodeId>,
    properties: GroupProperties,
    intent: bool,
}

#[derive(Clone, PartialEq)]
struct ResourceKeys {
    possible_owners: Option<Vec<NodeId>>,
    properties: ResourceProperties,
    intent: Option<bool>,
}

/// What there is of copies beside those of nodes.
#[derive(Default)]
pub(super) struct Copies {
    /// The checkpoint and the log on the quorum disk are lost.
    files_lost: bool,
    /// The position of the latest copy that a node was left behind with.
    position: u64,
}

/// A node's copy that is not the newest.
#[derive(Clone)]
pub(super) struct OldCopy {
    /// Grows from one to the next that somebody keeps.
    position: u64,
    /// When the first change came that it lacks.
    since: Time,
    hive: Arc<Hive>,
}

impl Cluster {
    fn hive(&self) -> Hive {
        let node = |node: &Node| NodeKeys {
            number: node.number,
            configured: node.configured,
            paused: node.paused,
        };
        let group = |group: &Group| GroupKeys {
            preferred: group.preferred.clone(),
            properties: group.properties.clone(),
            intent: group.intent,
        };
        let resource = |resource: &Resource| ResourceKeys {
            possible_owners: resource.possible_owners.clone(),
            properties: resource.properties,
            intent: resource.intent,
        };
        Hive {
            nodes: self.nodes.iter().map(node).collect(),
            groups: self.groups.iter().map(group).collect(),
            resources: self.resources.iter().map(resource).collect(),
            disable_randomization: self.properties.disable_randomization,
        }
    }

    /// The cluster's database is about to change: whoever is not told keeps what it has.
    pub(super) fn keep_copies(&mut self, changes: bool) {
        if !changes {
            return;
        }
        let told: Vec<bool> =
            (0..self.nodes.len() as u32).map(|id| self.is_told(NodeId(id))).collect();
        let first = |(node, told): (&Node, &bool)| !told && node.old_copy.is_none();
        if self.nodes.iter().zip(&told).any(first) {
            self.copies.position += 1;
            let hive = Arc::new(self.hive());
            let copy = OldCopy { position: self.copies.position, since: self.now, hive };
            for (node, told) in self.nodes.iter_mut().zip(&told) {
                if !told {
                    node.old_copy.get_or_insert_with(|| copy.clone());
                }
            }
        }
        for (node, told) in self.nodes.iter_mut().zip(&told) {
            if *told {
                node.old_copy = None;
            }
        }
    }

    /// Whether a change reaches the node's copy: that of a member, or a share that is reached.
    fn is_told(&self, id: NodeId) -> bool {
        let (node, owner) = (&self.nodes[id.index()], self.quorum_owner());
        let member = node.machine_on
            && node.state.is_member()
            && matches!(node.service, Service::Member | Service::Stopping)
            && self.hears(id, owner);
        let share = self.quorum_kind != Quorum::Disk && node.runs() && !node.booting;
        let written = in_force("a-share-is-written-without-its-service");
        member || (share && written && self.reaches(owner, id))
    }

    /// Who joins takes the cluster's copy.
    pub(super) fn takes_the_newest(&mut self, id: NodeId) {
        if in_force("a-joining-node-takes-the-clusters-copy") {
            self.nodes[id.index()].old_copy = None;
        }
    }

    /// The copy that the node forms the cluster from; none: the newest there is.
    fn formed_from(&self, id: NodeId) -> Option<OldCopy> {
        let own = || self.nodes[id.index()].old_copy.clone();
        let files = !self.copies.files_lost && in_force("the-quorum-log-is-replayed");
        match (self.quorum_kind, self.switches.majority_copy) {
            (Quorum::Disk, _) if files => None,
            (Quorum::Disk, _) => own().filter(|_| in_force("without-its-files-an-own-copy-counts")),
            (_, MajorityCopy::Own) => own(),
            (_, MajorityCopy::Newest) => {
                let ids = (0..self.nodes.len() as u32).map(NodeId);
                let shares = ids.filter(|it| {
                    let node = &self.nodes[it.index()];
                    node.configured && node.runs() && !node.booting && self.reaches(id, *it)
                });
                let copies: Option<Vec<OldCopy>> =
                    shares.map(|it| self.nodes[it.index()].old_copy.clone()).collect();
                copies?.into_iter().max_by_key(|copy| copy.position)
            }
        }
    }

    /// The node forms the cluster by what its copy says: the changes that this lacks are lost.
    pub(super) fn adopt_copy(&mut self, id: NodeId) {
        let copy = self.formed_from(id).filter(|copy| *copy.hive != self.hive());
        if let Some(OldCopy { since, hive, .. }) = copy {
            self.keep_copies(true);
            self.tell(Event::OldCopy { node: self.node_name(id), since });
            self.restore(&hive, id);
        }
        self.nodes[id.index()].old_copy = None;
    }

    fn restore(&mut self, hive: &Hive, former: NodeId) {
        for (id, keys) in (0..).map(NodeId).zip(&hive.nodes) {
            let node = &mut self.nodes[id.index()];
            (node.number, node.paused) = (keys.number, keys.paused);
            let other = keys.configured != node.configured && id != former;
            if other && in_force("an-old-copy-has-its-own-nodes") {
                node.configured = keys.configured;
                let why = match keys.configured {
                    true => NodeChange::Remembered(keys.number),
                    false => NodeChange::Forgotten,
                };
                self.set_state(id, NodeState::Down, why);
            }
        }
        for (group, keys) in self.groups.iter_mut().zip(&hive.groups) {
            group.preferred.clone_from(&keys.preferred);
            group.properties.clone_from(&keys.properties);
            group.intent = keys.intent;
        }
        for (resource, keys) in self.resources.iter_mut().zip(&hive.resources) {
            resource.possible_owners.clone_from(&keys.possible_owners);
            (resource.properties, resource.intent) = (keys.properties, keys.intent);
        }
        self.properties.disable_randomization = hive.disable_randomization;
        self.go_by_the_nodes_there_are();
        self.touch_all();
    }
}

/// The checkpoint and the log on the quorum disk.
impl Cluster {
    /// Nobody notices; the next checkpoint writes both anew.
    pub(super) fn lose_quorum_files(&mut self) -> Result<(), ErrorCode> {
        if self.quorum_kind != Quorum::Disk && in_force("what-there-is-not-is-not-lost") {
            return Err(ErrorCode::ERROR_QUORUM_DISK_NOT_FOUND);
        }
        self.copies.files_lost = true;
        let next = (self.now.ms() / CHECKPOINT_INTERVAL.ms() + 1) * CHECKPOINT_INTERVAL.ms();
        self.queue.push(Time::from_ms(next), Due::Checkpoint);
        Ok(())
    }

    pub(super) fn checkpoint(&mut self) {
        let owner = &self.nodes[self.quorum_owner().index()];
        let written = owner.acts() && in_force("a-checkpoint-is-written-every-so-often");
        self.copies.files_lost &= !written;
    }

    /// Whoever wins the quorum begins a log.
    pub(super) fn begin_quorum_log(&mut self) {
        self.copies.files_lost &= !in_force("who-wins-the-quorum-begins-a-log");
    }
}

impl Step {
    /// Whether it changes the cluster's database, where it is granted.
    pub(super) const fn changes_hive(&self) -> bool {
        self.asks_cluster() && !matches!(self, Step::Move { .. } | Step::InitiateFailure(_))
    }
}
