//! What people do at the console, over a path of the server that only this machine reaches.

use serde_json::{Value, json};

use super::{answer::Answer, error::RemoteErrorCode};
use crate::{
    ecs::wire::HttpRequest,
    emulator::{
        console::{ConsoleCommand, ConsoleError},
        local::Local,
    },
};

/// Where the console is. No path of the service begins so.
pub(super) const PATH: &str = "/-/console";

/// Who sent a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Peer {
    /// A program of this machine.
    Loopback,
    /// Another machine.
    Elsewhere,
}

/// Does a [`ConsoleCommand`]. A page in a browser of this machine cannot send one: its request would
/// need the media type of JSON, about which a browser asks first, and is not answered.
pub(super) fn answer(cloud: &Local, request: &HttpRequest, peer: Peer) -> Answer {
    if peer != Peer::Loopback || !is_for_loopback(request.header("host").unwrap_or_default()) {
        return refused(
            403,
            RemoteErrorCode::NotLocal.as_str(),
            "the console is for programs of this machine alone",
        );
    }
    let media_type = request.header("content-type").unwrap_or_default();
    if request.method != "POST" || request.path != PATH || media_type != "application/json" {
        return refused(
            404,
            RemoteErrorCode::Unknown.as_str(),
            "the console takes commands of `keyform emulator instance`",
        );
    }
    let command: ConsoleCommand = match serde_json::from_slice(&request.body) {
        Ok(command) => command,
        Err(error) => return refused(400, RemoteErrorCode::Unknown.as_str(), &error.to_string()),
    };
    match cloud.command(&command) {
        Ok(()) => Answer::reply(200, &json!({}), Vec::new()),
        Err(error) => refused(status(&error), error.code(), &error.to_string()),
    }
}

/// Whether a host is this machine. A name that was made to lead here (DNS rebinding) is not.
fn is_for_loopback(host: &str) -> bool {
    let name = host.rsplit_once(':').filter(|(_, port)| port.bytes().all(|b| b.is_ascii_digit()));
    let name = name.map_or(host, |(name, _)| name);
    let bare = name.trim_start_matches('[').trim_end_matches(']');
    name == "localhost"
        || bare.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn status(error: &ConsoleError) -> u16 {
    match error {
        ConsoleError::NoInstance { .. } => 404,
        ConsoleError::WrongStatus { .. } => 409,
        ConsoleError::Tag { .. } => 400,
        ConsoleError::Log(_) => 500,
    }
}

fn refused(status: u16, code: &str, message: &str) -> Answer {
    let body: Value = json!({ "code": code, "message": message });
    Answer::reply(status, &body, Vec::new())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_this_machine_by_its_address_or_as_localhost() {
        for (host, expected) in [
            ("127.0.0.1:80", true),
            ("127.0.0.1", true),
            ("localhost:8080", true),
            ("[::1]:80", true),
            ("[::1]", true),
            ("attacker.example:80", false),
            ("127.0.0.1.attacker.example", false),
            ("192.0.2.1:80", false),
            ("", false),
        ] {
            assert_eq!(is_for_loopback(host), expected, "{host}");
        }
    }
}
