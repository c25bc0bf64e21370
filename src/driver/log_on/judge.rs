//! What a log-on has shown, by what ssh said of it.

use std::io;

use super::problem::{LogOnProblem, Refusal};
use crate::{
    driver::process::{End, Ended, plain},
    model::{CloudName, SshProof},
};

mod said;

use said::{Said, Session};

/// A key, by its name in the vault.
#[derive(Clone, Copy)]
pub(super) struct Key<'a> {
    pub(super) name: &'a CloudName,
    /// Its fingerprint, as ssh shows it.
    pub(super) sha256: &'a str,
}

/// What a log-on has to show.
pub(super) struct Expected<'a> {
    pub(super) proof: &'a SshProof,
    pub(super) host: &'a str,
    /// What the host has to accept.
    pub(super) wanted: Key<'a>,
    /// What the host has to refuse; it is tried first.
    pub(super) unwanted: Option<Key<'a>>,
}

impl Expected<'_> {
    /// Nothing if all of it was shown, or what was not. What was not seen was not shown.
    pub(super) fn judge(&self, ended: &Ended) -> Result<(), LogOnProblem> {
        let said = Said::read(&ended.output);
        match &ended.end {
            End::NotStarted(error) if error.kind() == io::ErrorKind::NotFound => {
                Err(LogOnProblem::NoSsh)
            }
            End::NotStarted(error) => Err(LogOnProblem::SshNotStarted(plain(error))),
            End::TookTooLong => Err(self.too_long(&said)),
            End::Code(_) | End::Signal(_) => match said.session() {
                None => Err(self.unreachable(&said)),
                // A key that is accepted and not enough is not the last one that signs.
                Some(session) if session.wants_more() => {
                    Err(LogOnProblem::AsksForMore(self.wanted.name.clone()))
                }
                Some(session) if session.is_let_in() => self.let_in(&session, &said, &ended.end),
                Some(session) => Err(self.not_let_in(&session, &said)),
            },
        }
    }

    fn too_long(&self, said: &Said<'_>) -> LogOnProblem {
        LogOnProblem::TooLong {
            timeout: self.proof.timeout,
            said: said.error().map(str::to_owned),
            jumps: self.proof.jump.is_some(),
        }
    }

    fn unreachable(&self, said: &Said<'_>) -> LogOnProblem {
        let error = said.error().unwrap_or("ssh said nothing").to_owned();
        // The host's own key is looked at later.
        if said.has("Host key verification failed") {
            LogOnProblem::JumpHostKey
        } else if said.has("Could not resolve hostname") {
            LogOnProblem::NameUnknown(error)
        } else if said.has("timed out") {
            LogOnProblem::NoAnswer(error)
        } else if said.has("Connection refused") {
            LogOnProblem::ConnectionRefused(error)
        } else {
            LogOnProblem::Unreachable(error)
        }
    }

    fn let_in(
        &self,
        session: &Session<'_>,
        said: &Said<'_>,
        end: &End,
    ) -> Result<(), LogOnProblem> {
        self.by_which(session)?;
        if let Some(key) = self.unwanted.filter(|key| !session.has_tried(key.sha256)) {
            return Err(LogOnProblem::OldKeyNotTried(key.name.clone()));
        }
        match session.methods() {
            None => return Err(LogOnProblem::PasswordsNotShown),
            Some(methods) if methods.takes_passwords() => {
                return Err(LogOnProblem::AcceptsPasswords(methods.text.to_owned()));
            }
            Some(_) => {}
        }
        let (key, said) = (self.wanted.name.clone(), said.error().map(str::to_owned));
        match end {
            End::Code(0) => Ok(()),
            End::Code(code) => {
                let user = self.proof.user.clone();
                Err(LogOnProblem::CommandFailed { key, user, code: *code, said })
            }
            _ => Err(LogOnProblem::ConnectionBroke { key, said }),
        }
    }

    /// Nothing if the host let us in by the key that it must accept.
    fn by_which(&self, session: &Session<'_>) -> Result<(), LogOnProblem> {
        let Key { name, sha256 } = self.wanted;
        let Some(accepted) = session.accepted() else {
            return Err(LogOnProblem::NoKeyNeeded);
        };
        match self.unwanted {
            Some(key) if accepted.sha256 == key.sha256 => {
                Err(LogOnProblem::AcceptsOldKey(key.name.clone()))
            }
            _ if accepted.sha256 != sha256 => Err(LogOnProblem::AcceptsOtherKey {
                refusal: self.refusal(session),
                sha256: accepted.sha256.to_owned(),
            }),
            _ if accepted.is_certificate() => Err(LogOnProblem::AcceptsCertificate(name.clone())),
            _ => Ok(()),
        }
    }

    fn not_let_in(&self, session: &Session<'_>, said: &Said<'_>) -> LogOnProblem {
        let host = self.host.to_owned();
        if said.has("REMOTE HOST IDENTIFICATION HAS CHANGED") {
            return LogOnProblem::HostKeyChanged(host);
        }
        if said.has("Host key verification failed") || said.has("host key is known for") {
            return match self.proof.known_hosts.clone() {
                Some(known_hosts) => LogOnProblem::HostKeyUnknown { host, known_hosts },
                None => LogOnProblem::HostKeyUnknownToSsh(host),
            };
        }
        let Some(methods) = session.methods() else {
            return LogOnProblem::Ended(said.error().unwrap_or("ssh said nothing").to_owned());
        };
        LogOnProblem::KeyRefused {
            refusal: self.refusal(session),
            user: self.proof.user.clone(),
            passwords: methods.takes_passwords(),
            said: said.error().map(str::to_owned),
        }
    }

    /// That the key is refused, or that it was not even tried.
    fn refusal(&self, session: &Session<'_>) -> Refusal {
        let Key { name, sha256 } = self.wanted;
        if session.has_tried(sha256) {
            Refusal::Refused(name.clone())
        } else {
            Refusal::NotAsked(name.clone())
        }
    }
}

#[cfg(test)]
mod tests;
