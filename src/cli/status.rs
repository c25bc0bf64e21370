//! `keyform status`.

use std::path::Path;

use super::{
    arguments::{FilterOptions, Format, StatusOptions},
    exit_code::Exit,
    metrics, project, terminal, watch,
};
use crate::{render, status::Filter};

pub(super) fn run(directory: &Path, options: &StatusOptions) -> anyhow::Result<Exit> {
    let filter = filter(&options.filters);
    if options.watch {
        return watch::run(directory, options, &filter);
    }
    let session = project::open(directory, &options.keys, options.format.format)?;
    let planned = session.look()?;
    if let Some(path) = &options.metrics.metrics_file {
        metrics::write(&session, planned.clone(), path)?;
    }
    let status = session.status_from(planned, &filter)?;
    match options.format.format {
        Format::Json => terminal::print_json(&format!("{:#}\n", serde_json::to_value(&status)?))?,
        Format::Text => {
            let width = terminal::size().map(|size| size.width);
            terminal::print(&render::status::text(&status, directory, session.now(), width))?;
        }
    }
    Ok(if options.detailed_exitcode { Exit::of_summary(&status.todo) } else { Exit::Done })
}

fn filter(options: &FilterOptions) -> Filter {
    let FilterOptions { pairs, bindings, regions, pending } = options;
    Filter {
        pairs: pairs.clone(),
        bindings: bindings.clone(),
        regions: regions.clone(),
        pending: *pending,
    }
}
