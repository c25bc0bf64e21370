//! The document: checks in the order in which they are shown.

use std::fmt::Display;

use schemars::JsonSchema;
use serde::Serialize;

use super::{CheckCode, CheckGroup, Learned};
use crate::model::ProjectName;

/// The format of the document, with its version.
pub const CHECKUP_FORMAT: &str = "keyform.doctor/1";

/// What `keyform doctor` found. It holds no secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Checkup {
    /// The name of this format, with its version.
    #[schemars(extend("const" = CHECKUP_FORMAT))]
    pub format: &'static str,
    /// The project.
    pub project: ProjectName,
    /// How many checks came to what.
    pub totals: CheckTotals,
    /// The checks, group by group.
    pub checks: Vec<Check>,
    /// What a rehearsal has shown; empty without one.
    pub learned: Vec<Learned>,
}

/// One check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Check {
    /// What it belongs to.
    pub group: CheckGroup,
    /// What is checked. `keyform explain CODE` says why.
    pub code: CheckCode,
    /// What it is about, such as a region or a key; empty if there is only one.
    pub subject: String,
    /// What it came to.
    pub outcome: Outcome,
    /// What was found, as a sentence.
    pub finding: String,
    /// What to do next; nothing where all is well.
    pub advice: Option<String>,
}

/// What a check came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Outcome {
    /// All is well.
    Ok,
    /// It works, and someone should look at it.
    Warning,
    /// Something will fail.
    Problem,
    /// No one has looked.
    NotChecked,
}

impl Outcome {
    /// As people read it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Problem => "problem",
            Self::NotChecked => "not checked",
        }
    }
}

/// How many checks came to what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CheckTotals {
    /// All is well.
    pub ok: usize,
    /// Someone should look.
    pub warnings: usize,
    /// Something will fail.
    pub problems: usize,
    /// No one has looked.
    pub not_checked: usize,
}

impl Check {
    /// A check that found all well.
    #[must_use]
    pub fn ok(code: CheckCode, finding: impl Display) -> Self {
        Self::new(code, Outcome::Ok, finding)
    }

    /// A check after which someone should look.
    #[must_use]
    pub fn warning(code: CheckCode, finding: impl Display) -> Self {
        Self::new(code, Outcome::Warning, finding)
    }

    /// A check that found what will fail.
    #[must_use]
    pub fn problem(code: CheckCode, finding: impl Display) -> Self {
        Self::new(code, Outcome::Problem, finding)
    }

    /// A check that was not made, and why.
    #[must_use]
    pub fn skipped(code: CheckCode, finding: impl Display) -> Self {
        Self::new(code, Outcome::NotChecked, finding)
    }

    fn new(code: CheckCode, outcome: Outcome, finding: impl Display) -> Self {
        let (subject, finding) = (String::new(), finding.to_string());
        Self { group: code.group(), code, subject, outcome, finding, advice: None }
    }

    /// What it is about.
    #[must_use]
    pub fn about(self, subject: impl Display) -> Self {
        Self { subject: subject.to_string(), ..self }
    }

    /// What to do next.
    #[must_use]
    pub fn advice(self, advice: impl Display) -> Self {
        Self { advice: Some(advice.to_string()), ..self }
    }
}

impl Checkup {
    /// The document of these checks, put in the order of their groups.
    #[must_use]
    pub fn new(project: ProjectName, mut checks: Vec<Check>, learned: Vec<Learned>) -> Self {
        checks.sort_by_key(|check| check.group);
        let mut totals = CheckTotals::default();
        for check in &checks {
            *match check.outcome {
                Outcome::Ok => &mut totals.ok,
                Outcome::Warning => &mut totals.warnings,
                Outcome::Problem => &mut totals.problems,
                Outcome::NotChecked => &mut totals.not_checked,
            } += 1;
        }
        Self { format: CHECKUP_FORMAT, project, totals, checks, learned }
    }
}
