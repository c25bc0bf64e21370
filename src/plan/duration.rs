//! Lengths of time for people.

use std::time::Duration;

/// A length of time in its two largest units, from minutes up.
pub(super) fn length(duration: Duration) -> String {
    let minutes = duration.as_secs().div_ceil(60);
    let (days, hours, minutes) = (minutes / 1440, minutes / 60 % 24, minutes % 60);
    match (days, hours, minutes) {
        (0, 0, minutes) => format!("{minutes} min"),
        (0, hours, 0) => format!("{hours} h"),
        (0, hours, minutes) => format!("{hours} h {minutes} min"),
        (days, 0, _) => format!("{days} d"),
        (days, hours, _) => format!("{days} d {hours} h"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_told_in_two_units() {
        for (seconds, text) in [
            (1, "1 min"),
            (90, "2 min"),
            (3600, "1 h"),
            (3660, "1 h 1 min"),
            (86_400, "1 d"),
            (86_400 + 600, "1 d"),
            (5 * 86_400 + 3 * 3600, "5 d 3 h"),
        ] {
            assert_eq!(length(Duration::from_secs(seconds)), text);
        }
    }
}
