//! The socket of the server: HTTP/1.1 over TCP, in a thread of its own, with bounds to all that a
//! client can ask for.

use std::{
    collections::BTreeMap,
    future::{Future, poll_fn},
    io,
    net::{SocketAddr, TcpListener},
    pin::{Pin, pin},
    sync::Arc,
    task::Poll,
    thread::JoinHandle,
    time::Duration,
};

use hyper::{
    Response, StatusCode,
    body::{Body, Incoming},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    net::TcpStream,
    runtime::Builder,
    sync::{OwnedSemaphorePermit, Semaphore, watch},
    time::{sleep, timeout},
};

use super::{
    admin::Peer,
    answer::{Answer, Reply},
    service::Service,
};
use crate::ecs::wire::HttpRequest;

/// How many requests are worked on at once: more would only wait for the log.
const WORKERS: usize = 4;

/// What a client can ask of the server at most.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Connections at once; further ones wait until one of them ends.
    pub connections: usize,
    /// The bytes of the head of a request.
    pub head_bytes: usize,
    /// How long the head may take, and how long a connection may be idle.
    pub head_time: Duration,
    /// The bytes of the body of a request.
    pub body_bytes: usize,
    /// How long the body may take.
    pub body_time: Duration,
    /// How long a connection stays open; then it ends behind the answer that is under way.
    pub connection_time: Duration,
    /// How long the answers under way may take when the server stops.
    pub stop_time: Duration,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            connections: 256,
            head_bytes: 16 << 10,
            head_time: Duration::from_secs(10),
            body_bytes: 1 << 20,
            body_time: Duration::from_secs(10),
            connection_time: Duration::from_secs(60),
            stop_time: Duration::from_secs(5),
        }
    }
}

/// A server that listens, until it is stopped or dropped.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    stop: watch::Sender<bool>,
    thread: Option<JoinHandle<()>>,
}

/// Stops a server from another thread.
#[derive(Clone, Debug)]
pub struct StopServer(watch::Sender<bool>);

impl StopServer {
    /// Asks the server to stop: it takes no connection any more, and ends when the answers under way
    /// are written.
    pub fn ask(&self) {
        self.0.send_replace(true);
    }
}

impl Server {
    /// Listens at an address; the port 0 is any that is free.
    ///
    /// # Errors
    /// As the operating system says.
    pub fn start(service: Service, listen: SocketAddr, bounds: Bounds) -> io::Result<Self> {
        let listener = TcpListener::bind(listen)?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let runtime =
            Builder::new_current_thread().enable_all().max_blocking_threads(WORKERS).build()?;
        let (stop, stopping) = watch::channel(false);
        let thread = std::thread::Builder::new().name("emulator".to_owned()).spawn(move || {
            let service = Arc::new(service);
            // A failure here is one of the runtime, which then has nothing to serve.
            let _ = runtime.block_on(accept(listener, service, bounds, stopping));
        })?;
        Ok(Self { address, stop, thread: Some(thread) })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What stops it.
    #[must_use]
    pub fn stopper(&self) -> StopServer {
        StopServer(self.stop.clone())
    }

    /// Waits until it was stopped.
    pub fn wait(mut self) {
        self.join();
    }

    fn join(&mut self) {
        if let Some(thread) = self.thread.take() {
            // A panic of the thread was reported where it happened.
            let _ = thread.join();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.send_replace(true);
        self.join();
    }
}

/// Takes connections until the server stops, then waits for those that are open.
async fn accept(
    listener: TcpListener,
    service: Arc<Service>,
    bounds: Bounds,
    mut stopping: watch::Receiver<bool>,
) -> io::Result<()> {
    let listener = tokio::net::TcpListener::from_std(listener)?;
    let free = Arc::new(Semaphore::new(bounds.connections));
    loop {
        // A connection is taken only when there is room: others wait in the system's queue.
        let next = async {
            let permit = Arc::clone(&free).acquire_owned().await;
            (permit, listener.accept().await)
        };
        let Some((permit, accepted)) = first(next, stopping.wait_for(|asked| *asked)).await else {
            break;
        };
        match (permit, accepted) {
            (Ok(permit), Ok((stream, from))) => {
                let service = Arc::clone(&service);
                let peer = if from.ip().to_canonical().is_loopback() {
                    Peer::Loopback
                } else {
                    Peer::Elsewhere
                };
                let stopping = stopping.clone();
                tokio::spawn(connection(stream, service, peer, bounds, (stopping, permit)));
            }
            // The system has no room for another one; one that ends makes some.
            (_, Err(_)) => sleep(Duration::from_millis(50)).await,
            (Err(_), _) => break,
        }
    }
    drop(listener);
    let everyone = u32::try_from(bounds.connections).unwrap_or(u32::MAX);
    let _ = timeout(bounds.stop_time, free.acquire_many(everyone)).await;
    Ok(())
}

/// What the first of two futures brings; nothing if it was the other one that ended.
async fn first<T>(wanted: impl Future<Output = T>, other: impl Future) -> Option<T> {
    let (mut wanted, mut other) = (pin!(wanted), pin!(other));
    poll_fn(|context| {
        if let Poll::Ready(value) = wanted.as_mut().poll(context) {
            return Poll::Ready(Some(value));
        }
        other.as_mut().poll(context).map(|_| None)
    })
    .await
}

/// Serves one connection until it ends, its time is over, or the server stops.
async fn connection(
    stream: TcpStream,
    service: Arc<Service>,
    peer: Peer,
    bounds: Bounds,
    (mut stopping, _permit): (watch::Receiver<bool>, OwnedSemaphorePermit),
) {
    // Answers are small, and a client waits for each. Without it they come later.
    let _ = stream.set_nodelay(true);
    let answer = service_fn(move |request| answered(request, Arc::clone(&service), peer, bounds));
    let mut connection = pin!(
        http1::Builder::new()
            .timer(TokioTimer::new())
            // A client may say that its request is whole by closing its side.
            .half_close(true)
            .header_read_timeout(bounds.head_time)
            .max_buf_size(bounds.head_bytes)
            .serve_connection(TokioIo::new(stream), answer)
    );
    let end = first(stopping.wait_for(|asked| *asked), sleep(bounds.connection_time));
    if first(connection.as_mut(), end).await.is_none() {
        connection.as_mut().graceful_shutdown();
        let _ = timeout(bounds.stop_time, connection).await;
    }
}

/// The connection is to end without an answer.
#[derive(Debug, thiserror::Error)]
#[error("the connection ends without an answer")]
struct HungUp;

/// Reads a request whole, and answers it.
async fn answered(
    request: hyper::Request<Incoming>,
    service: Arc<Service>,
    peer: Peer,
    bounds: Bounds,
) -> Result<Response<String>, HungUp> {
    let (head, body) = request.into_parts();
    let body = match timeout(bounds.body_time, whole(body, bounds.body_bytes)).await {
        Ok(Ok(body)) => body,
        Ok(Err(status)) => return Ok(plain(status)),
        Err(_) => return Ok(plain(StatusCode::REQUEST_TIMEOUT)),
    };
    let request = HttpRequest {
        method: head.method.as_str().to_owned(),
        path: head.uri.path().to_owned(),
        query: HttpRequest::decode(head.uri.query().unwrap_or_default().as_bytes()),
        headers: headers(&head.headers),
        body,
    };
    // The log is written to a disk, and keys take their time: others are answered meanwhile.
    let work = tokio::task::spawn_blocking(move || service.answer(&request, peer));
    match work.await {
        Ok(Answer::Reply(reply)) => Ok(response(reply)),
        Ok(Answer::HangUp) => Err(HungUp),
        Err(_) => Ok(plain(StatusCode::INTERNAL_SERVER_ERROR)),
    }
}

/// The body of a request, if it is not too large and comes to its end.
async fn whole(mut body: Incoming, bytes_max: usize) -> Result<Vec<u8>, StatusCode> {
    let mut bytes = Vec::new();
    while let Some(frame) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
        let Ok(frame) = frame else { return Err(StatusCode::BAD_REQUEST) };
        if let Ok(data) = frame.into_data() {
            if bytes.len() + data.len() > bytes_max {
                return Err(StatusCode::PAYLOAD_TOO_LARGE);
            }
            bytes.extend_from_slice(&data);
        }
    }
    Ok(bytes)
}

/// The headers by their names, which are in lower case already. Of one that is there several times
/// the values are joined, as HTTP has it.
fn headers(map: &hyper::HeaderMap) -> BTreeMap<String, String> {
    let mut headers: BTreeMap<String, String> = BTreeMap::new();
    for (name, value) in map {
        let value = String::from_utf8_lossy(value.as_bytes());
        headers
            .entry(name.as_str().to_owned())
            .and_modify(|before| {
                before.push_str(", ");
                before.push_str(&value);
            })
            .or_insert_with(|| value.into_owned());
    }
    headers
}

fn response(reply: Reply) -> Response<String> {
    let mut response = Response::new(reply.body);
    *response.status_mut() =
        StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in reply.headers {
        if let Ok(value) = value.parse() {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

/// An answer to what is not a request of the API. The rest of its body is not read, so that the
/// connection ends.
fn plain(status: StatusCode) -> Response<String> {
    let mut response = Response::new(String::new());
    *response.status_mut() = status;
    let close = hyper::header::HeaderValue::from_static("close");
    response.headers_mut().insert(hyper::header::CONNECTION, close);
    response
}
