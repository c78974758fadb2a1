//! Whether a node may run a job: the licence, what it pays for, and what of it is used.
//!
//! Absent on purpose: how a licence is proved genuine, and a count of licences over all nodes. Each
//! node has its own, and knows of no other.

use std::fmt;

use super::memory::NodeMemory;
use super::policy::{License, RunLimit};
use crate::model::{DiskView, in_force};

/// Whether the node may still begin a job, or go on with one: it has a licence, and a single shot
/// is not used up, or used by the job that runs. A job that began under an earlier licence goes on
/// under the new one and uses nothing of it.
pub fn is_entitled(node: &NodeMemory) -> bool {
    match node.license {
        None => false,
        Some(License { run_limit: RunLimit::Unlimited, .. }) => true,
        Some(License { run_limit: RunLimit::SingleShot, .. }) => {
            node.runs == 0 || node.running().is_some() || !in_force("a-single-shot-runs-once")
        }
    }
}

/// How many mailboxes there are and how many are allowed, where there are too many. Only the
/// designated server's mailboxes count.
pub fn excess(license: Option<&License>, disk: &DiskView) -> Option<(u32, u32)> {
    let allowed = license?.mailboxes?;
    let sum = |total: u32, mailboxes: u32| total.saturating_add(mailboxes);
    let count = disk.stores.values().map(|store| store.mailboxes).fold(0, sum);
    (count > allowed).then_some((count, allowed))
}

impl fmt::Display for RunLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            RunLimit::Unlimited => "unlimited",
            RunLimit::SingleShot => "single shot",
        })
    }
}

impl fmt::Display for License {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.mailboxes {
            None => write!(f, "{}", self.run_limit),
            Some(mailboxes) => write!(f, "{} for {mailboxes} mailboxes", self.run_limit),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_mailboxes_as_licensed_are_not_too_many() {
        use crate::model::{Consistency, Copies, Exchange, MountState, Size, StoreView};
        let store = |mailboxes| StoreView {
            mount: MountState::Mounted,
            consistency: Consistency::Consistent,
            size: Size::default(),
            mailboxes,
            damaged: false,
            temporary: crate::model::Temporary::Absent,
            locked: false,
        };
        let stores = [("A".into(), store(60)), ("B".into(), store(40))].into();
        let disk = DiskView {
            version: Exchange::E2003,
            copies: Copies::Shared,
            free: Size::default(),
            stores,
            tools: [].into(),
            temporary_on_group_disk: true,
            mta: None,
        };
        let license = |mailboxes| License { mailboxes, ..License::UNLIMITED };
        assert_eq!(excess(Some(&license(Some(100))), &disk), None);
        assert_eq!(excess(Some(&license(Some(99))), &disk), Some((100, 99)));
        assert_eq!(excess(Some(&license(None)), &disk), None);
        assert_eq!(license(Some(9)).to_string(), "unlimited for 9 mailboxes");
    }
}
