//! A clustered mailbox server of Exchange 2007 in its short form: a resource for each store, and
//! one disk, or none where each of two nodes has a copy on its own.
//!
//! Source: Microsoft's library for the databases and their dependencies; that System Attendant and
//! Information Store depend on the Network Name is general knowledge.

use super::{Maker, data_path, instance};
use crate::model::{ResourceState, in_force, resource_type};
use crate::scenario::decode::{GroupDraft, ResourceDraft, StoreDraft};

/// What setup and the administrator put into the group of a clustered mailbox server.
pub(super) fn resources(group: &GroupDraft, index: usize) -> Vec<ResourceDraft> {
    let evs = group.name.value.as_str();
    let path = data_path(index);
    let [address, name, disk] =
        ["IP Address", "Network Name", "Disk"].map(|part| format!("{evs} {part}"));
    let (attendant, store) =
        (instance("System Attendant", evs), instance("Information Store", evs));
    let own = [("NetworkName", evs), ("DestPath", path.as_str())];
    let make = Maker { mark: group.name.mark, owners: &group.possible_owners };
    let mut resources = vec![
        make.resource(&address, resource_type::IP_ADDRESS, &[], &[]),
        make.resource(&name, resource_type::NETWORK_NAME, &[&address], &[("Name", evs)]),
        make.resource(&attendant, resource_type::SYSTEM_ATTENDANT, &[&name], &own[..1]),
        make.resource(&store, resource_type::INFORMATION_STORE, &[&name], &own),
    ];
    let mut below = vec![store.as_str()];
    if group.replicated.is_none() || !in_force("copies-lie-on-no-disk-that-moves") {
        resources.insert(2, make.resource(&disk, resource_type::PHYSICAL_DISK, &[], &[]));
        below.extend(in_force("a-database-depends-on-its-disk").then_some(disk.as_str()));
    }
    let database = |it: &StoreDraft| database(&make, it, evs, &below);
    resources.extend(group.stores.iter().map(database));
    resources
}

fn database(make: &Maker<'_>, store: &StoreDraft, evs: &str, below: &[&str]) -> ResourceDraft {
    let label = format!("{} ({evs})", store.name.value);
    let private = [("NetworkName", evs), ("DatabaseName", store.name.value.as_str())];
    let mut resource = make.resource(&label, resource_type::DATABASE_INSTANCE, below, &private);
    if !store.mounted {
        resource.properties.persistent_state = Some(false);
        resource.state = ResourceState::Offline;
    }
    resource
}
