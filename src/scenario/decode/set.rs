//! Steps about one resource beyond bringing it online or offline, and the verb `set`.

use super::property;
use super::step::{Story, one_target};
use crate::model::Span;
use crate::scenario::diagnostic::{Diagnostic, Kind};
use crate::scenario::nearest::shown;
use crate::scenario::reader::Reader;
use crate::scenario::tree::{Entry, Node, Value};
use crate::scenario::words;
use crate::sim::Step;

impl Story<'_> {
    /// A resource that stops working, and who will see that.
    pub(super) fn fail_resource(&self, node: &Node, reader: &mut Reader) -> Option<Step> {
        if let Value::Text(_) = node.value {
            return Some(Step::FailResource(self.resource(node, reader)?));
        }
        let fields = reader.map(node, "a failure of a resource", words::FAIL_RESOURCE)?;
        let resource = fields.need("resource", "EVS1 Disk", reader);
        let resource = resource.and_then(|node| self.resource(node, reader));
        let seen = fields.get("seen_by");
        let seen = seen.map(|node| reader.word(node, "who sees it", words::SEEN_BY));
        match seen {
            Some(seen) if !seen?.value => Some(Step::FailUnseen(resource?)),
            _ => Some(Step::FailResource(resource?)),
        }
    }

    pub(super) fn hang_resource(&self, node: &Node, reader: &mut Reader) -> Option<Step> {
        let fields = reader.map(node, "a resource that hangs", words::HANG_RESOURCE)?;
        let resource = fields.need("resource", "EVS1 Disk", reader);
        let resource = resource.and_then(|node| self.resource(node, reader));
        let span = fields.need("for", "10m", reader);
        let span = span.and_then(|node| reader.parsed::<Span>(node, "a time", Kind::BadTime));
        Some(Step::HangResource { resource: resource?, span: span?.value })
    }

    pub(super) fn set(&self, node: &Node, reader: &mut Reader) -> Option<Step> {
        let fields = reader.map(node, "setting a property", words::SET)?;
        let targets = ["evs", "group", "resource", "cluster"];
        let target = one_target(&fields, &targets, "setting a property", reader);
        let name = fields.need("property", "RestartThreshold", reader);
        let to = fields.need("to", "5", reader);
        let (target, name, to) = (target?, name?, to?);
        match target.key.value.as_str() {
            "resource" => {
                let resource = self.resource(&target.value, reader);
                let known = [words::RESOURCE_PROPERTIES, words::RESOURCE_LISTS];
                let name = property::named(name, "a property of a resource", &known, reader)?;
                let property = property::resource_property(name, to, Some(self.names), reader);
                Some(Step::SetResource { resource: resource?, property: property? })
            }
            "cluster" => self.set_cluster(target, name, to, reader),
            _ => {
                let group = self.group(target, reader);
                let known = [words::GROUP_PROPERTIES, words::GROUP_LISTS];
                let name = property::named(name, "a property of a group", &known, reader)?;
                let property = property::group_property(name, to, Some(self.names), reader);
                Some(Step::SetGroup { group: group?, property: property? })
            }
        }
    }

    fn set_cluster(
        &self,
        target: &Entry,
        name: &Node,
        to: &Node,
        reader: &mut Reader,
    ) -> Option<Step> {
        let cluster = reader.name(&target.value, "the name of the cluster")?;
        if self.names.is_cluster(&cluster.value) == Some(false) {
            let message = format!("the cluster is not called `{}`", shown(&cluster.value));
            let problem = Diagnostic::new(Kind::UnknownCluster, cluster.mark, message);
            reader.problems.add(problem.help("write the `name` that `cluster` gives it"));
            return None;
        }
        let known = [words::CLUSTER_PROPERTIES];
        property::named(name, "a property of the cluster", &known, reader)?;
        Some(Step::SetRandomization { disabled: property::on_or_off(to, reader)? })
    }
}
