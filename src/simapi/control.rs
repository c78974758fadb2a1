//! What objects answer to control codes, in bytes.
//!
//! Absent on purpose: classes of storage, disk layouts and security descriptors, which no scenario
//! has; such a code is `ERROR_INVALID_FUNCTION`.

use super::functions::{known_group, known_resource};
use super::object::{self, Client};
use super::settings;
use crate::backend::Backend;
use crate::backend::clusapi::control::{self, FLAG_CORE};
use crate::backend::clusapi::property_list::{self, Property, Value};
use crate::model::{ErrorCode, resource_type};
use crate::sim::{self, Step, Windows};

type Bytes = Result<Vec<u8>, ErrorCode>;

fn text(text: impl ToString) -> Bytes {
    Ok(property_list::wide_bytes(&text.to_string()))
}

fn number(number: u32) -> Bytes {
    Ok(number.to_le_bytes().to_vec())
}

fn list(properties: &[Property]) -> Bytes {
    Ok(property_list::encode(properties))
}

fn texts(pairs: &[(&str, String)]) -> Bytes {
    let property = |(name, text): &(&str, String)| Property {
        name: (*name).to_owned(),
        values: vec![Value::Text(text.clone())],
    };
    list(&pairs.iter().map(property).collect::<Vec<_>>())
}

fn parsed(input: &[u8]) -> Result<Vec<Property>, ErrorCode> {
    property_list::parse(input).map_err(|_| ErrorCode::ERROR_INVALID_DATA)
}

/// Sets one after the other; the first that is refused ends it.
fn set(client: &Client, steps: impl Iterator<Item = Step>) -> Bytes {
    let mut answer = Ok(Vec::new());
    for step in steps {
        match client.database()?.borrow_mut().ask_for(&step) {
            Ok(()) => {}
            Err(code) if code.is_remark() => answer = Err(code),
            Err(code) => return Err(code),
        }
    }
    answer
}

pub(super) fn of_resource(handle: isize, code: u32, input: &[u8]) -> Bytes {
    let (client, name) = known_resource(handle)?;
    let backend = client.backend()?;
    let found = backend.resource(&name)?;
    let database = client.database()?;
    let windows = database.borrow().windows();
    let settings = database.borrow().resource_settings(&name)?;
    let witness = settings::witness(&database.borrow(), &name);
    match code {
        control::RESOURCE_GET_CHARACTERISTICS => number(0),
        control::RESOURCE_GET_FLAGS => number(if settings.core { FLAG_CORE } else { 0 }),
        control::RESOURCE_GET_NAME => text(&name),
        control::RESOURCE_GET_RESOURCE_TYPE => text(&found.type_name),
        control::RESOURCE_GET_ID => text(found.guid),
        control::RESOURCE_GET_RO_COMMON_PROPERTIES => {
            texts(&[("Name", name.to_string()), ("Type", found.type_name.to_string())])
        }
        control::RESOURCE_GET_COMMON_PROPERTIES => {
            list(&settings::of_resource(&settings.properties, windows))
        }
        control::RESOURCE_SET_COMMON_PROPERTIES => {
            let properties = settings::asked_for(&parsed(input)?, sim::resource_property)?;
            let step = |property| Step::SetResource { resource: name.clone(), property };
            set(&client, properties.into_iter().map(step))
        }
        control::RESOURCE_ENUM_PRIVATE_PROPERTIES => {
            let names = found.private.keys().cloned();
            let names: Vec<String> = names.chain(witness.map(|(name, _)| name)).collect();
            Ok(property_list::multi_sz_bytes(&names))
        }
        control::RESOURCE_GET_RO_PRIVATE_PROPERTIES => list(&[]),
        control::RESOURCE_GET_PRIVATE_PROPERTIES => {
            let private = (*found.private).clone().into_iter().chain(witness).collect();
            list(&settings::private(&private))
        }
        control::RESOURCE_GET_NETWORK_NAME if found.is_a(resource_type::NETWORK_NAME) => {
            text(found.private("Name").unwrap_or_default())
        }
        _ => Err(ErrorCode::ERROR_INVALID_FUNCTION),
    }
}

pub(super) fn of_group(handle: isize, code: u32, input: &[u8]) -> Bytes {
    let (client, name) = known_group(handle)?;
    let facts = client.backend()?.group(&name)?;
    let database = client.database()?;
    let windows = database.borrow().windows();
    let settings = database.borrow().group_settings(&name)?;
    match code {
        control::GROUP_GET_FLAGS => number(if settings.core { FLAG_CORE } else { 0 }),
        control::GROUP_GET_NAME => text(&name),
        control::GROUP_GET_ID => text(facts.guid),
        control::GROUP_GET_RO_COMMON_PROPERTIES => texts(&[("Name", name.to_string())]),
        control::GROUP_GET_COMMON_PROPERTIES => {
            list(&settings::of_group(&settings.properties, windows))
        }
        control::GROUP_SET_COMMON_PROPERTIES => {
            let properties = settings::asked_for(&parsed(input)?, sim::group_property)?;
            let step = |property| Step::SetGroup { group: name.clone(), property };
            set(&client, properties.into_iter().map(step))
        }
        _ => Err(ErrorCode::ERROR_INVALID_FUNCTION),
    }
}

pub(super) fn of_node(handle: isize, code: u32, _: &[u8]) -> Bytes {
    let (client, name) = object::node(handle)?;
    let node = client.backend()?.node(&name)?;
    let release = client.database()?.borrow().release_of(&name)?;
    match code {
        control::NODE_GET_ID => text(node.id),
        control::NODE_GET_RO_COMMON_PROPERTIES => list(&settings::of_node(&name, release)),
        control::NODE_GET_COMMON_PROPERTIES => texts(&[("Description", String::new())]),
        _ => Err(ErrorCode::ERROR_INVALID_FUNCTION),
    }
}

pub(super) fn of_network(handle: isize, code: u32, _: &[u8]) -> Bytes {
    let (client, name) = object::network(handle)?;
    let network = settings::network(&client, &name)?;
    match code {
        control::NETWORK_GET_COMMON_PROPERTIES => list(&[
            Property { name: "Description".to_owned(), values: vec![Value::Text(String::new())] },
            Property { name: "Role".to_owned(), values: vec![Value::Number(network.role as u32)] },
        ]),
        _ => Err(ErrorCode::ERROR_INVALID_FUNCTION),
    }
}

pub(super) fn of_interface(handle: isize, code: u32, _: &[u8]) -> Bytes {
    let (client, node, network) = object::interface(handle)?;
    client.backend()?;
    match code {
        control::NETINTERFACE_GET_NODE => text(node),
        control::NETINTERFACE_GET_NETWORK => text(network),
        control::NETINTERFACE_GET_COMMON_PROPERTIES => texts(&[("Description", String::new())]),
        _ => Err(ErrorCode::ERROR_INVALID_FUNCTION),
    }
}

pub(super) fn of_cluster(handle: isize, code: u32, _: &[u8]) -> Bytes {
    let client = object::client(handle)?;
    let database = client.database()?;
    let database = database.borrow();
    match code {
        control::CLUSTER_GET_RO_COMMON_PROPERTIES => texts(&[("Name", database.name().to_owned())]),
        control::CLUSTER_GET_COMMON_PROPERTIES => {
            let disabled = u32::from(database.properties().disable_randomization);
            let mut properties = vec![Property {
                name: "Description".to_owned(),
                values: vec![Value::Text(String::new())],
            }];
            if database.windows() == Windows::W2003 {
                properties.push(Property {
                    name: "DisableGroupPreferredOwnerRandomization".to_owned(),
                    values: vec![Value::Number(disabled)],
                });
            }
            list(&properties)
        }
        _ => Err(ErrorCode::ERROR_INVALID_FUNCTION),
    }
}

pub(super) fn of_type(handle: isize, type_name: &str, code: u32) -> Bytes {
    let client = object::client(handle)?;
    let database = client.database()?;
    let properties = database.borrow().type_settings(type_name)?;
    match code {
        control::RESOURCE_TYPE_GET_COMMON_PROPERTIES => list(&settings::of_type(&properties)),
        _ => Err(ErrorCode::ERROR_INVALID_FUNCTION),
    }
}
