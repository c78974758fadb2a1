//! What an administrator can ask of the product on one node.

use serde::{Deserialize, Serialize};

use super::policy::License;
use crate::model::{EvsName, Exchange, Span, StoreName, Time};

/// A maintenance script: what a job does to each of its stores.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Script {
    /// Corrects errors, defragments, and corrects errors again.
    PreventativeMaintenance,
    /// Corrects errors.
    StoreErrorCorrection,
    /// Corrects errors in the database of the Message Transfer Agent, and touches no store.
    MtaErrorCorrection,
    /// Looks for errors and reports them; changes nothing.
    OfflineDiagnosticReport,
}

impl Script {
    /// The name that a scenario and a report give the script.
    pub const fn word(self) -> &'static str {
        match self {
            Script::PreventativeMaintenance => "preventative-maintenance",
            Script::StoreErrorCorrection => "store-error-correction",
            Script::MtaErrorCorrection => "mta-error-correction",
            Script::OfflineDiagnosticReport => "offline-diagnostic-report",
        }
    }

    /// Whether there is such a script for a server of this version.
    ///
    /// Source: the product's help on the selection of scripts; Exchange 2007 has no Message
    /// Transfer Agent.
    pub fn is_for(self, version: Exchange) -> bool {
        match self {
            Script::MtaErrorCorrection => version != Exchange::E2007,
            Script::PreventativeMaintenance
            | Script::StoreErrorCorrection
            | Script::OfflineDiagnosticReport => true,
        }
    }

    /// Whether it works on the Message Transfer Agent and on no store.
    pub const fn is_for_mta(self) -> bool {
        matches!(self, Script::MtaErrorCorrection)
    }
}

/// When a schedule is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timing {
    /// The first time.
    pub first: Time,
    /// From one time to the next; none: it is due once.
    pub every: Option<Span>,
}

/// What an administrator asks of one node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Request {
    /// Set the product up on the node.
    Install {
        /// A licence entered on the way.
        license: Option<License>,
        /// The Exchange Virtual Server that the administrator names among the choices.
        designate: Option<EvsName>,
        /// Nobody is there to answer a question.
        unattended: bool,
    },
    /// Enter a licence; the choices are offered again.
    License {
        /// The licence.
        license: License,
        /// The Exchange Virtual Server that the administrator names among the choices.
        designate: Option<EvsName>,
        /// Nobody is there to answer a question.
        unattended: bool,
    },
    /// Name the Exchange Virtual Server that this node is to look after.
    Designate {
        /// One of the current choices.
        evs: EvsName,
    },
    /// Give the node's licence back for good.
    Revoke,
    /// Run a job on the designated Exchange Virtual Server as soon as no other job runs.
    RunJob {
        /// What to do to each store.
        script: Script,
        /// Which stores; none: all of them.
        stores: Vec<StoreName>,
    },
    /// Run a job at a due time, once or again and again.
    ScheduleJob {
        /// When.
        timing: Timing,
        /// What to do to each store.
        script: Script,
        /// Which stores; none: all of them.
        stores: Vec<StoreName>,
        /// How long after its due time a job must have ended: one that still runs then is ended.
        limit: Option<Span>,
        /// How long before the due time the outage is announced; none: it is not.
        notice: Option<Span>,
    },
    /// Look at what a job would need at a due time, once or again and again, and tell.
    ScheduleCheck {
        /// When.
        timing: Timing,
    },
    /// Give a schedule up. A job of it that has been queued stays.
    CancelSchedule {
        /// Its number; none: the first.
        schedule: Option<u32>,
    },
    /// End a job before it is through, or take it out of the queue.
    Cancel {
        /// Its number; none: the one that runs, or else the first that waits.
        job: Option<u32>,
    },
}

impl Request {
    /// The Exchange Virtual Server that the administrator names with it.
    pub const fn designates(&self) -> Option<&EvsName> {
        match self {
            Request::Install { designate, .. } | Request::License { designate, .. } => {
                designate.as_ref()
            }
            Request::Designate { evs } => Some(evs),
            Request::Revoke
            | Request::RunJob { .. }
            | Request::Cancel { .. }
            | Request::ScheduleJob { .. }
            | Request::ScheduleCheck { .. }
            | Request::CancelSchedule { .. } => None,
        }
    }
}
