//! The command line: arguments in, exit code out. One file per command.

mod apply;
mod arguments;
mod deferred;
mod destroy;
mod doctor;
mod dumps;
mod emulator;
mod emulator_arguments;
mod environment;
mod events;
mod exit_code;
mod explain;
mod fail_on;
mod file_system;
mod follow;
mod gitignore;
mod init;
mod key;
mod key_arguments;
mod log;
mod log_filter;
mod metrics;
mod migration;
mod mode;
mod panic;
mod people;
mod plan;
mod problem;
mod project;
mod ram_policy;
mod random;
mod reporter;
mod rights_arguments;
mod runner;
mod schema;
mod screen;
mod shared_arguments;
mod show;
mod state;
mod state_doctor;
mod state_lock;
mod state_migrate;
mod status;
mod stopping;
mod terminal;
mod terraform;
mod validate;
mod version;
mod watch;
mod whoami;

use std::process::ExitCode;

use clap::{CommandFactory, Parser, error::ErrorKind};

use arguments::{Arguments, Command};
pub use exit_code::Exit;

/// Runs the program.
#[must_use]
pub fn run() -> ExitCode {
    panic::install_hook();
    if let Err(error) = dumps::forbid() {
        terminal::eprint(&format!(
            "Warning: this system could write private keys to disk if keyform failed, since core \
             dumps cannot be turned off: {error}"
        ));
    }
    panic::ended(dispatch).into()
}

/// Runs the command that the arguments name.
fn dispatch() -> Exit {
    let written: Vec<_> = std::env::args_os().collect();
    let parsed = match terraform::refused(&mut Arguments::command(), &written) {
        Some(error) => Err(error),
        None => Arguments::try_parse_from(&written),
    };
    let arguments = match parsed {
        Ok(arguments) => arguments,
        Err(error) => {
            let asked = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
            // Nobody can be told if this cannot be printed.
            let _ = error.print();
            return if asked { Exit::Done } else { Exit::Usage };
        }
    };
    if arguments.no_color {
        anstream::ColorChoice::Never.write_global();
    }
    if let Some(filter) = &arguments.log {
        log::begin(filter, arguments.log_format);
    }
    let directory = &arguments.directory;
    let result = match &arguments.command {
        Command::Init(options) => init::run(directory, options),
        Command::Validate(options) => validate::run(directory, options),
        Command::Plan(options) => plan::run(directory, options),
        Command::Apply(options) => apply::run(directory, options),
        Command::Destroy(options) => destroy::run(directory, options),
        Command::Status(options) => status::run(directory, options),
        Command::Show(options) => show::run(directory, options),
        Command::Key(options) => key::run(directory, options),
        Command::State(options) => state::run(directory, options),
        Command::Whoami(options) => whoami::run(directory, options),
        Command::RamPolicy(options) => ram_policy::run(directory, options),
        Command::Doctor(options) => doctor::run(directory, options),
        Command::Schema(options) => schema::run(options),
        Command::Explain(options) => explain::run(options),
        Command::Emulator(options) => emulator::run(directory, options),
        Command::Version => version::run(),
    };
    result.unwrap_or_else(|error| fail(&error))
}

/// Tells an error.
fn fail(error: &anyhow::Error) -> Exit {
    terminal::eprint(&problem::text(error));
    Exit::of(error)
}
