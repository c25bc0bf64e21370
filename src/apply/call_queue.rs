//! The calls of a run that wait for their turn.

use std::collections::VecDeque;

use super::{call::Call, command::Ticket};

/// The calls that wait for their turn, in the order in which they came; but no key is made while
/// anything else can be done.
///
/// So each key is stored, and its pair imported, before the next ones are made: a run that is killed
/// among hundreds of keys has kept those before it, and few keys are only in memory.
#[derive(Debug, Default)]
pub(super) struct CallQueue {
    others: VecDeque<(Ticket, Call)>,
    keys: VecDeque<(Ticket, Call)>,
}

impl CallQueue {
    pub(super) fn push(&mut self, ticket: Ticket, call: Call) {
        let queue = match call {
            Call::GenerateKey { .. } => &mut self.keys,
            _ => &mut self.others,
        };
        queue.push_back((ticket, call));
    }

    /// The call whose turn it is.
    pub(super) fn pop(&mut self) -> Option<(Ticket, Call)> {
        self.others.pop_front().or_else(|| self.keys.pop_front())
    }

    /// Takes all of them out.
    pub(super) fn take(&mut self) -> impl Iterator<Item = (Ticket, Call)> + use<> {
        let Self { others, keys } = std::mem::take(self);
        others.into_iter().chain(keys)
    }
}
