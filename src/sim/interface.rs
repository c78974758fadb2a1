//! States of networks and of the nodes' interfaces to them, and the addresses that fail with an
//! interface.
//!
//! A state is judged when the second heartbeat is missing, and with the next one that arrives. What
//! is told is about members that live: a node that is down is told of as a node.
//!
//! Absent on purpose: hosts outside the cluster as things of their own. A node reaches them over a
//! network for clients as long as its own interface and the network work.

use std::collections::BTreeMap;

use super::Event;
use super::cluster::{Cluster, Due, GroupId, NodeId, ResourceId};
use super::network::{Network, Role};
use super::resource::Kind;
use crate::model::{ErrorCode, InterfaceState, NetworkState, ResourceState, Span, Time, in_force};

/// An interface is lost with its second missed heartbeat. Source: KB 892422.
const MISSED_BY_LOST_INTERFACE: u64 = 2;

impl Role {
    /// Whether clients use it.
    pub(super) const fn is_for_clients(self) -> bool {
        matches!(self, Role::Client | Role::InternalAndClient)
    }
}

impl Cluster {
    /// Sees to it that the state of every network is judged when its nodes know of a change.
    pub(super) fn judge_later(&mut self) {
        let phases = self.nodes.iter().map(|node| node.heartbeat_phase);
        let due = |phase: Span| {
            [1, MISSED_BY_LOST_INTERFACE].map(|count| self.missed_at(self.now, phase, count))
        };
        let mut moments: Vec<Time> = phases.flat_map(due).collect();
        moments.sort();
        moments.dedup();
        moments.into_iter().for_each(|at| self.queue.push(at, Due::Judged));
    }

    /// Tells of every interface and network whose state is another one now. An address fails with
    /// the interface that it is on, when that is the one to blame.
    pub(super) fn judge(&mut self) {
        for index in 0..self.networks.len() {
            let (state, interfaces) = self.judged(&self.networks[index]);
            let network = self.networks[index].name.clone();
            let before = std::mem::take(&mut self.networks[index].told);
            let was = |id: &NodeId| before.get(id).copied().unwrap_or(InterfaceState::Up);
            for (id, interface) in interfaces.iter().filter(|(id, state)| was(id) != **state) {
                let (node, network) = (self.node_name(*id), network.clone());
                self.tell(Event::Interface { node, network, state: *interface });
                self.touch_all();
            }
            let failed = interfaces.iter().filter(|(id, state)| {
                **state == InterfaceState::Failed && was(id) != InterfaceState::Failed
            });
            let failed: Vec<NodeId> = failed.map(|(id, _)| *id).collect();
            self.networks[index].told = interfaces;
            if self.networks[index].state != state {
                self.networks[index].state = state;
                self.tell(Event::Network { network, state });
                self.touch_all();
            }
            failed.into_iter().for_each(|node| self.fail_addresses(node, index));
        }
    }

    /// The state of a network and of the interfaces of living members to it.
    fn judged(&self, network: &Network) -> (NetworkState, BTreeMap<NodeId, InterfaceState>) {
        let there = |id: &NodeId| network.nodes.contains(id);
        let members: Vec<NodeId> = self.members().filter(there).collect();
        let states = members.iter().map(|id| (*id, self.interface_state(network, *id, &members)));
        let states: BTreeMap<NodeId, InterfaceState> = states.collect();
        let up = states.values().filter(|state| **state == InterfaceState::Up).count();
        let all_hear = members
            .iter()
            .all(|one| members.iter().all(|other| !self.is_missed(network, *one, *other)));
        let state = match (members.len(), up) {
            (0, _) => network.state,
            (_, 0) if in_force("a-network-without-an-interface-is-down") => NetworkState::Down,
            (all, up) if all == up && (all_hear || !in_force("two-that-cannot-talk-part-it")) => {
                NetworkState::Up
            }
            _ => NetworkState::Partitioned,
        };
        (state, states)
    }

    /// Up: it hears somebody, or nobody is there to be heard. Failed: it is the one to blame, as
    /// others hear each other, or reach hosts outside that it does not. Else nobody can say who is
    /// to blame.
    ///
    /// Source: TechNet cc738028; KB 814459.
    fn interface_state(&self, network: &Network, id: NodeId, members: &[NodeId]) -> InterfaceState {
        let others: Vec<NodeId> = members.iter().copied().filter(|it| *it != id).collect();
        let outside = |id: NodeId| network.role.is_for_clients() && network.carries(id, id);
        let missed = |one: NodeId, other: NodeId| self.is_missed(network, one, other);
        if others.is_empty() {
            let works = !network.role.is_for_clients() || network.carries(id, id);
            return if works { InterfaceState::Up } else { InterfaceState::Unreachable };
        }
        if others.iter().any(|other| !missed(id, *other)) || outside(id) {
            return InterfaceState::Up;
        }
        let others_hear = others
            .iter()
            .any(|one| others.iter().any(|other| one < other && !missed(*one, *other)));
        let reached = others.iter().any(|other| outside(*other));
        let proof = (others_hear && in_force("others-that-hear-each-other-prove-it"))
            || (reached && in_force("hosts-outside-prove-it"));
        match proof || !in_force("nobody-is-to-blame-without-proof") {
            true => InterfaceState::Failed,
            false => InterfaceState::Unreachable,
        }
    }

    /// Whether the second heartbeat between two nodes is missing on the network.
    fn is_missed(&self, network: &Network, one: NodeId, other: NodeId) -> bool {
        let since = network.silent_since(one, other);
        let missed = |since: Time| {
            let phase = |id: NodeId| self.nodes[id.index()].heartbeat_phase;
            let more = u64::from(!in_force("an-interface-is-lost-with-its-second-heartbeat"));
            let at = |id: NodeId| self.missed_at(since, phase(id), MISSED_BY_LOST_INTERFACE + more);
            at(one).max(at(other)) <= self.now
        };
        one != other && since.is_some_and(missed)
    }

    pub(super) fn fail_addresses(&mut self, node: NodeId, network: usize) {
        // A cluster service that hangs sees to that when it goes on.
        let stuck = self.nodes[node.index()].stuck;
        if stuck || !in_force("an-address-fails-with-its-interface") {
            return;
        }
        for group in self.groups_of(node) {
            for id in self.addresses_of(group) {
                let resource = &self.resources[id.index()];
                if resource.network == Some(network) && resource.state == ResourceState::Online {
                    self.fail(id, Some(ErrorCode::ERROR_NETWORK_NOT_AVAILABLE));
                }
            }
            self.drive(group);
        }
    }

    fn addresses_of(&self, group: GroupId) -> Vec<ResourceId> {
        let resources = self.groups[group.index()].resources.iter().copied();
        resources.filter(|id| self.resources[id.index()].kind == Kind::IpAddress).collect()
    }

    /// An address comes online only where the interface to its network is up.
    pub(super) fn network_refuses(&self, id: ResourceId) -> Option<ErrorCode> {
        let resource = &self.resources[id.index()];
        let network = &self.networks[resource.network?];
        let owner = self.groups[resource.group.index()].owner;
        let members: Vec<NodeId> =
            self.members().filter(|node| network.nodes.contains(node)).collect();
        let up = network.nodes.contains(&owner)
            && self.interface_state(network, owner, &members) == InterfaceState::Up;
        (!up && in_force("an-address-needs-its-interface"))
            .then_some(ErrorCode::ERROR_NETWORK_NOT_AVAILABLE)
    }

    /// Whether clients get to the addresses of the group, as far as networks go.
    pub(super) fn clients_get_to(&self, group: GroupId) -> bool {
        let here = &self.groups[group.index()];
        let mut networks =
            here.resources.iter().filter_map(|id| self.resources[id.index()].network);
        networks.all(|network| self.networks[network].carries(here.owner, here.owner))
            || !in_force("clients-need-the-owners-network")
    }

    /// Outages that a change of the networks begins are nobody's plan.
    pub(super) fn disturb_clients(&mut self) {
        for index in 0..self.groups.len() {
            if !self.clients_get_to(GroupId(index as u32)) {
                self.groups[index].outage.disturb(self.now, false);
            }
        }
    }
}
