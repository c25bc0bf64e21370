//! Private keys that programs of the user keep: a file for `age`, a password store, a service.
//!
//! Three programs make a vault. A key goes in and out by standard input and output; its name and its
//! fingerprint are arguments. Nothing of a key is in an argument or in the environment (L4).
//!
//! | program | arguments | what it does |
//! |---|---|---|
//! | `put` | NAME FINGERPRINT | keeps the PEM that it reads; refuses to replace another key |
//! | `get` | NAME, perhaps FINGERPRINT | prints the PEM, or nothing; with a fingerprint, that of a retired key |
//! | `retire` | NAME FINGERPRINT | puts the key aside, so that its name is free |
//! | `list` | | prints `NAME FINGERPRINT`, or `NAME FINGERPRINT retired`, for each key |
//!
//! What they answer is not believed: a key counts as kept when `get` has printed it again, and as put
//! aside when its name is free and its fingerprint still finds it (L2).

mod listed;
mod played;
mod run;

use std::{
    fmt,
    path::{Path, PathBuf},
    sync::Arc,
};

use zeroize::Zeroizing;

pub use self::{
    played::{PlayedCommands, PlayedFailure},
    run::{CommandEnd, CommandProblem, CommandRun, Commands},
};
use super::{Lender, Lent, Listed, Place, Retired, Stored, Vault, VaultError};
use crate::{
    keys::PrivateKey,
    model::{CloudName, Fingerprint, KeyFileProblem, VaultCommands, VaultKey},
};

/// A vault of the user's programs.
pub struct CommandVault {
    commands: VaultCommands,
    /// Where they are started.
    directory: PathBuf,
    runner: Arc<dyn Commands>,
    lender: Arc<Lender>,
}

/// What `get` printed.
enum Got {
    Nothing,
    Key(PrivateKey),
    Unusable(KeyFileProblem),
}

impl CommandVault {
    /// The vault of these programs, which are started in the project's directory.
    #[must_use]
    pub fn new(
        commands: VaultCommands,
        directory: &Path,
        runner: Arc<dyn Commands>,
        lender: Arc<Lender>,
    ) -> Self {
        Self { commands, directory: directory.to_owned(), runner, lender }
    }

    fn own_place(&self) -> Place {
        Place::Command { program: self.commands.get.first().cloned().unwrap_or_default() }
    }

    fn run(
        &self,
        command: &[String],
        arguments: &[&str],
        input: Option<&[u8]>,
    ) -> Result<Zeroizing<Vec<u8>>, VaultError> {
        let run = CommandRun {
            command,
            arguments,
            directory: &self.directory,
            timeout: self.commands.timeout.duration(),
            pass_environment: &self.commands.pass_environment,
            input,
        };
        let failed = |problem| VaultError::Command { place: self.own_place(), problem };
        self.runner.run(&run).map_err(failed)
    }

    /// What is kept under a name, or of a retired key under its name and fingerprint.
    fn ask(&self, name: &CloudName, which: Option<Fingerprint>) -> Result<Got, VaultError> {
        let print = which.map(|fingerprint| fingerprint.hex());
        let mut arguments = vec![name.as_str()];
        arguments.extend(print.as_deref());
        let printed = self.run(&self.commands.get, &arguments, None)?;
        if printed.iter().all(u8::is_ascii_whitespace) {
            return Ok(Got::Nothing);
        }
        Ok(match PrivateKey::from_pem(&printed) {
            Ok(key) => Got::Key(key),
            Err(problem) => {
                let file = format!("what {} has for {name}", self.own_place());
                Got::Unusable(KeyFileProblem::NotAKey { file, problem })
            }
        })
    }

    /// The retired key of this name and fingerprint, if the vault has it.
    fn ask_retired(
        &self,
        name: &CloudName,
        fingerprint: Fingerprint,
    ) -> Result<Option<PrivateKey>, VaultError> {
        match self.ask(name, Some(fingerprint))? {
            Got::Key(key) if key.public_key().fingerprint() == fingerprint => Ok(Some(key)),
            Got::Key(_) | Got::Nothing => Ok(None),
            Got::Unusable(problem) => Err(VaultError::Unusable { problem }),
        }
    }

    fn another(&self, found: &PrivateKey, expected: Fingerprint) -> VaultError {
        let found = found.public_key().fingerprint();
        VaultError::AnotherKey { place: self.own_place(), found, expected }
    }

    /// That the key is kept now: `get` prints it again.
    fn read_back(&self, name: &CloudName, key: &PrivateKey) -> Result<(), VaultError> {
        let fingerprint = key.public_key().fingerprint();
        match self.ask(name, None)? {
            Got::Key(there) if there.public_key() == key.public_key() => Ok(()),
            Got::Key(there) => Err(self.another(&there, fingerprint)),
            Got::Unusable(_) => Err(VaultError::ReadBack { place: self.own_place() }),
            Got::Nothing => Err(VaultError::NotGivenBack {
                place: self.own_place(),
                name: name.clone(),
                fingerprint,
            }),
        }
    }

    /// Lets the program put a key aside, and looks whether it is.
    fn put_aside(&self, name: &CloudName, fingerprint: Fingerprint) -> Result<(), VaultError> {
        let print = fingerprint.hex();
        self.run(&self.commands.retire, &[name.as_str(), &print], None)?;
        if let Got::Key(there) = self.ask(name, None)?
            && there.public_key().fingerprint() == fingerprint
        {
            return Err(VaultError::NotPutAside { place: self.own_place(), name: name.clone() });
        }
        match self.ask_retired(name, fingerprint)? {
            Some(_) => Ok(()),
            None => Err(VaultError::NotGivenBack {
                place: self.own_place(),
                name: name.clone(),
                fingerprint,
            }),
        }
    }
}

impl Vault for CommandVault {
    /// A plan runs no program.
    fn glance(&self, _: &CloudName) -> Result<VaultKey, VaultError> {
        Ok(VaultKey::NotLookedAt)
    }

    fn inspect(&self, name: &CloudName) -> Result<VaultKey, VaultError> {
        Ok(match self.ask(name, None)? {
            Got::Nothing => VaultKey::Absent,
            Got::Key(key) => VaultKey::Present {
                fingerprint: key.public_key().fingerprint(),
                public_key: key.public_key().openssh().to_owned(),
                exposed: None,
                was_read: true,
            },
            Got::Unusable(problem) => VaultKey::Unusable { problem },
        })
    }

    /// That its programs can be run and the name is free is all that can be known before there is a
    /// key.
    fn make_room(&self, name: &CloudName) -> Result<(), VaultError> {
        match self.ask(name, None)? {
            Got::Nothing => Ok(()),
            Got::Key(key) => {
                let (place, found) = (self.own_place(), key.public_key().fingerprint());
                Err(VaultError::Taken { place, found })
            }
            Got::Unusable(problem) => Err(VaultError::Unusable { problem }),
        }
    }

    /// The program runs also for a key that is there: the run that put it may have died before it was
    /// durable.
    fn put(&self, name: &CloudName, key: &PrivateKey) -> Result<Stored, VaultError> {
        let fingerprint = key.public_key().fingerprint();
        let before = match self.ask(name, None)? {
            Got::Nothing => Stored::Created,
            Got::Key(there) if there.public_key() == key.public_key() => Stored::AlreadyThere,
            Got::Key(there) => return Err(self.another(&there, fingerprint)),
            Got::Unusable(problem) => return Err(VaultError::Unusable { problem }),
        };
        let pem = key.pem();
        let print = fingerprint.hex();
        let arguments = [name.as_str(), &print];
        let put = self.run(&self.commands.put, &arguments, Some(pem.as_bytes()));
        if let Err(failed) = put {
            // Another run may have put its key meanwhile: that says more than how the program ended.
            return Err(match self.ask(name, None) {
                Ok(Got::Key(there)) if there.public_key() != key.public_key() => {
                    self.another(&there, fingerprint)
                }
                Ok(_) | Err(_) => failed,
            });
        }
        self.read_back(name, key)?;
        Ok(before)
    }

    fn get(&self, name: &CloudName) -> Result<Option<PrivateKey>, VaultError> {
        match self.ask(name, None)? {
            Got::Nothing => Ok(None),
            Got::Key(key) => Ok(Some(key)),
            Got::Unusable(problem) => Err(VaultError::Unusable { problem }),
        }
    }

    fn retire(&self, name: &CloudName, fingerprint: Fingerprint) -> Result<Retired, VaultError> {
        let there = match self.ask(name, None)? {
            Got::Key(key) if key.public_key().fingerprint() == fingerprint => {
                self.put_aside(name, fingerprint)?;
                return Ok(Retired::Moved);
            }
            Got::Unusable(problem) => return Err(VaultError::Unusable { problem }),
            Got::Key(key) => Some(key),
            Got::Nothing => None,
        };
        match (self.ask_retired(name, fingerprint)?, there) {
            (Some(_), _) => Ok(Retired::AlreadyMoved),
            (None, Some(there)) => Err(self.another(&there, fingerprint)),
            (None, None) => Ok(Retired::NotHere),
        }
    }

    fn clean(&self) -> Result<(), VaultError> {
        self.lender.clean()
    }

    fn lend(&self, name: &CloudName) -> Result<Option<Lent>, VaultError> {
        self.get(name)?.map(|key| self.lender.lend(name, &key)).transpose()
    }

    fn place(&self, _: &CloudName) -> Place {
        self.own_place()
    }

    fn directories(&self) -> Vec<PathBuf> {
        Vec::new()
    }

    fn list(&self) -> Result<Vec<Listed>, VaultError> {
        let Some(list) = &self.commands.list else {
            return Err(VaultError::NoList { place: self.own_place() });
        };
        let printed = self.run(list, &[], None)?;
        let unreadable = |line| VaultError::ListUnreadable { place: self.own_place(), line };
        listed::parse(&printed).map_err(unreadable)
    }

    fn get_listed(&self, listed: &Listed) -> Result<PrivateKey, VaultError> {
        let Listed { name, is_retired, fingerprint } = listed;
        let key = if *is_retired { self.ask_retired(name, *fingerprint)? } else { self.get(name)? };
        match key {
            Some(key) if key.public_key().fingerprint() == *fingerprint => Ok(key),
            Some(there) => Err(self.another(&there, *fingerprint)),
            None => Err(VaultError::Gone { name: name.clone(), fingerprint: *fingerprint }),
        }
    }

    /// Its programs delete nothing: the key is put aside.
    fn give_up(&self, listed: &Listed) -> Result<(), VaultError> {
        self.get_listed(listed)?;
        if listed.is_retired { Ok(()) } else { self.put_aside(&listed.name, listed.fingerprint) }
    }
}

impl fmt::Debug for CommandVault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CommandVault").field("commands", &self.commands).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
