//! STS: who the caller is, which needs no right, and temporary credentials for a role. Every role
//! exists, and may do everything.

use std::{sync::PoisonError, time::Duration};

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{
    access_keys::AccessKey,
    answer::Problem,
    service::{Asked, Service},
};
use crate::model::{ServiceTime, Timestamp, time::Precision};

/// How long temporary credentials may hold, in seconds, and how long without a word.
const DURATION: std::ops::RangeInclusive<u64> = 900..=43_200;
const DURATION_DEFAULT: u64 = 3600;

impl Service {
    /// Answers a call of STS.
    pub(super) fn sts(
        &self,
        asked: &Asked,
        key: &AccessKey,
        now: Timestamp,
        id: &str,
    ) -> Result<Value, Problem> {
        match asked.action.as_str() {
            "GetCallerIdentity" => Ok(self.identity(key, id)),
            "AssumeRole" => self.assume_role(asked, key, now, id),
            _ => Err(Problem::no_such_api()),
        }
    }

    fn identity(&self, key: &AccessKey, id: &str) -> Value {
        let (account, name) = (&self.account, key.id());
        let (kind, arn, user) = if key.is_temporary() {
            let arn = format!("acs:ram::{account}:assumed-role/emulator/{name}");
            let arn = key.arn().map_or(arn, str::to_owned);
            ("AssumedRoleUser", arn, format!("300000000000000001:{name}"))
        } else {
            ("RAMUser", format!("acs:ram::{account}:user/{name}"), "200000000000000001".to_owned())
        };
        json!({
            "RequestId": id, "AccountId": account, "Arn": arn, "UserId": user,
            "PrincipalId": user, "IdentityType": kind,
        })
    }

    /// Gives out temporary credentials. They follow from the caller's secret and the request, so
    /// that whoever does not have the former cannot guess them.
    fn assume_role(
        &self,
        asked: &Asked,
        key: &AccessKey,
        now: Timestamp,
        id: &str,
    ) -> Result<Value, Problem> {
        let need = |name: &str| asked.parameters.text(name).ok_or_else(|| Problem::mandatory(name));
        let (role, session) = (need("RoleArn")?, need("RoleSessionName")?);
        let duration = match asked.parameters.text("DurationSeconds") {
            None => Some(DURATION_DEFAULT),
            Some(text) => text.parse().ok().filter(|seconds| DURATION.contains(seconds)),
        };
        let invalid = |name: &str| {
            let message = format!("The parameter {name} is wrongly formed.");
            Problem::new(400, format!("InvalidParameter.{name}"), message)
        };
        let duration = Duration::from_secs(duration.ok_or_else(|| invalid("DurationSeconds"))?);
        let prefix = format!("acs:ram::{}:role/", self.account);
        let name = role.strip_prefix(&prefix).filter(|name| is_name(name));
        let name = name.ok_or_else(|| invalid("RoleArn"))?;
        self.permit_role(key, role)?;
        if !is_name(session) {
            return Err(invalid("RoleSessionName"));
        }
        let arn = format!("acs:ram::{}:assumed-role/{name}/{session}", self.account);
        let [access_key, secret, token] = ["key", "secret", "token"].map(|what| {
            let parts = [key.secret(), id, what].join("\n");
            base16ct::lower::encode_string(&Sha256::digest(parts))
        });
        let (access_key, expires) = (format!("STS.{}", &access_key[..24]), now.plus(duration));
        let answer = json!({
            "RequestId": id,
            "Credentials": {
                "AccessKeyId": access_key, "AccessKeySecret": secret, "SecurityToken": token,
                "Expiration": ServiceTime::new(expires, Precision::Second).to_string(),
            },
            "AssumedRoleUser": { "Arn": arn, "AssumedRoleId": format!("300000000000000001:{session}") },
        });
        let issued = AccessKey::temporary(access_key, secret, token, expires, arn);
        self.issued.lock().unwrap_or_else(PoisonError::into_inner).issue(now, issued);
        Ok(answer)
    }
}

/// The rule for the names of sessions and, without its paths, of roles.
fn is_name(text: &str) -> bool {
    (2..=64).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".@-_".contains(&byte))
}
