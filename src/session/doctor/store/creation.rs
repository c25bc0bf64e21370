//! Whether a store creates as a state needs it: of those who create one name one wins.

use std::sync::Arc;

use super::bench::Bench;
use crate::{
    checkup::{Check, CheckCode},
    session::doctor::opened::told,
    store::{
        Shelf,
        contract::{self, Breach},
    },
};

/// How many create the same names at once, and how many names.
const WRITERS: usize = 8;
const ROUNDS: usize = 4;

/// The rules of one user, and those of many at once, each with a connection of its own.
pub(super) fn checks(bench: &Bench<'_>, shelf: &dyn Shelf) -> Vec<Check> {
    let rules = match contract::essentials(shelf) {
        Ok(()) => Check::ok(
            CheckCode::StoreCreation,
            "nothing is overwritten, and what is created is listed, read and removed",
        ),
        Err(breach) => of_breach(&breach),
    };
    vec![rules.about("rules"), raced(bench).about("race")]
}

fn raced(bench: &Bench<'_>) -> Check {
    let opened: Result<Vec<_>, _> = (0..WRITERS).map(|_| (bench.open)()).collect();
    let shelves: Vec<Arc<dyn Shelf>> = match opened {
        Ok(opened) => opened.into_iter().map(|(shelf, _)| shelf).collect(),
        Err(error) => return Check::problem(CheckCode::StoreCreation, told(&error)),
    };
    let shelves: Vec<_> = shelves.iter().map(AsRef::as_ref).collect();
    match contract::race(&shelves, ROUNDS) {
        Ok(()) => {
            let finding = format!(
                "of {WRITERS} that created one name at once one was first, {ROUNDS} times, and what \
                 it wrote is kept"
            );
            Check::ok(CheckCode::StoreCreation, finding)
        }
        Err(breach) => of_breach(&breach),
    }
}

fn of_breach(breach: &Breach) -> Check {
    match breach {
        Breach::Broken { rule, found } => {
            let finding = format!("it should be so that {rule}, and it is not: {found}");
            Check::problem(CheckCode::StoreCreation, finding).advice(
                "keep no state here: two runs could each believe that theirs is the state. Use a \
                 service or a file system that keeps this rule",
            )
        }
        Breach::Failed(error) => Check::problem(CheckCode::StoreCreation, told(error))
            .advice("look at the network and at the server, and run it again"),
    }
}
