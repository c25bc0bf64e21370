//! Values in, text out, with ANSI colours; whoever prints it strips them off a terminal.
//!
//! Rendering knows no cloud and no store, so that what is shown can only be what was decided.

mod acting;
pub mod calls;
mod columns;
pub mod deferred;
pub mod diagnostics;
pub mod display;
pub mod doctor;
pub mod events;
pub mod explain;
mod frame;
pub mod gate;
pub mod metrics;
mod paint;
mod place;
pub mod plan;
pub mod progress;
pub mod report;
pub mod resolved;
pub mod rights;
mod size;
pub mod status;
mod table;
pub mod view;
pub mod whoami;
mod words;
pub mod wrap;
mod yaml;

pub use frame::frame;
pub use size::Size;
pub use table::table;
pub use words::count;
