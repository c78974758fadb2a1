//! What is due by itself, and what a node announces.

use evsim::model::*;
use evsim::product::memory::{NodeMemory, Outcome, QueuedJob};
use evsim::product::request::{Request, Script, Timing};
use evsim::product::resource_check::Finding;
use evsim::product::schedule::Work;
use evsim::product::vocabulary::{Skip, Stop};

use crate::desk::Desk;
use crate::recovery::left_behind;
use crate::said::reasons;

const HOUR: Span = Span::from_secs(3_600);

/// The desk's own acts take some milliseconds; what a test waits for is hours away.
fn timing(hour: u64, every: Option<Span>) -> Timing {
    Timing { first: Time::from_ms(hour * HOUR.ms()), every }
}

fn job(timing: Timing, limit: Option<Span>, notice: Option<Span>) -> Request {
    let (script, stores) = (Script::OfflineDiagnosticReport, Vec::new());
    Request::ScheduleJob { timing, script, stores, limit, notice }
}

fn scheduled(request: Request) -> Desk {
    let mut desk = Desk::with_product("EVS1");
    desk.ask(request).unwrap();
    desk
}

fn announcements(desk: &Desk) -> Vec<&str> {
    desk.log.iter().filter(|act| act.starts_with("announce")).map(String::as_str).collect()
}

#[test]
fn a_job_is_announced_begins_at_its_due_time_and_again_in_the_next_cycle() {
    let every = Some(Span::from_secs(86_400));
    let mut desk = scheduled(job(timing(5, every), None, Some(HOUR)));
    let woken = desk.wake();
    assert_eq!((woken.plan.actions, woken.plan.wake_at), (Vec::new(), None));
    assert_eq!(woken.plan.due_at, Some(Time::from_ms(4 * HOUR.ms())));
    desk.set_clock(4 * HOUR.ms());
    desk.settle();
    assert_eq!(announcements(&desk), ["announce 1: Scheduled Maintenance Outage"]);
    assert_eq!(desk.wake().plan.due_at, Some(Time::from_ms(5 * HOUR.ms())));
    desk.set_clock(5 * HOUR.ms());
    desk.settle();
    assert_eq!(desk.memory().latest_job(), Some((1, Outcome::Completed)));
    assert_eq!(desk.node_memory().schedules[0].due, Time::from_ms(29 * HOUR.ms()));
    for hour in [28, 29] {
        desk.set_clock(hour * HOUR.ms());
        desk.settle();
    }
    assert_eq!(desk.memory().latest_job(), Some((2, Outcome::Completed)));
    assert_eq!(announcements(&desk).len(), 2, "the second outage was announced too");
}

#[test]
fn what_is_due_once_is_gone_afterwards() {
    let mut desk = scheduled(job(timing(1, Some(Span::ZERO)), None, None));
    desk.set_clock(HOUR.ms());
    desk.settle();
    assert_eq!(desk.memory().latest_job(), Some((1, Outcome::Completed)));
    assert!(desk.node_memory().schedules.is_empty());
}

#[test]
fn an_announcement_is_handed_over_once_and_lost_in_no_crash() {
    let mut desk = scheduled(Request::ScheduleCheck { timing: timing(1, None) });
    desk.set_clock(HOUR.ms());
    desk.wake();
    desk.lose_what_is_under_way();
    assert_eq!(desk.node_memory().schedules.len(), 1, "the write was lost, and nothing with it");
    desk.wake();
    desk.finish();
    desk.wake();
    desk.lose_what_is_under_way();
    desk.settle();
    let check = "announce 1: Scheduled Resource Check";
    assert_eq!(announcements(&desk), [check, check], "the first never came to its end");
    desk.settle();
    assert_eq!(announcements(&desk).len(), 2);
    let node = desk.node_memory();
    let text = "Scheduled Resource Check: EVS1: nothing stands in a job's way";
    assert_eq!(node.announcements[0].text, text);
    // What has been handed over is dropped when there is something new.
    let numbers = |handed_over: u32| -> Vec<u32> {
        let next = node.clone().announcing(handed_over, Notice::NextCycle, String::new());
        next.announcements.iter().map(|it| it.number).collect()
    };
    assert_eq!((numbers(0), numbers(1)), (vec![1, 2], vec![2]));
}

#[test]
fn a_schedule_is_cancelled_by_its_number_and_the_others_stay() {
    let mut desk = scheduled(job(timing(1, None), None, None));
    desk.ask(job(timing(2, None), None, None)).unwrap();
    let cancelled = desk.ask(Request::CancelSchedule { schedule: Some(2) }).unwrap();
    assert_eq!(reasons(&cancelled), ["gives schedule 2 up"]);
    let left: Vec<u32> = desk.node_memory().schedules.iter().map(|it| it.number).collect();
    assert_eq!(left, [1]);
}

/// A desk with a job at work, and what this asks for is due.
fn due_behind_a_job(request: Request) -> Desk {
    let mut desk = scheduled(request);
    let (script, stores) = (Script::OfflineDiagnosticReport, Vec::new());
    desk.ask(Request::RunJob { script, stores }).unwrap();
    for _ in 0..6 {
        desk.wake();
        desk.finish();
    }
    desk.set_clock(HOUR.ms());
    desk
}

#[test]
fn a_schedule_waits_behind_a_job_and_announces_meanwhile() {
    let mut desk = due_behind_a_job(job(timing(1, None), None, None));
    desk.ask(job(timing(9, None), None, None)).unwrap();
    desk.set_clock(HOUR.ms());
    let plan = desk.wake().plan;
    let holds: Vec<String> = plan.holds.iter().map(ToString::to_string).collect();
    assert_eq!(holds, ["schedule 1 is due: it waits for job 1"]);
    assert_eq!(plan.due_at, Some(Time::from_ms(9 * HOUR.ms())), "the next that is still to come");
    desk.finish();
    assert_eq!(desk.node_memory().jobs.len(), 1, "it is not even queued");
    desk.ask(Request::ScheduleCheck { timing: timing(0, None) }).unwrap();
    for _ in 0..2 {
        desk.wake();
        desk.finish();
    }
    assert_eq!(announcements(&desk), ["announce 1: Scheduled Resource Check"]);
    assert_eq!(desk.memory().latest_job(), Some((1, Outcome::Running)));
    desk.settle();
    assert_eq!(desk.memory().latest_job(), Some((2, Outcome::Completed)));
    let notified = desk.storage().notified;
    assert_eq!(notified.map(|ticket| ticket.job), Some(2), "jobs count their own");
}

#[test]
fn a_cycle_that_cannot_begin_in_time_is_left_out_and_the_supervisor_told() {
    let every = Some(Span::from_ms(2 * HOUR.ms()));
    let limit = Some(Span::from_ms(HOUR.ms() / 2));
    let mut desk = due_behind_a_job(job(timing(1, every), limit, None));
    // Three cycles later, too: one announcement says so, and one next cycle is left.
    desk.set_clock(6 * HOUR.ms());
    let said = reasons(&desk.wake());
    assert_eq!(said, ["notes what schedule 1 tells"]);
    desk.finish();
    assert_eq!(desk.node_memory().schedules[0].due, Time::from_ms(7 * HOUR.ms()));
    let said = reasons(&desk.wake());
    let text = "notifies: Next Cycle: schedule 1 missed its time 01:00:00.000; \
                next cycle at 07:00:00.000";
    assert_eq!(said, [text]);
}

#[test]
fn a_scheduled_job_that_is_skipped_is_told_to_the_supervisor() {
    let mut desk = scheduled(job(timing(1, None), None, None));
    desk.own_node().state = NodeState::Paused;
    desk.set_clock(HOUR.ms());
    desk.settle();
    assert_eq!(desk.memory().latest_job(), Some((1, Outcome::Skipped(Skip::NodePaused))));
    assert_eq!(announcements(&desk), ["announce 1: Next Cycle"]);
}

#[test]
fn a_job_that_still_runs_at_its_limit_is_ended() {
    let limit = Some(HOUR);
    let mut desk = scheduled(job(timing(1, None), limit, None));
    desk.set_clock(HOUR.ms());
    loop {
        let woken = desk.wake();
        let run = desk.disk("EVS1").tools.get(&"SG1/Mailbox".into());
        if run.is_some_and(|run| run.tool == Tool::ErrorReport) {
            assert_eq!(woken.plan.wake_at, Some(Time::from_ms(2 * HOUR.ms())));
            break;
        }
        desk.finish();
    }
    desk.set_clock(2 * HOUR.ms());
    assert_eq!(desk.wake().plan.wake_at, None, "it is not still to come");
    desk.finish_writes();
    desk.wake();
    assert_eq!(desk.log.last().unwrap(), "end 5 on SG1/Mailbox");
    desk.finish();
    desk.settle();
    let outcome = Outcome::Stopped(Stop::RuntimeLimit);
    assert_eq!(desk.memory().latest_job(), Some((1, outcome)));
    assert_eq!(desk.store("EVS1").mount, MountState::Mounted);
}

#[test]
fn a_check_finds_all_that_stands_in_the_way_and_not_only_the_first() {
    let mut desk = Desk::with_product("EVS1");
    let found = |desk: &Desk| {
        let (picture, memory, node) = (desk.picture(), desk.memory(), desk.node_memory());
        let policy = evsim::product::policy::Policy::default();
        let situation =
            evsim::product::gate::Situation::new(&policy, &picture, &memory, &node, Time::START);
        evsim::product::resource_check::findings(&situation)
    };
    assert_eq!(found(&desk), []);
    desk.own_node().state = NodeState::Paused;
    desk.disk("EVS1").free = Size::from_bytes(1);
    desk.store("EVS1").locked = true;
    desk.store("EVS1").mount = MountState::Dismounted;
    desk.disk("EVS1").temporary_on_group_disk = false;
    let skip = |finding: &Finding| match finding {
        Finding::Shut(shut) => shut.skip().word(),
        Finding::Dismounted(_) => "dismounted",
        Finding::Damaged(_) => "damaged",
    };
    let words: Vec<&str> = found(&desk).iter().map(skip).collect();
    assert_eq!(
        words,
        ["NodePaused", "dismounted", "BackupRunning", "TempNotOnGroupDisk", "DiskSpace"]
    );
    let text = "SG1/Mailbox is dismounted";
    assert!(found(&desk).iter().any(|finding| finding.to_string() == text));
    desk.store("EVS1").damaged = true;
    assert!(found(&desk).contains(&Finding::Damaged("SG1/Mailbox".into())));
}

/// A job of this node ends by itself; that of another has to be put right first.
#[test]
fn a_check_finds_the_lease_of_another_node() {
    for (node, stands_in_the_way) in [("NODE1", false), ("NODE2", true)] {
        let mut desk = scheduled(Request::ScheduleCheck { timing: timing(1, None) });
        let mut disk = left_behind().disk_memory();
        disk.lease.as_mut().unwrap().node = node.into();
        desk.journal("EVS1", &disk);
        desk.set_clock(HOUR.ms());
        desk.wake();
        desk.finish();
        let text = &desk.node_memory().announcements[0].text;
        let found = text.contains("AnotherJobRunning, job 7 of NODE2 holds it");
        assert_eq!(found, stands_in_the_way, "{text}");
    }
}

#[test]
fn a_record_with_schedules_reads_back_what_it_says() {
    let mut desk = scheduled(job(timing(1, Some(HOUR)), Some(HOUR), Some(HOUR)));
    desk.ask(Request::ScheduleCheck { timing: timing(2, None) }).unwrap();
    let node = desk.node_memory();
    assert_eq!(serde_json::from_str::<NodeMemory>(&node.text()).unwrap(), node);
    let kinds: Vec<bool> = node.schedules.iter().map(|it| it.work == Work::ResourceCheck).collect();
    assert_eq!(kinds, [false, true]);
    let job = QueuedJob::new(1, Script::OfflineDiagnosticReport, Vec::new());
    assert_eq!((job.limit, job.schedule), (None, None));
}
