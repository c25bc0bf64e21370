//! What can be wrong with a state, and how a person goes on from there.

use std::{
    fmt, io,
    path::{Path, PathBuf},
};

use super::{HeldBy, Marker, Shelf, ShelfError, ShelfErrorKind, StoreErrorCode, shelf::place_of};

use crate::{model::RunId, visible};

/// Why a state cannot be read or written. Each message names the file, what is wrong with it, and
/// what to do about it.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The operating system refused.
    #[error("{what} {}; fix the cause, and run the same command again", path.display())]
    Disk {
        /// What was tried, such as "could not read".
        what: &'static str,
        /// On which file.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// What keeps the state was not reached, or its answer was lost.
    #[error("{what} {place}; run the same command again when it can be reached")]
    Unreachable {
        /// What was tried, such as "could not read".
        what: &'static str,
        /// On what.
        place: String,
        /// What was heard.
        source: ShelfError,
    },
    /// What keeps the state refused.
    #[error("{what} {place}; fix the cause, and run the same command again")]
    Refused {
        /// What was tried, such as "could not read".
        what: &'static str,
        /// On what.
        place: String,
        /// What was heard.
        source: ShelfError,
    },
    /// A file of the state is not what was written.
    #[error("{} is damaged ({reason}). Nothing was changed. {way_out}", place)]
    Damaged {
        /// Which file.
        place: String,
        /// What is wrong with it.
        reason: String,
        /// How to go on.
        way_out: Recovery,
    },
    /// A file of the state is of a format that this version does not know.
    #[error(
        "{} is of the format {}, which this version does not know. Nothing was changed. Use the \
         version of keyform that wrote it, or a newer one",
        place,
        visible::line(format)
    )]
    Format {
        /// Which file.
        place: String,
        /// Its format.
        format: String,
    },
    /// The state is that of another project.
    #[error(
        "{} belongs to the project {found}, and this is {wanted}. Nothing was changed. Name \
         another directory in spec.state.file.directory; a project that was renamed needs its old \
         name back",
        place
    )]
    ForeignProject {
        /// The snapshot.
        place: String,
        /// Whose state it is.
        found: String,
        /// Who wants to use it.
        wanted: String,
    },
    /// The state is not the one that was used here before, though its project has the same name.
    #[error(
        "{} is of the lineage {found}, and the state that was used here before is of {wanted}: it \
         is the state of another project of the same name. Nothing was changed. Put this project's own \
         state back, or name its directory in spec.state.file.directory; to use this state from now on, \
         remove {}", place, mark.display()
    )]
    ForeignLineage {
        /// The snapshot.
        place: String,
        /// Its lineage.
        found: String,
        /// The lineage that was used here.
        wanted: String,
        /// The file that remembers it.
        mark: PathBuf,
    },
    /// A snapshot that was to be restored is of another lineage than the newest one.
    #[error(
        "{} is of the lineage {found}, and the state here is of {wanted}: it is the state of \
         another project of the same name. Nothing was changed. `keyform state list` shows the \
         snapshots that can be restored",
        place
    )]
    OtherLineage {
        /// The snapshot.
        place: String,
        /// Its lineage.
        found: String,
        /// The lineage of the state.
        wanted: String,
    },
    /// A journal continues a snapshot that is not there.
    #[error(
        "{} continues the snapshot with the serial {base}, which is not here. Nothing was \
         changed. {way_out}",
        place
    )]
    SnapshotMissing {
        /// The journal.
        place: String,
        /// The serial that it continues.
        base: u64,
        /// How to go on.
        way_out: Recovery,
    },
    /// The state is older than one that was used here before.
    #[error(
        "the newest state in {} has the serial {found}, and {seen} was used here before: it is an \
         old copy, or files of it are missing. Nothing was changed. {way_out}",
        place
    )]
    Older {
        /// The directory of the state.
        place: String,
        /// The newest serial that is there.
        found: u64,
        /// The highest serial that was used here.
        seen: u64,
        /// How to go on.
        way_out: Recovery,
    },
    /// There is no state any more, and there was one.
    #[error(
        "there is no state in {}, and one with the serial {seen} was used here before. Nothing was \
         changed. If the Project names a new place, move the state there: `keyform state migrate \
         --from` the old directory or the earlier keyform.yaml. If the place is wrong, correct \
         `state:` in the Project. If the state was deleted, put it back from a backup; if it is lost \
         for good, remove {} to begin a new state",
        place, mark.display()
    )]
    Gone {
        /// Where the state should be.
        place: String,
        /// The highest serial that was used here.
        seen: u64,
        /// The file that remembers it.
        mark: PathBuf,
    },
    /// The state was moved to another place.
    #[error(
        "the state was moved to {} by {} on {} at {}, as {place} says. Nothing was changed. Use the \
         keyform.yaml that names the new place; to move the state back here, run `keyform state \
         migrate --from` that keyform.yaml",
        visible::line(&marker.place), visible::line(&marker.user), visible::line(&marker.host),
        marker.at
    )]
    Moved {
        /// The marker.
        place: String,
        /// What it says.
        marker: Box<Marker>,
    },
    /// The state is on its way here.
    #[error(
        "the state of {} did not arrive yet: {} on {} began to move it at {}, as {place} says. \
         Nothing was changed. Run the same `keyform state migrate --from` again: it goes on where it \
         ended",
        visible::line(&marker.place), visible::line(&marker.user), visible::line(&marker.host),
        marker.at
    )]
    Arriving {
        /// The marker.
        place: String,
        /// What it says.
        marker: Box<Marker>,
    },
    /// There is no state on a server, where a person begins one.
    #[error(
        "there is no state in {place}, and none was used here before. Nothing was changed. If the \
         project is new, begin one with `keyform state init`; if it is not, look at the address \
         and the name of the project: its state is elsewhere"
    )]
    NotBegun {
        /// Where it would be.
        place: String,
    },
    /// The mark of the highest serial seen is not what was written.
    #[error(
        "{} is damaged ({reason}). Nothing was changed. It only remembers the newest state that \
         was used here: see with `keyform state list` that the newest one is there, and remove \
         this file; it is written again", path.display()
    )]
    MarkDamaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// There is no snapshot of this serial.
    #[error(
        "there is no snapshot with the serial {serial} in {}. Nothing was changed. `keyform state \
         list` shows those that are there",
        place
    )]
    NoSuchSnapshot {
        /// The directory of the state.
        place: String,
        /// The serial that was asked for.
        serial: u64,
    },
    /// The operating system gave no random numbers for the id of a run.
    #[error("the run could not begin, so nothing was changed; run the same command again")]
    NoRunId(#[source] io::Error),
    /// Another run has gone on from the same state.
    #[error(
        "another run has gone on from the same state ({place}), so this one stopped; plan again \
         when the other has ended"
    )]
    Fenced {
        /// What the other run wrote: a snapshot, or a part of the journal.
        place: String,
    },
    /// The journal of this run was deleted while it went on.
    #[error(
        "{} was deleted while this run went on, and what the run recorded with it, so it stopped; \
         put the directory of the state back from a backup, and run the same command again: it \
         reads from the cloud what was done",
        place
    )]
    DeletedMeanwhile {
        /// The journal.
        place: String,
    },
    /// Another run holds the lock.
    #[error(
        "another run holds {place}: {by}. Wait for it, with `--lock-timeout 5m` if you like; the \
         lock is free as soon as that process has ended, however it ends"
    )]
    Locked {
        /// The lock.
        place: String,
        /// Who holds it.
        by: Box<HeldBy>,
    },
    /// Another run holds the lock, and was seen to renew its lease.
    #[error(
        "another run holds {place}: {by}. Wait for it, with `--lock-timeout 5m` if you like. If \
         its machine is lost, the lock is free when its lease is over: run the same command again"
    )]
    Leased {
        /// The lock.
        place: String,
        /// Who holds it.
        by: Box<HeldBy>,
    },
    /// Another run holds the lock, which no process and no lease ends.
    #[error(
        "another run holds {place}: {by}. Wait for it, with `--lock-timeout 5m` if you like. {}",
        freed_by_hand(by)
    )]
    LockedUntilFreed {
        /// The lock.
        place: String,
        /// Who holds it.
        by: Box<HeldBy>,
    },
    /// The lease of this run was over, or another run has the lock, before it could begin.
    #[error(
        "the run lost {place} before it began, so nothing was changed; run the same command again"
    )]
    LeaseLost {
        /// The lock.
        place: String,
    },
    /// A lock that no person can free: it is free when its process has ended.
    #[error(
        "{place} is a lock of the operating system: it is free as soon as the process that holds \
         it has ended, however it ends, and cannot be taken from it. Nothing was changed. End that \
         process, or wait for it"
    )]
    FreesItself {
        /// The lock.
        place: String,
    },
    /// The lock is not held by the run from which it was to be taken.
    #[error(
        "the run {} does not hold {place}{}. Nothing was changed. `keyform state lock show` says \
         who does",
        visible::line(id.as_str()), held_by(by)
    )]
    NotUnlocked {
        /// The lock.
        place: String,
        /// The run from which it was to be taken.
        id: RunId,
        /// Who holds it, if a run does.
        by: Box<Option<HeldBy>>,
    },
    /// A lease is not what was written.
    #[error(
        "{place} is no lease of keyform, or is damaged. Nothing was changed. See that no run goes \
         on, and remove it"
    )]
    LeaseDamaged {
        /// The lease.
        place: String,
    },
}

impl StoreError {
    /// Its stable code.
    #[must_use]
    pub fn code(&self) -> StoreErrorCode {
        match self {
            Self::Disk { .. } => StoreErrorCode::Disk,
            Self::Unreachable { .. } => StoreErrorCode::Unreachable,
            Self::Refused { .. } => StoreErrorCode::Refused,
            Self::Damaged { .. } => StoreErrorCode::Damaged,
            Self::Format { .. } => StoreErrorCode::Format,
            Self::ForeignProject { .. } => StoreErrorCode::ForeignProject,
            Self::ForeignLineage { .. } => StoreErrorCode::ForeignLineage,
            Self::OtherLineage { .. } => StoreErrorCode::OtherLineage,
            Self::SnapshotMissing { .. } => StoreErrorCode::SnapshotMissing,
            Self::Older { .. } => StoreErrorCode::Older,
            Self::Gone { .. } => StoreErrorCode::Gone,
            Self::Moved { .. } => StoreErrorCode::Moved,
            Self::Arriving { .. } => StoreErrorCode::Arriving,
            Self::NotBegun { .. } => StoreErrorCode::NotBegun,
            Self::MarkDamaged { .. } => StoreErrorCode::MarkDamaged,
            Self::NoSuchSnapshot { .. } => StoreErrorCode::NoSuchSnapshot,
            Self::NoRunId(_) => StoreErrorCode::NoRunId,
            Self::Fenced { .. } => StoreErrorCode::Fenced,
            Self::DeletedMeanwhile { .. } => StoreErrorCode::DeletedMeanwhile,
            Self::Locked { .. } | Self::Leased { .. } | Self::LockedUntilFreed { .. } => {
                StoreErrorCode::Locked
            }
            Self::LeaseLost { .. } => StoreErrorCode::LeaseLost,
            Self::FreesItself { .. } => StoreErrorCode::FreesItself,
            Self::NotUnlocked { .. } => StoreErrorCode::NotUnlocked,
            Self::LeaseDamaged { .. } => StoreErrorCode::LeaseDamaged,
        }
    }
}

impl StoreError {
    /// A damaged file; whoever knows more of the state says how to go on, by
    /// [`StoreError::with_recovery`].
    pub(super) fn damaged(place: &str, reason: impl Into<String>) -> Self {
        let (reason, way_out) =
            (visible::line(&reason.into()).into_owned(), Recovery::AnotherSnapshot);
        Self::Damaged { place: place.to_owned(), reason, way_out }
    }

    /// That no run may go on here, as a marker says.
    pub(super) fn of_marker(place: String, marker: Marker) -> Self {
        let (is_moved, marker) = (marker.is_moved(), Box::new(marker));
        if is_moved { Self::Moved { place, marker } } else { Self::Arriving { place, marker } }
    }

    /// A damaged mark of the highest serial seen.
    pub(super) fn mark_damaged(path: &Path, reason: impl Into<String>) -> Self {
        Self::MarkDamaged {
            path: path.to_owned(),
            reason: visible::line(&reason.into()).into_owned(),
        }
    }

    /// The error of a damaged file with the way to go on.
    pub(super) fn with_recovery(self, way_out: Recovery) -> Self {
        match self {
            Self::Damaged { place, reason, .. } => Self::Damaged { place, reason, way_out },
            other => other,
        }
    }

    /// What is wrong with a file, without its name and the way to go on.
    pub(super) fn in_short(&self) -> String {
        match self {
            Self::Disk { what, source, .. } => format!("{what}: {source}"),
            Self::Unreachable { what, source, .. } | Self::Refused { what, source, .. } => {
                format!("{what}: {source}")
            }
            Self::Damaged { reason, .. } | Self::MarkDamaged { reason, .. } => reason.clone(),
            Self::Format { format, .. } => format!("its format is {}", visible::line(format)),
            Self::ForeignProject { found, .. } => format!("it belongs to the project {found}"),
            Self::ForeignLineage { found, .. } | Self::OtherLineage { found, .. } => {
                format!("it is of the lineage {found}")
            }
            Self::Moved { marker, .. } => {
                format!("the state was moved to {}", visible::line(&marker.place))
            }
            Self::Arriving { marker, .. } => {
                format!("the state of {} did not arrive yet", visible::line(&marker.place))
            }
            Self::NoSuchSnapshot { .. } | Self::SnapshotMissing { .. } => {
                "it is not here".to_owned()
            }
            Self::Older { .. }
            | Self::Gone { .. }
            | Self::NotBegun { .. }
            | Self::NoRunId(_)
            | Self::Fenced { .. }
            | Self::DeletedMeanwhile { .. }
            | Self::Locked { .. }
            | Self::Leased { .. }
            | Self::LockedUntilFreed { .. }
            | Self::LeaseLost { .. }
            | Self::FreesItself { .. }
            | Self::NotUnlocked { .. }
            | Self::LeaseDamaged { .. } => self.to_string(),
        }
    }
}

/// Who holds a lock, as the end of a clause.
fn held_by(by: &Option<HeldBy>) -> String {
    by.as_ref().map_or_else(|| ", and no other run does".to_owned(), |by| format!(": {by}"))
}

/// How a lock becomes free whose holder has died, where only a person frees it.
fn freed_by_hand(by: &HeldBy) -> String {
    match by.run() {
        Some(run) => format!(
            "This lock does not end with its run: if that was killed, or its machine is lost, `keyform \
             state unlock {run}` frees it"
        ),
        None => "Nothing says that it is a lock of keyform: whoever took it frees it".to_owned(),
    }
}

/// How to go on with a damaged state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recovery {
    /// From the snapshot of this serial.
    Restore(u64),
    /// From the snapshot of this serial, without what a journal has recorded since.
    RestoreWithoutJournal(u64),
    /// From another snapshot than the one that was asked for.
    AnotherSnapshot,
    /// No snapshot here is whole.
    Backup,
}

impl fmt::Display for Recovery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Restore(serial) => write!(
                f,
                "Put the missing or damaged file back from a backup; or see with `keyform state \
                 list` what is whole, and go on from the snapshot with the serial {serial} by \
                 `keyform state restore {serial}`"
            ),
            Self::RestoreWithoutJournal(serial) => write!(
                f,
                "Put the file back from a backup; or see with `keyform state list` what is whole, \
                 and go on from the snapshot before it, without what that run has recorded, by \
                 `keyform state restore {serial}`"
            ),
            Self::AnotherSnapshot => {
                f.write_str("`keyform state list` shows the snapshots that are whole")
            }
            Self::Backup => f.write_str(
                "No snapshot here is whole, so that `keyform state restore` has nothing to \
                 restore: put the directory back from a backup",
            ),
        }
    }
}

/// An error of the operating system as one of the store: what was tried, and on which file.
pub(super) fn io_error(what: &'static str, path: &Path) -> impl FnOnce(io::Error) -> StoreError {
    let path = path.to_owned();
    move |source| StoreError::Disk { what, path, source }
}

/// An error of a shelf as one of the store: what was tried, and on which blob. What the operating
/// system says of a file is said as of any other file.
pub(super) fn shelf_error(
    shelf: &dyn Shelf,
    what: &'static str,
    name: &str,
) -> impl FnOnce(ShelfError) -> StoreError {
    at_place(shelf, what, place_of(shelf, name))
}

/// The same for what was tried on the whole shelf.
pub(super) fn of_whole(
    shelf: &dyn Shelf,
    what: &'static str,
) -> impl FnOnce(ShelfError) -> StoreError {
    at_place(shelf, what, shelf.place())
}

fn at_place(
    shelf: &dyn Shelf,
    what: &'static str,
    place: String,
) -> impl FnOnce(ShelfError) -> StoreError {
    let are_files = shelf.are_files();
    move |source| {
        if are_files {
            let (path, source) = (PathBuf::from(place), io::Error::other(source));
            return StoreError::Disk { what, path, source };
        }
        server_error(what, place)(source)
    }
}

/// An error of a server as one of the store: what was tried, and on what.
pub(super) fn server_error(
    what: &'static str,
    place: String,
) -> impl FnOnce(ShelfError) -> StoreError {
    move |source| match source.kind {
        ShelfErrorKind::Unreachable | ShelfErrorKind::Lost => {
            StoreError::Unreachable { what, place, source }
        }
        ShelfErrorKind::Refused => StoreError::Refused { what, place, source },
    }
}
