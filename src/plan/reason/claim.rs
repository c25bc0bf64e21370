//! Reasons that concern who may do what to an instance.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    ReasonCode,
    words::{list, second},
};
use crate::model::{BindingName, CloudName, Owner, Timestamp};

/// Who or what holds an instance, or wants it too.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "code", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum ClaimReason {
    /// Several bindings want it (R6).
    ClaimedTwice {
        /// Which ones.
        bindings: Vec<BindingName>,
    },
    /// It is bound to a pair that is not ours (L6).
    BoundToForeign {
        /// Which pair.
        pair: CloudName,
        /// Whose that is.
        owner: Owner,
    },
    /// Another tool or person has changed a binding of ours.
    TakenFrom {
        /// What it was bound to.
        before: CloudName,
        /// What it is bound to; nothing without one.
        now: Option<CloudName>,
    },
    /// Another tool or person has changed a binding of ours again, after it was set right.
    RetakenAgain {
        /// When it was set right.
        at: Timestamp,
        /// What it is bound to; nothing without one.
        now: Option<CloudName>,
    },
    /// What is deferred for it does not hold: it is bound to something else.
    ApprovalOutdated {
        /// What it was bound to when that was approved; nothing without one.
        before: Option<CloudName>,
        /// What it is bound to; nothing without one.
        now: Option<CloudName>,
    },
    /// What is deferred for it does not hold: the pair that it is to be bound to is gone.
    ApprovedPairGone {
        /// Which pair.
        pair: CloudName,
    },
    /// What is deferred for it does not hold: its Binding's selector does not choose it any more.
    LeftSelector {
        /// Which binding.
        binding: BindingName,
    },
    /// A tag holds it.
    Held {
        /// Until when.
        until: Timestamp,
    },
    /// A tag holds it for more than seven days.
    HoldTooLong {
        /// Until when.
        until: Timestamp,
    },
    /// What the tag that holds it says is no time.
    HoldUnreadable {
        /// What the tag says, with what could command a terminal escaped.
        tag: String,
    },
    /// It is bound to a pair that is protected and that no manifest declares.
    BoundToProtected,
}

impl ClaimReason {
    /// Its stable code.
    #[must_use]
    pub fn code(&self) -> ReasonCode {
        match self {
            Self::ClaimedTwice { .. } => ReasonCode::ClaimedTwice,
            Self::BoundToForeign { .. } => ReasonCode::BoundToForeign,
            Self::TakenFrom { .. } => ReasonCode::TakenFrom,
            Self::RetakenAgain { .. } => ReasonCode::RetakenAgain,
            Self::ApprovalOutdated { .. } => ReasonCode::ApprovalOutdated,
            Self::LeftSelector { .. } => ReasonCode::LeftSelector,
            Self::ApprovedPairGone { .. } => ReasonCode::ApprovedPairGone,
            Self::Held { .. } => ReasonCode::Held,
            Self::HoldTooLong { .. } => ReasonCode::HoldTooLong,
            Self::HoldUnreadable { .. } => ReasonCode::HoldUnreadable,
            Self::BoundToProtected => ReasonCode::BoundToProtected,
        }
    }
}

impl fmt::Display for ClaimReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            // A sentence is read behind the address of its instance. Where two manifests or tools
            // want it, only a person can decide, so the sentence says how.
            Self::ClaimedTwice { bindings } => write!(
                f,
                "several Bindings want it ({}), and an instance has one key pair; change their \
                 selectors or lists so that one of them has it",
                list(bindings)
            ),
            Self::BoundToForeign { pair, owner } => write!(
                f,
                "it is bound to {pair}, a pair of {owner}; unbind it there first, or say \
                 `replaceForeign: true` in its Binding"
            ),
            Self::TakenFrom { before, now } => write!(
                f,
                "somebody else changed its binding from {before} to {}; it is bound again",
                bound(now.as_ref())
            ),
            Self::RetakenAgain { at, now } => write!(
                f,
                "somebody else bound it to {} again, after keyform had set that right at {}: \
                 another tool manages this instance; take it out of the Binding or out of that tool",
                bound(now.as_ref()),
                second(*at)
            ),
            Self::ApprovalOutdated { before, now } => write!(
                f,
                "it was bound to {} when its change was approved, and is bound to {} now; the \
                 deferred work is dropped, and `keyform plan` says what is to be done now",
                bound(before.as_ref()),
                bound(now.as_ref())
            ),
            Self::LeftSelector { binding } => write!(
                f,
                "its tags are no longer those that the selector of {binding} chooses by, so that \
                 what was deferred for it is dropped"
            ),
            Self::ApprovedPairGone { pair } => write!(
                f,
                "{pair}, which it was to be bound to, is not there any more as it was approved; \
                 its deferred work is dropped, and `keyform plan` says what is to be done now"
            ),
            Self::Held { until } => write!(
                f,
                "somebody holds it until {} (tag keyform:hold); nothing is done to it before",
                second(*until)
            ),
            Self::HoldTooLong { until } => write!(
                f,
                "its tag keyform:hold says {}, and a hold lasts seven days at most; set an \
                 earlier time, or remove the tag",
                second(*until)
            ),
            Self::HoldUnreadable { tag } => write!(
                f,
                "its tag keyform:hold says `{tag}`, which is no time; write one such as \
                 2027-02-05T18:00:00Z, or remove the tag"
            ),
            Self::BoundToProtected => f.write_str(
                "it is no longer wanted, but its key pair is protected, so it stays bound; a \
                 Removal lets go of both",
            ),
        }
    }
}

/// What an instance is bound to, as people read it.
fn bound(name: Option<&CloudName>) -> &str {
    name.map_or("nothing", CloudName::as_str)
}
