//! A server with the conditions and signatures of OSS (version 4), written from its documentation: it
//! checks each signature with code of its own.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    sync::{Arc, Mutex},
};

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};

use crate::alicloud::server::{Received, Reply, Server};

pub(super) const KEY: &str = "oss-test-key";
pub(super) const SECRET: &str = "oss-test-secret";
/// A key whose role may read what is no private key.
pub(super) const READER_KEY: &str = "oss-reader-key";
pub(super) const REGION: &str = "cn-hangzhou";
pub(super) const BUCKET: &str = "states";
/// The account that owns the bucket.
pub(super) const OWNER: &str = "1234567890123456";
/// How many objects a page of a listing has.
const PAGE: usize = 7;

/// The server.
pub(super) struct OssServer {
    server: Server,
    bucket: Arc<Mutex<Bucket>>,
}

#[derive(Default)]
struct Bucket {
    objects: BTreeMap<String, Vec<u8>>,
    /// The status of its versioning, if it ever had it.
    versioning: Option<&'static str>,
}

impl OssServer {
    pub(super) fn start() -> Self {
        let bucket = Arc::new(Mutex::new(Bucket::default()));
        let of_server = bucket.clone();
        let server = Server::start(move |received| {
            let mut bucket = of_server.lock().expect("no panic");
            let (status, headers, body) = match flaw(received) {
                Some(code) => error(403, code),
                None if is_denied(received) => error(403, "AccessDenied"),
                None => bucket.answer(received),
            };
            Reply::Raw(raw(status, headers, &body))
        });
        Self { server, bucket }
    }

    pub(super) fn port(&self) -> u16 {
        self.server.address().port()
    }

    /// Turns versioning on, or suspends it.
    pub(super) fn set_versioning(&self, status: &'static str) {
        self.bucket.lock().expect("no panic").versioning = Some(status);
    }
}

/// Whether an object is a private key.
fn is_private_key(path: &str) -> bool {
    path.contains("/keys/") || path.contains("/retired/")
}

/// Whether the caller may not do this: one role may only read, and a private key is never stored
/// without encryption.
fn is_denied(received: &Received) -> bool {
    let header = |name: &str| received.headers.get(name).map_or("", String::as_str);
    let is_read = received.method == "GET";
    let is_reader = header("authorization").contains(READER_KEY);
    let is_encrypted = header("x-oss-server-side-encryption") == "AES256";
    let is_private_key = is_private_key(&received.path);
    let beyond_reading = is_reader && (!is_read || is_private_key);
    beyond_reading || (received.method == "PUT" && is_private_key && !is_encrypted)
}

/// A status, headers and a body.
type Answer = (u16, &'static str, Vec<u8>);

fn error(status: u16, code: &str) -> Answer {
    let body = format!("<Error><Code>{code}</Code><Message>OSS says no.</Message></Error>");
    (status, "", body.into_bytes())
}

fn raw(status: u16, headers: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status} X\r\nServer: AliyunOSS\r\n{headers}Connection: close\r\nContent-Length: \
         {length}\r\n\r\n"
    );
    [head.as_bytes(), body].concat()
}

impl Bucket {
    fn answer(&mut self, received: &Received) -> Answer {
        let Some(key) = received.path.strip_prefix("/states/") else {
            return error(404, "NoSuchBucket");
        };
        let has = |name: &str| received.query.contains_key(name);
        match (received.method.as_str(), key) {
            ("GET", "") if has("versioning") => {
                let status = self.versioning.map(|status| format!("<Status>{status}</Status>"));
                let status = status.unwrap_or_default();
                let body = format!("<VersioningConfiguration>{status}</VersioningConfiguration>");
                (200, "", body.into_bytes())
            }
            ("GET", "") if has("bucketInfo") => {
                let owner = format!("<Owner><ID>{OWNER}</ID><DisplayName>x</DisplayName></Owner>");
                (200, "", format!("<BucketInfo><Bucket>{owner}</Bucket></BucketInfo>").into())
            }
            ("GET", "") if has("list-type") => (200, "", self.page(received).into_bytes()),
            ("GET", key) => match self.objects.get(key) {
                Some(content) => (200, "ETag: \"x\"\r\n", content.clone()),
                None => error(404, "NoSuchKey"),
            },
            ("PUT", key) => self.put(received, key),
            ("DELETE", key) => {
                self.objects.remove(key);
                (204, "", Vec::new())
            }
            _ => error(405, "MethodNotAllowed"),
        }
    }

    fn put(&mut self, received: &Received, key: &str) -> Answer {
        let is_forbidden = received.headers.get("x-oss-forbid-overwrite").map(String::as_str);
        // With versions the header has no effect.
        let is_forbidden = is_forbidden == Some("true") && self.versioning.is_none();
        if is_forbidden && self.objects.contains_key(key) {
            return error(409, "FileAlreadyExists");
        }
        self.objects.insert(key.to_owned(), received.bytes.clone());
        (200, "ETag: \"x\"\r\n", Vec::new())
    }

    fn page(&self, received: &Received) -> String {
        let field = |name: &str| received.query.get(name).cloned().unwrap_or_default();
        let (prefix, after) = (field("prefix"), field("continuation-token"));
        let mut keys = self.objects.keys().filter(|key| key.starts_with(&prefix) && **key > after);
        let page: Vec<_> = keys.by_ref().take(PAGE).collect();
        let mut body = String::from("<ListBucketResult>");
        for key in &page {
            let _ = write!(body, "<Contents><Key>{key}</Key></Contents>");
        }
        let is_truncated = keys.next().is_some();
        if let Some(last) = page.last().filter(|_| is_truncated) {
            let _ = write!(body, "<NextContinuationToken>{last}</NextContinuationToken>");
        }
        body + &format!("<IsTruncated>{is_truncated}</IsTruncated></ListBucketResult>")
    }
}

/// The code of what is wrong with a signature of version 4, if anything is.
fn flaw(received: &Received) -> Option<&'static str> {
    let header = |name: &str| received.headers.get(name).map_or("", String::as_str);
    let claim = header("authorization").strip_prefix("OSS4-HMAC-SHA256 ");
    let Some(claim) = claim else { return Some("AccessDenied") };
    let fields: BTreeMap<_, _> =
        claim.split(',').filter_map(|field| field.trim().split_once('=')).collect();
    let field = |name: &str| fields.get(name).copied().unwrap_or_default();
    let Some((key, scope)) = field("Credential").split_once('/') else {
        return Some("InvalidArgument");
    };
    let time = header("x-oss-date");
    let day = time.split('T').next().unwrap_or_default();
    if key != KEY && key != READER_KEY {
        return Some("InvalidAccessKeyId");
    }
    if scope != format!("{day}/{REGION}/oss/aliyun_v4_request") {
        return Some("InvalidArgument");
    }
    let digest = hex(&Sha256::digest(canonical(received, field("AdditionalHeaders"))));
    let text = format!("OSS4-HMAC-SHA256\n{time}\n{scope}\n{digest}");
    let mut signing_key = format!("aliyun_v4{SECRET}").into_bytes();
    for part in [day, REGION, "oss", "aliyun_v4_request"] {
        signing_key = keyed(&signing_key, part.as_bytes());
    }
    let signature = hex(&keyed(&signing_key, text.as_bytes()));
    (field("Signature") != signature).then_some("SignatureDoesNotMatch")
}

/// What is signed of a request. These paths have no character that would be encoded.
fn canonical(received: &Received, additional: &str) -> String {
    let encoded = keyform::ecs::wire::percent_encoded;
    let pair = |(name, value): (&String, &String)| match value.is_empty() {
        true => encoded(name),
        false => format!("{}={}", encoded(name), encoded(value)),
    };
    let query: Vec<_> = received.query.iter().map(pair).collect();
    let is_signed = |name: &str| {
        name.starts_with("x-oss-")
            || matches!(name, "content-type" | "content-md5")
            || additional.split(';').any(|one| one == name)
    };
    let headers = received.headers.iter().filter(|(name, _)| is_signed(name));
    let headers: String = headers.map(|(name, value)| format!("{name}:{value}\n")).collect();
    let (method, path, query) = (&received.method, &received.path, query.join("&"));
    format!("{method}\n{path}\n{query}\n{headers}\n{additional}\nUNSIGNED-PAYLOAD")
}

fn keyed(key: &[u8], text: &[u8]) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("a key of any length");
    mac.update(text);
    mac.finalize().into_bytes().to_vec()
}

fn hex(bytes: &[u8]) -> String {
    base16ct::lower::encode_string(bytes)
}
