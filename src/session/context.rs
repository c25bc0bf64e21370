//! What a session takes from outside.

use std::{io, sync::Arc, time::Duration};

use super::machine::HostPolicy;
use crate::{
    alicloud::{ProxyProblem, Surroundings},
    disk::Disk,
    driver::{Clock, Environment, StopSwitch, VirtualClock},
    keys::KeySource,
    model::{Timestamp, TraceParent},
    rights::RightsReport,
    store::HeldBy,
    vault::Commands,
};

/// Everything that a session takes from outside, so that a test can bring its own.
#[derive(Clone)]
pub struct Context {
    /// Where files are.
    pub disk: Arc<dyn Disk>,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Where private keys come from.
    pub keys: Arc<dyn KeySource>,
    /// How the programs of vaults are run.
    pub commands: Arc<dyn Commands>,
    /// What the programs of a run see of it.
    pub environment: Environment,
    /// Sixteen random bytes for a new lineage.
    pub random: fn() -> io::Result<[u8; 16]>,
    /// Sixteen random bytes for the id of a run.
    pub run_id: fn() -> io::Result<[u8; 16]>,
    /// How calls are run.
    pub engine: Engine,
    /// Whether the embedded cloud, which has no limits, is called no more often than the real one.
    pub is_paced: bool,
    /// Asks a run to stop.
    pub stop: StopSwitch,
    /// A run begins nothing of which the estimated end lies beyond this.
    pub deadline: Option<Timestamp>,
    /// Who runs the program, for others that meet its lock.
    pub runner: Invoker,
    /// How another run's lock is waited for.
    pub lock_wait: LockWait,
    /// What holds on this machine beyond what the manifests say.
    pub machine: HostPolicy,
    /// What the search for credentials takes from this machine; asked where a project needs some.
    pub surroundings: fn() -> Result<Surroundings, ProxyProblem>,
}

/// How calls are run.
#[derive(Clone, Debug)]
pub enum Engine {
    /// In so many threads.
    Threads(usize),
    /// One after the other, with a clock that jumps.
    Inline(VirtualClock),
}

impl Engine {
    /// How many things it does at once.
    pub(super) fn threads(&self) -> usize {
        match self {
            Self::Threads(threads) => *threads,
            Self::Inline(_) => 1,
        }
    }
}

/// Who runs the program.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Invoker {
    /// The user's name.
    pub user: String,
    /// The machine's name.
    pub host: String,
    /// The number of the process.
    pub pid: u32,
    /// The command line.
    pub command: String,
    /// The page of the CI job that it runs in.
    pub ci_url: Option<String>,
    /// The trace that it is a part of, which programs of a run are told.
    pub trace_parent: Option<TraceParent>,
    /// The commit that it runs from, as CI says.
    pub commit: Option<String>,
}

/// How another run's lock is waited for.
#[derive(Clone, Copy, Debug)]
pub struct LockWait {
    /// For how long.
    pub timeout: Duration,
    /// Hears once, before the waiting begins, of whom it is for.
    pub on_wait: fn(&HeldBy),
}

/// That an apply looks at the caller's rights before its first write.
#[derive(Clone, Copy, Debug)]
pub struct RightsCheck {
    /// Hears what was found out, if nothing is missing.
    pub on_checked: fn(&RightsReport),
}
