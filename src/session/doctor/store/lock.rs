//! Whether the lock of a store keeps two runs apart.

use super::{
    bench::{Bench, Taking},
    grant::Right,
};
use crate::{
    checkup::{Check, CheckCode},
    model::RunId,
    session::doctor::opened::told,
    store::{HeldBy, Lease, Lock, Renewed, StoreError, Taken},
};

/// What is wrong with a lock.
enum Flaw {
    Failed(StoreError),
    Found(String),
}

impl From<StoreError> for Flaw {
    fn from(error: StoreError) -> Self {
        Self::Failed(error)
    }
}

/// Goes on with a lock that this doctor holds: another contender sees that, until it is given up.
pub(super) fn check(
    bench: &Bench<'_>,
    (run, first): (&RunId, Box<dyn Lease>),
    others: &dyn Lock,
) -> Check {
    match tried(bench, (run, first), others) {
        Ok(()) => Check::ok(
            CheckCode::StoreLock,
            "it was taken, seen by another run with its holder, renewed, released and taken again",
        ),
        Err(Flaw::Failed(error)) => failed(bench, &error),
        Err(Flaw::Found(found)) => Check::problem(CheckCode::StoreLock, found)
            .advice("keep no state here: two runs could go on at once"),
    }
}

/// The lock could not be asked.
pub(super) fn failed(bench: &Bench<'_>, error: &StoreError) -> Check {
    let finding = format!("[{}] {}", error.code().as_str(), told(error));
    Check::problem(CheckCode::StoreLock, finding).advice(Right::Lock.grant(bench.choice))
}

fn tried(
    bench: &Bench<'_>,
    (run, first): (&RunId, Box<dyn Lease>),
    others: &dyn Lock,
) -> Result<(), Flaw> {
    let found = |what: &str| Err(Flaw::Found(what.to_owned()));
    let is_ours = |by: HeldBy| by.holder().is_some_and(|by| by.run == *run);
    if first.renew()? == Renewed::Lost {
        return found("it was lost while it was held");
    }
    if !others.held_by()?.is_some_and(is_ours) {
        return found("another run does not see who holds it");
    }
    let holder = bench.holder()?;
    let mut contention = others.contend(&holder);
    match contention.try_take(bench.context.clock.moment().counted)? {
        Taken::Held { by, .. } if is_ours(by.clone()) => {}
        Taken::Held { .. } => return found("another run does not see who holds it"),
        Taken::Ours(second) => {
            second.release()?;
            return found("another run took it while it was held");
        }
    }
    if first.renew()? == Renewed::Lost {
        return found("it was lost while it was held");
    }
    first.release()?;
    drop(first);
    match bench.take(others)? {
        Taking::Ours { lease, .. } => Ok(lease.release()?),
        Taking::Held(_) => found("it was released, and another run could not take it"),
    }
}
