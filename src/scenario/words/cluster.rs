//! The keys of a cluster and of the product at the start.

use super::shape::Shape::{
    Either, Guid, List, LocalTime, Map as In, Name, Named, Names, Number, OptionalMap, Properties,
    Size, Stores, Text, Time, Words,
};
use super::shape::{Key, Map, keys};
use super::{
    ANSWERS, COPIES, EXCHANGE, MOUNT_DIALS, NODE_STARTS, ON_OR_OFF, QUORUMS, RELEASES,
    REPLICATIONS, RESOURCE_STARTS, RESTART_ACTIONS, ROLES, RUN_LIMITS, TEMPS, WINDOWS, spelt,
};

keys! {
    /// Of `cluster`.
    CLUSTER {
        "name": Name, "The cluster's computer name, at most 15 letters.", must;
        "windows": Words(|| spelt(WINDOWS)), "The version of Windows on every node.", must;
        "exchange": Words(|| spelt(EXCHANGE)),
            "The version of Exchange: `2000` on Windows 2000 only, `2007` on Windows 2003 only.",
            must;
        "nodes": Either(&[Names, Named(&OptionalMap("NODE"))]),
            "A list of names, or a map that gives a node its properties. At most 8 nodes, 4 under \
             Windows 2000.", must;
        "networks": Named(&In("NETWORK")), "The networks between the nodes, by name.",
            or "`Private`, of role `1`, and `Public`, of role `3`";
        "quorum": Either(&[In("QUORUM"), Words(|| spelt(QUORUMS))]),
            "What decides who may run the cluster: a disk; `majority`: more than half of the nodes \
             (Windows 2003); `majority_with_witness`: two nodes and a file share elsewhere.",
            or "`{ resource: \"Disk Q:\" }`";
        "evs": Named(&In("EVS")),
            "Exchange Virtual Servers, by name: each becomes the standard group of its version.",
            or "none";
        "groups": Named(&In("GROUP")), "Groups, by name, resource by resource.",
            or "the Cluster Group, on the first node that is up";
        "starts": LocalTime, "What the cluster's clocks show at the start.", or "midnight";
        "properties": Properties("CLUSTER_PROPERTIES"),
            "The cluster's common properties, as Windows calls them.", or "their defaults";
        "resource_types": Named(&Properties("TYPE_PROPERTIES")),
            "How often resources are polled, by the registered name of their type.",
            or "every 5000 and 60000 ms";
    }
    /// Of a node, where `nodes` is a map.
    NODE {
        "state": Words(|| spelt(NODE_STARTS)), "Its state at the start.", or "`up`";
        "exchange": Words(|| spelt(EXCHANGE)), "The version of Exchange that is set up there.",
            or "the cluster's";
        "windows": Words(|| spelt(RELEASES)), "The version of Windows that is set up there.",
            or "the cluster's";
    }
    /// Of a network.
    NETWORK {
        "role": Words(|| spelt(ROLES)),
            "As the property `Role`: `1` for the nodes, `2` for clients, `3` for both, `0` for \
             neither. Roles `1` and `3` carry heartbeats.", must;
        "nodes": Names, "The nodes that have an interface to it.", or "every node";
    }
    /// Of `quorum`.
    QUORUM {
        "resource": Name, "The disk whose owner has the quorum.", must;
    }
    /// Of an Exchange Virtual Server in its short form.
    EVS {
        "owner": Name, "The node that has it at the start.", must;
        "preferred": Names, "Preferred owners, the most preferred first.",
            or "none: after a failure a destination is drawn";
        "possible_owners": Names, "The nodes that can host all its resources.", or "every node";
        "properties": Properties("GROUP_PROPERTIES"), "The common properties of its group.",
            or "their defaults";
        "exchange": Words(|| spelt(EXCHANGE)), "Its version in a rolling upgrade.",
            or "the cluster's";
        "temp": Words(|| spelt(TEMPS)),
            "Where a defragmentation builds its temporary file: a disk of its group, or the \
             owner's own, where the next owner does not find it.", or "`group_disk`";
        "disk": Size, "The size of its disk.", or "three times its stores";
        "stores": Stores(&Either(&[Size, In("STORE")])),
            "Its stores, by storage group and name, such as `SG1/Mailbox`: a size, or a map.",
            or "none";
        "copies": Words(|| spelt(COPIES)),
            "`replicated`: each of two nodes has a copy of its stores on its own disk (Exchange \
             2007).", or "`shared`: one, on a disk that moves with the group";
        "mount_dial": Words(|| spelt(MOUNT_DIALS)),
            "How many logs a store may lack and is mounted by itself all the same, with \
             `replicated`: none, three or six.",
            or "`best_availability`";
    }
    /// Of a group in its long form.
    GROUP {
        "owner": Name, "The node that has it at the start.", must;
        "preferred": Names, "Preferred owners, the most preferred first.",
            or "none: after a failure a destination is drawn";
        "guid": Guid, "Its identity.", or "made from its name";
        "properties": Properties("GROUP_PROPERTIES"), "Its common properties.",
            or "their defaults";
        "exchange": Words(|| spelt(EXCHANGE)), "The version of its server in a rolling upgrade.",
            or "the cluster's";
        "temp": Words(|| spelt(TEMPS)),
            "Where a defragmentation builds its temporary file: a disk of the group, or the \
             owner's own, where the next owner does not find it.", or "`group_disk`";
        "disk": Size, "The size of its disk.", or "three times its stores";
        "stores": Stores(&Either(&[Size, In("STORE")])),
            "Its stores, by storage group and name, such as `SG1/Mailbox`: a size, or a map.",
            or "none";
        "copies": Words(|| spelt(COPIES)),
            "`replicated`: each of two nodes has a copy of its stores on its own disk (Exchange \
             2007).", or "`shared`: one, on a disk that moves with the group";
        "mount_dial": Words(|| spelt(MOUNT_DIALS)),
            "How many logs a store may lack and is mounted by itself all the same, with \
             `replicated`: none, three or six.",
            or "`best_availability`";
        "resources": Named(&In("RESOURCE")),
            "Its resources, by a name that is unique in the whole cluster.", or "none";
    }
    /// Of a resource.
    RESOURCE {
        "type": Name,
            "The registered name of its type, such as `Physical Disk`, `IP Address`, `Network \
             Name` or `Microsoft Exchange System Attendant`.", must;
        "guid": Guid, "Its identity.", or "made from its name";
        "depends_on": Names, "Resources of the same group that it needs online.", or "none";
        "possible_owners": Names, "The nodes that can host it.", or "every node";
        "private": Named(&Text),
            "Private properties. `Name`: the computer name of a Network Name. `NetworkName`: the \
             EVS's name, at its System Attendant. `DestPath`: where Exchange keeps its data. \
             `DatabaseName`: which store a Microsoft Exchange Database Instance is. `Network`: the \
             network of an IP Address. Any others are kept as they are.", or "none";
        "properties": Properties("RESOURCE_PROPERTIES"), "Its common properties.",
            or "their defaults";
        "state": Words(|| spelt(RESOURCE_STARTS)), "Its state at the start.", or "`online`";
    }
    /// Of a store that says more than its size.
    STORE {
        "size": Size, "The size of its files.", must;
        "used": Size, "What is not empty in them; a defragmentation shrinks the files to it.",
            or "`size`";
        "mailboxes": Number, "How many mailboxes it holds.", or "`0`";
        "mounted": Words(|| spelt(ANSWERS)),
            "Whether it is mounted when its Information Store starts.", or "`true`";
        "log_replay": Time, "How long its logs take to replay after it was cut off.", or "`0s`";
        "fixes": List(&Number),
            "How many errors each pass of an error fix puts right, one after the other.",
            or "none";
        "logs": Number, "How many logs of 1 MB its users write in an hour, with two copies.",
            or "`0`";
    }
    /// The properties of a group.
    GROUP_PROPERTIES {
        "PersistentState": Words(|| spelt(ON_OR_OFF)), "Whether it is meant to be online.",
            or "`1`";
        "FailoverThreshold": Number,
            "How often it moves for a failure within `FailoverPeriod`.", or "`10`";
        "FailoverPeriod": Number, "That period, in hours, at most 1193.", or "`6`";
        "AutoFailbackType": Words(|| spelt(ON_OR_OFF)),
            "Whether it goes back to a preferred owner that is back.", or "`0`";
        "FailbackWindowStart": Number,
            "The hour of the day, 0 to 23, from which on it may go back; 4294967295: none.",
            or "at any hour";
        "FailbackWindowEnd": Number,
            "The hour of the day, 0 to 23, before which it may go back; 4294967295: none.",
            or "at any hour";
        "AntiAffinityClassNames": Names,
            "Groups that share one of these avoid each other (Windows 2003).",
            or "none; of an EVS of more than two nodes what Exchange 2003 writes there";
    }
    /// What the verb `set` can set of a group beside its properties.
    GROUP_LISTS {
        "PreferredOwners": Names, "Preferred owners, the most preferred first.", or "as it is";
    }
    /// The properties of a resource.
    RESOURCE_PROPERTIES {
        "PersistentState": Words(|| vec!["1", "0", "4294967295"]),
            "Whether it is meant to be online; `4294967295`: as its group.", or "as its group";
        "LooksAlivePollInterval": Number, "How often LooksAlive is asked, in ms from 10 on.",
            or "its type's";
        "IsAlivePollInterval": Number, "How often IsAlive is asked, in ms from 10 on.",
            or "its type's";
        "RestartAction": Words(|| spelt(RESTART_ACTIONS)),
            "After a failure: `0` leave it, `1` restart it, `2` restart it and in the end move \
             the group.", or "`2`";
        "RestartThreshold": Number,
            "How many restarts are tried within `RestartPeriod`.", or "`3`";
        "RestartPeriod": Number, "That period, in ms.", or "`900000`";
        "RetryPeriodOnFailure": Number,
            "After so many ms what was left failed is tried once more; not less than \
             `RestartPeriod`.", or "never";
        "PendingTimeout": Number,
            "How many ms it may say nothing on its way, from 10 on.", or "`180000`";
        "SeparateMonitor": Words(|| spelt(ON_OR_OFF)),
            "Whether it has a resource monitor of its own.", or "`0`";
    }
    /// What the verb `set` can set of a resource beside its properties.
    RESOURCE_LISTS {
        "PossibleOwners": Names, "The nodes that can host it.", or "as it is";
    }
    /// The properties of a resource type.
    TYPE_PROPERTIES {
        "LooksAlivePollInterval": Number, "How often LooksAlive is asked, in ms.", or "`5000`";
        "IsAlivePollInterval": Number, "How often IsAlive is asked, in ms.", or "`60000`";
    }
    /// The properties of the cluster itself.
    CLUSTER_PROPERTIES {
        "DisableGroupPreferredOwnerRandomization": Words(|| spelt(ON_OR_OFF)),
            "Whether a group without preferred owners goes by the numbers of the nodes when it \
             loses its node (Windows 2003).", or "`0`: its destination is drawn";
    }
    /// Of the product on a node before the start.
    INSTALLED {
        "license": Either(&[Words(|| spelt(RUN_LIMITS)), In("LICENSE")]),
            "`unlimited`, any number of jobs; `single_shot`, one job, and it cannot be given \
             back; or a map that says more.", or "no licence";
        "designate": Name, "The EVS that an administrator named, wherever it is now.",
            or "nothing is designated";
    }
    /// Of `policy`.
    POLICY {
        "replication": Words(|| spelt(REPLICATIONS)),
            "What is done with an EVS that has two copies of its stores.", or "`refused`";
    }
    /// Of a licence that says more than its run limit.
    LICENSE {
        "run_limit": Words(|| spelt(RUN_LIMITS)), "How many jobs it pays for.", or "`unlimited`";
        "mailboxes": Number, "The most mailboxes that the designated EVS may hold.",
            or "any number";
    }
}

/// Private properties that mean something; a resource may have any others.
pub const PRIVATE_PROPERTIES: &[&str] =
    &["Name", "NetworkName", "DestPath", "DatabaseName", "Network"];
