//! L2 and L3 with private keys that a command keeps: what a plan says without running it, what apply
//! looks at before its first write, and the `keyform key` commands.

use std::path::Path;

use keyform::{
    keys::{KeySource, PooledKeys},
    model::CloudName,
    plan::{Action, Expectation, Plan, ReasonCode, StaleCode},
    render,
    session::{Applied, Keys, KeysError, Migrated, MigrationError, MigrationSource, SessionError},
    status::HeldState,
    status::KeyState,
    vault::{PlayedFailure, Stored},
};

use super::scene::{PROJECT, Scene, bound};

/// The Project's field for the programs that a scene plays.
pub(super) const COMMAND: &str = "  privateKeys: {command: {put: [played, put], get: [played, get], \
     retire: [played, retire], list: [played, list]}}\n";

fn fleet() -> Scene {
    let mut scene = Scene::new(&bound("web", "i-1, i-2"));
    scene.write("keyform.yaml", &format!("{PROJECT}{COMMAND}"));
    scene
}

fn text(plan: &Plan) -> String {
    render::plan::text(plan, Path::new("."))
}

/// The program that gets keys is never run by what only reads.
#[track_caller]
fn runs_none<T>(scene: &Scene, look: impl FnOnce(&Scene) -> T) -> T {
    let before = scene.programs.runs();
    let answer = look(scene);
    assert_eq!(scene.programs.runs(), before, "programs were run");
    answer
}

#[test]
fn a_plan_runs_no_program_and_says_what_it_did_not_look_at() {
    let scene = fleet();
    let plan = runs_none(&scene, |scene| scene.plan(false));
    assert_eq!(plan.keys_not_looked_at, [CloudName::new("web")]);
    insta::assert_snapshot!(text(&plan));
    scene.apply(false);
    assert_eq!(scene.programs.names(), ["web"]);
    assert!(!scene.disk.files().keys().any(|path| path.starts_with("keys")));
    let again = runs_none(&scene, |scene| scene.plan(false));
    assert!(again.is_empty());
    assert!(text(&again).contains("Private keys not looked at: web"), "{}", text(&again));
    let document = runs_none(&scene, |scene| scene.status());
    assert_eq!(document.pairs[0].private_key, KeyState::NotLookedAt);
}

#[test]
fn a_saved_plan_makes_the_key_or_uses_the_one_that_is_there() {
    let scene = fleet();
    let plan = scene.plan(false);
    let expects = |plan: &Plan| {
        plan.steps
            .iter()
            .flat_map(|step| step.expectations.clone())
            .any(|fact| matches!(fact, Expectation::KeyNotLookedAt { .. }))
    };
    assert!(expects(&plan));
    let there = scene.fork();
    let key = PooledKeys::new(9).generate().expect("a key");
    let print = key.public_key().fingerprint();
    there.programs.plant("web", &print.hex(), key.pem().as_bytes());
    for (scene, expected) in [(&scene, None), (&there, Some(print))] {
        let ran = scene.run_saved(&plan, Vec::new());
        assert!(matches!(ran.outcome, Ok(Applied::Ran { report, .. }) if report.is_complete()));
        scene.nothing_is_lost();
        let state = scene.states().newest().expect("it can be read").expect("there is one");
        let recorded = state.recorded.keys[&CloudName::new("web")].fingerprint;
        assert_eq!(expected.unwrap_or(recorded), recorded);
        assert!(scene.plan(false).is_empty());
    }
}

#[test]
fn apply_looks_before_its_first_write_and_refuses_without_the_key() {
    let mut scene = fleet();
    scene.apply(false);
    scene.write("web.yaml", &bound("web", "i-1, i-2, i-3"));
    let plan = scene.plan(false);
    let attaches = plan.steps.iter().find(|step| matches!(step.action, Action::Attach { .. }));
    let held = |fact: &Expectation| matches!(fact, Expectation::KeyHeld { .. });
    assert!(attaches.expect("i-3 is bound").expectations.iter().any(held));
    scene.programs.lose("web");
    let ran = scene.run_saved(&plan, Vec::new());
    let Err(refused) = ran.outcome else { panic!("it was applied") };
    let Some(SessionError::Stale(stale)) = refused.downcast_ref() else { panic!("{refused}") };
    assert_eq!(stale.iter().map(|one| one.code()).collect::<Vec<_>>(), [StaleCode::KeyGone]);
    assert!(ran.writes.is_empty(), "{:?}", ran.writes);
    // A plan that is made by apply knows at once, and binds nothing to that pair (L3).
    let ran = scene.run(false, Vec::new());
    let Ok(Applied::Nothing(plan)) = ran.outcome else { panic!("{:?}", ran.outcome) };
    let codes: Vec<_> = plan.notes.iter().map(|note| note.reason.code()).collect();
    assert!(codes.contains(&ReasonCode::KeyMissing), "{codes:?}");
    assert!(codes.contains(&ReasonCode::KeyMissingForInstance), "{codes:?}");
}

#[test]
fn without_its_state_a_plan_leaves_pairs_to_apply_which_looks() {
    let scene = fleet();
    scene.apply(false);
    scene.lose_state();
    let plan = runs_none(&scene, |scene| scene.plan(false));
    let codes: Vec<_> = plan.notes.iter().map(|note| note.reason.code()).collect();
    assert!(codes.contains(&ReasonCode::KeyNotLookedAt), "{codes:?}");
    scene.apply(false);
    scene.nothing_is_lost();
    assert_eq!(scene.programs.kept().len(), 1, "no other key was made");
}

#[test]
fn a_key_whose_pair_is_deleted_is_put_aside_and_the_next_one_is_another() {
    let scene = fleet();
    scene.apply(false);
    scene.apply(true);
    assert_eq!(scene.programs.names(), [""; 0]);
    assert_eq!(scene.programs.kept().len(), 1, "it was put aside");
    scene.apply(false);
    assert_eq!(scene.programs.kept().len(), 2);
    scene.nothing_is_lost();
}

#[test]
fn a_program_that_fails_at_any_time_loses_no_key_and_the_next_run_converges() {
    for destroy in [false, true] {
        let before = fleet();
        if destroy {
            before.apply(false);
        }
        let whole = before.fork();
        whole.apply(destroy);
        let end = whole.end();
        for run in 0..whole.programs.runs() {
            for failure in [PlayedFailure::Before, PlayedFailure::After] {
                let scene = before.fork();
                scene.programs.fail_at(run, failure);
                let _ = scene.run(destroy, Vec::new());
                scene.nothing_is_lost();
                scene.converge(destroy);
                scene.nothing_is_lost();
                assert_eq!(scene.end(), end, "{failure:?} at {run}, destroy: {destroy}");
            }
        }
    }
}

#[test]
fn a_pair_with_a_vault_of_its_own_has_it_with_all_its_generations() {
    let mut scene = fleet();
    let own = "spec: {privateKeys: {directory: keys}, tags:";
    let manifests = |generation: u32| {
        let web = bound("web", "i-1").replace("spec: {tags:", own);
        let web = web.replace("tags:", &format!("generation: {generation}, tags:"));
        format!("{web}---\n{}", bound("ops", "i-2"))
    };
    scene.write("web.yaml", &manifests(1));
    scene.apply(false);
    scene.write("web.yaml", &manifests(2));
    scene.apply(false);
    let kept = |scene: &Scene| -> Vec<String> {
        let files = scene.disk.files().into_keys().map(|path| path.display().to_string());
        files.filter(|path| path.starts_with("keys/")).collect()
    };
    assert_eq!(kept(&scene), ["keys/web-g2.pem", "keys/web.pem"]);
    assert_eq!(scene.programs.names(), ["ops"]);
    let plan = scene.plan(false);
    assert_eq!(plan.keys_not_looked_at, [CloudName::new("ops")]);
}

fn keys(scene: &Scene) -> Keys {
    scene.keys()
}

fn states(rows: &[keyform::status::KeyRow]) -> Vec<(String, HeldState)> {
    rows.iter().map(|row| (row.name.to_string(), row.state)).collect()
}

#[test]
fn keys_are_listed_and_checked_in_each_vault() {
    let directory = Scene::new(&bound("web", "i-1"));
    for scene in [directory, fleet()] {
        scene.apply(false);
        scene.apply(true);
        scene.apply(false);
        let listed = keys(&scene).list().expect("they are listed");
        assert!(listed.has_retired);
        let expected =
            [("web".to_owned(), HeldState::Held), ("web".to_owned(), HeldState::Retired)];
        assert_eq!(states(&listed.rows), expected);
        assert_eq!(states(&keys(&scene).check().expect("it is looked at")), expected[..1]);
    }
    let lost = fleet();
    lost.apply(false);
    lost.programs.lose("web");
    let missing = [("web".to_owned(), HeldState::Missing)];
    assert_eq!(states(&keys(&lost).check().expect("it is looked at")), missing);
    assert_eq!(states(&keys(&lost).list().expect("they are listed").rows), missing);
}

#[test]
fn a_key_is_taken_out_into_a_new_file_and_put_back_if_it_is_the_recorded_one() {
    let scene = fleet();
    scene.apply(false);
    let web = CloudName::new("web");
    let pem = keys(&scene).get(&web).expect("it is there");
    let other = PooledKeys::new(11).generate().expect("a key");
    let out = Path::new("keys/taken-out.pem");
    let elsewhere = scene.fork();
    elsewhere.put_in_new_directory("keys", "placeholder", b"");
    elsewhere.keys().get_to(&web, out).expect("it is written");
    assert!(elsewhere.disk.files()[out] == pem.as_bytes(), "it is the key");
    let taken = elsewhere.keys().get_to(&web, out);
    assert!(matches!(taken, Err(KeysError::File { .. })), "no file is overwritten");

    scene.programs.lose("web");
    assert!(matches!(keys(&scene).get(&web), Err(KeysError::NotThere { .. })));
    let put = |name: &CloudName, pem: &str| {
        let elsewhere = scene.fork();
        elsewhere.put("keys-in.pem", pem.as_bytes());
        let answer = elsewhere.keys().put(name, Path::new("keys-in.pem"));
        elsewhere.remove("keys-in.pem");
        (answer, elsewhere)
    };
    let (answer, again) = put(&web, &pem);
    assert_eq!(answer.expect("it is the recorded one"), Stored::Created);
    assert!(again.run(false, Vec::new()).outcome.is_ok());
    again.nothing_is_lost();
    let (refused, untouched) = put(&web, &other.pem());
    assert!(matches!(refused, Err(KeysError::OtherKey { .. })), "{refused:?}");
    assert!(untouched.programs.kept().is_empty());
    let (refused, _) = put(&CloudName::new("wbe"), &pem);
    assert!(matches!(refused, Err(KeysError::NoSuchPair { .. })), "{refused:?}");
    let (refused, _) = put(&web, "no key");
    assert!(matches!(refused, Err(KeysError::NotAKey { .. })), "{refused:?}");
}

/// A project whose keys are files, two of them put aside, one in use.
fn of_files() -> Scene {
    let scene = Scene::new(&bound("web", "i-1, i-2"));
    for destroy in [false, true, false, true, false] {
        scene.apply(destroy);
    }
    scene
}

fn migrated(scene: &Scene, source: &MigrationSource) -> Result<usize, KeysError> {
    let mut moved = Vec::new();
    let answer = keys(scene).migrate(source, &mut |one: &Migrated| moved.push(one.clone()));
    answer.map(|()| moved.len())
}

#[test]
fn all_keys_move_to_another_vault_and_back() {
    let mut scene = of_files();
    let held = scene.held();
    assert_eq!(held.len(), 3);
    scene.write("keyform.yaml", &format!("{PROJECT}{COMMAND}"));
    let directory = MigrationSource::Directory("keys".into());
    assert_eq!(migrated(&scene, &directory).expect("they move"), 3);
    let pem = |path: &std::path::PathBuf| path.extension().is_some_and(|end| end == "pem");
    assert!(!scene.disk.files().keys().any(pem), "no file is left");
    assert_eq!(scene.held(), held, "and no key is lost");
    assert_eq!(scene.programs.names(), ["web"]);
    scene.apply(false);
    assert_eq!(scene.held(), held);

    scene.write("keyform.yaml", PROJECT);
    let text = format!("{PROJECT}{COMMAND}");
    let earlier = MigrationSource::Project { path: "old.yaml".into(), text };
    assert_eq!(migrated(&scene, &earlier).expect("they move"), 3);
    assert_eq!(scene.programs.names(), [""; 0], "they were put aside there");
    let files = scene.disk.files().keys().filter(|path| pem(path)).count();
    assert_eq!(files, 3);
    scene.apply(false);
    scene.nothing_is_lost();
}

#[test]
fn a_move_that_fails_anywhere_loses_no_key_and_goes_on() {
    let mut before = of_files();
    before.write("keyform.yaml", &format!("{PROJECT}{COMMAND}"));
    let held = before.held();
    let source = MigrationSource::Directory("keys".into());
    let whole = before.fork();
    migrated(&whole, &source).expect("they move");
    for run in 0..whole.programs.runs() {
        for failure in [PlayedFailure::Before, PlayedFailure::After] {
            let scene = before.fork();
            scene.programs.fail_at(run, failure);
            // A failed look at what may have arrived only makes it arrive again.
            let _ = migrated(&scene, &source);
            assert_eq!(scene.held(), held, "{failure:?} at {run}");
            migrated(&scene, &source).expect("it goes on");
            assert_eq!(scene.held(), held, "{failure:?} at {run}");
            assert_eq!(scene.programs.kept().len(), 3, "{failure:?} at {run}");
        }
    }
    let operations = whole.disk.operations() - before.disk.operations();
    let first = before.disk.operations();
    for operation in first..first + operations {
        let scene = before.fork();
        scene.disk.stop_at(operation);
        let _ = migrated(&scene, &source);
        scene.crash();
        assert_eq!(scene.held(), held, "stopped at {operation}");
        migrated(&scene, &source).expect("it goes on");
        assert_eq!(scene.held(), held, "stopped at {operation}");
    }
}

#[test]
fn keys_are_not_moved_to_where_they_are_and_no_key_is_replaced() {
    let mut scene = of_files();
    let held = scene.held();
    let there = MigrationSource::Directory("./keys".into());
    assert!(matches!(
        migrated(&scene, &there),
        Err(KeysError::Migration(MigrationError::ToItself(_)))
    ));
    let same = MigrationSource::Project { path: "old.yaml".into(), text: PROJECT.to_owned() };
    assert!(matches!(
        migrated(&scene, &same),
        Err(KeysError::Migration(MigrationError::ToItself(_)))
    ));
    let broken = MigrationSource::Project { path: "old.yaml".into(), text: "a: b".to_owned() };
    assert!(matches!(
        migrated(&scene, &broken),
        Err(KeysError::Migration(MigrationError::NotAProject { .. }))
    ));
    assert_eq!(scene.held(), held);

    scene.write("keyform.yaml", &format!("{PROJECT}{COMMAND}"));
    let other = PooledKeys::new(12).generate().expect("a key");
    let print = other.public_key().fingerprint();
    scene.programs.plant("web", &print.hex(), other.pem().as_bytes());
    let directory = MigrationSource::Directory("keys".into());
    assert!(matches!(migrated(&scene, &directory), Err(KeysError::Vault(_))));
    let mut all = held.clone();
    all.insert(print);
    assert_eq!(scene.held(), all, "nothing was replaced, nothing is lost");
}

#[test]
fn what_a_vault_has_is_shown_as_it_is() {
    let scene = fleet();
    scene.apply(false);
    scene.programs.plant("web", "00", b"hunter2");
    let rows = keys(&scene).check().expect("it is looked at");
    assert_eq!(states(&rows), [("web".to_owned(), HeldState::Unusable)]);
    assert!(!format!("{rows:?}").contains("hunter2"));
}
