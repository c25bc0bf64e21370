//! Whose credentials are used, and what time the service has.

use std::time::Duration;

use super::opened::{Account, Service, told};
use crate::{
    alicloud::{CredentialError, Whoami, whoami},
    checkup::{Check, CheckCode},
};

/// What is asked of no one in the embedded cloud.
const EMBEDDED: &str = "the embedded cloud asks for no credentials";

/// How much a clock may differ before it is worth a word.
pub(super) const NOTICED: Duration = Duration::from_secs(60);
/// How much the service lets a clock differ (common parameters of the ECS API).
pub(super) const REFUSED: Duration = Duration::from_secs(15 * 60);

/// The checks, and whether the cloud may be read: with credentials of another account nothing is.
pub(super) fn checks(service: &Service) -> (Vec<Check>, bool) {
    let Some(account) = &service.account else {
        let skipped = [CheckCode::Credentials, CheckCode::Account];
        return (skipped.map(|code| Check::skipped(code, EMBEDDED)).to_vec(), true);
    };
    let (found, checked) = whoami(&account.source, Some(&account.id));
    let checks = vec![credentials(&found, &checked), owner(&found, &checked)];
    (checks, checked.is_ok())
}

fn credentials(found: &Whoami, checked: &Result<(), CredentialError>) -> Check {
    let Some(origin) = &found.origin else {
        let finding = match checked {
            Err(error) => format!("[{}] {}", error.code().as_str(), told(error)),
            Ok(()) => "there are none".to_owned(),
        };
        return Check::problem(CheckCode::Credentials, finding)
            .advice("docs/credentials.md names the places; `keyform whoami` shows what was tried");
    };
    match (found.expires, found.ends_without_renewal) {
        (None, _) => {
            Check::ok(CheckCode::Credentials, format!("from {origin}; no expiry is known"))
        }
        (Some(expires), None) => {
            let finding = format!("from {origin}, until {expires}; keyform renews them");
            Check::ok(CheckCode::Credentials, finding)
        }
        (Some(_), Some(end)) => {
            let finding =
                format!("from {origin}; after {end} there are none, and a run ends before");
            Check::warning(CheckCode::Credentials, finding)
                .advice("begin long runs soon after the credentials were made")
        }
    }
}

fn owner(found: &Whoami, checked: &Result<(), CredentialError>) -> Check {
    match (&found.identity, checked) {
        (Some(identity), Ok(())) => {
            let finding = format!("{} is {}", identity.account_id, identity.arn);
            Check::ok(CheckCode::Account, finding)
        }
        (_, Err(error)) if found.origin.is_some() => {
            let finding = format!("[{}] {}", error.code().as_str(), told(error));
            Check::problem(CheckCode::Account, finding)
                .advice("use other credentials, or correct `cloud.alicloud.account`")
        }
        _ => Check::skipped(CheckCode::Account, "there are no credentials"),
    }
}

/// How far the service's clock is, once it was asked for something.
pub(super) fn clock(service: &Service) -> Option<Check> {
    let Some(Account { overheard, .. }) = &service.account else {
        let finding = "the embedded cloud has the clock of this machine";
        return Some(Check::skipped(CheckCode::Clock, finding));
    };
    let told = overheard.heard().into_iter().rev().find_map(|heard| heard.ahead);
    let Some(ahead) = told else {
        return Some(Check::skipped(
            CheckCode::Clock,
            "no answer has told the time of the service",
        ));
    };
    let off = Duration::from_millis(ahead.unsigned_abs());
    // The clock of whoever is behind is slow.
    let side = if ahead > 0 { "behind" } else { "ahead of" };
    let advice = "let the clock be set by NTP: windows and --deadline go by it";
    let seconds = (off.as_millis() + 500) / 1000;
    let finding = format!("the clock of this machine is {seconds} s {side} the service's");
    Some(if off < NOTICED {
        Check::ok(CheckCode::Clock, "the clocks of this machine and of the service agree")
    } else if off < REFUSED {
        Check::warning(CheckCode::Clock, finding).advice(advice)
    } else {
        let finding =
            format!("{finding}; the service refuses the first call of each command from 900 s on");
        Check::problem(CheckCode::Clock, finding).advice(advice)
    })
}
