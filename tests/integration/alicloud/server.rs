//! A server of HTTP on loopback that answers as a test says, and remembers what it was asked.

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Condvar, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

use keyform::ecs::wire;

/// A request as it came.
#[derive(Clone, Debug)]
pub(crate) struct Received {
    pub(crate) method: String,
    /// Without its query.
    pub(crate) path: String,
    /// Names and values of the query, decoded.
    pub(crate) query: BTreeMap<String, String>,
    /// Names, in lower case, and values.
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: String,
    /// The body as it came.
    pub(crate) bytes: Vec<u8>,
    /// Which connection it came by, counted from 0.
    pub(crate) connection: usize,
}

impl Received {
    /// A field of the query, or of a form in the body.
    pub(crate) fn field(&self, name: &str) -> Option<String> {
        self.query.get(name).cloned().or_else(|| pairs(&self.body).get(name).cloned())
    }
}

/// What is answered.
#[derive(Clone, Debug)]
pub(crate) enum Reply {
    /// A status and a body.
    Status(u16, String),
    /// A redirect to an address.
    Redirect(String),
    /// These bytes as they are; then the connection is closed.
    Raw(Vec<u8>),
    /// Nothing, and the connection is closed.
    Hangup,
    /// Nothing ever.
    Silence,
}

impl Reply {
    pub(crate) fn ok(body: impl ToString) -> Self {
        Self::Status(200, body.to_string())
    }
}

type Answer = dyn Fn(&Received) -> Reply + Send + Sync;

/// Ends when it is dropped.
pub(crate) struct Server {
    address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    answer: Box<Answer>,
    received: Mutex<Vec<Received>>,
    is_over: AtomicBool,
    over: (Mutex<bool>, Condvar),
}

impl Server {
    pub(crate) fn start(answer: impl Fn(&Received) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let shared = Arc::new(Shared {
            answer: Box::new(answer),
            received: Mutex::default(),
            is_over: AtomicBool::new(false),
            over: (Mutex::new(false), Condvar::new()),
        });
        let of_thread = shared.clone();
        thread::spawn(move || {
            for (number, stream) in listener.incoming().enumerate() {
                if of_thread.is_over.load(Ordering::SeqCst) {
                    break;
                }
                let (shared, stream) = (of_thread.clone(), stream.expect("a connection"));
                thread::spawn(move || shared.serve(&stream, number));
            }
        });
        Self { address, shared }
    }

    /// `http://` and its address.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// What it was asked so far.
    pub(crate) fn received(&self) -> Vec<Received> {
        self.shared.received.lock().expect("no panic").clone()
    }

    /// An address of loopback at which nothing answers.
    pub(crate) fn nowhere() -> String {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        format!("http://{}", listener.local_addr().expect("an address"))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.is_over.store(true, Ordering::SeqCst);
        *self.shared.over.0.lock().expect("no panic") = true;
        self.shared.over.1.notify_all();
        // Wakes the thread that waits for connections.
        let _ = TcpStream::connect(self.address);
    }
}

impl Shared {
    fn serve(&self, stream: &TcpStream, connection: usize) {
        let mut reader = BufReader::new(stream);
        while let Some(request) = read(&mut reader, connection) {
            self.received.lock().expect("no panic").push(request.clone());
            let (head, body) = match (self.answer)(&request) {
                Reply::Status(status, body) => (format!("HTTP/1.1 {status} X\r\n"), body),
                Reply::Redirect(to) => {
                    (format!("HTTP/1.1 302 Found\r\nLocation: {to}\r\n"), String::new())
                }
                Reply::Raw(bytes) => {
                    let _ = (&mut &*stream).write_all(&bytes);
                    break;
                }
                Reply::Hangup => break,
                Reply::Silence => {
                    let over = self.over.0.lock().expect("no panic");
                    drop(self.over.1.wait_while(over, |over| !*over));
                    break;
                }
            };
            let answer = format!("{head}Content-Length: {}\r\n\r\n{body}", body.len());
            if (&mut &*stream).write_all(answer.as_bytes()).is_err() {
                break;
            }
        }
        let _ = stream.shutdown(std::net::Shutdown::Both);
    }
}

/// Reads a request; none if the other side has closed.
fn read(reader: &mut impl BufRead, connection: usize) -> Option<Received> {
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|length| *length > 0)?;
    let mut words = line.split_whitespace();
    let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok().filter(|length| *length > 0)?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    let length = headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    Some(Received {
        method,
        path: path.to_owned(),
        query: pairs(query),
        headers,
        body: String::from_utf8_lossy(&body).into_owned(),
        bytes: body,
        connection,
    })
}

/// Names and values of a query or a form.
fn pairs(text: &str) -> BTreeMap<String, String> {
    wire::HttpRequest::decode(text.as_bytes()).into_iter().collect()
}
