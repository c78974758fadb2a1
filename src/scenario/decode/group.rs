//! Groups, resources and stores as the file gives them.

use std::collections::BTreeMap;

use super::{cluster, property};
use crate::model::{Exchange, Guid, ResourceState, Size, Span, same};
use crate::scenario::diagnostic::{Diagnostic, Kind, Mark, Placed};
use crate::scenario::nearest::{one_of, shown};
use crate::scenario::reader::{Fields, Reader};
use crate::scenario::tree::{Node, Value};
use crate::scenario::words;
use crate::sim::{GroupProperties, MountDial, ResourceProperties, StoreChange};

/// How a group was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::scenario) enum Form {
    /// Under `evs`: its resources are made.
    Short,
    /// Under `groups`: its resources are given.
    Long,
}

/// A group. After the expansion every group has its resources, whatever its form was.
#[derive(Debug)]
pub(in crate::scenario) struct GroupDraft {
    pub(in crate::scenario) form: Form,
    pub(in crate::scenario) name: Placed<String>,
    pub(in crate::scenario) guid: Option<Placed<Guid>>,
    pub(in crate::scenario) owner: Option<Placed<String>>,
    pub(in crate::scenario) preferred: Vec<Placed<String>>,
    /// Of every resource of a short form.
    pub(in crate::scenario) possible_owners: Option<Vec<Placed<String>>>,
    pub(in crate::scenario) properties: GroupProperties,
    /// Where its `AntiAffinityClassNames` stand, if they are given.
    pub(in crate::scenario) anti_affinity: Option<Mark>,
    /// The version of the server, where it is not the cluster's; after the expansion it is given.
    pub(in crate::scenario) exchange: Option<Placed<Exchange>>,
    pub(in crate::scenario) temporary_on_group_disk: bool,
    /// Where there are two copies of its stores, and how much may be missing in one.
    pub(in crate::scenario) replicated: Option<Placed<MountDial>>,
    pub(in crate::scenario) disk: Option<Placed<Size>>,
    pub(in crate::scenario) stores: Vec<StoreDraft>,
    pub(in crate::scenario) resources: Vec<ResourceDraft>,
}

/// A store.
#[derive(Debug)]
pub(in crate::scenario) struct StoreDraft {
    pub(in crate::scenario) name: Placed<String>,
    pub(in crate::scenario) size: Size,
    pub(in crate::scenario) used: Option<Placed<Size>>,
    pub(in crate::scenario) mailboxes: u32,
    pub(in crate::scenario) mounted: bool,
    pub(in crate::scenario) log_replay: Span,
    pub(in crate::scenario) fixes: Vec<u32>,
    pub(in crate::scenario) logs: u32,
}

/// A resource.
#[derive(Debug)]
pub(in crate::scenario) struct ResourceDraft {
    pub(in crate::scenario) name: Placed<String>,
    pub(in crate::scenario) guid: Option<Placed<Guid>>,
    pub(in crate::scenario) type_name: String,
    pub(in crate::scenario) depends_on: Vec<Placed<String>>,
    pub(in crate::scenario) possible_owners: Option<Vec<Placed<String>>>,
    pub(in crate::scenario) private: BTreeMap<String, Placed<String>>,
    pub(in crate::scenario) properties: ResourceProperties,
    pub(in crate::scenario) state: ResourceState,
}

const RESOURCE: &str = "the name of a resource";
const PROPERTY: &str = "the name of a property";
/// The short form of an Exchange Virtual Server.
pub(super) fn evs(name: &Placed<String>, node: &Node, reader: &mut Reader) -> Option<GroupDraft> {
    let fields = reader.map(node, "an Exchange Virtual Server", words::EVS);
    let fields = kept(fields, reader)?;
    let mut draft = common(name, &fields, Form::Short, reader);
    draft.possible_owners = possible_owners(&fields, reader);
    Some(draft)
}

/// The long form of a group.
pub(super) fn group(name: &Placed<String>, node: &Node, reader: &mut Reader) -> Option<GroupDraft> {
    let fields = reader.map(node, "a group", words::GROUP);
    let fields = kept(fields, reader)?;
    let mut draft = common(name, &fields, Form::Long, reader);
    draft.guid = fields.get("guid").and_then(|node| guid(node, reader));
    if let Some(node) = fields.get("resources") {
        for (name, node) in reader.names(node, "the map of resources", RESOURCE) {
            let read = resource(name, node, reader);
            draft.resources.extend(kept(read, reader));
        }
    }
    Some(draft)
}

/// Remembers that a name is missing when what bears it could not be read.
fn kept<T>(read: Option<T>, reader: &mut Reader) -> Option<T> {
    reader.lost_name |= read.is_none();
    read
}

/// What both forms can say.
fn common(
    name: &Placed<String>,
    fields: &Fields<'_>,
    form: Form,
    reader: &mut Reader,
) -> GroupDraft {
    let owner = fields.need("owner", "NODE1", reader);
    let owner = owner.and_then(|node| reader.name(node, "the name of the owner"));
    let preferred = fields.get("preferred").and_then(|node| {
        reader.name_list(node, "the list of preferred owners", "the name of a node")
    });
    let disk = fields.get("disk");
    let disk = disk.and_then(|node| reader.parsed(node, "the size of a disk", Kind::BadSize));
    let exchange = fields.get("exchange");
    let exchange = exchange.and_then(|node| cluster::exchange_version(node, reader));
    let temp = fields.get("temp");
    let temp =
        temp.and_then(|node| reader.word(node, "a place for a temporary file", words::TEMPS));
    let stores = fields.get("stores").map(|node| stores(node, reader));
    let properties = fields.get("properties").map(|node| property::of_group(node, reader));
    let (properties, anti_affinity) = properties.unwrap_or_default();
    GroupDraft {
        form,
        name: name.clone(),
        guid: None,
        owner,
        preferred: preferred.unwrap_or_default(),
        possible_owners: None,
        properties,
        anti_affinity,
        exchange,
        replicated: replicated(fields, reader),
        temporary_on_group_disk: temp.is_none_or(|temp| temp.value),
        disk,
        stores: stores.unwrap_or_default(),
        resources: Vec::new(),
    }
}

/// How many logs may be missing means something only where there are two copies.
fn replicated(fields: &Fields<'_>, reader: &mut Reader) -> Option<Placed<MountDial>> {
    let copies = fields.get("copies");
    let copies = copies.and_then(|node| reader.word(node, "a number of copies", words::COPIES));
    let dial = fields.get("mount_dial");
    let dial =
        dial.and_then(|node| reader.word(node, "a setting of the mount dial", words::MOUNT_DIALS));
    let replicated = copies.filter(|copies| copies.value);
    if let (None, Some(dial)) = (&replicated, &dial) {
        let message = "a mount dial is of a server with two copies of its stores";
        let problem = Diagnostic::new(Kind::MissingKey, dial.mark, message);
        reader.problems.add(problem.help("add `copies: replicated`, or take it out"));
    }
    let by_default = |mark| Placed { value: MountDial::default(), mark };
    replicated.map(|copies| dial.unwrap_or(by_default(copies.mark)))
}

fn possible_owners(fields: &Fields<'_>, reader: &mut Reader) -> Option<Vec<Placed<String>>> {
    let node = fields.get("possible_owners")?;
    reader.name_list(node, "the list of possible owners", "the name of a node")
}

fn guid(node: &Node, reader: &mut Reader) -> Option<Placed<Guid>> {
    reader.parsed(node, "a GUID", Kind::BadGuid)
}

fn resource(name: &Placed<String>, node: &Node, reader: &mut Reader) -> Option<ResourceDraft> {
    let fields = reader.map(node, "a resource", words::RESOURCE)?;
    let type_name = fields.need("type", "Physical Disk", reader);
    let type_name = type_name.and_then(|node| reader.name(node, "the type of a resource"));
    let depends_on = fields
        .get("depends_on")
        .and_then(|node| reader.name_list(node, "the list of dependencies", RESOURCE));
    let properties = fields.get("properties").map(|node| property::of_resource(node, reader));
    let state = fields.get("state").and_then(|node| {
        reader.word(node, "a state that a resource can start in", words::RESOURCE_STARTS)
    });
    Some(ResourceDraft {
        name: name.clone(),
        guid: fields.get("guid").and_then(|node| guid(node, reader)),
        depends_on: depends_on.unwrap_or_default(),
        possible_owners: possible_owners(&fields, reader),
        private: fields.get("private").map(|node| private(node, reader)).unwrap_or_default(),
        properties: properties.unwrap_or_default(),
        state: state.map_or(ResourceState::Online, |state| state.value),
        type_name: type_name?.value,
    })
}

/// Private properties: any name, any text. The names that the simulator and the product look up are
/// spelt as they look them up.
fn private(node: &Node, reader: &mut Reader) -> BTreeMap<String, Placed<String>> {
    let mut properties = BTreeMap::new();
    for (name, node) in reader.names(node, "the map of private properties", PROPERTY) {
        let Some(text) = reader.text(node, "a private property") else { continue };
        let spelt = words::PRIVATE_PROPERTIES.iter().find(|spelt| same(spelt, &name.value));
        let name = spelt.map_or(name.value.as_str(), |spelt| *spelt);
        properties.insert(name.to_owned(), text);
    }
    properties
}

pub(super) fn number(node: &Node, what: &str, reader: &mut Reader) -> Option<u32> {
    let number = reader.parsed(node, what, Kind::BadNumber)?;
    Some(number.value)
}

fn stores(node: &Node, reader: &mut Reader) -> Vec<StoreDraft> {
    let mut stores = Vec::new();
    for (name, node) in reader.names(node, "the map of stores", "the name of a store") {
        let read = store(name, node, reader);
        reader.lost_store |= read.is_none();
        stores.extend(read);
    }
    stores
}

fn store(name: &Placed<String>, node: &Node, reader: &mut Reader) -> Option<StoreDraft> {
    let parts: Vec<&str> = name.value.split('/').collect();
    if parts.len() != 2 || parts.iter().any(|part| part.trim().is_empty()) {
        let message = format!("`{}` does not name a storage group and a store", shown(&name.value));
        let problem = Diagnostic::new(Kind::BadStoreName, name.mark, message);
        reader.problems.add(problem.help("write GROUP/STORE, for example `SG1/Mailbox`"));
        return None;
    }
    let mut store = StoreDraft {
        name: name.clone(),
        size: Size::default(),
        used: None,
        mailboxes: 0,
        mounted: true,
        log_replay: Span::ZERO,
        fixes: Vec::new(),
        logs: 0,
    };
    if let Value::Text(_) = node.value {
        store.size = size(node, reader)?.value;
        return Some(store);
    }
    let fields = reader.map(node, "a store", words::STORE)?;
    let found = fields.need("size", "2GB", reader).and_then(|node| size(node, reader));
    store.used = fields.get("used").and_then(|node| size(node, reader));
    if let Some(node) = fields.get("mailboxes") {
        store.mailboxes = number(node, "a number of mailboxes", reader)?;
    }
    if let Some(node) = fields.get("mounted") {
        store.mounted = reader.flag(node, "an answer to whether the store is mounted")?;
    }
    if let Some(node) = fields.get("log_replay") {
        store.log_replay = reader.parsed(node, "a time", Kind::BadTime)?.value;
    }
    if let Some(node) = fields.get("fixes") {
        let counts = reader.list(node, "the list of fixes")?;
        let count = |node| number(node, "a number of errors", reader);
        store.fixes = counts.iter().map(count).collect::<Option<_>>()?;
    }
    if let Some(node) = fields.get("logs") {
        store.logs = number(node, "a number of logs in an hour", reader)?;
    }
    store.size = found?.value;
    Some(store)
}

pub(super) fn size(node: &Node, reader: &mut Reader) -> Option<Placed<Size>> {
    reader.parsed(node, "the size of a store", Kind::BadSize)
}

/// What a store holds from now on: at least one thing has to be said.
pub(super) fn store_change(fields: &Fields<'_>, reader: &mut Reader) -> Option<StoreChange> {
    const KEYS: [&str; 3] = ["size", "used", "mailboxes"];
    let mut change = StoreChange::default();
    if let Some(node) = fields.get("size") {
        change.size = Some(size(node, reader)?.value);
    }
    if let Some(node) = fields.get("used") {
        change.used = Some(size(node, reader)?.value);
    }
    if let Some(node) = fields.get("mailboxes") {
        change.mailboxes = Some(number(node, "a number of mailboxes", reader)?);
    }
    if change == StoreChange::default() {
        let message = format!("a change of a store needs one of the keys {}", one_of(KEYS));
        let problem = Diagnostic::new(Kind::MissingKey, fields.mark, message);
        reader.problems.add(problem.help("say what it holds then, for example `mailboxes: 250`"));
        return None;
    }
    Some(change)
}
