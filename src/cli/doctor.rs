//! `keyform doctor`.

use std::path::Path;

use super::{
    arguments::{DoctorOptions, Format},
    exit_code::Exit,
    gitignore,
    project::{self, RunSettings},
    terminal,
};
use crate::{
    checkup::{Check, Checkup, Learned},
    render,
    session::{Doctor, MachineFacts},
};

pub(super) fn run(directory: &Path, options: &DoctorOptions) -> anyhow::Result<Exit> {
    let settings = RunSettings {
        private_keys: options.keys.private_keys.clone(),
        ..RunSettings::default()
    };
    let doctor = project::open_doctor(directory, settings, options)?;
    let mut checks = Vec::new();
    let refused = options.record.as_deref().and_then(|path| doctor.cannot_record(path));
    let record = options.record.as_deref().filter(|_| refused.is_none());
    checks.extend(refused);
    checks.extend(doctor.examine(facts(directory, &doctor)));
    let learned = Vec::new();
    checks.extend(record.map(|path| doctor.record(path, &learned)));
    show(&doctor, checks, learned, options.format.format)
}

/// Shows what was found; a problem makes the exit code.
fn show(
    doctor: &Doctor,
    checks: Vec<Check>,
    learned: Vec<Learned>,
    format: Format,
) -> anyhow::Result<Exit> {
    let checkup: Checkup = doctor.checkup(checks, learned);
    match format {
        Format::Json => terminal::print_json(&format!("{:#}\n", serde_json::to_value(&checkup)?))?,
        Format::Text => {
            let width = terminal::size().map(|size| size.width);
            terminal::print(&render::doctor::text(&checkup, width))?;
        }
    }
    Ok(if checkup.totals.problems == 0 { Exit::Done } else { Exit::Error })
}

/// What only this program can see of its machine.
fn facts(directory: &Path, doctor: &Doctor) -> MachineFacts {
    MachineFacts {
        is_ignored: gitignore::is_ignored(directory, doctor.private_keys()),
        open_files: rustix::process::getrlimit(rustix::process::Resource::Nofile).current,
    }
}
