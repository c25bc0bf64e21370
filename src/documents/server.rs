//! What can be asked of a server of documents.

use std::{fmt, sync::Arc, time::Duration};

use base64ct::{Base64, Encoding as _};
use md5::{Digest as _, Md5};
use zeroize::Zeroizing;

use super::{DocumentError, LockRecord};
use crate::{
    alicloud::{
        Secret,
        http::{
            Connection, Http, HttpFailure, HttpHost, HttpRequest, HttpResponse, Method, NoAnswer,
            NotSent,
        },
    },
    model::{DocumentAddress, DocumentChoice, DocumentMethod},
};

/// The most bytes of a document.
const DOCUMENT_MAX: usize = 256 << 20;
/// The statuses that say that another one holds the lock.
const LOCKED: [u16; 2] = [409, 423];

/// A user and a password.
pub struct Login {
    /// The name of the user.
    pub user: String,
    /// The password, or a token in its place.
    pub password: Secret,
}

/// A document at its address.
pub struct DocumentServer {
    http: Arc<dyn Http>,
    choice: DocumentChoice,
    login: Option<Login>,
    timeout: Duration,
}

/// What asking for the lock came to.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub enum Locked {
    /// It is held by whoever asked.
    Ours,
    /// Another one holds it, as the server says.
    Held(LockRecord),
}

impl fmt::Debug for DocumentServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DocumentServer").field("place", &self.place()).finish_non_exhaustive()
    }
}

impl DocumentServer {
    /// A document, each request for which takes at most `timeout`. Nothing is asked yet.
    #[must_use]
    pub fn new(
        http: Arc<dyn Http>,
        choice: DocumentChoice,
        login: Option<Login>,
        timeout: Duration,
    ) -> Self {
        Self { http, choice, login, timeout }
    }

    /// Where the document is, without its query.
    #[must_use]
    pub fn place(&self) -> String {
        self.choice.address.place()
    }

    /// Where its lock is, without the query.
    #[must_use]
    pub fn lock_place(&self) -> String {
        self.choice.lock_address.place()
    }

    /// Reads the document; `None` if there is none.
    ///
    /// # Errors
    /// [`DocumentError`].
    pub fn read(&self) -> Result<Option<Zeroizing<Vec<u8>>>, DocumentError> {
        // What a cache between keeps may be older than what was written.
        let request = self.request(Method::Get, &self.choice.address);
        let mut request = request.with_header("cache-control", "no-cache");
        request.answer_max = DOCUMENT_MAX;
        let answer = self.send(request)?;
        match answer.status {
            204 | 404 => Ok(None),
            200 if answer.body.is_empty() => Ok(None),
            200 if has_other_digest(&answer) => {
                Err(DocumentError::unknown("the answer is not what its Content-MD5 says"))
            }
            200 => Ok(Some(answer.body)),
            _ => Err(self.problem(&self.choice.address, answer.status)),
        }
    }

    /// Overwrites the document, under the lock with this id.
    ///
    /// # Errors
    /// [`DocumentError`].
    pub fn write(&self, content: &[u8], lock: &str) -> Result<(), DocumentError> {
        if content.len() > DOCUMENT_MAX {
            let reason = format!("the document is larger than {} MB", DOCUMENT_MAX >> 20);
            return Err(DocumentError::refused(reason));
        }
        let (method, address) = (self.choice.update_method.into(), &self.choice.address);
        let mut request = with_body(self.request(method, address), content);
        request.query.push(("ID".to_owned(), lock.to_owned()));
        match self.send(request)?.status {
            200 | 201 | 204 => Ok(()),
            409 | 423 => Err(DocumentError::refused("the lock is not held by this run any more")),
            422 => Err(DocumentError::refused(format!(
                "{} refuses the document: another one with its serial was written before",
                authority(address)
            ))),
            413 => Err(DocumentError::refused(format!(
                "the document has {} bytes, and {} takes fewer",
                content.len(),
                authority(address)
            ))),
            status => Err(self.problem(address, status)),
        }
    }

    /// Asks for the lock.
    ///
    /// # Errors
    /// [`DocumentError`].
    pub fn lock(&self, record: &LockRecord) -> Result<Locked, DocumentError> {
        let (method, address) = (self.choice.lock_method.into(), &self.choice.lock_address);
        let answer = self.send(with_body(self.request(method, address), &record.body()))?;
        match answer.status {
            200 | 201 | 204 => Ok(Locked::Ours),
            status if LOCKED.contains(&status) => Ok(Locked::Held(LockRecord::read(&answer.body))),
            status => Err(self.problem(address, status)),
        }
    }

    /// Frees the lock with the id of a record; answers whether it was held with that id.
    ///
    /// # Errors
    /// [`DocumentError`].
    pub fn unlock(&self, record: &LockRecord) -> Result<bool, DocumentError> {
        let (method, address) = (self.choice.unlock_method.into(), &self.choice.unlock_address);
        let mut request = with_body(self.request(method, address), &record.body());
        // For a server or a proxy that ignores the body of a DELETE.
        request.query.push(("ID".to_owned(), record.id.clone()));
        match self.send(request)?.status {
            200 | 201 | 204 => Ok(true),
            404 => Ok(false),
            status if LOCKED.contains(&status) => Ok(false),
            status => Err(self.problem(address, status)),
        }
    }

    fn request(&self, method: Method, address: &DocumentAddress) -> HttpRequest {
        let host = HttpHost::from(address.endpoint());
        let mut request = HttpRequest::new(method, host, &address.path_and_query(), self.timeout);
        if method != Method::Get {
            request.connection = Connection::Fresh;
        }
        match &self.login {
            Some(Login { user, password }) => {
                let pair = Zeroizing::new(format!("{user}:{}", password.expose()));
                let encoded = Zeroizing::new(Base64::encode_string(pair.as_bytes()));
                request.with_header("authorization", format!("Basic {}", *encoded))
            }
            None => request,
        }
    }

    fn send(&self, request: HttpRequest) -> Result<HttpResponse, DocumentError> {
        self.http.send(&request).map_err(|failure| {
            let reason = format!("{}: {failure}", request.host.authority());
            match failure {
                HttpFailure::NotSent(NotSent::Tls { .. } | NotSent::Unwritable) => {
                    DocumentError::refused(reason)
                }
                HttpFailure::NotSent(_) => DocumentError::not_done(reason),
                HttpFailure::NoAnswer(NoAnswer::TooLarge { .. })
                    if request.method == Method::Get =>
                {
                    DocumentError::refused(reason)
                }
                HttpFailure::NoAnswer(_) => DocumentError::unknown(reason),
            }
        })
    }

    /// A status that is none of those that are expected.
    fn problem(&self, address: &DocumentAddress, status: u16) -> DocumentError {
        let host = authority(address);
        match status {
            401 => DocumentError::refused(match self.login {
                Some(_) => format!(
                    "{host} does not know the user of TF_HTTP_USERNAME with the password of \
                     TF_HTTP_PASSWORD"
                ),
                None => format!(
                    "{host} wants a user and a password: set TF_HTTP_USERNAME and TF_HTTP_PASSWORD"
                ),
            }),
            403 => DocumentError::refused(format!("{host} does not let this user do that")),
            300..=399 => DocumentError::refused(format!(
                "{host} leads to another address (status {status}), to which keyform sends no \
                 credentials; write that address if it is right"
            )),
            429 => DocumentError::not_done(format!("{host} has had too many requests")),
            // The status of a proxy or of a server that breaks off says nothing of what was done.
            200..=299 | 408 | 500..=599 => {
                DocumentError::unknown(format!("{host} answered with the status {status}"))
            }
            _ => DocumentError::refused(format!("{host} answered with the status {status}")),
        }
    }
}

fn authority(address: &DocumentAddress) -> String {
    HttpHost::from(address.endpoint()).authority()
}

fn with_body(request: HttpRequest, content: &[u8]) -> HttpRequest {
    let digest = Base64::encode_string(&Md5::digest(content));
    let mut request =
        request.with_header("content-type", "application/json").with_header("content-md5", digest);
    request.body = Zeroizing::new(content.to_vec());
    request
}

/// Whether an answer says the digest of its body, and it is another one.
fn has_other_digest(answer: &HttpResponse) -> bool {
    let digest = Base64::encode_string(&Md5::digest(&answer.body[..]));
    answer.header("content-md5").is_some_and(|said| said != digest)
}

impl From<DocumentMethod> for Method {
    fn from(method: DocumentMethod) -> Self {
        match method {
            DocumentMethod::Delete => Self::Delete,
            DocumentMethod::Lock => Self::Lock,
            DocumentMethod::Post => Self::Post,
            DocumentMethod::Put => Self::Put,
            DocumentMethod::Unlock => Self::Unlock,
        }
    }
}
