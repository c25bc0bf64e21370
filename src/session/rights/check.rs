//! Finding out what rights the caller has, without changing anything.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    super::{context::RightsCheck, error::SessionError, open::Session},
    NeededRights,
};
use crate::{
    cloud::Cloud,
    ecs::{CallError, limits::REBOOT_INSTANCES_MAX},
    model::{InstanceId, Region},
    plan::Plan,
    rights::{Because, Denial, Need, Purpose, Resource, RightsReport, ToldBy, Untold},
    state::Records,
};

impl Session {
    /// Finds out what the caller lacks of the rights that the project needs, or one plan of it. The
    /// service is asked by dry runs and lists alone.
    ///
    /// # Errors
    /// [`SessionError::Store`], and [`SessionError::Observe`] if the service does not answer.
    pub fn rights(
        &self,
        purpose: Purpose,
        plan: Option<&Plan>,
    ) -> Result<RightsReport, SessionError> {
        let needed = self.needed_rights(purpose, plan)?;
        found_out(self.reader(), &needed, &self.recorded()?)
    }

    /// The same session, whose applies look at the caller's rights first.
    #[must_use]
    pub fn checking_rights(self, check: Option<RightsCheck>) -> Self {
        Self { rights_check: check, ..self }
    }

    /// Refuses to apply a plan for which the caller lacks rights, if that is to be looked at.
    pub(in crate::session) fn look_at_rights(&self, plan: &Plan) -> Result<(), SessionError> {
        let Some(check) = self.rights_check else { return Ok(()) };
        let report = self.rights(Purpose::Apply, Some(plan))?;
        if !report.missing.is_empty() {
            return Err(SessionError::RightsMissing(report));
        }
        (check.on_checked)(&report);
        Ok(())
    }
}

/// Finds out what a caller lacks of these rights, by dry runs and lists.
///
/// # Errors
/// [`SessionError::Observe`] if the service does not answer.
pub(in crate::session) fn found_out(
    cloud: Cloud,
    needed: &NeededRights,
    recorded: &Records,
) -> Result<RightsReport, SessionError> {
    let has_pairs = recorded.pairs.iter().filter(|(_, pairs)| !pairs.is_empty());
    let report = RightsReport { purpose: needed.purpose, missing: Vec::new(), untold: Vec::new() };
    let with_pairs = has_pairs.map(|(region, _)| region.clone()).collect();
    Check { cloud, needed, with_pairs, report }.run()
}

/// What is found out, need by need.
struct Check<'a> {
    cloud: Cloud,
    needed: &'a NeededRights,
    /// The regions that have recorded pairs.
    with_pairs: BTreeSet<Region>,
    report: RightsReport,
}

impl Check<'_> {
    fn run(mut self) -> Result<RightsReport, SessionError> {
        let mut restarts: BTreeMap<Region, Vec<Need>> = BTreeMap::new();
        for need in &self.needed.needs {
            let right = need.right();
            match (right.told_by, &need.resource) {
                (ToldBy::List, Resource::KeyPair { region: Some(region), .. }) => {
                    self.pairs(need, region)?;
                }
                (ToldBy::DryRun, Resource::Instance { region: Some(region), .. })
                    if !right.writes =>
                {
                    self.instances(need, region)?;
                }
                (ToldBy::DryRun, Resource::Instance { region: Some(region), id })
                    if !id.contains('*') =>
                {
                    restarts.entry(region.clone()).or_default().push(need.clone());
                }
                (ToldBy::DryRun, _) => self.untold(need, Because::NotNamed),
                (ToldBy::List | ToldBy::Nothing, _) => self.untold(need, Because::NoDryRun),
            }
        }
        for (region, needs) in restarts {
            for batch in needs.chunks(REBOOT_INSTANCES_MAX) {
                self.restart(&region, batch)?;
            }
        }
        Ok(self.report)
    }

    fn instances(&mut self, need: &Need, region: &Region) -> Result<(), SessionError> {
        match self.cloud.may_read_instances(region) {
            Ok(()) => Ok(()),
            Err(error) => self.denied_or(error, std::slice::from_ref(need), region),
        }
    }

    fn pairs(&mut self, need: &Need, region: &Region) -> Result<(), SessionError> {
        match self.cloud.lists_key_pairs(region) {
            Ok(false) if self.with_pairs.contains(region) => {
                self.untold(need, Because::EmptyListOfRecorded);
            }
            Ok(false) => self.untold(need, Because::EmptyList),
            Ok(true) => {}
            Err(error) => self.denied_or(error, std::slice::from_ref(need), region)?,
        }
        Ok(())
    }

    /// A dry run of a restart. Any refusal but one for a lack of rights leaves it open: in which order
    /// the service checks is not documented.
    fn restart(&mut self, region: &Region, batch: &[Need]) -> Result<(), SessionError> {
        let id = |need: &Need| match &need.resource {
            Resource::Instance { id, .. } => Some(InstanceId::new(id.as_str())),
            Resource::All | Resource::KeyPair { .. } => None,
        };
        let ids: Vec<_> = batch.iter().filter_map(id).collect();
        match self.cloud.may_restart(region, &ids) {
            Ok(()) => {}
            Err(error) if error.denial().is_some() => self.denied_or(error, batch, region)?,
            Err(CallError::Service { code, .. }) => {
                let because = Because::RefusedOtherwise { code };
                batch.iter().for_each(|need| self.untold(need, because.clone()));
            }
            Err(error) => {
                let source = Box::new(error);
                return Err(SessionError::Observe { region: region.clone(), source });
            }
        }
        Ok(())
    }

    /// Notes what is lacking; any other error ends the check, since nothing is known then.
    fn denied_or(
        &mut self,
        error: CallError,
        needs: &[Need],
        region: &Region,
    ) -> Result<(), SessionError> {
        let Some(denial) = error.denial() else {
            let source = Box::new(error);
            return Err(SessionError::Observe { region: region.clone(), source });
        };
        // The account of the project, where the service did not tell that of the caller.
        let account = Some(denial.account.unwrap_or_else(|| self.needed.account.clone()));
        let denial = Denial { account, resources: Vec::new(), ..denial };
        self.report.lacks(denial.about(needs));
        Ok(())
    }

    fn untold(&mut self, need: &Need, because: Because) {
        let (action, arn) = (need.action(), need.resource.arn(&self.needed.account));
        let untold = &mut self.report.untold;
        let known = untold.iter_mut().find(|one| one.action == action && one.because == because);
        match known {
            Some(known) => known.resources.push(arn),
            None => untold.push(Untold { action, resources: vec![arn], because }),
        }
    }
}
