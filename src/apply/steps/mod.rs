//! The steps of a run: one state machine for each kind. A step answers what is next; when that may
//! be is for the engine to say.

mod change;
mod create;
mod delete;
mod import;
mod make_key;
mod prove;
mod rebind;
mod restart;

use super::{
    call::CallFailure,
    context::{Context, Heard, Next, failed},
    deferral::deferred,
    failure::Failure,
    report::StepEnd,
    shared::Shared,
    timing::Asking,
};
use crate::{
    ecs::{Code, FailureKind},
    model::{InstanceId, ObservedInstance, StepId},
    plan::{Action, Fleet},
};
use change::ChangeStep;
use create::Create;
use delete::Delete;
use import::Import;
use make_key::MakeKey;
use prove::Prove;
use rebind::Rebind;
use restart::Restart;

/// A step and where it stands.
#[derive(Debug)]
pub(super) enum Step<'p> {
    MakeKey(MakeKey<'p>),
    Import(Import<'p>),
    Create(Create<'p>),
    Change(Box<ChangeStep<'p>>),
    Delete(Delete<'p>),
    Rebind(Rebind<'p>),
    Restart(Box<Restart<'p>>),
    Prove(Prove<'p>),
    /// What was found, or is deferred, is written down.
    Record,
    /// The end of a wave.
    Gate(&'p Fleet),
    /// A step of a binding without its fleet: no plan that was checked has one.
    Unsound,
}

impl<'p> Step<'p> {
    pub(super) fn new(shared: &Shared<'p>, id: StepId) -> Self {
        let action = shared.action(id);
        let fleet = shared.fleet_of(id);
        match (action, fleet) {
            (Action::MakeKey { name, key_pair, generation }, _) => {
                Self::MakeKey(MakeKey::new(name, key_pair, *generation))
            }
            (Action::ImportPair { .. }, _) => {
                Import::new(action).map_or(Self::Unsound, Self::Import)
            }
            (Action::CreatePair { .. }, _) => {
                Create::new(action).map_or(Self::Unsound, Self::Create)
            }
            (
                Action::AdoptPair { .. }
                | Action::TagPair { .. }
                | Action::UntagPair { .. }
                | Action::GroupPair { .. }
                | Action::RetireKey { .. },
                _,
            ) => Self::Change(Box::new(ChangeStep::new(action))),
            (Action::DeletePair { region, name }, _) => Self::Delete(Delete::new(region, name)),
            (Action::Record { .. } | Action::Defer { .. }, _) => Self::Record,
            (Action::Attach { region, name, items, .. }, Some(fleet)) => {
                Self::Rebind(Rebind::new(region, name, Some(name), fleet, items))
            }
            (Action::Detach { region, name, items, .. }, Some(fleet)) => {
                Self::Rebind(Rebind::new(region, name, None, fleet, items))
            }
            (Action::Restart { region, items, forced, .. }, Some(fleet)) => {
                Self::Restart(Box::new(Restart::new(region, fleet, items, *forced)))
            }
            (Action::Prove { region, items, .. }, Some(fleet)) => {
                Self::Prove(Prove::new(region, fleet, items))
            }
            (Action::Gate { .. }, Some(fleet)) => Self::Gate(fleet),
            // It fails as a step when its turn comes: a panic would drop the answers of others that
            // are in flight.
            (
                Action::Attach { .. }
                | Action::Detach { .. }
                | Action::Restart { .. }
                | Action::Prove { .. }
                | Action::Gate { .. },
                None,
            ) => Self::Unsound,
        }
    }

    /// Begins the step: nothing that it waited for is left.
    pub(super) fn begin(&mut self, cx: &mut Context<'_, 'p>) -> Next {
        match self {
            Self::MakeKey(step) => step.begin(cx),
            Self::Import(step) => step.begin(cx),
            Self::Create(step) => step.begin(cx),
            Self::Change(step) => step.begin(cx),
            Self::Delete(step) => step.begin(cx),
            Self::Rebind(step) => step.begin(cx),
            Self::Restart(step) => step.begin(cx),
            Self::Prove(step) => step.begin(cx),
            Self::Record => {
                let changes = match cx.shared.action(cx.id) {
                    Action::Record { changes } => changes.clone(),
                    _ => deferred(cx.shared, cx.id),
                };
                cx.change(changes)
            }
            Self::Gate(fleet) => {
                let has_failures = cx.shared.failures(fleet) > 0;
                Next::End(if has_failures { StepEnd::Partly } else { StepEnd::Done })
            }
            Self::Unsound => failed(Failure::UnexpectedAnswer),
        }
    }

    /// Goes on with the step by what it hears.
    pub(super) fn hear(&mut self, cx: &mut Context<'_, 'p>, heard: Heard) -> Next {
        match (self, heard) {
            (Self::Restart(step), heard) => step.hear(cx, heard),
            (Self::Prove(step), heard) => step.hear(cx, heard),
            (Self::MakeKey(step), Heard::Answer(answer)) => step.hear(cx, answer),
            (Self::Import(step), Heard::Answer(answer)) => {
                let next = step.hear(cx, answer);
                named(cx, next)
            }
            (Self::Create(step), Heard::Answer(answer)) => {
                let next = step.hear(cx, answer);
                named(cx, next)
            }
            (Self::Change(step), Heard::Answer(answer)) => {
                let next = step.hear(cx, answer);
                named(cx, next)
            }
            (Self::Delete(step), Heard::Answer(answer)) => step.hear(cx, answer),
            (Self::Rebind(step), Heard::Answer(answer)) => step.hear(cx, answer),
            (
                Self::MakeKey(_)
                | Self::Import(_)
                | Self::Create(_)
                | Self::Change(_)
                | Self::Delete(_)
                | Self::Rebind(_),
                Heard::Program(..) | Heard::Dropped(_) | Heard::Back(_) | Heard::Late(..),
            )
            | (Self::Record | Self::Gate(_) | Self::Unsound, _) => {
                failed(Failure::UnexpectedAnswer)
            }
        }
    }

    /// What its next call is about, as far as deadlines and windows are concerned.
    pub(super) fn asking(&self) -> Asking {
        match self {
            Self::Import(step) => Asking { confirms: step.confirms(), ..Asking::default() },
            Self::Create(step) => Asking { confirms: step.confirms(), ..Asking::default() },
            Self::Delete(step) => Asking { confirms: step.confirms(), ..Asking::default() },
            Self::Rebind(step) => Asking { confirms: step.confirms(), ..Asking::default() },
            Self::Restart(step) => step.asking(),
            Self::MakeKey(_)
            | Self::Change(_)
            | Self::Prove(_)
            | Self::Record
            | Self::Gate(_)
            | Self::Unsound => Asking::default(),
        }
    }

    /// Whether the return of an instance is waited for.
    pub(super) fn awaits(&self, instance: &InstanceId) -> bool {
        matches!(self, Self::Restart(step) if step.awaits(instance))
    }

    /// The other instances that it waits for before it restarts its own.
    pub(super) fn others(&self) -> &[InstanceId] {
        match self {
            Self::Restart(step) => step.others(),
            _ => &[],
        }
    }

    /// Hears how an instance is that it watches. Answers whether that is back, and has settled.
    pub(super) fn looked(&self, cx: &mut Context<'_, 'p>, found: &ObservedInstance) -> bool {
        matches!(self, Self::Restart(step) if step.looked(cx, found))
    }

    /// Ends the step, unless something is to be put back first: then its end is answered later.
    pub(super) fn close(&mut self, cx: &mut Context<'_, 'p>, end: StepEnd) -> Option<StepEnd> {
        match self {
            Self::Restart(step) => step.close(cx, end),
            _ => Some(end),
        }
    }
}

/// What is next, with a name for what the service says of a resource group that does not exist.
fn named(cx: &Context<'_, '_>, next: Next) -> Next {
    let group = cx.shared.action(cx.id).resource_group();
    match (next, group) {
        (Next::End(StepEnd::Failed(Failure::CallFailed(failure))), Some(group))
            if is_unknown_group(&failure) =>
        {
            failed(Failure::ResourceGroupNotFound { resource_group: group.clone() })
        }
        (next, _) => next,
    }
}

fn is_unknown_group(failure: &CallFailure) -> bool {
    let unknown = FailureKind::Refused { code: Code::RESOURCE_GROUP_NOT_FOUND.to_owned() };
    failure.kind == unknown
}
