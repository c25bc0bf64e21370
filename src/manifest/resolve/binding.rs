//! `kind: Binding`.

use std::{collections::HashMap, sync::Arc};

use crate::{
    diagnostic::{Diagnostic, FieldCode, Place, PolicyCode, ReferenceCode},
    manifest::{
        Chosen, DesiredBinding, DesiredInstance, Origin,
        raw::{RawBinding, RawDocument, Text},
        reader::Reader,
        shown::shown,
        tree::At,
    },
    model::{BindingName, InstanceId, KeyPairName, Region, RestartPolicy, names::NAME_LENGTH_MAX},
};

use super::{
    Defaults, Given,
    fields::{Scope, name, region, word, written_name},
    proof::{WrittenProof, proof},
    restart::{WHEN_HELP, restart},
    selector::selector,
};

/// The most characters of an instance's id; those of the service have 22.
const INSTANCE_ID_MAX: usize = 64;

/// A Binding as far as it could be resolved.
#[derive(Debug)]
pub(in crate::manifest) struct BindingDraft {
    /// Such as "Binding `web-fleet`".
    pub(in crate::manifest) subject: String,
    /// Its name as it is written.
    pub(in crate::manifest) written: Option<String>,
    /// `None` if it has a problem.
    name: Option<BindingName>,
    /// The key pair's name as it is written, and where; `None` if it has a problem.
    pub(in crate::manifest) key_pair: Option<(String, Place)>,
    /// The region that it names, and where.
    pub(in crate::manifest) region: Given<(Region, Place)>,
    /// Which instances it has, those without a problem; `None` if nobody can say.
    chosen: Option<Chosen>,
    /// `None` if it has a problem.
    restart: Option<RestartPolicy>,
    /// Its own proof, or that of the Project.
    pub(in crate::manifest) proof: Given<Option<WrittenProof>>,
    replace_foreign: bool,
    allow_generation_one: bool,
    include_managed: bool,
    /// Where its name was written.
    pub(in crate::manifest) place: Place,
    /// The same, as plans keep it.
    origin: Origin,
}

impl BindingDraft {
    /// The instances that it names, those without a problem.
    pub(in crate::manifest) fn listed(&self) -> &[DesiredInstance] {
        self.chosen.as_ref().map_or(&[], Chosen::listed)
    }

    /// Where one of its instances was written.
    pub(in crate::manifest) fn place_of(&self, instance: &DesiredInstance) -> Place {
        Place {
            source: Arc::clone(&self.place.source),
            line: instance.origin.line,
            column: instance.origin.column,
            length: instance.id.as_str().len(),
        }
    }

    /// What it means in a region; `None` if something is wrong with it.
    pub(in crate::manifest) fn desired(self, region: Region) -> Option<DesiredBinding> {
        Some(DesiredBinding {
            name: self.name?,
            key_pair: KeyPairName::new(self.key_pair?.0),
            region,
            chosen: self.chosen?,
            restart: RestartPolicy { include_managed: self.include_managed, ..self.restart? },
            proof: self.proof.or(None)?.map(|written| written.proof),
            replace_foreign: self.replace_foreign,
            allow_generation_one: self.allow_generation_one,
            origin: self.origin,
        })
    }
}

/// Resolves a Binding of a project with these defaults.
pub(in crate::manifest) fn resolve_binding(
    raw: &RawDocument<RawBinding>,
    at: At<'_>,
    subject: String,
    defaults: &Defaults,
    reader: &dyn Reader,
    problems: &mut Vec<Diagnostic>,
) -> BindingDraft {
    let file: Arc<str> = at.source.path.as_str().into();
    let name_at = at.key("metadata").key("name");
    let scope = &mut Scope { subject: subject.clone(), problems };
    let name = name(scope, raw.metadata.as_ref(), at, NAME_LENGTH_MAX);
    let mut draft = BindingDraft {
        subject,
        written: written_name(raw),
        name: name.map(BindingName::new),
        key_pair: None,
        region: Given::Broken,
        chosen: None,
        restart: None,
        proof: Given::Broken,
        replace_foreign: false,
        allow_generation_one: false,
        include_managed: false,
        place: name_at.place(),
        origin: name_at.origin(&file),
    };
    let Some(spec) = &raw.spec else {
        let help =
            "write which `keyPair` is bound to which `instances`, or to those of which `selector`";
        scope.missing(at, "spec", "spec", help);
        // The draft keeps its name, so that a second Binding of this name is still found.
        return draft;
    };
    let at = at.key("spec");
    fill(&mut draft, scope, spec, at, defaults);
    draft.restart = match (restart(scope, spec.restart.as_ref(), at), &defaults.restart) {
        (Given::Value(own), _) => Some(own),
        (Given::Absent, Given::Value(default)) => Some(default.clone()),
        // When machines may restart has no default of keyform's own: a person says it (L9).
        (Given::Absent, Given::Absent) => {
            no_restart(scope, name_at);
            None
        }
        // A default must not take the place of a policy that a person wrote and got wrong.
        (Given::Broken, _) | (Given::Absent, Given::Broken) => None,
    };
    draft.proof = match proof(scope, spec.proof.as_ref(), at, reader) {
        Given::Absent => defaults.proof.clone(),
        own => own,
    };
    draft
}

/// Everything of a spec but when its instances may be restarted, and how that is proven.
fn fill(
    draft: &mut BindingDraft,
    scope: &mut Scope<'_>,
    spec: &RawBinding,
    at: At<'_>,
    defaults: &Defaults,
) {
    match &spec.key_pair {
        Some(Text(name)) => draft.key_pair = Some((name.clone(), at.key("keyPair").place())),
        None => scope.missing(at, "keyPair", "spec.keyPair", "name a KeyPair of this project"),
    }
    draft.region = match &spec.region {
        None if at.lost("region") => Given::Broken,
        None => Given::Absent,
        Some(text) => region(scope, text, at.key("region"))
            .map_or(Given::Broken, |region| Given::Value((region, at.key("region").place()))),
    };
    draft.chosen = chosen(scope, spec, at, defaults, &draft.origin.file);
    draft.replace_foreign = spec.replace_foreign.unwrap_or(false);
    draft.allow_generation_one = spec.allow_generation_one.unwrap_or(false);
    let words = [("include", true), ("exclude", false)];
    let managed = word(scope, spec.managed_instances.as_ref(), at, "managedInstances", &words);
    draft.include_managed = managed.unwrap_or(false);
}

/// `instances` or `selector`, of which there is one.
fn chosen(
    scope: &mut Scope<'_>,
    spec: &RawBinding,
    at: At<'_>,
    defaults: &Defaults,
    file: &Arc<str>,
) -> Option<Chosen> {
    let (instances_at, selector_at) = (at.key("instances"), at.key("selector"));
    let listed = spec.instances.as_ref().map(|ids| instances(scope, ids, instances_at, file));
    let selected = spec
        .selector
        .as_ref()
        .map(|raw| selector(scope, raw, selector_at, &defaults.selector, file));
    if listed.is_some() && selected.is_some() {
        let message = format!("{} has `instances` and a `selector`", scope.subject);
        scope.problem(
            Diagnostic::error(ReferenceCode::ListedAndSelected, selector_at.key_place(), message)
                .related(instances_at.key_place(), "the other is here")
                .help("its instances are either named or selected: keep one of the two"),
        );
    }
    match (listed, selected) {
        (Some(listed), _) => Some(Chosen::Listed(listed)),
        (None, Some(selected)) => selected.map(Chosen::Selected),
        (None, None) => {
            if !at.lost("instances") && !at.lost("selector") {
                nothing_chosen(scope, at);
            }
            None
        }
    }
}

fn nothing_chosen(scope: &mut Scope<'_>, at: At<'_>) {
    let empty = ["instances", "selector"].into_iter().find(|field| at.has(field));
    let place = empty.map_or_else(|| at.key_place(), |field| at.key(field).place());
    let message = format!("{} has no `spec.instances` and no `spec.selector`", scope.subject);
    scope.problem(Diagnostic::error(ReferenceCode::NothingChosen, place, message).help(
        "list the instances' ids, where `instances: []` says that none is bound; or select them by \
         their tags: `selector: {tags: {role: web}}`",
    ));
}

fn no_restart(scope: &mut Scope<'_>, at: At<'_>) {
    let message = format!("{} does not say when its instances may be restarted", scope.subject);
    scope
        .problem(Diagnostic::error(PolicyCode::RestartUndecided, at.place(), message).help(format!(
        "add `restart: {{when: now}}` to its spec, or `defaults: {{restart: {{when: now}}}}` to \
         the Project's\n\
         {WHEN_HELP}\n\
         there is no default beyond the Project's, since a restart interrupts what runs on the \
         instance: somebody decides it, in writing"
    )));
}

fn instances(
    scope: &mut Scope<'_>,
    ids: &[Text],
    at: At<'_>,
    file: &Arc<str>,
) -> Vec<DesiredInstance> {
    let mut first: HashMap<&str, usize> = HashMap::with_capacity(ids.len());
    let mut found = Vec::with_capacity(ids.len());
    for (index, Text(id)) in ids.iter().enumerate() {
        if let Some(problem) = instance_id_problem(id) {
            let message = format!("{}: {} {problem}", scope.subject, shown(id));
            let place = at.item(index).place();
            scope.problem(
                Diagnostic::error(FieldCode::InvalidInstanceId, place, message)
                    .found(id)
                    .help(INSTANCE_ID_HELP),
            );
        } else if let Some(&other) = first.get(id.as_str()) {
            let message = format!("{} has instance {} twice", scope.subject, shown(id));
            scope.problem(
                Diagnostic::error(FieldCode::DuplicateItem, at.item(index).place(), message)
                    .found(id)
                    .label("and again here")
                    .related(at.item(other).place(), "first here")
                    .help("keep one of the two"),
            );
        } else {
            first.insert(id, index);
            let origin = at.item(index).origin(file);
            found.push(DesiredInstance { id: InstanceId::new(id.as_str()), origin });
        }
    }
    found.sort_by(|left, right| left.id.cmp(&right.id));
    found
}

pub(super) const INSTANCE_ID_HELP: &str =
    "an id has letters, digits and `-`, such as i-bp1a0001; it is not the instance's name";

/// What is wrong with an instance's id.
pub(super) fn instance_id_problem(id: &str) -> Option<&'static str> {
    if id.is_empty() || id.len() > INSTANCE_ID_MAX {
        return Some("is no instance's id: it has no characters, or more than 64");
    }
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    (!id.bytes().all(allowed)).then_some("is no instance's id")
}
