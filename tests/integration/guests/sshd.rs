//! One sshd.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    net::Ipv4Addr,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex, PoisonError, mpsc},
    time::Duration,
};

const PROGRAM: &str = "/usr/sbin/sshd";

/// An sshd that runs; it ends when this is dropped.
pub(super) struct Sshd {
    child: Child,
    log: Arc<Mutex<String>>,
}

/// Where an sshd has its files and what it listens to.
pub(super) struct Place {
    pub(super) directory: PathBuf,
    pub(super) address: Ipv4Addr,
    pub(super) port: u16,
}

impl Place {
    /// Makes the directory with a host key; answers its public half.
    #[expect(clippy::disallowed_methods, reason = "it sets up a guest")]
    pub(super) fn prepare(&self) -> String {
        fs::create_dir_all(&self.directory).expect("a directory");
        // Without it no sshd starts; the package makes it when the machine starts.
        fs::create_dir_all("/run/sshd").expect("a directory");
        let key = self.directory.join("hostkey");
        let made = Command::new("ssh-keygen")
            .args(["-q", "-t", "ed25519", "-N", "", "-C", "guest", "-f"])
            .arg(&key)
            .status();
        assert!(made.expect("ssh-keygen is installed").success());
        fs::read_to_string(key.with_extension("pub")).expect("a public key")
    }

    /// Writes what the sshd accepts from its next start on. What it reads later it reads from
    /// these files too, so that they are written at a start only.
    #[expect(clippy::disallowed_methods, reason = "it sets up a guest")]
    pub(super) fn stage(&self, keys: &[&str], passwords: bool) {
        let directory = self.directory.display();
        let config = format!(
            "ListenAddress {}\nPort {}\nHostKey {directory}/hostkey\nPidFile {directory}/pid\n\
             AuthorizedKeysFile {directory}/authorized_keys\nStrictModes no\n\
             PasswordAuthentication {}\nKbdInteractiveAuthentication no\nUsePAM no\nUseDNS no\n\
             PrintMotd no\nPrintLastLog no\n{}",
            self.address,
            self.port,
            if passwords { "yes" } else { "no" },
            penalties()
        );
        fs::write(self.directory.join("config"), config).expect("a file");
        let keys: String = keys.iter().map(|key| format!("{key}\n")).collect();
        fs::write(self.directory.join("authorized_keys"), keys).expect("a file");
    }
}

/// A newer sshd keeps those away who failed to log on, and these tests fail on purpose.
fn penalties() -> &'static str {
    static KNOWN: std::sync::OnceLock<bool> = std::sync::OnceLock::new();
    let known = KNOWN.get_or_init(|| {
        let asked = Command::new(PROGRAM)
            .args(["-t", "-f", "/dev/null", "-o", "PerSourcePenalties=no"])
            .output();
        let said = asked.expect("sshd is installed; tests/run installs it").stderr;
        !String::from_utf8_lossy(&said).contains("Bad configuration option")
    });
    if *known { "PerSourcePenalties no\n" } else { "" }
}

impl Sshd {
    /// Starts the sshd of a directory; when this returns it listens.
    pub(super) fn start(directory: &Path) -> Result<Self, String> {
        let mut command = Command::new(PROGRAM);
        command.args(["-D", "-e", "-f"]).arg(directory.join("config"));
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().map_err(|error| format!("{PROGRAM}: {error}"))?;
        let lines = BufReader::new(child.stderr.take().expect("it is piped")).lines();
        let log = Arc::new(Mutex::new(String::new()));
        let (tell, listens) = mpsc::channel();
        let shared = log.clone();
        // To the end of its log, so that it can always write.
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                if line.starts_with("Server listening on ") {
                    let _ = tell.send(());
                }
                let mut log = shared.lock().unwrap_or_else(PoisonError::into_inner);
                log.push_str(&line);
                log.push('\n');
            }
        });
        let sshd = Self { child, log };
        match listens.recv_timeout(Duration::from_secs(60)) {
            Ok(()) => Ok(sshd),
            Err(_) => Err(sshd.log()),
        }
    }

    /// What it has said.
    pub(super) fn log(&self) -> String {
        self.log.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Sshd {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
