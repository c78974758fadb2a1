//! What holds for the parser of property lists, whatever the bytes are.

use evsim::backend::clusapi::property_list::{encode, parse};

/// Bytes are refused, or written again they are read as the same.
///
/// # Panics
/// They are not.
pub(crate) fn holds(bytes: &[u8]) {
    match parse(bytes) {
        Ok(list) => assert_eq!(parse(&encode(&list)), Ok(list)),
        Err(malformed) => assert!(!malformed.to_string().is_empty()),
    }
}
