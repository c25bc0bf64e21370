//! Judging: what a policy says of an action on a resource.
//!
//! Source: the vendor's page "Policy evaluation process": a Deny that applies counts more than any
//! Allow, and what no Allow covers is denied.

use super::policy::{Effect, Policy, Statement};
use crate::model::Tags;

/// What a policy says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// A statement allows it, and none denies it.
    Allowed,
    /// No statement allows it.
    NotAllowed,
    /// A statement denies it.
    Denied,
}

impl Policy {
    /// Judges an action on a resource that has these tags.
    #[must_use]
    pub fn judge(&self, action: &str, resource: &str, tags: &Tags) -> Verdict {
        let applies = |statement: &&Statement| statement.applies(action, resource, tags);
        let effects = || self.statement.iter().filter(applies).map(|statement| statement.effect);
        if effects().any(|effect| effect == Effect::Deny) {
            Verdict::Denied
        } else if effects().any(|effect| effect == Effect::Allow) {
            Verdict::Allowed
        } else {
            Verdict::NotAllowed
        }
    }
}

impl Statement {
    fn applies(&self, action: &str, resource: &str, tags: &Tags) -> bool {
        self.action.texts().iter().any(|pattern| matches(pattern, action))
            && self.resource.texts().iter().any(|pattern| matches(pattern, resource))
            && self.condition.as_ref().is_none_or(|condition| condition.holds(tags))
    }
}

/// Whether a text is as a pattern says, in which `*` stands for any text.
fn matches(pattern: &str, text: &str) -> bool {
    let Some((begin, rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(mut text) = text.strip_prefix(begin) else { return false };
    let mut parts: Vec<&str> = rest.split('*').collect();
    let end = parts.pop().unwrap_or_default();
    for part in parts {
        // The first place that fits leaves the most for the parts that follow.
        let Some(at) = text.find(part) else { return false };
        text = &text[at + part.len()..];
    }
    text.ends_with(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_text() {
        for (pattern, text, fits) in [
            ("ecs:RebootInstances", "ecs:RebootInstances", true),
            ("ecs:RebootInstances", "ecs:RebootInstance", false),
            ("*", "", true),
            ("ecs:Describe*", "ecs:DescribeKeyPairs", true),
            ("ecs:Describe*", "ecs:ImportKeyPair", false),
            ("acs:ecs:*:17:keypair/web*", "acs:ecs:cn-hangzhou:17:keypair/web-g2", true),
            ("acs:ecs:*:17:keypair/web*", "acs:ecs:cn-hangzhou:18:keypair/web", false),
            ("acs:ecs:*:*:keypair/*", "acs:ecs:cn-hangzhou:17:keypair/*", true),
            ("a*b*c", "abc", true),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "acb", false),
            ("ab*ba", "aba", false),
        ] {
            assert_eq!(matches(pattern, text), fits, "{pattern} {text}");
        }
    }

    /// A policy as a person writes it.
    const POLICY: &str = r#"{
        "Version": "1",
        "Statement": [
            {"Effect": "Allow", "Action": "ecs:Describe*", "Resource": "*"},
            {
                "Effect": "Allow",
                "Action": ["ecs:RebootInstances", "ecs:AttachKeyPair"],
                "Resource": "acs:ecs:cn-hangzhou:*:instance/*",
                "Condition": {"StringEquals": {"acs:ResourceTag/role": ["web", "db"]}}
            },
            {"Effect": "Deny", "Action": "ecs:*", "Resource": "acs:ecs:*:*:instance/i-2"}
        ]
    }"#;

    #[test]
    fn a_deny_counts_more_than_any_allow_and_nothing_is_allowed_by_itself() {
        let policy: Policy = serde_json::from_str(POLICY).expect("a policy");
        assert_eq!(policy.check(), Ok(()));
        let (reboot, list) = ("ecs:RebootInstances", "ecs:DescribeInstances");
        for (action, instance, role, verdict) in [
            (list, "*", "", Verdict::Allowed),
            (list, "i-2", "", Verdict::Denied),
            (reboot, "i-1", "web", Verdict::Allowed),
            (reboot, "i-1", "db", Verdict::Allowed),
            (reboot, "i-1", "mail", Verdict::NotAllowed),
            (reboot, "i-1", "", Verdict::NotAllowed),
            (reboot, "i-2", "web", Verdict::Denied),
            ("ecs:StopInstances", "i-1", "web", Verdict::NotAllowed),
        ] {
            let tags = [("role", role)].into_iter().filter(|(_, value)| !value.is_empty());
            let tags = tags.map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
            let resource = format!("acs:ecs:cn-hangzhou:17:instance/{instance}");
            assert_eq!(
                policy.judge(action, &resource, &tags),
                verdict,
                "{action} {instance} {role}"
            );
        }
    }

    #[test]
    fn a_policy_that_cannot_be_judged_is_not_taken() {
        let with = |version: &str, condition: &str| -> Result<Policy, serde_json::Error> {
            serde_json::from_str(&format!(
                r#"{{"Version": "{version}", "Statement": [{{"Effect": "Allow", "Action": "ecs:*",
                "Resource": "*", "Condition": {condition}}}]}}"#
            ))
        };
        let tag = r#"{"StringEquals": {"acs:ResourceTag/role": "web"}}"#;
        assert_eq!(with("1", tag).expect("a policy").check(), Ok(()));
        assert!(with("2012-10-17", tag).expect("a policy").check().is_err());
        let address = r#"{"StringEquals": {"acs:SourceIp": "10.0.0.1"}}"#;
        assert!(with("1", address).expect("a policy").check().is_err());
        assert!(with("1", r#"{"Bool": {"acs:SecureTransport": "true"}}"#).is_err());
    }
}
