//! The view of the whole cluster, kept from one look to the next: little changes in between, and
//! many nodes look at the same cluster.
//!
//! What a node is shown is what the single questions would answer. A look after the members have
//! heard of a change compares everything with what was shown last and makes anew what is no longer
//! so; nothing that changes the cluster has to say what.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::cluster::{Cluster, GroupId, NodeId, ResourceId};
use super::exchange::Store;
use super::storage::Storage;
use super::tool::{TemporaryFile, ToolRun};
use crate::model::{
    ClusterView, DiskView, ErrorCode, GroupView, NodeName, NodeView, ResourceName, ResourceState,
    StorageView, StoreName, StoreView, Temporary, Time, ToolView,
};

/// What was shown last.
#[derive(Default)]
pub(super) struct Kept {
    view: Option<Arc<ClusterView>>,
    /// Up to which of the cluster's news the view is what a node sees that has heard them all.
    news: Option<u64>,
    groups: Vec<Option<KeptGroup>>,
    disks: Vec<Option<Arc<DiskView>>>,
    /// What lay on each group's disk when somebody looked last.
    storages: Vec<Option<(Look, StorageView)>>,
}

type Properties = Arc<BTreeMap<String, String>>;
type Dependencies = Arc<BTreeSet<ResourceName>>;

/// Who looked, after how many changes, and when: a file grows with time alone.
type Look = (NodeId, u64, Time);

/// What a group's view was made from, as far as it can change.
struct KeptGroup {
    owner: NodeId,
    resources: Vec<(ResourceState, Properties, Dependencies)>,
}

impl Cluster {
    /// The whole cluster as this node sees it.
    pub(super) fn shown(&self, asking: NodeId) -> Result<Arc<ClusterView>, ErrorCode> {
        self.member(asking)?;
        let kept = &mut *self.kept.borrow_mut();
        let news = self.nodes[asking.index()].frozen.is_empty().then_some(self.news);
        if let Some(view) = kept.view.as_ref().filter(|_| news.is_some() && kept.news == news) {
            return Ok(Arc::clone(view));
        }
        kept.news = news;
        kept.groups.resize_with(self.groups.len(), || None);
        let nodes = self.nodes_shown(asking);
        let mut stale = Vec::new();
        for id in (0..self.groups.len() as u32).map(GroupId) {
            if !self.is_as_kept(asking, id, kept.groups[id.index()].as_ref()) {
                stale.push(id);
            }
        }
        let view = kept.view.get_or_insert_with(|| {
            let (nodes, groups) = (BTreeMap::new(), BTreeMap::new());
            Arc::new(ClusterView { name: self.name.clone(), nodes, groups })
        });
        if view.nodes != nodes || !stale.is_empty() {
            let view = Arc::make_mut(view);
            view.nodes = nodes;
            for id in stale {
                let group = &self.groups[id.index()];
                kept.groups[id.index()] = self.kept_group(asking, id);
                match group.deleted {
                    true => view.groups.remove(&group.name),
                    false => view.groups.insert(group.name.clone(), self.group_shown(asking, id)),
                };
            }
        }
        Ok(Arc::clone(view))
    }

    fn nodes_shown(&self, asking: NodeId) -> BTreeMap<NodeName, NodeView> {
        let shown = |name: &NodeName| Some((name.clone(), self.node_view(asking, name).ok()?));
        self.nodes.iter().filter_map(|node| shown(&node.name)).collect()
    }

    fn group_shown(&self, asking: NodeId, id: GroupId) -> Arc<GroupView> {
        let group = &self.groups[id.index()];
        let (owner, state) = self.group_told(asking, id);
        let resource = |id: &ResourceId| {
            (self.resources[id.index()].name.clone(), self.resource_told(asking, *id))
        };
        Arc::new(GroupView {
            guid: group.guid,
            owner: self.node_name(owner),
            state,
            resources: group.resources.iter().map(resource).collect(),
        })
    }

    fn kept_group(&self, asking: NodeId, id: GroupId) -> Option<KeptGroup> {
        let group = &self.groups[id.index()];
        let facts = |id: &ResourceId| {
            let resource = &self.resources[id.index()];
            let (private, below) = (Arc::clone(&resource.private), Arc::clone(&resource.below));
            (self.resource_state(asking, *id), private, below)
        };
        let (owner, _) = self.group_told(asking, id);
        let resources = group.resources.iter().map(facts).collect();
        (!group.deleted).then_some(KeptGroup { owner, resources })
    }

    fn is_as_kept(&self, asking: NodeId, id: GroupId, kept: Option<&KeptGroup>) -> bool {
        let group = &self.groups[id.index()];
        let Some(kept) = kept else { return group.deleted };
        let same =
            |(id, (state, private, below)): (&ResourceId, &(_, Properties, Dependencies))| {
                let resource = &self.resources[id.index()];
                self.resource_state(asking, *id) == *state
                    && Arc::ptr_eq(&resource.private, private)
                    && Arc::ptr_eq(&resource.below, below)
            };
        !group.deleted
            && self.group_told(asking, id).0 == kept.owner
            && group.resources.iter().zip(&kept.resources).all(same)
    }
}

/// What lies on the disk of a group.
impl Cluster {
    /// What this node sees of a disk that it can reach. Before it hears of a change there is none.
    pub(super) fn storage_shown(&self, asking: NodeId, id: GroupId) -> StorageView {
        let look = (asking, self.nodes[asking.index()].changes, self.now);
        let seen = |kept: &Kept| {
            let (last, storage) = kept.storages.get(id.index())?.as_ref()?;
            (*last == look).then(|| storage.clone())
        };
        if let Some(storage) = seen(&self.kept.borrow()) {
            debug_assert!(self.shows(id, &storage), "changed, and nobody has heard of it");
            return storage;
        }
        let storage = self.group_storage(id);
        let storages = &mut self.kept.borrow_mut().storages;
        storages.resize_with(self.groups.len(), || None);
        storages[id.index()] = Some((look, storage.clone()));
        storage
    }

    fn shows(&self, id: GroupId, storage: &StorageView) -> bool {
        let Storage { record, writing } = &self.groups[id.index()].disk;
        storage.record == *record
            && storage.writing == writing.is_some()
            && storage.disk.as_deref() == Some(&self.disk_view(id))
    }

    fn group_storage(&self, id: GroupId) -> StorageView {
        let Storage { record, writing } = &self.groups[id.index()].disk;
        StorageView {
            record: record.clone(),
            writing: writing.is_some(),
            disk: Some(self.disk_shown(id)),
            ..StorageView::default()
        }
    }

    /// What lies on the group's disk.
    fn disk_shown(&self, id: GroupId) -> Arc<DiskView> {
        let kept = &mut *self.kept.borrow_mut();
        kept.disks.resize_with(self.groups.len(), || None);
        let kept = &mut kept.disks[id.index()];
        match kept {
            Some(disk) if self.disk_shows(id, disk) => Arc::clone(disk),
            _ => Arc::clone(kept.insert(Arc::new(self.disk_view(id)))),
        }
    }

    fn store_view(&self, group: GroupId, name: &StoreName, store: &Store) -> StoreView {
        let Store { mount, consistency, size, mailboxes, damaged, .. } = *store;
        let temporary = match self.visible(group, store) {
            None => Temporary::Absent,
            Some(TemporaryFile { complete: false, .. }) => Temporary::Partial,
            Some(TemporaryFile { complete: true, .. }) => Temporary::Complete,
        };
        let locked = self.locked(group, name);
        StoreView { mount, consistency, size, mailboxes, damaged, temporary, locked }
    }

    fn disk_view(&self, group: GroupId) -> DiskView {
        let here = &self.groups[group.index()];
        let stores = here.stores.iter();
        let tools = here.tools.iter();
        DiskView {
            version: here.exchange,
            copies: self.copies_view(group),
            free: self.free(group),
            stores: stores
                .map(|(it, store)| (it.clone(), self.store_view(group, it, store)))
                .collect(),
            tools: tools.map(|(it, run)| (it.clone(), run.view())).collect(),
            temporary_on_group_disk: here.temporary_on_group_disk,
            mta: self.mta_view(group),
        }
    }

    /// Whether [`Self::disk_view`] would show this, with nothing made for the question.
    fn disk_shows(&self, group: GroupId, view: &DiskView) -> bool {
        let DiskView { version, copies, free, stores, tools, temporary_on_group_disk, mta } = view;
        let here = &self.groups[group.index()];
        let store =
            |((name, store), (same, view)): ((&StoreName, &Store), (&StoreName, &StoreView))| {
                name == same && self.store_view(group, name, store) == *view
            };
        let tool =
            |((name, run), (same, view)): ((&StoreName, &ToolRun), (&StoreName, &ToolView))| {
                name == same && run.view() == *view
            };
        *version == here.exchange
            && *temporary_on_group_disk == here.temporary_on_group_disk
            && stores.len() == here.stores.len()
            && tools.len() == here.tools.len()
            && here.stores.iter().zip(stores).all(store)
            && here.tools.iter().zip(tools).all(tool)
            && *free == self.free(group)
            && *copies == self.copies_view(group)
            && *mta == self.mta_view(group)
    }
}
