//! What a reviewer looks at in a plan, without words and colours. What shows a plan reads this.

mod danger;

pub use danger::{Danger, DangerKind, Subject, dangers};
