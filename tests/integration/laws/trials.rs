//! Random cases: the suite tries the same ones in each run, and whoever asks for more gets others.

use proptest::{
    strategy::Strategy,
    test_runner::{Config, RngSeed, TestCaseError, TestRunner},
};

/// Cases that are tried in parts, so that a machine of several cores tries them at once.
pub(super) struct Trials {
    /// How many there are where nothing says so.
    pub(super) cases: u32,
    /// In how many parts.
    pub(super) parts: u32,
    /// The variable of the environment that says how many others are tried instead.
    pub(super) variable: &'static str,
    /// How often a failing case is made smaller, or tried to be.
    pub(super) shrinks: u32,
}

impl Trials {
    /// Tries the cases of one part, and shows the smallest one that fails.
    #[track_caller]
    pub(super) fn run<S: Strategy>(
        &self,
        part: u32,
        cases: &S,
        test: impl Fn(S::Value) -> Result<(), TestCaseError>,
    ) {
        #[expect(clippy::disallowed_methods, reason = "a test may be asked for more")]
        let asked = std::env::var(self.variable).ok();
        let asked: Option<u32> = asked.and_then(|text| text.parse().ok());
        let config = Config {
            cases: asked.unwrap_or(self.cases).div_ceil(self.parts),
            rng_seed: asked.map_or(RngSeed::Fixed(part.into()), |_| RngSeed::Random),
            failure_persistence: None,
            max_shrink_iters: self.shrinks,
            ..Config::default()
        };
        if let Err(error) = TestRunner::new(config).run(cases, test) {
            panic!("{error}");
        }
    }
}
