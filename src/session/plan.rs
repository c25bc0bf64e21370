//! Making a plan.

use std::{
    collections::{BTreeMap, BTreeSet, btree_map::Entry},
    sync::{Mutex, PoisonError},
};

use super::{error::SessionError, log, open::Session};
use crate::{
    cloud::observe_region,
    driver::parallel,
    model::{
        CloudName, InstanceRef, Lineage, Observed, Presence, Region, RegionQuestion, VaultKey,
    },
    plan::{self, Inputs, Plan, Question, Targets, check::check},
    state::Records,
    store::LoadedState,
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
    /// For nothing but deferred work of applied plans, which was approved with them.
    pub due: bool,
    /// Restart instances by power cuts: for those that do not restart gracefully.
    pub force_restarts: bool,
}

/// How the vault is looked into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Looks {
    /// Without running a program.
    Glance,
    /// As a run does that changes something.
    Inspect,
}

/// A plan, and what it was made from.
#[derive(Clone, Debug)]
pub struct Planned {
    /// The plan.
    pub plan: Plan,
    /// What was recorded.
    pub recorded: Records,
    /// What was observed.
    pub observed: Observed,
}

impl Session {
    /// Makes a plan. Takes no lock and writes nothing.
    ///
    /// # Errors
    /// [`SessionError`].
    pub fn plan(&self, options: PlanOptions) -> Result<Planned, SessionError> {
        self.plan_from(options, self.store.load()?, Looks::Glance)
    }

    pub(super) fn plan_from(
        &self,
        options: PlanOptions,
        loaded: Option<LoadedState>,
        looks: Looks,
    ) -> Result<Planned, SessionError> {
        let (mut lineage, serial, recorded) = match loaded {
            Some(LoadedState { state, .. }) => (Some(state.lineage), state.serial, state.recorded),
            None => (None, 0, Records::default()),
        };
        let desired = (!options.destroy).then_some(&self.desired);
        let question = plan::question(desired, &recorded);
        let mut observed = self.observe(question.clone(), &recorded, lineage.as_ref(), looks)?;
        if lineage.is_none() {
            // A lost state: what it made is known again by its tags, and looked at more closely.
            lineage = plan::orphaned_lineage(&self.desired.project.name, &observed);
            if lineage.is_some() {
                observed = self.observe(question, &recorded, lineage.as_ref(), looks)?;
            }
        }
        if !options.destroy {
            observed.elsewhere = self.look_elsewhere(&observed);
        }
        let make = if options.due { plan::due } else { plan::plan };
        let plan = make(Inputs {
            project: &self.desired.project.name,
            desired,
            limits: &self.desired.project.limits,
            state: &self.desired.project.state,
            lineage: lineage.as_ref(),
            serial,
            recorded: &recorded,
            observed: &observed,
            now: self.context.clock.now(),
            accept_missing: options.accept_missing,
            targets: &options.targets,
            force_restarts: options.force_restarts,
        })?;
        check(&plan).map_err(SessionError::Mistake)?;
        log::planned(&plan);
        Ok(Planned { plan, recorded, observed })
    }

    /// Reads what a plan has to know: all regions at once as far as the engine does more than one
    /// thing at once. The error is that of the first region in their order.
    pub(super) fn observe(
        &self,
        question: Question,
        recorded: &Records,
        lineage: Option<&Lineage>,
        looks: Looks,
    ) -> Result<Observed, SessionError> {
        let looked_up = Mutex::default();
        for name in question.vault {
            self.look_up(name, looks, &looked_up)?;
        }
        let cloud = self.reader();
        let questions: Vec<(Region, RegionQuestion)> = question.regions.into_iter().collect();
        let threads = self.context.engine.threads();
        let regions = parallel(threads, &questions, |(region, question)| {
            let failed =
                |source| SessionError::Observe { region: region.clone(), source: Box::new(source) };
            let mut read = observe_region(&cloud, region, question).map_err(failed)?;
            let project = &self.desired.project.name;
            let found = plan::unrecorded_pairs(recorded, project, lineage, region, &read);
            if !found.is_empty() && !question.all_instances {
                let all = RegionQuestion { all_instances: true, ..question.clone() };
                read = observe_region(&cloud, region, &all).map_err(failed)?;
            }
            for name in found {
                self.look_up(name, looks, &looked_up)?;
            }
            Ok::<_, SessionError>((region.clone(), read))
        })?;
        let vault = looked_up.into_inner().unwrap_or_else(PoisonError::into_inner);
        let regions = regions.into_iter().collect();
        Ok(Observed { regions, vault, elsewhere: BTreeMap::new() })
    }

    /// Looks in the other regions of the project for listed instances that are gone from theirs: a
    /// region that is written wrong is the usual reason.
    fn look_elsewhere(&self, observed: &Observed) -> Elsewhere {
        let cloud = self.reader();
        let listed = self.desired.bindings.iter().flat_map(|binding| {
            binding.chosen.listed().iter().map(|one| one.id.in_region(&binding.region))
        });
        let is_gone = |at: &InstanceRef| observed.instance(at) == Some(&Presence::Gone);
        let gone: Vec<InstanceRef> = listed.filter(is_gone).collect();
        let mut elsewhere = Elsewhere::new();
        for other in observed.regions.keys() {
            let missing = gone.iter().filter(|at| at.region != *other);
            let ids: Vec<_> = missing.clone().map(|at| at.id.clone()).collect();
            // It only makes a row clearer, so that a region that cannot be read says nothing.
            let seen = cloud.instances_by_id(other, &ids).unwrap_or_default();
            let seen: BTreeSet<_> = seen.into_iter().map(|one| one.id).collect();
            let found = missing.filter(|at| seen.contains(&at.id));
            elsewhere.extend(found.map(|at| (at.clone(), other.clone())));
        }
        elsewhere
    }

    /// Looks up what the vault has under a name, once.
    fn look_up(
        &self,
        name: CloudName,
        looks: Looks,
        looked_up: &Mutex<LookedUp>,
    ) -> Result<(), SessionError> {
        let mut looked_up = looked_up.lock().unwrap_or_else(PoisonError::into_inner);
        if let Entry::Vacant(entry) = looked_up.entry(name) {
            let looked = match looks {
                Looks::Glance => self.vault.glance(entry.key()),
                Looks::Inspect => self.vault.inspect(entry.key()),
            };
            let failed = |source| SessionError::Vault { name: entry.key().clone(), source };
            let key = looked.map_err(failed)?;
            entry.insert(key);
        }
        Ok(())
    }
}

/// Where instances were seen that are gone from the region of their Binding.
type Elsewhere = BTreeMap<InstanceRef, Region>;

/// What the vault has under each name that was looked up.
type LookedUp = BTreeMap<CloudName, VaultKey>;
