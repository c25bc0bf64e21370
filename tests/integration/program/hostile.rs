//! Context that are against us: symlinks, foreign files, directories that others can write to,
//! full disks, any umask, and another run. Each is told with what to do, nothing of anybody is
//! touched, and once it is mended the same command comes to its end.

use std::{
    fs,
    os::unix::fs::{PermissionsExt, symlink},
    process::{Command, Stdio},
};

use keyform::{
    disk::{Disk, RealDisk},
    keys::PrivateKey,
};

use crate::support::{Outcome, Project, run};

/// Something that stands in the way.
struct Obstacle {
    rule: &'static str,
    /// Whether the project was applied once before.
    applied: bool,
    place: fn(&Project),
    exit_code: i32,
    /// The code of the error, or of what is wrong with the file of the key that is blocked.
    code: &'static str,
    /// The path that the message names.
    names: &'static str,
    mend: fn(&Project),
}

/// What a symlink leads to: it is to stay as it is.
const FOREIGN: &[u8] = b"somebody else's";

/// Puts a symlink in the place of a file that is foreign.
fn link_to_foreign(project: &Project, path: &str) {
    project.write("foreign", FOREIGN);
    make_directory_above(project, path);
    symlink(project.path("foreign"), project.path(path)).expect("a symlink");
}

/// Puts a symlink in the place of a directory that is elsewhere.
fn link_to_directory(project: &Project, path: &str) {
    let disk: &dyn Disk = &RealDisk;
    disk.ensure_directory(&project.path("elsewhere")).expect("a directory");
    make_directory_above(project, path);
    symlink(project.path("elsewhere"), project.path(path)).expect("a symlink");
}

/// Moves a file elsewhere and leaves a symlink to it.
fn move_and_link(project: &Project, path: &str) {
    RealDisk.rename(&project.path(path), &project.path("moved")).expect("it is moved");
    symlink(project.path("moved"), project.path(path)).expect("a symlink");
}

fn move_back(project: &Project, path: &str) {
    RealDisk.rename(&project.path("moved"), &project.path(path)).expect("it is moved");
}

fn make_directory_above(project: &Project, path: &str) {
    let disk: &dyn Disk = &RealDisk;
    let path = project.path(path);
    disk.ensure_directory(path.parent().expect("below the project")).expect("a directory");
}

fn remove(project: &Project, path: &str) {
    RealDisk.remove_file(&project.path(path)).expect("it is removed");
}

#[expect(clippy::disallowed_methods, reason = "it is what a person or another program did")]
fn set_permissions(project: &Project, path: &str, mode: u32) {
    let permissions = fs::Permissions::from_mode(mode);
    fs::set_permissions(project.path(path), permissions).expect("its owner may");
}

const NEWEST: &str = ".keyform/state/0000000002.state.json";

fn obstacles_to_keys() -> Vec<Obstacle> {
    vec![
        Obstacle {
            rule: "a symlink in the place of the keys directory",
            applied: false,
            place: |project| link_to_directory(project, "keys"),
            exit_code: 1,
            code: "keyDirectoryNotCleaned",
            names: "keys",
            mend: |project| remove(project, "keys"),
        },
        Obstacle {
            rule: "a symlink in the place of a private key",
            applied: false,
            place: |project| link_to_foreign(project, "keys/web.pem"),
            exit_code: 3,
            code: "keyFileNotPlain",
            names: "keys/web.pem",
            mend: |project| remove(project, "keys/web.pem"),
        },
        Obstacle {
            rule: "a foreign file in the place of a private key",
            applied: false,
            place: |project| {
                project.write("foreign", FOREIGN);
                make_directory_above(project, "keys/web.pem");
                project.write("keys/web.pem", FOREIGN);
            },
            exit_code: 3,
            code: "keyFileUnusable",
            names: "keys/web.pem",
            mend: |project| remove(project, "keys/web.pem"),
        },
        Obstacle {
            rule: "a keys directory that others can write to",
            applied: false,
            place: |project| {
                make_directory_above(project, "keys/web.pem");
                set_permissions(project, "keys", 0o777);
            },
            exit_code: 1,
            code: "keyDirectoryNotCleaned",
            names: "keys",
            mend: |project| set_permissions(project, "keys", 0o700),
        },
    ]
}

fn obstacles_to_states() -> Vec<Obstacle> {
    vec![
        Obstacle {
            rule: "a symlink in the place of the checkout's directory",
            applied: false,
            place: |project| link_to_directory(project, ".keyform"),
            exit_code: 1,
            code: "stateDisk",
            names: ".keyform",
            mend: |project| remove(project, ".keyform"),
        },
        Obstacle {
            rule: "a symlink in the place of the state's directory",
            applied: false,
            place: |project| link_to_directory(project, ".keyform/state"),
            exit_code: 1,
            code: "stateDisk",
            names: ".keyform/state",
            mend: |project| remove(project, ".keyform/state"),
        },
        Obstacle {
            rule: "a symlink in the place of the lock",
            applied: false,
            place: |project| link_to_foreign(project, ".keyform/state/lock"),
            exit_code: 1,
            code: "stateDisk",
            names: ".keyform/state/lock",
            mend: |project| remove(project, ".keyform/state/lock"),
        },
        Obstacle {
            rule: "a symlink in the place of the mark",
            applied: true,
            place: |project| move_and_link(project, ".keyform/seen.json"),
            exit_code: 1,
            code: "stateDisk",
            names: ".keyform/seen.json",
            mend: |project| move_back(project, ".keyform/seen.json"),
        },
        Obstacle {
            rule: "a symlink in the place of the newest snapshot",
            applied: true,
            place: |project| move_and_link(project, NEWEST),
            exit_code: 1,
            code: "stateDisk",
            names: NEWEST,
            mend: |project| move_back(project, NEWEST),
        },
        Obstacle {
            rule: "a symlink in the place of the embedded cloud's log",
            applied: true,
            place: |project| move_and_link(project, ".keyform/cloud/world.log"),
            exit_code: 1,
            code: "emulatorLogUnreadable",
            names: ".keyform/cloud/world.log",
            mend: |project| move_back(project, ".keyform/cloud/world.log"),
        },
    ]
}

/// The code of what is wrong with the file of the private key that a plan does not use.
fn code_of_blocked_key(project: &Project) -> String {
    let plan = project.run(&["plan", "--format", "json"]).expect(0).json();
    let notes = plan["notes"].as_array().expect("notes");
    let of_key = notes.iter().find(|note| note["reason"]["code"] == "keyUnusable");
    let code = of_key.and_then(|note| note["reason"]["problem"]["code"].as_str());
    code.unwrap_or_else(|| panic!("no key is blocked: {plan:#}")).to_owned()
}

#[test]
fn what_stands_in_the_way_is_told_untouched_and_once_mended_forgotten() {
    let obstacles = obstacles_to_keys().into_iter().chain(obstacles_to_states());
    for Obstacle { rule, applied, place, exit_code, code, names, mend } in obstacles {
        let project = Project::quickstart();
        if applied {
            project.apply();
        }
        place(&project);
        let outcome = project.run(&["apply", "--auto-approve"]);
        assert_eq!(outcome.code, exit_code, "{rule}: {}", outcome.shown());
        let told = if exit_code == 3 {
            code_of_blocked_key(&project)
        } else {
            outcome.error_code().to_owned()
        };
        assert_eq!(told, code, "{rule}: {}", outcome.shown());
        assert!(outcome.shown().contains(names), "{rule}: {}", outcome.shown());
        if let Some(foreign) = project.contents().get("foreign") {
            assert_eq!(foreign, FOREIGN, "{rule}");
        }
        if let Ok(mut elsewhere) = fs::read_dir(project.path("elsewhere")) {
            assert!(elsewhere.next().is_none(), "{rule}: nothing is written through a symlink");
        }
        mend(&project);
        project.apply();
    }
}

/// A file that may not grow beyond a limit fails half-way through a write, as on a full disk. The
/// limits, in blocks of 512 bytes, cut off the journal, the private key and the cloud's log.
#[test]
fn a_disk_that_is_full_at_any_size_loses_nothing() {
    let mut refused = 0;
    for blocks in 1..12 {
        let project = Project::quickstart();
        let outcome = limited(&project, blocks);
        refused += usize::from(outcome.code != 0);
        if outcome.code != 0 {
            assert!(outcome.shown().contains("File too large"), "{blocks}: {}", outcome.shown());
        }
        let files = project.contents();
        if files.get(".keyform/cloud/world.log").is_some_and(|log| find(log, b"imported")) {
            let key = PrivateKey::from_pem(&files["keys/web.pem"]);
            key.expect("the private key of the pair in the cloud is whole");
        }
        project.apply();
    }
    assert!(refused >= 3, "the limits refuse {refused} runs");
}

fn find(bytes: &[u8], word: &[u8]) -> bool {
    bytes.windows(word.len()).any(|window| window == word)
}

/// `apply`, of which no file may have more than this many blocks of 512 bytes.
fn limited(project: &Project, blocks: u32) -> Outcome {
    // A process that ignores the signal hears of the limit as an error.
    let program = env!("CARGO_BIN_EXE_keyform");
    let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec '{program}' apply --auto-approve");
    project.finish(project.other("dash").args(["-c", &script]))
}

#[test]
fn whatever_the_umask_private_keys_and_states_are_for_their_owner_alone() {
    let project = Project::quickstart();
    let program = env!("CARGO_BIN_EXE_keyform");
    let script = format!("umask 000; exec '{program}' apply --auto-approve");
    project.finish(project.other("sh").args(["-c", &script])).expect(0);
    let mut open = vec![project.path("keys"), project.path(".keyform")];
    let mut seen = 0;
    while let Some(path) = open.pop() {
        let metadata = fs::symlink_metadata(&path).expect("it is there");
        let expected = if metadata.is_dir() { 0o700 } else { 0o600 };
        assert_eq!(metadata.permissions().mode() & 0o777, expected, "{}", path.display());
        seen += 1;
        if metadata.is_dir() {
            let entries = fs::read_dir(&path).expect("a directory");
            open.extend(entries.map(|entry| entry.expect("an entry").path()));
        }
    }
    assert!(seen > 6, "{seen} files and directories");
}

#[test]
fn a_private_key_that_others_can_read_is_told() {
    let project = Project::quickstart();
    project.apply();
    set_permissions(&project, "keys/web.pem", 0o644);
    let plan = project.run(&["plan", "--detailed-exitcode"]).expect(0);
    let warning = "others on this machine can read or change ./keys/web.pem (mode 0644), and ssh \
                   refuses to use it; run `chmod 600 ./keys/web.pem`";
    assert!(plan.stdout.contains(warning), "{}", plan.stdout);
}

#[test]
fn of_two_runs_at_once_one_works_and_the_other_finds_it_done() {
    let project = Project::quickstart();
    let begin = || {
        let mut command: Command = project.command(&["apply", "--auto-approve"]);
        command.args(["--lock-timeout", "10m"]).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().expect("the program begins")
    };
    let runs = [begin(), begin()];
    let shown: Vec<_> = runs
        .into_iter()
        .map(|run| {
            let output = run.wait_with_output().expect("it ends");
            project.collect("apply", &[&output.stdout[..], &output.stderr].concat());
            assert_eq!(output.status.code(), Some(0), "{output:?}");
            String::from_utf8(output.stdout).expect("UTF-8")
        })
        .collect();
    let worked = shown.iter().filter(|text| text.contains("3 instances bound and in effect"));
    assert_eq!(worked.count(), 1, "{shown:#?}");
    let found = shown.iter().filter(|text| text.contains("Nothing to do"));
    assert_eq!(found.count(), 1, "{shown:#?}");
    let status = project.run(&["status", "--format", "json"]).expect(0).json();
    assert_eq!(status["instances"][0]["bound"], "web", "{status:#}");
}

/// What cannot be shown is not done, and does not count as declined.
#[test]
fn a_plan_that_cannot_be_shown_is_not_called_declined() {
    for arguments in
        [&["apply", "--auto-approve"][..], &["apply", "--auto-approve", "--format", "json"]]
    {
        let project = Project::quickstart();
        let full = fs::File::options().write(true).open("/dev/full").expect("a full disk");
        let mut command = project.command(arguments);
        let output = command.stdout(full).stderr(Stdio::piped()).spawn().expect("it begins");
        let output = output.wait_with_output().expect("it ends");
        project.collect("apply", &output.stderr);
        let shown = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{shown}");
        assert!(
            shown.contains("could not be shown") || shown.contains("cannot be written"),
            "{shown}"
        );
        assert!(!shown.contains("Not approved"), "{shown}");
        assert!(!project.path("keys").exists(), "{shown}");
    }
}

/// A FIFO would be waited for, and a device or a directory is no file.
#[test]
fn only_a_regular_file_is_taken_for_a_file() {
    let applied = [
        (".keyform/cloud/world.log", &["plan"][..]),
        (NEWEST, &["plan"]),
        (".keyform/seen.json", &["plan"]),
        (".keyform/state/lock", &["apply", "--auto-approve"]),
        ("plan.json", &["show", "plan.json"]),
        ("plan.json", &["apply", "plan.json"]),
        (".gitignore", &["init", "--name", "acme"]),
    ];
    for (file, arguments) in applied {
        for make in ["mkfifo", "mkdir"] {
            let project = Project::quickstart();
            project.apply();
            project.write(file, "");
            remove(&project, file);
            if arguments[0] == "init" {
                for manifest in ["keyform.yaml", "web.yaml", "inventory.yaml"] {
                    remove(&project, manifest);
                }
            }
            run(project.other(make).arg(file)).expect(0);
            let limited = ["60", env!("CARGO_BIN_EXE_keyform")];
            let outcome = run(project.other("timeout").args(limited).args(arguments));
            remove_special(&project, file);
            project.collect(make, b"");
            project.collect("keyform", outcome.shown().as_bytes());
            assert!(matches!(outcome.code, 1 | 4), "{make} {file}: {}", outcome.shown());
            let file = file.rsplit('/').next().expect("a name");
            assert!(outcome.shown().contains(file), "{make} {file}: {}", outcome.shown());
            let says = if make == "mkdir" { "a directory" } else { "a pipe" };
            assert!(outcome.shown().contains(says), "{make} {file}: {}", outcome.shown());
        }
    }
}

/// What is no file cannot be searched for secrets.
#[expect(clippy::disallowed_methods, reason = "it is what a person does")]
fn remove_special(project: &Project, file: &str) {
    let path = project.path(file);
    let removed = if path.is_dir() { fs::remove_dir(path) } else { fs::remove_file(path) };
    removed.expect("it is removed");
}

/// Whoever owns the directory of the private keys can read and replace them.
#[test]
fn a_directory_of_private_keys_that_belongs_to_another_user_is_refused() {
    let project = Project::quickstart();
    make_directory_above(&project, "keys/web.pem");
    if run(Command::new("chown").arg("65534").arg(project.path("keys"))).code != 0 {
        return;
    }
    let outcome = project.run(&["plan"]).expect(1);
    assert!(outcome.stderr.contains("belongs to another user"), "{}", outcome.stderr);
    run(Command::new("chown").arg("0").arg(project.path("keys"))).expect(0);
    project.apply();
}

/// What may be published and what may not are never in one directory, and nothing is kept where
/// another program removes files.
#[test]
fn states_and_private_keys_have_directories_of_their_own() {
    for (state, keys) in [
        ("kept", "kept"),
        ("keys/state", "keys"),
        (".keyform/state", ".keyform/state/keys"),
        (".keyform/cloud", "keys"),
        (".keyform/state", ".git/keys"),
    ] {
        let project = Project::quickstart();
        project.edit("keyform.yaml", "directory: .keyform/state", &format!("directory: {state}"));
        project.edit("keyform.yaml", "directory: keys", &format!("directory: {keys}"));
        let outcome = project.run(&["validate"]).expect(1);
        let code = "error[directoriesOverlap]";
        assert!(outcome.stdout.contains(code), "{state}, {keys}: {}", outcome.stdout);
    }
}

/// Fewer threads take longer. Only root can become a user who may have so few, and is not held to
/// the limit itself.
#[test]
fn a_user_who_may_start_few_threads_gets_fewer_and_not_an_error() {
    const USER: &str = "61234";
    for (threads, exit_code) in [(2, 1), (3, 1), (7, 0)] {
        let project = Project::quickstart();
        let owned = run(Command::new("chown").args(["-R", USER]).arg(project.path(".")));
        if owned.code != 0 {
            return;
        }
        let limited =
            format!("ulimit -u {threads}; exec setpriv --reuid={USER} --clear-groups \"$@\"");
        let program = env!("CARGO_BIN_EXE_keyform");
        let arguments = ["-c", &limited, "bash", program, "apply", "--auto-approve"];
        let outcome = project.finish(project.other("bash").args(arguments));
        assert_eq!(outcome.code, exit_code, "{threads}: {}", outcome.shown());
        let says = if exit_code == 0 { "3 instances bound" } else { "starts no thread" };
        assert!(outcome.shown().contains(says), "{threads}: {}", outcome.shown());
    }
}
