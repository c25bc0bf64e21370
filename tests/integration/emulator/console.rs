//! The console of the server: who reaches it, and what it takes.

use keyform::{
    ecs::wire::HttpRequest,
    emulator::server::{Answer, Peer, Reply},
};

use super::client::{Bench, json};

fn command(host: &str, media_type: &str, body: &str) -> HttpRequest {
    let headers = [("host", host), ("content-type", media_type)];
    HttpRequest {
        method: "POST".to_owned(),
        path: "/-/console".to_owned(),
        query: Vec::new(),
        headers: headers.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
        body: body.as_bytes().to_vec(),
    }
}

fn sent(bench: &Bench, request: &HttpRequest, peer: Peer) -> Reply {
    match bench.service.answer(request, peer) {
        Answer::Reply(reply) => reply,
        Answer::HangUp => panic!("the console answers"),
    }
}

const STOP: &str = r#"{"verb": "stop", "instanceIds": ["i-1"]}"#;
const JSON: &str = "application/json";

#[test]
fn it_is_for_programs_of_this_machine_alone() {
    let bench = Bench::new();
    for (host, media_type, peer, status) in [
        ("127.0.0.1:8080", JSON, Peer::Elsewhere, 403),
        ("rebound.example:8080", JSON, Peer::Loopback, 403),
        ("127.0.0.1:8080", "text/plain", Peer::Loopback, 404),
        ("127.0.0.1:8080", "application/x-www-form-urlencoded", Peer::Loopback, 404),
        ("localhost:8080", JSON, Peer::Loopback, 200),
    ] {
        let reply = sent(&bench, &command(host, media_type, STOP), peer);
        assert_eq!(reply.status, status, "{host} {media_type} {peer:?}: {}", reply.body);
    }
}

#[test]
fn a_command_is_done_or_refused_with_its_code() {
    let bench = Bench::new();
    let code = |body: &str| {
        let reply = sent(&bench, &command("127.0.0.1:1", JSON, body), Peer::Loopback);
        (reply.status, json(&reply)["code"].as_str().unwrap_or_default().to_owned())
    };
    let refused = |status, code: &str| (status, code.to_owned());
    assert_eq!(code(STOP), (200, String::new()));
    assert_eq!(code(STOP), refused(409, "consoleWrongStatus"));
    let none = r#"{"verb": "release", "instanceIds": ["i-none"]}"#;
    assert_eq!(code(none), refused(404, "consoleNoInstance"));
    let empty = r#"{"verb": "tag", "instanceIds": ["i-2"], "add": {"": "x"}}"#;
    assert_eq!(code(empty), refused(400, "consoleTagRefused"));
    for strange in ["", "{}", "[]", r#"{"verb": "melt", "instanceIds": []}"#] {
        assert_eq!(code(strange), refused(400, "consoleUnknown"), "{strange}");
    }
}
