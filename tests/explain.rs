//! What a run can say of itself beyond its story: which nodes a group could have gone to, how things
//! stand at a moment, what one node saw, and why a server is where it is.
#![cfg(feature = "sim")]

#[path = "explain/candidates.rs"]
mod candidates;
#[path = "explain/moment.rs"]
mod moment;
#[path = "explain/sight.rs"]
mod sight;
#[path = "explain/why.rs"]
mod why;

use evsim::harness::{self, Report};
use evsim::scenario::{self, Scenario};

/// A scenario of this cluster and these steps, without the product.
pub(crate) fn scenario(cluster: &str, steps: &str) -> Scenario {
    let text = format!(
        "about: It is explained.\n\
         cluster: {{ name: CLUSTER, exchange: 2003, windows: 2003, {cluster} }}\n\
         steps: [{steps}]\n\
         until: 1h\n"
    );
    scenario::read(text.as_bytes(), "explained").unwrap_or_else(|wrong| panic!("{wrong}"))
}

/// What comes of it.
pub(crate) fn report(cluster: &str, steps: &str) -> Report {
    harness::run(&scenario(cluster, steps), 0)
}
