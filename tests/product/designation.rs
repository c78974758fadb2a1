//! Recognising servers, the choices, and every standing of a designation.

use std::sync::Arc;

use evsim::model::*;
use evsim::product::console::{Console, console};
use evsim::product::designation::{
    Evs, Lost, Stale, Standing, choices, ignored, recognise, standing,
};
use evsim::product::picture::recognised;
use evsim::product::vocabulary::StandingKind;

use crate::desk::{Change, Desk, evs_group};

fn names(desk: &Desk) -> Vec<String> {
    match choices(&desk.picture()) {
        Fact::Known(choices) => choices.iter().map(EvsName::to_string).collect(),
        Fact::Unknown(code) => vec![code.to_string()],
    }
}

#[test]
fn a_server_is_recognised_by_registered_type_and_private_name() {
    let mut desk = Desk::new();
    desk.resource("EVS1", "SA").type_name = "MICROSOFT exchange system ATTENDANT".into();
    desk.private("EVS1", "SA").clear();
    desk.private("EVS1", "SA").insert("networkname".into(), "evs1\\x".into());
    let evs = recognise(&"EVS1".into(), desk.group("EVS1")).unwrap();
    assert_eq!((evs.name.as_str(), evs.consistent_name, evs.operational), ("evs1", true, true));
    assert_eq!(evs.network_name, Some("Name (EVS1)".into()));
    assert_eq!(evs.information_store, Some("IS (EVS1)".into()));
}

#[test]
fn labels_and_other_groups_make_no_server() {
    let mut desk = Desk::new();
    let (mut label, mut two) = (evs_group("EVS1", "NODE1"), evs_group("EVS1", "NODE1"));
    label.resources.get_mut(&"SA (EVS1)".into()).unwrap().type_name = "Generic Service".into();
    assert_eq!(recognise(&"EVS1".into(), &label), None);
    let second = two.resources[&"SA (EVS1)".into()].clone();
    two.resources.insert("SA again".into(), second);
    assert_eq!(recognise(&"EVS1".into(), &two), None, "two System Attendants");
    assert_eq!(recognise(&"Cluster Group".into(), desk.group("Cluster Group")), None);
}

#[test]
fn a_second_store_resource_or_a_name_that_differs_is_no_choice() {
    let mut desk = Desk::new();
    assert_eq!(names(&desk), ["EVS1"]);
    desk.private("EVS1", "Name").insert("Name".into(), "OTHER".into());
    assert!(!recognised(&desk.cluster, None)[0].consistent_name);
    assert_eq!(names(&desk), [""; 0]);
    let mut desk = Desk::new();
    let store = desk.resource("EVS1", "IS").clone();
    desk.group("EVS1").resources.insert("IS again".into(), store);
    assert_eq!(names(&desk), [""; 0]);
}

#[test]
fn choices_are_what_is_operational_on_this_node() {
    let mut desk = Desk::new();
    assert_eq!(names(&desk), ["EVS1"]);
    desk.group("EVS2").owner = "NODE1".into();
    assert_eq!(names(&desk), ["EVS1", "EVS2"]);
    for needed in ["Name", "SA", "IS"] {
        for state in ResourceState::ALL.iter().filter(|state| **state != ResourceState::Online) {
            let mut desk = desk.clone();
            desk.put("EVS2", needed, *state);
            assert_eq!(names(&desk), ["EVS1"], "{needed} {state}");
        }
    }
    // A group that failed only in what is not needed still holds a choice.
    desk.put("EVS2", "IP", ResourceState::Failed);
    assert_eq!(names(&desk), ["EVS1", "EVS2"]);
    desk.reachable = Err(ErrorCode::RPC_S_SERVER_UNAVAILABLE);
    assert_eq!(names(&desk), ["1722 RPC_S_SERVER_UNAVAILABLE"]);
}

fn standing_of(desk: &Desk) -> Standing {
    standing(desk.node_memory().designation.as_ref(), &desk.picture())
}

#[test]
fn every_standing_is_reached_and_the_earlier_one_wins() {
    let mut reached = Vec::new();
    let mut expect = |desk: &Desk, expected: Standing, text: &str| {
        assert_eq!(standing_of(desk), expected);
        assert_eq!(expected.to_string(), text);
        reached.push(expected.kind());
    };
    let mut desk = Desk::with_product("EVS1");
    expect(&desk, Standing::Here, "here");
    desk.put("EVS1", "IS", ResourceState::OnlinePending);
    let pending = Standing::NotOperational(GroupState::Pending);
    expect(&desk, pending, "not operational (pending)");
    // Each of these comes before the one above it.
    desk.group("EVS1").owner = "NODE2".into();
    expect(&desk, Standing::Elsewhere("NODE2".into()), "elsewhere (NODE2)");
    desk.private("EVS1", "Name").insert("Name".into(), "MAIL".into());
    let renamed = Standing::Stale(Stale::Renamed("MAIL".into()));
    expect(&desk, renamed.clone(), "stale (renamed to MAIL)");
    desk.private("EVS1", "SA").insert("NetworkName".into(), "MAIL".into());
    expect(&desk, renamed, "stale (renamed to MAIL)");
    desk.resource("EVS1", "SA").guid = Guid::derived(&["anew"]);
    expect(&desk, Standing::Stale(Stale::Recreated), "stale (made anew)");
    desk.cluster.groups.remove(&"EVS1".into());
    expect(&desk, Standing::Lost(Lost::Deleted), "lost (deleted)");
    let mut group = evs_group("EVS1", "NODE2");
    group.guid = Guid::derived(&["anew"]);
    group.resources.values_mut().for_each(|resource| resource.group = "EVS1 again".into());
    desk.cluster.groups.insert("EVS1 again".into(), group.into());
    expect(&desk, Standing::Stale(Stale::Recreated), "stale (made anew)");
    let code = ErrorCode::RPC_S_SERVER_UNAVAILABLE;
    desk.reachable = Err(code);
    expect(&desk, Standing::Unknown(code), "unknown (1722 RPC_S_SERVER_UNAVAILABLE)");
    desk.service = ServiceState::NotConfigured;
    expect(&desk, Standing::Lost(Lost::Evicted), "lost (node evicted)");
    let mut node = desk.node_memory();
    node.designation = None;
    desk.remember(&node);
    expect(&desk, Standing::Undesignated, "undesignated");
    for kind in StandingKind::ALL {
        assert!(reached.contains(kind), "{kind} is reached by no case");
    }
}

/// Groups come, go and change; of those that are the same ones nothing is made anew.
#[test]
fn servers_of_groups_that_have_not_changed_are_taken_from_the_earlier_picture() {
    let earlier = Desk::new().picture();
    let cluster = earlier.view.cluster.known().unwrap();
    let kept = |servers: &[Arc<Evs>], name: &str| {
        let was = earlier.servers.known().unwrap().iter().find(|evs| evs.name == name.into());
        servers.iter().any(|evs| Arc::ptr_eq(evs, was.unwrap()))
    };
    let drawn = |cluster: &ClusterView| {
        let servers = recognised(cluster, Some(&earlier));
        assert_eq!(servers, recognised(cluster, None));
        (kept(&servers, "EVS1"), kept(&servers, "EVS2"))
    };
    assert_eq!(drawn(cluster), (true, true));
    let mut changed = ClusterView::clone(cluster);
    Arc::make_mut(changed.groups.get_mut(&"EVS1".into()).unwrap()).owner = "NODE2".into();
    assert_eq!(drawn(&changed), (false, true));
    changed.groups.remove(&"EVS1".into());
    assert_eq!(drawn(&changed), (false, true));
    let anew = ["Alpha", "EVS1a"].map(|name| (name.into(), evs_group(name, "NODE1").into()));
    changed.groups.extend(anew);
    assert_eq!(drawn(&changed), (false, true));
}

#[test]
fn the_case_of_a_name_is_no_difference() {
    let mut desk = Desk::with_product("EVS1");
    desk.private("EVS1", "Name").insert("Name".into(), "Evs1".into());
    desk.private("EVS1", "SA").insert("NetworkName".into(), "eVs1".into());
    assert_eq!(standing_of(&desk), Standing::Here);
}

#[test]
fn others_are_ignored_from_ownership_on_whatever_their_state() {
    let mut desk = Desk::with_product("EVS1");
    let ignored_by =
        |desk: &Desk| ignored(&desk.picture(), desk.node_memory().designation.as_ref());
    assert_eq!(ignored_by(&desk), []);
    desk.group("EVS2").owner = "NODE1".into();
    for state in ResourceState::ALL {
        desk.put("EVS2", "IS", *state);
        assert_eq!(ignored_by(&desk), [EvsName::from("EVS2")]);
    }
    // It is ignored also where the designated one is elsewhere: the product never changes over.
    desk.group("EVS1").owner = "NODE2".into();
    assert_eq!(ignored_by(&desk), [EvsName::from("EVS2")]);
    assert_eq!(ignored(&desk.picture(), None), []);
}

/// The administrator is asked about it, and not told that it is none of this node's business.
#[test]
fn what_took_the_place_of_the_designated_server_is_not_ignored() {
    let group: Change = |desk| desk.group("EVS1").guid = Guid::derived(&["anew"]);
    let renamed: Change = |desk| {
        for resource in ["Name", "SA"] {
            let private = desk.private("EVS1", resource);
            private.values_mut().for_each(|name| *name = "MAIL".into());
        }
    };
    for change in [group, renamed] {
        let mut desk = Desk::with_product("EVS1");
        change(&mut desk);
        let shown = console(&desk.picture(), &desk.memory());
        assert_eq!((shown.standing.kind(), shown.ignores), (StandingKind::Stale, Vec::new()));
    }
}

#[test]
fn the_console_shows_the_node_and_all_its_groups() {
    let mut desk = Desk::with_product("EVS1");
    desk.group("EVS2").owner = "NODE1".into();
    desk.put("EVS2", "IS", ResourceState::OnlinePending);
    let shown = console(&desk.picture(), &desk.memory());
    assert_eq!(shown.node, "NODE1".into());
    let groups = |shown: &Console| {
        let groups = shown.active_groups.known().unwrap().iter();
        groups.map(|(name, state)| format!("{name} {state}")).collect::<Vec<_>>()
    };
    assert_eq!(groups(&shown), ["Cluster Group online", "EVS1 online", "EVS2 pending"]);
    assert_eq!(shown.manages, Some("EVS1".into()));
    assert_eq!(shown.ignores, [EvsName::from("EVS2")]);
    assert_eq!(shown.choices, Fact::Known(vec!["EVS1".into()]));
    desk.group("EVS2").state = GroupState::Offline;
    let shown = console(&desk.picture(), &desk.memory());
    assert_eq!(groups(&shown), ["Cluster Group online", "EVS1 online", "EVS2 offline"]);
    desk.group("EVS2").owner = "NODE2".into();
    let shown = console(&desk.picture(), &desk.memory());
    assert_eq!(groups(&shown), ["Cluster Group online", "EVS1 online"]);
    desk.reachable = Err(ErrorCode::RPC_S_SERVER_UNAVAILABLE);
    let shown = console(&desk.picture(), &desk.memory());
    assert_eq!((shown.manages, shown.designated), (None, Some("EVS1".into())));
    assert!(shown.active_groups.known().is_none() && shown.ignores.is_empty());
}
