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
mod store;

pub use opened::{Doctor, MachineFacts};
pub use store::{FileSystem, StoreDoctor};
