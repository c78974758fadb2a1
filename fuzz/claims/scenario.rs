//! What holds for the reader of scenarios, whatever the bytes are.

use evsim::scenario;
use evsim::sim::{Cluster, Configuration};

/// A scenario is refused, with what is wrong. Or a cluster comes of it; written down, that cluster
/// is read as the same.
///
/// # Panics
/// It is not.
pub(crate) fn holds(bytes: &[u8]) {
    match scenario::read(bytes, "fuzzed.yaml") {
        Err(wrong) => assert!(!wrong.to_string().is_empty()),
        Ok(scenario) => {
            Cluster::new(&scenario.cluster, 0);
            let text = written(&scenario.cluster);
            let again = scenario::read(text.as_bytes(), "written.yaml");
            let again = again.unwrap_or_else(|wrong| panic!("{wrong}\n{text}"));
            assert_eq!(written(&again.cluster), text);
        }
    }
}

fn written(cluster: &Configuration) -> String {
    scenario::print("Written down.", &[], cluster, evsim::model::Span::from_secs(60))
}
