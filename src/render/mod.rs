//! Values in, text out, with ANSI colours; whoever prints it strips them off a terminal.
//!
//! Rendering knows no cloud and no store, so that what is shown can only be what was decided.

mod columns;
pub mod deferred;
pub mod diagnostics;
pub mod events;
pub mod explain;
mod frame;
mod paint;
pub mod plan;
pub mod progress;
pub mod report;
pub mod resolved;
pub mod status;
mod table;
mod words;
mod yaml;

pub use frame::{Size, frame};
pub use table::table;
pub use words::count;
