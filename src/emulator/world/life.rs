//! What happened to one instance, and what follows from it at a given time.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use crate::{
    emulator::event::Actor,
    model::{Fingerprint, InstanceStatus, Tags, Timestamp},
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
    /// What it still accepts beside that, from the boots before.
    kept: BTreeSet<Fingerprint>,
    /// StartTime before `phase`; `None` for that of an instance to which nothing has happened.
    started: Option<Timestamp>,
    /// The last change of its status; `None` if nothing has happened to it.
    phase: Option<Phase>,
    restarts: Vec<Restart>,
    /// What became of its tags since the inventory was written; `None` for one that was removed.
    tags: BTreeMap<String, Option<String>>,
    /// Whether it does not exist any more.
    pub(super) is_released: bool,
}

#[derive(Clone, Copy, Debug)]
enum Phase {
    /// It is down from a moment on, which may lie in the future.
    Stop {
        down: Timestamp,
    },
    Boot(Boot),
}

/// A boot, which may lie in the future.
#[derive(Clone, Copy, Debug)]
struct Boot {
    /// When it was asked for, and when it goes down for it: in between it shows Running.
    asked: Timestamp,
    down: Timestamp,
    at: Timestamp,
    running: Timestamp,
    takes: Option<Fingerprint>,
    keeps_keys: bool,
    moves_start_time: bool,
}

impl Boot {
    /// Whether it was asked for, and the instance did not go down yet. A clock that was set back
    /// does not bring that about.
    fn is_accepted_only(self, now: Timestamp) -> bool {
        self.asked <= now && now < self.down
    }
}

/// How a restart goes on.
#[derive(Clone, Copy, Debug)]
pub(super) struct RestartTimes {
    /// For how long it still shows Running.
    pub(super) lag: Duration,
    /// From going down to Running.
    pub(super) duration: Duration,
    /// Whether StartTime is the moment of the boot afterwards.
    pub(super) moves_start_time: bool,
    /// Whether the guest keeps the keys of before.
    pub(super) keeps_keys: bool,
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
            Some(Phase::Stop { down }) if now < down => InstanceStatus::Stopping,
            Some(Phase::Stop { .. }) => InstanceStatus::Stopped,
            Some(Phase::Boot(boot)) if boot.is_accepted_only(now) => InstanceStatus::Running,
            Some(Phase::Boot(boot)) if now < boot.at => InstanceStatus::Stopping,
            Some(Phase::Boot(boot)) if now < boot.running => InstanceStatus::Starting,
            Some(Phase::Boot(_)) => InstanceStatus::Running,
        }
    }

    /// The status of an instance that is not on its way from one to another, even if that does not
    /// show yet.
    pub(super) fn settled(
        &self,
        now: Timestamp,
        initial: InstanceStatus,
    ) -> Option<InstanceStatus> {
        let is_accepted =
            matches!(self.phase, Some(Phase::Boot(boot)) if boot.is_accepted_only(now));
        let status = self.status(now, initial);
        (!is_accepted && !status.is_in_transition()).then_some(status)
    }

    /// Its tags; the inventory says `initial`.
    pub(super) fn tags(&self, initial: &Tags) -> Tags {
        let mut tags = initial.clone();
        for (key, value) in &self.tags {
            match value {
                Some(value) => tags.insert(key.clone(), value.clone()),
                None => tags.remove(key),
            };
        }
        tags
    }

    /// Adds tags, or changes their values.
    pub(super) fn tag(&mut self, tags: &Tags) {
        self.tags.extend(tags.iter().map(|(key, value)| (key.clone(), Some(value.clone()))));
    }

    /// Removes tags.
    pub(super) fn untag(&mut self, keys: &[String]) {
        self.tags.extend(keys.iter().map(|key| (key.clone(), None)));
    }

    /// What the guest accepts.
    pub(super) fn guest(&self, now: Timestamp) -> Guest {
        let effective = self.boot_before(now).map_or(self.effective, |boot| boot.takes);
        Guest { effective, password_allowed: effective.is_none() }
    }

    /// The keys of before that the guest still accepts: none once it boots without a pair.
    pub(super) fn kept(&self, now: Timestamp) -> BTreeSet<Fingerprint> {
        let Some(boot) = self.boot_before(now) else { return self.kept.clone() };
        let Some(taken) = boot.takes.filter(|_| boot.keeps_keys) else { return BTreeSet::new() };
        let before = self.kept.iter().copied().chain(self.effective);
        before.filter(|fingerprint| *fingerprint != taken).collect()
    }

    /// Whether it is on its way down or up by a restart, not by a stop or a start.
    pub(super) fn is_rebooting(&self, now: Timestamp) -> bool {
        let Some(Phase::Boot(boot)) = self.phase else { return false };
        boot.down < boot.at && boot.down <= now && now < boot.running
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

    /// It goes down after the lag, boots after half of the duration and takes up what it is bound
    /// to: nothing can be bound in between.
    pub(super) fn restart(
        &mut self,
        restart: Restart,
        times: RestartTimes,
        takes: Option<Fingerprint>,
    ) {
        self.settle(restart.at);
        self.restarts.push(restart);
        let RestartTimes { lag, duration, moves_start_time, keeps_keys } = times;
        let (asked, down) = (restart.at, restart.at.plus(lag));
        let (at, running) = (down.plus(duration / 2), down.plus(duration));
        let boot = Boot { asked, down, at, running, takes, keeps_keys, moves_start_time };
        self.phase = Some(Phase::Boot(boot));
    }

    /// It boots and takes up what it is bound to.
    pub(super) fn start(
        &mut self,
        at: Timestamp,
        duration: Duration,
        takes: Option<Fingerprint>,
        keeps_keys: bool,
    ) {
        self.settle(at);
        let (running, moves_start_time) = (at.plus(duration), true);
        let boot = Boot { asked: at, down: at, at, running, takes, keeps_keys, moves_start_time };
        self.phase = Some(Phase::Boot(boot));
    }

    /// It goes down, and is down after the duration. A boot that was to come does not.
    pub(super) fn stop(&mut self, at: Timestamp, duration: Duration) {
        self.settle(at);
        self.phase = Some(Phase::Stop { down: at.plus(duration) });
    }

    /// Notes what the last boot brought, before another change of status takes its place.
    fn settle(&mut self, at: Timestamp) {
        self.kept = self.kept(at);
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
