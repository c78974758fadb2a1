//! What a property of a list sets, as the Cluster API passes it.
//!
//! Absent on purpose: what `property.rs` refuses; here is only what there is no such property for.

use super::{GroupProperty, ResourceProperty, Restart, UNSET};
use crate::backend::clusapi::property_list::{Property, Value};

/// What a property of a group sets; none: there is no such property, or its value is of another
/// type.
pub fn group_property(property: &Property) -> Option<GroupProperty> {
    Some(match (property.name.to_ascii_lowercase().as_str(), property.values.first()?) {
        ("persistentstate", Value::Number(on)) => GroupProperty::PersistentState(*on != 0),
        ("failoverthreshold", Value::Number(count)) => GroupProperty::FailoverThreshold(*count),
        ("failoverperiod", Value::Number(hours)) => GroupProperty::FailoverPeriod(*hours),
        ("autofailbacktype", Value::Number(on)) => GroupProperty::AutoFailbackType(*on != 0),
        ("failbackwindowstart", Value::Number(at)) => GroupProperty::FailbackWindowStart(*at),
        ("failbackwindowend", Value::Number(at)) => GroupProperty::FailbackWindowEnd(*at),
        ("antiaffinityclassnames", Value::Texts(names)) => {
            GroupProperty::AntiAffinityClassNames(names.clone())
        }
        _ => return None,
    })
}

/// The same of a resource.
pub fn resource_property(property: &Property) -> Option<ResourceProperty> {
    let Some(Value::Number(number)) = property.values.first() else { return None };
    let number = *number;
    Some(match property.name.to_ascii_lowercase().as_str() {
        "persistentstate" => {
            ResourceProperty::PersistentState((number != UNSET).then_some(number != 0))
        }
        "looksalivepollinterval" => ResourceProperty::LooksAlivePollInterval(number),
        "isalivepollinterval" => ResourceProperty::IsAlivePollInterval(number),
        "restartaction" => ResourceProperty::RestartAction(match number {
            0 => Restart::Never,
            1 => Restart::Only,
            2 => Restart::AndAffectGroup,
            _ => return None,
        }),
        "restartthreshold" => ResourceProperty::RestartThreshold(number),
        "restartperiod" => ResourceProperty::RestartPeriod(number),
        "retryperiodonfailure" => ResourceProperty::RetryPeriodOnFailure(number),
        "pendingtimeout" => ResourceProperty::PendingTimeout(number),
        "separatemonitor" => ResourceProperty::SeparateMonitor(number != 0),
        _ => return None,
    })
}
