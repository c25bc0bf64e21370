//! Programs that print credentials: what they print is for keyform alone.

use std::{process::Command, time::Duration};

use zeroize::Zeroizing;

use super::{
    output::Sink,
    process::{End, Errors, plain, run_into},
};
use crate::alicloud::{ProgramProblem, Programs};

/// The most bytes that are read: credentials are shorter.
const OUTPUT_MAX: usize = 64 * 1024;

/// Runs the programs of this machine. What they print as errors is not shown: a shell that traces
/// its commands shows secrets there (L4).
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemPrograms;

impl Programs for SystemPrograms {
    fn run(
        &self,
        command: &[String],
        timeout: Duration,
    ) -> Result<Zeroizing<Vec<u8>>, ProgramProblem> {
        let Some((name, arguments)) = command.split_first() else {
            return Err(ProgramProblem::NotStarted { reason: "it has no name".to_owned() });
        };
        let mut command = Command::new(name);
        command.args(arguments);
        let (end, printed) = run_into(command, timeout, Printed::new(), Errors::Dropped);
        match end {
            End::Code(0) if printed.was_cut => Err(ProgramProblem::PrintedTooMuch),
            End::Code(0) => Ok(printed.bytes),
            End::Code(code) => Err(ProgramProblem::Ended { code }),
            End::Signal(signal) => Err(ProgramProblem::Signalled { signal }),
            End::TookTooLong => Err(ProgramProblem::TookTooLong { seconds: timeout.as_secs() }),
            End::NotStarted(error) => Err(ProgramProblem::NotStarted { reason: plain(&error) }),
        }
    }
}

/// What a program prints, with room for all of it from the start: a buffer that grows leaves copies
/// behind.
#[derive(Default)]
pub(super) struct Printed {
    bytes: Zeroizing<Vec<u8>>,
    was_cut: bool,
}

impl Printed {
    pub(super) fn new() -> Self {
        Self { bytes: Zeroizing::new(Vec::with_capacity(OUTPUT_MAX)), was_cut: false }
    }

    /// Whether there was more than is kept.
    pub(super) fn was_cut(&self) -> bool {
        self.was_cut
    }

    /// What was printed.
    pub(super) fn into_bytes(self) -> Zeroizing<Vec<u8>> {
        self.bytes
    }
}

impl Sink for Printed {
    fn push(&mut self, piece: &[u8]) {
        let room = OUTPUT_MAX.saturating_sub(self.bytes.len());
        self.was_cut |= piece.len() > room;
        self.bytes.extend_from_slice(&piece[..piece.len().min(room)]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(script: &str, timeout: Duration) -> Result<String, ProgramProblem> {
        let command = ["sh", "-c", script].map(str::to_owned);
        let text = |bytes: Zeroizing<Vec<u8>>| String::from_utf8_lossy(&bytes).into_owned();
        SystemPrograms.run(&command, timeout).map(text)
    }

    #[test]
    fn only_the_standard_output_of_a_program_that_ended_well_is_read() {
        let long = Duration::from_secs(60);
        assert_eq!(run("echo one; echo no >&2; echo two", long).as_deref(), Ok("one\ntwo\n"));
        let too_much = run("head -c 65537 /dev/zero", long);
        assert_eq!(too_much, Err(ProgramProblem::PrintedTooMuch));
        assert_eq!(run("echo one; exit 3", long), Err(ProgramProblem::Ended { code: 3 }));
        let killed = Err(ProgramProblem::Signalled { signal: 9 });
        assert_eq!(run("kill -9 $$", long), killed);
        let slow = run("sleep 600", Duration::from_millis(50));
        assert_eq!(slow, Err(ProgramProblem::TookTooLong { seconds: 0 }));
        let missing = SystemPrograms.run(&["no-such-program".to_owned()], long);
        assert!(matches!(missing, Err(ProgramProblem::NotStarted { .. })), "{missing:?}");
    }
}
