//! The command line: arguments in, exit code out. One file per command.

mod apply;
mod arguments;
mod destroy;
mod exit_code;
mod init;
mod panic;
mod plan;
mod project;
mod runner;
mod show;
mod state;
mod status;
mod stopping;
mod terminal;
mod validate;

use std::process::ExitCode;

use anstyle::AnsiColor;
use clap::{Parser, error::ErrorKind};

use arguments::{Arguments, Command};
pub use exit_code::Exit;

/// Runs the program.
#[must_use]
pub fn run() -> ExitCode {
    panic::tell_calmly();
    panic::ended(dispatch).into()
}

/// Runs the command that the arguments name.
fn dispatch() -> Exit {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            let asked = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
            // Nobody can be told if this cannot be printed.
            let _ = error.print();
            return if asked { Exit::Done } else { Exit::Usage };
        }
    };
    let directory = &arguments.directory;
    let result = match &arguments.command {
        Command::Init(options) => init::run(directory, options),
        Command::Validate(options) => validate::run(directory, options),
        Command::Plan(options) => plan::run(directory, options),
        Command::Apply(options) => apply::run(directory, options),
        Command::Destroy(options) => destroy::run(directory, options),
        Command::Status(options) => status::run(directory, options),
        Command::Show(options) => show::run(directory, options),
        Command::State(options) => state::run(directory, options),
    };
    result.unwrap_or_else(|error| fail(&error))
}

/// Tells an error with its causes.
fn fail(error: &anyhow::Error) -> Exit {
    let red = AnsiColor::Red.on_default().bold();
    let mut told = error.to_string();
    terminal::tell(&format!("{red}error{red:#}: {told}"));
    for cause in error.chain().skip(1) {
        let cause = cause.to_string();
        // Some errors tell their cause themselves.
        if !told.contains(&cause) {
            terminal::tell(&format!("  because: {cause}"));
        }
        told = cause;
    }
    Exit::of(error)
}
