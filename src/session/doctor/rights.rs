//! Whether the caller has the rights that a plan of the project needs.

use super::opened::{Doctor, told};
use crate::{
    checkup::{Check, CheckCode},
    cloud::Cloud,
    rights::{Purpose, RightsReport, Untold},
    session::rights::{NeededRights, found_out},
    state::Records,
};

/// A line for each right that is missing, and one for all that no one can tell.
pub(super) fn checks(doctor: &Doctor, recorded: Option<&Records>, may_read: bool) -> Vec<Check> {
    let skipped = |why: &str| vec![Check::skipped(CheckCode::Rights, why)];
    if doctor.service.account.is_none() {
        return skipped("the embedded cloud asks for no rights");
    }
    let transport = match &doctor.service.transport {
        Ok(transport) if may_read => transport.clone(),
        _ => return skipped("nothing can be read with these credentials"),
    };
    let none = Records::default();
    let recorded = recorded.unwrap_or(&none);
    let needed = NeededRights::of_project(&doctor.desired, recorded, Purpose::Plan);
    match found_out(Cloud::new(transport), &needed, recorded) {
        Ok(report) => of_report(&report),
        Err(error) => skipped(&told(&error)),
    }
}

fn of_report(report: &RightsReport) -> Vec<Check> {
    let lacks = report.missing.iter().map(|denial| {
        let finding = format!("the caller lacks {}", denial.named());
        Check::problem(CheckCode::Rights, finding).about(&denial.action).advice(denial.remedy())
    });
    let mut checks: Vec<_> = lacks.collect();
    if !report.untold.is_empty() {
        let untold: Vec<_> = report.untold.iter().map(of_untold).collect();
        let finding = format!("it is not known whether the caller has {}", untold.join(", nor "));
        checks.push(
            Check::skipped(CheckCode::Rights, finding)
                .advice("`keyform ram-policy --for plan` prints all that plan needs"),
        );
    }
    if checks.is_empty() {
        let finding = "the caller has what plan needs; `keyform plan --check-permissions` looks at \
                       apply's rights too";
        checks.push(Check::ok(CheckCode::Rights, finding));
    }
    checks
}

fn of_untold(untold: &Untold) -> String {
    format!("{} on {} ({})", untold.action, untold.resources.join(", "), untold.because)
}
