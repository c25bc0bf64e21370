//! When something may happen: windows, the times that are denied, and the calendar of both.
//!
//! - A window starts at a time of the wall clock of its zone, on each of its days. It belongs to
//!   the day on which it starts, also where it ends on the next.
//! - Where clocks are set forward over its start, it starts with the first moment after the gap;
//!   where they are set back over it, so that it is there twice, it starts at the first of the two.
//! - Its duration is time that passes: three hours are three hours, whatever clocks are set to
//!   meanwhile.
//! - Windows that touch or overlap are one opening; a time that is denied ends it.

mod calendar;
mod days;
mod deny;
mod exception;
mod moment;
#[cfg(test)]
mod oracle;
mod span;
mod text;
mod window;
mod zone;

pub use calendar::{Calendar, Opening};
pub use days::{Day, Days};
pub use deny::Deny;
pub use exception::{Paused, Urgent};
pub use moment::{MOMENT_PATTERN, Moment};
pub use span::{SPAN_PATTERN, Span};
pub use window::{CLOCK_TIME_PATTERN, ClockTime, Window};
pub use zone::{ZONE_PATTERN, Zone};
