#![no_main]

#[path = "../bodies/public_keys.rs"]
mod body;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| body::run(bytes));
