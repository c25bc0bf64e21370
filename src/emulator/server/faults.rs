//! What the server does wrong by its script: at which calls, and what.

mod read;

use std::{
    collections::BTreeSet,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use crate::{emulator::switches::Switches, model::InstanceId};

/// The script of a server.
#[derive(Debug, Default)]
pub struct Script {
    /// How it behaves where the service's documents leave it open.
    pub switches: Switches,
    faults: Vec<Fault>,
    /// How many calls each fault has matched.
    seen: Mutex<Vec<usize>>,
}

/// One fault.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Fault {
    /// Only at calls of this action.
    call: Option<String>,
    /// How many such calls pass first.
    after: usize,
    /// How many of those that follow it happens to.
    times: usize,
    effect: Effect,
}

/// What happens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    /// The call is refused, as too many; it may be asked again after some time.
    Throttle { retry_after: Option<Duration> },
    /// The call is refused, and has no effect.
    Refuse { status: u16, code: String },
    /// These instances of the batch are refused, and nothing happens to them.
    RefuseItems { instance_ids: BTreeSet<InstanceId>, code: String },
    /// The connection ends before the call has an effect.
    LoseRequest,
    /// The call has its effect, and then the connection ends.
    LoseAnswer,
    /// A read is answered as it was so long ago.
    StaleRead { age: Duration },
    /// A listing leaves out its first rows.
    DropRows { rows: usize },
    /// These instances are released, after the effect of the call.
    Release { instance_ids: Vec<InstanceId> },
    /// The credentials of the call are not accepted any more.
    ExpireCredentials,
}

impl Script {
    fn new(switches: Switches, faults: Vec<Fault>) -> Self {
        let seen = Mutex::new(vec![0; faults.len()]);
        Self { switches, faults, seen }
    }

    /// What happens at a call, which is counted by this.
    pub(super) fn at(&self, action: &str) -> Vec<Effect> {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let mut effects = Vec::new();
        for (fault, seen) in self.faults.iter().zip(seen.iter_mut()) {
            if fault.call.as_deref().is_some_and(|call| call != action) {
                continue;
            }
            if (fault.after..fault.after.saturating_add(fault.times)).contains(seen) {
                effects.push(fault.effect.clone());
            }
            *seen = seen.saturating_add(1);
        }
        effects
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn happens(script: &Script, actions: &[&str]) -> Vec<usize> {
        actions.iter().map(|action| script.at(action).len()).collect()
    }

    #[test]
    fn a_fault_lets_calls_pass_and_then_happens_so_often() {
        let script = Script::read(
            "faults:\n- {call: AttachKeyPair, after: 1, times: 2, effect: throttle}\n",
        )
        .expect("a script");
        let calls = [
            "AttachKeyPair",
            "DescribeInstances",
            "AttachKeyPair",
            "AttachKeyPair",
            "AttachKeyPair",
        ];
        assert_eq!(happens(&script, &calls), [0, 0, 1, 1, 0]);
    }

    #[test]
    fn a_fault_happens_once_at_any_call_unless_it_says_otherwise() {
        let script = Script::read("faults:\n- {effect: loseAnswer}\n").expect("a script");
        assert_eq!(happens(&script, &["A", "B"]), [1, 0]);
        let always = Script::read("faults:\n- {effect: loseAnswer, times: always}\n").expect("one");
        assert_eq!(happens(&always, &["A", "B", "A"]), [1, 1, 1]);
    }
}
