//! The applier's core: a pure scheduler that turns events into commands. It decides nothing but
//! retry, skip what is done, and stop.
//!
//! The [`engine`] says when something may be done; what is done next each of the [`steps`] says for
//! itself, by its [`context`] of what all of them share.

mod awaited;
mod budget;
mod call;
mod call_queue;
mod closing;
mod command;
mod context;
mod deferral;
mod engine;
mod failure;
mod failure_code;
mod fresh;
mod items;
mod obstacle;
mod paging;
mod programs;
mod report;
mod retry;
mod returning;
mod shared;
mod steps;
mod timing;
mod waits;
mod watch;
mod why_not;

pub use budget::{Budget, Lane, RATE_START};
pub use call::{Answer, Call, CallFailure, ProgramFailure, Purpose};
pub use command::{Command, Event, Limits, PollId, ProgramId, Run, Ticket};
pub use engine::Scheduler;
pub use failure::{Failure, LeftOut};
pub use failure_code::FailureCode;
pub use report::{Awaited, KnownRestart, Progress, Report, StepEnd, StepReport};
pub use retry::{TRIED_FOR, wait_after};
pub use why_not::{StopReason, WhyNot};
