//! A call with what the script of the server does to it.

use std::{collections::BTreeSet, sync::Arc};

use super::{answer::Problem, faults::Effect};
use crate::{
    ecs::{CallError, Code, Request, Response, Transport},
    emulator::{
        console::{ConsoleCommand, ConsoleVerb},
        faulty::{Act, Fault, Faulty, InjectedFailure, When},
        local::Local,
    },
    model::{InstanceId, Tags},
};

/// Makes the call, and does what the script says at it.
pub(super) fn call(
    cloud: &Arc<Local>,
    request: &Request,
    effects: &[Effect],
) -> Result<Response, CallError> {
    let faults = effects.iter().filter_map(act).map(|act| Fault { when: When::Always, act });
    let mut answered = match stale(effects).filter(|_| !request.writes()) {
        Some(age) => cloud.read_past(request, age),
        None => Faulty::new(Arc::clone(cloud), faults.collect()).call(request),
    };
    for effect in effects {
        match effect {
            Effect::Release { instance_ids } => release(cloud, instance_ids),
            Effect::DropRows { rows } => drop_rows(&mut answered, *rows),
            _ => {}
        }
    }
    answered
}

/// Whether the connection ends without an answer.
pub(super) fn loses(effects: &[Effect]) -> bool {
    effects.iter().any(|effect| matches!(effect, Effect::LoseRequest | Effect::LoseAnswer))
}

/// What is answered to a call that failed.
pub(super) fn problem(error: CallError, effects: &[Effect]) -> Problem {
    let is_throttled = error.code() == Some(Code::THROTTLING);
    let time = effects.iter().find_map(|effect| match effect {
        Effect::Throttle { retry_after } => *retry_after,
        _ => None,
    });
    let time = time.filter(|_| is_throttled).map(|time| time.as_millis());
    let problem = Problem::from(error);
    if is_throttled {
        let message = "Request was denied due to user flow control.";
        return Problem::new(400, Code::THROTTLING, message).with_retry_after(time);
    }
    problem
}

fn act(effect: &Effect) -> Option<Act> {
    Some(match effect {
        Effect::Throttle { .. } => Act::Throttle,
        Effect::Refuse { status, code } => {
            Act::Before(InjectedFailure::Service { status: *status, code: code.clone() })
        }
        Effect::RefuseItems { instance_ids, code } => Act::FailItems {
            instance_ids: instance_ids.iter().cloned().collect::<BTreeSet<_>>(),
            code: code.clone(),
        },
        Effect::LoseRequest => Act::Before(InjectedFailure::NoAnswer),
        Effect::LoseAnswer => Act::After(InjectedFailure::NoAnswer),
        Effect::StaleRead { .. }
        | Effect::DropRows { .. }
        | Effect::Release { .. }
        | Effect::ExpireCredentials => return None,
    })
}

fn stale(effects: &[Effect]) -> Option<std::time::Duration> {
    effects.iter().find_map(|effect| match effect {
        Effect::StaleRead { age } => Some(*age),
        _ => None,
    })
}

/// Releases those of these instances that exist.
fn release(cloud: &Local, instance_ids: &[InstanceId]) {
    for id in instance_ids {
        let command = ConsoleCommand {
            verb: ConsoleVerb::Release,
            instance_ids: vec![id.clone()],
            region: None,
            add: Tags::new(),
            remove: Vec::new(),
        };
        // One that was released before stays so.
        let _ = cloud.command(&command);
    }
}

/// Leaves out the first rows of a listing.
fn drop_rows(answered: &mut Result<Response, CallError>, rows: usize) {
    match answered {
        Ok(Response::KeyPairs(page)) => drop_first(&mut page.key_pairs, rows),
        Ok(Response::Instances(page)) => drop_first(&mut page.instances, rows),
        Ok(Response::Statuses(page)) => drop_first(&mut page.statuses, rows),
        Ok(Response::Tags(page)) => drop_first(&mut page.tags, rows),
        _ => {}
    }
}

fn drop_first<T>(rows: &mut Vec<T>, count: usize) {
    rows.drain(..count.min(rows.len()));
}
