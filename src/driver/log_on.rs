//! A log-on to an instance: the proof that it accepts its key, and nothing that it must refuse.
//!
//! One run of ssh shows all of it. The server names the methods that it accepts before any key is
//! tried; then the key that it must refuse is tried, and after it the one that it must accept.
//! The configuration of whoever runs keyform says how hosts are reached, and must not change what
//! is shown: `arguments` sets all that could, and `judge` counts no key but ours.

mod arguments;
mod codes;
mod judge;
mod keys;
mod problem;

use std::process::Command;

use self::{
    arguments::Route,
    judge::Expected,
    keys::{Identity, Keys},
};
pub use self::{
    codes::LogOnCode,
    problem::{LogOnProblem, Refusal},
};
use super::{failure, outside::Executor, process};
use crate::{
    apply::{Answer, CallFailure},
    model::{CloudName, SshProof},
};

/// How much of what ssh says is kept; it was seen to say 13 KiB.
const OUTPUT_MAX: usize = 256 * 1024;

impl Executor<'_> {
    /// Logs on to an instance.
    pub(super) fn log_on(
        &self,
        proof: &SshProof,
        host: &str,
        key: &CloudName,
        refused: Option<&CloudName>,
    ) -> Result<Answer, CallFailure> {
        self.prove(proof, host, key, refused)
            .map(|()| Answer::Done)
            .map_err(|problem| failure::refused(problem.to_string(), problem.code().as_str()))
    }

    fn prove(
        &self,
        proof: &SshProof,
        host: &str,
        key: &CloudName,
        refused: Option<&CloudName>,
    ) -> Result<(), LogOnProblem> {
        let keys = self.keys(proof, key, refused)?;
        let shown = self.attempt(proof, host, &keys, keys.unwanted.as_ref());
        match shown {
            // The key before has let us in, so that the new one was not tried.
            Err(LogOnProblem::AcceptsOldKey(old)) => {
                Err(match self.attempt(proof, host, &keys, None) {
                    Ok(()) => LogOnProblem::AcceptsOldKey(old),
                    Err(also) => LogOnProblem::Both { also: Box::new(also), old },
                })
            }
            shown => shown,
        }
    }

    /// Logs on once: first the key is tried that must be refused, then the one that must be
    /// accepted.
    fn attempt(
        &self,
        proof: &SshProof,
        host: &str,
        keys: &Keys<'_>,
        unwanted: Option<&Identity<'_>>,
    ) -> Result<(), LogOnProblem> {
        let known_hosts = proof.known_hosts.as_ref().map(|path| self.directory.join(path));
        let (wanted, agent) = (&keys.wanted, keys.agent());
        let identities = unwanted.into_iter().chain([wanted]);
        let route = Route {
            proof,
            host,
            identities: identities.map(|identity| identity.file.as_path()).collect(),
            agent: agent.as_deref(),
            known_hosts: known_hosts.as_deref(),
        };
        let mut command = Command::new(&self.ssh);
        let arguments = route.arguments().map_err(LogOnProblem::Unfit)?;
        command.args(arguments).current_dir(&self.directory);
        self.environment.pass_to(&mut command, &proof.pass_environment);
        self.tell_trace(&mut command);
        // Its sentences are read.
        command.env("LC_ALL", "C");
        let ended = process::run(command, proof.timeout.duration(), OUTPUT_MAX);
        Expected { proof, host, wanted: wanted.key(), unwanted: unwanted.map(Identity::key) }
            .judge(&ended)
    }
}
