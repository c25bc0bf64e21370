//! Why something is not done: the reasons, and the one place that words them.

use std::{fmt, time::Duration};

use super::duration::length;
use crate::model::{
    BindingName, CloudName, InstanceStatus, Region, ServiceTime, Timestamp, time::Precision,
};

/// Why something is not done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Reason {
    /// The name in the cloud is taken by a pair of somebody else.
    NameTaken(Region),
    /// The pair was replaced behind keyform's back.
    PairReplaced(Region),
    /// The recorded pair has the tag of another lineage.
    PairTakenOver,
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
    /// The wanted generation is still a pair, but its private key is lost, and a later one has taken
    /// its place.
    GenerationLost(u32),
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
    /// R8: what the API refuses.
    GenerationOne(String),
    /// R8: what the overview page leaves out, and other pages do not.
    GenerationOneOptimized(String),
    /// R13.
    Managed(String),
    /// Several bindings want it (R6).
    ClaimedTwice(Vec<BindingName>),
    /// L6: the pair, and whose it is.
    BoundToForeign(CloudName, String),
    /// Somebody else has changed a binding of ours: what it was, and what it is.
    TakenFrom(CloudName, Option<CloudName>),
    /// Somebody else has changed a binding of ours again, after it was set right then.
    RetakenAgain(Timestamp, Option<CloudName>),
    /// Somebody holds it until then.
    Held(Timestamp),
    /// Somebody holds it for more than seven days.
    HoldTooLong(Timestamp),
    /// What the tag that holds it says is no time.
    HoldUnreadable(String),
    /// It is bound to a pair that is protected and that no manifest declares.
    BoundToProtected,
    /// Somebody deleted a pair of ours that is wanted.
    PairDeleted,
    /// Somebody changed tags of a pair of ours.
    TagsChanged,
    /// A pair is protected, and no manifest declares it.
    Protected,
    /// A pair has the tags of this project and of another state.
    OfOtherState,
    /// A pair was made by this project, and neither its record nor its private key is here.
    Orphaned,
    /// A pair of the wanted name has the wanted key, and could be taken over.
    CanBeAdopted(Region),
    /// A pair is to be taken over, and has another key.
    AdoptsOtherKey(Region),
    /// The project's limit of restarts is reached.
    RestartLimit,
    /// Its binding's restarts are paused: until when, and why.
    Paused { until: String, why: String },
    /// Its binding's restarts are denied: when they may begin, how long that is, and why.
    Denied { until: String, after: String, why: String },
    /// It waits for a window: which, when that opens, and how long that is.
    Window { window: String, opens: String, after: String },
    /// No window comes in which a restart can be done that takes so long.
    NoWindow { estimate: Duration },
    /// People restart it, so that a binding takes effect then.
    Manual,
    /// People restart it, so that an unbinding takes effect then.
    ManualUnbound,
    /// Its proof is owed, and it is not Running.
    Unproven(InstanceStatus),
    /// Its proof is owed, and the private key is not in the vault.
    KeyMissingForProof(CloudName),
    /// What is owed to it does not hold: what it was bound to, and what it is bound to now.
    OwedMoved(Option<CloudName>, Option<CloudName>),
    /// What is owed to it does not hold: the pair that it is to be bound to is not there any more.
    OwedPairGone(CloudName),
    /// The project's limit of deletes is reached.
    DeleteLimit,
    /// The service has locked it.
    Locked(Vec<String>),
    /// It is neither Running nor Stopped.
    InTransition(InstanceStatus),
    /// An earlier run restarts it.
    Restarting(InstanceStatus),
    /// An earlier run has restarted it, and it is Stopped since.
    NotBack,
    /// It may be prepared for a restart, and is Stopped.
    StoppedPrepared,
    /// It may be prepared for a restart, and is let go of.
    LeftPrepared,
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
                "it is of {family}, a family of Generation I, and not I/O optimized: ECS does not \
                 bind it; take it out of the binding, or replace the instance"
            ),
            Self::GenerationOneOptimized(family) => write!(
                f,
                "it is of {family}, a family of Generation I, and I/O optimized: by the overview \
                 of key pairs ECS does not bind it, by other pages it does; take it out of the \
                 binding, or say `allowGenerationOne: true` in its Binding to let ECS decide"
            ),
            Self::Managed(tag) => write!(
                f,
                "it was made by Auto Scaling or ACK (tag {tag}), which replace instances that \
                 stop; take it out of the binding and set the key pair in their configuration, or \
                 say `managedInstances: include` in its Binding"
            ),
            Self::BoundToForeign(name, owner) => write!(
                f,
                "it is bound to {name}, a pair of {owner}; unbind it there first, or say \
                 `replaceForeign: true` in its Binding"
            ),
            Self::Held(until) => write!(
                f,
                "somebody holds it until {} (tag keyform:hold); nothing is done to it before",
                second(*until)
            ),
            Self::Locked(reasons) => {
                write!(
                    f,
                    "the service has locked it ({}); nothing is done to it until it is unlocked",
                    reasons.join(", ")
                )
            }
            Self::InTransition(status) => {
                write!(f, "it is {status}; plan again once it is Running")
            }
            Self::Stopped => f.write_str(
                "it is Stopped and is not started; what it is bound to takes effect when somebody \
                 starts it",
            ),
            Self::StoppedUnbound => f.write_str(
                "it is Stopped and is not started; its unbinding takes effect when somebody \
                 starts it",
            ),
            Self::Unproven(status) => {
                write!(f, "it is {status}; that one can log on to it is shown once it is Running")
            }
            Self::InstanceNotFound(region) => write!(
                f,
                "there is no such instance in {region}; correct the id or take it out of the \
                 binding"
            ),
            Self::InstanceUnseen => f.write_str(
                "it could not be read, so nothing is done to it; plan again, and if it stays so, \
                 see whether this account may read it",
            ),
            other => other.fmt_schedule(f),
        }
    }
}

impl Reason {
    /// The reasons that concern when it is restarted.
    fn fmt_schedule(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Restarting(status) => write!(
                f,
                "an earlier run restarts it, and it is {status}; its return is waited for, and it \
                 is not restarted again"
            ),
            Self::NotBack => f.write_str(
                "an earlier run has restarted it, and it has not come back: it is Stopped; start \
                 it, and until then it counts as down",
            ),
            Self::StoppedPrepared => f.write_str(
                "an earlier run has prepared it for a restart, and it is Stopped; its hook `after` \
                 puts it back once somebody has started it",
            ),
            Self::LeftPrepared => f.write_str(
                "an earlier run has prepared it for a restart, and its hook `after` has not put it \
                 back; it is let go of now, so put it back by hand",
            ),
            Self::Paused { until, why } => write!(
                f,
                "restarts of its Binding are paused until {until}: {why}; nothing is done to it \
                 before"
            ),
            Self::Denied { until, after, why } => write!(
                f,
                "restarts of its Binding are denied ({why}); they may begin {until} (in {after}), \
                 and nothing is done to it before"
            ),
            Self::Window { window, opens, after } => {
                write!(f, "it waits for its window {window}, which opens {opens} (in {after})")
            }
            Self::NoWindow { estimate } => write!(
                f,
                "no window comes within two years that is open for the {} that its restart may \
                 take; change the `windows`, the `deny` or the `timeout` of its Binding",
                length(*estimate)
            ),
            Self::Manual => f.write_str(
                "people restart it (`when: manual`); what it is bound to takes effect when \
                 somebody does",
            ),
            Self::ManualUnbound => f.write_str(
                "people restart it (`when: manual`); its unbinding takes effect when somebody does",
            ),
            other => other.fmt_claim(f),
        }
    }

    /// The reasons that concern who may do what to an instance.
    fn fmt_claim(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bound = |name: &Option<CloudName>| {
            name.as_ref().map_or_else(|| "nothing".to_owned(), ToString::to_string)
        };
        match self {
            Self::ClaimedTwice(bindings) => {
                let names: Vec<_> = bindings.iter().map(BindingName::as_str).collect();
                write!(
                    f,
                    "several Bindings want it ({}), and an instance has one key pair; change their \
                     selectors or lists so that one of them has it",
                    names.join(", ")
                )
            }
            Self::TakenFrom(before, now) => write!(
                f,
                "somebody else changed its binding from {before} to {}; it is bound again",
                bound(now)
            ),
            Self::RetakenAgain(at, now) => write!(
                f,
                "somebody else bound it to {} again, after keyform had set that right at {}: \
                 another tool manages this instance; take it out of the Binding or out of that tool",
                bound(now),
                second(*at)
            ),
            Self::OwedMoved(before, now) => write!(
                f,
                "it was bound to {} when its change was approved, and is bound to {} now; what was \
                 owed to it is forgotten, and `keyform plan` says what is to be done now",
                bound(before),
                bound(now)
            ),
            Self::OwedPairGone(name) => write!(
                f,
                "{name}, which it was to be bound to, is not there any more as it was approved; \
                 what was owed to it is forgotten, and `keyform plan` says what is to be done now"
            ),
            Self::HoldTooLong(until) => write!(
                f,
                "its tag keyform:hold says {}, and a hold lasts seven days at most; set an \
                 earlier time, or remove the tag",
                second(*until)
            ),
            Self::HoldUnreadable(text) => write!(
                f,
                "its tag keyform:hold says `{}`, which is no time; write one such as \
                 2027-02-05T18:00:00Z, or remove the tag",
                text.escape_default()
            ),
            Self::RestartLimit => f.write_str(
                "`limits.restartsPerRun` of the Project leaves it to a later run; apply again \
                 after this one",
            ),
            Self::BoundToProtected => f.write_str(
                "it is no longer wanted, but its key pair is protected, so it stays bound; a \
                 Removal lets go of both",
            ),
            other => other.fmt_pair(f),
        }
    }

    /// The reasons that concern pairs.
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
            Self::PairTakenOver => f.write_str(
                "it is recorded here, but its tag keyform:lineage is that of another state, and it \
                 stays untouched; if it belongs here, remove that tag, and keyform sets its own",
            ),
            Self::PairDeleted => {
                f.write_str("somebody else deleted it; it is made again of the same key")
            }
            Self::TagsChanged => f.write_str("somebody else changed its tags; they are set again"),
            Self::OfOtherState => f.write_str(
                "it has the tags of this project and of another state, and stays untouched; to take \
                 it over, declare it with its key and `adopt: true`",
            ),
            Self::Orphaned => f.write_str(
                "this project made it, but neither its record nor its private key is here, and it \
                 stays untouched; put the private key back, or delete the pair if nobody needs it",
            ),
            Self::CanBeAdopted(region) => write!(
                f,
                "{region} has a pair of this name with this very key, which this project did not \
                 make; `adopt: true` in its manifest takes it over"
            ),
            Self::AdoptsOtherKey(region) => write!(
                f,
                "{region} has a pair of this name with another key, so that it cannot be taken \
                 over; choose another name, or give the key that it has"
            ),
            Self::GenerationGone(later) => write!(
                f,
                "this generation was deleted after generation {later} had taken its place, and its \
                 name is not used again; choose generation {later}, or a higher one for a new key"
            ),
            Self::GenerationLost(later) => write!(
                f,
                "generation {later} has taken the place of this one, of which the vault does not \
                 have the private key; put that back, or choose generation {later}, or a higher one \
                 for a new key"
            ),
            Self::PairBlocked(name) => {
                write!(f, "its key pair {name} is blocked; mend that first")
            }
            other => other.fmt_key(f),
        }
    }

    /// The reasons that concern keys.
    fn fmt_key(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
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
            Self::KeyMissingForProof(name) => write!(
                f,
                "it is not shown yet that one can log on to it, and the private key of {name}, \
                 which that takes, is not in the vault of this machine; put the private key back"
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
            Self::KeyUnusable(reason) | Self::KeyExposed(reason) => f.write_str(reason),
            Self::KeyDiffers => f.write_str(
                "the vault holds another private key under this name than the recorded one, and \
                 it stays untouched; put the right one back, or move the file away",
            ),
            other => other.fmt_unwanted(f),
        }
    }

    /// The reasons why a pair that is no longer wanted stays.
    fn fmt_unwanted(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::DeleteLimit => f.write_str(
                "it is no longer wanted, and `limits.deletesPerRun` of the Project leaves its \
                 deletion to a later run; apply again after this one",
            ),
            Self::Protected => f.write_str(
                "it is no longer wanted, but it is protected, so it stays; to keep it, declare it; \
                 to let go of it, write a `kind: Removal` in place of its KeyPair",
            ),
            Self::StillBound(instances) => write!(
                f,
                "it is no longer wanted, but instances are bound to it that this project does \
                 not unbind: {}; it is deleted once they are free",
                instances.join(", ")
            ),
            Self::StillInEffect(instances) => write!(
                f,
                "it is no longer wanted, but it is what these instances accept until they have \
                 restarted: {}; it is deleted after that",
                instances.join(", ")
            ),
            Self::NotOurs => f.write_str(
                "it is no longer wanted, and what is there now is not what keyform made; it \
                 stays untouched and is forgotten",
            ),
            _ => Ok(()),
        }
    }
}

/// A time as people read it: nobody plans in milliseconds.
pub(super) fn second(time: Timestamp) -> ServiceTime {
    ServiceTime::new(time, Precision::Second)
}
