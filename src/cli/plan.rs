//! `keyform plan`.

use std::path::Path;

use super::{
    Exit,
    arguments::{Format, PlanOptions},
    project, terminal,
};
use crate::{
    disk::RealDisk,
    plan::{Plan, Targets},
    render, session,
};

pub(super) fn run(directory: &Path, options: &PlanOptions) -> anyhow::Result<Exit> {
    let session = project::open(directory, &options.keys)?;
    let planned = session.plan(session::PlanOptions {
        destroy: options.destroy,
        accept_missing: options.accept_missing,
        targets: Targets::new(options.target.targets.clone()),
    })?;
    let plan = &planned.plan;
    if let Some(path) = &options.out {
        session::write_plan(&RealDisk, path, &render::plan::json(plan))?;
    }
    match options.format {
        Format::Json => terminal::print(&render::plan::json(plan))?,
        Format::Text => terminal::print(&text(plan, directory, options.out.as_deref()))?,
    }
    let changes = options.detailed_exitcode && !plan.is_empty();
    Ok(if changes { Exit::Changes } else { Exit::Done })
}

fn text(plan: &Plan, directory: &Path, out: Option<&Path>) -> String {
    let mut text = render::plan::text(plan);
    if let (Some(path), false) = (out, plan.is_empty()) {
        let here = directory == Path::new(".");
        let project = if here { String::new() } else { format!("-C {} ", directory.display()) };
        let path = path.display();
        text.push_str(&format!(
            "\nWritten to {path}. `keyform {project}apply {path}` does exactly this.\n"
        ));
    }
    text
}
