//! The arguments that several commands share.

use std::{path::PathBuf, time::Duration};

use clap::{Args, ValueEnum};

use crate::model::parse_duration;

/// How something is shown: for people, or for programs.
// The values have no help of their own, since one more line each would stretch every option.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    #[default]
    Text,
    Json,
}

#[derive(Debug, Args)]
pub(super) struct FormatOption {
    /// Text for people, or JSON for programs
    #[arg(long, value_enum, default_value_t)]
    pub(super) format: Format,
}

#[derive(Debug, Args)]
pub(super) struct KeysOption {
    /// Keep private keys in DIR, wherever it is [env: KEYFORM_PRIVATE_KEYS]
    #[arg(long = "private-keys", value_name = "DIR")]
    pub(super) private_keys: Option<PathBuf>,
}

pub(super) fn duration(text: &str) -> Result<Duration, &'static str> {
    parse_duration(text).ok_or("write a whole number and its unit, such as 30s, 50m or 2h")
}

#[derive(Debug, Args)]
pub(super) struct LockOptions {
    /// Wait so long if another run holds the lock, such as 30s or 5m
    #[arg(long = "lock-timeout", value_name = "DURATION", default_value = "0s", value_parser = duration)]
    pub(super) timeout: Duration,
}
