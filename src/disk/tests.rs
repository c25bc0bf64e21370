//! What both forms of the disk do alike, and what the durable compositions promise.

use std::collections::BTreeMap;

use super::*;

/// Something that is done to a disk, in a directory that exists.
type InDirectory = fn(&dyn Disk, &Path) -> io::Result<()>;

/// The same work gives the same answers and the same files on the real disk and on the one in
/// memory: what is proven on the one holds on the other.
#[test]
fn the_disk_in_memory_behaves_like_the_real_one() {
    let table: &[(&str, InDirectory)] = &[
        ("a file is created", |disk, at| disk.create_durable(&at.join("a"), b"1")),
        ("a name that is taken is refused", |disk, at| {
            disk.create_durable(&at.join("a"), b"1")?;
            disk.create_durable(&at.join("a"), b"2")
        }),
        ("a name that a directory has is refused", |disk, at| {
            disk.create_directory(&at.join("a"))?;
            disk.create_durable(&at.join("a"), b"2")
        }),
        ("nothing is created in no directory", |disk, at| {
            disk.create_durable(&at.join("no/a"), b"1")
        }),
        ("a file is replaced", |disk, at| {
            disk.replace_durable(&at.join("a"), b"1")?;
            disk.replace_durable(&at.join("a"), b"2")
        }),
        ("a line is added to a new file and to an old one", |disk, at| {
            disk.append_durable(&at.join("a"), b"1")?;
            disk.append_durable(&at.join("a"), b"2")
        }),
        ("a file is cut off", |disk, at| {
            disk.create_durable(&at.join("a"), b"123")?;
            disk.truncate_durable(&at.join("a"), 1)
        }),
        ("a file is moved", |disk, at| {
            disk.create_durable(&at.join("a"), b"1")?;
            disk.ensure_directory(&at.join("b/c"))?;
            disk.move_durable(&at.join("a"), &at.join("b/c/a"))
        }),
        ("nothing is moved over another file", |disk, at| {
            disk.create_durable(&at.join("a"), b"1")?;
            disk.create_durable(&at.join("b"), b"2")?;
            disk.move_durable(&at.join("a"), &at.join("b"))
        }),
        ("a file is removed", |disk, at| {
            disk.create_durable(&at.join("a"), b"1")?;
            disk.remove_durable(&at.join("a"))
        }),
        ("what is not there is not removed", |disk, at| disk.remove_durable(&at.join("a"))),
        ("a file is no directory", |disk, at| {
            disk.create_durable(&at.join("a"), b"1")?;
            disk.ensure_directory(&at.join("a"))
        }),
        ("temporary files are removed, and only they", |disk, at| {
            disk.create_file(&at.join(".a.01234567.keyform-tmp"), b"1")?;
            disk.create_file(&at.join("b.tmp"), b"2")?;
            disk.remove_temporaries(at)
        }),
        ("a directory is not read as a file", |disk, at| disk.read(at).map(|_| ())),
    ];
    for (rule, work) in table {
        let real = tempfile::tempdir().unwrap();
        let memory = MemoryDisk::new();
        let kind = |answer: io::Result<()>| answer.map_err(|error| error.kind());
        let on_real = kind(work(&RealDisk, real.path()));
        let in_memory = kind(work(&memory, Path::new(".")));
        assert_eq!(on_real, in_memory, "{rule}");
        assert_eq!(files(&RealDisk, real.path()), files(&memory, Path::new(".")), "{rule}");
    }
}

/// Every file below a directory: its path, its content, its permissions and how many names it has.
fn files(disk: &dyn Disk, directory: &Path) -> Vec<(PathBuf, Vec<u8>, u32, u64)> {
    let mut found = Vec::new();
    let mut open = vec![directory.to_owned()];
    while let Some(next) = open.pop() {
        for name in disk.list(&next).unwrap() {
            let path = next.join(name);
            if disk.kind(&path).unwrap() == Some(FileKind::Directory) {
                assert_eq!(disk.permissions(&path).unwrap(), 0o700);
                open.push(path);
                continue;
            }
            let content = disk.read(&path).unwrap();
            let (bits, names) = (disk.permissions(&path).unwrap(), disk.link_count(&path).unwrap());
            found.push((path.strip_prefix(directory).unwrap().to_owned(), content, bits, names));
        }
    }
    found.sort();
    found
}

type OnDisk = fn(&dyn Disk) -> io::Result<()>;

/// Something durable that is done to a disk, after something that was done before.
struct Durable {
    rule: &'static str,
    before: OnDisk,
    work: OnDisk,
}

fn durable() -> Vec<Durable> {
    let nothing: OnDisk = |_| Ok(());
    let a_file: OnDisk = |disk| disk.create_durable(Path::new("a"), b"old");
    let case = |rule, before, work| Durable { rule, before, work };
    vec![
        case("create", nothing, |disk| disk.create_durable(Path::new("a"), b"new")),
        case("replace nothing", nothing, |disk| disk.replace_durable(Path::new("a"), b"new")),
        case("replace", a_file, |disk| disk.replace_durable(Path::new("a"), b"new")),
        case("append to nothing", nothing, |disk| disk.append_durable(Path::new("a"), b"new")),
        case("append", a_file, |disk| disk.append_durable(Path::new("a"), b"new")),
        case("cut off", a_file, |disk| disk.truncate_durable(Path::new("a"), 1)),
        case("remove", a_file, |disk| disk.remove_durable(Path::new("a"))),
        case(
            "move",
            |disk| {
                disk.create_durable(Path::new("a"), b"old")?;
                disk.ensure_directory(Path::new("b"))
            },
            |disk| disk.move_durable(Path::new("a"), Path::new("b/a")),
        ),
        case("make directories", nothing, |disk| {
            disk.ensure_directory(Path::new("a/b"))?;
            disk.create_durable(Path::new("a/b/c"), b"new")
        }),
        case(
            "make durable a directory that a dead run made",
            |disk| disk.create_directory(Path::new("a")),
            |disk| {
                disk.ensure_directory(Path::new("a"))?;
                disk.create_durable(Path::new("a/b"), b"new")
            },
        ),
    ]
}

/// A crash right after it has returned takes nothing of it back. Each sync of each composition is
/// needed for that.
#[test]
fn what_has_returned_outlives_a_crash() {
    for Durable { rule, before, work } in durable() {
        let disk = MemoryDisk::new();
        before(&disk).unwrap();
        work(&disk).unwrap();
        let done = whole(&disk);
        disk.crash();
        assert_eq!(whole(&disk), done, "{rule}");
    }
}

/// A crash at any moment leaves what was there before or what is there afterwards, and of a moved
/// file at least one name; beside them only temporary files and the beginnings of appends.
#[test]
fn a_crash_at_any_moment_leaves_the_old_or_the_new() {
    for Durable { rule, before, work } in durable() {
        let prepared = || {
            let disk = MemoryDisk::new();
            before(&disk).unwrap();
            disk
        };
        let disk = prepared();
        let first = disk.operations();
        let old = contents(&disk);
        work(&disk).unwrap();
        let new = contents(&disk);
        for operation in first..disk.operations() {
            let disk = prepared();
            disk.stop_at(operation);
            work(&disk).unwrap_err();
            disk.crash();
            let found = contents(&disk);
            let moved = rule == "move" && found.len() == 2;
            let begun = rule == "append to nothing" && found == [b""];
            assert!(found == old || found == new || moved || begun, "{rule} at {operation}");
        }
    }
}

/// The files without the temporary ones, which the next run removes.
fn whole(disk: &MemoryDisk) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = disk.files();
    files.retain(|path, _| !path.to_string_lossy().ends_with(TEMPORARY_SUFFIX));
    files
}

fn contents(disk: &MemoryDisk) -> Vec<Vec<u8>> {
    whole(disk).into_values().collect()
}

/// Once the cause is gone the same call succeeds, and no temporary file is left; a link or a rename
/// of which only the answer was lost has succeeded at once.
#[test]
fn a_file_whose_making_fails_leaves_nothing_behind() {
    let works: [OnDisk; 2] = [
        |disk| disk.create_durable(Path::new("a"), b"new"),
        |disk| disk.replace_durable(Path::new("a"), b"new"),
    ];
    for work in works {
        let disk = MemoryDisk::new();
        work(&disk).unwrap();
        for operation in 0..disk.operations() {
            let disk = MemoryDisk::new();
            disk.fail_at(operation);
            let failed = work(&disk).is_err();
            let names: Vec<_> = disk.files().into_keys().collect();
            let allowed = ["a", ".a.00000001.keyform-tmp"].map(PathBuf::from);
            assert!(failed && names.iter().all(|name| allowed.contains(name)), "{names:?}");
            // The one failure that leaves the temporary file is that of its removal.
            let temporary = names.iter().filter(|name| **name == allowed[1]).count();
            assert!(temporary == 0 || disk.files().len() == 2, "operation {operation}: {names:?}");
        }
    }
}

#[test]
fn a_lost_answer_to_the_link_or_the_rename_is_no_failure() {
    let works: [OnDisk; 2] = [
        |disk| disk.create_durable(Path::new("a"), b"new"),
        |disk| disk.replace_durable(Path::new("a"), b"new"),
    ];
    for work in works {
        let disk = MemoryDisk::new();
        // After the writing and the syncing of the temporary file.
        disk.lose_answer_at(2);
        work(&disk).unwrap();
        disk.crash();
        assert_eq!(contents(&disk), [b"new"]);
    }
}

/// The lock of a checkout does not keep the runs of another one away from a directory that both
/// use: their cleaning up may not fail a run, and may not let one file take the content of another.
#[test]
fn a_run_that_cleans_up_at_any_moment_disturbs_no_other_run() {
    let create = |disk: &MemoryDisk| {
        let disk: &dyn Disk = disk;
        disk.create_durable(Path::new("a"), b"new")
    };
    let disk = MemoryDisk::new();
    create(&disk).unwrap();
    for operation in 0..disk.operations() {
        let disk = MemoryDisk::new();
        disk.meddle_at(operation, |disk| {
            let disk: &dyn Disk = disk;
            disk.remove_temporaries(Path::new(".")).unwrap();
        });
        create(&disk).unwrap();
        disk.crash();
        assert_eq!(contents(&disk), [b"new"], "operation {operation}");
    }
}

/// Of two runs that create one file at the same time one succeeds, and its content is there.
#[test]
fn of_two_runs_that_create_one_file_one_succeeds() {
    let create = |disk: &MemoryDisk, bytes: &[u8]| {
        let disk: &dyn Disk = disk;
        disk.create_durable(Path::new("a"), bytes)
    };
    let disk = MemoryDisk::new();
    create(&disk, b"one").unwrap();
    for operation in 0..disk.operations() {
        let disk = MemoryDisk::new();
        let (tell, told) = std::sync::mpsc::channel();
        disk.meddle_at(operation, move |disk| {
            tell.send(create(disk, b"two").is_ok()).unwrap();
        });
        let one = create(&disk, b"one").is_ok();
        let two = told.recv().unwrap();
        assert_ne!(one, two, "operation {operation}");
        let expected: &[u8] = if one { b"one" } else { b"two" };
        assert_eq!(contents(&disk), [expected], "operation {operation}");
    }
}
