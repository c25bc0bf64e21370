//! The applier's core: a pure scheduler that turns events into commands. It decides nothing but
//! retry, skip what is done, and stop.

mod call;
mod hooks;
mod keys_and_pairs;
mod moves;
mod obligations;
mod programs;
mod prove;
mod report;
mod restart;
mod retry;
mod scheduler;
mod stop;
mod watch;

pub use call::{Answer, Call, CallFailure, ItemResults};
pub use programs::Purpose;
pub use report::{Progress, Report, StepEnd, StepReport, StopReason};
pub use retry::backoff;
pub use scheduler::{Command, Event, Limits, Run, Scheduler, Ticket};
