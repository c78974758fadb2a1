//! Dependencies within one group: that they lead somewhere, end somewhere, and are the ones that
//! the types need.

use std::collections::BTreeMap;

use super::is_type;
use crate::model::{Exchange, ResourceState, resource_type, same};
use crate::scenario::decode::{Form, GroupDraft, ResourceDraft};
use crate::scenario::diagnostic::{Diagnostic, Kind, Placed};
use crate::scenario::names::{Names, compared};
use crate::scenario::nearest::{all_of, one_of, shown};
use crate::scenario::reader::Reader;

/// What each resource of a group depends on, by position; none where a name led nowhere.
struct Graph<'g> {
    group: &'g GroupDraft,
    edges: Vec<Vec<Option<usize>>>,
    has_disk: bool,
}

/// Reports dependencies that cannot be, and those that are missing.
pub(super) fn dependencies(group: &GroupDraft, names: &Names, reader: &mut Reader) {
    let graph = Graph::new(group, names, reader);
    graph.cycle(reader);
    for (index, resource) in group.resources.iter().enumerate() {
        if group.form == Form::Long {
            private_properties(resource, reader);
        }
        graph.required(index, resource, reader);
        graph.online(index, resource, reader);
    }
}

impl<'g> Graph<'g> {
    fn new(group: &'g GroupDraft, names: &Names, reader: &mut Reader) -> Self {
        let mut positions: BTreeMap<String, usize> = BTreeMap::new();
        for (index, resource) in group.resources.iter().enumerate() {
            positions.insert(compared(&resource.name.value), index);
        }
        let mut edges = Vec::new();
        for resource in &group.resources {
            let targets = resource.depends_on.iter().map(|name| {
                let found = positions.get(&compared(&name.value)).copied();
                if found.is_none() {
                    outside(group, name, names, reader);
                }
                found
            });
            edges.push(targets.collect());
        }
        let mut types = group.resources.iter().map(|resource| resource.type_name.as_str());
        let has_disk = types.any(|name| is_type(name, resource_type::PHYSICAL_DISK));
        Self { group, edges, has_disk }
    }

    /// The resources that one depends on, as far as they exist.
    fn targets(&self, index: usize) -> impl Iterator<Item = usize> {
        self.edges[index].iter().flatten().copied()
    }

    /// Reports one ring of resources that wait for each other, if there is one.
    fn cycle(&self, reader: &mut Reader) {
        let Some(ring) = self.ring() else { return };
        let first = &self.group.resources[ring[0]];
        let next = &self.group.resources[*ring.get(1).unwrap_or(&ring[0])].name.value;
        let mark = first
            .depends_on
            .iter()
            .find(|name| same(&name.value, next))
            .map_or(first.name.mark, |name| name.mark);
        let names = ring.iter().map(|index| self.group.resources[*index].name.value.as_str());
        let (message, label, help) = match ring.len() {
            1 => (
                format!("`{}` depends on itself", shown(&first.name.value)),
                "on itself",
                "take the dependency out: the resource could never go online",
            ),
            _ => (
                format!("{} wait for each other", all_of(names)),
                "this dependency closes the ring",
                "take one dependency of the ring out: none of them could go online",
            ),
        };
        let problem = Diagnostic::new(Kind::DependencyCycle, mark, message).label(label);
        reader.problems.add(problem.help(help));
    }

    /// Takes away again and again what depends on nothing that is left. What then remains holds a
    /// ring, and whoever follows dependencies in it walks into one.
    fn ring(&self) -> Option<Vec<usize>> {
        let count = self.edges.len();
        let mut waits_for: Vec<usize> = (0..count).map(|i| self.targets(i).count()).collect();
        let mut dependents: Vec<Vec<usize>> = vec![Vec::new(); count];
        for index in 0..count {
            self.targets(index).for_each(|target| dependents[target].push(index));
        }
        let mut free: Vec<usize> = (0..count).filter(|index| waits_for[*index] == 0).collect();
        while let Some(index) = free.pop() {
            for dependent in &dependents[index] {
                waits_for[*dependent] -= 1;
                if waits_for[*dependent] == 0 {
                    free.push(*dependent);
                }
            }
        }
        let mut at = (0..count).find(|index| waits_for[*index] > 0)?;
        let mut path: Vec<usize> = Vec::new();
        let mut visited: Vec<Option<usize>> = vec![None; count];
        loop {
            if let Some(start) = visited[at] {
                let ring = path.split_off(start);
                // It is told from the resource that stands first in the file.
                let first = (0..ring.len()).min_by_key(|position| ring[*position])?;
                return Some([&ring[first..], &ring[..first]].concat());
            }
            visited[at] = Some(path.len());
            path.push(at);
            at = self.targets(at).find(|target| waits_for[*target] > 0)?;
        }
    }

    /// What the type of a resource has to depend on.
    fn required(&self, index: usize, resource: &ResourceDraft, reader: &mut Reader) {
        // A name that led nowhere was reported, and may be the very one that is missing.
        if self.edges[index].iter().any(Option::is_none) {
            return;
        }
        for needed in self.needed_types(&resource.type_name) {
            let of_type = |other: &ResourceDraft| is_type(&other.type_name, needed);
            if self.targets(index).any(|target| of_type(&self.group.resources[target])) {
                continue;
            }
            reader.report(|_| {
                let (name, type_name) = (shown(&resource.name.value), shown(&resource.type_name));
                let message =
                    format!("`{name}` does not depend on a resource of the type {needed}");
                let problem = Diagnostic::new(Kind::DependencyMissing, resource.name.mark, message);
                let candidates = self.group.resources.iter().filter(|other| of_type(other));
                let candidates: Vec<_> =
                    candidates.map(|other| other.name.value.as_str()).collect();
                problem.label(format!("a {type_name} has to")).help(match candidates.is_empty() {
                    true => "add such a resource to the group, and to `depends_on`".to_owned(),
                    false => format!("add to its `depends_on`: {}", all_of(candidates)),
                })
            });
        }
    }

    fn needed_types(&self, type_name: &str) -> &'static [&'static str] {
        if is_type(type_name, resource_type::NETWORK_NAME) {
            &[resource_type::IP_ADDRESS]
        } else if !is_type(type_name, resource_type::SYSTEM_ATTENDANT) {
            &[]
        } else if self.has_disk && !self.is_2007() {
            &[resource_type::NETWORK_NAME, resource_type::PHYSICAL_DISK]
        } else {
            &[resource_type::NETWORK_NAME]
        }
    }

    /// There the databases depend on the disk, where an administrator has said so.
    fn is_2007(&self) -> bool {
        self.group.exchange.is_some_and(|exchange| exchange.value == Exchange::E2007)
    }

    /// That nothing is online before what it depends on.
    fn online(&self, index: usize, resource: &ResourceDraft, reader: &mut Reader) {
        let online = |index: usize| self.group.resources[index].state == ResourceState::Online;
        if !online(index) {
            return;
        }
        if let Some(target) = self.targets(index).find(|target| !online(*target)) {
            let other = &self.group.resources[target];
            let (name, other_name) = (shown(&resource.name.value), shown(&other.name.value));
            let message =
                format!("`{name}` cannot be online while `{other_name}` is {}", other.state);
            let problem = Diagnostic::new(Kind::OnlineTooEarly, resource.name.mark, message);
            let problem = problem.label("depends on it").also(other.name.mark, "not online");
            reader.problems.add(problem.help("add `state: offline`, or let the other be online"));
        }
    }
}

/// Reports a dependency on something that is not in the group.
fn outside(group: &GroupDraft, name: &Placed<String>, names: &Names, reader: &mut Reader) {
    let group_name = shown(&group.name.value);
    let (kind, message) = match names.has_resource(name) {
        None => return,
        Some(true) => {
            let message = format!("`{}` is not in the group `{group_name}`", shown(&name.value));
            (Kind::DependencyOutsideGroup, message)
        }
        Some(false) => {
            let message = format!("the cluster has no resource `{}`", shown(&name.value));
            (Kind::UnknownResource, message)
        }
    };
    reader.report(|reader| {
        let problem = Diagnostic::new(kind, name.mark, message);
        let own = || group.resources.iter().map(|resource| resource.name.value.as_str());
        let meant = reader.suggest(&name.value, own());
        let problem = match kind {
            Kind::DependencyOutsideGroup => problem.label("in another group"),
            _ if meant.is_empty() => problem,
            _ => problem.label(format!("did you mean {}?", one_of(meant))),
        };
        let own = all_of(own());
        problem.help(format!("a resource depends on resources of its own group: {own}"))
    });
}

/// The private property that says which computer a resource is, or belongs to.
fn private_properties(resource: &ResourceDraft, reader: &mut Reader) {
    let property = if is_type(&resource.type_name, resource_type::NETWORK_NAME) {
        "Name"
    } else if is_type(&resource.type_name, resource_type::SYSTEM_ATTENDANT) {
        "NetworkName"
    } else {
        return;
    };
    let blank = |text: &Placed<String>| text.value.trim().is_empty();
    if resource.private.get(property).is_none_or(blank) {
        let (name, type_name) = (shown(&resource.name.value), shown(&resource.type_name));
        let message = format!("`{name}` has no private property `{property}`");
        let problem = Diagnostic::new(Kind::PropertyMissing, resource.name.mark, message);
        let problem = problem.label(format!("a {type_name} needs it"));
        let help = format!("add the computer name: `private: {{ {property}: COMPUTER }}`");
        reader.problems.add(problem.help(help));
    }
}
