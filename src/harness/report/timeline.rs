//! The timeline: what happened as lines that a person reads, each by who tells of it.
//!
//! The story alone leaves out what only says that things take their course: resources on their way,
//! stores that their Information Store mounts, records, notifications handed over. On request it
//! shows these, and on request also why: which nodes a group could have gone to, and until when the
//! product held something back.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::{Detail, console_words, group_list, license_word};
use crate::harness::story::{Line, Said, Told};
use crate::model::{
    ErrorCode, GroupName, GroupState, NodeName, ResourceName, ResourceState, StoreName, Time,
};
use crate::product::console::Console;
use crate::product::request::Request;
use crate::sim::{Configuration, CopyNews, Event};

/// One line.
pub(in crate::harness) struct Entry<'s> {
    pub(in crate::harness) time: Time,
    pub(in crate::harness) source: &'static str,
    pub(in crate::harness) text: String,
    /// How often the same line came in a row.
    pub(in crate::harness) times: u32,
    /// Whether it is of the story alone too.
    pub(in crate::harness) story: bool,
    /// What it says, or the first of it.
    pub(in crate::harness) line: &'s Line,
}

/// A line as it stands in a report.
pub(super) struct Row {
    pub(super) time: Time,
    pub(super) source: &'static str,
    pub(super) text: String,
    pub(super) times: u32,
}

impl From<Entry<'_>> for Row {
    fn from(entry: Entry<'_>) -> Self {
        let Entry { time, source, text, times, .. } = entry;
        Self { time, source, text, times }
    }
}

impl Row {
    pub(super) fn write(&self, text: &mut String) {
        let _ = write!(text, "  {}  {:<7}  {}", self.time, self.source, self.text);
        if self.times > 1 {
            let _ = write!(text, "  x{}", self.times);
        }
        text.push('\n');
    }

    pub(super) fn json(&self) -> Value {
        json!({
            "at_ms": self.time.ms(),
            "source": self.source,
            "text": self.text,
            "times": self.times,
        })
    }
}

pub(in crate::harness) fn entries<'s>(
    story: &'s [Line],
    cluster: &Configuration,
    detail: Detail,
) -> Vec<Entry<'s>> {
    let mut entries: Vec<Entry> = Vec::new();
    let mut rest = story;
    while let Some((line, tail)) = rest.split_first() {
        let same = tail.iter().take_while(|next| goes_with(line, next)).count();
        let (same, tail) = tail.split_at(same);
        rest = tail;
        let Some((source, text)) = tell(line, same, cluster, detail) else { continue };
        match entries.last_mut() {
            Some(last) if last.source == source && last.text == text => last.times += 1,
            _ => {
                let story = tell(line, same, cluster, Detail::Story).is_some();
                entries.push(Entry { time: line.time, source, text, times: 1, story, line });
            }
        }
        if let Told::Cluster(Event::Weighed { candidates, .. }) = &line.told {
            let alone = candidates.is_empty().then(|| "  there is no other node".to_owned());
            let each = candidates.iter().map(|it| format!("  {it}")).chain(alone);
            let (time, times, story) = (line.time, 1, false);
            entries.extend(each.map(|text| Entry { time, source, text, times, story, line }));
        }
    }
    entries
}

/// Who tells of a line and what; none: it is not part of the timeline.
fn tell(
    line: &Line,
    same: &[Line],
    cluster: &Configuration,
    detail: Detail,
) -> Option<(&'static str, String)> {
    let all = detail >= Detail::Changes;
    match &line.told {
        Told::Cluster(Event::Resource { .. }) => resources(line, same, cluster, detail),
        Told::Cluster(event) => from_cluster(event, cluster, detail),
        // What is so from the start on is part of the set-up.
        Told::Product(_, Said::Holds(_)) if line.time == Time::START && !all => None,
        Told::Product(node, said) => from_product(node, said, detail),
    }
}

/// Resources of one group that do the same at the same moment share a line.
fn goes_with(line: &Line, next: &Line) -> bool {
    match (&line.told, &next.told) {
        (
            Told::Cluster(Event::Resource { group, state, error, .. }),
            Told::Cluster(Event::Resource { group: other, state: next_state, error: no, .. }),
        ) => line.time == next.time && group == other && state == next_state && error == no,
        _ => false,
    }
}

fn resources(
    first: &Line,
    others: &[Line],
    cluster: &Configuration,
    detail: Detail,
) -> Option<(&'static str, String)> {
    let Told::Cluster(Event::Resource { group, node, state, error, .. }) = &first.told else {
        return None;
    };
    let story = matches!(state, ResourceState::Online | ResourceState::Failed);
    if !story && detail == Detail::Story {
        return None;
    }
    let name = |line: &Line| match &line.told {
        Told::Cluster(Event::Resource { resource, .. }) => Some(label(resource, cluster)),
        _ => None,
    };
    let names: Vec<String> = std::iter::once(first).chain(others).filter_map(name).collect();
    let mut text = format!("{group} on {node}: {} {state}", names.join(", "));
    if let Some(error) = error {
        let _ = write!(text, ": {error}");
    }
    Some(("cluster", text))
}

fn old_copy(node: &NodeName, since: Time) -> String {
    format!("{node} goes by its own copy of the database: what was changed from {since} on is lost")
}

/// What a resource is called in a line that names its group: its type in short where the group has
/// one of it, else its label.
fn label(resource: &ResourceName, cluster: &Configuration) -> String {
    let group = cluster.groups.iter().find(|it| it.resources.iter().any(|it| it.name == *resource));
    let Some(group) = group else { return resource.to_string() };
    let Some(own) = group.resources.iter().find(|it| it.name == *resource) else {
        return resource.to_string();
    };
    if group.resources.iter().filter(|it| it.is_a(&own.type_name)).count() > 1 {
        return resource.to_string();
    }
    let short = own.type_name.strip_prefix("Microsoft Exchange ").unwrap_or(&own.type_name);
    let short = short.strip_prefix("Microsoft ").unwrap_or(short);
    let short = short.strip_suffix(" Server Instance").unwrap_or(short);
    short
        .strip_suffix(" Service Instance")
        .or(short.strip_suffix(" Service"))
        .unwrap_or(short)
        .to_owned()
}

fn from_cluster(
    event: &Event,
    cluster: &Configuration,
    detail: Detail,
) -> Option<(&'static str, String)> {
    let all = detail >= Detail::Changes;
    let text = match event {
        Event::Stepped { .. } => return stepped(event, all),
        Event::Node { node, state, why } => format!("{node} {state}: {why}"),
        Event::Arbitrates { node, quorum } => {
            format!("{node} arbitrates for the quorum on {quorum}")
        }
        Event::ServiceEnded { node, why } => format!("{node} cluster service ends: {why}"),
        Event::Interface { node, network, state } => format!("{node} {state} on {network}"),
        Event::Network { network, state } => format!("network {network} {state}"),
        Event::Watchdog { node, action } => format!("{node}: {action}"),
        Event::ServiceGoesOn { node } => format!("{node} cluster service goes on"),
        Event::OldCopy { node, since } => old_copy(node, *since),
        Event::Excluded { node } => format!("{node} can neither join nor form the cluster"),
        Event::PoweredOff { node, cut_short } if cut_short.is_empty() => format!("{node} is off"),
        Event::PoweredOff { node, cut_short } => {
            let names: Vec<&str> = cut_short.iter().map(GroupName::as_str).collect();
            format!("{node} is off, {} cut short", names.join(", "))
        }
        Event::PoweredOn { node } => format!("{node} is on again"),
        Event::Owner { group, from, to, why } => format!("{group} {from} -> {to}: {why}"),
        Event::GivenUp { group, to } => {
            format!("{group} stays: {to} can take no group now, the move is given up")
        }
        Event::Stranded { group } => format!("{group} stays offline: no node can own it now"),
        Event::Escalated { resource, group, failures, period, end, .. } => {
            format!("{resource} failed {failures} times within {period}: {group} {end}")
        }
        Event::TimedOut { resource, group, after } => {
            format!("{group}: {} has said nothing for {after}", label(resource, cluster))
        }
        Event::Retried { resource, group } => {
            format!("{group}: {} is tried once more", label(resource, cluster))
        }
        Event::FailsBack { group, to, local, waits: false } => {
            format!("{group} goes back to {to}, more preferred, local time {local}")
        }
        Event::FailsBack { group, to, local, waits: true } => {
            format!("{group} is to go back to {to}, more preferred, from local time {local} on")
        }
        Event::Weighed { .. } if detail < Detail::Reasons => return None,
        Event::Weighed { group, from, departure, .. } => {
            format!("{group} is to leave {from}, {departure}:")
        }
        Event::Group { state: GroupState::Pending, .. } if !all => return None,
        Event::Group { group, node, state } => format!("{group} {state} on {node}"),
        Event::Barred { group, node, why } => format!("{group} on {node}: {why}"),
        Event::BackedUp { group, store } => format!("{store} of {group} is backed up"),
        Event::Damage { .. } | Event::Copies { .. } => of_stores(event)?,
        // The step says it.
        Event::Renamed { .. } | Event::Deleted { .. } => return None,
        Event::Disk { .. } | Event::Upgraded { .. } => return None,
        Event::Act { node, deed, result: Err(code) } => format!("{node} cannot {deed}: {code}"),
        Event::Resource { .. } => return None,
        Event::Store { .. } | Event::Tool { .. } | Event::Act { .. } if !all => return None,
        Event::Written { .. } | Event::Mta { .. } if !all => return None,
        Event::Mta { group, node, state } => format!("MTA check of {group} {state} on {node}"),
        Event::Store { store, node, mount, .. } => format!("{store} {mount} on {node}"),
        Event::Tool { store, node, tool, state, .. } => {
            format!("{tool} of {store} {state} on {node}")
        }
        Event::Written { node, place, revision } => {
            format!("{node} has written {place}, revision {}", revision.0)
        }
        Event::Act { node, deed, result: Ok(()) } => format!("{node} starts to {deed}"),
    };
    Some(("cluster", text))
}

/// That a request is under way is what one expects, and is left out of the story.
fn stepped(event: &Event, all: bool) -> Option<(&'static str, String)> {
    let Event::Stepped { step, result, pending } = event else { return None };
    let source = if step.is_fault() { "fault" } else { "admin" };
    let text = match result {
        Ok(()) if *pending && all => format!("{step}: {}", ErrorCode::ERROR_IO_PENDING),
        Ok(()) => step.to_string(),
        Err(code) if code.is_remark() => format!("{step}: done, {code}"),
        Err(code) => format!("{step}: refused, {code}"),
    };
    Some((source, text))
}

fn from_product(node: &NodeName, said: &Said, detail: Detail) -> Option<(&'static str, String)> {
    let all = detail >= Detail::Changes;
    let text = match said {
        Said::Asked(request) => return Some(("admin", format!("{node} {}", asked(request)))),
        Said::Unanswered(request) => {
            return Some(("admin", format!("{node} {}: the machine is off", asked(request))));
        }
        Said::Refused(_, refusal) => format!("{node} refuses: {refusal}"),
        Said::Did(reason) if all || reason.is_story() => format!("{node} {reason}"),
        Said::Holds(reason) if all || reason.is_story() => format!("{node} {reason}"),
        Said::Missed(reason, error) => format!("{node} {reason}: {error}"),
        Said::LetsGo(reason) if detail == Detail::Reasons => {
            format!("{node} no longer so: {reason}")
        }
        Said::Console(console) if detail == Detail::Reasons => shown(node, console),
        Said::Shown(console) => shown(node, console),
        Said::Admitted(_) | Said::Did(_) | Said::Holds(_) | Said::LetsGo(_) => return None,
        Said::Console(_) | Said::Job { .. } => return None,
    };
    Some(("product", text))
}

fn shown(node: &NodeName, console: &Console) -> String {
    let groups =
        console.active_groups.known().map_or_else(|| "unknown".to_owned(), |it| group_list(it));
    format!("{node} console: Active Groups: {groups}   {}", console_words(console).join("   "))
}

/// What becomes of the files of stores.
fn of_stores(event: &Event) -> Option<String> {
    match event {
        Event::Damage { group, store, damaged: true } => {
            Some(format!("{store} of {group} is damaged: copying back was cut short"))
        }
        Event::Damage { group, store, damaged: false } => {
            Some(format!("{store} of {group} is whole again"))
        }
        Event::Copies { group, news } => of_copies(group, news),
        _ => None,
    }
}

/// What becomes of the two copies of a server's stores.
fn of_copies(group: &GroupName, news: &CopyNews) -> Option<String> {
    Some(match news {
        CopyNews::Roles { broken } if broken.is_empty() => return None,
        CopyNews::Roles { broken } => {
            format!("{group} comes to an incomplete copy of {}", store_list(broken))
        }
        CopyNews::State { storage_group, node, state } => {
            format!("copy of {storage_group} on {node} {state}")
        }
        CopyNews::Waits { store, node, logs } => {
            format!("{store} is not mounted on {node}: {}, too many", missing(*logs))
        }
        CopyNews::Lost { store, node, logs } => {
            format!("{store} is mounted on {node}: {} and lost", missing(*logs))
        }
    })
}

fn missing(logs: u32) -> String {
    match logs {
        1 => "1 log is missing".to_owned(),
        _ => format!("{logs} logs are missing"),
    }
}

fn store_list(stores: &[StoreName]) -> String {
    let names: Vec<&str> = stores.iter().map(StoreName::as_str).collect();
    names.join(", ")
}

/// The stores that a request names.
fn on(stores: &[StoreName]) -> String {
    match stores.is_empty() {
        true => String::new(),
        false => format!(" on {}", store_list(stores)),
    }
}

fn asked(request: &Request) -> String {
    let mut words = match request {
        Request::Install { license, .. } => {
            let license =
                license.map(|license| format!(", license {}", license_word(Some(license))));
            format!("install{}", license.unwrap_or_default())
        }
        Request::License { license, .. } => format!("license {}", license_word(Some(*license))),
        Request::Designate { evs } => format!("designate {evs}"),
        Request::Revoke => "revoke the license".to_owned(),
        Request::RunJob { script, stores } => format!("run {}{}", script.word(), on(stores)),
        Request::ScheduleJob { timing, script, stores, .. } => {
            format!("schedule {}{} at {}", script.word(), on(stores), timing.first)
        }
        Request::ScheduleCheck { timing } => {
            format!("schedule a resource check at {}", timing.first)
        }
        Request::CancelSchedule { schedule: None } => "cancel the schedule".to_owned(),
        Request::CancelSchedule { schedule: Some(number) } => format!("cancel schedule {number}"),
        Request::Cancel { job: None } => "cancel the job".to_owned(),
        Request::Cancel { job: Some(job) } => format!("cancel job {job}"),
    };
    if let Request::Install { designate, unattended, .. }
    | Request::License { designate, unattended, .. } = request
    {
        if let Some(evs) = designate {
            let _ = write!(words, ", designate {evs}");
        }
        if *unattended {
            words.push_str(", unattended");
        }
    }
    words
}
