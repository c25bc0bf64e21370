//! A proxy of TCP before a server, which tears, keeps back and passes on.

use std::{
    io::{Read as _, Write as _},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
        mpsc::{self, RecvTimeoutError, Sender},
    },
    thread,
    time::Duration,
};

/// What happens to what is sent from now on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// The request comes through; of the answer half of the first bytes, and the connection ends.
    TearAnswer,
    /// The request comes through; the answer lacks its last byte, and the connection ends.
    ShortenAnswer,
    /// The request comes through; the answer is as long as it was, and of other bytes.
    GarbleAnswer,
    /// The request comes through; the answer comes byte by byte, one in a second.
    SlowAnswer,
    /// The request comes through, and no answer.
    KeepAnswer,
    /// Nothing comes through.
    KeepRequest,
}

/// What becomes of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// It is passed on.
    Pass,
    /// It is not passed on, and the connection ends.
    Cut,
    /// It is passed on; the connection ends when the answer comes.
    LoseAnswer,
}

/// What decides about each request, or each part of one that comes by itself.
pub(super) trait Gate: Send + Sync {
    /// One has come.
    fn arrives(&self) -> Fate;

    /// The server has answered one whose answer is to be lost.
    fn is_answered(&self);
}

/// Listens on loopback.
pub(super) struct Proxy {
    address: SocketAddr,
    state: Arc<State>,
}

struct State {
    gate: Option<Arc<dyn Gate>>,
    trouble: Mutex<Option<Trouble>>,
    /// The connections of both sides, which end when a trouble does.
    open: Mutex<Vec<TcpStream>>,
    /// What ends the slow answers that are under way.
    slow: Mutex<Vec<Sender<()>>>,
}

impl Proxy {
    /// A proxy before a server on loopback.
    pub(super) fn before(port: u16) -> Self {
        Self::start(port, None)
    }

    /// A proxy with a gate before a server on loopback.
    pub(super) fn gated(port: u16, gate: Arc<dyn Gate>) -> Self {
        Self::start(port, Some(gate))
    }

    fn start(port: u16, gate: Option<Arc<dyn Gate>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let (trouble, open, slow) = (Mutex::default(), Mutex::default(), Mutex::default());
        let state = Arc::new(State { gate, trouble, open, slow });
        let of_thread = state.clone();
        thread::spawn(move || {
            for client in listener.incoming() {
                let client = client.expect("a connection");
                let Ok(server) = TcpStream::connect(("127.0.0.1", port)) else { continue };
                of_thread.join(&client, &server);
            }
        });
        Self { address, state }
    }

    pub(super) fn port(&self) -> u16 {
        self.address.port()
    }

    /// Begins a trouble, or ends all connections of one that is over.
    pub(super) fn set(&self, trouble: Option<Trouble>) {
        *self.state.trouble.lock().expect("no panic") = trouble;
        if trouble.is_none() {
            self.state.slow.lock().expect("no panic").clear();
            for stream in self.state.open.lock().expect("no panic").drain(..) {
                let _ = stream.shutdown(Shutdown::Both);
            }
        }
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.set(None);
    }
}

/// One way of a connection.
struct Way {
    from: TcpStream,
    to: TcpStream,
    /// Whether the answer to what was sent last is to be lost.
    loses: Arc<AtomicBool>,
}

impl State {
    /// Passes on between two connections, each way in a thread of its own.
    fn join(self: &Arc<Self>, client: &TcpStream, server: &TcpStream) {
        let twin = |stream: &TcpStream| stream.try_clone().expect("a connection");
        for stream in [client, server] {
            stream.set_nodelay(true).expect("a connection");
        }
        self.open.lock().expect("no panic").extend([twin(client), twin(server)]);
        let loses = Arc::new(AtomicBool::new(false));
        for is_request in [true, false] {
            let (from, to) = if is_request { (client, server) } else { (server, client) };
            let way = Way { from: twin(from), to: twin(to), loses: loses.clone() };
            let state = self.clone();
            thread::spawn(move || {
                let Way { from, to, .. } = &way;
                if is_request {
                    state.pass_requests(&way);
                } else {
                    state.pass_answers(&way);
                }
                let _ = to.shutdown(Shutdown::Both);
                let _ = from.shutdown(Shutdown::Both);
            });
        }
    }

    fn trouble(&self) -> Option<Trouble> {
        *self.trouble.lock().expect("no panic")
    }

    fn pass_requests(&self, Way { from, to, loses }: &Way) {
        let mut buffer = [0; 64 * 1024];
        while let Ok(length @ 1..) = { from }.read(&mut buffer) {
            if self.trouble() == Some(Trouble::KeepRequest) {
                continue;
            }
            match self.gate.as_ref().map_or(Fate::Pass, |gate| gate.arrives()) {
                Fate::Pass => {}
                Fate::Cut => break,
                Fate::LoseAnswer => loses.store(true, Ordering::SeqCst),
            }
            if { to }.write_all(&buffer[..length]).is_err() {
                break;
            }
        }
    }

    fn pass_answers(&self, Way { from, to, loses }: &Way) {
        let mut buffer = [0; 64 * 1024];
        while let Ok(length @ 1..) = { from }.read(&mut buffer) {
            if loses.load(Ordering::SeqCst) {
                self.gate.iter().for_each(|gate| gate.is_answered());
                break;
            }
            let answer = &mut buffer[..length];
            let kept = match self.trouble() {
                Some(Trouble::KeepAnswer) => continue,
                Some(Trouble::SlowAnswer) => {
                    self.trickle(to, answer);
                    break;
                }
                Some(Trouble::TearAnswer) => &answer[..length / 2],
                Some(Trouble::ShortenAnswer) => &answer[..length - 1],
                Some(Trouble::GarbleAnswer) => {
                    answer.iter_mut().for_each(|byte| *byte = !*byte);
                    &answer[..]
                }
                Some(Trouble::KeepRequest) | None => &answer[..],
            };
            if { to }.write_all(kept).is_err() || kept.len() < length {
                break;
            }
        }
    }

    /// Sends byte by byte, until all is sent, the other side has gone, or the trouble is over.
    fn trickle(&self, mut to: &TcpStream, answer: &[u8]) {
        let (end, ended) = mpsc::channel();
        self.slow.lock().expect("no panic").push(end);
        for byte in answer {
            let is_sent = to.write_all(&[*byte]).is_ok();
            let paused = ended.recv_timeout(Duration::from_secs(1));
            if !is_sent || paused != Err(RecvTimeoutError::Timeout) {
                break;
            }
        }
    }
}
