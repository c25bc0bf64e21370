//! The signals that ask a program to end.

use std::{fs, io};

use signal_hook::{
    consts::{SIGHUP, SIGINT, SIGTERM},
    iterator::Signals,
};

use super::stop::{Asked, StopSwitch};

/// From now on SIGINT, SIGTERM and SIGHUP ask the run to stop instead of ending the program. If
/// there is no run that could be told, or it was told before, `end` is called in a thread of its
/// own, and is expected to end the program.
///
/// A signal that is ignored stays so: whoever starts a program with `nohup` wants it to go on.
///
/// # Errors
/// As the operating system says.
pub fn listen(switch: StopSwitch, end: impl Fn(Asked) + Send + 'static) -> io::Result<()> {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = ignored(&status);
    let heard = [SIGINT, SIGTERM, SIGHUP].into_iter().filter(|signal| !holds(ignored, *signal));
    let mut signals = Signals::new(heard)?;
    let listener = std::thread::Builder::new().name("signals".to_owned());
    listener.spawn(move || {
        for _ in signals.forever() {
            match switch.ask() {
                Asked::Told => {}
                asked @ (Asked::BeforeRun | Asked::Again) => end(asked),
            }
        }
    })?;
    Ok(())
}

/// The set of ignored signals in the status that Linux tells of a process; empty elsewhere, where
/// only unsafe code can ask for it.
fn ignored(status: &str) -> u64 {
    let digits = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    digits.and_then(|digits| u64::from_str_radix(digits.trim(), 16).ok()).unwrap_or(0)
}

/// Whether a set has a signal: the first bit is that of signal 1.
fn holds(set: u64, signal: i32) -> bool {
    (set >> (signal - 1)) & 1 == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ignored_signals_are_read_from_the_status_of_the_process() {
        let set = ignored("Name:\tkeyform\nSigBlk:\t0000000000000000\nSigIgn:\t0000000000001001\n");
        assert_eq!([SIGHUP, SIGINT, SIGTERM].map(|one| holds(set, one)), [true, false, false]);
        assert_eq!(ignored(""), 0);
    }
}
