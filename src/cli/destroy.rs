//! `keyform destroy`.

use std::path::Path;

use super::{
    Exit,
    apply::{Wanted, apply, fresh},
    arguments::DestroyOptions,
};

pub(super) fn run(directory: &Path, options: &DestroyOptions) -> anyhow::Result<Exit> {
    let wanted = Wanted {
        question: "Remove everything that this project made?",
        is_approved: options.run.auto_approve,
        wait: false,
        detailed: false,
    };
    apply(directory, Ok(fresh(&options.run, true)), &options.run, wanted)
}
