//! The draft of a plan: steps as they are thought of, and the order that comes of them.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    PlanError,
    document::{Fleet, Note, NoteKind, ObjectChange},
    notes::Notes,
    reason::Reason,
    step::{Action, Cause, Expectation, Step},
    summary::Deferred,
};
use crate::{graph, manifest::Origin, model::Address, model::StepId, state::Change};

/// A step of a draft; its number changes when the draft is put in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Node(usize);

/// A plan that is being made.
#[derive(Debug, Default)]
pub(super) struct Draft {
    steps: Vec<Step>,
    edges: BTreeSet<(Node, Node)>,
    /// The rows for people.
    pub(super) notes: Notes,
    /// The instances that share a budget of restarts.
    pub(super) fleets: Vec<Fleet>,
    /// What policies defer.
    pub(super) deferred: Vec<Deferred>,
    /// Objects of which something changes.
    pub(super) changes: Vec<ObjectChange>,
}

impl Draft {
    /// Adds a step.
    pub(super) fn add(
        &mut self,
        action: Action,
        cause: Cause,
        expectations: Vec<Expectation>,
        origin: Option<Origin>,
    ) -> Node {
        self.steps.push(Step { action, cause, expectations, after: Vec::new(), origin });
        Node(self.steps.len() - 1)
    }

    /// Lets one step wait for another.
    pub(super) fn edge(&mut self, before: Node, after: Node) {
        self.edges.insert((before, after));
    }

    /// Adds a row for something that is not done.
    pub(super) fn note(
        &mut self,
        kind: NoteKind,
        address: Address,
        reason: impl Into<Reason>,
        origin: Option<&Origin>,
    ) {
        self.notes.add(kind, address, reason, origin);
    }

    /// The actions so far.
    pub(super) fn actions(&self) -> impl Iterator<Item = &Action> {
        self.steps.iter().map(|step| &step.action)
    }

    /// The steps so far, with what each does.
    pub(super) fn steps(&self) -> impl Iterator<Item = (Node, &Action)> {
        self.steps.iter().enumerate().map(|(index, step)| (Node(index), &step.action))
    }

    /// The steps so far that write something down, with what they write.
    pub(super) fn recordings(&self) -> impl Iterator<Item = (Node, &[Change])> {
        self.steps().filter_map(|(node, action)| match action {
            Action::Record { changes } => Some((node, changes.as_slice())),
            _ => None,
        })
    }

    /// Leaves these steps, with all that come before them, and these rows.
    pub(super) fn keep(&mut self, step: impl Fn(&Step) -> bool, note: impl Fn(&Note) -> bool) {
        let mut kept: Vec<bool> = self.steps.iter().map(step).collect();
        let mut open: Vec<usize> = (0..kept.len()).filter(|&node| kept[node]).collect();
        let mut before: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (earlier, later) in &self.edges {
            before.entry(later.0).or_default().push(earlier.0);
        }
        while let Some(node) = open.pop() {
            for &earlier in before.get(&node).into_iter().flatten() {
                if !std::mem::replace(&mut kept[earlier], true) {
                    open.push(earlier);
                }
            }
        }
        let mut places = Vec::with_capacity(kept.len());
        let mut place = 0;
        for &is_kept in &kept {
            places.push(Node(place));
            place += usize::from(is_kept);
        }
        let mut index = 0;
        self.steps.retain(|_| {
            index += 1;
            kept[index - 1]
        });
        let edges = std::mem::take(&mut self.edges).into_iter();
        let inside = edges.filter(|(earlier, later)| kept[earlier.0] && kept[later.0]);
        self.edges = inside.map(|(earlier, later)| (places[earlier.0], places[later.0])).collect();
        self.notes.retain(note);
    }

    /// Puts the steps in order and numbers them.
    pub(super) fn finish(self) -> Result<Finished, PlanError> {
        let edges: Vec<_> = self.edges.iter().map(|(before, after)| (before.0, after.0)).collect();
        let order = graph::order(self.steps.len(), &edges).map_err(|graph::Cycle(path)| {
            PlanError::StepsInACircle { causes: self.causes_along(&path) }
        })?;
        let mut places = vec![0; order.len()];
        for (place, &node) in order.iter().enumerate() {
            places[node] = place;
        }
        let mut after = vec![Vec::new(); order.len()];
        for (before, later) in edges {
            after[places[later]].push(StepId::new(places[before]));
        }
        let mut steps: Vec<_> = self.steps.into_iter().map(Some).collect();
        let mut sorted = Vec::with_capacity(order.len());
        for (place, node) in order.into_iter().enumerate() {
            if let Some(mut step) = steps[node].take() {
                step.after = std::mem::take(&mut after[place]);
                step.after.sort_unstable();
                sorted.push(step);
            }
        }
        Ok(Finished {
            steps: sorted,
            fleets: self.fleets,
            notes: self.notes.sorted(),
            changes: self.changes,
            deferred: self.deferred,
        })
    }

    fn causes_along(&self, path: &[usize]) -> String {
        let name = |&node: &usize| format!("{:?}", self.steps[node].cause);
        path.iter().map(name).collect::<Vec<_>>().join(" -> ")
    }
}

/// What comes of a draft.
#[derive(Debug)]
pub(super) struct Finished {
    pub(super) steps: Vec<Step>,
    pub(super) fleets: Vec<Fleet>,
    pub(super) notes: Vec<Note>,
    pub(super) changes: Vec<ObjectChange>,
    pub(super) deferred: Vec<Deferred>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_that_wait_for_one_another_are_told_by_their_causes() {
        let mut draft = Draft::default();
        let mut add = |cause| {
            let action = Action::Record { changes: Vec::new() };
            draft.add(action, cause, Vec::new(), None)
        };
        let (found, gone) = (add(Cause::Found), add(Cause::Gone));
        draft.edge(found, gone);
        draft.edge(gone, found);
        let error = draft.finish().expect_err("they have no order");
        let causes = "Found -> Gone".to_owned();
        assert_eq!(error, PlanError::StepsInACircle { causes });
    }
}
