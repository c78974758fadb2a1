//! The view of the cluster, kept from one look to the next: a cluster tells what changes, so only
//! that is read again.
//!
//! A notification says what changed, not what it is now, and what it says may already be over:
//! it only marks. Whatever is not understood, or may have been missed, marks everything.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::connection::Connection;
use super::flag;
use crate::backend::put_together;
use crate::model::{
    ClusterView, ErrorCode, GroupName, GroupView, NodeName, ResourceName, ResourceView,
};

/// What was read last, and what of it has to be read again.
#[derive(Default)]
pub(super) struct Kept {
    view: Option<Arc<ClusterView>>,
    nodes: BTreeSet<NodeName>,
    groups: BTreeSet<GroupName>,
    states: BTreeSet<ResourceName>,
    resources: BTreeSet<ResourceName>,
}

impl Kept {
    /// Takes note of a change that the cluster has told of.
    pub(super) fn mark(&mut self, kind: u32, name: &str) {
        match kind {
            flag::CLUSTER_CHANGE_NODE_STATE => {
                self.nodes.insert(name.into());
            }
            flag::CLUSTER_CHANGE_GROUP_STATE => {
                self.groups.insert(name.into());
            }
            flag::CLUSTER_CHANGE_RESOURCE_STATE => {
                self.states.insert(name.into());
            }
            flag::CLUSTER_CHANGE_RESOURCE_PROPERTY => {
                self.resources.insert(name.into());
            }
            _ => *self = Self::default(),
        }
    }

    /// The whole cluster as it is now.
    ///
    /// # Errors
    /// The first that any question brings; then everything is read again the next time.
    pub(super) fn refresh(
        &mut self,
        connection: &Connection,
    ) -> Result<Arc<ClusterView>, ErrorCode> {
        // Nothing of what is kept may be shown while the cluster does not answer.
        let name = connection.name()?;
        let mut before = std::mem::take(self);
        let view = match before.view.take() {
            Some(view) if view.name == name => before.patched(view, connection)?,
            _ => whole(connection)?,
        };
        self.view = Some(Arc::clone(&view));
        Ok(view)
    }

    /// What was kept, with what is marked read again.
    fn patched(
        &self,
        mut kept: Arc<ClusterView>,
        connection: &Connection,
    ) -> Result<Arc<ClusterView>, ErrorCode> {
        let marked = [
            self.nodes.is_empty(),
            self.groups.is_empty(),
            self.states.is_empty(),
            self.resources.is_empty(),
        ];
        if marked == [true; 4] {
            return Ok(kept);
        }
        let view = Arc::make_mut(&mut kept);
        for name in &self.nodes {
            view.nodes.insert(name.clone(), connection.node(name)?);
        }
        for name in &self.groups {
            let facts = connection.group(name)?;
            let Some(group) = view.groups.get_mut(name) else {
                return whole(connection);
            };
            let group = Arc::make_mut(group);
            (group.guid, group.owner, group.state) = (facts.guid, facts.owner, facts.state);
        }
        for name in self.states.union(&self.resources) {
            let holds = |group: &&mut Arc<GroupView>| group.resources.contains_key(name);
            let group = view.groups.values_mut().find(holds);
            let known = group.and_then(|group| Arc::make_mut(group).resources.get_mut(name));
            let fresh = match (&known, self.resources.contains(name)) {
                (Some(known), false) => {
                    let (state, group) = connection.resource_state(name)?;
                    ResourceView { state, group, ..(**known).clone() }
                }
                _ => connection.resource(name)?,
            };
            match known {
                Some(known) if known.group == fresh.group => *known = fresh,
                // It is new, or has gone to another group.
                _ => return whole(connection),
            }
        }
        Ok(kept)
    }
}

/// Everything, read name by name.
fn whole(connection: &Connection) -> Result<Arc<ClusterView>, ErrorCode> {
    let view = put_together(
        connection.census()?,
        |name| connection.node(name),
        |name| connection.group(name),
        |name| connection.resource(name),
    );
    view.map(Arc::new)
}
