//! Applying a plan.

use std::{
    collections::BTreeMap,
    sync::{Arc, PoisonError},
};

use super::{
    context::Engine,
    error::SessionError,
    lock::{Holding, take_lock},
    log,
    open::Session,
    plan::{Looks, PlanOptions, Planned},
};
use crate::{
    apply::{Limits, Progress, Report, Run, Scheduler},
    cloud::Cloud,
    driver::{Executor, Leased, run_inline, run_threads},
    model::{Observed, RunId, Timestamp, VaultKey},
    plan::{
        self, Plan,
        check::check,
        expect::{Now, Verdict, other_document, verify},
    },
    state::State,
    store::LoadedState,
};

/// What is to be applied.
#[derive(Clone, Debug)]
pub enum ApplyRequest {
    /// A plan that is made now.
    Fresh(PlanOptions),
    /// A plan that was made and reviewed before.
    Saved(Box<Plan>),
}

/// Whoever says whether a fresh plan is applied. A saved one was approved by whoever passed it.
pub type Approval<'a> = &'a mut dyn FnMut(&Planned) -> bool;

/// Whoever follows a run: hears of progress with its plan and its moment.
pub type PlanListener<'a> = &'a mut dyn FnMut(&Plan, Timestamp, &Progress);

/// What became of an apply.
#[derive(Debug)]
pub enum Applied {
    /// There was nothing to do.
    Nothing(Box<Plan>),
    /// Nobody approved it, and nothing was done.
    Declined,
    /// The plan ran.
    Ran {
        /// The plan.
        plan: Box<Plan>,
        /// What became of its steps, and whether it was stopped before its end.
        report: Report,
    },
}

impl Session {
    /// Applies a plan, under the lock.
    ///
    /// # Errors
    /// [`SessionError`]. A run that began and failed is no error but a report.
    pub fn apply(
        &self,
        wish: ApplyRequest,
        approve: Approval<'_>,
        listener: PlanListener<'_>,
    ) -> Result<Applied, SessionError> {
        let digest = match &wish {
            ApplyRequest::Fresh(_) => None,
            ApplyRequest::Saved(plan) => Some(plan.digest.as_str()),
        };
        self.store.refuse_if_gone()?;
        let holding = take_lock(&self.store, &self.context, digest)?;
        // Under the lock: another run could change the state between this read and the first write.
        let state = self.store.fold(&holding.run)?;
        self.vault.clean().map_err(SessionError::CleanVault)?;
        let plan = match wish {
            ApplyRequest::Fresh(options) => {
                let loaded = state.clone().map(|state| LoadedState { state, has_journals: false });
                let planned = self.plan_from(options, loaded, Looks::Inspect)?;
                if planned.plan.is_empty() {
                    return Ok(Applied::Nothing(Box::new(planned.plan)));
                }
                self.look_at_rights(&planned.plan)?;
                if !approve(&planned) {
                    return Ok(Applied::Declined);
                }
                planned.plan
            }
            ApplyRequest::Saved(plan) => {
                // Before the cloud is read: a plan of another project may be about other regions.
                if let Some(stale) = other_document(&plan, &self.desired.project.name) {
                    return Err(SessionError::Stale(vec![stale]));
                }
                check(&plan).map_err(SessionError::Unsound)?;
                let run = state.as_ref().and_then(|state| state.recorded.run(&plan.digest));
                // A second run of the same plan would act on an approval that is used up (L5).
                if run.is_some_and(|run| run.finished) {
                    return Err(SessionError::AlreadyApplied);
                }
                if plan.is_empty() {
                    return Ok(Applied::Nothing(plan));
                }
                self.look_at_rights(&plan)?;
                *plan
            }
        };
        // Also for a plan made a moment ago: people take their time to approve.
        let (verdict, observed) = self.verify(&plan, state.as_ref())?;
        // Not before the approval and the verdict: a run that is refused leaves nothing behind.
        holding.check(&self.store)?;
        let state = match state {
            Some(state) => state,
            None => self.begin_state(&plan, &holding.run)?,
        };
        let report = self.run((&plan, &holding), verdict, &observed, state, listener)?;
        Ok(Applied::Ran { plan: Box::new(plan), report })
    }

    /// Reads the facts that the plan rests on again, and refuses a plan that is stale.
    fn verify(
        &self,
        plan: &Plan,
        state: Option<&State>,
    ) -> Result<(Verdict, Observed), SessionError> {
        let empty = crate::state::Records::default();
        let recorded = state.map_or(&empty, |state| &state.recorded);
        let lineage = state.map(|state| &state.lineage);
        let mut observed =
            self.observe(plan::question_of(plan), recorded, lineage, Looks::Inspect)?;
        let orphaned = match (state, &plan.lineage) {
            (None, Some(_)) => plan::orphaned_lineage(&self.desired.project.name, &observed),
            _ => None,
        };
        let lineage = lineage.or(orphaned.as_ref());
        if orphaned.is_some() {
            observed = self.observe(plan::question_of(plan), recorded, lineage, Looks::Inspect)?;
        }
        let project = &self.desired.project.name;
        let verdict = verify(plan, Now { project, lineage, recorded, observed: &observed });
        if verdict.stale.is_empty() {
            Ok((verdict, observed))
        } else {
            Err(SessionError::Stale(verdict.stale))
        }
    }

    /// Begins a state: with the lineage that the plan has taken over, or with a new one.
    fn begin_state(&self, plan: &Plan, run: &RunId) -> Result<State, SessionError> {
        if let Some(lineage) = &plan.lineage {
            return Ok(self.store.create(lineage.clone(), run)?);
        }
        Ok(self.store.create(self.new_lineage()?, run)?)
    }

    fn run(
        &self,
        (plan, holding): (&Plan, &Holding),
        verdict: Verdict,
        observed: &Observed,
        state: State,
        listener: PlanListener<'_>,
    ) -> Result<Report, SessionError> {
        let mut journal = self.store.journal(&state, &plan.digest, &holding.run, self.now());
        let outside = Executor::new(
            Cloud::new(Arc::new(Leased::new(
                self.transport.clone(),
                holding.lease().clone(),
                self.call_timeout,
            ))),
            &*self.vault,
            &*self.context.keys,
            &self.directory,
        )
        .with_environment(self.context.environment.clone())
        .with_trace_parent(self.context.runner.trace_parent.clone())
        .under(holding.lease().clone());
        let run = Run {
            verdict,
            revision: state.serial + 1,
            lineage: state.lineage,
            recorded: state.recorded,
            held_keys: held_keys(observed),
            // What was read for the plan counts as well.
            budget: self.budget.lock().unwrap_or_else(PoisonError::into_inner).clone(),
        };
        let mut emit = |at: Timestamp, progress: &Progress| {
            log::progress(plan, progress);
            listener(plan, at, progress);
        };
        let limits = Limits { deadline: self.context.deadline, ..Limits::default() };
        let stop = &self.context.stop;
        let report = match &self.context.engine {
            Engine::Threads(threads) => {
                let limits = Limits { parallelism: *threads, ..limits };
                let scheduler = Scheduler::new(plan, run, limits);
                let clock = &*self.context.clock;
                run_threads(scheduler, &outside, &mut journal, clock, stop, &mut emit)?
            }
            Engine::Inline(clock) => {
                let scheduler = Scheduler::new(plan, run, limits);
                run_inline(scheduler, &outside, &mut journal, clock, stop, &mut emit)?
            }
        };
        // Nothing is in flight any more, so that a signal is for the next run from here on.
        stop.end();
        // The state is another run's once the lease is lost, and what this one wrote with it.
        if holding.lease().is_held() {
            self.store.fold(&holding.run).map_err(SessionError::NotFolded)?;
        }
        Ok(report)
    }
}

fn held_keys(observed: &Observed) -> HeldKeys {
    let held = observed.vault.iter().filter_map(|(name, key)| match key {
        VaultKey::Present { fingerprint, public_key, .. } => {
            Some((name.clone(), (*fingerprint, public_key.clone())))
        }
        VaultKey::Absent | VaultKey::NotLookedAt | VaultKey::Unusable { .. } => None,
    });
    held.collect()
}

type HeldKeys = BTreeMap<crate::model::CloudName, (crate::model::Fingerprint, String)>;
