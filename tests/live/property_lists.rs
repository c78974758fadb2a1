//! Property lists: the worked example to the byte, and the parser on what is none.

use std::cell::Cell;

use evsim::backend::clusapi::property_list::{self, Malformed, Property, Value, syntax};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use crate::vectors::network_name;

fn network_name_properties() -> Vec<Property> {
    let property = |name: &str, value| Property { name: name.to_owned(), values: vec![value] };
    vec![property("Name", Value::Text("EVS1".to_owned())), property("RequireDNS", Value::Number(0))]
}

#[test]
fn the_worked_example_is_read_and_written() {
    assert_eq!(property_list::parse(&network_name()), Ok(network_name_properties()));
    assert_eq!(property_list::encode(&network_name_properties()), network_name());
    assert_eq!(network_name().len(), 96);
}

/// A list that is cut anywhere is refused, and one whose numbers lie takes no more room than it has.
#[test]
fn a_list_cut_at_any_byte_is_refused() {
    let whole = network_name();
    for length in 0..whole.len() {
        let cut = property_list::parse(&whole[..length]);
        assert!(cut.is_err(), "cut after {length} bytes: {cut:?}");
    }
    let mut many = whole.clone();
    many[..4].copy_from_slice(&u32::MAX.to_le_bytes());
    assert_eq!(property_list::parse(&many), Err(Malformed::CutShort(96)));
    let mut long = whole;
    long[8..12].copy_from_slice(&u32::MAX.to_le_bytes());
    assert_eq!(property_list::parse(&long), Err(Malformed::CutShort(4)));
}

/// Every syntax that there is, several values of one property, and one that nobody knows.
#[test]
fn every_syntax_is_read_back_as_it_was_written() {
    let values = vec![
        Value::Bytes(vec![1, 2, 3]),
        Value::Number(u32::MAX),
        Value::Text("Größe".to_owned()),
        Value::Expandable("%windir%".to_owned()),
        Value::Expanded("C:\\WINDOWS".to_owned()),
        Value::Texts(vec!["one".to_owned(), "two".to_owned()]),
        Value::Long(u64::MAX),
        Value::Signed(-1),
        Value::SignedLong(-1),
        Value::Word(u16::MAX),
        Value::Unknown(0x0001_0099, vec![9; 5]),
    ];
    let list = vec![
        Property { name: "All".to_owned(), values },
        Property { name: String::new(), values: Vec::new() },
    ];
    let bytes = property_list::encode(&list);
    assert_eq!(bytes.len() % 4, 0);
    assert_eq!(property_list::parse(&bytes), Ok(list));
}

/// One part of a list: its syntax, how far its length is from the truth, its bytes, and whether it
/// is padded.
fn part() -> impl Strategy<Value = Vec<u8>> {
    let known: Vec<u32> = syntax::ALL.iter().map(|(_, number)| *number).collect();
    let syntax = prop_oneof![8 => select(known), 1 => Just(0x0001_0099_u32), 1 => any::<u32>()];
    let bytes = prop_oneof![
        3 => vec(any::<u8>(), 4),
        2 => vec(any::<u8>(), 8),
        1 => vec(any::<u8>(), 2),
        2 => vec(any::<u8>(), 0..12),
    ];
    (syntax, off_the_truth(), bytes).prop_map(|(syntax, off, bytes)| written(syntax, off, &bytes))
}

/// Mostly nothing.
fn off_the_truth() -> impl Strategy<Value = i32> {
    prop_oneof![19 => Just(0), 1 => -4..=4]
}

fn written(syntax: u32, off: i32, bytes: &[u8]) -> Vec<u8> {
    let length = (bytes.len() as u32).saturating_add_signed(off);
    let mut part: Vec<u8> = [syntax, length].into_iter().flat_map(u32::to_le_bytes).collect();
    part.extend(bytes);
    part.resize(part.len().div_ceil(4) * 4, 0);
    part
}

/// Something that is nearly a property list, and often is one.
fn nearly_a_list() -> impl Strategy<Value = Vec<u8>> {
    let name = prop_oneof![9 => Just(syntax::NAME), 1 => Just(syntax::SZ)];
    let name = (name, off_the_truth(), "[A-Za-z]{0,5}")
        .prop_map(|(syntax, off, text)| written(syntax, off, &property_list::wide_bytes(&text)));
    let end = prop_oneof![19 => Just(vec![0; 4]), 1 => Just(Vec::new())];
    let property = (name, vec(part(), 0..3), end)
        .prop_map(|(name, values, end)| [name, values.concat(), end].concat());
    let cut = prop_oneof![9 => Just(0_usize), 1 => 1..9_usize];
    (vec(property, 0..4), off_the_truth(), cut).prop_map(|(properties, off, cut)| {
        let count = (properties.len() as u32).saturating_add_signed(off);
        let mut list = [count.to_le_bytes().to_vec(), properties.concat()].concat();
        list.truncate(list.len().saturating_sub(cut));
        list
    })
}

/// Whatever the bytes are: they are refused, or written again they are read as the same. Of both
/// there are enough, and of lists with values.
#[test]
fn bytes_are_no_list_or_a_list() {
    let (refused, read, values) = (Cell::new(0), Cell::new(0), Cell::new(0));
    let add = |count: &Cell<usize>, more: usize| count.set(count.get() + more);
    let configuration = Config { cases: 2_000, failure_persistence: None, ..Config::default() };
    let chance = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(configuration, chance);
    let ran = runner.run(&nearly_a_list(), |bytes| {
        match property_list::parse(&bytes) {
            Ok(list) => {
                add(&read, 1);
                add(&values, list.iter().map(|property| property.values.len()).sum());
                prop_assert_eq!(property_list::parse(&property_list::encode(&list)), Ok(list));
            }
            Err(_) => add(&refused, 1),
        }
        Ok(())
    });
    ran.unwrap_or_else(|wrong| panic!("{wrong}"));
    let (refused, read, values) = (refused.get(), read.get(), values.get());
    assert!(refused > 400 && read > 400 && values > 400, "{refused}, {read}, {values}");
}

proptest! {
    /// One wrong byte anywhere in a list.
    #[test]
    fn a_changed_byte_is_refused_or_read(at in 0..96_usize, byte in any::<u8>()) {
        let mut bytes = network_name();
        bytes[at] = byte;
        if let Ok(list) = property_list::parse(&bytes) {
            prop_assert_eq!(property_list::parse(&property_list::encode(&list)), Ok(list));
        }
    }
}
