//! `keyform destroy`.

use std::path::Path;

use super::{
    Exit,
    apply::{apply, fresh},
    arguments::DestroyOptions,
};

pub(super) fn run(directory: &Path, options: &DestroyOptions) -> anyhow::Result<Exit> {
    let question = "Remove everything that this project made?";
    apply(directory, Ok(fresh(&options.run, true)), &options.run, question)
}
