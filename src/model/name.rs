//! Names as the cluster compares them, without regard to case, and identities that outlive a name.

use std::cmp::Ordering;
use std::convert::Infallible;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;
use std::sync::Arc;

use serde::de::Visitor;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::in_force;

/// The form in which two names are compared: the cluster ignores case.
pub fn folded(name: &str) -> impl Iterator<Item = char> + '_ {
    name.chars().flat_map(char::to_lowercase)
}

/// Whether two texts are the same without regard to case.
pub fn same(one: &str, other: &str) -> bool {
    match one.is_ascii() && other.is_ascii() {
        true => one.eq_ignore_ascii_case(other),
        false => folded(one).eq(folded(other)),
    }
}

/// A name in the two forms that are asked for all the time. It is shared, so that whoever needs the
/// name for longer keeps a pointer to it.
struct Spelling {
    written: Box<str>,
    folded: Box<str>,
}

impl From<&str> for Spelling {
    fn from(name: &str) -> Self {
        let folded = match name.is_ascii() {
            _ if !in_force("names-compare-without-case") => name.into(),
            true => name.to_ascii_lowercase().into(),
            false => folded(name).collect(),
        };
        Self { written: name.into(), folded }
    }
}

/// Reads what is written as a text, which need not be kept for that.
fn read_text<'de, D: Deserializer<'de>, T, E: fmt::Display>(
    deserializer: D,
    read: impl Fn(&str) -> Result<T, E>,
) -> Result<T, D::Error> {
    struct Text<R>(R);

    impl<T, E: fmt::Display, R: Fn(&str) -> Result<T, E>> Visitor<'_> for Text<R> {
        type Value = T;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a string")
        }

        fn visit_str<F: serde::de::Error>(self, text: &str) -> Result<T, F> {
            (self.0)(text).map_err(F::custom)
        }
    }

    deserializer.deserialize_str(Text(read))
}

macro_rules! names {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone)]
        pub struct $name(Arc<Spelling>);

        impl $name {
            /// The name as it was written.
            pub fn as_str(&self) -> &str {
                &self.0.written
            }
        }

        impl From<&str> for $name {
            fn from(name: &str) -> Self {
                Self(Arc::new(name.into()))
            }
        }

        impl PartialEq for $name {
            fn eq(&self, other: &Self) -> bool {
                Arc::ptr_eq(&self.0, &other.0) || self.0.folded == other.0.folded
            }
        }

        impl Eq for $name {}

        impl PartialOrd for $name {
            fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
                Some(self.cmp(other))
            }
        }

        impl Ord for $name {
            fn cmp(&self, other: &Self) -> Ordering {
                if Arc::ptr_eq(&self.0, &other.0) {
                    return Ordering::Equal;
                }
                self.0.folded.cmp(&other.0.folded)
            }
        }

        impl Hash for $name {
            fn hash<H: Hasher>(&self, state: &mut H) {
                self.0.folded.hash(state);
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(self.as_str(), f)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                read_text(deserializer, |name| Ok::<_, Infallible>(Self::from(name)))
            }
        }
    )+};
}

names! {
    /// A cluster node: the name of the physical computer.
    NodeName,
    /// A group: the unit of failover.
    GroupName,
    /// A resource's label. It is free text: nothing is ever recognised by it.
    ResourceName,
    /// An Exchange Virtual Server: the computer name that its clients connect to.
    EvsName,
    /// A store and its storage group, as `SG1/Mailbox`.
    StoreName,
    /// A storage group: its stores share their logs, and are copied together.
    StorageGroupName,
    /// A network of the cluster.
    NetworkName,
}

impl StoreName {
    /// The storage group that the store is in: what stands before the slash.
    pub fn storage_group(&self) -> StorageGroupName {
        StorageGroupName::from(self.as_str().split('/').next().unwrap_or_default())
    }
}

/// The identity of a group or resource: it stays when the object is renamed, and a new object under
/// an old name has another one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Guid(u128);

impl Guid {
    /// The identity that a scenario's object has when none is given: it depends on the words alone.
    pub fn derived(words: &[&str]) -> Self {
        const OFFSET: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
        const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;
        let mut hash = OFFSET;
        let mut eat = |byte: u8| hash = (hash ^ u128::from(byte)).wrapping_mul(PRIME);
        for word in words {
            let word: String = folded(word).collect();
            word.bytes().for_each(&mut eat);
            eat(0);
        }
        Self(hash)
    }
}

/// How many characters a GUID is written in, and where among them the dashes are.
const LENGTH: usize = 36;
const DASHES: [usize; 4] = [8, 13, 18, 23];

/// Why a text is no GUID.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GuidError;

impl fmt::Display for GuidError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a GUID has 32 hexadecimal digits in groups of 8-4-4-4-12")
    }
}

impl std::error::Error for GuidError {}

impl FromStr for Guid {
    type Err = GuidError;

    fn from_str(text: &str) -> Result<Self, GuidError> {
        let bare = text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).unwrap_or(text);
        let mut value = 0;
        for (place, character) in bare.bytes().enumerate() {
            match (DASHES.contains(&place), char::from(character).to_digit(16)) {
                (true, _) if character == b'-' => {}
                (false, Some(digit)) => value = value << 4 | u128::from(digit),
                _ => return Err(GuidError),
            }
        }
        if bare.len() == LENGTH { Ok(Self(value)) } else { Err(GuidError) }
    }
}

impl Guid {
    /// As it is written.
    fn written(self) -> [u8; LENGTH] {
        let mut text = [b'-'; LENGTH];
        let places = (0..LENGTH).rev().filter(|place| !DASHES.contains(place));
        for (digit, place) in places.enumerate() {
            text[place] = b"0123456789abcdef"[(self.0 >> (4 * digit)) as usize & 0xf];
        }
        text
    }
}

impl fmt::Display for Guid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&String::from_utf8_lossy(&self.written()))
    }
}

impl fmt::Debug for Guid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Guid {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&String::from_utf8_lossy(&self.written()))
    }
}

impl<'de> Deserialize<'de> for Guid {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read_text(deserializer, str::parse::<Self>)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_ignore_case_and_keep_it() {
        assert_eq!(NodeName::from("Node1"), NodeName::from("NODE1"));
        assert_eq!(EvsName::from("MÜNCHEN"), EvsName::from("münchen"));
        assert_eq!(EvsName::from("Evs1").to_string(), "Evs1");
    }

    #[test]
    fn guids_read_back_what_they_print() {
        let guid = Guid::derived(&["group", "EVS1"]);
        assert_eq!(guid.to_string().parse(), Ok(guid));
        assert_eq!(format!("{{{guid}}}").parse(), Ok(guid));
        for wrong in ["12345", &guid.to_string().replace('-', ""), &format!("{guid}0"), "ü-"] {
            assert_eq!(wrong.parse::<Guid>(), Err(GuidError), "{wrong}");
        }
        assert_ne!(Guid::derived(&["a", "bc"]), Guid::derived(&["ab", "c"]));
    }
}
