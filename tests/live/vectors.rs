//! What the Cluster API's documentation fixes to the byte, held against both sides: the live backend
//! that reads it and the simulated functions that write it. One misreading cannot hide in both.
#![allow(unsafe_code, reason = "C functions take pointers")]

use std::fs;
use std::path::Path;
use std::ptr;

use evsim::backend::clusapi::property_list::{self, Malformed, Property, Value};
use evsim::backend::clusapi::{control, flag};
use evsim::model::{
    ErrorCode, GroupState, InterfaceState, NetworkState, NodeState, ResourceState, ServiceState,
};
use evsim::scenario;
use evsim::sim::Cluster;
use evsim::simapi::{self, exported};

fn fixture(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/clusapi").join(name);
    fs::read_to_string(path).expect("a fixture")
}

fn network_name() -> Vec<u8> {
    let text = fixture("network-name.hex");
    text.split_whitespace().map(|byte| u8::from_str_radix(byte, 16).expect("a byte")).collect()
}

fn network_name_properties() -> Vec<Property> {
    let property = |name: &str, value| Property { name: name.to_owned(), values: vec![value] };
    vec![property("Name", Value::Text("EVS1".to_owned())), property("RequireDNS", Value::Number(0))]
}

/// The header's numbers, and those that both sides use.
#[test]
fn numbers_are_the_headers() {
    let own = |name: &str| {
        let control = name.strip_prefix("CLUSCTL_");
        let controls = control::ALL.iter().find(|(own, _)| Some(*own) == control);
        let flags = flag::ALL.iter().find(|(own, _)| *own == name);
        controls.or(flags).map(|(_, number)| *number)
    };
    let mut lines = 0;
    for line in fixture("constants.txt").lines().filter(|line| !line.starts_with('#')) {
        let (name, number) = line.split_once(' ').expect("name and value");
        let number = u32::from_str_radix(number.trim_start_matches("0x"), 16).expect("a number");
        assert_eq!(own(name), Some(number), "{name}");
        lines += 1;
    }
    assert_eq!(lines, control::ALL.len() + flag::ALL.len(), "each number is in the file");
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

#[test]
fn the_worked_example_is_read_and_written() {
    assert_eq!(property_list::parse(&network_name()), Ok(network_name_properties()));
    assert_eq!(property_list::encode(&network_name_properties()), network_name());
    assert_eq!(network_name().len(), 96);
}

/// A list that is cut anywhere is refused, and one whose numbers lie takes no more room than it has.
#[test]
fn a_list_cut_at_any_byte_is_refused() {
    let whole = network_name();
    for length in 0..whole.len() {
        let cut = property_list::parse(&whole[..length]);
        assert!(cut.is_err(), "cut after {length} bytes: {cut:?}");
    }
    let mut many = whole.clone();
    many[..4].copy_from_slice(&u32::MAX.to_le_bytes());
    assert_eq!(property_list::parse(&many), Err(Malformed::CutShort(96)));
    let mut long = whole;
    long[8..12].copy_from_slice(&u32::MAX.to_le_bytes());
    assert_eq!(property_list::parse(&long), Err(Malformed::CutShort(4)));
}

/// Every syntax that there is, several values of one property, and one that nobody knows.
#[test]
fn every_syntax_is_read_back_as_it_was_written() {
    let values = vec![
        Value::Bytes(vec![1, 2, 3]),
        Value::Number(u32::MAX),
        Value::Text("Größe".to_owned()),
        Value::Expandable("%windir%".to_owned()),
        Value::Expanded("C:\\WINDOWS".to_owned()),
        Value::Texts(vec!["one".to_owned(), "two".to_owned()]),
        Value::Long(u64::MAX),
        Value::Signed(-1),
        Value::SignedLong(-1),
        Value::Word(u16::MAX),
        Value::Unknown(0x0001_0099, vec![9; 5]),
    ];
    let list = vec![
        Property { name: "All".to_owned(), values },
        Property { name: String::new(), values: Vec::new() },
    ];
    let bytes = property_list::encode(&list);
    assert_eq!(bytes.len() % 4, 0);
    assert_eq!(property_list::parse(&bytes), Ok(list));
}

mod arbitrary {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Whatever the bytes are: they are refused, or written again they are read as the same.
        #[test]
        fn bytes_are_no_list_or_a_list(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let list = property_list::parse(&bytes);
            if let Ok(list) = list {
                prop_assert_eq!(property_list::parse(&property_list::encode(&list)), Ok(list));
            }
        }

        /// One wrong byte anywhere in a list.
        #[test]
        fn a_changed_byte_is_refused_or_read(at in 0..96_usize, byte in any::<u8>()) {
            let mut bytes = network_name();
            bytes[at] = byte;
            if let Ok(list) = property_list::parse(&bytes) {
                prop_assert_eq!(property_list::parse(&property_list::encode(&list)), Ok(list));
            }
        }
    }
}

fn wide(text: &str) -> Vec<u16> {
    text.encode_utf16().chain([0]).collect()
}

/// The cluster of the fixture, attached; the handle of it as NODE1 sees it.
fn opened() -> isize {
    let text = fixture("cluster.yaml");
    let scenario = scenario::read(text.as_bytes(), "cluster.yaml");
    let scenario = scenario.unwrap_or_else(|wrong| panic!("{wrong}"));
    let cluster = Cluster::new(&scenario.cluster, 0);
    simapi::attach(&std::rc::Rc::new(std::cell::RefCell::new(cluster)));
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
