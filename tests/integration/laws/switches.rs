//! The laws under each guess about the service: a fixed set of stories, told with each switch of the
//! embedded cloud alone. Whatever the service really does, it does one of these.

use keyform::{emulator::Switches, session::Applied};

use super::scene::{Scene, bound, bound_created};

/// Stories, each with the manifests that follow one another.
const STORIES: [(&str, &[&str]); 5] = [
    ("made and bound", &["i-1, i-2"]),
    ("created in the cloud and bound", &["created i-1, i-2"]),
    ("moved", &["i-1, i-2", "i-2, i-3"]),
    ("unbound", &["i-1, i-2", ""]),
    ("rotated", &["i-1, i-2", "rotated i-1, i-2"]),
];

/// What the manifests say: instances of one pair, of its second generation or created in the cloud if
/// that is said.
fn manifests(said: &str) -> String {
    if let Some(instances) = said.strip_prefix("created ") {
        return bound_created("web", instances);
    }
    match said.strip_prefix("rotated ") {
        None => bound("web", said),
        Some(instances) => {
            let generation = "{generation: 2, tags: {team: laws}}";
            bound("web", instances).replace("{tags: {team: laws}}", generation)
        }
    }
}

/// One story to its end: each change is applied, the plan after it is empty, and nothing is lost on
/// the way.
fn tell(scene: &mut Scene, changes: &[&str]) {
    for change in changes {
        scene.write("web.yaml", &manifests(change));
        let ran = scene.run(false, Vec::new());
        let Ok(Applied::Ran { report, .. }) = &ran.outcome else { panic!("{:?}", ran.outcome) };
        assert!(report.is_complete(), "one run is enough: {report:#?}");
        assert!(scene.plan(false).is_empty(), "the next plan sees what the run has done (L1)");
        scene.converge(false);
        scene.nothing_is_lost();
    }
}

#[test]
fn every_story_ends_well_under_each_switch_alone() {
    for switch in Switches::ALL {
        for (name, changes) in STORIES {
            let ended = std::panic::catch_unwind(|| {
                let mut scene = Scene::new("").over_http();
                (switch.turn)(&mut scene.switches);
                tell(&mut scene, changes);
                scene.converge(true);
                scene.nothing_is_lost();
            });
            assert!(ended.is_ok(), "{name}, {switch:?}: see the panic above");
        }
    }
}

/// Each story comes to the same end under each switch: how the service answers changes nothing of
/// what is done.
#[test]
fn every_story_ends_in_the_same_place_under_each_switch() {
    for (name, changes) in STORIES {
        let end = |switches: Switches| {
            let mut scene = Scene::new("");
            scene.switches = switches;
            tell(&mut scene, changes);
            scene.end()
        };
        let usual = end(Switches::default());
        for switch in Switches::ALL {
            let mut switches = Switches::default();
            (switch.turn)(&mut switches);
            assert_eq!(end(switches), usual, "{name}, {switch:?}");
        }
    }
}
