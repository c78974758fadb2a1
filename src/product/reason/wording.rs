//! The longer sentences of reasons.

use std::fmt;

use super::Listed;
use crate::model::{EvsName, NodeName, StoreName, Temporary};
use crate::product::designation::{DesignatedBy, Lost, Stale, Standing};
use crate::product::policy::License;
use crate::product::vocabulary::Stop;

/// What to do about a store where the node of its job does not come back. Whoever has the server
/// then may look after another one, and reads nothing of it: so it is told before the store goes.
pub struct WayBack<'a> {
    /// The node of the job.
    pub node: &'a NodeName,
    /// The server.
    pub evs: &'a EvsName,
    /// The store that the job takes.
    pub store: &'a StoreName,
    /// Whether the store has a copy on the other node: then the server's disk, with the record on
    /// it, is the lost node's own.
    pub copied: bool,
}

impl fmt::Display for WayBack<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let WayBack { node, evs, store, copied } = self;
        if *copied {
            write!(f, "should {node} be lost: mount {store} by hand on the node that owns {evs}")?;
            return write!(f, " then, and resume or reseed its copy");
        }
        write!(f, "should {node} be lost: license and designate {evs} on the node that owns it")?;
        write!(f, " then, or mount {store} there by hand, from its complete temporary file where")?;
        f.write_str(" it is damaged")
    }
}

/// The same of stores that are not mounted, so that they are not taken from anybody, but in whose
/// place the job puts new files.
pub struct WayBackUnmounted<'a> {
    /// The node of the job.
    pub node: &'a NodeName,
    /// The server.
    pub evs: &'a EvsName,
    /// Its stores, one at least.
    pub stores: &'a [StoreName],
}

impl fmt::Display for WayBackUnmounted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let WayBackUnmounted { node, evs, stores } = self;
        write!(f, "should {node} be lost: license and designate {evs} on the node that owns it")?;
        write!(f, " then, or put right there by hand what is damaged of {}, from", Listed(stores))?;
        f.write_str(" the complete temporary file")
    }
}

/// How a job leaves the stores behind that it could not finish with.
pub(super) const fn end(whole: bool) -> &'static str {
    match whole {
        true => "what it took is as it was",
        false => "not all of its stores could be put back",
    }
}

pub(super) fn unusable(
    f: &mut fmt::Formatter<'_>,
    evs: &EvsName,
    store: &StoreName,
    temporary: Temporary,
    copied: bool,
) -> fmt::Result {
    write!(f, "reports {store} of {evs}: it is damaged and cannot be mounted; ")?;
    if copied && temporary != Temporary::Complete {
        return write!(f, "should its other copy be whole, move {evs} there, else restore it");
    }
    f.write_str(match temporary {
        Temporary::Complete => {
            "its complete temporary file is the good copy: check it with eseutil /g, copy it back"
        }
        Temporary::Partial => "its temporary file is incomplete: restore it from a backup",
        Temporary::Absent => "it has no temporary file: restore it from a backup",
    })
}

/// Where what a job left is written down, and how somebody comes by it.
pub(super) fn job_lost(
    f: &mut fmt::Formatter<'_>,
    job: u32,
    evs: &EvsName,
    stop: Stop,
    stays: bool,
) -> fmt::Result {
    write!(f, "job {job} stopped on {evs}: {stop}; what is left to put back is written ")?;
    match stays {
        true => {
            write!(f, "on this node: bring {evs} back here, or mount its stores by hand and")?;
            f.write_str(" resume or reseed their copies")
        }
        false => {
            write!(f, "on the disk of {evs}: bring it back here or designate it where it is")
        }
    }
}

pub(super) fn record_gone(f: &mut fmt::Formatter<'_>, job: u32, evs: &EvsName) -> fmt::Result {
    write!(f, "job {job} stopped on {evs}: {}; ", Stop::EvsNotOperational)?;
    write!(f, "its record is gone from the disk of {evs}, and with it how the stores were: ")?;
    f.write_str("mount by hand what is to be mounted")
}

pub(super) fn waits(f: &mut fmt::Formatter<'_>, evs: &EvsName, standing: &Standing) -> fmt::Result {
    match standing {
        Standing::Undesignated => f.write_str("waits: nothing is designated"),
        Standing::Lost(Lost::Evicted) => f.write_str("waits: this node was evicted"),
        Standing::Lost(Lost::Deleted) => write!(f, "waits: {evs} was deleted"),
        Standing::Unknown(code) => write!(f, "waits: cluster unknown ({code})"),
        Standing::Stale(Stale::Renamed(name)) => write!(f, "waits: {evs} is now {name}"),
        Standing::Stale(Stale::Recreated) => write!(f, "waits: {evs} was made anew"),
        Standing::Elsewhere(node) => write!(f, "waits: {evs} is on {node}"),
        Standing::NotOperational(state) => {
            write!(f, "waits: {evs} is here and not operational ({state})")
        }
        Standing::Here => write!(f, "looks after {evs}"),
    }
}

pub(super) fn licensed(
    f: &mut fmt::Formatter<'_>,
    license: &License,
    designated: Option<&EvsName>,
    choices: &[EvsName],
) -> fmt::Result {
    write!(f, "licensed: {license}; ")?;
    match (designated, choices) {
        (Some(evs), []) => write!(f, "{evs} stays designated"),
        (Some(evs), choices) => {
            write!(f, "choices {}; {evs} stays designated until one is named", Listed(choices))
        }
        (None, choices) => write!(f, "choices {}; nothing designated", Listed(choices)),
    }
}

pub(super) fn designates(
    f: &mut fmt::Formatter<'_>,
    evs: &EvsName,
    before: Option<&EvsName>,
    by: DesignatedBy,
) -> fmt::Result {
    write!(f, "designates {evs}")?;
    if let Some(before) = before.filter(|before| *before != evs) {
        write!(f, " in place of {before}")?;
    }
    f.write_str(match by {
        DesignatedBy::Installation => ": named by the administrator at installation",
        DesignatedBy::Licensing => ": named by the administrator at licensing",
        DesignatedBy::Administrator => ": named by the administrator",
        DesignatedBy::Before => ": named by the administrator earlier",
    })
}
