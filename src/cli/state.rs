//! `keyform state`: the history of the state.

use std::{fmt::Write as _, path::Path, time::Duration};

use super::{
    arguments::{
        Format, FormatOption, StateCommand, StateInitOptions, StateLockCommand, StateOptions,
        StateRestoreOptions, StateShowOptions,
    },
    exit_code::Exit,
    project::{self, RunSettings},
    show::{print, state_text},
    state_doctor, state_lock, state_migrate, terminal,
};
use crate::{
    render,
    session::Begun,
    store::{History, JournalRow, SnapshotRow},
    visible,
};

pub(super) fn run(directory: &Path, options: &StateOptions) -> anyhow::Result<Exit> {
    match &options.command {
        StateCommand::Init(options) => init(directory, options),
        StateCommand::List(options) => list(directory, options),
        StateCommand::Show(options) => show(directory, options),
        StateCommand::Restore(options) => restore(directory, options),
        StateCommand::Migrate(options) => state_migrate::run(directory, options),
        StateCommand::Doctor(options) => state_doctor::run(directory, options.format),
        StateCommand::Lock(options) => match &options.command {
            StateLockCommand::Show(options) => state_lock::show(directory, options),
        },
        StateCommand::Unlock(options) => state_lock::unlock(directory, options),
    }
}

fn init(directory: &Path, options: &StateInitOptions) -> anyhow::Result<Exit> {
    let run = RunSettings { lock_timeout: options.lock.timeout, ..RunSettings::default() };
    let session = project::open_with(directory, run, Format::Text)?;
    terminal::print(&begun_text(&session.begin(options.take_over)?))?;
    Ok(Exit::Done)
}

fn begun_text(begun: &Begun) -> String {
    match begun {
        Begun::Before { place, serial } => format!(
            "There is a state in {}, with the serial {serial}. Nothing was changed.\n",
            visible::line(place)
        ),
        Begun::Now { place, lineage, is_taken_over } => {
            let (what, next) = if *is_taken_over {
                ("continues the lost one, with", "what it would adopt of the lost state")
            } else {
                ("begins, with", "what an apply would do")
            };
            let place = visible::line(place);
            format!(
                "The state in {place} {what} the lineage {lineage}.\nNext: `keyform plan` shows {next}.\n"
            )
        }
    }
}

fn list(directory: &Path, options: &FormatOption) -> anyhow::Result<Exit> {
    let states = project::open_states(directory, Duration::ZERO, options.format)?;
    project::report_lock(states.locked_by().as_ref());
    let history = states.history()?;
    match options.format {
        Format::Json => {
            let mut document = serde_json::to_value(&history)?;
            document["format"] = "keyform.history/1".into();
            terminal::print_json(&format!("{document:#}\n"))?;
        }
        Format::Text => terminal::print(&history_text(&history))?,
    }
    Ok(Exit::Done)
}

fn history_text(history: &History) -> String {
    if history.snapshots.is_empty() {
        return "There is no snapshot: nothing was applied yet, or the state was deleted. \
                `keyform plan` tells which.\n"
            .to_owned();
    }
    let rows: Vec<_> = history.snapshots.iter().map(row).collect();
    let titles = ["SERIAL", "SNAPSHOT", "KEYS", "PAIRS", "INSTANCES", "JOURNALS"];
    let mut out = render::table(&titles, &rows);
    for row in &history.snapshots {
        let snapshot = row.damage.as_ref().map(|damage| (row.file.as_str(), damage));
        let journals = row.journals.iter().filter_map(damaged_journal);
        for (file, damage) in snapshot.into_iter().chain(journals) {
            let _ = writeln!(out, "{}: {}", visible::line(file), visible::line(damage));
        }
    }
    out
}

fn damaged_journal(row: &JournalRow) -> Option<(&str, &String)> {
    row.damage.as_ref().map(|damage| (row.file.as_str(), damage))
}

fn row(row: &SnapshotRow) -> Vec<String> {
    let snapshot = match (&row.damage, row.is_newest) {
        (None, false) => "whole",
        (None, true) => "whole, newest",
        (Some(_), false) => "unusable",
        (Some(_), true) => "unusable, newest",
    };
    let count = |count: Option<usize>| count.map_or_else(|| "-".to_owned(), |n| n.to_string());
    let journals: Vec<_> = row
        .journals
        .iter()
        .map(|journal| match (&journal.damage, journal.entries) {
            (Some(_), _) => "damaged".to_owned(),
            (None, 1) => "1 entry".to_owned(),
            (None, entries) => format!("{entries} entries"),
        })
        .collect();
    vec![
        row.serial.to_string(),
        snapshot.to_owned(),
        count(row.records.map(|records| records.keys)),
        count(row.records.map(|records| records.pairs)),
        count(row.records.map(|records| records.instances)),
        if journals.is_empty() { "-".to_owned() } else { journals.join(", ") },
    ]
}

fn show(directory: &Path, options: &StateShowOptions) -> anyhow::Result<Exit> {
    let states = project::open_states(directory, Duration::ZERO, options.format)?;
    project::report_lock(states.locked_by().as_ref());
    let state = match options.serial {
        Some(serial) => Some(states.snapshot(serial)?),
        None => states.newest()?,
    };
    print(&state_text(state.as_ref(), options.format)?, options.format)?;
    Ok(Exit::Done)
}

fn restore(directory: &Path, options: &StateRestoreOptions) -> anyhow::Result<Exit> {
    let states = project::open_states(directory, options.lock.timeout, Format::Text)?;
    let serial = options.serial;
    let restored = states.restore(serial)?;
    let mut text = format!(
        "The state is that of serial {serial} again, as serial {}.\n",
        restored.state.serial
    );
    for file in restored.left_out {
        let _ = writeln!(
            text,
            "What an unfinished run recorded is not in it: {}",
            visible::line(&file)
        );
    }
    text.push_str(
        "Next: `keyform plan` shows how the cloud and the private keys differ from it.\n",
    );
    terminal::print(&text)?;
    Ok(Exit::Done)
}
