//! The client of HTTP against a server on loopback.

use std::time::Duration;

use keyform::{
    alicloud::{
        Client, Http, ProxySettings,
        http::{
            ANSWER_MAX, Connection, HttpFailure, HttpHost, HttpRequest, Method, NoAnswer, NotSent,
        },
    },
    model::Endpoint,
};
use zeroize::Zeroizing;

use super::server::{Reply, Server};

fn request(url: &str, connection: Connection) -> HttpRequest {
    let host = HttpHost::from(&Endpoint::parse(url).expect("an address"));
    let request = HttpRequest::new(Method::Post, host, "/", Duration::from_secs(20));
    HttpRequest { connection, ..request }
}

fn client() -> Client {
    Client::new(ProxySettings::default()).expect("no proxy")
}

fn answer_to(reply: Reply) -> Result<u16, HttpFailure> {
    let server = Server::start(move |_| reply.clone());
    let mut request = request(&server.url(), Connection::Reused);
    request.timeout = Duration::from_millis(300);
    let answer = client().send(&request).map(|response| response.status);
    assert_eq!(server.received().len(), 1, "one attempt");
    answer
}

#[test]
fn a_request_is_sent_as_it_is_written_and_says_who_sends_it() {
    let server = Server::start(|_| Reply::ok("answer"));
    let mut request = request(&server.url(), Connection::Reused);
    request.query = vec![("A".to_owned(), "x y+*".to_owned()), ("B".to_owned(), String::new())];
    request = request.with_header("x-acs-action", "DescribeKeyPairs");
    request.body = Zeroizing::new(b"body".to_vec());
    let response = client().send(&request).expect("an answer");
    assert_eq!((response.status, &response.body[..]), (200, &b"answer"[..]));
    assert_eq!(response.header("content-length"), Some("6"));
    let got = &server.received()[0];
    assert_eq!((got.method.as_str(), got.path.as_str(), got.body.as_str()), ("POST", "/", "body"));
    assert_eq!(got.field("A").as_deref(), Some("x y+*"));
    assert_eq!(got.field("B").as_deref(), Some(""));
    assert_eq!(got.headers["x-acs-action"], "DescribeKeyPairs");
    assert_eq!(got.headers["user-agent"], concat!("keyform/", env!("CARGO_PKG_VERSION")));
    assert_eq!(got.headers["host"], server.address().to_string());
}

#[test]
fn every_status_is_an_answer_and_no_redirect_is_followed() {
    for status in [200, 404, 429, 500, 503] {
        assert_eq!(answer_to(Reply::Status(status, "x".to_owned())), Ok(status));
    }
    assert_eq!(answer_to(Reply::Redirect(Server::nowhere())), Ok(302));
}

#[test]
fn what_was_surely_not_sent_is_told_from_what_has_no_answer() {
    let sent = |url: &str| client().send(&request(url, Connection::Fresh)).expect_err("a failure");
    let refused = sent(&Server::nowhere());
    assert!(matches!(refused, HttpFailure::NotSent(NotSent::NotConnected { .. })), "{refused:?}");
    let plain = Server::start(|_| Reply::Hangup);
    let no_tls = sent(&plain.url().replace("http://", "https://"));
    assert!(matches!(no_tls, HttpFailure::NotSent(_)), "{no_tls:?}");
    let unwritable = request(&plain.url(), Connection::Fresh).with_header("x-acs-action", "a\nb");
    let failure = client().send(&unwritable).expect_err("a failure");
    assert_eq!(failure, HttpFailure::NotSent(NotSent::Unwritable));

    let silent = answer_to(Reply::Silence).expect_err("no answer");
    assert_eq!(silent, HttpFailure::NoAnswer(NoAnswer::Timeout));
    assert!(silent.is_timeout());
    for reply in [
        Reply::Hangup,
        Reply::Raw(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort".to_vec()),
        Reply::Raw(b"SSH-2.0-OpenSSH_9.2\r\n".to_vec()),
    ] {
        let failure = answer_to(reply).expect_err("no answer");
        assert!(matches!(failure, HttpFailure::NoAnswer(_)), "{failure:?}");
    }
}

#[test]
fn an_answer_that_is_too_large_is_not_read() {
    let mut bytes = b"HTTP/1.1 200 OK\r\n\r\n".to_vec();
    bytes.resize(bytes.len() + ANSWER_MAX + 1, b'x');
    let server = Server::start(move |_| Reply::Raw(bytes.clone()));
    let failure = client().send(&request(&server.url(), Connection::Reused));
    assert_eq!(failure, Err(HttpFailure::NoAnswer(NoAnswer::TooLarge { max: ANSWER_MAX })));
}

#[test]
fn reads_share_a_connection_and_each_write_has_its_own() {
    let server = Server::start(|_| Reply::ok("x"));
    let client = client();
    for connection in [
        Connection::Reused,
        Connection::Reused,
        Connection::Fresh,
        Connection::Fresh,
        Connection::Reused,
    ] {
        client.send(&request(&server.url(), connection)).expect("an answer");
    }
    let connections: Vec<_> = server.received().iter().map(|got| got.connection).collect();
    assert_eq!(connections, [0, 0, 1, 2, 0]);
}

#[test]
fn a_connection_that_was_closed_meanwhile_is_no_failure_before_the_sending() {
    // It is the end of each connection, without a word of it.
    let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx".to_vec();
    let server = Server::start(move |_| Reply::Raw(answer.clone()));
    let client = client();
    client.send(&request(&server.url(), Connection::Reused)).expect("an answer");
    client.send(&request(&server.url(), Connection::Fresh)).expect("an answer");
    assert_eq!(server.received().len(), 2);
}

/// A proxy that is asked to connect to ECS, and refuses.
fn through(variable: &str, exceptions: &str) -> (usize, HttpFailure) {
    let proxy = Server::start(|_| Reply::Status(403, String::new()));
    let address = format!("http://user:password@{}", proxy.address());
    let address = Some(Zeroizing::new(address));
    let settings = match variable {
        "https" => ProxySettings { https: address, ..ProxySettings::default() },
        _ => ProxySettings { http: address, ..ProxySettings::default() },
    };
    let settings = ProxySettings { exceptions: exceptions.to_owned(), ..settings };
    let client = Client::new(settings).expect("an address");
    // A port of loopback at which nothing answers, by an address that is not known as loopback's.
    let port = Endpoint::parse(&Server::nowhere()).expect("an address").port();
    let name = "::ffff:127.0.0.1".to_owned();
    let host = HttpHost { is_encrypted: variable == "https", name, port };
    let request = HttpRequest::new(Method::Get, host, "/", Duration::from_secs(20));
    let failure = client.send(&request).expect_err("a failure");
    let asked = proxy.received();
    if let Some(connect) = asked.first() {
        assert_eq!(connect.method, "CONNECT");
        assert_eq!(connect.headers["proxy-authorization"], "Basic dXNlcjpwYXNzd29yZA==");
    }
    (asked.len(), failure)
}

#[test]
fn a_proxy_is_asked_to_connect_unless_the_host_is_an_exception() {
    for variable in ["https", "http"] {
        let (asked, failure) = through(variable, "");
        assert_eq!(asked, 1, "{variable}");
        assert!(matches!(failure, HttpFailure::NotSent(NotSent::Proxy { .. })), "{failure:?}");
        assert!(!failure.to_string().contains("password"), "{failure}");
        let (asked, failure) = through(variable, "::ffff:127.0.0.1");
        assert_eq!(asked, 0, "{variable}");
        assert!(matches!(failure, HttpFailure::NotSent(_)), "{failure:?}");
    }
}

#[test]
fn loopback_never_goes_through_a_proxy_and_a_wrong_proxy_is_named_without_its_value() {
    let server = Server::start(|_| Reply::ok("x"));
    let proxy = || Some(Zeroizing::new(Server::nowhere()));
    let settings = ProxySettings { https: proxy(), http: proxy(), exceptions: String::new() };
    let client = Client::new(settings).expect("addresses");
    client.send(&request(&server.url(), Connection::Reused)).expect("an answer");
    let wrong = Some(Zeroizing::new("gopher://user:password@proxy".to_owned()));
    let settings = ProxySettings { https: wrong, ..ProxySettings::default() };
    let problem = Client::new(settings).err().expect("a problem").to_string();
    assert!(problem.contains("HTTPS_PROXY") && !problem.contains("password"), "{problem}");
}
