//! RebootInstance: restarts one by one, where RebootInstances is refused as such.

use super::service::{Cloud, unexpected};
use crate::ecs::{CallError, FailureKind, Refusal, Response, SingleAnswers, SingleReboots};

impl Cloud {
    /// Restarts instances by a call for each, one after the other. It stops at the first call whose
    /// outcome is unknown, and at one that may be made again later: those that were not asked for are
    /// told with the reason.
    ///
    /// # Errors
    /// As the service says of the first call, if that does not concern its instance alone. No instance
    /// was restarted then.
    pub fn reboot_singly(&self, reboots: &SingleReboots) -> Result<SingleAnswers, CallError> {
        let mut answers = SingleAnswers::default();
        for (index, id) in reboots.ids.iter().enumerate() {
            let request = reboots.request(id);
            let error = match self.call(&request) {
                Ok(Response::Done) => {
                    answers.results.insert(id.clone(), Ok(()));
                    continue;
                }
                Ok(_) => unexpected(&request),
                Err(error) => error,
            };
            let kind = error.kind();
            let refusal = Refusal {
                code: error.code().unwrap_or("NoAnswer").to_owned(),
                message: error.to_string(),
            };
            if is_of_item(&error) {
                answers.results.insert(id.clone(), Err(refusal));
                continue;
            }
            if index == 0 && !error.is_outcome_unknown() {
                return Err(error);
            }
            // What is true of this one is true of all that follow.
            let rest = &reboots.ids[index..];
            if error.is_outcome_unknown() {
                let refusal = |id: &_| (Clone::clone(id), refusal.clone());
                answers.not_asked.extend(rest[1..].iter().map(refusal));
            } else if kind.is_transient() {
                answers.not_asked.extend(rest.iter().map(|id| (id.clone(), refusal.clone())));
            } else {
                answers.results.extend(rest.iter().map(|id| (id.clone(), Err(refusal.clone()))));
            }
            return Ok(answers);
        }
        Ok(answers)
    }
}

/// Whether a failure concerns the instance of its call alone.
fn is_of_item(error: &CallError) -> bool {
    let is_refused = matches!(error.kind(), FailureKind::Refused { .. });
    is_refused && !error.kind().refuses_operation()
}
