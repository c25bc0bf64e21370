use super::*;
use crate::{
    disk::MemoryDisk,
    emulator::{
        Fact,
        example::{at, ids, region},
    },
};

const FILE_PATH: &str = "cloud/world.log";

fn event(second: i64) -> LoggedFact {
    let fact = Fact::Stopped { region: region(), instance_ids: ids(&["i-1"]) };
    LoggedFact { at: at(second * 1000), fact }
}

fn log(disk: &MemoryDisk) -> Log {
    Log::new(Arc::new(disk.clone()), Path::new("cloud"))
}

/// A log with these events, and the cursor behind them.
fn written(disk: &MemoryDisk, seconds: std::ops::Range<i64>) -> (Log, Cursor) {
    let (log, mut cursor) = (log(disk), Cursor::default());
    let _writers = log.lock().expect("the lock");
    for second in seconds {
        log.read(&mut cursor).expect("the log is whole");
        log.append(&mut cursor, &[event(second)]).expect("the disk has space");
    }
    (log, cursor)
}

fn content(disk: &MemoryDisk) -> Vec<u8> {
    disk.files().remove(Path::new(FILE_PATH)).unwrap_or_default()
}

fn replace(disk: &MemoryDisk, bytes: &[u8]) {
    let path = Path::new(FILE_PATH);
    disk.remove_file(path).expect("it is there");
    disk.create_file(path, bytes).expect("it is gone");
}

fn read_all(log: &Log) -> Result<Vec<LoggedFact>, LogError> {
    log.read(&mut Cursor::default()).map(|reading| reading.events)
}

#[test]
fn a_log_is_lines_of_checksummed_json_below_a_header() {
    let disk = MemoryDisk::new();
    written(&disk, 0..1);
    insta::assert_snapshot!(String::from_utf8(content(&disk)).expect("text"), @r#"
    e9cff14a02168782 {"format":"keyform.world/1"}
    34a50c0716ac1164 {"at":"2026-11-22T10:00:30.000Z","event":{"stopped":{"region":"cn-hangzhou","instanceIds":["i-1"]}}}
    "#);
}

#[test]
fn a_reader_sees_each_event_once_and_in_order() {
    let disk = MemoryDisk::new();
    let mut cursor = Cursor::default();
    assert_eq!(log(&disk).read(&mut cursor).expect("no log").events, []);
    written(&disk, 0..3);
    let reading = log(&disk).read(&mut cursor).expect("a log");
    assert_eq!(reading, Reading { is_new: false, events: (0..3).map(event).collect() });
    assert_eq!(log(&disk).read(&mut cursor).expect("a log").events, []);
    written(&disk, 3..5);
    assert_eq!(log(&disk).read(&mut cursor).expect("a log").events, [event(3), event(4)]);
    assert_eq!(read_all(&log(&disk)).expect("a log").len(), 5);
}

#[test]
fn several_events_are_one_write() {
    let disk = MemoryDisk::new();
    let (log, mut cursor) = written(&disk, 0..1);
    let before = disk.operations();
    log.append(&mut cursor, &[event(1), event(2)]).expect("the disk has space");
    assert_eq!(disk.operations() - before, 2, "an append and a sync");
    let mut again = Cursor::default();
    assert_eq!(log.read(&mut again).expect("a log").events, [event(0), event(1), event(2)]);
    assert_eq!(again.end(), cursor.end());
}

#[test]
fn a_torn_tail_is_ignored_by_readers_and_cut_off_by_the_next_writer() {
    let disk = MemoryDisk::new();
    written(&disk, 0..2);
    let whole = content(&disk);
    let first_two = whole.len();
    written(&disk, 2..3);
    let longer = content(&disk);
    for cut in first_two + 1..longer.len() {
        replace(&disk, &longer[..cut]);
        assert_eq!(read_all(&log(&disk)).expect("torn").len(), 2, "cut at {cut}");
        written(&disk, 9..10);
        let events = read_all(&log(&disk)).expect("whole");
        assert_eq!(events, [event(0), event(1), event(9)], "cut at {cut}");
    }
}

#[test]
fn a_torn_header_is_the_beginning_of_a_log() {
    let disk = MemoryDisk::new();
    written(&disk, 0..1);
    let whole = content(&disk);
    for cut in 0..whole.len() - 1 {
        for nuls in [0, 5] {
            replace(&disk, &[&whole[..cut], &[0; 5][..nuls]].concat());
            assert_eq!(read_all(&log(&disk)).expect("torn"), [], "cut at {cut}, {nuls} NULs");
            written(&disk, 1..2);
            assert_eq!(read_all(&log(&disk)).expect("whole"), [event(1)], "cut at {cut}");
        }
    }
}

#[test]
fn a_damaged_last_line_is_no_torn_tail() {
    let disk = MemoryDisk::new();
    written(&disk, 0..2);
    let whole = content(&disk);
    let last = whole[..whole.len() - 1].iter().rposition(|&byte| byte == b'\n').expect("a line");
    for position in last + 1..whole.len() {
        let mut damaged = whole.clone();
        damaged[position] ^= 1;
        replace(&disk, &damaged);
        let error = read_all(&log(&disk)).expect_err("damaged");
        assert!(matches!(error, LogError::Damaged { line: 3, .. }), "byte {position}: {error}");
    }
}

#[test]
fn a_log_that_was_deleted_is_read_from_its_new_beginning() {
    let disk = MemoryDisk::new();
    let (log, mut cursor) = written(&disk, 0..3);
    disk.remove_file(Path::new(FILE_PATH)).expect("it is there");
    let gone = log.read(&mut cursor).expect("no log");
    assert_eq!(gone, Reading { is_new: true, events: vec![] });
    written(&disk, 7..8);
    let again = log.read(&mut cursor).expect("a log");
    assert_eq!(again, Reading { is_new: false, events: vec![event(7)] });

    disk.remove_file(Path::new(FILE_PATH)).expect("it is there");
    written(&disk, 20..40);
    let longer = log.read(&mut cursor).expect("a log");
    assert_eq!((longer.is_new, longer.events.len()), (true, 20), "though it is longer than before");
}

#[test]
fn damage_names_the_file_and_the_line() {
    let disk = MemoryDisk::new();
    let (log, mut cursor) = written(&disk, 0..2);
    written(&disk, 2..4);
    let whole = content(&disk);
    let mut damaged = whole.clone();
    // A byte of the third event, which is the fourth line.
    let end_of_second = usize::try_from(cursor.end()).expect("a small file");
    damaged[end_of_second + 40] ^= 1;
    replace(&disk, &damaged);
    let before = cursor.clone();
    let error = log.read(&mut cursor).expect_err("damaged");
    let again = read_all(&log).expect_err("damaged");
    for error in [error, again] {
        assert!(
            matches!(&error, LogError::Damaged { path, line: 4, .. } if path == Path::new(FILE_PATH)),
            "{error:?}"
        );
    }
    assert_eq!(cursor, before);
}

#[test]
fn other_files_are_no_log_and_are_left_alone() {
    let frames = |texts: &[&str]| texts.iter().map(|text| frame::encode(text)).collect::<String>();
    let header = "{\"format\":\"keyform.world/1\"}";
    let melted = "{\"at\":\"2026-11-22T10:00:00Z\",\"event\":{\"melted\":{}}}";
    let mut sentences = String::new();
    for (bytes, damaged_line) in [
        ("notes".to_owned(), Some(1)),
        ("c0ffee".to_owned(), Some(1)),
        ("some\nnotes\n".to_owned(), Some(1)),
        (frames(&["{\"a\":1}"]), Some(1)),
        (frames(&["{\"format\":\"keyform.world/2\"}", "{}"]), None),
        (frames(&[header, "{\"at\":1}"]), Some(2)),
        (frames(&[header, melted]), Some(2)),
    ] {
        let disk = MemoryDisk::new();
        written(&disk, 0..1);
        replace(&disk, bytes.as_bytes());
        let error = read_all(&log(&disk)).expect_err(&bytes);
        let (path, line) = match &error {
            LogError::Damaged { path, line, .. } => (path, Some(*line)),
            LogError::Format { path, found } if found == "keyform.world/2" => (path, None),
            other => panic!("{bytes:?}: {other:?}"),
        };
        assert_eq!((path.as_path(), line), (Path::new(FILE_PATH), damaged_line), "{error}");
        assert_eq!(content(&disk), bytes.as_bytes(), "{error}");
        sentences.push_str(&format!("{error}\n"));
    }
    insta::assert_snapshot!(sentences);
}

#[test]
fn what_is_in_the_place_of_the_lock_is_named_and_not_the_log() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let disk: Arc<dyn Disk> = Arc::new(crate::disk::RealDisk);
    let lock = directory.path().join(LOCK);
    disk.ensure_directory(&lock).expect("a directory");
    match Log::new(disk, directory.path()).lock() {
        Err(LogError::Lock { path, .. }) => assert_eq!(path, lock),
        Err(error) => panic!("{error}"),
        Ok(_) => panic!("a directory is no lock"),
    }
}
