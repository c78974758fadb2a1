//! Versions of Exchange: that they run on this Windows, beside each other, and have what they need.

use std::collections::BTreeMap;

use super::is_type;
use crate::model::{Exchange, NodeState, resource_type, same};
use crate::scenario::decode::{ClusterDraft, GroupDraft, NodeDraft};
use crate::scenario::diagnostic::{Diagnostic, Kind, Placed};
use crate::scenario::names::{compared, evs_name};
use crate::scenario::nearest::shown;
use crate::scenario::reader::Reader;
use crate::sim::{Release, Windows};

/// Reports versions that cannot be, or cannot meet.
pub(super) fn versions(draft: &ClusterDraft, reader: &mut Reader) {
    let Some(common) = draft.exchange else { return };
    on_windows(draft, &common, reader);
    let nodes = draft.nodes.iter().filter_map(|node| node.exchange);
    let groups = draft.groups.iter().filter_map(|group| group.exchange);
    for version in nodes.chain(groups).filter(|version| version.value != common.value) {
        on_windows(draft, &version, reader);
        if version.value.max(common.value) == Exchange::E2007 {
            let message =
                format!("{} and {} are never in one cluster", version.value, common.value);
            let problem = Diagnostic::new(Kind::VersionsApart, version.mark, message);
            let problem = problem.label("this one").also(common.mark, "beside this one");
            let help = "Exchange 2007 is set up anew: give the whole cluster one version";
            reader.problems.add(problem.help(help));
        }
    }
    servers_and_nodes(draft, &common, reader);
    releases(draft, reader);
    passive_node(draft, &common, reader);
}

/// Exchange 2000 does not run on Windows Server 2003, and 2007 not on Windows 2000.
fn on_windows(draft: &ClusterDraft, exchange: &Placed<Exchange>, reader: &mut Reader) {
    let Some(windows) = &draft.windows else { return };
    let (kind, on, help) = match (windows.value, exchange.value) {
        (Windows::W2003, Exchange::E2000) => (
            Kind::ExchangeTooOld,
            "Windows Server 2003",
            "set `windows: 2000`, or `exchange: 2003`",
        ),
        (Windows::W2000, Exchange::E2007) => {
            (Kind::WindowsTooOld, "Windows 2000", "set `windows: 2003`, or `exchange: 2003`")
        }
        _ => return,
    };
    let (too, other) = match kind {
        Kind::ExchangeTooOld => ("too old", "for this"),
        _ => ("too new", "for this"),
    };
    let message = format!("{} does not run on {on}", exchange.value);
    let problem = Diagnostic::new(kind, exchange.mark, message);
    reader.problems.add(problem.label(too).also(windows.mark, other).help(help));
}

/// Members are one major version of Windows apart at most, and a server's owner runs its Exchange.
fn releases(draft: &ClusterDraft, reader: &mut Reader) {
    let Some(common) = draft.windows.as_ref().map(|windows| Release::from(windows.value)) else {
        return;
    };
    let of = |node: &NodeDraft| node.windows.map_or(common, |windows| windows.value);
    let up = draft.nodes.iter().filter(|node| node.state == NodeState::Up);
    let oldest = up.clone().min_by_key(|node| of(node));
    let newest = up.max_by_key(|node| of(node));
    if let (Some(old), Some(new)) = (oldest, newest)
        && !of(old).meets(of(new))
    {
        let (from, to) = (of(old).name(), of(new).name());
        let message = format!("{from} and {to} are never members of one cluster");
        let problem = Diagnostic::new(Kind::VersionsApart, new.name.mark, message);
        let problem = problem.label(to).also(old.name.mark, from);
        let help = "the second to start could not join (5075): let one of them be down at first";
        reader.problems.add(problem.help(help));
    }
    for group in draft.groups.iter().filter(|group| evs_name(group).is_some()) {
        let (Some(owner), Some(exchange)) = (&group.owner, group.exchange.or(draft.exchange))
        else {
            continue;
        };
        let node = draft.nodes.iter().find(|node| same(&node.name.value, &owner.value));
        // What does not run on the cluster's Windows is told of the whole cluster.
        let own = node.and_then(|node| node.windows);
        let Some(own) = own.filter(|own| !own.value.runs(exchange.value)) else { continue };
        let message = format!("{} does not run on {}", exchange.value, own.value.name());
        let problem = Diagnostic::new(Kind::ExchangeTooOld, owner.mark, message);
        let problem = problem.label("cannot run it").also(own.mark, "by this version");
        reader.problems.add(problem.help("give it an owner on which its Exchange runs"));
    }
}

/// A server is online on a node of its own version only.
fn servers_and_nodes(draft: &ClusterDraft, common: &Placed<Exchange>, reader: &mut Reader) {
    let version =
        |node: &crate::scenario::decode::NodeDraft| node.exchange.unwrap_or(*common).value;
    let nodes: BTreeMap<String, Exchange> =
        draft.nodes.iter().map(|node| (compared(&node.name.value), version(node))).collect();
    for group in draft.groups.iter().filter(|group| evs_name(group).is_some()) {
        let (Some(owner), Some(own)) = (&group.owner, group.exchange) else { continue };
        let Some(found) = nodes.get(&compared(&owner.value)).filter(|it| **it != own.value) else {
            continue;
        };
        let (name, node) = (shown(&group.name.value), shown(&owner.value));
        let message = format!("`{name}` is of {}, and `{node}` runs {found}", own.value);
        let problem = Diagnostic::new(Kind::VersionsApart, owner.mark, message);
        let help = "give it an owner of its version: its System Attendant cannot come online here";
        reader.problems.add(problem.label("of another version").help(help));
    }
}

/// A cluster of Exchange 2007 is active/passive: at least one node has no server.
fn passive_node(draft: &ClusterDraft, common: &Placed<Exchange>, reader: &mut Reader) {
    let servers: Vec<_> = draft.groups.iter().filter(|group| evs_name(group).is_some()).collect();
    let many = servers.len() >= draft.nodes.len() && draft.every_node;
    let Some(last) = servers.last().filter(|_| many && common.value == Exchange::E2007) else {
        return;
    };
    let (servers, nodes) = (servers.len(), draft.nodes.len());
    let message = format!("{nodes} nodes of Exchange 2007 cannot have {servers} servers");
    let problem = Diagnostic::new(Kind::NoPassiveNode, last.name.mark, message);
    let problem = problem.label("one too many").also(common.mark, "by this version");
    reader.problems.add(problem.help("at least one node has to be passive: add a node"));
}

/// In Exchange 2007 each store is a resource, and each such resource a store.
pub(super) fn databases(group: &GroupDraft, reader: &mut Reader) {
    let is_database = |type_name: &str| is_type(type_name, resource_type::DATABASE_INSTANCE);
    let all = group.resources.iter().filter(|it| is_database(&it.type_name));
    let mut named = Vec::new();
    for resource in all {
        let name = resource.private.get("DatabaseName");
        let store = |name: &&Placed<String>| {
            group.stores.iter().any(|store| same(&store.name.value, &name.value))
        };
        match name.filter(store) {
            Some(name) => named.push(compared(&name.value)),
            None => {
                let label = shown(&resource.name.value);
                let message = format!("`{label}` is the resource of no store of its group");
                let mark = name.map_or(resource.name.mark, |name| name.mark);
                let problem = Diagnostic::new(Kind::PropertyMissing, mark, message);
                let help = "say which it is: `private: { DatabaseName: SG1/Mailbox }`";
                reader.problems.add(problem.label("which store is it?").help(help));
            }
        }
    }
    if group.exchange.is_none_or(|exchange| exchange.value != Exchange::E2007) {
        return;
    }
    for store in group.stores.iter().filter(|it| !named.contains(&compared(&it.name.value))) {
        let message = format!("no resource is the store `{}`", shown(&store.name.value));
        let problem = Diagnostic::new(Kind::StoreWithoutResource, store.name.mark, message);
        let problem = problem.label("it could never be mounted");
        let help = format!(
            "add a resource of the type {} with `private: {{ DatabaseName: {} }}`",
            resource_type::DATABASE_INSTANCE,
            shown(&store.name.value)
        );
        reader.problems.add(problem.help(help));
    }
}
