//! What every form of a shelf does: rules that are tried on each, in memory and on real servers.
//!
//! [`check`] tries the rules of one user, one after the other, and [`race`] those of many at once.
//! Both leave nothing behind on a shelf that keeps them.

use std::{fmt, thread};

use super::{Created, Shelf, ShelfError};

/// The names that the rules use all begin so.
const PREFIX: &str = "contract/";

/// A rule that a shelf breaks.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Breach {
    /// It does something else than the rule says.
    #[error("{rule}: {found}")]
    Broken {
        /// The rule.
        rule: &'static str,
        /// What it does instead.
        found: String,
    },
    /// It fails where the rule expects an answer.
    #[error(transparent)]
    Failed(#[from] ShelfError),
}

/// What is tried of a rule on a shelf.
type Rule = fn(&dyn Shelf) -> Result<(), Breach>;

/// Fails unless what was found is what the rule wants.
fn expect<T: PartialEq + fmt::Debug>(
    rule: &'static str,
    found: &T,
    wanted: &T,
) -> Result<(), Breach> {
    if found == wanted {
        return Ok(());
    }
    Err(Breach::Broken { rule, found: format!("{found:?} instead of {wanted:?}") })
}

/// Tries the rules of one user.
///
/// # Errors
/// The first [`Breach`].
pub fn check(shelf: &dyn Shelf) -> Result<(), Breach> {
    essentials(shelf)?;
    each(shelf, &[keeps_large_and_empty])
}

/// Tries the rules of one user with small blobs.
///
/// # Errors
/// The first [`Breach`].
pub fn essentials(shelf: &dyn Shelf) -> Result<(), Breach> {
    each(shelf, &[keeps_bytes, keeps_the_first, lists_by_prefix, removes_one])
}

/// Tries rules, each on a shelf without what the others have made.
fn each(shelf: &dyn Shelf, rules: &[Rule]) -> Result<(), Breach> {
    rules.iter().try_for_each(|rule| {
        clear(shelf)?;
        rule(shelf)
    })?;
    clear(shelf)?;
    expect("nothing is left", &shelf.list(PREFIX)?, &Vec::new())
}

/// Removes what the rules have made, also in a run that was cut off.
fn clear(shelf: &dyn Shelf) -> Result<(), ShelfError> {
    shelf.list(PREFIX)?.iter().try_for_each(|name| shelf.remove(name))
}

fn named(name: &str) -> String {
    format!("{PREFIX}{name}")
}

fn keeps_bytes(shelf: &dyn Shelf) -> Result<(), Breach> {
    let name = named("0000000001.state.json");
    expect("what was not created is not there", &shelf.read(&name)?, &None)?;
    let content: Vec<u8> = (0..=255).collect();
    expect("a blob is created", &shelf.create(&name, &content)?, &Created::New)?;
    expect("a blob is read as it was created", &shelf.read(&name)?, &Some(content))
}

fn keeps_the_first(shelf: &dyn Shelf) -> Result<(), Breach> {
    let rule = "a blob is never overwritten";
    let name = named("first");
    expect(rule, &shelf.create(&name, b"first")?, &Created::New)?;
    expect(rule, &shelf.create(&name, b"second")?, &Created::Exists)?;
    expect(rule, &shelf.create(&name, b"first")?, &Created::Exists)?;
    expect(rule, &shelf.read(&name)?, &Some(b"first".to_vec()))
}

fn lists_by_prefix(shelf: &dyn Shelf) -> Result<(), Breach> {
    let rule = "names are listed by their beginning, in order";
    let names = ["a", "a-1", "a/10", "a/9", "a0", "ab/c/d", "b"].map(named);
    for name in names.iter().rev() {
        expect(rule, &shelf.create(name, b"x")?, &Created::New)?;
    }
    let starting = |prefix: &str| {
        let found = names.iter().filter(|name| name.starts_with(prefix));
        found.cloned().collect::<Vec<_>>()
    };
    for prefix in ["", "a", "a/", "a/9", "a-", "ab/", "ab/c", "b", "c"].map(named) {
        expect(rule, &shelf.list(&prefix)?, &starting(&prefix))?;
    }
    let all = shelf.list("")?;
    expect("an empty beginning lists all", &names.iter().all(|name| all.contains(name)), &true)?;
    expect("names are sorted", &all.is_sorted(), &true)
}

fn removes_one(shelf: &dyn Shelf) -> Result<(), Breach> {
    let (kept, removed) = (named("kept"), named("removed"));
    for name in [&kept, &removed] {
        expect("a blob is created", &shelf.create(name, b"x")?, &Created::New)?;
    }
    shelf.remove(&removed)?;
    expect("a removed blob is gone", &shelf.read(&removed)?, &None)?;
    expect("a removed blob is not listed", &shelf.list(PREFIX)?, &vec![kept.clone()])?;
    expect("another blob stays", &shelf.read(&kept)?, &Some(b"x".to_vec()))?;
    // A second removal is no error: the answer to the first may have been lost.
    shelf.remove(&removed)?;
    expect("a free name can be taken again", &shelf.create(&removed, b"y")?, &Created::New)?;
    expect("a free name can be taken again", &shelf.read(&removed)?, &Some(b"y".to_vec()))
}

fn keeps_large_and_empty(shelf: &dyn Shelf) -> Result<(), Breach> {
    for (name, length) in [("empty", 0_usize), ("large", 3 << 20)] {
        let content: Vec<u8> = (0..length).map(|at| (at % 251) as u8).collect();
        let name = named(name);
        expect("a blob is created", &shelf.create(&name, &content)?, &Created::New)?;
        let is_whole = shelf.read(&name)?.as_ref() == Some(&content);
        expect("a blob of any length is read whole", &is_whole, &true)?;
        expect("an empty blob is one", &shelf.create(&name, b"x")?, &Created::Exists)?;
    }
    Ok(())
}

/// Lets many users create the same names at once, each on a shelf of its own: for each name one of
/// them wins, and what is read afterwards is what it wrote.
///
/// # Errors
/// The first [`Breach`].
pub fn race(shelves: &[&dyn Shelf], rounds: usize) -> Result<(), Breach> {
    let Some(first) = shelves.first() else { return Ok(()) };
    clear(*first)?;
    for round in 0..rounds {
        let name = named(&format!("race-{round}"));
        let winners = create_at_once(shelves, &name)?;
        expect("of those who create one name one wins", &winners.len(), &1)?;
        let content = winners.first().map(|winner| content_of(*winner));
        for shelf in shelves {
            expect("what is kept is what the winner wrote", &shelf.read(&name)?, &content)?;
        }
    }
    clear(*first)?;
    Ok(())
}

/// Creates a name from each shelf at once; answers for which of them it was new.
fn create_at_once(shelves: &[&dyn Shelf], name: &str) -> Result<Vec<usize>, ShelfError> {
    let created: Vec<_> = thread::scope(|scope| {
        let mut threads = Vec::new();
        for (number, shelf) in shelves.iter().enumerate() {
            threads.push(scope.spawn(move || shelf.create(name, &content_of(number))));
        }
        threads.into_iter().filter_map(|thread| thread.join().ok()).collect()
    });
    let mut winners = Vec::new();
    for (number, created) in created.into_iter().enumerate() {
        if created? == Created::New {
            winners.push(number);
        }
    }
    Ok(winners)
}

/// What a user writes: longer than what fits into one packet, so that halves would be seen.
fn content_of(number: usize) -> Vec<u8> {
    format!("{number:04}").repeat(4_096).into_bytes()
}
