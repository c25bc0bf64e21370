//! Printing and asking. Colours go to terminals only, and never when NO_COLOR is set.

use std::{
    io::{self, BufRead, IsTerminal, Write},
    sync::{Mutex, PoisonError},
};

use anstream::ColorChoice;
use indicatif::ProgressBar;

use super::environment::variable;
use crate::visible;

/// The display on the terminal, while there is one: the process has one terminal, and whatever
/// writes to it has to make room first.
static DISPLAY: Mutex<Option<ProgressBar>> = Mutex::new(None);

/// Standard output cannot be written to: its disk is full, say.
#[derive(Debug, thiserror::Error)]
#[error(
    "standard output cannot be written to, so that not all is shown; what was done is recorded, and \
     `keyform status` shows it"
)]
pub(super) struct OutputError(#[source] io::Error);

/// Prints a text for people to standard output. A reader that has gone away is no error.
pub(super) fn print(text: &str) -> Result<(), OutputError> {
    write(&visible::painted(text))
}

/// Prints a JSON document to standard output, likewise.
pub(super) fn print_json(text: &str) -> Result<(), OutputError> {
    write(&visible::json(text))
}

fn write(text: &str) -> Result<(), OutputError> {
    beside_display(|| {
        let mut out = anstream::stdout().lock();
        match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            other => other.map_err(OutputError),
        }
    })
}

/// Prints a line to standard error; nobody can be told if that fails.
pub(super) fn eprint(line: &str) {
    beside_display(|| {
        let mut out = anstream::stderr().lock();
        let _ = writeln!(out, "{}", visible::painted(line));
    });
}

/// Takes a display over, or the end of one.
pub(super) fn set_display(bar: Option<ProgressBar>) {
    *DISPLAY.lock().unwrap_or_else(PoisonError::into_inner) = bar;
}

/// Wipes the display, if there is one, for good.
pub(super) fn end_display() {
    let bar = DISPLAY.lock().unwrap_or_else(PoisonError::into_inner).take();
    if let Some(bar) = bar {
        bar.finish_and_clear();
    }
}

/// Writes something while the display is wiped, which is drawn again after that.
fn beside_display<T>(write: impl FnOnce() -> T) -> T {
    // The lock is not held meanwhile: a panic that is told must not wait for it.
    let bar = DISPLAY.lock().unwrap_or_else(PoisonError::into_inner).clone();
    match bar {
        Some(bar) => bar.suspend(write),
        None => write(),
    }
}

/// Whether a run is shown as a display that is drawn again and again: only on a terminal that can,
/// for people who did not ask for plain text.
pub(super) fn has_display() -> bool {
    is_drawn(io::stderr().is_terminal(), ColorChoice::global(), &variable)
}

fn is_drawn(
    is_terminal: bool,
    colours: ColorChoice,
    variable: &dyn Fn(&str) -> Option<String>,
) -> bool {
    let is_set = |name: &str| variable(name).is_some();
    let is_dumb = variable("TERM").is_none_or(|term| term == "dumb");
    is_terminal && colours != ColorChoice::Never && !is_dumb && !is_set("NO_COLOR") && !is_set("CI")
}

/// Whether a person can be asked.
pub(super) fn can_ask() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Asks a person; only `yes` is yes.
pub(super) fn ask(question: &str) -> bool {
    let mut out = anstream::stderr().lock();
    let asked =
        write!(out, "\n{question}\n  Only `yes` is taken for yes: ").and_then(|()| out.flush());
    drop(out);
    let mut answer = String::new();
    asked.is_ok() && io::stdin().lock().read_line(&mut answer).is_ok() && answer.trim() == "yes"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_display_is_drawn_on_a_capable_terminal_that_nobody_asked_to_be_plain() {
        let drawn = |is_terminal, colours, set: &[(&str, &str)]| {
            let variable = |name: &str| {
                set.iter().find(|(set, _)| *set == name).map(|(_, value)| (*value).to_owned())
            };
            is_drawn(is_terminal, colours, &variable)
        };
        let xterm = ("TERM", "xterm-256color");
        for (is_terminal, colours, set, is_drawn) in [
            (true, ColorChoice::Auto, &[xterm][..], true),
            (true, ColorChoice::Always, &[xterm], true),
            (false, ColorChoice::Auto, &[xterm], false),
            (false, ColorChoice::Always, &[xterm], false),
            (true, ColorChoice::Never, &[xterm], false),
            (true, ColorChoice::Auto, &[xterm, ("NO_COLOR", "1")], false),
            (true, ColorChoice::Auto, &[xterm, ("CI", "true")], false),
            (true, ColorChoice::Auto, &[("TERM", "dumb")], false),
            (true, ColorChoice::Auto, &[], false),
        ] {
            assert_eq!(
                drawn(is_terminal, colours, set),
                is_drawn,
                "{is_terminal} {colours:?} {set:?}"
            );
        }
    }
}
