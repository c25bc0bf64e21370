//! One program: started, waited for, and ended with all that it started when it takes too long.

use std::{
    io::{self, PipeReader, Read, Write},
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

use tracing::debug;
use zeroize::Zeroizing;

use super::output::{Sink, Tail};
use crate::telemetry::PROGRAM;

/// How long a program that was asked to end has for it.
const GRACE: Duration = Duration::from_secs(2);

/// How long the output is waited for when the program has ended: to read the rest of it takes no
/// time, but what the program left running may keep it open for ever.
const LINGER: Duration = Duration::from_millis(500);

/// The most bytes that a program reads.
const INPUT_MAX: usize = 4096;

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

/// How a program ended, and what it printed as output and as errors.
pub(super) struct EndedApart<S> {
    pub(super) end: End,
    pub(super) output: S,
    pub(super) errors: Tail,
}

/// What becomes of what a program prints as errors.
#[derive(Debug)]
pub(super) enum Errors {
    /// They are a part of its output.
    Kept,
    /// They are dropped.
    Dropped,
    /// They are kept apart.
    Apart(Tail),
}

/// Runs a program to its end, or ends it after this time. Of its output and its errors, as they
/// come, the last `keep` bytes are kept.
pub(super) fn run(command: Command, timeout: Duration, keep: usize) -> Ended {
    let (end, tail) = run_into(command, timeout, Tail::new(keep), Errors::Kept);
    Ended { end, output: tail.text() }
}

/// Runs a program to its end, or ends it after this time.
///
/// It is in a process group of its own: Ctrl-C at the terminal asks keyform to finish what it has
/// begun, and must not end a program halfway.
pub(super) fn run_into<S: Sink>(
    command: Command,
    timeout: Duration,
    sink: S,
    errors: Errors,
) -> (End, S) {
    let program = command.get_program().to_string_lossy().into_owned();
    debug!(target: PROGRAM, program, "started");
    let (end, sink) = match start(command, None, sink, errors) {
        Ok(mut running) => (running.finish(timeout), running.output.take()),
        Err(error) => (End::NotStarted(error), S::default()),
    };
    // Neither its arguments nor what it prints: both may be secret.
    let outcome = match end {
        End::Code(0) => "succeeded",
        End::Code(_) => "failed",
        End::Signal(_) => "signalled",
        End::TookTooLong => "tookTooLong",
        End::NotStarted(_) => "notStarted",
    };
    debug!(target: PROGRAM, program, outcome, "ended");
    (end, sink)
}

/// Runs a program to its end, or ends it after this time; it reads the input, if there is one.
pub(super) fn run_apart<S: Sink>(
    command: Command,
    input: Option<&[u8]>,
    timeout: Duration,
    sink: S,
    errors: Tail,
) -> EndedApart<S> {
    match start(command, input, sink, Errors::Apart(errors)) {
        Ok(mut running) => {
            let end = running.finish(timeout);
            let errors = running.errors.as_ref().map(Output::take).unwrap_or_default();
            EndedApart { end, output: running.output.take(), errors }
        }
        Err(error) => {
            let end = End::NotStarted(error);
            EndedApart { end, output: S::default(), errors: Tail::default() }
        }
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

struct Running<S> {
    child: Child,
    group: Pid,
    /// Hears when the program has ended.
    ended: Receiver<()>,
    output: Output<S>,
    /// Its errors, if they are kept apart.
    errors: Option<Output<Tail>>,
}

fn start<S: Sink>(
    mut command: Command,
    input: Option<&[u8]>,
    sink: S,
    errors: Errors,
) -> io::Result<Running<S>> {
    let (reader, writer) = io::pipe()?;
    let output = Output::of(reader, sink)?;
    let (errors, said) = match errors {
        Errors::Kept => (writer.try_clone()?.into(), None),
        Errors::Dropped => (Stdio::null(), None),
        Errors::Apart(tail) => {
            let (reader, writer) = io::pipe()?;
            (writer.into(), Some(Output::of(reader, tail)?))
        }
    };
    let input = input.map_or_else(|| Ok(Stdio::null()), filled)?;
    command.stdin(input).stdout(writer).stderr(errors).process_group(0);
    let mut child = command.spawn()?;
    let waiting = i32::try_from(child.id())
        .ok()
        .and_then(Pid::from_raw)
        .ok_or_else(|| io::Error::other("it has no number"))
        .and_then(|group| Ok((group, wait_for(group)?)));
    match waiting {
        Ok((group, ended)) => Ok(Running { child, group, ended, output, errors: said }),
        Err(error) => {
            // Nobody could end it later.
            let _ = child.kill();
            let _ = child.wait();
            Err(error)
        }
    }
    // The command is dropped here, and with it our ends of the pipe for writing.
}

/// A pipe that has this input in it, and its end. A private key has less than half of the 4 KiB that
/// every pipe takes before it is read, so that no thread has to write it.
fn filled(input: &[u8]) -> io::Result<Stdio> {
    let (reader, mut writer) = io::pipe()?;
    if input.len() > INPUT_MAX {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "its input is too long"));
    }
    writer.write_all(input)?;
    Ok(reader.into())
}

/// Tells when a program has ended. Its number is not free then: whoever ends its process group
/// must not meet another program.
pub(super) fn wait_for(program: Pid) -> io::Result<Receiver<()>> {
    let (tell, ended) = mpsc::channel();
    thread::Builder::new().name("program".to_owned()).spawn(move || {
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
        while matches!(waitid(WaitId::Pid(program), options), Err(Errno::INTR)) {}
        // Nobody hears it if the program took too long.
        let _ = tell.send(());
    })?;
    Ok(ended)
}

impl<S: Sink> Running<S> {
    fn finish(&mut self, timeout: Duration) -> End {
        let took_too_long = self.ended.recv_timeout(timeout) == Err(RecvTimeoutError::Timeout);
        if took_too_long {
            self.kill();
        }
        match self.child.wait() {
            _ if took_too_long => End::TookTooLong,
            Ok(status) => match (status.code(), status.signal()) {
                (Some(code), _) => End::Code(code),
                (None, signal) => End::Signal(signal.unwrap_or_default()),
            },
            Err(error) => End::NotStarted(error),
        }
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
struct Output<S> {
    sink: Arc<Mutex<S>>,
    /// Hears when nobody can print any more.
    closed: Receiver<()>,
}

impl<S: Sink> Output<S> {
    fn of(mut reader: PipeReader, sink: S) -> io::Result<Self> {
        let sink = Arc::new(Mutex::new(sink));
        let (tell, closed) = mpsc::channel();
        let shared = sink.clone();
        // It may outlive the program, and goes on reading then: whoever the program left running
        // is not held up by a full pipe.
        thread::Builder::new().name("output".to_owned()).spawn(move || {
            let mut piece = Zeroizing::new([0; 4096]);
            loop {
                match reader.read(&mut *piece) {
                    Ok(0) => break,
                    Ok(length) => {
                        let mut sink = shared.lock().unwrap_or_else(PoisonError::into_inner);
                        sink.push(&piece[..length]);
                    }
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    Err(_) => break,
                }
            }
            let _ = tell.send(());
        })?;
        Ok(Self { sink, closed })
    }

    /// Waits until nobody can print any more, but not for long.
    fn wait(&self) {
        let _ = self.closed.recv_timeout(LINGER);
    }

    fn take(&self) -> S {
        self.wait();
        std::mem::take(&mut *self.sink.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
