//! Names (R11): of projects, key pairs, bindings, and of pairs in the cloud.

use std::{fmt, sync::Arc};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Why a text is not a name (rule R11).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NameProblem {
    /// Shorter than two or longer than the number of characters given.
    Length {
        /// The characters that the text has.
        found: usize,
        /// The most that is allowed.
        maximum: usize,
    },
    /// The first character is not an ASCII letter.
    FirstCharacter(char),
    /// A character that no name may have.
    Character(char),
}

impl fmt::Display for NameProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Length { found: 1, maximum } => {
                write!(f, "it has 1 character, and a name has 2 to {maximum}")
            }
            Self::Length { found, maximum } => {
                write!(f, "it has {found} characters, and a name has 2 to {maximum}")
            }
            Self::FirstCharacter(c) => {
                write!(f, "it starts with {c:?}, and a name starts with a letter")
            }
            Self::Character(c) => {
                write!(f, "it has {c:?}, and a name has letters, digits, `:`, `_` and `-` only")
            }
        }
    }
}

/// The longest name that ECS takes for a key pair.
pub const NAME_LENGTH_MAX: usize = 128;

/// The last generation that a pair can have: with `-g999999` behind it, a name of 120 characters is as
/// long as ECS takes.
pub const GENERATION_MAX: u32 = 999_999;

/// R11 as a regular expression, for names that may have [`NAME_LENGTH_MAX`] characters.
pub const NAME_PATTERN: &str = "^[A-Za-z][A-Za-z0-9:_-]{1,127}$";

/// The form of the ids of resource groups, by the samples of the API reference.
pub const RESOURCE_GROUP_PATTERN: &str = "^rg-[A-Za-z0-9]{1,64}$";

/// Whether a text has the form of the id of a resource group.
#[must_use]
pub fn is_resource_group_id(text: &str) -> bool {
    text.strip_prefix("rg-").is_some_and(|rest| {
        (1..=64).contains(&rest.len()) && rest.bytes().all(|byte| byte.is_ascii_alphanumeric())
    })
}

/// Checks a name against R11: 2-128 characters, a letter first, then letters, digits, `:`, `_`, `-`.
///
/// The rule is the intersection of what the API reference allows for CreateKeyPair and for
/// ImportKeyPair.
///
/// # Errors
/// Returns the first part of the rule that `text` breaks.
pub fn check_name(text: &str, maximum: usize) -> Result<(), NameProblem> {
    let found = text.chars().count();
    if !(2..=maximum).contains(&found) {
        return Err(NameProblem::Length { found, maximum });
    }
    match text.chars().next() {
        Some(first) if !first.is_ascii_alphabetic() => {
            return Err(NameProblem::FirstCharacter(first));
        }
        _ => {}
    }
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, ':' | '_' | '-');
    text.chars().find(|&c| !allowed(c)).map_or(Ok(()), |c| Err(NameProblem::Character(c)))
}

macro_rules! name_type {
    ($(#[$attribute:meta])* $name:ident) => {
        #[derive(
            Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
        )]
        #[serde(transparent)]
        $(#[$attribute])*
        pub struct $name(Arc<str>);

        impl $name {
            /// Wraps a text that was checked where it came in.
            #[must_use]
            pub fn new(text: impl Into<Arc<str>>) -> Self {
                Self(text.into())
            }

            /// The name as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

name_type! {
    /// The name of a project: `metadata.name` of its `Project` document.
    #[schemars(extend("pattern" = NAME_PATTERN))]
    ProjectName
}
name_type! {
    /// The name of a key pair as manifests write it, without prefix and generation.
    #[schemars(extend("pattern" = NAME_PATTERN))]
    KeyPairName
}
name_type! {
    /// The name of a `kind: Binding` manifest.
    #[schemars(extend("pattern" = NAME_PATTERN))]
    BindingName
}
name_type! {
    /// The name of a `kind: Removal` manifest.
    #[schemars(extend("pattern" = NAME_PATTERN))]
    RemovalName
}
name_type! {
    /// What bindings name to share one budget of instances that are down.
    #[schemars(extend("pattern" = NAME_PATTERN))]
    GroupName
}
name_type! {
    /// The name that one generation of a key pair has in the cloud and in the vault.
    CloudName
}
name_type! {
    /// The id of a resource group of the account, such as `rg-acfmxazb4ph6aiy`.
    #[schemars(extend("pattern" = RESOURCE_GROUP_PATTERN))]
    ResourceGroupId
}

impl CloudName {
    /// The name of another generation of a pair whose first generation is called so.
    #[must_use]
    pub fn of_generation(&self, generation: u32) -> Self {
        match generation {
            0 | 1 => self.clone(),
            later => Self::new(format!("{self}-g{later}")),
        }
    }

    /// Whether it is the name of a generation of a pair whose first generation is called so. No pair
    /// is called as a generation of another one.
    #[must_use]
    pub fn is_of_pair(&self, first: &Self) -> bool {
        let rest = self.as_str().strip_prefix(first.as_str());
        rest.is_some_and(|rest| {
            let digits = rest.strip_prefix("-g");
            let is_later = |digits: &str| {
                !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
            };
            rest.is_empty() || digits.is_some_and(is_later)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_r11() {
        for good in ["ab", "web", "Web:1_x-y", &"a".repeat(128)] {
            assert_eq!(check_name(good, NAME_LENGTH_MAX), Ok(()), "{good}");
        }
        let long = "a".repeat(129);
        for (bad, problem) in [
            ("", NameProblem::Length { found: 0, maximum: 128 }),
            ("a", NameProblem::Length { found: 1, maximum: 128 }),
            (long.as_str(), NameProblem::Length { found: 129, maximum: 128 }),
            ("1web", NameProblem::FirstCharacter('1')),
            ("éweb", NameProblem::FirstCharacter('é')),
            ("web.1", NameProblem::Character('.')),
            ("web 1", NameProblem::Character(' ')),
        ] {
            assert_eq!(check_name(bad, NAME_LENGTH_MAX), Err(problem), "{bad}");
        }
    }

    #[test]
    fn ids_of_resource_groups_have_one_form() {
        let longest = format!("rg-{}", "a".repeat(64));
        for good in ["rg-acfmxazb4ph6aiy", "rg-A1", &longest] {
            assert!(is_resource_group_id(good), "{good}");
        }
        let too_long = format!("{longest}a");
        for bad in ["", "rg-", "rg", "web", "rg-a_b", "RG-a", "rg-é", &too_long] {
            assert!(!is_resource_group_id(bad), "{bad}");
        }
    }

    #[test]
    fn later_generations_have_their_number_in_their_names_and_fit() {
        let first = CloudName::new("prod-web");
        let names = [1, 2, 10].map(|generation| first.of_generation(generation).to_string());
        assert_eq!(names, ["prod-web", "prod-web-g2", "prod-web-g10"]);
        assert!(
            ["prod-web", "prod-web-g2"].iter().all(|one| CloudName::new(*one).is_of_pair(&first))
        );
        for other in ["prod-webs", "prod-web-g", "prod-web-gx", "prod-web-db", "prod-we", "web"] {
            assert!(!CloudName::new(other).is_of_pair(&first), "{other}");
        }
        let longest = CloudName::new("a".repeat(120)).of_generation(GENERATION_MAX);
        assert_eq!(check_name(longest.as_str(), NAME_LENGTH_MAX), Ok(()));
    }
}
