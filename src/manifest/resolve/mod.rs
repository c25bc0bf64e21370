//! One document to what it means; what concerns several documents is in `validate`.

mod binding;
mod bucket;
mod cloud;
mod document;
mod encryption;
mod fields;
mod given_key;
mod inventory;
mod kept;
mod key_pair;
mod key_source;
mod program;
mod project;
mod proof;
mod removal;
mod resource_group;
mod restart;
mod schedule;
mod selector;
mod state;
mod vault;

pub(super) use binding::{BindingDraft, resolve_binding};
pub(super) use cloud::CLOUD_HELP;
pub(super) use fields::NAME_HELP;
pub(super) use inventory::{DURATION_HELP, TEXT_MAX, resolve_inventory};
pub(super) use kept::Kept;
pub(super) use key_pair::{KeyPairDraft, PAIR_NAME_MAX, resolve_key_pair};
pub(super) use key_source::BITS_HELP;
pub(super) use program::ARGUMENTS_MAX;
pub(super) use project::{Defaults, Generations, ProjectDraft, resolve_project};
pub(super) use proof::{PROOF_HELP, WrittenProof};
pub(super) use removal::{RemovalDraft, resolve_removal};
pub(super) use schedule::REASON_MAX;

/// What an optional field says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Given<T> {
    /// It is not there.
    Absent,
    /// It is there and has a problem, which was reported: nothing follows from it.
    Broken,
    /// It says this.
    Value(T),
}

impl<T> Given<T> {
    /// What is read out of it; `None` of that is a problem that was reported.
    fn read<U>(self, read: impl FnOnce(T) -> Option<U>) -> Given<U> {
        match self {
            Self::Absent => Given::Absent,
            Self::Broken => Given::Broken,
            Self::Value(value) => read(value).map_or(Given::Broken, Given::Value),
        }
    }

    /// What it says.
    fn value(self) -> Option<T> {
        match self {
            Self::Absent | Self::Broken => None,
            Self::Value(value) => Some(value),
        }
    }

    /// What follows from it with a default; `None` if nothing does.
    fn or(self, default: T) -> Option<T> {
        match self {
            Self::Absent => Some(default),
            Self::Broken => None,
            Self::Value(value) => Some(value),
        }
    }
}
