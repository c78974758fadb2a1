//! Bugs of the product's side: what it is shown is not so, or what it does is not what it meant.

use std::cell::Cell;
use std::sync::Arc;

use evsim::backend::{ActError, Backend, Census, GroupFacts, Local};
use evsim::model::{
    Act, Action, ErrorCode, EvsName, GroupName, MountState, NodeName, NodeView, Place, Record,
    ResourceName, ResourceState, ResourceView, StorageView, StoreName, Ticket, Tool, resource_type,
};
use evsim::product::memory::NodeMemory;
use evsim::product::policy::License;
use evsim::sim::{SharedCluster, SimBackend};

use crate::scenarios::{
    BOTH_DESIGNATED, FAILOVER, FAILOVER_BEGUN, ONE_STORE_MOUNTED, OVER_COUNT, REVOKED, SINGLE_SHOT,
    TWO_STORES,
};
use crate::{Kind, Plant};

/// What a backend answers and does instead of the truth.
#[derive(Clone, Copy)]
pub(crate) struct Lies {
    pub(crate) local: fn(Local) -> Local,
    pub(crate) census: fn(Census) -> Result<Census, ErrorCode>,
    pub(crate) resource: fn(ResourceView) -> ResourceView,
    pub(crate) storage: fn(&Bent, &Place) -> Result<StorageView, ErrorCode>,
    pub(crate) start: fn(&mut Bent, &Action) -> Result<(), ActError>,
}

pub(crate) const HONEST: Lies = Lies {
    local: |local| local,
    census: Ok,
    resource: |resource| resource,
    storage: |bent, place| bent.honest.storage(place),
    start: |bent, action| bent.honest.start(action),
};

/// One node's access to its cluster, with a bug in it.
pub(crate) struct Bent {
    pub(crate) honest: SimBackend,
    lies: Lies,
    /// Whether it has left a mount undone.
    dropped: Cell<bool>,
}

impl Bent {
    pub(crate) fn new(cluster: &SharedCluster, node: &NodeName, lies: Lies) -> Self {
        let honest = SimBackend::new(cluster, node).expect("a scenario names its own nodes only");
        Self { honest, lies, dropped: Cell::new(false) }
    }

    pub(crate) fn do_instead(&mut self, act: Act) -> Result<(), ActError> {
        self.honest.start(&Action { act, requires: Vec::new() })
    }
}

impl Backend for Bent {
    fn local(&self) -> Local {
        (self.lies.local)(self.honest.local())
    }

    fn census(&self) -> Result<Census, ErrorCode> {
        self.honest.census().and_then(self.lies.census)
    }

    fn node(&self, name: &NodeName) -> Result<NodeView, ErrorCode> {
        self.honest.node(name)
    }

    fn group(&self, name: &GroupName) -> Result<GroupFacts, ErrorCode> {
        self.honest.group(name)
    }

    fn resource(&self, name: &ResourceName) -> Result<ResourceView, ErrorCode> {
        self.honest.resource(name).map(self.lies.resource)
    }

    fn storage(&self, place: &Place) -> Result<StorageView, ErrorCode> {
        (self.lies.storage)(self, place)
    }

    fn start(&mut self, action: &Action) -> Result<(), ActError> {
        (self.lies.start)(self, action)
    }
}

pub(crate) const PLANTS: &[Plant] = &[
    Plant {
        claim: "only the designated EVS is touched",
        bug: "every act on EVS1 goes to EVS2, and so does every look at its stores",
        also: &["what a job does is told and written down first"],
        scenario: FAILOVER,
        kind: Kind::Seam(
            "NODE1",
            Lies { storage: shows_other_stores, start: works_on_other, ..HONEST },
        ),
    },
    Plant {
        claim: "a node's jobs run one after the other",
        bug: "all stores go down and come back together",
        also: &["what a job does is told and written down first"],
        scenario: TWO_STORES,
        kind: Kind::Seam("NODE1", Lies { start: takes_all_stores, ..HONEST }),
    },
    Plant {
        claim: "a designation changes only by an administrator's act",
        bug: "the record comes back with another name in it",
        also: &[],
        scenario: BOTH_DESIGNATED,
        kind: Kind::Seam("NODE2", Lies { storage: shows_other_designation, ..HONEST }),
    },
    Plant {
        claim: "the choices are the EVSes operational on the node",
        bug: "an Information Store is shown online before it is",
        also: &[],
        scenario: FAILOVER,
        kind: Kind::Seam("NODE1", Lies { resource: shows_stores_online, ..HONEST }),
    },
    Plant {
        claim: "every other EVS on the node is ignored",
        bug: "a System Attendant is not recognised, and the EVS is nothing to ignore",
        also: &[],
        scenario: FAILOVER_BEGUN,
        kind: Kind::Seam("NODE1", Lies { resource: hides_attendant, ..HONEST }),
    },
    Plant {
        claim: "the console shows the physical node and every group it owns",
        bug: "the node gives the name of an EVS for its own",
        also: &[],
        scenario: BOTH_DESIGNATED,
        kind: Kind::Seam("NODE2", Lies { local: says_virtual_name, ..HONEST }),
    },
    Plant {
        claim: "the console shows the physical node and every group it owns",
        bug: "the Cluster Group is left out",
        also: &[],
        scenario: BOTH_DESIGNATED,
        kind: Kind::Seam("NODE1", Lies { census: hides_cluster_group, ..HONEST }),
    },
    Plant {
        claim: "the console shows the physical node and every group it owns",
        bug: "a member takes the cluster for unreachable",
        // It looks again and again.
        also: &["switched on again, the cluster comes to rest"],
        scenario: BOTH_DESIGNATED,
        kind: Kind::Seam(
            "NODE2",
            Lies { census: |_| Err(ErrorCode::RPC_S_SERVER_UNAVAILABLE), ..HONEST },
        ),
    },
    Plant {
        claim: "nothing runs unlicensed, over count, undesignated or out of time",
        bug: "a licence that was given back is still in the record",
        also: &[],
        scenario: REVOKED,
        kind: Kind::Seam("NODE1", Lies { storage: shows_license, ..HONEST }),
    },
    Plant {
        claim: "nothing runs unlicensed, over count, undesignated or out of time",
        bug: "a single shot is never used up",
        also: &[],
        scenario: SINGLE_SHOT,
        kind: Kind::Seam("NODE1", Lies { storage: shows_no_runs, ..HONEST }),
    },
    Plant {
        claim: "nothing runs unlicensed, over count, undesignated or out of time",
        bug: "mailboxes are counted wrongly",
        also: &[],
        scenario: OVER_COUNT,
        kind: Kind::Seam("NODE1", Lies { storage: shows_one_mailbox, ..HONEST }),
    },
    Plant {
        claim: "a store that a job changed is back as it was, or reported",
        bug: "a store is checked in place of being mounted, and then shown as mounted",
        also: &["what a job does is told and written down first"],
        scenario: BOTH_DESIGNATED,
        kind: Kind::Seam(
            "NODE1",
            Lies { storage: shows_mounted, start: checks_in_place_of_mounts, ..HONEST },
        ),
    },
    Plant {
        claim: "a store that a job changed is back as it was, or reported",
        bug: "a store that was not mounted before is mounted with the others",
        also: &[],
        scenario: ONE_STORE_MOUNTED,
        kind: Kind::Seam("NODE1", Lies { start: mounts_all_stores, ..HONEST }),
    },
    Plant {
        claim: "switched on again, the cluster comes to rest",
        bug: "a mount is not done, and the job waits for it for ever",
        also: &[],
        scenario: BOTH_DESIGNATED,
        kind: Kind::Seam("NODE1", Lies { start: mounts_nothing, ..HONEST }),
    },
];

fn other_disk(place: &Place) -> Place {
    match place {
        Place::Disk(group) if group.as_str() == "EVS1" => Place::Disk("EVS2".into()),
        place => place.clone(),
    }
}

/// The record stays that of the right server: only its stores are those of the other.
fn shows_other_stores(bent: &Bent, place: &Place) -> Result<StorageView, ErrorCode> {
    let mut shown = bent.honest.storage(place)?;
    if let Ok(other) = bent.honest.storage(&other_disk(place)) {
        shown.disk = other.disk;
    }
    Ok(shown)
}

fn works_on_other(bent: &mut Bent, action: &Action) -> Result<(), ActError> {
    let mut act = action.act.clone();
    if let Act::Dismount { group, .. } | Act::Mount { group, .. } | Act::StartTool { group, .. } =
        &mut act
    {
        *group = "EVS2".into();
    }
    bent.do_instead(act)
}

fn takes_all_stores(bent: &mut Bent, action: &Action) -> Result<(), ActError> {
    for store in ["SG1/Mailbox", "SG1/Public"].map(StoreName::from) {
        match &action.act {
            Act::Dismount { group, .. } => {
                bent.do_instead(Act::Dismount { group: group.clone(), store })?;
            }
            Act::Mount { group, .. } => {
                bent.do_instead(Act::Mount { group: group.clone(), store })?;
            }
            _ => return bent.honest.start(action),
        }
    }
    Ok(())
}

fn mounts_all_stores(bent: &mut Bent, action: &Action) -> Result<(), ActError> {
    match &action.act {
        Act::Mount { .. } => takes_all_stores(bent, action),
        _ => bent.honest.start(action),
    }
}

/// The node's own record with something else in it.
pub(crate) fn forged(
    bent: &Bent,
    place: &Place,
    forge: fn(&mut NodeMemory),
) -> Result<StorageView, ErrorCode> {
    let mut shown = bent.honest.storage(place)?;
    if let (Place::Node, Some(Record { text, .. })) = (place, &mut shown.record) {
        let mut memory: NodeMemory = serde_json::from_str(text).expect("the product's record");
        forge(&mut memory);
        *text = memory.text().into();
    }
    Ok(shown)
}

fn shows_other_designation(bent: &Bent, place: &Place) -> Result<StorageView, ErrorCode> {
    forged(bent, place, |memory| {
        memory.designation.iter_mut().for_each(|it| it.evs = EvsName::from("EVS9"));
    })
}

pub(crate) fn shows_license(bent: &Bent, place: &Place) -> Result<StorageView, ErrorCode> {
    forged(bent, place, |memory| memory.license = Some(License::UNLIMITED))
}

fn shows_no_runs(bent: &Bent, place: &Place) -> Result<StorageView, ErrorCode> {
    forged(bent, place, |memory| memory.runs = 0)
}

fn shows_one_mailbox(bent: &Bent, place: &Place) -> Result<StorageView, ErrorCode> {
    let mut shown = bent.honest.storage(place)?;
    let stores = shown.disk.iter_mut().flat_map(|disk| Arc::make_mut(disk).stores.values_mut());
    stores.for_each(|store| store.mailboxes = 1);
    Ok(shown)
}

fn mounts_nothing(bent: &mut Bent, action: &Action) -> Result<(), ActError> {
    match &action.act {
        Act::Mount { .. } => Ok(()),
        _ => bent.honest.start(action),
    }
}

/// The check's end is a change, so that the job is woken and goes on.
fn checks_in_place_of_mounts(bent: &mut Bent, action: &Action) -> Result<(), ActError> {
    let Act::Mount { group, store } = &action.act else { return bent.honest.start(action) };
    bent.dropped.set(true);
    bent.do_instead(Act::StartTool {
        group: group.clone(),
        store: store.clone(),
        tool: Tool::ConsistencyCheck,
        ticket: Ticket { job: u32::MAX, act: 1 },
    })
}

fn shows_mounted(bent: &Bent, place: &Place) -> Result<StorageView, ErrorCode> {
    let mut shown = bent.honest.storage(place)?;
    if bent.dropped.get() {
        let stores = shown.disk.iter_mut().flat_map(|disk| Arc::make_mut(disk).stores.values_mut());
        stores.for_each(|store| store.mount = MountState::Mounted);
    }
    Ok(shown)
}

pub(crate) fn shows_stores_online(mut resource: ResourceView) -> ResourceView {
    if resource.is_a(resource_type::INFORMATION_STORE) {
        resource.state = ResourceState::Online;
    }
    resource
}

fn hides_attendant(mut resource: ResourceView) -> ResourceView {
    if resource.group.as_str() == "EVS2" && resource.is_a(resource_type::SYSTEM_ATTENDANT) {
        resource.type_name = "Generic Service".into();
    }
    resource
}

fn says_virtual_name(local: Local) -> Local {
    Local { node: "EVS1".into(), ..local }
}

fn hides_cluster_group(mut census: Census) -> Result<Census, ErrorCode> {
    let own = ["Disk Q:", "Cluster IP Address", "Cluster Name"];
    census.groups.retain(|group| group.as_str() != "Cluster Group");
    census.resources.retain(|resource| !own.contains(&resource.as_str()));
    Ok(census)
}
