//! The keys of the file itself, of steps and of expectations.

use super::shape::Shape::{
    Either, Expectation, List, Map as In, Name, Named, Names, Nothing, Number, OptionalList,
    OptionalMap, Property, Size, Switches, Text, Time, Words,
};
use super::shape::{Key, Map, Shape, keys};
use super::{
    ANSWERS, EXCHANGE, GROUP_STATES, INTERFACE_STATES, NETWORK_STATES, NODE_STATES, NOTHING,
    OUTCOMES, RELEASES, RESOURCE_STATES, RUN_LIMITS, SCRIPTS, SEEN_BY, spelt,
};
use crate::product::vocabulary::{RefusalKind, Skip, StandingKind, Stop};

/// What the verb `set` takes: the value depends on the property.
const ANY: Shape = Either(&[Text, Names]);

fn standings() -> Vec<&'static str> {
    StandingKind::ALL.iter().map(|kind| kind.word()).collect()
}

fn refusals() -> Vec<&'static str> {
    std::iter::once(NOTHING).chain(RefusalKind::ALL.iter().map(|kind| kind.word())).collect()
}

fn reasons() -> Vec<&'static str> {
    let stops = Stop::ALL.iter().map(|stop| stop.word());
    let mut all: Vec<&str> = Skip::ALL.iter().map(|skip| skip.word()).chain(stops).collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// Everything that the verb `set` can set.
fn settable() -> Vec<&'static str> {
    let lists = [
        super::GROUP_PROPERTIES,
        super::GROUP_LISTS,
        super::RESOURCE_PROPERTIES,
        super::RESOURCE_LISTS,
        super::CLUSTER_PROPERTIES,
    ];
    let mut all: Vec<&str> = lists.concat();
    all.sort_unstable();
    all.dedup();
    all
}

keys! {
    /// Of the file.
    SCENARIO {
        "about": Text, "The situation, in a sentence or two.", must;
        "cluster": In("CLUSTER"), "The cluster at the start.", must;
        "product": Named(&OptionalMap("INSTALLED")),
            "Where the product was installed before the start, by node.", or "nowhere";
        "policy": In("POLICY"), "What the product keeps to on every node.", or "its defaults";
        "steps": OptionalList(&In("STEP")),
            "What happens, in the order of time; at the same time, in the order of the file.",
            or "nothing";
        "until": Time, "When the run ends; this moment still belongs to it.", must;
        "expect": OptionalList(&Expectation), "What must be true, and when.", or "nothing";
        "switches": Switches, "What the simulator assumes where no source is sure.",
            or "the default of each";
    }
    /// Of a step: when, and then its verb, of which it has one.
    STEP {
        "at": Time, "When it happens, counted from the start.", must;
        "crash": Name, "Fault: the node's machine stops at once, by power loss or a bugcheck.", or;
        "boot": Name, "Administrator: switches a node's machine on.", or;
        "fail_resource": Either(&[Name, In("FAIL_RESOURCE")]),
            "Fault: a resource stops working; the cluster notices when it polls it next.", or;
        "move": Either(&[Name, In("MOVE")]),
            "Administrator: moves an EVS or a group; without `to` to the most preferred node that \
             is up and has it not yet.", or;
        "online": In("ONLINE"),
            "Administrator: brings an EVS, a group or one resource online, and what it depends on.",
            or;
        "offline": In("ONLINE"),
            "Administrator: takes an EVS, a group or one resource offline, and what depends on it.",
            or;
        "evict": Name, "Administrator: takes a node that is down out of the cluster.", or;
        "rename_evs": In("RENAME_EVS"), "Administrator: gives an EVS another name.", or;
        "delete_evs": Name, "Administrator: deletes an EVS that is offline, with its group.", or;
        "install": Either(&[Name, In("INSTALL")]), "Product: is set up on a node.", or;
        "license": Either(&[Name, In("ENTER_LICENSE")]),
            "Product: gets a licence on a node; the choices are offered again.", or;
        "designate": In("DESIGNATE"), "Product: is told which EVS a node is to look after.", or;
        "revoke": Either(&[Name, In("REVOKE")]),
            "Product: a node's licence is given back for good.", or;
        "run_job": Either(&[Name, In("RUN_JOB")]),
            "Product: is asked for a job, which waits for the jobs before it.", or;
        "console": Name, "Product: its console is looked at, which makes a line of the report.", or;
        "pause": Name, "Administrator: a node keeps its groups and takes no more.", or;
        "resume": Name, "Administrator: a paused node takes groups again.", or;
        "stop_service": Name,
            "Administrator: stops a node's cluster service; its groups go to other nodes first.",
            or;
        "start_service": Name,
            "Administrator: starts a node's cluster service, which joins the cluster or forms it.",
            or;
        "cancel_job": Either(&[Name, In("CANCEL_JOB")]),
            "Product: ends the job that runs, or takes one that waits out of the queue.", or;
        "schedule_job": In("SCHEDULE_JOB"),
            "Product: has a job begin at a due time, again and again.", or;
        "schedule_check": In("SCHEDULE_CHECK"),
            "Product: looks at a due time for what would keep a job from beginning, and tells.", or;
        "cancel_schedule": Either(&[Name, In("CANCEL_SCHEDULE")]), "Product: gives a schedule up.",
            or;
        "initiate_failure": Name, "Administrator: initiates a failure of a resource; it fails at \
             once.", or;
        "hang_resource": In("HANG_RESOURCE"),
            "Fault: for so long a resource gets nowhere on its way up or down.", or;
        "set": In("SET"), "Administrator: sets a property of an EVS, a group, a resource or the \
             cluster.", or;
        "add_node": Name, "Administrator: makes an evicted node a node again; its machine has to \
             be on.", or;
        "fail_tool": In("FAIL_TOOL"),
            "Fault: the tool that works on a store, or without one on the MTA's database, ends \
             with an error.", or;
        "fill_disk": In("FILL_DISK"),
            "Fault: something takes room on an EVS's disk, or gives it back, until so much is \
             free.", or;
        "backup": In("BACKUP"),
            "Administrator: backs a mounted store up; its storage group is locked for so long.", or;
        "mount": In("MOUNT"), "Administrator: mounts a store by hand.", or;
        "dismount": In("MOUNT"), "Administrator: dismounts a store by hand.", or;
        "fail_disk": Name, "Fault: the disk of an EVS dies for good, with all that is on it.", or;
        "replace_disk": Either(&[Name, In("REPLACE_DISK")]),
            "Administrator: puts a new disk in the place of an EVS's dead one.", or;
        "fail_store_process": Name,
            "Fault: the store process of a node ends, which serves every EVS there.", or;
        "change_store": In("CHANGE_STORE"),
            "What a mounted store holds becomes more or less.", or;
        "power_off_all": Nothing, "Fault: every machine stops at once.", or;
        "hang": Either(&[Name, In("HANG")]),
            "Fault: a node's machine stands still; after `for` it goes on where it stood.", or;
        "reboot": Name, "Administrator: restarts Windows on a node.", or;
        "shut_down": Name, "Administrator: shuts Windows down on a node.", or;
        "cut": Either(&[Name, In("CUT")]),
            "Fault: a network carries nothing any more, or nothing to and from one node.", or;
        "partition": In("PARTITION"),
            "Fault: no network carries anything between these sides. Nodes that are not named are \
             one more side.", or;
        "lose_quorum_disk": OptionalMap("LOSE_QUORUM_DISK"),
            "Fault: no node can use the quorum disk any more.", or;
        "lose_quorum_files": Nothing, "Fault: the checkpoint and the log on the quorum disk are \
             lost; whoever forms the cluster before they are written anew goes by its own copy of \
             the database.", or;
        "lose_witness": OptionalMap("LOSE_QUORUM_DISK"),
            "Fault: no node can reach the file share witness any more.", or;
        "heal": Either(&[Name, OptionalMap("HEAL")]),
            "What a fault broke works again: a network, an interface, a machine, or everything.",
            or;
        "upgrade_node": In("UPGRADE_NODE"),
            "Administrator: brings a node to a later version of Exchange; it serves no EVS \
             meanwhile.", or;
        "upgrade_windows": In("UPGRADE_WINDOWS"),
            "Administrator: brings a node to a later version of Windows, while its cluster service \
             is stopped.", or;
        "upgrade_evs": Name,
            "Administrator: brings an EVS to the version of its node; its System Attendant has to \
             be down.", or;
        "suspend_copy": In("COPY"), "Administrator: suspends the passive copy of a store.", or;
        "resume_copy": In("COPY"), "Administrator: resumes a suspended copy.", or;
        "reseed_copy": In("COPY"), "Administrator: makes the passive copy anew.", or;
        "restore_copy": In("COPY"),
            "Administrator: takes a store as it is that waits for logs; what is missing is lost.",
            or;
        "hang_service": Either(&[Name, In("HANG")]),
            "Fault: a node's cluster service stands still, and its machine goes on.", or;
    }
    /// Of the verb `move`.
    MOVE {
        "evs": Name, "The EVS.", or;
        "group": Name, "The group.", or;
        "to": Name, "The node that is to have it.", or "the most preferred that has it not yet";
    }
    /// Of the verbs `online` and `offline`.
    ONLINE {
        "evs": Name, "The EVS.", or;
        "group": Name, "The group.", or;
        "resource": Name, "The resource.", or;
    }
    /// Of the verb `fail_resource`, where it says more than the resource.
    FAIL_RESOURCE {
        "resource": Name, "The resource.", must;
        "seen_by": Words(|| spelt(SEEN_BY)), "Which poll finds it: the next, or IsAlive only.",
            or "`looks_alive`";
    }
    /// Of the verb `hang_resource`.
    HANG_RESOURCE {
        "resource": Name, "The resource.", must;
        "for": Time, "For how long.", must;
    }
    /// Of the verb `set`.
    SET {
        "evs": Name, "The EVS whose group gets the property.", or;
        "group": Name, "The group.", or;
        "resource": Name, "The resource.", or;
        "cluster": Name, "The cluster, by its own name.", or;
        "property": Property(settable), "The name of the property.", must;
        "to": ANY, "What it is from now on.", must;
    }
    /// Of the verb `rename_evs`.
    RENAME_EVS {
        "evs": Name, "The EVS, by the name that it has then.", must;
        "to": Name, "Its new name.", must;
    }
    /// Of the verb `install`.
    INSTALL {
        "node": Name, "On which node.", must;
        "license": Either(&[Words(|| spelt(RUN_LIMITS)), In("LICENSE")]),
            "The licence: its run limit, or a map that says more.", or "no licence";
        "evs": Name, "The choice that the administrator names.", or "none is named";
        "unattended": Words(|| spelt(ANSWERS)), "`true`: nobody is there to be asked.",
            or "`false`";
    }
    /// Of the verb `license`.
    ENTER_LICENSE {
        "node": Name, "On which node.", must;
        "run_limit": Words(|| spelt(RUN_LIMITS)), "How many jobs it pays for.", or "`unlimited`";
        "mailboxes": Number, "The most mailboxes that the designated EVS may hold.",
            or "any number";
        "evs": Name, "The choice that the administrator names.", or "none is named";
        "unattended": Words(|| spelt(ANSWERS)), "`true`: nobody is there to be asked.",
            or "`false`";
    }
    /// Of the verb `designate`.
    DESIGNATE {
        "node": Name, "On which node.", must;
        "evs": Name, "The choice that the administrator names.", must;
    }
    /// Of the verb `revoke`.
    REVOKE {
        "node": Name, "On which node.", must;
    }
    /// Of the verb `run_job`.
    RUN_JOB {
        "node": Name, "On which node.", must;
        "script": Words(|| spelt(SCRIPTS)), "What the job does.", or "`preventative-maintenance`";
        "stores": Names, "Which stores of the designated EVS.", or "all";
    }
    /// Of the verb `cancel_job`.
    CANCEL_JOB {
        "node": Name, "On which node.", must;
        "job": Number, "The number of a job on this node.",
            or "the one that runs, or else the first that waits";
    }
    /// Of the verb `schedule_job`.
    SCHEDULE_JOB {
        "node": Name, "On which node.", must;
        "first": Time, "When it is due first, counted from the start.", must;
        "every": Time, "From one due time to the next.", or "it is due once";
        "script": Words(|| spelt(SCRIPTS)), "What the job does.", or "`preventative-maintenance`";
        "stores": Names, "Which stores of the designated EVS.", or "all";
        "limit": Time, "How long after its due time a job has to have ended.", or "no limit";
        "notice": Time, "How long before each due time the outage is announced.",
            or "it is not announced";
    }
    /// Of the verb `schedule_check`.
    SCHEDULE_CHECK {
        "node": Name, "On which node.", must;
        "first": Time, "When it is due first, counted from the start.", must;
        "every": Time, "From one due time to the next.", or "it is due once";
    }
    /// Of the verb `cancel_schedule`.
    CANCEL_SCHEDULE {
        "node": Name, "On which node.", must;
        "schedule": Number, "The number of a schedule on this node, counted from 1.",
            or "the first";
    }
    /// Of the verb `fail_tool`.
    FAIL_TOOL {
        "evs": Name, "The EVS.", must;
        "store": Name, "The store, such as `SG1/Mailbox`.", or "the MTA's database";
    }
    /// Of the verb `fill_disk`.
    FILL_DISK {
        "evs": Name, "The EVS.", must;
        "to": Size, "How much is free then.", must;
    }
    /// Of the verb `backup`.
    BACKUP {
        "evs": Name, "The EVS.", must;
        "store": Name, "The store, such as `SG1/Mailbox`.", must;
        "for": Time, "How long it takes.", must;
    }
    /// Of the verbs for the passive copy of a store.
    COPY {
        "evs": Name, "The EVS.", must;
        "store": Name, "The store, such as `SG1/Mailbox`.", must;
    }
    /// Of the verbs `mount` and `dismount`.
    MOUNT {
        "evs": Name, "The EVS.", must;
        "store": Name, "The store, such as `SG1/Mailbox`.", must;
    }
    /// Of the verb `upgrade_node`.
    UPGRADE_NODE {
        "node": Name, "The node.", must;
        "to": Words(|| spelt(EXCHANGE)), "The version that it has then.", must;
    }
    /// Of the verb `upgrade_windows`.
    UPGRADE_WINDOWS {
        "node": Name, "The node.", must;
        "to": Words(|| spelt(RELEASES)), "The version that it has then.", must;
    }
    /// Of the verb `replace_disk`.
    REPLACE_DISK {
        "evs": Name, "The EVS.", must;
        "empty": Words(|| spelt(ANSWERS)),
            "`true`: without the stores of the last backup.", or "`false`";
    }
    /// Of the verb `change_store`.
    CHANGE_STORE {
        "evs": Name, "The EVS.", must;
        "store": Name, "The store, such as `SG1/Mailbox`.", must;
        "size": Size, "The size of its files then.", or "as it is";
        "used": Size, "What is in use in them then.", or "as it is";
        "mailboxes": Number, "How many mailboxes it holds then.", or "as it is";
    }
    /// Of the verbs `hang` and `hang_service`.
    HANG {
        "node": Name, "The node.", must;
        "for": Time, "For how long.", or "until it is healed or booted";
    }
    /// Of the verb `cut`.
    CUT {
        "node": Name, "The node that is cut off this network.", or "every node";
        "network": Name, "The network.", must;
        "for": Time, "For how long.", or "until it is healed";
    }
    /// Of the verb `partition`.
    PARTITION {
        "sides": List(&Names), "The nodes of each side.", must;
        "for": Time, "For how long.", or "until it is healed";
    }
    /// Of the verbs `lose_quorum_disk` and `lose_witness`.
    LOSE_QUORUM_DISK {
        "for": Time, "For how long.", or "for good";
    }
    /// Of the verb `heal`.
    HEAL {
        "node": Name, "The machine that goes on, or whose interface works again.", or "every one";
        "network": Name, "The network.", or "every one";
    }
    /// Of an expectation about a node: when, which, and what of it.
    ABOUT_NODE {
        "at": Time, "When it must be true, after all else at that moment.", must;
        "node": Name, "The node.", must;
        "state": Words(|| spelt(NODE_STATES)), "Its state as the cluster's members see it.", or;
        "active_groups": Names, "The groups that it owns, in any order.", or;
        "choices": Names, "What an administrator would be offered: the EVSes that serve there.",
            or;
        "manages": Name, "The EVS that it looks after now, or `nothing`.", or;
        "ignores": Names, "The EVSes that it owns and leaves alone.", or;
        "standing": Words(standings), "How its designation stands.", or;
        "refused": Words(refusals), "Why the latest request there was refused, or `nothing`.", or;
    }
    /// Of an expectation about an Exchange Virtual Server.
    ABOUT_EVS {
        "at": Time, "When it must be true, after all else at that moment.", must;
        "evs": Name, "The EVS, by the name that it has then.", must;
        "online_on": Name, "The node where all of its group is online.", or;
        "owner": Name, "The node that owns its group.", or;
        "state": Words(|| spelt(GROUP_STATES)), "The state of its group.", or;
        "planned_outage": Time,
            "For how long its clients were cut off by maintenance or an administrator.", or;
        "unplanned_outage": Time, "For how long its clients were cut off by a fault.", or;
    }
    /// Of an expectation about a group.
    ABOUT_GROUP {
        "at": Time, "When it must be true, after all else at that moment.", must;
        "group": Name, "The group.", must;
        "owner": Name, "The node that owns it.", or;
        "state": Words(|| spelt(GROUP_STATES)), "Its state.", or;
    }
    /// Of an expectation about a resource.
    ABOUT_RESOURCE {
        "at": Time, "When it must be true, after all else at that moment.", must;
        "resource": Name, "The resource.", must;
        "state": Words(|| spelt(RESOURCE_STATES)), "Its state.", or;
    }
    /// Of an expectation about a network.
    ABOUT_NETWORK {
        "at": Time, "When it must be true, after all else at that moment.", must;
        "network": Name, "The network.", must;
        "state": Words(|| spelt(NETWORK_STATES)), "Its state as the cluster's members see it.", or;
        "interfaces": Named(&Words(|| spelt(INTERFACE_STATES))),
            "The states of the interfaces of these nodes to it.", or;
    }
    /// Of an expectation about an answer.
    ABOUT_ANSWER {
        "at": Time, "When it must be true, after all else at that moment.", must;
        "answer": Number,
            "The Win32 code with which the cluster answered the latest request; 0: done.", must;
    }
    /// Of an expectation about a job.
    ABOUT_JOB {
        "at": Time, "When it must be true, after all else at that moment.", must;
        "job": In("JOB"), "The latest job that was begun or skipped on a node.", must;
    }
    /// Of the job that an expectation is about.
    JOB {
        "node": Name, "The node.", must;
        "outcome": Words(|| spelt(OUTCOMES)), "Where it stands.", must;
        "reason": Words(reasons), "Why it was skipped or stopped.", or;
    }
}

/// What an expectation can be about; it has one of these.
pub const SUBJECTS: &[&str] = &["node", "evs", "group", "resource", "network", "answer", "job"];
