//! Rights for people: which are needed, and what was found out about those of the caller.

use std::collections::BTreeMap;

use super::table::table as columns;
use crate::rights::{
    Because, Composed, Need, PAGE, POLICY_LENGTH_MAX, RightsReport, Untold, Widened,
};

/// What is needed, with the vendor's page for each action.
#[must_use]
pub fn table(needs: &[Need], account: &str) -> String {
    let row = |need: &Need| {
        let right = need.right();
        let tags = need.tags.iter().map(|(key, value)| format!("{key}={value}"));
        let tags: Vec<_> = tags.collect();
        let condition = if tags.is_empty() { "-".to_owned() } else { tags.join(", ") };
        vec![right.action.to_owned(), need.resource.arn(account), condition, right.page()]
    };
    let rows: Vec<_> = needs.iter().map(row).collect();
    if rows.is_empty() {
        return "This needs no right, since nothing is read or changed in ECS.\n".to_owned();
    }
    let titles = ["ACTION", "RESOURCE", "TAGS OF THE RESOURCE", "PAGE"];
    format!("{}All actions and resources of ECS: {PAGE}\n", columns(&titles, &rows))
}

/// What whoever uses a policy has to know.
#[must_use]
pub fn notes(composed: &Composed, account: &str) -> Vec<String> {
    let mut notes = Vec::new();
    if composed.policy.statement.is_empty() {
        notes.push(
            "Note: this needs no right, since nothing is read or changed in ECS. RAM accepts no policy \
             without a statement."
                .to_owned(),
        );
    }
    let wider = match composed.widened {
        Widened::Not => None,
        Widened::Instances => Some("all instances of the regions"),
        Widened::KeyPairs => Some("all instances and key pairs of the regions"),
        Widened::Regions => Some("all instances and key pairs of all regions"),
    };
    if let Some(wider) = wider {
        notes.push(format!(
            "Note: RAM accepts at most {POLICY_LENGTH_MAX} characters, so this policy allows more than \
             the project needs: {wider}. A policy for one plan, or for a smaller project, is narrower."
        ));
    }
    if account == "*" && !composed.policy.statement.is_empty() {
        notes.push(
            "Note: the project names no account, so the policy has `*` in its place. RAM applies a \
             policy in its own account alone."
                .to_owned(),
        );
    }
    notes
}

/// What was found out about the rights that applying a plan needs. That some are missing is no failure
/// of a plan, so that it is a note.
#[must_use]
pub fn report(report: &RightsReport) -> String {
    let mut lines = Vec::new();
    if report.missing.is_empty() {
        let command = report.purpose.command();
        lines.push(format!("Permissions: nothing was found to be missing for {command}."));
    } else {
        lines.push(
            "Permissions: the caller cannot apply this plan. The role that applies it needs:"
                .to_owned(),
        );
        lines.extend(report.missing_lines());
    }
    let mut by_reason: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for one in &report.untold {
        by_reason.entry(because(&one.because)).or_default().push(untold(one));
    }
    for (reason, actions) in by_reason {
        lines.push(reason);
        lines.extend(actions);
    }
    lines.join("\n")
}

/// How many resources of one action are named.
const NAMED_MAX: usize = 5;

fn untold(untold: &Untold) -> String {
    let named: Vec<_> = untold.resources.iter().take(NAMED_MAX).cloned().collect();
    let more = match untold.resources.len() - named.len() {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!("  - {} on {}{more}", untold.action, named.join(", "))
}

/// Why it is not known whether the caller may do what is listed behind it.
fn because(because: &Because) -> String {
    let reason = because.to_string();
    let mut letters = reason.chars();
    // A code or the name of the program keeps its letters.
    match letters.next() {
        Some('t') => format!("T{}:", letters.as_str()),
        _ => format!("{reason}:"),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::{
        model::Region,
        rights::{Denial, Purpose, Resource, compose},
    };

    fn needs(instances: usize) -> BTreeSet<Need> {
        let region = Region::new("cn-hangzhou").expect("a region");
        let ids = (0..instances).map(|id| Resource::instance(&region, format!("i-bp1a{id:04}")));
        let reboots = ids.filter_map(|one| Need::of("RebootInstances", one));
        reboots.chain(Need::of("ImportKeyPair", Resource::All)).collect()
    }

    #[test]
    fn a_table_has_each_action_with_its_resource_and_the_vendors_page() {
        let rows: Vec<_> = needs(2).into_iter().collect();
        insta::assert_snapshot!(anstream::adapter::strip_str(&table(&rows, "1234567890123456")));
        assert!(table(&[], "*").starts_with("This needs no right"));
    }

    #[test]
    fn notes_say_what_a_policy_allows_beyond_what_is_needed() {
        let of = |size, account| notes(&compose(&needs(size), account), account).join("\n");
        assert_eq!(of(2, "1234567890123456"), "");
        insta::assert_snapshot!(
            [of(1000, "*"), notes(&compose(&BTreeSet::new(), "*"), "*").join("")].join("\n\n")
        );
    }

    #[test]
    fn a_report_tells_what_is_missing_and_what_nobody_can_tell() {
        let arns = |number: usize| (0..number).map(|at| format!("arn-{at}")).collect();
        let untold = |action, number, because| Untold { action, resources: arns(number), because };
        let code = "IncorrectInstanceStatus".to_owned();
        let missing = Denial {
            resources: arns(1),
            account: None,
            is_explicit: false,
            action: "ecs:RebootInstances".to_owned(),
        };
        let mut shown = RightsReport {
            purpose: Purpose::Apply,
            missing: vec![missing],
            untold: vec![
                untold("ecs:ImportKeyPair", 1, Because::NoDryRun),
                untold("ecs:AttachKeyPair", 7, Because::NoDryRun),
                untold("ecs:DescribeKeyPairs", 1, Because::EmptyList),
                untold("ecs:DescribeKeyPairs", 1, Because::EmptyListOfRecorded),
                untold("ecs:RebootInstances", 1, Because::NotNamed),
                untold("ecs:RebootInstances", 2, Because::RefusedOtherwise { code }),
            ],
        };
        let lacking = report(&shown);
        shown.missing.clear();
        shown.untold.clear();
        insta::assert_snapshot!([lacking, report(&shown)].join("\n\n"));
    }
}
