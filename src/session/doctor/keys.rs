//! The private keys: whether each that is recorded is there, opens, and is the recorded one.

use std::path::Path;

use super::opened::{Doctor, shown, told};
use crate::{
    checkup::{Check, CheckCode},
    disk::FileKind,
    model::{CloudName, Fingerprint, VaultKey},
    session::vaults,
    state::Records,
    vault::Vault,
};

/// The mode of a directory of private keys, and the bits of others.
const MODE: u32 = 0o700;
const OTHERS: u32 = 0o077;

pub(super) fn checks(doctor: &Doctor, recorded: Option<&Records>) -> Vec<Check> {
    let directories = doctor.vault.directories();
    let mut checks: Vec<_> =
        directories.iter().map(|path| directory(doctor, path, recorded)).collect();
    if let Err(error) = doctor.context.machine.admit_keys(&doctor.desired) {
        checks.push(Check::problem(CheckCode::KeyDirectory, told(&error)).about("runner"));
    }
    let Some(recorded) = recorded else {
        checks.push(Check::skipped(CheckCode::Key, "the state cannot be read"));
        return checks;
    };
    let mut well = 0_usize;
    for (name, record) in &recorded.keys {
        match key(doctor, name, record.fingerprint) {
            None => well += 1,
            Some(check) => checks.push(check.about(name)),
        }
    }
    checks.push(match (well, recorded.keys.len()) {
        (_, 0) => Check::ok(CheckCode::Key, "none is recorded"),
        (well, all) if well == all => {
            let keys = if all == 1 { "the recorded private key is" } else { "all are" };
            Check::ok(CheckCode::Key, format!("{all} recorded: {keys} there and can be used"))
        }
        (well, all) => {
            Check::skipped(CheckCode::Key, format!("{well} of {all} are there and can be used"))
        }
    });
    checks
}

fn directory(doctor: &Doctor, path: &Path, recorded: Option<&Records>) -> Check {
    let disk = &*doctor.context.disk;
    let shown = shown(path);
    let needs = recorded.is_some_and(|recorded| !recorded.keys.is_empty());
    match disk.kind(path) {
        Ok(None) if needs => {
            Check::problem(CheckCode::KeyDirectory, format!("{shown} is not there"))
                .advice("put the private keys back, or name their place with --private-keys DIR")
        }
        Ok(None) => {
            let finding = format!("{shown} is made with the first private key");
            Check::ok(CheckCode::KeyDirectory, finding)
        }
        Ok(Some(FileKind::Directory)) => mode(doctor, path, &shown),
        // The vault says what is wrong with anything else.
        Ok(Some(_)) | Err(_) => refused(doctor, path, &shown),
    }
}

fn mode(doctor: &Doctor, path: &Path, shown: &str) -> Check {
    match doctor.context.disk.permissions(path) {
        Ok(bits) if bits & OTHERS == 0 => {
            let check = refused(doctor, path, shown);
            Check { finding: format!("{} with the mode {bits:04o}", check.finding), ..check }
        }
        Ok(bits) => {
            let finding =
                format!("{shown} has the mode {bits:04o}, so that others can look into it");
            let check = match refused(doctor, path, shown) {
                problem if problem.outcome == crate::checkup::Outcome::Problem => return problem,
                _ => Check::warning(CheckCode::KeyDirectory, finding),
            };
            check.advice(format!("run `chmod {MODE:o} {shown}`"))
        }
        Err(_) => refused(doctor, path, shown),
    }
}

/// What the vault says of its directory: any name shows it.
fn refused(doctor: &Doctor, path: &Path, shown: &str) -> Check {
    let vault = vaults::directory_vault(&doctor.context, path.to_owned());
    match vault.inspect(&CloudName::new("keyform-doctor")) {
        Ok(_) => Check::ok(CheckCode::KeyDirectory, format!("{shown} is yours")),
        Err(error) => Check::problem(CheckCode::KeyDirectory, told(&error)),
    }
}

/// What is wrong with a key; nothing if it is as it should be.
fn key(doctor: &Doctor, name: &CloudName, recorded: Fingerprint) -> Option<Check> {
    let lost = "put the file back from a backup, or rotate: raise the `generation` of its KeyPair";
    Some(match doctor.vault.inspect(name) {
        Ok(VaultKey::Present { fingerprint, exposed, .. }) if fingerprint == recorded => {
            return exposed.map(|warning| {
                Check::warning(CheckCode::Key, &warning)
                    .advice(format!("run `chmod 600 {}`", warning.file))
            });
        }
        Ok(VaultKey::Present { fingerprint, .. }) => {
            let finding =
                format!("the vault holds {fingerprint}, and {recorded} is the recorded one");
            Check::problem(CheckCode::Key, finding).advice(lost)
        }
        Ok(VaultKey::Absent) => {
            Check::problem(CheckCode::Key, "it is recorded, and not in its vault").advice(lost)
        }
        Ok(VaultKey::NotLookedAt) => return None,
        Ok(VaultKey::Unusable { problem }) => Check::problem(CheckCode::Key, problem).advice(lost),
        Err(error) => Check::problem(CheckCode::Key, told(&error)),
    })
}
