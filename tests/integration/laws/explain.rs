//! The stories that `plan --explain` tells: the page in the docs is what the program says.

use std::path::Path;

use keyform::{
    emulator::Fact,
    model::{Address, InstanceId},
    render::explain,
    session::PlanOptions,
};

use super::{
    decisions::applied,
    scene::{INVENTORY, Scene, bound, region},
};

const HEAD: &str = "# Why, and why not\n\n`keyform plan --explain ADDRESS` tells the story of one \
    object: what is desired, recorded and observed of it, and what\nwas decided. These are real \
    stories; a test keeps them so.\n";

/// A story about an object of a scene.
fn story(scene: &Scene, address: &str) -> String {
    let session = scene.session_of(scene.surroundings(), |inner| inner).expect("it opens");
    let planned = session.plan(PlanOptions::default()).expect("there is a plan");
    let known = explain::Known {
        desired: Some(session.desired()),
        recorded: &planned.recorded,
        observed: &planned.observed,
        plan: &planned.plan,
        project: Path::new("."),
    };
    let address = Address::parse(address).expect("an address");
    let text = explain::text(known, &address).expect("something is known of it");
    anstream::adapter::strip_str(&text).to_string()
}

fn unbound() -> Scene {
    let scene = applied();
    scene.happen(Fact::Unbound {
        region: region(),
        key_pair_name: keyform::model::CloudName::new("web"),
        instance_ids: vec![InstanceId::new("i-2")],
    });
    scene
}

fn with_inventory(scene: &Scene, before: &str, after: &str) -> Scene {
    let mut scene = scene.fork();
    scene.write("inventory.yaml", &INVENTORY.replace(before, after));
    scene
}

fn cases() -> Vec<(&'static str, Scene, &'static str)> {
    let new = || Scene::new(&bound("web", "i-1, i-2, i-3"));
    let rotation = || {
        let mut scene = applied();
        let text = bound("web", "i-1, i-2, i-3");
        scene.write("web.yaml", &text.replace("spec: {tags", "spec: {generation: 2, tags"));
        scene
    };
    let foreign = new();
    foreign.import_foreign("theirs");
    foreign.bind("theirs", "i-3");
    let stopped = new();
    stopped.happen(Fact::Stopped { region: region(), instance_ids: vec![InstanceId::new("i-2")] });
    let mut removed = applied();
    removed.write("web.yaml", &bound("web", "i-1, i-2"));
    let lost = applied();
    lost.remove("keys/web.pem");
    let hold = ("name: two}", "name: two, tags: {\"keyform:hold\": \"2026-11-25T12:00:00Z\"}}");
    vec![
        ("An instance that gets its first key", new(), "instance/cn-hangzhou/i-2"),
        ("An instance that is as it should be", applied(), "instance/cn-hangzhou/i-2"),
        ("An instance that somebody else unbound", unbound(), "instance/cn-hangzhou/i-2"),
        ("An instance of a foreign pair", foreign, "instance/cn-hangzhou/i-3"),
        ("An instance that is Stopped", stopped, "instance/cn-hangzhou/i-2"),
        (
            "An instance that somebody holds",
            with_inventory(&new(), hold.0, hold.1),
            "instance/cn-hangzhou/i-2",
        ),
        ("An instance that no manifest wants any more", removed, "instance/cn-hangzhou/i-3"),
        ("An instance in a rotation", rotation(), "instance/cn-hangzhou/i-1"),
        ("The generation before, in a rotation", rotation(), "pair/cn-hangzhou/web"),
        ("The next generation", rotation(), "pair/cn-hangzhou/web-g2"),
        ("A private key that is not on this machine", lost, "key/web"),
    ]
}

#[test]
fn the_page_of_stories_is_what_the_program_says() {
    let mut page = HEAD.to_owned();
    for (title, scene, address) in cases() {
        page.push_str(&format!("\n## {title}\n\n```console\n$ keyform plan --explain {address}\n"));
        page.push_str(&story(&scene, address));
        page.push_str("```\n");
    }
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/explaining.md");
    let kept = std::fs::read_to_string(file).unwrap_or_default();
    assert!(kept == page, "docs/explaining.md is not true any more; this is:\n{page}");
}
