//! `keyform init`.

use std::{fmt::Write as _, path::Path};

use super::{arguments::InitOptions, exit_code::Exit, terminal};
use crate::{disk::RealDisk, session};

use crate::visible;

pub(super) fn run(directory: &Path, options: &InitOptions) -> anyhow::Result<Exit> {
    let name = options.name.clone().unwrap_or_else(|| directory_name(directory));
    let written = session::init(&RealDisk, directory, &name)?;
    let mut text = format!("Made the project {name}:\n");
    for path in written {
        let _ = writeln!(text, "  {}", visible::path(&path));
    }
    text.push_str("Next: `keyform plan` shows what would be done, `keyform apply` does it.\n");
    terminal::print(&text)?;
    Ok(Exit::Done)
}

/// The directory's own name, also of `.`.
fn directory_name(directory: &Path) -> String {
    let full = directory.canonicalize().unwrap_or_else(|_| directory.to_owned());
    full.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}
