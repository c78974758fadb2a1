//! Draws what happens in a history, step by step.

use std::collections::BTreeSet;

use evsim::model::{GroupName, NodeName};
use evsim::product::policy::RunLimit;
use evsim::scenario::words;
use evsim::sim::{Configuration, GroupConfiguration};

use crate::draw::{Chance, STEPS_MAX, license};
use crate::history::{History, Section, span};

/// Properties and values of theirs; a few do not fit.
const OF_GROUPS: &[(&str, &[&str])] = &[
    ("PersistentState", &["0", "1"]),
    ("FailoverThreshold", &["0", "1", "10"]),
    ("FailoverPeriod", &["0", "1", "1194"]),
    ("AutoFailbackType", &["1", "1", "0"]),
    ("FailbackWindowStart", &["0", "1", "23", "24", "4294967295"]),
    ("FailbackWindowEnd", &["0", "2", "12", "4294967295"]),
    ("AntiAffinityClassNames", &["[]", "[Any]"]),
];
const OF_RESOURCES: &[(&str, &[&str])] = &[
    ("PersistentState", &["0", "1", "4294967295"]),
    ("LooksAlivePollInterval", &["5", "10", "60000"]),
    ("IsAlivePollInterval", &["10", "60000"]),
    ("RestartAction", &["0", "1", "2"]),
    ("RestartThreshold", &["0", "1", "3"]),
    // Within a shorter period nothing fails too often: what can never come up is tried for ever.
    ("RestartPeriod", &["60000", "600000"]),
    ("RetryPeriodOnFailure", &["60000", "900000", "4294967295"]),
    ("PendingTimeout", &["10", "60000"]),
    ("SeparateMonitor", &["1"]),
];

/// What happens, step by step, with what the draw believes of the cluster meanwhile.
pub(crate) struct Steps {
    cluster: Configuration,
    chance: Chance,
    /// Nodes that are off, or whose cluster service is, as far as the steps say.
    down: BTreeSet<NodeName>,
    /// Groups that somebody took offline, as far as the steps say.
    offline: BTreeSet<GroupName>,
    installed: BTreeSet<NodeName>,
    /// Every name that a server has had, and those that it can be given.
    servers: Vec<(GroupName, String)>,
    renamed: u32,
    now_ms: u64,
}

/// Among the versions of Exchange to which a node is upgraded: that of Windows is.
const WINDOWS: &str = "windows";

impl Steps {
    pub(crate) fn new(history: &History, cluster: Configuration, chance: Chance) -> Self {
        let off = cluster.nodes.iter().filter(|node| !node.state.is_member());
        let installed = history.lines.iter().filter(|(section, _)| *section == Section::Product);
        let named =
            |group: &GroupConfiguration| Some((group.name.clone(), group.evs_name()?.to_owned()));
        Self {
            down: off.map(|node| node.name.clone()).collect(),
            offline: BTreeSet::new(),
            installed: installed
                .filter_map(|(_, line)| Some(line.split_once(':')?.0.into()))
                .collect(),
            servers: cluster.groups.iter().filter_map(named).collect(),
            renamed: 0,
            now_ms: 0,
            cluster,
            chance,
        }
    }

    pub(crate) fn draw(mut self, history: &mut History) {
        let mut until = 0;
        // Windows is upgraded with Exchange, one time in four.
        let verbs = words::VERBS.iter().copied().filter(|verb| *verb != "upgrade_windows");
        let verbs: Vec<&str> = verbs.collect();
        for _ in 0..1 + self.chance.below(STEPS_MAX) {
            self.now_ms += self.pause_ms();
            let verb = *self.chance.of(LEANING);
            let verb = if verb.is_empty() { *self.chance.of(&verbs) } else { verb };
            if let Some(object) = self.object(verb) {
                let line = format!("{{ at: {}, {object} }}", span(self.now_ms));
                history.lines.push((Section::Steps, line));
                until = self.now_ms;
            }
        }
        history.until_ms = until + 1 + self.pause_ms() * self.chance.below(4);
    }

    /// From one step to the next: none at all, within a write, within a failover, within a job.
    fn pause_ms(&mut self) -> u64 {
        match self.chance.below(10) {
            0 => 0,
            1 => 1 + self.chance.below(20),
            2..=5 => self.chance.below(60_000),
            6..=8 => self.chance.below(600_000),
            _ => self.chance.below(7_200_000),
        }
    }

    /// The verb with its object; none where this cluster has nothing for it.
    fn object(&mut self, verb: &str) -> Option<String> {
        Some(match verb {
            "crash" => {
                let node = self.node();
                self.down.insert(node.clone());
                format!("crash: {node}")
            }
            "boot" | "start_service" => {
                let node = self.node_that_is_down();
                self.down.remove(&node);
                format!("{verb}: {node}")
            }
            "stop_service" => {
                let node = self.node();
                self.down.insert(node.clone());
                format!("stop_service: {node}")
            }
            "evict" => format!("evict: {}", self.node_that_is_down()),
            "pause" | "resume" => format!("{verb}: {}", self.node()),
            "fail_resource" if self.chance.percent(20) => {
                let resource = quoted(&self.resource());
                format!("fail_resource: {{ resource: {resource}, seen_by: is_alive }}")
            }
            "fail_resource" | "initiate_failure" => {
                format!("{verb}: {}", quoted(&self.resource()))
            }
            "hang_resource" => {
                let span = span(1_000 * (1 + self.chance.below(600)));
                format!("hang_resource: {{ resource: {}, for: {span} }}", quoted(&self.resource()))
            }
            "set" => self.set(),
            "add_node" => format!("add_node: {}", self.node()),
            "move" => self.move_group(),
            "online" | "offline" => self.online_or_offline(verb),
            "rename_evs" => self.rename()?,
            "delete_evs" => self.delete()?,
            "fail_tool" | "mount" | "dismount" | "backup" | "change_store" | "suspend_copy"
            | "resume_copy" | "reseed_copy" | "restore_copy" => self.object_of_a_store(verb)?,
            "upgrade_evs" => format!("upgrade_evs: {}", self.server()?),
            "upgrade_node" => match *self.chance.of(&["2000", "2003", "2003", WINDOWS]) {
                WINDOWS => format!("upgrade_windows: {{ node: {}, to: 2003 }}", self.node()),
                to => format!("upgrade_node: {{ node: {}, to: {to} }}", self.node()),
            },
            "fail_store_process" => format!("fail_store_process: {}", self.node()),
            "fail_disk" => format!("fail_disk: {}", self.server()?),
            "replace_disk" => {
                let empty = self.chance.percent(30);
                format!("replace_disk: {{ evs: {}, empty: {empty} }}", self.server()?)
            }
            "fill_disk" => {
                let free = *self.chance.of(&["0B", "100MB", "1GB", "100GB"]);
                format!("fill_disk: {{ evs: {}, to: {free} }}", self.server()?)
            }
            "power_off_all" => {
                self.down.extend(self.cluster.nodes.iter().map(|node| node.name.clone()));
                "power_off_all: {}".to_owned()
            }
            "hang" | "hang_service" => {
                format!("{verb}: {{ node: {}{} }}", self.node(), self.lasting())
            }
            "shut_down" => {
                let node = self.node();
                self.down.insert(node.clone());
                format!("shut_down: {node}")
            }
            "reboot" => format!("reboot: {}", self.node()),
            "lose_quorum_disk" => {
                format!("lose_quorum_disk: {{ {} }}", self.lasting().trim_start_matches(", "))
            }
            "lose_quorum_files" => "lose_quorum_files: {}".to_owned(),
            "lose_witness" => {
                format!("lose_witness: {{ {} }}", self.lasting().trim_start_matches(", "))
            }
            "cut" => {
                let interface = self.interface();
                format!("cut: {{ {interface}{} }}", self.lasting())
            }
            "partition" => self.partition(),
            "heal" => match self.chance.below(4) {
                0 => format!("heal: {{ node: {} }}", self.node()),
                1 => format!("heal: {{ {} }}", self.interface()),
                _ => "heal: {}".to_owned(),
            },
            "console" | "install" | "license" | "designate" | "revoke" | "run_job"
            | "cancel_job" | "schedule_job" | "schedule_check" | "cancel_schedule" => {
                self.request(verb)?
            }
            other => panic!("a new verb, `{other}`: say in tests/random/steps.rs how to draw it"),
        })
    }

    fn node(&mut self) -> NodeName {
        self.chance.of(&self.cluster.nodes).name.clone()
    }

    /// For how long a fault lasts: around the heartbeats that matter, or until it is mended.
    fn lasting(&mut self) -> String {
        match self.chance.percent(70) {
            true => {
                let most = *self.chance.of(&[3_000, 20_000, 600_000]);
                format!(", for: {}", span(1 + self.chance.below(most)))
            }
            false => String::new(),
        }
    }

    /// A network, or one node's interface to it.
    fn interface(&mut self) -> String {
        let network = self.chance.of(&self.cluster.networks).name.clone();
        match self.chance.percent(70) {
            true => format!("network: {network}, node: {}", self.node()),
            false => format!("network: {network}"),
        }
    }

    fn partition(&mut self) -> String {
        let mut sides = vec![Vec::new(); 2 + self.chance.below(2) as usize];
        for node in &self.cluster.nodes {
            let side = self.chance.0.below(sides.len() as u64) as usize;
            sides[side].push(node.name.to_string());
        }
        let sides: Vec<String> =
            sides.iter().map(|side| format!("[{}]", side.join(", "))).collect();
        format!("partition: {{ sides: [{}]{} }}", sides.join(", "), self.lasting())
    }

    fn node_that_is_down(&mut self) -> NodeName {
        let down: Vec<NodeName> = self.down.iter().cloned().collect();
        match down.is_empty() || self.chance.percent(20) {
            true => self.node(),
            false => self.chance.of(&down).clone(),
        }
    }

    fn group(&mut self) -> GroupName {
        self.chance.of(&self.cluster.groups).name.clone()
    }

    /// A name of a server that it has or had.
    fn server(&mut self) -> Option<String> {
        (!self.servers.is_empty()).then(|| self.chance.of(&self.servers).1.clone())
    }

    fn resource(&mut self) -> String {
        let group = self.chance.of(&self.cluster.groups);
        match group.resources.is_empty() {
            true => self.cluster.quorum.to_string(),
            false => self.chance.of(&group.resources).name.to_string(),
        }
    }

    /// A property with a value that mostly fits.
    fn set(&mut self) -> String {
        let nodes: Vec<NodeName> = self.cluster.nodes.iter().map(|it| it.name.clone()).collect();
        let some = self.chance.some(&nodes);
        let some: Vec<&str> = some.iter().map(NodeName::as_str).collect();
        let some = format!("[{}]", some.join(", "));
        let (target, table, list) = match self.chance.percent(50) {
            true => (format!("group: {}", self.group()), OF_GROUPS, "PreferredOwners"),
            false => {
                let resource = quoted(&self.resource());
                (format!("resource: {resource}"), OF_RESOURCES, "PossibleOwners")
            }
        };
        if self.chance.percent(25) {
            return format!("set: {{ {target}, property: {list}, to: {some} }}");
        }
        let (property, values) = *self.chance.of(table);
        let value = *self.chance.of(values);
        format!("set: {{ {target}, property: {property}, to: {value} }}")
    }

    fn move_group(&mut self) -> String {
        let group = self.group();
        match self.chance.percent(60) {
            true => format!("move: {{ group: {group}, to: {} }}", self.node()),
            false => format!("move: {{ group: {group} }}"),
        }
    }

    fn online_or_offline(&mut self, verb: &str) -> String {
        if self.chance.percent(40) {
            return format!("{verb}: {{ resource: {} }}", quoted(&self.resource()));
        }
        let group = self.group();
        match verb {
            "offline" => self.offline.insert(group.clone()),
            _ => self.offline.remove(&group),
        };
        format!("{verb}: {{ group: {group} }}")
    }

    fn rename(&mut self) -> Option<String> {
        let from = self.server()?;
        let group = self.servers.iter().find(|(_, name)| *name == from)?.0.clone();
        self.renamed += 1;
        let to = format!("MAIL{}", self.renamed);
        self.servers.push((group, to.clone()));
        Some(format!("rename_evs: {{ evs: {from}, to: {to} }}"))
    }

    fn delete(&mut self) -> Option<String> {
        let offline = self.servers.iter().filter(|(group, _)| self.offline.contains(group));
        let offline: Vec<String> = offline.map(|(_, name)| name.clone()).collect();
        let name = match offline.is_empty() {
            true => self.server()?,
            false => self.chance.of(&offline).clone(),
        };
        Some(format!("delete_evs: {name}"))
    }

    fn object_of_a_store(&mut self, verb: &str) -> Option<String> {
        let with_stores = self.cluster.groups.iter().filter(|group| !group.stores.is_empty());
        let groups: Vec<&GroupConfiguration> =
            with_stores.filter(|group| group.evs_name().is_some()).collect();
        if groups.is_empty() {
            return None;
        }
        let group = *self.chance.of(&groups);
        let store = self.chance.of(&group.stores).name.clone();
        let evs = group.evs_name()?.to_owned();
        let more = match verb {
            "backup" => format!(", for: {}", span(1_000 * (1 + self.chance.below(3_000)))),
            "change_store" => {
                let used = *self.chance.of(&["1MB", "100MB", "1GB", "4GB"]);
                format!(", used: {used}, mailboxes: {}", 100 * self.chance.below(7))
            }
            _ => String::new(),
        };
        Some(format!("{verb}: {{ evs: {evs}, store: {store}{more} }}"))
    }

    /// What is asked of the product; where it is not, it is installed first.
    fn request(&mut self, verb: &str) -> Option<String> {
        let node = self.node();
        let verb = if self.installed.contains(&node) { verb } else { "install" };
        self.installed.insert(node.clone());
        let mut keys = vec![format!("node: {node}")];
        match verb {
            "console" | "revoke" => return Some(format!("{verb}: {node}")),
            "install" => {
                if self.chance.percent(80) {
                    keys.push(format!("license: {}", license(&mut self.chance)));
                }
                self.naming(&mut keys);
            }
            "license" => {
                if self.chance.percent(50) {
                    keys.push(format!("mailboxes: {}", 100 * self.chance.below(5)));
                }
                if self.chance.percent(30) {
                    let (limit, _): (&str, RunLimit) = *self.chance.of(words::RUN_LIMITS);
                    keys.push(format!("run_limit: {limit}"));
                }
                self.naming(&mut keys);
            }
            "designate" => keys.push(format!("evs: {}", self.named()?)),
            "run_job" => {
                let (script, it) = *self.chance.of(words::SCRIPTS);
                keys.push(format!("script: {script}"));
                if self.chance.percent(20) && !self.servers.is_empty() && !it.is_for_mta() {
                    keys.push("stores: [SG1/Mailbox]".to_owned());
                }
            }
            "cancel_job" => {
                if self.chance.percent(30) {
                    keys.push(format!("job: {}", 1 + self.chance.below(4)));
                }
            }
            "schedule_job" => {
                self.timing(&mut keys);
                let (script, _) = *self.chance.of(words::SCRIPTS);
                keys.push(format!("script: {script}"));
                for key in ["limit", "notice"] {
                    if self.chance.percent(50) {
                        keys.push(format!("{key}: {}", span(self.pause_ms())));
                    }
                }
            }
            "schedule_check" => self.timing(&mut keys),
            "cancel_schedule" => {
                if self.chance.percent(30) {
                    keys.push(format!("schedule: {}", 1 + self.chance.below(4)));
                }
            }
            other => {
                panic!("a new request, `{other}`: say in tests/random/steps.rs how to draw it")
            }
        }
        Some(format!("{verb}: {{ {} }}", keys.join(", ")))
    }

    /// What is due soon, or was: the first time may lie before the step.
    fn timing(&mut self, keys: &mut Vec<String>) {
        let first = (self.now_ms + self.pause_ms()).saturating_sub(60_000);
        keys.push(format!("first: {}", span(first)));
        if self.chance.percent(50) {
            // Longer than its jobs: a schedule that is always at work never comes to rest.
            keys.push(format!("every: {}", span(12 * 3_600_000 + self.pause_ms())));
        }
    }

    fn naming(&mut self, keys: &mut Vec<String>) {
        if self.chance.percent(60)
            && let Some(evs) = self.named()
        {
            keys.push(format!("evs: {evs}"));
        }
        if self.chance.percent(30) {
            keys.push("unattended: true".to_owned());
        }
    }

    /// A server's name as somebody types it.
    fn named(&mut self) -> Option<String> {
        let name = self.server()?;
        Some(if self.chance.percent(10) { name.to_lowercase() } else { name })
    }
}

/// What is drawn more often than the others, as it leads on; the empty ones: any verb.
const LEANING: &[&str] = &[
    "run_job", "run_job", "run_job", "move", "crash", "boot", "boot", "online", "heal", "heal", "",
    "", "", "", "", "", "", "", "", "", "",
];

fn quoted(name: &str) -> String {
    format!("\"{name}\"")
}
