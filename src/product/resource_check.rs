//! What a job would find if it began now: everything that would keep it from beginning, and what an
//! operator should know of the stores. It changes nothing.
//!
//! Source: the product's help names the check before each job and the scheduled one that mails its
//! full report, and not what they look at: that is ours.

use std::fmt;

use super::gate::{self, Shut, Situation};
use super::licensing;
use super::replica;
use crate::model::{MountState, StoreName, StoreView, in_force};

/// What a resource check finds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// This would keep a job from beginning.
    Shut(Shut),
    /// This store does not serve its mailboxes.
    Dismounted(StoreName),
    /// This store cannot be mounted.
    Damaged(StoreName),
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Finding::Shut(shut) => write!(f, "{shut}"),
            Finding::Dismounted(store) => write!(f, "{store} is dismounted"),
            Finding::Damaged(store) => write!(f, "{store} is damaged"),
        }
    }
}

/// Everything that is found now.
pub fn findings(situation: &Situation) -> Vec<Finding> {
    let mut found: Vec<Finding> =
        gate::pass(situation).err().into_iter().map(Finding::Shut).collect();
    let goes_on = found.is_empty() || in_force("a-check-goes-on-after-its-first-finding");
    let Some(disk) = situation.disk().filter(|_| goes_on) else { return found };
    let excess = licensing::excess(situation.node.license.as_ref(), disk);
    found
        .extend(excess.map(|(count, most)| Finding::Shut(Shut::MailboxCountExceeded(count, most))));
    let lease = situation.memory.disk.as_ref().and_then(|memory| memory.lease.as_ref());
    let foreign = lease.filter(|lease| lease.node != situation.view.node);
    found.extend(
        foreign.map(|lease| Finding::Shut(Shut::AnotherJobRunning(lease.node.clone(), lease.job))),
    );
    for (name, store) in &disk.stores {
        if store.damaged {
            found.push(Finding::Damaged(name.clone()));
        } else if store.mount == MountState::Dismounted
            && in_force("a-check-names-stores-that-do-not-serve")
        {
            found.push(Finding::Dismounted(name.clone()));
        }
        if store.locked {
            found.push(Finding::Shut(Shut::BackupRunning(name.clone())));
        }
    }
    let all: Vec<_> = disk.stores.iter().collect();
    found.extend(replica::allows(situation.policy, disk, &all).err().map(Finding::Shut));
    if !disk.temporary_on_group_disk {
        found.push(Finding::Shut(Shut::TempNotOnGroupDisk));
    }
    let room = |(name, store): (&StoreName, &StoreView)| {
        let needed = gate::lacks_room(situation.policy, disk, store)?;
        Some(Finding::Shut(Shut::DiskSpace(name.clone(), disk.free, needed)))
    };
    found.extend(disk.stores.iter().filter_map(room));
    found
}

/// What is found, as a notification says it.
pub fn report(situation: &Situation) -> String {
    let name = super::management::name(situation);
    match findings(situation).as_slice() {
        [] => format!("{name}: nothing stands in a job's way"),
        found => {
            let found: Vec<String> = found.iter().map(ToString::to_string).collect();
            format!("{name}: {}", found.join("; "))
        }
    }
}
