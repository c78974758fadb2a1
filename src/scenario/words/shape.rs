//! What a key of a scenario is: its name, what it says and what it takes. The lists of keys that
//! the reader knows, the JSON Schema and the test of scenarios/README.md are made from these.

/// A map of the file with known keys.
#[derive(Debug)]
pub struct Map {
    /// Its name among the lists of keys: `STORE`.
    pub name: &'static str,
    /// Its keys, as the reader tells them.
    pub keys: &'static [Key],
}

/// A key of a map.
#[derive(Debug)]
pub struct Key {
    /// As it is written.
    pub name: &'static str,
    /// What its value looks like.
    pub shape: Shape,
    /// What it says, a sentence.
    pub about: &'static str,
    /// What holds when it is left out; none: it must be there, or its map says when.
    pub left_out: Option<&'static str>,
    /// Whether it must be there.
    pub needed: bool,
}

/// What a value looks like, as far as that can be told without the rest of the file.
#[derive(Clone, Copy, Debug)]
pub enum Shape {
    /// Any text.
    Text,
    /// A name: a text on one line that can be seen.
    Name,
    /// A span, or a moment counted from the start: `2h30m`.
    Time,
    /// `12GB`.
    Size,
    /// `2004-03-01T20:00`.
    LocalTime,
    /// 8-4-4-4-12 hexadecimal digits.
    Guid,
    /// A whole number from 0 to 4294967295.
    Number,
    /// One of a few words.
    Words(fn() -> Vec<&'static str>),
    /// The name of a property, in any case.
    Property(fn() -> Vec<&'static str>),
    /// A map with known keys, by its name among the lists.
    Map(&'static str),
    /// The same, where nothing at all is a map without keys.
    OptionalMap(&'static str),
    /// A map without keys, or nothing.
    Nothing,
    /// A map of properties, whose names are compared without case.
    Properties(&'static str),
    /// A map whose keys are names that the file gives, or nothing.
    Named(&'static Shape),
    /// The same, where a key is a storage group and a store.
    Stores(&'static Shape),
    /// A list.
    List(&'static Shape),
    /// A list of names, none of them twice.
    Names,
    /// A list, or nothing.
    OptionalList(&'static Shape),
    /// Any one of these.
    Either(&'static [Shape]),
    /// What the run expects, one of several maps.
    Expectation,
    /// The simulator's switches.
    Switches,
}

macro_rules! keys {
    (@needed must) => { true };
    (@needed or) => { false };
    (@left_out) => { None };
    (@left_out $text:literal) => { Some($text) };
    ($(
        $(#[$doc:meta])*
        $name:ident {$(
            $key:literal: $shape:expr, $about:literal, $need:ident $($left_out:literal)?;
        )+}
    )+) => {
        $($(#[$doc])* pub const $name: &[&str] = &[$($key),+];)+

        /// Every map with known keys, by the name of its list.
        pub(super) const MAPS: &[Map] = &[$(Map {
            name: stringify!($name),
            keys: &[$(Key {
                name: $key,
                shape: $shape,
                about: $about,
                left_out: keys!(@left_out $($left_out)?),
                needed: keys!(@needed $need),
            }),+],
        }),+];
    };
}

pub(super) use keys;
