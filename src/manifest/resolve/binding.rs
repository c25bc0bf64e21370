//! `kind: Binding`.

use std::{collections::HashMap, sync::Arc};

use crate::{
    diagnostic::{Diagnostic, Place},
    manifest::{
        Chosen, DesiredBinding, DesiredInstance, Origin,
        raw::{RawBinding, RawDocument, Text},
        shown::shown,
        tree::At,
    },
    model::{BindingName, InstanceId, KeyPairName, Region, RestartPolicy, names::NAME_LENGTH_MAX},
};

use super::{
    Given,
    fields::{Scope, WHEN_HELP, name, region, restart, written_name},
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
    /// The instances without a problem, sorted by id, each once.
    pub(in crate::manifest) instances: Vec<DesiredInstance>,
    /// `None` if it has a problem.
    restart: Option<RestartPolicy>,
    /// Where its name was written.
    pub(in crate::manifest) place: Place,
    /// The same, as plans keep it.
    origin: Origin,
}

impl BindingDraft {
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
            chosen: Chosen::Listed(self.instances),
            restart: self.restart?,
            replace_foreign: false,
            allow_generation_one: false,
            include_managed: false,
            origin: self.origin,
        })
    }
}

/// Resolves a Binding; `project_restart` is the policy of one that has none.
pub(in crate::manifest) fn resolve_binding(
    raw: &RawDocument<RawBinding>,
    at: At<'_>,
    subject: String,
    project_restart: &Given<RestartPolicy>,
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
        instances: Vec::new(),
        restart: None,
        place: name_at.place(),
        origin: name_at.origin(&file),
    };
    let Some(spec) = &raw.spec else {
        let help = "write which `keyPair` is bound to which `instances`";
        scope.missing(at, "spec", "spec", help);
        return draft;
    };
    let at = at.key("spec");
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
    match &spec.instances {
        Some(ids) => draft.instances = instances(scope, ids, at.key("instances"), &file),
        None => scope.missing(
            at,
            "instances",
            "spec.instances",
            "list the instances' ids; `instances: []` says that none is bound",
        ),
    }
    draft.restart = match (restart(scope, spec.restart.as_ref(), at), project_restart) {
        (Given::Value(own), _) => Some(own),
        (Given::Absent, Given::Value(default)) => Some(default.clone()),
        (Given::Absent, Given::Absent) => {
            no_restart(scope, name_at);
            None
        }
        (Given::Broken, _) | (Given::Absent, Given::Broken) => None,
    };
    draft
}

fn no_restart(scope: &mut Scope<'_>, at: At<'_>) {
    let message = format!("{} does not say when its instances may be restarted", scope.subject);
    scope.problem(Diagnostic::error(at.place(), message).help(format!(
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
            scope.problem(Diagnostic::error(place, message).help(INSTANCE_ID_HELP));
        } else if let Some(&other) = first.get(id.as_str()) {
            let message = format!("{} has instance {} twice", scope.subject, shown(id));
            scope.problem(
                Diagnostic::error(at.item(index).place(), message)
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
