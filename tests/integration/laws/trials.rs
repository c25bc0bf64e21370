//! Random cases, each with a seed of its own: the suite tries the same ones in each run, whoever asks
//! for more gets more, and a case that fails can be tried alone.

use std::{cell::Cell, ops::Range};

use proptest::{
    strategy::Strategy,
    test_runner::{Config, RngSeed, TestCaseError, TestRunner},
};

/// Cases that are tried in parts, so that a machine of several cores tries them at once.
pub(super) struct Trials {
    /// How many there are where nothing says so: the seeds from 0 on.
    pub(super) cases: u64,
    /// In how many parts.
    pub(super) parts: u64,
    /// The variable of the environment that names other seeds: how many from 0 on, or `FROM..TO`.
    pub(super) variable: &'static str,
    /// How often a failing case is made smaller, or tried to be.
    pub(super) shrinks: u32,
    /// Seeds of cases that break a law today: mistakes that are known and not fixed yet. One that
    /// holds is fixed, and must leave this list.
    pub(super) known_failures: &'static [u64],
}

/// Which case is tried.
#[derive(Clone, Copy, Debug)]
pub(super) struct Case {
    pub(super) seed: u64,
    /// Whether it is what its seed says, and not what is left of that after it failed.
    pub(super) is_original: bool,
}

impl Trials {
    /// Tries the cases of one part, from 1 on. Shows the smallest form of each that fails, with the
    /// seed that it came from.
    #[track_caller]
    pub(super) fn run<S: Strategy>(
        &self,
        part: u64,
        cases: &S,
        test: impl Fn(Case, S::Value) -> Result<(), TestCaseError>,
    ) {
        let mut failures = Vec::new();
        for seed in seeds(self.variable, self.cases).filter(|seed| seed % self.parts == part - 1) {
            let is_known = self.known_failures.contains(&seed);
            let config = Config {
                cases: 1,
                rng_seed: RngSeed::Fixed(seed),
                failure_persistence: None,
                max_shrink_iters: if is_known { 0 } else { self.shrinks },
                ..Config::default()
            };
            let is_original = Cell::new(true);
            let test = |value| test(Case { seed, is_original: is_original.replace(false) }, value);
            let failure = match TestRunner::new(config).run(cases, test) {
                Err(error) if !is_known => error.to_string(),
                Ok(()) if is_known => "it holds; take it off the known failures".to_owned(),
                Ok(()) | Err(_) => continue,
            };
            failures.push(format!("{}={seed}..{}: {failure}", self.variable, seed + 1));
        }
        assert!(failures.is_empty(), "{}", failures.join("\n\n"));
    }
}

/// The seeds that a variable of the environment names, or those from 0 on.
pub(crate) fn seeds(variable: &str, cases: u64) -> Range<u64> {
    #[expect(clippy::disallowed_methods, reason = "a test may be asked for more")]
    let asked = std::env::var(variable).ok();
    asked.map_or(0..cases, |text| {
        range(&text).unwrap_or_else(|| panic!("{variable} is a number or FROM..TO, not {text:?}"))
    })
}

fn range(text: &str) -> Option<Range<u64>> {
    match text.split_once("..") {
        Some((from, to)) => Some(from.parse().ok()?..to.parse().ok()?),
        None => Some(0..text.parse().ok()?),
    }
}

#[test]
fn seeds_are_asked_for_by_a_number_or_a_range() {
    assert_eq!(range("3"), Some(0..3));
    assert_eq!(range("17..18"), Some(17..18));
    for text in ["", "x", "1..", "..2", "-1"] {
        assert_eq!(range(text), None, "{text}");
    }
}
