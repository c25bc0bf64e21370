//! A step in words.

use crate::{
    plan::{Action, Step},
    render::words::count,
};

/// A step, and how many of its instances the lines below it are about.
pub(super) fn heading(step: &Step, number: usize, what: &str) -> String {
    match number {
        0 => name(step),
        _ => format!("{}: {number} {what}", name(step)),
    }
}

/// A step in words.
pub(super) fn name(step: &Step) -> String {
    let items = || count(step.action.items().len(), "instance");
    match &step.action {
        Action::MakeKey { name, .. } => format!("make private key {name}"),
        Action::ImportPair { region, name, .. } => format!("import key pair {name} in {region}"),
        Action::CreatePair { region, name, .. } => format!("create key pair {name} in {region}"),
        Action::GroupPair { region, name, resource_group } => {
            format!("put {name} in {region} into the resource group {resource_group}")
        }
        Action::AdoptPair { region, name, .. } => format!("take over key pair {name} in {region}"),
        Action::TagPair { region, name, .. } => format!("tag {name} in {region}"),
        Action::UntagPair { region, name, .. } => format!("untag {name} in {region}"),
        Action::Attach { name, binding, wave, .. } => {
            format!("bind {} of {binding} to {name} (wave {wave})", items())
        }
        Action::Detach { name, binding, wave, .. } => {
            format!("unbind {} of {binding} from {name} (wave {wave})", items())
        }
        Action::Restart { binding, wave, .. } => {
            format!("restart {} of {binding} (wave {wave})", items())
        }
        Action::Prove { binding, wave, .. } => {
            format!("prove the log-on to {} of {binding} (wave {wave})", items())
        }
        Action::Defer { binding, .. } => {
            format!("record deferred work for {} of {binding}", items())
        }
        Action::Gate { binding, wave, .. } => format!("end wave {wave} of {binding}"),
        Action::DeletePair { region, name } => format!("delete key pair {name} in {region}"),
        Action::RetireKey { name, .. } => format!("put private key {name} aside"),
        Action::Record { changes } => format!("write down {}", count(changes.len(), "fact")),
    }
}
