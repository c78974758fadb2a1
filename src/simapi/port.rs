//! Ports, through which the cluster tells of changes.
//!
//! What is told is what the trace says happened since the last look, and whatever else the node is
//! shown differently than before. A notification says what changed, not how: by the time that it is
//! read that may be over.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use std::sync::Arc;

use super::object::Client;
use crate::backend::Backend;
use crate::backend::clusapi::flag;
use crate::model::{ClusterView, ErrorCode, GroupView, NodeName, Span};
use crate::sim::{Event, Step};

/// One change, as it is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Change {
    pub(super) kind: u32,
    pub(super) name: String,
    pub(super) key: usize,
}

/// What a port was opened or registered for.
struct Registration {
    filter: u32,
    /// Only changes of what is called so; none: of everything.
    about: Option<String>,
    key: usize,
}

pub(super) struct Port {
    client: Client,
    registrations: Vec<Registration>,
    /// The node through which the port last looked.
    node: NodeName,
    /// How far the trace was read.
    read: usize,
    shown: Arc<ClusterView>,
    waiting: VecDeque<Change>,
}

impl Port {
    pub(super) fn open(
        client: Client,
        filter: u32,
        key: usize,
    ) -> Result<Rc<RefCell<Self>>, ErrorCode> {
        let read = client.database()?.borrow().trace().len();
        let (node, shown) = (client.node()?, client.backend()?.cluster()?);
        let registrations = vec![Registration { filter, about: None, key }];
        let waiting = VecDeque::new();
        Ok(Rc::new(RefCell::new(Self { client, registrations, node, read, shown, waiting })))
    }

    pub(super) fn register(&mut self, filter: u32, about: Option<String>, key: usize) {
        self.registrations.push(Registration { filter, about, key });
    }

    /// The first change that waits is taken away.
    pub(super) fn take(&mut self) {
        self.waiting.pop_front();
    }

    fn tell(&mut self, kind: u32, name: &str) {
        let Self { registrations, waiting, .. } = self;
        for registration in registrations {
            let about = registration.about.as_deref();
            let meant = about.is_none_or(|about| crate::model::same(about, name));
            let change = Change { kind, name: name.to_owned(), key: registration.key };
            // What waits already says it all.
            if registration.filter & kind != 0 && meant && !waiting.contains(&change) {
                waiting.push_back(change);
            }
        }
    }

    /// Looks what has changed.
    fn look(&mut self) -> Result<(), ErrorCode> {
        let node = self.client.node()?;
        let now = self.client.backend()?.cluster()?;
        let database = self.client.database()?;
        if node != self.node {
            // The cluster's name has gone to another node: something may have been missed.
            self.node = node;
            self.tell(flag::CLUSTER_CHANGE_CLUSTER_RECONNECT, database.borrow().name());
        }
        let database = database.borrow();
        for entry in &database.trace()[self.read.min(database.trace().len())..] {
            let (kind, name) = match &entry.event {
                Event::Node { node, .. } => (flag::CLUSTER_CHANGE_NODE_STATE, node.to_string()),
                Event::Group { group, .. } | Event::Owner { group, .. } => {
                    (flag::CLUSTER_CHANGE_GROUP_STATE, group.to_string())
                }
                Event::Resource { resource, .. } => {
                    (flag::CLUSTER_CHANGE_RESOURCE_STATE, resource.to_string())
                }
                Event::Stepped { step: Step::SetGroup { group, .. }, .. } => {
                    (flag::CLUSTER_CHANGE_GROUP_PROPERTY, group.to_string())
                }
                Event::Stepped { step: Step::SetResource { resource, .. }, .. } => {
                    (flag::CLUSTER_CHANGE_RESOURCE_PROPERTY, resource.to_string())
                }
                Event::Stepped { step: Step::SetRandomization { .. }, .. } => {
                    (flag::CLUSTER_CHANGE_CLUSTER_PROPERTY, database.name().to_owned())
                }
                _ => continue,
            };
            self.tell(kind, &name);
        }
        self.read = database.trace().len();
        let before = std::mem::replace(&mut self.shown, Arc::clone(&now));
        if !Arc::ptr_eq(&before, &now) {
            self.compare(&before, &now);
        }
        Ok(())
    }

    fn compare(&mut self, before: &ClusterView, now: &ClusterView) {
        for name in before.nodes.keys().filter(|name| !now.nodes.contains_key(name)) {
            self.tell(flag::CLUSTER_CHANGE_NODE_DELETED, name.as_str());
        }
        for (name, node) in &now.nodes {
            match before.nodes.get(name) {
                None => self.tell(flag::CLUSTER_CHANGE_NODE_ADDED, name.as_str()),
                Some(was) if was.id != node.id => {
                    self.tell(flag::CLUSTER_CHANGE_NODE_DELETED, name.as_str());
                    self.tell(flag::CLUSTER_CHANGE_NODE_ADDED, name.as_str());
                }
                Some(was) if was.state != node.state => {
                    self.tell(flag::CLUSTER_CHANGE_NODE_STATE, name.as_str());
                }
                Some(_) => {}
            }
        }
        for (name, group) in &before.groups {
            match now.groups.get(name) {
                Some(after) if Arc::ptr_eq(group, after) => {}
                Some(after) => self.compare_groups(name.as_str(), group, after),
                None => {
                    for resource in group.resources.keys() {
                        self.tell(flag::CLUSTER_CHANGE_RESOURCE_DELETED, resource.as_str());
                    }
                    self.tell(flag::CLUSTER_CHANGE_GROUP_DELETED, name.as_str());
                }
            }
        }
        for (name, group) in now.groups.iter().filter(|it| !before.groups.contains_key(it.0)) {
            self.tell(flag::CLUSTER_CHANGE_GROUP_ADDED, name.as_str());
            for resource in group.resources.keys() {
                self.tell(flag::CLUSTER_CHANGE_RESOURCE_ADDED, resource.as_str());
            }
        }
    }

    fn compare_groups(&mut self, name: &str, before: &GroupView, now: &GroupView) {
        if (before.state, &before.owner) != (now.state, &now.owner) {
            self.tell(flag::CLUSTER_CHANGE_GROUP_STATE, name);
        }
        for (name, resource) in &now.resources {
            match before.resources.get(name) {
                None => self.tell(flag::CLUSTER_CHANGE_RESOURCE_ADDED, name.as_str()),
                Some(was) => {
                    if was.state != resource.state {
                        self.tell(flag::CLUSTER_CHANGE_RESOURCE_STATE, name.as_str());
                    }
                    let same = (&was.private, &was.depends_on, was.guid)
                        == (&resource.private, &resource.depends_on, resource.guid);
                    if !same {
                        self.tell(flag::CLUSTER_CHANGE_RESOURCE_PROPERTY, name.as_str());
                    }
                }
            }
        }
        for name in before.resources.keys().filter(|it| !now.resources.contains_key(it)) {
            self.tell(flag::CLUSTER_CHANGE_RESOURCE_DELETED, name.as_str());
        }
    }
}

/// The next change that a port tells of; it stays there until it is taken away. While there is none
/// time goes on, for so long at most.
///
/// # Errors
/// `WAIT_TIMEOUT`, or `RPC_S_SERVER_UNAVAILABLE` when nobody answers any more.
pub(super) fn next(port: &Rc<RefCell<Port>>, wait_ms: u32) -> Result<Change, ErrorCode> {
    let mut left = Span::from_ms(wait_ms.into());
    loop {
        port.borrow_mut().look()?;
        if let Some(change) = port.borrow().waiting.front() {
            return Ok(change.clone());
        }
        if left == Span::ZERO {
            return Err(ErrorCode::WAIT_TIMEOUT);
        }
        let before = super::cluster()?.borrow().now();
        super::wait(left);
        let passed = super::cluster()?.borrow().now().since(before);
        // Whose time stands still waits in vain at once.
        left = if passed == Span::ZERO { Span::ZERO } else { left - passed };
    }
}
