//! The broken states, each with the error that every command ends with.

use super::*;

/// A way to break a state, what is wrong then with which file, and how to go on if that is not the
/// same for all errors of this code.
struct Broken {
    how: fn(&MemoryDisk),
    code: StoreErrorCode,
    path: &'static str,
    way_out: Option<Recovery>,
}

const RESTORE_2: Option<Recovery> = Some(Recovery::Restore(2));
const WITHOUT_JOURNAL: Option<Recovery> = Some(Recovery::RestoreWithoutJournal(3));
const NOTHING_WHOLE: Option<Recovery> = Some(Recovery::Backup);

const BROKEN: &[Broken] = &[
    Broken {
        how: |disk| put(disk, NEWEST, b""),
        code: StoreErrorCode::Damaged,
        path: NEWEST,
        way_out: RESTORE_2,
    },
    Broken {
        how: |disk| put(disk, NEWEST, b"\xff"),
        code: StoreErrorCode::Damaged,
        path: NEWEST,
        way_out: RESTORE_2,
    },
    Broken {
        how: |disk| put(disk, NEWEST, &content(disk, NEWEST)[..100]),
        code: StoreErrorCode::Damaged,
        path: NEWEST,
        way_out: RESTORE_2,
    },
    Broken {
        how: |disk| put(disk, NEWEST, &content(disk, SECOND)),
        code: StoreErrorCode::Damaged,
        path: NEWEST,
        way_out: RESTORE_2,
    },
    Broken {
        how: |disk| change_byte(disk, NEWEST, 90),
        code: StoreErrorCode::Damaged,
        path: NEWEST,
        way_out: RESTORE_2,
    },
    Broken {
        how: |disk| {
            forge(disk, NEWEST, "keyform.state/1\",", "keyform.state/2\",\"more\":1,");
        },
        code: StoreErrorCode::Format,
        path: NEWEST,
        way_out: None,
    },
    Broken {
        how: |disk| forge(disk, NEWEST, "\"serial\"", r#""ser\u001bial""#),
        code: StoreErrorCode::Damaged,
        path: NEWEST,
        way_out: RESTORE_2,
    },
    Broken {
        how: |disk| forge(disk, NEWEST, "acme", r"ac\u001bme"),
        code: StoreErrorCode::ForeignProject,
        path: NEWEST,
        way_out: None,
    },
    Broken {
        how: |disk| forge(disk, NEWEST, "acme", "other"),
        code: StoreErrorCode::ForeignProject,
        path: NEWEST,
        way_out: None,
    },
    Broken {
        how: |disk| forge(disk, NEWEST, "0707", "0808"),
        code: StoreErrorCode::ForeignLineage,
        path: NEWEST,
        way_out: None,
    },
    Broken {
        how: |disk| [FIRST, SECOND, NEWEST].iter().for_each(|path| put(disk, path, b"")),
        code: StoreErrorCode::Damaged,
        path: NEWEST,
        way_out: NOTHING_WHOLE,
    },
    Broken {
        how: |disk| {
            change_byte(disk, SECOND, 90);
            change_byte(disk, NEWEST, 90);
            forge(disk, FIRST, "0707", "0808");
        },
        code: StoreErrorCode::Damaged,
        path: NEWEST,
        way_out: NOTHING_WHOLE,
    },
    Broken {
        how: |disk| change_byte(disk, JOURNAL, 20),
        code: StoreErrorCode::Damaged,
        path: JOURNAL,
        way_out: WITHOUT_JOURNAL,
    },
    Broken {
        how: |disk| {
            let strange = crate::frame::encode("{}");
            put(disk, JOURNAL, &[&content(disk, JOURNAL), strange.as_bytes()].concat());
        },
        code: StoreErrorCode::Damaged,
        path: JOURNAL,
        way_out: WITHOUT_JOURNAL,
    },
    Broken {
        how: |disk| {
            forge_header(disk, "keyform.journal/2\",", "keyform.journal/3\",\"more\":1,");
        },
        code: StoreErrorCode::Format,
        path: JOURNAL,
        way_out: None,
    },
    Broken {
        how: |disk| forge_header(disk, "\"base\":3", "\"base\":2"),
        code: StoreErrorCode::Damaged,
        path: JOURNAL,
        way_out: WITHOUT_JOURNAL,
    },
    Broken {
        how: |disk| forge_header(disk, "\"part\":1", "\"part\":2"),
        code: StoreErrorCode::Damaged,
        path: JOURNAL,
        way_out: WITHOUT_JOURNAL,
    },
    Broken {
        how: |disk| forge_header(disk, "keyform.journal/2", "keyform.journal/1"),
        code: StoreErrorCode::Damaged,
        path: JOURNAL,
        way_out: WITHOUT_JOURNAL,
    },
    Broken {
        how: |disk| {
            let journal = content(disk, JOURNAL);
            put(disk, "states/0000000003-000002.journal", &journal);
            remove(disk, JOURNAL);
        },
        code: StoreErrorCode::Damaged,
        path: "states/0000000003-000002.journal",
        way_out: WITHOUT_JOURNAL,
    },
    Broken {
        how: |disk| {
            let text = String::from_utf8(content(disk, JOURNAL)).expect("text");
            let header = text.lines().next().and_then(|line| line.split_once(' ')).expect("one").1;
            let header = header.replace("\"part\":1", "\"part\":2").replace("0101", "0202");
            let second = crate::frame::encode(&header);
            put(disk, "states/0000000003-000002.journal", second.as_bytes());
        },
        code: StoreErrorCode::Damaged,
        path: "states/0000000003-000002.journal",
        way_out: WITHOUT_JOURNAL,
    },
    Broken {
        how: |disk| {
            let seal = journal::seal(3, &lineage(7), &id(2), 2);
            put(disk, "states/0000000003-000002.journal", seal.as_bytes());
            let seal = journal::seal(3, &lineage(7), &id(2), 3);
            put(disk, "states/0000000003-000003.journal", seal.as_bytes());
        },
        code: StoreErrorCode::Damaged,
        path: "states/0000000003-000003.journal",
        way_out: WITHOUT_JOURNAL,
    },
    Broken {
        how: |disk| {
            remove(disk, NEWEST);
            remove(disk, MARK);
        },
        code: StoreErrorCode::SnapshotMissing,
        path: JOURNAL,
        way_out: RESTORE_2,
    },
    Broken {
        how: |disk| [FIRST, SECOND, NEWEST, MARK].iter().for_each(|path| remove(disk, path)),
        code: StoreErrorCode::SnapshotMissing,
        path: JOURNAL,
        way_out: NOTHING_WHOLE,
    },
    Broken {
        how: |disk| remove(disk, NEWEST),
        code: StoreErrorCode::Older,
        path: "states",
        way_out: RESTORE_2,
    },
    Broken {
        how: |disk| [FIRST, SECOND, NEWEST].iter().for_each(|path| remove(disk, path)),
        code: StoreErrorCode::Gone,
        path: "states",
        way_out: None,
    },
    Broken {
        how: |disk| put(disk, MARK, b""),
        code: StoreErrorCode::MarkDamaged,
        path: MARK,
        way_out: None,
    },
    Broken {
        how: |disk| put(disk, MARK, b"{\"lineage\":\"a\",\"serial\":18446744073709551615}"),
        code: StoreErrorCode::MarkDamaged,
        path: MARK,
        way_out: None,
    },
];

/// The file that an error names, and how to go on if the error has more than one way.
pub(super) fn named(error: &StoreError) -> (String, Option<Recovery>) {
    match error {
        StoreError::Damaged { place, way_out, .. }
        | StoreError::SnapshotMissing { place, way_out, .. }
        | StoreError::Older { place, way_out, .. } => (place.clone(), Some(*way_out)),
        StoreError::Disk { path, .. } | StoreError::MarkDamaged { path, .. } => {
            (path.display().to_string(), None)
        }
        StoreError::Unreachable { place, .. }
        | StoreError::Refused { place, .. }
        | StoreError::Format { place, .. }
        | StoreError::ForeignProject { place, .. }
        | StoreError::ForeignLineage { place, .. }
        | StoreError::OtherLineage { place, .. }
        | StoreError::Gone { place, .. }
        | StoreError::Moved { place, .. }
        | StoreError::Arriving { place, .. }
        | StoreError::NotBegun { place }
        | StoreError::NoSuchSnapshot { place, .. }
        | StoreError::Fenced { place }
        | StoreError::DeletedMeanwhile { place }
        | StoreError::LeaseDamaged { place } => (place.clone(), None),
        StoreError::NoRunId(_)
        | StoreError::Locked { .. }
        | StoreError::Leased { .. }
        | StoreError::LockedUntilFreed { .. }
        | StoreError::LeaseLost { .. }
        | StoreError::FreesItself { .. }
        | StoreError::NotUnlocked { .. } => panic!("{error} is no broken state"),
    }
}

#[test]
fn every_broken_state_says_what_is_wrong_and_how_to_go_on() {
    let mut sentences = String::new();
    for (number, Broken { how, code, path, way_out }) in BROKEN.iter().enumerate() {
        let disk = MemoryDisk::new();
        let store = three(&disk);
        how(&disk);
        let before = disk.files();
        let error = store.load().expect_err("it is broken");
        let what = format!("{number}: {error}");
        assert_eq!(error.code(), *code, "{what}");
        assert_eq!(named(&error), ((*path).to_owned(), *way_out), "{what}");
        let folded = store.fold(&id(1)).expect_err("it is broken");
        assert_eq!((folded.code(), named(&folded)), (*code, named(&error)), "{what}");
        assert_eq!(disk.files(), before, "nothing is changed: {what}");
        sentences.push_str(&format!("{error}\n"));
    }
    insta::assert_snapshot!(sentences);
}

/// What a byte can become: it is cut off with all that follows, zeroed, zeroed with all that
/// follows, or one of its bits is flipped.
fn damages(bytes: &[u8], position: usize) -> Vec<(&'static str, Vec<u8>)> {
    let flipped = |mask: u8| {
        let mut copy = bytes.to_vec();
        copy[position] ^= mask;
        copy
    };
    let mut nuls = bytes.to_vec();
    nuls[position..].fill(0);
    let mut damages = vec![
        ("cut", bytes[..position].to_vec()),
        ("zeroed to the end", nuls),
        ("zeroed", flipped(bytes[position])),
    ];
    damages.extend((0..8).map(|bit| ("flipped", flipped(1 << bit))));
    damages
}

/// Whether a state may be read after this damage: a journal without its last lines is that of a
/// run that was cut off earlier, the line feed at the end of a snapshot is not missed, and a mark of
/// an earlier serial warns of less.
fn may_be_read(path: &str, damage: &str, is_last_byte: bool) -> bool {
    match path {
        JOURNAL => damage == "cut" || damage == "zeroed to the end",
        NEWEST => damage == "cut" && is_last_byte,
        _ => true,
    }
}

#[test]
fn every_byte_of_a_state_may_be_damaged_and_it_is_recovered_or_told() {
    let whole = MemoryDisk::new();
    let expected = three(&whole).load().expect("whole").expect("a state");
    let mut tried = 0;
    for path in [NEWEST, JOURNAL, MARK] {
        let bytes = content(&whole, path);
        for position in 0..bytes.len() {
            for (damage, damaged) in damages(&bytes, position) {
                tried += 1;
                let what = format!("{path}, byte {position} {damage}");
                let disk = whole.fork();
                put(&disk, path, &damaged);
                match store(&disk).load() {
                    Ok(Some(loaded)) => {
                        let is_last = position + 1 == bytes.len();
                        assert!(may_be_read(path, damage, is_last), "{what} is not noticed");
                        assert_eq!(loaded.state.serial, expected.state.serial, "{what}");
                        assert!(path == JOURNAL || loaded == expected, "{what}");
                    }
                    Ok(None) => panic!("{what} is taken for no state"),
                    Err(error) => tells_the_way(&error, path, &what),
                }
                let history = store(&disk).history().expect("damage is no error of a list");
                assert_eq!(history.snapshots.len(), 3, "{what}");
            }
        }
    }
    assert!(tried > 5_000, "{tried} damages");
}

/// It names the file and a way out. A mark of another serial or lineage makes the state look wrong,
/// which is what is named then.
fn tells_the_way(error: &StoreError, path: &str, what: &str) {
    let (named, way_out) = named(error);
    let is_told = match error.code() {
        StoreErrorCode::Damaged => {
            let restores = Some(Recovery::Restore(2));
            let without_journal = Some(Recovery::RestoreWithoutJournal(3));
            named == path && (way_out == restores || way_out == without_journal)
        }
        StoreErrorCode::MarkDamaged => path == MARK && named == MARK,
        StoreErrorCode::ForeignLineage | StoreErrorCode::Older => {
            path == MARK && named.starts_with("states")
        }
        _ => false,
    };
    assert!(is_told, "{what}: {error}");
}
