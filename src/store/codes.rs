//! Codes of what can be wrong with a state.

use crate::code::codes;

codes! {
    /// The code of a [`StoreError`](super::StoreError).
    pub enum StoreErrorCode {
        Disk = "stateDisk" {
            meaning: "The operating system refused a file of the state.",
            why: "A record must be on the disk before what it records is done (L7).",
            fix: "Fix what the cause names, such as permissions or a full disk, and run the same \
                  command again.",
        }
        Unreachable = "stateUnreachable" {
            meaning: "What keeps the state was not reached, or its answer was lost.",
            why: "A record must be kept before what it records is done (L7).",
            fix: "Look at the network and at the server that the message names, and run the same \
                  command again: it goes on where this one ended.",
        }
        Refused = "stateRefused" {
            meaning: "What keeps the state refused to read or to write it.",
            why: "A record must be kept before what it records is done (L7).",
            fix: "Fix what the cause names, such as credentials, rights or a certificate, and run \
                  the same command again.",
        }
        Damaged = "stateDamaged" {
            meaning: "A file of the state is not what keyform wrote.",
            why: "A damaged state is never guessed or taken for an empty one (L7).",
            fix: "Put the file back from a backup, or go on from a whole snapshot: `keyform state \
                  list` shows them, `keyform state restore SERIAL` restores one.",
        }
        Format = "stateFormat" {
            meaning: "A file of the state is of a format that this version does not know.",
            why: "A newer keyform may have recorded what this one would overlook (L7).",
            fix: "Use the version of keyform that wrote it, or a newer one.",
        }
        ForeignProject = "stateOfOtherProject" {
            meaning: "The directory holds the state of another project.",
            why: "With it, this project would take the objects of the other for its own (L6).",
            fix: "Name another directory in `spec.state.file.directory`; a project that was \
                  renamed needs its old name back.",
        }
        ForeignLineage = "stateOfOtherLineage" {
            meaning: "The state is not the one that was used here before, though the project has \
                      the same name.",
            why: "Another state of the same name would make this project forget what it made (L7).",
            fix: "Put this project's own state back; to use this state from now on, remove the \
                  file that the message names.",
        }
        OtherLineage = "snapshotOfOtherLineage" {
            meaning: "The snapshot to restore belongs to another state.",
            why: "It records other objects than this project's (L7).",
            fix: "Restore a snapshot that `keyform state list` shows.",
        }
        SnapshotMissing = "snapshotMissing" {
            meaning: "A journal continues a snapshot that is not there.",
            why: "What the journal records is a change of that snapshot (L7).",
            fix: "Put the snapshot back from a backup, or go on from another: `keyform state \
                  list` shows them.",
        }
        Older = "stateOlder" {
            meaning: "The newest state is older than one that was used here before.",
            why: "With an old copy, keyform would forget what it has done since (L7).",
            fix: "Put the newest files back; `keyform state list` shows what is there.",
        }
        Gone = "stateGone" {
            meaning: "There was a state, and there is none where the Project says now.",
            why: "A lost state is never taken for a new project (L7).",
            fix: "Move it to the new place with `keyform state migrate --from`, correct `state:` in the \
                  Project, or put it back. If it is lost, remove the file that the message names.",
        }
        Moved = "stateMoved" {
            meaning: "The state was moved to another place.",
            why: "Of two places one has the state, or two runs would each forget what the other did (L7).",
            fix: "Use the `keyform.yaml` that names the new place. `keyform state migrate --from` moves \
                  the state back.",
        }
        Arriving = "stateArriving" {
            meaning: "The state is on its way here: its move was interrupted, or goes on.",
            why: "A history that is copied in part is never taken for the state (L7).",
            fix: "Run the same `keyform state migrate --from` again: it goes on where it ended.",
        }
        NotBegun = "stateNotBegun" {
            meaning: "There is no state on the server, and none was used here before.",
            why: "A wrong address, or a server to which nothing was restored yet, must not look \
                  like a new project (L7).",
            fix: "Begin a state with `keyform state init`, or correct where the Project says that \
                  it is.",
        }
        MarkDamaged = "markDamaged" {
            meaning: "The file that remembers the newest serial is damaged.",
            why: "It shows whether a state is an old copy (L7).",
            fix: "See with `keyform state list` that the newest state is there, and remove the \
                  file; keyform writes it again.",
        }
        NoSuchSnapshot = "noSuchSnapshot" {
            meaning: "There is no snapshot with this serial.",
            why: "Old snapshots are removed after a while.",
            fix: "Choose one that `keyform state list` shows.",
        }
        NoRunId = "noRunId" {
            meaning: "The operating system gave no random numbers for the id of a run.",
            why: "A run writes its id into all that it keeps, and knows its own work by it (L7).",
            fix: "Run the same command again; if it happens again, look at the system's source of \
                  random numbers.",
        }
        Fenced = "stateFenced" {
            meaning: "Another run wrote a newer state meanwhile, so this one stopped.",
            why: "Snapshots are created and never overwritten, so that two runs cannot both \
                  record (L7).",
            fix: "Plan again when the other run has ended.",
        }
        DeletedMeanwhile = "stateDeletedMeanwhile" {
            meaning: "The journal of this run was deleted while it went on, so it stopped.",
            why: "What cannot be written down is not done (L7). No other run wrote a newer state: \
                  the directory or a file of it was deleted.",
            fix: "Put the directory back from a backup, and run the same command again.",
        }
        LeaseLost = "lockLostBefore" {
            meaning: "The run lost the lock of the project before it began.",
            why: "A lease that is not renewed in time is over, so that the lock of a dead machine \
                  becomes free; another run may have it by then.",
            fix: "Run the same command again. If it happens often, raise `lease` beside the store, \
                  or look at the network to it.",
        }
        FreesItself = "lockFreesItself" {
            meaning: "The lock is one of the operating system, and cannot be taken from its holder.",
            why: "It is free as soon as its process has ended; as long as that runs, a second run \
                  would act on facts that the first changes.",
            fix: "End the process that holds it, or wait for it.",
        }
        NotUnlocked = "lockNotHeld" {
            meaning: "The run from which the lock was to be taken does not hold it.",
            why: "Taking the lock from the wrong run would stop work that goes on.",
            fix: "`keyform state lock show` says who holds it, with the id to give.",
        }
        LeaseDamaged = "leaseDamaged" {
            meaning: "A lease is not what keyform wrote.",
            why: "Without it, no run knows who holds the lock, and for how long.",
            fix: "See that no run goes on, and remove what the message names.",
        }
        Locked = "stateLocked" {
            meaning: "Another run holds the lock of this project.",
            why: "Two runs at once would act on facts that the other changes.",
            fix: "Wait for it, with `--lock-timeout 5m` if you like. The message says when the lock \
                  of a run that has died becomes free.",
        }
    }
}
