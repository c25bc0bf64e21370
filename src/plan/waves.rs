//! Waves: how the needs of a binding's instances become steps.
//!
//! A wave is attached or detached, restarted, and proven back before the next one begins, so that
//! an instance outside the running wave stays bound to what it was bound to.

use std::{
    cmp::min,
    collections::{BTreeMap, BTreeSet},
};

use super::{
    bindings::{DraftFleet, Need, NeedKind, Rebind},
    document::{Fleet, RegionLimit},
    order::{Draft, Node},
    pairs::{Credential, PairFate, Pairs},
    step::{Action, Cause, Expectation, Item},
};
use crate::model::{
    CloudName, Fingerprint, GroupName, Region,
    limits::{ATTACH_INSTANCES_MAX, REBOOT_INSTANCES_MAX},
};

/// The wave of instances that were found Stopped: bound only, after all others.
const STOPPED_WAVE: usize = 0;

/// Fleets that run one after the other, since a limit does not let them run together.
struct Lane {
    /// The most instances that a wave of one of them restarts.
    size: usize,
    /// The end of the last of them.
    end: Node,
}

/// The lanes of a region. The fleets of a group are all in one, so that what comes of the limit of
/// the group and what comes of that of the project is the same order.
#[derive(Default)]
struct Lanes<'a> {
    lanes: Vec<Lane>,
    of_groups: BTreeMap<&'a GroupName, usize>,
}

/// When what is removed is not in use any more: what has to come before a removal.
#[derive(Debug, Default)]
pub(super) struct Ends {
    /// Per pair, the steps after which the instances that this plan moves away from it are gone.
    pub(super) leaving: BTreeMap<(Region, CloudName), BTreeSet<Node>>,
    /// Per key, the steps after which no guest that this plan restarts accepts it any more.
    pub(super) replaced: BTreeMap<(Region, Fingerprint), BTreeSet<Node>>,
}

/// Makes the steps of every fleet.
pub(super) fn add(
    fleets: &[DraftFleet],
    pairs: &Pairs,
    limits: &[RegionLimit],
    draft: &mut Draft,
) -> Ends {
    let mut ends = Ends::default();
    let mut lanes: BTreeMap<&Region, Lanes<'_>> = BTreeMap::new();
    for fleet in fleets {
        let limits = limits.iter().filter(|limit| covers(limit, fleet));
        let (shared, project): (Vec<_>, Vec<_>) = limits.partition(|limit| limit.group.is_some());
        let is_limited = !shared.is_empty() || !project.is_empty();
        if fleet.needs.is_empty() && fleet.deferred.is_empty() && !is_limited {
            continue;
        }
        let own = fleet.restart.max_unavailable.among(fleet.instances.len());
        let most = shared.iter().chain(&project).map(|limit| limit.unavailable_max).fold(own, min);
        let running = fleet.needs.iter().filter(|need| need.restarts()).count();
        let lanes = lanes.entry(&fleet.region).or_default();
        let name = shared.first().and_then(|limit| limit.group.as_ref());
        let project = project.first().map(|limit| limit.unavailable_max);
        let (allowed, lane) = lanes.fit(most, running, name, project);
        let before = lane.map(|lane| lanes.lanes[lane].end);
        let (gate, end) = add_fleet(fleet, pairs, allowed, before, draft);
        ends.extend(fleet, &end);
        if let Some(end) = gate.filter(|_| is_limited) {
            lanes.extend(lane, Lane { size: allowed.min(running), end }, name);
        }
    }
    ends
}

impl Ends {
    /// Adds what a fleet replaces and leaves by these steps.
    fn extend(&mut self, fleet: &DraftFleet, end: &BTreeSet<Node>) {
        let restarted = fleet.needs.iter().filter(|need| need.running);
        for key in restarted.flat_map(|need| &need.accepts) {
            self.replaced.entry((fleet.region.clone(), *key)).or_default().extend(end);
        }
        let left: BTreeSet<&CloudName> = fleet
            .needs
            .iter()
            .filter(|need| matches!(need.kind, NeedKind::Rebind(_)))
            .filter_map(|need| need.bound.as_ref())
            .collect();
        for name in left {
            let key = (fleet.region.clone(), name.clone());
            self.leaving.entry(key).or_default().extend(end);
        }
    }
}

fn covers(limit: &RegionLimit, fleet: &DraftFleet) -> bool {
    limit.covers_policy(&fleet.region, &fleet.restart)
}

impl<'a> Lanes<'a> {
    /// How many instances a wave of the next fleet may have, and after which lane it comes; none if
    /// it can run beside all of them.
    fn fit(
        &self,
        allowed: usize,
        running: usize,
        group: Option<&GroupName>,
        project: Option<usize>,
    ) -> (usize, Option<usize>) {
        if running == 0 {
            return (allowed, None);
        }
        let taken: usize = self.lanes.iter().map(|lane| lane.size).sum();
        if let Some(&lane) = group.and_then(|group| self.of_groups.get(group)) {
            let others = taken - self.lanes[lane].size;
            return (project.map_or(allowed, |most| allowed.min(most - others)), Some(lane));
        }
        if project.is_none_or(|most| taken + allowed.min(running) <= most) {
            return (allowed, None);
        }
        let largest = self.lanes.iter().enumerate().rev().max_by_key(|(_, lane)| lane.size);
        largest.map_or((allowed, None), |(index, lane)| (allowed.min(lane.size), Some(index)))
    }

    /// Puts a fleet at the end of a lane, or into a new one.
    fn extend(&mut self, lane: Option<usize>, fleet: Lane, group: Option<&'a GroupName>) {
        let lane = if let Some(lane) = lane {
            let size = self.lanes[lane].size.max(fleet.size);
            self.lanes[lane] = Lane { size, ..fleet };
            lane
        } else {
            self.lanes.push(fleet);
            self.lanes.len() - 1
        };
        if let Some(group) = group {
            self.of_groups.insert(group, lane);
        }
    }
}

/// Makes the steps of one fleet, in waves of at most so many; answers the end of its last wave, and
/// the steps after which all of it is done.
fn add_fleet(
    fleet: &DraftFleet,
    pairs: &Pairs,
    allowed: usize,
    before: Option<Node>,
    draft: &mut Draft,
) -> (Option<Node>, BTreeSet<Node>) {
    let (proofs, moving): (Vec<_>, Vec<_>) =
        fleet.needs.iter().partition(|need| need.kind == NeedKind::Prove);
    let (running, stopped): (Vec<_>, Vec<_>) = moving.into_iter().partition(|need| need.running);
    let canary = fleet.restart.canary_among(fleet.instances.len()).unwrap_or(allowed);
    let (canary, others) = running.split_at(canary.min(allowed).min(running.len()));
    // What an earlier run could not prove comes before anything else is risked.
    let proofs = (!proofs.is_empty()).then_some(proofs.as_slice()).into_iter();
    let has_canary = fleet.restart.canary.is_some() && !canary.is_empty();
    let canary_wave = has_canary.then(|| proofs.len() + 1);
    let waves: Vec<_> =
        proofs.chain(canary.chunks(allowed)).chain(others.chunks(allowed)).collect();
    draft.fleets.push(Fleet {
        binding: fleet.binding.clone(),
        region: fleet.region.clone(),
        restart: fleet.restart.clone(),
        urgent: fleet.urgent,
        proof: fleet.proof.clone(),
        selector: fleet.selector.clone(),
        unavailable_max: allowed,
        waves: waves.len(),
        canary_wave,
        instances: fleet.instances.iter().cloned().collect(),
        stopped: fleet.stopped.iter().cloned().collect(),
    });
    let mut gate = None;
    for (index, wave) in waves.into_iter().enumerate() {
        gate = Some(add_wave(fleet, pairs, index + 1, wave, gate.or(before), draft));
    }
    let (bound, _) = add_moves(fleet, pairs, STOPPED_WAVE, &stopped, gate, draft);
    let end: BTreeSet<Node> = gate.into_iter().chain(bound).collect();
    (gate, end)
}

/// One wave; answers its gate.
fn add_wave(
    fleet: &DraftFleet,
    pairs: &Pairs,
    wave: usize,
    needs: &[&Need],
    before: Option<Node>,
    draft: &mut Draft,
) -> Node {
    // The gate keeps the edges between two waves linear in the instances; without it each step of a
    // wave would wait for each one before.
    let (moves, moved) = add_moves(fleet, pairs, wave, needs, before, draft);
    let gate = draft.add(
        Action::Gate { region: fleet.region.clone(), binding: fleet.binding.clone(), wave },
        Cause::NotInEffect,
        Vec::new(),
        None,
    );
    // What was found bound is recorded before its restart: a run that is killed in between would
    // leave a binding that no record explains.
    let restarts = needs.iter().filter(|need| need.kind == NeedKind::Restart);
    let all: Vec<(Option<Node>, &Need)> =
        moved.into_iter().chain(restarts.map(|need| (need.recorded_by, *need))).collect();
    let mut restarts = Vec::new();
    for batch in all.chunks(REBOOT_INSTANCES_MAX) {
        let restart = add_restart(fleet, wave, batch, draft);
        restarts.push(restart);
        let moves: BTreeSet<Node> = batch.iter().filter_map(|(node, _)| *node).collect();
        for node in moves {
            draft.edge(node, restart);
        }
        // A restart without a rebind before it has nothing else that holds it behind the wave
        // before (L9).
        if let Some(before) = before {
            draft.edge(before, restart);
        }
        draft.edge(restart, gate);
    }
    // A restart begins even if its move failed for some instances. The gate waits for the move
    // itself, so that it sees that failure.
    for node in moves {
        draft.edge(node, gate);
    }
    if let Some(proof) = add_proof(fleet, wave, needs, draft) {
        for before in restarts.into_iter().chain(before) {
            draft.edge(before, proof);
        }
        draft.edge(proof, gate);
    }
    gate
}

/// The proof of a wave, if its binding asks for one: of everything that is bound after it.
fn add_proof(fleet: &DraftFleet, wave: usize, needs: &[&Need], draft: &mut Draft) -> Option<Node> {
    fleet.proof.as_ref()?;
    let proven: Vec<Item> =
        needs.iter().map(|need| item_after(need)).filter(|item| item.bound.is_some()).collect();
    let origin = needs.first().and_then(|need| need.origin.clone());
    let (region, binding) = (fleet.region.clone(), fleet.binding.clone());
    let action = Action::Prove { region, binding, wave, items: proven };
    (!action.items().is_empty()).then(|| draft.add(action, Cause::NotProven, Vec::new(), origin))
}

/// An instance as it is before that.
pub(super) fn item_before(need: &Need) -> Item {
    Item {
        id: need.id.clone(),
        bound: need.bound.clone(),
        foreign: need.foreign.clone(),
        retaken: matches!(need.cause, Cause::Retaken(_)),
        revision: need.revision,
    }
}

/// An instance as it is once what it needs is done.
fn item_after(need: &Need) -> Item {
    Item {
        id: need.id.clone(),
        bound: need.bound_after().cloned(),
        foreign: None,
        retaken: false,
        revision: need.revision,
    }
}

fn add_restart(
    fleet: &DraftFleet,
    wave: usize,
    batch: &[(Option<Node>, &Need)],
    draft: &mut Draft,
) -> Node {
    let items = batch.iter().map(|(_, need)| item_after(need)).collect();
    let region = fleet.region.clone();
    let (binding, forced) = (fleet.binding.clone(), fleet.forced);
    let action = Action::Restart { region, binding, wave, items, forced };
    let origin = batch.first().and_then(|(_, need)| need.origin.clone());
    draft.add(action, Cause::NotInEffect, Vec::new(), origin)
}

/// The attaches and detaches of a wave, batch by batch: their steps, and which step moves whom.
fn add_moves<'a>(
    fleet: &DraftFleet,
    pairs: &Pairs,
    wave: usize,
    needs: &[&'a Need],
    before: Option<Node>,
    draft: &mut Draft,
) -> (Vec<Node>, Vec<(Option<Node>, &'a Need)>) {
    let mut nodes = Vec::new();
    let mut moved = Vec::new();
    let mut alike: BTreeMap<&Rebind, Vec<&Need>> = BTreeMap::new();
    for &need in needs {
        if let NeedKind::Rebind(to) = &need.kind {
            alike.entry(to).or_default().push(need);
        }
    }
    for (to, needs) in alike {
        for batch in needs.chunks(ATTACH_INSTANCES_MAX) {
            let node = add_move(fleet, pairs, wave, to, batch, draft);
            let recorded = batch.iter().filter_map(|need| need.recorded_by);
            for before in before.into_iter().chain(recorded) {
                draft.edge(before, node);
            }
            nodes.push(node);
            moved.extend(batch.iter().map(|need| (Some(node), *need)));
        }
    }
    (nodes, moved)
}

fn add_move(
    fleet: &DraftFleet,
    pairs: &Pairs,
    wave: usize,
    to: &Rebind,
    batch: &[&Need],
    draft: &mut Draft,
) -> Node {
    let items = batch.iter().map(|need| item_before(need)).collect();
    let (region, binding) = (fleet.region.clone(), fleet.binding.clone());
    let cause = batch.first().map_or(Cause::Unbound, |need| need.cause.clone());
    let origin = batch.first().and_then(|need| need.origin.clone());
    match to {
        Rebind::Attach(name) => {
            let (expectations, made_by) = pair_to_bind(pairs, &region, name);
            let action = Action::Attach { region, name: name.clone(), binding, wave, items };
            let node = draft.add(action, cause, expectations, origin);
            if let Some(made_by) = made_by {
                draft.edge(made_by, node);
            }
            node
        }
        Rebind::Detach(name) => {
            let action = Action::Detach { region, name: name.clone(), binding, wave, items };
            draft.add(action, cause, Vec::new(), origin)
        }
    }
}

/// What binding to a pair rests on: that the pair is there and ours, or the step that makes it.
pub(super) fn pair_to_bind(
    pairs: &Pairs,
    region: &Region,
    name: &CloudName,
) -> (Vec<Expectation>, Option<Node>) {
    let fate = pairs.iter().find(|((of, _), fate)| {
        of == region && matches!(fate, PairFate::Ready { name: ready, .. } if ready == name)
    });
    match fate {
        Some((
            _,
            PairFate::Ready {
                made_by: None,
                fingerprint: Some(fingerprint),
                revision,
                credential,
                ..
            },
        )) => {
            let mut expectations =
                vec![Expectation::pair_ours(region, name, *fingerprint, *revision)];
            if *credential == Credential::Recorded {
                let (name, fingerprint) = (name.clone(), *fingerprint);
                expectations.push(Expectation::KeyHeld { name, fingerprint });
            }
            (expectations, None)
        }
        Some((_, PairFate::Ready { made_by, .. })) => (Vec::new(), *made_by),
        _ => (Vec::new(), None),
    }
}
