//! The server under abuse, over real sockets of this machine: it bounds what it takes, does not
//! panic, and keeps answering.

use std::{
    io::{Read, Write},
    net::{Shutdown, SocketAddr, TcpStream},
    sync::Arc,
    time::Duration,
};

use keyform::{
    driver::{Clock, SystemClock},
    ecs::{
        Request, sign,
        wire::{self, HttpRequest},
    },
    emulator::server::{AccessKeys, Bounds, Server},
};

use super::client::{KEY, form_of, import, service};

/// Bounds that are reached soon, and not by a client that waits for its turn on a busy machine.
fn small() -> Bounds {
    Bounds {
        connections: 128,
        head_time: Duration::from_secs(1),
        body_time: Duration::from_secs(1),
        ..Bounds::default()
    }
}

fn server(script: &str, bounds: Bounds) -> Server {
    let clock = SystemClock::new();
    let service = service(script, AccessKeys::default(), Arc::new(move || clock.now()));
    Server::start(service, "127.0.0.1:0".parse().expect("an address"), bounds).expect("a socket")
}

fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).expect("it listens");
    stream.set_read_timeout(Some(Duration::from_secs(60))).expect("a timeout");
    stream
}

/// All that the server sends until it closes the connection.
fn rest(mut stream: TcpStream) -> String {
    let mut bytes = Vec::new();
    // A connection that is reset has been closed too.
    let _ = stream.read_to_end(&mut bytes);
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Sends bytes and reads what comes until the connection closes.
fn exchange(address: SocketAddr, bytes: &[u8]) -> String {
    let mut stream = connect(address);
    // The server may close before it has read all.
    let _ = stream.write_all(bytes);
    let _ = stream.shutdown(Shutdown::Write);
    rest(stream)
}

/// A request as bytes, for a connection of its own.
fn written(request: &HttpRequest) -> Vec<u8> {
    let mut text = format!("{} /?{} HTTP/1.1\r\n", request.method, form_of(&request.query));
    for (name, value) in &request.headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    text.push_str(&format!("content-length: {}\r\nconnection: close\r\n\r\n", request.body.len()));
    [text.as_bytes(), &request.body].concat()
}

fn signed(address: SocketAddr, request: &Request, nonce: &str) -> HttpRequest {
    let mut http = wire::http_request(request, &address.to_string());
    sign::sign(&mut http, &KEY, SystemClock::new().now(), nonce);
    http
}

/// A call of a client that behaves: what the server must always answer.
#[track_caller]
fn answers(address: SocketAddr, nonce: &str) {
    let answer = exchange(address, &written(&signed(address, &Request::DescribeRegions, nonce)));
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert!(answer.contains("cn-hangzhou"), "{answer}");
}

fn status(answer: &str) -> &str {
    answer.split(' ').nth(1).unwrap_or_default()
}

#[test]
fn garbage_is_refused_or_closed_and_others_are_answered() {
    let server = server("{}", small());
    let address = server.address();
    let long = "x".repeat(100_000);
    for (number, garbage) in [
        &b""[..],
        b"\0\0\0\0",
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"POST / HTTP/1.1\r\nhost: h\r\ncontent-length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nhost: h\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\n123456",
        b"POST / HTTP/1.1\r\nhost: h\r\ntransfer-encoding: chunked\r\n\r\nZZ\r\n",
        b"POST / HTTP/1.1\r\nhost: h\r\nx-acs-action: \xff\xfe\r\n\r\n",
        long.as_bytes(),
    ]
    .into_iter()
    .enumerate()
    {
        let answer = exchange(address, garbage);
        assert!(answer.is_empty() || status(&answer).starts_with('4'), "{number}: {answer}");
        answers(address, &number.to_string());
    }
}

#[test]
fn a_head_and_a_body_that_are_too_large_are_refused() {
    let server = server("{}", Bounds::default());
    let address = server.address();
    let head = format!("GET / HTTP/1.1\r\nhost: h\r\nx-large: {}\r\n\r\n", "x".repeat(20_000));
    assert_eq!(status(&exchange(address, head.as_bytes())), "431");
    let many: String = (0..200).map(|number| format!("x-{number}: y\r\n")).collect();
    let head = format!("GET / HTTP/1.1\r\nhost: h\r\n{many}\r\n");
    assert_eq!(status(&exchange(address, head.as_bytes())), "431");
    let mut stream = connect(address);
    let length = 2 << 20;
    let head = format!("POST / HTTP/1.1\r\nhost: h\r\ncontent-length: {length}\r\n\r\n");
    stream.write_all(head.as_bytes()).expect("a head");
    let mut reader = stream.try_clone().expect("a second handle");
    // The server stops reading in the middle, and the rest is not taken.
    let sender = std::thread::spawn(move || stream.write_all(&vec![b'x'; length]).is_ok());
    let mut answer = vec![0; 12];
    let read = reader.read_exact(&mut answer);
    assert!(read.is_err() || answer == b"HTTP/1.1 413", "{}", String::from_utf8_lossy(&answer));
    drop(reader);
    let _ = sender.join();
    answers(address, "after");
}

#[test]
fn a_slow_head_and_a_slow_body_end_with_their_time() {
    let server = server("{}", small());
    let address = server.address();
    let mut head = connect(address);
    head.write_all(b"POST / HTTP/1.1\r\nhost: ").expect("a part");
    let mut body = connect(address);
    body.write_all(b"POST / HTTP/1.1\r\nhost: h\r\ncontent-length: 100\r\n\r\nRegion")
        .expect("a part");
    answers(address, "meanwhile");
    let (head, body) = (rest(head), rest(body));
    assert!(head.is_empty() || status(&head) == "408", "{head}");
    assert_eq!(status(&body), "408", "{body}");
}

#[test]
fn many_connections_are_served_as_there_is_room() {
    let server = server("{}", small());
    let address = server.address();
    let idle: Vec<_> = (0..300).map(|_| connect(address)).collect();
    answers(address, "behind them");
    drop(idle);
    answers(address, "after them");
}

#[test]
fn a_hundred_clients_at_once_are_all_answered() {
    let server = server("{}", Bounds::default());
    let address = server.address();
    std::thread::scope(|scope| {
        for number in 0..100 {
            scope.spawn(move || answers(address, &number.to_string()));
        }
    });
}

#[test]
fn a_connection_carries_call_after_call() {
    let server = server("{}", Bounds::default());
    let address = server.address();
    let mut stream = connect(address);
    for number in 0..3 {
        let request = signed(address, &Request::DescribeRegions, &number.to_string());
        let text = String::from_utf8(written(&request)).expect("text");
        let last = number == 2;
        let text = if last { text } else { text.replace("connection: close\r\n", "") };
        stream.write_all(text.as_bytes()).expect("it is open");
    }
    let answer = rest(stream);
    assert_eq!(answer.matches("HTTP/1.1 200 OK").count(), 3, "{answer}");
}

#[test]
fn an_answer_that_is_lost_ends_the_connection() {
    let script = "faults:\n- {call: ImportKeyPair, effect: loseAnswer}\n";
    let server = server(script, Bounds::default());
    let address = server.address();
    let lost = exchange(address, &written(&signed(address, &import("web"), "1")));
    assert_eq!(lost, "");
    let again = exchange(address, &written(&signed(address, &import("web"), "2")));
    assert!(again.contains("KeyPair.AlreadyExist"), "it took effect: {again}");
}

#[test]
fn a_server_that_is_dropped_listens_no_longer() {
    let server = server("{}", small());
    let address = server.address();
    let idle = connect(address);
    drop(server);
    assert_eq!(rest(idle), "");
    assert!(TcpStream::connect(address).is_err());
}
