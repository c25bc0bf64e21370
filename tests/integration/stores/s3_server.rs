//! Two servers of S3: one that is atomic under races, and moto, which serves one request at a time.

use std::path::Path;

use super::{installed, supervised::Supervised};

/// A server, and its port.
pub(super) struct S3Server {
    _running: Supervised,
    pub(super) port: u16,
}

impl S3Server {
    /// The server of tests/stores/s3, which keeps its objects in a directory; at a port, or at any
    /// if that is 0.
    pub(super) fn atomic(directory: &Path, port: u16) -> Self {
        let program = installed().join("s3/debug/keyform-test-s3");
        let (program, directory) = (text(&program), text(directory));
        Self::start(&[program, directory, &port.to_string()])
    }

    /// moto. Without its environment it has no bucket: that is made by a request that is not signed.
    pub(super) fn moto() -> Self {
        let python = installed().join("venv/bin/python");
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/stores/moto_server.py");
        Self::start(&[text(&python), text(&script)])
    }

    fn start(command: &[&str]) -> Self {
        let is_port = |line: &str| line.parse::<u16>().is_ok();
        let running = Supervised::start(command, "TERM", "", is_port);
        let port = running.ready.parse().expect("a port");
        Self { _running: running, port }
    }
}

fn text(path: &Path) -> &str {
    path.to_str().expect("the path is UTF-8")
}
