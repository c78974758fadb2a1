//! The live backend: a cluster through the Cluster API, and what lies beyond it through a [`Host`].
//!
//! Both are tables of functions. On Windows `clusapi.dll` fills the first; in tests the simulated
//! Cluster API does. A question goes to the node whose backend this is, so that the answer is what
//! that node knows. Where the node's cluster service does not answer, nothing is known.
//!
//! Absent on purpose: waiting, repeating an act, and deciding what an error means for a job. Unsafe
//! code is in `raw.rs` alone.

mod buffer;
mod connection;
pub mod control;
pub mod flag;
pub mod functions;
pub mod host;
mod kept;
mod library;
pub mod machine;
pub mod property_list;
mod raw;
pub mod settings;

use std::cell::RefCell;
use std::sync::Arc;

use self::connection::Connection;
use self::functions::Table;
use self::host::{Host, Reading};
use self::kept::Kept;
pub use self::library::{LoadError, load};
use self::settings::ClusterSettings;
use super::{ActError, Backend, Census, GroupFacts, Local, require};
use crate::model::{
    Act, Action, ClusterView, ErrorCode, GroupName, GroupView, NodeName, NodeView, Place,
    ResourceName, ResourceView, ServiceState, Span, StorageView, StoreName, resource_type,
};

/// One node of a live cluster.
pub struct LiveBackend {
    table: Table,
    node: NodeName,
    /// By which name the cluster is opened.
    through: String,
    host: Box<dyn Host>,
    link: RefCell<Link>,
}

/// What there is between this process and the cluster.
#[derive(Default)]
struct Link {
    connection: Option<Connection>,
    kept: Kept,
    /// How many changes were heard of, and how often some may have been missed.
    heard: u64,
}

/// How many changes are taken up at one go before all that is kept is given up instead.
const CHANGES_MAX: usize = 10_000;

impl Link {
    /// The connection is of no use any more, and changes may have been missed.
    fn cut(&mut self) {
        *self = Self { heard: self.heard + 1, ..Self::default() };
    }

    /// Opens the connection where there is none.
    fn open(&mut self, table: &Table, name: &str) -> Result<(), ErrorCode> {
        if self.connection.is_none() {
            let opened = Connection::open(table, name)?;
            *self = Self { connection: Some(opened), heard: self.heard + 1, kept: Kept::default() };
        }
        Ok(())
    }

    /// Takes up the changes that the cluster has told of meanwhile.
    fn hear(&mut self) {
        let Some(connection) = &self.connection else { return };
        for _ in 0..CHANGES_MAX {
            match connection.next_change(0) {
                Ok(Some((kind, name))) => {
                    self.heard += 1;
                    self.kept.mark(kind, &name);
                    if matches!(kind, flag::CLUSTER_CHANGE_HANDLE_CLOSE) {
                        break;
                    }
                }
                Ok(None) => return,
                Err(_) => break,
            }
        }
        self.cut();
    }
}

/// Whether the error is the connection's own: then the same question may have an answer once it is
/// opened anew.
fn is_dead(code: ErrorCode) -> bool {
    matches!(
        code,
        ErrorCode::RPC_S_SERVER_UNAVAILABLE
            | ErrorCode::RPC_S_CALL_FAILED
            | ErrorCode::ERROR_INVALID_HANDLE
    )
}

impl LiveBackend {
    /// The backend of this node.
    pub fn new(table: &Table, node: &NodeName, host: Box<dyn Host>) -> Self {
        let (node, through) = (node.clone(), node.to_string());
        Self { table: *table, node, through, host, link: RefCell::default() }
    }

    /// The same, but the cluster is opened by its own name, as an administrator does: then the
    /// answer is what the node knows that has this name.
    pub fn through(self, cluster: &str) -> Self {
        Self { through: cluster.to_owned(), link: RefCell::default(), ..self }
    }

    /// The quorum resource.
    ///
    /// # Errors
    /// As for every question about the cluster. `ERROR_CALL_NOT_IMPLEMENTED`: the library lacks
    /// the function.
    pub fn quorum(&self) -> Result<ResourceName, ErrorCode> {
        self.ask(|connection, _| connection.quorum())
    }

    /// Everything that the cluster says of itself. It is asked for bit by bit: what changes
    /// meanwhile shows in [`Local::changes`].
    ///
    /// # Errors
    /// As for [`LiveBackend::quorum`].
    pub fn settings(&self) -> Result<ClusterSettings, ErrorCode> {
        self.ask(|connection, _| connection.settings())
    }

    /// Waits until the cluster tells of a change, but no longer than this.
    ///
    /// # Errors
    /// Nobody tells, as the cluster cannot be opened: then no time has passed.
    pub fn wait(&self, at_most: Span) -> Result<(), ErrorCode> {
        let link = &mut *self.link.borrow_mut();
        link.open(&self.table, &self.through)?;
        let Some(connection) = &link.connection else {
            return Err(ErrorCode::RPC_S_SERVER_UNAVAILABLE);
        };
        let wait_ms = u32::try_from(at_most.ms()).unwrap_or(u32::MAX - 1);
        match connection.next_change(wait_ms) {
            Ok(None) => Ok(()),
            Ok(Some((flag::CLUSTER_CHANGE_HANDLE_CLOSE, _))) => {
                link.cut();
                Ok(())
            }
            Ok(Some((kind, name))) => {
                link.heard += 1;
                link.kept.mark(kind, &name);
                Ok(())
            }
            Err(code) => {
                link.cut();
                Err(code)
            }
        }
    }

    /// Asks the cluster, once more on a new connection where the old one is dead.
    fn ask<T>(
        &self,
        question: impl Fn(&Connection, &mut Kept) -> Result<T, ErrorCode>,
    ) -> Result<T, ErrorCode> {
        let link = &mut *self.link.borrow_mut();
        for last in [false, true] {
            link.open(&self.table, &self.through)?;
            link.hear();
            let Some(connection) = &link.connection else { continue };
            match question(connection, &mut link.kept) {
                Err(code) if is_dead(code) => {
                    link.cut();
                    if last {
                        return Err(code);
                    }
                }
                answer => return answer,
            }
        }
        Err(ErrorCode::RPC_S_SERVER_UNAVAILABLE)
    }

    /// The group as it is now, if this node owns it.
    fn owned(&self, name: &GroupName) -> Result<Arc<GroupView>, ErrorCode> {
        let cluster = self.cluster()?;
        let group = cluster.groups.get(name).ok_or(ErrorCode::ERROR_GROUP_NOT_FOUND)?;
        match group.owner == self.node {
            true => Ok(Arc::clone(group)),
            false => Err(ErrorCode::ERROR_HOST_NODE_NOT_GROUP_OWNER),
        }
    }

    fn carry_out(&mut self, act: &Act) -> Result<(), ErrorCode> {
        match act {
            Act::Offline { group, resource } => self.set_online(group, resource, false),
            Act::Online { group, resource } => self.set_online(group, resource, true),
            Act::Dismount { group, store } | Act::Mount { group, store } => {
                let mount = matches!(act, Act::Mount { .. });
                let owned = self.owned(group)?;
                match database_of(&owned, store) {
                    Some(database) => self.set_online(group, &database?, mount),
                    None => self.host.start(act, Some(&owned)),
                }
            }
            _ => {
                let owned = act.group().map(|group| self.owned(group)).transpose()?;
                self.host.start(act, owned.as_deref())
            }
        }
    }

    /// Once only: a request whose reply is lost may have been carried out, and what the action
    /// requires was tested for this one.
    fn set_online(
        &self,
        group: &GroupName,
        resource: &ResourceName,
        online: bool,
    ) -> Result<(), ErrorCode> {
        let link = &mut *self.link.borrow_mut();
        link.open(&self.table, &self.through)?;
        let Some(connection) = &link.connection else {
            return Err(ErrorCode::RPC_S_SERVER_UNAVAILABLE);
        };
        let answer = connection.set_online(group, resource, online);
        if answer.is_err_and(is_dead) {
            link.cut();
        }
        answer
    }
}

/// The resource that the store is, in Exchange 2007; none in a group whose stores are none.
fn database_of(group: &GroupView, store: &StoreName) -> Option<Result<ResourceName, ErrorCode>> {
    let is = |it: &ResourceView| it.is_a(resource_type::DATABASE_INSTANCE);
    let mut databases = group.resources.iter().filter(|(_, it)| is(it)).peekable();
    databases.peek()?;
    let named = |it: &ResourceView| {
        it.private("DatabaseName").is_some_and(|name| StoreName::from(name) == *store)
    };
    let found = databases.find(|(_, it)| named(it)).map(|(name, _)| name.clone());
    Some(found.ok_or(ErrorCode::ERROR_RESOURCE_NOT_FOUND))
}

impl Backend for LiveBackend {
    /// A node whose service cannot be asked about counts as one whose service does not run: nothing
    /// is known of the cluster, and nothing follows for the designation.
    fn local(&self) -> Local {
        let service = connection::service_state(&self.table, &self.node);
        let service = service.unwrap_or(ServiceState::NotRunning);
        let link = &mut *self.link.borrow_mut();
        if service == ServiceState::Running {
            // Whatever stands against it is said by the question that comes next.
            let _ = link.open(&self.table, &self.through);
        }
        link.hear();
        let Reading { now, changes } = self.host.read();
        Local { node: self.node.clone(), now, service, changes: link.heard + changes }
    }

    fn census(&self) -> Result<Census, ErrorCode> {
        self.ask(|connection, _| connection.census())
    }

    fn node(&self, name: &NodeName) -> Result<NodeView, ErrorCode> {
        self.ask(|connection, _| connection.node(name))
    }

    fn group(&self, name: &GroupName) -> Result<GroupFacts, ErrorCode> {
        self.ask(|connection, _| connection.group(name))
    }

    fn resource(&self, name: &ResourceName) -> Result<ResourceView, ErrorCode> {
        self.ask(|connection, _| connection.resource(name))
    }

    /// Read once more, from the beginning, where a question brings an error: what it was about may
    /// have gone meanwhile, and whoever waits for a change may wait for hours.
    fn cluster(&self) -> Result<Arc<ClusterView>, ErrorCode> {
        let look = || self.ask(|connection, kept| kept.refresh(connection));
        match look() {
            Err(code) if !is_dead(code) => look(),
            answer => answer,
        }
    }

    fn storage(&self, place: &Place) -> Result<StorageView, ErrorCode> {
        match place {
            Place::Node => self.host.storage(place, None),
            Place::Disk(group) => {
                let owned = self.owned(group)?;
                self.host.storage(place, Some(&owned))
            }
        }
    }

    /// After the last test of what the action requires come a look at the group, where the act is
    /// the host's or is on a store, then, where it is on a resource, the opening of that and the
    /// question whether the group still holds it; then the act. A change that comes in meanwhile is
    /// not seen otherwise: no call tests and acts at once.
    fn start(&mut self, action: &Action) -> Result<(), ActError> {
        require(self, action)?;
        self.carry_out(&action.act).map_err(ActError::Failed)
    }
}
