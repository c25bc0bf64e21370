//! Policies of RAM as documents.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::need::patterns_of;
use crate::model::Tags;

/// The version of the language; there is no other.
pub const POLICY_VERSION: &str = "1";

/// How the key of a condition begins that is about a tag of the resource.
const RESOURCE_TAG: &str = "acs:ResourceTag/";

/// A policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Policy {
    /// [`POLICY_VERSION`].
    pub version: String,
    /// What it allows and denies.
    pub statement: Vec<Statement>,
}

/// What is allowed or denied.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Statement {
    /// Which of both.
    pub effect: Effect,
    /// Actions; `*` stands for any text.
    pub action: OneOrMany,
    /// Resources; `*` stands for any text.
    pub resource: OneOrMany,
    /// What else must hold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition: Option<Condition>,
}

/// What a statement does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Effect {
    /// It allows, unless another one denies.
    Allow,
    /// It denies, whatever others allow.
    Deny,
}

/// A text, or several.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum OneOrMany {
    /// One.
    One(String),
    /// Several.
    Many(Vec<String>),
}

impl OneOrMany {
    /// Texts; one alone is written alone.
    #[must_use]
    pub fn of(mut texts: Vec<String>) -> Self {
        if texts.len() == 1 { Self::One(texts.remove(0)) } else { Self::Many(texts) }
    }

    /// The texts.
    #[must_use]
    pub fn texts(&self) -> &[String] {
        match self {
            Self::One(text) => std::slice::from_ref(text),
            Self::Many(texts) => texts,
        }
    }
}

/// A condition: the resource has these tags. It is the only one that is written and read here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Condition {
    /// By their keys in RAM, the values of which one must be there.
    string_equals: BTreeMap<String, OneOrMany>,
}

impl Condition {
    /// The resource has all of these tags; none if there is none.
    #[must_use]
    pub fn on_tags(tags: &Tags) -> Option<Self> {
        let key = |(key, value): (&String, &String)| {
            // The grammar of RAM has a list here, also of one value.
            (format!("{RESOURCE_TAG}{key}"), OneOrMany::Many(vec![value.clone()]))
        };
        let string_equals: BTreeMap<_, _> = tags.iter().map(key).collect();
        (!string_equals.is_empty()).then_some(Self { string_equals })
    }

    /// Whether it is about tags of the resource alone, so that it can be judged.
    fn is_understood(&self) -> bool {
        self.string_equals.keys().all(|key| key.starts_with(RESOURCE_TAG))
    }

    /// Whether a resource with these tags meets it.
    pub(super) fn holds(&self, tags: &Tags) -> bool {
        self.string_equals.iter().all(|(key, values)| {
            let found = key.strip_prefix(RESOURCE_TAG).and_then(|key| tags.get(key));
            found.is_some_and(|found| values.texts().contains(found))
        })
    }
}

impl Policy {
    /// A policy of these statements.
    #[must_use]
    pub fn of(statement: Vec<Statement>) -> Self {
        Self { version: POLICY_VERSION.to_owned(), statement }
    }

    /// What of a policy that was read cannot be judged here, if anything.
    ///
    /// # Errors
    /// As a sentence without anything of its content.
    pub fn check(&self) -> Result<(), &'static str> {
        if self.version != POLICY_VERSION {
            return Err("the Version of its policy is not \"1\"");
        }
        let conditions = self.statement.iter().filter_map(|statement| statement.condition.as_ref());
        if !conditions.into_iter().all(Condition::is_understood) {
            return Err("its policy has a condition on something else than tags (StringEquals of \
                 acs:ResourceTag/KEY)");
        }
        Ok(())
    }
}

impl Statement {
    /// Allows actions on resources.
    #[must_use]
    pub fn allow(
        actions: Vec<String>,
        resources: Vec<String>,
        condition: Option<Condition>,
    ) -> Self {
        Self {
            effect: Effect::Allow,
            action: OneOrMany::of(actions),
            resource: OneOrMany::of(resources),
            condition,
        }
    }

    /// Allows an action on resources; without any, on all that its operation may be about.
    #[must_use]
    pub fn allowing(action: &str, resources: &[String]) -> Self {
        let resources = if resources.is_empty() {
            let operation = action.rsplit(':').next().unwrap_or(action);
            patterns_of(operation).iter().map(|resource| resource.arn("*")).collect()
        } else {
            resources.to_vec()
        };
        Self::allow(vec![action.to_owned()], resources, None)
    }

    /// It on one line, as it can be pasted between the brackets of `Statement`.
    #[must_use]
    pub fn line(&self) -> String {
        // A statement of texts is an object of JSON.
        serde_json::to_string(self).unwrap_or_default()
    }
}
