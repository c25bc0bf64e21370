//! Composing: the smallest policy for what is needed, and one that fits into RAM.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    need::{ANY, Need, Resource},
    policy::{Condition, Policy, Statement},
    right::ResourceKind,
};
use crate::model::Tags;

/// The most characters of a custom policy (the vendor's page "Limitations" of RAM, December 2025:
/// the quota cannot be raised).
pub const POLICY_LENGTH_MAX: usize = 6144;

/// How much more than what is needed a policy allows, so that it fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Widened {
    /// Nothing.
    Not,
    /// All instances of the regions in the place of those that are named.
    Instances,
    /// All key pairs of the regions, too.
    KeyPairs,
    /// All regions, too.
    Regions,
}

/// A policy as it was composed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Composed {
    /// The policy.
    pub policy: Policy,
    /// It as JSON that fits into RAM.
    pub text: String,
    /// How much more it allows.
    pub widened: Widened,
}

/// Composes the smallest policy that allows what is needed in an account; `*` for one that is not
/// known. If it is too long, it is written without blanks, and then widened step by step.
#[must_use]
pub fn compose(needs: &BTreeSet<Need>, account: &str) -> Composed {
    let steps = [Widened::Not, Widened::Instances, Widened::KeyPairs];
    let mut composed = steps.into_iter().map(|widened| written(needs, account, widened));
    composed
        .find(|composed| composed.text.chars().count() <= POLICY_LENGTH_MAX)
        .unwrap_or_else(|| written(needs, account, Widened::Regions))
}

/// The policy with so much more, in its readable form or, if that is too long, in its shortest.
fn written(needs: &BTreeSet<Need>, account: &str, widened: Widened) -> Composed {
    let needs: BTreeSet<Need> = needs.iter().map(|need| wide(need, widened)).collect();
    let policy = Policy::of(statements(&needs, account));
    // A policy of texts is an object of JSON.
    let readable = serde_json::to_string_pretty(&policy).unwrap_or_default();
    let text = if readable.chars().count() <= POLICY_LENGTH_MAX {
        readable
    } else {
        serde_json::to_string(&policy).unwrap_or_default()
    };
    Composed { policy, text, widened }
}

/// A need with so much more.
fn wide(need: &Need, widened: Widened) -> Need {
    let mut need = need.clone();
    match &mut need.resource {
        Resource::All => {}
        Resource::KeyPair { region, name } => {
            if widened >= Widened::KeyPairs {
                ANY.clone_into(name);
            }
            if widened >= Widened::Regions {
                *region = None;
            }
        }
        Resource::Instance { region, id } => {
            if widened >= Widened::Instances {
                ANY.clone_into(id);
            }
            if widened >= Widened::Regions {
                *region = None;
            }
        }
    }
    need
}

/// The statements: actions that are needed for the same resources stand together.
fn statements(needs: &BTreeSet<Need>, account: &str) -> Vec<Statement> {
    let mut resources: BTreeMap<(&'static str, ResourceKind, &Tags), BTreeSet<&Resource>> =
        BTreeMap::new();
    // In the order of the table of rights.
    let mut order = Vec::new();
    for need in needs.iter().filter(|need| !is_covered(need, needs)) {
        let key = (need.action(), need.resource.kind(), &need.tags);
        if !order.contains(&key) {
            order.push(key);
        }
        resources.entry(key).or_default().insert(&need.resource);
    }
    let mut statements: Vec<(BTreeSet<&Resource>, &Tags, Vec<String>)> = Vec::new();
    for key in order {
        let of_key = &resources[&key];
        let (action, _, tags) = key;
        let same = statements.iter_mut().find(|(of, under, _)| of == of_key && *under == tags);
        match same {
            Some((_, _, actions)) => actions.push(action.to_owned()),
            None => statements.push((of_key.clone(), tags, vec![action.to_owned()])),
        }
    }
    let statement = |(resources, tags, actions): (BTreeSet<&Resource>, &Tags, Vec<String>)| {
        let resources = resources.into_iter().map(|resource| resource.arn(account)).collect();
        Statement::allow(actions, resources, Condition::on_tags(tags))
    };
    statements.into_iter().map(statement).collect()
}

/// Whether another need asks for the same action on all that this one is about, whatever its tags.
fn is_covered(need: &Need, needs: &BTreeSet<Need>) -> bool {
    let all = match &need.resource {
        Resource::All => return false,
        Resource::KeyPair { region, .. } => {
            Resource::KeyPair { region: region.clone(), name: ANY.to_owned() }
        }
        Resource::Instance { region, .. } => {
            Resource::Instance { region: region.clone(), id: ANY.to_owned() }
        }
    };
    let covering = Need { resource: all, tags: Tags::new(), ..need.clone() };
    covering != *need && needs.contains(&covering)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Region;

    fn region() -> Region {
        Region::new("cn-hangzhou").expect("a region")
    }

    fn need(operation: &str, resource: Resource) -> Need {
        Need::of(operation, resource).expect("a right")
    }

    /// What it takes to bind so many instances and to restart them.
    fn fleet(size: usize) -> BTreeSet<Need> {
        let region = region();
        let mut needs = BTreeSet::from([
            need("DescribeKeyPairs", Resource::key_pairs(&region)),
            need("DescribeInstances", Resource::instances(&region)),
            need("ImportKeyPair", Resource::All),
            need("AttachKeyPair", Resource::key_pair(&region, "web")),
        ]);
        for number in 0..size {
            let instance = || Resource::instance(&region, format!("i-bp1{number:017}"));
            needs.insert(need("AttachKeyPair", instance()));
            needs.insert(need("RebootInstances", instance()));
        }
        needs
    }

    #[test]
    fn actions_on_the_same_resources_stand_together() {
        let composed = compose(&fleet(2), "1234567890123456");
        assert_eq!(composed.widened, Widened::Not);
        insta::assert_snapshot!(composed.text, @r#"
        {
          "Version": "1",
          "Statement": [
            {
              "Effect": "Allow",
              "Action": "ecs:DescribeKeyPairs",
              "Resource": "acs:ecs:cn-hangzhou:1234567890123456:keypair/*"
            },
            {
              "Effect": "Allow",
              "Action": "ecs:DescribeInstances",
              "Resource": "acs:ecs:cn-hangzhou:1234567890123456:instance/*"
            },
            {
              "Effect": "Allow",
              "Action": "ecs:ImportKeyPair",
              "Resource": "*"
            },
            {
              "Effect": "Allow",
              "Action": "ecs:AttachKeyPair",
              "Resource": "acs:ecs:cn-hangzhou:1234567890123456:keypair/web"
            },
            {
              "Effect": "Allow",
              "Action": [
                "ecs:AttachKeyPair",
                "ecs:RebootInstances"
              ],
              "Resource": [
                "acs:ecs:cn-hangzhou:1234567890123456:instance/i-bp100000000000000000",
                "acs:ecs:cn-hangzhou:1234567890123456:instance/i-bp100000000000000001"
              ]
            }
          ]
        }
        "#);
    }

    #[test]
    fn a_condition_on_tags_stands_alone() {
        let tags = Tags::from([("role".to_owned(), "web".to_owned())]);
        let instances = || need("RebootInstances", Resource::instances(&region())).with_tags(&tags);
        let needs = BTreeSet::from([
            instances(),
            need("RebootInstances", Resource::instance(&region(), "i-1")),
        ]);
        let lines: Vec<_> =
            compose(&needs, "*").policy.statement.iter().map(Statement::line).collect();
        assert_eq!(
            lines,
            [
                r#"{"Effect":"Allow","Action":"ecs:RebootInstances","Resource":"acs:ecs:cn-hangzhou:*:instance/*","Condition":{"StringEquals":{"acs:ResourceTag/role":["web"]}}}"#,
                r#"{"Effect":"Allow","Action":"ecs:RebootInstances","Resource":"acs:ecs:cn-hangzhou:*:instance/i-1"}"#,
            ]
        );
        let wide =
            BTreeSet::from([instances(), need("RebootInstances", Resource::instances(&region()))]);
        assert_eq!(
            compose(&wide, "*").policy.statement.len(),
            1,
            "the condition restricts nothing"
        );
    }

    #[test]
    fn a_policy_that_is_too_long_is_widened_step_by_step() {
        let length = |composed: &Composed| composed.text.chars().count();
        let composed = |size| compose(&fleet(size), "1234567890123456");
        assert!(composed(60).text.contains('\n'), "readable while it fits");
        let shortest = composed(74);
        assert_eq!((shortest.widened, shortest.text.contains('\n')), (Widened::Not, false));
        let wide = composed(1000);
        assert_eq!(wide.widened, Widened::Instances);
        assert!(wide.text.contains("keypair/web"), "{}", wide.text);
        let mut pairs = fleet(1000);
        let of_pairs =
            (0..1000).map(|number| Resource::key_pair(&region(), format!("web-{number}")));
        pairs.extend(of_pairs.map(|pair| need("DeleteKeyPairs", pair)));
        let wider = compose(&pairs, "1234567890123456");
        assert_eq!(wider.widened, Widened::KeyPairs);
        let regions = (0..1000).map(|number| Region::new(&format!("cn-{number}")).expect("one"));
        let all = regions.map(|one| need("DescribeKeyPairs", Resource::key_pairs(&one))).collect();
        let widest = compose(&all, "1234567890123456");
        assert_eq!(widest.widened, Widened::Regions);
        for composed in [shortest, wide, wider, widest] {
            assert!(length(&composed) <= POLICY_LENGTH_MAX);
        }
    }
}
