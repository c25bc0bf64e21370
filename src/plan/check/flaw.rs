//! What is wrong with a plan that must not be applied.

use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    code::codes,
    model::{BindingName, GroupName, InstanceId, Region, StepId},
};

/// Something that is wrong with a plan. Steps are told by their numbers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(tag = "code", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Flaw {
    /// Its digest does not fit its steps.
    DigestDiffers,
    /// The checksum of its document does not fit.
    DocumentDiffers,
    /// Its summary does not count its steps.
    SummaryDiffers,
    /// It holds a secret (L4).
    HoldsSecret,
    /// A step comes before one that it waits for.
    StepsOutOfOrder,
    /// A step has a batch that the service does not take.
    BatchSize {
        /// Which step.
        step: StepId,
    },
    /// A step does not say what it rests on (L5).
    RestsOnNothing {
        /// Which step.
        step: StepId,
    },
    /// A step rests on a fact about another object than its own (L5).
    RestsOnOther {
        /// Which step.
        step: StepId,
    },
    /// A step imports a pair before its private key is in the vault (L2).
    ImportBeforeKey {
        /// Which step.
        step: StepId,
    },
    /// A step binds instances before their pair is made.
    BindBeforePair {
        /// Which step.
        step: StepId,
    },
    /// A step defers work before the pair of that is made.
    DeferBeforePair {
        /// Which step.
        step: StepId,
    },
    /// A step restarts an instance before it is bound or unbound.
    RestartBeforeMove {
        /// Which step.
        step: StepId,
    },
    /// A restart puts something else in effect than what the plan binds the instance to.
    RestartDiffers {
        /// Which instance.
        instance: InstanceId,
        /// Which step.
        step: StepId,
    },
    /// A step puts a private key aside whose pair is not deleted before (L2).
    RetireBeforeDelete {
        /// Which step.
        step: StepId,
    },
    /// A step deletes a pair before its instances have left it (L3).
    DeleteBeforeLeft {
        /// Which step.
        step: StepId,
    },
    /// An instance is bound, unbound or deferred twice (L9).
    MovedTwice {
        /// Which instance.
        instance: InstanceId,
    },
    /// An instance is restarted twice (L9).
    RestartedTwice {
        /// Which instance.
        instance: InstanceId,
    },
    /// An instance is proven twice (L9).
    ProvenTwice {
        /// Which instance.
        instance: InstanceId,
    },
    /// A step restarts what people restart.
    RestartsManual {
        /// Which step.
        step: StepId,
    },
    /// A step does not wait for the wave before it (L9).
    WaveTooEarly {
        /// Which step.
        step: StepId,
    },
    /// The wave of a step ends before it (L9).
    WaveEndsEarly {
        /// Which step.
        step: StepId,
    },
    /// A wave restarts more instances than may be down (L9).
    WaveTooLarge {
        /// Which wave.
        wave: usize,
        /// Of which binding.
        binding: BindingName,
        /// How many instances it restarts.
        instances: usize,
        /// How many may be down.
        allowed: usize,
    },
    /// The first wave that restarts instances is not the canary that its policy asks for (L9).
    CanaryMissing {
        /// Which wave.
        wave: usize,
        /// Of which binding.
        binding: BindingName,
    },
    /// Fleets together restart more instances than may be down (L9).
    FleetsTooLarge {
        /// Where.
        region: Region,
        /// Of which group; of all fleets without one.
        group: Option<GroupName>,
        /// How many could be down together.
        instances: usize,
        /// How many may be down.
        allowed: usize,
    },
    /// A group has a limit that nothing keeps to (L9).
    GroupUnlimited {
        /// Where.
        region: Region,
        /// Which group.
        group: GroupName,
        /// How many may be down.
        allowed: usize,
    },
    /// An instance takes effect without a proof that its binding asks for.
    TakesEffectUnproven {
        /// Which instance.
        instance: InstanceId,
        /// In which step it is restarted.
        step: StepId,
    },
}

impl Flaw {
    /// Its stable code.
    #[must_use]
    pub fn code(&self) -> UnsoundCode {
        match self {
            Self::DigestDiffers => UnsoundCode::DigestDiffers,
            Self::DocumentDiffers => UnsoundCode::DocumentDiffers,
            Self::SummaryDiffers => UnsoundCode::SummaryDiffers,
            Self::HoldsSecret => UnsoundCode::HoldsSecret,
            Self::StepsOutOfOrder => UnsoundCode::StepsOutOfOrder,
            Self::BatchSize { .. } => UnsoundCode::BatchSize,
            Self::RestsOnNothing { .. } => UnsoundCode::RestsOnNothing,
            Self::RestsOnOther { .. } => UnsoundCode::RestsOnOther,
            Self::RestartDiffers { .. } => UnsoundCode::RestartDiffers,
            Self::RetireBeforeDelete { .. } => UnsoundCode::RetireBeforeDelete,
            Self::ImportBeforeKey { .. } => UnsoundCode::ImportBeforeKey,
            Self::BindBeforePair { .. } => UnsoundCode::BindBeforePair,
            Self::DeferBeforePair { .. } => UnsoundCode::DeferBeforePair,
            Self::RestartBeforeMove { .. } => UnsoundCode::RestartBeforeMove,
            Self::DeleteBeforeLeft { .. } => UnsoundCode::DeleteBeforeLeft,
            Self::MovedTwice { .. } => UnsoundCode::MovedTwice,
            Self::RestartedTwice { .. } => UnsoundCode::RestartedTwice,
            Self::ProvenTwice { .. } => UnsoundCode::ProvenTwice,
            Self::RestartsManual { .. } => UnsoundCode::RestartsManual,
            Self::WaveTooEarly { .. } => UnsoundCode::WaveTooEarly,
            Self::WaveEndsEarly { .. } => UnsoundCode::WaveEndsEarly,
            Self::WaveTooLarge { .. } => UnsoundCode::WaveTooLarge,
            Self::CanaryMissing { .. } => UnsoundCode::CanaryMissing,
            Self::FleetsTooLarge { .. } => UnsoundCode::FleetsTooLarge,
            Self::GroupUnlimited { .. } => UnsoundCode::GroupUnlimited,
            Self::TakesEffectUnproven { .. } => UnsoundCode::TakesEffectUnproven,
        }
    }
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            // Such a plan was edited or damaged, or keyform is wrong: the law says what is at stake.
            Self::DigestDiffers => f.write_str("its digest does not fit its steps"),
            Self::DocumentDiffers => f.write_str("its checksum does not fit the document"),
            Self::SummaryDiffers => f.write_str("its summary does not count its steps"),
            Self::HoldsSecret => f.write_str("it holds a secret"),
            Self::StepsOutOfOrder => f.write_str("a step comes before one that it waits for"),
            Self::BatchSize { step } => {
                write!(f, "step {step} has a batch that the service does not take")
            }
            Self::RestsOnNothing { step } => write!(f, "step {step} does not say what it rests on"),
            Self::RestsOnOther { step } => {
                write!(f, "step {step} rests on a fact about another object than its own")
            }
            Self::RestartDiffers { instance, step } => {
                write!(f, "step {step} restarts {instance} for something else than it is bound to")
            }
            Self::RetireBeforeDelete { step } => {
                write!(f, "step {step} puts a private key aside before its pair is deleted (L2)")
            }
            Self::ImportBeforeKey { step } => {
                write!(f, "step {step} imports a pair before its private key is in the vault (L2)")
            }
            Self::BindBeforePair { step } => {
                write!(f, "step {step} binds instances before their pair is made")
            }
            Self::DeferBeforePair { step } => {
                write!(f, "step {step} records deferred work before the pair that it binds is made")
            }
            Self::RestartBeforeMove { step } => {
                write!(f, "step {step} restarts an instance before it is moved")
            }
            Self::DeleteBeforeLeft { step } => {
                write!(f, "step {step} deletes a pair before its instances have left it (L3)")
            }
            Self::MovedTwice { instance } => write!(f, "{instance} is moved twice (L9)"),
            Self::RestartedTwice { instance } => write!(f, "{instance} is restarted twice (L9)"),
            Self::ProvenTwice { instance } => write!(f, "{instance} is proven twice (L9)"),
            Self::RestartsManual { step } => write!(f, "step {step} restarts what people restart"),
            Self::WaveTooEarly { step } => {
                write!(f, "step {step} does not wait for the wave before it (L9)")
            }
            Self::WaveEndsEarly { step } => {
                write!(f, "the wave of step {step} ends before it (L9)")
            }
            Self::WaveTooLarge { wave, binding, instances, allowed } => write!(
                f,
                "wave {wave} of {binding} restarts {instances} instances, and {allowed} may be \
                 down (L9)"
            ),
            Self::CanaryMissing { wave, binding } => {
                write!(f, "wave {wave} of {binding} is not its canary (L9)")
            }
            Self::FleetsTooLarge { region, group, instances, allowed } => write!(
                f,
                "{instances} instances of {}{region} could be down together, and {allowed} may be \
                 (L9)",
                group.as_ref().map(|group| format!("the group {group} in ")).unwrap_or_default()
            ),
            Self::GroupUnlimited { region, group, allowed } => write!(
                f,
                "the group {group} in {region} may have {allowed} instances down together, and \
                 nothing keeps to it (L9)"
            ),
            Self::TakesEffectUnproven { instance, step } => {
                write!(f, "{instance} takes effect in step {step} unproven")
            }
        }
    }
}

codes! {
    /// The code of a [`Flaw`].
    pub enum UnsoundCode {
        DigestDiffers = "digestDiffers" {
            meaning: "The digest of the plan does not fit its steps.",
            why: "The file was changed after keyform wrote it, and what was reviewed is what is done \
                  (L5).",
            fix: "Make a new plan.",
        }
        DocumentDiffers = "documentDiffers" {
            meaning: "The checksum of the plan does not fit its document.",
            why: "The file was changed after keyform wrote it, and a reviewer would read what was \
                  not planned (L5).",
            fix: "Make a new plan.",
        }
        SummaryDiffers = "summaryDiffers" {
            meaning: "The summary of the plan does not count its steps.",
            why: "A reviewer reads the summary, and the steps are done (L5).",
            fix: "Make a new plan. If it says so again, please report it.",
        }
        HoldsSecret = "holdsSecret" {
            meaning: "The plan holds a private key.",
            why: "No plan holds a secret (L4).",
            fix: "Remove the file, and rotate the key that was in it.",
        }
        StepsOutOfOrder = "stepsOutOfOrder" {
            meaning: "A step comes before one that it waits for.",
            why: "Steps are done in their order (L5).",
            fix: "Make a new plan. If it says so again, please report it.",
        }
        BatchSize = "batchSize" {
            meaning: "A step has no instance, or more than the service takes at once.",
            why: "ECS takes at most 50 instances to bind and 100 to restart.",
            fix: "Make a new plan. If it says so again, please report it.",
        }
        RestsOnNothing = "restsOnNothing" {
            meaning: "A step does not say on which facts it rests.",
            why: "A plan is refused when its facts have changed (L5), so each step must name them.",
            fix: "Make a new plan. If it says so again, please report it.",
        }
        RestsOnOther = "restsOnOther" {
            meaning: "A step rests on a fact about another object than its own.",
            why: "A plan is refused when its facts have changed (L5), so each step must name its own.",
            fix: "Make a new plan. If it says so again, please report it.",
        }
        RestartDiffers = "restartDiffers" {
            meaning: "A restart puts something else in effect than what the plan binds.",
            why: "What was reviewed is what is done (L5).",
            fix: "Make a new plan. If it says so again, please report it.",
        }
        RetireBeforeDelete = "retireBeforeDelete" {
            meaning: "A step puts a private key aside before its pair is deleted.",
            why: "While a pair exists, its private key is in its place (L2).",
            fix: "Make a new plan. If it says so again, please report it.",
        }
        ImportBeforeKey = "importBeforeKey" {
            meaning: "A step imports a pair before its private key is in the vault.",
            why: "No pair exists whose private key is not in the vault (L2).",
            fix: "Make a new plan. If it says so again, please report it.",
        }
        BindBeforePair = "bindBeforePair" {
            meaning: "A step binds instances before their pair is made.",
            why: "The service would refuse the call.",
            fix: "Make a new plan. If it says so again, please report it.",
        }
        DeferBeforePair = "deferBeforePair" {
            meaning: "A step defers a binding before its pair is made.",
            why: "Deferred work must be possible when its time comes.",
            fix: "Make a new plan. If it says so again, please report it.",
        }
        RestartBeforeMove = "restartBeforeMove" {
            meaning: "A step restarts an instance before it is bound or unbound.",
            why: "The change takes effect at a restart (R7), and there is only one (L9).",
            fix: "Make a new plan. If it says so again, please report it.",
        }
        DeleteBeforeLeft = "deleteBeforeLeft" {
            meaning: "A step deletes a pair before its instances have left it.",
            why: "A bound pair cannot be deleted (R12), and nobody is locked out (L3).",
            fix: "Make a new plan. If it says so again, please report it.",
        }
        MovedTwice = "movedTwice" {
            meaning: "An instance is bound, unbound or deferred twice.",
            why: "Each instance changes once in a plan (L9).",
            fix: "Make a new plan. If it says so again, please report it.",
        }
        RestartedTwice = "restartedTwice" {
            meaning: "An instance is restarted twice.",
            why: "No instance restarts a second time for one change (L9).",
            fix: "Make a new plan. If it says so again, please report it.",
        }
        ProvenTwice = "provenTwice" {
            meaning: "The login to an instance is proven twice.",
            why: "Each instance is in one wave (L9).",
            fix: "Make a new plan. If it says so again, please report it.",
        }
        RestartsManual = "restartsManual" {
            meaning: "A step restarts an instance of a Binding with `when: manual`.",
            why: "Such instances are restarted by hand only (L9).",
            fix: "Make a new plan. If it says so again, please report it.",
        }
        WaveTooEarly = "waveTooEarly" {
            meaning: "A step does not wait for the wave before it.",
            why: "Waves follow one another, so that restarts are counted (L9).",
            fix: "Make a new plan. If it says so again, please report it.",
        }
        WaveEndsEarly = "waveEndsEarly" {
            meaning: "The wave of a step ends before the step.",
            why: "The next wave begins only when all of this one is back (L9).",
            fix: "Make a new plan. If it says so again, please report it.",
        }
        WaveTooLarge = "waveTooLarge" {
            meaning: "A wave restarts more instances than its Binding allows to be down.",
            why: "Restarts are counted (L9).",
            fix: "Make a new plan. If it says so again, please report it.",
        }
        CanaryMissing = "canaryMissing" {
            meaning: "The first wave that restarts instances is not the canary of its policy.",
            why: "Nothing behind a canary begins before one of its instances came into effect (L9).",
            fix: "Make a new plan. If it says so again, please report it.",
        }
        FleetsTooLarge = "fleetsTooLarge" {
            meaning: "Bindings together restart more instances than may be down in the region.",
            why: "Restarts are counted over the Bindings of a project and of a group (L9).",
            fix: "Make a new plan. If it says so again, please report it.",
        }
        GroupUnlimited = "groupUnlimited" {
            meaning: "Bindings share a group, and the plan has no limit for it.",
            why: "A group shares the smallest budget of its Bindings (L9).",
            fix: "Make a new plan. If it says so again, please report it.",
        }
        TakesEffectUnproven = "takesEffectUnproven" {
            meaning: "An instance is restarted without the proof that its Binding asks for.",
            why: "A lockout must be noticed before the next wave (L3).",
            fix: "Make a new plan. If it says so again, please report it.",
        }
    }
}
