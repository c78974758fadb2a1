//! Networks, and who hears whom over them.
//!
//! Heartbeats are no events. What is kept is which pairs of nodes a network carries, and since when
//! it does not; when the second or the sixth beat is missing follows from the sender's phase.
//!
//! Absent on purpose: addresses, subnets, and how much a network carries.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::cluster::{Cluster, Due, GroupId, NodeId};
use super::fault::Heal;
use super::{Switches, Windows};
use crate::model::{ErrorCode, InterfaceState, NetworkName, NetworkState, Span, Time, in_force};

/// One heartbeat every 1.2 s. Source: Microsoft's article KB 892422, for 2003.
const HEARTBEAT: Span = Span::from_ms(1_200);
/// A node is lost with its sixth missed heartbeat on every network. Source: as above.
const MISSED_BY_LOST_NODE: u64 = 6;

/// What a network is for; the numbers are those of the property `Role`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Role {
    /// 0: the cluster does not use it.
    None,
    /// 1: nodes talk to each other.
    Internal,
    /// 2: clients talk to nodes.
    Client,
    /// 3: both.
    InternalAndClient,
}

impl Role {
    /// Whether it carries heartbeats. A network for clients only never does, even when it is the
    /// last one that works. Source: the documentation of networks.
    pub const fn carries_heartbeats(self) -> bool {
        matches!(self, Role::Internal | Role::InternalAndClient)
    }
}

pub(super) struct Network {
    pub(super) name: NetworkName,
    pub(super) role: Role,
    /// The nodes that have an interface to it.
    pub(super) nodes: Vec<NodeId>,
    cut: bool,
    unplugged: BTreeSet<NodeId>,
    /// The sides that it is parted into; empty: it is whole.
    sides: Vec<Vec<NodeId>>,
    /// Pairs of nodes, the lower number first, that it does not carry, and since when.
    silent: BTreeMap<(NodeId, NodeId), Time>,
    /// The states of interfaces that were told of last; one that is not in it was up.
    pub(super) told: BTreeMap<NodeId, InterfaceState>,
    pub(super) state: NetworkState,
}

impl Network {
    pub(super) fn new(name: NetworkName, role: Role, nodes: Vec<NodeId>) -> Self {
        let sides = Vec::new();
        let (unplugged, silent) = (BTreeSet::new(), BTreeMap::new());
        let (told, state) = (BTreeMap::new(), NetworkState::Up);
        Self { name, role, nodes, cut: false, unplugged, sides, silent, told, state }
    }

    /// Since when it carries nothing between two nodes.
    pub(super) fn silent_since(&self, one: NodeId, other: NodeId) -> Option<Time> {
        self.silent.get(&(one.min(other), one.max(other))).copied()
    }

    /// Whether what one node sends over it reaches the other, as far as the network goes.
    pub(super) fn carries(&self, one: NodeId, other: NodeId) -> bool {
        let side = |node: NodeId| self.sides.iter().position(|side| side.contains(&node));
        let plugged = |node: &NodeId| self.nodes.contains(node) && !self.unplugged.contains(node);
        !self.cut && plugged(&one) && plugged(&other) && side(one) == side(other)
    }

    /// Brings the silent pairs up to date.
    fn measure(&mut self, now: Time) {
        for (at, &one) in self.nodes.iter().enumerate() {
            for &other in &self.nodes[at + 1..] {
                let pair = (one.min(other), one.max(other));
                match self.carries(one, other) {
                    true => self.silent.remove(&pair),
                    false => Some(*self.silent.entry(pair).or_insert(now)),
                };
            }
        }
    }
}

/// How often a node sends a heartbeat.
pub(super) fn heartbeat(windows: Windows, switches: &Switches) -> Span {
    match windows {
        Windows::W2000 => switches.windows_2000_heartbeat,
        Windows::W2003 => HEARTBEAT,
    }
}

impl Cluster {
    /// When the `count`th heartbeat of a node of this phase is missing after a silence since
    /// `since`. A beat that is due at that very instant is still sent.
    pub(super) fn missed_at(&self, since: Time, phase: Span, count: u64) -> Time {
        let interval = heartbeat(self.windows, &self.switches).ms();
        let phase = phase.ms() % interval;
        let sent = u64::from(in_force("a-beat-that-is-due-is-still-sent"));
        let beats = (since.ms() + interval - phase + sent - 1) / interval;
        Time::from_ms((beats + count - 1) * interval + phase)
    }

    /// When a node of this phase is lost, silent since then.
    fn lost_at(&self, since: Time, phase: Span) -> Time {
        let more = u64::from(!in_force("lost-with-the-sixth-heartbeat"));
        self.missed_at(since, phase, MISSED_BY_LOST_NODE + more)
    }

    /// Whether two nodes hear each other over some network, as far as the networks go.
    pub(super) fn hears(&self, one: NodeId, other: NodeId) -> bool {
        let carries = |net: &Network| carries_heartbeats(net.role) && net.carries(one, other);
        one == other
            || match in_force("one-network-is-enough-to-be-heard") {
                true => self.networks.iter().any(carries),
                false => self.networks.iter().all(carries),
            }
    }

    fn network(&self, name: &NetworkName) -> Result<usize, ErrorCode> {
        let found = self.networks.iter().position(|network| network.name == *name);
        found.ok_or(ErrorCode::ERROR_CLUSTER_NETWORK_NOT_FOUND)
    }

    pub(super) fn cut(
        &mut self,
        network: &NetworkName,
        node: Option<NodeId>,
        span: Option<Span>,
    ) -> Result<(), ErrorCode> {
        let at = self.network(network)?;
        let heal = match node {
            None => Heal::Network(network.clone()),
            Some(node) => Heal::Interface(self.node_name(node), network.clone()),
        };
        if node.is_some_and(|node| !self.networks[at].nodes.contains(&node)) {
            return Err(ErrorCode::ERROR_CLUSTER_NETINTERFACE_NOT_FOUND);
        }
        self.change_networks(|networks| match node {
            None => networks[at].cut = true,
            Some(node) => {
                networks[at].unplugged.insert(node);
            }
        });
        self.heal_after(span, heal);
        Ok(())
    }

    pub(super) fn part(&mut self, mut sides: Vec<Vec<NodeId>>, span: Option<Span>) {
        let named: Vec<NodeId> = sides.concat();
        let all = (0..self.nodes.len() as u32).map(NodeId);
        sides.push(all.filter(|node| !named.contains(node)).collect());
        self.change_networks(|networks| {
            networks.iter_mut().for_each(|network| network.sides.clone_from(&sides));
        });
        self.heal_after(span, Heal::Partition);
    }

    pub(super) fn heal(&mut self, heal: &Heal) -> Result<(), ErrorCode> {
        match heal {
            Heal::Network(name) => {
                let at = self.network(name)?;
                self.change_networks(|networks| mend(&mut networks[at]));
            }
            Heal::Interface(node, name) => {
                let (node, at) = (self.node_id(node)?, self.network(name)?);
                self.change_networks(|networks| {
                    networks[at].unplugged.remove(&node);
                });
            }
            Heal::Partition => self.change_networks(|networks| {
                networks.iter_mut().for_each(|network| network.sides.clear());
            }),
            Heal::Node(node) => self.thaw(self.node_id(node)?)?,
            Heal::QuorumDisk => self.return_quorum_disk(),
            Heal::Witness => self.return_witness(),
            Heal::Everything => {
                self.change_networks(|networks| networks.iter_mut().for_each(mend));
                self.return_quorum_disk();
                self.return_witness();
                for index in 0..self.nodes.len() {
                    // One that does not hang has nothing to go on with.
                    let _ = self.thaw(NodeId(index as u32));
                }
            }
        }
        Ok(())
    }

    /// What a fault of a known length broke is mended by itself.
    pub(super) fn heal_after(&mut self, span: Option<Span>, heal: Heal) {
        if let Some(span) = span {
            self.after(span, Due::Healed(heal));
        }
    }

    /// Changes what the networks carry, and sees to it that the nodes find out.
    fn change_networks(&mut self, change: impl FnOnce(&mut [Network])) {
        let now = self.now;
        let (before, ties) = (self.hearing(), self.ties());
        change(&mut self.networks);
        self.networks.iter_mut().for_each(|network| network.measure(now));
        let after = self.hearing();
        for observer in (0..self.nodes.len() as u32).map(NodeId) {
            let lost = |other: &NodeId| {
                let pair = &(observer, *other);
                before.contains(pair) && !after.contains(pair)
            };
            let lost: Vec<NodeId> = (0..self.nodes.len() as u32).map(NodeId).filter(lost).collect();
            self.stops_hearing(observer, &lost);
        }
        for group in (0..self.groups.len() as u32).map(GroupId) {
            self.thaw_group(group);
        }
        self.stirred |= before != after || ties != self.ties();
        self.judge_later();
        self.disturb_clients();
    }

    fn hearing(&self) -> BTreeSet<(NodeId, NodeId)> {
        let all = || (0..self.nodes.len() as u32).map(NodeId);
        let pairs = all().flat_map(|one| all().map(move |other| (one, other)));
        pairs.filter(|(one, other)| self.hears(*one, *other)).collect()
    }

    /// What a node was told of these others is all that it knows of them from now on; with the
    /// sixth missing heartbeat of one of them it regroups.
    fn stops_hearing(&mut self, observer: NodeId, lost: &[NodeId]) {
        if self.nodes[observer.index()].answers() {
            self.freeze(observer, lost);
        }
        let sixth = |other: &NodeId| {
            let phase = self.nodes[other.index()].heartbeat_phase;
            self.lost_at(self.now, phase)
        };
        let alive = |other: &&NodeId| self.nodes[other.index()].alive();
        let first = lost.iter().filter(alive).map(sixth).min();
        if let Some(first) = first.filter(|_| self.nodes[observer.index()].alive()) {
            self.queue.push(first + self.switches.regroup, Due::Regrouped { node: observer });
        }
    }

    /// The observer begins to listen now, and regroups when a member stays silent.
    pub(super) fn misses_the_silent(&mut self, observer: NodeId) {
        let silent = |id: &NodeId| {
            let node = &self.nodes[id.index()];
            node.state.is_member() && !(node.alive() && self.hears(observer, *id))
        };
        let silent = (0..self.nodes.len() as u32).map(NodeId).filter(silent);
        let sixth = |id: NodeId| self.lost_at(self.now, self.nodes[id.index()].heartbeat_phase);
        if let Some(first) = silent.map(sixth).min() {
            self.queue.push(first + self.switches.regroup, Due::Regrouped { node: observer });
        }
    }

    /// A node falls silent: whoever hears it regroups with its sixth missing heartbeat.
    pub(super) fn falls_silent(&mut self, id: NodeId) {
        let phase = self.nodes[id.index()].heartbeat_phase;
        let sixth = match in_force("a-crash-shows-by-missing-heartbeats") {
            true => self.lost_at(self.now, phase),
            false => self.now,
        };
        for observer in (0..self.nodes.len() as u32).map(NodeId) {
            let node = &self.nodes[observer.index()];
            if observer != id && node.alive() && self.hears(observer, id) {
                let due = Due::Regrouped { node: observer };
                self.queue.push(sixth + self.switches.regroup, due);
            }
        }
    }
}

fn carries_heartbeats(role: Role) -> bool {
    role.carries_heartbeats() || !in_force("clients-networks-carry-no-heartbeats")
}

fn mend(network: &mut Network) {
    network.cut = false;
    network.unplugged.clear();
    network.sides.clear();
}
