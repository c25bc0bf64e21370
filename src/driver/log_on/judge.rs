//! What a log-on has shown, by what ssh said of it.

use std::io;

use crate::{
    driver::process::{End, Ended, plain},
    model::{CloudName, SshProof},
};

mod said;

use said::{Said, Session};

/// How it is told that a host accepts a key which it must refuse.
pub(super) const STILL_ACCEPTS: &str = "it still accepts the private key of";

/// A key, by its name in the vault.
#[derive(Clone, Copy)]
pub(super) struct Key<'a> {
    pub(super) name: &'a CloudName,
    /// Its print, as ssh shows it.
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
    pub(super) fn judge(&self, ended: &Ended) -> Result<(), String> {
        let said = Said::read(&ended.output);
        match &ended.end {
            End::NotStarted(error) if error.kind() == io::ErrorKind::NotFound => {
                Err("ssh is not installed here; install the client of OpenSSH, or let a program \
                     of yours prove the log-on (proof: {command: …})"
                    .to_owned())
            }
            End::NotStarted(error) => Err(format!("ssh could not be started: {}", plain(error))),
            End::TookTooLong => Err(self.too_long(&said)),
            End::Code(_) | End::Signal(_) => match said.session() {
                None => Err(self.unreachable(&said)),
                // A key that is accepted and not enough is not the last one that signs.
                Some(session) if session.wants_more() => Err(format!(
                    "it asks for more than a key, so that no log-on shows whether it accepts the \
                     private key of {}",
                    self.wanted.name
                )),
                Some(session) if session.is_let_in() => self.let_in(&session, &said, &ended.end),
                Some(session) => Err(self.not_let_in(&session, &said)),
            },
        }
    }

    fn too_long(&self, said: &Said<'_>) -> String {
        let timeout = self.proof.timeout;
        let detail = said.error().map(|error| format!("; ssh said: {error}")).unwrap_or_default();
        let hint = match self.proof.jump {
            // ssh asks for what it needs there, at a terminal that is not its own.
            Some(_) => "; the jump host has to let ssh in without a question",
            None => "",
        };
        format!("the log-on took longer than {timeout} and was ended{detail}{hint}")
    }

    fn unreachable(&self, said: &Said<'_>) -> String {
        let error = said.error().unwrap_or("ssh said nothing");
        // The host's own key is looked at later.
        if said.has("Host key verification failed") {
            return "the host key of a host on the way to it is not the one that ssh knows; log on \
                    to that once with ssh, or put its host key into the known hosts of ssh"
                .to_owned();
        }
        if said.has("Could not resolve hostname") {
            format!("its name or one on the way to it is not known: {error}")
        } else if said.has("timed out") {
            format!("it did not answer: {error}")
        } else if said.has("Connection refused") {
            format!("the connection was refused: {error}")
        } else {
            format!("it could not be reached: {error}")
        }
    }

    fn let_in(&self, session: &Session<'_>, said: &Said<'_>, end: &End) -> Result<(), String> {
        self.by_which(session)?;
        if let Some(key) = self.unwanted.filter(|key| !session.has_tried(key.sha256)) {
            let old = key.name;
            return Err(format!("ssh did not show whether it refuses the private key of {old}"));
        }
        match session.methods() {
            None => return Err("ssh did not show whether it accepts passwords".to_owned()),
            Some(methods) if methods.takes_passwords() => {
                return Err(format!("it still accepts passwords ({})", methods.text));
            }
            Some(_) => {}
        }
        let Key { name, .. } = self.wanted;
        let error = said.error().map(|error| format!(": {error}")).unwrap_or_default();
        match end {
            End::Code(0) => Ok(()),
            End::Code(code) => Err(format!(
                "it accepts the private key of {name}, but runs no command for {}: `true` ended \
                 with {code}{error}",
                self.proof.user
            )),
            _ => Err(format!(
                "it accepts the private key of {name}, but the connection broke{error}"
            )),
        }
    }

    /// Nothing if the host let us in by the key that it must accept.
    fn by_which(&self, session: &Session<'_>) -> Result<(), String> {
        let Key { name, sha256 } = self.wanted;
        let Some(accepted) = session.accepted() else {
            return Err("it lets in whoever asks, without a key".to_owned());
        };
        match self.unwanted {
            Some(key) if accepted.sha256 == key.sha256 => {
                let old = key.name;
                Err(format!("{STILL_ACCEPTS} {old} (the generation before)"))
            }
            _ if accepted.sha256 != sha256 => Err(format!(
                "it {}; it accepts another, which the configuration of ssh adds ({})",
                self.refuses(session),
                accepted.sha256
            )),
            _ if accepted.is_certificate() => Err(format!(
                "it accepts a certificate for the key of {name}, which does not show that it \
                 accepts the key itself"
            )),
            _ => Ok(()),
        }
    }

    fn not_let_in(&self, session: &Session<'_>, said: &Said<'_>) -> String {
        let host = self.host;
        if said.has("REMOTE HOST IDENTIFICATION HAS CHANGED") {
            return format!(
                "its host key is not the one that is known for {host}: it is another machine, or \
                 was made anew; then put its new host key in the place of the old one"
            );
        }
        if said.has("Host key verification failed") || said.has("host key is known for") {
            return match &self.proof.known_hosts {
                Some(file) => format!("its host key is not known; add a line for {host} to {file}"),
                None => format!(
                    "its host key is not known; name a file that has it as `knownHosts` of the \
                     proof, or let ssh add those of new hosts: `StrictHostKeyChecking accept-new` \
                     for {host} in its configuration"
                ),
            };
        }
        let Some(methods) = session.methods() else {
            let error = said.error().unwrap_or("ssh said nothing");
            return format!("it ended the connection before a key was tried: {error}");
        };
        let passwords = if methods.takes_passwords() { " and accepts passwords" } else { "" };
        let (refuses, user) = (self.refuses(session), &self.proof.user);
        let error = said.error().map(|error| format!(": {error}")).unwrap_or_default();
        format!("it {refuses} for the user {user}{passwords}{error}")
    }

    /// That the key is refused, or that it was not even tried, as one may say of the host.
    fn refuses(&self, session: &Session<'_>) -> String {
        let Key { name, sha256 } = self.wanted;
        if session.has_tried(sha256) {
            format!("refuses the private key of {name}")
        } else {
            format!("was not asked whether it accepts the private key of {name}")
        }
    }
}

#[cfg(test)]
mod tests;
