//! The exit codes: a stable interface, documented in the README.

use crate::{
    plan::Summary,
    session::{
        Applied, KeysError, RehearsalError, SavedPlanError, SessionError, StateMigrationError,
    },
    store::{MoveError, StoreError, StoreErrorCode},
};

/// How the program ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Done, or nothing to do.
    Done = 0,
    /// An error: nothing was changed, or the message says what was.
    Error = 1,
    /// With `--detailed-exitcode`: the plan has steps, or an apply has deferred something.
    Changes = 2,
    /// Partly applied, or something is blocked until a person fixes it. Commands that only read end
    /// so with `--detailed-exitcode`, if nothing but blocked rows remains.
    Partly = 3,
    /// The saved plan is stale, finished, or of another version.
    Stale = 4,
    /// The state is locked by another run.
    Locked = 5,
    /// Not approved.
    NotApproved = 6,
    /// Stopped early by a signal, by `--deadline`, by the end of a window, or since the service does
    /// not accept the credentials or the clock.
    Stopped = 7,
    /// Wrong usage.
    Usage = 64,
}

impl From<Exit> for std::process::ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

impl Exit {
    /// All of them, in ascending order.
    pub const ALL: [Self; 9] = [
        Self::Done,
        Self::Error,
        Self::Changes,
        Self::Partly,
        Self::Stale,
        Self::Locked,
        Self::NotApproved,
        Self::Stopped,
        Self::Usage,
    ];

    /// What it means, as the README and `--help` say it.
    #[must_use]
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Done => "done, or nothing to do",
            Self::Error => "error: nothing was changed, or the message says what was",
            Self::Changes => {
                "with `--detailed-exitcode`: `plan` and `status` have steps to do, whether or not \
                 something is blocked; `apply` is done, and something is deferred"
            }
            Self::Partly => {
                "partly applied, or something is blocked: fix it and run it again; `plan` and \
                 `status` only with `--detailed-exitcode`, if something is blocked and there is no \
                 step; `plan` also with `--fail-on`, if the plan has what that names"
            }
            Self::Stale => "the saved plan is stale, applied already, or of another version",
            Self::Locked => "another run holds the lock of this project",
            Self::NotApproved => "not approved, so nothing was done",
            Self::Stopped => {
                "stopped early by a signal, `--deadline`, the end of a window, or credentials that are \
                 not accepted; the same command again resumes"
            }
            Self::Usage => "wrong usage",
        }
    }

    /// The code of an error.
    #[must_use]
    pub fn of(error: &anyhow::Error) -> Self {
        if let Some(error) = error.downcast_ref::<SessionError>() {
            return Self::of_session(error);
        }
        if error.downcast_ref::<StoreError>().is_some_and(is_locked) {
            return Self::Locked;
        }
        if let Some(KeysError::Store(error)) = error.downcast_ref()
            && is_locked(error)
        {
            return Self::Locked;
        }
        if let Some(StateMigrationError::Move(MoveError::Store(error))) = error.downcast_ref()
            && is_locked(error)
        {
            return Self::Locked;
        }
        if let Some(RehearsalError::Store(error)) = error.downcast_ref()
            && is_locked(error)
        {
            return Self::Locked;
        }
        match error.downcast_ref::<SavedPlanError>() {
            Some(SavedPlanError::OtherFormat { .. }) => Self::Stale,
            _ => Self::Error,
        }
    }

    /// The exit code of a use case that did not come to its end.
    #[must_use]
    pub fn of_session(error: &SessionError) -> Self {
        match error {
            SessionError::Stale(_) | SessionError::AlreadyApplied | SessionError::Unsound(_) => {
                Self::Stale
            }
            SessionError::Store(error) if is_locked(error) => Self::Locked,
            SessionError::Store(_)
            | SessionError::Observe { .. }
            | SessionError::Vault { .. }
            | SessionError::CleanVault(_)
            | SessionError::Plan(_)
            | SessionError::Mistake(_)
            | SessionError::RightsMissing(_)
            | SessionError::UnknownObject { .. }
            | SessionError::AmbiguousObject { .. }
            | SessionError::NothingMatched { .. }
            | SessionError::LineageFound { .. }
            | SessionError::NoLineageFound
            | SessionError::Driver(_)
            | SessionError::NotFolded(_)
            | SessionError::Random(_) => Self::Error,
        }
    }

    /// The code that `--detailed-exitcode` asks for, by what a plan would do.
    #[must_use]
    pub fn of_summary(todo: &Summary) -> Self {
        match (todo.steps, todo.blocked) {
            (0, 0) => Self::Done,
            (0, _) => Self::Partly,
            _ => Self::Changes,
        }
    }

    /// The code for what became of an apply.
    #[must_use]
    pub fn of_applied(applied: &Applied) -> Self {
        let is_done = match applied {
            Applied::Declined => return Self::NotApproved,
            Applied::Nothing(plan) => !plan.is_blocked(),
            Applied::Ran { report, .. } if report.stopped.is_some() => return Self::Stopped,
            Applied::Ran { plan, report } => report.is_complete() && !plan.is_blocked(),
        };
        if is_done { Self::Done } else { Self::Partly }
    }
}

fn is_locked(error: &StoreError) -> bool {
    error.code() == StoreErrorCode::Locked
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::HeldBy;

    #[test]
    fn each_lock_that_is_held_has_its_exit_code() {
        let held = || {
            let (place, by) = (|| "lock".to_owned(), || Box::new(HeldBy::Unknown));
            [
                StoreError::Locked { place: place(), by: by() },
                StoreError::Leased { place: place(), by: by() },
                StoreError::LockedUntilFreed { place: place(), by: by() },
            ]
        };
        let wrapped: [fn(StoreError) -> anyhow::Error; 5] = [
            |error| error.into(),
            |error| SessionError::Store(error).into(),
            |error| KeysError::Store(error).into(),
            |error| RehearsalError::Store(error).into(),
            |error| StateMigrationError::from(error).into(),
        ];
        for wrap in wrapped {
            for error in held() {
                assert_eq!(Exit::of(&wrap(error)), Exit::Locked);
            }
        }
        let lost = StoreError::LeaseLost { place: "lock".to_owned() };
        assert_eq!(Exit::of(&lost.into()), Exit::Error);
    }
}
