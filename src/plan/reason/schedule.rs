//! Reasons that concern when an instance is restarted.

use std::{fmt, time::Duration};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{ReasonCode, words::second};
use crate::model::{
    InstanceStatus, Timestamp,
    schedule::{Window, Zone},
    time::length,
};

/// What keeps an instance from being restarted now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "code", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum ScheduleReason {
    /// An earlier run restarts it.
    Restarting {
        /// Its status.
        status: InstanceStatus,
    },
    /// An earlier run has restarted it, and it is Stopped since.
    NotBack,
    /// It may be prepared for a restart, and is Stopped.
    StoppedPrepared,
    /// It may be prepared for a restart, and is forgotten.
    LeftPrepared,
    /// The restarts of its binding are paused.
    Paused {
        /// Until when.
        until: Timestamp,
        /// The zone in which people read that; UTC without one.
        time_zone: Option<Zone>,
        /// Why, as the manifest says.
        why: String,
    },
    /// The restarts of its binding are denied.
    Denied {
        /// When they may begin.
        until: Timestamp,
        /// The zone in which people read that; UTC without one.
        time_zone: Option<Zone>,
        /// How long that is from the moment of the plan.
        after_seconds: u64,
        /// Why, as the manifest says.
        why: String,
    },
    /// It waits for a window.
    WaitsForWindow {
        /// Which one.
        window: Window,
        /// When it opens, for a restart that takes so long.
        opens: Timestamp,
        /// How long that is from the moment of the plan.
        after_seconds: u64,
    },
    /// No window comes in which its restart can be done.
    NoWindow {
        /// How long the restart may take.
        estimate_seconds: u64,
    },
    /// The project's limit of restarts is reached.
    RestartLimit,
    /// People restart it, so that a binding takes effect then.
    Manual,
    /// People restart it, so that an unbinding takes effect then.
    ManualUnbound,
    /// It is Stopped, so that a binding takes effect when it is started.
    BoundWhileStopped,
    /// It is Stopped, so that an unbinding takes effect when it is started.
    UnboundWhileStopped,
}

impl ScheduleReason {
    /// Its stable code.
    #[must_use]
    pub fn code(&self) -> ReasonCode {
        match self {
            Self::Restarting { .. } => ReasonCode::Restarting,
            Self::NotBack => ReasonCode::NotBack,
            Self::StoppedPrepared => ReasonCode::StoppedPrepared,
            Self::LeftPrepared => ReasonCode::LeftPrepared,
            Self::Paused { .. } => ReasonCode::Paused,
            Self::Denied { .. } => ReasonCode::Denied,
            Self::WaitsForWindow { .. } => ReasonCode::WaitsForWindow,
            Self::NoWindow { .. } => ReasonCode::NoWindow,
            Self::RestartLimit => ReasonCode::RestartLimit,
            Self::Manual => ReasonCode::Manual,
            Self::ManualUnbound => ReasonCode::ManualUnbound,
            Self::BoundWhileStopped => ReasonCode::BoundWhileStopped,
            Self::UnboundWhileStopped => ReasonCode::UnboundWhileStopped,
        }
    }
}

impl fmt::Display for ScheduleReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            // Time, a person or a later run resolves each of these, so the sentences name which.
            // Moments are told in the zone of the windows, where the reader's calendar is.
            Self::Restarting { status } => write!(
                f,
                "an earlier run restarts it, and it is {status}; its return is waited for, and it \
                 is not restarted again"
            ),
            Self::NotBack => f.write_str(
                "an earlier run has restarted it, and it has not come back: it is Stopped; start \
                 it, and until then it counts as down",
            ),
            Self::StoppedPrepared => f.write_str(
                "an earlier run has prepared it for a restart, and it is Stopped; its hook `after` \
                 puts it back once somebody has started it",
            ),
            Self::LeftPrepared => f.write_str(
                "an earlier run has prepared it for a restart, and its hook `after` has not put it \
                 back; it is let go of now, so put it back by hand",
            ),
            Self::Paused { until, time_zone, why } => write!(
                f,
                "restarts of its Binding are paused until {}: {why}; nothing is done to it before",
                format_time(*until, time_zone.as_ref())
            ),
            Self::Denied { until, time_zone, after_seconds, why } => write!(
                f,
                "restarts of its Binding are denied ({why}); they may begin {} (in {}), and \
                 nothing is done to it before",
                format_time(*until, time_zone.as_ref()),
                length(Duration::from_secs(*after_seconds))
            ),
            Self::WaitsForWindow { window, opens, after_seconds } => write!(
                f,
                "it waits for its window {window}, which opens {} (in {})",
                window.time_zone.clock(*opens),
                length(Duration::from_secs(*after_seconds))
            ),
            Self::NoWindow { estimate_seconds } => write!(
                f,
                "no window comes within two years that is open for the {} that its restart may \
                 take; change the `windows`, the `deny` or the `timeout` of its Binding",
                length(Duration::from_secs(*estimate_seconds))
            ),
            Self::RestartLimit => f.write_str(
                "`limits.restartsPerRun` of the Project leaves it to a later run; apply again \
                 after this one",
            ),
            Self::Manual => f.write_str(
                "people restart it (`when: manual`); what it is bound to takes effect when \
                 somebody does",
            ),
            Self::ManualUnbound => f.write_str(
                "people restart it (`when: manual`); its unbinding takes effect when somebody does",
            ),
            Self::BoundWhileStopped => f.write_str(
                "it is Stopped and is not started; what it is bound to takes effect when somebody \
                 starts it",
            ),
            Self::UnboundWhileStopped => f.write_str(
                "it is Stopped and is not started; its unbinding takes effect when somebody \
                 starts it",
            ),
        }
    }
}

/// A moment as people read it where the windows are.
fn format_time(moment: Timestamp, time_zone: Option<&Zone>) -> String {
    match time_zone {
        Some(zone) => zone.local(moment),
        None => second(moment).to_string(),
    }
}
