//! How long clients were cut off, reckoned anew from what a run tells: the Information Store and
//! the Network Name are online, every store that is to be mounted is, and the machine runs.
//!
//! Absent on purpose: runs in which networks are cut or machines hang. Whether clients get to a
//! server then is told by no line.

use std::collections::{BTreeMap, BTreeSet};

use evsim::harness::{Report, Told};
use evsim::model::{
    Exchange, MountState, NodeName, ResourceName, ResourceState, Span, StoreName, Time,
    resource_type,
};
use evsim::scenario::{Scenario, Verb};
use evsim::sim::{Event, GroupConfiguration, Step};

/// Whether every step is one whose effect on clients is told.
pub(crate) fn is_told(scenario: &Scenario) -> bool {
    !scenario.steps.iter().any(|moment| {
        matches!(
            &moment.verb,
            Verb::Cluster(
                Step::Hang { .. }
                    | Step::Cut { .. }
                    | Step::Partition { .. }
                    | Step::HangService { .. }
            )
        )
    })
}

/// One server, as its clients see it.
struct Served<'a> {
    group: &'a GroupConfiguration,
    owner: NodeName,
    running: BTreeSet<NodeName>,
    /// Of what clients need.
    resources: BTreeMap<ResourceName, ResourceState>,
    /// What a fault has broken and nobody has noticed yet.
    broken: BTreeSet<ResourceName>,
    /// Of the stores that are to be mounted, those that are.
    mounted: BTreeSet<StoreName>,
}

impl<'a> Served<'a> {
    fn new(scenario: &Scenario, group: &'a GroupConfiguration) -> Self {
        let needed = |name: &str| {
            [resource_type::INFORMATION_STORE, resource_type::NETWORK_NAME]
                .iter()
                .any(|of| evsim::model::same(of, name))
        };
        let resources = group.resources.iter().filter(|it| needed(&it.type_name));
        let resources: BTreeMap<_, _> = resources.map(|it| (it.name.clone(), it.state)).collect();
        let store = group.resources.iter().find(|it| it.is_a(resource_type::INFORMATION_STORE));
        let serves = store.is_some_and(|it| it.state == ResourceState::Online);
        let online = |store: &StoreName| match group.exchange {
            Exchange::E2007 => group.resources.iter().any(|it| {
                let names = it.private.iter().any(|(key, value)| {
                    key == "DatabaseName" && *store == StoreName::from(value.as_str())
                });
                names && it.state == ResourceState::Online
            }),
            _ => serves,
        };
        let stores = group.stores.iter().filter(|it| it.mounted && online(&it.name));
        let nodes = scenario.cluster.nodes.iter().filter(|it| it.state.is_member());
        Self {
            group,
            owner: group.owner.clone(),
            running: nodes.map(|it| it.name.clone()).collect(),
            resources,
            broken: BTreeSet::new(),
            mounted: stores.map(|it| it.name.clone()).collect(),
        }
    }

    fn serves(&self) -> bool {
        let wanted = self.group.stores.iter().filter(|it| it.mounted);
        self.running.contains(&self.owner)
            && self.broken.is_empty()
            && self.resources.values().all(|state| *state == ResourceState::Online)
            && wanted.map(|it| &it.name).all(|store| self.mounted.contains(store))
    }

    fn follow(&mut self, event: &Event) {
        match event {
            Event::Owner { group, to, .. } if *group == self.group.name => {
                self.owner = to.clone();
            }
            Event::Resource { resource, state, .. } => {
                if let Some(mine) = self.resources.get_mut(resource) {
                    *mine = *state;
                }
                self.broken.remove(resource);
            }
            Event::Store { group, store, mount, .. } if *group == self.group.name => {
                match mount {
                    MountState::Mounted => self.mounted.insert(store.clone()),
                    _ => self.mounted.remove(store),
                };
            }
            Event::PoweredOff { node, .. } => {
                self.running.remove(node);
            }
            Event::PoweredOn { node } => {
                self.running.insert(node.clone());
            }
            Event::Stepped { step, result: Ok(()), .. } => self.follow_step(step),
            _ => {}
        }
    }

    fn follow_step(&mut self, step: &Step) {
        match step {
            Step::Crash(node) => {
                self.running.remove(node);
            }
            Step::PowerOffAll => self.running.clear(),
            Step::Boot(node) => {
                self.running.insert(node.clone());
            }
            Step::FailResource(resource) | Step::FailUnseen(resource) => {
                let databases = |it: &&evsim::sim::ResourceConfiguration| {
                    it.name == *resource && it.is_a(resource_type::DATABASE_INSTANCE)
                };
                let database = self.group.resources.iter().find(databases);
                let needed = self.resources.contains_key(resource) || database.is_some();
                self.broken.extend(needed.then(|| resource.clone()));
            }
            _ => {}
        }
    }
}

/// How long the clients of a server were cut off until the end of the run.
fn reckoned(scenario: &Scenario, report: &Report, group: &GroupConfiguration) -> Span {
    let mut served = Served::new(scenario, group);
    let (mut since, mut sum) = ((!served.serves()).then_some(Time::START), Span::ZERO);
    for line in &report.story {
        let Told::Cluster(event) = &line.told else { continue };
        served.follow(event);
        match (served.serves(), since) {
            (true, Some(from)) => {
                sum += line.time.since(from);
                since = None;
            }
            (false, None) => since = Some(line.time),
            _ => {}
        }
    }
    sum + since.map_or(Span::ZERO, |from| scenario.until.since(from))
}

/// What differs between the report and what was told, of each server.
pub(crate) fn differences(scenario: &Scenario, report: &Report) -> Vec<String> {
    let servers = scenario.cluster.groups.iter().filter(|it| it.evs_name().is_some());
    let differs = servers.filter_map(|group| {
        let end = report.after.groups.iter().find(|it| it.group == group.name)?;
        let said = end.outage.planned + end.outage.unplanned;
        let found = reckoned(scenario, report, group);
        (said != found).then(|| format!("{}: reported {said}, told {found}", group.name))
    });
    differs.collect()
}
