//! Why a plan does not pass the gate of a pipeline.

use std::path::Path;

use super::{
    place,
    view::{Danger, DangerKind, Subject},
    words::count,
};
use crate::visible;

/// What a gate stops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stops {
    /// A plan with something that a person must fix first.
    Blocked,
    /// A plan with a dangerous change of this kind.
    Danger(DangerKind),
}

impl Stops {
    /// All that a gate can stop, in the order in which it is told.
    pub const ALL: [Self; 6] = [
        Self::Blocked,
        Self::Danger(DangerKind::Unbind),
        Self::Danger(DangerKind::Delete),
        Self::Danger(DangerKind::ReplaceForeign),
        Self::Danger(DangerKind::PowerCut),
        Self::Danger(DangerKind::Unverified),
    ];

    /// As `--fail-on` names it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Blocked => "blocked",
            Self::Danger(DangerKind::Unbind) => "unbind",
            Self::Danger(DangerKind::Delete) => "delete",
            Self::Danger(DangerKind::ReplaceForeign) => "replaceForeign",
            Self::Danger(DangerKind::PowerCut) => "powerCut",
            Self::Danger(DangerKind::Unverified) => "unverified",
        }
    }
}

/// A line for each group of changes that the gate stops; none if the plan passes. `blocked` is how
/// many objects are blocked.
#[must_use]
pub fn stopped(
    stops: &[Stops],
    dangers: &[Danger],
    blocked: usize,
    project: &Path,
) -> Option<String> {
    let mut lines = Vec::new();
    for stop in Stops::ALL.into_iter().filter(|stop| stops.contains(stop)) {
        match stop {
            Stops::Blocked if blocked > 0 => {
                lines.push(format!("  {}: {}", stop.name(), count(blocked, "object")));
            }
            Stops::Blocked => {}
            Stops::Danger(kind) => {
                let of_kind = dangers.iter().filter(|danger| danger.kind == kind);
                lines.extend(
                    of_kind.map(|danger| format!("  {}: {}", stop.name(), line(danger, project))),
                );
            }
        }
    }
    (!lines.is_empty())
        .then(|| format!("--fail-on stops this plan. Nothing was changed.\n{}", lines.join("\n")))
}

fn line(danger: &Danger, project: &Path) -> String {
    let place =
        danger.origin.as_ref().map(|origin| format!("  {}", place::origin(project, origin)));
    let place = place.unwrap_or_default();
    let region = &danger.region;
    let text = match &danger.subject {
        Subject::Binding(name) => {
            format!("{} of {name} in {region}", count(danger.instances.len(), "instance"))
        }
        Subject::Pair(name) => format!("key pair {name} in {region}"),
    };
    format!("{}{place}", visible::line(&text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{BindingName, CloudName, InstanceId, Region};

    #[test]
    fn each_group_that_a_gate_stops_has_a_line() {
        let region = Region::new("cn-hangzhou").expect("a region");
        let ids = |number| (0..number).map(|n| InstanceId::new(format!("i-{n}"))).collect();
        let danger = |kind, subject, instances| Danger {
            kind,
            subject,
            region: region.clone(),
            instances,
            origin: None,
        };
        let fleet = Subject::Binding(BindingName::new("web-fleet"));
        let dangers = [
            danger(DangerKind::Unbind, fleet.clone(), ids(6)),
            danger(DangerKind::Delete, Subject::Pair(CloudName::new("web")), Vec::new()),
            danger(DangerKind::Unverified, fleet, ids(1)),
        ];
        let stopped = |stops: &[Stops]| super::stopped(stops, &dangers, 2, Path::new("."));
        assert_eq!(stopped(&[Stops::Danger(DangerKind::PowerCut)]), None);
        insta::assert_snapshot!(stopped(&Stops::ALL).expect("it stops"), @r"
        --fail-on stops this plan. Nothing was changed.
          blocked: 2 objects
          unbind: 6 instances of web-fleet in cn-hangzhou
          delete: key pair web in cn-hangzhou
          unverified: 1 instance of web-fleet in cn-hangzhou
        ");
    }
}
