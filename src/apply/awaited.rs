//! What a step waits for, in groups of instances that wait for the same.

use super::{
    call::{Call, Purpose},
    context::Next,
    report::Awaited,
    shared::Shared,
    steps::Step,
    waits::{Due, SAID_EVERY, WaitFor},
    watch::Stage,
};
use crate::{
    ecs::{CloudRead, CloudWrite},
    model::{InstanceId, Timestamp},
};

/// Instances of a step that wait for the same; none for a step without instances.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) awaited: Awaited,
    pub(super) instances: Vec<InstanceId>,
    pub(super) since: Timestamp,
}

/// What a step waits for with what is next for it; nothing new when it ends.
pub(super) fn awaited_by(next: &Next) -> Option<WaitFor> {
    match next {
        Next::Write { .. } | Next::Call(_) | Next::Again(_) => Some(WaitFor::Answer),
        Next::At(..) => Some(WaitFor::Others),
        Next::Reread(..) => Some(WaitFor::Shown),
        Next::Watch | Next::Wait => Some(WaitFor::Instances),
        Next::Withhold(_) | Next::End(_) => None,
    }
}

/// What a wait of a step is about.
pub(super) fn awaited(
    shared: &Shared<'_>,
    due: Due,
    step: &Step<'_>,
    call: Option<&Call>,
) -> Vec<Group> {
    let Due { step: id, what, since } = due;
    let one = |awaited, instances| vec![Group { awaited, instances, since }];
    match what {
        WaitFor::Shown => one(Awaited::Shown, read_by(call)),
        WaitFor::Answer if matches!(call, Some(Call::Read(_))) => {
            one(Awaited::Look, shared.items_left(id))
        }
        WaitFor::Answer => one(Awaited::Answer, changed_by(call)),
        WaitFor::Others if step.others().is_empty() => Vec::new(),
        WaitFor::Others => one(Awaited::Others, step.others().to_vec()),
        WaitFor::Instances => {
            let mut groups = Vec::new();
            for (instance, stage) in shared.watch.returning(id, |one| step.awaits(one)) {
                let (awaited, since) = match stage {
                    Stage::Restarting(since) => (Awaited::Restart, since),
                    Stage::Unanswered(since) => (Awaited::UnansweredRestart, since),
                    Stage::Settling(since) => (Awaited::Settling, since),
                };
                add(&mut groups, awaited, instance, since);
            }
            for running in shared.programs.of(id) {
                let awaited = match running.purpose {
                    Purpose::Before => Awaited::HookBefore,
                    Purpose::After => Awaited::HookAfter,
                    Purpose::Proof => Awaited::Proof,
                };
                add(&mut groups, awaited, &running.instance, running.since);
            }
            // What has only just begun is told the next time.
            groups.retain(|group| shared.now.since(group.since) >= SAID_EVERY / 2);
            groups
        }
    }
}

/// The instances that a call is about to change.
fn changed_by(call: Option<&Call>) -> Vec<InstanceId> {
    match call {
        Some(Call::Write(
            CloudWrite::Attach { ids, .. }
            | CloudWrite::Detach { ids, .. }
            | CloudWrite::Reboot { ids, .. },
        )) => ids.clone(),
        Some(Call::RebootSingly(reboots)) => reboots.ids.clone(),
        _ => Vec::new(),
    }
}

/// The instances that a call reads.
fn read_by(call: Option<&Call>) -> Vec<InstanceId> {
    match call {
        Some(Call::Read(CloudRead::Instances { ids, .. })) => ids.clone(),
        _ => Vec::new(),
    }
}

/// Adds an instance to the group that waits for the same; that waits as long as its first one.
fn add(groups: &mut Vec<Group>, awaited: Awaited, instance: &InstanceId, since: Timestamp) {
    let found = groups.iter_mut().find(|group| group.awaited == awaited);
    match found {
        Some(group) => {
            group.instances.push(instance.clone());
            group.since = group.since.min(since);
        }
        None => groups.push(Group { awaited, instances: vec![instance.clone()], since }),
    }
}
