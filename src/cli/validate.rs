//! `keyform validate`.

use std::path::Path;

use super::{
    arguments::{Format, ValidateOptions},
    environment,
    exit_code::Exit,
    terminal,
};
use crate::{
    diagnostic::{Diagnostic, Severity},
    manifest::{LoadedManifests, files::load_project},
    render,
};

pub(super) fn run(directory: &Path, options: &ValidateOptions) -> anyhow::Result<Exit> {
    let LoadedManifests { desired, diagnostics, .. } =
        load_project(directory, &environment::trusted_hosts());
    let shown = desired.filter(|_| options.show_resolved);
    let is_valid = diagnostics.iter().all(|problem| problem.severity != Severity::Error);
    match options.format.format {
        Format::Json => {
            let mut document = render::diagnostics::document(&diagnostics);
            if let Some(desired) = shown {
                document["resolved"] = render::resolved::json(&desired);
            }
            terminal::print_json(&format!("{document:#}\n"))?;
        }
        Format::Text => match shown {
            Some(desired) => {
                // What is printed can be read as manifests.
                for diagnostic in &diagnostics {
                    report(diagnostic, directory);
                }
                terminal::print(&render::resolved::yaml(&desired, directory))?;
            }
            None if diagnostics.is_empty() => terminal::print("The manifests are valid.\n")?,
            None => {
                let end = if is_valid { "The manifests are valid, but see above.\n" } else { "" };
                let shown = render::diagnostics::text(&diagnostics, directory, true);
                terminal::print(&(shown + end))?;
            }
        },
    }
    Ok(if is_valid { Exit::Done } else { Exit::Error })
}

fn report(diagnostic: &Diagnostic, directory: &Path) {
    let shown = render::diagnostics::text(std::slice::from_ref(diagnostic), directory, true);
    terminal::eprint(shown.trim_end());
}
