use std::sync::atomic::{AtomicI64, Ordering};

use super::*;
use crate::{
    disk::MemoryDisk,
    ecs::{Code, ItemResult},
    emulator::{
        Actor,
        example::{
            P256, RSA, RSA_PRINT, at, attach, delete, detach, fingerprint, id, ids, import,
            inventory, list_instances, list_pairs, pairs_page, reboot, region,
        },
    },
    model::inventory::Inventory,
};

/// A machine: a disk and a clock that tests set.
struct HostPolicy {
    disk: MemoryDisk,
    clock: Arc<AtomicI64>,
}

impl HostPolicy {
    fn new() -> Self {
        Self { disk: MemoryDisk::new(), clock: Arc::default() }
    }

    fn try_open(&self, inventory: Inventory) -> Result<Local, LogError> {
        let clock = Arc::clone(&self.clock);
        let now: Now = Arc::new(move || at(clock.load(Ordering::Relaxed)));
        Local::open(Arc::new(self.disk.clone()), Path::new(".keyform/cloud"), inventory, now)
    }

    fn open(&self) -> Local {
        self.try_open(inventory()).expect("the log is whole or missing")
    }

    fn set_clock(&self, milliseconds: i64) {
        self.clock.store(milliseconds, Ordering::Relaxed);
    }
}

fn reads() -> [Request; 2] {
    [list_pairs(), Request::DescribeInstances(list_instances())]
}

fn pair_names(local: &Local) -> Vec<String> {
    local
        .inspect(|world, _| world.pairs(&region()).map(|pair| pair.name.to_string()).collect())
        .expect("the log can be read")
}

fn bound(local: &Local, instance: &str) -> Option<String> {
    local
        .inspect(|world, _| world.bound(&region(), &id(instance)).map(ToString::to_string))
        .expect("the log can be read")
}

fn done(local: &Local, request: &Request) {
    if let Response::Items(items) = local.call(request).expect("the call succeeds") {
        assert!(items.iter().all(|item| item.result == ItemResult::Success), "{items:?}");
    }
}

#[test]
fn opening_and_reading_write_nothing_and_make_no_directory() {
    let machine = HostPolicy::new();
    let read = |machine: &HostPolicy| {
        let local = machine.open();
        for request in reads() {
            local.call(&request).expect("a read");
        }
        let _refused = local.call(&pairs_page(None, 0, 1));
    };
    read(&machine);
    assert!(machine.disk.files().is_empty());
    assert_eq!(machine.disk.kind(Path::new(".keyform")).expect("no failure"), None);

    done(&machine.open(), &import("web", RSA));
    let before = machine.disk.files();
    read(&machine);
    assert_eq!(machine.disk.files(), before);
}

#[test]
fn a_reader_does_not_wait_for_a_writer() {
    let machine = HostPolicy::new();
    done(&machine.open(), &import("web", RSA));
    let _held = machine.disk.lock(Path::new(".keyform/cloud/world.lock")).expect("the lock");
    assert_eq!(pair_names(&machine.open()), ["web"]);
}

#[test]
fn what_a_call_did_is_there_for_others_and_after_a_crash() {
    let machine = HostPolicy::new();
    let (first, second) = (machine.open(), machine.open());
    done(&first, &import("web", RSA));
    assert_eq!(pair_names(&second), ["web"]);
    done(&second, &attach("web", &["i-1"]));
    done(&first, &import("ops", P256));
    let refusal = second.call(&delete(&["web"])).expect_err("it is bound");
    assert_eq!(refusal.code(), Some(Code::KEY_PAIR_BOUND));
    machine.disk.crash();
    let third = machine.open();
    assert_eq!(pair_names(&third), ["ops", "web"]);
    assert_eq!(bound(&third, "i-1"), Some("web".to_owned()));
}

#[test]
fn two_writers_at_once_lose_nothing() {
    let machine = HostPolicy::new();
    std::thread::scope(|scope| {
        for writer in 0..4 {
            let machine = &machine;
            scope.spawn(move || {
                let local = machine.open();
                for number in 0..10 {
                    done(&local, &import(&format!("web-{writer}-{number}"), RSA));
                }
            });
        }
    });
    assert_eq!(pair_names(&machine.open()).len(), 40);
}

#[test]
fn the_clock_alone_brings_a_restart_forward() {
    let machine = HostPolicy::new();
    let local = machine.open();
    done(&local, &import("web", RSA));
    done(&local, &attach("web", &["i-1"]));
    done(&local, &reboot(&["i-1"]));
    let files = machine.disk.files();
    let effective = |local: &Local| {
        let guest = local.inspect(|world, now| world.guest(now, &region(), &id("i-1")));
        guest.expect("the log can be read").and_then(|guest| guest.effective)
    };
    for (moment, expected) in [(0, None), (99, None), (100, fingerprint(RSA_PRINT))] {
        machine.set_clock(moment);
        assert_eq!(effective(&local), expected, "at {moment}");
        assert_eq!(effective(&machine.open()), expected, "at {moment}, opened again");
    }
    assert_eq!(machine.disk.files(), files);
}

#[test]
fn a_person_acts_beside_the_api() {
    let machine = HostPolicy::new();
    let local = machine.open();
    let fact = Fact::Restarted {
        region: region(),
        instance_ids: ids(&["i-1"]),
        milliseconds: 200,
        lag_milliseconds: 0,
        moves_start_time: true,
        by: Actor::Person,
    };
    machine.open().happen(fact).expect("the disk has space");
    let count = local.inspect(|world, _| world.restarts(&region(), &id("i-1")).len());
    assert_eq!(count.expect("the log can be read"), 1);
}

#[test]
fn a_log_that_was_deleted_resets_the_cloud_also_for_those_who_have_it_open() {
    let machine = HostPolicy::new();
    let local = machine.open();
    done(&local, &import("web", RSA));
    done(&local, &attach("web", &["i-1"]));
    machine.disk.remove_file(Path::new(".keyform/cloud/world.log")).expect("it is there");
    assert_eq!((pair_names(&local), bound(&local, "i-1")), (vec![], None));
    done(&local, &import("ops", P256));
    assert_eq!(pair_names(&machine.open()), ["ops"]);
}

/// Stops or fails the disk at each operation of one call in turn, after a history of two calls.
fn at_each_operation(
    harm: fn(&MemoryDisk, u64),
    check: fn(&HostPolicy, Result<Response, CallError>),
) {
    let mut operation = 0;
    loop {
        let machine = HostPolicy::new();
        let local = machine.open();
        done(&local, &import("web", RSA));
        let next = machine.disk.operations();
        harm(&machine.disk, next + operation);
        let answer = local.call(&attach("web", &["i-1"]));
        if machine.disk.operations() <= next + operation {
            return;
        }
        check(&machine, answer);
        operation += 1;
    }
}

#[test]
fn an_answered_call_survives_a_crash_at_any_operation_and_an_unanswered_one_is_whole_or_absent() {
    at_each_operation(MemoryDisk::stop_at, |machine, answer| {
        machine.disk.crash();
        let local = machine.open();
        match answer {
            Ok(_) => assert_eq!(bound(&local, "i-1"), Some("web".to_owned())),
            Err(error) => assert!(error.is_transient(), "{error}"),
        }
        done(&local, &attach("web", &["i-1"]));
        done(&local, &detach("web", &["i-1"]));
        assert_eq!(pair_names(&local), ["web"]);
    });
}

#[test]
fn a_disk_that_fails_before_the_append_means_not_sent_and_afterwards_no_answer() {
    at_each_operation(MemoryDisk::fail_at, |machine, answer| {
        let local = machine.open();
        match answer {
            Ok(_) => panic!("every operation of a call matters"),
            Err(CallError::NotSent { .. }) => assert_eq!(bound(&local, "i-1"), None),
            Err(error) => assert!(error.is_outcome_unknown(), "{error}"),
        }
        done(&local, &attach("web", &["i-1"]));
    });
}

#[test]
fn the_first_call_survives_a_crash_at_any_operation_too() {
    for operation in 0.. {
        let machine = HostPolicy::new();
        let local = machine.open();
        machine.disk.stop_at(machine.disk.operations() + operation);
        let answer = local.call(&import("web", RSA));
        let stopped = machine.disk.is_stopped();
        machine.disk.crash();
        let names = pair_names(&machine.open());
        match answer {
            Ok(_) => assert_eq!(names, ["web"], "stopped at {operation}"),
            Err(error) => assert!(error.is_transient(), "{error}"),
        }
        if !stopped {
            return;
        }
        if names.is_empty() {
            done(&machine.open(), &import("web", RSA));
        }
        assert_eq!(pair_names(&machine.open()), ["web"]);
    }
}

#[test]
fn what_a_process_wrote_and_did_not_sync_is_synced_before_somebody_relies_on_it() {
    let machine = HostPolicy::new();
    done(&machine.open(), &import("web", RSA));
    let log = Path::new(".keyform/cloud/world.log");
    let whole = machine.disk.read(log).expect("the log");
    done(&machine.open(), &attach("web", &["i-1"]));
    let longer = machine.disk.read(log).expect("the log");
    // As if the second process had died between its append and its sync.
    machine.disk.truncate(log, whole.len() as u64).expect("no failure");
    machine.disk.sync_file(log).expect("no failure");
    machine.disk.append_file(log, &longer[whole.len()..]).expect("no failure");
    done(&machine.open(), &attach("web", &["i-1"]));
    machine.disk.crash();
    assert_eq!(bound(&machine.open(), "i-1"), Some("web".to_owned()));
}

#[test]
fn damage_fails_the_opening_and_nothing_is_changed() {
    let machine = HostPolicy::new();
    let local = machine.open();
    done(&local, &import("web", RSA));
    done(&local, &import("ops", P256));
    let log = Path::new(".keyform/cloud/world.log");
    let mut bytes = machine.disk.read(log).expect("the log");
    bytes[60] ^= 1;
    machine.disk.truncate(log, 0).expect("no failure");
    machine.disk.append_file(log, &bytes).expect("no failure");
    let error = machine.try_open(inventory()).expect_err("damaged");
    assert!(matches!(error, LogError::Damaged { line: 2, .. }), "{error}");
    assert_eq!(machine.disk.read(log).expect("the log"), bytes, "nothing was changed");
}

fn create(pair: &str) -> Request {
    Request::CreateKeyPair {
        region: region(),
        key_pair_name: crate::emulator::example::name(pair),
        tags: crate::model::Tags::new(),
        resource_group_id: None,
    }
}

#[test]
fn a_pair_is_made_with_the_keys_that_were_brought_and_its_private_half_stays_out_of_the_log() {
    let machine = HostPolicy::new();
    let refusal = machine.open().call(&create("web")).expect_err("there is no source of keys");
    assert_eq!(refusal.code(), Some(Code::INTERNAL_ERROR));
    let keys = Arc::new(crate::keys::PooledKeys::new(0));
    let answer = machine.open().with_keys(keys).call(&create("web"));
    let Ok(Response::Created { private_key, .. }) = answer else { panic!("a pair is made") };
    machine.disk.crash();
    assert_eq!(pair_names(&machine.open()), ["web"]);
    let line = private_key.text().lines().nth(3).expect("a line of the key").to_owned();
    for (path, bytes) in machine.disk.files() {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        assert!(!text.contains(&line), "{}", path.display());
    }
}

#[test]
fn a_read_of_the_past_is_answered_as_it_was_then() {
    let machine = HostPolicy::new();
    let local = machine.open();
    machine.set_clock(1000);
    done(&local, &import("web", RSA));
    machine.set_clock(5000);
    done(&local, &import("ops", P256));
    machine.set_clock(9000);
    for (age, expected) in [(0, 2), (3999, 2), (4001, 1), (8001, 0), (u64::MAX, 0)] {
        let answer = local.read_past(&list_pairs(), Duration::from_millis(age));
        let Ok(Response::KeyPairs(page)) = answer else { panic!("pairs are listed") };
        assert_eq!(page.total_count, expected, "{age} ms ago");
    }
    assert_eq!(pair_names(&local), ["ops", "web"], "nothing was forgotten");
}

#[test]
fn reads_of_a_lagging_cloud_show_what_was_before_and_writes_do_not_lag() {
    let machine = HostPolicy::new();
    let lag = Switches { read_lag: Duration::from_secs(3), ..Switches::default() };
    let local = machine.open().with_switches(lag);
    machine.set_clock(1000);
    done(&local, &import("web", RSA));
    for (now, shown) in [(1000, 0), (3999, 0), (4000, 1)] {
        machine.set_clock(now);
        let Ok(Response::KeyPairs(page)) = local.call(&list_pairs()) else { panic!("a page") };
        assert_eq!(page.total_count, shown, "at {now}");
    }
    done(&local, &delete(&["web"]));
    done(&local, &import("web", P256));
}
