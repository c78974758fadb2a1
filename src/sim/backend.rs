//! The simulated cluster as one of its nodes sees it.
//!
//! The cluster is borrowed inside each call only, never between two: anything may happen there.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use super::cluster::{Cluster, GroupId, NodeId, ResourceId};
use super::group::state_of;
use super::{Deed, Event};
use crate::backend::{ActError, Backend, Census, GroupFacts, Local, assemble, require};
use crate::model::{
    Act, Action, ClusterView, ErrorCode, GroupName, GroupState, NodeName, NodeState, NodeView,
    Place, ResourceName, ResourceState, ResourceView, ServiceState, StorageView,
};

/// A cluster that several nodes look at.
pub type SharedCluster = Rc<RefCell<Cluster>>;

/// One node's access to its cluster.
#[derive(Clone)]
pub struct SimBackend {
    cluster: SharedCluster,
    node: NodeId,
}

impl SimBackend {
    /// Access from the node of this name.
    ///
    /// # Errors
    /// `ERROR_CLUSTER_NODE_NOT_FOUND`.
    pub fn new(cluster: &SharedCluster, node: &NodeName) -> Result<Self, ErrorCode> {
        let id = cluster.borrow().node_id(node)?;
        Ok(Self { cluster: Rc::clone(cluster), node: id })
    }
}

impl Backend for SimBackend {
    fn local(&self) -> Local {
        self.cluster.borrow().local(self.node)
    }

    fn census(&self) -> Result<Census, ErrorCode> {
        self.cluster.borrow().census(self.node)
    }

    fn node(&self, name: &NodeName) -> Result<NodeView, ErrorCode> {
        self.cluster.borrow().node_view(self.node, name)
    }

    fn group(&self, name: &GroupName) -> Result<GroupFacts, ErrorCode> {
        self.cluster.borrow().group_facts(self.node, name)
    }

    fn resource(&self, name: &ResourceName) -> Result<ResourceView, ErrorCode> {
        self.cluster.borrow().resource_view(self.node, name)
    }

    fn cluster(&self) -> Result<Arc<ClusterView>, ErrorCode> {
        let shown = self.cluster.borrow().shown(self.node);
        debug_assert!(shown.as_deref() == assemble(self).as_ref(), "other than asked one by one");
        shown
    }

    fn storage(&self, place: &Place) -> Result<StorageView, ErrorCode> {
        self.cluster.borrow().storage_view(self.node, place)
    }

    fn start(&mut self, action: &Action) -> Result<(), ActError> {
        require(self, action)?;
        self.cluster.borrow_mut().start(self.node, &action.act).map_err(ActError::Failed)
    }
}

impl Cluster {
    /// The cluster as its members see it; none when there is no member.
    pub fn view(&self) -> Option<Arc<ClusterView>> {
        let owner = Some(self.quorum_owner()).filter(|id| self.nodes[id.index()].acts());
        self.shown(owner.or_else(|| self.acting().next())?).ok()
    }

    /// The node that owns the quorum.
    pub fn quorum_holder(&self) -> NodeName {
        self.node_name(self.quorum_owner())
    }

    fn local(&self, id: NodeId) -> Local {
        let node = &self.nodes[id.index()];
        let service = match (node.set_up, self.member(id)) {
            (false, _) => ServiceState::NotConfigured,
            (true, Ok(())) => ServiceState::Running,
            // Its service manager knows nothing else.
            (true, Err(_)) if node.stuck => ServiceState::Running,
            (true, Err(_)) => ServiceState::NotRunning,
        };
        Local { node: node.name.clone(), now: self.now, service, changes: node.changes }
    }

    fn census(&self, asking: NodeId) -> Result<Census, ErrorCode> {
        self.member(asking)?;
        let present = |id: usize| !self.groups[id].deleted;
        let groups = self.groups.iter().filter(|group| !group.deleted);
        let resources = self.resources.iter().filter(|it| present(it.group.index()));
        let nodes = self.nodes.iter().filter(|node| node.configured);
        Ok(Census {
            cluster: self.name.clone(),
            nodes: nodes.map(|node| node.name.clone()).collect(),
            groups: groups.map(|group| group.name.clone()).collect(),
            resources: resources.map(|resource| resource.name.clone()).collect(),
        })
    }

    pub(super) fn node_view(&self, asking: NodeId, name: &NodeName) -> Result<NodeView, ErrorCode> {
        self.member(asking)?;
        let id = self.node_id(name)?;
        let node = &self.nodes[id.index()];
        match node.configured {
            true => Ok(NodeView { id: node.number, state: self.node_state(asking, id) }),
            false => Err(ErrorCode::ERROR_CLUSTER_NODE_NOT_FOUND),
        }
    }

    fn group_facts(&self, asking: NodeId, name: &GroupName) -> Result<GroupFacts, ErrorCode> {
        self.member(asking)?;
        let id = self.group_id(name)?;
        let guid = self.groups[id.index()].guid;
        let (owner, state) = self.group_told(asking, id);
        Ok(GroupFacts { guid, owner: self.node_name(owner), state })
    }

    pub(super) fn group_told(&self, asking: NodeId, id: GroupId) -> (NodeId, GroupState) {
        match self.nodes[asking.index()].frozen.groups.get(&id) {
            Some((owner, states)) => (*owner, state_of(states.iter().copied())),
            None => (self.groups[id.index()].owner, self.group_state(id)),
        }
    }

    /// A node that the others have dropped does not know that yet.
    fn node_state(&self, asking: NodeId, id: NodeId) -> NodeState {
        let frozen = self.nodes[asking.index()].frozen.nodes.as_ref();
        frozen.map_or(self.nodes[id.index()].state, |states| states[id.index()])
    }

    pub(super) fn resource_state(&self, asking: NodeId, id: ResourceId) -> ResourceState {
        let resource = &self.resources[id.index()];
        let frozen = self.nodes[asking.index()].frozen.groups.get(&resource.group);
        let place = || {
            let resources = &self.groups[resource.group.index()].resources;
            resources.iter().position(|it| *it == id)
        };
        let told = frozen.and_then(|(_, states)| states.get(place()?).copied());
        told.unwrap_or(resource.state)
    }

    fn resource_view(
        &self,
        asking: NodeId,
        name: &ResourceName,
    ) -> Result<ResourceView, ErrorCode> {
        self.member(asking)?;
        Ok(self.resource_told(asking, self.resource_id(name)?))
    }

    pub(super) fn resource_told(&self, asking: NodeId, id: ResourceId) -> ResourceView {
        let resource = &self.resources[id.index()];
        ResourceView {
            guid: resource.guid,
            type_name: Arc::clone(&resource.type_name),
            state: self.resource_state(asking, id),
            group: self.group_name(resource.group),
            depends_on: Arc::clone(&resource.below),
            private: Arc::clone(&resource.private),
        }
    }

    fn storage_view(&self, asking: NodeId, place: &Place) -> Result<StorageView, ErrorCode> {
        if let Place::Disk(group) = place {
            return Ok(self.storage_shown(asking, self.reachable_disk(asking, group)?));
        }
        let node = &self.nodes[asking.index()];
        Ok(StorageView {
            record: node.own.record.clone(),
            writing: node.own.writing.is_some(),
            disk: None,
            notified: node.notified,
            announced: node.announced,
            exchange: Some(node.exchange),
        })
    }

    fn start(&mut self, asking: NodeId, act: &Act) -> Result<(), ErrorCode> {
        let place = self.trace.len();
        let (news, wake) = (self.news, self.nodes[asking.index()].wake);
        self.keep_copies(!matches!(act, Act::Write { .. }));
        let result = match act {
            Act::Write { place, replaces, text } => self.write(asking, place, *replaces, text),
            Act::Dismount { group, store } => self.change_mount(asking, group, store, false),
            Act::Mount { group, store } => self.change_mount(asking, group, store, true),
            Act::StartTool { group, store, tool, ticket } => {
                self.start_tool(asking, group, store, *tool, *ticket)
            }
            Act::StopTool { group, store, ticket } => self.stop_tool(asking, group, store, *ticket),
            Act::Offline { group, resource } => self.ask_resource(asking, group, resource, false),
            Act::Online { group, resource } => self.ask_resource(asking, group, resource, true),
            Act::CheckMta { group, ticket } => self.check_mta(asking, group, *ticket),
            Act::SuspendCopy { group, storage_group } => {
                self.ask_copy(asking, group, storage_group, true)
            }
            Act::ResumeCopy { group, storage_group } => {
                self.ask_copy(asking, group, storage_group, false)
            }
            Act::Reseed { group, storage_group, ticket } => {
                self.reseed(asking, group, storage_group, *ticket)
            }
            Act::Announce { number, .. } => {
                self.announce(asking, *number);
                Ok(())
            }
            Act::Notify { ticket, .. } => {
                self.notify(asking, *ticket);
                Ok(())
            }
        };
        let (node, deed) = (self.node_name(asking), Deed::from(act));
        let entry = super::Entry { time: self.now, event: Event::Act { node, deed, result } };
        self.trace.insert(place, entry);
        self.settle();
        if self.news == news {
            // Whoever acts knows what it began: it wakes when that has come to an end.
            self.nodes[asking.index()].wake = wake;
        }
        result
    }
}
