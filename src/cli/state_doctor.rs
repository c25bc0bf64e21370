//! `keyform state doctor`.

use std::path::Path;

use super::{
    arguments::Format,
    doctor,
    exit_code::Exit,
    file_system,
    project::{self, RunSettings},
};
use crate::session::{FileSystem, StoreDoctor};

pub(super) fn run(directory: &Path, format: Format) -> anyhow::Result<Exit> {
    let opened = StoreDoctor::open(project::context(RunSettings::default()), directory);
    let store = project::report_warnings(opened, directory, format)?;
    let states = store.states();
    let on = states.map_or(FileSystem::Unknown, |states| file_system::of(&states));
    let checkup = store.checkup(store.examine(on));
    doctor::show(&checkup, format)?;
    Ok(if checkup.totals.problems == 0 { Exit::Done } else { Exit::Error })
}
