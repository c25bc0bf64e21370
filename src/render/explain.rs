//! The story of one object: what is desired, recorded and observed of it, and what was decided.

mod find;

use std::{fmt::Write as _, path::Path};

use super::{paint::Paint, place, words};
use crate::{
    manifest::{Chosen, Desired, DesiredKey},
    model::{
        Address, CloudName, InstanceRef, Observed, ObservedInstance, Presence, Region, VaultKey,
    },
    plan::{Action, NoteKind, Plan, Step},
    state::{Effect, Effective, RecordDeferred, RecordInstance, Records},
    visible,
};

pub use find::{Unclear, find};

/// What a story is told from.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    /// What the manifests mean; `None` for a `destroy`.
    pub desired: Option<&'a Desired>,
    /// What is recorded.
    pub recorded: &'a Records,
    /// What the cloud and the vault say.
    pub observed: &'a Observed,
    /// What was decided.
    pub plan: &'a Plan,
    /// The path of the project's directory.
    pub project: &'a Path,
}

/// The story of one object; none if nothing is known of it.
#[must_use]
pub fn text(known: Known<'_>, address: &Address) -> Option<String> {
    // A decision follows from what is wanted, recorded and seen, so these three stand above it.
    let (desired, recorded, observed) = match address {
        Address::Instance(at) => {
            (wishes(known, at), recorded_text(known.recorded, at), instance(known, at))
        }
        Address::Pair(region, name) => (
            pair_wishes(known, Some(region), name),
            known.recorded.pair(region, name).map(|record| {
                format!(
                    "generation {} of {}, {}",
                    record.generation, record.key_pair, record.fingerprint
                )
            }),
            pair(known, region, name),
        ),
        Address::Deferred(at) => {
            (wishes(known, at), known.recorded.deferred(at).map(deferred_text), instance(known, at))
        }
        Address::Key(name) => (
            pair_wishes(known, None, name),
            known.recorded.keys.get(name).map(|record| {
                format!(
                    "generation {} of {}, {}",
                    record.generation, record.key_pair, record.fingerprint
                )
            }),
            key(known, name),
        ),
    };
    let decisions = decisions(known.plan, address);
    // An address that nothing knows is most likely a slip, which the caller tells.
    if desired.is_empty() && recorded.is_none() && observed.is_none() && decisions.is_empty() {
        return None;
    }
    let mut out = format!("{}\n", Paint::Title.on(address));
    rows(&mut out, "desired", &desired, "no manifest wants it");
    rows(&mut out, "recorded", recorded.as_slice(), "nothing");
    rows(&mut out, "observed", observed.as_slice(), "it was not looked at");
    rows(&mut out, "decision", &decisions, "nothing is done: it is as it should be");
    Some(out)
}

fn rows(out: &mut String, title: &str, rows: &[String], nothing: &str) {
    if rows.is_empty() {
        let _ = writeln!(out, "  {title:<9} {nothing}");
    }
    for (index, row) in rows.iter().enumerate() {
        let title = if index == 0 { title } else { "" };
        let _ = writeln!(out, "  {title:<9} {}", visible::line(row));
    }
}

/// The bindings that want an instance.
fn wishes(known: Known<'_>, at: &InstanceRef) -> Vec<String> {
    let seen = known.observed.instance(at).and_then(Presence::seen);
    let bindings = known.desired.into_iter().flat_map(|desired| &desired.bindings);
    let here = bindings
        .filter(|binding| binding.region == at.region)
        .filter(|binding| binding.chooses(&at.id, seen));
    here.map(|binding| {
        let how = match &binding.chosen {
            Chosen::Listed(_) => "lists",
            Chosen::Selected(_) => "selects",
        };
        format!(
            "the Binding {} ({}) {how} it, for the key pair {}",
            binding.name,
            place::origin(known.project, &binding.origin),
            binding.key_pair
        )
    })
    .collect()
}

/// The key pairs that want a name in the cloud, or in the vault if no region is named, and those
/// that want another generation in its place.
fn pair_wishes(known: Known<'_>, region: Option<&Region>, name: &CloudName) -> Vec<String> {
    let pairs = known.desired.into_iter().flat_map(|desired| &desired.key_pairs);
    let here = pairs.filter(|pair| region.is_none_or(|region| pair.regions.contains(region)));
    let recorded = known.recorded.keys.get(name).map(|key| &key.key_pair).or_else(|| {
        let pair = region.and_then(|region| known.recorded.pair(region, name));
        pair.map(|pair| &pair.key_pair)
    });
    here.filter_map(|pair| {
        let place = place::origin(known.project, &pair.origin);
        let (who, generation) = (format!("the KeyPair {} ({place})", pair.name), pair.generation);
        if pair.name_of(generation) == *name {
            let key = match &pair.key {
                DesiredKey::Generated => "its key is made",
                DesiredKey::CreatedInCloud { .. } => "its key is made by the service",
                DesiredKey::Given(_) => "its key is given",
            };
            return Some(format!("{who} wants generation {generation}, and {key}"));
        }
        (recorded == Some(&pair.name))
            .then(|| format!("{who} wants generation {generation} in its place"))
    })
    .collect()
}

/// What is recorded of an instance, and what is deferred for it.
fn recorded_text(recorded: &Records, at: &InstanceRef) -> Option<String> {
    let deferred = recorded.deferred(at).map(deferred_text);
    match (recorded.instance(at).map(record), deferred) {
        (Some(record), Some(deferred)) => Some(format!("{record}; {deferred}")),
        (record, deferred) => record.or(deferred),
    }
}

fn deferred_text(deferred: &RecordDeferred) -> String {
    let what = match &deferred.to {
        Some(bound) => format!("to be bound to {}", bound.name),
        None => "to be unbound".to_owned(),
    };
    let plan = deferred.digest.get(..12).unwrap_or(&deferred.digest);
    format!("deferred by the plan {plan}: {what} for the Binding {}", deferred.binding)
}

fn record(record: &RecordInstance) -> String {
    let bound = record.bound.as_ref().map_or("nothing", |bound| bound.name.as_str());
    let effect = match &record.effect {
        Effect::InEffect { .. } => "in effect".to_owned(),
        Effect::Assumed => "taken for in effect, since it was found so".to_owned(),
        Effect::Pending { effective, .. } => match effective {
            Effective::Key(fingerprint) => {
                format!("pending: until a restart it accepts {fingerprint}")
            }
            Effective::Password => "pending: until a restart it accepts passwords".to_owned(),
            Effective::Unknown => {
                "pending: what it accepts until a restart is not known".to_owned()
            }
        },
    };
    format!(
        "bound to {bound} for the Binding {}, {effect} (serial {})",
        record.binding, record.revision
    )
}

fn instance(known: Known<'_>, at: &InstanceRef) -> Option<String> {
    Some(match known.observed.instance(at)? {
        Presence::Gone => "it does not exist: two reads left it out".to_owned(),
        Presence::Unseen => "it could not be read".to_owned(),
        Presence::Seen(seen) => {
            let name =
                if seen.name.is_empty() { String::new() } else { format!("{}, ", seen.name) };
            let bound = seen.bound.as_ref().map_or("nothing", CloudName::as_str);
            let started =
                seen.start_time.map_or_else(String::new, |time| format!(", started {time}"));
            format!("{name}{}, bound to {bound}{started}", seen.status)
        }
    })
}

fn pair(known: Known<'_>, region: &Region, name: &CloudName) -> Option<String> {
    let region = known.observed.regions.get(region)?;
    let Some(pair) = region.pairs.get(name) else { return Some("it does not exist".to_owned()) };
    let fingerprint = pair
        .fingerprint
        .map_or_else(|| "an unknown key".to_owned(), |fingerprint| fingerprint.to_string());
    let is_bound = |one: &&ObservedInstance| one.bound.as_ref() == Some(name);
    let bound = region.instances.values().filter_map(Presence::seen).filter(is_bound).count();
    Some(format!("{fingerprint}, {} seen bound to it", words::count(bound, "instance")))
}

fn key(known: Known<'_>, name: &CloudName) -> Option<String> {
    Some(match known.observed.vault.get(name)? {
        VaultKey::Absent => "the vault of this machine does not have it".to_owned(),
        VaultKey::Present { fingerprint, .. } => format!("the vault has it, {fingerprint}"),
        VaultKey::NotLookedAt => {
            "not looked at: its vault is a command, and only apply runs it".to_owned()
        }
        VaultKey::Unusable { problem } => problem.to_string(),
    })
}

/// What is done to an object and why, and why something is not done.
fn decisions(plan: &Plan, address: &Address) -> Vec<String> {
    let steps = plan.steps.iter().filter_map(|step| decision(step, address));
    let notes = plan.notes.iter().filter(|note| note.address == *address);
    let notes = notes.map(|note| {
        let word = match note.kind {
            NoteKind::Blocked => "blocked",
            NoteKind::Waiting => "waiting",
            NoteKind::Warning => "worth knowing",
            NoteKind::Drift => "changed",
            NoteKind::Skipped => "passed over",
            NoteKind::Due => "due",
        };
        format!("{word}: {}", note.reason)
    });
    steps.chain(notes).collect()
}

fn decision(step: &Step, address: &Address) -> Option<String> {
    let cause = words::cause(&step.cause);
    let has = |region: &Region| match address {
        Address::Instance(at) => {
            at.region == *region && step.action.items().iter().any(|item| item.id == at.id)
        }
        Address::Pair(..) | Address::Key(_) | Address::Deferred(..) => false,
    };
    let of_pair =
        |region: &Region, name: &CloudName| *address == Address::Pair(region.clone(), name.clone());
    let of_key = |name: &CloudName| *address == Address::Key(name.clone());
    // Only the steps of the object itself: those of its neighbours would drown its story.
    let what = match &step.action {
        Action::MakeKey { name, .. } if of_key(name) => "it is made".to_owned(),
        Action::RetireKey { name, .. } if of_key(name) => "it is put aside".to_owned(),
        Action::CreatePair { name, .. } if of_key(name) => {
            "it is made by the service, with the pair".to_owned()
        }
        action if action.pair().is_some_and(|(region, name)| of_pair(region, name)) => {
            done_to_pair(action)?
        }
        Action::Attach { region, name, binding, wave, .. } if has(region) => {
            format!("{}: it is bound to {name}", words::wave(*wave, binding))
        }
        Action::Detach { region, name, binding, wave, .. } if has(region) => {
            format!("{}: it is unbound from {name}", words::wave(*wave, binding))
        }
        Action::Restart { region, binding, wave, .. } if has(region) => {
            format!("{}: it is restarted", words::wave(*wave, binding))
        }
        Action::Prove { region, binding, wave, .. } if has(region) => {
            format!("{}: it is shown that one can log on to it", words::wave(*wave, binding))
        }
        Action::Defer { region, name: Some(name), binding, .. } if has(region) => {
            format!("{binding}: its policy defers binding it to {name}")
        }
        Action::Defer { region, binding, .. } if has(region) => {
            format!("{binding}: its policy defers unbinding it")
        }
        Action::Record { changes } if changes.iter().any(|one| one.address() == *address) => {
            "it is written down".to_owned()
        }
        // All actions are listed, so that a new one does not compile without its words.
        Action::MakeKey { .. }
        | Action::RetireKey { .. }
        | Action::ImportPair { .. }
        | Action::CreatePair { .. }
        | Action::GroupPair { .. }
        | Action::AdoptPair { .. }
        | Action::TagPair { .. }
        | Action::UntagPair { .. }
        | Action::DeletePair { .. }
        | Action::Attach { .. }
        | Action::Detach { .. }
        | Action::Restart { .. }
        | Action::Prove { .. }
        | Action::Defer { .. }
        | Action::Record { .. }
        | Action::Gate { .. } => return None,
    };
    Some(format!("{what}, because: {cause}"))
}

/// What a step does to its pair; none for one that only uses it.
fn done_to_pair(action: &Action) -> Option<String> {
    Some(match action {
        Action::ImportPair { .. } => "it is imported".to_owned(),
        Action::CreatePair { .. } => "it is created by the service, with its key".to_owned(),
        Action::AdoptPair { .. } => "it is taken over".to_owned(),
        Action::TagPair { .. } => "its tags are set".to_owned(),
        Action::UntagPair { keys, .. } => format!("its tags {} are removed", keys.join(", ")),
        Action::GroupPair { resource_group, .. } => {
            format!("it is put into the resource group {resource_group}")
        }
        Action::DeletePair { .. } => "it is deleted".to_owned(),
        Action::MakeKey { .. }
        | Action::RetireKey { .. }
        | Action::Attach { .. }
        | Action::Detach { .. }
        | Action::Restart { .. }
        | Action::Prove { .. }
        | Action::Defer { .. }
        | Action::Record { .. }
        | Action::Gate { .. } => return None,
    })
}
