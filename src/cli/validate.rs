//! `keyform validate`.

use std::path::Path;

use super::{
    Exit,
    arguments::{Format, FormatOption},
    terminal,
};
use crate::{diagnostic::Severity, manifest, render};

pub(super) fn run(directory: &Path, options: &FormatOption) -> anyhow::Result<Exit> {
    let diagnostics = manifest::files::load_project(directory).diagnostics;
    let count = |severity| diagnostics.iter().filter(|d| d.severity == severity).count();
    let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
    match options.format {
        Format::Json => {
            let document = serde_json::json!({
                "format": "keyform.validate/1",
                "valid": errors == 0,
                "errorCount": errors,
                "warningCount": warnings,
                "diagnostics": render::diagnostics::json(&diagnostics),
            });
            terminal::print(&format!("{document:#}\n"))?;
        }
        Format::Text if diagnostics.is_empty() => terminal::print("The manifests are valid.\n")?,
        Format::Text => terminal::print(&render::diagnostics::text(&diagnostics, true))?,
    }
    Ok(if errors == 0 { Exit::Done } else { Exit::Error })
}
