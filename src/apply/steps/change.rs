//! One write after which something is known to be so: tags that are set or removed, a pair that is
//! taken over or put into another resource group, a private key that is put aside.

use super::super::{
    call::{Answer, Call, CallFailure},
    context::{Context, Next, failed, pair_address},
    failure::Failure,
};
use crate::{
    ecs::CloudWrite,
    model::{Address, CloudName, Region, Tags},
    plan::Action,
    state::{Change, Intent, RecordPair},
};

#[derive(Debug)]
pub(in super::super) struct ChangeStep<'p> {
    action: &'p Action,
    /// What is so once the call is made.
    change: Option<Change>,
}

impl<'p> ChangeStep<'p> {
    pub(super) fn new(action: &'p Action) -> Self {
        Self { action, change: None }
    }

    pub(super) fn begin(&mut self, cx: &mut Context<'_, '_>) -> Next {
        let is_already = cx.shared.run.verdict.effect_present.contains(&cx.id);
        let (intent, call, change) = match self.action.clone() {
            Action::AdoptPair {
                region,
                name,
                key_pair,
                generation,
                tags,
                activation,
                protect,
                resource_group,
                fingerprint,
                owner: _,
            } => {
                let record = RecordPair {
                    key_pair: key_pair.clone(),
                    generation,
                    fingerprint,
                    tags: tags.clone(),
                    activation,
                    protect,
                    resource_group,
                    made: None,
                    revision: 0,
                };
                let change = Change::Pair(region.clone(), name.clone(), record);
                if is_already {
                    return cx.change(vec![change]);
                }
                // Its tags say so first, and then its record.
                let tags = cx.shared.all_tags(&tags, &key_pair, generation);
                let (intent, call) = tagging(region, name, tags);
                (intent, call, change)
            }
            Action::TagPair { region, name, key_pair, generation, tags } => {
                let change = changed(cx, &region, &name, |record| record.tags.extend(tags.clone()));
                let tags = cx.shared.all_tags(&tags, &key_pair, generation);
                let (intent, call) = tagging(region, name, tags);
                (intent, call, change)
            }
            Action::UntagPair { region, name, keys } => {
                let change = changed(cx, &region, &name, |record| {
                    record.tags.retain(|key, _| !keys.contains(key));
                });
                let address = pair_address(&region, &name);
                (
                    (address, Intent::Tag),
                    Call::Write(CloudWrite::Untag { region, name, keys }),
                    change,
                )
            }
            Action::GroupPair { region, name, resource_group } => {
                let change = changed(cx, &region, &name, |record| {
                    record.resource_group = Some(resource_group.clone());
                });
                let address = pair_address(&region, &name);
                let call = Call::Write(CloudWrite::Group { region, name, resource_group });
                ((address, Intent::Group), call, change)
            }
            Action::RetireKey { name, fingerprint } => {
                let address = Address::Key(name.clone());
                let change = Change::Removed(address.clone());
                ((address, Intent::Retire), Call::RetireKey { name, fingerprint }, change)
            }
            _ => return failed(Failure::UnexpectedAnswer),
        };
        self.change = Some(change);
        Next::Write { intents: vec![intent], call, announces: None }
    }

    pub(super) fn hear(
        &mut self,
        cx: &mut Context<'_, '_>,
        answer: Result<Answer, CallFailure>,
    ) -> Next {
        match answer {
            Ok(_) => {
                self.expect_tags(cx);
                cx.change(self.change.take().into_iter().collect())
            }
            Err(failure) => failed(failure),
        }
    }
}

impl ChangeStep<'_> {
    /// Notes which tags the service must show before the run ends.
    fn expect_tags(&self, cx: &mut Context<'_, '_>) {
        match self.action {
            Action::AdoptPair { region, name, key_pair, generation, tags, .. }
            | Action::TagPair { region, name, key_pair, generation, tags } => {
                let tags = cx.shared.all_tags(tags, key_pair, *generation);
                cx.shared.wrote_pair(region, name, |closing| closing.tagged(region, name, &tags));
            }
            Action::GroupPair { region, name, resource_group, .. } => {
                cx.shared.wrote_pair(region, name, |closing| {
                    closing.grouped(region, name, resource_group);
                });
            }
            Action::UntagPair { region, name, keys } => {
                cx.shared.wrote_pair(region, name, |closing| closing.untagged(region, name, keys));
            }
            _ => {}
        }
    }
}

/// The record of a pair with something of it changed.
fn changed(
    cx: &Context<'_, '_>,
    region: &Region,
    name: &CloudName,
    edit: impl FnOnce(&mut RecordPair),
) -> Change {
    let address = pair_address(region, name);
    cx.shared.run.recorded.pair(region, name).map_or(Change::Removed(address), |record| {
        let mut record = record.clone();
        edit(&mut record);
        Change::Pair(region.clone(), name.clone(), record)
    })
}

/// The intent and the call that put tags on a pair.
fn tagging(region: Region, name: CloudName, tags: Tags) -> ((Address, Intent), Call) {
    let address = pair_address(&region, &name);
    ((address, Intent::Tag), Call::Write(CloudWrite::Tag { region, name, tags }))
}
