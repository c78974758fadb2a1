//! Draws histories: any cluster that a file can describe, and any verb at any moment.
//!
//! A draw knows nothing of what is possible at a moment: most administrators' acts are refused, and
//! that is part of the history. It leans towards what leads on, as a machine that is switched on
//! has mostly been off before.

use evsim::model::Time;
use evsim::scenario::{self, Scenario, words};
use evsim::sim::{Configuration, Stream, Switch, Switches};

use crate::history::{History, Section, span};
use crate::steps::Steps;

/// The most that happens in one history.
pub(crate) const STEPS_MAX: u64 = 40;

/// The history of this number: the same one for ever, as long as nothing is added to the draw.
pub(crate) fn history(number: u64) -> History {
    let mut chance = Chance(Stream::new(number, "random/cluster"));
    let versions = *chance.of(VERSIONS);
    let mut history =
        History { number, versions: versions.to_owned(), lines: Vec::new(), until_ms: 1 };
    cluster(&mut history, &mut chance);
    // The judge finds a cluster that cannot be read.
    let Ok(scenario) = read(&history) else { return history };
    product(&mut history, &scenario.cluster, &mut chance);
    let chance = Chance(Stream::new(number, "random/steps"));
    Steps::new(&history, scenario.cluster, chance).draw(&mut history);
    history
}

/// Any pair of versions that a cluster can have.
const VERSIONS: &[&str] = &[
    "windows: 2003\n  exchange: 2003",
    "windows: 2003\n  exchange: 2003",
    "windows: 2000\n  exchange: 2003",
    "windows: 2000\n  exchange: 2000",
    "windows: 2003\n  exchange: 2007",
];

/// A source of chance, with what a draw needs of it.
pub(crate) struct Chance(pub(crate) Stream);

impl Chance {
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.0.below(bound)
    }

    /// Whether it happens, in so many of a hundred cases.
    pub(crate) fn percent(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    pub(crate) fn of<'a, T>(&mut self, choices: &'a [T]) -> &'a T {
        &choices[self.below(choices.len() as u64) as usize]
    }

    /// Some of them, in any order; none at all too.
    pub(crate) fn some<T: Clone>(&mut self, choices: &[T]) -> Vec<T> {
        let mut left = choices.to_vec();
        let mut drawn = Vec::new();
        for _ in 0..self.below(choices.len() as u64 + 1) {
            drawn.push(left.remove(self.below(left.len() as u64) as usize));
        }
        drawn
    }
}

fn cluster(history: &mut History, chance: &mut Chance) {
    let most = if history.versions.contains("windows: 2000") { 4 } else { 8 };
    // Two nodes are what most clusters have.
    let count = if chance.percent(50) { 2 } else { 1 + chance.below(most) };
    // Two copies of stores take a witness.
    let likely = if history.versions.contains("exchange: 2007") { 60 } else { 25 };
    if most == 8 && chance.percent(likely) {
        let witness = count == 2 && chance.percent(50);
        let quorum = if witness { "majority_with_witness" } else { "majority" };
        history.versions += &format!("\n  quorum: {quorum}");
    }
    let mut up = Vec::new();
    for number in 1..=count {
        let name = format!("NODE{number}");
        let down = number > 1 && chance.percent(8);
        let state = if down { "{ state: down }" } else { "{}" };
        history.lines.push((Section::Nodes, format!("{name}: {state}")));
        if !down {
            up.push(name);
        }
    }
    let nodes: Vec<String> = (1..=count).map(|number| format!("NODE{number}")).collect();
    // With more than two nodes each carries one server at most.
    let mut owners = up.clone();
    // A cluster of Exchange 2007 has a node without a server.
    let alone = history.versions.contains("exchange: 2007");
    let most = if alone { count.min(4) } else { 4 };
    for number in 1..=chance.below(most) {
        if owners.is_empty() {
            break;
        }
        let owner = chance.of(&owners).clone();
        if count > 2 || alone {
            owners.retain(|node| *node != owner);
        }
        let witness = history.versions.contains("witness");
        let replicated = alone && witness && chance.percent(75);
        if replicated && chance.percent(85) {
            let allowed = "replication: suspend_and_reseed".to_owned();
            history.lines.push((Section::Policy, allowed));
        }
        let server = evs(owner, &nodes, replicated, chance);
        history.lines.push((Section::Evs, format!("EVS{number}: {server}")));
    }
    if chance.percent(40) {
        let files = files(&up, &nodes, chance);
        history.lines.push((Section::Groups, format!("Files: {files}")));
    }
    if chance.percent(20) {
        let switch = chance.of(Switches::TABLE);
        let value = value_of(switch, chance);
        history.lines.push((Section::Switches, format!("{}: {value}", switch.name)));
    }
}

/// One of a switch's words, or a span for one that takes spans.
fn value_of(switch: &Switch, chance: &mut Chance) -> String {
    match switch.words {
        [] => span(*chance.of(&[1, 10, 1_000, 30_000])),
        words => (*chance.of(words)).to_owned(),
    }
}

fn evs(owner: String, nodes: &[String], replicated: bool, chance: &mut Chance) -> String {
    let mut keys = vec![format!("owner: {}", owner_keys(owner, nodes, chance))];
    let mut stores = vec![format!("SG1/Mailbox: {}", store(chance))];
    for number in 0..chance.below(3) {
        // A storage group with two copies has one store.
        let group = if replicated { 2 + number } else { 1 + number / 2 };
        stores.push(format!("SG{group}/Store{number}: {}", store(chance)));
    }
    if replicated {
        keys.push("copies: replicated".to_owned());
        let (dial, _) = *chance.of(words::MOUNT_DIALS);
        keys.push(format!("mount_dial: {dial}"));
    }
    if chance.percent(15) {
        keys.push("temp: local".to_owned());
    }
    if chance.percent(15) {
        keys.push(format!("disk: {}GB", 10 + chance.below(10)));
    }
    keys.push(format!("stores: {{ {} }}", stores.join(", ")));
    format!("{{ {} }}", keys.join(", "))
}

/// An owner, and who else may own it.
fn owner_keys(owner: String, nodes: &[String], chance: &mut Chance) -> String {
    let mut keys = owner.clone();
    if chance.percent(70) {
        let preferred = chance.some(nodes);
        keys += &format!(", preferred: [{}]", preferred.join(", "));
    }
    if chance.percent(20) {
        let others: Vec<String> = nodes.iter().filter(|node| **node != owner).cloned().collect();
        let possible = [vec![owner], chance.some(&others)].concat();
        keys += &format!(", possible_owners: [{}]", possible.join(", "));
    }
    keys
}

fn store(chance: &mut Chance) -> String {
    let mut keys = vec![format!("size: {}", chance.of(&["1MB", "100MB", "1GB", "3GB"]))];
    if chance.percent(15) {
        keys.push("mounted: false".to_owned());
    }
    if chance.percent(30) {
        keys.push(format!("mailboxes: {}", 100 * chance.below(4)));
    }
    if chance.percent(15) {
        keys.push(format!("fixes: [{}]", 1 + chance.below(9)));
    }
    if chance.percent(20) {
        keys.push(format!("log_replay: {}", span(1_000 * (1 + chance.below(300)))));
    }
    if chance.percent(15) {
        keys.push(format!("logs: {}", chance.of(&[1, 60, 3_600])));
    }
    format!("{{ {} }}", keys.join(", "))
}

/// A group that is no Exchange Virtual Server.
fn files(up: &[String], nodes: &[String], chance: &mut Chance) -> String {
    let owner = chance.of(up).clone();
    let preferred = chance.some(nodes).join(", ");
    let action = chance.below(3);
    let threshold = chance.below(4);
    format!(
        "{{ owner: {owner}, preferred: [{preferred}], resources: {{ \
         \"Disk F:\": {{ type: Physical Disk }}, \
         Files Address: {{ type: IP Address, properties: {{ RestartAction: {action}, \
         RestartThreshold: {threshold} }} }}, \
         Files Name: {{ type: Network Name, private: {{ Name: FILES }}, \
         depends_on: [Files Address] }}, \
         Files Share: {{ type: File Share, depends_on: [\"Disk F:\", Files Name] }} }} }}"
    )
}

fn product(history: &mut History, cluster: &Configuration, chance: &mut Chance) {
    let servers: Vec<String> =
        cluster.groups.iter().filter_map(|it| it.evs_name().map(str::to_owned)).collect();
    for node in &cluster.nodes {
        if chance.percent(25) {
            continue;
        }
        let mut keys = Vec::new();
        if chance.percent(85) {
            keys.push(format!("license: {}", license(chance)));
        }
        if chance.percent(85) && !servers.is_empty() {
            keys.push(format!("designate: {}", chance.of(&servers)));
        }
        let line = format!("{}: {{ {} }}", node.name, keys.join(", "));
        history.lines.push((Section::Product, line));
    }
}

pub(crate) fn license(chance: &mut Chance) -> String {
    let (limit, _) = words::RUN_LIMITS[usize::from(chance.percent(20))];
    match chance.percent(20) {
        true => format!("{{ run_limit: {limit}, mailboxes: {} }}", 100 * (1 + chance.below(5))),
        false => limit.to_owned(),
    }
}

/// That a drawn history can be read is itself a part of the test.
pub(crate) fn read(history: &History) -> Result<Scenario, String> {
    let read = scenario::read(history.text().as_bytes(), "drawn");
    read.map_err(|wrong| wrong.to_string()).inspect(|scenario| {
        assert!(scenario.steps.len() as u64 <= STEPS_MAX && scenario.until > Time::START);
    })
}
