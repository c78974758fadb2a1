//! One node's part, played over a table of functions.

use std::env;
use std::path::PathBuf;

use super::settings::Settings;
use super::{Options, Trouble, library};
use crate::backend::clusapi::LiveBackend;
use crate::backend::clusapi::functions::Table;
use crate::backend::clusapi::host::{Host, LibraryHost};
use crate::backend::clusapi::machine::{Machine, MachineSettings};
use crate::model::{ErrorCode, LocalTime, NodeName, Time};
use crate::product::policy::Policy;

/// One node's part.
pub struct Session {
    table: Table,
    pub(super) node: NodeName,
    cluster: Option<String>,
    pub(super) policy: Policy,
    machine: Option<MachineSettings>,
}

/// When a machine's clock began: its moments are counted from then on.
const EPOCH: &str = "1970-01-01T00:00";

/// Names the library where neither the command line nor the settings are to.
const LIBRARY: &str = "EVSIM_CLUSAPI";

/// What the command line says comes before the environment, and that before the settings.
pub(super) fn open(options: &Options) -> Result<Session, Trouble> {
    let settings = options.config.as_deref().map(Settings::read).transpose()?.unwrap_or_default();
    let named = options.library.clone().or_else(|| env::var_os(LIBRARY).map(PathBuf::from));
    let named = named.or_else(|| settings.library.clone());
    let path = named.unwrap_or_else(|| library::BY_DEFAULT.into());
    let table = library::opened(&path).map_err(Trouble::Library)?;
    let node = options.node.as_ref().or(settings.node.as_ref()).ok_or(Trouble::NoNode)?;
    let session = Session::new(&table, &NodeName::from(node.as_str()), settings.policy());
    let session = match settings.machine {
        Some(machine) => session.on(machine),
        None => session,
    };
    Ok(match options.cluster.as_ref().or(settings.cluster.as_ref()) {
        Some(cluster) => session.through(cluster),
        None => session,
    })
}

impl Session {
    /// The part of this node, over these functions.
    pub fn new(table: &Table, node: &NodeName, policy: Policy) -> Self {
        Self { table: *table, node: node.clone(), cluster: None, policy, machine: None }
    }

    /// The same, with the node's machine reached as these settings say.
    pub fn on(self, machine: MachineSettings) -> Self {
        Self { machine: Some(machine), ..self }
    }

    /// The same, but the cluster is opened by its own name.
    pub fn through(self, cluster: &str) -> Self {
        Self { cluster: Some(cluster.to_owned()), ..self }
    }

    /// What the Cluster API does not offer, on this node or on another one. A machine that is
    /// configured is this node's alone.
    pub(super) fn host(&self, node: &NodeName) -> Result<Box<dyn Host>, Trouble> {
        let missing = |code| Trouble::NoHost(node.clone(), code);
        Ok(match &self.machine {
            Some(machine) if *node == self.node => {
                let machine = Machine::new(machine.clone(), node);
                Box::new(machine.map_err(Trouble::Machine)?)
            }
            Some(_) => return Err(missing(ErrorCode::ERROR_NOT_SUPPORTED)),
            None => Box::new(LibraryHost::new(&self.table, node).map_err(missing)?),
        })
    }

    /// What the calendar shows at this moment (UTC); a simulated library counts from its start.
    pub(super) fn calendar(&self, at: Time) -> Option<LocalTime> {
        self.machine.as_ref()?;
        EPOCH.parse().ok().map(|epoch: LocalTime| epoch.at(at))
    }

    /// A moment as it is shown.
    pub(super) fn shown(&self, at: Time) -> String {
        match self.calendar(at) {
            Some(minute) => format!("{minute}:{:02}Z", at.ms() / 1_000 % 60),
            None => at.to_string(),
        }
    }

    /// The node's backend.
    ///
    /// # Errors
    /// [`Trouble::NoHost`], [`Trouble::Machine`].
    pub fn backend(&self) -> Result<LiveBackend, Trouble> {
        let host = self.host(&self.node)?;
        let backend = LiveBackend::new(&self.table, &self.node, host);
        Ok(match &self.cluster {
            Some(cluster) => backend.through(cluster),
            None => backend,
        })
    }
}
