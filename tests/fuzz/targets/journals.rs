#![no_main]

#[path = "../bodies/journals.rs"]
mod body;
#[path = "../bodies/store.rs"]
mod store;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| body::run(bytes));
