//! `keyform doctor`.

use std::path::Path;

use anyhow::Context as _;

use super::{
    arguments::{DoctorOptions, Format},
    exit_code::Exit,
    gitignore,
    project::{self, RunSettings},
    stopping, terminal,
};
use crate::{
    checkup::{Check, Checkup},
    model::InstanceId,
    render,
    session::{Doctor, MachineFacts, Rehearsed},
    visible,
};

pub(super) fn run(directory: &Path, options: &DoctorOptions) -> anyhow::Result<Exit> {
    if let Some(id) = options.rehearse.as_deref()
        && !is_confirmed(id, options)
    {
        return Ok(Exit::NotApproved);
    }
    let doctor = project::open_doctor(directory, settings(options)?, options)?;
    let refused = options.record.as_deref().and_then(|path| doctor.cannot_record(path));
    let record = options.record.as_deref().filter(|_| refused.is_none());
    let mut checks: Vec<Check> = refused.into_iter().collect();
    checks.extend(doctor.examine(&facts(directory, &doctor)));
    let rehearsed = match &options.rehearse {
        Some(id) => {
            let mut tell = |line: &str| terminal::eprint(line);
            doctor.rehearse(&InstanceId::new(id.as_str()), &mut tell)?
        }
        None => Rehearsed::default(),
    };
    checks.extend(rehearsed.checks);
    checks.extend(record.map(|path| doctor.record(path, &rehearsed.learned)));
    let checkup = doctor.checkup(checks, rehearsed.learned);
    show(&checkup, options.format.format)?;
    Ok(match checkup.totals.problems {
        _ if rehearsed.is_stopped => Exit::Stopped,
        0 => Exit::Done,
        _ => Exit::Error,
    })
}

/// Whether a person has said which instance is expendable, once more.
fn is_confirmed(id: &str, options: &DoctorOptions) -> bool {
    let shown = visible::line(id);
    if let Some(confirmed) = &options.confirm {
        if confirmed == id {
            return true;
        }
        let other = visible::line(confirmed);
        terminal::eprint(&format!("Not approved: --confirm {other} is not {shown}."));
        return false;
    }
    if !terminal::can_ask() {
        terminal::eprint(
            "Not approved: there is no terminal to ask on. Pass --confirm with the id of the instance.",
        );
        return false;
    }
    let question = format!(
        "A rehearsal binds {shown} to key pairs of its own and restarts it three times. Whoever works \
         on it is interrupted, and its log-on changes."
    );
    let is_approved = terminal::ask_for(&question, &shown);
    if !is_approved {
        terminal::eprint("Not approved, so nothing was done.");
    }
    is_approved
}

/// Signals are heard only where there is something to clean up.
fn settings(options: &DoctorOptions) -> anyhow::Result<RunSettings> {
    let settings = RunSettings {
        private_keys: options.keys.private_keys.clone(),
        lock_timeout: options.lock.timeout,
        ..RunSettings::default()
    };
    if options.rehearse.is_none() {
        return Ok(settings);
    }
    let stop = stopping::on_signals(Exit::Stopped).context(
        "the system starts no thread to listen for signals, so nothing was done; run the same \
         command again once it does",
    )?;
    Ok(RunSettings { stop, ..settings })
}

pub(super) fn show(checkup: &Checkup, format: Format) -> anyhow::Result<()> {
    match format {
        Format::Json => terminal::print_json(&format!("{:#}\n", serde_json::to_value(checkup)?))?,
        Format::Text => {
            let width = terminal::size().map(|size| size.width);
            terminal::print(&render::doctor::text(checkup, width))?;
        }
    }
    Ok(())
}

/// What only this program can see of its machine.
fn facts(directory: &Path, doctor: &Doctor) -> MachineFacts {
    let keys = doctor.private_keys().into_iter();
    let is_ignored =
        keys.filter_map(|keys| Some((keys.clone(), gitignore::is_ignored(directory, &keys)?)));
    MachineFacts {
        is_ignored: is_ignored.collect(),
        open_files: rustix::process::getrlimit(rustix::process::Resource::Nofile).current,
    }
}
