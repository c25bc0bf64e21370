//! What people do to instances at the console, outside of the API.

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};

use super::{
    ConsoleErrorCode,
    event::{Actor, Fact},
    log::LogError,
    world::World,
};
use crate::model::{InstanceId, InstanceStatus, Region, Tags, Timestamp};

/// The most characters of the key and of the value of a tag.
const TAG_MAX: usize = 128;

/// Something that a person does to instances.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ConsoleCommand {
    /// What.
    pub verb: ConsoleVerb,
    /// To which instances.
    pub instance_ids: Vec<InstanceId>,
    /// Where they are; without it they are looked for in all regions.
    #[serde(default)]
    pub region: Option<Region>,
    /// The tags that `tag` adds.
    #[serde(default)]
    pub add: Tags,
    /// The keys of the tags that `tag` removes.
    #[serde(default)]
    pub remove: Vec<String>,
}

/// What a person does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ConsoleVerb {
    /// Starts them.
    Start,
    /// Stops them.
    Stop,
    /// Restarts them.
    Reboot,
    /// Releases them: they do not exist any more.
    Release,
    /// Changes their tags.
    Tag,
}

impl ConsoleVerb {
    /// The status that an instance must have for it; `None` for any.
    fn needs(self) -> Option<InstanceStatus> {
        match self {
            Self::Start => Some(InstanceStatus::Stopped),
            Self::Stop | Self::Reboot => Some(InstanceStatus::Running),
            Self::Release | Self::Tag => None,
        }
    }
}

impl fmt::Display for ConsoleVerb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Start => "start",
            Self::Stop => "stop",
            Self::Reboot => "reboot",
            Self::Release => "release",
            Self::Tag => "tag",
        })
    }
}

/// Why nothing was done to any of the instances.
#[derive(Debug, thiserror::Error)]
pub enum ConsoleError {
    /// There is no such instance.
    #[error(
        "the embedded cloud has no instance {id}{}, so nothing was done; its inventory lists the \
         instances, without those that were released", in_region(region.as_ref())
    )]
    NoInstance {
        /// Which.
        id: InstanceId,
        /// Where it was looked for, if not everywhere.
        region: Option<Region>,
    },
    /// An instance is in a status in which this cannot be done.
    #[error(
        "{id} is {status}, so it cannot {verb}, and nothing was done; wait until it is {needed}, \
         or leave it out"
    )]
    WrongStatus {
        /// Which.
        id: InstanceId,
        /// Its status.
        status: InstanceStatus,
        /// What was asked for.
        verb: ConsoleVerb,
        /// The status that it must have.
        needed: InstanceStatus,
    },
    /// A tag is empty or too long.
    #[error(
        "the tag `{}` was not set, and nothing was done: a key has 1 to {TAG_MAX} characters, a \
         value at most {TAG_MAX}",
        crate::visible::line(key)
    )]
    Tag {
        /// Its key.
        key: String,
    },
    /// The log cannot be read or written.
    #[error(transparent)]
    Log(#[from] LogError),
}

impl ConsoleError {
    /// Its stable code, or that of what it wraps.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoInstance { .. } => ConsoleErrorCode::NoInstance.as_str(),
            Self::WrongStatus { .. } => ConsoleErrorCode::WrongStatus.as_str(),
            Self::Tag { .. } => ConsoleErrorCode::Tag.as_str(),
            Self::Log(error) => error.code().as_str(),
        }
    }
}

fn in_region(region: Option<&Region>) -> String {
    region.map_or_else(String::new, |region| format!(" in {region}"))
}

/// What happens by a command, region by region; nothing, if one of the instances refuses it.
pub(super) fn facts(
    world: &World,
    now: Timestamp,
    command: &ConsoleCommand,
) -> Result<Vec<Fact>, ConsoleError> {
    let mut by_region: BTreeMap<&Region, Vec<InstanceId>> = BTreeMap::new();
    for id in &command.instance_ids {
        let place = command.region.as_ref().or_else(|| world.region_of(id));
        let found = place.and_then(|region| Some((region, world.status(now, region, id)?)));
        let Some((region, status)) = found else {
            return Err(ConsoleError::NoInstance {
                id: id.clone(),
                region: command.region.clone(),
            });
        };
        if let Some(needed) = command.verb.needs()
            && status != needed
        {
            let (id, verb) = (id.clone(), command.verb);
            return Err(ConsoleError::WrongStatus { id, status, verb, needed });
        }
        by_region.entry(region).or_default().push(id.clone());
    }
    check_tags(&command.add)?;
    let of_region =
        |(region, ids): (&Region, Vec<InstanceId>)| facts_of(world, command, region, ids);
    Ok(by_region.into_iter().flat_map(of_region).collect())
}

fn facts_of(
    world: &World,
    command: &ConsoleCommand,
    region: &Region,
    instance_ids: Vec<InstanceId>,
) -> Vec<Fact> {
    let (region, milliseconds) = (region.clone(), world.restart_milliseconds());
    match command.verb {
        ConsoleVerb::Start => {
            vec![Fact::Started { region, instance_ids, milliseconds: milliseconds / 2 }]
        }
        ConsoleVerb::Stop => {
            vec![Fact::StopBegun { region, instance_ids, milliseconds: milliseconds / 2 }]
        }
        ConsoleVerb::Reboot => vec![Fact::Restarted {
            region,
            instance_ids,
            milliseconds,
            lag_milliseconds: 0,
            moves_start_time: world.reboot_moves_start_time(),
            by: Actor::Person,
        }],
        ConsoleVerb::Release => vec![Fact::Released { region, instance_ids }],
        ConsoleVerb::Tag => {
            let (add, remove) = (command.add.clone(), command.remove.clone());
            let added = Fact::InstanceTagged {
                region: region.clone(),
                instance_ids: instance_ids.clone(),
                tags: add,
            };
            vec![added, Fact::InstanceUntagged { region, instance_ids, tag_keys: remove }]
        }
    }
}

fn check_tags(tags: &Tags) -> Result<(), ConsoleError> {
    let wrong = tags.iter().find(|(key, value)| {
        !(1..=TAG_MAX).contains(&key.chars().count()) || value.chars().count() > TAG_MAX
    });
    wrong.map_or(Ok(()), |(key, _)| Err(ConsoleError::Tag { key: key.clone() }))
}

#[cfg(test)]
mod tests;
