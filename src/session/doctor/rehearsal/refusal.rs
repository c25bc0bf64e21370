//! Why a rehearsal does not begin: the instance is not expendable, or cannot show anything.

use crate::{
    alicloud::CredentialError,
    code::codes,
    ecs::CallError,
    manifest::Desired,
    model::{
        CloudName, InstanceId, InstanceRef, InstanceStatus, ObservedInstance,
        instance::{HOLD_TAG, MANAGED_TAGS},
    },
    state::Records,
    store::StoreError,
    visible,
};

/// Why a rehearsal does not begin. Nothing was done to the instance.
#[derive(Debug, thiserror::Error)]
pub enum RehearsalError {
    /// The cloud of the project is not connected.
    #[error("the cloud of this project is not connected; `keyform doctor` says why")]
    NotConnected,
    /// The instance is in no region of the project.
    #[error(
        "there is no instance {id} in the regions of this project, or the caller may not read it; \
         `keyform doctor` tells which"
    )]
    NoInstance {
        /// Which instance.
        id: InstanceId,
    },
    /// It is not up.
    #[error(
        "{id} is {status}, and a rehearsal restarts what is Running; start it, or name another"
    )]
    NotRunning {
        /// Which instance.
        id: InstanceId,
        /// How it is.
        status: InstanceStatus,
    },
    /// It cannot be bound (R1, R8).
    #[error("{id} cannot be bound: {why}; name another one")]
    Unfit {
        /// Which instance.
        id: InstanceId,
        /// Why.
        why: &'static str,
    },
    /// Something else than a person made it (R13).
    #[error(
        "{id} has the tag {tag}: Auto Scaling or ACK would take its restart for a failure and replace \
         it (R13); name one that a person made"
    )]
    Managed {
        /// Which instance.
        id: InstanceId,
        /// Which tag.
        tag: &'static str,
    },
    /// Someone holds it.
    #[error("{id} is held by its tag keyform:hold; name another one")]
    Held {
        /// Which instance.
        id: InstanceId,
    },
    /// It is bound to a pair.
    #[error(
        "{id} is bound to {bound}, and a rehearsal would replace that; name one that is bound to \
         nothing"
    )]
    Bound {
        /// Which instance.
        id: InstanceId,
        /// To which pair.
        bound: CloudName,
    },
    /// The project works with it.
    #[error("{id} belongs to this project ({why}); name one that no one needs")]
    InProject {
        /// Which instance.
        id: InstanceId,
        /// How.
        why: String,
    },
    /// The credentials are missing, or those of another account.
    #[error(transparent)]
    Credentials(#[from] Box<CredentialError>),
    /// The state cannot be read, or a run holds the lock.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The service could not be read.
    #[error("the service could not be read, so nothing was done; fix that, and run it again")]
    Call(#[source] CallError),
    /// The note of what there will be to remove cannot be written.
    #[error("a rehearsal notes what it makes before it does, and {path} cannot be written")]
    Note {
        /// The file.
        path: String,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// The operating system gave no random numbers.
    #[error("the names of the pairs need random numbers, and the system gave none")]
    Random(#[source] std::io::Error),
}

codes! {
    /// The codes of a [`RehearsalError`] itself; what it wraps has its own.
    pub enum RehearsalErrorCode {
        NotConnected = "rehearsalNotConnected" {
            meaning: "The cloud of the project is not connected, so that nothing can be rehearsed.",
            why: "A rehearsal asks the service itself.",
            fix: "`keyform doctor` says why it is not connected.",
        }
        NoInstance = "rehearsalNoInstance" {
            meaning: "The instance of the rehearsal is in no region of the project.",
            why: "Only an instance that can be read can be watched.",
            fix: "Check the id; a region becomes one of the project by a KeyPair with `regions`.",
        }
        NotRunning = "rehearsalNotRunning" {
            meaning: "The instance of the rehearsal is not Running.",
            why: "A restart can only be watched of what is up (L9: nothing that is stopped is \
                  started).",
            fix: "Start it, or name another one.",
        }
        Unfit = "rehearsalUnfit" {
            meaning: "The instance of the rehearsal cannot be bound to a key pair.",
            why: "Windows has none (R1), and neither have old families without I/O optimization (R8).",
            fix: "Name a Linux instance of a current family.",
        }
        Managed = "rehearsalManaged" {
            meaning: "Auto Scaling or ACK made the instance of the rehearsal.",
            why: "It would be replaced when it is not Running (R13).",
            fix: "Name one that a person made.",
        }
        Held = "rehearsalHeld" {
            meaning: "Someone holds the instance of the rehearsal by its tag `keyform:hold`.",
            why: "A held instance is left alone.",
            fix: "Name another one.",
        }
        Bound = "rehearsalBound" {
            meaning: "The instance of the rehearsal is bound to a key pair.",
            why: "A rehearsal would replace it, and someone could be locked out (L3).",
            fix: "Name one that is bound to nothing.",
        }
        InProject = "rehearsalInProject" {
            meaning: "The instance of the rehearsal belongs to the project.",
            why: "A rehearsal is for an instance that no one needs.",
            fix: "Name one that no manifest chooses and no state records.",
        }
        Call = "rehearsalUnreadable" {
            meaning: "The service could not be read, so no rehearsal began.",
            why: "What the instance is bound to must be known before it is bound to something else.",
            fix: "Fix what the cause names; `keyform doctor` shows it too.",
        }
        Note = "rehearsalNote" {
            meaning: "The note of what a rehearsal makes cannot be written.",
            why: "By it the next one removes what a killed one has left.",
            fix: "Make `.keyform` writable for this user.",
        }
        Random = "rehearsalRandom" {
            meaning: "The operating system gave no random numbers for the names of the pairs.",
            why: "Two rehearsals must not take one another's pairs for theirs.",
            fix: "Run the same command again.",
        }
    }
}

impl RehearsalError {
    /// Its stable code, or that of what it wraps.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotConnected => RehearsalErrorCode::NotConnected.as_str(),
            Self::NoInstance { .. } => RehearsalErrorCode::NoInstance.as_str(),
            Self::NotRunning { .. } => RehearsalErrorCode::NotRunning.as_str(),
            Self::Unfit { .. } => RehearsalErrorCode::Unfit.as_str(),
            Self::Managed { .. } => RehearsalErrorCode::Managed.as_str(),
            Self::Held { .. } => RehearsalErrorCode::Held.as_str(),
            Self::Bound { .. } => RehearsalErrorCode::Bound.as_str(),
            Self::InProject { .. } => RehearsalErrorCode::InProject.as_str(),
            Self::Credentials(error) => error.code().as_str(),
            Self::Store(error) => error.code().as_str(),
            Self::Call(_) => RehearsalErrorCode::Call.as_str(),
            Self::Note { .. } => RehearsalErrorCode::Note.as_str(),
            Self::Random(_) => RehearsalErrorCode::Random.as_str(),
        }
    }
}

/// Refuses an instance that cannot show anything, or that something else takes care of.
pub(super) fn refuse_unfit(instance: &ObservedInstance) -> Result<(), RehearsalError> {
    let id = instance.id.clone();
    if let Some(tag) = MANAGED_TAGS.into_iter().find(|tag| instance.tags.contains_key(*tag)) {
        return Err(RehearsalError::Managed { id, tag });
    }
    if instance.tags.contains_key(HOLD_TAG) {
        return Err(RehearsalError::Held { id });
    }
    let why = if instance.os_type == "windows" {
        Some("it runs Windows (R1)")
    } else if !instance.io_optimized {
        Some("it is not I/O optimized (R8)")
    } else if !instance.locks.is_empty() {
        Some("the service has locked it")
    } else {
        None
    };
    if let Some(why) = why {
        return Err(RehearsalError::Unfit { id, why });
    }
    if instance.status != InstanceStatus::Running {
        return Err(RehearsalError::NotRunning { id, status: instance.status });
    }
    Ok(())
}

/// Refuses an instance that the project works with.
pub(super) fn refuse_fleet(
    desired: &Desired,
    recorded: &Records,
    at: &InstanceRef,
    instance: &ObservedInstance,
) -> Result<(), RehearsalError> {
    let mut bindings = desired.bindings.iter().filter(|binding| binding.region == at.region);
    let chosen = bindings.find(|binding| binding.chooses(&at.id, Some(instance)));
    let why = if let Some(binding) = chosen {
        Some(format!("the Binding {} chooses it", visible::line(&binding.name.to_string())))
    } else if recorded.instance(at).is_some()
        || recorded.deferred(at).is_some()
        || recorded.guest(at).is_some()
    {
        Some("the state records it".to_owned())
    } else {
        None
    };
    why.map_or(Ok(()), |why| Err(RehearsalError::InProject { id: at.id.clone(), why }))
}
