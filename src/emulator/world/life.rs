//! What happened to one instance, and what follows from it at a given time.

use std::time::Duration;

use crate::{
    emulator::event::Actor,
    model::{Fingerprint, InstanceStatus, Timestamp},
};

/// The number of a pair in its region: a name that is used again is another pair.
pub(super) type PairNumber = usize;

/// What happened to one instance. Everything that time brings is computed from this and `now`.
#[derive(Clone, Debug, Default)]
pub(super) struct Life {
    /// The pair that it is bound to, if that pair still exists.
    pub(super) bound: Option<PairNumber>,
    /// What the guest took up at the last boot before `phase`.
    effective: Option<Fingerprint>,
    /// StartTime before `phase`; `None` for that of an instance to which nothing has happened.
    started: Option<Timestamp>,
    /// The last change of its status; `None` if nothing has happened to it.
    phase: Option<Phase>,
    restarts: Vec<Restart>,
}

#[derive(Clone, Copy, Debug)]
enum Phase {
    Stopped,
    Boot(Boot),
}

/// A boot, which may lie in the future.
#[derive(Clone, Copy, Debug)]
struct Boot {
    at: Timestamp,
    running: Timestamp,
    takes: Option<Fingerprint>,
    moves_start_time: bool,
}

/// A restart that was accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Restart {
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub by: Actor,
}

/// What the guest of an instance accepts for a log-on. A guest that is down answers nobody; this is
/// what it accepted last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Guest {
    /// The print of the key that it accepts.
    pub effective: Option<Fingerprint>,
    /// Whether it accepts passwords: not while a pair is effective (R10).
    pub password_allowed: bool,
}

impl Life {
    /// The status, for an instance whose inventory says `initial`.
    pub(super) fn status(&self, now: Timestamp, initial: InstanceStatus) -> InstanceStatus {
        match self.phase {
            None => initial,
            Some(Phase::Stopped) => InstanceStatus::Stopped,
            Some(Phase::Boot(boot)) if now < boot.at => InstanceStatus::Stopping,
            Some(Phase::Boot(boot)) if now < boot.running => InstanceStatus::Starting,
            Some(Phase::Boot(_)) => InstanceStatus::Running,
        }
    }

    /// What the guest accepts.
    pub(super) fn guest(&self, now: Timestamp) -> Guest {
        let effective = self.boot_before(now).map_or(self.effective, |boot| boot.takes);
        Guest { effective, password_allowed: effective.is_none() }
    }

    /// When it was last started, if that has changed since the beginning.
    pub(super) fn start_time(&self, now: Timestamp) -> Option<Timestamp> {
        let boot = self.boot_before(now).filter(|boot| boot.moves_start_time);
        boot.map(|boot| boot.at).or(self.started)
    }

    /// Its restarts, in the order in which they were accepted.
    pub(super) fn restarts(&self) -> &[Restart] {
        &self.restarts
    }

    /// It goes down, boots after half of `duration` and takes up what it is bound to: nothing can
    /// be bound in between.
    pub(super) fn restart(
        &mut self,
        restart: Restart,
        duration: Duration,
        takes: Option<Fingerprint>,
        moves_start_time: bool,
    ) {
        self.settle(restart.at);
        self.restarts.push(restart);
        let (at, running) = (restart.at.plus(duration / 2), restart.at.plus(duration));
        self.phase = Some(Phase::Boot(Boot { at, running, takes, moves_start_time }));
    }

    /// It boots and takes up what it is bound to.
    pub(super) fn start(&mut self, at: Timestamp, duration: Duration, takes: Option<Fingerprint>) {
        self.settle(at);
        let running = at.plus(duration);
        self.phase = Some(Phase::Boot(Boot { at, running, takes, moves_start_time: true }));
    }

    /// It goes down. A boot that was to come does not.
    pub(super) fn stop(&mut self, at: Timestamp) {
        self.settle(at);
        self.phase = Some(Phase::Stopped);
    }

    /// Notes what the last boot brought, before another change of status takes its place.
    fn settle(&mut self, at: Timestamp) {
        self.effective = self.guest(at).effective;
        self.started = self.start_time(at);
    }

    fn boot_before(&self, now: Timestamp) -> Option<Boot> {
        match self.phase {
            Some(Phase::Boot(boot)) if boot.at <= now => Some(boot),
            _ => None,
        }
    }
}
