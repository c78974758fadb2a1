//! What an administrator sets while the cluster runs, and the failure that one initiates.
//!
//! A request that stores a property without effect for now says so with a code; it is no refusal.

use super::cluster::{Cluster, GroupId, ResourceId};
use super::{GroupProperty, ResourceProperty, Step, Windows};
use crate::model::{ErrorCode, NodeName, ResourceState, in_force};

impl Cluster {
    /// Does what the step asks for; none: it is no request of these.
    pub(super) fn request(&mut self, step: &Step) -> Option<Result<(), ErrorCode>> {
        Some(match step {
            Step::InitiateFailure(resource) => {
                self.resource_id(resource).and_then(|id| self.initiate_failure(id))
            }
            Step::HangResource { resource, span } => {
                self.resource_id(resource).and_then(|id| self.hang_resource(id, *span))
            }
            Step::SetGroup { group, property } => {
                self.group_id(group).and_then(|id| self.set_group(id, property))
            }
            Step::SetResource { resource, property } => {
                self.resource_id(resource).and_then(|id| self.set_resource(id, property))
            }
            Step::SetRandomization { disabled } => self.set_randomization(*disabled),
            Step::UpgradeWindows { node, to } => {
                self.node_id(node).and_then(|id| self.upgrade_windows(id, *to))
            }
            Step::AddNode(node) => self.node_id(node).and_then(|id| self.add_node(id)),
            _ => return None,
        })
    }

    /// Initiates a failure: the resource fails at once, and what follows is as after any failure.
    ///
    /// Source: the documentation of `FailClusterResource`.
    fn initiate_failure(&mut self, id: ResourceId) -> Result<(), ErrorCode> {
        let group = self.resources[id.index()].group;
        self.reachable(group)?;
        let online = self.resources[id.index()].state == ResourceState::Online;
        if !online && in_force("only-what-is-online-can-fail") {
            return Err(ErrorCode::ERROR_RESMON_INVALID_STATE);
        }
        self.fail(id, None);
        self.drive(group);
        Ok(())
    }

    fn set_group(&mut self, group: GroupId, property: &GroupProperty) -> Result<(), ErrorCode> {
        let no_classes = self.windows == Windows::W2000 && in_force("2003-brought-it");
        match property {
            GroupProperty::AntiAffinityClassNames(_) if no_classes => {
                return Err(ErrorCode::ERROR_INVALID_PARAMETER);
            }
            GroupProperty::PreferredOwners(names) => {
                self.groups[group.index()].preferred = self.node_ids(names)?;
            }
            _ => self.groups[group.index()].properties.set(property)?,
        }
        if let GroupProperty::PersistentState(online) = property
            && in_force("a-state-that-is-set-is-an-intent")
        {
            self.groups[group.index()].intent = *online;
        }
        self.touch_all();
        Ok(())
    }

    fn set_resource(
        &mut self,
        id: ResourceId,
        property: &ResourceProperty,
    ) -> Result<(), ErrorCode> {
        if let ResourceProperty::PossibleOwners(names) = property {
            return self.set_possible_owners(id, names);
        }
        let mut properties = self.resources[id.index()].properties;
        properties.set(property)?;
        if in_force("what-is-set-holds") {
            self.resources[id.index()].properties = properties;
        }
        let resource = &mut self.resources[id.index()];
        if let ResourceProperty::PersistentState(intent) = property {
            resource.intent = *intent;
        }
        let down = matches!(resource.state, ResourceState::Offline | ResourceState::Failed);
        self.touch_all();
        match property {
            // Its monitor is chosen when it is brought online.
            ResourceProperty::SeparateMonitor(_) if !down && in_force("stored-until-online") => {
                Err(ErrorCode::ERROR_RESOURCE_PROPERTIES_STORED)
            }
            _ => Ok(()),
        }
    }

    /// The node where the resource is online cannot cease to be one that may host it.
    ///
    /// Source: the documentation of `RemoveClusterResourceNode`.
    fn set_possible_owners(&mut self, id: ResourceId, names: &[NodeName]) -> Result<(), ErrorCode> {
        let nodes = self.node_ids(names)?;
        let resource = &self.resources[id.index()];
        let down = matches!(resource.state, ResourceState::Offline | ResourceState::Failed);
        let owner = self.groups[resource.group.index()].owner;
        if !down && !nodes.contains(&owner) && in_force("owner-stays-possible") {
            return Err(ErrorCode::ERROR_INVALID_STATE);
        }
        self.resources[id.index()].possible_owners = Some(nodes);
        self.touch_all();
        Ok(())
    }

    fn node_ids(&self, names: &[NodeName]) -> Result<Vec<super::cluster::NodeId>, ErrorCode> {
        let node = |name: &NodeName| {
            let id = self.node_id(name)?;
            match self.nodes[id.index()].configured {
                true => Ok(id),
                false => Err(ErrorCode::ERROR_CLUSTER_NODE_NOT_FOUND),
            }
        };
        names.iter().map(node).collect()
    }

    /// Windows 2000 does not have the property.
    fn set_randomization(&mut self, disabled: bool) -> Result<(), ErrorCode> {
        if self.windows == Windows::W2000 && in_force("2003-brought-it") {
            return Err(ErrorCode::ERROR_INVALID_PARAMETER);
        }
        self.properties.disable_randomization = disabled;
        Ok(())
    }
}
