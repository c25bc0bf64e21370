//! What a share is a share of.

use super::{binding, documents, key_pair};
use crate::laws::scene::{INVENTORY, PROJECT, Scene};

/// Two bindings of which one selects what the other lists, with these policies; `i-1` to `i-4`.
fn overlapping(policy: &str, limits: &str) -> Scene {
    let mut scene = Scene::new(&documents(&[
        key_pair("ops", ""),
        key_pair("web", ""),
        binding("all", "web", &format!("selector: {{tags: {{role: web}}}}, restart: {{{policy}}}")),
        binding("some", "ops", &format!("instances: [i-1, i-2], restart: {{{policy}}}")),
    ]));
    let inventory = format!("{INVENTORY}  - {{id: i-4, region: cn-hangzhou, name: four}}\n");
    scene.write("inventory.yaml", &inventory.replace(", name: ", ", tags: {role: web}, name: "));
    scene.write("keyform.yaml", &format!("{PROJECT}{limits}"));
    scene
}

/// Half of four instances are two, also where two bindings want one.
#[test]
fn an_instance_that_two_bindings_want_counts_once_in_a_share() {
    let project = overlapping("when: now", "  limits: {unavailable: \"50%\"}\n");
    let group = overlapping("when: now, maxUnavailable: \"50%\", group: tier", "");
    for (name, scene) in [("project", project), ("group", group)] {
        let plan = scene.plan(false);
        let shares: Vec<_> = plan.limits.iter().map(|limit| limit.unavailable_max).collect();
        assert_eq!(shares, [2], "{name}");
    }
}
