//! L1, L2: the disk and the clock of the machine, of which nothing good is assumed.

use std::{path::Path, time::Duration};

use keyform::{
    disk::MemoryDisk,
    emulator::{Act, Fault, When},
};

use super::scene::{Scene, bound, instances};

fn read_only(disk: &MemoryDisk) {
    for directory in ["keys", ".keyform/state", ".keyform/state/lock", ".keyform/seen.json"] {
        disk.make_read_only(Path::new(directory));
    }
}

/// The embedded cloud's files stay writable: a cloud does not fail with our disk.
#[test]
fn a_disk_that_becomes_read_only_at_any_moment_loses_nothing() {
    let before = Scene::new(&bound("web", "i-1, i-2, i-3"));
    let undisturbed = before.fork();
    undisturbed.run(false, Vec::new()).outcome.expect("it comes to its end");
    let operations = undisturbed.disk.operations();
    let end = undisturbed.end();
    for operation in before.disk.operations()..operations {
        let scene = before.fork();
        scene.disk.meddle_at(operation, read_only);
        let _ = scene.run(false, Vec::new());
        scene.nothing_is_lost();
        scene.disk.make_writable();
        scene.converge(false);
        scene.nothing_is_lost();
        assert_eq!(scene.end(), end, "operation {operation}");
    }
}

#[test]
fn what_cannot_be_written_is_named_before_anything_is_changed() {
    let cases = [
        ("keys", "keys"),
        (".keyform/state", ".keyform/state"),
        (".keyform/state/lock", ".keyform/state/lock"),
    ];
    for (directory, named) in cases {
        let scene = Scene::new(&bound("web", "i-1, i-2, i-3"));
        scene.disk.make_read_only(Path::new(directory));
        let ran = scene.run(false, Vec::new());
        let shown = format!("{:?}", ran.outcome);
        assert!(shown.contains(named), "{directory}: {shown}");
        assert_eq!(ran.writes, [], "{directory}");
        scene.disk.make_writable();
        scene.apply(false);
    }
}

/// Times of the service are compared with times of the service only, and a clock of ours that goes
/// back neither hides a restart nor makes another one.
#[test]
fn a_clock_that_was_set_back_between_two_runs_changes_nothing() {
    let before = Scene::new(&bound("web", "i-1, i-2, i-3"));
    let undisturbed = before.fork();
    let calls = undisturbed.run(false, Vec::new()).calls;
    for call in 0..calls {
        for back in [Duration::from_secs(20), Duration::from_secs(86_400)] {
            let scene = before.fork();
            let (hook, stopped) = scene.stopper();
            let act = Act::StopAfter(hook);
            let _ = scene.run(false, vec![Fault { when: When::Call(call), act }]);
            scene.crash();
            let scene = scene.at(*stopped.get().expect("it was stopped")).set_back(back);
            scene.apply(false);
            let end = scene.end();
            for id in instances() {
                assert_eq!(end.instances[id.as_str()].3, 1, "call {call}: restarts of {id}");
            }
        }
    }
}
