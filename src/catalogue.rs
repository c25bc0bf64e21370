//! All stable codes with their explanations: what `keyform explain` prints and `docs/codes.md` holds.
//!
//! It has its text itself: `render` is below the use cases, whose codes are here.

pub mod text;

use crate::{
    alicloud::{CredentialCode, ProxyCode},
    apply::FailureCode,
    checkup::CheckCode,
    code::Explanation,
    database::DatabaseCode,
    diagnostic::{CloudCode, DocumentCode, FieldCode, PolicyCode, ReferenceCode, StateCode},
    driver::{DriverErrorCode, LogOnCode},
    emulator::{ConsoleErrorCode, LogErrorCode, server::RemoteErrorCode},
    keys::{KeyErrorCode, KeyWarningCode, PublicKeyCode},
    manifest::suggest,
    model::{KeyFileCode, PemCode},
    plan::{PlanErrorCode, ReasonCode, StaleCode, check::UnsoundCode},
    session::{
        ConsoleOpenErrorCode, InitErrorCode, KeysErrorCode, MetricsErrorCode, MigrationErrorCode,
        OpenErrorCode, RehearsalErrorCode, SavedPlanErrorCode, ServeErrorCode, SessionErrorCode,
    },
    store::{MoveErrorCode, StoreErrorCode},
    vault::VaultErrorCode,
};

/// The codes of one subject.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Area {
    /// What they are about, as a heading.
    pub title: &'static str,
    /// Each code once, in the order of its declaration.
    pub codes: Vec<Explanation>,
}

/// Makes areas of enums of codes; those of one area stand together.
macro_rules! areas {
    ($($title:literal: $($code:ty),+;)+) => {
        vec![$(Area {
            title: $title,
            codes: [$(<$code>::ALL.iter().map(|code| code.explanation()).collect::<Vec<_>>()),+]
                .concat(),
        }),+]
    };
}

/// All codes by area, in a fixed order.
#[must_use]
pub fn all() -> Vec<Area> {
    areas! {
        "Files and documents": DocumentCode;
        "Fields": FieldCode;
        "The cloud of a project": CloudCode;
        "Where a project's state is kept": StateCode;
        "Restarts, programs and proofs": PolicyCode;
        "References between objects": ReferenceCode;
        "Public keys": PublicKeyCode, KeyWarningCode;
        "Private keys": PemCode, KeyFileCode, KeyErrorCode, VaultErrorCode, KeysErrorCode;
        "Projects": InitErrorCode, OpenErrorCode, MigrationErrorCode;
        "States": StoreErrorCode, MoveErrorCode, DatabaseCode;
        "Why something is not done": ReasonCode;
        "Why there is no plan": PlanErrorCode;
        "Why a plan is stale or not sound": StaleCode, UnsoundCode;
        "Plans and runs": SavedPlanErrorCode, SessionErrorCode, DriverErrorCode, MetricsErrorCode;
        "What a run did not do": FailureCode;
        "Logins that prove a key": LogOnCode;
        "The embedded cloud": LogErrorCode, ConsoleErrorCode, ConsoleOpenErrorCode, ServeErrorCode,
            RemoteErrorCode;
        "Credentials for Alibaba Cloud": CredentialCode, ProxyCode;
        "What `keyform doctor` checks": CheckCode;
        "Why a rehearsal does not begin": RehearsalErrorCode;
    }
}

/// The explanation of a code, however it is capitalised, with or without hyphens and underscores.
///
/// # Errors
/// The nearest code, if there is no such one and another is near.
pub fn find(written: &str) -> Result<Explanation, Option<&'static str>> {
    let codes = || all().into_iter().flat_map(|area| area.codes);
    let wanted = plain(written);
    codes()
        .find(|explanation| plain(explanation.code) == wanted)
        .ok_or_else(|| suggest(&wanted, codes().map(|explanation| explanation.code)))
}

fn plain(code: &str) -> String {
    code.chars().filter(|c| !matches!(c, '-' | '_')).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests;
