//! One program: started, waited for, and ended with all that it started when it takes too long.

use std::{
    io::{self, PipeReader, Read},
    os::unix::process::{CommandExt, ExitStatusExt},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{self, Receiver, RecvTimeoutError},
    },
    thread,
    time::Duration,
};

use rustix::{
    io::Errno,
    process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid},
};

use super::output::Tail;

/// How long a program that was asked to end has for it.
const GRACE: Duration = Duration::from_secs(2);

/// How long the output is waited for when the program has ended: to read the rest of it takes no
/// time, but what the program left running may keep it open for ever.
const LINGER: Duration = Duration::from_millis(500);

/// How a program ended.
#[derive(Debug)]
pub(super) enum End {
    Code(i32),
    Signal(i32),
    TookTooLong,
    NotStarted(io::Error),
}

/// How a program ended, and the end of what it printed.
#[derive(Debug)]
pub(super) struct Ended {
    pub(super) end: End,
    pub(super) output: String,
}

/// Runs a program to its end, or ends it after this time. Of its output and its errors, as they
/// come, the last `keep` bytes are kept.
///
/// It is in a process group of its own: Ctrl-C at the terminal asks keyform to finish what it has
/// begun, and must not end a program halfway.
pub(super) fn run(command: Command, timeout: Duration, keep: usize) -> Ended {
    match start(command, keep) {
        Ok(running) => running.finish(timeout),
        Err(error) => Ended { end: End::NotStarted(error), output: String::new() },
    }
}

/// As programs in other directories know a file.
pub(super) fn absolute(path: &Path) -> PathBuf {
    let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
    // It fails only where there is no directory to be in; then the path is as good as any.
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

/// What the operating system says, without the number that only developers know.
pub(super) fn plain(error: &io::Error) -> String {
    let text = error.to_string();
    match text.rsplit_once(" (os error ") {
        Some((words, _)) => words.to_owned(),
        None => text,
    }
}

struct Running {
    child: Child,
    group: Pid,
    /// Hears when the program has ended.
    ended: Receiver<()>,
    output: Output,
}

fn start(mut command: Command, keep: usize) -> io::Result<Running> {
    let (reader, writer) = io::pipe()?;
    let output = Output::of(reader, keep)?;
    command.stdin(Stdio::null()).stdout(writer.try_clone()?).stderr(writer).process_group(0);
    let mut child = command.spawn()?;
    let waiting = i32::try_from(child.id())
        .ok()
        .and_then(Pid::from_raw)
        .ok_or_else(|| io::Error::other("it has no number"))
        .and_then(|group| Ok((group, wait_for(group)?)));
    match waiting {
        Ok((group, ended)) => Ok(Running { child, group, ended, output }),
        Err(error) => {
            // Nobody could end it later.
            let _ = child.kill();
            let _ = child.wait();
            Err(error)
        }
    }
    // The command is dropped here, and with it our ends of the pipe for writing.
}

/// Tells when a program has ended. Its number is not free then: whoever ends its process group
/// must not meet another program.
fn wait_for(program: Pid) -> io::Result<Receiver<()>> {
    let (tell, ended) = mpsc::channel();
    thread::Builder::new().name("program".to_owned()).spawn(move || {
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
        while matches!(waitid(WaitId::Pid(program), options), Err(Errno::INTR)) {}
        // Nobody hears it if the program took too long.
        let _ = tell.send(());
    })?;
    Ok(ended)
}

impl Running {
    fn finish(mut self, timeout: Duration) -> Ended {
        let took_too_long = self.ended.recv_timeout(timeout) == Err(RecvTimeoutError::Timeout);
        if took_too_long {
            self.kill();
        }
        let end = match self.child.wait() {
            _ if took_too_long => End::TookTooLong,
            Ok(status) => match (status.code(), status.signal()) {
                (Some(code), _) => End::Code(code),
                (None, signal) => End::Signal(signal.unwrap_or_default()),
            },
            Err(error) => End::NotStarted(error),
        };
        Ended { end, output: self.output.text() }
    }

    /// Asks the program and all that it started to end, and soon makes them.
    fn kill(&mut self) {
        // What is gone already needs no signal.
        let _ = kill_process_group(self.group, Signal::TERM);
        if self.ended.recv_timeout(GRACE).is_ok() {
            self.output.wait();
        }
        let _ = kill_process_group(self.group, Signal::KILL);
    }
}

/// What a program prints, read by a thread of its own.
struct Output {
    tail: Arc<Mutex<Tail>>,
    /// Hears when nobody can print any more.
    closed: Receiver<()>,
}

impl Output {
    fn of(mut reader: PipeReader, keep: usize) -> io::Result<Self> {
        let tail = Arc::new(Mutex::new(Tail::new(keep)));
        let (tell, closed) = mpsc::channel();
        let shared = tail.clone();
        // It may outlive the program, and goes on reading then: whoever the program left running
        // is not held up by a full pipe.
        thread::Builder::new().name("output".to_owned()).spawn(move || {
            let mut piece = [0; 4096];
            loop {
                match reader.read(&mut piece) {
                    Ok(0) => break,
                    Ok(length) => {
                        let mut tail = shared.lock().unwrap_or_else(PoisonError::into_inner);
                        tail.push(&piece[..length]);
                    }
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    Err(_) => break,
                }
            }
            let _ = tell.send(());
        })?;
        Ok(Self { tail, closed })
    }

    /// Waits until nobody can print any more, but not for long.
    fn wait(&self) {
        let _ = self.closed.recv_timeout(LINGER);
    }

    fn text(&self) -> String {
        self.wait();
        self.tail.lock().unwrap_or_else(PoisonError::into_inner).text()
    }
}
