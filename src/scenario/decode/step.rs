//! What happens, in the order of time.

use std::collections::BTreeSet;

use super::cluster::exchange_version;
use super::{Chosen, group, only_key, product, time};
use crate::model::{EvsName, NodeName, ResourceName, Span, Time};
use crate::scenario::diagnostic::{Diagnostic, Kind, Placed};
use crate::scenario::names::Names;
use crate::scenario::nearest::{one_of, shown};
use crate::scenario::reader::{Fields, Reader};
use crate::scenario::tree::{Entry, Node, Value};
use crate::scenario::{Moment, Verb, validate, words};
use crate::sim::{CopyChange, Step};

/// A run as it is told: the names grow and the product spreads from step to step.
pub(super) struct Story<'n> {
    pub(super) names: &'n mut Names,
    pub(super) until: Option<Placed<Time>>,
    /// Where the product is, up to the step that was read last.
    pub(super) installed: BTreeSet<NodeName>,
    before: Option<Placed<Time>>,
}

impl<'n> Story<'n> {
    pub(super) fn new<'i>(
        names: &'n mut Names,
        until: Option<Placed<Time>>,
        installed: impl Iterator<Item = &'i NodeName>,
    ) -> Self {
        Self { names, until, installed: installed.cloned().collect(), before: None }
    }

    pub(super) fn steps(&mut self, node: &Node, reader: &mut Reader) -> Vec<Moment> {
        let items = match node.value {
            Value::Empty => &[],
            _ => reader.list(node, "the list of steps").unwrap_or_default(),
        };
        items.iter().filter_map(|item| self.step(item, reader)).collect()
    }

    fn step(&mut self, node: &Node, reader: &mut Reader) -> Option<Moment> {
        let problems = reader.problems.count();
        let fields = reader.map(node, "a step", words::STEP)?;
        let understood = node.whole && reader.problems.count() == problems;
        let at = fields.need("at", "10m", reader).and_then(|node| time(node, "a time", reader));
        if let Some(at) = &at {
            self.in_time(at, reader);
        }
        let entry = match only_key(&fields, words::VERBS) {
            Chosen::One(entry) => entry,
            Chosen::None => {
                // A key that was not understood is the verb, most likely.
                if understood {
                    no_verb(&fields, reader);
                }
                return None;
            }
            Chosen::Several(first, second) => {
                several_verbs(first, second, reader);
                return None;
            }
        };
        let verb = self.verb(&entry.key, &entry.value, reader)?;
        Some(Moment { at: at?.value, verb })
    }

    fn in_time(&mut self, at: &Placed<Time>, reader: &mut Reader) {
        if let Some(before) = &self.before
            && at.value < before.value
        {
            let message = "this step is earlier than the one above it";
            let problem = Diagnostic::new(Kind::StepOutOfOrder, at.mark, message);
            let problem = problem.label("earlier").also(before.mark, "than this");
            reader.problems.add(problem.help("write the steps in the order of time"));
            return;
        }
        self.before = Some(*at);
        validate::not_after_end(Kind::StepAfterEnd, at, self.until.as_ref(), reader);
    }

    fn verb(&mut self, verb: &Placed<String>, node: &Node, reader: &mut Reader) -> Option<Verb> {
        let step = match verb.value.as_str() {
            "crash" => Step::Crash(self.node(node, reader)?),
            "boot" => Step::Boot(self.node(node, reader)?),
            "evict" => Step::Evict(self.node(node, reader)?),
            "fail_resource" => self.fail_resource(node, reader)?,
            "initiate_failure" => Step::InitiateFailure(self.resource(node, reader)?),
            "hang_resource" => self.hang_resource(node, reader)?,
            "set" => self.set(node, reader)?,
            "add_node" => Step::AddNode(self.node(node, reader)?),
            "pause" => Step::Pause(self.node(node, reader)?),
            "resume" => Step::Resume(self.node(node, reader)?),
            "stop_service" => Step::StopService(self.node(node, reader)?),
            "start_service" => Step::StartService(self.node(node, reader)?),
            "move" => self.move_group(node, reader)?,
            "online" => self.online_or_offline(node, true, reader)?,
            "offline" => self.online_or_offline(node, false, reader)?,
            "rename_evs" => self.rename(node, reader)?,
            "delete_evs" => {
                let group = self.server(node, reader)?;
                self.names.delete_evs(&group);
                Step::DeleteEvs(group)
            }
            "fail_disk" => Step::FailDisk(self.server(node, reader)?),
            "upgrade_node" => self.upgrade_node(node, reader)?,
            "upgrade_windows" => self.upgrade_windows(node, reader)?,
            "upgrade_evs" => Step::UpgradeEvs(self.server(node, reader)?),
            "replace_disk" => self.replace_disk(node, reader)?,
            "fail_store_process" => Step::FailStoreProcess(self.node(node, reader)?),
            "fail_tool" | "fill_disk" | "backup" | "mount" | "dismount" | "change_store" => {
                self.to_stores(&verb.value, node, reader)?
            }
            "suspend_copy" => self.to_copy(node, CopyChange::Suspend, reader)?,
            "resume_copy" => self.to_copy(node, CopyChange::Resume, reader)?,
            "reseed_copy" => self.to_copy(node, CopyChange::Reseed, reader)?,
            "restore_copy" => self.to_copy(node, CopyChange::Restore, reader)?,
            "power_off_all" | "hang" | "hang_service" | "reboot" | "shut_down" | "cut"
            | "partition" | "lose_quorum_disk" | "lose_quorum_files" | "lose_witness" | "heal" => {
                self.disturbance(&verb.value, node, reader)?
            }
            _ => return self.product_verb(verb, node, reader),
        };
        Some(Verb::Cluster(step))
    }

    fn product_verb(
        &mut self,
        verb: &Placed<String>,
        node: &Node,
        reader: &mut Reader,
    ) -> Option<Verb> {
        if verb.value == "console" {
            let node_name = self.node(node, reader)?;
            self.is_installed(&node_name, verb, reader);
            return Some(Verb::Console(node_name));
        }
        let asked = product::request(&verb.value, node, self.names, reader);
        if verb.value == "install" {
            self.installed.extend(asked.iter().map(|(node, _)| node.clone()));
        }
        let (node, request) = asked?;
        self.is_installed(&node, verb, reader);
        Some(Verb::Product(node, request))
    }

    /// Reports what is asked of a product that is not there.
    pub(super) fn is_installed(
        &self,
        node: &NodeName,
        place: &Placed<String>,
        reader: &mut Reader,
    ) {
        if self.installed.contains(node) {
            return;
        }
        let message = format!("the product is not installed on `{}`", shown(node.as_str()));
        let problem = Diagnostic::new(Kind::ProductNotInstalled, place.mark, message);
        let help =
            format!("add `{node}: {{}}` to `product`, or a step `install: {node}` before this one");
        reader.problems.add(problem.label("this asks something of it").help(help));
    }

    pub(super) fn resource(&self, node: &Node, reader: &mut Reader) -> Option<ResourceName> {
        let name = reader.name(node, "the name of a resource")?;
        self.names.resource(&name, reader)
    }

    pub(super) fn node(&self, node: &Node, reader: &mut Reader) -> Option<NodeName> {
        let name = reader.name(node, "the name of a node")?;
        self.names.node(&name, reader)
    }

    /// The group that a server of this name is.
    fn server(&self, node: &Node, reader: &mut Reader) -> Option<crate::model::GroupName> {
        let name = reader.name(node, "the name of an Exchange Virtual Server")?;
        self.names.evs_group(&name, reader)
    }

    fn upgrade_node(&self, node: &Node, reader: &mut Reader) -> Option<Step> {
        let fields = reader.map(node, "an upgrade of a node", words::UPGRADE_NODE)?;
        let name = fields.need("node", "NODE1", reader);
        let name = name.and_then(|node| self.node(node, reader));
        let to = fields.need("to", "2003", reader);
        let to = to.and_then(|node| exchange_version(node, reader));
        Some(Step::UpgradeNode { node: name?, to: to?.value })
    }

    fn upgrade_windows(&self, node: &Node, reader: &mut Reader) -> Option<Step> {
        let fields = reader.map(node, "an upgrade of Windows", words::UPGRADE_WINDOWS)?;
        let name = fields.need("node", "NODE1", reader);
        let name = name.and_then(|node| self.node(node, reader));
        let to = fields.need("to", "2003", reader);
        let to = to.and_then(|node| reader.word(node, "a version of Windows", words::RELEASES));
        Some(Step::UpgradeWindows { node: name?, to: to?.value })
    }

    fn replace_disk(&self, node: &Node, reader: &mut Reader) -> Option<Step> {
        if let Value::Text(_) = node.value {
            return Some(Step::ReplaceDisk { group: self.server(node, reader)?, empty: false });
        }
        let fields = reader.map(node, "the replacement of a disk", words::REPLACE_DISK)?;
        let evs = fields.need("evs", "EVS1", reader);
        let group = evs.and_then(|node| self.server(node, reader));
        let empty = match fields.get("empty") {
            None => Some(false),
            Some(node) => reader.flag(node, "an answer to whether the disk is empty"),
        };
        Some(Step::ReplaceDisk { group: group?, empty: empty? })
    }

    fn move_group(&self, node: &Node, reader: &mut Reader) -> Option<Step> {
        if let Value::Text(_) = node.value {
            let name = reader.name(node, "the name of a server or group")?;
            return Some(Step::Move { group: self.names.evs_or_group(&name, reader)?, to: None });
        }
        let fields = reader.map(node, "a move", words::MOVE)?;
        let entry = one_target(&fields, &["evs", "group"], "a move", reader);
        let to = match fields.get("to") {
            None => Some(None),
            Some(node) => self.node(node, reader).map(Some),
        };
        let group = self.group(entry?, reader);
        Some(Step::Move { group: group?, to: to? })
    }

    /// The group that `evs: X` or `group: X` names.
    pub(super) fn group(
        &self,
        entry: &Entry,
        reader: &mut Reader,
    ) -> Option<crate::model::GroupName> {
        if entry.key.value == "evs" {
            let name = reader.name(&entry.value, "the name of an Exchange Virtual Server")?;
            return self.names.evs_group(&name, reader);
        }
        let name = reader.name(&entry.value, "the name of a group")?;
        self.names.group(&name, reader)
    }

    fn online_or_offline(&self, node: &Node, online: bool, reader: &mut Reader) -> Option<Step> {
        let what = if online { "an online step" } else { "an offline step" };
        let fields = reader.map(node, what, words::ONLINE)?;
        let entry = one_target(&fields, words::ONLINE, what, reader)?;
        if entry.key.value == "resource" {
            let resource = self.resource(&entry.value, reader)?;
            return Some(match online {
                true => Step::OnlineResource(resource),
                false => Step::OfflineResource(resource),
            });
        }
        let group = self.group(entry, reader)?;
        Some(match online {
            true => Step::OnlineGroup(group),
            false => Step::OfflineGroup(group),
        })
    }

    /// What befalls the stores of a server, or is done to them.
    fn to_stores(&self, verb: &str, node: &Node, reader: &mut Reader) -> Option<Step> {
        let (what, keys) = match verb {
            "fail_tool" => ("a failure of a tool", words::FAIL_TOOL),
            "fill_disk" => ("filling a disk", words::FILL_DISK),
            "backup" => ("a backup", words::BACKUP),
            "change_store" => ("a change of a store", words::CHANGE_STORE),
            _ => ("mounting or dismounting a store", words::MOUNT),
        };
        let fields = reader.map(node, what, keys)?;
        let evs = fields.need("evs", "EVS1", reader);
        let evs = evs.and_then(|node| reader.name(node, "the name of an Exchange Virtual Server"));
        let group = evs.and_then(|evs| self.names.evs_group(&evs, reader));
        if verb == "fill_disk" {
            let to = fields.need("to", "1GB", reader);
            let to = to.and_then(|node| group::size(node, reader));
            return Some(Step::FillDisk { group: group?, to: to?.value });
        }
        if verb == "fail_tool" && fields.get("store").is_none() {
            return Some(Step::FailMtaTool(group?));
        }
        let store = fields.need("store", "SG1/Mailbox", reader);
        let store = store.and_then(|node| reader.name(node, "the name of a store"));
        let store = store.and_then(|name| self.names.store(&name, reader));
        if verb == "backup" {
            let span = fields.need("for", "1h", reader);
            let span = span.and_then(|node| reader.parsed::<Span>(node, "a time", Kind::BadTime));
            return Some(Step::BackUp { group: group?, store: store?, span: span?.value });
        }
        if verb == "change_store" {
            let to = group::store_change(&fields, reader);
            return Some(Step::ChangeStore { group: group?, store: store?, to: to? });
        }
        let (group, store) = (group?, store?);
        Some(match verb {
            "fail_tool" => Step::FailTool { group, store },
            _ => Step::MountStore { group, store, mount: verb == "mount" },
        })
    }

    /// What is done to the passive copy of a store.
    fn to_copy(&self, node: &Node, change: CopyChange, reader: &mut Reader) -> Option<Step> {
        let fields = reader.map(node, "a change of a copy", words::COPY)?;
        let evs = fields.need("evs", "EVS1", reader);
        let group = evs.and_then(|node| self.server(node, reader));
        let store = fields.need("store", "SG1/Mailbox", reader);
        let store = store.and_then(|node| reader.name(node, "the name of a store"));
        let store = store.and_then(|name| self.names.store(&name, reader));
        Some(Step::ChangeCopy { group: group?, store: store?, change })
    }

    fn rename(&mut self, node: &Node, reader: &mut Reader) -> Option<Step> {
        let fields = reader.map(node, "a renaming", words::RENAME_EVS)?;
        let evs = fields.need("evs", "EVS1", reader);
        let evs = evs.and_then(|node| reader.name(node, "the name of an Exchange Virtual Server"));
        let to = fields.need("to", "EVS9", reader);
        let to = to.and_then(|node| reader.name(node, "the new name"));
        let group = evs.and_then(|evs| self.names.evs_group(&evs, reader));
        let (group, to) = (group?, to?);
        validate::computer_name(&to, reader);
        if let Some(other) = self.names.computer(&to.value, &group) {
            let message = format!("`{}` is the name of {other} already", shown(&to.value));
            let problem = Diagnostic::new(Kind::ComputerNameTwice, to.mark, message);
            reader.problems.add(problem.help("two computers never have one name: choose another"));
            return None;
        }
        self.names.add_evs(&to.value, group.clone());
        Some(Step::RenameEvs { group, to: EvsName::from(to.value.as_str()) })
    }
}

/// The one key that says what a verb is done to.
pub(super) fn one_target<'t>(
    fields: &Fields<'t>,
    targets: &[&'static str],
    what: &str,
    reader: &mut Reader,
) -> Option<&'t Entry> {
    match only_key(fields, targets) {
        Chosen::One(entry) => Some(entry),
        Chosen::None => {
            let keys = one_of(targets.iter().copied());
            let message = format!("{what} needs one of the keys {keys}");
            let problem = Diagnostic::new(Kind::MissingKey, fields.mark, message);
            reader.problems.add(problem.help("say what it is done to, for example `evs: EVS1`"));
            None
        }
        Chosen::Several(first, second) => {
            let message = format!("{what} is done to one thing, not to several");
            let problem = Diagnostic::new(Kind::ConflictingKeys, second.key.mark, message);
            let problem = problem.label("and this").also(first.key.mark, "both this");
            reader.problems.add(problem.help("keep one of the keys, or write two steps"));
            None
        }
    }
}

fn no_verb(fields: &Fields<'_>, reader: &mut Reader) {
    reader.report(|_| {
        let message = "nothing happens in this step";
        let problem = Diagnostic::new(Kind::NoVerb, fields.mark, message);
        let help = "add what happens, such as `crash: NODE1`; scenarios/README.md has every verb";
        problem.label("a verb is missing").help(help)
    });
}

fn several_verbs(first: &Entry, second: &Entry, reader: &mut Reader) {
    let (one, other) = (first.key.value.as_str(), second.key.value.as_str());
    let message = format!("a step has one verb, but this one has `{one}` and `{other}`");
    let problem = Diagnostic::new(Kind::SeveralVerbs, second.key.mark, message);
    let problem = problem.label("a second verb").also(first.key.mark, "the first verb");
    let help = "write two steps with the same `at`: they happen in the order of the file";
    reader.problems.add(problem.help(help));
}
