//! What a plan does about bindings, wave by wave.

mod programs;

use std::{collections::BTreeMap, fmt::Write as _, path::Path};

use crate::{
    manifest::Origin,
    model::{CloudName, InstanceId, Owner, RestartWhen},
    plan::{Action, Fleet, Plan},
    render::{paint::Paint, place, words},
    visible,
};

/// More waves than this are not listed one by one.
const WAVES_LISTED: usize = 20;
/// Of so many waves the first ones are shown, and the last.
const WAVES_FIRST: usize = 3;
/// The place of instances that are not restarted, after all waves.
const STOPPED: usize = usize::MAX - 1;
/// The place of instances of which everything is deferred.
const DEFERRED: usize = usize::MAX;
/// More instances than this in one row are counted.
const INSTANCES_LISTED: usize = 8;

/// What happens to an instance in its wave.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Fate<'a> {
    Bind(&'a CloudName),
    Replace(&'a CloudName, &'a CloudName),
    /// From a pair that is not ours: which, whose, and to which it is bound instead.
    Take(&'a CloudName, &'a Owner, &'a CloudName),
    Unbind(&'a CloudName),
    Restart(Option<&'a CloudName>),
    Prove(&'a CloudName),
}

/// What happens to an instance, and what follows that.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Row<'a> {
    fate: Fate<'a>,
    is_restarted: bool,
    is_forced: bool,
    is_proven: bool,
}

impl<'a> Row<'a> {
    fn new(fate: Fate<'a>) -> Self {
        Self { fate, is_restarted: false, is_forced: false, is_proven: false }
    }

    fn text(&self) -> String {
        let then = match (&self.fate, self.is_restarted, self.is_proven) {
            (Fate::Prove(_), ..) | (Fate::Restart(_), _, false) => "",
            (Fate::Restart(_), _, true) => ", then log on",
            (_, true, false) => ", then restart",
            (_, true, true) => ", then restart and log on",
            (_, false, _) => ", not restarted",
        };
        let cut = if self.is_forced { Paint::Danger.on(" by a POWER CUT") } else { String::new() };
        let then = then.replacen("restart", &format!("restart{cut}"), 1);
        match &self.fate {
            Fate::Restart(_) => format!("{}{cut}{then}", self.fate.text()),
            _ => format!("{}{then}", self.fate.text()),
        }
    }
}

type Wave<'a> = BTreeMap<&'a InstanceId, Row<'a>>;

pub(super) fn write(out: &mut String, plan: &Plan, project: &Path) {
    let mut fleets = Fleets::new();
    for step in &plan.steps {
        collect(&mut fleets, plan, &step.action, step.origin.as_ref());
    }
    for (index, (origin, waves)) in &fleets {
        if let Some(fleet) = plan.fleets.get(*index) {
            let place = origin.map(|origin| format!("  {}", place::origin(project, origin)));
            write_fleet(out, plan, fleet, place, waves);
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
    let Some((region, binding)) = action.fleet() else { return };
    if matches!(action, Action::Gate { .. }) {
        return;
    }
    let wave = action.wave().unwrap_or(DEFERRED);
    let of = |fleet: &Fleet| fleet.region == *region && fleet.binding == *binding;
    let Some(index) = plan.fleets.iter().position(of) else { return };
    let (place, waves) = fleets.entry(index).or_default();
    *place = place.or(origin);
    // Wave 0 has the Stopped instances, and is done after all others.
    let last = if wave == 0 { STOPPED } else { wave };
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
                wave.insert(&item.id, Row::new(fate));
            }
            Action::Detach { name, .. } => {
                wave.insert(&item.id, Row::new(Fate::Unbind(name)));
            }
            Action::Defer { name, .. } => {
                let fate = match (bound, name, &item.foreign) {
                    (None, Some(name), _) => Fate::Bind(name),
                    // The rebind was done before, and only its restart is deferred.
                    (Some(before), Some(name), _) if before == name => Fate::Restart(Some(name)),
                    (Some(before), Some(name), None) => Fate::Replace(before, name),
                    (Some(before), Some(name), Some(owner)) => Fate::Take(before, owner, name),
                    (Some(before), None, _) => Fate::Unbind(before),
                    (None, None, _) => Fate::Restart(None),
                };
                let is_proven = name.is_some() && plan.fleets[index].proof.is_some();
                let is_restarted = !plan.fleets[index].stopped.contains(&item.id);
                wave.insert(&item.id, Row { fate, is_restarted, is_forced: false, is_proven });
            }
            Action::Prove { .. } => {
                // An instance is one row: what proves or restarts it adds to the row of its rebind.
                let Some(name) = bound else { continue };
                let row = wave.entry(&item.id).or_insert(Row::new(Fate::Prove(name)));
                row.is_proven = true;
            }
            _ => {
                let row = wave.entry(&item.id).or_insert(Row::new(Fate::Restart(bound)));
                row.is_restarted = true;
                row.is_forced = matches!(action, Action::Restart { forced: true, .. });
            }
        }
    }
}

fn write_fleet(
    out: &mut String,
    plan: &Plan,
    fleet: &Fleet,
    place: Option<String>,
    waves: &BTreeMap<usize, Wave<'_>>,
) {
    let changed: usize = waves.values().map(BTreeMap::len).sum();
    let place = place.map(|place| Paint::Faint.on(place)).unwrap_or_default();
    let _ = writeln!(
        out,
        "  {} binding {} in {}: {} of {}{place}",
        Paint::Change.on("~"),
        visible::line(fleet.binding.as_str()),
        fleet.region,
        changed,
        words::count(fleet.instances.len(), "instance"),
    );
    let hidden = waves.len().saturating_sub(WAVES_FIRST + 1);
    for (index, (number, wave)) in waves.iter().enumerate() {
        let in_the_middle = index >= WAVES_FIRST && index + 1 < waves.len();
        if waves.len() <= WAVES_LISTED || !in_the_middle {
            write_wave(out, plan, fleet, *number, wave);
        } else if index == WAVES_FIRST {
            let text = format!("… {hidden} more waves; --format json lists every instance");
            let _ = writeln!(out, "      {}", Paint::Faint.on(text));
        }
    }
    let rows = || waves.values().flat_map(BTreeMap::values);
    programs::write(
        out,
        fleet,
        rows().any(|row| row.is_restarted),
        rows().any(|row| row.is_proven),
    );
    out.push('\n');
}

fn write_wave(out: &mut String, plan: &Plan, fleet: &Fleet, number: usize, wave: &Wave<'_>) {
    let mut rows: BTreeMap<&Row<'_>, Vec<&InstanceId>> = BTreeMap::new();
    for (id, row) in wave {
        rows.entry(row).or_default().push(id);
    }
    let title = match (number, fleet.restart.when) {
        (DEFERRED, _) => "later".to_owned(),
        (STOPPED, RestartWhen::Manual) => "manual".to_owned(),
        (STOPPED, RestartWhen::Now | RestartWhen::Window) => "stopped".to_owned(),
        (number, _) => format!("wave {number}"),
    };
    for (index, (row, ids)) in rows.into_iter().enumerate() {
        let title = if index == 0 { title.as_str() } else { "" };
        let _ = writeln!(
            out,
            "      {title:<8}  {}: {}",
            row.text(),
            visible::line(&names(plan, &ids))
        );
    }
}

impl Fate<'_> {
    fn text(&self) -> String {
        let text = match self {
            Self::Bind(name) => format!("bind to {name}"),
            Self::Replace(before, name) => format!("bind to {name} instead of {before}"),
            Self::Take(before, owner, name) => {
                format!("bind to {name} instead of {before}, a pair of {owner}")
            }
            Self::Unbind(name) => format!("unbind from {name}"),
            Self::Restart(Some(name)) => format!("restart, so that {name} takes effect"),
            Self::Prove(name) => format!("log on with {name}, not restarted"),
            Self::Restart(None) => "restart, so that the unbinding takes effect".to_owned(),
        };
        match self {
            Self::Take(..) | Self::Unbind(_) | Self::Restart(None) => Paint::Danger.on(text),
            Self::Bind(_) | Self::Replace(..) | Self::Restart(Some(_)) | Self::Prove(_) => {
                visible::line(&text).into_owned()
            }
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
