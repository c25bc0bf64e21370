//! Who holds a lock, as its content says.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{
    model::{RunId, Timestamp},
    visible,
};

/// The most characters of a part of a holder's details that are shown.
const SHOWN_MAX: usize = 200;

/// Who holds a lock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Holder {
    /// The user's name.
    pub user: String,
    /// The machine's name.
    pub host: String,
    /// The number of the process.
    pub pid: u32,
    /// The command line.
    pub command: String,
    /// When it took the lock.
    pub since: Timestamp,
    /// The page of the CI job that it runs in, without a user and a password.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ci_url: Option<String>,
    /// The commit that it runs from, as CI says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// The digest of the plan that it applies, if that was saved before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    /// The id of the run, which `keyform state unlock` takes.
    pub run: RunId,
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { user, host, pid, command, since, ci_url, .. } = self;
        let (user, host, command) = (shown(user), shown(host), shown(command));
        write!(f, "{user} on {host} runs `{command}` (pid {pid}) since {since}")?;
        ci_url.as_ref().map_or(Ok(()), |url| write!(f, ", see {}", shown(url)))
    }
}

/// Who holds a lock, as far as it can be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HeldBy {
    /// A run, as it says of itself.
    Run(Holder),
    /// One that only the server of the lock knows, such as a run of Terraform.
    Other(OtherHolder),
    /// The lock does not say whose it is.
    Unknown,
}

/// Who holds a lock, as its server says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OtherHolder {
    /// The id of its lock.
    pub id: String,
    /// A user, with or without a machine.
    pub who: String,
    /// What it does; empty, if that is not known.
    pub operation: String,
    /// When it took the lock; empty, if that is not known.
    pub since: String,
}

impl HeldBy {
    /// What can be read of it; `None` says that it cannot be read.
    #[must_use]
    pub fn read(holder: Option<Holder>) -> Self {
        holder.map_or(Self::Unknown, Self::Run)
    }

    /// The run that holds it, if it says of itself who it is.
    #[must_use]
    pub fn holder(&self) -> Option<&Holder> {
        match self {
            Self::Run(holder) => Some(holder),
            Self::Other(_) | Self::Unknown => None,
        }
    }

    /// The id that `keyform state unlock` takes, if a run of keyform holds it.
    #[must_use]
    pub fn run(&self) -> Option<RunId> {
        match self {
            Self::Run(holder) => Some(holder.run.clone()),
            Self::Other(other) => RunId::parse(&other.id),
            Self::Unknown => None,
        }
    }
}

impl fmt::Display for HeldBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Run(holder) => holder.fmt(f),
            Self::Other(other) => other.fmt(f),
            Self::Unknown => f.write_str("the lock does not say whose it is"),
        }
    }
}

impl fmt::Display for OtherHolder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { id, who, operation, since } = self;
        f.write_str(&shown(who))?;
        if !operation.is_empty() {
            write!(f, " does `{}`", shown(operation))?;
        }
        if !since.is_empty() {
            write!(f, " since {}", shown(since))?;
        }
        write!(f, ", with the lock {}", shown(id))
    }
}

/// A text of a file that anybody may have written, as a terminal can take it.
fn shown(text: &str) -> String {
    let begin: String = text.chars().take(SHOWN_MAX).collect();
    visible::line(&begin).into_owned()
}
