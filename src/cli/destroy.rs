//! `keyform destroy`.

use std::path::Path;

use super::{
    arguments::DestroyOptions,
    exit_code::Exit,
    follow,
    mode::{ApplyMode, fresh},
};

pub(super) fn run(directory: &Path, options: &DestroyOptions) -> anyhow::Result<Exit> {
    let mode = ApplyMode {
        question: "Remove everything that this project made?",
        is_approved: options.run.auto_approve,
        wait: false,
        detailed: false,
        metrics_file: None,
    };
    follow::apply(directory, Ok(fresh(&options.run, true)), &options.run, mode)
}
