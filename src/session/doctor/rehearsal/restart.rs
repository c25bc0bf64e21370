//! One restart, watched from the call until the instance is back.

use std::time::Duration;

use super::{Halt, Rehearsal, in_short, lessons::RestartSeen};
use crate::{
    apply::Call,
    driver::LogOnCode,
    ecs::{CallError, CloudWrite, FailureKind, WriteAnswer},
    model::{CloudName, InstanceStatus, ServiceTime, time::Precision},
};

/// How often the status is looked at.
const LOOK: Duration = Duration::from_secs(1);
/// For how long a restart that shows nothing is watched, and one that goes on.
const UNSEEN: Duration = Duration::from_secs(90);
const GOES_ON: Duration = Duration::from_secs(600);
/// How long the instance has, once it is back, until it accepts a log-on.
const SETTLES: Duration = Duration::from_secs(90);
const TRY_AGAIN: Duration = Duration::from_secs(5);

impl Rehearsal<'_> {
    /// Restarts the instance, which is bound to `bound`, and waits until it is back.
    pub(super) fn restart(&mut self, bound: Option<&CloudName>) -> Result<(), Halt> {
        let before = self.instance()?;
        if before.status != InstanceStatus::Running || before.bound.as_ref() != bound {
            let why = format!("{} was changed by someone else; nothing more is done", self.at.id);
            return Err(Halt::Failed(why));
        }
        self.say(&format!("restarting {}", self.at.id));
        let asked = self.now();
        // Whether a start at this moment would show as a later one at all.
        let can_show =
            |start: ServiceTime| ServiceTime::new(asked, Precision::Minute).is_after(start);
        let mut seen = RestartSeen {
            start: before.start_time,
            can_show: before.start_time.is_some_and(can_show),
            ..RestartSeen::default()
        };
        self.has_restarted = true;
        self.reboot()?;
        let mut has_tried = false;
        loop {
            self.wait(LOOK)?;
            let now = self.instance()?;
            let since = self.now().since(asked);
            if seen.statuses.last() != Some(&now.status) {
                seen.statuses.push(now.status);
            }
            if now.status != InstanceStatus::Running {
                seen.down_after.get_or_insert(since);
                if let Some(name) = bound.filter(|_| !has_tried) {
                    has_tried = true;
                    seen.refused = self.bind_while_down(name);
                }
            }
            let moved =
                now.start_time.zip(seen.start).is_some_and(|(now, then)| now.is_after(then));
            seen.moved |= moved;
            let is_up = now.status == InstanceStatus::Running;
            if is_up && (seen.down_after.is_some() || (seen.moved && since > UNSEEN)) {
                seen.back_after = Some(since);
                break;
            }
            if since > GOES_ON || (is_up && since > UNSEEN && seen.down_after.is_none()) {
                self.observed.restarts.push(seen);
                let why =
                    "the restart was accepted, and was not seen to happen; look at the instance";
                return Err(Halt::Failed(why.to_owned()));
            }
        }
        self.observed.restarts.push(seen);
        Ok(())
    }

    fn reboot(&self) -> Result<(), Halt> {
        let (region, ids) = (self.at.region.clone(), vec![self.at.id.clone()]);
        let write = CloudWrite::Reboot { region, ids, forced: false };
        match self.write(&write) {
            Ok(WriteAnswer::Items(items)) => match items.into_values().next() {
                Some(Err(refusal)) => {
                    Err(Halt::Failed(format!("the restart was refused: {refusal}")))
                }
                _ => Ok(()),
            },
            // It may go on: watching tells.
            Ok(_) => Ok(()),
            Err(error) if error.is_outcome_unknown() => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Binds the instance to what it is bound to, while it is on its way: with which code is that
    /// refused?
    fn bind_while_down(&self, name: &CloudName) -> Option<String> {
        let (region, name, ids) = (self.at.region.clone(), name.clone(), vec![self.at.id.clone()]);
        let write = CloudWrite::Attach { region, name, ids };
        Some(match self.cloud.write(&write) {
            Ok(WriteAnswer::Items(items)) => match items.into_values().next() {
                Some(Err(refusal)) => format!("refused in its item, with {}", refusal.code),
                _ => "accepted".to_owned(),
            },
            Ok(_) => "accepted".to_owned(),
            Err(CallError::NoAnswer { .. }) => return None,
            Err(error) => format!("refused with the whole call, with {}", in_short(&error)),
        })
    }

    /// Logs on with the key of a pair, and looks whether the one before is refused; nothing if the
    /// project does not say how to log on.
    pub(super) fn log_on(
        &mut self,
        key: &CloudName,
        before: Option<&CloudName>,
    ) -> Result<(), Halt> {
        let Some((proof, host)) = self.route.clone() else { return Ok(()) };
        self.say(&format!("logging on to {}", self.at.id));
        let (key, refused) = (key.clone(), before.cloned());
        let call = Call::LogOn { proof, host, key, refused };
        let since = self.now();
        loop {
            let Err(failure) = self.executor.execute(&call) else {
                if before.is_some() {
                    self.observed.keeps_old_key = Some(false);
                }
                self.observed.logged_on = true;
                return Ok(());
            };
            if is_of_old_key(&failure.kind) {
                self.observed.keeps_old_key = Some(true);
                return Ok(());
            }
            if self.now().since(since) > SETTLES {
                self.observed.log_on_failed = Some(failure.message);
                return Ok(());
            }
            self.wait(TRY_AGAIN)?;
        }
    }
}

/// Whether a log-on failed only since the key before was accepted.
fn is_of_old_key(kind: &FailureKind) -> bool {
    matches!(kind, FailureKind::Refused { code } if code == LogOnCode::AcceptsOldKey.as_str())
}
