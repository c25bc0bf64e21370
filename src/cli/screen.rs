//! The display of a run on a terminal: what it shows is decided in `render::display`, and drawn
//! here.

mod device;
#[cfg(test)]
mod tests;

use std::{
    io,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        mpsc::{self, RecvTimeoutError},
    },
    thread,
    time::Duration,
};

use device::Device;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::terminal;
use crate::{
    apply::Progress,
    driver::Clock,
    model::Timestamp,
    plan::Plan,
    render::{Size, display::Display, progress::TIME_WIDTH, wrap::wrapped},
    visible,
};

/// How often the display is drawn again while nothing happens: it shows seconds.
const REDRAWN_EVERY: Duration = Duration::from_secs(1);

/// How often it is drawn at most while much happens.
const DRAWN_HERTZ: u8 = 20;

/// A display on a terminal, until it is dropped: then nothing of it is left.
pub(super) struct Screen {
    shown: Arc<Shown>,
    /// Ends the thread that draws it again.
    _stop: mpsc::Sender<()>,
}

struct Shown {
    bar: ProgressBar,
    display: Mutex<Display>,
    size: fn() -> Size,
}

impl Screen {
    /// Shows a run that begins now on standard error.
    pub(super) fn begin(plan: &Plan, now: Timestamp, clock: Arc<dyn Clock>) -> Self {
        let device = Box::new(Device::new(io::stderr(), size));
        Self::on(ProgressDrawTarget::term_like_with_hz(device, DRAWN_HERTZ), size, plan, now, clock)
    }

    /// The same anywhere. Without a thread it is drawn only when something happens.
    fn on(
        target: ProgressDrawTarget,
        size: fn() -> Size,
        plan: &Plan,
        now: Timestamp,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let style = ProgressStyle::with_template("{msg}")
            .unwrap_or_else(|_| ProgressStyle::default_spinner());
        let bar = ProgressBar::with_draw_target(None, target).with_style(style);
        let shown = Arc::new(Shown { bar, display: Mutex::new(Display::new(plan, now)), size });
        shown.draw(now);
        let (stop, stopped) = mpsc::channel::<()>();
        let again = shown.clone();
        // Whether it runs is nothing that the run depends on.
        drop(thread::Builder::new().name("display".to_owned()).spawn(move || {
            while stopped.recv_timeout(REDRAWN_EVERY) == Err(RecvTimeoutError::Timeout) {
                again.draw(clock.now());
            }
        }));
        Self { shown, _stop: stop }
    }

    /// Shows what happened.
    pub(super) fn hear(&self, plan: &Plan, now: Timestamp, progress: &Progress) {
        self.shown.display().hear(plan, now, progress);
        self.shown.draw(now);
    }

    /// Writes a line above the display, in rows of its width, where it stays.
    pub(super) fn say(&self, line: &str) {
        let width = (self.shown.size)().width;
        let rows = line.lines().flat_map(|line| wrapped(line, width, TIME_WIDTH));
        let rows: Vec<_> = rows.collect();
        self.shown.bar.println(visible::painted(&rows.join("\n")));
    }

    /// What draws it, for others that write to the same terminal.
    pub(super) fn bar(&self) -> &ProgressBar {
        &self.shown.bar
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        self.shown.bar.finish_and_clear();
    }
}

impl Shown {
    fn draw(&self, now: Timestamp) {
        if self.bar.is_finished() {
            return;
        }
        let rows = self.display().rows(now, (self.size)());
        self.bar.set_message(visible::painted(&rows.join("\n")).into_owned());
    }

    fn display(&self) -> MutexGuard<'_, Display> {
        self.display.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The size of the terminal that standard error is.
fn size() -> Size {
    terminal::size_of(io::stderr())
}
