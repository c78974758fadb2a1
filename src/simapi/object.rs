//! What handles stand for.

use std::cell::RefCell;
use std::rc::Rc;

use super::port::Port;
use super::{DESK, cluster, computer};
use crate::backend::Backend;
use crate::model::{
    ErrorCode, GroupName, Guid, NetworkName, NodeName, ResourceName, ServiceState, same,
};
use crate::sim::{SharedCluster, SimBackend};

/// Who asks, and through which node.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Client {
    node: NodeName,
    /// The cluster service that was reached; when it ends, what was opened through it is dead.
    session: u64,
    /// It was opened by the cluster's name: it follows that to whichever node has it.
    by_name: bool,
}

/// What a list of names was opened on: it is read by the functions for that alone.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    Cluster,
    Node,
    Group,
    Resource,
    Network,
}

/// What a handle stands for.
#[derive(Clone)]
pub(super) enum Object {
    Cluster(Client),
    /// A list, with the kind of each name. What was opened through it does not matter any more.
    Names(Family, Rc<[(u32, String)]>),
    Node(Client, NodeName),
    Group(Client, GroupName, Guid),
    Resource(Client, ResourceName, Guid),
    Network(Client, NetworkName),
    Interface(Client, NodeName, NetworkName),
    Port(Rc<RefCell<Port>>),
}

/// Hands an object out.
pub(super) fn hand_out(object: Object) -> isize {
    DESK.with_borrow_mut(|desk| {
        desk.handed_out += 1;
        desk.objects.insert(desk.handed_out, object);
        desk.handed_out
    })
}

/// What the handle stands for.
///
/// # Errors
/// `ERROR_INVALID_HANDLE`: nothing, or nothing any more.
pub(super) fn object(handle: isize) -> Result<Object, ErrorCode> {
    let found = DESK.with_borrow(|desk| desk.objects.get(&handle).cloned());
    found.ok_or(ErrorCode::ERROR_INVALID_HANDLE)
}

/// Closes a handle that stands for what `is` says.
///
/// # Errors
/// `ERROR_INVALID_HANDLE`: it does not.
pub(super) fn close(handle: isize, is: impl Fn(&Object) -> bool) -> Result<(), ErrorCode> {
    match is(&object(handle)?) {
        true => {
            DESK.with_borrow_mut(|desk| desk.objects.remove(&handle));
            Ok(())
        }
        false => Err(ErrorCode::ERROR_INVALID_HANDLE),
    }
}

macro_rules! standing_for {
    ($($name:ident = $variant:ident($($part:ident),+) -> $type:ty;)+) => {$(
        /// What a handle of this kind stands for.
        ///
        /// # Errors
        /// `ERROR_INVALID_HANDLE`: it is of another kind.
        pub(super) fn $name(handle: isize) -> Result<$type, ErrorCode> {
            match object(handle)? {
                Object::$variant($($part),+) => Ok(($($part),+)),
                _ => Err(ErrorCode::ERROR_INVALID_HANDLE),
            }
        }
    )+};
}

standing_for! {
    client = Cluster(client) -> Client;
    names = Names(family, names) -> (Family, Rc<[(u32, String)]>);
    node = Node(client, name) -> (Client, NodeName);
    group = Group(client, name, guid) -> (Client, GroupName, Guid);
    resource = Resource(client, name, guid) -> (Client, ResourceName, Guid);
    network = Network(client, name) -> (Client, NetworkName);
    interface = Interface(client, node, network) -> (Client, NodeName, NetworkName);
    port = Port(port) -> Rc<RefCell<Port>>;
}

/// The node of this name, whether it is a member or not.
///
/// # Errors
/// `RPC_S_SERVER_UNAVAILABLE`: no such computer answers.
pub(super) fn machine(name: &str) -> Result<NodeName, ErrorCode> {
    let cluster = cluster()?;
    let cluster = cluster.borrow();
    let mut found = cluster.machines().filter(|node| same(node.as_str(), name));
    let found = found.next().filter(|node| cluster.runs(node));
    found.cloned().ok_or(ErrorCode::RPC_S_SERVER_UNAVAILABLE)
}

/// The node that the caller is on; the first there is where nobody has said.
///
/// # Errors
/// `RPC_S_SERVER_UNAVAILABLE`: it is none of the cluster's, or is off.
pub(super) fn local_machine() -> Result<NodeName, ErrorCode> {
    match computer() {
        Some(name) => machine(&name),
        None => {
            let cluster = cluster()?;
            let first = cluster.borrow().machines().next().cloned();
            machine(first.ok_or(ErrorCode::RPC_S_SERVER_UNAVAILABLE)?.as_str())
        }
    }
}

impl Client {
    /// Opens the cluster by its own name, by a node's, or where the caller is.
    ///
    /// # Errors
    /// `RPC_S_SERVER_UNAVAILABLE`: nothing of that name answers.
    pub(super) fn open(name: Option<&str>) -> Result<Self, ErrorCode> {
        let shared = cluster()?;
        let by_name = name.is_some_and(|name| same(name, shared.borrow().name()));
        let node = match name {
            Some(_) if by_name => shared.borrow().quorum_holder(),
            Some(name) => machine(name)?,
            None => local_machine()?,
        };
        let session = shared.borrow().session(&node)?;
        let client = Self { node, session, by_name };
        match SimBackend::new(&shared, &client.node)?.local().service {
            ServiceState::Running => Ok(client),
            _ => Err(ErrorCode::RPC_S_SERVER_UNAVAILABLE),
        }
    }

    /// The node that answers, as long as it is the service that was reached.
    ///
    /// # Errors
    /// `RPC_S_SERVER_UNAVAILABLE`.
    pub(super) fn node(&self) -> Result<NodeName, ErrorCode> {
        let shared = cluster()?;
        let shared = shared.borrow();
        if self.by_name {
            return Ok(shared.quorum_holder());
        }
        match shared.session(&self.node)? == self.session && shared.runs(&self.node) {
            true => Ok(self.node.clone()),
            false => Err(ErrorCode::RPC_S_SERVER_UNAVAILABLE),
        }
    }

    /// What answers: the cluster as that node knows it.
    ///
    /// # Errors
    /// `RPC_S_SERVER_UNAVAILABLE`.
    pub(super) fn backend(&self) -> Result<SimBackend, ErrorCode> {
        let backend = SimBackend::new(&cluster()?, &self.node()?)?;
        match backend.local().service {
            ServiceState::Running => Ok(backend),
            _ => Err(ErrorCode::RPC_S_SERVER_UNAVAILABLE),
        }
    }

    /// The cluster itself, where a member answers: what every member knows alike.
    ///
    /// # Errors
    /// `RPC_S_SERVER_UNAVAILABLE`.
    pub(super) fn database(&self) -> Result<SharedCluster, ErrorCode> {
        self.backend()?;
        cluster()
    }

    /// Whether what it asks for is a node's own act, and not an administrator's.
    pub(super) fn is_node(&self) -> bool {
        !self.by_name
    }
}
