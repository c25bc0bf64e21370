//! Making a plan.

use std::collections::btree_map::Entry;

use super::{error::SessionError, open::Session};
use crate::{
    cloud::observe_region,
    model::{CloudName, Lineage, Observed},
    plan::{self, Inputs, Plan, Question, Targets, check::check},
    state::Facts,
    store::Loaded,
};

/// What a plan is for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PlanOptions {
    /// For nothing desired: everything that was made is removed.
    pub destroy: bool,
    /// Take it for granted that many recorded instances are gone.
    pub accept_missing: bool,
    /// What the plan is restricted to.
    pub targets: Targets,
    /// For nothing but what applied plans have left to its time, and which was approved with them.
    pub due: bool,
    /// Restart instances by power cuts: for those that do not restart gracefully.
    pub force_restarts: bool,
}

/// A plan, and what it was made from.
#[derive(Clone, Debug)]
pub struct Planned {
    /// The plan.
    pub plan: Plan,
    /// What was recorded.
    pub facts: Facts,
    /// What was observed.
    pub observed: Observed,
}

impl Session {
    /// Makes a plan. Takes no lock and writes nothing.
    ///
    /// # Errors
    /// [`SessionError`].
    pub fn plan(&self, options: PlanOptions) -> Result<Planned, SessionError> {
        self.plan_from(options, self.store.load()?)
    }

    pub(super) fn plan_from(
        &self,
        options: PlanOptions,
        loaded: Option<Loaded>,
    ) -> Result<Planned, SessionError> {
        let (mut lineage, serial, facts) = match loaded {
            Some(Loaded { state, .. }) => (Some(state.lineage), state.serial, state.facts),
            None => (None, 0, Facts::default()),
        };
        let desired = (!options.destroy).then_some(&self.desired);
        let question = plan::question(desired, &facts);
        let mut observed = self.observe(question.clone(), &facts, lineage.as_ref())?;
        if lineage.is_none() {
            // A lost state: what it made is known again by its tags, and looked at more closely.
            lineage = plan::orphaned_lineage(&self.desired.project.name, &observed);
            if lineage.is_some() {
                observed = self.observe(question, &facts, lineage.as_ref())?;
            }
        }
        let make = if options.due { plan::due } else { plan::plan };
        let plan = make(Inputs {
            project: &self.desired.project.name,
            desired,
            lineage: lineage.as_ref(),
            serial,
            facts: &facts,
            observed: &observed,
            now: self.surroundings.clock.now(),
            accept_missing: options.accept_missing,
            targets: &options.targets,
            force_restarts: options.force_restarts,
        })?;
        check(&plan).map_err(SessionError::Mistake)?;
        Ok(Planned { plan, facts, observed })
    }

    /// Reads what a plan has to know.
    pub(super) fn observe(
        &self,
        question: Question,
        facts: &Facts,
        lineage: Option<&Lineage>,
    ) -> Result<Observed, SessionError> {
        let mut observed = Observed::default();
        for name in question.vault {
            self.look_up(name, &mut observed)?;
        }
        let cloud = self.reader();
        for (region, mut question) in question.regions {
            let failed = |source| SessionError::Observe { region: region.clone(), source };
            let mut read = observe_region(&cloud, &region, &question).map_err(failed)?;
            let found =
                plan::unrecorded_pairs(facts, &self.desired.project.name, lineage, &region, &read);
            if !found.is_empty() && !question.all_instances {
                question.all_instances = true;
                read = observe_region(&cloud, &region, &question).map_err(failed)?;
            }
            observed.regions.insert(region, read);
            for name in found {
                self.look_up(name, &mut observed)?;
            }
        }
        Ok(observed)
    }

    /// Looks up what the vault has under a name.
    fn look_up(&self, name: CloudName, observed: &mut Observed) -> Result<(), SessionError> {
        if let Entry::Vacant(entry) = observed.vault.entry(name) {
            let looked = self.vault.inspect(entry.key());
            let failed = |source| SessionError::Vault { name: entry.key().clone(), source };
            let key = looked.map_err(failed)?;
            entry.insert(key);
        }
        Ok(())
    }
}
