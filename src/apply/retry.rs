//! How long to wait before a call is tried again, and for how long that goes on.

use std::time::Duration;

use sha2::{Digest, Sha256};

use crate::ecs::FailureKind;

/// For how long the calls of a step are tried again, from the first one on that got no usable
/// answer. Terraform's provider gives a pair and a binding as long.
pub const TRIED_FOR: Duration = Duration::from_secs(5 * 60);

/// How often in a row a call may be throttled before its failure is final: about half an hour of waiting.
pub(super) const THROTTLED_MAX: u32 = 64;

const FIRST: Duration = Duration::from_millis(500);
const LONGEST: Duration = Duration::from_secs(30);

/// The wait before attempt `attempt + 1`, when attempt `attempt` (from 1) has failed.
///
/// It doubles from half a second to half a minute, and takes between half and all of that, so that
/// calls which failed together do not come back together. The share is drawn from `seed`, which
/// makes a run repeatable.
#[must_use]
fn backoff(seed: &str, attempt: u32) -> Duration {
    let doubled =
        FIRST.saturating_mul(1_u32.checked_shl(attempt.saturating_sub(1)).unwrap_or(u32::MAX));
    let longest = doubled.min(LONGEST);
    let draw = Sha256::digest(format!("{seed} {attempt}").as_bytes());
    let half = longest / 2;
    half + half.mul_f64(f64::from(draw[0]) / 255.0)
}

/// The wait after a failure of attempt `attempt`: as [`backoff`] says, and no less than the service
/// asked for.
#[must_use]
pub fn wait_after(failure: &FailureKind, seed: &str, attempt: u32) -> Duration {
    backoff(seed, attempt).max(failure.least_wait())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::schedule::Span;

    #[test]
    fn a_wait_is_no_shorter_than_the_service_asks_for() {
        let asked = |seconds| FailureKind::Throttled { retry_after: Some(Span::seconds(seconds)) };
        assert_eq!(wait_after(&asked(40), "seed", 1), Duration::from_secs(40));
        assert_eq!(wait_after(&asked(0), "seed", 1), backoff("seed", 1));
        assert_eq!(wait_after(&FailureKind::Transient, "seed", 7), backoff("seed", 7));
    }

    #[test]
    fn waits_grow_to_half_a_minute_and_depend_on_the_seed_alone() {
        let mut longest = Duration::ZERO;
        for attempt in 1..=40 {
            let wait = backoff("seed", attempt);
            assert_eq!(wait, backoff("seed", attempt));
            assert!(wait >= longest.min(LONGEST / 2), "attempt {attempt}: {wait:?}");
            assert!(wait <= LONGEST, "attempt {attempt}: {wait:?}");
            longest = wait / 2;
        }
        assert_ne!(backoff("seed", 3), backoff("other", 3));
    }
}
