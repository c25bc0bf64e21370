//! L10: same input, same bytes. What people may write in any order is planned the same in any order.

use std::{collections::BTreeMap, path::Path};

use keyform::{
    plan::Plan,
    render,
    session::{Engine, PlanOptions},
};
use proptest::{
    prelude::*,
    test_runner::{Config, RngSeed, TestRunner},
};
use serde_json::Value;

use super::scene::{PROJECT, Scene};

/// The documents of a project, each with its fields in an order of its own.
const DOCUMENTS: [&str; 6] = [
    "apiVersion: keyform/v1\nkind: KeyPair\nmetadata: {name: web}\nspec:\n  tags: {team: laws, env: \
     prod}\n  generation: 2\n",
    "apiVersion: keyform/v1\nkind: KeyPair\nmetadata: {name: ops}\n",
    "apiVersion: keyform/v1\nkind: KeyPair\nmetadata: {name: spare}\nspec:\n  protect: true\n  tags: \
     {a: one, b: two, c: three}\n",
    "apiVersion: keyform/v1\nkind: Binding\nmetadata: {name: web-fleet}\nspec:\n  keyPair: web\n  \
     instances: [i-04, i-00, i-02, i-06]\n",
    "apiVersion: keyform/v1\nkind: Binding\nmetadata: {name: ops-fleet}\nspec:\n  keyPair: ops\n  \
     instances: [i-05, i-01, i-03]\n",
    "apiVersion: keyform/v1\nkind: Binding\nmetadata: {name: workers}\nspec:\n  selector: {tags: \
     {role: worker}}\n  keyPair: ops\n",
];

/// More instances than one page has, with these in front.
fn inventory(first: &[usize]) -> String {
    let mut text =
        "apiVersion: keyform/v1\nkind: Inventory\nspec:\n  restartTime: 1s\n  instances:\n"
            .to_owned();
    let rest = (0..130).filter(|number| !first.contains(number));
    for number in first.iter().copied().chain(rest) {
        let role = if number > 120 { "worker" } else { "web" };
        let stopped = if number == 2 { ", status: Stopped" } else { "" };
        text.push_str(&format!(
            "  - {{region: cn-hangzhou, tags: {{role: {role}}}, id: i-{number:02}{stopped}}}\n"
        ));
    }
    text
}

/// A document with the lines of its spec turned round, and its top fields in another order.
fn turned(document: &str) -> String {
    let (head, spec) = document.split_once("spec:\n").unwrap_or((document, ""));
    let mut lines: Vec<_> = head.lines().collect();
    lines.reverse();
    let mut text = format!("{}\n", lines.join("\n"));
    if !spec.is_empty() {
        let mut fields: Vec<_> = spec.lines().collect();
        fields.reverse();
        text = format!("spec:\n{}\n{text}", fields.join("\n"));
    }
    text
}

/// The documents in this order, in so many files of these names.
fn scene(order: &[usize], files: usize, turn: &[bool], instances: &[usize]) -> Scene {
    let mut scene = Scene::new("");
    scene.write("keyform.yaml", PROJECT);
    scene.write("inventory.yaml", &inventory(instances));
    let mut texts: BTreeMap<String, String> = BTreeMap::new();
    for (place, &index) in order.iter().enumerate() {
        let document = DOCUMENTS[index];
        let document = if turn[index] { turned(document) } else { document.to_owned() };
        let file = format!("{}.yaml", ["zebra", "mole", "ant"][place % files]);
        let text = texts.entry(file).or_default();
        text.push_str("---\n");
        text.push_str(&document);
    }
    for (file, text) in texts {
        scene.write(&file, &text);
    }
    scene
}

/// A plan without the places where things were written.
fn bare(plan: &Plan) -> (String, String, String) {
    let mut document = serde_json::to_value(plan).expect("JSON");
    without_origins(&mut document);
    let mut plan = plan.clone();
    plan.steps.iter_mut().for_each(|step| step.origin = None);
    plan.notes.iter_mut().for_each(|note| note.origin = None);
    (document.to_string(), render::plan::text(&plan, Path::new(".")), plan.digest)
}

fn without_origins(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            // The checksum covers the origins.
            fields.remove("origin");
            fields.remove("checksum");
            fields.values_mut().for_each(without_origins);
        }
        Value::Array(items) => items.iter_mut().for_each(without_origins),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn planned(scene: &Scene, engine: Engine) -> (String, String, String) {
    let surroundings = keyform::session::Context { engine, ..scene.surroundings() };
    let session = scene.session_of(surroundings, |inner| inner).expect("it opens");
    bare(&session.plan(PlanOptions::default()).expect("there is a plan").plan)
}

#[test]
fn the_order_of_files_documents_fields_and_instances_changes_no_byte_of_a_plan() {
    let straight = scene(&[0, 1, 2, 3, 4, 5], 1, &[false; 6], &[]);
    let inline = || Engine::Inline(straight.clock.clone());
    let expected = planned(&straight, inline());
    assert!(expected.1.contains("workers"), "{}", expected.1);
    assert_eq!(planned(&straight, Engine::Threads(7)), expected, "threads");
    let orders = (
        Just(vec![0, 1, 2, 3, 4, 5]).prop_shuffle(),
        1_usize..4,
        prop::array::uniform6(any::<bool>()),
        Just((0..130).collect::<Vec<usize>>()).prop_shuffle(),
    );
    let config = Config {
        cases: 40,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(1),
        ..Config::default()
    };
    let told = TestRunner::new(config).run(&orders, |(order, files, turn, instances)| {
        let found = planned(&scene(&order, files, &turn, &instances), inline());
        prop_assert_eq!(&found.2, &expected.2, "the digest");
        prop_assert_eq!(&found.1, &expected.1, "the text");
        prop_assert_eq!(&found.0, &expected.0, "the document");
        Ok(())
    });
    if let Err(error) = told {
        panic!("{error}");
    }
}
