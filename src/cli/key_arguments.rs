//! The arguments of `keyform key`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::shared_arguments::{FormatOption, KeysOption, LockOptions};

#[derive(Debug, Args)]
pub(super) struct KeyOptions {
    #[command(subcommand)]
    pub(super) command: KeyCommand,
}

#[derive(Debug, Subcommand)]
pub(super) enum KeyCommand {
    /// List the private keys of the vault, and those that are recorded and missing
    List(KeyListOptions),
    /// Look whether each private key is there, opens, and is the recorded one; exit with 1 if not
    Check(KeyListOptions),
    /// Write a private key to a new file of mode 0600
    Get(KeyGetOptions),
    /// Keep the private key in a file, if it is that of the name
    Put(KeyPutOptions),
    /// Move all private keys from another vault, each compared before the old one goes
    Migrate(KeyMigrateOptions),
}

#[derive(Debug, Args)]
pub(super) struct KeyListOptions {
    #[command(flatten)]
    pub(super) format: FormatOption,
    #[command(flatten)]
    pub(super) keys: KeysOption,
}

#[derive(Debug, Args)]
pub(super) struct KeyGetOptions {
    /// The name of the pair in the cloud
    #[arg(value_name = "NAME")]
    pub(super) name: String,
    /// Write to FILE, which must not exist [default: NAME.pem]
    #[arg(short, long = "out", value_name = "FILE", conflicts_with = "stdout")]
    pub(super) out: Option<PathBuf>,
    /// Print the private key to standard output instead
    #[arg(long)]
    pub(super) stdout: bool,
    #[command(flatten)]
    pub(super) keys: KeysOption,
}

#[derive(Debug, Args)]
pub(super) struct KeyPutOptions {
    /// The name of the pair in the cloud
    #[arg(value_name = "NAME")]
    pub(super) name: String,
    /// The file of the private key: an unencrypted PEM, PKCS#8
    #[arg(value_name = "FILE")]
    pub(super) file: PathBuf,
    #[command(flatten)]
    pub(super) lock: LockOptions,
    #[command(flatten)]
    pub(super) keys: KeysOption,
}

#[derive(Debug, Args)]
pub(super) struct KeyMigrateOptions {
    /// Where they have been: a directory of private keys, or an earlier keyform.yaml in a file
    /// outside of the project
    #[arg(long, value_name = "PATH")]
    pub(super) from: PathBuf,
    #[command(flatten)]
    pub(super) lock: LockOptions,
}
