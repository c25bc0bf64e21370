//! What is written down of pairs that are as they should be, and how little of it is written.

use keyform::{
    emulator::Fact,
    model::{CloudName, StepId, Tags},
    plan::Plan,
    state::{Entry, RecordPair, RecordRun, Records, fold},
};

use super::{
    decisions::applied,
    scene::{Scene, bound, region},
};

fn recorded(scene: &Scene) -> Records {
    scene.states().newest().expect("it can be read").expect("there is one").recorded
}

fn web(scene: &Scene) -> RecordPair {
    recorded(scene).pair(&region(), &CloudName::new("web")).expect("it is recorded").clone()
}

/// The applied project, and what its manifest says next of its pair.
fn then(spec: &str) -> Scene {
    let mut scene = applied();
    let text = bound("web", "i-1, i-2, i-3");
    scene.write("web.yaml", &text.replace("spec: {tags: {team: laws}}", spec));
    scene
}

#[test]
fn protection_is_written_down_and_taken_back() {
    let mut scene = then("spec: {protect: true, tags: {team: laws}}");
    scene.apply(false);
    let (of_team, record) = (Tags::from([("team".into(), "laws".into())]), web(&scene));
    assert_eq!((record.protect, record.activation, &record.tags), (true, 0, &of_team));
    scene.write("web.yaml", &bound("web", "i-1, i-2, i-3"));
    scene.apply(false);
    assert!(!web(&scene).protect);
}

#[test]
fn tags_that_somebody_set_as_they_are_wanted_are_only_written_down() {
    let scene = then("spec: {tags: {team: web}}");
    let key_pair_names = vec![CloudName::new("web")];
    let tags = Tags::from([("team".to_owned(), "web".to_owned())]);
    scene.happen(Fact::Tagged { region: region(), key_pair_names, tags: tags.clone() });
    let plan = scene.plan(false);
    assert_eq!((plan.summary.records, plan.summary.pairs_tagged), (1, 0), "{plan:#?}");
    scene.apply(false);
    assert_eq!(web(&scene).tags, tags);
}

#[test]
fn tags_that_are_removed_are_not_written_down_twice() {
    let scene = then("spec: {}");
    let plan = scene.plan(false);
    assert_eq!((plan.summary.records, plan.summary.pairs_tagged), (0, 1), "{plan:#?}");
    scene.apply(false);
    assert_eq!(web(&scene).tags, Tags::new());
}

#[test]
fn states_and_plans_say_only_what_is_not_so_everywhere() {
    let scene = applied();
    let state = serde_json::to_string(&recorded(&scene)).expect("JSON");
    assert!(!state.contains("\"activation\"") && !state.contains("\"protect\""), "{state}");
    let scene = Scene::new(&bound("web", "i-1"));
    let plan = serde_json::to_string(&scene.plan(false)).expect("JSON");
    for word in ["urgent", "pairsAdopted", "instancesTaken"] {
        assert!(!plan.contains(word), "{word}: {plan}");
    }
}

#[test]
fn what_is_written_is_read_as_it_was() {
    let mut plan = Scene::new(&bound("web", "i-1")).plan(false);
    plan.fleets[0].urgent = true;
    (plan.summary.pairs_adopted, plan.summary.instances_taken) = (1, 2);
    let text = serde_json::to_string(&plan).expect("JSON");
    assert_eq!(serde_json::from_str::<Plan>(&text).expect("a plan"), plan);
    let mut recorded = recorded(&applied());
    for pair in recorded.pairs.values_mut().flat_map(|pairs| pairs.values_mut()) {
        (pair.activation, pair.protect) = (3, true);
    }
    let text = serde_json::to_string(&recorded).expect("JSON");
    assert_eq!(serde_json::from_str::<Records>(&text).expect("records"), recorded);
}

/// Runs of two plans, one after the other or in turns.
#[test]
fn the_run_of_a_plan_goes_on_until_it_is_finished() {
    let done = |step| Entry::Outcome {
        step: StepId::new(step),
        changes: Vec::new(),
        failures: Vec::new(),
        done: true,
    };
    let mut recorded = Records::default();
    for (digest, entry) in
        [("a", done(0)), ("b", done(5)), ("a", done(1)), ("a", Entry::Finished), ("a", done(2))]
    {
        fold(&mut recorded, (digest, None), &[entry], 1);
    }
    let told = |run: &RecordRun| (run.digest.clone(), run.finished, run.steps.clone());
    let runs: Vec<_> = recorded.runs.iter().map(told).collect();
    let expected = [("b", false, vec![5]), ("a", true, vec![]), ("a", false, vec![2])];
    let expected = expected.map(|(digest, finished, steps)| {
        (digest.to_owned(), finished, steps.into_iter().map(StepId::new).collect())
    });
    assert_eq!(runs, expected);
}
