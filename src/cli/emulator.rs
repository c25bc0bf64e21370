//! `keyform emulator`.

use std::{path::Path, process};

use super::{
    Exit,
    arguments::Format,
    emulator_arguments::{EmulatorCommand, EmulatorOptions, InstanceOptions, ServeOptions},
    problem::ProblemsShown,
    project::{self, RunSettings},
    terminal,
};
use crate::{
    driver::{StopSwitch, listen},
    render,
    session::{self, ConsoleCommand, ConsoleOpenError, OpenError, ServeError},
};

pub(super) fn run(directory: &Path, options: &EmulatorOptions) -> anyhow::Result<Exit> {
    match &options.command {
        EmulatorCommand::Serve(options) => serve(options),
        EmulatorCommand::Instance(options) => instance(directory, options),
    }
}

/// Serves until a signal comes; the second one ends it at once.
fn serve(options: &ServeOptions) -> anyhow::Result<Exit> {
    let stop = StopSwitch::default();
    listen(stop.clone(), |_| process::exit(i32::from(Exit::Done as u8)))?;
    let context = project::context(RunSettings::default());
    let server = match session::serve(&context, &options.settings()) {
        Err(ServeError::Inventory(problems)) => {
            // The inventory is named by its path, and belongs to no project.
            let text = render::diagnostics::text(&problems, Path::new(""), true);
            terminal::eprint(&format!("{}\n", text.trim_end()));
            return Err(ProblemsShown.into());
        }
        other => other?,
    };
    let stopper = server.stopper();
    stop.begin(move || stopper.ask());
    let address = server.address();
    if !address.ip().is_loopback() {
        terminal::eprint(
            "Warning: other machines reach this server, and whoever has an access key of it can \
             use it; its console is for this machine alone",
        );
    }
    terminal::print(&started(options, &format!("http://{address}")))?;
    server.wait();
    Ok(Exit::Done)
}

/// What a person needs to use the server.
fn started(options: &ServeOptions, url: &str) -> String {
    let keys = match &options.credentials {
        None => "access key emulator, secret emulator".to_owned(),
        Some(path) => format!("access keys of {}", crate::visible::path(path)),
    };
    let state = match &options.state {
        None => "in memory, and gone when it ends".to_owned(),
        Some(path) => format!("in {}", crate::visible::path(path)),
    };
    format!(
        "The embedded cloud listens at {url}\n  account {}, {keys}\n  state {state}\nCtrl-C ends it.\n",
        options.account
    )
}

fn instance(directory: &Path, options: &InstanceOptions) -> anyhow::Result<Exit> {
    let command = options.command();
    match options.server() {
        Some(url) => session::command_at(url, &command)?,
        None => console(directory)?.command(&command)?,
    }
    terminal::print(&done(&command))?;
    Ok(Exit::Done)
}

fn console(directory: &Path) -> anyhow::Result<session::Console> {
    let context = project::context(RunSettings::default());
    match session::Console::open(&context, directory) {
        Err(ConsoleOpenError::Open(error @ OpenError::Manifests(_))) => {
            project::report_warnings::<session::Console>(Err(error), directory, Format::Text)
        }
        other => Ok(other?),
    }
}

/// What was done, in a line for each instance.
fn done(command: &ConsoleCommand) -> String {
    let verb = match command.verb {
        session::ConsoleVerb::Start => "is starting",
        session::ConsoleVerb::Stop => "is stopping",
        session::ConsoleVerb::Reboot => "is restarting",
        session::ConsoleVerb::Release => "is released",
        session::ConsoleVerb::Tag => "has its new tags",
    };
    command.instance_ids.iter().map(|id| format!("{id} {verb}\n")).collect()
}
