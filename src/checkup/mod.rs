//! What `keyform doctor` finds, as a document: its checks and what each came to.
//!
//! `session` looks and fills it in, `render` shows it.

mod codes;
mod document;
mod group;
pub mod unknowns;

pub use codes::CheckCode;
pub use document::{CHECKUP_FORMAT, Check, CheckTotals, Checkup, Outcome};
pub use group::CheckGroup;
pub use unknowns::{Learned, Unknown};
