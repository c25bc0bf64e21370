//! `keyform ram-policy`.

use std::path::Path;

use super::{
    arguments::Format,
    exit_code::Exit,
    project::{self, RunSettings},
    rights_arguments::{PolicyFormat, RamPolicyOptions},
    terminal,
};
use crate::{
    disk::RealDisk,
    plan::check::check,
    render,
    session::{self, NeededRightsError, SessionError},
};

pub(super) fn run(directory: &Path, options: &RamPolicyOptions) -> anyhow::Result<Exit> {
    let plan = match &options.plan {
        Some(path) => {
            let plan = session::read_plan(&RealDisk, path)?;
            // No one shall be given rights for what no plan of keyform's would do.
            check(&plan).map_err(SessionError::Unsound)?;
            Some(plan)
        }
        None => None,
    };
    let context = project::context(RunSettings::default());
    let purpose = options.purpose.purpose();
    let needed = match session::needed_rights(context, directory, purpose, plan.as_ref()) {
        Ok(needed) => Ok(needed),
        Err(NeededRightsError::Store(error)) => return Err(error.into()),
        Err(NeededRightsError::Open(error)) => Err(error),
    };
    // Problems are for people: a policy is what standard output has.
    let needed = project::report_warnings(needed, directory, Format::Text)?;
    let composed = needed.policy();
    match options.format {
        PolicyFormat::Json => terminal::print_json(&format!("{}\n", composed.text))?,
        PolicyFormat::Text => {
            terminal::print(&render::rights::table(&needed.needs, &needed.account))?;
        }
    }
    for note in render::rights::notes(&composed, &needed.account) {
        terminal::eprint(&note);
    }
    Ok(Exit::Done)
}
