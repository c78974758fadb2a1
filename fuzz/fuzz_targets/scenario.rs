#![no_main]

#[path = "../claims/scenario.rs"]
mod scenario;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| scenario::holds(bytes));
