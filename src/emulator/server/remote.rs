//! The other side of the server's console: a command to a server of this machine.

use std::{
    io::{self, Read, Write},
    net::{TcpStream, ToSocketAddrs},
    time::Duration,
};

use serde::Deserialize;

use super::{RemoteError, admin::PATH};
use crate::emulator::console::ConsoleCommand;

/// How long a server may take to answer.
const PATIENCE: Duration = Duration::from_secs(30);
/// The most bytes of an answer; it has a sentence at most.
const ANSWER_MAX: u64 = 64 << 10;

/// Does a command at the server of this address, such as `http://127.0.0.1:8080`.
///
/// # Errors
/// [`RemoteError`].
pub fn command_at(url: &str, command: &ConsoleCommand) -> Result<(), RemoteError> {
    let host = url.strip_prefix("http://").map(|rest| rest.trim_end_matches('/'));
    let host = host.filter(|host| !host.is_empty() && !host.contains(['/', '@', '?', '#', ' ']));
    let Some(host) = host.filter(|host| !host.contains(char::is_control)) else {
        return Err(RemoteError::Address { url: url.to_owned() });
    };
    let body = serde_json::to_vec(command).map_err(|error| RemoteError::Unreachable {
        host: host.to_owned(),
        source: error.into(),
    })?;
    let answer = exchange(host, &body)
        .map_err(|source| RemoteError::Unreachable { host: host.to_owned(), source })?;
    understood(host, &answer)
}

/// Sends the request and reads all of the answer: the server closes the connection behind it.
fn exchange(host: &str, body: &[u8]) -> io::Result<Vec<u8>> {
    let address = if host.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok()) {
        host.to_owned()
    } else {
        format!("{host}:80")
    };
    let mut found = address.to_socket_addrs()?;
    let address = found.next().ok_or_else(|| io::Error::from(io::ErrorKind::AddrNotAvailable))?;
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let head = format!(
        "POST {PATH} HTTP/1.1\r\nhost: {host}\r\ncontent-type: application/json\r\n\
         content-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(&[head.as_bytes(), body].concat())?;
    let mut answer = Vec::new();
    stream.take(ANSWER_MAX).read_to_end(&mut answer)?;
    Ok(answer)
}

/// What an answer says: done, or why not.
fn understood(host: &str, answer: &[u8]) -> Result<(), RemoteError> {
    #[derive(Deserialize)]
    struct Refusal {
        code: String,
        message: String,
    }
    let text = String::from_utf8_lossy(answer);
    let strange = || RemoteError::NotAnEmulator { host: host.to_owned() };
    let (head, body) = text.split_once("\r\n\r\n").ok_or_else(strange)?;
    let status = head.split(' ').nth(1).ok_or_else(strange)?;
    if status == "200" && head.starts_with("HTTP/1.1 ") {
        return Ok(());
    }
    let Refusal { code, message } = serde_json::from_str(body).map_err(|_| strange())?;
    Err(RemoteError::Refused { code, message })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_done_a_refusal_or_of_another_program() {
        assert!(understood("h", b"HTTP/1.1 200 OK\r\n\r\n{}").is_ok());
        let refused =
            b"HTTP/1.1 404 Not Found\r\n\r\n{\"code\": \"consoleNoInstance\", \"message\": \"m\"}";
        let error = understood("h", refused).expect_err("it is refused");
        assert_eq!(error.code(), "consoleNoInstance");
        for strange in [&b""[..], b"SSH-2.0-OpenSSH", b"HTTP/1.1 404 Not Found\r\n\r\n<html>"] {
            let error = understood("h", strange).expect_err("it is none of ours");
            assert_eq!(error.code(), "emulatorNotThere");
        }
    }
}
