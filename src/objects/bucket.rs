//! What can be done with the objects of a bucket.

use std::{sync::Arc, time::Duration};

use base64ct::{Base64, Encoding as _};
use md5::{Digest as _, Md5};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::{
    BucketAddress, ObjectError,
    answer::{self, Page, Told},
    dialect::Dialect,
    sign::Sign,
};
use crate::{
    alicloud::{
        http::{
            Connection, Http, HttpFailure, HttpRequest, HttpResponse, Method, NoAnswer, NotSent,
        },
        overheard,
    },
    model::Timestamp,
    visible,
};

/// The most bytes of an object.
const OBJECT_MAX: usize = 1 << 30;
/// How often a creation is asked for that met another one of the same name.
const CONFLICTS_MAX: usize = 4;
/// The most pages of a listing: a server that always has another one is wrong.
const PAGES_MAX: usize = 10_000;

/// What creating an object came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum PutOutcome {
    /// It was created.
    New,
    /// There is one of its name, which stays as it is.
    Exists,
}

/// A bucket of S3 or OSS. Each call is one attempt.
pub struct Bucket {
    pub(super) http: Arc<dyn Http>,
    pub(super) address: BucketAddress,
    pub(super) dialect: Dialect,
    pub(super) signer: Box<dyn Sign>,
    pub(super) timeout: Duration,
}

impl std::fmt::Debug for Bucket {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Bucket").field("address", &self.address).finish_non_exhaustive()
    }
}

impl Bucket {
    /// Where an object is, as the service's own tools write it.
    #[must_use]
    pub fn place(&self, key: &str) -> String {
        format!("{}://{}/{key}", self.dialect.scheme(), self.address.bucket)
    }

    /// Creates an object, durable before the answer, unless there is one of its name. `headers` are
    /// added, such as those that ask for encryption.
    ///
    /// # Errors
    /// [`ObjectError`].
    pub fn create(
        &self,
        key: &str,
        content: &[u8],
        headers: &[(&str, &str)],
    ) -> Result<PutOutcome, ObjectError> {
        if content.len() > OBJECT_MAX {
            return Err(ObjectError::refused(format!("it is larger than {} MB", OBJECT_MAX >> 20)));
        }
        for _ in 0..CONFLICTS_MAX {
            let answer = self.send(self.creation(key, content, headers))?;
            // Without a tag it was not the service that answered.
            if answer.status == 200 && answer.header("etag").is_some() {
                return Ok(PutOutcome::New);
            }
            let told = answer::told(&answer.body);
            if self.dialect.is_there(answer.status, &told.code) {
                return Ok(PutOutcome::Exists);
            }
            if !self.dialect.is_conflict(answer.status, &told.code) {
                return Err(self.problem(&answer, &told));
            }
        }
        Err(ObjectError::not_done("other requests about the same name were always faster"))
    }

    /// Reads an object; `None` if there is none of this name.
    ///
    /// # Errors
    /// [`ObjectError`].
    pub fn get(&self, key: &str) -> Result<Option<Zeroizing<Vec<u8>>>, ObjectError> {
        let mut request = self.request(Method::Get, key);
        request.answer_max = OBJECT_MAX;
        let answer = self.send(request)?;
        if answer.status == 200 && answer.header("etag").is_some() {
            return Ok(Some(answer.body));
        }
        let told = answer::told(&answer.body);
        match (answer.status, told.code.as_str()) {
            (404, "NoSuchKey") => Ok(None),
            _ => Err(self.problem(&answer, &told)),
        }
    }

    /// The keys that begin with a prefix, sorted: all of them, over all pages.
    ///
    /// # Errors
    /// [`ObjectError`].
    pub fn list(&self, prefix: &str) -> Result<Vec<String>, ObjectError> {
        let mut keys = Vec::new();
        let mut next: Option<String> = None;
        for _ in 0..PAGES_MAX {
            let mut query = vec![("list-type", "2"), ("prefix", prefix)];
            query.extend(next.as_deref().map(|token| ("continuation-token", token)));
            let page: Page = self.ask(&query, "ListBucketResult")?;
            let is_last = !page.is_truncated;
            next = page.next.clone();
            keys.extend(page.keys());
            if is_last {
                keys.sort();
                keys.dedup();
                return Ok(keys);
            }
            if next.is_none() {
                break;
            }
        }
        Err(ObjectError::refused("the listing has no end"))
    }

    /// What time it is by the clock of the service, to the second, if an answer tells it.
    ///
    /// # Errors
    /// [`ObjectError`].
    pub fn time(&self, prefix: &str) -> Result<Option<Timestamp>, ObjectError> {
        let mut request = self.request(Method::Get, "");
        let query = [("list-type", "2"), ("max-keys", "1"), ("prefix", prefix)];
        request.query = query.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        let answer = self.send(request)?;
        Ok(overheard::date(&answer).map(Timestamp::from_milliseconds))
    }

    /// Removes an object. One that is not there is no error.
    ///
    /// # Errors
    /// [`ObjectError`].
    pub fn delete(&self, key: &str) -> Result<(), ObjectError> {
        let answer = self.send(self.request(Method::Delete, key))?;
        if matches!(answer.status, 200 | 204) {
            return Ok(());
        }
        let told = answer::told(&answer.body);
        match (answer.status, told.code.as_str()) {
            (404, "NoSuchKey") => Ok(()),
            _ => Err(self.problem(&answer, &told)),
        }
    }

    /// Asks something of the bucket itself, whose answer's outermost element has a name.
    pub(super) fn ask<T: for<'a> serde::Deserialize<'a>>(
        &self,
        query: &[(&str, &str)],
        name: &str,
    ) -> Result<T, ObjectError> {
        let mut request = self.request(Method::Get, "");
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        request.query = query.iter().map(owned).collect();
        let answer = self.send(request)?;
        if answer.status != 200 {
            return Err(self.problem(&answer, &answer::told(&answer.body)));
        }
        answer::read(&answer.body, name)
            .map_err(|flaw| ObjectError::refused(format!("the answer cannot be read: {flaw}")))
    }

    fn creation(&self, key: &str, content: &[u8], headers: &[(&str, &str)]) -> HttpRequest {
        let mut request = self.request(Method::Put, key);
        let (name, value) = self.dialect.create_only();
        let digest = Base64::encode_string(&Md5::digest(content));
        request = request.with_header(name, value).with_header("content-md5", digest);
        for (name, value) in headers {
            request = request.with_header(name, *value);
        }
        request.body = Zeroizing::new(content.to_vec());
        request
    }

    fn request(&self, method: Method, key: &str) -> HttpRequest {
        let path = self.address.path(key);
        let mut request = HttpRequest::new(method, self.address.host.clone(), &path, self.timeout);
        if method != Method::Get {
            request.connection = Connection::Fresh;
        }
        request
    }

    fn send(&self, mut request: HttpRequest) -> Result<HttpResponse, ObjectError> {
        if let Some(name) = self.dialect.content_hash() {
            let hash = base16ct::lower::encode_string(&Sha256::digest(&request.body[..]));
            request = request.with_header(name, hash);
        }
        let request = self.signer.sign(request)?;
        self.http.send(&request).map_err(|failure| {
            let reason = format!("{}: {failure}", self.address.host.authority());
            match failure {
                HttpFailure::NotSent(NotSent::Tls { .. } | NotSent::Unwritable) => {
                    ObjectError::refused(reason)
                }
                HttpFailure::NotSent(_) => ObjectError::not_done(reason),
                HttpFailure::NoAnswer(NoAnswer::TooLarge { .. })
                    if request.method == Method::Get =>
                {
                    ObjectError::refused(reason)
                }
                HttpFailure::NoAnswer(_) => ObjectError::unknown(reason),
            }
        })
    }

    /// An answer that is none of those that are expected.
    fn problem(&self, answer: &HttpResponse, told: &Told) -> ObjectError {
        let Told { code, message } = told;
        let status = answer.status;
        let reason = match code.is_empty() {
            true => format!(
                "{} answered with the status {status} and nothing that {} says",
                self.address.host.authority(),
                self.dialect.scheme(),
            ),
            false => format!("{} ({})", visible::line(message), visible::line(code)),
        };
        match (status, code.as_str()) {
            (_, "SlowDown" | "ServiceUnavailable" | "RequestRateLimitExceeded") => {
                ObjectError::not_done(reason)
            }
            (_, "RequestTimeTooSkewed") => {
                ObjectError::refused(format!("{reason}; set the clock of this machine"))
            }
            // The status of a proxy or of a server that breaks off says nothing of what was done.
            (200..=299 | 408 | 500..=599, _) => ObjectError::unknown(reason),
            _ => ObjectError::refused(reason),
        }
    }
}

#[cfg(test)]
mod tests;
