//! Rules that a test run can switch off one by one, without building anew: what no test misses is
//! not tested.
//!
//! Only a build with the feature `mask` looks: there `EVSIM_MASK` names the one rule that is not in
//! force, or a switch and the value that it has by default. In every other build each rule is in
//! force, by a constant.

/// Whether this rule is in force. docs/MODEL.md and the product's gate name every rule together
/// with the test that fails without it.
#[cfg(not(feature = "mask"))]
#[inline(always)]
pub const fn in_force(_rule: &str) -> bool {
    true
}

/// Whether this rule is in force: it is, unless it is the masked one.
#[cfg(feature = "mask")]
pub fn in_force(rule: &str) -> bool {
    masked() != Some(rule)
}

/// What this run masks: nothing.
#[cfg(not(feature = "mask"))]
pub const fn masked() -> Option<&'static str> {
    None
}

/// What this run masks: the name of a rule, or `switch=value`.
#[cfg(feature = "mask")]
pub fn masked() -> Option<&'static str> {
    static MASK: std::sync::OnceLock<Option<String>> = std::sync::OnceLock::new();
    MASK.get_or_init(|| std::env::var("EVSIM_MASK").ok()).as_deref()
}
