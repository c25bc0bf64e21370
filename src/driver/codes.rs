//! Codes of why a run ends before its time.

use crate::code::codes;

codes! {
    /// The code of a [`DriverError`](super::DriverError), a [`CallMistake`](super::CallMistake), a
    /// [`HandedOutProblem`](super::HandedOutProblem) or [`LockLost`](super::LockLost).
    pub enum DriverErrorCode {
        Journal = "journalNotWritten" {
            meaning: "The run was stopped, since what it does could not be written down.",
            why: "Nothing is done that is not recorded first (L7).",
            fix: "Fix what the cause names; the same command again goes on where this one ended.",
        }
        LeaseLost = "leaseLost" {
            meaning: "The run lost the lock of the project, and did not make the call.",
            why: "Another run may hold the lock by now, and two at once could restart too many \
                  instances (L9).",
            fix: "Run the same command again: it goes on where this one ended.",
        }
        NoThread = "noThread" {
            meaning: "The run could not begin, since the system starts no thread for it.",
            why: "Calls are made in threads, and without one nothing can be done.",
            fix: "Raise the limits on processes and memory (`ulimit -u`, `ulimit -v`), and run the \
                  same command again.",
        }
        KeyNotInMemory = "keyNotInMemory" {
            meaning: "A private key that was made is not in memory any more.",
            why: "It is kept only until it is in the vault, and this is a mistake of keyform.",
            fix: "Please report this; the same command again makes another key.",
        }
        HandedOutKeyUnreadable = "handedOutKeyUnreadable" {
            meaning: "The service created a pair, and handed out a private key that cannot be used.",
            why: "A pair without its private key is of no use (L2), so it is deleted again while \
                  nothing is bound to it.",
            fix: "Please report this, without the key; `createInCloud: false` lets keyform make the \
                  key.",
        }
        HandedOutKeyDiffers = "handedOutKeyDiffers" {
            meaning: "The service created a pair, and its private key has another fingerprint than the \
                      service told.",
            why: "With the wrong private key no one could log on (L3), so the pair is deleted again.",
            fix: "Please report this, without the key; `createInCloud: false` lets keyform make the \
                  key.",
        }
        CallPanicked = "callPanicked" {
            meaning: "keyform made a mistake in a call.",
            why: "The mistake ends this call and not the run.",
            fix: "Please report this; the same command again goes on where this run ended.",
        }
        Stuck = "runStuck" {
            meaning: "The run waits for nothing and cannot go on.",
            why: "This is a mistake of keyform.",
            fix: "Please report this; the same command again goes on where this one ended.",
        }
    }
}
