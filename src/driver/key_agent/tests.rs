use std::{
    io::{Write as _, stdin, stdout},
    os::unix::{fs::PermissionsExt as _, net::UnixStream},
};

use super::*;
use crate::keys::{KeySource, PooledKeys};

/// The variable that makes a process one that is killed.
const HOLD: &str = "KEYFORM_TEST_HOLDS_AN_AGENT";

fn environment() -> Environment {
    let path = ("PATH".into(), "/usr/local/bin:/usr/bin:/bin".into());
    // That of whoever runs the tests is none of ours.
    Environment::new([path, (SOCKET.into(), "/nonexistent".into())])
}

fn keys() -> [PrivateKey; 2] {
    let source = PooledKeys::new(0);
    [source.generate().unwrap(), source.generate().unwrap()]
}

/// The public halves that an agent has, as `ssh-add` lists them.
fn listed(socket: &Path) -> Vec<String> {
    let output = Command::new("ssh-add").arg("-L").env(SOCKET, socket).output().expect("ssh-add");
    let text = String::from_utf8(output.stdout).expect("it is text");
    let line = |line: &str| line.split(' ').take(2).collect::<Vec<_>>().join(" ");
    text.lines().map(line).collect()
}

#[test]
fn an_agent_has_its_keys_in_their_order_and_nothing_is_left_of_it() {
    let [one, two] = keys();
    let agent = KeyAgent::start(&environment(), &[&two, &one], Duration::from_secs(60)).unwrap();
    let expected = [two.public_key().openssh(), one.public_key().openssh()];
    assert_eq!(listed(&agent.socket()), expected);
    for (number, line) in expected.into_iter().enumerate() {
        let text = std::fs::read_to_string(agent.public_key(number)).unwrap();
        assert_eq!(text, format!("{line}\n"));
    }
    let directory = agent.directory.clone();
    let mode = std::fs::metadata(&directory).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o700, "no other user can ask it");
    let mut connection = UnixStream::connect(agent.socket()).unwrap();
    drop(agent);
    assert_eq!(connection.read(&mut [0]).unwrap_or_default(), 0, "it has ended");
    assert!(!directory.exists());
}

#[test]
fn a_machine_without_the_programs_is_told() {
    let [key, _] = keys();
    let nothing = Environment::new([("PATH".into(), "/nonexistent".into())]);
    KeyAgent::start(&nothing, &[&key], Duration::from_secs(60)).unwrap_err();
    let directory = tempfile::tempdir().unwrap();
    for program in ["sh", "mktemp", "rm"] {
        std::os::unix::fs::symlink(format!("/bin/{program}"), directory.path().join(program))
            .unwrap();
    }
    let path = ("PATH".into(), directory.path().as_os_str().to_owned());
    let without = Environment::new([path]);
    let said = KeyAgent::start(&without, &[&key], Duration::from_secs(60)).unwrap_err();
    assert!(said.contains("ssh-agent") && said.contains("not found"), "{said}");
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the process that is killed knows itself by it")]
fn an_agent_ends_with_the_process_that_it_works_for() {
    if std::env::var_os(HOLD).is_some() {
        let [key, _] = keys();
        let agent = KeyAgent::start(&environment(), &[&key], Duration::from_secs(60)).unwrap();
        writeln!(stdout(), "\nsocket {}", agent.socket().display()).unwrap();
        // It is killed here.
        let _ = stdin().read(&mut [0]);
        panic!("it was not killed");
    }
    let mut holder = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "--nocapture"])
        .arg("driver::key_agent::tests::an_agent_ends_with_the_process_that_it_works_for")
        .env(HOLD, "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(holder.stdout.take().unwrap()).lines();
    let socket = lines
        .map_while(Result::ok)
        .find_map(|line| line.strip_prefix("socket ").map(PathBuf::from));
    let socket = socket.expect("it says where its agent is");
    assert_eq!(listed(&socket).len(), 1);
    let mut connection = UnixStream::connect(&socket).unwrap();
    holder.kill().unwrap();
    holder.wait().unwrap();
    // This waits until the agent has ended.
    assert_eq!(connection.read(&mut [0]).unwrap_or_default(), 0);
    assert!(!socket.parent().unwrap().exists(), "nothing is left of it");
}
