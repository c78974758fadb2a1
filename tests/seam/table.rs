//! A backend that knows nothing but the functions and a handle.
#![allow(unsafe_code, reason = "C functions take pointers")]

use serde::{Deserialize, Serialize};

use evsim::backend::{ActError, Backend, Census, GroupFacts, Local};
use evsim::model::{
    Action, ErrorCode, GroupName, GroupState, Guid, NodeName, NodeState, NodeView, Place,
    ResourceName, ResourceView, ServiceState, StorageView, Time,
};
use evsim::sim::SharedCluster;

use crate::api;

/// What the host is asked.
#[derive(Serialize, Deserialize)]
pub(crate) enum HostQuestion {
    Local,
    ClusterName,
    GroupGuid(GroupName),
    Resource(ResourceName),
    Storage(Place),
    Start(Box<Action>),
}

/// What it answers.
#[derive(Serialize, Deserialize)]
pub(crate) enum HostAnswer {
    Local { node: NodeName, now: Time, changes: u64 },
    ClusterName(String),
    GroupGuid(Guid),
    Resource(ResourceView),
    Storage(Box<StorageView>),
    Started(Result<(), ActError>),
}

struct TableBackend {
    cluster: isize,
}

/// Opens a node's backend over the functions.
pub(crate) fn connect(cluster: &SharedCluster, node: &NodeName) -> Box<dyn Backend> {
    api::attach(cluster);
    // SAFETY: a string with NUL.
    let handle = unsafe { api::OpenCluster(wide(node.as_str()).as_ptr()) };
    assert_ne!(handle, 0, "{node} cannot be opened: {}", api::GetLastError());
    Box::new(TableBackend { cluster: handle })
}

fn wide(text: &str) -> Vec<u16> {
    text.encode_utf16().chain([0]).collect()
}

fn last_error() -> ErrorCode {
    ErrorCode(api::GetLastError())
}

/// A handle that is closed when it is no longer needed.
struct Handle(isize);

impl Handle {
    fn opened(handle: isize) -> Result<Self, ErrorCode> {
        if handle == 0 { Err(last_error()) } else { Ok(Self(handle)) }
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        api::CloseHandle(self.0);
    }
}

/// Calls again with a larger buffer for as long as the function asks for one; between two calls
/// what it tells of may have grown.
fn text(mut call: impl FnMut(*mut u16, *mut u32) -> u32) -> Result<String, ErrorCode> {
    let mut buffer = vec![0_u16; 4];
    loop {
        let mut length = buffer.len() as u32;
        match call(buffer.as_mut_ptr(), &mut length) {
            0 => return Ok(String::from_utf16_lossy(&buffer[..length as usize])),
            code if code == ErrorCode::ERROR_MORE_DATA.0 => {
                buffer.resize(length as usize + 1, 0);
            }
            code => return Err(ErrorCode(code)),
        }
    }
}

impl TableBackend {
    fn host(&self, question: &HostQuestion) -> Result<HostAnswer, ErrorCode> {
        let asked = serde_json::to_vec(question).expect("a question is plain data");
        let mut buffer = vec![0_u8; 4_096];
        loop {
            let mut length = buffer.len() as u32;
            // SAFETY: both buffers live, with the sizes that are passed.
            let code = unsafe {
                let (at, size) = (asked.as_ptr(), asked.len() as u32);
                api::EvsimHost(self.cluster, at, size, buffer.as_mut_ptr(), &mut length)
            };
            match code {
                0 => {
                    let answer = serde_json::from_slice(&buffer[..length as usize]);
                    return answer.map_err(|_| ErrorCode::ERROR_FILE_CORRUPT);
                }
                code if code == ErrorCode::ERROR_MORE_DATA.0 => buffer.resize(length as usize, 0),
                code => return Err(ErrorCode(code)),
            }
        }
    }

    fn names(&self, kind: u32) -> Result<Vec<String>, ErrorCode> {
        let enumeration = Handle::opened(api::ClusterOpenEnum(self.cluster, kind))?;
        let mut names = Vec::new();
        loop {
            let index = names.len() as u32;
            // SAFETY: `text` passes a live buffer with its size.
            match text(|at, size| unsafe { api::ClusterEnum(enumeration.0, index, at, size) }) {
                Ok(name) => names.push(name),
                Err(ErrorCode::ERROR_NO_MORE_ITEMS) => return Ok(names),
                Err(code) => return Err(code),
            }
        }
    }
}

impl Backend for TableBackend {
    fn local(&self) -> Local {
        let mut state = 0;
        let code = api::GetNodeClusterState(self.cluster, &mut state);
        assert_eq!(code, 0, "the node itself always answers");
        let service = match state {
            19 => ServiceState::Running,
            3 => ServiceState::NotRunning,
            1 => ServiceState::NotConfigured,
            _ => ServiceState::NotInstalled,
        };
        match self.host(&HostQuestion::Local) {
            Ok(HostAnswer::Local { node, now, changes }) => Local { node, now, service, changes },
            _ => panic!("the node itself always answers"),
        }
    }

    fn census(&self) -> Result<Census, ErrorCode> {
        let HostAnswer::ClusterName(cluster) = self.host(&HostQuestion::ClusterName)? else {
            return Err(ErrorCode::ERROR_FILE_CORRUPT);
        };
        let nodes = self.names(api::CLUSTER_ENUM_NODE)?;
        let groups = self.names(api::CLUSTER_ENUM_GROUP)?;
        let resources = self.names(api::CLUSTER_ENUM_RESOURCE)?;
        Ok(Census {
            cluster,
            nodes: nodes.iter().map(|name| name.as_str().into()).collect(),
            groups: groups.iter().map(|name| name.as_str().into()).collect(),
            resources: resources.iter().map(|name| name.as_str().into()).collect(),
        })
    }

    fn node(&self, name: &NodeName) -> Result<NodeView, ErrorCode> {
        // SAFETY: a string with NUL.
        let opened = unsafe { api::OpenClusterNode(self.cluster, wide(name.as_str()).as_ptr()) };
        let node = Handle::opened(opened)?;
        let mut id = 0;
        let number = api::GetClusterNodeState(node.0, &mut id);
        let state = usize::try_from(number).ok().and_then(|at| NodeState::ALL.get(at));
        state.map(|state| NodeView { id, state: *state }).ok_or_else(last_error)
    }

    fn group(&self, name: &GroupName) -> Result<GroupFacts, ErrorCode> {
        // SAFETY: a string with NUL.
        let opened = unsafe { api::OpenClusterGroup(self.cluster, wide(name.as_str()).as_ptr()) };
        let group = Handle::opened(opened)?;
        let mut number = -1;
        let owner = text(|at, size| {
            // SAFETY: `text` passes a live buffer with its size.
            number = unsafe { api::GetClusterGroupState(group.0, at, size) };
            if number < 0 { api::GetLastError() } else { 0 }
        })?;
        let state = GroupState::ALL.iter().find(|state| **state as i32 == number);
        let HostAnswer::GroupGuid(guid) = self.host(&HostQuestion::GroupGuid(name.clone()))? else {
            return Err(ErrorCode::ERROR_FILE_CORRUPT);
        };
        let state = *state.ok_or(ErrorCode::ERROR_FILE_CORRUPT)?;
        Ok(GroupFacts { guid, owner: owner.as_str().into(), state })
    }

    fn resource(&self, name: &ResourceName) -> Result<ResourceView, ErrorCode> {
        match self.host(&HostQuestion::Resource(name.clone()))? {
            HostAnswer::Resource(resource) => Ok(resource),
            _ => Err(ErrorCode::ERROR_FILE_CORRUPT),
        }
    }

    fn storage(&self, place: &Place) -> Result<StorageView, ErrorCode> {
        match self.host(&HostQuestion::Storage(place.clone()))? {
            HostAnswer::Storage(storage) => Ok(*storage),
            _ => Err(ErrorCode::ERROR_FILE_CORRUPT),
        }
    }

    fn start(&mut self, action: &Action) -> Result<(), ActError> {
        match self.host(&HostQuestion::Start(Box::new(action.clone()))) {
            Ok(HostAnswer::Started(result)) => result,
            Ok(_) => Err(ActError::Failed(ErrorCode::ERROR_FILE_CORRUPT)),
            Err(code) => Err(ActError::Failed(code)),
        }
    }
}

/// Uses handles as they must not be used.
pub(crate) fn misuse_handles(cluster: &SharedCluster) {
    api::attach(cluster);
    // SAFETY: strings with NUL.
    let (opened, nowhere) = unsafe {
        (api::OpenCluster(wide("NODE1").as_ptr()), api::OpenCluster(wide("NODE9").as_ptr()))
    };
    assert_eq!(nowhere, 0);
    assert_eq!(last_error(), ErrorCode::ERROR_CLUSTER_NODE_NOT_FOUND);
    // SAFETY: a string with NUL.
    let group = unsafe { api::OpenClusterGroup(opened, wide("EVS1").as_ptr()) };
    let mut id = 0;
    assert_eq!(api::GetClusterNodeState(group, &mut id), -1, "a group is no node");
    assert_eq!(last_error(), ErrorCode::ERROR_INVALID_HANDLE);
    assert_eq!(api::CloseHandle(group), 0);
    for wrong in [group, 0, -1, isize::MIN + 1, isize::MAX] {
        assert_eq!(api::CloseHandle(wrong), ErrorCode::ERROR_INVALID_HANDLE.0, "{wrong}");
    }
}
