//! A bucket of a Project's state or of private keys.

use crate::{
    diagnostic::{Diagnostic, StateCode},
    manifest::{raw::Text, shown::shown, tree::At},
    model::{BucketChoice, Endpoint, TrustedHosts},
};

use super::{
    cloud::{Service, endpoint_of},
    fields::Scope,
};

/// A bucket as it is written.
#[derive(Clone, Copy)]
pub(super) struct Written<'a> {
    /// Where its fields stand, such as `spec.state.s3`.
    pub(super) place: &'static str,
    pub(super) bucket: &'a Option<Text>,
    pub(super) prefix: &'a Option<Text>,
    pub(super) region: &'a Option<Text>,
    pub(super) endpoint: &'a Option<Text>,
}

impl Written<'_> {
    /// The bucket of S3 that is meant; `None` if something is wrong.
    pub(super) fn s3(
        self,
        scope: &mut Scope<'_>,
        at: At<'_>,
        trusted: &TrustedHosts,
    ) -> Option<BucketChoice> {
        let name = bucket(scope, self.bucket.as_ref(), at, self.place);
        let prefix = prefix(scope, self.prefix.as_ref(), at);
        let region = region(scope, self.region.as_ref(), at);
        let endpoint = match self.endpoint {
            Some(text) => Some(endpoint_of(scope, text, at, Service::S3(self.place), trusted)?),
            None => None,
        };
        let Some(region) = region? else {
            let help = "write the region that the bucket is in, such as region: eu-west-1";
            scope.missing(at, "region", &format!("{}.region", self.place), help);
            return None;
        };
        let endpoint = match endpoint {
            Some(endpoint) => endpoint,
            None => Endpoint::parse(&format!("https://s3.{region}.amazonaws.com")).ok()?,
        };
        Some(BucketChoice { bucket: name?, prefix: prefix?, region, endpoint })
    }

    /// The bucket of OSS that is meant; `None` if something is wrong.
    pub(super) fn oss(
        self,
        scope: &mut Scope<'_>,
        at: At<'_>,
        trusted: &TrustedHosts,
    ) -> Option<BucketChoice> {
        let name = bucket(scope, self.bucket.as_ref(), at, self.place);
        let prefix = prefix(scope, self.prefix.as_ref(), at);
        let region = region(scope, self.region.as_ref(), at);
        let endpoint = match self.endpoint {
            Some(text) => Some(endpoint_of(scope, text, at, Service::Oss(self.place), trusted)?),
            None => None,
        };
        let named = endpoint.as_ref().and_then(Endpoint::oss_region).map(str::to_owned);
        let Some(region) = region?.or(named) else {
            let message = format!("{}: nothing says in which region the bucket is", scope.subject);
            scope.problem(
                Diagnostic::error(StateCode::InvalidBucketRegion, at.key_place(), message)
                    .help("write the region of the bucket, such as region: cn-hangzhou"),
            );
            return None;
        };
        let endpoint = match endpoint {
            Some(endpoint) => endpoint,
            None => Endpoint::parse(&format!("https://oss-{region}.aliyuncs.com")).ok()?,
        };
        Some(BucketChoice { bucket: name?, prefix: prefix?, region, endpoint })
    }
}

fn bucket(
    scope: &mut Scope<'_>,
    written: Option<&Text>,
    at: At<'_>,
    place: &str,
) -> Option<String> {
    let field = format!("{place}.bucket");
    let Some(Text(text)) = written else {
        scope.missing(at, "bucket", &field, "write the name of the bucket: bucket: acme-states");
        return None;
    };
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let is_name = (3..=63).contains(&text.len())
        && text.bytes().all(is_plain)
        && !text.starts_with('-')
        && !text.ends_with('-');
    if is_name {
        return Some(text.clone());
    }
    let message = format!("{}: {} is not the name of a bucket", scope.subject, shown(text));
    scope.problem(
        Diagnostic::error(StateCode::InvalidBucket, at.key("bucket").place(), message)
            .field(field)
            .found(text)
            .help("a name has 3 to 63 lower-case letters, digits and hyphens: bucket: acme-states"),
    );
    None
}

fn prefix(scope: &mut Scope<'_>, written: Option<&Text>, at: At<'_>) -> Option<String> {
    let Some(Text(text)) = written else { return Some(String::new()) };
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    let is_part =
        |part: &str| !part.is_empty() && !part.starts_with('.') && part.bytes().all(is_plain);
    if text.is_empty() || text.split('/').all(is_part) {
        return Some(text.clone());
    }
    let message = format!("{}: its prefix cannot be {}", scope.subject, shown(text));
    scope.problem(
        Diagnostic::error(StateCode::InvalidPrefix, at.key("prefix").place(), message)
            .found(text)
            .help(
                "write letters, digits, `-`, `_` and `.`, with `/` between parts: prefix: keyform",
            ),
    );
    None
}

/// The region, if one is written; `None` if it is wrong.
fn region(scope: &mut Scope<'_>, written: Option<&Text>, at: At<'_>) -> Option<Option<String>> {
    let Some(Text(text)) = written else { return Some(None) };
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if (1..=40).contains(&text.len()) && text.bytes().all(is_plain) {
        return Some(Some(text.clone()));
    }
    let message = format!("{}: {} is no region of a bucket", scope.subject, shown(text));
    scope.problem(
        Diagnostic::error(StateCode::InvalidBucketRegion, at.key("region").place(), message)
            .found(text)
            .help("write the region that the bucket is in, such as region: cn-hangzhou"),
    );
    None
}
