//! In flight: how far a restart is that a run has begun, and of which no run has seen the end.

use super::{entry::Intent, record::RecordInstance, records::Records};
use crate::model::{Address, InstanceRef, InstanceStatus, ObservedInstance, Region, RestartPolicy};

/// How far a restart is that an earlier run was about to ask for.
///
/// Whether an instance is prepared for a restart is not of this but of its record: see
/// [`RecordInstance::is_half_done`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InFlight {
    /// No run was about to restart it, or one has seen the end of that.
    No,
    /// It is Running: not down yet, back already, or never asked to restart.
    Asked,
    /// It is on its way from one status to another: watched to its return.
    Returning,
    /// It went down and is Stopped, and was not back since: a person has to start it.
    LeftStopped,
    /// It is Stopped, but was back since: others have stopped it.
    StoppedAgain,
}

impl InFlight {
    /// How far it is, by the call on an instance of which the outcome is unknown.
    #[must_use]
    pub fn of(intent: Option<&Intent>, observed: &ObservedInstance) -> Self {
        let Some(intent) = intent.filter(|intent| intent.is_of_restart()) else { return Self::No };
        match observed.status {
            InstanceStatus::Running => Self::Asked,
            InstanceStatus::Stopped if is_away(intent, observed) => Self::LeftStopped,
            InstanceStatus::Stopped => Self::StoppedAgain,
            InstanceStatus::Pending
            | InstanceStatus::Starting
            | InstanceStatus::Stopping
            | InstanceStatus::Unknown => Self::Returning,
        }
    }

    /// Whether a run was about to restart it, whatever became of that.
    #[must_use]
    pub fn is_begun(self) -> bool {
        self != Self::No
    }

    /// Whether it is not Running since: what was bound then is in effect once it is back.
    #[must_use]
    pub fn is_down(self) -> bool {
        matches!(self, Self::Returning | Self::LeftStopped | Self::StoppedAgain)
    }
}

/// Whether an instance was not back since its restart was asked for. A later StartTime shows only
/// that a boot has begun: one that was seen down before stays away until it is seen Running.
fn is_away(intent: &Intent, observed: &ObservedInstance) -> bool {
    match intent {
        Intent::Restart { seen_back: Some(_), .. } => false,
        Intent::Restart { seen_down: Some(_), .. } => true,
        Intent::Restart { start_time: before, .. } => {
            let times = observed.start_time.zip(*before);
            !times.is_some_and(|(now, before)| now.is_after(before))
        }
        _ => false,
    }
}

impl Intent {
    /// Whether it is a part of a restart.
    #[must_use]
    pub fn is_of_restart(&self) -> bool {
        matches!(self, Self::Restart { .. } | Self::PutBack { .. })
    }
}

impl RecordInstance {
    /// Whether the instance may be prepared for a restart, or back from one, and what puts it back
    /// has not run.
    #[must_use]
    pub fn is_half_done(&self, restart: &RestartPolicy) -> bool {
        self.prepared.is_some() && restart.after.is_some()
    }
}

impl Records {
    /// The call on an instance of which the outcome is unknown.
    #[must_use]
    pub fn intent(&self, at: &InstanceRef) -> Option<&Intent> {
        self.intent_at(&Address::Instance(at.clone()))
    }

    /// How far a restart of an instance is.
    #[must_use]
    pub fn in_flight(&self, region: &Region, observed: &ObservedInstance) -> InFlight {
        InFlight::of(self.intent(&observed.id.in_region(region)), observed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        model::{CloudName, InstanceId, ServiceTime, Tags, Timestamp},
        state::Evidence,
    };

    const BEFORE: &str = "2026-01-01T00:05Z";
    const LATER: &str = "2026-01-01T00:06Z";

    fn time(text: &str) -> Option<ServiceTime> {
        Some(ServiceTime::parse(text).expect("a time of the service"))
    }

    fn seen(status: InstanceStatus, start_time: Option<ServiceTime>) -> ObservedInstance {
        ObservedInstance {
            id: InstanceId::new("i-bp1a0001"),
            name: String::new(),
            status,
            os_type: "linux".to_owned(),
            instance_type_family: "ecs.g7".to_owned(),
            io_optimized: true,
            bound: None,
            start_time,
            tags: Tags::new(),
            locks: Vec::new(),
            private_address: None,
            public_address: None,
        }
    }

    #[test]
    fn how_far_a_restart_is_shows_in_the_status_and_the_start_time() {
        use InFlight::{Asked, LeftStopped, No, Returning, StoppedAgain};
        use InstanceStatus::{Pending, Running, Starting, Stopped, Stopping, Unknown};
        let at = Timestamp::from_milliseconds(0);
        let asked = |start_time, seen_down, seen_back| Intent::Restart {
            start_time,
            bound: None,
            at,
            seen_down,
            seen_back,
        };
        let restart = asked(time(BEFORE), None, None);
        let unknown = asked(None, None, None);
        let down = asked(time(BEFORE), Some(at), None);
        let back = asked(time(BEFORE), Some(at), Some(at));
        let put_back = Intent::PutBack { bound: None, evidence: Evidence::SeenBack { at } };
        let attach = Intent::Attach { name: CloudName::new("web"), purpose: None };
        for (intent, status, start_time, stage) in [
            (&restart, Running, BEFORE, Asked),
            (&restart, Running, LATER, Asked),
            (&restart, Stopping, BEFORE, Returning),
            (&restart, Pending, BEFORE, Returning),
            (&restart, Starting, LATER, Returning),
            (&restart, Unknown, LATER, Returning),
            (&restart, Stopped, BEFORE, LeftStopped),
            (&restart, Stopped, LATER, StoppedAgain),
            (&unknown, Stopped, LATER, LeftStopped),
            (&down, Running, LATER, Asked),
            (&down, Starting, LATER, Returning),
            (&down, Stopped, LATER, LeftStopped),
            (&back, Running, BEFORE, Asked),
            (&back, Stopped, BEFORE, StoppedAgain),
            (&put_back, Running, BEFORE, Asked),
            (&put_back, Starting, BEFORE, Returning),
            (&put_back, Stopped, BEFORE, StoppedAgain),
            (&attach, Running, BEFORE, No),
            (&attach, Starting, BEFORE, No),
            (&attach, Stopped, BEFORE, No),
        ] {
            let found = InFlight::of(Some(intent), &seen(status, time(start_time)));
            assert_eq!(found, stage, "{intent:?}, {status}, started {start_time}");
        }
        assert_eq!(InFlight::of(None, &seen(Stopped, time(BEFORE))), No);
        // Without a StartTime nothing shows that it has booted.
        assert_eq!(InFlight::of(Some(&restart), &seen(Stopped, None)), LeftStopped);
        for (stage, is_begun, is_down) in [
            (No, false, false),
            (Asked, true, false),
            (Returning, true, true),
            (LeftStopped, true, true),
            (StoppedAgain, true, true),
        ] {
            assert_eq!((stage.is_begun(), stage.is_down()), (is_begun, is_down), "{stage:?}");
        }
    }
}
