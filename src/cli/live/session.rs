//! One node's part, played over a table of functions.

use std::env;
use std::path::PathBuf;

use super::settings::Settings;
use super::{Options, Trouble, library};
use crate::backend::clusapi::LiveBackend;
use crate::backend::clusapi::functions::Table;
use crate::backend::clusapi::host::{Host, LibraryHost};
use crate::model::{ErrorCode, NodeName};
use crate::product::policy::Policy;

/// One node's part.
pub struct Session {
    table: Table,
    pub(super) node: NodeName,
    cluster: Option<String>,
    pub(super) policy: Policy,
}

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
    Ok(match options.cluster.as_ref().or(settings.cluster.as_ref()) {
        Some(cluster) => session.through(cluster),
        None => session,
    })
}

impl Session {
    /// The part of this node, over these functions.
    pub fn new(table: &Table, node: &NodeName, policy: Policy) -> Self {
        Self { table: *table, node: node.clone(), cluster: None, policy }
    }

    /// The same, but the cluster is opened by its own name.
    pub fn through(self, cluster: &str) -> Self {
        Self { cluster: Some(cluster.to_owned()), ..self }
    }

    /// What the Cluster API does not offer, on this node or on another one.
    pub(super) fn host(&self, node: &NodeName) -> Result<Box<dyn Host>, ErrorCode> {
        Ok(Box::new(LibraryHost::new(&self.table, node)?))
    }

    /// The node's backend.
    ///
    /// # Errors
    /// [`Trouble::NoHost`].
    pub fn backend(&self) -> Result<LiveBackend, Trouble> {
        let host = self.host(&self.node);
        let host = host.map_err(|code| Trouble::NoHost(self.node.clone(), code))?;
        let backend = LiveBackend::new(&self.table, &self.node, host);
        Ok(match &self.cluster {
            Some(cluster) => backend.through(cluster),
            None => backend,
        })
    }
}
