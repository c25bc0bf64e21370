//! `keyform apply`.

use std::path::Path;

use super::{
    arguments::ApplyOptions,
    exit_code::Exit,
    follow,
    mode::{ApplyMode, due, fresh},
};
use crate::{
    disk::RealDisk,
    session::{self, ApplyRequest},
};

pub(super) fn run(directory: &Path, options: &ApplyOptions) -> anyhow::Result<Exit> {
    let wish = match &options.plan {
        Some(path) => match session::read_plan(&RealDisk, path) {
            Ok(plan) => Ok(ApplyRequest::Saved(Box::new(plan))),
            Err(error) => Err(error.into()),
        },
        None if options.due => Ok(due(&options.run)),
        None => Ok(fresh(&options.run, false)),
    };
    let mode = ApplyMode {
        question: "Do this?",
        is_approved: options.plan.is_some() || options.due || options.run.auto_approve,
        wait: options.wait,
        detailed: options.detailed_exitcode,
        metrics_file: options.metrics.metrics_file.as_deref(),
    };
    follow::apply(directory, wish, &options.run, mode)
}
