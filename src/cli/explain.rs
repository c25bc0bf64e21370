//! `keyform explain`.

use super::{Exit, arguments::ExplainOptions, terminal};
use crate::catalogue::{self, text};

pub(super) fn run(options: &ExplainOptions) -> anyhow::Result<Exit> {
    let shown = match &options.code {
        Some(explanation) => text::one(explanation),
        None => text::list(&catalogue::all()),
    };
    terminal::print(&shown)?;
    Ok(Exit::Done)
}
