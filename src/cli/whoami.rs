//! `keyform whoami`.

use std::path::Path;

use super::{
    arguments::{Format, FormatOption},
    environment,
    exit_code::Exit,
    project,
    show::print,
};
use crate::{render, session::Asked};

pub(super) fn run(directory: &Path, options: &FormatOption) -> anyhow::Result<Exit> {
    let around = environment::surroundings()?;
    match project::ask_whoami(directory, around, options.format)? {
        Asked::Embedded => {
            let text = match options.format {
                Format::Json => "null\n",
                Format::Text => {
                    "The project uses the embedded cloud, which asks for no credentials.\n"
                }
            };
            print(text, options.format)?;
        }
        Asked::Answered(whoami, result) => {
            let text = match options.format {
                Format::Json => format!("{:#}\n", serde_json::to_value(&whoami)?),
                Format::Text => render::whoami::text(&whoami),
            };
            print(&text, options.format)?;
            result?;
        }
    }
    Ok(Exit::Done)
}
