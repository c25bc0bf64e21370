//! The programs of a vault, played in this process: for tests and simulations.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use zeroize::Zeroizing;

use super::run::{CommandEnd, CommandProblem, CommandRun, Commands};
use crate::model::{VaultCommands, schedule::Span};

/// Programs that keep keys as `examples/vaults` do, atomically, and that can fail.
///
/// A clone shares what is kept.
#[derive(Clone, Default)]
pub struct PlayedCommands(Arc<Mutex<Played>>);

#[derive(Default)]
struct Played {
    /// By name.
    keys: BTreeMap<String, Kept>,
    /// By name and fingerprint.
    retired: BTreeMap<(String, String), Kept>,
    runs: usize,
    failure: Option<(usize, PlayedFailure)>,
}

#[derive(Clone)]
struct Kept {
    fingerprint: String,
    pem: Zeroizing<Vec<u8>>,
}

/// How a run of a program fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlayedFailure {
    /// Before it did anything.
    Before,
    /// After it did all: only its answer is lost.
    After,
}

impl PlayedCommands {
    /// Programs that keep nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Other programs that keep the same keys.
    #[must_use]
    pub fn fork(&self) -> Self {
        let Played { keys, retired, .. } = &*self.played();
        let (keys, retired) = (keys.clone(), retired.clone());
        Self(Arc::new(Mutex::new(Played { keys, retired, ..Played::default() })))
    }

    /// What a manifest would say of them.
    #[must_use]
    pub fn choice() -> VaultCommands {
        let command = |verb: &str| vec!["played".to_owned(), verb.to_owned()];
        VaultCommands {
            put: command("put"),
            get: command("get"),
            retire: command("retire"),
            list: Some(command("list")),
            timeout: Span::seconds(60),
            pass_environment: Vec::new(),
        }
    }

    /// How many programs were run.
    #[must_use]
    pub fn runs(&self) -> usize {
        self.played().runs
    }

    /// Lets the run of this number, from 0, fail.
    pub fn fail_at(&self, run: usize, failure: PlayedFailure) {
        self.played().failure = Some((run, failure));
    }

    /// The private keys that are kept, as PEM, with their names; also those that were put aside.
    #[must_use]
    pub fn kept(&self) -> Vec<(String, Zeroizing<Vec<u8>>)> {
        let played = self.played();
        let keys = played.keys.iter().map(|(name, kept)| (name.clone(), kept.pem.clone()));
        let retired =
            played.retired.iter().map(|((name, _), kept)| (name.clone(), kept.pem.clone()));
        keys.chain(retired).collect()
    }

    /// The names under which keys are kept, without those that were put aside.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        self.played().keys.keys().cloned().collect()
    }

    /// Loses the key of a name, as no vault should.
    pub fn lose(&self, name: &str) {
        self.played().keys.remove(name);
    }

    /// Puts anything in the place of a key.
    pub fn plant(&self, name: &str, fingerprint: &str, pem: &[u8]) {
        let kept = Kept { fingerprint: fingerprint.to_owned(), pem: Zeroizing::new(pem.to_vec()) };
        self.played().keys.insert(name.to_owned(), kept);
    }

    fn played(&self) -> MutexGuard<'_, Played> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Played {
    fn run(&mut self, run: &CommandRun<'_>) -> Result<Zeroizing<Vec<u8>>, &'static str> {
        let verb = run.command.last().map_or("", String::as_str);
        match (verb, run.arguments) {
            ("put", [name, fingerprint]) => self.put(name, fingerprint, run.input.unwrap_or(b"")),
            ("get", [name]) => Ok(self.keys.get(*name).map(Kept::pem).unwrap_or_default()),
            ("get", [name, fingerprint]) => Ok(self.find(name, fingerprint)),
            ("retire", [name, fingerprint]) => self.retire(name, fingerprint),
            ("list", []) => Ok(Zeroizing::new(self.list().into_bytes())),
            _ => Err("these arguments are wrong"),
        }
    }

    fn put(
        &mut self,
        name: &str,
        fingerprint: &str,
        pem: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, &'static str> {
        match self.keys.get(name) {
            Some(there) if there.pem.as_slice() != pem => Err("another key is there"),
            _ => {
                let pem = Zeroizing::new(pem.to_vec());
                self.keys
                    .insert(name.to_owned(), Kept { fingerprint: fingerprint.to_owned(), pem });
                Ok(Zeroizing::default())
            }
        }
    }

    fn find(&self, name: &str, fingerprint: &str) -> Zeroizing<Vec<u8>> {
        let retired = self.retired.get(&(name.to_owned(), fingerprint.to_owned()));
        retired.map(Kept::pem).unwrap_or_default()
    }

    fn retire(
        &mut self,
        name: &str,
        fingerprint: &str,
    ) -> Result<Zeroizing<Vec<u8>>, &'static str> {
        match self.keys.get(name) {
            Some(kept) if kept.fingerprint == fingerprint => {
                let address = (name.to_owned(), fingerprint.to_owned());
                let kept = kept.clone();
                self.retired.insert(address, kept);
                self.keys.remove(name);
                Ok(Zeroizing::default())
            }
            _ => Err("there is no such key"),
        }
    }

    fn list(&self) -> String {
        let keys = self.keys.iter().map(|(name, kept)| format!("{name} {}\n", kept.fingerprint));
        let retired = self.retired.keys().map(|(name, print)| format!("{name} {print} retired\n"));
        keys.chain(retired).collect()
    }
}

impl Kept {
    fn pem(&self) -> Zeroizing<Vec<u8>> {
        self.pem.clone()
    }
}

impl Commands for PlayedCommands {
    fn run(&self, run: &CommandRun<'_>) -> Result<Zeroizing<Vec<u8>>, CommandProblem> {
        let mut played = self.played();
        let number = played.runs;
        played.runs += 1;
        let fails = played.failure.filter(|(at, _)| *at == number).map(|(_, failure)| failure);
        let problem = |errors: &str| CommandProblem {
            program: run.command.join(" "),
            end: CommandEnd::Code(1),
            errors: errors.to_owned(),
        };
        if fails == Some(PlayedFailure::Before) {
            return Err(problem("it was made to fail"));
        }
        let answer = played.run(run).map_err(problem)?;
        match fails {
            Some(_) => Err(problem("its answer was lost")),
            None => Ok(answer),
        }
    }
}

impl fmt::Debug for PlayedCommands {
    /// Without the keys (L4).
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PlayedCommands").finish_non_exhaustive()
    }
}
