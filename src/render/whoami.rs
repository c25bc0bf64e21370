//! Whose credentials are used, for people.

use std::fmt::Write as _;

use super::{paint::Paint, table};
use crate::{
    alicloud::{Outcome, Whoami},
    visible,
};

/// Whose credentials are used, and which links were tried.
#[must_use]
pub fn text(whoami: &Whoami) -> String {
    let mut out = String::new();
    let mut line = |name: &str, value: &str| {
        let _ = writeln!(out, "{} {}", Paint::Title.on(format!("{name:<9}")), visible::line(value));
    };
    if let Some(identity) = &whoami.identity {
        line("Account", &identity.account_id);
        line("Identity", &format!("{} ({})", identity.arn, identity.identity_type));
    }
    if let Some(origin) = &whoami.origin {
        line("From", origin);
        line("Until", &until(whoami));
    }
    if !out.is_empty() {
        out.push('\n');
    }
    let rows = whoami.tried.0.iter().map(|tried| {
        let (outcome, reason) = match &tried.outcome {
            Outcome::NotConfigured { reason } => ("not configured", reason.clone()),
            Outcome::Failed { code, reason } => ("failed", format!("[{}] {reason}", code.as_str())),
            Outcome::Used { origin } => ("used", origin.clone()),
        };
        vec![tried.link.to_string(), outcome.to_owned(), reason]
    });
    out.push_str(&table(&["TRIED", "ANSWER", "BECAUSE"], &rows.collect::<Vec<_>>()));
    out.truncate(out.trim_end().len());
    out.push('\n');
    out
}

/// Until when the credentials are valid, and what comes then.
fn until(whoami: &Whoami) -> String {
    match (whoami.expires, whoami.ends_without_renewal) {
        (None, _) => "no expiry is known".to_owned(),
        (Some(expires), None) => format!("{expires}; keyform renews them before"),
        (Some(expires), Some(end)) if expires == end => {
            format!("{expires}; keyform cannot renew them, so a run ends before")
        }
        (Some(expires), Some(end)) => {
            format!("{expires}; keyform renews them until {end}, and a run ends before that")
        }
    }
}
