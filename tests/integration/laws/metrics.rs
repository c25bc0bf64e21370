//! Metrics: what each is by a known project, and that the same project has the same bytes (L10).

use std::{collections::BTreeSet, time::Duration};

use keyform::{render, session::Session};

use super::{
    decisions::detach,
    scene::{Scene, bound},
};
use crate::readme::read;

fn session(scene: &Scene) -> Session {
    scene.session_of(scene.surroundings(), |inner| inner).expect("it opens")
}

fn metrics(scene: &Scene) -> String {
    let session = session(scene);
    let measured = session.measure(session.look().expect("a plan")).expect("a measurement");
    render::metrics::text(&measured, &session.calls())
}

/// A project with an old key, an instance that others have unbound, and one that waits for people.
fn aged() -> Scene {
    let web = bound("web", "i-1, i-2").replace("spec: {tags", "spec: {rotateAfter: 90d, tags");
    let ops = bound("ops", "i-3")
        .replace("instances: [i-3]", "instances: [i-3], restart: {when: manual}");
    let scene = Scene::new(&format!("{web}---\n{ops}"));
    scene.apply(false);
    scene.pass(Duration::from_secs(100 * 86_400));
    detach(&scene, "web", &["i-1"]);
    scene
}

#[test]
fn each_metric_has_its_help_its_unit_and_its_samples_in_order() {
    insta::assert_snapshot!(metrics(&aged()));
}

#[test]
fn the_same_project_at_the_same_moment_has_the_same_bytes() {
    let scene = aged();
    let first = metrics(&scene);
    for _ in 0..5 {
        assert_eq!(metrics(&scene.fork()), first);
    }
}

/// What Prometheus asks of its text form: each sample stands below the HELP and TYPE of its metric,
/// and none is there twice.
#[test]
fn every_sample_belongs_to_a_metric_and_is_there_once() {
    let (text, page) = (metrics(&aged()), read("docs/metrics.md"));
    let mut described = "";
    let mut met = BTreeSet::new();
    for line in text.lines() {
        if let Some(help) = line.strip_prefix("# HELP ") {
            described = help.split(' ').next().expect("a name");
            assert!(met.insert(described), "{described} is described twice");
            assert!(page.contains(&format!("\n| `{described}` | ")), "{described} is on no page");
        } else if let Some(kind) = line.strip_prefix("# TYPE ") {
            assert_eq!(kind, format!("{described} gauge"));
        } else {
            let (series, value) = line.rsplit_once(' ').expect("a value");
            assert!(series.starts_with(&format!("{described}{{project=\"laws\"")), "{line}");
            assert!(met.insert(series), "{series} is there twice");
            assert!(value.parse::<i64>().is_ok(), "{line}");
        }
    }
    assert_eq!(page.matches("\n| `keyform_").count(), text.matches("# HELP ").count());
}
