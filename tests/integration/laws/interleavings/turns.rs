//! Threads that take turns: one runs at a time, and after each operation a seed says which is next.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use crate::numbers::Numbers;

/// What unwinds a session that is killed.
pub(super) struct Killed;

/// Who may run.
#[derive(Debug)]
pub(super) struct Turns {
    inner: Mutex<Inner>,
    changed: Condvar,
}

#[derive(Debug)]
struct Inner {
    numbers: Numbers,
    /// Of how many operations one hands the turn over.
    patience: u64,
    current: usize,
    /// Those that have not come to their end.
    running: Vec<usize>,
    /// After how many of its operations each is killed, if it is.
    killed_at: Vec<Option<u64>>,
    operations: Vec<u64>,
}

impl Turns {
    /// Turns of so many sessions; `killed_at` says after which operation a session is killed.
    pub(super) fn new(mut numbers: Numbers, killed_at: Vec<Option<u64>>) -> Self {
        let sessions = killed_at.len();
        let patience = 1 + numbers.below(8);
        let inner = Inner {
            patience,
            current: 0,
            running: (0..sessions).collect(),
            operations: vec![0; sessions],
            killed_at,
            numbers,
        };
        Self { inner: Mutex::new(inner), changed: Condvar::new() }
    }

    /// Waits for the first turn of a session.
    pub(super) fn enter(&self, session: usize) {
        self.wait(self.inner(), session);
    }

    /// An operation of a session has been done: perhaps it is killed before it hears the answer,
    /// and perhaps others run first.
    pub(super) fn pass(&self, session: usize) {
        if std::thread::panicking() {
            return;
        }
        let mut inner = self.inner();
        inner.operations[session] += 1;
        if inner.killed_at[session] == Some(inner.operations[session]) {
            drop(inner);
            std::panic::resume_unwind(Box::new(Killed));
        }
        let patience = inner.patience;
        if inner.numbers.below(patience) == 0 {
            self.hand_over(&mut inner);
        }
        self.wait(inner, session);
    }

    /// A session has come to its end.
    pub(super) fn leave(&self, session: usize) {
        let mut inner = self.inner();
        inner.running.retain(|other| *other != session);
        self.hand_over(&mut inner);
    }

    fn hand_over(&self, inner: &mut Inner) {
        let Some(last) = inner.running.len().checked_sub(1) else { return };
        let chosen = inner.numbers.below(last as u64 + 1);
        inner.current = inner.running[usize::try_from(chosen).expect("a small number")];
        self.changed.notify_all();
    }

    fn wait(&self, mut inner: MutexGuard<'_, Inner>, session: usize) {
        while inner.current != session {
            inner = self.changed.wait(inner).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
