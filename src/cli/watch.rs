//! `keyform status --watch`: the same again and again, until a signal ends it.

use std::{path::Path, process};

use anyhow::Context as _;

use super::{
    arguments::{Format, StatusOptions},
    exit_code::Exit,
    problem, project,
    terminal::{self, Reader},
};
use crate::{
    driver::{StopSwitch, listen},
    model::{ServiceTime, Timestamp, time::Precision},
    render,
    session::Session,
    status::{Filter, Status},
};

pub(super) fn run(
    directory: &Path,
    options: &StatusOptions,
    filter: &Filter,
) -> anyhow::Result<Exit> {
    // Nothing is under way that would have to come to its end.
    listen(StopSwitch::default(), |_| process::exit(i32::from(Exit::Done as u8)))
        .context("the system starts no thread to listen for signals; try again without --watch")?;
    // What is wrong at first ends the program, and warnings are told once.
    let mut session = project::open(directory, &options.keys, options.format.format)?;
    let mut status = Ok(session.status(filter)?);
    let mut screen = Screen { options, last: None };
    loop {
        let at = session.now();
        let looked = Looked { project: directory, status, at, run: run_of(&session) };
        if screen.show(looked)? == Reader::Gone {
            return Ok(Exit::Done);
        }
        // No deadline was set, so that this waits in any case.
        let _ = session.wait_until(session.now().plus(options.interval));
        status = match project::open_again(directory, &options.keys) {
            Ok(opened) => {
                session = opened;
                session.status(filter).map_err(anyhow::Error::from)
            }
            Err(error) => Err(error),
        };
    }
}

/// Which run goes on, if one does.
fn run_of(session: &Session) -> Option<String> {
    session.locked_by().map(|by| by.to_string())
}

/// What one look has found.
struct Looked<'a> {
    /// Where the project is.
    project: &'a Path,
    status: anyhow::Result<Status>,
    at: Timestamp,
    run: Option<String>,
}

impl Looked<'_> {
    /// What is compared with the look before, so that time alone is no change.
    fn essence(&self) -> Result<Status, String> {
        match &self.status {
            Ok(status) => Ok(status.clone().without_time(self.at)),
            Err(error) => Err(problem::text(error)),
        }
    }

    /// The whole for people.
    fn text(&self, width: Option<usize>) -> String {
        match &self.status {
            Ok(status) => render::status::text(status, self.project, self.at, width),
            Err(error) => format!("{}\n", problem::text(error)),
        }
    }
}

/// Where it is shown.
struct Screen<'a> {
    options: &'a StatusOptions,
    /// What was shown last.
    last: Option<Result<Status, String>>,
}

impl Screen<'_> {
    /// Shows what was found: on a terminal always, elsewhere if it has changed.
    fn show(&mut self, looked: Looked<'_>) -> anyhow::Result<Reader> {
        let before = self.last.replace(looked.essence());
        let has_changed = before != self.last;
        match (self.options.format.format, terminal::size()) {
            (Format::Text, Some(size)) => {
                let every = self.options.interval;
                let time = ServiceTime::new(looked.at, Precision::Second);
                let run = looked.run.as_ref().map(|by| format!("\nA run is going on: {by}"));
                let head = format!("{time}, every {every:?}; Ctrl-C ends it");
                let text = looked.text(Some(size.width));
                let text = format!("{head}{}\n\n{text}", run.unwrap_or_default());
                Ok(terminal::draw(&render::frame(&text, size), before.is_none())?)
            }
            _ if !has_changed => Ok(Reader::There),
            (Format::Text, None) => Ok(terminal::print_on(&paragraph(&looked, before.is_none()))?),
            (Format::Json, _) => Ok(line(&looked)?),
        }
    }
}

/// A table below the one before, with an empty line between.
fn paragraph(looked: &Looked<'_>, is_first: bool) -> String {
    let gap = if is_first { "" } else { "\n" };
    format!("{gap}{}", looked.text(None))
}

/// One document on a line. What could not be read is no document, and told on standard error.
fn line(looked: &Looked<'_>) -> Result<Reader, anyhow::Error> {
    match &looked.status {
        Ok(status) => {
            let document = serde_json::to_value(status)?;
            Ok(terminal::print_json_on(&format!("{document}\n"))?)
        }
        Err(error) => {
            terminal::eprint(&problem::text(error));
            Ok(Reader::There)
        }
    }
}
