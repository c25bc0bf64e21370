//! A restart policy, as the oracle reads it, and as it is written.

use std::fmt::Write as _;

use keyform::model::{MaxUnavailable, RestartWhen};
use proptest::prelude::*;

use super::calendar::{Deny, HOUR, MINUTE, Window, written};

/// How the instances of a binding are restarted.
#[derive(Clone, Debug)]
pub(super) struct Policy {
    pub(super) when: RestartWhen,
    pub(super) most: MaxUnavailable,
    windows: Vec<Window>,
    deny: Vec<Deny>,
    pub(super) canary: Option<MaxUnavailable>,
    pub(super) is_grouped: bool,
    max_failures: u32,
    /// In seconds.
    pub(super) settle: i64,
    timeout: i64,
    /// Until how many hours from the beginning.
    paused: Option<i64>,
}

pub(super) fn budget() -> impl Strategy<Value = MaxUnavailable> {
    prop_oneof![
        3 => (1_u32..4).prop_map(MaxUnavailable::Number),
        2 => (1_u32..=100).prop_map(MaxUnavailable::Percent),
    ]
}

impl Policy {
    pub(super) fn any() -> impl Strategy<Value = Self> {
        let when = prop_oneof![
            4 => Just(RestartWhen::Now),
            4 => Just(RestartWhen::Window),
            1 => Just(RestartWhen::Manual),
        ];
        let times = (
            prop::collection::vec(Window::any(), 1..3),
            prop::collection::vec(Deny::any(), 0..3),
            prop::option::weighted(0.15, 1_i64..400),
            prop::sample::select(vec![0_i64, 0, 20, 90]),
            prop::sample::select(vec![60_i64, 120, 300, 600]),
        );
        let counts = (budget(), prop::option::weighted(0.3, budget()), any::<bool>(), 0_u32..4);
        (when, counts, times).prop_map(
            |(
                when,
                (most, canary, is_grouped, max_failures),
                (windows, deny, paused, settle, timeout),
            )| {
                let windows = if when == RestartWhen::Window { windows } else { Vec::new() };
                let max_failures = max_failures.saturating_sub(1);
                Self {
                    when,
                    most,
                    windows,
                    deny,
                    canary,
                    is_grouped,
                    max_failures,
                    settle,
                    timeout,
                    paused,
                }
            },
        )
    }

    /// `begin` is the beginning of the story.
    pub(super) fn text(&self, begin: i64) -> String {
        let when = match self.when {
            RestartWhen::Now => "now",
            RestartWhen::Window => "window",
            RestartWhen::Manual => "manual",
        };
        let Self { most, max_failures, settle, timeout, .. } = self;
        let mut text = format!(
            "when: {when}, maxUnavailable: {most}, maxFailures: {max_failures}, settle: \
             {settle}s, timeout: {timeout}s"
        );
        let windows: Vec<_> = self.windows.iter().map(Window::text).collect();
        if !windows.is_empty() {
            let _ = write!(text, ", windows: [{}]", windows.join(", "));
        }
        let deny: Vec<_> = self.deny.iter().map(|deny| deny.text(begin)).collect();
        if !deny.is_empty() {
            let _ = write!(text, ", deny: [{}]", deny.join(", "));
        }
        if let Some(canary) = self.canary {
            let _ = write!(text, ", canary: {canary}");
        }
        if self.is_grouped {
            text.push_str(", group: tier");
        }
        if let Some(hours) = self.paused {
            let until = written(begin + hours * HOUR);
            let _ = write!(text, ", paused: {{reason: an incident, until: \"{until}\"}}");
        }
        text
    }

    /// Why nothing may be restarted at a moment, if so.
    pub(super) fn forbids(&self, begin: i64, now: i64, is_urgent: bool) -> Option<&'static str> {
        let waits = self.when == RestartWhen::Window && !is_urgent;
        if self.when == RestartWhen::Manual {
            Some("people restart it")
        } else if self.paused.is_some_and(|hours| now < begin + hours * HOUR) {
            Some("it is paused")
        } else if self.deny.iter().any(|deny| deny.holds(begin, now)) {
            Some("that is denied")
        } else if waits && !self.windows.iter().any(|window| window.is_open(now)) {
            Some("no window is open")
        } else {
            None
        }
    }

    /// A moment soon after the next start of a window, or now.
    pub(super) fn next_start(&self, now: i64) -> i64 {
        let starts = self.windows.iter().map(|window| window.next_start(now) + MINUTE);
        starts.min().unwrap_or(now)
    }
}

/// How many of so many instances a number or a share is.
pub(super) fn among(most: MaxUnavailable, count: usize) -> usize {
    match most {
        MaxUnavailable::Number(number) => number as usize,
        MaxUnavailable::Percent(share) => (count * share as usize / 100).max(1),
    }
}
