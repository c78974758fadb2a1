//! Bugs of the simulator's side, and those of the product's that the simulator would not let
//! happen: the story of a real run, told otherwise at one place.

use evsim::harness::{Line, Said, Told};
use evsim::model::{
    CopyState, ErrorCode, GroupState, NodeName, NodeState, Place, ResourceName, ResourceState,
    Time, resource_type,
};
use evsim::product::request::Request;
use evsim::sim::{CopyNews, Deed, Event, NodeChange, OwnerChange};

use crate::scenarios::{
    BOTH_DESIGNATED, DESIGNATED_LATE, FAILOVER, MTA, NOT_ALLOWED, REPLICATED,
    TOO_MANY_STORAGE_GROUPS, TOOL_FAILS, TWO_STORES,
};
use crate::{Kind, Plant};

pub(crate) const PLANTS: &[Plant] = &[
    Plant {
        claim: "every step runs on the owner, and forward while it serves",
        bug: "a mount is done on the other node",
        also: &[],
        scenario: BOTH_DESIGNATED,
        kind: Kind::Story(|lines| mounts_elsewhere(lines)),
    },
    Plant {
        claim: "every step runs on the owner, and forward while it serves",
        bug: "a tool is started on a node that is paused",
        also: &[],
        scenario: BOTH_DESIGNATED,
        kind: Kind::Story(works_while_paused),
    },
    Plant {
        claim: "one job at a time works on an EVS",
        bug: "the EVS moves, and its new node starts a tool before the job of the former has ended",
        also: &["what a job does is told and written down first"],
        scenario: BOTH_DESIGNATED,
        kind: Kind::Story(works_beside_the_other),
    },
    Plant {
        claim: "nothing runs unlicensed, over count, undesignated or out of time",
        bug: "a job runs although no administrator has designated anything",
        also: &[
            "only the designated EVS is touched",
            "a designation changes only by an administrator's act",
            "every other EVS on the node is ignored",
        ],
        scenario: DESIGNATED_LATE,
        kind: Kind::Story(is_never_designated),
    },
    Plant {
        claim: "a job never causes a failover",
        bug: "the Information Store fails while the job has its store dismounted",
        also: &[],
        scenario: BOTH_DESIGNATED,
        kind: Kind::Story(fails_during_the_job),
    },
    Plant {
        claim: "a job never causes a failover",
        bug: "the EVS fails over while the job works, though nothing has failed",
        also: &[],
        scenario: BOTH_DESIGNATED,
        kind: Kind::Story(fails_over_during_the_job),
    },
    Plant {
        claim: "a job never causes a failover",
        bug: "the System Attendant fails while the job has the MTA offline",
        also: &[],
        scenario: MTA,
        kind: Kind::Story(fails_without_its_mta),
    },
    Plant {
        claim: "what a job does is told and written down first",
        bug: "the MTA is taken offline, and no record says so",
        also: &[],
        scenario: MTA,
        kind: Kind::Story(takes_the_mta_unwritten),
    },
    Plant {
        claim: "no store is left unusable without a way back named",
        bug: "a damaged store is never made whole, and nobody says so",
        also: &[],
        scenario: TOOL_FAILS,
        kind: Kind::Story(stays_damaged),
    },
    Plant {
        claim: "a copy is suspended while its store is worked on, then back or named",
        bug: "a tool is started on a store whose copy follows it",
        also: &[],
        scenario: REPLICATED,
        kind: Kind::Story(|lines| never_stands(lines, CopyState::Suspended)),
    },
    Plant {
        claim: "a copy is suspended while its store is worked on, then back or named",
        bug: "a copy stays suspended after its job, and nobody says so",
        also: &[],
        scenario: REPLICATED,
        kind: Kind::Story(|lines| {
            never_stands(lines, CopyState::Seeding);
            never_stands(lines, CopyState::Healthy);
        }),
    },
    Plant {
        claim: "one owner per group",
        bug: "a resource starts on a node that does not own its group",
        also: &[],
        scenario: FAILOVER,
        kind: Kind::Story(|lines| starts_elsewhere(lines)),
    },
    Plant {
        claim: "nothing comes online without quorum",
        bug: "a resource comes online although the quorum's owner is down",
        also: &[],
        scenario: FAILOVER,
        kind: Kind::Story(comes_online_without_quorum),
    },
    Plant {
        claim: "nothing comes online without quorum",
        bug: "a resource comes online where the cluster service has just ended without quorum",
        also: &[],
        scenario: FAILOVER,
        kind: Kind::Story(comes_online_after_its_service),
    },
    Plant {
        claim: "dependencies go online first and offline last",
        bug: "the System Attendant starts before its disk is online",
        also: &[],
        scenario: FAILOVER,
        kind: Kind::Story(starts_too_early),
    },
    Plant {
        claim: "dependencies go online first and offline last",
        bug: "the disk goes before the System Attendant is offline",
        also: &[],
        scenario: TWO_STORES,
        kind: Kind::Story(stops_too_early),
    },
    Plant {
        claim: "a group's state follows its resources",
        bug: "a group with all of its resources online is called failed",
        also: &[],
        scenario: FAILOVER,
        kind: Kind::Story(|lines| is_called_failed(lines)),
    },
    Plant {
        claim: "a server runs where Exchange allows it",
        bug: "an Information Store comes online beyond the storage groups of its node",
        also: &[],
        scenario: TOO_MANY_STORAGE_GROUPS,
        kind: Kind::Story(|lines| comes_online_after_all(lines, "NODE1")),
    },
    Plant {
        claim: "a server runs where Exchange allows it",
        bug: "a second System Attendant comes online on a node of three",
        also: &[],
        scenario: NOT_ALLOWED,
        kind: Kind::Story(|lines| comes_online_after_all(lines, "NODE2")),
    },
    Plant {
        claim: "a server runs where Exchange allows it",
        bug: "a System Attendant comes online on a node of another version",
        also: &[],
        scenario: NOT_ALLOWED,
        kind: Kind::Story(|lines| comes_online_after_all(lines, "NODE3")),
    },
    Plant {
        claim: "time never runs backwards",
        bug: "a write is recorded at the time of the start",
        also: &[],
        scenario: FAILOVER,
        kind: Kind::Story(|lines| is_written_at_the_start(lines)),
    },
];

/// The copy never stands like this.
fn never_stands(lines: &mut Vec<Line>, state: CopyState) {
    lines.retain(|line| match &line.told {
        Told::Cluster(Event::Copies { news: CopyNews::State { state: now, .. }, .. }) => {
            *now != state
        }
        _ => true,
    });
}

/// Where the story tells this; it has to.
pub(crate) fn place(lines: &[Line], is: impl Fn(&Event) -> bool) -> usize {
    let of = |line: &Line| matches!(&line.told, Told::Cluster(event) if is(event));
    lines.iter().position(of).expect("the story tells of it")
}

/// Where a resource of this type in this group comes to this state.
fn change(lines: &[Line], of_type: &str, in_group: &str, to: ResourceState) -> usize {
    let label = label(of_type, in_group);
    place(lines, |event| {
        matches!(event, Event::Resource { resource, state, .. }
            if resource.as_str() == label && *state == to)
    })
}

/// The display name that Exchange's set-up gives a resource.
pub(crate) fn label(of_type: &str, group: &str) -> String {
    match of_type {
        resource_type::PHYSICAL_DISK => format!("{group} Disk"),
        resource_type::SYSTEM_ATTENDANT => {
            format!("Exchange System Attendant Instance - ({group})")
        }
        resource_type::MESSAGE_TRANSFER_AGENT => {
            format!("Exchange Message Transfer Agent Instance - ({group})")
        }
        _ => format!("Exchange Information Store Instance - ({group})"),
    }
}

/// What Exchange refused on the node is online for once.
fn comes_online_after_all(lines: &mut [Line], on: &str) {
    let at = place(lines, |event| {
        let error = Some(ErrorCode::ERROR_RESMON_ONLINE_FAILED);
        matches!(event, Event::Resource { node, error: found, .. }
            if *found == error && node.as_str() == on)
    });
    if let Event::Resource { state, error, .. } = event(&mut lines[at]) {
        (*state, *error) = (ResourceState::Online, None);
    }
}

pub(crate) fn insert(lines: &mut Vec<Line>, at: usize, events: impl IntoIterator<Item = Event>) {
    let time = lines[at].time;
    let told = events.into_iter().map(|event| Line { time, told: Told::Cluster(event) });
    lines.splice(at..at, told);
}

fn event(line: &mut Line) -> &mut Event {
    match &mut line.told {
        Told::Cluster(event) => event,
        Told::Product(..) => panic!("the cluster tells this line"),
    }
}

fn started(lines: &[Line], is: impl Fn(&Deed) -> bool) -> usize {
    place(lines, |event| matches!(event, Event::Act { deed, result: Ok(()), .. } if is(deed)))
}

pub(crate) fn tool_started(lines: &[Line]) -> usize {
    started(lines, |deed| matches!(deed, Deed::StartTool(..)))
}

fn mounts_elsewhere(lines: &mut [Line]) {
    let at = started(lines, |deed| matches!(deed, Deed::Mount(..)));
    let Event::Act { node, .. } = event(&mut lines[at]) else { return };
    *node = NodeName::from("NODE2");
}

fn works_while_paused(lines: &mut Vec<Line>) {
    let at = tool_started(lines);
    let state = |state, why| Event::Node { node: "NODE1".into(), state, why };
    insert(lines, at + 1, [state(NodeState::Up, NodeChange::Resumed)]);
    insert(lines, at, [state(NodeState::Paused, NodeChange::Paused)]);
}

fn moved(from: &str, to: &str, why: OwnerChange) -> Event {
    Event::Owner { group: "EVS1".into(), from: from.into(), to: to.into(), why }
}

/// It moves back at once, so that the rest of the story stays true.
fn works_beside_the_other(lines: &mut Vec<Line>) {
    let at = tool_started(lines);
    let mut beside = event(&mut lines[at]).clone();
    if let Event::Act { node, .. } = &mut beside {
        *node = NodeName::from("NODE2");
    }
    let there = moved("NODE1", "NODE2", OwnerChange::ByRequest);
    let back = moved("NODE2", "NODE1", OwnerChange::ByRequest);
    insert(lines, at + 1, [there, beside, back]);
}

fn is_never_designated(lines: &mut Vec<Line>) {
    lines.retain(|line| {
        !matches!(line.told, Told::Product(_, Said::Admitted(Request::Designate { .. })))
    });
}

fn fails_during_the_job(lines: &mut Vec<Line>) {
    let at = tool_started(lines);
    fails(lines, at, resource_type::INFORMATION_STORE);
}

fn fails_without_its_mta(lines: &mut Vec<Line>) {
    let mta = resource_type::MESSAGE_TRANSFER_AGENT;
    let at = change(lines, mta, "EVS1", ResourceState::Offline) + 1;
    fails(lines, at, resource_type::SYSTEM_ATTENDANT);
}

/// The resource of this type fails, and is online again.
fn fails(lines: &mut Vec<Line>, at: usize, of_type: &str) {
    let resource = ResourceName::from(label(of_type, "EVS1").as_str());
    let changes = [ResourceState::Failed, ResourceState::Online].map(|state| Event::Resource {
        resource: resource.clone(),
        group: "EVS1".into(),
        node: "NODE1".into(),
        state,
        error: None,
    });
    insert(lines, at, changes);
}

fn takes_the_mta_unwritten(lines: &mut Vec<Line>) {
    let taken = |event: &Event| matches!(event, Event::Act { deed: Deed::Offline(..), .. });
    let at = place(lines, taken);
    let mut number = 0;
    lines.retain(|line| {
        number += 1;
        let disk = matches!(line.told, Told::Cluster(Event::Written { place: Place::Disk(_), .. }));
        !disk || number > at
    });
}

fn fails_over_during_the_job(lines: &mut Vec<Line>) {
    let at = tool_started(lines);
    let there = moved("NODE1", "NODE2", OwnerChange::NextInNodeList);
    let back = moved("NODE2", "NODE1", OwnerChange::ByRequest);
    insert(lines, at, [there, back]);
}

fn stays_damaged(lines: &mut Vec<Line>) {
    lines.retain(|line| {
        !matches!(
            line.told,
            Told::Product(_, Said::Job { .. })
                | Told::Cluster(Event::Damage { damaged: false, .. })
        )
    });
}

fn starts_elsewhere(lines: &mut [Line]) {
    let disk = resource_type::PHYSICAL_DISK;
    let at = change(lines, disk, "EVS2", ResourceState::OnlinePending);
    let Event::Resource { node, .. } = event(&mut lines[at]) else { return };
    *node = NodeName::from("NODE2");
}

fn comes_online_without_quorum(lines: &mut Vec<Line>) {
    let at = change(lines, resource_type::PHYSICAL_DISK, "EVS2", ResourceState::Online);
    let owner = |state, why| Event::Node { node: "NODE1".into(), state, why };
    insert(lines, at + 1, [owner(NodeState::Up, NodeChange::Joined)]);
    insert(lines, at, [owner(NodeState::Down, NodeChange::Absent)]);
}

fn comes_online_after_its_service(lines: &mut Vec<Line>) {
    let at = change(lines, resource_type::PHYSICAL_DISK, "EVS2", ResourceState::Online);
    let joined = NodeChange::Joined;
    let back = Event::Node { node: "NODE1".into(), state: NodeState::Up, why: joined };
    let ended = Event::ServiceEnded { node: "NODE1".into(), why: NodeChange::LostQuorum };
    insert(lines, at + 1, [back]);
    insert(lines, at, [ended]);
}

/// Tells one line earlier, as if it had happened then.
fn hoist(lines: &mut Vec<Line>, from: usize, to: usize) {
    assert!(to < from, "the story tells them in this order");
    let mut line = lines.remove(from);
    line.time = lines[to].time;
    lines.insert(to, line);
}

fn starts_too_early(lines: &mut Vec<Line>) {
    let disk = change(lines, resource_type::PHYSICAL_DISK, "EVS2", ResourceState::Online);
    let attendant = resource_type::SYSTEM_ATTENDANT;
    let attendant = change(lines, attendant, "EVS2", ResourceState::OnlinePending);
    hoist(lines, attendant, disk);
}

fn stops_too_early(lines: &mut Vec<Line>) {
    let disk = change(lines, resource_type::PHYSICAL_DISK, "EVS1", ResourceState::OfflinePending);
    let attendant = resource_type::SYSTEM_ATTENDANT;
    let attendant = change(lines, attendant, "EVS1", ResourceState::Offline);
    hoist(lines, disk, attendant);
}

fn is_called_failed(lines: &mut [Line]) {
    let at = place(lines, |event| matches!(event, Event::Group { state: GroupState::Online, .. }));
    let Event::Group { state, .. } = event(&mut lines[at]) else { return };
    *state = GroupState::Failed;
}

fn is_written_at_the_start(lines: &mut [Line]) {
    let at = place(lines, |event| matches!(event, Event::Written { .. }));
    lines[at].time = Time::START;
}
