//! Why something is not done: the reasons, and the one place that words them.

use std::fmt;

use crate::model::{CloudName, InstanceStatus, Region};

/// Why something is not done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Reason {
    /// The name in the cloud is taken by a pair of somebody else.
    NameTaken(Region),
    /// The pair was replaced behind keyform's back.
    PairReplaced(Region),
    /// The pair is there without its private key, and instances are bound to it.
    KeyLostWhileBound(Vec<String>),
    /// The pair is in use, and its private key is not in the vault.
    KeyMissing,
    /// The pair should be made in a further region, and its private key is not in the vault.
    KeyMissingForRegion(Region),
    /// An instance should take a pair of which the private key is not in the vault (L3).
    KeyMissingForInstance(CloudName),
    /// An instance should take a pair whose key is a certificate (L3).
    CertificateForInstance(CloudName),
    /// The manifest gives another public key than the pair has.
    GivenKeyDiffers,
    /// The wanted generation was deleted after a later one had taken its place.
    GenerationGone(u32),
    /// What stands in the vault cannot be used.
    KeyUnusable(String),
    /// Others can read the file in the vault.
    KeyExposed(String),
    /// The vault holds another key than the recorded one.
    KeyDiffers,
    /// The pair of the binding is blocked.
    PairBlocked(CloudName),
    /// The instance does not exist.
    InstanceNotFound(Region),
    /// The instance could not be read.
    InstanceUnseen,
    /// R1.
    Windows,
    /// R8.
    GenerationOne(String),
    /// R13.
    Managed(String),
    /// L6.
    BoundToForeign(CloudName),
    /// The service has locked it.
    Locked(Vec<String>),
    /// It is neither Running nor Stopped.
    InTransition(InstanceStatus),
    /// An earlier run restarts it.
    Restarting(InstanceStatus),
    /// It is Stopped, so that a binding takes effect when somebody starts it.
    Stopped,
    /// It is Stopped, so that an unbinding takes effect when somebody starts it.
    StoppedUnbound,
    /// A pair that is not wanted any more is still in use.
    StillBound(Vec<String>),
    /// A pair that is not wanted any more is what guests still accept.
    StillInEffect(Vec<String>),
    /// A pair that is not wanted any more is not ours any more.
    NotOurs,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Windows => f.write_str(
                "it runs Windows, and key pairs are for Linux instances only; take it out of the \
                 binding",
            ),
            Self::GenerationOne(family) => write!(
                f,
                "it is of {family}, a family of Generation I, and not I/O optimized: ECS refuses \
                 to bind it; take it out of the binding or replace the instance"
            ),
            Self::Managed(tag) => write!(
                f,
                "it was made by Auto Scaling or ACK (tag {tag}), which replace instances that \
                 stop; set the key pair in their configuration instead"
            ),
            Self::BoundToForeign(name) => write!(
                f,
                "it is bound to {name}, which this project did not make; unbind it there first"
            ),
            Self::Locked(reasons) => {
                write!(
                    f,
                    "the service has locked it ({}); nothing is done to it",
                    reasons.join(", ")
                )
            }
            Self::InTransition(status) => {
                write!(f, "it is {status}; plan again once it is Running")
            }
            Self::Restarting(status) => write!(
                f,
                "an earlier run restarts it, and it is {status}; its return is waited for, and it \
                 is not restarted again"
            ),
            Self::Stopped => f.write_str(
                "it is Stopped and is not started; what it is bound to takes effect when somebody \
                 starts it",
            ),
            Self::StoppedUnbound => f.write_str(
                "it is Stopped and is not started; its unbinding takes effect when somebody \
                 starts it",
            ),
            Self::InstanceNotFound(region) => write!(
                f,
                "there is no such instance in {region}; correct the id or take it out of the \
                 binding"
            ),
            Self::InstanceUnseen => f.write_str("it could not be read, so nothing is done to it"),
            other => other.fmt_pair(f),
        }
    }
}

impl Reason {
    /// The reasons that concern pairs and keys.
    fn fmt_pair(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NameTaken(region) => write!(
                f,
                "{region} has a pair of this name that this project did not make, and it stays \
                 untouched; choose another name, or delete that pair if nobody needs it"
            ),
            Self::PairReplaced(region) => write!(
                f,
                "the pair in {region} has another key than the recorded one: somebody replaced \
                 it, and it stays untouched; delete it there, and keyform makes ours again"
            ),
            Self::KeyLostWhileBound(instances) => write!(
                f,
                "its private key is not in the vault, and instances are bound to it: {}; put the \
                 private key back, or bind them to another pair first",
                instances.join(", ")
            ),
            Self::KeyMissing => f.write_str(
                "its private key is not in the vault of this machine; nothing is done about it, \
                 but make sure that it is kept somewhere",
            ),
            Self::KeyMissingForRegion(region) => write!(
                f,
                "its private key is not in the vault of this machine, so that it is not made in \
                 {region}; put the private key back"
            ),
            Self::KeyMissingForInstance(name) => write!(
                f,
                "the private key of {name} is not in the vault of this machine, so that nobody \
                 might be able to log on afterwards; put the private key back"
            ),
            Self::CertificateForInstance(name) => write!(
                f,
                "the key of {name} is a certificate, which sshd passes over in authorized_keys: \
                 nobody could log on afterwards; give the plain key that it certifies"
            ),
            Self::GivenKeyDiffers => f.write_str(
                "its manifest gives another public key than the pair has, and the key of a \
                 generation never changes; raise its `generation` to rotate to the new key, or give \
                 the old key again",
            ),
            Self::GenerationGone(later) => write!(
                f,
                "this generation was deleted after generation {later} had taken its place, and its \
                 name is not used again; choose generation {later}, or a higher one for a new key"
            ),
            Self::KeyUnusable(reason) | Self::KeyExposed(reason) => f.write_str(reason),
            Self::KeyDiffers => f.write_str(
                "the vault holds another private key under this name than the recorded one, and \
                 it stays untouched; put the right one back, or move the file away",
            ),
            Self::PairBlocked(name) => {
                write!(f, "its key pair {name} is blocked; mend that first")
            }
            Self::StillBound(instances) => write!(
                f,
                "it is no longer declared, but instances are bound to it that this project does \
                 not unbind: {}; it is deleted once they are free",
                instances.join(", ")
            ),
            Self::StillInEffect(instances) => write!(
                f,
                "it is no longer declared, but it is what these instances accept until they have \
                 restarted: {}; it is deleted after that",
                instances.join(", ")
            ),
            Self::NotOurs => f.write_str(
                "it is no longer declared, and what is there now is not what keyform made; it \
                 stays untouched and is forgotten",
            ),
            _ => Ok(()),
        }
    }
}
