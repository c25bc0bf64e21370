#![no_main]

#[path = "../bodies/snapshots.rs"]
mod body;
#[path = "../bodies/store.rs"]
mod store;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| body::run(bytes));
