//! An agent of OpenSSH that has private keys for one log-on.
//!
//! Where a vault has no files and the machine no directory in memory, `ssh` is given a key by an agent
//! of our own: the key goes into it by standard input and is on no disk. A shell stands between
//! keyform and the agent. It waits on a pipe that keyform alone can close, and then ends the agent: so
//! the agent ends with keyform however that ends. If the shell itself is killed, the agent forgets
//! its keys when their time is over.

use std::{
    io::{self, BufRead as _, BufReader, Read as _},
    os::unix::process::CommandExt as _,
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, Stdio},
    sync::mpsc::{self, Receiver},
    thread,
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process_group};

use super::{
    environment::Environment,
    output::Tail,
    process::{End, plain, run_apart, wait_for},
};
use crate::keys::PrivateKey;

/// How long the agent may take to begin, to take a key, and to end.
const PATIENCE: Duration = Duration::from_secs(10);
/// How much of what is printed as errors is kept.
const ERRORS_MAX: usize = 4 * 1024;
/// The variable by which programs find an agent.
const SOCKET: &str = "SSH_AUTH_SOCK";

/// Keeps an agent until its input ends. Its arguments are for how many seconds the agent has its keys,
/// and their public halves, which ssh reads as files. The path of a socket has to be short; `mktemp` puts
/// random characters in the place of each X.
const KEEP: &str = r#"
set -eu
umask 077
base=${TMPDIR:-/tmp}
[ ${#base} -le 60 ] || base=/tmp
random=$(printf 'X%.0s' 1 2 3 4 5 6 7 8)
directory=$(mktemp -d "$base/keyform.$random")
agent=
trap 'rm -rf "$directory"; [ -z "$agent" ] || kill "$agent" 2>/dev/null' EXIT
trap 'exit 1' HUP INT TERM
seconds=$1
shift
number=0
for key; do
    printf '%s\n' "$key" >"$directory/$number.pub"
    number=$((number + 1))
done
printf '%s\n' "$directory"
ssh-agent -D -t "$seconds" -a "$directory/agent" </dev/null &
agent=$!
exec >/dev/null
read -r line || :
"#;

/// An agent that has keys; it ends when this is dropped.
#[derive(Debug)]
pub(super) struct KeyAgent {
    keeper: Child,
    /// Closes the pipe on which the keeper waits.
    door: Option<ChildStdin>,
    /// Hears when the keeper has ended.
    ended: Receiver<()>,
    /// Has the socket and the public halves.
    directory: PathBuf,
}

impl KeyAgent {
    /// Starts an agent and gives it these keys, in whose order ssh tries them, for so long.
    ///
    /// # Errors
    /// Why it has none of them, in words.
    pub(super) fn start(
        environment: &Environment,
        keys: &[&PrivateKey],
        lifetime: Duration,
    ) -> Result<Self, String> {
        let agent = Self::keep(environment, keys, lifetime)?;
        for key in keys {
            agent.add(environment, key)?;
        }
        Ok(agent)
    }

    /// Where ssh asks it.
    pub(super) fn socket(&self) -> PathBuf {
        self.directory.join("agent")
    }

    /// The public half of the key with this number, as a file.
    pub(super) fn public_key(&self, number: usize) -> PathBuf {
        self.directory.join(format!("{number}.pub"))
    }

    fn keep(
        environment: &Environment,
        keys: &[&PrivateKey],
        lifetime: Duration,
    ) -> Result<Self, String> {
        let mut command = Command::new("sh");
        command.args(["-c", KEEP, "sh", &lifetime.as_secs().max(1).to_string()]);
        command.args(keys.iter().map(|key| key.public_key().openssh()));
        environment.pass_to(&mut command, &[]);
        // The agent of whoever runs keyform has nothing to do with it.
        command.env_remove(SOCKET).current_dir("/").process_group(0);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut keeper = command.spawn().map_err(|error| plain(&error))?;
        let door = keeper.stdin.take();
        let ended = pid_of(&keeper).and_then(wait_for).map_err(|error| plain(&error))?;
        let lines = lines_of(&mut keeper).map_err(|error| plain(&error))?;
        let mut agent = Self { keeper, door, ended, directory: PathBuf::new() };
        // The second line is the agent's own, when it listens.
        let said = [lines.recv_timeout(PATIENCE), lines.recv_timeout(PATIENCE)];
        match said {
            [Ok(directory), Ok(_)] => {
                agent.directory = Path::new(&directory).to_owned();
                Ok(agent)
            }
            _ => Err(agent.why()),
        }
    }

    /// Why the agent has not begun. The keeper is ended.
    fn why(&mut self) -> String {
        self.end();
        let mut said = String::new();
        if let Some(errors) = self.keeper.stderr.take() {
            // What cannot be read says nothing.
            let _ = errors.take(ERRORS_MAX as u64).read_to_string(&mut said);
        }
        let last = said.lines().rev().find(|line| !line.trim().is_empty());
        last.unwrap_or("ssh-agent did not begin in time").to_owned()
    }

    /// Gives the agent a key, which it reads from its input.
    fn add(&self, environment: &Environment, key: &PrivateKey) -> Result<(), String> {
        let mut command = Command::new("ssh-add");
        command.args(["-q", "-"]).current_dir("/");
        environment.pass_to(&mut command, &[]);
        command.env(SOCKET, self.socket()).env("SSH_ASKPASS_REQUIRE", "never");
        let errors = Tail::new(ERRORS_MAX);
        let pem = key.pem();
        let sink = Tail::new(ERRORS_MAX);
        let ended = run_apart(command, Some(pem.as_bytes()), PATIENCE, sink, errors);
        match ended.end {
            End::Code(0) => Ok(()),
            End::NotStarted(error) => Err(format!("ssh-add: {}", plain(&error))),
            End::Code(_) | End::Signal(_) | End::TookTooLong => {
                let said = ended.errors.text();
                let last = said.lines().rev().find(|line| !line.trim().is_empty());
                Err(last.unwrap_or("ssh-add gave the agent no key").to_owned())
            }
        }
    }

    /// Ends the agent, and whoever keeps it.
    fn end(&mut self) {
        drop(self.door.take());
        if self.ended.recv_timeout(PATIENCE).is_err()
            && let Ok(group) = pid_of(&self.keeper)
        {
            // What is gone already needs no signal.
            let _ = kill_process_group(group, Signal::KILL);
        }
        let _ = self.keeper.wait();
    }
}

impl Drop for KeyAgent {
    fn drop(&mut self) {
        self.end();
    }
}

fn pid_of(child: &Child) -> io::Result<Pid> {
    let number = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    number.ok_or_else(|| io::Error::other("it has no number"))
}

/// The lines that a program prints, as they come.
fn lines_of(child: &mut Child) -> io::Result<Receiver<String>> {
    let (tell, lines) = mpsc::channel();
    let output = child.stdout.take();
    thread::Builder::new().name("key agent".to_owned()).spawn(move || {
        let lines = output.into_iter().flat_map(|output| BufReader::new(output).lines());
        for line in lines.map_while(Result::ok) {
            // Later lines are not read.
            if tell.send(line).is_err() {
                break;
            }
        }
    })?;
    Ok(lines)
}

#[cfg(test)]
mod tests;
