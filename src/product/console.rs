//! What the product's console shows of one node.
//!
//! Absent on purpose: any decision, and a server's name where the node's belongs: the console
//! always shows the physical node.

use super::designation::{Standing, choices, ignored, standing};
use super::memory::Memory;
use super::picture::Picture;
use super::policy::License;
use crate::model::{EvsName, Fact, GroupName, GroupState, NodeName, View, in_force};

/// What the console shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Console {
    /// The physical node.
    pub node: NodeName,
    /// Whether the product is on it.
    pub installed: bool,
    /// Its licence.
    pub license: Option<License>,
    /// Active Groups: every group that the node owns, the default Cluster Group among them, with
    /// its state, in the order of their names.
    pub active_groups: Fact<Vec<(GroupName, GroupState)>>,
    /// What an administrator may designate now.
    pub choices: Fact<Vec<EvsName>>,
    /// What is designated, by the name that it had then.
    pub designated: Option<EvsName>,
    /// How that stands.
    pub standing: Standing,
    /// The server that the node looks after now: the designated one where it is here and serves.
    /// Whether the node has a licence is shown beside it and changes nothing here: an unlicensed
    /// node still knows which server is its own, and which it ignores.
    pub manages: Option<EvsName>,
    /// The servers that are here and left alone.
    pub ignores: Vec<EvsName>,
}

/// What the console of this node shows.
pub fn console(picture: &Picture, memory: &Memory) -> Console {
    let node = memory.node.as_ref();
    let designation = node.and_then(|node| node.designation.as_ref());
    let designated = designation.map(|designation| designation.evs.clone());
    let standing = standing(designation, picture);
    let manages = designated.clone().filter(|_| standing == Standing::Here);
    Console {
        node: picture.view.node.clone(),
        installed: node.is_some(),
        license: node.and_then(|node| node.license),
        active_groups: active_groups(&picture.view),
        choices: choices(picture),
        designated,
        standing,
        manages,
        ignores: ignored(picture, designation),
    }
}

fn active_groups(view: &View) -> Fact<Vec<(GroupName, GroupState)>> {
    view.cluster.as_ref().map(|cluster| {
        let owned = cluster.groups.iter().filter(|(_, group)| {
            (group.owner == view.node || !in_force("active-groups-are-on-this-node"))
                && (group.state != GroupState::Offline || in_force("offline-groups-are-shown-too"))
        });
        owned.map(|(name, group)| (name.clone(), group.state)).collect()
    })
}
