//! `keyform version`.

use super::{Exit, terminal};

pub(super) fn run() -> anyhow::Result<Exit> {
    terminal::print(&format!("keyform {}\n", env!("CARGO_PKG_VERSION")))?;
    Ok(Exit::Done)
}
