//! The proof of a log-on against real guests.

use std::{
    io::Write as _,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::Arc,
};

use keyform::{
    apply::{Answer, Call},
    cloud::Cloud,
    disk::RealDisk,
    driver::{Environment, Executor},
    ecs::{CallError, Request, Response, Transport},
    keys::{KeySource, PooledKeys},
    model::{AddressKind, CloudName, SshProof, schedule::Span},
    vault::{CommandVault, Directory, Lender, PlayedCommands, Vault, VaultByPair},
};
use tempfile::TempDir;

use super::{
    as_root,
    fleet::{Guests, Password},
};

/// Proofs call no service.
struct NoCloud;

impl Transport for NoCloud {
    fn call(&self, request: &Request) -> Result<Response, CallError> {
        panic!("no service is called: {request:?}")
    }
}

/// A guest `i-1`, another one `i-2`, and a vault with the keys `web`, `web-g2` and `other`. The
/// directory has a blank and a percent sign, since people's directories do; that of the
/// configuration has none, since ssh does not pass such a path on to a jump host.
struct Bench {
    guests: Guests,
    directory: TempDir,
    /// The vault of files, in which the test finds each key.
    files: Directory,
    /// The vault of which keys are taken.
    vault: Arc<dyn Vault>,
    keys: PooledKeys,
    home: TempDir,
    config: String,
}

impl Bench {
    fn new() -> Self {
        let directory = tempfile::Builder::new().prefix("50% of ").tempdir().expect("a directory");
        let files = Directory::new(Arc::new(RealDisk), directory.path().join("keys"));
        let keys = PooledKeys::new(0);
        for name in ["web", "web-g2", "other"] {
            let key = keys.generate().expect("a key");
            files.put(&CloudName::new(name), &key).expect("it is stored");
        }
        let vault = Arc::new(files.clone());
        let guests = Guests::new(&[("i-1", Password::Set), ("i-2", Password::None)]);
        let home = tempfile::tempdir().expect("a directory");
        Self { guests, directory, files, vault, keys, home, config: String::new() }
    }

    /// The same keys in the vault of a command, which lends them in this directory, or nowhere.
    fn with_programs(self, lending: Option<PathBuf>) -> Self {
        let vault = Arc::new(self.programs(&["web", "web-g2", "other"], lending));
        Self { vault, ..self }
    }

    /// The vault of a command with some of the keys.
    fn programs(&self, names: &[&str], lending: Option<PathBuf>) -> CommandVault {
        let lender = Arc::new(Lender::new(Arc::new(RealDisk), lending));
        let runner = Arc::new(PlayedCommands::new());
        let directory = self.directory.path();
        let vault = CommandVault::new(PlayedCommands::choice(), directory, runner, lender);
        for name in names.iter().map(|name| CloudName::new(*name)) {
            let key = self.files.get(&name).expect("it is there").expect("it is there");
            vault.put(&name, &key).expect("it is stored");
        }
        vault
    }

    /// The public half of a key.
    fn public(&self, name: &str) -> String {
        let pem = self.file(name);
        let output = Command::new("ssh-keygen").arg("-y").arg("-f").arg(pem).output();
        String::from_utf8(output.expect("ssh-keygen").stdout).expect("a key").trim().to_owned()
    }

    /// Starts `i-1` with what it accepts.
    fn start(&self, keys: &[&str], passwords: bool) {
        let keys: Vec<String> = keys.iter().map(|name| self.public(name)).collect();
        let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
        self.guests.start("i-1", &keys, passwords);
    }

    fn proof(&self) -> SshProof {
        SshProof {
            user: self.guests.user("i-1").to_owned(),
            address: AddressKind::Private,
            port: Some(self.guests.port()),
            jump: None,
            known_hosts: Some(self.guests.known_hosts().display().to_string()),
            timeout: Span::seconds(60),
            pass_environment: Vec::new(),
        }
    }

    /// An ssh that has the test's configuration for that of whoever runs keyform.
    fn ssh(&self) -> PathBuf {
        let path = |name| self.home.path().join(name);
        write(&path("config"), "0644", &self.config);
        let script = format!("#!/bin/sh\nexec ssh -F '{}' \"$@\"\n", path("config").display());
        write(&path("ssh"), "0755", &script);
        path("ssh")
    }

    /// The file of a private key.
    fn file(&self, name: &str) -> PathBuf {
        self.directory.path().join(format!("keys/{name}.pem"))
    }

    /// Logs on to `i-1` with `web-g2`, which is to refuse `web`; answers what is wrong.
    fn log_on(&self, proof: SshProof) -> Result<(), String> {
        let host = self.guests.address("i-1");
        self.log_on_to(&host, proof, "web-g2")
    }

    fn log_on_to(&self, host: &str, proof: SshProof, key: &str) -> Result<(), String> {
        let outside = Executor::new(
            Cloud::new(Arc::new(NoCloud)),
            &*self.vault,
            &self.keys,
            self.directory.path(),
        )
        .with_environment(Environment::new(std::env::vars_os()))
        .with_ssh(self.ssh());
        let answer = outside.execute(&Call::LogOn {
            proof,
            host: host.to_owned(),
            key: CloudName::new(key),
            refused: Some(CloudName::new("web")),
        });
        match answer {
            Ok(answer) => {
                assert_eq!(answer, Answer::Done);
                Ok(())
            }
            Err(failure) => {
                assert!(!failure.kind.is_transient() && !failure.outcome_unknown);
                assert!(!failure.message.contains("debug"), "{}", failure.message);
                Err(failure.message)
            }
        }
    }
}

/// Writes a file by another program: one of ours that is open for writing would be open too in
/// the programs that other tests start at this moment, and cannot be started itself.
fn write(path: &Path, mode: &str, text: &str) {
    let mut install = Command::new("install")
        .args(["-m", mode, "/dev/stdin"])
        .arg(path)
        .stdin(Stdio::piped())
        .spawn()
        .expect("install");
    let mut stdin = install.stdin.take().expect("it is piped");
    stdin.write_all(text.as_bytes()).expect("it reads");
    drop(stdin);
    assert!(install.wait().expect("it ends").success());
}

#[test]
fn a_guest_that_takes_its_key_and_nothing_else_is_proven() {
    as_root(|| {
        let bench = Bench::new();
        bench.start(&["web-g2"], false);
        assert_eq!(bench.log_on(bench.proof()), Ok(()));
        // A path in a proof is one of the project.
        let known_hosts = std::fs::read_to_string(bench.guests.known_hosts()).expect("a file");
        write(&bench.directory.path().join("known hosts"), "0644", &known_hosts);
        let proof = SshProof { known_hosts: Some("known hosts".to_owned()), ..bench.proof() };
        assert_eq!(bench.log_on(proof), Ok(()));
    });
}

#[test]
fn a_guest_that_still_takes_the_key_before_is_told() {
    as_root(|| {
        let bench = Bench::new();
        let still = "it still accepts the private key of web (the generation before)";
        bench.start(&["web", "web-g2"], false);
        assert_eq!(bench.log_on(bench.proof()), Err(still.to_owned()));
        bench.start(&["web"], false);
        let message = bench.log_on(bench.proof()).expect_err("it has not taken the new key");
        assert!(message.contains("refuses the private key of web-g2"), "{message}");
        assert!(message.ends_with(still), "{message}");
    });
}

#[test]
fn a_guest_that_still_takes_passwords_is_told() {
    as_root(|| {
        let bench = Bench::new();
        bench.start(&["web-g2"], true);
        let message = "it still accepts passwords (publickey,password)";
        assert_eq!(bench.log_on(bench.proof()), Err(message.to_owned()));
    });
}

#[test]
fn a_key_that_the_users_configuration_adds_proves_nothing() {
    as_root(|| {
        let mut bench = Bench::new();
        bench.start(&["other"], false);
        let other = bench.file("other");
        let other = other.display().to_string().replace('%', "%%");
        bench.config = format!("IdentityFile \"{other}\"\n");
        let message = bench.log_on(bench.proof()).expect_err("ours is refused");
        let begins = "it refuses the private key of web-g2; it accepts another, which the \
                      configuration of ssh adds (SHA256:";
        assert!(message.starts_with(begins), "{message}");
        bench.config.clear();
        let message = bench.log_on(bench.proof()).expect_err("ours is refused");
        let begins = "it refuses the private key of web-g2 for the user kfguest-";
        assert!(message.starts_with(begins), "{message}");
        assert!(message.ends_with(": Permission denied (publickey)."), "{message}");
    });
}

#[test]
fn a_host_key_that_is_unknown_or_another_is_told() {
    as_root(|| {
        let mut bench = Bench::new();
        bench.start(&["web-g2"], false);
        let host = bench.guests.address("i-1");
        let known = std::fs::read_to_string(bench.guests.known_hosts()).expect("a file");
        write(&bench.directory.path().join("none"), "0644", "");
        let proof = |file: &str| SshProof { known_hosts: Some(file.to_owned()), ..bench.proof() };
        let message = format!("its host key is not known; add a line for {host} to none");
        assert_eq!(bench.log_on(proof("none")), Err(message));
        // With the addresses of each other.
        let (one, two) = (host.clone(), bench.guests.address("i-2"));
        let swapped = known.replace(&one, "@").replace(&two, &one).replace('@', &two);
        write(&bench.directory.path().join("swapped"), "0644", &swapped);
        let message = bench.log_on(proof("swapped")).expect_err("it is another");
        assert!(message.starts_with("its host key is not the one that is known"), "{message}");
        // Without a file the user's configuration says what is known.
        let proof = SshProof { known_hosts: None, ..bench.proof() };
        bench.config = "UserKnownHostsFile /dev/null\n".to_owned();
        let message = bench.log_on(proof.clone()).expect_err("it is not known");
        assert!(message.contains("`knownHosts`") && message.contains("accept-new"), "{message}");
        bench.config = format!("UserKnownHostsFile {}\n", bench.guests.known_hosts().display());
        assert_eq!(bench.log_on(proof), Ok(()));
    });
}

#[test]
fn a_jump_host_leads_to_a_guest_and_its_key_counts_for_nothing() {
    as_root(|| {
        let mut bench = Bench::new();
        bench.start(&["web-g2"], false);
        // It takes passwords and another key, and is talkative.
        bench.guests.start("i-2", &[&bench.public("other")], true);
        let other = bench.file("other");
        bench.config = format!(
            "Host {}\n  User {}\n  Port {}\n  IdentityFile \"{}\"\n  UserKnownHostsFile {}\n  \
             LogLevel DEBUG3\n",
            bench.guests.address("i-2"),
            bench.guests.user("i-2"),
            bench.guests.port(),
            other.display().to_string().replace('%', "%%"),
            bench.guests.known_hosts().display()
        );
        let jump = Some(bench.guests.address("i-2"));
        let proof = SshProof { jump, ..bench.proof() };
        assert_eq!(bench.log_on(proof.clone()), Ok(()));
        bench.start(&["other"], false);
        let message = bench.log_on(proof.clone()).expect_err("ours is refused");
        assert!(message.starts_with("it refuses the private key of web-g2 for"), "{message}");
        bench.guests.stop("i-2");
        let message = bench.log_on(proof).expect_err("the way is closed");
        assert!(message.starts_with("the connection was refused: ssh: connect"), "{message}");
    });
}

#[test]
fn a_guest_that_is_down_or_never_answers_is_told() {
    as_root(|| {
        let bench = Bench::new();
        let message = bench.log_on(bench.proof()).expect_err("it is down");
        assert!(message.starts_with("the connection was refused: ssh: connect"), "{message}");
        let silent = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = Some(silent.local_addr().expect("an address").port());
        let within = |timeout| {
            let proof = SshProof { port, timeout, ..bench.proof() };
            bench.log_on_to("127.0.0.1", proof, "web-g2").expect_err("nobody answers")
        };
        let message = within(Span::parse("800ms").expect("a time"));
        assert_eq!(message, "the log-on took longer than 800ms and was ended");
        let message = within(Span::seconds(10));
        assert!(message.starts_with("it did not answer: "), "{message}");
    });
}

#[test]
fn a_key_that_is_not_in_the_vault_or_open_to_others_is_told_without_a_log_on() {
    as_root(|| {
        let bench = Bench::new();
        let host = bench.guests.address("i-1");
        let message = bench.log_on_to(&host, bench.proof(), "api");
        let told = "nobody can log on here: the vault does not hold the private key of api";
        assert_eq!(message, Err(told.to_owned()));
        let pem = bench.file("web");
        let opened = Command::new("chmod").arg("644").arg(&pem).status().expect("chmod");
        assert!(opened.success());
        bench.start(&["web-g2"], false);
        let message = bench.log_on(bench.proof()).expect_err("ssh would not try it");
        assert!(message.contains("chmod 600"), "{message}");
    });
}

/// The three guests that show whether a proof tells right from wrong.
fn proves_what_is_so(bench: &Bench) {
    bench.start(&["web-g2"], false);
    assert_eq!(bench.log_on(bench.proof()), Ok(()));
    bench.start(&["web", "web-g2"], false);
    let still = "it still accepts the private key of web (the generation before)";
    assert_eq!(bench.log_on(bench.proof()), Err(still.to_owned()));
    bench.start(&["other"], false);
    let message = bench.log_on(bench.proof()).expect_err("ours is refused");
    assert!(message.starts_with("it refuses the private key of web-g2 for"), "{message}");
}

#[test]
fn a_lent_key_is_a_file_in_memory_until_the_log_on_is_over() {
    as_root(|| {
        let memory = tempfile::tempdir_in("/dev/shm").expect("a tmpfs");
        let lending = memory.path().join("keyform");
        let bench = Bench::new().with_programs(Some(lending.clone()));
        proves_what_is_so(&bench);
        let left = std::fs::read_dir(lending)
            .expect("it was made")
            .map(|file| file.expect("a file").file_name().to_string_lossy().into_owned());
        let left: Vec<_> = left.filter(|name| name.ends_with(".pem")).collect();
        assert_eq!(left, [""; 0]);
    });
}

#[test]
fn without_a_directory_in_memory_an_agent_has_the_keys() {
    as_root(|| {
        let bench = Bench::new().with_programs(None);
        proves_what_is_so(&bench);
        let host = bench.guests.address("i-1");
        let message = bench.log_on_to(&host, bench.proof(), "api");
        let told = "nobody can log on here: the vault does not hold the private key of api";
        assert_eq!(message, Err(told.to_owned()));
        // A key that the user's own agent or configuration has proves nothing here either.
        let other = bench.file("other").display().to_string().replace('%', "%%");
        let bench = Bench { config: format!("IdentityFile \"{other}\"\n"), ..bench };
        bench.start(&["other"], false);
        let message = bench.log_on(bench.proof()).expect_err("ours is refused");
        assert!(message.starts_with("it refuses the private key of web-g2"), "{message}");
    });
}

#[test]
fn a_key_that_is_a_file_goes_into_the_agent_of_one_that_is_none() {
    as_root(|| {
        let bench = Bench::new();
        let own: Arc<dyn Vault> = Arc::new(bench.programs(&["web-g2"], None));
        let files = Arc::new(bench.files.clone());
        let vault = Arc::new(VaultByPair::new(files, vec![(CloudName::new("web-g2"), own)]));
        proves_what_is_so(&Bench { vault, ..bench });
    });
}
