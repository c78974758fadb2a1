//! Win32 error codes with their names.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A Win32 error code. It prints with its constant name: `5018 ERROR_RESMON_ONLINE_FAILED`.
///
/// Source of numbers and names: the public `winerror.h`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ErrorCode(pub u32);

macro_rules! codes {
    ($($name:ident = $number:literal),+ $(,)?) => {
        impl ErrorCode {
            $(
                #[doc = concat!("`", stringify!($name), "`")]
                pub const $name: ErrorCode = ErrorCode($number);
            )+

            /// Every code of this table.
            pub const ALL: &[ErrorCode] = &[$(ErrorCode::$name),+];

            /// The constant's name, where this table knows it.
            pub const fn name(self) -> Option<&'static str> {
                match self.0 { $($number => Some(stringify!($name)),)+ _ => None }
            }

            /// Whether it is a remark on what was done, not a refusal.
            pub const fn is_remark(self) -> bool {
                matches!(
                    self,
                    Self::ERROR_IO_PENDING
                        | Self::ERROR_RESOURCE_PROPERTIES_STORED
                        | Self::ERROR_CLUSTER_EVICT_WITHOUT_CLEANUP
                )
            }
        }
    };
}

codes! {
    ERROR_SUCCESS = 0,
    ERROR_INVALID_FUNCTION = 1,
    ERROR_FILE_NOT_FOUND = 2,
    ERROR_ACCESS_DENIED = 5,
    ERROR_INVALID_HANDLE = 6,
    ERROR_INVALID_DATA = 13,
    ERROR_NOT_READY = 21,
    ERROR_GEN_FAILURE = 31,
    ERROR_NOT_SUPPORTED = 50,
    ERROR_DUP_NAME = 52,
    ERROR_SHARING_PAUSED = 70,
    ERROR_INVALID_PARAMETER = 87,
    ERROR_DISK_FULL = 112,
    ERROR_CALL_NOT_IMPLEMENTED = 120,
    ERROR_BUSY = 170,
    ERROR_MORE_DATA = 234,
    WAIT_TIMEOUT = 258,
    ERROR_NO_MORE_ITEMS = 259,
    ERROR_IO_PENDING = 997,
    ERROR_SERVICE_REQUEST_TIMEOUT = 1053,
    ERROR_SERVICE_ALREADY_RUNNING = 1056,
    ERROR_SERVICE_DOES_NOT_EXIST = 1060,
    ERROR_SERVICE_CANNOT_ACCEPT_CTRL = 1061,
    ERROR_SERVICE_NOT_ACTIVE = 1062,
    ERROR_IO_DEVICE = 1117,
    ERROR_RETRY = 1237,
    ERROR_REVISION_MISMATCH = 1306,
    ERROR_INTERNAL_ERROR = 1359,
    ERROR_FILE_CORRUPT = 1392,
    RPC_S_SERVER_UNAVAILABLE = 1722,
    RPC_S_CALL_FAILED = 1726,
    ERROR_DEPENDENCY_NOT_FOUND = 5002,
    ERROR_RESOURCE_NOT_ONLINE = 5004,
    ERROR_HOST_NODE_NOT_AVAILABLE = 5005,
    ERROR_RESOURCE_NOT_AVAILABLE = 5006,
    ERROR_RESOURCE_NOT_FOUND = 5007,
    ERROR_CANT_EVICT_ACTIVE_NODE = 5009,
    ERROR_OBJECT_ALREADY_EXISTS = 5010,
    ERROR_GROUP_NOT_AVAILABLE = 5012,
    ERROR_GROUP_NOT_FOUND = 5013,
    ERROR_HOST_NODE_NOT_GROUP_OWNER = 5016,
    ERROR_RESMON_ONLINE_FAILED = 5018,
    ERROR_RESOURCE_ONLINE = 5019,
    ERROR_QUORUM_RESOURCE = 5020,
    ERROR_NOT_QUORUM_CAPABLE = 5021,
    ERROR_INVALID_STATE = 5023,
    ERROR_RESOURCE_PROPERTIES_STORED = 5024,
    ERROR_CLUSTER_NODE_EXISTS = 5040,
    ERROR_CLUSTER_NODE_NOT_FOUND = 5042,
    ERROR_NETWORK_NOT_AVAILABLE = 5035,
    ERROR_CLUSTER_NETWORK_NOT_FOUND = 5045,
    ERROR_CLUSTER_NETINTERFACE_NOT_FOUND = 5047,
    ERROR_CLUSTER_NODE_DOWN = 5050,
    ERROR_CLUSTER_NODE_UNREACHABLE = 5051,
    ERROR_CLUSTER_NODE_UP = 5056,
    ERROR_CLUSTER_NODE_NOT_PAUSED = 5058,
    ERROR_INVALID_OPERATION_ON_QUORUM = 5068,
    ERROR_CLUSTER_NODE_PAUSED = 5070,
    ERROR_NODE_CANT_HOST_RESOURCE = 5071,
    ERROR_CLUSTER_NODE_SHUTTING_DOWN = 5073,
    ERROR_CLUSTER_INCOMPATIBLE_VERSIONS = 5075,
    ERROR_CLUSTER_RESOURCE_TYPE_NOT_FOUND = 5078,
    ERROR_RESMON_INVALID_STATE = 5084,
    ERROR_QUORUM_DISK_NOT_FOUND = 5086,
    ERROR_CLUSTER_EVICT_WITHOUT_CLEANUP = 5896,
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => write!(f, "{} {name}", self.0),
            None => write!(f, "{}", self.0),
        }
    }
}

impl fmt::Debug for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for ErrorCode {}
