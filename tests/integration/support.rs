//! Projects in temporary directories, and the program run in them as a user runs it.

use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    sync::atomic::{AtomicU64, Ordering},
};

use tempfile::TempDir;

use crate::leaks::{CREDENTIALS, Secrets};

/// The program.
pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_keyform");
/// The directory of private keys, in every project of these tests.
const KEYS: &str = "keys";

/// Sixteen bytes that no other run of these tests has for its id.
pub(crate) fn next_run_id() -> std::io::Result<[u8; 16]> {
    static COUNT: AtomicU64 = AtomicU64::new(1);
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&COUNT.fetch_add(1, Ordering::Relaxed).to_le_bytes());
    Ok(bytes)
}

/// What a run of the program showed, and how it ended.
#[derive(Clone, Debug)]
pub(crate) struct Outcome {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Outcome {
    pub(crate) fn of(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
        Self {
            code: output.status.code().expect("an exit code, not a signal"),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        }
    }

    /// Everything that was shown.
    pub(crate) fn shown(&self) -> String {
        format!("{}{}", self.stdout, self.stderr)
    }

    /// Itself, if it ended with this exit code.
    #[track_caller]
    pub(crate) fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{}\n{}", self.stdout, self.stderr);
        self
    }

    /// The code of the error with which it ended.
    #[track_caller]
    pub(crate) fn error_code(&self) -> &str {
        let coded = |line| str::strip_prefix(line, "error[")?.split_once("]: ");
        let found = self.stderr.lines().find_map(coded);
        found.unwrap_or_else(|| panic!("no error with a code: {}", self.stderr)).0
    }

    /// Standard output as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).expect("a JSON document on standard output")
    }
}

/// A directory in which the program is run.
///
/// When it is dropped, everything that the program showed and wrote is searched for the private
/// keys that it had at the end of any run, and for the credentials that it was given (L4).
pub(crate) struct Project {
    directory: TempDir,
    secrets: RefCell<Secrets>,
    /// What was shown, by who showed it.
    outputs: RefCell<Vec<(String, Vec<u8>)>>,
    /// How many programs were to be run of which no output was collected yet.
    unheard: Cell<usize>,
}

impl Project {
    /// An empty directory.
    pub(crate) fn empty() -> Self {
        Self {
            directory: tempfile::tempdir().expect("a temporary directory"),
            secrets: RefCell::new(Secrets::credentials()),
            outputs: RefCell::default(),
            unheard: Cell::new(0),
        }
    }

    /// A copy of an example as it was written, without what a run of it left there.
    pub(crate) fn example(name: &str) -> Self {
        let project = Self::empty();
        let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(name);
        for (file, bytes) in contents(&example) {
            if !file.starts_with("keys/") && !file.starts_with(".keyform/") {
                project.write(&file, &bytes);
            }
        }
        project
    }

    /// A copy of the example that the README begins with.
    pub(crate) fn quickstart() -> Self {
        Self::example("quickstart")
    }

    pub(crate) fn path(&self, file: &str) -> PathBuf {
        self.directory.path().join(file)
    }

    pub(crate) fn read(&self, file: &str) -> String {
        let path = self.path(file);
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    #[expect(clippy::disallowed_methods, reason = "it sets up what a person wrote")]
    pub(crate) fn write(&self, file: &str, bytes: impl AsRef<[u8]>) {
        let path = self.path(file);
        fs::create_dir_all(path.parent().expect("below the directory")).expect("a directory");
        fs::write(path, bytes).expect("a file");
    }

    /// Replaces a part of a file, as a person edits it.
    pub(crate) fn edit(&self, file: &str, from: &str, to: &str) {
        let text = self.read(file);
        assert!(text.contains(from), "{file} has no {from:?}");
        self.write(file, text.replace(from, to));
    }

    /// Every file and what is in it, by its path.
    pub(crate) fn contents(&self) -> BTreeMap<String, Vec<u8>> {
        contents(self.directory.path())
    }

    /// The program with these arguments, in the directory, with nothing else around it: no
    /// environment but credentials, and nobody to ask. What it shows must be collected.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(PROGRAM);
        command.args(arguments).env_clear();
        self.prepared(command)
    }

    /// Another program in the directory, which runs ours, with nobody to ask. What it shows must be
    /// collected.
    pub(crate) fn other(&self, program: &str) -> Command {
        self.prepared(Command::new(program))
    }

    fn prepared(&self, mut command: Command) -> Command {
        self.unheard.set(self.unheard.get() + 1);
        command.current_dir(self.directory.path()).envs(CREDENTIALS).stdin(Stdio::null());
        command
    }

    /// Runs the program.
    pub(crate) fn run(&self, arguments: &[&str]) -> Outcome {
        self.finish(&mut self.command(arguments))
    }

    /// Runs a command of this project to its end.
    pub(crate) fn finish(&self, command: &mut Command) -> Outcome {
        let output = command.output().expect("the program");
        self.collect(&described(command), &[&output.stdout[..], &output.stderr].concat());
        Outcome::of(output)
    }

    /// Keeps what a command of this project showed, to search it for secrets.
    pub(crate) fn collect(&self, shown_by: &str, output: &[u8]) {
        self.unheard.set(self.unheard.get().saturating_sub(1));
        self.outputs.borrow_mut().push((shown_by.to_owned(), output.to_vec()));
        for (file, bytes) in self.contents() {
            if is_key(&file) {
                self.secrets.borrow_mut().add_key(&file, &bytes);
            }
        }
    }

    /// Every place where a secret is that must not be there, one line each.
    pub(crate) fn leaks(&self) -> Vec<String> {
        let secrets = self.secrets.borrow();
        let outputs = self.outputs.borrow();
        let contents = self.contents();
        let shown = outputs.iter().map(|(by, bytes)| (format!("what `{by}` showed"), &bytes[..]));
        let names = contents.keys().map(|file| ("the name of a file".to_owned(), file.as_bytes()));
        let files = contents
            .iter()
            .filter(|(file, _)| !is_key(file) && secrets.find(file.as_bytes()).is_none())
            .map(|(file, bytes)| (format!("the file {file}"), &bytes[..]));
        shown
            .chain(names)
            .chain(files)
            .filter_map(|(place, bytes)| Some(format!("{} is in {place}", secrets.find(bytes)?)))
            .collect()
    }

    /// Searches for nothing more, for a test that has planted a leak.
    pub(crate) fn forget(self) {
        self.secrets.replace(Secrets::default());
    }

    /// Applies without asking: it must be done, and the plan after it empty (L1).
    #[track_caller]
    pub(crate) fn apply(&self) -> Outcome {
        let applied = self.run(&["apply", "--auto-approve"]).expect(0);
        self.run(&["plan", "--detailed-exitcode"]).expect(0);
        applied
    }

    /// Runs the program and answers what a terminal would show: both outputs, as they come.
    pub(crate) fn terminal(&self, arguments: &[&str]) -> String {
        let file = tempfile::NamedTempFile::new().expect("a temporary file");
        // One description for both outputs, so that they write behind one another.
        let out = file.as_file().try_clone().expect("the file again");
        let error = out.try_clone().expect("the file again");
        let mut command = self.command(arguments);
        command.stdout(out).stderr(error).status().expect("the program");
        let shown = fs::read_to_string(file.path()).expect("what it showed");
        self.collect(&described(&command), shown.as_bytes());
        shown
    }
}

impl Drop for Project {
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        assert_eq!(self.unheard.get(), 0, "what a program showed was not collected");
        let leaks = self.leaks();
        assert!(leaks.is_empty(), "L4: {}", leaks.join("\n"));
    }
}

/// Whether a file is in the directory of private keys.
fn is_key(file: &str) -> bool {
    Path::new(file).parent().is_some_and(|above| above.iter().any(|name| name == KEYS))
}

/// A command as messages name it.
fn described(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    let words: Vec<_> = words.map(|word| word.to_string_lossy()).collect();
    words.join(" ").replace(PROGRAM, "keyform")
}

/// Runs a program that has nothing to do with a project to its end.
pub(crate) fn run(command: &mut Command) -> Outcome {
    Outcome::of(command.output().expect("the program"))
}

/// The text with what differs from run to run replaced: a plan after the first names the random
/// lineage of its state in its digest, a key that was put aside has its fingerprint in its name, and
/// a run tells how long it takes.
pub(crate) fn redacted(text: &str) -> String {
    let lines = text.lines().map(without_times).map(|line| {
        let words = line.split(' ').map(|word| {
            let length = word.len();
            let is_hex = word.bytes().all(|byte| byte.is_ascii_hexdigit());
            if is_hex && (length == 12 || length == 64) {
                return "DIGEST".to_owned();
            }
            match word.strip_suffix(".pem").and_then(|name| name.rsplit_once('.')) {
                Some((name, fingerprint)) if fingerprint.len() == 8 => format!("{name}.PRINT.pem"),
                _ => word.to_owned(),
            }
        });
        words.collect::<Vec<_>>().join(" ")
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// A line of a run without the seconds in front, or the time that the run took at its end.
fn without_times(line: &str) -> String {
    let is_time = |text: &str| text.trim_start().bytes().all(|byte| byte.is_ascii_digit());
    if let Some((_, rest)) = line.split_once(" s  ").filter(|(time, _)| is_time(time)) {
        return format!("TIME  {rest}");
    }
    let is_length = |text: &str| {
        let mut words = text.split(' ');
        text == "less than 1 s" || words.all(|word| is_time(word) || word == "min" || word == "s")
    };
    let title = line.strip_suffix('.').and_then(|title| title.rsplit_once(", in "));
    match title.filter(|(_, length)| is_length(length)) {
        Some((title, _)) => format!("{title}, in TIME."),
        None => line.to_owned(),
    }
}

/// Every file below a directory and what is in it, by its path.
pub(crate) fn contents(directory: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut open = vec![directory.to_path_buf()];
    while let Some(next) = open.pop() {
        for entry in fs::read_dir(&next).expect("a directory") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                open.push(path);
                continue;
            }
            let name = path.strip_prefix(directory).expect("below it").display().to_string();
            found.insert(name, fs::read(&path).expect("a file"));
        }
    }
    found
}
