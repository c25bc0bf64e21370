//! `keyform show`.

use std::{path::Path, time::Duration};

use super::{
    arguments::{Format, ShowOptions},
    exit_code::Exit,
    project,
    terminal::{self, OutputError},
};
use crate::{
    disk::RealDisk,
    plan::check::check,
    render,
    session::{self, SessionError},
    state::State,
};

pub(super) fn run(directory: &Path, options: &ShowOptions) -> anyhow::Result<Exit> {
    let text = match &options.plan {
        Some(path) => {
            let plan = session::read_plan(&RealDisk, path)?;
            // Whoever reads it takes it for what apply would do.
            check(&plan).map_err(SessionError::Unsound)?;
            match options.format {
                Format::Json => render::plan::json(&plan),
                Format::Text => render::plan::text(&plan, directory),
            }
        }
        None => {
            let states = project::open_states(directory, Duration::ZERO, options.format)?;
            project::report_lock(states.locked_by().as_ref());
            state_text(states.newest()?.as_ref(), options.format)?
        }
    };
    print(&text, options.format)?;
    Ok(Exit::Done)
}

/// Prints a document, or a text for people.
pub(super) fn print(text: &str, format: Format) -> Result<(), OutputError> {
    match format {
        Format::Json => terminal::print_json(text),
        Format::Text => terminal::print(text),
    }
}

/// A state, or that there is none.
pub(super) fn state_text(state: Option<&State>, format: Format) -> anyhow::Result<String> {
    Ok(match (state, format) {
        (Some(state), Format::Json) => format!("{:#}\n", serde_json::to_value(state)?),
        (Some(state), Format::Text) => serde_yaml::to_string(state)?,
        (None, Format::Json) => "null\n".to_owned(),
        (None, Format::Text) => "There is no state: nothing was applied yet.\n".to_owned(),
    })
}
