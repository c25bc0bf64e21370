//! Looking whether a project can be worked on: every check is made, whatever the others come to.

mod account;
mod cloud;
mod examine;
mod keys;
mod machine;
mod opened;
mod record;
pub(super) mod rehearsal;
mod rights;
mod state;

pub use opened::{Doctor, MachineFacts};
