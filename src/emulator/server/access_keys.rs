//! The access keys that the server knows.

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Deserializer};
use zeroize::Zeroizing;

use crate::{model::Timestamp, rights::Policy};

/// The id and the secret of the access key that the server knows if it is told of no other.
pub const DEFAULT_ACCESS_KEY: &str = "emulator";

/// How many temporary credentials are known at once.
const ISSUED_MAX: usize = 1000;

/// The access keys that the server knows, by their ids.
#[derive(Debug)]
pub struct AccessKeys(BTreeMap<String, AccessKey>);

/// An access key, or temporary credentials of STS.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct AccessKey {
    /// Its id.
    access_key_id: String,
    /// What requests are signed with.
    #[serde(deserialize_with = "secret")]
    access_key_secret: Zeroizing<String>,
    /// The token that temporary credentials come with.
    #[serde(default, deserialize_with = "optional_secret")]
    security_token: Option<Zeroizing<String>>,
    /// Until when the token holds; without it, for ever.
    #[serde(default)]
    expires: Option<Timestamp>,
    /// Whether it was disabled.
    #[serde(default)]
    inactive: bool,
    /// What its user may do; without one, everything.
    #[serde(default)]
    policy: Option<Policy>,
    /// Whom temporary credentials are of, if they were given out for a role.
    #[serde(skip)]
    arn: Option<String>,
}

fn secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Zeroizing<String>, D::Error> {
    String::deserialize(deserializer).map(Zeroizing::new)
}

fn optional_secret<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Zeroizing<String>>, D::Error> {
    Option::<String>::deserialize(deserializer).map(|secret| secret.map(Zeroizing::new))
}

/// Shows the id alone (L4).
impl fmt::Debug for AccessKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessKey").field("id", &self.access_key_id).finish_non_exhaustive()
    }
}

/// The file of access keys.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct File {
    credentials: Vec<AccessKey>,
}

impl Default for AccessKeys {
    /// The one that is documented.
    fn default() -> Self {
        Self::of(vec![AccessKey {
            access_key_id: DEFAULT_ACCESS_KEY.to_owned(),
            access_key_secret: Zeroizing::new(DEFAULT_ACCESS_KEY.to_owned()),
            security_token: None,
            expires: None,
            inactive: false,
            policy: None,
            arn: None,
        }])
    }
}

impl AccessKeys {
    /// Reads the file of access keys.
    ///
    /// # Errors
    /// What is wrong with it, without anything of its content.
    pub fn read(text: &str) -> Result<Self, String> {
        let file: File = serde_yaml::from_str(text).map_err(|error| match error.location() {
            Some(place) => format!("line {} cannot be read as it should be", place.line()),
            None => "it is not of the form of credentials".to_owned(),
        })?;
        if file.credentials.is_empty() {
            return Err("it has no credentials".to_owned());
        }
        let empty = |key: &AccessKey| {
            key.access_key_id.is_empty()
                || key.access_key_secret.is_empty()
                || key.security_token.as_ref().is_some_and(|token| token.is_empty())
        };
        if let Some(index) = file.credentials.iter().position(empty) {
            return Err(format!("item {} has an empty value", index + 1));
        }
        for (index, key) in file.credentials.iter().enumerate() {
            let checked = key.policy.as_ref().map_or(Ok(()), Policy::check);
            checked.map_err(|problem| format!("item {}: {problem}", index + 1))?;
        }
        let written = file.credentials.len();
        let keys = Self::of(file.credentials);
        if keys.0.len() < written {
            return Err("an accessKeyId is in it twice".to_owned());
        }
        Ok(keys)
    }

    fn of(keys: Vec<AccessKey>) -> Self {
        Self(keys.into_iter().map(|key| (key.access_key_id.clone(), key)).collect())
    }

    /// No access key.
    pub(super) fn none() -> Self {
        Self(BTreeMap::new())
    }

    /// Adds temporary credentials. Those whose time is over make room, and with many of them the
    /// ones that end first.
    pub(super) fn issue(&mut self, now: Timestamp, key: AccessKey) {
        self.0.retain(|_, known| known.expires.is_none_or(|end| now < end));
        if self.0.len() >= ISSUED_MAX {
            let first = self.0.values().min_by_key(|known| known.expires);
            let first = first.map(|known| known.access_key_id.clone());
            first.map(|id| self.0.remove(&id));
        }
        self.0.insert(key.access_key_id.clone(), key);
    }

    /// The access key of an id.
    pub(super) fn find(&self, id: &str) -> Option<&AccessKey> {
        self.0.get(id)
    }
}

/// What is wrong with the token of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TokenProblem {
    /// It is that of other credentials, or missing, or superfluous.
    Mismatch,
    /// Its time is over.
    Expired,
}

impl AccessKey {
    /// Credentials that were given out for a role.
    pub(super) fn temporary(
        access_key_id: String,
        secret: String,
        token: String,
        expires: Timestamp,
        arn: String,
    ) -> Self {
        Self {
            access_key_id,
            access_key_secret: Zeroizing::new(secret),
            security_token: Some(Zeroizing::new(token)),
            expires: Some(expires),
            inactive: false,
            policy: None,
            arn: Some(arn),
        }
    }

    /// Whom they are of, if they were given out for a role.
    pub(super) fn arn(&self) -> Option<&str> {
        self.arn.as_deref()
    }

    /// Its id.
    pub(super) fn id(&self) -> &str {
        &self.access_key_id
    }

    /// What requests are signed with.
    pub(super) fn secret(&self) -> &str {
        &self.access_key_secret
    }

    /// Whether it was disabled.
    pub(super) fn is_inactive(&self) -> bool {
        self.inactive
    }

    /// What its user may do; none if that is everything.
    pub(super) fn policy(&self) -> Option<&Policy> {
        self.policy.as_ref()
    }

    /// Whether these are temporary credentials.
    pub(super) fn is_temporary(&self) -> bool {
        self.security_token.is_some()
    }

    /// Checks the token of a request.
    pub(super) fn check_token(
        &self,
        now: Timestamp,
        token: Option<&str>,
    ) -> Result<(), TokenProblem> {
        if token != self.security_token.as_ref().map(|token| token.as_str()) {
            return Err(TokenProblem::Mismatch);
        }
        match self.expires {
            Some(end) if end <= now => Err(TokenProblem::Expired),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_has_access_keys_and_temporary_credentials() {
        let keys = AccessKeys::read(
            "credentials:\n- {accessKeyId: ci, accessKeySecret: planted}\n\
             - accessKeyId: STS.1\n  accessKeySecret: s\n  securityToken: t\n  \
             expires: 2026-12-01T00:00:00Z\n",
        )
        .expect("a file");
        let of = |id: &str| keys.find(id).expect("it is known");
        let now = Timestamp::parse("2026-11-30T00:00:00Z").expect("a time");
        let later = Timestamp::parse("2026-12-01T00:00:00Z").expect("a time");
        assert_eq!(of("ci").check_token(now, None), Ok(()));
        assert_eq!(of("ci").check_token(now, Some("t")), Err(TokenProblem::Mismatch));
        assert_eq!(of("STS.1").check_token(now, Some("t")), Ok(()));
        assert_eq!(of("STS.1").check_token(now, None), Err(TokenProblem::Mismatch));
        assert_eq!(of("STS.1").check_token(later, Some("t")), Err(TokenProblem::Expired));
        assert!(!format!("{keys:?}").contains("planted"));
    }

    #[test]
    fn a_bounded_number_of_temporary_credentials_is_known() {
        let at = Timestamp::from_milliseconds;
        let key = |number: i64| {
            let text = |what: &str| format!("{what}-{number}");
            AccessKey::temporary(text("id"), text("s"), text("t"), at(1000 + number), text("arn"))
        };
        let mut keys = AccessKeys::none();
        (0..1010).for_each(|number| keys.issue(at(0), key(number)));
        assert_eq!(keys.0.len(), ISSUED_MAX);
        assert!(keys.find("id-9").is_none() && keys.find("id-10").is_some());
        keys.issue(at(3000), key(5000));
        assert_eq!(keys.0.len(), 1, "the time of all others is over");
    }

    #[test]
    fn a_file_that_is_wrong_is_refused_without_showing_what_is_in_it() {
        for (text, problem) in [
            ("credentials: []\n", "it has no credentials"),
            ("credentials:\n- {accessKeyId: planted}\n", "line 2 cannot be read as it should be"),
            (
                "credentials:\n- {accessKeyId: a, accessKeySecret: planted, secret: planted}\n",
                "line 2 cannot be read as it should be",
            ),
            (
                "credentials:\n- {accessKeyId: '', accessKeySecret: planted}\n",
                "item 1 has an empty value",
            ),
            (
                "credentials:\n- {accessKeyId: a, accessKeySecret: b}\n- {accessKeyId: a, accessKeySecret: c}\n",
                "an accessKeyId is in it twice",
            ),
            (
                "credentials:\n- {accessKeyId: a, accessKeySecret: planted, policy: {Version: '1', \
                 Statement: [{Effect: Perhaps}]}}\n",
                "line 2 cannot be read as it should be",
            ),
            (
                "credentials:\n- {accessKeyId: a, accessKeySecret: planted, policy: {Version: '2', \
                 Statement: []}}\n",
                "item 1: the Version of its policy is not \"1\"",
            ),
        ] {
            assert_eq!(AccessKeys::read(text).expect_err("it is wrong"), problem, "{text}");
        }
    }
}
