//! What the Cluster API's documentation fixes: numbers, against the tables that the live backend
//! and the simulated functions share; conventions of buffers, lists and handles, against the
//! simulated functions, called as C calls them.
#![allow(unsafe_code, reason = "C functions take pointers")]

use std::cell::{Cell, RefCell};
use std::fs;
use std::mem::MaybeUninit;
use std::path::Path;
use std::ptr;
use std::rc::Rc;

use evsim::backend::clusapi::functions::CLUSTERVERSIONINFO;
use evsim::backend::clusapi::property_list::syntax;
use evsim::backend::clusapi::{control, flag};
use evsim::model::{
    ErrorCode, GroupState, InterfaceState, NetworkState, NodeState, ResourceState, ServiceState,
    Span, Time,
};
use evsim::scenario;
use evsim::sim::{Cluster, SharedCluster};
use evsim::simapi::{self, World, exported};

fn fixture(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/clusapi").join(name);
    fs::read_to_string(path).expect("a fixture")
}

pub(crate) fn network_name() -> Vec<u8> {
    let text = fixture("network-name.hex");
    text.split_whitespace().map(|byte| u8::from_str_radix(byte, 16).expect("a byte")).collect()
}

/// The header's numbers against the tables that both sides use: what the live backend compares
/// with is what the simulated functions answer, so only the header can show that it is wrong.
#[test]
fn numbers_are_the_headers() {
    let found = |table: &[(&str, u32)], name: Option<&str>| {
        table.iter().find(|(own, _)| Some(*own) == name).map(|(_, number)| *number)
    };
    let own = |name: &str| {
        found(control::ALL, name.strip_prefix("CLUSCTL_"))
            .or_else(|| found(syntax::ALL, name.strip_prefix("CLUSPROP_SYNTAX_")))
            .or_else(|| found(flag::ALL, Some(name)))
            .or_else(|| ErrorCode::ALL.iter().find(|it| it.name() == Some(name)).map(|it| it.0))
    };
    let mut lines = 0;
    for line in fixture("constants.txt").lines().filter(|line| !line.starts_with('#')) {
        let (name, number) = line.split_once(' ').expect("name and value");
        let number = match number.strip_prefix("0x") {
            Some(hexadecimal) => u32::from_str_radix(hexadecimal, 16),
            None => number.parse(),
        };
        assert_eq!(own(name), Some(number.expect("a number")), "{name}");
        lines += 1;
    }
    let all = [control::ALL.len(), syntax::ALL.len(), flag::ALL.len(), ErrorCode::ALL.len()];
    assert_eq!(lines, all.iter().sum::<usize>(), "each number is in the file");
}

#[test]
fn states_have_the_headers_numbers() {
    let nodes: Vec<i32> = NodeState::ALL.iter().map(|it| *it as i32).collect();
    assert_eq!(nodes, [0, 1, 2, 3]);
    let groups: Vec<i32> = GroupState::ALL.iter().map(|it| *it as i32).collect();
    assert_eq!(groups, [0, 1, 2, 3, 4]);
    let resources: Vec<i32> = ResourceState::ALL.iter().map(|it| *it as i32).collect();
    assert_eq!(resources, [2, 3, 4, 129, 130]);
    let services: Vec<i32> = ServiceState::ALL.iter().map(|it| *it as i32).collect();
    assert_eq!(services, [0, 1, 3, 19]);
    let networks: Vec<i32> = NetworkState::ALL.iter().map(|it| *it as i32).collect();
    assert_eq!(networks, [0, 1, 2, 3]);
    let interfaces: Vec<i32> = InterfaceState::ALL.iter().map(|it| *it as i32).collect();
    assert_eq!(interfaces, [0, 1, 2, 3]);
}

type NextName = unsafe extern "system" fn(isize, u32, *mut u32, *mut u16, *mut u32) -> u32;

fn wide(text: &str) -> Vec<u16> {
    text.encode_utf16().chain([0]).collect()
}

/// The cluster of the fixture.
pub(crate) fn simulated() -> SharedCluster {
    let text = fixture("cluster.yaml");
    let scenario = scenario::read(text.as_bytes(), "cluster.yaml");
    let scenario = scenario.unwrap_or_else(|wrong| panic!("{wrong}"));
    Rc::new(RefCell::new(Cluster::new(&scenario.cluster, 0)))
}

/// The cluster of the fixture, attached; the handle of it as NODE1 sees it.
fn opened() -> isize {
    simapi::attach(&simulated());
    // SAFETY: a text with NUL.
    let handle = unsafe { exported::OpenCluster(wide("NODE1").as_ptr()) };
    assert_ne!(handle, 0);
    handle
}

/// A call with a buffer of so many units: the code, the length after it, what is in the buffer.
fn with_room(
    capacity: usize,
    mut call: impl FnMut(*mut u16, *mut u32) -> u32,
) -> (u32, u32, Option<String>) {
    let mut buffer = vec![0xffff_u16; capacity + 1];
    let mut length = capacity as u32;
    let code = call(buffer.as_mut_ptr(), &mut length);
    assert_eq!(buffer[capacity], 0xffff, "nothing is written beyond the buffer");
    let end = buffer.iter().position(|unit| *unit == 0);
    (code, length, end.map(|end| String::from_utf16_lossy(&buffer[..end])))
}

/// Capacity counts the NUL, the length that comes back does not; too small is 234 with the length
/// that is needed; no buffer at all asks for the length.
#[test]
fn names_keep_their_buffer_convention() {
    let cluster = opened();
    // SAFETY: `with_room` passes a buffer with its size.
    let name = |at, length| unsafe {
        exported::GetClusterInformation(cluster, at, length, ptr::null_mut())
    };
    assert_eq!(with_room(12, name), (0, 11, Some("MAILCLUSTER".to_owned())));
    assert_eq!(with_room(11, name), (234, 11, None));
    assert_eq!(with_room(1, name), (234, 11, None));
    let mut length = 0;
    assert_eq!(name(ptr::null_mut(), &mut length), 0);
    assert_eq!(length, 11);
    // SAFETY: the handle is closed once, and then once more.
    unsafe {
        assert_eq!(exported::CloseCluster(cluster), 1);
        assert_eq!(exported::CloseCluster(cluster), 0);
        assert_eq!(exported::GetLastError(), ErrorCode::ERROR_INVALID_HANDLE.0);
    }
    assert_eq!(simapi::detach().1, 0);
}

fn listed(cluster: isize, kinds: u32) -> Vec<(u32, String)> {
    let mut names = Vec::new();
    // SAFETY: numbers, and buffers with their sizes.
    unsafe {
        let list = exported::ClusterOpenEnum(cluster, kinds);
        assert_ne!(list, 0);
        let count = exported::ClusterGetEnumCount(list);
        for index in 0.. {
            let mut kind = 0;
            let (code, _, name) = with_room(100, |at, length| {
                exported::ClusterEnum(list, index, &mut kind, at, length)
            });
            if code == ErrorCode::ERROR_NO_MORE_ITEMS.0 {
                assert_eq!(index, count);
                break;
            }
            assert_eq!(code, 0);
            names.push((kind, name.expect("a name")));
        }
        assert_eq!(exported::ClusterCloseEnum(list), 0);
        assert_eq!(exported::ClusterCloseEnum(list), ErrorCode::ERROR_INVALID_HANDLE.0);
    }
    names
}

#[test]
fn lists_end_with_259_and_keep_their_order() {
    let cluster = opened();
    let only = |kinds| listed(cluster, kinds).into_iter().map(|(_, name)| name).collect::<Vec<_>>();
    assert_eq!(only(flag::CLUSTER_ENUM_NODE), ["NODE1", "NODE2"]);
    assert_eq!(only(flag::CLUSTER_ENUM_GROUP), ["Cluster Group", "EVS1", "Names"]);
    assert_eq!(only(flag::CLUSTER_ENUM_INTERNAL_NETWORK), ["Private", "Public"]);
    // SAFETY: texts with NUL and numbers.
    let preferred = unsafe {
        let group = exported::OpenClusterGroup(cluster, wide("evs1").as_ptr());
        let list = exported::ClusterGroupOpenEnum(group, flag::CLUSTER_GROUP_ENUM_NODES);
        let first = with_room(20, |at, length| {
            exported::ClusterGroupEnum(list, 0, ptr::null_mut(), at, length)
        });
        exported::ClusterGroupCloseEnum(list);
        exported::CloseClusterGroup(group);
        exported::CloseCluster(cluster);
        first
    };
    assert_eq!(preferred, (0, 5, Some("NODE2".to_owned())), "the most preferred comes first");
    assert_eq!(simapi::detach().1, 0);
}

/// A count that cannot be told is 0, and the last error says why: an error's number would pass for a
/// count. And a list is one of its family's: the functions for another do not know its handle.
#[test]
fn a_list_is_read_by_its_own_functions() {
    let cluster = opened();
    // SAFETY: texts with NUL and numbers.
    unsafe {
        let group = exported::OpenClusterGroup(cluster, wide("EVS1").as_ptr());
        let nodes = flag::CLUSTER_GROUP_ENUM_NODES;
        let list = exported::ClusterGroupOpenEnum(group, nodes);
        assert_eq!(exported::ClusterGroupGetEnumCount(list), 2);
        for count in [
            exported::ClusterGetEnumCount,
            exported::ClusterNodeGetEnumCount,
            exported::ClusterResourceGetEnumCount,
            exported::ClusterNetworkGetEnumCount,
        ] {
            exported::OpenClusterGroup(cluster, wide("Nowhere").as_ptr());
            assert_eq!(exported::GetLastError(), ErrorCode::ERROR_GROUP_NOT_FOUND.0);
            assert_eq!(count(list), 0);
            assert_eq!(exported::GetLastError(), ErrorCode::ERROR_INVALID_HANDLE.0);
        }
        let next = |next: NextName| {
            let name = |at, length| next(list, 0, ptr::null_mut(), at, length);
            with_room(20, name).0
        };
        for other in [exported::ClusterEnum as NextName, exported::ClusterResourceEnum] {
            assert_eq!(next(other), ErrorCode::ERROR_INVALID_HANDLE.0);
        }
        assert_eq!(next(exported::ClusterGroupEnum), 0);
        assert_eq!(exported::ClusterCloseEnum(list), ErrorCode::ERROR_INVALID_HANDLE.0);
        assert_eq!(exported::ClusterGroupCloseEnum(list), 0);
        assert_eq!(exported::ClusterGroupGetEnumCount(list), 0, "it is closed");
        exported::CloseClusterGroup(group);
        exported::CloseCluster(cluster);
    }
    assert_eq!(simapi::detach().1, 0);
}

/// The versions are asked for with the size of their structure; of everything else in it nothing
/// need be there before, and everything is afterwards.
#[test]
fn versions_are_written_whole() {
    let cluster = opened();
    let mut info = MaybeUninit::<CLUSTERVERSIONINFO>::uninit();
    let at = info.as_mut_ptr();
    let size = size_of::<CLUSTERVERSIONINFO>() as u32;
    let ask = |size: u32| {
        let name = |name, length| {
            // SAFETY: `with_room` passes a buffer with its size, and the structure's size is put
            // there.
            unsafe {
                (&raw mut (*at).dwVersionInfoSize).write(size);
                exported::GetClusterInformation(cluster, name, length, at)
            }
        };
        with_room(20, name).0
    };
    assert_eq!(ask(size - 1), ErrorCode::ERROR_INVALID_PARAMETER.0);
    assert_eq!(ask(size), 0);
    // SAFETY: it was written whole, and the cluster is open.
    let info = unsafe {
        exported::CloseCluster(cluster);
        info.assume_init()
    };
    // Windows Server 2003: 5.2, build 3790; its cluster's version is 4.
    assert_eq!((info.MajorVersion, info.MinorVersion, info.BuildNumber), (5, 2, 3_790));
    assert_eq!((info.dwClusterHighestVersion, info.dwFlags), (4 << 16 | 3_790, 0));
    assert_eq!((info.szVendorId, info.szCSDVersion), ([0; 64], [0; 64]));
    assert_eq!(simapi::detach().1, 0);
}

/// Control codes count in bytes: the property list of the worked example comes out to the byte.
#[test]
fn control_codes_keep_their_buffer_convention() {
    let cluster = opened();
    let mut buffer = vec![0xff_u8; 100];
    // SAFETY: texts with NUL, and buffers with their sizes.
    unsafe {
        let resource = exported::OpenClusterResource(cluster, wide("Front").as_ptr());
        let mut ask = |code: u32, size: u32| {
            let mut returned = 0;
            let at = buffer.as_mut_ptr().cast();
            let code = exported::ClusterResourceControl(
                resource,
                0,
                code,
                ptr::null(),
                0,
                at,
                size,
                &mut returned,
            );
            (code, returned, buffer[..size as usize].to_vec())
        };
        let private = control::RESOURCE_GET_PRIVATE_PROPERTIES;
        assert_eq!(ask(private, 95).0, ErrorCode::ERROR_MORE_DATA.0);
        assert_eq!(ask(private, 95).1, 96);
        assert_eq!(ask(private, 96), (0, 96, network_name()));
        // With the NUL: 13 characters of two bytes.
        assert_eq!(ask(control::RESOURCE_GET_RESOURCE_TYPE, 100).1, 26);
        assert_eq!(ask(control::RESOURCE_GET_NETWORK_NAME, 100).1, 10);
        assert_eq!(ask(0x0100_ffff, 100).0, ErrorCode::ERROR_INVALID_FUNCTION.0);
        assert_eq!(exported::CloseClusterResource(resource), 1);
        assert_eq!(exported::GetClusterNodeState(resource), -1, "it is closed, and was no node");
        assert_eq!(exported::GetLastError(), ErrorCode::ERROR_INVALID_HANDLE.0);
        exported::CloseCluster(cluster);
    }
    assert_eq!(simapi::detach().1, 0);
}

/// What is asked of a resource begins at once and is complete later: 997.
#[test]
fn what_takes_time_is_pending() {
    let cluster = opened();
    // SAFETY: texts with NUL.
    unsafe {
        let open = |name: &str| exported::OpenClusterResource(cluster, wide(name).as_ptr());
        let front = open("Front");
        assert_eq!(exported::FailClusterResource(front), 0);
        assert_eq!(open("Back"), 0);
        assert_eq!(exported::GetLastError(), ErrorCode::ERROR_RESOURCE_NOT_FOUND.0);
        let address = open("Address");
        assert_eq!(exported::OfflineClusterResource(address), ErrorCode::ERROR_IO_PENDING.0);
        let group = exported::OpenClusterGroup(cluster, wide("Names").as_ptr());
        let node = exported::OpenClusterNode(cluster, wide("NODE2").as_ptr());
        assert_eq!(exported::ResumeClusterNode(node), ErrorCode::ERROR_CLUSTER_NODE_NOT_PAUSED.0);
        assert_eq!(exported::EvictClusterNode(node), ErrorCode::ERROR_CANT_EVICT_ACTIVE_NODE.0);
        for close in [front, address] {
            exported::CloseClusterResource(close);
        }
        exported::CloseClusterGroup(group);
        exported::CloseClusterNode(node);
        exported::CloseCluster(cluster);
    }
    assert_eq!(simapi::detach().1, 0);
}

/// A change is told with its kind and name until it is taken; then there is none: 258.
#[test]
fn ports_tell_of_changes() {
    let cluster = opened();
    // SAFETY: texts with NUL, and buffers with their sizes.
    unsafe {
        let filter = flag::CLUSTER_CHANGE_RESOURCE_STATE;
        let port = exported::CreateClusterNotifyPort(-1, cluster, filter, 7);
        let next = |capacity| {
            let (mut key, mut kind) = (0_usize, 0_u32);
            let (key_at, kind_at) = (&raw mut key, &raw mut kind);
            let told = with_room(capacity, |at, length| {
                exported::GetClusterNotify(port, key_at, kind_at, at, length, 0)
            });
            (told, key, kind)
        };
        assert_eq!(next(50).0.0, ErrorCode::WAIT_TIMEOUT.0);
        let address = exported::OpenClusterResource(cluster, wide("Address").as_ptr());
        exported::OfflineClusterResource(address);
        assert_eq!(next(3).0.0, ErrorCode::ERROR_MORE_DATA.0);
        let first = next(50);
        assert_eq!(first, ((0, 5, Some("Front".to_owned())), 7, filter), "dependents go first");
        while next(50).0.0 == 0 {}
        assert_eq!(next(50).0.0, ErrorCode::WAIT_TIMEOUT.0);
        exported::CloseClusterResource(address);
        assert_eq!(exported::CloseClusterNotifyPort(port), 1);
        exported::CloseCluster(cluster);
    }
    assert_eq!(simapi::detach().1, 0);
}

/// Time that goes on only while somebody waits; what happens meanwhile asks the functions itself.
struct Waiting {
    cluster: SharedCluster,
    waits: Cell<u32>,
}

impl World for Waiting {
    fn cluster(&self) -> SharedCluster {
        SharedCluster::clone(&self.cluster)
    }

    fn wait(&self, at_most: Span) {
        self.waits.set(self.waits.get() + 1);
        assert_ne!(self.waits.get(), 2, "the second time nobody can wait");
        // SAFETY: a text with NUL, and the handle that it opens.
        unsafe {
            let cluster = exported::OpenCluster(wide("NODE2").as_ptr());
            assert_ne!(cluster, 0, "the functions answer while somebody waits");
            exported::CloseCluster(cluster);
        }
        let mut cluster = self.cluster.borrow_mut();
        let end = cluster.now() + at_most;
        cluster.advance(end);
    }
}

/// Who waits lets time go on; a panic meanwhile is that call's error, and the next one is answered.
#[test]
fn waiting_lets_time_go_on() {
    let cluster = opened();
    let shared = simulated();
    simapi::provide(Waiting { cluster: SharedCluster::clone(&shared), waits: Cell::new(0) });
    // SAFETY: numbers, and buffers with their sizes.
    unsafe {
        let port =
            exported::CreateClusterNotifyPort(-1, cluster, flag::CLUSTER_CHANGE_RESOURCE_STATE, 0);
        let next = || {
            let (mut key, mut kind) = (0, 0);
            let told = |at, length| {
                exported::GetClusterNotify(port, &mut key, &mut kind, at, length, 5_000)
            };
            ErrorCode(with_room(50, told).0)
        };
        assert_eq!(next(), ErrorCode::WAIT_TIMEOUT);
        assert_eq!(next(), ErrorCode::ERROR_INTERNAL_ERROR);
        assert_eq!(next(), ErrorCode::WAIT_TIMEOUT);
        exported::CloseClusterNotifyPort(port);
        exported::CloseCluster(cluster);
    }
    assert_eq!(shared.borrow().now(), Time::START + Span::from_ms(10_000));
    assert_eq!(simapi::detach().1, 0);
}
