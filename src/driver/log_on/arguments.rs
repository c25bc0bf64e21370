//! What ssh is told, so that its answer is about our keys whatever its configuration says.

use std::path::Path;

use crate::{model::SshProof, visible};

/// What holds in every log-on. ssh takes the first value that it hears of an option, so these go
/// before those of its configuration.
const ALWAYS: &[&str] = &[
    // What is judged: which key was accepted is only told at this level, and only so.
    "LogLevel=DEBUG3",
    "FingerprintHash=sha256",
    // Nobody is asked, and nothing is tried but keys that are named.
    "BatchMode=yes",
    "NumberOfPasswordPrompts=0",
    "PreferredAuthentications=publickey",
    "PubkeyAuthentication=yes",
    "PasswordAuthentication=no",
    "KbdInteractiveAuthentication=no",
    "IdentitiesOnly=yes",
    // All of ours are RSA. Certificates, which would be tried before them, and most other keys of
    // a configuration are left out by this. It is the older name, which all versions know.
    "PubkeyAcceptedKeyTypes=rsa-sha2-512,rsa-sha2-256",
    "PKCS11Provider=none",
    // A connection of its own: one that somebody has open was let in with another key.
    "ControlMaster=no",
    "ControlPath=none",
    "ControlPersist=no",
    // Nothing is done there or here but to log on.
    "RemoteCommand=none",
    "RequestTTY=no",
    "PermitLocalCommand=no",
    "ClearAllForwardings=yes",
    "ForwardAgent=no",
    "ForwardX11=no",
    "Tunnel=no",
    "AddKeysToAgent=no",
    "UpdateHostKeys=no",
    "ConnectionAttempts=1",
];

/// The way to an instance, and the keys to try there.
pub(super) struct Route<'a> {
    pub(super) proof: &'a SshProof,
    pub(super) host: &'a str,
    /// The files of the keys, in the order in which they are tried.
    pub(super) identities: Vec<&'a Path>,
    /// The socket of the agent that has them; the files are public halves then.
    pub(super) agent: Option<&'a Path>,
    pub(super) known_hosts: Option<&'a Path>,
}

impl Route<'_> {
    /// The arguments of ssh, or why it cannot be told.
    pub(super) fn arguments(&self) -> Result<Vec<String>, String> {
        let proof = self.proof;
        let mut options: Vec<String> = ALWAYS.iter().map(|&option| option.to_owned()).collect();
        // A little less than all, so that ssh itself says what it waited for.
        let seconds = proof.timeout.duration().as_secs() * 4 / 5;
        options.push(format!("ConnectTimeout={}", seconds.max(1)));
        // Of any other agent nothing is asked.
        options.push(match self.agent {
            Some(socket) => format!("IdentityAgent={}", quoted(socket)?),
            None => "IdentityAgent=none".to_owned(),
        });
        for file in &self.identities {
            options.push(format!("IdentityFile={}", quoted(file)?));
        }
        if let Some(file) = self.known_hosts {
            options.push("StrictHostKeyChecking=yes".to_owned());
            options.push(format!("UserKnownHostsFile={}", quoted(file)?));
            options.push("GlobalKnownHostsFile=/dev/null".to_owned());
            options.push("VerifyHostKeyDNS=no".to_owned());
        }
        let mut arguments = vec!["-n".to_owned(), "-T".to_owned()];
        arguments.extend(options.into_iter().flat_map(|option| ["-o".to_owned(), option]));
        let mut add = |option: &str, value: String| arguments.extend([option.to_owned(), value]);
        add("-l", accepted("user", &proof.user, "@+")?);
        if let Some(port) = proof.port {
            add("-p", port.to_string());
        }
        if let Some(jump) = &proof.jump {
            add("-J", accepted("jump host", jump, "@+,:/[]%")?);
        }
        add("--", accepted("address", self.host, ":[]%")?);
        arguments.push("true".to_owned());
        Ok(arguments)
    }
}

/// A text that is no option and means nothing to the shells that ssh may pass it to. Addresses and
/// names of instances come from the cloud, where others can write them.
fn accepted(what: &str, text: &str, besides: &str) -> Result<String, String> {
    let is_fine =
        |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-') || besides.contains(c);
    if text.is_empty() {
        Err(format!("its {what} is empty, so that ssh cannot log on"))
    } else if text.starts_with('-') || !text.chars().all(is_fine) {
        let begin: String = text.chars().take(60).collect();
        let shown = visible::line(&begin);
        Err(format!("its {what} `{shown}` has characters that ssh is not given"))
    } else {
        Ok(text.to_owned())
    }
}

/// A path as a value of an option, in which blanks and percent signs would mean something else.
fn quoted(path: &Path) -> Result<String, String> {
    let is_fine = |c: char| !visible::is_unseen(c) && !matches!(c, '"' | '\\' | '$');
    match path.to_str() {
        Some(text) if text.chars().all(is_fine) => Ok(format!("\"{}\"", text.replace('%', "%%"))),
        _ => Err(format!(
            "ssh cannot be told of the file {}, whose path has a quote, a backslash, a dollar sign \
             or the like",
            visible::line(&path.display().to_string())
        )),
    }
}

#[cfg(test)]
mod tests;
