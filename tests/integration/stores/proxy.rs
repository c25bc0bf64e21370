//! A proxy of TCP before a server, which tears, keeps back and passes on.

use std::{
    io::{Read as _, Write as _},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

/// What happens to what is sent from now on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// The request comes through; of the answer half of the first bytes, and the connection ends.
    TearAnswer,
    /// The request comes through, and no answer.
    KeepAnswer,
    /// Nothing comes through.
    KeepRequest,
}

/// Listens on loopback.
pub(super) struct Proxy {
    address: SocketAddr,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    trouble: Mutex<Option<Trouble>>,
    /// The connections of both sides, which end when a trouble does.
    open: Mutex<Vec<TcpStream>>,
}

impl Proxy {
    /// A proxy before a server on loopback.
    pub(super) fn before(port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let state = Arc::new(State::default());
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
            for stream in self.state.open.lock().expect("no panic").drain(..) {
                let _ = stream.shutdown(Shutdown::Both);
            }
        }
    }
}

impl State {
    /// Passes on between two connections, each way in a thread of its own.
    fn join(self: &Arc<Self>, client: &TcpStream, server: &TcpStream) {
        let twin = |stream: &TcpStream| stream.try_clone().expect("a connection");
        self.open.lock().expect("no panic").extend([twin(client), twin(server)]);
        for is_request in [true, false] {
            let (from, to) = if is_request { (client, server) } else { (server, client) };
            let (from, to, state) = (twin(from), twin(to), self.clone());
            thread::spawn(move || state.pass(from, to, is_request));
        }
    }

    fn pass(&self, mut from: TcpStream, mut to: TcpStream, is_request: bool) {
        let mut buffer = [0; 64 * 1024];
        while let Ok(length @ 1..) = from.read(&mut buffer) {
            let trouble = *self.trouble.lock().expect("no panic");
            let passed = match trouble {
                Some(Trouble::KeepRequest) => continue,
                Some(Trouble::KeepAnswer) if !is_request => continue,
                Some(Trouble::TearAnswer) if !is_request => length / 2,
                _ => length,
            };
            let is_torn = passed < length;
            if to.write_all(&buffer[..passed]).is_err() || is_torn {
                break;
            }
        }
        let _ = to.shutdown(Shutdown::Both);
        let _ = from.shutdown(Shutdown::Both);
    }
}
