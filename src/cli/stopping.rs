//! Ctrl-C and other signals, for the commands that change something.

use std::{io, process, sync::mpsc, thread, time::Duration};

use super::{exit_code::Exit, terminal};
use crate::driver::{Asked, StopSwitch, listen};

/// How long a line may take to be written when the program is to end at once: a terminal that takes
/// no text must not hold it up.
const LAST_WORDS: Duration = Duration::from_millis(300);

/// From now on signals ask the run to stop; answers what they ask. Before the run begins a signal
/// ends the program with `before_run`, and the second signal always ends it.
pub(super) fn on_signals(before_run: Exit) -> io::Result<StopSwitch> {
    let switch = StopSwitch::default();
    listen(switch.clone(), move |asked| end(asked, before_run))?;
    Ok(switch)
}

/// Ends the program where it stands, which the journal makes safe.
fn end(asked: Asked, before_run: Exit) {
    let (exit, line) = match asked {
        Asked::BeforeRun if before_run == Exit::NotApproved => {
            (before_run, "\nNot approved, so nothing was done.")
        }
        Asked::BeforeRun => (before_run, "Stopped before anything was done."),
        Asked::Told | Asked::Again => (
            Exit::Stopped,
            "Stopped at once. What was begun is in the journal: the same command again finds out \
             what became of it, and goes on.",
        ),
    };
    let (said, heard) = mpsc::channel();
    let speaker = thread::Builder::new().spawn(move || {
        terminal::end_display();
        terminal::eprint(line);
        // The program ends whether somebody hears it or not.
        let _ = said.send(());
    });
    // Without a thread that could be left behind nothing is said: the exit code says it too.
    if speaker.is_ok() {
        let _ = heard.recv_timeout(LAST_WORDS);
    }
    process::exit(i32::from(exit as u8));
}
