//! Common properties of groups, resources and resource types: their values, what fits, and setting
//! one.
//!
//! Source of names, units, defaults and limits: the documentation of the common properties; the
//! defaults are those of 2000 and 2003.

use serde::{Deserialize, Serialize};

use crate::model::{ErrorCode, NodeName, Span, in_force};

/// Hours of a `FailoverPeriod` at most.
const FAILOVER_PERIOD_HOURS_MAX: u32 = 1_193;
/// Milliseconds of a poll interval or a `PendingTimeout` of a resource at least.
const INTERVAL_MS_MIN: u32 = 10;
/// What a property holds that says nothing of its own: `0xFFFFFFFF`.
pub const UNSET: u32 = u32::MAX;

/// The common properties of a group that the simulator acts on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct GroupProperties {
    /// `PersistentState`: whether the group is meant to be online; none: nobody has said.
    pub persistent_state: Option<bool>,
    /// `FailoverThreshold`: how often it moves for a failure within the period.
    pub failover_threshold: u32,
    /// `FailoverPeriod`, in hours.
    pub failover_period_hours: u32,
    /// `AutoFailbackType`: whether it goes back to a preferred owner by itself.
    pub auto_failback: bool,
    /// `FailbackWindowStart`: the hour of the day from which on it may; none: no window.
    pub failback_window_start: Option<u32>,
    /// `FailbackWindowEnd`: the hour of the day until which it may; none: no window.
    pub failback_window_end: Option<u32>,
    /// `AntiAffinityClassNames` (2003): groups that share one avoid each other's node.
    pub anti_affinity: Vec<String>,
}

impl Default for GroupProperties {
    fn default() -> Self {
        Self {
            persistent_state: None,
            failover_threshold: 10,
            failover_period_hours: 6,
            auto_failback: false,
            failback_window_start: None,
            failback_window_end: None,
            anti_affinity: Vec::new(),
        }
    }
}

/// The common properties of a resource that the simulator acts on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct ResourceProperties {
    /// `PersistentState`; none: as its group's.
    pub persistent_state: Option<bool>,
    /// `LooksAlivePollInterval`; none: its type's.
    pub looks_alive_poll_interval: Option<Span>,
    /// `IsAlivePollInterval`; none: its type's.
    pub is_alive_poll_interval: Option<Span>,
    /// `RestartAction`; none: its type's.
    pub restart_action: Option<Restart>,
    /// `RestartThreshold`: failures within the period that are answered by a restart.
    pub restart_threshold: u32,
    /// `RestartPeriod`, in milliseconds.
    pub restart_period: Span,
    /// `RetryPeriodOnFailure`, in milliseconds.
    pub retry_period_on_failure: RetryPeriod,
    /// `PendingTimeout`, in milliseconds: how long it may say nothing while it is on its way.
    pub pending_timeout: Span,
    /// `SeparateMonitor`: whether it has a resource monitor of its own.
    pub separate_monitor: bool,
}

impl Default for ResourceProperties {
    fn default() -> Self {
        Self {
            persistent_state: None,
            looks_alive_poll_interval: None,
            is_alive_poll_interval: None,
            restart_action: None,
            restart_threshold: 3,
            restart_period: Span::from_ms(900_000),
            retry_period_on_failure: RetryPeriod::Default,
            pending_timeout: Span::from_ms(180_000),
            separate_monitor: false,
        }
    }
}

/// `RestartAction`: what a failure of the resource leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Restart {
    /// 0: it stays failed.
    Never,
    /// 1: it is restarted; beyond the threshold it stays failed and its group stays.
    Only,
    /// 2: it is restarted; beyond the threshold its group moves.
    AndAffectGroup,
}

/// `RetryPeriodOnFailure`: when a resource that was left failed is tried once more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum RetryPeriod {
    /// As this Windows does by itself.
    Default,
    /// Never.
    Never,
    /// So long after it was left.
    After(Span),
}

/// The common properties of a resource type that the simulator acts on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct TypeProperties {
    /// `LooksAlivePollInterval`, in milliseconds.
    pub looks_alive_poll_interval: Span,
    /// `IsAlivePollInterval`, in milliseconds.
    pub is_alive_poll_interval: Span,
}

impl Default for TypeProperties {
    fn default() -> Self {
        Self {
            looks_alive_poll_interval: Span::from_ms(5_000),
            is_alive_poll_interval: Span::from_ms(60_000),
        }
    }
}

/// The properties of the cluster itself that the simulator acts on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ClusterProperties {
    /// `DisableGroupPreferredOwnerRandomization` (2003): a group without preferred owners goes by
    /// the numbers of the nodes when it loses its node.
    pub disable_randomization: bool,
}

/// A value for a property of a group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GroupProperty {
    /// `PersistentState`.
    PersistentState(bool),
    /// `FailoverThreshold`.
    FailoverThreshold(u32),
    /// `FailoverPeriod`, in hours.
    FailoverPeriod(u32),
    /// `AutoFailbackType`.
    AutoFailbackType(bool),
    /// `FailbackWindowStart`, an hour or `UNSET`.
    FailbackWindowStart(u32),
    /// `FailbackWindowEnd`, an hour or `UNSET`.
    FailbackWindowEnd(u32),
    /// `AntiAffinityClassNames`.
    AntiAffinityClassNames(Vec<String>),
    /// The preferred owners, which are a list of their own beside the properties.
    PreferredOwners(Vec<NodeName>),
}

/// A value for a property of a resource.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResourceProperty {
    /// `PersistentState`; none: as its group's.
    PersistentState(Option<bool>),
    /// `LooksAlivePollInterval` in milliseconds, or `UNSET`.
    LooksAlivePollInterval(u32),
    /// `IsAlivePollInterval` in milliseconds, or `UNSET`.
    IsAlivePollInterval(u32),
    /// `RestartAction`.
    RestartAction(Restart),
    /// `RestartThreshold`.
    RestartThreshold(u32),
    /// `RestartPeriod`, in milliseconds.
    RestartPeriod(u32),
    /// `RetryPeriodOnFailure` in milliseconds, or `UNSET`: never.
    RetryPeriodOnFailure(u32),
    /// `PendingTimeout`, in milliseconds.
    PendingTimeout(u32),
    /// `SeparateMonitor`.
    SeparateMonitor(bool),
    /// The possible owners, which are a list of their own beside the properties.
    PossibleOwners(Vec<NodeName>),
}

impl GroupProperties {
    /// Sets a property; the preferred owners are not among them.
    ///
    /// # Errors
    /// `ERROR_INVALID_PARAMETER`: the value does not fit.
    pub fn set(&mut self, property: &GroupProperty) -> Result<(), ErrorCode> {
        match property {
            GroupProperty::PersistentState(online) => self.persistent_state = Some(*online),
            GroupProperty::FailoverThreshold(count) => self.failover_threshold = *count,
            GroupProperty::FailoverPeriod(hours)
                if *hours > FAILOVER_PERIOD_HOURS_MAX && in_force("a-value-fits-its-property") =>
            {
                return Err(ErrorCode::ERROR_INVALID_PARAMETER);
            }
            GroupProperty::FailoverPeriod(hours) => self.failover_period_hours = *hours,
            GroupProperty::AutoFailbackType(allowed) => self.auto_failback = *allowed,
            GroupProperty::FailbackWindowStart(at) => self.failback_window_start = hour(*at)?,
            GroupProperty::FailbackWindowEnd(at) => self.failback_window_end = hour(*at)?,
            GroupProperty::AntiAffinityClassNames(names) => self.anti_affinity = names.clone(),
            GroupProperty::PreferredOwners(_) => {}
        }
        Ok(())
    }

    /// The hours of the day within which it may fail back; none: at any hour, for both have to be
    /// set.
    pub fn failback_window(&self) -> Option<(u32, u32)> {
        self.failback_window_start.zip(self.failback_window_end)
    }
}

fn hour(number: u32) -> Result<Option<u32>, ErrorCode> {
    match number {
        UNSET => Ok(None),
        0..=23 => Ok(Some(number)),
        _ => Err(ErrorCode::ERROR_INVALID_PARAMETER),
    }
}

impl ResourceProperties {
    /// Sets a property; the possible owners are not among them.
    ///
    /// # Errors
    /// `ERROR_INVALID_PARAMETER`: the value does not fit, alone or with another one.
    pub fn set(&mut self, property: &ResourceProperty) -> Result<(), ErrorCode> {
        let mut next = *self;
        match *property {
            ResourceProperty::PersistentState(online) => next.persistent_state = online,
            ResourceProperty::LooksAlivePollInterval(ms) => {
                next.looks_alive_poll_interval = interval(ms)?;
            }
            ResourceProperty::IsAlivePollInterval(ms) => {
                next.is_alive_poll_interval = interval(ms)?;
            }
            ResourceProperty::RestartAction(action) => next.restart_action = Some(action),
            ResourceProperty::RestartThreshold(count) => next.restart_threshold = count,
            ResourceProperty::RestartPeriod(ms) => next.restart_period = Span::from_ms(ms.into()),
            ResourceProperty::RetryPeriodOnFailure(UNSET) => {
                next.retry_period_on_failure = RetryPeriod::Never;
            }
            ResourceProperty::RetryPeriodOnFailure(ms) => {
                next.retry_period_on_failure = RetryPeriod::After(Span::from_ms(ms.into()));
            }
            ResourceProperty::PendingTimeout(UNSET) => {
                return Err(ErrorCode::ERROR_INVALID_PARAMETER);
            }
            ResourceProperty::PendingTimeout(ms) => {
                next.pending_timeout = interval(ms)?.unwrap_or(self.pending_timeout);
            }
            ResourceProperty::SeparateMonitor(own) => next.separate_monitor = own,
            ResourceProperty::PossibleOwners(_) => {}
        }
        // What is tried again sooner than its failures are forgotten would never come to rest.
        match next.retry_period_on_failure {
            RetryPeriod::After(span) if span < next.restart_period => {
                Err(ErrorCode::ERROR_INVALID_PARAMETER)
            }
            _ => {
                *self = next;
                Ok(())
            }
        }
    }
}

fn interval(ms: u32) -> Result<Option<Span>, ErrorCode> {
    match ms {
        UNSET => Ok(None),
        0..INTERVAL_MS_MIN => Err(ErrorCode::ERROR_INVALID_PARAMETER),
        _ => Ok(Some(Span::from_ms(ms.into()))),
    }
}

fn listed<'n>(names: impl Iterator<Item = &'n str>) -> String {
    let names: Vec<&str> = names.collect();
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

fn on_or_off(on: bool) -> String {
    u32::from(on).to_string()
}

impl GroupProperty {
    /// What is told of setting it.
    pub(super) fn set_of(&self, object: &str) -> String {
        let (name, value) = self.texts();
        format!("set {name} of {object} to {value}")
    }

    /// The property's name and the text of its value.
    fn texts(&self) -> (&'static str, String) {
        match self {
            GroupProperty::PersistentState(on) => ("PersistentState", on_or_off(*on)),
            GroupProperty::FailoverThreshold(count) => ("FailoverThreshold", count.to_string()),
            GroupProperty::FailoverPeriod(hours) => ("FailoverPeriod", hours.to_string()),
            GroupProperty::AutoFailbackType(on) => ("AutoFailbackType", on_or_off(*on)),
            GroupProperty::FailbackWindowStart(hour) => ("FailbackWindowStart", hour.to_string()),
            GroupProperty::FailbackWindowEnd(hour) => ("FailbackWindowEnd", hour.to_string()),
            GroupProperty::AntiAffinityClassNames(names) => {
                ("AntiAffinityClassNames", listed(names.iter().map(String::as_str)))
            }
            GroupProperty::PreferredOwners(nodes) => {
                ("PreferredOwners", listed(nodes.iter().map(NodeName::as_str)))
            }
        }
    }
}

impl ResourceProperty {
    /// What is told of setting it.
    pub(super) fn set_of(&self, object: &str) -> String {
        let (name, value) = self.texts();
        format!("set {name} of {object} to {value}")
    }

    /// The property's name and the text of its value.
    fn texts(&self) -> (&'static str, String) {
        match self {
            ResourceProperty::PersistentState(own) => {
                ("PersistentState", own.map_or_else(|| UNSET.to_string(), on_or_off))
            }
            ResourceProperty::LooksAlivePollInterval(ms) => {
                ("LooksAlivePollInterval", ms.to_string())
            }
            ResourceProperty::IsAlivePollInterval(ms) => ("IsAlivePollInterval", ms.to_string()),
            ResourceProperty::RestartAction(action) => {
                ("RestartAction", (*action as u32).to_string())
            }
            ResourceProperty::RestartThreshold(count) => ("RestartThreshold", count.to_string()),
            ResourceProperty::RestartPeriod(ms) => ("RestartPeriod", ms.to_string()),
            ResourceProperty::RetryPeriodOnFailure(ms) => ("RetryPeriodOnFailure", ms.to_string()),
            ResourceProperty::PendingTimeout(ms) => ("PendingTimeout", ms.to_string()),
            ResourceProperty::SeparateMonitor(on) => ("SeparateMonitor", on_or_off(*on)),
            ResourceProperty::PossibleOwners(nodes) => {
                ("PossibleOwners", listed(nodes.iter().map(NodeName::as_str)))
            }
        }
    }
}
