//! What a plan does about bindings, wave by wave.

use std::{collections::BTreeMap, fmt::Write as _};

use crate::{
    manifest::Origin,
    model::{CloudName, InstanceId, RestartWhen},
    plan::{Action, Fleet, Plan},
    render::{paint::Paint, words},
};

/// More waves than this are not listed one by one.
const WAVES_LISTED: usize = 20;
/// Of so many waves the first ones are shown, and the last.
const WAVES_FIRST: usize = 3;
/// More instances than this in one row are counted.
const INSTANCES_LISTED: usize = 8;

/// What happens to an instance in its wave.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Fate<'a> {
    Bind(&'a CloudName),
    Replace(&'a CloudName, &'a CloudName),
    /// From a pair that is not ours: which, whose, and to which it is bound instead.
    Take(&'a CloudName, &'a str, &'a CloudName),
    Unbind(&'a CloudName),
    Restart(Option<&'a CloudName>),
}

type Wave<'a> = BTreeMap<&'a InstanceId, (Fate<'a>, bool)>;

pub(super) fn write(out: &mut String, plan: &Plan) {
    let mut fleets = Fleets::new();
    for step in &plan.steps {
        collect(&mut fleets, plan, &step.action, step.origin.as_ref());
    }
    for (index, (origin, waves)) in &fleets {
        if let Some(fleet) = plan.fleets.get(*index) {
            write_fleet(out, plan, fleet, *origin, waves);
        }
    }
}

/// The waves of each fleet, by its index; the wave of stopped instances comes last.
type Fleets<'a> = BTreeMap<usize, (Option<&'a Origin>, BTreeMap<usize, Wave<'a>>)>;

fn collect<'a>(
    fleets: &mut Fleets<'a>,
    plan: &'a Plan,
    action: &'a Action,
    origin: Option<&'a Origin>,
) {
    let (region, binding, wave) = match action {
        Action::Attach { region, binding, wave, .. }
        | Action::Detach { region, binding, wave, .. }
        | Action::Restart { region, binding, wave, .. } => (region, binding, *wave),
        _ => return,
    };
    let of = |fleet: &Fleet| fleet.region == *region && fleet.binding == *binding;
    let Some(index) = plan.fleets.iter().position(of) else { return };
    let (place, waves) = fleets.entry(index).or_default();
    *place = place.or(origin);
    let last = if wave == 0 { usize::MAX } else { wave };
    let wave = waves.entry(last).or_default();
    for item in action.items() {
        let bound = item.bound.as_ref();
        match action {
            Action::Attach { name, .. } => {
                let fate = match (bound, &item.foreign) {
                    (None, _) => Fate::Bind(name),
                    (Some(before), None) => Fate::Replace(before, name),
                    (Some(before), Some(owner)) => Fate::Take(before, owner, name),
                };
                wave.insert(&item.id, (fate, false));
            }
            Action::Detach { name, .. } => {
                wave.insert(&item.id, (Fate::Unbind(name), false));
            }
            _ => {
                wave.entry(&item.id).or_insert((Fate::Restart(bound), false)).1 = true;
            }
        }
    }
}

fn write_fleet(
    out: &mut String,
    plan: &Plan,
    fleet: &Fleet,
    origin: Option<&Origin>,
    waves: &BTreeMap<usize, Wave<'_>>,
) {
    let changed: usize = waves.values().map(BTreeMap::len).sum();
    let place = origin.map(|origin| Paint::Faint.on(format!("  {origin}"))).unwrap_or_default();
    let _ = writeln!(
        out,
        "  {} binding {} in {}: {} of {}{place}",
        Paint::Change.on("~"),
        fleet.binding,
        fleet.region,
        changed,
        words::count(fleet.instances.len(), "instance"),
    );
    let hidden = waves.len().saturating_sub(WAVES_FIRST + 1);
    for (index, (number, wave)) in waves.iter().enumerate() {
        let in_the_middle = index >= WAVES_FIRST && index + 1 < waves.len();
        if waves.len() <= WAVES_LISTED || !in_the_middle {
            write_wave(out, (plan, fleet), *number, wave);
        } else if index == WAVES_FIRST {
            let text = format!("… {hidden} more waves; --format json lists every instance");
            let _ = writeln!(out, "      {}", Paint::Faint.on(text));
        }
    }
    out.push('\n');
}

fn write_wave(out: &mut String, (plan, fleet): (&Plan, &Fleet), number: usize, wave: &Wave<'_>) {
    let mut rows: BTreeMap<&(Fate<'_>, bool), Vec<&InstanceId>> = BTreeMap::new();
    for (id, fate) in wave {
        rows.entry(fate).or_default().push(id);
    }
    let title = match (number, fleet.restart.when) {
        (usize::MAX, RestartWhen::Manual) => "manual".to_owned(),
        (usize::MAX, RestartWhen::Now | RestartWhen::Window) => "stopped".to_owned(),
        (number, _) => format!("wave {number}"),
    };
    for (index, ((fate, restarts), ids)) in rows.into_iter().enumerate() {
        let title = if index == 0 { title.as_str() } else { "" };
        let then = if *restarts { ", then restart" } else { ", not restarted" };
        let then = if matches!(fate, Fate::Restart(_)) { "" } else { then };
        let _ = writeln!(out, "      {title:<8}  {}{then}: {}", fate.text(), names(plan, &ids));
    }
}

impl Fate<'_> {
    fn text(&self) -> String {
        match self {
            Self::Bind(name) => format!("bind to {name}"),
            Self::Replace(before, name) => format!("bind to {name} instead of {before}"),
            Self::Take(before, owner, name) => {
                Paint::Danger.on(format!("bind to {name} instead of {before}, a pair of {owner}"))
            }
            Self::Unbind(name) => Paint::Danger.on(format!("unbind from {name}")),
            Self::Restart(Some(name)) => format!("restart, so that {name} takes effect"),
            Self::Restart(None) => Paint::Danger.on("restart, so that the unbinding takes effect"),
        }
    }
}

/// Instances with what people call them; many are counted.
fn names(plan: &Plan, ids: &[&InstanceId]) -> String {
    let name = |id: &&InstanceId| match plan.instance_names.get(*id) {
        Some(name) if !name.is_empty() => format!("{id} ({name})"),
        _ => id.to_string(),
    };
    if ids.len() <= INSTANCES_LISTED {
        return ids.iter().map(name).collect::<Vec<_>>().join(", ");
    }
    let first: Vec<_> = ids[..INSTANCES_LISTED - 1].iter().map(name).collect();
    format!("{} and {} more", first.join(", "), ids.len() + 1 - INSTANCES_LISTED)
}
