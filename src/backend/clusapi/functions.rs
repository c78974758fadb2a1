//! The table of Cluster API functions, by which the live backend reaches a cluster: `clusapi.dll`
//! fills it on Windows, the simulated Cluster API elsewhere.
//!
//! Every signature is compared with that of the `windows-sys` crate when this is compiled; nothing
//! is linked for it.
//!
//! Absent: what makes, renames or deletes groups and resources or moves them between groups
//! (`CreateClusterGroup`, `SetClusterGroupName`, `DeleteClusterGroup`, `DeleteClusterResource`,
//! `ChangeClusterResourceGroup`, with `AddClusterResourceDependency` and its opposite), the lists
//! of a resource type (`ClusterResourceTypeOpenEnum` and its family), the cluster's registry (the
//! `GetCluster...Key` and `ClusterReg...` families), and everything that Windows got after 2003.

use std::ffi::c_void;

pub use windows_sys::Win32::Networking::Clustering::CLUSTERVERSIONINFO;

/// A handle of the Cluster API: never a pointer to anything here.
pub type Handle = isize;

/// Every function with its signature, for a macro that makes something of them. `required`: the
/// live backend cannot do without it, and Windows 2000 has it. `optional`: where it is missing,
/// only what it serves is. The library under `tests/clusapi` makes its exports of them.
#[doc(hidden)]
#[macro_export]
macro_rules! clusapi_functions {
    ($make:ident) => {
        $make! {
            required GetNodeClusterState(node: *const u16, state: *mut u32) -> u32;
            required OpenCluster(name: *const u16) -> isize;
            required CloseCluster(cluster: isize) -> i32;
            required GetClusterInformation(
                cluster: isize, name: *mut u16, length: *mut u32, info: *mut CLUSTERVERSIONINFO
            ) -> u32;
            optional GetClusterQuorumResource(
                cluster: isize, resource: *mut u16, resource_length: *mut u32,
                device: *mut u16, device_length: *mut u32, log_size: *mut u32
            ) -> u32;
            required ClusterOpenEnum(cluster: isize, kinds: u32) -> isize;
            optional ClusterGetEnumCount(list: isize) -> u32;
            required ClusterEnum(
                list: isize, index: u32, kind: *mut u32, name: *mut u16, length: *mut u32
            ) -> u32;
            required ClusterCloseEnum(list: isize) -> u32;

            required OpenClusterNode(cluster: isize, name: *const u16) -> isize;
            required CloseClusterNode(node: isize) -> i32;
            required GetClusterNodeState(node: isize) -> i32;
            required GetClusterNodeId(node: isize, id: *mut u16, length: *mut u32) -> u32;
            optional PauseClusterNode(node: isize) -> u32;
            optional ResumeClusterNode(node: isize) -> u32;
            optional EvictClusterNode(node: isize) -> u32;
            optional EvictClusterNodeEx(node: isize, timeout: u32, cleanup: *mut i32) -> u32;
            optional ClusterNodeOpenEnum(node: isize, kinds: u32) -> isize;
            optional ClusterNodeGetEnumCount(list: isize) -> u32;
            optional ClusterNodeEnum(
                list: isize, index: u32, kind: *mut u32, name: *mut u16, length: *mut u32
            ) -> u32;
            optional ClusterNodeCloseEnum(list: isize) -> u32;

            required OpenClusterGroup(cluster: isize, name: *const u16) -> isize;
            required CloseClusterGroup(group: isize) -> i32;
            required GetClusterGroupState(group: isize, node: *mut u16, length: *mut u32) -> i32;
            optional OnlineClusterGroup(group: isize, node: isize) -> u32;
            optional OfflineClusterGroup(group: isize) -> u32;
            optional MoveClusterGroup(group: isize, node: isize) -> u32;
            optional SetClusterGroupNodeList(
                group: isize, count: u32, nodes: *const isize
            ) -> u32;
            optional ClusterGroupOpenEnum(group: isize, kinds: u32) -> isize;
            optional ClusterGroupGetEnumCount(list: isize) -> u32;
            optional ClusterGroupEnum(
                list: isize, index: u32, kind: *mut u32, name: *mut u16, length: *mut u32
            ) -> u32;
            optional ClusterGroupCloseEnum(list: isize) -> u32;

            required OpenClusterResource(cluster: isize, name: *const u16) -> isize;
            required CloseClusterResource(resource: isize) -> i32;
            required GetClusterResourceState(
                resource: isize, node: *mut u16, node_length: *mut u32,
                group: *mut u16, group_length: *mut u32
            ) -> i32;
            required OnlineClusterResource(resource: isize) -> u32;
            required OfflineClusterResource(resource: isize) -> u32;
            optional FailClusterResource(resource: isize) -> u32;
            optional AddClusterResourceNode(resource: isize, node: isize) -> u32;
            optional RemoveClusterResourceNode(resource: isize, node: isize) -> u32;
            optional CanResourceBeDependent(resource: isize, dependent: isize) -> i32;
            optional GetClusterResourceNetworkName(
                resource: isize, name: *mut u16, length: *mut u32
            ) -> i32;
            required ClusterResourceOpenEnum(resource: isize, kinds: u32) -> isize;
            optional ClusterResourceGetEnumCount(list: isize) -> u32;
            required ClusterResourceEnum(
                list: isize, index: u32, kind: *mut u32, name: *mut u16, length: *mut u32
            ) -> u32;
            required ClusterResourceCloseEnum(list: isize) -> u32;

            optional OpenClusterNetwork(cluster: isize, name: *const u16) -> isize;
            optional CloseClusterNetwork(network: isize) -> i32;
            optional GetClusterNetworkState(network: isize) -> i32;
            optional GetClusterNetworkId(network: isize, id: *mut u16, length: *mut u32) -> u32;
            optional ClusterNetworkOpenEnum(network: isize, kinds: u32) -> isize;
            optional ClusterNetworkGetEnumCount(list: isize) -> u32;
            optional ClusterNetworkEnum(
                list: isize, index: u32, kind: *mut u32, name: *mut u16, length: *mut u32
            ) -> u32;
            optional ClusterNetworkCloseEnum(list: isize) -> u32;
            optional OpenClusterNetInterface(cluster: isize, name: *const u16) -> isize;
            optional CloseClusterNetInterface(interface: isize) -> i32;
            optional GetClusterNetInterfaceState(interface: isize) -> i32;
            optional GetClusterNetInterface(
                cluster: isize, node: *const u16, network: *const u16,
                name: *mut u16, length: *mut u32
            ) -> u32;

            required ClusterResourceControl(
                resource: isize, host: isize, code: u32, input: *const c_void, input_size: u32,
                output: *mut c_void, output_size: u32, returned: *mut u32
            ) -> u32;
            required ClusterGroupControl(
                group: isize, host: isize, code: u32, input: *const c_void, input_size: u32,
                output: *mut c_void, output_size: u32, returned: *mut u32
            ) -> u32;
            optional ClusterNodeControl(
                node: isize, host: isize, code: u32, input: *const c_void, input_size: u32,
                output: *mut c_void, output_size: u32, returned: *mut u32
            ) -> u32;
            optional ClusterNetworkControl(
                network: isize, host: isize, code: u32, input: *const c_void, input_size: u32,
                output: *mut c_void, output_size: u32, returned: *mut u32
            ) -> u32;
            optional ClusterNetInterfaceControl(
                interface: isize, host: isize, code: u32, input: *const c_void, input_size: u32,
                output: *mut c_void, output_size: u32, returned: *mut u32
            ) -> u32;
            optional ClusterResourceTypeControl(
                cluster: isize, type_name: *const u16, host: isize, code: u32,
                input: *const c_void, input_size: u32,
                output: *mut c_void, output_size: u32, returned: *mut u32
            ) -> u32;
            optional ClusterControl(
                cluster: isize, host: isize, code: u32, input: *const c_void, input_size: u32,
                output: *mut c_void, output_size: u32, returned: *mut u32
            ) -> u32;

            required CreateClusterNotifyPort(
                port: isize, cluster: isize, filter: u32, key: usize
            ) -> isize;
            optional RegisterClusterNotify(
                port: isize, filter: u32, object: *mut c_void, key: usize
            ) -> u32;
            required GetClusterNotify(
                port: isize, key: *mut usize, filter: *mut u32,
                name: *mut u16, length: *mut u32, wait_ms: u32
            ) -> u32;
            required CloseClusterNotifyPort(port: isize) -> i32;
        }
    };
}

macro_rules! field {
    (required $function:ty) => { $function };
    (optional $function:ty) => { Option<$function> };
}

macro_rules! table {
    ($($need:ident $name:ident($($arg:ident: $type:ty),* $(,)?) -> $ret:ty;)+) => {
        /// The functions. Whoever fills the table promises that each does what the documentation of
        /// its namesake says, above all with the buffers that it is given. So it is filled in this
        /// crate alone: by `load`, whose caller trusts the library, and by the simulated functions.
        #[allow(non_snake_case, reason = "the functions bear the names of the Cluster API")]
        #[allow(dead_code, reason = "the live backend calls what it needs of them")]
        #[derive(Clone, Copy)]
        pub struct Table {
            $(
                #[doc = concat!("`", stringify!($name), "`")]
                pub(crate) $name: field!($need unsafe extern "system" fn($($arg: $type),*) -> $ret),
            )+
            /// `GetLastError`: why the latest function that has no other way to say so failed.
            pub(crate) last_error: unsafe extern "system" fn() -> u32,
            /// What the library offers beyond the Cluster API: stores, tools and records.
            pub(crate) host: Option<HostFunction>,
        }

        // What other people's declarations say of the same functions.
        $(
            const _: unsafe extern "system" fn($($type),*) -> $ret =
                windows_sys::Win32::Networking::Clustering::$name;
        )+
    };
}

/// Answers a node's question about stores, tools, records and the clock, both in JSON, by the
/// convention of control codes: capacity in, bytes used or needed out. The node need not be a
/// member of its cluster.
pub type HostFunction = unsafe extern "system" fn(
    node: *const u16,
    question: *const u8,
    question_size: u32,
    answer: *mut u8,
    answer_size: *mut u32,
) -> u32;

#[doc(hidden)]
pub use clusapi_functions;

clusapi_functions!(table);
