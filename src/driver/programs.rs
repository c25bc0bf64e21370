//! Programs of the user's that a run starts.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::Command,
};

use super::{
    failure::local,
    outside::Executor,
    process::{self, End, Ended, absolute, plain},
};
use crate::{
    apply::{Answer, CallFailure, ProgramFailure},
    model::{CloudName, Program, schedule::Span},
    vault::{Lent, VaultError},
};

/// How much of its output is kept: what is needed to see why it failed, in a report of a run.
const OUTPUT_MAX: usize = 16 * 1024;

/// The variable that tells a program the file of the private key.
const KEY_FILE: &str = "KEYFORM_PRIVATE_KEY_FILE";

impl Executor<'_> {
    /// Runs a program for an instance. That it fails is an answer, and no failure of the call:
    /// whoever planned it says what follows.
    pub(super) fn run(
        &self,
        program: &Program,
        about: &BTreeMap<&'static str, String>,
        key: Option<&CloudName>,
    ) -> Result<Answer, CallFailure> {
        let lent = key.map(|name| self.lend_for_program(name)).transpose();
        let lent = lent.map_err(|error| local(&error, error.code()))?.flatten();
        let Some((name, arguments)) = program.command.split_first() else {
            let reason = "its command is empty".to_owned();
            let failure = Some(ProgramFailure::NotStarted { reason });
            return Ok(Answer::Ran { failure, output: String::new() });
        };
        let mut command = Command::new(program_path(&self.directory, name));
        command.args(arguments).current_dir(&self.directory);
        self.environment.pass_to(&mut command, &program.pass_environment);
        self.tell_trace(&mut command);
        command.envs(&program.environment).envs(about);
        if let Some(lent) = &lent {
            command.env(KEY_FILE, absolute(lent.path()));
        }
        let Ended { end, output } = process::run(command, program.timeout.duration(), OUTPUT_MAX);
        Ok(Answer::Ran { failure: failure(&end, program.timeout), output })
    }

    /// A private key as a file until the program has ended, if the vault has a key that can be used.
    fn lend_for_program(&self, name: &CloudName) -> Result<Option<Lent>, VaultError> {
        match self.vault.lend(name) {
            Err(VaultError::Unusable { .. }) => Ok(None),
            other => other,
        }
    }
}

/// The program that is meant by a name: `hooks/drain` is a file of the project, and `curl` is
/// looked for where programs are.
pub(super) fn program_path(directory: &Path, name: &str) -> PathBuf {
    if name.contains('/') { directory.join(name) } else { PathBuf::from(name) }
}

/// Why a program failed, if it did.
fn failure(end: &End, timeout: Span) -> Option<ProgramFailure> {
    match end {
        End::Code(0) => None,
        End::Code(code) => Some(ProgramFailure::Ended { code: *code }),
        End::Signal(signal) => Some(ProgramFailure::Signalled { signal: *signal }),
        End::TookTooLong => Some(ProgramFailure::TookTooLong { timeout }),
        End::NotStarted(error) => Some(ProgramFailure::NotStarted { reason: plain(error) }),
    }
}

#[cfg(test)]
mod tests;
