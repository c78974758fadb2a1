//! Faults of machines, networks and the quorum disk.

use std::collections::BTreeMap;

use super::step::Story;
use crate::model::{NetworkName, NodeName, Span};
use crate::scenario::diagnostic::{Diagnostic, Kind, Mark};
use crate::scenario::nearest::shown;
use crate::scenario::reader::{Fields, Reader};
use crate::scenario::tree::{Node, Value};
use crate::scenario::words;
use crate::sim::{Heal, Step};

impl Story<'_> {
    pub(super) fn disturbance(&self, verb: &str, node: &Node, reader: &mut Reader) -> Option<Step> {
        Some(match verb {
            "power_off_all" => {
                reader.optional_map(node, "a power failure", &[])?;
                Step::PowerOffAll
            }
            "hang" => {
                let (node, span) = self.hang("a machine that hangs", node, reader)?;
                Step::Hang { node, span }
            }
            "hang_service" => {
                let (node, span) = self.hang("a cluster service that hangs", node, reader)?;
                Step::HangService { node, span }
            }
            "reboot" => Step::ShutDown { node: self.node(node, reader)?, restart: true },
            "shut_down" => Step::ShutDown { node: self.node(node, reader)?, restart: false },
            "cut" => self.cut(node, reader)?,
            "partition" => self.partition(node, reader)?,
            "lose_quorum_disk" => {
                let what = "the loss of the quorum disk";
                let fields = reader.optional_map(node, what, words::LOSE_QUORUM_DISK)?;
                Step::LoseQuorumDisk { span: lasting(&fields, reader)? }
            }
            "lose_quorum_files" => {
                reader.optional_map(node, "the loss of the quorum's files", &[])?;
                Step::LoseQuorumFiles
            }
            "lose_witness" => {
                let what = "the loss of the witness";
                let fields = reader.optional_map(node, what, words::LOSE_QUORUM_DISK)?;
                Step::LoseWitness { span: lasting(&fields, reader)? }
            }
            _ => self.heal(node, reader)?,
        })
    }

    fn hang(
        &self,
        what: &'static str,
        node: &Node,
        reader: &mut Reader,
    ) -> Option<(NodeName, Option<Span>)> {
        if let Value::Text(_) = node.value {
            return Some((self.node(node, reader)?, None));
        }
        let fields = reader.map(node, what, words::HANG)?;
        let name = fields.need("node", "NODE1", reader);
        let name = name.and_then(|node| self.node(node, reader));
        let span = lasting(&fields, reader);
        Some((name?, span?))
    }

    /// A network by its bare name, or a network or an interface to it with all that is to be said.
    fn cut(&self, node: &Node, reader: &mut Reader) -> Option<Step> {
        if let Value::Text(_) = node.value {
            let network = self.network(node, reader)?;
            return Some(Step::Cut { network, node: None, span: None });
        }
        let fields = reader.map(node, "a cut", words::CUT)?;
        let network = fields.need("network", "Public", reader);
        let network = network.and_then(|node| self.network(node, reader));
        let node = self.optional_node(&fields, reader);
        let span = lasting(&fields, reader);
        Some(Step::Cut { network: network?, node: node?, span: span? })
    }

    fn partition(&self, node: &Node, reader: &mut Reader) -> Option<Step> {
        let fields = reader.map(node, "a partition", words::PARTITION)?;
        let sides = fields.need("sides", "[[NODE1], [NODE2]]", reader);
        let sides = sides.and_then(|node| self.sides(node, reader));
        let span = lasting(&fields, reader);
        Some(Step::Partition { sides: sides?, span: span? })
    }

    fn sides(&self, node: &Node, reader: &mut Reader) -> Option<Vec<Vec<NodeName>>> {
        let problems = reader.problems.count();
        let mut seen: BTreeMap<NodeName, Mark> = BTreeMap::new();
        let mut sides = Vec::new();
        for side in reader.list(node, "the list of sides")? {
            let names = reader.name_list(side, "a side", "the name of a node")?;
            sides.push(names.iter().filter_map(|name| self.names.node(name, reader)).collect());
            for name in names {
                let node = NodeName::from(name.value.as_str());
                if let Some(before) = seen.insert(node, name.mark) {
                    let message = format!("`{}` stands on two sides", shown(&name.value));
                    let problem = Diagnostic::new(Kind::ListedTwice, name.mark, message);
                    let problem = problem.label("listed again here");
                    let problem = problem.also(before, "listed first here");
                    reader.problems.add(problem.help("keep one of the two"));
                }
            }
        }
        (reader.problems.count() == problems).then_some(sides)
    }

    /// Nothing given: everything is mended.
    fn heal(&self, node: &Node, reader: &mut Reader) -> Option<Step> {
        if let Value::Text(_) = node.value {
            return Some(Step::Heal(Heal::Network(self.network(node, reader)?)));
        }
        let fields = reader.optional_map(node, "what is mended", words::HEAL)?;
        let network = match fields.get("network") {
            None => Some(None),
            Some(node) => self.network(node, reader).map(Some),
        };
        let node = self.optional_node(&fields, reader);
        Some(Step::Heal(match (node?, network?) {
            (None, None) => Heal::Everything,
            (None, Some(network)) => Heal::Network(network),
            (Some(node), None) => Heal::Node(node),
            (Some(node), Some(network)) => Heal::Interface(node, network),
        }))
    }

    fn network(&self, node: &Node, reader: &mut Reader) -> Option<NetworkName> {
        let name = reader.name(node, "the name of a network")?;
        self.names.network(&name, reader)
    }

    fn optional_node(&self, fields: &Fields<'_>, reader: &mut Reader) -> Option<Option<NodeName>> {
        match fields.get("node") {
            None => Some(None),
            Some(node) => self.node(node, reader).map(Some),
        }
    }
}

/// For how long; nothing given: until it is mended.
fn lasting(fields: &Fields<'_>, reader: &mut Reader) -> Option<Option<Span>> {
    match fields.get("for") {
        None => Some(None),
        Some(node) => {
            let span = reader.parsed::<Span>(node, "a time", Kind::BadTime)?;
            Some(Some(span.value))
        }
    }
}
