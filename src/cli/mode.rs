//! How an apply is wanted.

use std::path::Path;

use super::arguments::RunOptions;
use crate::{
    plan::Targets,
    session::{ApplyRequest, PlanOptions},
};

/// What is wanted of an apply, beside how it runs.
#[derive(Clone, Copy, Debug)]
pub(super) struct ApplyMode<'a> {
    /// What people are asked.
    pub(super) question: &'a str,
    /// Whether nobody has to approve it any more.
    pub(super) is_approved: bool,
    /// Whether the windows of deferred work are waited for.
    pub(super) wait: bool,
    /// Whether the exit code says that deferred work remains.
    pub(super) detailed: bool,
    /// Where metrics are written after it.
    pub(super) metrics_file: Option<&'a Path>,
}

/// A plan that is made now, as these options say.
pub(super) fn fresh(options: &RunOptions, destroy: bool) -> ApplyRequest {
    ApplyRequest::Fresh(PlanOptions {
        destroy,
        accept_missing: options.accept_missing,
        targets: Targets::new(options.target.targets.clone()),
        due: false,
        force_restarts: options.force.restarts,
    })
}

/// A plan for deferred work, which was approved before.
pub(super) fn due(options: &RunOptions) -> ApplyRequest {
    ApplyRequest::Fresh(PlanOptions {
        accept_missing: options.accept_missing,
        due: true,
        ..PlanOptions::default()
    })
}
