//! `state` of a Project: where it is kept.

use std::ops::RangeInclusive;

use crate::{
    diagnostic::{CloudCode, Diagnostic, StateCode},
    manifest::{
        StateChoice,
        raw::{RawOss, RawPostgres, RawS3, RawState, Text},
        shown::shown,
        tree::At,
    },
    model::{
        PostgresUrl, PostgresUrlProblem, TrustedHosts, postgres_url::is_on_this_machine,
        schedule::Span,
    },
};

use super::{bucket::Written, document::document, fields::Scope, restart::span};

/// The shortest and the longest time that a lock is held without a renewal.
const LEASE: RangeInclusive<Span> = Span::seconds(2)..=Span::minutes(60);
/// The time where none is written.
const LEASE_DEFAULT: Span = Span::seconds(60);

/// Resolves the `state` at `at`, which is not in files; `None` if it is, or if something is wrong.
pub(super) fn on_server(
    scope: &mut Scope<'_>,
    raw: &RawState,
    at: At<'_>,
    trusted: &TrustedHosts,
) -> Option<StateChoice> {
    let lease = span(scope, raw.lease, at, "lease", LEASE).or(LEASE_DEFAULT);
    let at_postgres = at.key("postgres");
    let postgres = raw.postgres.as_ref().map(|raw| postgres(scope, raw, at_postgres, trusted));
    let s3 = raw.s3.as_ref().map(|raw| {
        let RawS3 { bucket, prefix, region, endpoint, path_style } = raw;
        let place = "spec.state.s3";
        let written = Written { place, bucket, prefix, region, endpoint };
        Some((written.s3(scope, at.key("s3"), trusted)?, path_style.unwrap_or(false)))
    });
    let oss = raw.oss.as_ref().map(|raw| {
        let RawOss { bucket, prefix, region, endpoint } = raw;
        let place = "spec.state.oss";
        Written { place, bucket, prefix, region, endpoint }.oss(scope, at.key("oss"), trusted)
    });
    let http = raw.http.as_ref().map(|raw| document(scope, raw, at.key("http"), trusted));
    let lease = lease.map(Span::duration);
    match (postgres, s3, oss, http) {
        (Some(url), ..) => Some(StateChoice::Postgres { url: url?, lease: lease? }),
        (None, Some(bucket), ..) => {
            let (bucket, is_path_style) = bucket?;
            Some(StateChoice::S3 { bucket, is_path_style, lease: lease? })
        }
        (None, None, Some(bucket), _) => Some(StateChoice::Oss { bucket: bucket?, lease: lease? }),
        (None, None, None, Some(document)) => Some(StateChoice::Http { document: document? }),
        (None, None, None, None) => None,
    }
}

/// Whether there is a problem between what is written: two places, or a lease where there is none.
pub(super) fn contradicts(scope: &mut Scope<'_>, raw: &RawState, at: At<'_>) -> bool {
    let places = [
        ("file", raw.file.is_some()),
        ("postgres", raw.postgres.is_some()),
        ("s3", raw.s3.is_some()),
        ("oss", raw.oss.is_some()),
        ("http", raw.http.is_some()),
    ];
    let mut written = places.into_iter().filter(|(_, is_there)| *is_there).map(|(name, _)| name);
    let (first, second) = (written.next(), written.next());
    if let (Some(first), Some(second)) = (first, second) {
        let message = format!("{} keeps its state in two places", scope.subject);
        scope.problem(
            Diagnostic::error(StateCode::TwoStores, at.key(second).key_place(), message)
                .related(at.key(first).key_place(), "the other is here")
                .help("keep one of the two"),
        );
        return true;
    }
    if raw.lease.is_some() && first.is_none_or(|first| first == "file") {
        let message = format!("{}: a state in files has no lease", scope.subject);
        scope.problem(
            Diagnostic::error(StateCode::LeaseWithoutServer, at.key("lease").key_place(), message)
                .field("spec.state.lease")
                .help("remove `lease`: the lock of a directory is free when its holder has ended"),
        );
        return true;
    }
    if raw.lease.is_some() && raw.http.is_some() {
        let message = format!("{}: the lock of a document has no lease", scope.subject);
        scope.problem(
            Diagnostic::error(StateCode::LeaseOfDocument, at.key("lease").key_place(), message)
                .field("spec.state.lease")
                .help("remove `lease`: the server keeps this lock until it is given up"),
        );
        return true;
    }
    false
}

fn postgres(
    scope: &mut Scope<'_>,
    raw: &RawPostgres,
    at: At<'_>,
    trusted: &TrustedHosts,
) -> Option<PostgresUrl> {
    let help = "write url: \"postgres://keyform@db.example/keyform\"";
    let Some(Text(text)) = &raw.url else {
        scope.missing(at, "url", "spec.state.postgres.url", help);
        return None;
    };
    let at = at.key("url");
    let url = match PostgresUrl::parse(text) {
        Ok(url) => url,
        Err(PostgresUrlProblem::Password) => {
            let message = format!("{}: its address has a password, not shown here", scope.subject);
            let problem = Diagnostic::error(StateCode::PasswordInDatabase, at.place(), message);
            scope.problem(problem.withheld().help(
                "take it out of the file and out of git's history, and change it: the new one \
                 belongs in PGPASSWORD, ~/.pgpass or a service file",
            ));
            return None;
        }
        Err(problem) => {
            let message = format!("{}: its address cannot be used: {problem}", scope.subject);
            scope.problem(
                Diagnostic::error(StateCode::InvalidDatabase, at.place(), message)
                    .field("spec.state.postgres.url")
                    .help(help),
            );
            return None;
        }
    };
    let stranger = url.host.as_ref().filter(|host| !is_on_this_machine(host));
    if let Some(host) = stranger.filter(|host| !trusted.names(host)) {
        let message = format!("{}: credentials would be sent to {}", scope.subject, shown(host));
        let warning = Diagnostic::error(CloudCode::UntrustedHost, at.place(), message);
        scope.problem(warning.field("spec.state.postgres.url").found(host).warning().help(
            "a command that connects refuses it, unless KEYFORM_TRUSTED_HOSTS names the host in \
             the environment",
        ));
    }
    Some(url)
}
