//! The programs of a vault, on this machine.

use std::process::Command;

use zeroize::Zeroizing;

use super::{
    capture::Printed,
    environment::Environment,
    output::Tail,
    process::{End, absolute, plain, run_apart},
    programs::program_path,
};
use crate::vault::{CommandEnd, CommandProblem, CommandRun, Commands};

/// How much of what such a program prints as errors is kept, to find its last line.
const ERRORS_MAX: usize = 8 * 1024;
/// The most characters of that line that are shown.
const LINE_MAX: usize = 300;

/// Runs the programs of this machine, with what they may see of the environment.
#[derive(Clone, Debug, Default)]
pub struct SystemCommands {
    environment: Environment,
}

impl SystemCommands {
    /// Programs that are started from this environment.
    #[must_use]
    pub fn new(environment: Environment) -> Self {
        Self { environment }
    }
}

impl Commands for SystemCommands {
    fn run(&self, run: &CommandRun<'_>) -> Result<Zeroizing<Vec<u8>>, CommandProblem> {
        let problem =
            |end, errors| Err(CommandProblem { program: run.command.join(" "), end, errors });
        let Some((name, arguments)) = run.command.split_first() else {
            let end = CommandEnd::NotStarted("it has no name".to_owned());
            return problem(end, String::new());
        };
        let directory = absolute(run.directory);
        let mut command = Command::new(program_path(&directory, name));
        command.args(arguments).args(run.arguments).current_dir(&directory);
        self.environment.pass_to(&mut command, run.pass_environment);
        let errors = Tail::new(ERRORS_MAX);
        let ended = run_apart(command, run.input, run.timeout, Printed::new(), errors);
        let end = match ended.end {
            End::Code(0) if ended.output.was_cut() => CommandEnd::PrintedTooMuch,
            End::Code(0) => return Ok(ended.output.into_bytes()),
            End::Code(code) => CommandEnd::Code(code),
            End::Signal(signal) => CommandEnd::Signal(signal),
            End::TookTooLong => CommandEnd::TookTooLong(run.timeout),
            End::NotStarted(error) => CommandEnd::NotStarted(plain(&error)),
        };
        problem(end, last_line(&ended.errors.text()))
    }
}

/// The last line that has something in it, which as a rule says why.
fn last_line(errors: &str) -> String {
    let line = errors.lines().rev().map(str::trim).find(|line| !line.is_empty());
    line.unwrap_or_default().chars().take(LINE_MAX).collect()
}

#[cfg(test)]
mod tests;
