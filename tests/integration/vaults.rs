//! The vaults of examples/vaults: `age` and `pass` with the real programs, the others with programs
//! that play them. What they keep opens with their own commands, of two that put at once one wins, and
//! the plain key is on no disk.

use std::{
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::Arc,
    thread,
};

use keyform::{
    disk::RealDisk,
    driver::{Environment, SystemCommands},
    keys::{KeySource, PooledKeys, PrivateKey},
    model::{CloudName, VaultCommands, schedule::Span},
    vault::{CommandVault, Lender, Listed, Retired, Stored, Vault, VaultError},
};
use tempfile::TempDir;

use crate::{leaks::Secrets, support::Project, tidy::root};

/// A directory for what a tool keeps, and the environment that it is run in.
struct Bench {
    tool: &'static str,
    directory: TempDir,
    /// The scripts get those that `passEnvironment` names.
    variables: Vec<(&'static str, OsString)>,
}

/// Runs a program of the test's, which must succeed; answers what it printed.
#[track_caller]
fn run(command: &mut Command) -> String {
    let output = command.stdin(Stdio::null()).output();
    let output = output.unwrap_or_else(|error| {
        panic!("{command:?}: {error}; tests/run installs what the tests need")
    });
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{command:?}: {errors}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

impl Bench {
    fn new(tool: &'static str) -> Self {
        let directory = tempfile::Builder::new().prefix("vault").tempdir().expect("a directory");
        let played = root().join("tests/integration/vaults/played");
        let mut path = OsString::from(played);
        path.push(":/usr/local/bin:/usr/bin:/bin");
        let home = directory.path().as_os_str().to_owned();
        let mut bench = Self { tool, directory, variables: Vec::new() };
        bench.variables.push(("HOME", home));
        let is_played = !matches!(tool, "age" | "pass");
        let plain = OsString::from("/usr/local/bin:/usr/bin:/bin");
        bench.variables.push(("PATH", if is_played { path } else { plain }));
        match tool {
            "age" => bench.set_up_age(),
            "pass" => bench.set_up_pass(),
            _ => {
                let kept = bench.path("played").into_os_string();
                bench.variables.push(("PLAYED", kept));
                bench.variables.push(("VAULT_TOKEN", "played-token".into()));
            }
        }
        bench
    }

    fn all() -> impl Iterator<Item = Self> {
        ["age", "pass", "sops", "hashicorp-vault", "alibaba-kms"].into_iter().map(Self::new)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.current_dir(self.directory.path()).env_clear();
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Three recipients: an identity of age, and SSH keys of two types.
    fn set_up_age(&mut self) {
        run(self.command("age-keygen").args(["-o", "identity"]));
        let recipient = run(self.command("age-keygen").args(["-y", "identity"]));
        let mut recipients = recipient;
        for (kind, file) in [("ed25519", "ssh-ed25519"), ("rsa", "ssh-rsa")] {
            run(self.command("ssh-keygen").args(["-q", "-t", kind, "-N", "", "-f", file]));
            let public = fs::read_to_string(self.path(&format!("{file}.pub")));
            recipients.push_str(&public.expect("it was made"));
        }
        write(&self.path("recipients"), &recipients);
        self.variables.push(("AGE_IDENTITY", self.path("identity").into_os_string()));
        self.variables.push(("AGE_RECIPIENTS", self.path("recipients").into_os_string()));
    }

    fn set_up_pass(&mut self) {
        let home = self.path("gnupg");
        run(self.command("mkdir").args(["-m", "0700"]).arg(&home));
        self.variables.push(("GNUPGHOME", home.into_os_string()));
        self.variables.push(("PASSWORD_STORE_DIR", self.path("store").into_os_string()));
        let make = ["--quick-gen-key", "vault@example.com", "default", "default", "never"];
        let quiet = ["--batch", "--quiet", "--pinentry-mode", "loopback", "--passphrase", ""];
        run(self.command("gpg").args(quiet).args(make));
        run(self.command("pass").args(["init", "vault@example.com"]));
    }

    fn vault(&self) -> CommandVault {
        let script = root().join("examples/vaults").join(self.tool).display().to_string();
        let program = |verb: &str| vec![script.clone(), verb.to_owned()];
        let commands = VaultCommands {
            put: program("put"),
            get: program("get"),
            retire: program("retire"),
            list: Some(program("list")),
            timeout: Span::seconds(60),
            pass_environment: ["AGE_IDENTITY", "AGE_RECIPIENTS", "GNUPGHOME", "PASSWORD_STORE_DIR"]
                .into_iter()
                .chain(["PLAYED", "VAULT_TOKEN"])
                .map(str::to_owned)
                .collect(),
        };
        let variables = self.variables.iter();
        let environment =
            Environment::new(variables.map(|(name, value)| (name.into(), value.clone())));
        let lender = Arc::new(Lender::new(Arc::new(RealDisk), Some(self.path("shm"))));
        let runner = Arc::new(SystemCommands::new(environment));
        CommandVault::new(commands, self.directory.path(), runner, lender)
    }

    /// L4: none of these keys is in a file of this directory, in any form.
    #[track_caller]
    fn has_no_plain_key(&self, keys: &[PrivateKey]) {
        let mut secrets = Secrets::default();
        for (number, key) in keys.iter().enumerate() {
            secrets.add_key(&format!("key {number}"), key.pem().as_bytes());
        }
        let mut searched = 0;
        for path in files_below(self.directory.path()) {
            let bytes = fs::read(&path).unwrap_or_default();
            assert_eq!(secrets.find(&bytes), None, "{}: {}", self.tool, path.display());
            searched += 1;
        }
        assert!(searched > 0, "{}: nothing was kept", self.tool);
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        if self.tool == "pass" {
            // The agent that gpg has started would stay.
            let _ = self.command("gpgconf").args(["--kill", "gpg-agent"]).status();
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "it sets up what a person wrote")]
fn write(path: &Path, text: &str) {
    fs::write(path, text).expect("a file");
}

/// All regular files below a directory: an agent's sockets are none.
fn files_below(directory: &Path) -> Vec<PathBuf> {
    let (mut found, mut open) = (Vec::new(), vec![directory.to_owned()]);
    while let Some(directory) = open.pop() {
        for entry in fs::read_dir(&directory).expect("a directory").flatten() {
            let kind = entry.file_type().expect("it was seen");
            if kind.is_dir() {
                open.push(entry.path());
            } else if kind.is_file() {
                found.push(entry.path());
            }
        }
    }
    found
}

fn name() -> CloudName {
    CloudName::new("web")
}

fn listed(key: &PrivateKey, is_retired: bool) -> Listed {
    Listed { name: name(), is_retired, fingerprint: key.public_key().fingerprint() }
}

fn keys(count: usize) -> Vec<PrivateKey> {
    let source = PooledKeys::new(5);
    (0..count).map(|_| source.generate().expect("a key")).collect()
}

#[test]
fn each_vault_keeps_keys_replaces_none_and_puts_them_aside() {
    for bench in Bench::all() {
        let tool = bench.tool;
        let vault = bench.vault();
        let keys = keys(2);
        let (key, next) = (&keys[0], &keys[1]);
        let print = key.public_key().fingerprint();
        let fine = |answer: Result<Stored, VaultError>| {
            answer.unwrap_or_else(|error| panic!("{tool}: {error}"))
        };
        assert!(vault.get(&name()).expect(tool).is_none(), "{tool}");
        assert_eq!(vault.list().expect(tool), [], "{tool}");
        assert_eq!(fine(vault.put(&name(), key)), Stored::Created, "{tool}");
        assert_eq!(fine(vault.put(&name(), key)), Stored::AlreadyThere, "{tool}");
        let refused = vault.put(&name(), next);
        assert!(matches!(refused, Err(VaultError::AnotherKey { .. })), "{tool}: {refused:?}");
        let back = vault.get(&name()).expect(tool).expect(tool);
        assert!(*back.pem() == *key.pem(), "{tool}: it is the same text");
        assert_eq!(vault.list().expect(tool), [listed(key, false)], "{tool}");
        assert_eq!(vault.retire(&name(), print).expect(tool), Retired::Moved, "{tool}");
        assert!(vault.get(&name()).expect(tool).is_none(), "{tool}");
        assert_eq!(vault.retire(&name(), print).expect(tool), Retired::AlreadyMoved, "{tool}");
        assert_eq!(fine(vault.put(&name(), next)), Stored::Created, "{tool}");
        let all = vault.list().expect(tool);
        assert_eq!(all, [listed(next, false), listed(key, true)], "{tool}");
        let retired = vault.get_listed(&listed(key, true)).expect(tool);
        assert!(*retired.pem() == *key.pem(), "{tool}: it is the same text");
        bench.has_no_plain_key(&keys);
    }
}

#[test]
fn of_keys_that_are_put_at_once_into_a_vault_one_wins() {
    for bench in Bench::all() {
        let tool = bench.tool;
        let vault = bench.vault();
        let keys = keys(4);
        let answers: Vec<_> = thread::scope(|scope| {
            let vault = &vault;
            let put = |key| scope.spawn(move || vault.put(&name(), key));
            let threads: Vec<_> = keys.iter().map(put).collect();
            threads.into_iter().map(|thread| thread.join().expect(tool)).collect()
        });
        let winner = vault.get(&name()).expect(tool).expect("one of them is kept");
        for (key, answer) in keys.iter().zip(answers) {
            let is_winner = key.public_key() == winner.public_key();
            match answer {
                Ok(_) => assert!(is_winner, "{tool}"),
                Err(VaultError::AnotherKey { .. }) => assert!(!is_winner, "{tool}"),
                Err(other) => panic!("{tool}: {other}"),
            }
        }
        bench.has_no_plain_key(&keys);
    }
}

#[test]
fn a_vault_that_refuses_says_why_and_is_never_taken_for_an_empty_one() {
    let mut bench = Bench::new("hashicorp-vault");
    bench.variables.retain(|(name, _)| *name != "VAULT_TOKEN");
    let refused = bench.vault().get(&name()).expect_err("there is no token");
    assert!(refused.to_string().contains("permission denied"), "{refused}");
    let mut bench = Bench::new("age");
    bench.vault().put(&name(), &keys(1)[0]).expect("it is kept");
    bench.variables.retain(|(name, _)| *name != "AGE_IDENTITY");
    let refused = bench.vault().get(&name()).expect_err("there is no identity");
    assert!(refused.to_string().contains("AGE_IDENTITY"), "{refused}");
}

#[test]
fn what_age_keeps_opens_with_the_identity_of_each_recipient() {
    let bench = Bench::new("age");
    let keys = keys(1);
    bench.vault().put(&name(), &keys[0]).expect("it is kept");
    for identity in ["identity", "ssh-ed25519", "ssh-rsa"] {
        let opened = run(bench.command("age").args(["-d", "-i", identity, "vault/web.age"]));
        assert!(opened == *keys[0].pem(), "{identity}: it is the key");
    }
    bench.has_no_plain_key(&keys);
}

#[test]
fn what_pass_keeps_opens_with_its_own_command() {
    let bench = Bench::new("pass");
    let keys = keys(1);
    bench.vault().put(&name(), &keys[0]).expect("it is kept");
    let opened = run(bench.command("pass").args(["show", "keyform/web"]));
    assert!(opened == *keys[0].pem(), "it is the key");
}

/// The example as a person runs it, with the program itself.
#[test]
fn the_example_keeps_its_key_with_age_and_on_no_disk() {
    let bench = Bench::new("age");
    let project = Project::example("vaults");
    for script in ["age", "fingerprint"] {
        run(Command::new("chmod").arg("+x").arg(project.path(script)));
    }
    let run = |arguments: &[&str]| {
        let is_passed = |name: &str| name == "PATH" || name.starts_with("AGE_");
        let variables = bench.variables.iter().filter(|(name, _)| is_passed(name));
        let variables = variables.map(|(name, value)| (name, value));
        project.finish(project.command(arguments).envs(variables))
    };
    let planned = run(&["plan"]).expect(0).stdout;
    assert!(planned.contains("unless its vault has one already (not looked at)"), "{planned}");
    assert!(!project.path("vault").exists(), "a plan runs no program");
    let applied = run(&["apply", "--auto-approve"]).expect(0).stdout;
    assert!(applied.contains("The private key of web is in the vault of `./age`"), "{applied}");
    assert!(project.path("vault/web.age").exists());
    assert!(run(&["plan"]).expect(0).stdout.contains("Private keys not looked at: web."));
    assert!(run(&["status"]).expect(0).stdout.contains("not looked at"));
    assert!(run(&["key", "check"]).expect(0).stdout.contains("held"));
    let listed = run(&["key", "list", "--format", "json"]).expect(0).json();
    assert_eq!(listed["keys"][0]["state"], "held");
    // Only here is it asked for: below keys/, where the search for leaks expects keys.
    project.write("keys/.keep", "");
    run(&["key", "get", "web", "--out", "keys/web.pem"]).expect(0);
    run(&["key", "get", "web", "--out", "keys/web.pem"]).expect(1);
    run(&["key", "put", "web", "keys/web.pem"]).expect(0);
    run(&["destroy", "--auto-approve"]).expect(0);
    assert!(!project.path("vault/web.age").exists(), "it was put aside");
    let listed = run(&["key", "list"]).expect(0).stdout;
    assert!(listed.contains("put aside"), "{listed}");
}
