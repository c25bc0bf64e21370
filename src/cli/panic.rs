//! What is told of a panic, which is always a mistake of keyform.

use std::panic::{self, AssertUnwindSafe, Location};

use super::{exit_code::Exit, terminal};

/// From now on a panic in any thread is told calmly.
pub(super) fn install_hook() {
    panic::set_hook(Box::new(|info| terminal::eprint(&message(info.location()))));
}

/// How some work ends: with [`Exit::Error`] if it panics, once what it held was let go, such as the
/// lock.
pub(super) fn ended(work: impl FnOnce() -> Exit) -> Exit {
    // What the panic interrupted is dropped, so that nobody sees it half done.
    panic::catch_unwind(AssertUnwindSafe(work)).unwrap_or(Exit::Error)
}

/// What is told. The message of the panic is not: the values in it could be secret (L4).
fn message(place: Option<&Location<'_>>) -> String {
    let place = place.map(|place| format!(", {}:{}", place.file(), place.line()));
    let place = place.unwrap_or_default();
    format!(
        "error: keyform made a mistake (version {}{place})\n  \
         Nothing is lost: private keys are in their directory before anything uses them, and what \
         was begun is in the journal.\n  \
         Run the same command again: it finds out what became of that, and goes on.\n  \
         Please report this with the first line and the command. What keyform was working on is \
         not shown, since it could hold a secret.",
        env!("CARGO_PKG_VERSION"),
    )
}

#[cfg(test)]
mod tests {
    use std::{sync::mpsc, thread};

    use super::*;

    /// One hook serves all threads of a process, and the other tests keep theirs.
    #[test]
    fn a_panic_is_told_with_its_place_and_without_its_values_and_ends_with_one() {
        let (sender, receiver) = mpsc::channel();
        let here = thread::current().id();
        let others = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if thread::current().id() == here {
                // Whoever has heard enough does not listen any more.
                let _ = sender.send(message(info.location()));
            } else {
                others(info);
            }
        }));
        let secret = "MIIEvQIBADANBg".to_owned();
        assert_eq!(ended(|| panic!("no key has the text {secret}")), Exit::Error);
        assert_eq!(ended(|| Exit::Partly), Exit::Partly);
        let messages: Vec<String> = receiver.try_iter().collect();
        let [message] = &messages[..] else { panic!("once: {messages:?}") };
        assert!(!message.contains("MIIE") && !message.contains("no key"), "{message}");
        let line = line!() - 5;
        let place = format!("(version {}, src/cli/panic.rs:{line})", env!("CARGO_PKG_VERSION"));
        assert!(message.contains(&place), "{message}");
        insta::assert_snapshot!(message.replace(&place, "(VERSION, PLACE)"));
    }

    #[test]
    fn a_panic_of_which_the_place_is_unknown_is_told_too() {
        assert!(message(None).contains(concat!("(version ", env!("CARGO_PKG_VERSION"), ")")));
    }
}
