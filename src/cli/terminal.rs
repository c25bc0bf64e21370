//! Printing and asking. Colours go to terminals only, and never when NO_COLOR is set.

use std::io::{self, BufRead, IsTerminal, Write};

use crate::{render::Size, visible};

/// The size of a terminal that says none.
const USUAL: Size = Size { columns: 80, rows: 24 };

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
    let mut out = anstream::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other.map_err(OutputError),
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
