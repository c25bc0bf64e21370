//! The library as programs use it: one binary for all, so that it links once.

mod alicloud;
mod codes;
mod doctor;
mod documents;
mod emulator;
mod fuzz;
#[cfg(target_os = "linux")]
mod guests;
mod keys;
mod laws;
mod leaks;
mod manifests;
mod numbers;
mod pictures;
mod program;
mod readme;
mod schemas;
mod sdk;
mod sentences;
#[cfg(target_os = "linux")]
mod stores;
mod support;
mod tidy;
mod unknowns;
#[cfg(target_os = "linux")]
mod vaults;
