//! A moment of a run, counted in its requests, and what happens then.

use std::sync::{
    OnceLock,
    atomic::{AtomicU64, Ordering},
};

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process, waitid};

use crate::stores::proxy;

/// Which requests of a run are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Counted {
    /// Those to the cloud.
    Calls,
    /// Those to the cloud that change something.
    Writes,
    /// Those of one operation of the cloud.
    Operation(&'static str),
    /// Those to the server of states.
    Records,
}

/// Whether it happens instead of the request, or after it was done and instead of its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Before,
    After,
}

/// What happens to the process of the run, or around it.
pub(super) enum Deed {
    Nothing,
    /// SIGKILL.
    Kill,
    /// SIGSTOP.
    Stop,
    /// Something beside the run. The request is then answered as it would have been.
    Beside(Box<dyn Fn() + Send + Sync>),
}

/// A moment, and what happens then.
pub(super) struct Gate {
    counted: Counted,
    at: u64,
    side: Side,
    deed: Deed,
    arrived: AtomicU64,
    victim: OnceLock<Pid>,
}

impl Gate {
    /// At the request with this number, counted from 1.
    pub(super) fn new(counted: Counted, at: u64, side: Side, deed: Deed) -> Self {
        let (arrived, victim) = (AtomicU64::new(0), OnceLock::new());
        Self { counted, at, side, deed, arrived, victim }
    }

    /// Says which process it happens to.
    pub(super) fn waits_for(&self, victim: Pid) {
        self.victim.set(victim).expect("it waits for one");
    }

    /// A request to the cloud has come; says whether it is the one, and then on which side.
    pub(super) fn hears_call(&self, operation: &'static str, writes: bool) -> Option<Side> {
        let counts = match self.counted {
            Counted::Calls => true,
            Counted::Writes => writes,
            Counted::Operation(one) => one == operation,
            Counted::Records => false,
        };
        let side = counts.then(|| self.count()).flatten();
        // A restart that was asked for and is not seen is waited for for a minute. Whoever wants that
        // names the operation.
        let waits = operation == "RebootInstances" && self.counted != Counted::Operation(operation);
        side.map(|side| if waits { Side::After } else { side })
    }

    fn count(&self) -> Option<Side> {
        let number = self.arrived.fetch_add(1, Ordering::SeqCst) + 1;
        (number == self.at).then_some(self.side)
    }

    /// Does it. Answers whether the request is to end without an answer.
    pub(super) fn act(&self) -> bool {
        match &self.deed {
            Deed::Nothing => false,
            Deed::Kill => self.signal(Signal::KILL),
            Deed::Stop => self.signal(Signal::STOP),
            Deed::Beside(act) => {
                act();
                false
            }
        }
    }

    /// Sends a signal, and comes back when the process has ended or stands still.
    fn signal(&self, signal: Signal) -> bool {
        let victim = *self.victim.wait();
        // It may have ended by itself, and then its end was heard.
        let _ = kill_process(victim, signal);
        let _ = comes_to_rest(victim);
        true
    }
}

/// Waits until a process has ended or stands still, and leaves both to be heard by others. Answers
/// whether it stands still.
pub(super) fn comes_to_rest(process: Pid) -> rustix::io::Result<bool> {
    let rest = WaitIdOptions::EXITED | WaitIdOptions::STOPPED | WaitIdOptions::NOWAIT;
    Ok(waitid(WaitId::Pid(process), rest)?.is_some_and(|status| status.stopped()))
}

impl proxy::Gate for Gate {
    fn arrives(&self) -> proxy::Fate {
        let side = (self.counted == Counted::Records).then(|| self.count()).flatten();
        match side {
            Some(Side::Before) if self.act() => proxy::Fate::Cut,
            Some(Side::After) => proxy::Fate::LoseAnswer,
            Some(Side::Before) | None => proxy::Fate::Pass,
        }
    }

    fn is_answered(&self) {
        self.act();
    }
}
