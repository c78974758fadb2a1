//! What a node makes of what it sees: the servers that it recognises in the cluster, and what its
//! records say. All of it follows from the view alone.
//!
//! Most of a view is as it was at the wake before. A picture that is drawn over the earlier one
//! takes from there what the view still shows: groups that are the same ones, records that say the
//! same. An agent that starts anew has no earlier picture and makes the same of the same view.

use std::sync::Arc;

use super::designation::{Evs, recognise};
use super::draft::Draft;
use super::memory::{Memory, Unreadable};
use crate::model::{ClusterView, Fact, View};

/// A view, with what it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// What the node sees.
    pub view: View,
    /// Every Exchange Virtual Server of the cluster, sorted by name; unknown as the cluster is.
    pub servers: Fact<Arc<[Arc<Evs>]>>,
    /// What the node remembers.
    pub memory: Result<Memory, Unreadable>,
    /// What the node wrote last, which its disk may show later.
    pub draft: Option<Draft>,
}

impl Picture {
    /// What a view says, drawn over what an earlier one said.
    pub fn of(view: View, earlier: Option<&Picture>) -> Self {
        let servers = match (view.cluster.known(), earlier) {
            (Some(cluster), Some(earlier)) if earlier.shows(cluster) => earlier.servers.clone(),
            _ => view.cluster.as_ref().map(|cluster| recognised(cluster, earlier).into()),
        };
        let memory = Memory::decode(&view, earlier);
        let draft = earlier.and_then(|earlier| earlier.draft.clone());
        let picture = Self { view, servers, memory, draft };
        debug_assert!(earlier.is_none() || picture.says_what_it_shows());
        picture
    }

    fn says_what_it_shows(&self) -> bool {
        let anew = Picture::of(self.view.clone(), None);
        self.servers == anew.servers && self.memory == anew.memory
    }

    fn shows(&self, cluster: &Arc<ClusterView>) -> bool {
        self.view.cluster.known().is_some_and(|shown| Arc::ptr_eq(shown, cluster))
    }

    /// The servers, as far as the cluster can be asked.
    pub fn servers(&self) -> impl Iterator<Item = &Evs> {
        self.servers.known().into_iter().flat_map(|servers| servers.iter()).map(|evs| &**evs)
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
        let Some((_, before)) = seen.next_if(|(earlier, _)| *earlier == name) else {
            found.extend(recognise(name, group).map(Arc::new));
            continue;
        };
        let evs = servers.iter().find(|evs| evs.group == *name);
        if Arc::ptr_eq(before, group) {
            found.extend(evs.cloned());
        } else if before.is_built_like(group) {
            found.extend(evs.map(|evs| Arc::new(Evs::clone(evs).as_in(group))));
        } else {
            found.extend(recognise(name, group).map(Arc::new));
        }
    }
    found.sort_by(|a, b| a.name.cmp(&b.name));
    found
}
