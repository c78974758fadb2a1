//! Exchange 2007: each store is a resource of its own, a Database Instance, and mounted exactly
//! while that is online. A dismount is an intent of the cluster, which outlasts restarts and
//! failovers.
//!
//! Source: Microsoft's library on clustered mailbox servers; the registered type as a replication
//! agent in public source spells it.

use super::Event;
use super::cluster::{Cluster, GroupId, ResourceId};
use super::loss::Medium;
use super::property::Restart;
use super::resource::Kind;
use super::switches::FailedDatabase;
use crate::model::{
    Consistency, ErrorCode, Exchange, MountState, ResourceState, Span, StoreName, ToolState,
    in_force,
};

impl Cluster {
    /// Whether the stores of the group are resources.
    pub(super) fn has_databases(&self, group: GroupId) -> bool {
        self.groups[group.index()].exchange == Exchange::E2007
    }

    /// The store that a Database Instance is, by its private property.
    pub(super) fn store_of(&self, id: ResourceId) -> Option<StoreName> {
        let resource = &self.resources[id.index()];
        if resource.kind != Kind::Database {
            return None;
        }
        let name = StoreName::from(resource.private.get("DatabaseName")?.as_str());
        let stores = &self.groups[resource.group.index()].stores;
        stores.get_key_value(&name).map(|(name, _)| name.clone())
    }

    /// What a failure of the resource leads to, as its properties say or its type has it.
    pub(super) fn restart_action(&self, id: ResourceId) -> Restart {
        let resource = &self.resources[id.index()];
        let of_type = match (resource.kind, self.switches.failed_database) {
            (Kind::Database, FailedDatabase::Stays) => Restart::Only,
            _ => Restart::AndAffectGroup,
        };
        resource.properties.restart_action.unwrap_or(of_type)
    }

    fn database_of(&self, group: GroupId, store: &StoreName) -> Result<ResourceId, ErrorCode> {
        let all = self.resources_of(group, Kind::Database);
        let found = all.into_iter().find(|id| self.store_of(*id).as_ref() == Some(store));
        found.ok_or(ErrorCode::ERROR_RESOURCE_NOT_FOUND)
    }

    /// A mount is a request to bring the store's resource online, a dismount to take it offline.
    pub(super) fn change_database(
        &mut self,
        group: GroupId,
        store: &StoreName,
        mount: bool,
    ) -> Result<(), ErrorCode> {
        let id = self.database_of(group, store)?;
        match mount {
            true => self.online_resource(id),
            false => self.offline_resource(id),
        }
    }

    /// The store goes where its resource has gone.
    pub(super) fn follow_database(&mut self, id: ResourceId) {
        let Some(name) = self.store_of(id) else { return };
        let (group, state) = (self.resources[id.index()].group, self.resources[id.index()].state);
        let mount = self.groups[group.index()].stores[&name].mount;
        match (state, mount) {
            _ if !in_force("a-database-mounts-its-store") => {}
            (ResourceState::Online, _) => {
                self.mounted_copy(group, &name);
                self.set_mount(group, &name, MountState::Mounted);
            }
            (ResourceState::OnlinePending, _) => self.show(group, &name, MountState::Mounting),
            (_, MountState::Dismounted) => {}
            (ResourceState::OfflinePending, _) => {
                self.show(group, &name, MountState::Dismounting);
            }
            (ResourceState::Offline, MountState::Dismounting) => {
                self.set_mount(group, &name, MountState::Dismounted);
            }
            // It was not shut down: what was mounted is left as it was in use.
            (ResourceState::Offline | ResourceState::Failed, _)
                if in_force("a-store-that-is-cut-off-stays-as-it-was") =>
            {
                self.show(group, &name, MountState::Dismounted);
            }
            _ => self.set_mount(group, &name, MountState::Dismounted),
        }
    }

    /// The store is on its way, or was cut off: its files stay as they are.
    fn show(&mut self, group: GroupId, name: &StoreName, mount: MountState) {
        self.store_mut(group, name).mount = mount;
        let owner = self.groups[group.index()].owner;
        let (group, node) = (self.group_name(group), self.node_name(owner));
        self.tell(Event::Store { group, store: name.clone(), node, mount });
        self.touch(owner);
    }

    /// A mount, and the replay of the store's logs where it was not shut down cleanly; in a copy
    /// that takes over, what it has to be sent first.
    pub(super) fn database_online_span(&self, id: ResourceId) -> Span {
        let group = self.resources[id.index()].group;
        let Some(name) = self.store_of(id) else { return self.switches.mount };
        let store = &self.groups[group.index()].stores[&name];
        // Logs are replayed into files that are there and whole.
        let whole = !store.damaged && self.groups[group.index()].medium != Medium::Dead;
        let dirty = whole && store.consistency == Consistency::Inconsistent;
        let dirty = dirty && in_force("each-store-replays-its-own-logs");
        let replay = if dirty { store.log_replay } else { Span::ZERO };
        self.switches.mount + replay + self.shipping_span(group, &name)
    }

    /// Why a store cannot be mounted: its files are elsewhere, no good, or held by a tool.
    pub(super) fn database_refuses(&self, id: ResourceId) -> Option<ErrorCode> {
        let group = self.resources[id.index()].group;
        let here = &self.groups[group.index()];
        let name = self.store_of(id)?;
        let busy = here.tools.get(&name).is_some_and(|run| run.state == ToolState::Running);
        match () {
            () if !self.disk_online(group) && in_force("a-database-needs-its-disk") => {
                Some(ErrorCode::ERROR_NOT_READY)
            }
            () if here.medium == Medium::Dead => Some(ErrorCode::ERROR_IO_DEVICE),
            () if here.stores[&name].damaged && in_force("a-damaged-database-is-not-mounted") => {
                Some(ErrorCode::ERROR_FILE_CORRUPT)
            }
            () if self.waits_for_logs(group, &name) => Some(ErrorCode::ERROR_NOT_READY),
            () if busy && in_force("a-database-is-not-mounted-under-a-tool") => {
                Some(ErrorCode::ERROR_BUSY)
            }
            () => None,
        }
    }
}
