//! Where a group goes: its node list, who may own it, anti-affinity, chance, the last resort; and
//! what ruled each other node out, which the trace tells.
//!
//! Absent on purpose: what Exchange will say of the chosen node. The cluster does not know its
//! rules and sends a server where it will not start; that is told as a remark.

use std::fmt;

use serde::Serialize;

use super::cluster::{Cluster, Group, GroupId, NodeId, ResourceId, Service};
use super::switches::{FromBestNode, PausedDestination};
use super::{Event, Windows};
use crate::model::{GroupName, NodeName, NodeState, ResourceName, in_force};

/// Why a group went to this node and no other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum OwnerChange {
    /// The first able node after the former owner in the group's node list.
    NextInNodeList,
    /// As above, with a node passed over that holds a group of the same anti-affinity class.
    AntiAffinity,
    /// Drawn, as the group has no preferred owners; these nodes were in the draw.
    Drawn(Vec<NodeName>),
    /// The node won the quorum, which is in this group.
    WonQuorum,
    /// The node formed the cluster.
    FormedCluster,
    /// It was the first able node to come up.
    FirstAbleNode,
    /// An administrator said so.
    ByRequest,
    /// It is more preferred and could own the group again.
    Failback,
    /// No member can own it, and the owner that it had is none.
    Keeper,
    /// Only paused nodes were left to take it; it stays offline there.
    LastResort,
}

impl fmt::Display for OwnerChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            OwnerChange::NextInNodeList => f.write_str("next in its node list"),
            OwnerChange::AntiAffinity => {
                f.write_str("next in its node list without a group of its anti-affinity class")
            }
            OwnerChange::Drawn(nodes) => {
                let names: Vec<&str> = nodes.iter().map(NodeName::as_str).collect();
                write!(f, "no preferred owners, drawn from {}", names.join(", "))
            }
            OwnerChange::WonQuorum => f.write_str("the quorum's new owner"),
            OwnerChange::FormedCluster => f.write_str("it formed the cluster"),
            OwnerChange::FirstAbleNode => f.write_str("the first able node to come up"),
            OwnerChange::ByRequest => f.write_str("moved by an administrator"),
            OwnerChange::Failback => f.write_str("back to a more preferred owner"),
            OwnerChange::Keeper => f.write_str("kept there, as no node can own it"),
            OwnerChange::LastResort => {
                f.write_str("only paused nodes are left, where it stays offline")
            }
        }
    }
}

/// Why a group is to leave its owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Departure {
    /// The owner is no member any more.
    NodeLost,
    /// A resource failed there more often than its restarts cover.
    ResourceFailed,
    /// The owner's cluster service stops.
    ServiceStops,
    /// An administrator asked for a move and left the choice to the cluster.
    Asked,
}

impl fmt::Display for Departure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Departure::NodeLost => "which is no member any more",
            Departure::ResourceFailed => "where it failed too often",
            Departure::ServiceStops => "whose cluster service stops",
            Departure::Asked => "as an administrator asks",
        })
    }
}

/// A node that a group could have gone to, in the order in which they are tried.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Candidate {
    /// The node.
    pub node: NodeName,
    /// What ruled it out, or why it was chosen.
    pub fate: Fate,
    /// Of a server's group: a server on the node beside which Exchange starts no second one. The
    /// cluster does not know that.
    pub beside: Option<GroupName>,
}

/// What became of a candidate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// The group goes there.
    Chosen,
    /// The group goes there although this one of its anti-affinity class is there: every able node
    /// has one.
    ChosenBeside(GroupName),
    /// The group goes there and stays offline: only paused nodes are left.
    LastResort,
    /// It could own the group, and one before it in the list was chosen.
    NotReached,
    /// It was in the draw, and another was drawn.
    NotDrawn,
    /// It holds this group of the same anti-affinity class, and another able node holds none.
    AntiAffinity(GroupName),
    /// It is no node of the cluster any more.
    Evicted,
    /// It is down.
    Down,
    /// It has not joined yet.
    Joining,
    /// It is paused.
    Paused,
    /// Its cluster service stops.
    Stopping,
    /// Its cluster service hangs.
    Hangs,
    /// It is no possible owner of this resource of the group.
    NoPossibleOwner(ResourceName),
}

impl Fate {
    /// Whether the group goes there.
    pub const fn is_chosen(&self) -> bool {
        matches!(self, Fate::Chosen | Fate::ChosenBeside(_) | Fate::LastResort)
    }
}

impl fmt::Display for Fate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fate::Chosen => f.write_str("chosen"),
            Fate::ChosenBeside(group) => {
                write!(f, "chosen beside {group} of its class, as every able node has one")
            }
            Fate::LastResort => f.write_str("chosen though paused, as no other is left"),
            Fate::NotReached => f.write_str("not reached"),
            Fate::NotDrawn => f.write_str("not drawn"),
            Fate::AntiAffinity(group) => write!(f, "holds {group} of its anti-affinity class"),
            Fate::Evicted => f.write_str("evicted"),
            Fate::Down => f.write_str("down"),
            Fate::Joining => f.write_str("joining"),
            Fate::Paused => f.write_str("paused"),
            Fate::Stopping => f.write_str("its cluster service stops"),
            Fate::Hangs => f.write_str("its cluster service hangs"),
            Fate::NoPossibleOwner(resource) => write!(f, "no possible owner of {resource}"),
        }
    }
}

impl fmt::Display for Candidate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Candidate { node, fate, beside } = self;
        write!(f, "{node} {fate}")?;
        match beside {
            Some(group) if *fate != Fate::AntiAffinity(group.clone()) => {
                write!(f, " (there Exchange starts no server beside {group}: 5018)")
            }
            _ => Ok(()),
        }
    }
}

impl Cluster {
    /// Whether the node may own the group: it is a possible owner of each of its resources. The
    /// preferred owners order, they do not restrict.
    pub(super) fn possible_owner(&self, group: GroupId, node: NodeId) -> bool {
        let of = |id: &ResourceId| self.resources[id.index()].possible_owners.as_ref();
        let mut limits = self.groups[group.index()].resources.iter().filter_map(of);
        limits.all(|them| them.contains(&node)) || !in_force("possible-owners-restrict")
    }

    pub(super) fn able(&self, group: GroupId, node: NodeId) -> bool {
        self.nodes[node.index()].configured
            && self.takes_groups(node, false)
            && self.possible_owner(group, node)
    }

    /// The group's preferred owners in order, then all other nodes in the order of their numbers.
    ///
    /// Source: Microsoft's article on how the node list of a group is made (KB 299631).
    fn node_list(&self, group: GroupId) -> Vec<NodeId> {
        let mut list = self.groups[group.index()].preferred.clone();
        let mut others: Vec<NodeId> = (0..self.nodes.len() as u32).map(NodeId).collect();
        others.sort_by_key(|id| self.nodes[id.index()].number);
        if !in_force("preferred-owners-come-first") {
            return others;
        }
        if list.is_empty() || in_force("preferred-owners-do-not-restrict") {
            others.retain(|id| !list.contains(id));
            list.extend(others);
        }
        list
    }

    /// The other nodes in the order in which an automatic move tries them: from the one after the
    /// owner in the node list to the end, then from its start.
    pub(super) fn others_in_turn(&self, group: GroupId) -> impl Iterator<Item = NodeId> {
        let mut list = self.node_list(group);
        let owner = self.groups[group.index()].owner;
        let after = list.iter().position(|id| *id == owner).map_or(0, |at| at + 1);
        if in_force("node-list-goes-on-after-the-owner") {
            list.rotate_left(after);
        }
        list.into_iter().filter(move |id| *id != owner)
    }

    fn candidates(&self, group: GroupId) -> Vec<NodeId> {
        let able = |id: &NodeId| self.able(group, *id) || !in_force("only-able-nodes-are-found");
        self.others_in_turn(group).filter(able).collect()
    }

    /// Where the group goes that leaves its owner for this reason, and why there. A group whose
    /// resource failed stays, rather than to go to a paused node.
    pub(super) fn destination(
        &mut self,
        group: GroupId,
        departure: Departure,
    ) -> Option<(NodeId, OwnerChange)> {
        let mut found = self.pick(group, departure == Departure::NodeLost);
        if found.is_none() && departure != Departure::ResourceFailed {
            found = self.last_resort(group);
        }
        let order = self.others_in_turn(group).collect();
        self.tell_candidates(group, departure, order, found.as_ref());
        found
    }

    fn pick(&mut self, group: GroupId, node_failed: bool) -> Option<(NodeId, OwnerChange)> {
        let candidates = self.candidates(group);
        let apart: Vec<NodeId> =
            candidates.iter().copied().filter(|node| !self.crowded(group, *node)).collect();
        let soft = in_force("anti-affinity-is-soft");
        let chosen = if apart.is_empty() && soft { &candidates } else { &apart };
        let first = *chosen.first()?;
        let lost = node_failed || !in_force("only-the-groups-of-a-lost-node-are-drawn");
        if lost && self.draws(group) && chosen.len() > 1 {
            let name = format!("destination/{}", self.groups[group.index()].name);
            let drawn = self.stream(name).below(chosen.len() as u64) as usize;
            let among = chosen.iter().map(|id| self.node_name(*id)).collect();
            return Some((chosen[drawn], OwnerChange::Drawn(among)));
        }
        let why = match candidates.first() == Some(&first) {
            true => OwnerChange::NextInNodeList,
            false => OwnerChange::AntiAffinity,
        };
        Some((first, why))
    }

    /// Whether chance decides where the group goes when it loses its node.
    fn draws(&self, group: GroupId) -> bool {
        let by_windows = match self.windows {
            Windows::W2000 => {
                self.switches.windows_2000_draws || !in_force("only-windows-2003-draws")
            }
            Windows::W2003 => {
                !self.properties.disable_randomization
                    || !in_force("a-cluster-may-be-told-not-to-draw")
            }
        };
        by_windows
            && self.groups[group.index()].preferred.is_empty()
            && in_force("without-preferred-owners-it-is-drawn")
    }

    /// The next paused node in the group's node list that could own it.
    fn last_resort(&self, group: GroupId) -> Option<(NodeId, OwnerChange)> {
        if self.switches.paused_destination == PausedDestination::Never {
            return None;
        }
        let could = |id: &NodeId| self.takes_groups(*id, true) && self.possible_owner(group, *id);
        self.others_in_turn(group).find(could).map(|id| (id, OwnerChange::LastResort))
    }

    /// Whether the node holds a group that shares an anti-affinity class with this one.
    pub(super) fn crowded(&self, group: GroupId, node: NodeId) -> bool {
        self.of_its_class(group, node).is_some()
    }

    /// A group on the node that shares an anti-affinity class with this one.
    fn of_its_class(&self, group: GroupId, node: NodeId) -> Option<GroupId> {
        let classes = &self.groups[group.index()].properties.anti_affinity;
        if classes.is_empty() {
            return None;
        }
        let clashes = |(at, other): (usize, &Group)| {
            at != group.index()
                && !other.deleted
                && other.owner == node
                && other.properties.anti_affinity.iter().any(|class| classes.contains(class))
                && in_force("anti-affinity-keeps-apart")
        };
        let found = self.groups.iter().enumerate().find(|it| clashes(*it))?;
        Some(GroupId(found.0 as u32))
    }

    /// The most preferred able node, where that is not the owner.
    pub(super) fn better_node(&self, group: GroupId) -> Option<NodeId> {
        let owner = self.groups[group.index()].owner;
        let preferred = &self.groups[group.index()].preferred;
        let best = preferred.iter().copied().find(|id| self.able(group, *id));
        best.filter(|id| *id != owner)
    }

    /// The most preferred able node; where that is the owner already, the next in the node list.
    pub(super) fn best_node(&mut self, group: GroupId) -> Option<NodeId> {
        let owner = self.groups[group.index()].owner;
        let preferred = &self.groups[group.index()].preferred;
        let best = preferred.iter().copied().find(|id| *id == owner || self.able(group, *id));
        if best == Some(owner) && self.switches.move_from_best_node == FromBestNode::Stays {
            return best;
        }
        let better = best.filter(|id| *id != owner);
        let order = match better {
            Some(_) => preferred.iter().copied().filter(|id| *id != owner).collect(),
            None => self.others_in_turn(group).collect(),
        };
        let found = better.or_else(|| self.candidates(group).first().copied());
        let why = found.map(|id| (id, OwnerChange::ByRequest));
        self.tell_candidates(group, Departure::Asked, order, why.as_ref());
        found
    }
}

/// What the trace tells of a choice.
impl Cluster {
    fn tell_candidates(
        &mut self,
        group: GroupId,
        departure: Departure,
        order: Vec<NodeId>,
        found: Option<&(NodeId, OwnerChange)>,
    ) {
        let from = self.node_name(self.groups[group.index()].owner);
        // An administrator's move does not look at classes.
        let keeps_apart = departure != Departure::Asked;
        let free = |id: &NodeId| self.able(group, *id) && !self.crowded(group, *id);
        let apart = keeps_apart && order.iter().any(free);
        let candidates = order.iter().map(|id| {
            let chosen = found.filter(|(to, _)| to == id).map(|(_, why)| why);
            let class = self.of_its_class(group, *id).filter(|_| keeps_apart);
            let class = class.map(|other| self.group_name(other));
            let drawn = matches!(found, Some((_, OwnerChange::Drawn(_))));
            let fate = match (chosen, self.obstacle(group, *id)) {
                (Some(OwnerChange::LastResort), _) => Fate::LastResort,
                (Some(_), _) => class.map_or(Fate::Chosen, Fate::ChosenBeside),
                (None, Some(obstacle)) => obstacle,
                (None, None) => match class.filter(|_| apart) {
                    Some(other) => Fate::AntiAffinity(other),
                    None if drawn => Fate::NotDrawn,
                    None => Fate::NotReached,
                },
            };
            let beside = self.server_beside(group, *id).map(|other| self.group_name(other));
            Candidate { node: self.node_name(*id), fate, beside }
        });
        let candidates = candidates.collect();
        let group = self.group_name(group);
        self.tell(Event::Weighed { group, from, departure, candidates });
    }

    /// What keeps the node from being found, in the words of a candidate's fate.
    fn obstacle(&self, group: GroupId, id: NodeId) -> Option<Fate> {
        let node = &self.nodes[id.index()];
        Some(match node.state {
            _ if self.able(group, id) => return None,
            _ if !node.configured => Fate::Evicted,
            NodeState::Down => Fate::Down,
            NodeState::Joining => Fate::Joining,
            _ if node.service == Service::Stopping => Fate::Stopping,
            _ if node.stuck => Fate::Hangs,
            NodeState::Paused => Fate::Paused,
            NodeState::Up => {
                let resources = self.groups[group.index()].resources.iter();
                let mut resources = resources.map(|id| &self.resources[id.index()]);
                let bars = resources.find(|resource| {
                    let owners = resource.possible_owners.as_ref();
                    owners.is_some_and(|owners| !owners.contains(&id))
                });
                Fate::NoPossibleOwner(bars?.name.clone())
            }
        })
    }
}
