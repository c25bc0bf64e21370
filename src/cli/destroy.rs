//! `keyform destroy`.

use std::path::Path;

use super::{Exit, apply::apply, arguments::DestroyOptions};
use crate::session::{PlanOptions, Wish};

pub(super) fn run(directory: &Path, options: &DestroyOptions) -> anyhow::Result<Exit> {
    let wish =
        Wish::Fresh(PlanOptions { destroy: true, accept_missing: options.run.accept_missing });
    apply(directory, Ok(wish), &options.run, "Remove everything that this project made?")
}
