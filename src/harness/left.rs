//! What jobs left behind at the end: stores that a node took which no longer owns their server, and
//! that nobody has put back; with what was told to do in that case before they were taken.
//!
//! Absent on purpose: stores that are dismounted for any other reason, and those of a job that is
//! at work on its own node still.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::situation::Situation;
use super::story::{Line, Told};
use crate::model::{GroupName, MountState, NodeName, Notice, StoreName, ToolState};
use crate::sim::{Deed, DiskChange, Event};

type Store = (GroupName, StoreName);

/// A store that a job left behind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Left {
    /// The group of its server.
    pub group: GroupName,
    /// The store.
    pub store: StoreName,
    /// Whether its files are no good; else it is dismounted only.
    pub damaged: bool,
    /// The node whose job took it.
    pub by: NodeName,
    /// What that job told to do, should its node be lost.
    pub way_back: Option<String>,
}

/// Everything that is left behind at the end.
pub(super) fn left(story: &[Line], after: &Situation) -> Vec<Left> {
    let mut trail = Trail::default();
    for line in story {
        if let Told::Cluster(event) = &line.told {
            trail.follow(event);
        }
    }
    let lost = |(store, by): &(&Store, &NodeName)| {
        let group = after.groups.iter().find(|it| it.group == store.0);
        group.is_some_and(|it| it.owner != **by) && !trail.at_work.contains(*store)
    };
    let taken = trail.taken.iter().filter(lost);
    let left = taken.map(|(store, by)| Left {
        group: store.0.clone(),
        store: store.1.clone(),
        damaged: trail.damaged.contains(store),
        by: by.clone(),
        way_back: trail.told.get(&(by.clone(), store.1.clone())).cloned(),
    });
    left.collect()
}

#[derive(Default)]
struct Trail {
    /// Stores that are not mounted since a node's job took them or worked on them.
    taken: BTreeMap<Store, NodeName>,
    damaged: BTreeSet<Store>,
    at_work: BTreeSet<Store>,
    /// What a node told of a store before it took it.
    told: BTreeMap<(NodeName, StoreName), String>,
    /// Of which store each node told last.
    announced: BTreeMap<NodeName, String>,
}

impl Trail {
    fn follow(&mut self, event: &Event) {
        match event {
            Event::Act { node, deed, result: Ok(()) } => self.follow_act(node, deed),
            Event::Store { group, store, mount: MountState::Mounted, .. } => {
                self.taken.remove(&(group.clone(), store.clone()));
            }
            Event::Damage { group, store, damaged } => {
                let store = (group.clone(), store.clone());
                match damaged {
                    true => self.damaged.insert(store),
                    false => self.damaged.remove(&store),
                };
            }
            Event::Tool { group, store, state, .. } => {
                let store = (group.clone(), store.clone());
                match state {
                    ToolState::Running => self.at_work.insert(store),
                    ToolState::Succeeded | ToolState::Failed => self.at_work.remove(&store),
                };
            }
            // A tool does not go with its server.
            Event::Owner { group, .. } => self.at_work.retain(|(of, _)| of != group),
            // What was on the old disk is lost with it; what the new one brings, no job took.
            Event::Disk { group, change: DiskChange::Died | DiskChange::Restored } => {
                self.taken.retain(|(of, _), _| of != group);
                self.damaged.retain(|(of, _)| of != group);
            }
            _ => {}
        }
    }

    fn follow_act(&mut self, node: &NodeName, deed: &Deed) {
        match deed {
            Deed::Notify(Notice::StorageOffline, text) => {
                self.announced.insert(node.clone(), text.clone());
            }
            Deed::Dismount(group, store) => {
                let told = self.announced.get(node).and_then(|text| text.split_once("; "));
                if let Some((_, way_back)) = told {
                    self.told.insert((node.clone(), store.clone()), way_back.to_owned());
                }
                self.taken.insert((group.clone(), store.clone()), node.clone());
            }
            _ => {}
        }
    }
}
