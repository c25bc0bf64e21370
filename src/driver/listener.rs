//! Who follows a run.

use crate::apply::Progress;

/// Hears of progress while a run goes on.
pub type Listener<'a> = &'a mut dyn FnMut(&Progress);
