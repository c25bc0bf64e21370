//! L1, L2, L3: stop at every cloud call and at every disk operation in turn, and run again.
//!
//! How many stops there were is printed; `cargo test sweep -- --nocapture` shows it.

#![expect(clippy::print_stdout, reason = "the number of stops is part of the result")]

use keyform::{
    disk::MemoryDisk,
    emulator::{Act, Fault, InjectedFailure, When},
    model::{CloudName, InstanceId},
    session::Applied,
    vault::PlayedFailure,
};

use super::{
    scene::{
        End, INVENTORY, PROJECT, Scene, bound, bound_created, bound_given, persons_key, region,
    },
    vaults::COMMAND,
};

/// A situation, and the command that is stopped in the middle.
pub(super) struct Scenario {
    pub(super) name: &'static str,
    pub(super) before: Scene,
    pub(super) destroy: bool,
}

impl Scenario {
    pub(super) fn all() -> Vec<Self> {
        Self::all_of(PROJECT)
    }

    /// The same with private keys that a command keeps.
    fn all_in_a_command() -> Vec<Self> {
        Self::all_of(&format!("{PROJECT}{COMMAND}"))
    }

    fn all_of(project: &str) -> Vec<Self> {
        let fleet = bound("web", "i-1, i-2, i-3");
        let mut empty = Scene::new(&fleet);
        empty.write("keyform.yaml", project);
        let theirs =
            format!("{INVENTORY}  - {{id: i-theirs, region: cn-hangzhou, name: theirs}}\n");
        empty.write("inventory.yaml", &theirs);
        empty.import_foreign("theirs");
        empty.bind("theirs", "i-theirs");
        let made = empty.fork();
        made.apply(false);
        let mut replaced = made.fork();
        replaced.write("web.yaml", &bound("ops", "i-1, i-2, i-3"));
        let mut moved = made.fork();
        moved.write("web.yaml", &format!("{}---\n{}", bound("web", "i-1"), bound("ops", "i-3")));
        let mut given = made.fork();
        let ops = bound_given("ops", "i-3", persons_key(0).openssh());
        given.write("web.yaml", &format!("{}---\n{ops}", bound("web", "i-1, i-2")));
        // A key of the service, in the place of one that was made here and beside it.
        let mut created = made.fork();
        let ops = bound_created("ops", "i-3").replace("tags:", "resourceGroup: rg-a1, tags:");
        created.write("web.yaml", &format!("{}---\n{ops}", bound("web", "i-1, i-2")));
        let scenario = |name, before, destroy| Self { name, before, destroy };
        vec![
            scenario("create", empty, false),
            scenario("replace", replaced, false),
            scenario("detach, delete and make", moved, false),
            scenario("import a given key", given, false),
            scenario("create in the cloud", created, false),
            scenario("destroy", made, true),
        ]
    }

    /// The same, with calls that go over HTTP.
    pub(super) fn over_http(self) -> Self {
        Self { before: self.before.over_http(), ..self }
    }

    /// The end that every disturbed run must come to as well.
    pub(super) fn undisturbed(&self) -> (End, u64, usize) {
        let scene = self.before.fork();
        let ran = scene.run(self.destroy, Vec::new());
        ran.outcome.expect("it comes to its end");
        let operations = scene.disk.operations() - self.before.disk.operations();
        assert!(scene.plan(self.destroy).is_empty());
        (scene.end(), operations, ran.calls)
    }

    /// L2, L3 and L6, asked of the world and the vault.
    #[track_caller]
    fn laws_hold(scene: &Scene) {
        scene.nothing_is_lost();
        scene.world(|world, _| {
            let theirs = CloudName::new("theirs");
            let pair = world.pairs(&region()).find(|pair| pair.name == theirs);
            assert!(pair.is_some_and(|pair| pair.tags.is_empty()), "L6: their pair is untouched");
            let bound = world.bound(&region(), &InstanceId::new("i-theirs"));
            assert_eq!(bound, Some(&theirs), "L6: their instance is untouched");
        });
    }

    /// After the loss of the state and its journal nothing is lost, and the same command again
    /// converges.
    #[track_caller]
    fn converges_without_a_state(&self, scene: &Scene, _: &End, _: &str) {
        scene.crash();
        scene.lose_state();
        Self::laws_hold(scene);
        scene.converge(self.destroy);
        Self::laws_hold(scene);
    }

    /// After a disturbance nothing is lost, and the same command again comes to the same end: no
    /// instance was restarted more often than it would have been.
    #[track_caller]
    pub(super) fn ends_the_same(&self, scene: &Scene, end: &End, disturbance: &str) {
        scene.crash();
        Self::laws_hold(scene);
        scene.converge(self.destroy);
        Self::laws_hold(scene);
        assert_eq!(scene.end(), *end, "{}: {disturbance}", self.name);
    }
}

/// Disturbs a fresh run at each of its disk operations in turn, and hands over what that left;
/// answers how many there were.
fn at_each_disk_operation(
    scenarios: Vec<Scenario>,
    disturb: fn(&MemoryDisk, u64),
    then: impl Fn(&Scenario, &Scene, &End, &str),
) -> usize {
    let mut cases = 0;
    for scenario in scenarios {
        let (end, operations, _) = scenario.undisturbed();
        let first = scenario.before.disk.operations();
        for operation in first..first + operations {
            let scene = scenario.before.fork();
            disturb(&scene.disk, operation);
            let _ = scene.run(scenario.destroy, Vec::new());
            then(&scenario, &scene, &end, &format!("operation {operation}"));
            cases += 1;
        }
    }
    cases
}

#[test]
fn stopping_at_any_disk_operation_and_running_again_comes_to_the_same_end() {
    let stops =
        at_each_disk_operation(Scenario::all(), MemoryDisk::stop_at, Scenario::ends_the_same);
    println!("stops at disk operations: {stops}");
}

#[test]
fn failing_at_any_disk_operation_and_running_again_comes_to_the_same_end() {
    let failures =
        at_each_disk_operation(Scenario::all(), MemoryDisk::fail_at, Scenario::ends_the_same);
    println!("failures of disk operations: {failures}");
}

/// As on a network file system that does what it is asked and says that it did not.
#[test]
fn losing_the_answer_of_any_disk_operation_and_running_again_comes_to_the_same_end() {
    let losses = at_each_disk_operation(
        Scenario::all(),
        MemoryDisk::lose_answer_at,
        Scenario::ends_the_same,
    );
    println!("lost answers of disk operations: {losses}");
}

/// Stops a fresh run before and after each of its cloud calls in turn, and hands what the machine
/// has lost by then to `then`; answers how many stops there were.
pub(super) fn at_each_cloud_call(
    scenarios: Vec<Scenario>,
    then: impl Fn(&Scenario, &Scene, &End, &str),
) -> usize {
    let mut stops = 0;
    for scenario in scenarios {
        let (end, _, calls) = scenario.undisturbed();
        for (call, after) in (0..calls).flat_map(|call| [(call, false), (call, true)]) {
            let scene = scenario.before.fork();
            let (hook, stopped) = scene.stopper();
            let act = if after { Act::StopAfter(hook) } else { Act::StopBefore(hook) };
            let _ = scene.run(scenario.destroy, vec![Fault { when: When::Call(call), act }]);
            let scene = scene.at(*stopped.get().expect("it was stopped"));
            let moment = if after { "after" } else { "before" };
            then(&scenario, &scene, &end, &format!("stopped {moment} call {call}"));
            stops += 1;
        }
    }
    stops
}

#[test]
fn stopping_at_any_cloud_call_and_running_again_comes_to_the_same_end() {
    let stops = at_each_cloud_call(Scenario::all(), Scenario::ends_the_same);
    println!("stops at cloud calls: {stops}");
}

/// A new checkout: the vault and the cloud are there, the state and its journal are not.
#[test]
fn losing_the_state_at_any_moment_loses_no_key_and_converges() {
    let calls = at_each_cloud_call(Scenario::all(), Scenario::converges_without_a_state);
    let disk = Scenario::converges_without_a_state;
    let operations = at_each_disk_operation(Scenario::all(), MemoryDisk::stop_at, disk);
    println!("losses of the state: {calls} at cloud calls, {operations} at disk operations");
}

/// The programs of a vault are run in another order and at other moments than files are written.
#[test]
fn stopping_anywhere_with_keys_that_a_command_keeps_comes_to_the_same_end() {
    let scenarios = Scenario::all_in_a_command;
    let calls = at_each_cloud_call(scenarios(), Scenario::ends_the_same);
    let stop = MemoryDisk::stop_at;
    // Files are written as with keys in a directory, but for the keys: those come and go in two.
    let with_keys = scenarios().into_iter().filter(|one| matches!(one.name, "create" | "destroy"));
    let with_keys = with_keys.collect();
    let operations = at_each_disk_operation(with_keys, stop, Scenario::ends_the_same);
    println!("stops with a command: {calls} at cloud calls, {operations} at disk operations");
}

#[test]
fn losing_the_state_with_keys_that_a_command_keeps_loses_no_key_and_converges() {
    let scenarios = Scenario::all_in_a_command();
    let calls = at_each_cloud_call(scenarios, Scenario::converges_without_a_state);
    println!("losses of the state with a command: {calls}");
}

#[test]
fn a_program_of_a_vault_that_fails_once_in_any_way_does_not_change_the_end() {
    let mut failures = 0;
    for scenario in Scenario::all_in_a_command() {
        let (end, _, _) = scenario.undisturbed();
        let whole = scenario.before.fork();
        let _ = whole.run(scenario.destroy, Vec::new());
        for run in 0..whole.programs.runs() {
            for failure in [PlayedFailure::Before, PlayedFailure::After] {
                let scene = scenario.before.fork();
                scene.programs.fail_at(run, failure);
                let _ = scene.run(scenario.destroy, Vec::new());
                scenario.ends_the_same(&scene, &end, &format!("program {run}: {failure:?}"));
                failures += 1;
            }
        }
    }
    println!("failures of programs of a vault: {failures}");
}

#[test]
fn a_cloud_call_that_fails_once_in_any_way_does_not_change_the_end() {
    let mut failures = 0;
    let service = |status, code: &str| InjectedFailure::Service { status, code: code.to_owned() };
    let acts = [
        Act::Throttle,
        Act::Before(InjectedFailure::NotSent),
        Act::Before(InjectedFailure::NoAnswer),
        Act::After(InjectedFailure::NoAnswer),
        Act::Before(service(503, "ServiceUnavailable")),
        Act::After(service(500, "InternalError")),
        Act::Before(service(403, "Forbidden.RAM")),
    ];
    for scenario in Scenario::all() {
        let (end, _, calls) = scenario.undisturbed();
        for call in 0..calls {
            for act in &acts {
                let scene = scenario.before.fork();
                let fault = Fault { when: When::Call(call), act: act.clone() };
                let _ = scene.run(scenario.destroy, vec![fault]);
                scenario.ends_the_same(&scene, &end, &format!("call {call} failed by {act:?}"));
                failures += 1;
            }
        }
    }
    println!("failures of cloud calls: {failures}");
}

/// What runs while the machine is away, such as a restart, is waited for by the next run: nobody
/// has to come back later.
#[test]
fn running_again_at_once_is_enough() {
    let stops = at_each_cloud_call(Scenario::all(), |scenario, scene, end, moment| {
        scene.crash();
        let applied = scene.run(scenario.destroy, Vec::new()).outcome.expect("it comes to its end");
        if let Applied::Ran { report, .. } = applied {
            assert!(report.is_complete(), "{}: {moment}: {report:#?}", scenario.name);
        }
        let plan = scene.plan(scenario.destroy);
        assert!(plan.is_empty(), "{}: {moment}: {plan:#?}", scenario.name);
        assert_eq!(scene.end(), *end, "{}: {moment}", scenario.name);
    });
    println!("stops at cloud calls with the next run at once: {stops}");
}
