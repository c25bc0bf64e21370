//! The planner's decisions as tables: what is so, and what is decided about one object. Read
//! together they are the specification; each row is a plan of its own.

mod bindings;
mod effect;
mod generations;
mod instances;
mod limits;
mod lost;
mod pairs;
mod regions;
mod releases;
mod rotations;
mod targets;
mod waiting;

use std::{fmt::Write as _, sync::Arc};

use keyform::{
    ecs::{CallError, Instance, Request, Response, Transport},
    model::{Address, Tags},
    plan::{Action, Cause, Note, NoteKind, Plan, Step},
    session::{PlanOptions, SessionError},
    state::Change,
};

use super::{
    coded::{coded, says},
    scene::{INVENTORY, Scene},
};

/// A plan, or why there is none.
type Planned = Result<Plan, String>;

/// What is so, the plan that is made of it, and the decision: a line for each step about the object
/// and each note of it. A note is told by its code, and by those of its fields that matter.
type Row = (String, Planned, &'static [&'static str]);

fn row(situation: &str, planned: Planned, decision: &'static [&'static str]) -> Row {
    (situation.to_owned(), planned, decision)
}

/// Panics unless every plan decides about the object at an address what its row says.
#[track_caller]
fn table(about: &str, rows: Vec<Row>) {
    let address = Address::parse(about).expect("an address");
    let mut wrong = String::new();
    for (situation, planned, decision) in rows {
        let found = decided(&planned, &address);
        let is_so = |(found, line): (&String, &&str)| says(found, line);
        if found.len() != decision.len() || !found.iter().zip(decision).all(is_so) {
            let _ = writeln!(wrong, "{situation}\n    not {decision:?}\n    but {found:?}");
        }
    }
    assert!(wrong.is_empty(), "about {about}:\n{wrong}");
}

/// What a plan decides about an object.
fn decided(planned: &Planned, address: &Address) -> Vec<String> {
    match planned {
        Ok(plan) => {
            let steps = plan.steps.iter().filter_map(|step| done(step, address));
            let notes = plan.notes.iter().filter(|note| note.address == *address).map(said);
            steps.chain(notes).collect()
        }
        Err(error) => vec![format!("no plan: {error}")],
    }
}

/// What a step does to an object, if it does anything to it.
fn done(step: &Step, address: &Address) -> Option<String> {
    let action = &step.action;
    if let Action::Record { changes } = action {
        let change = changes.iter().find(|change| change.address() == *address)?;
        let is_guest = matches!(change, Change::Guest(..));
        let is_forgotten =
            matches!(change, Change::Removed(_)) || (is_guest && step.cause != Cause::Found);
        return Some(if is_forgotten { "forget" } else { "write down" }.to_owned());
    }
    match address {
        Address::Key(key) => match action {
            Action::MakeKey { name, .. } if name == key => Some("make".to_owned()),
            Action::CreatePair { name, .. } if name == key => Some("create".to_owned()),
            Action::RetireKey { name, .. } if name == key => Some("put aside".to_owned()),
            _ => None,
        },
        Address::Pair(region, pair) => {
            let (name, words) = done_to_pair(action)?;
            (action.region() == Some(region) && name == pair.as_str()).then_some(words)
        }
        Address::Instance(at) | Address::Deferred(at) => {
            let item = action.items().iter().find(|item| item.id == at.id);
            let item = item.filter(|_| action.region() == Some(&at.region))?;
            let before = item.bound.as_ref().map(|bound| format!(" instead of {bound}"));
            let whose = item.foreign.as_ref().map(|owner| format!(", a pair of {owner}"));
            Some(match action {
                Action::Defer { name: Some(name), .. } => {
                    format!("later: bind to {name}{}", before.unwrap_or_default())
                }
                Action::Defer { name: None, .. } => "later: unbind".to_owned(),
                Action::Attach { name, .. } => {
                    format!(
                        "bind to {name}{}{}",
                        before.unwrap_or_default(),
                        whose.unwrap_or_default()
                    )
                }
                Action::Detach { name, .. } => format!("unbind from {name}"),
                _ => "restart".to_owned(),
            })
        }
    }
}

/// The pair that a step is about, and what it does to it.
fn done_to_pair(action: &Action) -> Option<(&str, String)> {
    let (name, words) = match action {
        Action::ImportPair { name, .. } => (name, "import".to_owned()),
        Action::CreatePair { name, .. } => (name, "create".to_owned()),
        Action::GroupPair { name, resource_group, .. } => {
            (name, format!("put into {resource_group}"))
        }
        Action::AdoptPair { name, owner, .. } => (name, format!("take over from {owner}")),
        Action::TagPair { name, .. } => (name, "set its tags".to_owned()),
        Action::UntagPair { name, keys, .. } => (name, format!("remove tags {}", keys.join(", "))),
        Action::DeletePair { name, .. } => (name, "delete".to_owned()),
        _ => return None,
    };
    Some((name.as_str(), words))
}

fn said(note: &Note) -> String {
    let kind = match note.kind {
        NoteKind::Blocked => "blocked",
        NoteKind::Waiting => "waiting",
        NoteKind::Warning => "told",
        NoteKind::Drift => "changed",
        NoteKind::Skipped => "passed over",
        NoteKind::Due => "due",
    };
    format!("{kind}: {}", coded(&note.reason))
}

/// Why there is no plan, by its code.
fn no_plan(error: SessionError) -> String {
    match error {
        SessionError::Plan(error) => coded(&error),
        other => other.to_string(),
    }
}

fn planned(scene: &Scene) -> Planned {
    scene.try_plan(false, false).map_err(no_plan)
}

/// The plan of a scene in which the service tells of its instances what a test says.
fn planned_of(scene: &Scene, tell: impl Fn(&mut Instance) + Send + Sync + 'static) -> Planned {
    let telling = |inner| Arc::new(Telling { inner, tell }) as Arc<dyn Transport>;
    let session = scene.session_of(scene.surroundings(), telling).expect("it opens");
    let planned = session.plan(PlanOptions::default());
    planned.map(|planned| planned.plan).map_err(no_plan)
}

struct Telling<F> {
    inner: Arc<dyn Transport>,
    tell: F,
}

impl<F: Fn(&mut Instance) + Send + Sync> Transport for Telling<F> {
    fn call(&self, request: &Request) -> Result<Response, CallError> {
        let mut response = self.inner.call(request)?;
        if let Response::Instances(page) = &mut response {
            page.instances.iter_mut().for_each(&self.tell);
        }
        Ok(response)
    }
}

/// The documents of several manifests.
fn documents(parts: &[String]) -> String {
    parts.join("---\n")
}

fn key_pair(name: &str, spec: &str) -> String {
    format!("apiVersion: keyform/v1\nkind: KeyPair\nmetadata: {{name: {name}}}\nspec: {{{spec}}}\n")
}

/// A Binding with `spec` besides its key pair.
fn binding(name: &str, pair: &str, spec: &str) -> String {
    format!(
        "apiVersion: keyform/v1\nkind: Binding\nmetadata: {{name: {name}}}\nspec: {{keyPair: \
         {pair}, {spec}}}\n"
    )
}

/// The same project, in which `i-2` has these fields in the inventory.
fn with_fields(scene: &Scene, fields: &str) -> Scene {
    let mut scene = scene.fork();
    scene.write(
        "inventory.yaml",
        &INVENTORY.replace("name: two}", &format!("name: two, {fields}}}")),
    );
    scene
}

/// The same project with other manifests.
fn saying(scene: &Scene, manifests: &str) -> Scene {
    let mut scene = scene.fork();
    scene.write("web.yaml", manifests);
    scene
}

/// The same project after something.
fn after(scene: &Scene, happens: impl FnOnce(&Scene)) -> Scene {
    let scene = scene.fork();
    happens(&scene);
    scene
}

fn tags<const N: usize>(tags: [(&str, &str); N]) -> Tags {
    tags.map(|(key, value)| (key.to_owned(), value.to_owned())).into()
}
