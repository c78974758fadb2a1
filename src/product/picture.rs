//! What a node makes of what it sees: the servers that it recognises in the cluster, and what its
//! records say. All of it follows from the view alone.
//!
//! Most of a view is as it was at the wake before. A picture that is drawn over the earlier one
//! takes from there what the view still shows: groups that are the same ones, records that say the
//! same. An agent that starts anew has no earlier picture and makes the same of the same view.

use std::sync::Arc;

use super::designation::{Evs, recognise};
use super::memory::{Memory, Unreadable};
use crate::model::{ClusterView, Fact, View};

/// A view, with what it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// What the node sees.
    pub view: View,
    /// Every Exchange Virtual Server of the cluster, sorted by name; unknown as the cluster is.
    pub servers: Fact<Vec<Arc<Evs>>>,
    /// What the node remembers.
    pub memory: Result<Memory, Unreadable>,
}

impl Picture {
    /// What a view says, drawn over what an earlier one said.
    pub fn of(view: View, earlier: Option<&Picture>) -> Self {
        let servers = view.cluster.as_ref().map(|cluster| recognised(cluster, earlier));
        let memory = Memory::decode(&view, earlier);
        let picture = Self { view, servers, memory };
        debug_assert!(earlier.is_none() || picture == Picture::of(picture.view.clone(), None));
        picture
    }

    /// The servers, as far as the cluster can be asked.
    pub fn servers(&self) -> impl Iterator<Item = &Evs> {
        self.servers.known().into_iter().flatten().map(|evs| &**evs)
    }
}

/// Every Exchange Virtual Server of the cluster, sorted by name.
pub fn recognised(cluster: &ClusterView, earlier: Option<&Picture>) -> Vec<Arc<Evs>> {
    let known = earlier.and_then(|it| Some((it.view.cluster.known()?, it.servers.known()?)));
    let mut seen = known.into_iter().flat_map(|(cluster, _)| &cluster.groups).peekable();
    let servers = known.map_or(&[][..], |(_, servers)| servers);
    let mut found = Vec::new();
    for (name, group) in &cluster.groups {
        while seen.next_if(|(earlier, _)| *earlier < name).is_some() {}
        match seen.next_if(|(earlier, _)| *earlier == name) {
            Some((_, same)) if Arc::ptr_eq(same, group) => {
                found.extend(servers.iter().find(|evs| evs.group == *name).cloned());
            }
            _ => found.extend(recognise(name, group).map(Arc::new)),
        }
    }
    found.sort_by(|a, b| a.name.cmp(&b.name));
    found
}
