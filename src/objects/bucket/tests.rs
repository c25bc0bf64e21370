//! A bucket against a service that is played: what is sent, and what each answer means.

use std::{collections::VecDeque, sync::Mutex};

use super::{super::ObjectErrorKind, *};
use crate::model::Endpoint;

/// A service that gives these answers, one after the other.
#[derive(Default)]
struct Played {
    answers: Mutex<VecDeque<Result<HttpResponse, HttpFailure>>>,
    heard: Mutex<Vec<HttpRequest>>,
}

impl Http for Played {
    fn send(&self, request: &HttpRequest) -> Result<HttpResponse, HttpFailure> {
        self.heard.lock().expect("no test panics with it").push(request.clone());
        let next = self.answers.lock().expect("no test panics with it").pop_front();
        next.expect("no more is asked")
    }
}

#[derive(Debug)]
struct Unsigned;

impl Sign for Unsigned {
    fn sign(&self, request: HttpRequest) -> Result<HttpRequest, ObjectError> {
        Ok(request)
    }
}

fn answer(status: u16, headers: &[(&str, &str)], body: &str) -> Result<HttpResponse, HttpFailure> {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    let headers = headers.iter().map(owned).collect();
    Ok(HttpResponse { status, headers, body: Zeroizing::new(body.as_bytes().to_vec()) })
}

fn error(status: u16, code: &str) -> Result<HttpResponse, HttpFailure> {
    let body = format!("<Error><Code>{code}</Code><Message>It says so.</Message></Error>");
    answer(status, &[], &body)
}

fn stored() -> Result<HttpResponse, HttpFailure> {
    answer(200, &[("etag", "\"1\"")], "content")
}

fn bucket(
    dialect: Dialect,
    answers: impl IntoIterator<Item = Result<HttpResponse, HttpFailure>>,
) -> (Bucket, Arc<Played>) {
    let answers = Mutex::new(answers.into_iter().collect());
    let played = Arc::new(Played { answers, heard: Mutex::default() });
    let endpoint = Endpoint::parse("https://objects.example").expect("an endpoint");
    let address = BucketAddress::new(&endpoint, "states", false);
    let (http, signer, timeout) = (played.clone(), Box::new(Unsigned), Duration::from_secs(1));
    (Bucket { http, address, dialect, signer, timeout }, played)
}

#[test]
fn an_object_is_created_only_if_there_is_none() {
    for (dialect, header, value, exists) in [
        (Dialect::S3, "if-none-match", "*", error(412, "PreconditionFailed")),
        (Dialect::Oss, "x-oss-forbid-overwrite", "true", error(409, "FileAlreadyExists")),
    ] {
        let (bucket, played) = bucket(dialect, [stored(), exists]);
        assert_eq!(bucket.create("a/b", b"x", &[("x-more", "1")]), Ok(PutOutcome::New));
        assert_eq!(bucket.create("a/b", b"x", &[]), Ok(PutOutcome::Exists));
        let heard = played.heard.lock().expect("no test panics with it");
        for request in heard.iter() {
            assert_eq!((request.method, request.path.as_str()), (Method::Put, "/a/b"));
            assert_eq!(request.host.authority(), "states.objects.example");
            assert_eq!((&request.body[..], request.connection), (&b"x"[..], Connection::Fresh));
            let pair = (header.to_owned(), value.to_owned());
            assert!(request.headers.contains(&pair), "{:?}", request.headers);
            let digest = ("content-md5".to_owned(), "nd1OSXM9YsYMjVqEEbEeLA==".to_owned());
            assert!(request.headers.iter().any(|(name, _)| *name == digest.0));
        }
        let added =
            |request: &HttpRequest| request.headers.iter().any(|(name, _)| name == "x-more");
        assert_eq!((added(&heard[0]), added(&heard[1])), (true, false));
    }
}

#[test]
fn a_creation_that_met_another_one_is_asked_for_again_and_not_forever() {
    let conflict = || error(409, "ConditionalRequestConflict");
    let (twice, _) = bucket(Dialect::S3, [conflict(), conflict(), stored()]);
    assert_eq!(twice.create("a", b"x", &[]), Ok(PutOutcome::New));
    let (always, _) = bucket(Dialect::S3, [conflict(), conflict(), conflict(), conflict()]);
    let error = always.create("a", b"x", &[]).expect_err("others are faster");
    assert_eq!(error.kind, ObjectErrorKind::NotDone);
}

#[test]
fn what_an_answer_to_a_creation_means() {
    let lost = || Err(HttpFailure::NoAnswer(NoAnswer::Timeout));
    let tls = || Err(HttpFailure::NotSent(NotSent::Tls { reason: "expired".to_owned() }));
    let refused = || Err(HttpFailure::NotSent(NotSent::Timeout));
    for (answered, kind) in [
        // A page of a network that wants a login first, with the status of a success.
        (answer(200, &[], "<html/>"), ObjectErrorKind::Unknown),
        (answer(302, &[], ""), ObjectErrorKind::Refused),
        (answer(412, &[], "<html/>"), ObjectErrorKind::Refused),
        (error(412, "FileAlreadyExists"), ObjectErrorKind::Refused),
        (error(403, "AccessDenied"), ObjectErrorKind::Refused),
        (error(403, "RequestTimeTooSkewed"), ObjectErrorKind::Refused),
        (error(404, "NoSuchBucket"), ObjectErrorKind::Refused),
        (error(503, "SlowDown"), ObjectErrorKind::NotDone),
        (error(500, "InternalError"), ObjectErrorKind::Unknown),
        (answer(502, &[], "<html/>"), ObjectErrorKind::Unknown),
        (lost(), ObjectErrorKind::Unknown),
        (tls(), ObjectErrorKind::Refused),
        (refused(), ObjectErrorKind::NotDone),
    ] {
        let (bucket, _) = bucket(Dialect::S3, [answered.clone()]);
        let error = bucket.create("a", b"x", &[]).expect_err("no success");
        assert_eq!(error.kind, kind, "{answered:?}: {error}");
    }
}

#[test]
fn only_the_service_says_that_there_is_no_object() {
    let (bucket, _) = bucket(
        Dialect::S3,
        [
            stored(),
            error(404, "NoSuchKey"),
            answer(404, &[], "<html/>"),
            error(404, "NoSuchBucket"),
        ],
    );
    let read = |content: &[u8]| Ok(Some(Zeroizing::new(content.to_vec())));
    assert_eq!(bucket.get("a"), read(b"content"));
    assert_eq!(bucket.get("a"), Ok(None));
    for _ in 0..2 {
        assert_eq!(bucket.get("a").expect_err("not known").kind, ObjectErrorKind::Refused);
    }
}

#[test]
fn a_listing_is_whole_or_an_error() {
    let page = |keys: &str, more: &str| {
        let keys: String =
            keys.chars().map(|key| format!("<Contents><Key>{key}</Key></Contents>")).collect();
        let body = format!("<ListBucketResult>{keys}{more}</ListBucketResult>");
        answer(200, &[], &body)
    };
    let more = "<IsTruncated>true</IsTruncated><NextContinuationToken>t k</NextContinuationToken>";
    let last = "<IsTruncated>false</IsTruncated>";
    let (whole, played) = bucket(Dialect::Oss, [page("ca", more), page("b", last)]);
    assert_eq!(whole.list("p/"), Ok(vec!["a".to_owned(), "b".to_owned(), "c".to_owned()]));
    let urls: Vec<_> =
        played.heard.lock().expect("no test panics with it").iter().map(HttpRequest::url).collect();
    assert_eq!(urls[0].as_str(), "https://states.objects.example/?list-type=2&prefix=p%2F");
    assert!(urls[1].ends_with("&continuation-token=t%20k"), "{:?}", urls[1]);

    let (endless, _) = bucket(Dialect::S3, [page("a", "<IsTruncated>true</IsTruncated>")]);
    assert_eq!(endless.list("").expect_err("no end").kind, ObjectErrorKind::Refused);
    let (other, _) = bucket(Dialect::S3, [answer(200, &[], "<html/>")]);
    other.list("").expect_err("no listing");
}

#[test]
fn what_is_not_there_can_be_removed() {
    let deleted = [answer(204, &[], ""), error(404, "NoSuchKey"), error(403, "AccessDenied")];
    let (bucket, _) = bucket(Dialect::S3, deleted);
    assert_eq!((bucket.delete("a"), bucket.delete("a")), (Ok(()), Ok(())));
    bucket.delete("a").expect_err("refused");
}

#[test]
fn a_bucket_of_oss_must_never_have_had_versions_and_must_be_of_the_account() {
    let versioning = |inner: &str| {
        answer(200, &[], &format!("<VersioningConfiguration>{inner}</VersioningConfiguration>"))
    };
    let info = |owner: &str| {
        let owner = format!("<Owner><ID>{owner}</ID></Owner>");
        answer(200, &[], &format!("<BucketInfo><Bucket>{owner}</Bucket></BucketInfo>"))
    };
    let check = |answers: Vec<_>, account| bucket(Dialect::Oss, answers).0.check(account);
    assert_eq!(check(vec![versioning(""), info("1")], Some("1")), Ok(()));
    assert_eq!(check(vec![versioning(""), info("2")], None), Ok(()));
    let stranger = check(vec![versioning(""), info("2")], Some("1")).expect_err("of another");
    assert_eq!(stranger.kind, ObjectErrorKind::Refused);
    for status in ["Enabled", "Suspended"] {
        let answers = vec![versioning(&format!("<Status>{status}</Status>"))];
        let error = check(answers, Some("1")).expect_err("versions");
        assert!(error.reason.contains(status), "{error}");
    }
    check(vec![answer(200, &[], "<html/>")], None).expect_err("nothing that OSS says");
}
