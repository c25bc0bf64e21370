//! Printing and asking. Colours go to terminals only, and never when NO_COLOR is set.

use std::{
    io::{self, BufRead, IsTerminal, Write},
    os::fd::AsFd,
    sync::{Mutex, PoisonError},
};

use anstream::{AutoStream, ColorChoice, adapter::strip_str};
use indicatif::ProgressBar;

use super::environment::variable;
use crate::{render::Size, visible};

/// An empty screen, with the cursor at its beginning.
const CLEAR: &str = "\u{1b}[2J\u{1b}[H";
/// The cursor goes to the beginning of the screen.
const HOME: &str = "\u{1b}[H";
/// Nothing more stands on this line, or on this screen.
const END_OF_LINE: &str = "\u{1b}[K";
const END_OF_SCREEN: &str = "\u{1b}[J";
/// The size of a terminal that does not tell it.
const SIZE_UNKNOWN: Size = Size { width: 80, height: 24 };

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

/// Whether standard output is still read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reader {
    /// It is, as far as can be known.
    There,
    /// It has gone away, which is no error.
    Gone,
}

/// Prints a text for people to standard output. A reader that has gone away is no error.
pub(super) fn print(text: &str) -> Result<(), OutputError> {
    print_on(text).map(drop)
}

/// Prints a JSON document to standard output, likewise.
pub(super) fn print_json(text: &str) -> Result<(), OutputError> {
    print_json_on(text).map(drop)
}

/// Prints a text after which others follow as long as there is a reader.
pub(super) fn print_on(text: &str) -> Result<Reader, OutputError> {
    beside_display(|| write(&mut anstream::stdout().lock(), &visible::painted(text)))
}

/// Prints a JSON document, likewise.
pub(super) fn print_json_on(text: &str) -> Result<Reader, OutputError> {
    beside_display(|| write(&mut anstream::stdout().lock(), &visible::json(text)))
}

/// Draws lines over those that were drawn before; at first on an empty screen.
pub(super) fn draw(lines: &[String], is_first: bool) -> Result<Reader, OutputError> {
    let has_colours = AutoStream::choice(&io::stdout()) != ColorChoice::Never;
    let mut picture = if is_first { CLEAR.to_owned() } else { HOME.to_owned() };
    for line in lines {
        let line = visible::painted(line);
        let shown = if has_colours { line } else { strip_str(&line).to_string().into() };
        picture.push_str(&format!("{shown}{END_OF_LINE}\n"));
    }
    picture.push_str(END_OF_SCREEN);
    // Where the cursor goes is no colour, so it is not asked whether colours are wanted.
    write(&mut io::stdout().lock(), &picture)
}

fn write(out: &mut impl Write, text: &str) -> Result<Reader, OutputError> {
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Ok(()) => Ok(Reader::There),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(Reader::Gone),
        Err(error) => Err(OutputError(error)),
    }
}

/// The size of the terminal that standard output is; none if it is no terminal.
pub(super) fn size() -> Option<Size> {
    io::stdout().is_terminal().then(|| size_of(io::stdout()))
}

/// The size of a terminal. One that knows none, such as a serial line, says 0.
pub(super) fn size_of(terminal: impl AsFd) -> Size {
    match rustix::termios::tcgetwinsize(terminal) {
        Ok(size) if size.ws_col > 0 && size.ws_row > 0 => {
            Size { width: size.ws_col.into(), height: size.ws_row.into() }
        }
        _ => SIZE_UNKNOWN,
    }
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
    answer(&format!("\n{question}\n  Only `yes` is taken for yes: ")).as_deref() == Some("yes")
}

/// Asks a person for a text that must be typed as it is.
pub(super) fn ask_for(question: &str, text: &str) -> bool {
    answer(&format!("\n{question}\n  Type {text} to confirm it: ")).as_deref() == Some(text)
}

/// What a person answers, without white space around it.
fn answer(question: &str) -> Option<String> {
    let mut out = anstream::stderr().lock();
    let asked = write!(out, "{question}").and_then(|()| out.flush());
    drop(out);
    let mut answer = String::new();
    asked.ok()?;
    io::stdin().lock().read_line(&mut answer).ok()?;
    Some(answer.trim().to_owned())
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
