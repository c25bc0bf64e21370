//! How far the clock of a store's server is from that of this machine.

use std::time::Duration;

use crate::{
    checkup::{Check, CheckCode},
    driver::Clock,
    manifest::StateChoice,
    session::doctor::{
        account::{NOTICED, REFUSED},
        opened::told,
    },
    store::Shelf,
};

/// Asks the server what time it is.
pub(super) fn check(clock: &dyn Clock, choice: &StateChoice, shelf: &dyn Shelf) -> Check {
    let asked = clock.wall().milliseconds();
    let time = match shelf.server_time() {
        Ok(time) => time,
        Err(error) => return Check::skipped(CheckCode::StoreClock, told(&error)),
    };
    let Some(time) = time else {
        let finding = "files have the clock of this machine, or it cannot be asked";
        return Check::skipped(CheckCode::StoreClock, finding);
    };
    // The server has told the time somewhere between the two.
    let middle = asked.midpoint(clock.wall().milliseconds());
    of_distance(time.milliseconds().saturating_sub(middle), choice)
}

fn of_distance(ahead: i64, choice: &StateChoice) -> Check {
    let off = Duration::from_millis(ahead.unsigned_abs());
    if off < NOTICED {
        let finding = "the clocks of this machine and of the server agree";
        return Check::ok(CheckCode::StoreClock, finding);
    }
    // The clock of whoever is behind is slow.
    let side = if ahead > 0 { "behind" } else { "ahead of" };
    let seconds = (off.as_millis() + 500) / 1000;
    let finding = format!("the clock of this machine is {seconds} s {side} the server's");
    let is_signed = matches!(choice, StateChoice::S3 { .. } | StateChoice::Oss { .. });
    let check = match is_signed && off >= REFUSED {
        true => Check::problem(
            CheckCode::StoreClock,
            format!("{finding}; the server refuses what was signed 900 s away"),
        ),
        false => Check::warning(
            CheckCode::StoreClock,
            format!(
                "{finding}; locks do not depend on it, but windows, --deadline and the times in the \
                 state do"
            ),
        ),
    };
    check.advice("let the clock be set by NTP")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        checkup::Outcome,
        model::{BucketChoice, Endpoint, PostgresUrl},
    };

    #[test]
    fn a_clock_that_is_off_matters_more_where_requests_are_signed() {
        let lease = Duration::from_secs(60);
        let endpoint = Endpoint::parse("https://objects.example").expect("an endpoint");
        let text = || "acme".to_owned();
        let (bucket, prefix, region) = (text(), text(), text());
        let bucket = BucketChoice { bucket, prefix, region, endpoint };
        let url = PostgresUrl::parse("postgres://keyform@127.0.0.1/keyform").expect("an address");
        let signed = StateChoice::Oss { bucket, lease };
        let unsigned = StateChoice::Postgres { url, lease };
        for (seconds, of_signed, of_unsigned) in [
            (0, Outcome::Ok, Outcome::Ok),
            (-59, Outcome::Ok, Outcome::Ok),
            (60, Outcome::Warning, Outcome::Warning),
            (-899, Outcome::Warning, Outcome::Warning),
            (900, Outcome::Problem, Outcome::Warning),
            (-900, Outcome::Problem, Outcome::Warning),
        ] {
            for (choice, wanted) in [(&signed, of_signed), (&unsigned, of_unsigned)] {
                let check = of_distance(seconds * 1_000, choice);
                assert_eq!(check.outcome, wanted, "{seconds}: {check:?}");
                let side = if seconds > 0 { "behind" } else { "ahead of" };
                let is_told = check.finding.contains(&format!("{} s {side}", seconds.abs()));
                assert_eq!(is_told, wanted != Outcome::Ok, "{check:?}");
            }
        }
    }
}
