//! The state: whether it can be read, and who is at work on it.

use super::opened::{Doctor, told};
use crate::{
    checkup::{Check, CheckCode},
    state::Records,
    store::{LoadedState, LockEnd, Store, StoreError},
};

/// The checks, and what is recorded if that can be read.
pub(super) fn checks(store: &Store) -> (Vec<Check>, Option<Records>) {
    let loaded = store.load();
    let mut checks = Vec::new();
    let recorded = match loaded {
        Ok(None) => {
            checks.push(Check::ok(CheckCode::State, "there is none: nothing was applied yet"));
            Some(Records::default())
        }
        Ok(Some(LoadedState { state, has_journals })) => {
            let serial = state.serial;
            checks.push(Check::ok(
                CheckCode::State,
                format!("it can be read; its serial is {serial}"),
            ));
            checks.push(unfinished(has_journals, &state.recorded));
            Some(state.recorded)
        }
        Err(error) => {
            let code = error.code().as_str();
            let finding = format!("it cannot be read [{code}]: {}", told(&error));
            let check = Check::problem(CheckCode::State, finding);
            checks.push(match error {
                // What they say is what to do.
                StoreError::Moved { .. }
                | StoreError::Arriving { .. }
                | StoreError::Gone { .. } => check,
                StoreError::NotBegun { .. } => check.advice("`keyform state init` begins one"),
                _ => check.advice("`keyform state list` shows what there is"),
            });
            None
        }
    };
    checks.extend(history(store));
    checks.push(lock(store));
    (checks, recorded)
}

/// Whether the state would end with this runner of CI.
pub(super) fn runner(doctor: &Doctor) -> Option<Check> {
    let admitted = doctor.context.machine.admit_state(&doctor.desired.project);
    admitted.err().map(|error| Check::problem(CheckCode::StateRunner, told(&error)))
}

fn unfinished(has_journals: bool, recorded: &Records) -> Check {
    let left = recorded.intents.len();
    if !has_journals && left == 0 {
        return Check::ok(CheckCode::UnfinishedRun, "no earlier run is unfinished");
    }
    let calls = match left {
        0 => "the journal of a run was not folded into the state".to_owned(),
        1 => "it is not known what became of one call".to_owned(),
        many => format!("it is not known what became of {many} calls"),
    };
    Check::warning(CheckCode::UnfinishedRun, format!("a run goes on or was ended early: {calls}"))
        .advice("once no run goes on, `keyform plan` and `keyform apply` go on where it ended")
}

/// Snapshots of the history that are damaged: the state does not need them.
fn history(store: &Store) -> Option<Check> {
    let snapshots = store.history().ok()?.snapshots;
    let is_damaged = |row: &&crate::store::SnapshotRow| !row.is_newest && row.damage.is_some();
    let damaged: Vec<_> = snapshots.iter().filter(is_damaged).map(|row| row.serial).collect();
    let serials: Vec<_> = damaged.iter().map(u64::to_string).collect();
    (!damaged.is_empty()).then(|| {
        let serials = serials.join(", ");
        Check::warning(CheckCode::State, format!("older snapshots are damaged: {serials}"))
            .about("history")
            .advice("they cannot be restored; `keyform state list` says why")
    })
}

fn lock(store: &Store) -> Check {
    let advice = match store.lock().end() {
        LockEnd::WithProcess => "wait for its end; the lock is free when its process is",
        LockEnd::WithLease => {
            "wait for its end; if its machine is lost, the lock is free when its lease is over, and \
             `keyform state unlock` frees it at once"
        }
        LockEnd::ByHand => {
            "wait for its end; if it was killed or its machine is lost, `keyform state unlock` frees it"
        }
    };
    match store.locked_by() {
        None => Check::ok(CheckCode::Lock, "no one holds the lock"),
        Some(by) => {
            Check::warning(CheckCode::Lock, format!("a run holds the lock: {by}")).advice(advice)
        }
    }
}
