//! Who asks: the access key, the clock, the signature, the token and the nonce of a request.

use std::{sync::PoisonError, time::Duration};

use super::{
    access_keys::{AccessKey, TokenProblem},
    answer::Problem,
    service::Service,
};
use crate::{
    ecs::{sign, wire::HttpRequest},
    model::Timestamp,
};

/// How far the time of a request may be from the server's clock, in both directions.
const SKEW: Duration = Duration::from_mins(15);

impl Service {
    /// Finds out who asks. The nonce is noted last, so that a request without a right signature
    /// uses none up. In which order the service itself checks is not documented.
    pub(super) fn authenticate(
        &self,
        request: &HttpRequest,
        now: Timestamp,
    ) -> Result<AccessKey, Problem> {
        let claim = sign::claim(request)?;
        let key = self.find(&claim.access_key_id).ok_or_else(|| {
            let message = "Specified access key is not found.";
            Problem::new(404, "InvalidAccessKeyId.NotFound", message)
        })?;
        if key.is_inactive() {
            let message = "Specified access key is disabled.";
            return Err(Problem::new(400, "InvalidAccessKeyId.Inactive", message));
        }
        if now.since(claim.at).max(claim.at.since(now)) > SKEW {
            let message = "Specified time stamp or date value is expired.";
            return Err(Problem::new(400, "InvalidTimeStamp.Expired", message));
        }
        sign::verify(request, &claim, key.secret())?;
        key.check_token(now, claim.security_token.as_deref()).map_err(token_refused)?;
        let nonce = (claim.access_key_id.as_str(), claim.nonce.as_str());
        let mut nonces = self.nonces.lock().unwrap_or_else(PoisonError::into_inner);
        if !nonces.note(now, nonce, claim.at.plus(SKEW)) {
            let message = "Specified signature nonce was used already.";
            return Err(Problem::new(400, "SignatureNonceUsed", message));
        }
        Ok(key)
    }

    /// An access key that the server was told of, or has given out.
    fn find(&self, id: &str) -> Option<AccessKey> {
        let issued =
            || self.issued.lock().unwrap_or_else(PoisonError::into_inner).find(id).cloned();
        self.access_keys.find(id).cloned().or_else(issued)
    }
}

fn token_refused(problem: TokenProblem) -> Problem {
    match problem {
        TokenProblem::Mismatch => {
            let message = "Specified SecurityToken mismatch with the AccessKey.";
            Problem::new(400, "InvalidSecurityToken.MismatchWithAccessKey", message)
        }
        TokenProblem::Expired => {
            let message = "Specified SecurityToken is expired.";
            Problem::new(400, "InvalidSecurityToken.Expired", message)
        }
    }
}
