//! `--log FILTER`: of what the log tells.

use tracing_subscriber::filter::{LevelFilter, Targets};

use crate::telemetry::AREAS;

const LEVELS: [(&str, LevelFilter); 6] = [
    ("off", LevelFilter::OFF),
    ("error", LevelFilter::ERROR),
    ("warn", LevelFilter::WARN),
    ("info", LevelFilter::INFO),
    ("debug", LevelFilter::DEBUG),
    ("trace", LevelFilter::TRACE),
];

/// What the log tells of each area; nothing of anything else.
#[derive(Clone, Debug)]
pub(super) struct LogFilter(Targets);

impl LogFilter {
    /// It as `tracing` knows it.
    pub(super) fn targets(&self) -> Targets {
        self.0.clone()
    }
}

/// Reads a filter: a level for all areas, `AREA=LEVEL` for one, or several of these with commas.
pub(super) fn filter(text: &str) -> Result<LogFilter, String> {
    let mut targets = Targets::new();
    for part in text.split(',') {
        let (area, level) = match part.split_once('=') {
            Some((area, level)) => (Some(area), level),
            None => (None, part),
        };
        let level = LEVELS.iter().find(|(name, _)| *name == level);
        let (_, level) =
            level.ok_or_else(|| expected("a level is", &LEVELS.map(|(name, _)| name)))?;
        let named = AREAS.iter().filter(|(name, _)| area.is_none_or(|area| area == *name));
        let named: Vec<_> = named.map(|(_, target)| *target).collect();
        if named.is_empty() {
            return Err(expected("an area is", &AREAS.map(|(name, _)| name)));
        }
        targets = targets.with_targets(named.into_iter().map(|target| (target, *level)));
    }
    Ok(LogFilter(targets))
}

fn expected(what: &str, names: &[&str]) -> String {
    format!("{what} one of {}; write such as `debug` or `call=debug,run=info`", names.join(", "))
}

#[cfg(test)]
mod tests {
    use tracing::Level;

    use super::*;
    use crate::telemetry::{CALL, RUN};

    #[test]
    fn a_filter_has_a_level_for_all_areas_or_for_one_and_the_last_counts() {
        for (text, of_calls, of_runs) in [
            ("debug", Some(Level::DEBUG), Some(Level::DEBUG)),
            ("call=trace", Some(Level::TRACE), None),
            ("info,call=debug", Some(Level::DEBUG), Some(Level::INFO)),
            ("debug,run=off", Some(Level::DEBUG), None),
        ] {
            let LogFilter(targets) = filter(text).expect(text);
            let most = |target| {
                let levels = [Level::TRACE, Level::DEBUG, Level::INFO, Level::WARN, Level::ERROR];
                levels.into_iter().find(|level| targets.would_enable(target, level))
            };
            assert_eq!((most(CALL), most(RUN)), (of_calls, of_runs), "{text}");
            assert_eq!(most("hyper"), None, "{text}: what others log is never heard");
        }
    }

    #[test]
    fn a_filter_that_names_something_else_is_refused_with_what_there_is() {
        for (text, named) in
            [("loud", "off, error"), ("", "off, error"), ("hyper=debug", "call, run, record")]
        {
            let refused = filter(text).expect_err(text);
            assert!(refused.contains(named), "{text}: {refused}");
        }
    }
}
