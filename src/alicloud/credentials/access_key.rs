//! What requests are signed with.

use super::{Problem, Secret};
use crate::{ecs::sign::SigningKey, model::Timestamp};

/// What a request is signed with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credentials {
    /// The id of the access key.
    pub access_key_id: Secret,
    /// Its secret, which no request has in it.
    pub access_key_secret: Secret,
    /// The token of temporary credentials.
    pub security_token: Option<Secret>,
    /// When they expire, if they do and if that is known.
    pub expires: Option<Timestamp>,
}

impl Credentials {
    /// What [`crate::ecs::sign`] signs with.
    #[must_use]
    pub fn signing_key(&self) -> SigningKey<'_> {
        SigningKey {
            access_key_id: self.access_key_id.expose(),
            access_key_secret: self.access_key_secret.expose(),
            security_token: self.security_token.as_ref().map(Secret::expose),
        }
    }

    /// A key that a person wrote somewhere; `place` is where.
    pub(super) fn written(
        id: Option<&str>,
        secret: Option<&str>,
        token: Option<&str>,
        place: &str,
        names: [&'static str; 2],
    ) -> Result<Self, Problem> {
        let there = |value: Option<&str>, missing| {
            let value = value.filter(|value| !value.is_empty());
            value.map(Secret::new).ok_or(Problem::Incomplete { place: place.to_owned(), missing })
        };
        Ok(Self {
            access_key_id: there(id, names[0])?,
            access_key_secret: there(secret, names[1])?,
            security_token: token.filter(|token| !token.is_empty()).map(Secret::new),
            expires: None,
        })
    }
}
