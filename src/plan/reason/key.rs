//! Reasons that concern keys.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    ReasonCode,
    words::{list, second},
};
use crate::model::{
    CloudName, ExposedKey, InstanceId, KeyFileProblem, Region, Timestamp, schedule::Span,
};

/// What is wrong with a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "code", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum KeyReason {
    /// The pair is there without its private key, and instances are bound to it.
    KeyLostWhileBound {
        /// Which ones.
        instances: Vec<InstanceId>,
    },
    /// The pair is in use, and its recorded private key is gone from the vault.
    KeyMissing,
    /// The pair should be made in a further region, and its private key is not in the vault.
    KeyMissingForRegion {
        /// Which region.
        region: Region,
    },
    /// An instance should take a pair, and its private key is not in the vault (L3).
    KeyMissingForInstance {
        /// Which pair.
        pair: CloudName,
    },
    /// A proof takes the private key of a pair, which is not in the vault.
    KeyMissingForProof {
        /// Which pair.
        pair: CloudName,
    },
    /// An instance should take a pair whose key is a certificate (L3).
    CertificateForInstance {
        /// Which pair.
        pair: CloudName,
    },
    /// The manifest gives another public key than the pair has.
    GivenKeyDiffers,
    /// What stands in the vault cannot be used.
    KeyUnusable {
        /// What is wrong with it, with a code of its own.
        problem: KeyFileProblem,
    },
    /// Others can read or change the file in the vault.
    KeyExposed(ExposedKey),
    /// The pair is there and its key is not recorded, and only apply looks into its vault.
    KeyNotLookedAt,
    /// The vault holds another key than the recorded one.
    KeyDiffers,
    /// No pair has it any more, and guests may still accept it.
    KeyStillInEffect {
        /// Whose guests.
        instances: Vec<InstanceId>,
    },
    /// It is older than its manifest allows.
    RotationDue {
        /// When it was made.
        made: Timestamp,
        /// How old it may become.
        rotate_after: Span,
        /// Since when it is older.
        due: Timestamp,
        /// The generation that its rotation makes.
        generation: u32,
        /// Whether a person gives its public half.
        is_given: bool,
    },
}

impl KeyReason {
    /// Its stable code.
    #[must_use]
    pub fn code(&self) -> ReasonCode {
        match self {
            Self::KeyLostWhileBound { .. } => ReasonCode::KeyLostWhileBound,
            Self::KeyMissing => ReasonCode::KeyMissing,
            Self::KeyMissingForRegion { .. } => ReasonCode::KeyMissingForRegion,
            Self::KeyMissingForInstance { .. } => ReasonCode::KeyMissingForInstance,
            Self::KeyMissingForProof { .. } => ReasonCode::KeyMissingForProof,
            Self::CertificateForInstance { .. } => ReasonCode::CertificateForInstance,
            Self::GivenKeyDiffers => ReasonCode::GivenKeyDiffers,
            Self::KeyUnusable { .. } => ReasonCode::KeyUnusable,
            Self::KeyExposed(_) => ReasonCode::KeyExposed,
            Self::KeyNotLookedAt => ReasonCode::KeyNotLookedAt,
            Self::KeyDiffers => ReasonCode::KeyDiffers,
            Self::KeyStillInEffect { .. } => ReasonCode::KeyStillInEffect,
            Self::RotationDue { .. } => ReasonCode::RotationDue,
        }
    }
}

impl fmt::Display for KeyReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            // keyform cannot bring a private key back, so the sentences say what a person can do
            // (L2, L3).
            Self::KeyLostWhileBound { instances } => write!(
                f,
                "its private key is not in the vault, and instances are bound to it: {}; put the \
                 private key back, or bind them to another pair first",
                list(instances)
            ),
            Self::KeyMissing => f.write_str(
                "its private key was recorded and is gone from the vault of this machine, while \
                 its pair is in use; put its file back from a backup, or raise `generation` in the \
                 manifest of the key pair to rotate to a new key",
            ),
            Self::KeyMissingForRegion { region } => write!(
                f,
                "its private key is not in the vault of this machine, so that it is not made in \
                 {region}; put the private key back"
            ),
            Self::KeyMissingForInstance { pair } => write!(
                f,
                "the private key of {pair} is not in the vault of this machine, so that nobody \
                 might be able to log on afterwards; put the private key back"
            ),
            Self::KeyMissingForProof { pair } => write!(
                f,
                "it is not shown yet that one can log on to it, and the private key of {pair}, \
                 which that takes, is not in the vault of this machine; put the private key back"
            ),
            Self::CertificateForInstance { pair } => write!(
                f,
                "the key of {pair} is a certificate, which sshd passes over in authorized_keys: \
                 nobody could log on afterwards; give the plain key that it certifies"
            ),
            Self::GivenKeyDiffers => f.write_str(
                "its manifest gives another public key than the pair has, and the key of a \
                 generation never changes; raise its `generation` to rotate to the new key, or give \
                 the old key again",
            ),
            Self::KeyUnusable { problem } => problem.fmt(f),
            Self::KeyExposed(exposed) => exposed.fmt(f),
            Self::KeyNotLookedAt => f.write_str(
                "its pair is there and its private key is not recorded, and plan runs no program \
                 of its vault; run `keyform apply`, which looks and then shows its plan",
            ),
            Self::KeyDiffers => f.write_str(
                "the vault holds another private key under this name than the recorded one, and \
                 it stays untouched; put the right one back, or move the file away",
            ),
            Self::KeyStillInEffect { instances } => write!(
                f,
                "no pair has this key any more, but these instances may accept it until they have \
                 restarted: {}; it is put aside after that",
                list(instances)
            ),
            Self::RotationDue { made, rotate_after, due, generation, is_given } => {
                let (made, due) = (second(*made), second(*due));
                let given = if *is_given { "give a new public key and " } else { "" };
                write!(
                    f,
                    "it was made at {made} and `rotateAfter` is {rotate_after}, so its rotation has \
                     been due since {due}; {given}raise `generation` to {generation} to rotate it"
                )
            }
        }
    }
}
