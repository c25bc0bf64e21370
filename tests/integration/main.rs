//! The library as programs use it: one binary for all, so that it links once.

mod laws;
mod leaks;
mod manifests;
mod program;
mod readme;
mod support;
mod tidy;
