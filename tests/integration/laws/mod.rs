//! The laws of ARCHITECTURE.md, each tried to be broken: in one process, on the memory disk, with a
//! virtual clock. The oracle is the world and the vault, never keyform's own plan.

mod absence;
mod checker;
mod decisions;
mod explain;
mod faults;
mod generations;
mod limits;
mod metamorphic;
mod ownership;
mod panics;
mod restarts;
mod rotation;
mod scene;
mod schedule;
mod selectors;
mod stale;
mod states;
mod stopping;
mod surroundings;
mod sweep;
mod targets;
mod watch;
mod worlds;
