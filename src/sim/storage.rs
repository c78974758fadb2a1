//! The product's records on disks: a write takes time, an acknowledged one survives, and one that a
//! crash interrupts leaves the old record or the new one, never a torn one.

use std::sync::Arc;

use super::Event;
use super::cluster::{Cluster, Due, GroupId, NodeId};
use super::loss::Medium;
use super::resource::Kind;
use crate::model::{ErrorCode, NodeName, Place, Record, ResourceState, Revision, in_force};

/// One record on one disk.
#[derive(Clone, Debug, Default)]
pub(super) struct Storage {
    pub(super) record: Option<Record>,
    /// What is being written, and by whom.
    pub(super) writing: Option<(NodeId, Arc<str>)>,
}

impl Storage {
    pub(super) fn holding(text: Arc<str>) -> Self {
        Self { record: Some(Record { revision: Revision(1), text }), writing: None }
    }

    fn complete(&mut self) -> Option<Revision> {
        let (_, text) = self.writing.take()?;
        let revision = Revision(self.record.as_ref().map_or(1, |record| record.revision.0 + 1));
        self.record = Some(Record { revision, text });
        Some(revision)
    }
}

impl Cluster {
    /// Puts a record on a node's own disk, as it lay there before the start.
    ///
    /// # Errors
    /// `ERROR_CLUSTER_NODE_NOT_FOUND`.
    pub fn preload(&mut self, node: &NodeName, text: String) -> Result<(), ErrorCode> {
        let node = self.node_id(node)?;
        self.nodes[node.index()].own = Storage::holding(text.into());
        Ok(())
    }

    /// The group of a disk that the node can reach now.
    pub(super) fn reachable_disk(
        &self,
        node: NodeId,
        group: &crate::model::GroupName,
    ) -> Result<GroupId, ErrorCode> {
        self.member(node)?;
        let id = self.group_id(group)?;
        if self.groups[id.index()].owner != node && in_force("only-its-owner-reaches-a-disk") {
            return Err(ErrorCode::ERROR_HOST_NODE_NOT_GROUP_OWNER);
        }
        if !self.disk_online(id) {
            return Err(ErrorCode::ERROR_NOT_READY);
        }
        if self.groups[id.index()].medium == Medium::Dead {
            return Err(ErrorCode::ERROR_IO_DEVICE);
        }
        Ok(id)
    }

    /// Whether the disk can be used. A replicated server is on its owner's own: that is always
    /// there.
    pub(super) fn disk_online(&self, group: GroupId) -> bool {
        if self.is_replicated(group) {
            return true;
        }
        let resources = self.groups[group.index()].resources.iter();
        let mut disks = resources
            .map(|id| &self.resources[id.index()])
            .filter(|resource| resource.kind == Kind::PhysicalDisk)
            .peekable();
        disks.peek().is_some() && disks.all(|disk| disk.state == ResourceState::Online)
    }

    fn storage_mut(&mut self, node: NodeId, place: &Place) -> Result<&mut Storage, ErrorCode> {
        match place {
            Place::Node => Ok(&mut self.nodes[node.index()].own),
            Place::Disk(group) => {
                let id = self.reachable_disk(node, group)?;
                Ok(&mut self.groups[id.index()].disk)
            }
        }
    }

    pub(super) fn write(
        &mut self,
        node: NodeId,
        place: &Place,
        replaces: Option<Revision>,
        text: &Arc<str>,
    ) -> Result<(), ErrorCode> {
        let storage = self.storage_mut(node, place)?;
        if storage.writing.is_some() && in_force("one-write-at-a-time") {
            return Err(ErrorCode::ERROR_BUSY);
        }
        let revision = storage.record.as_ref().map(|record| record.revision);
        if revision != replaces && in_force("a-writer-has-read-what-it-replaces") {
            return Err(ErrorCode::ERROR_REVISION_MISMATCH);
        }
        storage.writing = Some((node, Arc::clone(text)));
        let life = self.nodes[node.index()].life;
        let due = Due::Written { node, life, place: place.clone() };
        self.after(self.switches.record_write, due);
        self.touch(node);
        Ok(())
    }

    pub(super) fn written(&mut self, node: NodeId, life: u64, place: &Place) {
        if self.nodes[node.index()].life != life {
            return;
        }
        // The disk may have left the node in the meantime; then `disk_gone` has settled the write.
        // A cluster service that hangs does not keep it from ending.
        let Some(storage) = self.written_by(node, place) else { return };
        let Some(revision) = storage.complete() else { return };
        let place = place.clone();
        self.tell(Event::Written { node: self.node_name(node), place, revision });
        self.touch(node);
    }

    /// Where the node's write is under way.
    fn written_by(&mut self, node: NodeId, place: &Place) -> Option<&mut Storage> {
        let storage = match place {
            Place::Node => &mut self.nodes[node.index()].own,
            Place::Disk(group) => {
                let id = self.group_id(group).ok()?;
                &mut self.groups[id.index()].disk
            }
        };
        let own = storage.writing.as_ref().is_some_and(|(writer, _)| *writer == node);
        own.then_some(storage)
    }

    /// The node's unfinished writes end as chance has it: the old record lies there, or the new
    /// one.
    pub(super) fn write_dies(&mut self, node: NodeId) {
        let new = self.stream(format!("write/{}", node.0)).below(2) == 1;
        let mut written = Vec::new();
        let mut end = |storage: &mut Storage, place: Place| {
            if storage.writing.as_ref().is_some_and(|(writer, _)| *writer == node) {
                let revision = if new { storage.complete() } else { None };
                written.extend(revision.map(|revision| (place, revision)));
                storage.writing = None;
            }
        };
        end(&mut self.nodes[node.index()].own, Place::Node);
        for group in &mut self.groups {
            end(&mut group.disk, Place::Disk(group.name.clone()));
        }
        for (place, revision) in written {
            self.tell(Event::Written { node: self.node_name(node), place, revision });
        }
    }
}
