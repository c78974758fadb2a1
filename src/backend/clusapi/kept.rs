//! The view of the cluster, kept from one look to the next: a cluster tells what changes, so only
//! that is read again.
//!
//! A notification says what changed, not what it is now, and what it says may already be over:
//! it only marks. Whatever is not understood, or may have been missed, marks everything.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::connection::Connection;
use super::flag;
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
            _ => Arc::new(whole(name, connection)?),
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
            view.nodes.insert(name.clone(), connection.node(name.as_str())?);
        }
        for name in &self.groups {
            let told = connection.group(name)?;
            let Some(group) = view.groups.get_mut(name) else {
                return whole(view.name.clone(), connection).map(Arc::new);
            };
            let group = Arc::make_mut(group);
            (group.guid, group.owner, group.state) = (told.guid, told.owner, told.state);
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
                _ => resource(name, connection)?,
            };
            match known {
                Some(known) if known.group == fresh.group => *known = fresh,
                // It is new, or has gone to another group.
                _ => return whole(view.name.clone(), connection).map(Arc::new),
            }
        }
        Ok(kept)
    }
}

/// Everything, read name by name.
fn whole(name: String, connection: &Connection) -> Result<ClusterView, ErrorCode> {
    let mut nodes = BTreeMap::new();
    for name in connection.names(flag::CLUSTER_ENUM_NODE)? {
        nodes.insert(name.as_str().into(), connection.node(&name)?);
    }
    let mut groups = BTreeMap::new();
    for name in connection.names(flag::CLUSTER_ENUM_GROUP)? {
        let name = GroupName::from(name.as_str());
        let told = connection.group(&name)?;
        let (guid, owner, state) = (told.guid, told.owner, told.state);
        groups.insert(name, GroupView { guid, owner, state, resources: BTreeMap::new() });
    }
    for name in connection.names(flag::CLUSTER_ENUM_RESOURCE)? {
        let name = ResourceName::from(name.as_str());
        let resource = resource(&name, connection)?;
        let group = groups.get_mut(&resource.group).ok_or(ErrorCode::ERROR_GROUP_NOT_FOUND)?;
        group.resources.insert(name, resource);
    }
    let groups = groups.into_iter().map(|(name, group)| (name, Arc::new(group))).collect();
    Ok(ClusterView { name, nodes, groups })
}

/// One resource as a view shows it.
///
/// # Errors
/// `ERROR_RESOURCE_NOT_FOUND`, or what the functions answer.
pub(super) fn resource(
    name: &ResourceName,
    connection: &Connection,
) -> Result<ResourceView, ErrorCode> {
    let (state, group, told) = connection.resource(name)?;
    Ok(ResourceView {
        guid: told.guid,
        type_name: told.type_name.as_str().into(),
        state,
        group,
        depends_on: Arc::new(told.depends_on.into_iter().collect()),
        private: Arc::new(told.private),
    })
}
