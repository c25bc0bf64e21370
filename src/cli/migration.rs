//! What `--from` of the commands that move something names.

use std::{fs, path::Path};

use anyhow::Context as _;

use crate::session::MigrationSource;

/// Reads what `--from` names: a file is an earlier text of the Project.
pub(super) fn source(path: &Path) -> anyhow::Result<MigrationSource> {
    let path = path.to_owned();
    if !path.is_file() {
        return Ok(MigrationSource::Directory(path));
    }
    let text = fs::read_to_string(&path).with_context(|| {
        format!("{} cannot be read, so nothing was moved; fix the cause", path.display())
    })?;
    Ok(MigrationSource::Project { path, text })
}
