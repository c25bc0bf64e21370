//! `keyform key`: the private keys themselves.

use std::{
    fmt::Write as _,
    path::{Path, PathBuf},
    time::Duration,
};

use super::{
    exit_code::Exit,
    key_arguments::{
        KeyCommand, KeyGetOptions, KeyListOptions, KeyMigrateOptions, KeyOptions, KeyPutOptions,
    },
    migration, project,
    shared_arguments::Format,
    terminal,
};
use crate::{
    model::CloudName,
    render,
    session::{KeyList, Keys},
    status::{KeyRow, KeysDocument},
    vault::Stored,
    visible,
};

pub(super) fn run(directory: &Path, options: &KeyOptions) -> anyhow::Result<Exit> {
    match &options.command {
        KeyCommand::List(options) => list(directory, options),
        KeyCommand::Check(options) => check(directory, options),
        KeyCommand::Get(options) => get(directory, options),
        KeyCommand::Put(options) => put(directory, options),
        KeyCommand::Migrate(options) => migrate(directory, options),
    }
}

fn list(directory: &Path, options: &KeyListOptions) -> anyhow::Result<Exit> {
    let keys = open(directory, &options.keys.private_keys, Duration::ZERO, options.format.format)?;
    let KeyList { rows, has_retired } = keys.list()?;
    if !has_retired {
        terminal::eprint(
            "Note: the vault of a command cannot name its keys without `list`, so that those that \
             were put aside are not shown",
        );
    }
    show(&rows, options.format.format)?;
    Ok(Exit::Done)
}

fn check(directory: &Path, options: &KeyListOptions) -> anyhow::Result<Exit> {
    let keys = open(directory, &options.keys.private_keys, Duration::ZERO, options.format.format)?;
    let rows = keys.check()?;
    show(&rows, options.format.format)?;
    let is_wrong = rows.iter().any(|row| row.state.is_wrong());
    Ok(if is_wrong { Exit::Error } else { Exit::Done })
}

fn show(rows: &[KeyRow], format: Format) -> anyhow::Result<()> {
    match format {
        Format::Json => {
            let document = serde_json::to_value(KeysDocument::new(rows.to_vec()))?;
            terminal::print_json(&format!("{document:#}\n"))?;
        }
        Format::Text => terminal::print(&text(rows))?,
    }
    Ok(())
}

fn text(rows: &[KeyRow]) -> String {
    if rows.is_empty() {
        return "There is no private key.\n".to_owned();
    }
    let cells: Vec<Vec<String>> = rows
        .iter()
        .map(|row| {
            let fingerprint = row.fingerprint.map_or_else(|| "-".to_owned(), |one| one.to_string());
            vec![row.name.to_string(), row.state.words().to_owned(), fingerprint]
        })
        .collect();
    let mut out = render::table(&["NAME", "PRIVATE KEY", "FINGERPRINT"], &cells);
    for row in rows {
        if let Some(problem) = &row.problem {
            let _ =
                writeln!(out, "{}: {}", visible::line(row.name.as_str()), visible::line(problem));
        }
    }
    out
}

fn get(directory: &Path, options: &KeyGetOptions) -> anyhow::Result<Exit> {
    let keys = open(directory, &options.keys.private_keys, Duration::ZERO, Format::Text)?;
    let name = CloudName::new(options.name.as_str());
    if options.stdout {
        terminal::print(&keys.get(&name)?)?;
        return Ok(Exit::Done);
    }
    let file = options.out.clone().unwrap_or_else(|| PathBuf::from(format!("{name}.pem")));
    keys.get_to(&name, &file)?;
    terminal::print(&format!(
        "The private key of {} is in {}. Remove the file when it is not needed any more.\n",
        visible::line(name.as_str()),
        visible::path(&file)
    ))?;
    Ok(Exit::Done)
}

fn put(directory: &Path, options: &KeyPutOptions) -> anyhow::Result<Exit> {
    let keys = open(directory, &options.keys.private_keys, options.lock.timeout, Format::Text)?;
    let name = CloudName::new(options.name.as_str());
    let stored = keys.put(&name, &options.file)?;
    let what = match stored {
        Stored::Created => "is kept now",
        Stored::AlreadyThere => "was kept already",
    };
    let (name, file) = (visible::line(name.as_str()), visible::path(&options.file));
    terminal::print(&format!(
        "The private key of {name} {what}. {file} stays as it is: remove it when it is not needed.\n"
    ))?;
    Ok(Exit::Done)
}

fn migrate(directory: &Path, options: &KeyMigrateOptions) -> anyhow::Result<Exit> {
    let keys = open(directory, &None, options.lock.timeout, Format::Text)?;
    let source = migration::source(&options.from)?;
    let mut count = 0_usize;
    keys.migrate(&source, &mut |moved| {
        count += 1;
        let aside = if moved.key.is_retired { ", which was put aside" } else { "" };
        let line = format!("moved {}{aside} to {}", moved.key.name, moved.to);
        terminal::eprint(&visible::line(&line));
    })?;
    terminal::print(&format!("Moved: {}.\n", render::count(count, "private key")))?;
    Ok(Exit::Done)
}

fn open(
    directory: &Path,
    private_keys: &Option<PathBuf>,
    lock_timeout: Duration,
    problems_as: Format,
) -> anyhow::Result<Keys> {
    let run = project::RunSettings {
        private_keys: private_keys.clone(),
        lock_timeout,
        ..project::RunSettings::default()
    };
    let opened = Keys::open(project::context(run), directory);
    let keys = project::report_warnings(opened, directory, problems_as)?;
    project::report_lock(keys.locked_by().as_ref());
    Ok(keys)
}
