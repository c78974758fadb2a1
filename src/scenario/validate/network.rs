//! Networks: whom they join, and that one of them carries heartbeats.

use crate::model::{resource_type, same};
use crate::scenario::decode::ClusterDraft;
use crate::scenario::diagnostic::{Diagnostic, Kind};
use crate::scenario::names::Names;
use crate::scenario::reader::Reader;

/// Reports networks that could not be.
pub(super) fn networks(draft: &ClusterDraft, names: &Names, reader: &mut Reader) {
    for name in draft.networks.iter().flat_map(|network| network.nodes.iter().flatten()) {
        names.node(name, reader);
    }
    let addresses = draft.groups.iter().flat_map(|group| &group.resources);
    for resource in addresses.filter(|it| same(&it.type_name, resource_type::IP_ADDRESS)) {
        if let Some(name) = resource.private.get("Network") {
            names.network(name, reader);
        }
    }
    let Some(first) = draft.networks.first() else { return };
    if draft.networks.iter().all(|network| !network.role.carries_heartbeats()) {
        let message = "no network of the cluster carries heartbeats";
        let problem = Diagnostic::new(Kind::NoInternalNetwork, first.name.mark, message);
        let help = "give one of them role 1 or 3: the cluster does not let the last one be taken";
        let label =
            if draft.networks.len() > 1 { "nor do the others" } else { "this is the only one" };
        reader.problems.add(problem.label(label).help(help));
    }
}
