//! One job, step by step: its acts, what stops it, and what must hold for each act.

use evsim::model::*;
use evsim::product::agent::look;
use evsim::product::memory::{DiskMemory, EndedLease, Outcome};
use evsim::product::plan::Planned;
use evsim::product::request::{Request, Script};
use evsim::product::vocabulary::Stop;

use crate::desk::{Change, Desk, run, start};
use crate::said::line;

const JOB: Request =
    Request::RunJob { script: Script::PreventativeMaintenance, stores: Vec::new() };

#[test]
fn a_job_does_exactly_this() {
    let mut desk = Desk::with_product("EVS1");
    let said = desk.run_job();
    let acts: Vec<&str> =
        desk.log.iter().map(String::as_str).filter(|act| *act != "write EVS1").collect();
    assert_eq!(
        acts,
        [
            "write node",
            "1: notify Maintenance Starting",
            "2: notify Storage Offline",
            "dismount SG1/Mailbox",
            "4: consistency check SG1/Mailbox",
            "5: error fix SG1/Mailbox",
            "6: defragmentation SG1/Mailbox",
            "7: error fix SG1/Mailbox",
            "mount SG1/Mailbox",
            "9: notify Storage Online",
            "10: notify Maintenance Finished",
            "11: notify Exchange Now Available",
            "write node",
        ]
    );
    // The lease, each step after the first before it is done, and the release.
    let acts_before: Vec<_> = desk.log.iter().skip(1).step_by(2).collect();
    assert!(acts_before.iter().all(|act| *act == "write EVS1"), "{:#?}", desk.log);
    assert_eq!(acts_before.len(), 12);
    assert_eq!(said[0], "job 1 starts on EVS1: requested, preventative-maintenance");
    assert_eq!(said.last().unwrap(), "job 1 completed on EVS1");
    assert_eq!(desk.memory().latest_job(), Some((1, Outcome::Completed)));
    let disk = desk.disk_memory();
    let ended = EndedLease { node: "NODE1".into(), job: 1, outcome: Outcome::Completed };
    assert_eq!(disk, DiskMemory { lease: None, ended: Some(ended) });
}

#[test]
fn a_store_that_was_dismounted_stays_dismounted() {
    let mut desk = Desk::with_product("EVS1");
    desk.store("EVS1").mount = MountState::Dismounted;
    assert_eq!(desk.run_job().last().unwrap(), "job 1 completed on EVS1");
    assert!(!desk.log.iter().any(|act| act.contains("mount") || act.contains("Storage")));
    assert_eq!(desk.store("EVS1").mount, MountState::Dismounted);
}

/// The runs on one follow directly those on the other: neither is taken for the other's.
#[test]
fn two_stores_that_were_dismounted_are_worked_on_one_after_the_other() {
    let mut desk = Desk::with_product("EVS1");
    desk.add_store("SG1/Archive", 1 << 30);
    for store in desk.disk("EVS1").stores.values_mut() {
        store.mount = MountState::Dismounted;
    }
    assert_eq!(desk.run_job().last().unwrap(), "job 1 completed on EVS1");
    assert!(desk.log.contains(&"6: consistency check SG1/Mailbox".to_owned()), "{:#?}", desk.log);
}

/// A backup may hold it, or somebody's tool be at work on its files.
#[test]
fn a_store_that_others_have_in_hand_is_waited_for() {
    let mut locked = before("dismount SG1/Mailbox");
    locked.store("EVS1").locked = true;
    assert_eq!(locked.settle(), [""; 0]);
    let holds = locked.wake().plan.holds;
    assert_eq!(holds.len(), 1);
    assert_eq!(holds[0].to_string(), "job 1 waits for the backup of EVS1 to end");
    locked.store("EVS1").locked = false;

    let mut busy = before("4: consistency check SG1/Mailbox");
    let ticket = Ticket { job: 99, act: 1 };
    let mut at_work = |state| {
        let run = run(Tool::Defragment, ticket, state);
        busy.disk("EVS1").tools.insert("SG1/Mailbox".into(), run);
        busy.settle()
    };
    assert_eq!(at_work(ToolState::Running), [""; 0]);
    assert_eq!(at_work(ToolState::Succeeded).last().unwrap(), "job 1 completed on EVS1");
    assert_eq!(locked.settle().last().unwrap(), "job 1 completed on EVS1");
}

/// What the lease says of the stores is what the job gives back.
#[test]
fn a_lease_is_not_written_when_a_store_changed_in_between() {
    let desk = before("write EVS1");
    let action = planned(&desk).unwrap().action;
    assert_eq!(start(&mut desk.clone(), &action), Ok(()));
    for mount in MountState::ALL.iter().filter(|mount| **mount != MountState::Mounted) {
        let mut changed = desk.clone();
        changed.store("EVS1").mount = *mount;
        assert!(start(&mut changed, &action).is_err(), "{mount}");
    }
}

#[test]
fn jobs_of_a_node_run_one_after_the_other() {
    let mut desk = Desk::with_product("EVS1");
    desk.ask(JOB).unwrap();
    let second = desk.ask(JOB).unwrap();
    assert_eq!(second.plan.actions[0].reason.to_string(), "job 2 waits behind job 1");
    let said = desk.settle();
    let story: Vec<&String> =
        said.iter().filter(|text| text.contains("starts") || text.contains("completed")).collect();
    let second = "job 2 starts on EVS1: requested, preventative-maintenance";
    assert_eq!(story, ["job 1 completed on EVS1", second, "job 2 completed on EVS1"]);
}

/// Every moment of a job: the desk before each of its wakes.
fn moments() -> Vec<Desk> {
    let mut desk = Desk::with_product("EVS1");
    desk.ask(JOB).unwrap();
    let mut moments = Vec::new();
    loop {
        moments.push(desk.clone());
        if desk.wake().plan.actions.is_empty() {
            return moments;
        }
        desk.finish();
    }
}

/// What the product would do next.
pub(crate) fn planned(desk: &Desk) -> Option<Planned> {
    desk.clone().wake().plan.actions.into_iter().next()
}

#[test]
fn an_agent_that_starts_anew_anywhere_decides_the_same() {
    let moments = moments();
    assert!(moments.len() > 20);
    for desk in moments {
        let Some(first) = planned(&desk) else { continue };
        assert_eq!(planned(&desk), Some(first.clone()));
        // Under way, only a notification may be handed over again, under the same name.
        let mut under_way = desk.clone();
        assert_eq!(under_way.wake().refused, None);
        match planned(&under_way) {
            None => {}
            Some(again) => {
                assert!(matches!(again.action.act, Act::Notify { .. }), "{again:?}");
                assert_eq!(again, first);
            }
        }
        // A write that a crash takes back is decided again as it was.
        if matches!(first.action.act, Act::Write { .. }) {
            under_way.lose_what_is_under_way();
            assert_eq!(planned(&under_way).unwrap().reason, first.reason);
        }
    }
}

/// Everything that shuts the gate, one fact at a time.
const SHUT: &[(&str, Change)] = &[
    ("paused", |desk| desk.own_node().state = NodeState::Paused),
    ("moved", |desk| desk.group("EVS1").owner = "NODE2".into()),
    ("group made anew", |desk| desk.group("EVS1").guid = Guid::derived(&["anew"])),
    ("attendant made anew", |desk| desk.resource("EVS1", "SA").guid = Guid::derived(&["anew"])),
    ("renamed", |desk| {
        desk.private("EVS1", "SA").insert("NetworkName".to_owned(), "MAIL1".to_owned());
    }),
    ("renamed on the network", |desk| {
        desk.private("EVS1", "Name").insert("Name".to_owned(), "MAIL1".to_owned());
    }),
    ("name offline", |desk| desk.put("EVS1", "Name", ResourceState::Offline)),
    ("attendant failed", |desk| desk.put("EVS1", "SA", ResourceState::Failed)),
    ("store pending", |desk| desk.put("EVS1", "IS", ResourceState::OnlinePending)),
    ("cluster unknown", |desk| desk.reachable = Err(ErrorCode::RPC_S_SERVER_UNAVAILABLE)),
    ("licence revoked", |desk| {
        let mut node = desk.node_memory();
        node.license = None;
        desk.remember(&node);
    }),
    ("lease changed", |desk| desk.journal("EVS1", &DiskMemory::default())),
    ("record written", |desk| desk.storage().writing = true),
    ("store mounting", |desk| desk.store("EVS1").mount = MountState::Mounting),
    ("tool at work", |desk| {
        let run = run(Tool::Defragment, Ticket { job: 99, act: 1 }, ToolState::Running);
        desk.disk("EVS1").tools.insert("SG1/Mailbox".into(), run);
    }),
    ("locked by a backup", |desk| desk.store("EVS1").locked = true),
];

#[test]
fn a_change_between_decision_and_act_refuses_a_step_forward() {
    let mut tried = 0;
    for desk in moments() {
        let Some(Planned { action, .. }) = planned(&desk) else { continue };
        if !matches!(action.act, Act::Dismount { .. } | Act::StartTool { .. }) {
            continue;
        }
        for (what, change) in SHUT {
            let mut changed = desk.clone();
            change(&mut changed);
            let before = changed.clone();
            let result = start(&mut changed, &action);
            assert!(result.is_err(), "{} was not refused: {what}", line(&action.act));
            assert_eq!(changed, before);
            tried += 1;
        }
        // What refused it was the change: as it was decided, it goes through.
        assert_eq!(start(&mut desk.clone(), &action), Ok(()));
    }
    assert_eq!(tried, 5 * SHUT.len());
}

#[test]
fn each_condition_of_a_step_forward_is_needed() {
    for act in ["dismount SG1/Mailbox", "6: defragmentation SG1/Mailbox"] {
        let desk = before(act);
        let action = planned(&desk).unwrap().action;
        for (index, condition) in action.requires.iter().enumerate() {
            let mut without = action.clone();
            without.requires.remove(index);
            let only_it_refuses = |change: &Change| {
                let mut changed = desk.clone();
                change(&mut changed);
                let refused = start(&mut changed.clone(), &action).is_err();
                refused && start(&mut changed, &without).is_ok()
            };
            let needed = SHUT.iter().any(|(_, change)| only_it_refuses(change));
            assert!(needed, "{act} is refused as well without {condition:?}");
        }
    }
}

#[test]
fn a_step_back_needs_only_the_server_and_the_record() {
    let mut mounts = moments().into_iter().filter_map(|desk| {
        let action = planned(&desk)?.action;
        matches!(action.act, Act::Mount { .. }).then_some((desk, action))
    });
    let (desk, action) = mounts.next().unwrap();
    for (what, change) in SHUT {
        let mut changed = desk.clone();
        change(&mut changed);
        let allowed = [
            "paused",
            "attendant made anew",
            "renamed",
            "renamed on the network",
            "name offline",
            "attendant failed",
            "store pending",
            "licence revoked",
            "record written",
        ];
        assert_eq!(start(&mut changed, &action).is_ok(), allowed.contains(what), "{what}");
    }
}

/// The desk at the moment before the act that this line names is decided.
pub(crate) fn before(act: &str) -> Desk {
    let decides = |desk: &Desk| planned(desk).is_some_and(|found| line(&found.action.act) == act);
    moments().into_iter().find(decides).unwrap()
}

/// Lets the product do what it can while its server is on its way here, and the rest once it serves.
pub(crate) fn settle_on_its_way(desk: &mut Desk) -> Vec<String> {
    desk.put("EVS1", "IS", ResourceState::OnlinePending);
    let mut said = desk.settle();
    desk.put("EVS1", "IS", ResourceState::Online);
    said.extend(desk.settle());
    said
}

pub(crate) fn outcome(desk: &Desk) -> Outcome {
    desk.memory().latest_job().unwrap().1
}

#[test]
fn every_stop_is_reached_and_the_store_is_back() {
    let mut reached = Vec::new();
    let mut stop = |mut desk: Desk, change: Change, expected: Stop| {
        change(&mut desk);
        let said = desk.settle();
        assert_eq!(outcome(&desk), Outcome::Stopped(expected), "{said:#?}");
        reached.push(expected);
        (desk, said)
    };
    let defragment = || before("6: defragmentation SG1/Mailbox");
    let restored = |(mut desk, said): (Desk, Vec<String>)| {
        assert!(said.last().unwrap().ends_with("; what it took is as it was"), "{said:#?}");
        let stops = |text: &String| text.starts_with("job 1 stops on EVS1: ");
        assert!(said.iter().any(stops), "{said:#?}");
        assert!(said.contains(&"job 1 gives back EVS1".to_owned()), "{said:#?}");
        assert_eq!(desk.store("EVS1").mount, MountState::Mounted);
        assert_eq!(desk.disk_memory().lease, None);
    };
    let revoke: Change = |desk| {
        desk.ask(Request::Revoke).unwrap();
    };
    restored(stop(defragment(), revoke, Stop::LicenceLost));
    let cancel: Change = |desk| {
        desk.ask(Request::Cancel { job: None }).unwrap();
    };
    restored(stop(defragment(), cancel, Stop::Cancelled));
    let late: Change = |desk| {
        let mut node = desk.node_memory();
        node.jobs[0].limit = Some(Time::START);
        desk.remember(&node);
    };
    restored(stop(defragment(), late, Stop::RuntimeLimit));
    let pause: Change = |desk| desk.own_node().state = NodeState::Paused;
    restored(stop(defragment(), pause, Stop::NodePaused));
    let fail: Change = |desk| desk.put("EVS1", "SA", ResourceState::Failed);
    restored(stop(defragment(), fail, Stop::EvsNotOperational));
    let mount: Change = |desk| desk.store("EVS1").mount = MountState::Mounted;
    restored(stop(defragment(), mount, Stop::StoreRemounted));
    let break_tool: Change = |desk| desk.broken_tool = Some(Tool::Defragment);
    restored(stop(defragment(), break_tool, Stop::ToolFailed));
    let hang: Change = |desk| desk.reachable = Err(ErrorCode::RPC_S_SERVER_UNAVAILABLE);
    let (mut alone, said) = stop(defragment(), hang, Stop::ClusterUnknown);
    assert_eq!(said.len(), 1, "nothing is done to what cannot be seen: {said:?}");
    alone.reachable = Ok(());
    assert_eq!(alone.settle()[0], "restores EVS1 after job 1 of NODE1: ClusterUnknown");
    assert_eq!(alone.store("EVS1").mount, MountState::Mounted);
    let start_anew: Change = |desk| desk.disk("EVS1").tools.clear();
    restored(stop(defragment(), start_anew, Stop::NodeLost));
    let resume: Change = |desk| {
        desk.copy(&"EVS1".into(), &"SG1".into()).state = CopyState::Healthy;
    };
    let replicated = crate::replica::before("dismount SG1/Mailbox");
    restored(stop(replicated, resume, Stop::ReplicaChanged));
    let take: Change = |desk| desk.group("EVS1").owner = "NODE2".into();
    let (mut away, said) = stop(defragment(), take, Stop::EvsMoved);
    let left = "what is left to put back is written on the disk of EVS1: bring it back here or \
                designate it where it is";
    assert_eq!(said, [format!("job 1 stopped on EVS1: EvsMoved; {left}")]);
    assert_eq!(away.store("EVS1").mount, MountState::Dismounted);
    // It comes back with what was left on it, and only then is anything put back.
    away.group("EVS1").owner = "NODE1".into();
    let said = settle_on_its_way(&mut away);
    assert_eq!(said[0], "restores EVS1 after job 1 of NODE1: EvsMoved");
    assert_eq!(away.store("EVS1").mount, MountState::Mounted);
    assert_eq!(away.disk_memory().lease, None);
    for kind in Stop::ALL {
        assert!(reached.contains(kind), "{kind} is reached by no case");
    }
}

#[test]
fn a_node_that_left_the_cluster_ends_its_job_and_restores_it_when_back() {
    let mut desk = before("5: error fix SG1/Mailbox");
    desk.service = ServiceState::NotRunning;
    desk.reachable = Err(ErrorCode::RPC_S_SERVER_UNAVAILABLE);
    assert_eq!(desk.settle().len(), 1);
    assert_eq!(outcome(&desk), Outcome::Stopped(Stop::NodeLost));
    desk.service = ServiceState::Running;
    assert_eq!(desk.settle(), [""; 0], "not yet to be asked");
    desk.reachable = Ok(());
    settle_on_its_way(&mut desk);
    assert_eq!(desk.store("EVS1").mount, MountState::Mounted);
}

/// An observation that the cluster's changes tore may be whole a moment later.
#[test]
fn a_torn_look_at_the_cluster_ends_no_job() {
    let mut desk = before("6: defragmentation SG1/Mailbox");
    desk.reachable = Err(ErrorCode::ERROR_RETRY);
    assert_eq!(desk.wake().plan.actions, []);
    desk.reachable = Ok(());
    assert_eq!(desk.settle().last().unwrap(), "job 1 completed on EVS1");
}

/// Its group is pending while a resource is restarted: what becomes of it will show.
#[test]
fn a_server_on_its_way_is_waited_for() {
    let mut desk = before("6: defragmentation SG1/Mailbox");
    desk.put("EVS1", "IS", ResourceState::OnlinePending);
    assert_eq!(desk.settle(), [""; 0]);
    desk.put("EVS1", "IS", ResourceState::Online);
    assert_eq!(desk.settle().last().unwrap(), "job 1 completed on EVS1");
}

/// A store of Exchange 2007 is a resource: on a paused node the cluster brings none online.
#[test]
fn a_paused_node_keeps_a_database_dismounted_until_it_is_resumed() {
    for (version, waits) in [(Exchange::E2003, false), (Exchange::E2007, true)] {
        let mut desk = before("mount SG1/Mailbox");
        desk.storage().exchange = Some(version);
        desk.disk("EVS1").version = version;
        desk.own_node().state = NodeState::Paused;
        desk.settle();
        let holds = desk.wake().plan.holds;
        let holds: Vec<String> = holds.iter().map(ToString::to_string).collect();
        let expected = "job 1 waits to bring back what it took of EVS1: resume this node";
        assert_eq!(holds.iter().any(|hold| hold == expected), waits, "{holds:?}");
        desk.own_node().state = NodeState::Up;
        desk.settle();
        assert_eq!(outcome(&desk), Outcome::Completed);
    }
}

#[test]
fn restoring_waits_for_the_information_store_and_for_a_tool() {
    for act in ["5: error fix SG1/Mailbox", "6: defragmentation SG1/Mailbox"] {
        let mut desk = before(act);
        desk.wake();
        desk.ask_while_under_way(Request::Revoke);
        let mounts = |desk: &Desk| desk.log.iter().filter(|act| act.starts_with("mount")).count();
        let asks = "waits to mount what job 1 dismounted: bring EVS1 online";
        let is_asked = |desk: &Desk| {
            let holds = desk.clone().wake().plan.holds;
            holds.iter().any(|hold| hold.to_string() == asks)
        };
        desk.settle_writes();
        assert_eq!(mounts(&desk), 0, "the tool is at work");
        assert_eq!(desk.clone().wake().plan.actions, [], "nor is it tried");
        assert!(!is_asked(&desk), "it serves");
        desk.put("EVS1", "IS", ResourceState::Offline);
        desk.finish();
        desk.settle();
        assert_eq!(mounts(&desk), 0, "the Information Store is offline");
        assert!(is_asked(&desk));
        desk.group("EVS1").state = GroupState::Pending;
        assert!(!is_asked(&desk), "it is on its way");
        desk.put("EVS1", "IS", ResourceState::Online);
        desk.settle();
        assert_eq!((mounts(&desk), outcome(&desk)), (1, Outcome::Stopped(Stop::LicenceLost)));
    }
}

/// What is only written down, so that the job can be interrupted, is no part of the story.
#[test]
fn what_a_job_writes_on_its_servers_disk_is_not_told() {
    let mut told = 0;
    for Planned { action, reason, .. } in moments().iter().filter_map(planned) {
        assert_eq!(reason.is_story(), line(&action.act) != "write EVS1", "{reason}");
        told += u32::from(reason.is_story());
    }
    assert_eq!(told, 12);
}

#[test]
fn a_picture_over_an_earlier_one_says_what_one_from_nothing_says() {
    let moments = moments();
    for pair in moments.windows(2) {
        let earlier = pair[0].picture();
        assert_eq!(look(&pair[1], Some(&earlier)).0, pair[1].picture());
    }
}

#[test]
fn a_record_that_is_not_understood_holds_everything() {
    let mut desk = before("dismount SG1/Mailbox");
    desk.disks.get_mut(&"EVS1".into()).unwrap().record.as_mut().unwrap().text = "{}}".into();
    let woken = desk.wake();
    assert_eq!(woken.plan.actions, []);
    let hold = woken.plan.holds[0].to_string();
    assert!(hold.starts_with("waits: the record on the disk of EVS1 is not understood"), "{hold}");
    assert!(woken.picture.memory.is_err() && desk.ask(JOB).is_err());
}
