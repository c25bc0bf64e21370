//! The bodies of the fuzz targets on the stable toolchain: their seeds as they are, then five
//! seconds of changed ones.
//!
//! `KEYFORM_TEST_FUZZ_SEED` begins another sequence, or repeats one; what was found is then in the
//! message. Memory is bounded by the input: nothing is kept from one run to the next.

#[path = "../fuzz/bodies/journals.rs"]
mod journals;
#[path = "../fuzz/bodies/manifests.rs"]
mod manifests;
mod mutation;
#[path = "../fuzz/bodies/plans.rs"]
mod plans;
#[path = "../fuzz/bodies/public_keys.rs"]
mod public_keys;
#[path = "../fuzz/bodies/requests.rs"]
mod requests;
#[path = "../fuzz/bodies/snapshots.rs"]
mod snapshots;
#[path = "../fuzz/bodies/store.rs"]
mod store;

use std::{
    fs,
    panic::{self, AssertUnwindSafe},
    path::Path,
    sync::{
        Arc, Mutex,
        mpsc::{self, RecvTimeoutError},
    },
    thread,
    time::{Duration, Instant},
};

use mutation::mutated;

/// For how long changed inputs are tried.
const TIME: Duration = Duration::from_secs(5);
/// How long one input may take on a machine that does much else: it should take a millisecond.
const PATIENCE: Duration = Duration::from_secs(60);

/// The seeds of a target, by name. The broken projects are seeds of manifests too.
pub(crate) fn seeds(target: &str) -> Vec<Vec<u8>> {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let mut directories = vec![tests.join("fuzz/seeds").join(target)];
    if target == "manifests" {
        directories.push(tests.join("integration/manifests/broken"));
    }
    let entries = directories.iter().flat_map(|path| fs::read_dir(path).expect("a directory"));
    let mut paths: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    paths.iter().map(|path| fs::read(path).expect("a seed")).collect()
}

#[expect(clippy::disallowed_methods, reason = "the test's own setting")]
fn first_number() -> u64 {
    std::env::var("KEYFORM_TEST_FUZZ_SEED").map_or(1, |text| text.parse().expect("a number"))
}

#[expect(clippy::disallowed_methods, reason = "it bounds how long the test takes")]
fn now() -> Instant {
    Instant::now()
}

#[expect(clippy::print_stdout, reason = "whoever reads a failure wants to repeat it")]
fn tell(target: &str, number: u64) {
    println!("{target}: KEYFORM_TEST_FUZZ_SEED={number} repeats this");
}

/// Tries the seeds and then changed ones in a thread, and watches that none hangs it.
fn smoke(target: &str, run: fn(&[u8])) {
    let seeds = seeds(target);
    let number = first_number();
    tell(target, number);
    let tried = Arc::new(Mutex::new(Vec::new()));
    let (sender, results) = mpsc::channel();
    let input = Arc::clone(&tried);
    thread::spawn(move || {
        let changed = (number..).map(|number| mutated(&seeds, number));
        let end = now() + TIME;
        for (count, bytes) in seeds.iter().cloned().chain(changed).enumerate() {
            if count >= seeds.len() && now() > end {
                break;
            }
            input.lock().expect("nobody panics with it").clone_from(&bytes);
            let result = panic::catch_unwind(AssertUnwindSafe(|| run(&bytes)));
            if sender.send(result.is_ok()).is_err() || result.is_err() {
                break;
            }
        }
    });
    loop {
        let wrong = match results.recv_timeout(PATIENCE) {
            Ok(true) => continue,
            Ok(false) => "panics",
            Err(RecvTimeoutError::Timeout) => "hangs",
            Err(RecvTimeoutError::Disconnected) => return,
        };
        let input = tried.lock().expect("nobody panics with it");
        panic!("{target} {wrong} with {}", input.escape_ascii());
    }
}

#[test]
fn no_manifest_panics_hangs_or_points_outside_of_its_file() {
    smoke("manifests", manifests::run);
}

#[test]
fn no_public_key_panics_hangs_or_is_read_in_two_ways() {
    smoke("public_keys", public_keys::run);
}

#[test]
fn no_file_in_the_place_of_a_snapshot_panics_hangs_or_is_no_state() {
    smoke("snapshots", snapshots::run);
}

#[test]
fn no_file_in_the_place_of_a_journal_panics_hangs_or_hides_the_state() {
    smoke("journals", journals::run);
}

#[test]
fn no_file_in_the_place_of_a_plan_panics_hangs_or_changes_when_it_is_shown() {
    smoke("plans", plans::run);
}

#[test]
fn no_request_to_the_server_panics_hangs_or_is_let_in_without_a_signature() {
    smoke("requests", requests::run);
}
