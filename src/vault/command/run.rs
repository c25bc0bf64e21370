//! How the programs of a vault are run: whoever brings the machine says so.

use std::{fmt, path::Path, time::Duration};

use zeroize::Zeroizing;

/// Runs the programs of vaults.
pub trait Commands: Send + Sync + fmt::Debug {
    /// Runs one to its end; answers what it printed.
    ///
    /// # Errors
    /// [`CommandProblem`], if it did not end with 0.
    fn run(&self, run: &CommandRun<'_>) -> Result<Zeroizing<Vec<u8>>, CommandProblem>;
}

/// One program, and what it is given.
#[derive(Clone, Copy)]
pub struct CommandRun<'a> {
    /// The program and its own arguments.
    pub command: &'a [String],
    /// The arguments behind them.
    pub arguments: &'a [&'a str],
    /// Where it is started.
    pub directory: &'a Path,
    /// After how long it is ended, and has failed.
    pub timeout: Duration,
    /// The variables of keyform's environment that it gets besides those that all programs get.
    pub pass_environment: &'a [String],
    /// What it reads: a private key.
    pub input: Option<&'a [u8]>,
}

impl fmt::Debug for CommandRun<'_> {
    /// Without what it reads (L4).
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { command, arguments, .. } = self;
        f.debug_struct("CommandRun")
            .field("command", command)
            .field("arguments", arguments)
            .finish_non_exhaustive()
    }
}

/// How a program of a vault failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("its program `{program}` {end}{}", said(.errors))]
pub struct CommandProblem {
    /// The program with its own arguments.
    pub program: String,
    /// How it ended.
    pub end: CommandEnd,
    /// The last line that it printed as an error, without anything of a private key; may be empty.
    pub errors: String,
}

/// How a program ended that failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CommandEnd {
    /// With another code than 0.
    #[error("ended with {0}")]
    Code(i32),
    /// By a signal.
    #[error("was ended by signal {0}")]
    Signal(i32),
    /// It was ended when its time was over.
    #[error("did not end within {} s", .0.as_secs())]
    TookTooLong(Duration),
    /// It could not be started, and why.
    #[error("could not be started: {0}")]
    NotStarted(String),
    /// It printed more than any private key or list has.
    #[error("printed too much")]
    PrintedTooMuch,
}

fn said(errors: &str) -> String {
    if errors.is_empty() { String::new() } else { format!(" and said: {errors}") }
}
