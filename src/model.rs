//! The nouns that every other module shares: names, time, sizes, states, what a node sees (`View`)
//! and what it can do (`Action`).
//!
//! Absent on purpose: any rule. How a group's state follows from its resources stands in `sim`, how
//! an Exchange Virtual Server is recognised stands in `product`; neither may learn it from here.

mod action;
mod calendar;
mod error_code;
mod exchange;
mod mask;
mod name;
mod size;
mod state;
mod time;
mod view;

pub use action::{Act, Action, Condition, Notice, Place, Record, Revision, Ticket, Tool};
pub use calendar::{LocalTime, LocalTimeError};
pub use error_code::ErrorCode;
pub use exchange::{Copies, CopyState, CopyView, Exchange, MtaView};
pub use mask::{in_force, masked};
pub use name::{
    EvsName, GroupName, Guid, GuidError, NetworkName, NodeName, ResourceName, StorageGroupName,
    StoreName, folded, same,
};
pub use size::{Size, SizeError};
pub use state::{
    Consistency, GroupState, InterfaceState, MountState, NetworkState, NodeState, ResourceState,
    ServiceState, Temporary, ToolPhase, ToolState,
};
pub use time::{Span, SpanError, Time};
pub use view::{
    ClusterView, DiskView, Fact, GroupView, NodeView, ResourceView, StorageView, StoreView,
    ToolView, View,
};

/// The registered resource type names that the product and the simulator both have to spell alike.
///
/// Source: the names that shipping products compare for Exchange 2000 to 2007, and the resource
/// types that Windows itself registers.
pub mod resource_type {
    /// One per Exchange Virtual Server: it marks the group as one.
    pub const SYSTEM_ATTENDANT: &str = "Microsoft Exchange System Attendant";
    /// The store process as this Exchange Virtual Server sees it.
    pub const INFORMATION_STORE: &str = "Microsoft Exchange Information Store";
    /// The quorum of a cluster without a shared disk.
    pub const MAJORITY_NODE_SET: &str = "Majority Node Set";
    /// One per cluster, owned by the Exchange Virtual Server that was made first.
    pub const MESSAGE_TRANSFER_AGENT: &str = "Microsoft Exchange Message Transfer Agent";
    /// One per store of a clustered mailbox server of Exchange 2007.
    pub const DATABASE_INSTANCE: &str = "Microsoft Exchange Database Instance";
    /// A shared disk.
    pub const PHYSICAL_DISK: &str = "Physical Disk";
    /// An address that clients reach the group by.
    pub const IP_ADDRESS: &str = "IP Address";
    /// A computer name that clients reach the group by.
    pub const NETWORK_NAME: &str = "Network Name";
}
