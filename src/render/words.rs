//! Counts, lists and causes in words.

use std::time::Duration;

use crate::{model::BindingName, plan::Cause};

/// `1 instance`, `2 instances`.
#[must_use]
pub fn count(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

/// `0 s`, `45 s`, `3 min 20 s`, `1 h 5 min`.
pub(super) fn duration(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let (hours, minutes, left) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    match (hours, minutes, left) {
        (0, 0, left) => format!("{left} s"),
        (0, minutes, 0) => format!("{minutes} min"),
        (0, minutes, left) => format!("{minutes} min {left} s"),
        (hours, 0, _) => format!("{hours} h"),
        (hours, minutes, _) => format!("{hours} h {minutes} min"),
    }
}

/// `wave 2 of web-fleet`, or its instances that are not restarted.
pub(super) fn wave(number: usize, binding: &BindingName) -> String {
    if number == 0 {
        format!("{binding}, not restarted")
    } else {
        format!("wave {number} of {binding}")
    }
}

/// Why a step is in the plan, as what follows a colon.
pub(super) fn cause(cause: &Cause) -> String {
    match cause {
        Cause::Declared => "declared, and not there yet".to_owned(),
        Cause::Gone => "was there, and is gone".to_owned(),
        Cause::Found => "found, and known by its tags or its key".to_owned(),
        Cause::KeyLost => "its private key is lost, and nothing is bound to it".to_owned(),
        Cause::AnswerLost => "made by an earlier run whose answer was lost: its private key is \
                              nowhere, and it is bound to nothing"
            .to_owned(),
        Cause::TagsDiffer => "differ from the manifest".to_owned(),
        Cause::OwnershipMissing => "its ownership tags are missing".to_owned(),
        Cause::ResourceGroupDiffers => {
            "it is in another resource group than its manifest says".to_owned()
        }
        Cause::Unbound => "bound to nothing".to_owned(),
        Cause::BoundToOther(name) => format!("bound to {name}"),
        Cause::Retaken(Some(name)) => format!("somebody else bound it to {name}"),
        Cause::Retaken(None) => "somebody else unbound it".to_owned(),
        Cause::LeftSelector => "its binding does not select it any more".to_owned(),
        Cause::Released => "a Removal lets go of it".to_owned(),
        Cause::Adopted => "its manifest takes it over".to_owned(),
        Cause::NotDeferred => "nothing of it is wanted any more".to_owned(),
        Cause::Unused => "it is no longer wanted, and no pair has it".to_owned(),
        Cause::NotInEffect => "what it is bound to is not in effect yet".to_owned(),
        Cause::NotProven => "it is not shown yet that one can log on with it".to_owned(),
        Cause::NotDeclared => "it is no longer wanted".to_owned(),
        Cause::InstanceGone => "the instance does not exist any more".to_owned(),
        Cause::UnbindingInEffect => "its unbinding has taken effect".to_owned(),
        Cause::GuestChanged => "what its guest may accept has changed".to_owned(),
        Cause::LetGo => "somebody else changed it, and no manifest wants it".to_owned(),
        Cause::WantedAgain => "this generation is wanted again".to_owned(),
        Cause::Superseded => "a later generation has taken its place".to_owned(),
        Cause::RecordDiffers => "the record differs from the manifest".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_told_in_their_two_largest_units() {
        for (milliseconds, text) in [
            (999, "0 s"),
            (59_999, "59 s"),
            (60_000, "1 min"),
            (200_000, "3 min 20 s"),
            (3_600_000, "1 h"),
            (3_661_000, "1 h 1 min"),
            (100 * 3_600_000, "100 h"),
        ] {
            assert_eq!(duration(Duration::from_millis(milliseconds)), text);
        }
    }
}
