//! All that is tried in the scratch part of a store, in its order.

use super::{
    bench::{Bench, Taking, clear, clear_leftovers},
    clock, creation, lock, rights,
};
use crate::{
    checkup::{Check, CheckCode},
    manifest::StateChoice,
    session::{doctor::opened::told, lock::new_run},
    store::Shelf,
};

/// Tries the store, and clears away what it made.
pub(super) fn checks(bench: &Bench<'_>) -> Vec<Check> {
    let (shelf, own_lock) = match (bench.open)() {
        Ok(kept) => kept,
        Err(error) => {
            let finding = format!("[{}] {}", error.code(), told(&error));
            return vec![Check::problem(CheckCode::StorePlace, finding)];
        }
    };
    // Whoever holds the lock of the scratch part may clear it.
    let taken = match bench.take(&*own_lock) {
        Ok(Taking::Held(by)) => {
            let finding = format!("another `keyform state doctor` is at work here: {by}");
            let check = Check::skipped(CheckCode::StoreLock, finding);
            return vec![check.advice("run it again when that has ended")];
        }
        Ok(Taking::Ours { run, lease }) => Ok((run, lease)),
        Err(error) => Err(error),
    };
    let mut checks = tried(bench, &*shelf);
    checks.push(match taken {
        Ok((run, lease)) => match (bench.open)() {
            Ok((_, others)) => lock::check(bench, (&run, lease), &*others),
            Err(error) => Check::problem(CheckCode::StoreLock, told(&error)),
        },
        Err(error) => lock::failed(bench, &error),
    });
    checks.extend(bucket(bench, &checks));
    if let Err(error) = clear(&*shelf) {
        let finding = format!("files of this check stay in the scratch part: {}", told(&error));
        let check = Check::warning(CheckCode::StoreRights, finding).about("leftovers");
        checks.push(check.advice("no state is mistaken for them; the next check removes them"));
    }
    checks.push(clock::check(&*bench.context.clock, bench.choice, &*shelf));
    checks
}

fn tried(bench: &Bench<'_>, shelf: &dyn Shelf) -> Vec<Check> {
    let run = match new_run(bench.context) {
        Ok(run) => run,
        Err(error) => return vec![Check::problem(CheckCode::StoreRights, told(&error))],
    };
    // What stays is told by the rights, and in the end.
    let _ = clear_leftovers(shelf);
    let rights = rights::checks(bench, shelf, run.as_str());
    let mut checks = rights.checks;
    match rights.are_whole {
        true => checks.extend(creation::checks(bench, shelf)),
        false => {
            let finding = "a right is missing that this needs";
            checks.push(Check::skipped(CheckCode::StoreCreation, finding));
        }
    }
    checks
}

/// Each lock of OSS asks whose the bucket is, and whether it ever had versions.
fn bucket(bench: &Bench<'_>, checks: &[Check]) -> Option<Check> {
    let StateChoice::Oss { bucket, .. } = bench.choice else { return None };
    let is_taken = |check: &Check| {
        check.code == CheckCode::StoreLock && check.outcome == crate::checkup::Outcome::Ok
    };
    let check = match checks.iter().any(is_taken) {
        true => Check::ok(
            CheckCode::StorePlace,
            "it belongs to the account of the Project, if that names one, and never had versions",
        ),
        false => Check::skipped(CheckCode::StorePlace, "the lock tells what is wrong"),
    };
    Some(check.about(&bucket.bucket))
}
