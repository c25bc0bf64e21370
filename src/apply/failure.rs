//! Why a step was not done, or not for one of its instances.

use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;

use super::{
    call::{CallFailure, ProgramFailure, Purpose},
    failure_code::FailureCode,
    why_not::WhyNot,
};
use crate::{
    ecs::Refusal,
    model::{AddressKind, BindingName, CloudName, InstanceId, InstanceStatus, ResourceGroupId},
};

/// Why a step failed, or failed for one of its instances.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(tag = "code", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Failure {
    /// A call failed, after all its repetitions.
    CallFailed(CallFailure),
    /// The service refused one instance of a batch.
    ItemRefused {
        /// What it said.
        refusal: Refusal,
    },
    /// A hook or a proof failed.
    ProgramFailed {
        /// What it is for.
        purpose: Purpose,
        /// What happened.
        failure: ProgramFailure,
    },
    /// The hook `after` failed too.
    NotPutBack {
        /// What failed first.
        before: Box<Failure>,
        /// Why the instance was not put back.
        also: Box<Failure>,
    },
    /// An earlier step did nothing for the instance.
    NotReached {
        /// Why that step did not begin.
        why: WhyNot,
    },
    /// A read left the instance out.
    InstanceNotFoundNow,
    /// The instance is bound to something that the plan did not know.
    BoundToOther {
        /// To what; to nothing without one.
        bound: Option<CloudName>,
    },
    /// The binding of the instance has changed since it was rebound.
    BindingChangedMeanwhile,
    /// The instance is in a status in which it is not rebound.
    InTransitionNow {
        /// In which.
        status: InstanceStatus,
    },
    /// The instance is not Running, so that it accepts no login.
    NotRunning {
        /// What it is instead.
        status: InstanceStatus,
    },
    /// The instance was stopped, and keyform starts none.
    StoppedNow,
    /// The service has taken the change and does not show it.
    ChangeNotShown,
    /// The instance lacks what its Binding wants it reached by.
    NoAddress {
        /// What that is.
        address: AddressKind,
    },
    /// Others were down for so long that no more may be.
    OthersDown {
        /// How many may be down.
        most: usize,
        /// Of which binding.
        binding: BindingName,
        /// For how many seconds that was waited for.
        seconds: u64,
        /// Which were still down.
        down: Vec<InstanceId>,
    },
    /// A restart that was not answered did not happen.
    RestartUnheard,
    /// The instance was not back in time.
    NotBackInTime {
        /// After so many seconds.
        seconds: u64,
        /// What it is.
        status: InstanceStatus,
    },
    /// The instance was back, and not for as long as it must be.
    NotSettled {
        /// How long it must be Running.
        seconds: u64,
    },
    /// The pair of this name is another one than this project made (L6).
    PairNotOurs,
    /// Instances are bound to the pair that was to be deleted (R12).
    PairStillBound {
        /// Which.
        instances: Vec<InstanceId>,
    },
    /// The service has made the pair, its private key was lost with the answer, and instances are bound
    /// to it (L3).
    CreatedKeyLost {
        /// Which.
        instances: Vec<InstanceId>,
    },
    /// The account has no such resource group.
    ResourceGroupNotFound {
        /// Which.
        resource_group: ResourceGroupId,
    },
    /// The key that a pair is made of is nowhere.
    KeyNotInVault,
    /// The service computed another fingerprint.
    FingerprintDiffers,
    /// A mistake of keyform.
    UnexpectedAnswer,
}

impl Failure {
    /// Its stable code.
    #[must_use]
    pub fn code(&self) -> FailureCode {
        match self {
            Self::CallFailed(_) => FailureCode::CallFailed,
            Self::ItemRefused { .. } => FailureCode::ItemRefused,
            Self::ProgramFailed { .. } => FailureCode::ProgramFailed,
            Self::NotPutBack { .. } => FailureCode::NotPutBack,
            Self::NotReached { .. } => FailureCode::NotReached,
            Self::InstanceNotFoundNow => FailureCode::InstanceNotFoundNow,
            Self::BoundToOther { .. } => FailureCode::BoundToOther,
            Self::BindingChangedMeanwhile => FailureCode::BindingChangedMeanwhile,
            Self::InTransitionNow { .. } => FailureCode::InTransitionNow,
            Self::NotRunning { .. } => FailureCode::NotRunning,
            Self::StoppedNow => FailureCode::StoppedNow,
            Self::ChangeNotShown => FailureCode::ChangeNotShown,
            Self::NoAddress { .. } => FailureCode::NoAddress,
            Self::OthersDown { .. } => FailureCode::OthersDown,
            Self::RestartUnheard => FailureCode::RestartUnheard,
            Self::NotBackInTime { .. } => FailureCode::NotBackInTime,
            Self::NotSettled { .. } => FailureCode::NotSettled,
            Self::PairNotOurs => FailureCode::PairNotOurs,
            Self::PairStillBound { .. } => FailureCode::PairStillBound,
            Self::CreatedKeyLost { .. } => FailureCode::CreatedKeyLost,
            Self::ResourceGroupNotFound { .. } => FailureCode::ResourceGroupNotFound,
            Self::KeyNotInVault => FailureCode::KeyNotInVault,
            Self::FingerprintDiffers => FailureCode::FingerprintDiffers,
            Self::UnexpectedAnswer => FailureCode::UnexpectedAnswer,
        }
    }
}

impl From<CallFailure> for Failure {
    fn from(failure: CallFailure) -> Self {
        Self::CallFailed(failure)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A sentence is read behind the step or the instance that it is about, so it says "it".
        match self {
            Self::CallFailed(failure) => f.write_str(&failure.message),
            Self::ItemRefused { refusal } => refusal.fmt(f),
            Self::ProgramFailed { purpose, failure } => {
                write!(f, "{} failed: {failure}", purpose.words())
            }
            Self::NotPutBack { before, also } => write!(f, "{before}; {also}"),
            Self::NotReached { why } => why.fmt(f),
            Self::InstanceNotFoundNow => {
                f.write_str("it was not found now; plan again, which tells whether it still exists")
            }
            Self::BoundToOther { bound } => {
                let bound = bound.as_ref().map_or("nothing", CloudName::as_str);
                write!(f, "it is bound to {bound} now, which the plan did not know")
            }
            Self::BindingChangedMeanwhile => {
                f.write_str("its binding has changed, which the plan did not know")
            }
            Self::InTransitionNow { status } => write!(f, "it is {status} now"),
            Self::NotRunning { status } => {
                write!(f, "it is {status} now, so that nobody can log on to it")
            }
            Self::StoppedNow => f.write_str("it is Stopped now and is not started"),
            Self::ChangeNotShown => {
                f.write_str("the service does not show the change; plan again later")
            }
            Self::NoAddress { address } => write!(
                f,
                "it has no {}, by which its Binding wants it logged on to; change \
                 `proof.ssh.address`",
                missing(*address)
            ),
            Self::OthersDown { most, binding, seconds, down } => write!(
                f,
                "at most {most} of {binding} may be down, and after {seconds} s these still were: \
                 {}",
                list(down)
            ),
            Self::RestartUnheard => {
                f.write_str("the call that restarts it was not answered, and it did not restart")
            }
            Self::NotBackInTime { seconds, status } => {
                write!(f, "it was not back after {seconds} s: it is {status}")
            }
            Self::NotSettled { seconds } => {
                write!(f, "it was back, and not seen Running for {seconds} s then")
            }
            Self::PairNotOurs => f.write_str(
                "the pair of this name is another one now, which this project did not make; plan \
                 again",
            ),
            Self::PairStillBound { instances } => {
                write!(f, "instances are bound to it now: {}", list(instances))
            }
            Self::CreatedKeyLost { instances } => created_key_lost(f, instances),
            Self::ResourceGroupNotFound { resource_group } => no_resource_group(f, resource_group),
            Self::KeyNotInVault => f.write_str("its key is not in the vault"),
            // These two are mistakes of keyform or of the service, which no user can correct.
            Self::FingerprintDiffers => f.write_str(
                "the service computed another fingerprint of its key than keyform; please report \
                 this",
            ),
            Self::UnexpectedAnswer => f.write_str(
                "the answer was that of another call, which is a mistake of keyform; please report \
                 it",
            ),
        }
    }
}

fn created_key_lost(f: &mut fmt::Formatter<'_>, instances: &[InstanceId]) -> fmt::Result {
    write!(
        f,
        "the service made the pair, and its private key was lost with the answer; it is not deleted \
         and made again, since instances are bound to it now: {}; bind them to another pair, and run \
         the same command again",
        list(instances)
    )
}

fn no_resource_group(f: &mut fmt::Formatter<'_>, group: &ResourceGroupId) -> fmt::Result {
    write!(
        f,
        "the account has no resource group {group}, which `resourceGroup` of its KeyPair names; \
         correct that, or leave it out"
    )
}

/// What an instance lacks that is to be logged on to by this.
fn missing(address: AddressKind) -> &'static str {
    match address {
        AddressKind::Private => "address in its network",
        AddressKind::Public => "address in the internet",
        AddressKind::Name => "name",
    }
}

fn list(ids: &[InstanceId]) -> String {
    ids.iter().map(InstanceId::as_str).collect::<Vec<_>>().join(", ")
}

/// Why an instance was left out of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(tag = "code", rename_all = "camelCase")]
pub enum LeftOut {
    /// What the step would do was so before the run.
    AlreadyDone,
    /// The instance does not exist any more.
    GoneSincePlan,
    /// It lost a tag by which the selector of its Binding chose it, before it was bound.
    NoLongerSelected,
    /// What the step would do took effect during the run.
    AlreadyInEffect,
}

impl LeftOut {
    /// Its stable code.
    #[must_use]
    pub fn code(self) -> FailureCode {
        match self {
            Self::AlreadyDone => FailureCode::AlreadyDone,
            Self::GoneSincePlan => FailureCode::GoneSincePlan,
            Self::NoLongerSelected => FailureCode::NoLongerSelected,
            Self::AlreadyInEffect => FailureCode::AlreadyInEffect,
        }
    }
}

impl fmt::Display for LeftOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AlreadyDone => "it is so already",
            Self::GoneSincePlan => "it does not exist any more",
            Self::NoLongerSelected => "the selector of its Binding does not choose it any more",
            Self::AlreadyInEffect => "it is in effect already",
        })
    }
}

#[cfg(test)]
mod tests;
