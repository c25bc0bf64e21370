//! Which right a caller lacks, and the line of a policy that gives it.

use std::fmt;

use super::{need::Need, policy::Statement};

/// How many resources are named; of more than these a pattern for all is told, so that the line can
/// be read.
const NAMED_MAX: usize = 5;

/// A right that a caller lacks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Denial {
    /// The action in RAM.
    pub action: String,
    /// The resources, by their names in RAM; none if they are not known.
    pub resources: Vec<String>,
    /// The caller's account, if the service told it.
    pub account: Option<String>,
    /// Whether a policy denies it, so that no other one can allow it.
    pub is_explicit: bool,
}

impl Denial {
    /// That of an operation about which nothing else is known.
    #[must_use]
    pub fn of_operation(operation: &str) -> Self {
        Self { action: format!("ecs:{operation}"), ..Self::default() }
    }

    /// With the resources of what was needed, unless the service has named one.
    #[must_use]
    pub fn about(mut self, needed: &[Need]) -> Self {
        if self.resources.is_empty() {
            let account = self.account.as_deref().unwrap_or("*");
            let arns: Vec<_> = needed.iter().map(|need| need.resource.arn(account)).collect();
            self.resources = if arns.len() <= NAMED_MAX { arns } else { patterns(&arns) };
        }
        self
    }

    /// What is lacking, and what to do about it.
    #[must_use]
    pub fn lacked(&self) -> String {
        let link = if self.is_explicit { ", since" } else { ":" };
        format!("{}{link} {}", self.named(), self.remedy())
    }

    /// The action and its resources.
    #[must_use]
    pub fn named(&self) -> String {
        match self.resources.is_empty() {
            true => self.action.clone(),
            false => format!("{} on {}", self.action, self.resources.join(", ")),
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn remedy(&self) -> String {
        let advice = match self.is_explicit {
            true => {
                "a policy of RAM denies it: remove it from the Deny of that policy, and keep in \
                 another one"
            }
            false => "add to its policy in RAM",
        };
        format!("{advice} {}", self.policy_line())
    }

    /// The statement of a policy that gives the right, on one line.
    #[must_use]
    pub fn policy_line(&self) -> String {
        Statement::allowing(&self.action, &self.resources).line()
    }
}

/// The patterns for all resources of the kinds and regions of these.
fn patterns(arns: &[String]) -> Vec<String> {
    let all = |arn: &String| match arn.rsplit_once('/') {
        Some((kind, _)) => format!("{kind}/*"),
        None => arn.clone(),
    };
    let mut patterns: Vec<_> = arns.iter().map(all).collect();
    patterns.sort_unstable();
    patterns.dedup();
    patterns
}

impl fmt::Display for Denial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the caller lacks {}", self.lacked())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{model::Region, rights::Resource};

    fn attach(instances: usize) -> Vec<Need> {
        let region = Region::new("cn-hangzhou").expect("a region");
        let instances = (0..instances).map(|id| Resource::instance(&region, format!("i-{id}")));
        let all = instances.chain([Resource::key_pair(&region, "web")]);
        all.map(|one| Need::of("AttachKeyPair", one).expect("a right")).collect()
    }

    #[test]
    fn it_names_the_action_the_resources_and_the_line_of_a_policy() {
        let denial = Denial::of_operation("AttachKeyPair");
        let account = Some("17".to_owned());
        let shown = Denial { account, ..denial.clone() }.about(&attach(1)).to_string();
        assert_eq!(
            shown,
            "the caller lacks ecs:AttachKeyPair on acs:ecs:cn-hangzhou:17:instance/i-0, \
             acs:ecs:cn-hangzhou:17:keypair/web: add to its policy in RAM \
             {\"Effect\":\"Allow\",\"Action\":\"ecs:AttachKeyPair\",\"Resource\":[\"acs:ecs:cn-hangzhou:17:instance/i-0\",\"acs:ecs:cn-hangzhou:17:keypair/web\"]}"
        );
        let many = denial.clone().about(&attach(50));
        assert_eq!(
            many.resources,
            ["acs:ecs:cn-hangzhou:*:instance/*", "acs:ecs:cn-hangzhou:*:keypair/*"]
        );
        assert_eq!(
            denial.policy_line(),
            r#"{"Effect":"Allow","Action":"ecs:AttachKeyPair","Resource":["acs:ecs:*:*:instance/*","acs:ecs:*:*:keypair/*"]}"#
        );
    }

    #[test]
    fn a_deny_is_said_since_no_line_helps_against_it() {
        let denial = Denial { is_explicit: true, ..Denial::of_operation("ImportKeyPair") };
        assert!(denial.to_string().contains("a policy of RAM denies it"), "{denial}");
    }
}
