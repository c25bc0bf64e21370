//! The command line: arguments in, exit code out. One file per command.

mod apply;
mod arguments;
mod deferred;
mod destroy;
mod environment;
mod events;
mod exit_code;
mod explain;
mod follow;
mod gitignore;
mod init;
mod mode;
mod panic;
mod people;
mod plan;
mod problem;
mod project;
mod reporter;
mod runner;
mod schema;
mod show;
mod state;
mod status;
mod stopping;
mod terminal;
mod terraform;
mod validate;
mod version;

use std::process::ExitCode;

use anstyle::AnsiColor;
use clap::{CommandFactory, Parser, error::ErrorKind};

use arguments::{Arguments, Command};
pub use exit_code::Exit;

/// Runs the program.
#[must_use]
pub fn run() -> ExitCode {
    panic::install_hook();
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
        Command::Schema(options) => schema::run(options),
        Command::Explain(options) => explain::run(options),
        Command::Version => version::run(),
    };
    result.unwrap_or_else(|error| fail(&error))
}

/// A message with the control characters replaced that it repeats from a file or a file's name:
/// they would command the terminal.
fn visible(message: &str) -> String {
    message.replace(|c: char| c.is_control() && c != '\n', "\u{fffd}")
}

/// Tells an error with its code, which `keyform explain` explains, and with its causes.
fn fail(error: &anyhow::Error) -> Exit {
    let red = AnsiColor::Red.on_default().bold();
    let code = problem::code(error).map_or_else(String::new, |code| format!("[{code}]"));
    terminal::eprint(&format!("{red}error{code}{red:#}: {}", visible(&error.to_string())));
    for cause in error.chain().skip(1) {
        terminal::eprint(&format!("  because: {}", visible(&cause.to_string())));
    }
    Exit::of(error)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::visible;
    use crate::{
        disk::{Disk, MemoryDisk},
        session,
    };

    #[test]
    fn what_an_error_repeats_from_a_file_does_not_command_the_terminal() {
        let disk = MemoryDisk::new();
        let path = Path::new("plan.json");
        let text = br#"{"format": "keyform.plan/1", "\u001b[2J\u0085": 1}"#;
        disk.create_file(path, text).expect("an empty disk");
        let error = session::read_plan(&disk, path).expect_err("no plan");
        let cause = std::error::Error::source(&error).expect("a cause").to_string();
        assert!(visible(&cause).starts_with("unknown field `\u{fffd}[2J\u{fffd}`, "), "{cause:?}");
        assert_eq!(visible("two\nlines of é"), "two\nlines of é");
    }
}
