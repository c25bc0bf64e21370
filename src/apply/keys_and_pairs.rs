//! Steps about keys and pairs: make, import, tag, delete, put aside, write down.

use super::{
    call::{Answer, Call, CallFailure},
    report::StepEnd,
    scheduler::{Phase, Scheduler},
};
use crate::{
    model::{Address, CloudName, Fingerprint, KeyPairName, ObservedPair, Region, Tags, ownership},
    plan::{Action, Expectation, PairKey},
    state::{Change, Intent, RecordKey, RecordPair},
};

/// What a step about a key or a pair is doing.
#[derive(Debug)]
pub(super) enum PairPhase {
    /// The private key is being made.
    Generating,
    /// It is on its way into the vault.
    Storing(RecordKey),
    /// The pair is being imported.
    Importing,
    /// It is unknown whether it was: the pair is read. Holds what the call said.
    ResolvingImport(CallFailure),
    /// A call without an answer to speak of is being made; then the change is so.
    Changing(Box<Change>),
    /// It is being read whether an instance is bound.
    LookingForBound,
    /// The pair is read: it must still be ours.
    LookingAtPair,
    /// The pair is being deleted.
    Deleting,
    /// It is unknown whether it was: the pair is read. Holds what the call said.
    ResolvingDelete(CallFailure),
}

impl Scheduler<'_> {
    pub(super) fn begin_pair(&mut self, id: usize) {
        let already = self.run.verdict.already.contains(&id);
        match self.plan.steps[id].action.clone() {
            Action::MakeKey { name, key_pair, generation } if already => {
                self.key_is_there(id, &name, &key_pair, generation);
            }
            Action::MakeKey { name, .. } => {
                self.call_pair(id, PairPhase::Generating, Call::GenerateKey { name });
            }
            Action::ImportPair { region, name, .. } if already => {
                self.pair_is_made(id, &region, &name);
            }
            Action::ImportPair { .. } => self.begin_import(id),
            Action::AdoptPair { .. } => self.adopt(id, already),
            Action::TagPair { region, name, key_pair, generation, tags } => {
                let change = self.retagged(&region, &name, |all| all.extend(tags.clone()));
                let intent = (pair_address(&region, &name), Intent::Tag);
                let call = Call::Tag { region, name, tags, key_pair, generation };
                self.write_pair(id, intent, PairPhase::Changing(Box::new(change)), call);
            }
            Action::UntagPair { region, name, keys } => {
                let change =
                    self.retagged(&region, &name, |all| all.retain(|key, _| !keys.contains(key)));
                let intent = (pair_address(&region, &name), Intent::Tag);
                let call = Call::Untag { region, name, keys };
                self.write_pair(id, intent, PairPhase::Changing(Box::new(change)), call);
            }
            Action::DeletePair { region, name } if already => {
                let change = Change::Removed(pair_address(&region, &name));
                self.change(id, vec![change]);
            }
            Action::DeletePair { region, name } => {
                let call = Call::ReadBound { region, name };
                self.call_pair(id, PairPhase::LookingForBound, call);
            }
            Action::RetireKey { name, fingerprint } => {
                let address = Address::Key(name.clone());
                let intent = (address.clone(), Intent::Retire);
                let phase = PairPhase::Changing(Box::new(Change::Removed(address)));
                self.write_pair(id, intent, phase, Call::RetireKey { name, fingerprint });
            }
            Action::Record { changes } => self.change(id, changes),
            Action::Defer { .. } => {
                let changes = self.obligations(id);
                self.change(id, changes);
            }
            Action::Attach { .. }
            | Action::Detach { .. }
            | Action::Restart { .. }
            | Action::Prove { .. }
            | Action::Gate { .. } => {}
        }
    }

    pub(super) fn advance_pair(
        &mut self,
        id: usize,
        phase: PairPhase,
        result: Result<Answer, CallFailure>,
    ) {
        match (phase, result) {
            (PairPhase::Generating, Ok(Answer::Generated { fingerprint, public_key })) => {
                self.store_key(id, fingerprint, public_key);
            }
            (PairPhase::Storing(record), Ok(_)) => {
                if let Action::MakeKey { name, .. } = &self.plan.steps[id].action {
                    self.change(id, vec![Change::Key(name.clone(), record)]);
                }
            }
            (PairPhase::Importing, Ok(Answer::Imported(print))) => self.imported(id, print),
            // Whatever it said, the pair may be there: an answer that was lost on the way, or on
            // an earlier try, looks like "exists already".
            (PairPhase::Importing, Err(failure)) => {
                self.read_pair(id, PairPhase::ResolvingImport(failure));
            }
            (PairPhase::ResolvingImport(failure), Ok(Answer::Pair(pair))) => {
                self.resolve_import(id, failure, pair);
            }
            (PairPhase::Changing(change), Ok(_)) => self.change(id, vec![*change]),
            (PairPhase::LookingForBound, Ok(Answer::Instances(bound))) if bound.is_empty() => {
                if let Action::DeletePair { region, name } = self.plan.steps[id].action.clone() {
                    self.call_pair(id, PairPhase::LookingAtPair, Call::ReadPair { region, name });
                }
            }
            (PairPhase::LookingAtPair, Ok(Answer::Pair(None))) => self.deleted(id),
            (PairPhase::LookingAtPair, Ok(Answer::Pair(Some(pair)))) => {
                if self.expects(id, &pair) {
                    self.delete(id);
                } else {
                    self.end(id, StepEnd::Failed(NOT_OURS.to_owned()));
                }
            }
            (PairPhase::LookingForBound, Ok(Answer::Instances(bound))) => {
                let ids: Vec<_> = bound.iter().map(|one| one.id.to_string()).collect();
                let reason = format!("instances are bound to it now: {}", ids.join(", "));
                self.end(id, StepEnd::Failed(reason));
            }
            (PairPhase::Deleting, Ok(_)) => self.deleted(id),
            (PairPhase::Deleting, Err(failure)) => {
                self.read_pair(id, PairPhase::ResolvingDelete(failure));
            }
            (PairPhase::ResolvingDelete(_), Ok(Answer::Pair(None))) => self.deleted(id),
            (PairPhase::ResolvingDelete(failure), Ok(Answer::Pair(Some(_)))) => {
                self.repeat_or_fail(id, failure, Self::delete);
            }
            (PairPhase::ResolvingImport(failure) | PairPhase::ResolvingDelete(failure), _) => {
                self.end(id, StepEnd::Failed(failure.message));
            }
            (_, Err(failure)) => self.end(id, StepEnd::Failed(failure.message)),
            (_, Ok(_)) => self.end(id, StepEnd::Failed(UNEXPECTED.to_owned())),
        }
    }

    fn call_pair(&mut self, id: usize, phase: PairPhase, call: Call) {
        self.call(id, Phase::Pair(phase), call);
    }

    fn write_pair(&mut self, id: usize, intent: (Address, Intent), phase: PairPhase, call: Call) {
        self.write(id, vec![intent], Phase::Pair(phase), call);
    }

    /// Writes down changes that are so now, and ends the step.
    fn change(&mut self, id: usize, changes: Vec<Change>) {
        self.outcome(id, changes, Vec::new(), true);
        self.end(id, StepEnd::Done);
    }

    /// Takes over a pair: its tags say so first, and then its record.
    fn adopt(&mut self, id: usize, already: bool) {
        let Action::AdoptPair {
            region,
            name,
            key_pair,
            generation,
            tags,
            turn,
            protect,
            fingerprint,
            ..
        } = self.plan.steps[id].action.clone()
        else {
            return;
        };
        let record = RecordPair {
            key_pair: key_pair.clone(),
            generation,
            fingerprint,
            tags: tags.clone(),
            turn,
            protect,
            revision: 0,
        };
        let change = Change::Pair(region.clone(), name.clone(), record);
        if already {
            return self.change(id, vec![change]);
        }
        let intent = (pair_address(&region, &name), Intent::Tag);
        let call = Call::Tag { region, name, tags, key_pair, generation };
        self.write_pair(id, intent, PairPhase::Changing(Box::new(change)), call);
    }

    fn key_is_there(&mut self, id: usize, name: &CloudName, pair: &KeyPairName, generation: u32) {
        match self.run.held_keys.get(name).cloned() {
            Some((fingerprint, public_key)) => {
                let record = key_record(pair, generation, fingerprint, public_key);
                self.change(id, vec![Change::Key(name.clone(), record)]);
            }
            None => self.end(id, StepEnd::Failed("its key is not in the vault".to_owned())),
        }
    }

    fn store_key(&mut self, id: usize, fingerprint: Fingerprint, public_key: String) {
        let Action::MakeKey { name, key_pair, generation } = self.plan.steps[id].action.clone()
        else {
            return;
        };
        let record = key_record(&key_pair, generation, fingerprint, public_key);
        let intent = (Address::Key(name.clone()), Intent::Make(record.clone()));
        self.write_pair(id, intent, PairPhase::Storing(record), Call::StoreKey { name });
    }

    fn begin_import(&mut self, id: usize) {
        let Action::ImportPair { region, name, key_pair, generation, tags, .. } =
            self.plan.steps[id].action.clone()
        else {
            return;
        };
        let Some((fingerprint, public_key)) = self.imported_key(id) else {
            return self.end(id, StepEnd::Failed("its key is not in the vault".to_owned()));
        };
        let intent = (pair_address(&region, &name), Intent::Import { fingerprint });
        let call = Call::Import { region, name, public_key, tags, key_pair, generation };
        self.write_pair(id, intent, PairPhase::Importing, call);
    }

    /// The key of which a step makes a pair.
    fn imported_key(&self, id: usize) -> Option<(Fingerprint, String)> {
        let Action::ImportPair { name, key, .. } = &self.plan.steps[id].action else { return None };
        match key {
            PairKey::Given { public_key, fingerprint, .. } => {
                Some((*fingerprint, public_key.clone()))
            }
            PairKey::Held { .. } | PairKey::Made => self.key(name),
        }
    }

    fn imported(&mut self, id: usize, print: Option<Fingerprint>) {
        let Action::ImportPair { region, name, .. } = self.plan.steps[id].action.clone() else {
            return;
        };
        let ours = self.imported_key(id).map(|(fingerprint, _)| fingerprint);
        if print.is_some() && print != ours {
            let reason = "the service computed another fingerprint of its key than keyform; \
                          please report this";
            return self.end(id, StepEnd::Failed(reason.to_owned()));
        }
        self.pair_is_made(id, &region, &name);
    }

    fn pair_is_made(&mut self, id: usize, region: &Region, name: &CloudName) {
        let Action::ImportPair { key_pair, generation, tags, turn, protect, .. } =
            self.plan.steps[id].action.clone()
        else {
            return;
        };
        let Some((fingerprint, _)) = self.imported_key(id) else {
            return self.end(id, StepEnd::Failed("its key is not in the vault".to_owned()));
        };
        let record =
            RecordPair { key_pair, generation, fingerprint, tags, turn, protect, revision: 0 };
        self.change(id, vec![Change::Pair(region.clone(), name.clone(), record)]);
    }

    /// An import that failed has happened all the same if the pair is there with our key and our
    /// lineage.
    fn resolve_import(&mut self, id: usize, failure: CallFailure, pair: Option<ObservedPair>) {
        let Action::ImportPair { region, name, .. } = self.plan.steps[id].action.clone() else {
            return;
        };
        let ours = self.imported_key(id).map(|(fingerprint, _)| fingerprint);
        let lineage = self.run.lineage.as_str();
        match pair {
            Some(pair)
                if pair.fingerprint == ours
                    && pair.tags.get(ownership::TAG_LINEAGE).map(String::as_str)
                        == Some(lineage) =>
            {
                self.pair_is_made(id, &region, &name);
            }
            Some(_) => self.end(id, StepEnd::Failed(failure.message)),
            None => self.repeat_or_fail(id, failure, Self::begin_import),
        }
    }

    /// Whether a pair is the one that a step's expectations name.
    fn expects(&self, id: usize, pair: &ObservedPair) -> bool {
        self.plan.steps[id].expectations.iter().any(|expectation| {
            matches!(expectation, Expectation::PairOurs { fingerprint, .. }
                if self.is_ours(pair, *fingerprint))
        })
    }

    /// Whether a pair has this key, and not the tags of another state.
    pub(super) fn is_ours(&self, pair: &ObservedPair, fingerprint: Fingerprint) -> bool {
        let lineage = pair.tags.get(ownership::TAG_LINEAGE);
        pair.fingerprint == Some(fingerprint)
            && lineage.is_none_or(|lineage| lineage == self.run.lineage.as_str())
    }

    fn delete(&mut self, id: usize) {
        if let Action::DeletePair { region, name } = self.plan.steps[id].action.clone() {
            let intent = (pair_address(&region, &name), Intent::Delete);
            self.write_pair(id, intent, PairPhase::Deleting, Call::Delete { region, name });
        }
    }

    fn deleted(&mut self, id: usize) {
        if let Action::DeletePair { region, name } = &self.plan.steps[id].action {
            let change = Change::Removed(pair_address(region, name));
            self.change(id, vec![change]);
        }
    }

    fn read_pair(&mut self, id: usize, phase: PairPhase) {
        let (Action::ImportPair { region, name, .. } | Action::DeletePair { region, name }) =
            self.plan.steps[id].action.clone()
        else {
            return;
        };
        self.resolve(id, Phase::Pair(phase), Call::ReadPair { region, name });
    }

    /// A write that surely did not happen is tried again while it may succeed.
    fn repeat_or_fail(&mut self, id: usize, failure: CallFailure, again: fn(&mut Self, usize)) {
        if !self.write_later(id, &failure, again) {
            self.end(id, StepEnd::Failed(failure.message));
        }
    }

    fn retagged(&self, region: &Region, name: &CloudName, edit: impl FnOnce(&mut Tags)) -> Change {
        let address = pair_address(region, name);
        self.run.facts.pair(region, name).map_or(Change::Removed(address), |record| {
            let mut record = record.clone();
            edit(&mut record.tags);
            Change::Pair(region.clone(), name.clone(), record)
        })
    }
}

/// Why nothing is done to a pair that somebody has replaced since the plan was made.
pub(super) const NOT_OURS: &str =
    "the pair of this name is another one now, which this project did not make; plan again";
/// What a driver that mixes up its answers is told.
pub(super) const UNEXPECTED: &str =
    "the answer was that of another call, which is a mistake of keyform; please report it";

fn pair_address(region: &Region, name: &CloudName) -> Address {
    Address::Pair(region.clone(), name.clone())
}

fn key_record(
    key_pair: &KeyPairName,
    generation: u32,
    fingerprint: Fingerprint,
    public_key: String,
) -> RecordKey {
    RecordKey { key_pair: key_pair.clone(), generation, fingerprint, public_key, revision: 0 }
}
