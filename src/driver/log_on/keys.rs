//! The keys of a log-on, and what offers them to ssh.
//!
//! A key is a file: the vault's own, or one in the memory of this machine. Where neither can be, an
//! agent has all keys of the log-on, since ssh tries what an agent has before any file.

use std::{path::PathBuf, time::Duration};

use super::{judge::Key, problem::LogOnProblem};
use crate::{
    driver::{failure::with_causes, key_agent::KeyAgent, outside::Executor, process::absolute},
    keys::PrivateKey,
    model::{CloudName, SshProof},
    vault::{Lent, VaultError},
};

/// How much longer than two log-ons an agent has its keys.
const SPARE: Duration = Duration::from_secs(60);

/// A private key that is tried.
pub(super) struct Identity<'a> {
    name: &'a CloudName,
    sha256: String,
    /// The private key, or the public half of one that an agent has.
    pub(super) file: PathBuf,
    /// Keeps the file.
    _lent: Option<Lent>,
}

impl Identity<'_> {
    pub(super) fn key(&self) -> Key<'_> {
        Key { name: self.name, sha256: &self.sha256 }
    }
}

/// The keys of a log-on.
pub(super) struct Keys<'a> {
    /// That which must be accepted.
    pub(super) wanted: Identity<'a>,
    /// That which must be refused, if the vault has it.
    pub(super) unwanted: Option<Identity<'a>>,
    /// What has them, if they are no files.
    agent: Option<KeyAgent>,
}

impl Keys<'_> {
    /// Where the agent is asked that has the keys.
    pub(super) fn agent(&self) -> Option<PathBuf> {
        self.agent.as_ref().map(KeyAgent::socket)
    }
}

/// Why there is no file.
enum NoFile {
    /// It can be nowhere.
    Nowhere,
    /// Of another reason.
    Other(LogOnProblem),
}

impl Executor<'_> {
    /// The keys of a log-on: that which must be accepted, and that which must be refused.
    pub(super) fn keys<'n>(
        &self,
        proof: &SshProof,
        key: &'n CloudName,
        refused: Option<&'n CloudName>,
    ) -> Result<Keys<'n>, LogOnProblem> {
        match self.as_files(key, refused) {
            Ok(keys) => Ok(keys),
            Err(NoFile::Other(problem)) => Err(problem),
            Err(NoFile::Nowhere) => self.in_agent(proof, key, refused),
        }
    }

    fn as_files<'n>(
        &self,
        key: &'n CloudName,
        refused: Option<&'n CloudName>,
    ) -> Result<Keys<'n>, NoFile> {
        let no_key = || NoFile::Other(LogOnProblem::NoKey(key.clone()));
        let wanted = self.as_file(key)?.ok_or_else(no_key)?;
        // One that was put aside is not looked for: its pair was deleted, and no guest had it.
        let unwanted = refused.map(|name| self.as_file(name)).transpose()?.flatten();
        Ok(Keys { wanted, unwanted, agent: None })
    }

    /// A key as a file, unless the vault has no such key.
    fn as_file<'n>(&self, name: &'n CloudName) -> Result<Option<Identity<'n>>, NoFile> {
        let lent = match self.vault.lend(name) {
            Ok(Some(lent)) => lent,
            Ok(None) => return Ok(None),
            Err(VaultError::NowhereToLend { .. }) => return Err(NoFile::Nowhere),
            Err(error) => return Err(NoFile::Other(unfit(&error))),
        };
        // ssh would leave it out, and so would not show what the host says to it.
        if let Some(warning) = lent.exposed() {
            return Err(NoFile::Other(LogOnProblem::KeyUnfit(warning.to_string())));
        }
        let (sha256, file) = (lent.sha256().to_owned(), absolute(lent.path()));
        Ok(Some(Identity { name, sha256, file, _lent: Some(lent) }))
    }

    /// The keys in an agent of their own. That which must be refused is tried first.
    fn in_agent<'n>(
        &self,
        proof: &SshProof,
        key: &'n CloudName,
        refused: Option<&'n CloudName>,
    ) -> Result<Keys<'n>, LogOnProblem> {
        let get = |name: &CloudName| self.vault.get(name).map_err(|error| unfit(&error));
        let wanted = get(key)?.ok_or_else(|| LogOnProblem::NoKey(key.clone()))?;
        let unwanted = refused.map(|name| Ok((name, get(name)?))).transpose()?;
        let unwanted = unwanted.and_then(|(name, key)| Some((name, key?)));
        let keys: Vec<&PrivateKey> = unwanted.iter().map(|(_, key)| key).chain([&wanted]).collect();
        let lifetime = proof.timeout.duration() * 2 + SPARE;
        let agent = KeyAgent::start(&self.environment, &keys, lifetime);
        let agent = agent.map_err(LogOnProblem::NoAgent)?;
        let identity = |name, key: &PrivateKey, number| Identity {
            name,
            sha256: key.public_key().sha256(),
            file: agent.public_key(number),
            _lent: None,
        };
        let last = keys.len() - 1;
        let wanted = identity(key, &wanted, last);
        let unwanted = unwanted.as_ref().map(|(name, key)| identity(*name, key, 0));
        Ok(Keys { wanted, unwanted, agent: Some(agent) })
    }
}

fn unfit(error: &VaultError) -> LogOnProblem {
    LogOnProblem::KeyUnfit(match error {
        VaultError::Unusable { problem } => problem.to_string(),
        error => with_causes(error),
    })
}
