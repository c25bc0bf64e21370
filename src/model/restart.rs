//! When and how the instances of a binding may be restarted.

use std::{fmt, time::Duration};

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{
    GroupName, Program, Proof, Timestamp,
    schedule::{Calendar, Deny, Paused, Span, Window},
};

use crate::visible;

/// When and how the instances of a binding may be restarted.
///
/// What has its default is not written, so that states and plans without it stay as they are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RestartPolicy {
    /// When restarts may begin.
    pub when: RestartWhen,
    /// How many instances of the binding may be down together.
    pub max_unavailable: MaxUnavailable,
    /// The windows of `when: window`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub windows: Vec<Window>,
    /// Times in which no instance is restarted, whatever else is said.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub deny: Vec<Deny>,
    /// How many instances are restarted in a first wave, before all others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub canary: Option<MaxUnavailable>,
    /// What bindings name that share one budget of instances that are down.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<GroupName>,
    /// How many instances may fail before no later wave begins.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub max_failures: u32,
    /// How long is waited when an instance is back, before it counts as back.
    #[serde(default, skip_serializing_if = "Span::is_zero")]
    pub settle: Span,
    /// How long an instance may take to come back, before it counts as failed.
    #[serde(default = "default_timeout", skip_serializing_if = "is_default_timeout")]
    pub timeout: Span,
    /// That no instance is restarted for a time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paused: Option<Box<Paused>>,
    /// What runs for an instance before it is restarted; if that fails it is not restarted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Box<Program>>,
    /// What runs for an instance when it is back from its restart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Box<Program>>,
    /// Whether instances that Auto Scaling or ACK made are bound and restarted like others (R13).
    /// It is not of `restart`, but `managedInstances` of the binding: the record of an instance has
    /// to say it when the binding is gone.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub include_managed: bool,
}

impl RestartPolicy {
    /// How long an instance may take to come back unless the policy says otherwise.
    pub const TIMEOUT: Span = Span::minutes(10);

    /// A policy with the default of everything else.
    #[must_use]
    pub fn new(when: RestartWhen, max_unavailable: MaxUnavailable) -> Self {
        Self {
            when,
            max_unavailable,
            windows: Vec::new(),
            deny: Vec::new(),
            canary: None,
            group: None,
            max_failures: 0,
            settle: Span::ZERO,
            timeout: Self::TIMEOUT,
            paused: None,
            before: None,
            after: None,
            include_managed: false,
        }
    }

    /// When restarts may run by the windows and by what is denied. For `manual` it says when they
    /// may run once somebody asks for them.
    #[must_use]
    pub fn calendar(&self) -> Calendar {
        match self.when {
            RestartWhen::Window => Calendar::of_windows(&self.windows, &self.deny),
            RestartWhen::Now | RestartWhen::Manual => Calendar::without_windows(&self.deny),
        }
    }

    /// The same for what is urgent: windows do not count, and what is denied still does.
    #[must_use]
    pub fn urgent_calendar(&self) -> Calendar {
        Calendar::without_windows(&self.deny)
    }

    /// When restarts may run that are urgent or not.
    #[must_use]
    pub fn calendar_if(&self, urgent: bool) -> Calendar {
        if urgent { self.urgent_calendar() } else { self.calendar() }
    }

    /// How long a restart may take with all that belongs to it, until its instance is proven: what
    /// begins must end within its window. Once it is known how long a restart takes, that counts in
    /// the place of the timeout.
    #[must_use]
    pub fn estimate(&self, restart_seconds: Option<u32>, proof: Option<&Proof>) -> Duration {
        let hook = |hook: &Option<Box<Program>>| {
            hook.as_ref().map_or(Duration::ZERO, |program| program.timeout.duration())
        };
        let learned = restart_seconds.map(|seconds| Duration::from_secs(seconds.into()));
        let restart = learned.map_or(self.timeout(), |learned| learned.min(self.timeout()));
        let parts = [
            hook(&self.before),
            restart,
            self.settle(),
            hook(&self.after),
            proof.map_or(Duration::ZERO, Proof::timeout),
        ];
        parts.into_iter().fold(Duration::ZERO, Duration::saturating_add)
    }

    /// How many of `count` instances are in the first wave: never more than may be down together.
    /// `None` if there is no such wave.
    #[must_use]
    pub fn canary_among(&self, count: usize) -> Option<usize> {
        let allowed = self.max_unavailable.among(count).min(count);
        self.canary.map(|canary| canary.among(count).min(allowed))
    }

    /// How long is waited when an instance is back, before it counts as back.
    #[must_use]
    pub fn settle(&self) -> Duration {
        self.settle.duration()
    }

    /// How long an instance may take to come back, before it counts as failed.
    #[must_use]
    pub fn timeout(&self) -> Duration {
        self.timeout.duration()
    }

    /// The pause that holds at a moment.
    #[must_use]
    pub fn paused_at(&self, now: Timestamp) -> Option<&Paused> {
        self.paused.as_deref().filter(|paused| paused.holds_at(now))
    }
}

fn is_zero(number: &u32) -> bool {
    *number == 0
}

fn default_timeout() -> Span {
    RestartPolicy::TIMEOUT
}

fn is_default_timeout(timeout: &Span) -> bool {
    *timeout == RestartPolicy::TIMEOUT
}

/// When restarts may begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum RestartWhen {
    /// During the apply that binds.
    Now,
    /// In the windows, by the apply that binds or by a later one.
    Window,
    /// When somebody restarts the instances, or tells keyform to.
    Manual,
}

/// How many of a binding's instances: a number, or a share of all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema)]
#[schemars(with = "serde_json::Value", extend("anyOf" = [
    { "type": "integer", "minimum": 1, "maximum": u32::MAX },
    { "type": "string", "pattern": "^(0*[1-9][0-9]{0,9}|0*([1-9][0-9]?|100)%)$" },
], "examples" = [1, "10%"]))]
pub enum MaxUnavailable {
    /// 1 or more.
    Number(u32),
    /// 1 to 100, of all instances of the binding, rounded down, but at least one instance.
    Percent(u32),
}

impl MaxUnavailable {
    /// Reads `3` or `10%`.
    ///
    /// # Errors
    /// Returns the sentence to show.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (digits, percent) = match text.strip_suffix('%') {
            Some(digits) => (digits, true),
            None => (text, false),
        };
        let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        match digits.parse::<u32>() {
            Ok(number) if plain && percent && (1..=100).contains(&number) => {
                Ok(Self::Percent(number))
            }
            Ok(number) if plain && !percent && number >= 1 => Ok(Self::Number(number)),
            _ => Err(format!(
                "`{}` is not a number of instances: write a whole number from 1, or a share from \"1%\" to \"100%\"",
                visible::line(text)
            )),
        }
    }

    /// How many instances that is among `count`.
    #[must_use]
    pub fn among(self, count: usize) -> usize {
        match self {
            Self::Number(number) => usize::try_from(number).unwrap_or(usize::MAX),
            Self::Percent(percent) => {
                let share = count.saturating_mul(percent as usize) / 100;
                share.max(1)
            }
        }
    }
}

impl fmt::Display for MaxUnavailable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Percent(percent) => write!(f, "{percent}%"),
        }
    }
}

impl Serialize for MaxUnavailable {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Number(number) => serializer.serialize_u32(*number),
            Self::Percent(_) => serializer.collect_str(self),
        }
    }
}

impl<'de> Deserialize<'de> for MaxUnavailable {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl serde::de::Visitor<'_> for Visitor {
            type Value = MaxUnavailable;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number of instances, or a share such as \"10%\"")
            }

            fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<MaxUnavailable, E> {
                MaxUnavailable::parse(&number.to_string()).map_err(E::custom)
            }

            fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<MaxUnavailable, E> {
                MaxUnavailable::parse(&number.to_string()).map_err(E::custom)
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<MaxUnavailable, E> {
                MaxUnavailable::parse(text).map_err(E::custom)
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_round_down_to_at_least_one() {
        for (text, count, allowed) in [
            ("1", 40, 1),
            ("3", 2, 3),
            ("10%", 40, 4),
            ("10%", 19, 1),
            ("1%", 5, 1),
            ("100%", 7, 7),
        ] {
            let parsed = MaxUnavailable::parse(text).expect(text);
            assert_eq!(parsed.among(count), allowed, "{text} of {count}");
            assert_eq!(parsed.to_string(), text);
        }
        for bad in ["0", "-1", "0%", "101%", "1.5", "", "%", "+1", "all"] {
            assert!(MaxUnavailable::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_policy_of_an_older_state_is_read_and_written_as_it_was() {
        let older = serde_json::json!({"when": "now", "maxUnavailable": 1});
        let policy: RestartPolicy = serde_json::from_value(older.clone()).expect("a policy");
        assert_eq!(policy, RestartPolicy::new(RestartWhen::Now, MaxUnavailable::Number(1)));
        assert_eq!(policy.timeout(), Duration::from_secs(600));
        assert_eq!(serde_json::to_value(&policy).expect("JSON"), older);
    }

    #[test]
    fn a_policy_with_everything_is_read_as_it_was_written() {
        let written = serde_json::json!({
            "when": "window",
            "maxUnavailable": "10%",
            "windows": [
                {"days": ["sat"], "start": "02:00", "duration": "3h", "timeZone": "Asia/Shanghai"},
            ],
            "deny": [{
                "from": "2026-12-19T16:00:00.000Z",
                "to": "2026-12-31T16:00:00.000Z",
                "reason": "year end",
            }],
            "canary": 1,
            "group": "web-tier",
            "maxFailures": 2,
            "settle": "30s",
            "timeout": "15m",
            "paused": {"reason": "an incident", "until": "2026-11-01T00:00:00.000Z"},
            "before": {"command": ["drain"], "timeout": "1m", "environment": {"LB": "lb-1"}},
            "after": {"command": ["undrain"]},
        });
        let policy: RestartPolicy = serde_json::from_value(written.clone()).expect("a policy");
        assert_eq!(serde_json::to_value(&policy).expect("JSON"), written);
        let pause = |text| policy.paused_at(Timestamp::parse(text).expect("a time"));
        assert!(pause("2026-10-31T23:59:59Z").is_some());
        assert!(pause("2026-11-01T00:00:00Z").is_none());
    }

    #[test]
    fn a_canary_is_never_larger_than_what_may_be_down() {
        let mut policy = RestartPolicy::new(RestartWhen::Now, MaxUnavailable::Number(3));
        assert_eq!(policy.canary_among(40), None);
        for (canary, count, among) in [("1", 40, 1), ("5%", 40, 2), ("50%", 40, 3), ("2", 1, 1)] {
            policy.canary = Some(MaxUnavailable::parse(canary).expect(canary));
            assert_eq!(policy.canary_among(count), Some(among), "{canary} of {count}");
        }
    }

    #[test]
    fn only_a_policy_of_windows_waits_for_them_and_what_is_denied_holds_for_all() {
        let time = |text| Timestamp::parse(text).expect("a time");
        let deny = Deny {
            from: time("2026-12-20T00:00:00Z"),
            to: time("2026-12-21T00:00:00Z"),
            reason: "year end".to_owned(),
        };
        for (when, is_open) in
            [(RestartWhen::Now, true), (RestartWhen::Manual, true), (RestartWhen::Window, false)]
        {
            let mut policy = RestartPolicy::new(when, MaxUnavailable::Number(1));
            policy.deny = vec![deny.clone()];
            for (calendar, is_open) in
                [(policy.calendar(), is_open), (policy.urgent_calendar(), true)]
            {
                let open = calendar.open_at(time("2026-12-19T12:00:00Z"));
                assert_eq!(open.map(|open| open.until), is_open.then_some(deny.from), "{when:?}");
                assert_eq!(calendar.open_at(deny.from), None, "{when:?}");
                assert_eq!(calendar.open_at(deny.to).is_some(), is_open, "{when:?}");
            }
        }
    }
}
