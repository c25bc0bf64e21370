//! Users of this machine, made for the guests of one test binary and removed with them.

use std::{
    fs,
    io::{Read as _, Write as _},
    path::Path,
    process::{Command, Stdio},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

/// How the names of these users and of the directories of guests begin, before the number of the
/// process that they belong to.
pub(super) const PREFIX: &str = "kfguest-";

/// Two users: instances with a password have the one, those without have the other.
pub(super) struct Users {
    pub(super) with_password: String,
    pub(super) without_password: String,
    /// Random, and only ever told to `chpasswd` and `sshpass`, not by their arguments.
    pub(super) password: String,
}

/// Programs that change the users of the machine do not wait for one another.
static CHANGES: Mutex<()> = Mutex::new(());

impl Users {
    /// The users that the tests of this process share while any of them needs them.
    pub(super) fn shared() -> Arc<Self> {
        static SHARED: Mutex<Weak<Users>> = Mutex::new(Weak::new());
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(users) = shared.upgrade() {
            return users;
        }
        let users = Arc::new(Self::make());
        *shared = Arc::downgrade(&users);
        users
    }

    fn make() -> Self {
        static MADE: AtomicU32 = AtomicU32::new(0);
        sweep();
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let name = |kind| format!("{PREFIX}{}-{number}{kind}", std::process::id());
        let users = Self {
            with_password: name('p'),
            without_password: name('n'),
            password: random_password(),
        };
        let _one_at_a_time = changes();
        for user in [&users.with_password, &users.without_password] {
            // No password fits `*`, and unlike `!` it does not lock the user out with a key.
            let home = ["--no-create-home", "--home-dir", "/", "--shell", "/bin/sh"];
            change(Command::new("useradd").args(home).args(["--password", "*"]).arg(user), "");
        }
        let password = format!("{}:{}\n", users.with_password, users.password);
        change(&mut Command::new("chpasswd"), &password);
        users
    }
}

impl Drop for Users {
    fn drop(&mut self) {
        remove([self.with_password.clone(), self.without_password.clone()]);
    }
}

fn changes() -> MutexGuard<'static, ()> {
    CHANGES.lock().unwrap_or_else(PoisonError::into_inner)
}

fn remove(users: impl IntoIterator<Item = String>) {
    let _one_at_a_time = changes();
    for user in users {
        // One that is not removed here is removed by the next run.
        let _ = try_change(Command::new("userdel").arg(user), "");
    }
}

/// Removes the users and ends the guests of test binaries that were killed.
fn sweep() {
    let passwd = fs::read_to_string("/etc/passwd").expect("the users of this machine");
    let users = passwd.lines().filter_map(|line| line.split(':').next());
    remove(users.filter(|name| is_stale(name)).map(str::to_owned));
    for entry in fs::read_dir(std::env::temp_dir()).into_iter().flatten().flatten() {
        if is_stale(&entry.file_name().to_string_lossy()) {
            end_guests(&entry.path());
            #[expect(clippy::disallowed_methods, reason = "it tidies up after tests")]
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

/// Whether a name is of a process that is not there any more.
fn is_stale(name: &str) -> bool {
    let process = name.strip_prefix(PREFIX).and_then(|rest| rest.split('-').next());
    process.is_some_and(|process| !Path::new("/proc").join(process).exists())
}

/// Ends the sshds whose files are in a directory.
fn end_guests(directory: &Path) {
    for guest in fs::read_dir(directory).into_iter().flatten().flatten() {
        let number = fs::read_to_string(guest.path().join("pid")).unwrap_or_default();
        let number = number.trim().parse().ok().and_then(rustix::process::Pid::from_raw);
        let Some(process) = number else { continue };
        let file = format!("/proc/{}/cmdline", process.as_raw_nonzero());
        let command = fs::read(file).unwrap_or_default();
        // The number may be of another process by now.
        if String::from_utf8_lossy(&command).contains(&*directory.to_string_lossy()) {
            let _ = rustix::process::kill_process(process, rustix::process::Signal::KILL);
        }
    }
}

fn random_password() -> String {
    let mut bytes = [0; 16];
    let mut random = fs::File::open("/dev/urandom").expect("randomness");
    random.read_exact(&mut bytes).expect("randomness");
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Changes the users of the machine; another program that does so too is waited for.
fn change(command: &mut Command, input: &str) {
    let mut said = String::new();
    for _ in 0..50 {
        match try_change(command, input) {
            Ok(()) => return,
            Err(error) => said = error,
        }
        #[expect(clippy::disallowed_methods, reason = "the lock of /etc/passwd tells nobody")]
        std::thread::sleep(Duration::from_millis(100));
    }
    panic!("{command:?}: {said}");
}

fn try_change(command: &mut Command, input: &str) -> Result<(), String> {
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(|error| error.to_string())?;
    // The end of it is its end of input.
    let written = child.stdin.take().map(|mut stdin| stdin.write_all(input.as_bytes()));
    let output = child.wait_with_output().map_err(|error| error.to_string())?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    match written {
        Some(Ok(())) if output.status.success() => Ok(()),
        _ => Err(said),
    }
}
