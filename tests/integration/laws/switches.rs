//! The laws under each guess about the service: a fixed set of stories, told with each switch of the
//! embedded cloud alone. Whatever the service really does, it does one of these.

use keyform::{emulator::Switches, session::Applied};

use super::scene::{Scene, bound};

/// Stories, each with the manifests that follow one another.
const STORIES: [(&str, &[&str]); 4] = [
    ("made and bound", &["i-1, i-2"]),
    ("moved", &["i-1, i-2", "i-2, i-3"]),
    ("unbound", &["i-1, i-2", ""]),
    ("rotated", &["i-1, i-2", "rotated i-1, i-2"]),
];

/// What the manifests say: instances of one pair, of its second generation if that is said.
fn manifests(said: &str) -> String {
    match said.strip_prefix("rotated ") {
        None => bound("web", said),
        Some(instances) => {
            let generation = "{generation: 2, tags: {team: laws}}";
            bound("web", instances).replace("{tags: {team: laws}}", generation)
        }
    }
}

/// Whether reads of the cloud show a write at once.
fn shows_at_once(scene: &Scene) -> bool {
    scene.switches.read_lag.is_zero()
}

/// One story to its end: each change is applied, the plan after it is empty, and nothing is lost on
/// the way.
fn tell(scene: &mut Scene, changes: &[&str]) {
    for change in changes {
        scene.write("web.yaml", &manifests(change));
        if shows_at_once(scene) {
            let ran = scene.run(false, Vec::new());
            let Ok(Applied::Ran { report, .. }) = &ran.outcome else { panic!("{:?}", ran.outcome) };
            assert!(report.is_complete(), "one run is enough: {report:#?}");
        }
        scene.converge(false);
        scene.nothing_is_lost();
    }
}

#[test]
fn every_story_ends_well_under_each_switch_alone() {
    for switch in Switches::ALL {
        for (name, changes) in STORIES {
            let ended = std::panic::catch_unwind(|| {
                let mut scene = Scene::new("");
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
            let mut end = scene.end();
            // How often it is restarted is the same too, but for what a run could not see.
            if !shows_at_once(&scene) {
                end.instances.values_mut().for_each(|instance| instance.3 = 0);
            }
            end
        };
        let usual = end(Switches::default());
        for switch in Switches::ALL {
            let mut switches = Switches::default();
            (switch.turn)(&mut switches);
            let mut usual = usual.clone();
            if !switches.read_lag.is_zero() {
                usual.instances.values_mut().for_each(|instance| instance.3 = 0);
            }
            assert_eq!(end(switches), usual, "{name}, {switch:?}");
        }
    }
}
