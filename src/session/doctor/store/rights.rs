//! Whether each thing may be done that a store needs, and how long a creation takes.

use std::time::Duration;

use super::{bench::Bench, grant::Right};
use crate::{
    checkup::{Check, CheckCode},
    session::doctor::opened::told,
    store::{Created, Shelf, ShelfError, ShelfErrorKind},
};

/// How many creations are timed.
const TIMED: usize = 5;

/// What was found out.
pub(super) struct Rights {
    pub(super) checks: Vec<Check>,
    /// Whether all can be done.
    pub(super) are_whole: bool,
}

/// Does each thing once with files of its own, which `run` names.
pub(super) fn checks(bench: &Bench<'_>, shelf: &dyn Shelf, run: &str) -> Rights {
    let names: Vec<_> = (0..TIMED).map(|number| format!("probe/{run}-{number}")).collect();
    let content = format!("keyform state doctor {run}\n").into_bytes();
    let mut times = Vec::new();
    let created = names.iter().try_for_each(|name| {
        let began = bench.context.clock.moment();
        // Whether the name was free is for the rules to say.
        let _: Created = shelf.create(name, &content)?;
        times.push(bench.context.clock.moment().since(began));
        Ok(())
    });
    let listed = shelf.list("probe/").map(drop);
    let read = shelf.read(&names[0]).map(drop);
    let removed = names.iter().try_for_each(|name| shelf.remove(name));
    let done = [
        (Right::List, listed),
        (Right::Create, created),
        (Right::Read, read),
        (Right::Remove, removed),
    ];
    let are_whole = done.iter().all(|(_, result)| result.is_ok());
    let mut checks: Vec<_> = done.into_iter().map(|one| of_right(bench, one)).collect();
    checks.push(latency(times));
    Rights { checks, are_whole }
}

fn of_right(bench: &Bench<'_>, (right, result): (Right, Result<(), ShelfError>)) -> Check {
    let check = match result {
        Ok(()) => Check::ok(CheckCode::StoreRights, "it can be done"),
        Err(error) => {
            let check = Check::problem(CheckCode::StoreRights, told(&error));
            match error.kind {
                ShelfErrorKind::Refused => check.advice(right.grant(bench.choice)),
                ShelfErrorKind::Unreachable | ShelfErrorKind::Lost => {
                    check.advice("look at the network and at the server, and run it again")
                }
            }
        }
    };
    check.about(right.word())
}

/// Figures, and no judgement: what is slow for one is fast for another.
fn latency(mut times: Vec<Duration>) -> Check {
    times.sort();
    match (times.get(times.len() / 2), times.last()) {
        (Some(middle), Some(slowest)) => {
            let (count, middle, slowest) = (times.len(), middle.as_millis(), slowest.as_millis());
            let finding =
                format!("a creation takes {middle} ms; the slowest of {count} took {slowest} ms");
            Check::ok(CheckCode::StoreLatency, finding)
        }
        _ => Check::skipped(CheckCode::StoreLatency, "nothing could be created"),
    }
}
