//! Bugs in the work of jobs: at the seam, where the product can be lied to, and in the story where
//! neither it nor the simulator would let them happen.

use std::sync::Arc;

use evsim::backend::{ActError, Backend};
use evsim::harness::{Line, Said, Told};
use evsim::model::{
    Act, Action, ErrorCode, MountState, Notice, Place, ResourceState, StorageView, Time, ToolPhase,
    resource_type,
};
use evsim::product::memory::Outcome;
use evsim::product::reason::Reason;
use evsim::product::request::Request;
use evsim::sim::{Deed, Event};

use crate::scenarios::{
    BOTH_DESIGNATED, CANCELLED_LATE, DISMOUNTED_SINCE, LOST_WITH_A_DATABASE, NAMED_WHILE_DOWN,
    SCHEDULED, UNLICENSED,
};
use crate::seam::{Bent, HONEST, Lies, forged, shows_license, shows_stores_online};
use crate::story::{insert, label, place, tool_started};
use crate::{Kind, Plant};

pub(crate) const PLANTS: &[Plant] = &[
    Plant {
        claim: "every step runs on the owner, and forward while it serves",
        bug: "a tool is started while the Information Store is offline",
        also: &[],
        scenario: BOTH_DESIGNATED,
        kind: Kind::Story(works_while_offline),
    },
    Plant {
        claim: "what a job does is told and written down first",
        bug: "the write before a tool is left out",
        also: &[],
        scenario: BOTH_DESIGNATED,
        kind: Kind::Story(writes_nothing_down),
    },
    Plant {
        claim: "what a job does is told and written down first",
        bug: "a store goes offline, and nobody is told",
        also: &[],
        scenario: BOTH_DESIGNATED,
        kind: Kind::Story(|lines| is_not_told(lines, Notice::StorageOffline)),
    },
    Plant {
        claim: "what a job does is told and written down first",
        bug: "a job starts, and nobody is told",
        also: &[],
        scenario: BOTH_DESIGNATED,
        kind: Kind::Story(|lines| is_not_told(lines, Notice::MaintenanceStarting)),
    },
    Plant {
        claim: "what a job does is told and written down first",
        bug: "a store is told to be online before it is mounted",
        also: &[],
        scenario: BOTH_DESIGNATED,
        kind: Kind::Story(is_told_too_early),
    },
    Plant {
        claim: "no store is left unusable without a way back named",
        bug: "a tool that copies back seems to be at its work still",
        also: &[],
        scenario: CANCELLED_LATE,
        kind: Kind::Seam("NODE1", Lies { storage: shows_work, start: needs_nothing, ..HONEST }),
    },
    Plant {
        claim: "nothing runs unlicensed, over count, undesignated or out of time",
        bug: "a licence is in the record that was never entered",
        also: &[],
        scenario: UNLICENSED,
        kind: Kind::Seam("NODE1", Lies { storage: shows_license, ..HONEST }),
    },
    Plant {
        claim: "the choices are the EVSes operational on the node",
        bug: "an Information Store that is offline is shown online, and its server taken",
        also: &[],
        scenario: NAMED_WHILE_DOWN,
        kind: Kind::Seam(
            "NODE1",
            Lies { resource: shows_stores_online, start: needs_nothing, ..HONEST },
        ),
    },
    Plant {
        claim: "a designation changes only by an administrator's act",
        bug: "a server is designated while a job runs",
        also: &[],
        scenario: NAMED_BEFORE_A_JOB,
        kind: Kind::Story(is_designated_under_a_job),
    },
    Plant {
        claim: "nothing runs unlicensed, over count, undesignated or out of time",
        bug: "a schedule is shown due ten minutes before its time",
        also: &[],
        scenario: SCHEDULED,
        kind: Kind::Seam("NODE1", Lies { storage: shows_schedules_due, ..HONEST }),
    },
    Plant {
        claim: "nothing runs unlicensed, over count, undesignated or out of time",
        bug: "the limit is lost from the record",
        also: &[],
        scenario: SCHEDULED,
        kind: Kind::Seam("NODE1", Lies { storage: shows_no_limits, ..HONEST }),
    },
    Plant {
        claim: "a node's jobs run one after the other",
        bug: "a job begins while another runs",
        also: &[],
        scenario: BOTH_DESIGNATED,
        kind: Kind::Story(begins_another),
    },
    Plant {
        claim: "a store that a job changed is back as it was, or reported",
        bug: "a job is told as completed before its store is mounted",
        also: &[],
        scenario: BOTH_DESIGNATED,
        kind: Kind::Story(completes_too_early),
    },
    Plant {
        claim: "a store that a job changed is back as it was, or reported",
        bug: "the node is lost, and nobody has told what to do then",
        also: &["what a job does is told and written down first"],
        scenario: LOST_WITH_A_DATABASE,
        kind: Kind::Story(|lines| is_not_told(lines, Notice::StorageOffline)),
    },
    Plant {
        claim: "a store that a job changed is back as it was, or reported",
        bug: "what somebody dismounted after a failover is mounted for the job of the lost node",
        also: &[],
        scenario: DISMOUNTED_SINCE,
        kind: Kind::Story(mounts_in_the_end),
    },
];

/// A designation puts the check to the test, and the job is there for the bug.
const NAMED_BEFORE_A_JOB: &str = crate::scenarios::DESIGNATED_LATE;

fn works_while_offline(lines: &mut Vec<Line>) {
    let at = tool_started(lines);
    let store = label(resource_type::INFORMATION_STORE, "EVS1");
    let change = |state| Event::Resource {
        resource: store.as_str().into(),
        group: "EVS1".into(),
        node: "NODE1".into(),
        state,
        error: None,
    };
    insert(lines, at + 1, [change(ResourceState::Online)]);
    insert(lines, at, [change(ResourceState::Offline)]);
}

fn writes_nothing_down(lines: &mut Vec<Line>) {
    let at = tool_started(lines);
    let on_disk = |line: &Line| {
        matches!(line.told, Told::Cluster(Event::Written { place: Place::Disk(_), .. }))
    };
    let write = lines[..at].iter().rposition(on_disk).expect("it was written down");
    lines.remove(write);
}

fn notifies(line: &Line, wanted: Notice) -> bool {
    matches!(&line.told,
        Told::Product(_, Said::Did(Reason::JobNotifies { notice, .. })) if *notice == wanted)
}

fn is_not_told(lines: &mut Vec<Line>, wanted: Notice) {
    lines.retain(|line| !notifies(line, wanted));
}

fn mounted(lines: &[Line]) -> usize {
    place(lines, |event| matches!(event, Event::Store { mount: MountState::Mounted, .. }))
}

/// Tells the line at `from` before the one at `to`.
fn hoist(lines: &mut Vec<Line>, from: usize, to: usize) {
    let mut line = lines.remove(from);
    line.time = lines[to].time;
    lines.insert(to, line);
}

fn is_told_too_early(lines: &mut Vec<Line>) {
    let told = lines.iter().position(|line| notifies(line, Notice::StorageOnline));
    let to = mounted(lines);
    hoist(lines, told.expect("it is told"), to);
}

fn completes_too_early(lines: &mut Vec<Line>) {
    let completes = |line: &Line| {
        matches!(line.told, Told::Product(_, Said::Job { outcome: Outcome::Completed, .. }))
    };
    let from = lines.iter().position(completes).expect("the job completes");
    let to = mounted(lines);
    hoist(lines, from, to);
}

fn begins_another(lines: &mut Vec<Line>) {
    let begins =
        |line: &Line| matches!(line.told, Told::Product(_, Said::Did(Reason::JobStarts { .. })));
    let mut again = lines.iter().find(|line| begins(line)).expect("a job begins").clone();
    let at = tool_started(lines);
    again.time = lines[at].time;
    lines.insert(at, again);
}

fn is_designated_under_a_job(lines: &mut Vec<Line>) {
    let at = tool_started(lines);
    let request = Request::Designate { evs: "EVS1".into() };
    let told = Told::Product("NODE1".into(), Said::Admitted(request));
    lines.insert(at, Line { time: lines[at].time, told });
}

fn mounts_in_the_end(lines: &mut Vec<Line>) {
    let deed = Deed::Mount("EVS1".into(), "SG1/Mailbox".into());
    let at = lines.len() - 1;
    insert(lines, at, [Event::Act { node: "NODE1".into(), deed, result: Ok(()) }]);
}

/// A tool is ended, and the node's record written, whatever has to hold for that.
fn needs_nothing(bent: &mut Bent, action: &Action) -> Result<(), ActError> {
    match &action.act {
        Act::StopTool { .. } | Act::Write { place: Place::Node, .. } => {
            bent.do_instead(action.act.clone())
        }
        _ => bent.honest.start(action),
    }
}

fn shows_work(bent: &Bent, place: &Place) -> Result<StorageView, ErrorCode> {
    let mut shown = bent.honest.storage(place)?;
    let tools = shown.disk.iter_mut().flat_map(|disk| Arc::make_mut(disk).tools.values_mut());
    tools.for_each(|run| run.phase = ToolPhase::Working);
    Ok(shown)
}

fn shows_schedules_due(bent: &Bent, place: &Place) -> Result<StorageView, ErrorCode> {
    forged(bent, place, |memory| {
        memory.schedules.iter_mut().for_each(|schedule| {
            schedule.due = Time::from_ms(1_200_000);
        });
    })
}

fn shows_no_limits(bent: &Bent, place: &Place) -> Result<StorageView, ErrorCode> {
    forged(bent, place, |memory| memory.jobs.iter_mut().for_each(|job| job.limit = None))
}
