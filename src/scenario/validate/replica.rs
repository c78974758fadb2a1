//! Two copies of a server's stores: where Exchange keeps them.
//!
//! Source: Microsoft's library on cluster continuous replication: two nodes, a majority node set
//! with a file share witness, one store in a storage group; no disk moves with the server.

use std::collections::BTreeSet;

use super::is_type;
use crate::model::{Exchange, resource_type};
use crate::scenario::decode::{ClusterDraft, GroupDraft};
use crate::scenario::diagnostic::{Diagnostic, Kind, Mark};
use crate::scenario::names::compared;
use crate::scenario::nearest::shown;
use crate::scenario::reader::Reader;
use crate::sim::Quorum;

/// Reports copies that could not be.
pub(super) fn copies(group: &GroupDraft, draft: &ClusterDraft, reader: &mut Reader) {
    let Some(dial) = &group.replicated else { return };
    let mut refuse = |mark: Mark, message: String, help: &str| {
        reader.problems.add(Diagnostic::new(Kind::NotReplicable, mark, message).help(help));
    };
    if group.exchange.is_some_and(|exchange| exchange.value != Exchange::E2007) {
        let message = "only Exchange 2007 keeps two copies of a server's stores".to_owned();
        refuse(dial.mark, message, "set `exchange: 2007`, or leave `copies` out");
    }
    if draft.every_node && draft.nodes.len() != 2 {
        let message = format!("two copies are on two nodes, and there are {}", draft.nodes.len());
        refuse(dial.mark, message, "give the cluster two nodes, or leave `copies` out");
    }
    if draft.quorum_kind.value != Quorum::MajorityWithWitness {
        let message = "two nodes with a copy each have no disk for the quorum".to_owned();
        refuse(dial.mark, message, "set `quorum: majority_with_witness`");
    }
    let is_disk = |type_name: &str| is_type(type_name, resource_type::PHYSICAL_DISK);
    if let Some(disk) = group.resources.iter().find(|it| is_disk(&it.type_name)) {
        let message = format!("the disk `{}` moves with its group", shown(&disk.name.value));
        refuse(disk.name.mark, message, "take it out: either copy is on its node's own disk");
    }
    let mut seen = BTreeSet::new();
    for store in &group.stores {
        let storage_group = store.name.value.split('/').next().unwrap_or_default();
        if !seen.insert(compared(storage_group)) {
            let message = format!("`{}` has a second store", shown(storage_group));
            refuse(store.name.mark, message, "a storage group with two copies has one store");
        }
    }
}
