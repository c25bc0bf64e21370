//! The broken states, each with the whole message that every command ends with.

use super::*;

/// A way to break a state, what is wrong then, and how to go on.
struct Broken {
    how: fn(&MemoryDisk),
    problem: &'static str,
    way_out: &'static str,
}

const RESTORE_2: &str = "Put the missing or damaged file back from a backup; or see with `keyform \
    state list` what is whole, and go on from the snapshot with the serial 2 by `keyform state \
    restore 2`";
const WITHOUT_JOURNAL: &str = "Put the file back from a backup; or see with `keyform state list` \
    what is whole, and go on from the snapshot before it, without what that run has recorded, by \
    `keyform state restore 3`";
const NOTHING_WHOLE: &str = "No snapshot here is whole, so that `keyform state restore` has \
    nothing to restore: put the directory back from a backup";
const OTHER_VERSION: &str = "Use the version of keyform that wrote it, or a newer one";
const OTHER_DIRECTORY: &str = "Name another directory in spec.state.file.directory; a project \
    that was renamed needs its old name back";
const OWN_STATE: &str = "Put this project's own state back, or name its directory in \
    spec.state.file.directory; to use this state from now on, remove local/seen.json";
const BEGIN_ANEW: &str = "Put the directory back; if it is lost for good, remove local/seen.json \
    to begin a new state";
const REMOVE_MARK: &str = "It only remembers the newest state that was used here: see with \
    `keyform state list` that the newest one is there, and remove this file; it is written again";

const BROKEN: &[Broken] = &[
    Broken {
        how: |disk| put(disk, NEWEST, b""),
        problem: "NEWEST is damaged (it is empty)",
        way_out: RESTORE_2,
    },
    Broken {
        how: |disk| put(disk, NEWEST, b"\xff"),
        problem: "NEWEST is damaged (it is not text)",
        way_out: RESTORE_2,
    },
    Broken {
        how: |disk| put(disk, NEWEST, &content(disk, NEWEST)[..100]),
        problem: "NEWEST is damaged (EOF while parsing a string at line 1 column 100)",
        way_out: RESTORE_2,
    },
    Broken {
        how: |disk| put(disk, NEWEST, &content(disk, SECOND)),
        problem: "NEWEST is damaged (its name says 3, and its serial is 2)",
        way_out: RESTORE_2,
    },
    Broken {
        how: |disk| change_byte(disk, NEWEST, 90),
        problem: "NEWEST is damaged (its checksum does not fit)",
        way_out: RESTORE_2,
    },
    Broken {
        how: |disk| {
            forge(disk, NEWEST, "keyform.state/1\",", "keyform.state/2\",\"more\":1,");
        },
        problem: "NEWEST is of the format keyform.state/2, which this version does not know",
        way_out: OTHER_VERSION,
    },
    Broken {
        how: |disk| forge(disk, NEWEST, "\"serial\"", r#""ser\u001bial""#),
        problem: "NEWEST is damaged (unknown field `ser\\u{1b}ial`, expected one of `format`, \
            `lineage`, `serial`, `project`, `recorded` at line 1 column 87)",
        way_out: RESTORE_2,
    },
    Broken {
        how: |disk| forge(disk, NEWEST, "acme", r"ac\u001bme"),
        problem: "NEWEST belongs to the project ac\\u{1b}me, and this is acme",
        way_out: OTHER_DIRECTORY,
    },
    Broken {
        how: |disk| forge(disk, NEWEST, "acme", "other"),
        problem: "NEWEST belongs to the project other, and this is acme",
        way_out: OTHER_DIRECTORY,
    },
    Broken {
        how: |disk| forge(disk, NEWEST, "0707", "0808"),
        problem: "NEWEST is of the lineage 08080808080808080808080808080808, and the state that \
            was used here before is of 07070707070707070707070707070707: it is the state of \
            another project of the same name",
        way_out: OWN_STATE,
    },
    Broken {
        how: |disk| [FIRST, SECOND, NEWEST].iter().for_each(|path| put(disk, path, b"")),
        problem: "NEWEST is damaged (it is empty)",
        way_out: NOTHING_WHOLE,
    },
    Broken {
        how: |disk| {
            change_byte(disk, SECOND, 90);
            change_byte(disk, NEWEST, 90);
            forge(disk, FIRST, "0707", "0808");
        },
        problem: "NEWEST is damaged (its checksum does not fit)",
        way_out: NOTHING_WHOLE,
    },
    Broken {
        how: |disk| change_byte(disk, JOURNAL, 20),
        problem: "JOURNAL is damaged (line 1 is damaged: its checksum does not fit)",
        way_out: WITHOUT_JOURNAL,
    },
    Broken {
        how: |disk| {
            let strange = crate::frame::encode("{}");
            put(disk, JOURNAL, &[&content(disk, JOURNAL), strange.as_bytes()].concat());
        },
        problem: "JOURNAL is damaged (line 4 is damaged: expected value at line 1 column 2)",
        way_out: WITHOUT_JOURNAL,
    },
    Broken {
        how: |disk| {
            forge_header(disk, "keyform.journal/1\",", "keyform.journal/2\",\"more\":1,");
        },
        problem: "JOURNAL is of the format keyform.journal/2, which this version does not know",
        way_out: OTHER_VERSION,
    },
    Broken {
        how: |disk| forge_header(disk, "\"base\":3", "\"base\":2"),
        problem: "JOURNAL is damaged (it belongs to another state)",
        way_out: WITHOUT_JOURNAL,
    },
    Broken {
        how: |disk| {
            remove(disk, NEWEST);
            remove(disk, MARK);
        },
        problem: "JOURNAL continues the snapshot with the serial 3, which is not here",
        way_out: RESTORE_2,
    },
    Broken {
        how: |disk| [FIRST, SECOND, NEWEST, MARK].iter().for_each(|path| remove(disk, path)),
        problem: "JOURNAL continues the snapshot with the serial 3, which is not here",
        way_out: NOTHING_WHOLE,
    },
    Broken {
        how: |disk| remove(disk, NEWEST),
        problem: "the newest state in states has the serial 2, and 3 was used here before: it is \
            an old copy, or files of it are missing",
        way_out: RESTORE_2,
    },
    Broken {
        how: |disk| [FIRST, SECOND, NEWEST].iter().for_each(|path| remove(disk, path)),
        problem: "there is no state in states, and one with the serial 3 was used here before: it \
            was deleted or moved, and `keyform state restore` has nothing to restore",
        way_out: BEGIN_ANEW,
    },
    Broken {
        how: |disk| put(disk, MARK, b""),
        problem: "local/seen.json is damaged (it is empty)",
        way_out: REMOVE_MARK,
    },
    Broken {
        how: |disk| put(disk, MARK, b"{\"lineage\":\"a\",\"serial\":18446744073709551615}"),
        problem: "local/seen.json is damaged (there is no serial 18446744073709551615)",
        way_out: REMOVE_MARK,
    },
];

#[test]
fn every_broken_state_says_what_is_wrong_and_how_to_go_on() {
    for Broken { how, problem, way_out } in BROKEN {
        let disk = MemoryDisk::new();
        let store = three(&disk);
        how(&disk);
        let before = disk.files();
        let problem = problem.replace("NEWEST", NEWEST).replace("JOURNAL", JOURNAL);
        let message = format!("{problem}. Nothing was changed. {way_out}");
        assert_eq!(store.load().expect_err(&problem).to_string(), message);
        assert_eq!(store.fold().expect_err(&problem).to_string(), message);
        assert_eq!(disk.files(), before, "nothing is changed: {problem}");
    }
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
                    Err(error) => tells_the_way(&error.to_string(), path, &what),
                }
                let history = store(&disk).history().expect("damage is no error of a list");
                assert_eq!(history.snapshots.len(), 3, "{what}");
            }
        }
    }
    assert!(tried > 5_000, "{tried} damages");
}

fn tells_the_way(error: &str, path: &str, what: &str) {
    let helps = ["keyform state restore", "remove local/seen.json", "remove this file"];
    assert!(helps.iter().any(|help| error.contains(help)), "{what}: {error}");
    // A mark of another serial or lineage makes the state look wrong, which is what is named.
    assert!(error.contains(path) || path == MARK && error.contains("states"), "{what}: {error}");
}
