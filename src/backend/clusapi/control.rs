//! Control codes: what an object of the cluster is asked beyond its state.
//!
//! Source: the public `clusapi.h`. A code is put together from the kind of object, flags and the
//! number of a function; the documentation's table of the kinds lists masks instead of the numbers
//! that the header uses.

/// Whether a control only reads or also changes something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// It asks for no right of its own.
    Any = 0,
    /// It reads.
    Read = 1,
    /// It writes.
    Write = 2,
}

/// The kinds of objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Object {
    /// A resource.
    Resource = 1,
    /// A resource type.
    ResourceType = 2,
    /// A group.
    Group = 3,
    /// A node.
    Node = 4,
    /// A network.
    Network = 5,
    /// A network interface.
    NetInterface = 6,
    /// The cluster itself.
    Cluster = 7,
}

/// A control code from its parts.
pub const fn code(object: Object, modifies: bool, function: u32, access: Access) -> u32 {
    (object as u32) << 24 | (modifies as u32) << 22 | function << 2 | access as u32
}

const fn read(object: Object, function: u32) -> u32 {
    code(object, false, function, Access::Read)
}

macro_rules! controls {
    ($($name:ident = $code:expr),+ $(,)?) => {
        $(#[doc = concat!("`CLUSCTL_", stringify!($name), "`")] pub const $name: u32 = $code;)+

        /// Every code of this table with its name in the header, without `CLUSCTL_`.
        pub const ALL: &[(&str, u32)] = &[$((stringify!($name), $name)),+];
    };
}

controls! {
    RESOURCE_GET_CHARACTERISTICS = read(Object::Resource, 1),
    RESOURCE_GET_FLAGS = read(Object::Resource, 2),
    RESOURCE_GET_CLASS_INFO = read(Object::Resource, 3),
    RESOURCE_GET_REQUIRED_DEPENDENCIES = read(Object::Resource, 4),
    RESOURCE_GET_NAME = read(Object::Resource, 10),
    RESOURCE_GET_RESOURCE_TYPE = read(Object::Resource, 11),
    RESOURCE_GET_ID = read(Object::Resource, 14),
    RESOURCE_GET_RO_COMMON_PROPERTIES = read(Object::Resource, 21),
    RESOURCE_GET_COMMON_PROPERTIES = read(Object::Resource, 22),
    RESOURCE_SET_COMMON_PROPERTIES = code(Object::Resource, true, 23, Access::Write),
    RESOURCE_ENUM_PRIVATE_PROPERTIES = read(Object::Resource, 30),
    RESOURCE_GET_RO_PRIVATE_PROPERTIES = read(Object::Resource, 31),
    RESOURCE_GET_PRIVATE_PROPERTIES = read(Object::Resource, 32),
    RESOURCE_SET_PRIVATE_PROPERTIES = code(Object::Resource, true, 33, Access::Write),
    RESOURCE_GET_NETWORK_NAME = read(Object::Resource, 90),
    RESOURCE_STORAGE_GET_DISK_INFO = read(Object::Resource, 100),
    RESOURCE_TYPE_GET_COMMON_PROPERTIES = read(Object::ResourceType, 22),
    GROUP_GET_FLAGS = read(Object::Group, 2),
    GROUP_GET_NAME = read(Object::Group, 10),
    GROUP_GET_ID = read(Object::Group, 14),
    GROUP_GET_RO_COMMON_PROPERTIES = read(Object::Group, 21),
    GROUP_GET_COMMON_PROPERTIES = read(Object::Group, 22),
    GROUP_SET_COMMON_PROPERTIES = code(Object::Group, true, 23, Access::Write),
    NODE_GET_ID = read(Object::Node, 14),
    NODE_GET_RO_COMMON_PROPERTIES = read(Object::Node, 21),
    NODE_GET_COMMON_PROPERTIES = read(Object::Node, 22),
    NETWORK_GET_COMMON_PROPERTIES = read(Object::Network, 22),
    NETINTERFACE_GET_NODE = read(Object::NetInterface, 12),
    NETINTERFACE_GET_NETWORK = read(Object::NetInterface, 13),
    NETINTERFACE_GET_COMMON_PROPERTIES = read(Object::NetInterface, 22),
    CLUSTER_GET_FQDN = read(Object::Cluster, 15),
    CLUSTER_GET_RO_COMMON_PROPERTIES = read(Object::Cluster, 21),
    CLUSTER_GET_COMMON_PROPERTIES = read(Object::Cluster, 22),
}

/// What [`GROUP_GET_FLAGS`] and [`RESOURCE_GET_FLAGS`] say of what makes up the cluster itself.
pub const FLAG_CORE: u32 = 1;
