//! A record beside the text that is written of it. Whoever wrote a text knows what it says, and
//! need not read it when the disk shows it.

use std::sync::Arc;

use super::memory::{DiskMemory, NodeMemory};

/// A record on its way to a disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    text: Arc<str>,
    record: Written,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Written {
    Node(Arc<NodeMemory>),
    Disk(Arc<DiskMemory>),
}

impl Draft {
    /// A node's own record.
    pub fn of_node(record: NodeMemory) -> Self {
        Self { text: record.text().into(), record: Written::Node(Arc::new(record)) }
    }

    /// The record on the disk of a server.
    pub fn of_disk(record: DiskMemory) -> Self {
        Self { text: record.text().into(), record: Written::Disk(Arc::new(record)) }
    }

    /// What is written.
    pub fn text(&self) -> Arc<str> {
        Arc::clone(&self.text)
    }

    pub(super) fn node(&self) -> Option<(&str, &Arc<NodeMemory>)> {
        match &self.record {
            Written::Node(record) => Some((&self.text, record)),
            Written::Disk(_) => None,
        }
    }

    pub(super) fn disk(&self) -> Option<(&str, &Arc<DiskMemory>)> {
        match &self.record {
            Written::Disk(record) => Some((&self.text, record)),
            Written::Node(_) => None,
        }
    }
}
