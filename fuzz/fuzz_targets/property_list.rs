#![no_main]

#[path = "../claims/property_list.rs"]
mod property_list;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| property_list::holds(bytes));
