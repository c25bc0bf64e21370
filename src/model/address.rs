//! Addresses: how records, items and messages name an object.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{CloudName, InstanceId, InstanceRef, Region};

/// What a record, a step's item or a message is about.
///
/// Written `key/web`, `pair/cn-hangzhou/web`, `instance/cn-hangzhou/i-bp1a0001` and
/// `deferred/cn-hangzhou/i-bp1a0001`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, JsonSchema)]
#[schemars(
    with = "String",
    extend("pattern" = "^(key|(pair|instance|deferred)/[A-Za-z0-9_-]{1,64})/.+$")
)]
pub enum Address {
    /// The key material of one generation, in the vault.
    Key(CloudName),
    /// A pair in one region of the cloud.
    Pair(Region, CloudName),
    /// An instance.
    Instance(InstanceRef),
    /// Work of an applied plan for an instance that its policy defers.
    Deferred(InstanceRef),
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key(name) => write!(f, "key/{name}"),
            Self::Pair(region, name) => write!(f, "pair/{region}/{name}"),
            Self::Instance(at) => write!(f, "instance/{at}"),
            Self::Deferred(at) => write!(f, "deferred/{at}"),
        }
    }
}

impl Address {
    /// Reads the written form.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (kind, rest) = text.split_once('/')?;
        match kind {
            "key" => Some(Self::Key(CloudName::new(rest))),
            "pair" | "instance" | "deferred" => {
                let (region, name) = rest.split_once('/')?;
                let region = Region::new(region).ok()?;
                Some(match kind {
                    "pair" => Self::Pair(region, CloudName::new(name)),
                    "instance" => Self::Instance(InstanceId::new(name).in_region(&region)),
                    _ => Self::Deferred(InstanceId::new(name).in_region(&region)),
                })
            }
            _ => None,
        }
    }
}

impl Serialize for Address {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Address {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text)
            .ok_or_else(|| serde::de::Error::custom(format!("`{text}` is not an address")))
    }
}
