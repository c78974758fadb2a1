//! What the command `disk` prints: one JSON object about the Exchange side of a group's disk.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::model::{
    Consistency, Copies, DiskView, ErrorCode, Exchange, GroupView, MountState, MtaView,
    ResourceState, Size, StoreName, StoreView, Temporary, resource_type,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Disk {
    /// Bytes that are free.
    free: u64,
    /// Where a defragmentation builds its temporary file.
    temporary_on_group_disk: bool,
    /// The bytes of the Message Transfer Agent's database, where the group has it.
    mta: Option<u64>,
    stores: BTreeMap<String, Store>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Store {
    /// In Exchange 2007 the cluster says so.
    #[serde(default)]
    mounted: Option<bool>,
    clean: bool,
    size: u64,
    mailboxes: u32,
    damaged: bool,
    temporary: Beside,
    locked: bool,
}

/// What there is of a temporary file beside the store.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Beside {
    Absent,
    Partial,
    Complete,
}

/// The disk as the command has printed it.
///
/// # Errors
/// `ERROR_INVALID_DATA`: that is not what was agreed on, or a store says nothing of whether it is
/// mounted.
pub(super) fn read(
    printed: &[u8],
    version: Exchange,
    group: &GroupView,
) -> Result<DiskView, ErrorCode> {
    let disk: Disk = serde_json::from_slice(printed).map_err(|_| ErrorCode::ERROR_INVALID_DATA)?;
    let mut stores = BTreeMap::new();
    for (name, store) in disk.stores {
        let name = StoreName::from(name.as_str());
        let mount = match database(group, &name) {
            Some(state) => state,
            None => match store.mounted.ok_or(ErrorCode::ERROR_INVALID_DATA)? {
                true => MountState::Mounted,
                false => MountState::Dismounted,
            },
        };
        let consistency =
            if store.clean { Consistency::Consistent } else { Consistency::Inconsistent };
        let view = StoreView {
            mount,
            consistency,
            size: Size::from_bytes(store.size),
            mailboxes: store.mailboxes,
            damaged: store.damaged,
            temporary: match store.temporary {
                Beside::Absent => Temporary::Absent,
                Beside::Partial => Temporary::Partial,
                Beside::Complete => Temporary::Complete,
            },
            locked: store.locked,
        };
        stores.insert(name, view);
    }
    Ok(DiskView {
        version,
        copies: Copies::Shared,
        free: Size::from_bytes(disk.free),
        stores,
        tools: BTreeMap::new(),
        temporary_on_group_disk: disk.temporary_on_group_disk,
        mta: disk.mta.map(|bytes| MtaView { size: Size::from_bytes(bytes), tool: None }),
    })
}

/// Where the store stands as a resource of the cluster, which it is in Exchange 2007.
fn database(group: &GroupView, store: &StoreName) -> Option<MountState> {
    let mut resources = group.resources.values();
    let found = resources.find(|it| {
        it.is_a(resource_type::DATABASE_INSTANCE)
            && it.private("DatabaseName").is_some_and(|name| StoreName::from(name) == *store)
    });
    Some(match found?.state {
        ResourceState::Online => MountState::Mounted,
        ResourceState::OnlinePending => MountState::Mounting,
        ResourceState::OfflinePending => MountState::Dismounting,
        ResourceState::Offline | ResourceState::Failed => MountState::Dismounted,
    })
}
