//! `restart` as it is written, and what else is about time.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{super::schema, AtLeast, RawProgram, Text, written};
use crate::model::{
    GroupName, MaxUnavailable, RestartWhen,
    schedule::{ClockTime, Moment, Span, Zone},
};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, expecting = "a mapping")]
#[schemars(extend(
    "if" = schema::waits_for_windows(),
    "then" = schema::some_windows(),
    "else" = schema::no_windows()
))]
pub(in crate::manifest) struct RawRestart {
    /// When instances may be restarted: a key pair takes effect only at a restart.
    #[schemars(required, with = "Option<RestartWhen>")]
    pub(in crate::manifest) when: Option<Text>,
    /// How many instances of a Binding may be down together: a number, or a share of them such as
    /// `10%`, rounded down to at least one. Without this it is 1.
    #[serde(default, deserialize_with = "written")]
    #[schemars(transform = schema::never_null)]
    pub(in crate::manifest) max_unavailable: Option<MaxUnavailable>,
    /// When restarts may run with `when: window`. Windows that touch or overlap are one.
    pub(in crate::manifest) windows: Option<Vec<RawWindow>>,
    /// Times in which no instance is restarted, also within a window.
    pub(in crate::manifest) deny: Option<Vec<RawDeny>>,
    /// How many instances are restarted in a first wave, before all others: a number, or a share
    /// such as `5%`. Never more than maxUnavailable.
    #[serde(default, deserialize_with = "written")]
    #[schemars(transform = schema::never_null)]
    pub(in crate::manifest) canary: Option<MaxUnavailable>,
    /// A name. The Bindings with the same one count their instances that are down together.
    #[schemars(with = "Option<GroupName>")]
    #[serde(default, deserialize_with = "written")]
    #[schemars(transform = schema::never_null)]
    pub(in crate::manifest) group: Option<Text>,
    /// How many instances may fail before no later wave begins. Without this it is 0: the first
    /// failure ends it.
    #[serde(default, deserialize_with = "written")]
    #[schemars(transform = schema::never_null)]
    pub(in crate::manifest) max_failures: Option<AtLeast<0>>,
    /// How long is waited when an instance is back, before it counts as back, such as `30s`: at
    /// most `1d`. Without this nothing is waited.
    #[serde(default, deserialize_with = "written")]
    #[schemars(transform = schema::never_null)]
    pub(in crate::manifest) settle: Option<Span>,
    /// How long an instance may take to come back before it counts as failed, `1s` to `1d`.
    /// Without this it is `10m`.
    #[serde(default, deserialize_with = "written")]
    #[schemars(transform = schema::never_null)]
    pub(in crate::manifest) timeout: Option<Span>,
    /// No instance is restarted for a time.
    #[serde(default, deserialize_with = "written")]
    #[schemars(transform = schema::never_null)]
    pub(in crate::manifest) paused: Option<RawException>,
    /// What runs for an instance before it is restarted, such as what takes it out of a load
    /// balancer. If that fails it is not restarted.
    #[serde(default, deserialize_with = "written")]
    #[schemars(transform = schema::never_null)]
    pub(in crate::manifest) before: Option<RawProgram>,
    /// What runs for an instance when it is back from its restart.
    #[serde(default, deserialize_with = "written")]
    #[schemars(transform = schema::never_null)]
    pub(in crate::manifest) after: Option<RawProgram>,
}

/// A time that comes again every week. Its duration is time that passes, whatever clocks are set
/// to meanwhile.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, expecting = "a mapping")]
pub(in crate::manifest) struct RawWindow {
    /// The days on which it starts; it may end on another. Without this it is there every day.
    #[schemars(with = "Option<schema::WindowDays>")]
    #[serde(default, deserialize_with = "written")]
    #[schemars(transform = schema::never_null)]
    pub(in crate::manifest) days: Option<Vec<Text>>,
    /// When it starts by the clocks of its zone. Where they are set forward over that time it is
    /// the first moment after; where they show it twice it is the first of the two.
    #[schemars(required)]
    pub(in crate::manifest) start: Option<ClockTime>,
    /// How long it lasts, `1m` to `7d`, such as `3h`.
    #[schemars(required)]
    pub(in crate::manifest) duration: Option<Span>,
    /// The time zone of its days and its start, by its IANA name.
    #[schemars(required, with = "Option<Zone>")]
    pub(in crate::manifest) time_zone: Option<Text>,
}

/// A time in which no instance is restarted.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, expecting = "a mapping")]
pub(in crate::manifest) struct RawDeny {
    /// The first day, or the first moment.
    #[schemars(required)]
    pub(in crate::manifest) from: Option<Moment>,
    /// The last day, or the first moment after.
    #[schemars(required)]
    pub(in crate::manifest) to: Option<Moment>,
    /// Why, in one line.
    #[schemars(required, with = "Option<schema::Reason>")]
    pub(in crate::manifest) reason: Option<Text>,
    /// The time zone of the dates. Without this it is that of the windows.
    #[schemars(with = "Option<Zone>")]
    #[serde(default, deserialize_with = "written")]
    #[schemars(transform = schema::never_null)]
    pub(in crate::manifest) time_zone: Option<Text>,
}

/// What somebody decides for a time.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, expecting = "a mapping")]
pub(in crate::manifest) struct RawException {
    /// Why, in one line.
    #[schemars(required, with = "Option<schema::Reason>")]
    pub(in crate::manifest) reason: Option<Text>,
    /// The last day of it, or the first moment after.
    #[schemars(required)]
    pub(in crate::manifest) until: Option<Moment>,
    /// The time zone of the date. Without this it is that of the windows, if there are any.
    #[schemars(with = "Option<Zone>")]
    #[serde(default, deserialize_with = "written")]
    #[schemars(transform = schema::never_null)]
    pub(in crate::manifest) time_zone: Option<Text>,
}
