//! What someone needs a right for.

use super::right::{RIGHTS, ResourceKind, Right, right};
use crate::model::{Region, Tags};

/// Stands for every name in a pattern.
pub(super) const ANY: &str = "*";

/// A resource, or a pattern for some.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Resource {
    /// All resources of all kinds.
    All,
    /// Key pairs by their names.
    KeyPair {
        /// Where; `None` for all regions.
        region: Option<Region>,
        /// A name, in which `*` stands for any text.
        name: String,
    },
    /// Instances by their ids.
    Instance {
        /// Where; `None` for all regions.
        region: Option<Region>,
        /// An id, or `*` for all.
        id: String,
    },
}

impl Resource {
    /// A key pair.
    #[must_use]
    pub fn key_pair(region: &Region, name: impl ToString) -> Self {
        Self::KeyPair { region: Some(region.clone()), name: name.to_string() }
    }

    /// All key pairs of a region.
    #[must_use]
    pub fn key_pairs(region: &Region) -> Self {
        Self::key_pair(region, ANY)
    }

    /// An instance.
    #[must_use]
    pub fn instance(region: &Region, id: impl ToString) -> Self {
        Self::Instance { region: Some(region.clone()), id: id.to_string() }
    }

    /// All instances of a region.
    #[must_use]
    pub fn instances(region: &Region) -> Self {
        Self::instance(region, ANY)
    }

    /// All resources of a kind.
    #[must_use]
    pub fn all(kind: ResourceKind) -> Self {
        match kind {
            ResourceKind::All => Self::All,
            ResourceKind::KeyPair => Self::KeyPair { region: None, name: ANY.to_owned() },
            ResourceKind::Instance => Self::Instance { region: None, id: ANY.to_owned() },
        }
    }

    /// Its kind.
    #[must_use]
    pub fn kind(&self) -> ResourceKind {
        match self {
            Self::All => ResourceKind::All,
            Self::KeyPair { .. } => ResourceKind::KeyPair,
            Self::Instance { .. } => ResourceKind::Instance,
        }
    }

    /// Its name in RAM (ARN), in an account; `*` for one that is not known.
    #[must_use]
    pub fn arn(&self, account: &str) -> String {
        let region = |region: &Option<Region>| {
            region.as_ref().map_or_else(|| ANY.to_owned(), ToString::to_string)
        };
        match self {
            Self::All => ANY.to_owned(),
            Self::KeyPair { region: place, name } => {
                format!("acs:ecs:{}:{account}:keypair/{name}", region(place))
            }
            Self::Instance { region: place, id } => {
                format!("acs:ecs:{}:{account}:instance/{id}", region(place))
            }
        }
    }
}

/// A right that is needed for a resource.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Need {
    /// The place of the right in [`super::RIGHTS`], so that needs are in its order.
    pub(super) place: usize,
    /// For what.
    pub resource: Resource,
    /// The tags that the resource has, if it is known by nothing else.
    pub tags: Tags,
}

impl Need {
    /// The right that an operation needs for a resource; none if it needs none.
    #[must_use]
    pub fn of(operation: &str, resource: Resource) -> Option<Self> {
        let place = RIGHTS.iter().position(|right| right.operation == operation)?;
        Some(Self { place, resource, tags: Tags::new() })
    }

    /// The same for a resource with these tags, where a condition can say so.
    #[must_use]
    pub fn with_tags(self, tags: &Tags) -> Self {
        let tags = if self.right().by_tag { tags.clone() } else { Tags::new() };
        Self { tags, ..self }
    }

    /// Which right.
    #[must_use]
    pub fn right(&self) -> &'static Right {
        &RIGHTS[self.place]
    }

    /// The action in RAM.
    #[must_use]
    pub fn action(&self) -> &'static str {
        self.right().action
    }
}

/// The patterns that cover whatever an operation may be about.
pub(super) fn patterns_of(operation: &str) -> Vec<Resource> {
    let kinds = right(operation).map_or(&[ResourceKind::All][..], |right| right.resources);
    kinds.iter().copied().map(Resource::all).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_resource_has_the_name_that_the_vendor_documents() {
        let region = Region::new("cn-hangzhou").expect("a region");
        for (resource, arn) in [
            (Resource::All, "*"),
            (Resource::key_pair(&region, "web"), "acs:ecs:cn-hangzhou:17:keypair/web"),
            (Resource::key_pairs(&region), "acs:ecs:cn-hangzhou:17:keypair/*"),
            (Resource::instance(&region, "i-1"), "acs:ecs:cn-hangzhou:17:instance/i-1"),
            (Resource::all(ResourceKind::Instance), "acs:ecs:*:17:instance/*"),
        ] {
            assert_eq!(resource.arn("17"), arn);
        }
    }

    #[test]
    fn tags_restrict_only_where_a_condition_can() {
        let tags = Tags::from([("role".to_owned(), "web".to_owned())]);
        let all = || Resource::all(ResourceKind::Instance);
        let need = |operation| Need::of(operation, all()).expect("a right").with_tags(&tags);
        assert_eq!(need("RebootInstances").tags, tags);
        assert_eq!(need("DescribeInstances").tags, Tags::new());
    }
}
