//! The terminal as what indicatif draws on.

use std::{
    fmt,
    io::{self, Write},
    sync::{Mutex, MutexGuard, PoisonError},
};

use indicatif::TermLike;

use crate::render::Size;

/// A terminal that gets each drawing in one piece, and then has its cursor at the beginning of the
/// last row. indicatif leaves it behind the last column: there the `^C` that a terminal shows for
/// Ctrl-C begins another row, and the next drawing does not know of it.
pub(super) struct Device<W> {
    drawing: Mutex<Drawing<W>>,
    size: fn() -> Size,
}

struct Drawing<W> {
    text: String,
    out: W,
}

impl<W: Write> Device<W> {
    pub(super) fn new(out: W, size: fn() -> Size) -> Self {
        Self { drawing: Mutex::new(Drawing { text: String::new(), out }), size }
    }

    fn drawing(&self) -> MutexGuard<'_, Drawing<W>> {
        self.drawing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add(&self, text: &str) -> io::Result<()> {
        self.drawing().text.push_str(text);
        Ok(())
    }

    /// Moves the cursor by so many places; a terminal takes none for one.
    fn step(&self, places: usize, direction: char) -> io::Result<()> {
        if places == 0 { Ok(()) } else { self.add(&format!("\u{1b}[{places}{direction}")) }
    }
}

impl<W> fmt::Debug for Device<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Device").finish_non_exhaustive()
    }
}

impl<W: Write + Send> TermLike for Device<W> {
    fn width(&self) -> u16 {
        u16::try_from((self.size)().width).unwrap_or(u16::MAX)
    }

    fn height(&self) -> u16 {
        u16::try_from((self.size)().height).unwrap_or(u16::MAX)
    }

    fn move_cursor_up(&self, rows: usize) -> io::Result<()> {
        self.step(rows, 'A')
    }

    fn move_cursor_down(&self, rows: usize) -> io::Result<()> {
        self.step(rows, 'B')
    }

    fn move_cursor_right(&self, columns: usize) -> io::Result<()> {
        self.step(columns, 'C')
    }

    fn move_cursor_left(&self, columns: usize) -> io::Result<()> {
        self.step(columns, 'D')
    }

    fn write_line(&self, text: &str) -> io::Result<()> {
        self.add(&format!("{text}\r\n"))
    }

    fn write_str(&self, text: &str) -> io::Result<()> {
        self.add(text)
    }

    fn clear_line(&self) -> io::Result<()> {
        self.add("\r\u{1b}[2K")
    }

    fn flush(&self) -> io::Result<()> {
        let mut drawing = self.drawing();
        let text = std::mem::take(&mut drawing.text);
        drawing.out.write_all(text.as_bytes())?;
        drawing.out.write_all(b"\r")?;
        drawing.out.flush()
    }
}
