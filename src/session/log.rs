//! Tells the log of plans, and of the steps of a run.

use tracing::{info, warn};

use crate::{
    apply::{Progress, StepEnd, StepReport},
    model::StepId,
    plan::Plan,
    telemetry::RUN,
};

/// Tells of a plan that was made.
pub(super) fn planned(plan: &Plan) {
    let (steps, blocked) = (plan.summary.steps, plan.summary.blocked);
    info!(target: RUN, digest = plan.digest, steps, blocked, "planned");
}

/// Tells of a step that begins, is tried again or ends.
pub(super) fn progress(plan: &Plan, progress: &Progress) {
    let address = |step: StepId| plan.step(step).and_then(|step| step.action.address());
    match progress {
        Progress::Begun { .. } => info!(target: RUN, digest = plan.digest, "begun"),
        Progress::Started { step, instances } => {
            let (address, instances) = (address(*step), instances.len());
            info!(target: RUN, %step, address, instances, "started");
        }
        Progress::Retrying { step, failure, .. } => {
            warn!(target: RUN, %step, address = address(*step), kind = ?failure.kind, "retrying");
        }
        Progress::Ended { step, report } => ended(*step, address(*step), report),
        Progress::Stopping => warn!(target: RUN, "stopping"),
        _ => {}
    }
}

fn ended(step: StepId, address: Option<String>, report: &StepReport) {
    let (done, failed) = (report.done.len(), report.failed.len());
    let (outcome, code) = match &report.end {
        StepEnd::Done => ("done", None),
        StepEnd::Skipped => ("skipped", None),
        StepEnd::Partly => ("partly", None),
        StepEnd::Failed(failure) => ("failed", Some(failure.code().as_str())),
        StepEnd::NotStarted(why) => ("notStarted", Some(why.code().as_str())),
    };
    info!(target: RUN, %step, address, outcome, code, done, failed, "ended");
}
