//! The product in a file: what was installed before, and what is asked of it.

use std::collections::BTreeMap;

use super::group::number;
use super::time;
use crate::model::{EvsName, NodeName, Span, StoreName};
use crate::product::policy::{License, Policy, RunLimit};
use crate::product::request::{Request, Script, Timing};
use crate::scenario::Installed;
use crate::scenario::diagnostic::{Diagnostic, Kind};
use crate::scenario::names::Names;
use crate::scenario::reader::{Fields, Reader};
use crate::scenario::tree::{Node, Value};
use crate::scenario::words;

/// What was installed on which node before the start.
pub(super) fn read(
    node: &Node,
    names: &Names,
    reader: &mut Reader,
) -> BTreeMap<NodeName, Installed> {
    let mut installed = BTreeMap::new();
    for (name, node) in reader.names(node, "the product's map of nodes", "the name of a node") {
        let found = names.node(name, reader);
        let fields = reader.optional_map(node, "the product on a node", words::INSTALLED);
        let Some(fields) = fields else { continue };
        let license = fields.get("license").and_then(|node| license(node, reader));
        let designate = evs(&fields, "designate", names, reader);
        if let Some(name) = found {
            installed.insert(name, Installed { license, designate });
        }
    }
    installed
}

/// What the product keeps to on every node.
pub(super) fn policy(node: &Node, reader: &mut Reader) -> Policy {
    let mut policy = Policy::default();
    let Some(fields) = reader.map(node, "the product's policy", words::POLICY) else {
        return policy;
    };
    if let Some(node) = fields.get("replication") {
        let what = "what is done with two copies of stores";
        let word = reader.word(node, what, words::REPLICATIONS);
        policy.replication = word.map_or(policy.replication, |word| word.value);
    }
    policy
}

/// What a step of this verb asks of the product, and on which node; none: it is no such verb.
pub(super) fn request(
    verb: &str,
    node: &Node,
    names: &Names,
    reader: &mut Reader,
) -> Option<(NodeName, Request)> {
    let keys: &[&str] = match verb {
        "install" => words::INSTALL,
        "license" => words::ENTER_LICENSE,
        "designate" => words::DESIGNATE,
        "run_job" => words::RUN_JOB,
        "cancel_job" => words::CANCEL_JOB,
        "schedule_job" => words::SCHEDULE_JOB,
        "schedule_check" => words::SCHEDULE_CHECK,
        "cancel_schedule" => words::CANCEL_SCHEDULE,
        _ => words::REVOKE,
    };
    // Where everything else is optional, the name of the node is enough.
    let says_more = matches!(verb, "designate" | "schedule_job" | "schedule_check");
    if let (Value::Text(_), false) = (&node.value, says_more) {
        let name = reader.name(node, "the name of a node")?;
        let request = match verb {
            "install" => Request::Install { license: None, designate: None, unattended: false },
            "license" => {
                Request::License { license: License::UNLIMITED, designate: None, unattended: false }
            }
            "run_job" => {
                Request::RunJob { script: Script::PreventativeMaintenance, stores: Vec::new() }
            }
            "cancel_job" => Request::Cancel { job: None },
            "cancel_schedule" => Request::CancelSchedule { schedule: None },
            _ => Request::Revoke,
        };
        return Some((names.node(&name, reader)?, request));
    }
    let fields = reader.map(node, what(verb), keys)?;
    let name = fields.need("node", "NODE1", reader);
    let name = name.and_then(|node| reader.name(node, "the name of a node"));
    let name = name.and_then(|name| names.node(&name, reader));
    let request = match verb {
        "install" => install(&fields, names, reader),
        "license" => enter_license(&fields, names, reader),
        "designate" => {
            fields.need("evs", "EVS1", reader);
            let evs = evs(&fields, "evs", names, reader);
            evs.map(|evs| Request::Designate { evs })
        }
        "run_job" => run_job(&fields, names, reader),
        "cancel_job" => {
            let job = fields.get("job");
            let job = job.and_then(|node| number(node, "the number of a job", reader));
            Some(Request::Cancel { job })
        }
        "schedule_job" => schedule_job(&fields, names, reader),
        "schedule_check" => timing(&fields, reader).map(|timing| Request::ScheduleCheck { timing }),
        "cancel_schedule" => {
            let schedule = fields.get("schedule");
            let schedule =
                schedule.and_then(|node| number(node, "the number of a schedule", reader));
            Some(Request::CancelSchedule { schedule })
        }
        _ => Some(Request::Revoke),
    };
    Some((name?, request?))
}

fn what(verb: &str) -> &'static str {
    match verb {
        "install" => "an installation",
        "license" => "a licence",
        "designate" => "a designation",
        "run_job" => "a job",
        "cancel_job" | "cancel_schedule" => "a cancellation",
        "schedule_job" | "schedule_check" => "a schedule",
        _ => "a revocation",
    }
}

fn install(fields: &Fields<'_>, names: &Names, reader: &mut Reader) -> Option<Request> {
    let license = fields.get("license").and_then(|node| license(node, reader));
    let designate = evs(fields, "evs", names, reader);
    let unattended = unattended(fields, reader);
    Some(Request::Install { license, designate, unattended })
}

fn enter_license(fields: &Fields<'_>, names: &Names, reader: &mut Reader) -> Option<Request> {
    let license = license_of(fields, reader);
    let designate = evs(fields, "evs", names, reader);
    let unattended = unattended(fields, reader);
    Some(Request::License { license, designate, unattended })
}

fn run_job(fields: &Fields<'_>, names: &Names, reader: &mut Reader) -> Option<Request> {
    let (script, stores) = work(fields, names, reader)?;
    Some(Request::RunJob { script, stores })
}

fn schedule_job(fields: &Fields<'_>, names: &Names, reader: &mut Reader) -> Option<Request> {
    let timing = timing(fields, reader);
    let limit = span(fields, "limit", reader);
    let notice = span(fields, "notice", reader);
    let (script, stores) = work(fields, names, reader)?;
    let timing = timing?;
    Some(Request::ScheduleJob { timing, script, stores, limit, notice })
}

/// When something is due first, and how often.
fn timing(fields: &Fields<'_>, reader: &mut Reader) -> Option<Timing> {
    let first = fields.need("first", "1d", reader);
    let first = first.and_then(|node| time(node, "a time", reader));
    let every = span(fields, "every", reader);
    if let (Some(Span::ZERO), Some(node)) = (every, fields.get("every")) {
        let message = "what is due every `0s` is due for ever";
        let problem = Diagnostic::new(Kind::BadTime, node.mark, message);
        let help = "write a longer time, such as `7d`, or leave the key out: it is due once";
        reader.problems.add(problem.label("a time longer than `0s` is wanted").help(help));
    }
    Some(Timing { first: first?.value, every })
}

fn span(fields: &Fields<'_>, key: &str, reader: &mut Reader) -> Option<Span> {
    let node = fields.get(key)?;
    reader.parsed::<Span>(node, "a time", Kind::BadTime).map(|span| span.value)
}

/// What a job does, and to which stores.
fn work(
    fields: &Fields<'_>,
    names: &Names,
    reader: &mut Reader,
) -> Option<(Script, Vec<StoreName>)> {
    let script = match fields.get("script") {
        None => Script::PreventativeMaintenance,
        Some(node) => reader.word(node, "a script of the product", words::SCRIPTS)?.value,
    };
    if let (true, Some(node)) = (script.is_for_mta(), fields.get("stores")) {
        let message = "the script for the MTA is for no store";
        let problem = Diagnostic::new(Kind::ConflictingKeys, node.mark, message);
        let help = "leave the key `stores` out, or name a script for stores";
        reader.problems.add(problem.label("these stores would not be touched").help(help));
    }
    let stores = fields
        .get("stores")
        .and_then(|node| reader.name_list(node, "the list of stores", "the name of a store"));
    let mut found = Vec::new();
    for store in stores.unwrap_or_default() {
        found.extend(names.store(&store, reader));
    }
    Some((script, found))
}

/// A licence: a word, or a map where it says more.
fn license(node: &Node, reader: &mut Reader) -> Option<License> {
    match node.value {
        Value::Map(_) => {
            let fields = reader.map(node, "a licence", words::LICENSE)?;
            Some(license_of(&fields, reader))
        }
        Value::Empty | Value::Text(_) | Value::List(_) => {
            let run_limit = reader.word(node, "a licence", words::RUN_LIMITS)?.value;
            Some(License { run_limit, mailboxes: None })
        }
    }
}

fn license_of(fields: &Fields<'_>, reader: &mut Reader) -> License {
    let limit = fields.get("run_limit");
    let limit = limit.and_then(|node| reader.word(node, "a run limit", words::RUN_LIMITS));
    let mailboxes = fields.get("mailboxes");
    let mailboxes = mailboxes.and_then(|node| number(node, "a number of mailboxes", reader));
    License { run_limit: limit.map_or(RunLimit::Unlimited, |limit| limit.value), mailboxes }
}

/// A server that the product is told. It keeps the case in which the file writes it, as a console
/// would, so that the product's own comparison is put to the test.
fn evs(fields: &Fields<'_>, key: &str, names: &Names, reader: &mut Reader) -> Option<EvsName> {
    let node = fields.get(key)?;
    let name = reader.name(node, "the name of an Exchange Virtual Server")?;
    names.evs(&name, reader).map(|_| EvsName::from(name.value.as_str()))
}

fn unattended(fields: &Fields<'_>, reader: &mut Reader) -> bool {
    let node = fields.get("unattended");
    let flag = node.and_then(|node| reader.flag(node, "an answer to whether nobody is there"));
    flag.unwrap_or(false)
}
