//! L1, L2, L3: a fleet of forty is rotated forth, back, and forth again, and interrupted at every
//! call: at every moment every instance can be logged on to with a key that the vault holds.

#![expect(clippy::print_stdout, reason = "the number of interruptions is part of the result")]

use std::{
    collections::BTreeSet,
    fmt::Write as _,
    sync::{Arc, Mutex},
};

use keyform::{
    ecs::{CallError, Request, Response, Transport},
    emulator::{Act, Fault, When},
    model::{Fingerprint, InstanceId},
};

use super::scene::{Scene, region};

const SIZE: usize = 40;

fn ids() -> Vec<InstanceId> {
    (0..SIZE).map(|number| InstanceId::new(format!("i-{number:02}"))).collect()
}

fn inventory() -> String {
    let mut text = "apiVersion: keyform/v1\nkind: Inventory\nspec:\n  restartTime: 30s\n  \
                    startTimePrecision: second\n  instances:\n"
        .to_owned();
    for id in ids() {
        let _ = writeln!(text, "  - {{id: {id}, region: cn-hangzhou}}");
    }
    text
}

fn manifests(generation: u32) -> String {
    let names: Vec<_> = ids().iter().map(ToString::to_string).collect();
    format!(
        "apiVersion: keyform/v1\nkind: KeyPair\nmetadata: {{name: web}}\nspec: {{generation: \
         {generation}}}\n---\napiVersion: keyform/v1\nkind: Binding\nmetadata: {{name: fleet}}\n\
         spec: {{keyPair: web, instances: [{}], restart: {{when: now, maxUnavailable: \"25%\"}}}}\n",
        names.join(", ")
    )
}

/// The keys that the guests accept; none where passwords are accepted.
fn accepted(scene: &Scene) -> BTreeSet<Option<Fingerprint>> {
    scene.world(|world, now| {
        let effective = |id| world.guest(now, &region(), &id).and_then(|guest| guest.effective);
        ids().into_iter().map(effective).collect()
    })
}

/// Looks before each call whether everybody can log on.
struct LogOn {
    inner: Arc<dyn Transport>,
    scene: Scene,
    /// Which keys were accepted when the vault was last looked into.
    seen: Mutex<BTreeSet<Option<Fingerprint>>>,
}

impl Transport for LogOn {
    fn call(&self, request: &Request) -> Result<Response, CallError> {
        if !self.scene.disk.is_stopped() {
            let accepted = accepted(&self.scene);
            let mut seen = self.seen.lock().expect("no panic");
            if *seen != accepted {
                all_can_log_on(&self.scene, &accepted);
                *seen = accepted;
            }
        }
        self.inner.call(request)
    }
}

#[track_caller]
fn all_can_log_on(scene: &Scene, accepted: &BTreeSet<Option<Fingerprint>>) {
    let held = scene.held();
    for fingerprint in accepted {
        let fingerprint = fingerprint.expect("no guest goes back to passwords");
        assert!(held.contains(&fingerprint), "the vault has the key of every guest");
    }
}

fn watched(scene: &Scene, faults: Vec<Fault>) -> usize {
    let eye = scene.clone();
    let wrap = |inner| LogOn { inner, scene: eye, seen: Mutex::default() };
    scene.run_through(false, wrap, faults).calls
}

#[test]
fn a_fleet_is_rotated_forth_and_back_and_interrupted_at_every_call() {
    let mut scene = Scene::new(&manifests(1));
    scene.write("inventory.yaml", &inventory());
    scene.apply(false);
    let mut interruptions = 0;
    for generation in [2, 1, 2] {
        scene.write("web.yaml", &manifests(generation));
        let calls = watched(&scene.fork(), Vec::new());
        for call in 0..calls {
            let scene = scene.fork();
            let (hook, stopped) = scene.stopper();
            let act = Act::StopAfter(hook);
            watched(&scene, vec![Fault { when: When::Call(call), act }]);
            scene.crash();
            let scene = scene.at(*stopped.get().expect("it was stopped"));
            all_can_log_on(&scene, &accepted(&scene));
            watched(&scene, Vec::new());
            all_can_log_on(&scene, &accepted(&scene));
            let plan = scene.plan(false);
            assert!(plan.is_empty(), "generation {generation}, call {call}: {plan:#?}");
            assert_eq!(accepted(&scene).len(), 1, "all accept the same key");
            interruptions += 1;
        }
        scene.apply(false);
    }
    println!("interruptions of a rotation of {SIZE} instances: {interruptions}");
}
