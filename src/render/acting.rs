//! What a step is doing, in words.

use super::words::count;
use crate::{
    model::InstanceId,
    plan::{Action, Plan},
};

/// What a step does while it goes on; none for one that shows nothing.
pub(super) fn doing(action: &Action) -> Option<String> {
    Some(match action {
        Action::MakeKey { name, .. } => format!("making the private key {name}"),
        Action::ImportPair { region, name, .. } => {
            format!("importing the key pair {name} in {region}")
        }
        Action::CreatePair { region, name, .. } => {
            format!("creating the key pair {name} in {region}")
        }
        Action::GroupPair { region, name, .. } => {
            format!("changing the resource group of {name} in {region}")
        }
        Action::AdoptPair { region, name, .. } => {
            format!("taking over the key pair {name} in {region}")
        }
        Action::TagPair { region, name, .. } | Action::UntagPair { region, name, .. } => {
            format!("changing tags of {name} in {region}")
        }
        Action::Attach { name, .. } => format!("binding to {name}"),
        Action::Detach { name, .. } => format!("unbinding from {name}"),
        Action::Restart { .. } => "restarting".to_owned(),
        Action::Prove { .. } => "logging on".to_owned(),
        Action::DeletePair { region, name } => format!("deleting the key pair {name} in {region}"),
        Action::RetireKey { name, .. } => format!("putting the private key {name} aside"),
        Action::Gate { .. } | Action::Defer { .. } | Action::Record { .. } => return None,
    })
}

/// The binding and the wave that a step belongs to; none for one that is no part of a wave.
pub(super) fn wave(plan: &Plan, action: &Action) -> Option<String> {
    action.binding().zip(action.wave()).map(|(binding, wave)| match wave {
        0 if are_stopped(plan, action) => format!("{binding}, stopped instances"),
        0 => format!("{binding}, not restarted by keyform"),
        wave => format!("{binding}, wave {wave}"),
    })
}

/// Whether all instances of a step were found Stopped. Wave 0 has all that are not restarted, those
/// of `when: manual` too.
fn are_stopped(plan: &Plan, action: &Action) -> bool {
    let fleet = action.fleet().and_then(|(region, binding)| plan.fleet(region, binding));
    fleet.is_some_and(|fleet| action.items().iter().all(|item| fleet.stopped.contains(&item.id)))
}

/// A few instances by their ids, and many by their number.
pub(super) fn few(ids: &[InstanceId]) -> String {
    match ids {
        [] => "nothing".to_owned(),
        [one] => one.to_string(),
        [first, ..] if ids.len() > 4 => {
            format!("{} from {first}", count(ids.len(), "instance"))
        }
        _ => ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
    }
}
