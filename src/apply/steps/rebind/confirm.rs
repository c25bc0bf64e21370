//! Reads a binding until the service shows it, and writes down what it shows.

use std::collections::BTreeMap;

use super::super::super::{
    context::{Context, Next, item},
    failure::Failure,
    fresh::Looks,
};
use super::{Phase, Rebind};
use crate::{
    model::{InstanceId, ObservedInstance},
    state::{BindingTerms, Change, RecordInstance},
};

impl Rebind<'_> {
    /// Writes down what the service shows; StartTime now is the baseline of the effect. What it does
    /// not show yet is read again, while the others count already (L8).
    pub(super) fn confirmed(
        &mut self,
        cx: &mut Context<'_, '_>,
        there: Vec<InstanceId>,
        mut looks: Looks,
        seen: Vec<ObservedInstance>,
    ) -> Next {
        let (mut changes, mut pending, now) = (Vec::new(), Vec::new(), cx.now());
        let seen: BTreeMap<_, _> = seen.into_iter().map(|one| (one.id.clone(), one)).collect();
        for instance in cx.items_left() {
            if cx.is_done_for(&instance) {
                continue;
            }
            let (found, at) = (seen.get(&instance), instance.in_region(self.region));
            let bound = found.map(|found| &found.bound);
            match found {
                Some(found) if found.bound.as_ref() == self.to => {
                    let is_new = !there.contains(&instance);
                    changes.push(Change::Instance(at, self.record(cx, found, is_new)));
                    cx.succeed(&instance);
                }
                _ if cx.shared.fresh.may_be_old(&at, bound, now) => pending.push(instance),
                Some(_) => cx.fail_item(&instance, Failure::ChangeNotShown),
                None => cx.fail_item(&instance, Failure::InstanceNotFoundNow),
            }
        }
        if let (false, Some(at)) = (pending.is_empty(), looks.next(now)) {
            cx.record(changes);
            self.phase = Phase::Confirming { there, looks };
            return Next::Reread(at, self.read(pending));
        }
        let is_done = !cx.has_failed();
        cx.outcome(changes, Vec::new(), is_done);
        cx.end_by_items()
    }

    fn record(
        &self,
        cx: &Context<'_, '_>,
        found: &ObservedInstance,
        is_new: bool,
    ) -> RecordInstance {
        let recorded = &cx.shared.run.recorded;
        let before = recorded.instance(&found.id.in_region(self.region));
        let bound = self.to.and_then(|name| cx.shared.bound(self.region, name));
        // What an earlier run of this plan has rebound and recorded keeps its baseline. Any other
        // record of the same binding is older than this change.
        let address = self.address(&found.id);
        let run = recorded.run(&cx.shared.plan.digest);
        let is_own = run.is_some_and(|run| !run.finished && run.touched.contains(&address));
        if let Some(before) = before
            && !is_new
            && is_own
            && before.bound == bound
            && before.binding == self.fleet.binding
        {
            return before.clone();
        }
        let is_retaken = is_new && item(self.items, &found.id).is_some_and(|item| item.retaken);
        let terms = self.fleet.terms();
        let is_proof_asked = terms.is_proof_asked && self.to.is_some();
        let terms = BindingTerms { is_proof_asked, ..terms };
        let record =
            RecordInstance::rebound(before, terms, bound, found.start_time, cx.now(), is_retaken);
        // Without a record that says more, the guest may accept what it was found bound to (L3).
        let from = item(self.items, &found.id).and_then(|item| item.bound.as_ref());
        match from.and_then(|name| cx.shared.bound(self.region, name)) {
            Some(from) => record.accepting(from.fingerprint),
            None => record,
        }
    }
}
