//! Who follows a run.

use crate::{apply::Progress, model::Timestamp};

/// Hears of progress while a run goes on, with its moment.
pub type Listener<'a> = &'a mut dyn FnMut(Timestamp, &Progress);
