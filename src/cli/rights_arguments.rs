//! The arguments of `keyform ram-policy`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::rights::Purpose;

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    keyform ram-policy > policy.json   for the role that applies: it may plan too\n  \
    keyform ram-policy --for plan      for the role that plans, which may only read\n  \
    keyform ram-policy plan.json       for this plan alone, with each instance and pair by its name\n  \
    keyform ram-policy --format text   a table of actions, resources and the vendor's pages\n\n\
    It asks no cloud and no credentials. docs/ram.md tells how the two roles are made.")]
pub(super) struct RamPolicyOptions {
    /// A plan written by `keyform plan -o`; without one, whatever the project may come to plan
    #[arg(value_name = "PLAN")]
    pub(super) plan: Option<PathBuf>,
    /// Whose policy: what apply needs has what plan needs
    #[arg(long = "for", value_enum, value_name = "COMMAND", default_value = "apply")]
    pub(super) purpose: Command,
    /// JSON to be pasted into RAM, or a table for people
    #[arg(long, value_enum, default_value = "json")]
    pub(super) format: PolicyFormat,
}

/// Which command a policy is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Command {
    Plan,
    Apply,
}

impl Command {
    /// As the use case takes it.
    pub(super) fn purpose(self) -> Purpose {
        match self {
            Self::Plan => Purpose::Plan,
            Self::Apply => Purpose::Apply,
        }
    }
}

/// How a policy is shown: as RAM takes it, or as people read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum PolicyFormat {
    Json,
    Text,
}
