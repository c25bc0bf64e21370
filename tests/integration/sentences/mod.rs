//! Every sentence that has a code, once: other tests decide by codes, so that a sentence can be
//! reworded here alone.

mod credentials;
mod errors;
mod failures;
mod reasons;
mod rehearsals;

use std::fmt::{Debug, Display, Write as _};

use serde::Serialize;
use serde_json::Value;

/// The examples as lines of code and sentence, in the order of the codes. Panics unless each code
/// has an example, and is written into documents as it is told to programs.
#[track_caller]
fn sentences<T, C>(
    examples: &[T],
    all: &[C],
    code: fn(&T) -> C,
    name: fn(C) -> &'static str,
) -> String
where
    T: Display + Debug + Serialize,
    C: Copy + Debug + Ord,
{
    let mut out = String::new();
    for &wanted in all {
        let of_code: Vec<_> = examples.iter().filter(|one| code(one) == wanted).collect();
        assert!(!of_code.is_empty(), "{wanted:?} has no example");
        for example in of_code {
            let written = serde_json::to_value(example).expect("JSON");
            assert_eq!(written["code"], Value::from(name(wanted)), "{example:?}");
            let _ = writeln!(out, "{}:\n  {example}", name(wanted));
        }
    }
    out
}

/// Examples of errors as lines of code and sentence, in their order. Panics unless each code of the
/// enum has an example; what an error wraps may have codes of others.
#[track_caller]
fn error_sentences<E: Display>(examples: &[(&'static str, E)], all: &[&'static str]) -> String {
    for wanted in all {
        let is_there = examples.iter().any(|(code, _)| code == wanted);
        assert!(is_there, "{wanted} has no example");
    }
    let lines = examples.iter().map(|(code, error)| format!("{code}:\n  {error}\n"));
    lines.collect()
}
