//! What is decided about instances: what each needs, what is written down, and what people should
//! know.

use std::collections::{BTreeMap, BTreeSet};

use super::DraftFleet;
use crate::{
    manifest::Origin,
    model::Address,
    plan::{
        notes::Notes,
        order::Draft,
        step::{Action, Cause, Expectation},
    },
    state::Change,
};

/// What was decided about all instances.
#[derive(Debug)]
pub(in crate::plan) struct Decided {
    /// Those of each binding, with what each needs.
    pub(in crate::plan) fleets: Vec<DraftFleet>,
    /// What else was decided about them.
    pub(super) findings: Findings,
}

/// What was decided about instances beside what they need.
#[derive(Debug, Default)]
pub(super) struct Findings {
    /// What people should know.
    pub(super) notes: Notes,
    /// What is written down.
    changes: Vec<Recording>,
}

/// What is written down of an instance.
#[derive(Debug)]
struct Recording {
    change: Change,
    cause: Cause,
    /// The revision of its record before that.
    revision: u64,
    origin: Option<Origin>,
}

impl Findings {
    /// Writes down what is so of an instance.
    pub(super) fn record(
        &mut self,
        change: Change,
        cause: Cause,
        revision: u64,
        origin: Option<&Origin>,
    ) {
        self.changes.push(Recording { change, cause, revision, origin: origin.cloned() });
    }

    /// Forgets an instance: nothing is done to it.
    pub(super) fn forget(&mut self, address: Address, revision: u64, cause: Cause) {
        self.record(Change::Removed(address), cause, revision, None);
    }

    /// Where something is written down.
    pub(super) fn addresses(&self) -> BTreeSet<Address> {
        self.changes.iter().map(|one| one.change.address()).collect()
    }
}

impl Decided {
    /// Adds the rows and what is written down to a draft. What instances need follows that.
    pub(in crate::plan) fn add_to(self, draft: &mut Draft) -> Vec<DraftFleet> {
        let Self { mut fleets, findings: Findings { notes, changes } } = self;
        draft.notes.extend(notes);
        let mut recorded_by = BTreeMap::new();
        for Recording { change, cause, revision, origin } in changes {
            let address = change.address();
            let expectations = vec![Expectation::Revision { address: address.clone(), revision }];
            let changes = vec![change];
            let node = draft.add(Action::Record { changes }, cause, expectations, origin);
            recorded_by.insert(address, node);
        }
        for fleet in &mut fleets {
            for need in &mut fleet.needs {
                let address = Address::Instance(need.id.in_region(&fleet.region));
                need.recorded_by = recorded_by.get(&address).copied();
            }
        }
        fleets
    }
}
