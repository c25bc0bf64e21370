//! The links in their order.

use super::{
    Choice, CredentialError, Granted, Link, NotGranted, Outcome, Surroundings, Trace, Tried,
    config_file, environment, ini_file, instance_role, oidc, uri,
};

/// The vendor's order.
const ORDER: [Link; 6] = [
    Link::Environment,
    Link::Oidc,
    Link::ConfigFile,
    Link::IniFile,
    Link::InstanceRole,
    Link::CredentialsUri,
];

/// The order if a project names a profile: it is asked for by name, and the files of profiles are
/// asked first. A machine without these files, such as a runner of CI, has its credentials in
/// another place.
const ORDER_WITH_PROFILE: [Link; 6] = [
    Link::ConfigFile,
    Link::IniFile,
    Link::Environment,
    Link::Oidc,
    Link::InstanceRole,
    Link::CredentialsUri,
];

/// What the chain found.
pub(super) struct Found {
    pub(super) link: Link,
    pub(super) granted: Granted,
}

/// Asks one link after the other; answers what each said, too.
pub(super) fn find(
    around: &Surroundings,
    choice: &Choice,
) -> (Trace, Result<Found, CredentialError>) {
    let order = if choice.profile.is_some() { ORDER_WITH_PROFILE } else { ORDER };
    let mut trace = Trace::default();
    for link in order {
        let mut note = |outcome| trace.0.push(Tried { link, outcome });
        match ask(link, around, choice) {
            Ok(granted) => {
                note(Outcome::Used { origin: granted.origin.clone() });
                return (trace, Ok(Found { link, granted }));
            }
            Err(NotGranted::Absent(absence)) => {
                note(Outcome::NotConfigured { reason: absence.to_string() });
            }
            Err(NotGranted::Failed(problem)) => {
                note(Outcome::Failed { code: problem.code(), reason: problem.to_string() });
                return (trace, Err(CredentialError::Failed { link, problem }));
            }
        }
    }
    let none = CredentialError::None { trace: trace.clone() };
    (trace, Err(none))
}

/// Asks one link.
pub(super) fn ask(
    link: Link,
    around: &Surroundings,
    choice: &Choice,
) -> Result<Granted, NotGranted> {
    match link {
        Link::Environment => environment::ask(around),
        Link::Oidc => oidc::ask(around, choice),
        Link::ConfigFile => config_file::ask(around, choice),
        Link::IniFile => ini_file::ask(around, choice),
        Link::InstanceRole => instance_role::ask(around),
        Link::CredentialsUri => uri::ask(around),
    }
}
