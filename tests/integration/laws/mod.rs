//! The laws of docs/concepts.md, each tried to be broken: in one process, on the memory disk, with a
//! virtual clock. The oracle is the world and the vault, never keyform's own plan.

mod absence;
mod checker;
mod decisions;
mod digests;
mod explain;
mod faults;
mod generations;
mod hooks;
mod limits;
mod metamorphic;
mod months;
mod obligations;
mod others;
mod ownership;
mod panics;
mod proofs;
mod records;
mod restart_page;
mod restarts;
mod reviewed;
mod rotation;
mod rows;
mod scene;
mod schedule;
mod selectors;
mod stale;
mod states;
mod stopping;
mod surroundings;
mod sweep;
mod targets;
mod thousands;
mod trials;
mod watch;
mod worlds;
