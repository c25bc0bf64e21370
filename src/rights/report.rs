//! What was found out about the rights of a caller.

use std::fmt;

use super::denial::Denial;

/// What rights are needed for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Purpose {
    /// `plan`, `status` and all that only read.
    Plan,
    /// `apply` and `destroy`, which read the same and change it.
    Apply,
}

impl Purpose {
    /// The command, as the command line has it.
    #[must_use]
    pub fn command(self) -> &'static str {
        match self {
            Self::Plan => "plan",
            Self::Apply => "apply",
        }
    }
}

/// What was found out about the rights of a caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RightsReport {
    /// What they are needed for.
    pub purpose: Purpose,
    /// What the caller lacks, one for each action.
    pub missing: Vec<Denial>,
    /// What could not be found out.
    pub untold: Vec<Untold>,
}

impl RightsReport {
    /// What the caller lacks, a line for each action.
    #[must_use]
    pub fn missing_lines(&self) -> Vec<String> {
        self.missing.iter().map(|denial| format!("  - {}", denial.lacked())).collect()
    }

    /// Notes a right that the caller lacks: one action has one line, whatever it is lacked for.
    pub fn lacks(&mut self, denial: Denial) {
        match self.missing.iter_mut().find(|known| known.action == denial.action) {
            None => self.missing.push(denial),
            Some(known) => {
                let new = denial.resources.into_iter();
                let new: Vec<_> = new.filter(|one| !known.resources.contains(one)).collect();
                known.resources.extend(new);
                known.is_explicit |= denial.is_explicit;
            }
        }
    }
}

/// A right that the caller may have or lack: it is not known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Untold {
    /// The action in RAM.
    pub action: &'static str,
    /// The resources, by their names in RAM.
    pub resources: Vec<String>,
    /// Why it is not known.
    pub because: Because,
}

/// Why it is not known whether someone has a right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Because {
    /// The service has no dry run of it.
    NoDryRun,
    /// The list is empty: nothing is there, or nothing may be read.
    EmptyList,
    /// The list is empty although keyform recorded something that would be in it.
    EmptyListOfRecorded,
    /// It is not known yet for which instances.
    NotNamed,
    /// The dry run was refused for another reason, which may come before the right is looked at.
    RefusedOtherwise {
        /// The service's code.
        code: String,
    },
}

impl fmt::Display for Because {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoDryRun => f.write_str(
                "ECS has no dry run for these, so only the call itself shows whether they are allowed",
            ),
            Self::EmptyList => f.write_str(
                "the list is empty: the region has no key pairs, or the caller may not read them",
            ),
            Self::EmptyListOfRecorded => f.write_str(
                "the list is empty although key pairs are recorded: they are gone, or the caller may \
                 not read them",
            ),
            Self::NotNamed => {
                f.write_str("keyform does not know yet for which instances these are needed")
            }
            Self::RefusedOtherwise { code } => write!(
                f,
                "ECS refused the dry run with {code}, which says nothing about the right"
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_action_is_lacked_once_for_all_its_resources() {
        let denial = |resource: &str| Denial {
            resources: vec![resource.to_owned()],
            ..Denial::of_operation("RebootInstances")
        };
        let mut report =
            RightsReport { purpose: Purpose::Apply, missing: Vec::new(), untold: Vec::new() };
        ["a", "b", "a"].into_iter().for_each(|resource| report.lacks(denial(resource)));
        report.lacks(Denial::of_operation("ImportKeyPair"));
        let shown: Vec<_> =
            report.missing.iter().map(|one| (one.action.as_str(), one.resources.len())).collect();
        assert_eq!(shown, [("ecs:RebootInstances", 2), ("ecs:ImportKeyPair", 0)]);
    }
}
