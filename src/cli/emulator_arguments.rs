//! The arguments of `keyform emulator`.

use std::{net::SocketAddr, path::PathBuf};

use clap::{Args, Subcommand};

use crate::{
    model::{InstanceId, Region},
    session::{self, ConsoleCommand, ConsoleVerb, DEFAULT_ACCOUNT},
};

#[derive(Debug, Args)]
pub(super) struct EmulatorOptions {
    #[command(subcommand)]
    pub(super) command: EmulatorCommand,
}

#[derive(Debug, Subcommand)]
pub(super) enum EmulatorCommand {
    /// Serve the ECS API of a cloud that is not real, for keyform, Terraform and the vendor's SDKs
    #[command(after_help = "Examples:\n  \
        keyform emulator serve --inventory inventory.yaml\n  \
        keyform emulator serve --inventory inventory.yaml --listen 127.0.0.1:0 --port-file port\n  \
        keyform emulator serve --inventory inventory.yaml --faults faults.yaml\n\n\
        It verifies both signatures of the API. docs/emulator.md lists its operations, and how each\n\
        client is pointed at it.")]
    Serve(ServeOptions),
    /// Do by hand what people do to instances at the console, so that drift can be rehearsed
    #[command(after_help = "Examples:\n  \
        keyform emulator instance reboot i-bp1a0001           in the project of this directory\n  \
        keyform emulator instance stop i-bp1a0001 --server http://127.0.0.1:8080\n  \
        keyform emulator instance tag i-bp1a0001 --add role=web --remove keyform:hold")]
    Instance(InstanceOptions),
}

#[derive(Debug, Args)]
pub(super) struct ServeOptions {
    /// The instances that there are: a file of kind Inventory
    #[arg(long, value_name = "FILE")]
    pub(super) inventory: PathBuf,
    /// Where to listen; port 0 is any that is free
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8080")]
    pub(super) listen: SocketAddr,
    /// Write the port to FILE once the server listens
    #[arg(long = "port-file", value_name = "FILE")]
    pub(super) port_file: Option<PathBuf>,
    /// What it does wrong, and how it behaves where the service's documents leave it open
    #[arg(long, value_name = "FILE")]
    pub(super) faults: Option<PathBuf>,
    /// The access keys that it knows [default: emulator, with the secret emulator]
    #[arg(long, value_name = "FILE")]
    pub(super) credentials: Option<PathBuf>,
    /// The id of the account that it is
    #[arg(long, value_name = "ID", default_value = DEFAULT_ACCOUNT, value_parser = account)]
    pub(super) account: String,
    /// Keep its state in DIR; without it, it is in memory and gone when the server ends
    #[arg(long, value_name = "DIR")]
    pub(super) state: Option<PathBuf>,
}

impl ServeOptions {
    /// As the use case takes them.
    pub(super) fn settings(&self) -> session::ServeOptions {
        session::ServeOptions {
            listen: self.listen,
            inventory: self.inventory.clone(),
            faults: self.faults.clone(),
            credentials: self.credentials.clone(),
            account: self.account.clone(),
            state: self.state.clone(),
            port_file: self.port_file.clone(),
        }
    }
}

fn account(text: &str) -> Result<String, &'static str> {
    let is_account = text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_account { Ok(text.to_owned()) } else { Err("an account's id has 16 digits") }
}

#[derive(Debug, Args)]
pub(super) struct InstanceOptions {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Start instances that are Stopped
    Start(Target),
    /// Stop instances that are Running
    Stop(Target),
    /// Restart instances that are Running
    Reboot(Target),
    /// Release instances: they do not exist any more
    Release(Target),
    /// Add and remove tags of instances
    Tag(TagOptions),
}

#[derive(Debug, Args)]
struct Target {
    /// The ids of the instances
    #[arg(value_name = "INSTANCE", required = true)]
    instances: Vec<String>,
    /// Where they are [default: wherever an instance has this id]
    #[arg(long, value_name = "REGION", value_parser = Region::new)]
    region: Option<Region>,
    /// Do it at the server of this address, not in the project of this directory
    #[arg(long, value_name = "URL")]
    server: Option<String>,
}

#[derive(Debug, Args)]
struct TagOptions {
    #[command(flatten)]
    target: Target,
    /// Add a tag, or change its value. Can be repeated
    #[arg(long, value_name = "KEY=VALUE", value_parser = tag, required_unless_present = "remove")]
    add: Vec<(String, String)>,
    /// Remove a tag. Can be repeated
    #[arg(long, value_name = "KEY")]
    remove: Vec<String>,
}

fn tag(text: &str) -> Result<(String, String), &'static str> {
    let tag = text.split_once('=').filter(|(key, _)| !key.is_empty());
    let (key, value) = tag.ok_or("write the key and the value of a tag, such as role=web")?;
    Ok((key.to_owned(), value.to_owned()))
}

impl InstanceOptions {
    fn target(&self) -> &Target {
        match &self.verb {
            Verb::Start(target)
            | Verb::Stop(target)
            | Verb::Reboot(target)
            | Verb::Release(target)
            | Verb::Tag(TagOptions { target, .. }) => target,
        }
    }

    /// The server that the command is for, if it is not for the project.
    pub(super) fn server(&self) -> Option<&str> {
        self.target().server.as_deref()
    }

    /// As the use case takes it.
    pub(super) fn command(&self) -> ConsoleCommand {
        let Target { instances, region, .. } = self.target();
        let (verb, add, remove) = match &self.verb {
            Verb::Start(_) => (ConsoleVerb::Start, &[][..], &[][..]),
            Verb::Stop(_) => (ConsoleVerb::Stop, &[][..], &[][..]),
            Verb::Reboot(_) => (ConsoleVerb::Reboot, &[][..], &[][..]),
            Verb::Release(_) => (ConsoleVerb::Release, &[][..], &[][..]),
            Verb::Tag(tags) => (ConsoleVerb::Tag, &tags.add[..], &tags.remove[..]),
        };
        ConsoleCommand {
            verb,
            instance_ids: instances.iter().map(|id| InstanceId::new(id.as_str())).collect(),
            region: region.clone(),
            add: add.iter().cloned().collect(),
            remove: remove.to_vec(),
        }
    }
}
