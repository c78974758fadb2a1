//! What the product does and decides, in a line each.

use evsim::model::*;
use evsim::product::agent::Woken;
use evsim::product::plan::Plan;

/// There are words for everything that the product does and holds back.
pub(crate) fn in_words(woken: Woken) -> Woken {
    let Plan { actions, holds, .. } = &woken.plan;
    let reasons = actions.iter().map(|planned| &planned.reason);
    reasons.chain(holds).for_each(|reason| assert_ne!(reason.to_string(), "", "{reason:?}"));
    woken
}

pub(crate) fn reasons(woken: &Woken) -> Vec<String> {
    woken.plan.actions.iter().map(|planned| planned.reason.to_string()).collect()
}

/// One line for an act, without the text that is written or sent.
pub(crate) fn line(act: &Act) -> String {
    match act {
        Act::Write { place: Place::Node, .. } => "write node".into(),
        Act::Write { place: Place::Disk(group), .. } => format!("write {group}"),
        Act::Dismount { store, .. } => format!("dismount {store}"),
        Act::Mount { store, .. } => format!("mount {store}"),
        Act::StartTool { store, tool, ticket, .. } => format!("{}: {tool} {store}", ticket.act),
        Act::StopTool { store, ticket, .. } => format!("end {} on {store}", ticket.act),
        Act::Offline { resource, .. } => format!("offline {resource}"),
        Act::Online { resource, .. } => format!("online {resource}"),
        Act::CheckMta { ticket, .. } => format!("{}: MTA check", ticket.act),
        Act::SuspendCopy { storage_group, .. } => format!("suspend {storage_group}"),
        Act::ResumeCopy { storage_group, .. } => format!("resume {storage_group}"),
        Act::Reseed { storage_group, ticket, .. } => {
            format!("{}: reseed {storage_group}", ticket.act)
        }
        Act::Announce { notice, number, .. } => format!("announce {number}: {notice}"),
        Act::Notify { notice, ticket, .. } => format!("{}: notify {notice}", ticket.act),
    }
}
