//! What people do with a project, each told up to the plan that does it.

use keyform::{
    ecs::{Request, Transport},
    model::{CloudName, Tags},
};

use crate::laws::scene::{Scene, bound, bound_given, persons_key, region};

/// A project before a plan is made, and whether the plan destroys it.
pub(super) struct Story {
    pub(super) name: &'static str,
    pub(super) scene: Scene,
    pub(super) destroy: bool,
}

/// All of them. Together their plans have every kind of step that calls the service.
pub(super) fn all() -> Vec<Story> {
    let told = [
        ("make", Scene::new(&bound("web", "i-1, i-2, i-3"))),
        ("rotate", rotated()),
        ("rotate again", rotated_again()),
        ("move", moved()),
        ("detach", changed(&bound("web", "i-1, i-2"))),
        ("delete", changed(&bound("ops", "i-1"))),
        ("tag", changed(&bound("web", "i-1, i-2, i-3").replace("team: laws", "owner: ann"))),
        ("adopt", adopted()),
        ("select", selecting()),
        ("several regions", several_regions(false)),
        ("created by the service in several regions", several_regions(true)),
        ("make in a group", Scene::new(&in_group("rg-a1"))),
        ("into a group", changed(&in_group("rg-a1"))),
        ("into another group", regrouped()),
    ];
    let story = |(name, scene)| Story { name, scene, destroy: false };
    let destroyed = Story { name: "destroy", scene: applied(), destroy: true };
    told.into_iter().map(story).chain([destroyed]).collect()
}

/// A pair that three instances are bound to.
pub(super) fn applied() -> Scene {
    let scene = Scene::new(&bound("web", "i-1, i-2, i-3"));
    scene.apply(false);
    scene
}

fn changed(text: &str) -> Scene {
    let mut scene = applied();
    scene.write("web.yaml", text);
    scene
}

fn generation(number: u32) -> String {
    let spec = format!("spec: {{generation: {number}, tags");
    bound("web", "i-1, i-2, i-3").replace("spec: {tags", &spec)
}

fn rotated() -> Scene {
    changed(&generation(2))
}

/// The first generation is deleted by the second rotation.
fn rotated_again() -> Scene {
    let mut scene = rotated();
    scene.apply(false);
    scene.write("web.yaml", &generation(3));
    scene
}

fn moved() -> Scene {
    let both = |web: &str, ops: &str| format!("{}---\n{}", bound("web", web), bound("ops", ops));
    let mut scene = Scene::new(&both("i-1, i-2", "i-3"));
    scene.apply(false);
    scene.write("web.yaml", &both("i-1", "i-2, i-3"));
    scene
}

/// A pair that someone made of the key that the manifest has.
fn adopted() -> Scene {
    let given = bound_given("ops", "i-1", persons_key(0).openssh());
    let scene = Scene::new(&given.replace("spec: {tags", "spec: {adopt: true, tags"));
    let request = Request::ImportKeyPair {
        region: region(),
        key_pair_name: CloudName::new("ops"),
        public_key_body: persons_key(0).openssh().to_owned(),
        tags: Tags::from([("team".to_owned(), "theirs".to_owned())]),
        resource_group_id: None,
    };
    scene.cloud().call(&request).expect("it is imported");
    scene
}

/// Instances by their tag.
fn selecting() -> Scene {
    let mut scene =
        Scene::new(&bound("web", "").replace("instances: []", "selector: {tags: {role: web}}"));
    let inventory = crate::laws::scene::INVENTORY;
    let tagged = |name: &str| format!("name: {name}, tags: {{role: web}}}}");
    let inventory = inventory.replace("name: one}", &tagged("one"));
    scene.write("inventory.yaml", &inventory.replace("name: two}", &tagged("two")));
    scene
}

/// A pair in a resource group.
fn in_group(group: &str) -> String {
    let spec = format!("spec: {{resourceGroup: {group}, tags");
    bound("web", "i-1, i-2, i-3").replace("spec: {tags", &spec)
}

fn regrouped() -> Scene {
    let mut scene = changed(&in_group("rg-a1"));
    scene.apply(false);
    scene.write("web.yaml", &in_group("rg-b2"));
    scene
}

/// A pair of two regions. If the service creates it in the first one, its public half is imported in
/// the other.
fn several_regions(is_created: bool) -> Scene {
    let text = "apiVersion: keyform/v1\nkind: KeyPair\nmetadata: {name: web}\nspec: {regions: \
                [cn-hangzhou, cn-beijing]}\n---\n\
                apiVersion: keyform/v1\nkind: Binding\nmetadata: {name: near}\nspec: {keyPair: \
                web, region: cn-hangzhou, instances: [i-1]}\n---\n\
                apiVersion: keyform/v1\nkind: Binding\nmetadata: {name: far}\nspec: {keyPair: \
                web, region: cn-beijing, instances: [i-9]}\n";
    let created = text.replace("{regions: ", "{createInCloud: true, regions: ");
    let mut scene = Scene::new(if is_created { &created } else { text });
    let inventory = crate::laws::scene::INVENTORY;
    scene.write("inventory.yaml", &format!("{inventory}  - {{id: i-9, region: cn-beijing}}\n"));
    scene
}
