//! Taking away what rehearsals made: at the end of each, whatever happened, and what others left.

use std::time::Duration;

use super::{Rehearsal, RehearsalError, in_short, note::Note, story::is_of_rehearsal, told};
use crate::{
    checkup::CheckCode,
    ecs::{CallError, CloudRead, CloudWrite, Code, ReadAnswer},
    model::{CloudName, InstanceId},
};

/// For how long a pair may count as bound although nothing is bound to it any more.
const LETS_GO: Duration = Duration::from_secs(60);
const PAUSE: Duration = Duration::from_secs(2);
/// For how long an instance may be on its way down or up.
const SETTLES: Duration = Duration::from_secs(600);

impl Rehearsal<'_> {
    /// Removes the pairs of rehearsals that did not come to their end, if nothing is bound to them
    /// but the instance of this one.
    pub(super) fn remove_leftovers(&mut self) -> Result<(), RehearsalError> {
        let pairs = self.cloud.key_pairs(&self.at.region).map_err(RehearsalError::Call)?;
        let left = pairs.into_iter().filter(|pair| is_of_rehearsal(&pair.name, &pair.tags));
        for name in left.map(|pair| pair.name) {
            let bound = self.bound_to(&name).map_err(RehearsalError::Call)?;
            if bound.iter().any(|id| *id != self.at.id) {
                let finding = format!("{name} of another rehearsal is bound to an instance");
                let advice = "rehearse on that instance to remove it, or unbind it by hand";
                self.warn(CheckCode::Leftover, finding, advice);
                continue;
            }
            self.say(&format!("removing {name}, which an earlier rehearsal has left"));
            self.unbind_surely(&name).map_err(RehearsalError::Call)?;
            self.delete_surely(&name).map_err(RehearsalError::Call)?;
        }
        Ok(())
    }

    /// Refuses an instance that is bound to a pair, once those of rehearsals are gone.
    pub(super) fn refuse_bound(&mut self) -> Result<(), RehearsalError> {
        let ids = std::slice::from_ref(&self.at.id);
        let found = self.cloud.instances_by_id(&self.at.region, ids);
        let found = found.map_err(RehearsalError::Call)?;
        let id = self.at.id.clone();
        match found.into_iter().find(|one| one.id == id) {
            None => Err(RehearsalError::NoInstance { id }),
            Some(instance) => match instance.bound {
                Some(bound) => Err(RehearsalError::Bound { id, bound }),
                None => Ok(()),
            },
        }
    }

    /// Unbinds the instance from the pairs of this rehearsal, deletes them, and forgets their keys.
    /// It goes on whatever fails, and says what is left.
    pub(super) fn clean_up(&mut self) {
        let mut left = Vec::new();
        for name in self.note.pairs.clone() {
            let removed = self.unbind_surely(&name).and_then(|()| self.delete_if_there(&name));
            if let Err(error) = removed {
                left.push(format!("{name} ({})", in_short(&error)));
            }
        }
        if self.has_restarted {
            let finding = format!(
                "the guest of {} accepts a key of the rehearsal, which no one has any more, until it \
                 restarts",
                self.at.id
            );
            self.warn(CheckCode::Leftover, finding, "restart it");
        }
        if !left.is_empty() {
            let finding = format!("not removed: {}", left.join(", "));
            let advice = "run the rehearsal again with the same instance, which removes them";
            self.warn(CheckCode::Leftover, finding, advice);
        } else if let Err(error) = Note::remove(self.doctor) {
            let finding = format!("the note of the rehearsal was not removed: {}", told(&error));
            self.warn(CheckCode::Leftover, finding, "remove .keyform/rehearsal.json and its keys");
        }
    }

    /// Unbinds the instance from a pair. One that is on its way down or up is refused, and tried
    /// again until it is there.
    fn unbind_surely(&self, name: &CloudName) -> Result<(), CallError> {
        let since = self.now();
        loop {
            let bound = self.bound_to(name)?;
            if !bound.contains(&self.at.id) || self.now().since(since) > SETTLES {
                return Ok(());
            }
            match self.write(&self.detach(name)) {
                Err(error) if !is_of_status(&error) => return Err(error),
                _ => self.doctor.context.clock.sleep(PAUSE),
            }
        }
    }

    fn delete_if_there(&self, name: &CloudName) -> Result<(), CallError> {
        // What a lagging read does not show yet is deleted all the same.
        let found = self.pair(name);
        match self.delete_surely(name) {
            Err(_) if matches!(found, Ok(None)) => Ok(()),
            other => other,
        }
    }

    /// Deletes a pair; one that still counts as bound is tried again for a while.
    pub(super) fn delete_surely(&self, name: &CloudName) -> Result<(), CallError> {
        let since = self.now();
        loop {
            let (region, name) = (self.at.region.clone(), name.clone());
            match self.write(&CloudWrite::Delete { region, name }) {
                Err(error)
                    if (error.code() == Some(Code::KEY_PAIR_BOUND) || error.is_transient())
                        && self.now().since(since) < LETS_GO =>
                {
                    self.doctor.context.clock.sleep(PAUSE);
                }
                other => return other.map(drop),
            }
        }
    }

    fn bound_to(&self, name: &CloudName) -> Result<Vec<InstanceId>, CallError> {
        let (region, name) = (self.at.region.clone(), name.clone());
        let read = CloudRead::Bound { region, name };
        match self.tried(|| self.cloud.read(&read), CallError::is_transient)? {
            ReadAnswer::Instances(bound) => Ok(bound.into_iter().map(|one| one.id).collect()),
            ReadAnswer::Pair(_) | ReadAnswer::Pairs(_) => Ok(Vec::new()),
        }
    }
}

/// Whether a call was refused since the instance is on its way.
fn is_of_status(error: &CallError) -> bool {
    error.code() == Some(Code::INSTANCE_STATUS)
}
