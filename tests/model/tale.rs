//! A scenario without the product, run on the simulator alone, and what happened in it as lines.

use evsim::model::{GroupName, NodeName, NodeState};
use evsim::scenario::{self, Scenario, Verb};
use evsim::sim::{Cluster, CopyNews, Event};

/// Three nodes of Windows Server 2003 and a group `G` of one File Share `R` on NODE2. A File Share
/// needs nothing but itself: 5 s to come online, 2.5 s to go offline, a poll every 5 s.
pub(crate) const SHARE: &str = "windows: 2003, nodes: [NODE1, NODE2, NODE3], \
    groups: { G: { owner: NODE2, resources: { R: { type: File Share } } } }";

/// Two nodes of Windows Server 2003, each with an Exchange Virtual Server of one store.
pub(crate) const PAIR: &str = "windows: 2003, nodes: [NODE1, NODE2], evs: { \
    EVS1: { owner: NODE1, stores: { SG1/Mailbox: 2GB } }, \
    EVS2: { owner: NODE2, stores: { SG1/Mailbox: 2GB } } }";

/// What happened in a run, and where it led.
pub(crate) struct Tale {
    pub(crate) cluster: Cluster,
    pub(crate) lines: Vec<String>,
}

/// A scenario of this cluster, these switches and these steps.
pub(crate) fn read(cluster: &str, switches: &str, steps: &str) -> Scenario {
    // A cluster that says nothing of Exchange has that of 2003.
    let exchange = if cluster.contains("exchange:") { "" } else { "exchange: 2003, " };
    let text = format!(
        "about: a claim\n\
         cluster: {{ name: CLUSTER, {exchange}{cluster} }}\n\
         switches: {{ {switches} }}\n\
         steps: [{steps}]\n\
         until: 2d\n"
    );
    scenario::read(text.as_bytes(), "model").unwrap_or_else(|wrong| panic!("{wrong}"))
}

/// Runs `steps`, with `switches` set, on a cluster; the end is a day later than any step needs.
pub(crate) fn run_with(cluster: &str, switches: &str, steps: &str, seed: u64) -> Tale {
    let scenario = read(cluster, switches, steps);
    let mut cluster = Cluster::new(&scenario.cluster, seed);
    for moment in &scenario.steps {
        cluster.advance(moment.at);
        match &moment.verb {
            Verb::Cluster(step) => cluster.apply(step),
            verb => panic!("{verb:?} is the product's"),
        }
    }
    cluster.advance(scenario.until);
    let lines = cluster.trace().iter().filter_map(|entry| {
        let time = entry.time.to_string();
        let time = time.strip_prefix("00:").unwrap_or(&time);
        Some(format!("{time} {}", told(&entry.event)?))
    });
    let lines = lines.collect();
    Tale { cluster, lines }
}

/// Runs `steps` on a cluster, with every switch as it is by default.
pub(crate) fn run(cluster: &str, steps: &str) -> Tale {
    run_with(cluster, "", steps, 0)
}

fn told(event: &Event) -> Option<String> {
    Some(match event {
        Event::Stepped { result: Ok(()), .. } => return None,
        Event::Stepped { step, result: Err(code), .. } => format!("{step}: {code}"),
        Event::Node { node, state, why } => format!("{node} {state}: {why}"),
        Event::Arbitrates { node, .. } => format!("{node} arbitrates"),
        Event::ServiceEnded { node, why } => format!("{node} service ends: {why}"),
        Event::Interface { node, network, state } => format!("{node} {state} on {network}"),
        Event::Network { network, state } => format!("network {network} {state}"),
        Event::Watchdog { node, action } => format!("{node}: {action}"),
        Event::ServiceGoesOn { node } => format!("{node} service goes on"),
        Event::OldCopy { node, since } => format!("{node} has an old copy, of {since}"),
        Event::Excluded { node } => format!("{node} is excluded"),
        Event::PoweredOff { node, cut_short } => format!("{node} off, cut short: {cut_short:?}"),
        Event::PoweredOn { node } => format!("{node} on"),
        Event::Owner { group, from, to, why } => format!("{group} {from} -> {to}: {why}"),
        Event::Weighed { .. } => return None,
        Event::GivenUp { group, to } => format!("{group} does not go to {to}"),
        Event::Stranded { group } => format!("{group} has no node"),
        Event::Escalated { resource, group, failures, end, .. } => {
            format!("{resource} failed {failures} times: {group} {end}")
        }
        Event::TimedOut { resource, after, .. } => format!("{resource} says nothing for {after}"),
        Event::Retried { resource, .. } => format!("{resource} is tried once more"),
        Event::FailsBack { group, to, local, waits } => {
            format!(
                "{group} {} back to {to} at {local}",
                if *waits { "waits to go" } else { "goes" }
            )
        }
        Event::Resource { resource, node, state, error: None, .. } => {
            format!("{resource} {state} on {node}")
        }
        Event::Resource { resource, node, state, error: Some(code), .. } => {
            format!("{resource} {state} on {node}: {code}")
        }
        Event::Group { group, node, state } => format!("group {group} {state} on {node}"),
        Event::Store { store, node, mount, .. } => format!("{store} {mount} on {node}"),
        Event::Tool { store, tool, state, .. } => format!("{tool} of {store} {state}"),
        Event::Damage { store, damaged, .. } => format!("{store} damaged: {damaged}"),
        Event::Mta { group, state, .. } => format!("MTA check of {group} {state}"),
        Event::Upgraded { group, to } => format!("{group} is of {to}"),
        Event::Disk { group, change } => format!("disk of {group}: {change:?}"),
        Event::Copies { group, news } => told_of_copies(group, news),
        Event::Barred { group, node, why } => format!("{group} on {node}: {why}"),
        Event::BackedUp { store, .. } => format!("{store} backed up"),
        Event::Written { place, .. } => format!("{place:?} written"),
        Event::Act { result: Err(code), deed, .. } => format!("{deed:?}: {code}"),
        Event::Act { result: Ok(()), .. } | Event::Renamed { .. } => return None,
        Event::Deleted { group, .. } => format!("group {group} deleted"),
    })
}

fn told_of_copies(group: &GroupName, news: &CopyNews) -> String {
    match news {
        CopyNews::Roles { broken } => format!("{group} on other copies {broken:?}"),
        CopyNews::State { storage_group, node, state } => {
            format!("copy of {storage_group} on {node} {state}")
        }
        CopyNews::Waits { store, node, logs } => format!("{store} waits on {node} for {logs} logs"),
        CopyNews::Lost { store, node, logs } => format!("{store} on {node} lost {logs} logs"),
    }
}

impl Tale {
    /// Asserts that these lines are told, in this order.
    #[track_caller]
    pub(crate) fn tells(&self, expected: &[&str]) {
        let mut lines = self.lines.iter();
        for line in expected {
            assert!(lines.any(|it| it == line), "`{line}` is missing, or too late, in {self:#?}");
        }
    }

    /// Asserts that what is told with `words` in it is exactly this.
    #[track_caller]
    pub(crate) fn tells_only(&self, words: &str, expected: &[&str]) {
        let found: Vec<&str> = self.with(words).collect();
        assert_eq!(found, expected, "{self:#?}");
    }

    /// Everything that is told with `words` in it.
    pub(crate) fn with<'a>(&'a self, words: &'a str) -> impl Iterator<Item = &'a str> {
        self.lines.iter().map(String::as_str).filter(move |line| line.contains(words))
    }

    /// When the first line that ends like this is told.
    #[track_caller]
    pub(crate) fn when(&self, text: &str) -> &str {
        let found = self.lines.iter().find_map(|line| line.strip_suffix(text));
        found.unwrap_or_else(|| panic!("`{text}` is never told in {self:#?}")).trim_end()
    }

    /// The group's owner and state at the end, as `NODE1 online`.
    pub(crate) fn group(&self, name: &str) -> String {
        let view = self.cluster.view().expect("a member is left at the end");
        let group = &view.groups[&name.into()];
        format!("{} {}", group.owner, group.state)
    }

    /// The resource's state at the end.
    pub(crate) fn resource(&self, name: &str) -> String {
        let view = self.cluster.view().expect("a member is left at the end");
        let mut groups = view.groups.values();
        let found = groups.find_map(|group| group.resources.get(&name.into()));
        found.expect("the cluster has this resource").state.to_string()
    }

    /// The node's state at the end.
    pub(crate) fn node(&self, name: &str) -> NodeState {
        let view = self.cluster.view().expect("a member is left at the end");
        view.nodes[&NodeName::from(name)].state
    }
}

impl std::fmt::Debug for Tale {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(&self.lines).finish()
    }
}
