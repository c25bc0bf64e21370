//! Hears how the instances are that are watched after their restart, and writes down that they are
//! back.

use super::super::super::{
    context::{Context, Next, item},
    failure::Failure,
    report::Progress,
};
use super::{Phase, Restart, records};
use crate::model::{InstanceId, ObservedInstance};

impl<'p> Restart<'p> {
    pub(in super::super) fn awaits(&self, instance: &InstanceId) -> bool {
        matches!(&self.phase, Phase::Watching(left) if left.contains(instance))
    }

    /// Hears how an instance is; answers whether it is back, and has settled.
    pub(in super::super) fn looked(
        &self,
        cx: &mut Context<'_, 'p>,
        found: &ObservedInstance,
    ) -> bool {
        if self.hooks.has_after() {
            cx.shared.programs.saw(self.region, found);
        }
        let at = self.at(&found.id);
        let now = cx.now();
        if cx.shared.fresh.may_be_old(&at, Some(&found.bound), now) {
            // It shows what was before this run has rebound it.
            return false;
        }
        let is_back = cx.shared.watch.saw(&at, found, cx.now());
        let is_running_again = cx.shared.watch.is_running_again(&at);
        let is_bound_as_planned =
            item(self.items, &found.id).is_some_and(|item| item.bound == found.bound);
        if is_running_again && !is_bound_as_planned && !cx.has_failed_on(&found.id) {
            self.missed(cx, found);
        } else if is_running_again && self.hooks.has_after() {
            if cx.shared.watch.take_news(&at).is_some() {
                let evidence = cx.shared.watch.evidence(&at, cx.now());
                self.hooks.intend_put_back(cx, &found.id, evidence);
            }
        } else if !is_back {
            // Should the run be killed meanwhile, nothing else might say that it was down, or is back.
            cx.shared.record_news(cx.id, &at);
        }
        is_back
    }

    /// Others have bound it to something else, perhaps before it restarted: what the plan bound may
    /// not be in effect, so that no later wave may begin, and no pair before it may go (L3).
    fn missed(&self, cx: &mut Context<'_, 'p>, found: &ObservedInstance) {
        cx.fail_item(&found.id, Failure::BindingChangedMeanwhile);
        let at = self.at(&found.id);
        // It is back, which ends its restart.
        cx.shared.record_news(cx.id, &at);
        let change = records::missed(cx.shared, at, found);
        cx.outcome(change.into_iter().collect(), Vec::new(), false);
    }

    pub(super) fn back(&mut self, cx: &mut Context<'_, 'p>, instances: &[InstanceId]) -> Next {
        let is_last = self.watched_off(instances) && !cx.has_programs();
        if self.hooks.has_after() {
            // They count as back when they are put back.
            for instance in instances {
                self.hooks.start_after(cx, instance);
            }
            return Next::Wait;
        }
        let leaves_some = self.leaves_some || self.parts.has_next();
        let is_done = is_last && !cx.has_failed() && !leaves_some;
        self.came_back(cx, instances, is_done);
        match is_last {
            false => Next::Watch,
            true if leaves_some => self.end_if_idle(cx),
            true => cx.end_by_items(),
        }
    }

    /// Writes down that instances are back from their restart, and whether all of the step is done.
    pub(super) fn came_back(
        &self,
        cx: &mut Context<'_, 'p>,
        instances: &[InstanceId],
        is_done: bool,
    ) {
        let mut changes = Vec::new();
        for instance in instances {
            let at = self.at(instance);
            let took_seconds = cx.shared.watch.took_seconds(&at);
            let evidence = cx.shared.watch.evidence(&at, cx.now());
            cx.shared.watch.end(&at);
            if cx.has_failed_on(instance) {
                changes.extend(records::put_back(cx.shared, self.at(instance)));
                continue;
            }
            changes.extend(self.in_effect(cx, instance, evidence, took_seconds));
            cx.succeed(instance);
        }
        cx.emit(Progress::Back { step: cx.id, instances: instances.to_vec() });
        cx.outcome(changes, Vec::new(), is_done);
    }
}
