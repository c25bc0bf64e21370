//! Runs the scheduler's commands: in threads with a real clock, or in one thread with a virtual
//! one, so that hours pass in milliseconds. Of programs, those of the user and ssh, each runs in real
//! time with both.

mod clock;
mod execute;
mod inline;
mod log_on;
mod output;
mod process;
mod programs;
mod retrying;
mod scribe;
mod signals;
mod stop;
mod threads;

pub use clock::{Clock, SystemClock, VirtualClock};
pub use execute::Outside;
pub use inline::run_inline;
pub use retrying::Retrying;
pub use signals::listen;
pub use stop::{Asked, StopSwitch};
pub use threads::run_threads;

use crate::{apply::Progress, store::StoreError};

/// Hears of progress while a run goes on.
pub type Listener<'a> = &'a mut dyn FnMut(&Progress);

/// Why a run ended before its end.
#[derive(Debug, thiserror::Error)]
pub enum DriverError {
    /// The journal could not be written: nothing may be done that is not written down before.
    #[error("the run was stopped, since what it does could not be written down")]
    Journal(#[source] StoreError),
    /// The scheduler waits for nothing: a mistake of keyform, never of the user.
    #[error("the run waits for nothing and cannot go on; please report this")]
    Stuck,
}
