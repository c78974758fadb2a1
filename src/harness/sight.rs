//! A run as one node sees it: what differs between one look of the node at its cluster and the
//! next.
//!
//! Absent on purpose: anything that the node cannot know. What it hears late it sees late, and
//! while it is off it sees nothing.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::moment::Moment;
use crate::backend::observe;
use crate::model::{
    ClusterView, DiskView, ErrorCode, Fact, GroupName, GroupState, MountState, NodeName, NodeState,
    ResourceName, ResourceState, ServiceState, StoreName, Time, View,
};
use crate::sim::{SharedCluster, SimBackend};

/// A run as one node saw it.
#[derive(Clone, Debug)]
pub struct Seen {
    /// The node.
    pub node: NodeName,
    /// How it saw things before anything happened.
    pub before: Moment,
    /// What it saw, in order.
    pub sights: Vec<Sight>,
    /// How it saw things at the end.
    pub after: Moment,
}

/// One thing that the node came to see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sight {
    /// When.
    pub time: Time,
    /// How many lines of the story had been told by then.
    pub place: usize,
    /// What.
    pub what: What,
}

/// What a node comes to see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// Nothing more: its machine is off or hangs.
    Dark,
    /// It runs, or goes on.
    Awake,
    /// Its own cluster service is otherwise.
    Service(ServiceState),
    /// The cluster cannot be asked any more.
    Unknown(ErrorCode),
    /// The cluster answers again.
    Answers,
    /// A node is in another state; none: it is no part of the cluster any more.
    Node(NodeName, Option<NodeState>),
    /// A group has another state or owner; none: it is gone.
    Group {
        /// The group.
        group: GroupName,
        /// Its owner and state from now on.
        found: Option<(NodeName, GroupState)>,
        /// Whether it has another owner.
        moved: bool,
    },
    /// A resource is in another state.
    Resource(GroupName, ResourceName, ResourceState),
    /// A store on a disk of its own is in another state.
    Store(GroupName, StoreName, MountState),
}

/// A node that looks, and what it saw last.
pub(super) struct Watch {
    node: NodeName,
    last: Option<View>,
    /// The cluster as it was when it last answered.
    known: Option<Arc<ClusterView>>,
    sights: Vec<Sight>,
}

impl Watch {
    pub(super) fn new(node: &NodeName, cluster: &SharedCluster) -> Self {
        let last = look(node, cluster);
        let known = last.as_ref().and_then(|view| view.cluster.known().cloned());
        Self { node: node.clone(), last, known, sights: Vec::new() }
    }

    pub(super) fn node(&self) -> &NodeName {
        &self.node
    }

    pub(super) fn sights(self) -> Vec<Sight> {
        self.sights
    }

    /// Looks, and notes what is otherwise than at the last look.
    pub(super) fn look(&mut self, cluster: &SharedCluster, place: usize) {
        let time = cluster.borrow().now();
        let view = look(&self.node, cluster);
        let mut found = Vec::new();
        match (&self.last, &view) {
            (Some(_), None) => found.push(What::Dark),
            (None, Some(now)) => {
                found.extend([What::Awake, What::Service(now.service)]);
                found.extend(now.cluster.known().map(|_| What::Answers));
            }
            (Some(last), Some(now)) => compare(last, now, &mut found),
            (None, None) => {}
        }
        self.sights.extend(found.into_iter().map(|what| Sight { time, place, what }));
        if let Some(now) = view.as_ref().and_then(|view| view.cluster.known()) {
            let sights = &mut self.sights;
            let known = self.known.as_ref().filter(|known| !Arc::ptr_eq(known, now));
            let found = known.map(|known| differences(known, now)).unwrap_or_default();
            sights.extend(found.into_iter().map(|what| Sight { time, place, what }));
            self.known = Some(Arc::clone(now));
        }
        self.last = view;
    }
}

/// What the node sees; none: its machine is off or hangs.
fn look(node: &NodeName, cluster: &SharedCluster) -> Option<View> {
    let runs = cluster.borrow().runs(node);
    let backend = SimBackend::new(cluster, node).ok().filter(|_| runs)?;
    Some(observe(&backend).0)
}

fn compare(last: &View, now: &View, found: &mut Vec<What>) {
    if last.service != now.service {
        found.push(What::Service(now.service));
    }
    match (&last.cluster, &now.cluster) {
        (_, Fact::Unknown(code)) if last.cluster != now.cluster => {
            found.push(What::Unknown(*code));
        }
        (Fact::Unknown(_), Fact::Known(_)) => found.push(What::Answers),
        _ => {}
    }
    let stores = |view: &View| -> BTreeMap<(GroupName, StoreName), MountState> {
        let disks = view
            .disks
            .iter()
            .filter_map(|(group, disk)| Some((group, disk.known()?.disk.as_deref()?)));
        let stores = disks.flat_map(|(group, disk): (&GroupName, &DiskView)| {
            let stores = disk.stores.iter();
            stores.map(move |(name, store)| ((group.clone(), name.clone()), store.mount))
        });
        stores.collect()
    };
    let before = stores(last);
    for ((group, store), mount) in stores(now) {
        let key = (group, store);
        if before.get(&key).is_some_and(|before| *before != mount) {
            found.push(What::Store(key.0, key.1, mount));
        }
    }
}

/// What is otherwise in the cluster than when it last answered.
fn differences(last: &ClusterView, now: &ClusterView) -> Vec<What> {
    let mut found = Vec::new();
    for (name, node) in &now.nodes {
        if last.nodes.get(name).is_none_or(|before| before.state != node.state) {
            found.push(What::Node(name.clone(), Some(node.state)));
        }
    }
    let gone = last.nodes.keys().filter(|name| !now.nodes.contains_key(*name));
    found.extend(gone.map(|name| What::Node(name.clone(), None)));
    compare_groups(last, now, &mut found);
    found
}

fn compare_groups(last: &ClusterView, now: &ClusterView, found: &mut Vec<What>) {
    for (group, is) in &now.groups {
        let Some(was) = last.groups.get(group) else { continue };
        for (name, resource) in &is.resources {
            let before = was.resources.get(name).map(|it| it.state);
            if before != Some(resource.state) {
                found.push(What::Resource(group.clone(), name.clone(), resource.state));
            }
        }
        let moved = was.owner != is.owner;
        if moved || was.state != is.state {
            let now = Some((is.owner.clone(), is.state));
            found.push(What::Group { group: group.clone(), found: now, moved });
        }
    }
    for group in last.groups.keys().filter(|group| !now.groups.contains_key(*group)) {
        found.push(What::Group { group: group.clone(), found: None, moved: false });
    }
}
