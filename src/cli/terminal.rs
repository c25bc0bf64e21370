//! Printing and asking. Colours go to terminals only, and never when NO_COLOR is set.

use std::io::{self, BufRead, IsTerminal, Write};

use anstream::{AutoStream, ColorChoice, adapter::strip_str};

use crate::{render::Size, visible};

/// An empty screen, with the cursor at its beginning.
const CLEAR: &str = "\u{1b}[2J\u{1b}[H";
/// The cursor goes to the beginning of the screen.
const HOME: &str = "\u{1b}[H";
/// Nothing more stands on this line, or on this screen.
const END_OF_LINE: &str = "\u{1b}[K";
const END_OF_SCREEN: &str = "\u{1b}[J";
/// The size of a terminal that says none.
const USUAL: Size = Size { columns: 80, rows: 24 };

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
    write(&mut anstream::stdout().lock(), &visible::painted(text))
}

/// Prints a JSON document, likewise.
pub(super) fn print_json_on(text: &str) -> Result<Reader, OutputError> {
    write(&mut anstream::stdout().lock(), &visible::json(text))
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
    let size = rustix::termios::tcgetwinsize(io::stdout()).ok()?;
    let (columns, rows) = (usize::from(size.ws_col), usize::from(size.ws_row));
    // A terminal that knows no size, such as a serial line, says 0.
    (io::stdout().is_terminal()).then_some(Size {
        columns: if columns == 0 { USUAL.columns } else { columns },
        rows: if rows == 0 { USUAL.rows } else { rows },
    })
}

/// Prints a line to standard error; nobody can be told if that fails.
pub(super) fn eprint(line: &str) {
    let mut out = anstream::stderr().lock();
    let _ = writeln!(out, "{}", visible::painted(line));
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
