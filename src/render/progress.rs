//! What goes on in a run, line by line.

use super::words::count;
use crate::{
    apply::Progress,
    model::InstanceId,
    plan::{Action, Plan},
    visible,
};

/// A line for something that goes on; none for what nobody wants to read.
#[must_use]
pub fn line(plan: &Plan, progress: &Progress) -> Option<String> {
    let text = sentence(plan, progress)?;
    let Progress::Printed { output, .. } = progress else {
        return Some(visible::line(&text).into_owned());
    };
    let lines = output.trim_end().lines().map(|line| format!("  | {}", visible::lines(line)));
    let title = visible::line(&text).into_owned();
    Some(std::iter::once(title).chain(lines).collect::<Vec<_>>().join("\n"))
}

fn sentence(plan: &Plan, progress: &Progress) -> Option<String> {
    match progress {
        Progress::Started(step) => started(plan, &plan.step(*step)?.action),
        Progress::Back { step, instances } => {
            let action = &plan.step(*step)?.action;
            Some(format!("{}back: {}", wave(plan, action), few(instances)))
        }
        Progress::Retrying { failure, after, .. } => {
            Some(format!("trying again in {:.1} s: {}", after.as_secs_f64(), failure.message))
        }
        Progress::WaitingForOthers { binding, region, down, .. } => {
            Some(format!("{binding} in {region}: waiting, since these are down: {}", few(down)))
        }
        Progress::Printed { step, instance, purpose, .. } => {
            let action = &plan.step(*step)?.action;
            Some(format!("{}{instance}, {} printed:", wave(plan, action), purpose.words()))
        }
        Progress::Proven { step, instance } => {
            let action = &plan.step(*step)?.action;
            Some(format!("{}one can log on to {instance}", wave(plan, action)))
        }
        Progress::Ended(_) => None,
        Progress::Stopping => Some(
            "stopping: what runs is finished, nothing new is started; a second signal ends it at \
             once"
                .to_owned(),
        ),
    }
}

fn started(plan: &Plan, action: &Action) -> Option<String> {
    let ids = || action.items().iter().map(|item| item.id.clone()).collect::<Vec<_>>();
    match action {
        Action::MakeKey { name, .. } => Some(format!("making the private key {name}")),
        Action::ImportPair { region, name, .. } => {
            Some(format!("importing the key pair {name} in {region}"))
        }
        Action::AdoptPair { region, name, .. } => {
            Some(format!("taking over the key pair {name} in {region}"))
        }
        Action::TagPair { region, name, .. } | Action::UntagPair { region, name, .. } => {
            Some(format!("changing tags of {name} in {region}"))
        }
        Action::Attach { name, .. } => {
            Some(format!("{}binding to {name}: {}", wave(plan, action), few(&ids())))
        }
        Action::Detach { name, .. } => {
            Some(format!("{}unbinding from {name}: {}", wave(plan, action), few(&ids())))
        }
        Action::Restart { .. } => {
            Some(format!("{}restarting: {}", wave(plan, action), few(&ids())))
        }
        Action::Prove { .. } => {
            Some(format!("{}logging on to: {}", wave(plan, action), few(&ids())))
        }
        Action::DeletePair { region, name } => {
            Some(format!("deleting the key pair {name} in {region}"))
        }
        Action::RetireKey { name, .. } => Some(format!("putting the private key {name} aside")),
        Action::Gate { .. } | Action::Defer { .. } | Action::Record { .. } => None,
    }
}

/// Which wave of which binding a step belongs to.
fn wave(plan: &Plan, action: &Action) -> String {
    match action.binding().zip(action.wave()) {
        Some((binding, 0)) if are_stopped(plan, action) => {
            format!("{binding}, stopped instances: ")
        }
        Some((binding, 0)) => format!("{binding}, not restarted by keyform: "),
        Some((binding, wave)) => format!("{binding}, wave {wave}: "),
        None => String::new(),
    }
}

/// Whether all instances of a step were found Stopped. Wave 0 has all that are not restarted, those
/// of `when: manual` too.
fn are_stopped(plan: &Plan, action: &Action) -> bool {
    let fleet = action.fleet().and_then(|(region, binding)| plan.fleet(region, binding));
    fleet.is_some_and(|fleet| action.items().iter().all(|item| fleet.stopped.contains(&item.id)))
}

fn few(ids: &[InstanceId]) -> String {
    match ids {
        [] => "nothing".to_owned(),
        [one] => one.to_string(),
        [first, ..] if ids.len() > 4 => {
            format!("{} from {first}", count(ids.len(), "instance"))
        }
        _ => ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
    }
}

#[cfg(test)]
mod tests;
