//! Codes of what can be wrong with the log.

use crate::code::codes;

codes! {
    /// The code of a [`LogError`](super::LogError).
    pub enum LogErrorCode {
        Read = "emulatorLogUnreadable" {
            meaning: "The log of the embedded cloud cannot be read.",
            why: "The log is all that the embedded cloud knows.",
            fix: "Fix what the cause names, and run the same command again.",
        }
        Damaged = "emulatorLogDamaged" {
            meaning: "The log of the embedded cloud is damaged.",
            why: "A damaged line is never skipped: later ones build on it.",
            fix: "Put the file back from a backup, or delete it to reset the embedded cloud to \
                  its inventory.",
        }
        Format = "emulatorLogFormat" {
            meaning: "The log of the embedded cloud is of another version.",
            why: "Its events may mean something else.",
            fix: "Use the version of keyform that wrote it, or delete the file to reset the \
                  embedded cloud.",
        }
        NotWritten = "emulatorNotWritten" {
            meaning: "The embedded cloud could not write, and nothing happened in it.",
            why: "An event counts once it is on the disk.",
            fix: "Fix what the cause names, and run the same command again.",
        }
        Lock = "emulatorLockUnusable" {
            meaning: "The lock of the embedded cloud cannot be taken, and nothing happened in it.",
            why: "Only one run at a time writes to its log. Something else is in the place of the \
                  lock's file, or the disk refuses it.",
            fix: "Remove what is in its place, and run the same command again.",
        }
        InDoubt = "emulatorInDoubt" {
            meaning: "The embedded cloud could not write, and the event may have happened or not.",
            why: "The disk failed while it was written, as a network fails between a call and its \
                  answer.",
            fix: "Fix what the cause names; the same command again finds out.",
        }
    }
}
