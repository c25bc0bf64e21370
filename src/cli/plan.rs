//! `keyform plan`.

use std::path::Path;

use super::{
    arguments::{Format, PlanOptions},
    exit_code::Exit,
    metrics, project, terminal,
};
use crate::{
    disk::RealDisk,
    plan::{Plan, Targets},
    render::{
        self,
        explain::{Known, Unclear},
        gate, view,
    },
    rights::{Purpose, RightsReport},
    session::{self, Planned, Session, SessionError},
    visible,
};

pub(super) fn run(directory: &Path, options: &PlanOptions) -> anyhow::Result<Exit> {
    let session = project::open(directory, &options.keys, options.format)?;
    // First, so that everything that is missing is named, and not only what the first read meets.
    let of_plan = options.check_permissions.then(|| may_plan(&session)).transpose()?;
    let planned = session.plan(session::PlanOptions {
        destroy: options.destroy,
        accept_missing: options.accept_missing,
        targets: Targets::new(options.target.targets.clone()),
        due: options.due,
        force_restarts: options.force.restarts,
    });
    if options.verbose.is_verbose {
        tell_calls(&session, options.format);
    }
    let planned = planned?;
    let plan = &planned.plan;
    if let Some(path) = &options.out {
        session::write_plan(&RealDisk, path, &render::plan::json(plan))?;
    }
    if let Some(path) = &options.metrics.metrics_file {
        // Metrics are of the whole project, whatever this plan is for.
        let is_whole = !options.destroy && !options.due && options.target.targets.is_empty();
        let whole = if is_whole { planned.clone() } else { session.look()? };
        metrics::write(&session, whole, path)?;
    }
    if !options.explain.is_empty() {
        terminal::print(&stories(&session, directory, &planned, options)?)?;
    } else {
        match options.format {
            Format::Json => terminal::print_json(&render::plan::json(plan))?,
            Format::Text => terminal::print(&text(plan, directory, options.out.as_deref()))?,
        }
    }
    if let Some(of_plan) = of_plan {
        let report = match plan.is_empty() {
            true => of_plan,
            false => session.rights(Purpose::Apply, Some(plan))?,
        };
        terminal::eprint(&render::rights::report(&report));
    }
    if let Some(stopped) =
        gate::stopped(&options.fail_on, &view::dangers(plan), plan.summary.blocked, directory)
    {
        terminal::eprint(&stopped);
        return Ok(Exit::Partly);
    }
    Ok(if options.detailed_exitcode { Exit::of_summary(&plan.summary) } else { Exit::Done })
}

/// Tells how often the service was called, also for a plan that failed.
fn tell_calls(session: &Session, format: Format) {
    let calls = session.calls();
    match format {
        Format::Json => terminal::eprint(&render::calls::json(&calls)),
        Format::Text => terminal::eprint(render::calls::text(&calls).trim_end()),
    }
}

/// Looks at the rights that plan itself needs: to lack one of them is an error.
fn may_plan(session: &Session) -> Result<RightsReport, SessionError> {
    let report = session.rights(Purpose::Plan, None)?;
    match report.missing.is_empty() {
        true => Ok(report),
        false => Err(SessionError::RightsMissing(report)),
    }
}

/// The stories of the objects that are asked for.
fn stories(
    session: &Session,
    project: &Path,
    planned: &Planned,
    options: &PlanOptions,
) -> Result<String, SessionError> {
    let known = Known {
        desired: (!options.destroy).then(|| session.desired()),
        recorded: &planned.recorded,
        observed: &planned.observed,
        plan: &planned.plan,
        project,
    };
    let mut stories = Vec::new();
    for written in &options.explain {
        let unknown = || SessionError::UnknownObject { written: written.clone() };
        let found = render::explain::find(known, written).map_err(|unclear| match unclear {
            Unclear::Unknown => unknown(),
            Unclear::Ambiguous(found) => {
                SessionError::AmbiguousObject { written: written.clone(), found }
            }
        })?;
        for address in &found {
            stories.push(render::explain::text(known, address).ok_or_else(unknown)?);
        }
    }
    Ok(stories.join("\n"))
}

fn text(plan: &Plan, directory: &Path, out: Option<&Path>) -> String {
    let mut text = render::plan::text(plan, directory);
    if let Some(path) = out.filter(|_| plan.is_empty()) {
        text.push_str(&format!("\nWritten to {}, with nothing to apply.\n", visible::path(path)));
    } else if let Some(path) = out {
        let here = directory == Path::new(".");
        let project =
            if here { String::new() } else { format!("-C {} ", visible::path(directory)) };
        let path = visible::path(path);
        text.push_str(&format!(
            "\nWritten to {path}. `keyform {project}apply {path}` does exactly this.\n"
        ));
    }
    text
}
