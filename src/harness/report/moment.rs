//! A moment as text and as JSON.

use std::fmt::Write as _;
use std::sync::Arc;

use serde_json::{Value, json};

use super::{console_text, situation_json, situation_text};
use crate::harness::moment::{Disk, Moment};
use crate::model::{DiskView, Fact, StoreName, StoreView, Temporary, ToolState};

impl Moment {
    /// How everything stands, as text.
    pub fn text(&self) -> String {
        let mut text = String::new();
        if let Some(eyes) = &self.eyes {
            let node = &eyes.node;
            let _ = match (eyes.service, eyes.unknown) {
                (None, _) => writeln!(text, "  {node} is off or hangs: it sees nothing"),
                (Some(service), Some(code)) => {
                    writeln!(text, "  cluster service {service}   cluster unknown: {code}")
                }
                (Some(service), None) => writeln!(text, "  cluster service {service}"),
            };
        }
        if self.eyes.as_ref().is_none_or(|eyes| eyes.service.is_some() && eyes.unknown.is_none()) {
            text.push_str(&situation_text(&self.situation));
        }
        for astray in &self.astray {
            let meant = match astray.intended {
                Some(true) => ", meant to be online",
                Some(false) => ", meant to be offline",
                None => "",
            };
            let (group, resource, state) = (&astray.group, &astray.resource, astray.state);
            let _ = writeln!(text, "  astray  {resource} of {group} {state}{meant}");
        }
        self.disks.iter().for_each(|disk| write_disk(&mut text, disk));
        self.situation.consoles.iter().for_each(|it| text.push_str(&console_text(it)));
        text
    }

    /// The same as JSON.
    pub(in crate::harness) fn value(&self) -> Value {
        let mut value = situation_json(&self.situation);
        value["at_ms"] = json!(self.at.ms());
        value["eyes"] = json!(self.eyes.as_ref().map(|eyes| json!({
            "node": eyes.node,
            "service": eyes.service.map(|it| it.word()),
            "unknown": eyes.unknown.map(|code| code.to_string()),
        })));
        value["astray"] = json!(
            self.astray
                .iter()
                .map(|it| json!({
                    "group": it.group,
                    "resource": it.resource,
                    "state": it.state.word(),
                    "intended": it.intended,
                }))
                .collect::<Vec<_>>()
        );
        value["disks"] = json!(self.disks.iter().map(disk_json).collect::<Vec<_>>());
        value
    }

    /// The moment as JSON, by itself.
    pub fn json(&self, name: &str, seed: u64) -> Value {
        let mut value = self.value();
        value["version"] = json!(super::FORMAT_VERSION);
        value["scenario"] = json!(name);
        value["seed"] = json!(seed);
        value
    }
}

fn write_disk(text: &mut String, disk: &Disk) {
    let _ = write!(text, "  disk of {} on {}", disk.group, disk.owner);
    match &disk.view {
        Fact::Unknown(code) => {
            let _ = writeln!(text, "   unknown: {code}");
        }
        Fact::Known(view) => {
            let _ = writeln!(text, "   {} free", view.free);
            view.stores.iter().for_each(|(name, store)| write_store(text, view, name, store));
        }
    }
}

fn write_store(text: &mut String, disk: &DiskView, name: &StoreName, store: &StoreView) {
    let (mount, size, mailboxes) = (store.mount, store.size, store.mailboxes);
    let _ = write!(text, "    {name} {mount}, {}, {size}", store.consistency);
    let _ = write!(text, ", {mailboxes} mailboxes");
    if store.damaged {
        text.push_str(", damaged");
    }
    if store.locked {
        text.push_str(", locked by a backup");
    }
    if store.temporary != Temporary::Absent {
        let _ = write!(text, ", temporary file {}", store.temporary);
    }
    let tool = disk.tools.get(name).filter(|it| it.state == ToolState::Running);
    if let Some(tool) = tool {
        let _ = write!(text, ", {} {}", tool.tool, tool.phase);
    }
    text.push('\n');
}

fn disk_json(disk: &Disk) -> Value {
    let stores = |view: &Arc<DiskView>| {
        let store = |(name, it): (&StoreName, &StoreView)| {
            let tool = view.tools.get(name).filter(|it| it.state == ToolState::Running);
            json!({
                "store": name,
                "mount": it.mount.word(),
                "consistency": it.consistency.word(),
                "size_bytes": it.size.bytes(),
                "mailboxes": it.mailboxes,
                "damaged": it.damaged,
                "locked": it.locked,
                "temporary": it.temporary.word(),
                "tool": tool.map(|it| it.tool.to_string()),
            })
        };
        view.stores.iter().map(store).collect::<Vec<_>>()
    };
    json!({
        "group": disk.group,
        "owner": disk.owner,
        "free_bytes": disk.view.known().map(|view| view.free.bytes()),
        "stores": disk.view.known().map(stores).unwrap_or_default(),
    })
}
