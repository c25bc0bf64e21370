//! A server as a child of these tests, which ends with them however they end.

use std::{
    io::{BufRead as _, BufReader},
    process::{Child, ChildStdin, Command, Stdio},
};

/// Starts the rest of its arguments, waits until the standard input ends, as it does with the tests,
/// and sends the server a signal; then a directory goes, if one is named.
const SUPERVISE: &str = r#"signal=$1 directory=$2; shift 2; "$@" </dev/null & child=$!; cat >/dev/null
    kill -"$signal" $child; wait $child 2>/dev/null; [ -z "$directory" ] || rm -rf "$directory""#;

/// A server that runs.
pub(super) struct Supervised {
    child: Child,
    /// It ends when this is closed.
    stdin: Option<ChildStdin>,
    /// The line that said that it is ready.
    pub(super) ready: String,
}

impl Supervised {
    /// Starts a server and waits for the first line that says that it is ready. It ends by `signal`,
    /// and `directory` goes with it, if it is not empty.
    pub(super) fn start(
        command: &[&str],
        signal: &str,
        directory: &str,
        is_ready: impl Fn(&str) -> bool,
    ) -> Self {
        let mut supervisor = Command::new("sh");
        supervisor.args(["-c", SUPERVISE, "sh", signal, directory]).args(command);
        for proxy in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"] {
            supervisor.env_remove(proxy).env_remove(proxy.to_lowercase());
        }
        // Both outputs are one, in which the line may be.
        let (reader, writer) = std::io::pipe().expect("a pipe");
        let errors = writer.try_clone().expect("a pipe");
        supervisor.stdin(Stdio::piped()).stdout(writer).stderr(errors);
        let mut child = supervisor.spawn().expect("there is a shell");
        // Its ends of the pipe are those of the child alone.
        drop(supervisor);
        let mut lines = BufReader::new(reader).lines();
        let mut told = Vec::new();
        let ready = loop {
            let line = lines.next().and_then(Result::ok);
            let line = line.unwrap_or_else(|| panic!("{command:?}: {told:#?}"));
            if is_ready(&line) {
                break line;
            }
            told.push(line);
        };
        // What it says later is not read by anyone else.
        std::thread::spawn(move || lines.for_each(drop));
        let stdin = child.stdin.take();
        Self { child, stdin, ready }
    }
}

impl Drop for Supervised {
    fn drop(&mut self) {
        drop(self.stdin.take());
        let _ = self.child.wait();
    }
}
