//! What a run starts from, what the scheduler hears, and what it wants.

use std::collections::BTreeMap;

use super::{
    budget::Budget,
    call::{Answer, Call, CallFailure},
    report::{Progress, Report},
};
use crate::{
    model::{CloudName, Fingerprint, Lineage, StepId, Timestamp},
    plan::expect::Verdict,
    state::{Entry, Records},
};

/// What a run starts from.
#[derive(Clone, Debug)]
pub struct Run {
    /// What is left of the plan.
    pub verdict: Verdict,
    /// What is recorded.
    pub recorded: Records,
    /// The lineage of the state.
    pub lineage: Lineage,
    /// The serial of the snapshot that the run will be folded into.
    pub revision: u64,
    /// The keys that the vault was seen to hold.
    pub held_keys: BTreeMap<CloudName, (Fingerprint, String)>,
    /// How often the service may be called.
    pub budget: Budget,
}

/// The limits of a run.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// How many calls run at once.
    pub parallelism: usize,
    /// Nothing is begun whose estimated end lies beyond this.
    pub deadline: Option<Timestamp>,
}

impl Default for Limits {
    fn default() -> Self {
        Self { parallelism: 10, deadline: None }
    }
}

/// Whose call it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ticket {
    /// That of a step, by its id.
    Step(StepId),
    /// A look at instances of a region that are being restarted.
    Poll(PollId),
    /// A program or a login for one instance of a step.
    Program(ProgramId),
}

/// The id of a look at instances: its number in the run, from 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct PollId(usize);

impl PollId {
    /// The id of the next look.
    pub(super) const fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

/// The id of a program or a login: its number in the run, from 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct ProgramId(usize);

impl ProgramId {
    /// The id of the next program.
    pub(super) const fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

/// What the scheduler hears.
#[derive(Clone, Debug)]
pub enum Event {
    /// The run begins.
    Start,
    /// A call has ended.
    Answered(Ticket, Result<Answer, CallFailure>),
    /// A record is durable.
    Recorded,
    /// A record could not be written: nothing may be done any more that is not written down before.
    RecordFailed,
    /// The lock of the project is no longer held by this run.
    LeaseLost,
    /// The moment that was asked for has come.
    Tick,
    /// The run is asked to stop: what runs is finished, and nothing new is begun.
    Stop,
}

/// What the scheduler wants. A record is durable before the calls after it are made.
#[derive(Clone, Debug)]
pub enum Command {
    /// Write this to the journal, and answer with [`Event::Recorded`] or [`Event::RecordFailed`].
    Record(Vec<Entry>),
    /// Make this call, and answer with its ticket.
    Call(Ticket, Call),
    /// Send a tick at this moment, or earlier.
    WakeAt(Timestamp),
    /// Show this.
    Show(Progress),
    /// The run is over.
    Finish(Report),
    /// Steps are left and nothing is awaited: a mistake of keyform, never of the user.
    Stuck,
}
