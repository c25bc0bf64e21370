//! What can cost a login: the changes that a reviewer must not miss.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    manifest::Origin,
    model::{BindingName, CloudName, InstanceId, Region},
    plan::{Action, Fleet, Item, Plan, Step},
};

/// A kind of dangerous change, the worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DangerKind {
    /// Instances are unbound: passwords are allowed again, and none may be set (R10).
    Unbind,
    /// A key pair is deleted.
    Delete,
    /// Instances are taken from pairs that this project did not make (L6).
    ReplaceForeign,
    /// Instances are restarted by a power cut.
    PowerCut,
    /// Instances are restarted, and neither a proof nor a canary shows that their keys work.
    Unverified,
}

/// What a dangerous change is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// The instances of a Binding.
    Binding(BindingName),
    /// A pair, by its name in the cloud.
    Pair(CloudName),
}

/// All changes of one kind to one subject in one region.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Danger {
    /// Which kind.
    pub kind: DangerKind,
    /// What it is about.
    pub subject: Subject,
    /// Where.
    pub region: Region,
    /// The instances, sorted; none for a pair.
    pub instances: Vec<InstanceId>,
    /// Where the manifest says it, if one does.
    pub origin: Option<Origin>,
}

/// The dangerous changes of a plan, deferred ones too, ordered by kind, subject and region.
#[must_use]
pub fn dangers(plan: &Plan) -> Vec<Danger> {
    let mut found: BTreeMap<_, (BTreeSet<InstanceId>, Option<Origin>)> = BTreeMap::new();
    for step in &plan.steps {
        for (kind, subject, instances) in of_step(plan, step) {
            let Some(region) = step.action.region() else { continue };
            let (all, origin) = found.entry((kind, subject, region.clone())).or_default();
            all.extend(instances.into_iter().cloned());
            *origin = origin.take().or_else(|| step.origin.clone());
        }
    }
    let danger = |((kind, subject, region), (instances, origin))| Danger {
        kind,
        subject,
        region,
        instances: Vec::from_iter::<BTreeSet<_>>(instances),
        origin,
    };
    found.into_iter().map(danger).collect()
}

type Found<'a> = (DangerKind, Subject, Vec<&'a InstanceId>);

fn of_step<'a>(plan: &'a Plan, step: &'a Step) -> Vec<Found<'a>> {
    let action = &step.action;
    if let Action::DeletePair { name, .. } = action {
        return vec![(DangerKind::Delete, Subject::Pair(name.clone()), Vec::new())];
    }
    let Some((region, binding)) = action.fleet() else { return Vec::new() };
    let items = action.items();
    let with = |is_meant: &dyn Fn(&Item) -> bool| -> Vec<&InstanceId> {
        items.iter().filter(|item| is_meant(item)).map(|item| &item.id).collect()
    };
    let taken = with(&|item| item.foreign.is_some());
    let found = match action {
        Action::Detach { .. } => vec![(DangerKind::Unbind, with(&|_| true))],
        // Work that is only deferred is approved with this plan.
        Action::Defer { name: None, .. } => {
            vec![(DangerKind::Unbind, with(&|item| item.bound.is_some()))]
        }
        Action::Attach { .. } | Action::Defer { .. } => vec![(DangerKind::ReplaceForeign, taken)],
        Action::Restart { forced, .. } => {
            let is_unverified = plan.fleet(region, binding).is_some_and(is_unverified);
            vec![
                // Others have unbound them, and this restart makes it so.
                (DangerKind::Unbind, with(&|item| item.bound.is_none())),
                (DangerKind::PowerCut, with(&|_| *forced)),
                (DangerKind::Unverified, with(&|item| is_unverified && item.bound.is_some())),
            ]
        }
        _ => Vec::new(),
    };
    let is_real = |(_, instances): &(DangerKind, Vec<&InstanceId>)| !instances.is_empty();
    let of_binding = |(kind, instances)| (kind, Subject::Binding(binding.clone()), instances);
    found.into_iter().filter(is_real).map(of_binding).collect()
}

/// Whether nothing but StartTime will tell that the keys of a fleet work.
fn is_unverified(fleet: &Fleet) -> bool {
    fleet.proof.is_none() && fleet.canary_wave.is_none()
}

#[cfg(test)]
mod tests;
