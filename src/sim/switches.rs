//! What the simulator assumes where the sources are silent or unsure: each a named value that a
//! scenario can set under `switches:`. docs/MODEL.md has a row for each.

use serde::Serialize;

use crate::model::{Span, masked};

macro_rules! switches {
    ($($(#[$doc:meta])* $name:ident = $default:expr),+ $(,)?) => {
        /// The durations that the simulator assumes.
        #[derive(Clone, Debug, PartialEq, Eq, Serialize)]
        pub struct Switches { $($(#[$doc])* pub $name: Span),+ }

        impl Switches {
            /// The name of every switch.
            pub const NAMES: &[&str] = &[$(stringify!($name)),+];

            /// Sets a switch by its name; false when there is none of that name.
            pub fn set(&mut self, name: &str, value: Span) -> bool {
                match name {
                    $(stringify!($name) => self.$name = value,)+
                    _ => return false,
                }
                true
            }
        }

        impl Default for Switches {
            fn default() -> Self {
                let mut switches = Self { $($name: $default),+ };
                if let Some((name, value)) = masked_switch() {
                    switches.set(name, value);
                }
                switches
            }
        }
    };
}

/// The switch that this test run gives another value by default.
fn masked_switch() -> Option<(&'static str, Span)> {
    let (name, value) = masked()?.split_once('=')?;
    Some((name, value.parse().ok()?))
}

switches! {
    /// From the sixth missed heartbeat to the end of the regroup (register U13).
    regroup = Span::from_secs(1),
    /// Arbitration for the quorum disk when its owner died (register U10).
    arbitration = Span::from_secs(7),
    /// What resources have to go offline when Windows shuts down (register of doubts: 9 s, 15 s
    /// later).
    shutdown = Span::from_secs(9),
    /// From the failure of a cluster service to its restart by the service manager.
    service_restart = Span::from_secs(60),
    /// From power-on to the start of the cluster service.
    boot = Span::from_secs(60),
    /// From the start of the cluster service to membership, when there is a cluster to join.
    join = Span::from_secs(3),
    /// An IP Address going online.
    ip_address_online = Span::from_secs(1),
    /// A Physical Disk going online after it was released.
    physical_disk_online = Span::from_secs(2),
    /// A Physical Disk going online after its owner crashed: the reservation has to be broken.
    physical_disk_online_after_crash = Span::from_secs(10),
    /// A Network Name going online.
    network_name_online = Span::from_secs(3),
    /// A System Attendant going online.
    system_attendant_online = Span::from_secs(12),
    /// An Information Store going online, without log replay.
    information_store_online = Span::from_secs(15),
    /// Any other resource going online.
    other_online = Span::from_secs(5),
    /// Dismounting a store.
    dismount = Span::from_secs(5),
    /// Mounting a store that was shut down cleanly.
    mount = Span::from_secs(5),
    /// Reading a database's header.
    consistency_check = Span::from_secs(2),
    /// Writing a record of the product.
    record_write = Span::from_ms(10),
}
