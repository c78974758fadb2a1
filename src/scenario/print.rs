//! A cluster as the text of a scenario, resource by resource: what a capture writes.
//!
//! Absent on purpose: the short form. Whether a group is as Exchange makes it is not asked here.

use std::fmt::Display;

use super::words;
use crate::model::{NodeName, NodeState, ResourceState, Span, resource_type, same};
use crate::sim::{
    Configuration, GroupConfiguration, GroupProperties, NetworkConfiguration, NodeConfiguration,
    Quorum, Release, ResourceConfiguration, ResourceProperties, Restart, RetryPeriod,
    StoreConfiguration, TypeProperties, UNSET,
};

/// The text of a scenario with this cluster, in which nothing happens until its end. Remarks stand
/// above it as comments. Read again, it gives the same cluster; switches are not part of it.
pub fn print(about: &str, remarks: &[String], cluster: &Configuration, until: Span) -> String {
    let mut page = Page::default();
    for remark in remarks.iter().flat_map(|remark| remark.lines()) {
        page.line(format_args!("# {remark}"));
    }
    page.line(format_args!("about: {}", quoted(about)));
    page.under("cluster", |page| of_cluster(cluster, page));
    page.line(format_args!("until: {until}"));
    page.text
}

/// Lines at their depth.
#[derive(Default)]
struct Page {
    text: String,
    depth: usize,
}

impl Page {
    fn line(&mut self, line: impl Display) {
        self.text.push_str(&"  ".repeat(self.depth));
        self.text.push_str(&line.to_string());
        self.text.push('\n');
    }

    fn say(&mut self, key: &str, value: impl Display) {
        self.line(format_args!("{}: {value}", quoted(key)));
    }

    fn under(&mut self, key: &str, write: impl FnOnce(&mut Self)) {
        self.line(format_args!("{}:", quoted(key)));
        self.depth += 1;
        write(self);
        self.depth -= 1;
    }
}

/// A text as YAML has it: as it is where nothing in it could mean anything else.
fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || " ._()/-".contains(c);
    let bare = text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && !text.ends_with(' ')
        && text.chars().all(plain);
    match bare {
        true => text.to_owned(),
        // What JSON makes of a text YAML reads too.
        false => serde_json::Value::from(text).to_string(),
    }
}

fn list(names: impl IntoIterator<Item = impl Display>) -> String {
    let names: Vec<String> = names.into_iter().map(|name| quoted(&name.to_string())).collect();
    format!("[{}]", names.join(", "))
}

/// A map in one line, of values that are written already.
fn map(fields: &[(&str, String)]) -> String {
    let fields: Vec<String> =
        fields.iter().map(|(key, value)| format!("{}: {value}", quoted(key))).collect();
    if fields.is_empty() { "{}".to_owned() } else { format!("{{ {} }}", fields.join(", ")) }
}

fn word<T: PartialEq>(words: &[(&'static str, T)], value: &T) -> &'static str {
    let found = words.iter().find(|(_, it)| it == value);
    found.map_or("", |(word, _)| *word)
}

fn of_cluster(cluster: &Configuration, page: &mut Page) {
    page.say("name", quoted(&cluster.name));
    page.say("windows", word(words::WINDOWS, &cluster.windows));
    page.say("exchange", cluster.exchange.word());
    page.under("nodes", |page| {
        cluster.nodes.iter().for_each(|node| of_node(node, cluster, page));
    });
    if !cluster.networks.is_empty() {
        page.under("networks", |page| {
            cluster.networks.iter().for_each(|network| of_network(network, page));
        });
    }
    match cluster.quorum_kind {
        Quorum::Disk => {
            page.say("quorum", map(&[("resource", quoted(cluster.quorum.as_str()))]));
        }
        kind => page.say("quorum", word(words::QUORUMS, &kind)),
    }
    page.say("starts", cluster.starts);
    if cluster.properties.disable_randomization {
        let name = "DisableGroupPreferredOwnerRandomization";
        page.say("properties", map(&[(name, "1".to_owned())]));
    }
    if !cluster.resource_types.is_empty() {
        page.under("resource_types", |page| {
            for (name, properties) in &cluster.resource_types {
                page.say(name, map(&of_type(properties)));
            }
        });
    }
    page.under("groups", |page| {
        cluster.groups.iter().for_each(|group| of_group(group, cluster, page));
    });
}

fn of_node(node: &NodeConfiguration, cluster: &Configuration, page: &mut Page) {
    let mut fields = Vec::new();
    if node.state != NodeState::Up {
        fields.push(("state", word(words::NODE_STARTS, &NodeState::Down).to_owned()));
    }
    if node.windows != Release::from(cluster.windows) {
        fields.push(("windows", node.windows.word().to_owned()));
    }
    if node.exchange != cluster.exchange {
        fields.push(("exchange", node.exchange.word().to_owned()));
    }
    page.say(node.name.as_str(), map(&fields));
}

fn of_network(network: &NetworkConfiguration, page: &mut Page) {
    let role = word(words::ROLES, &network.role).to_owned();
    let fields = [("role", role), ("nodes", list(&network.nodes))];
    page.say(network.name.as_str(), map(&fields));
}

fn of_type(properties: &TypeProperties) -> Vec<(&'static str, String)> {
    vec![
        ("LooksAlivePollInterval", properties.looks_alive_poll_interval.ms().to_string()),
        ("IsAlivePollInterval", properties.is_alive_poll_interval.ms().to_string()),
    ]
}

fn of_group(group: &GroupConfiguration, cluster: &Configuration, page: &mut Page) {
    page.under(group.name.as_str(), |page| {
        page.say("owner", quoted(group.owner.as_str()));
        page.say("guid", group.guid);
        if !group.preferred.is_empty() {
            page.say("preferred", list(&group.preferred));
        }
        if group.exchange != cluster.exchange {
            page.say("exchange", group.exchange.word());
        }
        if !group.temporary_on_group_disk {
            page.say("temp", word(words::TEMPS, &false));
        }
        if let Some(dial) = &group.replicated {
            page.say("copies", word(words::COPIES, &true));
            page.say("mount_dial", word(words::MOUNT_DIALS, dial));
        }
        if !group.stores.is_empty() || group.disk.bytes() > 0 {
            page.say("disk", group.disk);
        }
        let properties = of_group_properties(&group.properties);
        if !properties.is_empty() {
            page.say("properties", map(&properties));
        }
        if !group.stores.is_empty() {
            page.under("stores", |page| {
                group.stores.iter().for_each(|store| of_store(store, page));
            });
        }
        if !group.resources.is_empty() {
            page.under("resources", |page| {
                group.resources.iter().for_each(|resource| of_resource(resource, page));
            });
        }
    });
}

/// What is not as by default.
fn of_group_properties(properties: &GroupProperties) -> Vec<(&'static str, String)> {
    let by_default = GroupProperties::default();
    let mut fields = Vec::new();
    let mut number = |name, value: Option<u32>, usual: Option<u32>| {
        if value != usual {
            fields.push((name, value.unwrap_or(UNSET).to_string()));
        }
    };
    number("PersistentState", properties.persistent_state.map(u32::from), None);
    let usual = Some(by_default.failover_threshold);
    number("FailoverThreshold", Some(properties.failover_threshold), usual);
    let usual = Some(by_default.failover_period_hours);
    number("FailoverPeriod", Some(properties.failover_period_hours), usual);
    number("AutoFailbackType", Some(properties.auto_failback.into()), Some(0));
    number("FailbackWindowStart", properties.failback_window_start, None);
    number("FailbackWindowEnd", properties.failback_window_end, None);
    if !properties.anti_affinity.is_empty() {
        fields.push(("AntiAffinityClassNames", list(&properties.anti_affinity)));
    }
    fields
}

fn of_store(store: &StoreConfiguration, page: &mut Page) {
    let mut fields = vec![("size", store.size.to_string())];
    if store.used != store.size {
        fields.push(("used", store.used.to_string()));
    }
    if store.mailboxes > 0 {
        fields.push(("mailboxes", store.mailboxes.to_string()));
    }
    if !store.mounted {
        fields.push(("mounted", "false".to_owned()));
    }
    if store.log_replay > Span::ZERO {
        fields.push(("log_replay", store.log_replay.to_string()));
    }
    if !store.fixes.is_empty() {
        fields.push(("fixes", list(&store.fixes)));
    }
    if store.logs > 0 {
        fields.push(("logs", store.logs.to_string()));
    }
    page.say(store.name.as_str(), map(&fields));
}

fn of_resource(resource: &ResourceConfiguration, page: &mut Page) {
    page.under(resource.name.as_str(), |page| {
        page.say("type", quoted(&resource.type_name));
        page.say("guid", resource.guid);
        if !resource.depends_on.is_empty() {
            page.say("depends_on", list(&resource.depends_on));
        }
        let owners: Option<&Vec<NodeName>> = resource.possible_owners.as_ref();
        if let Some(owners) = owners {
            page.say("possible_owners", list(owners));
        }
        if !resource.private.is_empty() {
            let quoted =
                |(name, text): (&String, &String)| format!("{}: {}", quoted(name), quoted(text));
            let fields: Vec<String> = resource.private.iter().map(quoted).collect();
            page.say("private", format_args!("{{ {} }}", fields.join(", ")));
        }
        let properties = of_resource_properties(resource);
        if !properties.is_empty() {
            page.say("properties", map(&properties));
        }
        if resource.state != ResourceState::Online {
            page.say("state", word(words::RESOURCE_STARTS, &resource.state));
        }
    });
}

/// What is not as by default.
fn of_resource_properties(resource: &ResourceConfiguration) -> Vec<(&'static str, String)> {
    let properties = &resource.properties;
    let by_default = ResourceProperties::default();
    let mut fields = Vec::new();
    let mut say = |name, differs: bool, value: String| {
        if differs {
            fields.push((name, value));
        }
    };
    let ms = |span: Option<Span>| span.map_or(u64::from(UNSET), Span::ms).to_string();
    let state = properties.persistent_state;
    say("PersistentState", state.is_some(), u32::from(state == Some(true)).to_string());
    let interval = properties.looks_alive_poll_interval;
    say("LooksAlivePollInterval", interval.is_some(), ms(interval));
    let interval = properties.is_alive_poll_interval;
    say("IsAlivePollInterval", interval.is_some(), ms(interval));
    // All types but one have it by themselves.
    let usual = |action| {
        action == Restart::AndAffectGroup
            && !same(&resource.type_name, resource_type::DATABASE_INSTANCE)
    };
    if let Some(action) = properties.restart_action {
        let word = word(words::RESTART_ACTIONS, &action).to_owned();
        say("RestartAction", !usual(action), word);
    }
    let threshold = properties.restart_threshold;
    let differs = threshold != by_default.restart_threshold;
    say("RestartThreshold", differs, threshold.to_string());
    let period = properties.restart_period;
    say("RestartPeriod", period != by_default.restart_period, ms(Some(period)));
    let retry = match properties.retry_period_on_failure {
        RetryPeriod::Default => None,
        RetryPeriod::Never => Some(ms(None)),
        RetryPeriod::After(span) => Some(ms(Some(span))),
    };
    say("RetryPeriodOnFailure", retry.is_some(), retry.unwrap_or_default());
    let timeout = properties.pending_timeout;
    say("PendingTimeout", timeout != by_default.pending_timeout, ms(Some(timeout)));
    say("SeparateMonitor", properties.separate_monitor, "1".to_owned());
    fields
}
