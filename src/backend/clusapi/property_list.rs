//! Property lists as the Cluster API passes them: read from bytes and written to bytes, never cast.
//!
//! Source: the public `clusapi.h` and the documentation of property lists: little-endian numbers,
//! every part padded to four bytes from the beginning of the list, values of a property up to an
//! end mark, of which there may be several.

use std::fmt;

/// The syntaxes of parts: the type in the upper half, the format in the lower.
pub mod syntax {
    macro_rules! syntaxes {
        ($($own:ident is $name:literal = $number:literal),+ $(,)?) => {
            $(#[doc = concat!("`CLUSPROP_SYNTAX_", $name, "`")] pub const $own: u32 = $number;)+

            /// Every syntax of this table with its name in the header, without `CLUSPROP_SYNTAX_`.
            pub const ALL: &[(&str, u32)] = &[$(($name, $own)),+];
        };
    }

    syntaxes! {
        END_MARK is "ENDMARK" = 0,
        NAME is "NAME" = 0x0004_0003,
        BINARY is "LIST_VALUE_BINARY" = 0x0001_0001,
        DWORD is "LIST_VALUE_DWORD" = 0x0001_0002,
        SZ is "LIST_VALUE_SZ" = 0x0001_0003,
        EXPAND_SZ is "LIST_VALUE_EXPAND_SZ" = 0x0001_0004,
        MULTI_SZ is "LIST_VALUE_MULTI_SZ" = 0x0001_0005,
        ULARGE_INTEGER is "LIST_VALUE_ULARGE_INTEGER" = 0x0001_0006,
        LONG is "LIST_VALUE_LONG" = 0x0001_0007,
        EXPANDED_SZ is "LIST_VALUE_EXPANDED_SZ" = 0x0001_0008,
        LARGE_INTEGER is "LIST_VALUE_LARGE_INTEGER" = 0x0001_000a,
        WORD is "LIST_VALUE_WORD" = 0x0001_000b,
    }
}

/// A value of a property.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// A number of 32 bits.
    Number(u32),
    /// A number of 32 bits with a sign.
    Signed(i32),
    /// A number of 64 bits.
    Long(u64),
    /// A number of 64 bits with a sign.
    SignedLong(i64),
    /// A number of 16 bits.
    Word(u16),
    /// Text, without its NUL.
    Text(String),
    /// Text with names of variables in it, as it is stored.
    Expandable(String),
    /// What such a text comes to on the node that was asked; it follows the stored one.
    Expanded(String),
    /// Several texts.
    Texts(Vec<String>),
    /// Bytes that have no other meaning here.
    Bytes(Vec<u8>),
    /// A syntax that this reader does not know, with its bytes.
    Unknown(u32, Vec<u8>),
}

/// A property and its values; as a rule there is one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Property {
    /// Its name, which is compared without case.
    pub name: String,
    /// Its values in their order.
    pub values: Vec<Value>,
}

/// Why bytes are no property list, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Malformed {
    /// The list ends in the middle of a part that begins here.
    CutShort(usize),
    /// Here a property's name was to be, and something else is.
    NoName(usize),
    /// The bytes of this part do not fit its syntax.
    Misfit(usize),
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Malformed::CutShort(at) => write!(f, "the property list ends within byte {at}'s part"),
            Malformed::NoName(at) => write!(f, "the property list has no name at byte {at}"),
            Malformed::Misfit(at) => write!(f, "the value at byte {at} does not fit its syntax"),
        }
    }
}

impl std::error::Error for Malformed {}

/// One part: where it begins, its syntax, its bytes without padding.
struct Part<'b> {
    at: usize,
    syntax: u32,
    bytes: &'b [u8],
}

struct Reader<'b> {
    list: &'b [u8],
    at: usize,
}

impl<'b> Reader<'b> {
    fn number(&mut self) -> Result<u32, Malformed> {
        let found = self.list.get(self.at..).and_then(|rest| rest.first_chunk::<4>());
        let bytes = found.ok_or(Malformed::CutShort(self.at))?;
        self.at += 4;
        Ok(u32::from_le_bytes(*bytes))
    }

    /// The next part; none at an end mark, which has no length.
    fn part(&mut self) -> Result<Option<Part<'b>>, Malformed> {
        let at = self.at;
        let syntax = self.number()?;
        if syntax == syntax::END_MARK {
            return Ok(None);
        }
        let length = self.number()? as usize;
        let end = self.at.checked_add(length).ok_or(Malformed::CutShort(at))?;
        let bytes = self.list.get(self.at..end).ok_or(Malformed::CutShort(at))?;
        // What pads the last part may be missing; nothing can follow it then.
        self.at = padded(end).min(self.list.len());
        Ok(Some(Part { at, syntax, bytes }))
    }
}

const fn padded(length: usize) -> usize {
    length.div_ceil(4) * 4
}

/// Reads a property list.
///
/// # Errors
/// Where and why the bytes are none; nothing that they say makes the reader take more room than
/// they do themselves.
pub fn parse(list: &[u8]) -> Result<Vec<Property>, Malformed> {
    let mut reader = Reader { list, at: 0 };
    let count = reader.number()?;
    let mut properties = Vec::new();
    for _ in 0..count {
        let at = reader.at;
        let name = reader.part()?.filter(|part| part.syntax == syntax::NAME);
        let name = text(&name.ok_or(Malformed::NoName(at))?)?;
        let mut values = Vec::new();
        while let Some(part) = reader.part()? {
            values.push(value(&part)?);
        }
        properties.push(Property { name, values });
    }
    Ok(properties)
}

fn value(part: &Part<'_>) -> Result<Value, Malformed> {
    Ok(match part.syntax {
        syntax::DWORD => Value::Number(u32::from_le_bytes(exactly(part)?)),
        syntax::LONG => Value::Signed(i32::from_le_bytes(exactly(part)?)),
        syntax::ULARGE_INTEGER => Value::Long(u64::from_le_bytes(exactly(part)?)),
        syntax::LARGE_INTEGER => Value::SignedLong(i64::from_le_bytes(exactly(part)?)),
        syntax::WORD => Value::Word(u16::from_le_bytes(exactly(part)?)),
        syntax::SZ => Value::Text(text(part)?),
        syntax::EXPAND_SZ => Value::Expandable(text(part)?),
        syntax::EXPANDED_SZ => Value::Expanded(text(part)?),
        syntax::MULTI_SZ => Value::Texts(texts(part)?),
        syntax::BINARY => Value::Bytes(part.bytes.to_vec()),
        other => Value::Unknown(other, part.bytes.to_vec()),
    })
}

fn exactly<const N: usize>(part: &Part<'_>) -> Result<[u8; N], Malformed> {
    part.bytes.try_into().map_err(|_| Malformed::Misfit(part.at))
}

fn units(part: &Part<'_>) -> Result<Vec<u16>, Malformed> {
    let pairs = part.bytes.chunks_exact(2);
    if !pairs.remainder().is_empty() {
        return Err(Malformed::Misfit(part.at));
    }
    Ok(pairs.map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect())
}

/// Text up to its NUL; some functions leave that out.
fn text(part: &Part<'_>) -> Result<String, Malformed> {
    let units = units(part)?;
    let end = units.iter().position(|unit| *unit == 0).unwrap_or(units.len());
    Ok(String::from_utf16_lossy(&units[..end]))
}

/// Texts that end with NUL each, up to an empty one.
fn texts(part: &Part<'_>) -> Result<Vec<String>, Malformed> {
    let units = units(part)?;
    let parts = units.split(|unit| *unit == 0).take_while(|text| !text.is_empty());
    Ok(parts.map(String::from_utf16_lossy).collect())
}

/// Texts as functions pass them that give a list of names: as a value of several texts.
pub fn multi_sz(bytes: &[u8]) -> Result<Vec<String>, Malformed> {
    texts(&Part { at: 0, syntax: syntax::MULTI_SZ, bytes })
}

/// The bytes of a text with its NUL.
pub fn wide_bytes(text: &str) -> Vec<u8> {
    text.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect()
}

/// The bytes of several texts.
pub fn multi_sz_bytes(texts: &[String]) -> Vec<u8> {
    let mut bytes: Vec<u8> = texts.iter().flat_map(|text| wide_bytes(text)).collect();
    bytes.extend([0, 0]);
    bytes
}

impl Value {
    fn encoded(&self) -> (u32, Vec<u8>) {
        match self {
            Value::Number(number) => (syntax::DWORD, number.to_le_bytes().into()),
            Value::Signed(number) => (syntax::LONG, number.to_le_bytes().into()),
            Value::Long(number) => (syntax::ULARGE_INTEGER, number.to_le_bytes().into()),
            Value::SignedLong(number) => (syntax::LARGE_INTEGER, number.to_le_bytes().into()),
            Value::Word(number) => (syntax::WORD, number.to_le_bytes().into()),
            Value::Text(text) => (syntax::SZ, wide_bytes(text)),
            Value::Expandable(text) => (syntax::EXPAND_SZ, wide_bytes(text)),
            Value::Expanded(text) => (syntax::EXPANDED_SZ, wide_bytes(text)),
            Value::Texts(texts) => (syntax::MULTI_SZ, multi_sz_bytes(texts)),
            Value::Bytes(bytes) => (syntax::BINARY, bytes.clone()),
            Value::Unknown(syntax, bytes) => (*syntax, bytes.clone()),
        }
    }

    /// The value as the product reads it: numbers in decimal, texts one after the other with a
    /// space in between, bytes in hexadecimal.
    pub fn shown(&self) -> String {
        match self {
            Value::Number(number) => number.to_string(),
            Value::Signed(number) => number.to_string(),
            Value::Long(number) => number.to_string(),
            Value::SignedLong(number) => number.to_string(),
            Value::Word(number) => number.to_string(),
            Value::Text(text) | Value::Expandable(text) | Value::Expanded(text) => text.clone(),
            Value::Texts(texts) => texts.join(" "),
            Value::Bytes(bytes) | Value::Unknown(_, bytes) => {
                bytes.iter().map(|byte| format!("{byte:02x}")).collect()
            }
        }
    }
}

/// Writes a property list.
pub fn encode(properties: &[Property]) -> Vec<u8> {
    let mut list = (properties.len() as u32).to_le_bytes().to_vec();
    let mut put = |syntax: u32, bytes: &[u8]| {
        list.extend(syntax.to_le_bytes());
        if syntax != syntax::END_MARK {
            list.extend((bytes.len() as u32).to_le_bytes());
            list.extend(bytes);
            list.resize(padded(list.len()), 0);
        }
    };
    for property in properties {
        put(syntax::NAME, &wide_bytes(&property.name));
        for value in &property.values {
            let (syntax, bytes) = value.encoded();
            put(syntax, &bytes);
        }
        put(syntax::END_MARK, &[]);
    }
    list
}
