//! Disks and the stores on them.

use std::collections::{BTreeMap, BTreeSet};

use super::is_type;
use crate::model::{Exchange, Size, resource_type};
use crate::scenario::decode::{ClusterDraft, GroupDraft, StoreDraft};
use crate::scenario::diagnostic::{Diagnostic, Kind};
use crate::scenario::names::compared;
use crate::scenario::nearest::shown;
use crate::scenario::reader::Reader;
use crate::sim::storage_groups_max;

/// As many storage groups as a node carries of this server's version.
fn most_of(group: &GroupDraft) -> usize {
    storage_groups_max(group.exchange.map_or(Exchange::E2003, |exchange| exchange.value))
}

/// That there is a disk where something lies on one, and that it is large enough.
pub(super) fn disk(group: &GroupDraft, reader: &mut Reader) {
    let mut resources = group.resources.iter();
    let has_disk =
        resources.any(|resource| is_type(&resource.type_name, resource_type::PHYSICAL_DISK));
    let first_store = group.stores.first().map(|store| store.name.mark);
    let needs_disk = first_store.or(group.disk.as_ref().map(|disk| disk.mark));
    if let (false, Some(mark), None) = (has_disk, needs_disk, &group.replicated) {
        let name = shown(&group.name.value);
        let message = format!("the group `{name}` has no Physical Disk that this could be on");
        let problem = Diagnostic::new(Kind::NoDisk, mark, message);
        let help = format!("add a resource to it: `{name} Disk: {{ type: Physical Disk }}`");
        reader.problems.add(problem.help(help));
    }
    let stores: Size = group.stores.iter().map(|store| store.size).sum();
    if let Some(disk) = group.disk.as_ref().filter(|disk| disk.value < stores) {
        let message = format!("a disk of {} has no room for stores of {stores} in all", disk.value);
        let problem = Diagnostic::new(Kind::DiskTooSmall, disk.mark, message);
        let problem = problem.label(format!("at least {stores} is wanted"));
        let help = "a defragmentation needs 110 % of a store beside it; without `disk` it is three \
                    times the stores";
        reader.problems.add(problem.help(help));
    }
}

/// The storage groups of all servers that a node owns at the start.
pub(super) fn storage_groups_of_nodes(draft: &ClusterDraft, reader: &mut Reader) {
    let mut sums: BTreeMap<String, usize> = BTreeMap::new();
    for group in &draft.groups {
        let Some(owner) = &group.owner else { continue };
        let own: BTreeSet<String> = group.stores.iter().map(storage_group).collect();
        let sum = sums.entry(compared(&owner.value)).or_default();
        let before = *sum;
        *sum += own.len();
        let most = most_of(group);
        // One server with too many is told of by itself.
        if own.len() > most || before == 0 || *sum <= most {
            continue;
        }
        let node = shown(&owner.value);
        let message = format!("the servers of `{node}` have {sum} storage groups at the start");
        let problem = Diagnostic::new(Kind::TooManyStorageGroups, owner.mark, message);
        let problem = problem.label(format!("{} more than the others there have", own.len()));
        let help = format!(
            "a node carries {most}, and no further Information Store comes online: \
             give this server another owner"
        );
        reader.problems.add(problem.help(help));
    }
}

fn storage_group(store: &StoreDraft) -> String {
    compared(store.name.value.split('/').next().unwrap_or_default())
}

/// How full stores are, and in how many storage groups.
pub(super) fn stores(group: &GroupDraft, reader: &mut Reader) {
    let most = most_of(group);
    let mut storage_groups = BTreeSet::new();
    for store in &group.stores {
        if let Some(used) = store.used.as_ref().filter(|used| used.value > store.size) {
            let (used_size, size) = (used.value, store.size);
            let message = format!("{used_size} cannot be in use in a store of {size}");
            let problem = Diagnostic::new(Kind::UsedMoreThanSize, used.mark, message);
            reader.problems.add(
                problem.label(format!("at most {size} is wanted")).help(
                    "`size` is the size of the store's files, `used` what is not empty in them",
                ),
            );
        }
        let new = storage_groups.insert(storage_group(store));
        if new && storage_groups.len() == most + 1 {
            let message = format!("an Exchange Virtual Server has at most {most} storage groups");
            let problem = Diagnostic::new(Kind::TooManyStorageGroups, store.name.mark, message);
            let problem = problem.label("one storage group too many");
            let help = "put its stores into one of the others: a node cannot carry more";
            reader.problems.add(problem.help(help));
        }
    }
}
